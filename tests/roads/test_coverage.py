"""Kilometers are counted once: driving a road again, or backwards, changes nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carnet.errors import BadInput
from carnet.roads.coverage import coverage, gaps
from carnet.roads.ingest import Source, ingest
from carnet.roads.lake import Lake
from carnet.roads.network.match import merge
from carnet.roads.network.opendrive import read_opendrive
from carnet.roads.positions import load_mapping

from .maps import MAPPING, drive, xodr

EAST = [(x, 2.0) for x in range(100, 901, 20)]


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """Two roads of 1 km: a town road to the east, and a motorway that goes on from it."""
    site = Lake(tmp_path / "lake")
    site.add_network(read_opendrive(xodr(tmp_path, [{}, {"x": 1000, "kind": "motorway"}])))
    (tmp_path / "mapping.yaml").write_text(MAPPING)
    return site


def bring(lake: Lake, points: list[tuple[float, float]], name: str = "drive.csv", **more) -> dict:
    folder = lake.folder.parent
    source = Source(
        drive(folder, points, name, **more), "site", "xx", "own runs", load_mapping(folder / "mapping.yaml")
    )
    return ingest(lake, source)


def test_a_drive_of_800_m_covers_800_m(lake: Lake):
    bring(lake, EAST)

    found = coverage(lake, "site")

    assert found["network_km"] == 2.0
    assert found["observed_km"] == 0.8
    assert {r["class"]: r["observed_km"] for r in found["by_class"]} == {"distributor": 0.8, "motorway": 0.0}


@pytest.mark.parametrize("again", [EAST, EAST[::-1], EAST + EAST[::-1], EAST[5:20]])
def test_driving_it_again_or_backwards_changes_nothing(lake: Lake, again: list[tuple[float, float]]):
    bring(lake, EAST)
    before = coverage(lake, "site")["observed_km"]
    bring(lake, again, "again.csv", vehicle="v2", start=1_770_100_000)

    assert coverage(lake, "site")["observed_km"] == before


def test_a_drive_goes_on_over_the_junction(lake: Lake):
    bring(lake, [(x, -1.5) for x in range(900, 1200, 30)])

    # 900 m to 1,170 m: 100 m of the first road and 170 m of the second
    assert coverage(lake, "site")["observed_km"] == 0.27


def test_positions_far_from_any_road_count_nothing(lake: Lake):
    card = bring(lake, [(x, 60.0) for x in range(100, 900, 20)])

    assert card["matched_share"] == 0.0
    assert coverage(lake, "site")["observed_km"] == 0.0


def test_a_hole_in_the_recording_is_not_filled(lake: Lake):
    bring(lake, [(x, 0.0) for x in (100, 120, 140)], "a.csv")
    bring(lake, [(x, 0.0) for x in (800, 820)], "b.csv", start=1_770_001_000)

    assert coverage(lake, "site")["observed_km"] == 0.06  # 40 m and 20 m


def test_a_period_counts_only_its_days(lake: Lake):
    bring(lake, EAST)

    assert coverage(lake, "site", "2026-02-02", "2026-02-02")["observed_km"] == 0.8
    assert coverage(lake, "site", "2026-02-03")["observed_km"] == 0.0


def test_the_same_recording_comes_in_once(lake: Lake):
    first, second = bring(lake, EAST), bring(lake, EAST)

    assert (first["new"], second["new"]) == (True, False)
    assert len(lake.runs()) == 1


def test_a_dry_run_writes_no_run(lake: Lake):
    folder = lake.folder.parent
    source = Source(drive(folder, EAST), "site", "xx", "own runs", load_mapping(folder / "mapping.yaml"))

    card = ingest(lake, source, dry=True)

    assert card["trips"] == 1
    assert card["matched_share"] == 1.0
    assert lake.runs() == []


def test_a_stopped_ingest_goes_on_where_it_was(lake: Lake, monkeypatch: pytest.MonkeyPatch):
    import carnet.roads.ingest as module

    monkeypatch.setattr(module, "BATCH", 1)
    folder = lake.folder.parent
    path = drive(folder, EAST)
    path.write_text(
        path.read_text() + "\n".join(f"v2,{1_770_000_000 + n},{x},{y}" for n, (x, y) in enumerate(EAST)) + "\n"
    )
    source = Source(path, "site", "xx", "own runs", load_mapping(folder / "mapping.yaml"))
    done: list[int] = []

    def stop(number: int, total: int) -> None:
        done.append(number)
        if len(done) == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ingest(lake, source, progress=stop)
    assert lake.runs() == []
    card = ingest(lake, source, progress=lambda number, total: done.append(number))

    assert done == [1, 2]  # the first batch is not worked out again
    assert card["trips"] == 2
    assert coverage(lake, "site")["observed_km"] == 0.8


def test_coordinates_and_names_lie_apart(lake: Lake):
    card = bring(lake, EAST, vehicle="PLATE-4711")
    import pyarrow.parquet as pq

    open_, closed = lake.folder / "runs" / card["run"], lake.folder / "restricted" / card["run"]
    columns = {c for p in open_.glob("*.parquet") for c in pq.read_schema(p).names}
    everything = b"".join(p.read_bytes() for p in lake.folder.rglob("*") if p.is_file())

    assert not columns & {"x", "y", "longitude", "latitude"}
    assert set(pq.read_schema(closed / "raw-00001.parquet").names) == {"trip", "time", "x", "y"}
    assert (lake.folder / "restricted").stat().st_mode & 0o077 == 0
    assert b"PLATE-4711" not in everything
    assert pq.read_schema(open_ / "frames-00001.parquet").metadata[b"license"] == b"own runs"


def test_rows_that_cannot_be_read_are_counted_with_their_place(lake: Lake):
    folder = lake.folder.parent
    path = drive(folder, EAST)
    path.write_text(path.read_text() + "v1,soon,1,2\nv1,1770000900,east,2\nv1,1770000001,100,2\na,b\n")
    card = ingest(lake, Source(path, "site", "xx", "own", load_mapping(folder / "mapping.yaml")))

    assert {(r["reason"], r["rows"]) for r in card["refused"]} == {
        ("the time is none", 1),
        ("a coordinate is no number", 1),
        ("the same vehicle and moment came before", 1),
        ("the row has another number of columns", 1),
    }


def test_positions_of_another_datum_are_not_matched(lake: Lake):
    folder = lake.folder.parent
    (folder / "mapping.yaml").write_text(MAPPING.replace("local", "gcj02"))
    card = ingest(lake, Source(drive(folder, EAST), "site", "xx", "own", load_mapping(folder / "mapping.yaml")))

    assert card["trips"] == 0
    assert card["refused"][-1]["reason"] in {
        "positions of the datum gcj02 do not fit a network in local",
        "the position is on no map",
    }


def test_a_gap_names_the_road_that_fills_it(lake: Lake):
    bring(lake, EAST)

    found = gaps(lake, "site", {"area": ["distributor", "motorway"], "weather": ["rain"]}, least_km=0.5)

    assert [(g["cell"], g["fill_with"][0]["segment"]) for g in found["gaps"]] == [({"area": "motorway"}, "1")]
    assert found["not_measured"] == ["weather"]
    with pytest.raises(BadInput, match="area has no term 'motorwy'; did you mean 'motorway'"):
        gaps(lake, "site", {"area": ["motorwy"]})


def test_what_is_kept_equals_a_full_count(lake: Lake):
    import shutil

    for number in range(4):
        bring(
            lake, [(x + 37.0 * number, 1.0) for x in range(50, 400, 20)], f"k{number}.csv", start=1_770_000_000 + number
        )
        kept = coverage(lake, "site")
        shutil.rmtree(lake.folder / "coverage")

        assert coverage(lake, "site") == kept
    (lake.folder / "coverage" / "site.parquet").write_bytes(b"spoiled")
    assert coverage(lake, "site") == kept


INTERVALS = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 40), st.integers(0, 40)), max_size=12)


@settings(max_examples=200, deadline=None)
@given(INTERVALS, st.randoms())
def test_a_union_counts_every_millimeter_once(found: list[tuple[int, int, int]], chance):
    rows = [(s, min(a, b), max(a, b)) for s, a, b in found]
    points = {(s, mm) for s, a, b in rows for mm in range(a, b)}
    shuffled = rows * 2
    chance.shuffle(shuffled)
    merged = merge(np.array(shuffled, np.int64).reshape(-1, 3))

    assert int((merged[:, 2] - merged[:, 1]).sum()) == len(points)
