"""Only the row groups that can hold an answer are read, and the answer is that of a full scan."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from carnet.errors import BadInput
from carnet.roads.network.nouns import hilbert
from carnet.store import road_zones
from carnet.store.road_queries import Query, Where, open_duckdb
from carnet.store.road_zones import beside, index, touched, zones_of

START = 1_770_000_000_000_000  # 2026-02-02
DAY = 86_400_000_000


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """1,000 rows on twenty segments over ten days in ten row groups, two segments each; every 50th row on no road."""
    n = np.arange(1000)
    names = pa.array([None if i % 50 == 7 else f"s{i // 50:02d}" for i in n])
    table = pa.table(
        {
            "trip": pa.array([f"t{i % 7}" for i in n]),
            "time": pa.array(START + n % 50 * DAY // 5, pa.timestamp("us", "UTC")),
            "segment": names,
            "speed_kmh": pa.array([None if i % 11 == 0 else i * 0.1 for i in n]),
        }
    )
    path = tmp_path / "frames-00001.parquet"
    pq.write_table(table, path, row_group_size=100)
    pq.write_table(index(table, 100), beside(path))
    return path


WINDOWS = {
    "one segment": (Where("segment", "in", ("s03",)),),
    "two far apart": (Where("segment", "in", ("s00", "s19")),),
    "none": (Where("segment", "in", ()),),
    "unheard": (Where("segment", "==", "nowhere"),),
    "on a road": (Where("segment", "known"),),
    "not that road": (Where("segment", "!=", "s03"),),
    "three days": (Where("day", ">=", "2026-02-03"), Where("day", "<=", "2026-02-05")),
    "after a day": (Where("day", ">", "2026-02-09"), Where("trip", "==", "t1")),
    "before a day": (Where("day", "<", "2026-02-03"),),
    "fast": (Where("speed_kmh", ">=", 50.0), Where("segment", "in", ("s11", "s12"))),
}


@pytest.mark.parametrize("name", WINDOWS)
def test_reading_in_pieces_finds_what_the_engine_finds(file: Path, name: str):
    query, engine = Query(columns=("time", "trip", "speed_kmh"), tests=WINDOWS[name]), open_duckdb([file])

    found = engine.scan(query)

    plain = found.cast(engine.ask(query).schema).sort_by([(c, "ascending") for c in query.columns])
    assert sorted(map(str, plain.to_pylist())) == sorted(map(str, engine.ask(query).to_pylist()))


def test_a_box_touches_only_its_row_groups(file: Path):
    zones = zones_of(file)

    assert touched(zones, ["s03"]).tolist() == [1]
    assert touched(zones, ["s00", "s19"]).tolist() == [0, 9]
    assert touched(zones, ["nowhere"]).tolist() == []
    assert touched(zones, None, START + 100 * DAY).tolist() == []
    assert len(touched(zones, None)) == 10


@pytest.mark.parametrize(
    "spoil", [lambda p: p.unlink(), lambda p: p.write_bytes(b"PAR1 not"), lambda p: p.write_bytes(b"")]
)
def test_a_lost_or_spoiled_index_is_made_again(file: Path, spoil):
    road_zones._kept.clear()
    spoil(beside(file))

    assert touched(zones_of(file), ["s03"]).tolist() == [1]
    assert pq.read_table(beside(file)).num_rows == 10


def test_a_column_that_is_not_there_is_named(file: Path):
    with pytest.raises(BadInput, match=r"no field called 'speed'.*did you mean 'speed_kmh'"):
        open_duckdb([file]).scan(Query(columns=("speed",)))


def test_neighbors_on_the_map_are_neighbors_in_the_file():
    grid = np.array([(x, y) for x in range(16) for y in range(16)], float)

    order = np.argsort(hilbert(grid, 4))

    assert sorted(hilbert(grid, 4).tolist()) == list(range(256))
    assert np.abs(np.diff(grid[order], axis=0)).sum(axis=1).tolist() == [1.0] * 255
