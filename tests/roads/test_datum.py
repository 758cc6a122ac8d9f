"""Positions of another hemisphere, order or datum are noticed, and nothing is converted behind anybody's back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from carnet.roads.datum import hints, to_gcj02
from carnet.roads.ingest import Source, ingest
from carnet.roads.lake import Lake
from carnet.roads.network.match import Index
from carnet.roads.network.nouns import Network, Segment
from carnet.roads.network.openstreetmap import read_pbf
from carnet.roads.positions import load_mapping

from .maps import MAPPING, drive, pbf

NODES = {n: (116.30 + n * 0.01, 39.90 + n * 0.003) for n in range(10)}
ROAD = np.array(list(NODES.values()))
DRIVE = np.column_stack([np.interp(np.linspace(0, 9, 300), range(10), ROAD[:, k]) for k in (0, 1)])


def town(points: np.ndarray = ROAD) -> Index:
    return Index(Network("town", "wgs84", (Segment("1", points, 1_000_000, "minor"),)))


def test_the_shift_is_the_published_one():
    # test value of eviltransform for Shanghai
    found = to_gcj02(np.array([[121.5272106, 31.1774276]]))

    assert np.abs(found - [[121.531541859215, 31.17530398364597]]).max() < 1e-9


def test_positions_that_fit_give_no_hint():
    assert hints(town(), DRIVE) == []


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda p: p * (1, -1), "the latitude has the sign"),
        (lambda p: p * (-1, 1), "the longitude has the sign"),
        (lambda p: -p, "both signs"),
        (lambda p: p[:, ::-1], "in the other's place"),
        (to_gcj02, "the positions are in GCJ-02 and the map is not"),
    ],
)
def test_a_wrong_reading_is_named(spoil: Callable[[np.ndarray], np.ndarray], says: str):
    (found,) = hints(town(), np.ascontiguousarray(spoil(DRIVE)))

    assert says in found
    assert found.endswith("as they are said, 0% do")


def test_a_map_in_the_shifted_system_is_named():
    (found,) = hints(town(to_gcj02(ROAD)), DRIVE)

    assert "the map is in GCJ-02 and the positions are not" in found


def test_positions_that_fit_nothing_give_no_hint():
    assert hints(town(), DRIVE + 5.0) == []


def test_an_ingest_keeps_the_hint_and_matches_nothing(tmp_path: Path):
    lake = Lake(tmp_path / "lake")
    lake.add_network(read_pbf(pbf(tmp_path, NODES, [(7, list(NODES), {"highway": "primary"})]), "town"))
    (tmp_path / "m.yaml").write_text(MAPPING.replace("local", "wgs84"))
    shifted = drive(tmp_path, [tuple(p) for p in to_gcj02(DRIVE)])

    card = ingest(lake, Source(shifted, "town", "cn", "own", load_mapping(tmp_path / "m.yaml")))

    assert card["matched_share"] == 0.0
    assert "the positions are in GCJ-02" in card["hints"][0]
