"""Every engine gives the same answer, and no answer holds more than its plan."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from carnet.errors import BadInput
from carnet.ledger.keys import Signer
from carnet.ledger.log import open_log
from carnet.roads.ingest import Source, ingest
from carnet.roads.lake import Lake
from carnet.roads.license.agreement import Book, agree
from carnet.roads.license.deliver import Ask, Denied
from carnet.roads.network.opendrive import read_opendrive
from carnet.roads.positions import load_mapping
from carnet.roads.query import ORIGIN, deliver, within
from carnet.store.road_queries import Engine, Measure, Query, Where, open_duckdb

from .maps import MAPPING, drive, xodr
from .test_deliveries import AT, frames

# Every shape of question the product asks, by name: the permanent matrix of equality.
MATRIX = {
    "rows": Query(columns=("trip", "time", "segment", "offset_m")),
    "first rows": Query(columns=("time", "trip"), limit=7),
    "a box": Query(columns=("trip", "offset_m"), tests=(Where("segment", "in", ("a",)),)),
    "an empty box": Query(columns=("trip",), tests=(Where("segment", "in", ()),)),
    "a window": Query(
        columns=("trip", "time"), tests=(Where("day", ">=", "2026-02-02"), Where("day", "<=", "2026-02-02"))
    ),
    "the cut": Query(
        columns=("trip", "from_start_m"), tests=(Where("from_start_m", ">=", 500.0), Where("to_end_m", ">=", 500.0))
    ),
    "matched": Query(measures=(Measure("rows", "count"),), tests=(Where("segment", "known"),)),
    "other": Query(measures=(Measure("rows", "count"),), tests=(Where("segment", "!=", "a"),)),
    "cells": Query(
        by=("segment", "day"),
        measures=(
            Measure("vehicles", "distinct", "vehicle"), Measure("driven", "sum", "driven_m"),
            Measure("speed", "mean", "speed_kmh"), Measure("least", "min", "offset_m"),
            Measure("most", "max", "offset_m"),
        ),
    ),
    "first cells": Query(by=("segment",), measures=(Measure("rows", "count"),), limit=1),
}  # fmt: skip


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    table = frames(vehicles=7)
    speeds = pa.array([None if n % 11 == 0 else n * 0.1 for n in range(table.num_rows)])
    lost = pc.if_else(pa.array([n % 13 == 0 for n in range(table.num_rows)]), None, table["segment"])
    table = table.set_column(table.column_names.index("speed_kmh"), "speed_kmh", speeds)
    table = table.set_column(table.column_names.index("segment"), "segment", lost)
    path = tmp_path_factory.mktemp("frames") / "frames-00001.parquet"
    pq.write_table(
        table.set_column(table.column_names.index("time"), "time", table["time"].cast(pa.timestamp("us", "UTC"))), path
    )
    return path


def rows(engine: Engine, query: Query) -> list[dict]:
    return engine.ask(query).to_pylist()


def test_duckdb_counts_as_one_would_by_hand(file: Path):
    cells = rows(open_duckdb([file]), MATRIX["cells"])
    table = pq.read_table(file).to_pylist()

    for cell in cells:
        mine = [r for r in table if r["segment"] == cell["segment"]]
        speeds = [r["speed_kmh"] for r in mine if r["speed_kmh"] is not None]
        assert cell["vehicles"] == len({r["vehicle"] for r in mine})
        assert cell["driven"] == 100_000 * len(mine)  # 100 m a row, in thousandths
        assert cell["speed"] == pytest.approx(sum(speeds) / len(speeds), abs=1e-12)
    assert [c["segment"] for c in cells] == [None, "a", "b"]


def test_a_field_that_is_not_there_is_named(file: Path):
    with pytest.raises(BadInput, match="no field called 'speed'"):
        open_duckdb([file]).ask(Query(columns=("speed",)))
    with pytest.raises(BadInput, match="either for columns or for measures"):
        open_duckdb([file]).ask(Query())


def test_pieces_of_an_answer_are_the_answer(file: Path):
    engine = open_duckdb([file])
    whole = engine.ask(MATRIX["rows"])

    pieces = pa.Table.from_batches(list(engine.batches(MATRIX["rows"], rows=10)))

    assert pieces.to_pylist() == whole.to_pylist()


@pytest.fixture(scope="module")
def spark(file: Path):
    from pyspark.sql import SparkSession

    from carnet.store.road_queries import open_spark

    quiet = (
        SparkSession.builder.master("local[1]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.bindAddress", "127.0.0.1")
    )
    session = quiet.config("spark.driver.host", "127.0.0.1").config("spark.sql.shuffle.partitions", "2").getOrCreate()
    yield open_spark([file], session)
    session.stop()


def test_spark_and_duckdb_agree_on_every_shape_of_question(spark: Engine, file: Path):
    duckdb = open_duckdb([file])
    for name, query in MATRIX.items():
        assert _plain(rows(spark, query)) == _plain(rows(duckdb, query)), name


def _plain(found: list[dict]) -> list[dict]:
    """Engines differ in the width of whole numbers and the zone object of times, not in their values."""
    return [{k: v.timestamp() if hasattr(v, "timestamp") else v for k, v in row.items()} for row in found]


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    site = Lake(tmp_path / "lake")
    site.add_network(read_opendrive(xodr(tmp_path, [{}, {"x": 1000}, {"x": 2000}])))
    (tmp_path / "mapping.yaml").write_text(MAPPING)
    for number in range(6):
        points = [(float(x), 1.0) for x in range(10, 2990, 20)]
        path = drive(tmp_path, points, f"d{number}.csv", vehicle=f"PLATE-{number}", start=1_770_000_000 + number)
        ingest(site, Source(path, "site", "xx", "own", load_mapping(tmp_path / "mapping.yaml")))
    book = Book(site.folder / "agreements")
    book.add(
        agree(
            "development",
            id="dev",
            provider="urn:site",
            recipient="urn:alice",
            dataset="site",
            made=AT,
            segments=("1",),
        )
    )
    return site


def test_a_delivery_goes_from_the_agreement_to_a_signed_stream(lake: Lake):
    ask = Ask("dev", "urn:alice", purposes=("research",), columns=("trip", "time", "segment", "speed_kmh"))

    payload, signed = deliver(lake, "site", ask, at=AT, signer=Signer(b"2" * 32))
    found = pa.ipc.open_stream(payload).read_all()

    assert found.column_names == ["trip", "time", "segment", "speed_kmh"]
    assert set(found["segment"].to_pylist()) == {"1"}
    # 149 positions, one a second; 60 s are cut at both ends: positions 60 to 88 of six vehicles, all on segment 1
    assert found.num_rows == signed["rows"] == 6 * 29
    for secret in (b"PLATE", b"from_start", b"own"):
        assert secret not in payload
    kinds = [e.kind for e in open_log(lake.folder / "log.jsonl", ORIGIN).entries]
    assert kinds == ["roads.decision", "roads.delivery"]


def test_a_refused_ask_reads_nothing(lake: Lake, monkeypatch: pytest.MonkeyPatch):
    import carnet.roads.query as module

    monkeypatch.setattr(module, "open_duckdb", lambda files: pytest.fail("the engine was opened"))

    with pytest.raises(Denied):
        deliver(
            lake,
            "site",
            Ask("dev", "urn:mallory", purposes=("research",), columns=("trip",)),
            at=AT,
            signer=Signer(b"2" * 32),
        )
    assert open_log(lake.folder / "log.jsonl", ORIGIN).entries[0].body["allowed"] is False


def test_a_box_is_a_list_of_segments(lake: Lake):
    assert within(lake.network("site"), (1500, -5, 1600, 5)) == ("1",)  # it passes through with no point inside
    assert within(lake.network("site"), (900, -5, 1100, 5)) == ("0", "1")
    with pytest.raises(BadInput, match="west, south, east, north"):
        within(lake.network("site"), (2, 0, 1, 1))
