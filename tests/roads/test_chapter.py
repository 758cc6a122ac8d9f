"""The dossier's chapter on test roads: kilometers with their map, licenses in plain words, what every regime misses."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from carnet import app
from carnet.chapter import Figure, Listing, Table, Text
from carnet.project import load_project
from carnet.roads.chapter import chapter
from carnet.roads.drawn import draw, part
from carnet.roads.ingest import Source, ingest
from carnet.roads.lake import Lake
from carnet.roads.license.agreement import Book, agree
from carnet.roads.network.opendrive import read_opendrive
from carnet.roads.positions import load_mapping

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "roads"
AT = "2026-11-21T12:00:00+00:00"
PROJECT = """carnet: project/1
id: roads
title: A driven site
review: {day: "2026-11-21", known: "2026-11-21"}
subjects:
  site: {kind: road_dataset}
  pilot: {kind: ads_function}
  truck: {kind: vehicle, facts: {vehicle.category: N}}
markets: [de]
inputs: {roads: roads.yaml}
"""
INPUTS = """datasets: {site: {lake: lake, network: site}}
functions: {pilot: [run.yaml]}
telemetry: {truck: truck.hex}
"""


@pytest.fixture(scope="module")
def catalog():
    return app.library(None, cache=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The examples as a project: a driven site, a run sheet, a capture."""
    for name in ("run.yaml", "truck.hex", "drive.csv", "mapping.yaml", "site.xodr"):
        shutil.copy(EXAMPLES / name, tmp_path / name)
    lake = Lake(tmp_path / "lake")
    lake.add_network(read_opendrive(tmp_path / "site.xodr"))
    mapping = load_mapping(tmp_path / "mapping.yaml")
    ingest(lake, Source(tmp_path / "drive.csv", "site", "de", "own runs", mapping))
    (tmp_path / "project.yaml").write_text(PROJECT)
    (tmp_path / "roads.yaml").write_text(INPUTS)
    return tmp_path


def shown(folder: Path, catalog):
    return chapter(load_project(folder / "project.yaml", catalog), catalog)


def table(found, words: str) -> Table:
    (one,) = [p for p in found.parts if isinstance(p, Table) and words in p.title]
    return one


def test_the_lead_says_the_kilometers_and_the_items(folder: Path, catalog):
    found = shown(folder, catalog)

    rows = table(found, "coverage by class").rows
    driven = sum(float(r[3]) for r in rows if r[0] == "road class")
    assert f"site: {driven:,.3f} of " in found.lead
    assert "pilot: " in found.lead
    assert "truck: " in found.lead


def test_a_data_set_without_an_agreement_is_nobodys(folder: Path, catalog):
    (text,) = [p.text for p in shown(folder, catalog).parts if isinstance(p, Text)]

    assert text == "site: no agreement is made on these data, so nobody may use them. Nothing said means no."


def test_an_agreement_is_told_in_plain_words(folder: Path, catalog):
    book = Book(folder / "lake" / "agreements")
    book.add(agree("development", id="pilot", provider="urn:site", recipient="urn:alice", dataset="site", made=AT))
    book.add(agree("development", id="other", provider="urn:site", recipient="urn:alice", dataset="town", made=AT))
    book.revoke("pilot", AT)

    (found,) = [p.items for p in shown(folder, catalog).parts if isinstance(p, Listing) and "Agreement" in p.items[0]]

    assert found == (
        "Agreement pilot, between urn:site and urn:alice.",
        "This agreement is revoked.",
        "It allows urn:alice to aggregate, derive and read, for development, research and validation.",
        "It gives trip, time, segment, offset m, speed kmh, acceleration ms2 and automated of each position.",
        "It gives vehicles, kilometers and mean speed of cells with at least 5 vehicles.",
        "The first and last 500 m and 60 s of every trip are cut away.",
        "It covers all segments and all classes of road.",
        "It allows 200 deliveries and ends on 2027-11-21.",
        "Who uses it must attribute.",
        "Everything else is not allowed. Raw positions are never part of it.",
    )


def test_what_a_run_sheet_lacks_is_listed_under_its_regime(folder: Path, catalog):
    before = table(shown(folder, catalog), "missing per regime").rows
    (folder / "run.yaml").write_text((folder / "run.yaml").read_text().replace("events_kept: 2500", "events_kept: 10"))
    after = table(shown(folder, catalog), "missing per regime").rows

    added = set(after) - set(before)
    assert added
    assert all("recorder.events_kept is 10, at least 2500 is needed" in r[2] for r in added)


def test_drawings_are_plain_and_always_the_same(folder: Path, catalog):
    figures = [p for p in shown(folder, catalog).parts if isinstance(p, Figure)]
    again = [p for p in shown(folder, catalog).parts if isinstance(p, Figure)]

    assert figures == again
    assert len(figures) == 3
    for one in figures:
        tags = {e.tag.rpartition("}")[2] for e in ElementTree.fromstring(one.svg).iter()}
        assert tags <= {"svg", "title", "path", "line", "text", "rect"}
        assert one.alt


def test_no_plate_and_no_position_is_shown(folder: Path, catalog):
    text = str([p for p in shown(folder, catalog).parts if not isinstance(p, Figure)])

    assert "v1" not in text.replace("lv1", "")
    assert "CurrentLocation.Longitude" not in text


def test_half_of_a_line_is_drawn_when_half_was_driven():
    points = np.array([[0.0, 0.0], [50.0, 0.0], [100.0, 0.0]])

    assert part(points, points, "local", 0.25, 0.75).tolist() == [[25, 0], [50, 0], [75, 0]]


def test_a_network_without_a_road_is_said_to_be_empty(folder: Path):
    network = replace(Lake(folder / "lake").network("site"), segments=())

    assert "no road that can be drawn" in draw(network, np.zeros((0, 3), np.int64), "x")


def test_a_project_without_roads_has_no_chapter(folder: Path, catalog):
    (folder / "project.yaml").write_text(PROJECT.replace("inputs: {roads: roads.yaml}\n", ""))

    assert shown(folder, catalog) is None
