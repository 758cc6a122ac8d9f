"""A lake of road data for an organization of the house: one town, six drives, nothing of it real."""

from __future__ import annotations

import itertools
import tempfile
from pathlib import Path
from typing import Any

from carnet.doors.server.exchange import Exchange
from carnet.roads.ingest import Source, ingest
from carnet.roads.lake import Lake
from carnet.roads.network.openstreetmap import read_pbf
from carnet.roads.positions import load_mapping
from tests.roads.maps import MAPPING, drive, pbf
from tests.roads.test_networks import TOWN

_numbers = itertools.count()


def bring(exchange: Exchange, organization: str, drives: int = 6) -> Lake:
    """The lake of an organization with a town in it; what is there stays."""
    lake = exchange.lakes.lake(organization)
    if not lake.networks():
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            lake.add_network(read_pbf(pbf(folder, TOWN, [(7, [1, 2, 3], {"highway": "primary"})])))
            for n in range(drives):
                one_more(lake, n)
    return lake


def one_more(lake: Lake, n: int) -> None:
    """Another drive through the town, by another vehicle on another day."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "mapping.yaml").write_text(MAPPING.replace("local", "wgs84"))
        points = [(10.0 + k * 0.0001, 50.0) for k in range(200)]  # 7 m a second, 1.42 km
        path = drive(folder, points, f"d{n}.csv", vehicle=f"PLATE-{n}", start=1_770_000_000 + 86_400 * n)
        ingest(lake, Source(path, "town", "xx", "own", load_mapping(folder / "mapping.yaml")))


def open_run(lake: Lake) -> str:
    return str(lake.runs()[0]["run"])


def agreement(template: str = "development", **more: Any) -> dict[str, Any]:
    """What an owner asks for to make an agreement under a new name."""
    return {
        "id": f"a{next(_numbers)}", "template": template, "recipient": "urn:alice", "dataset": "town", **more
    }  # fmt: skip
