"""Decisions, coverage, windows and deliveries of road data, with plain DuckDB on unsorted data beside the windows.

    python bench/roads_exchange.py [--rows 2000000] [--segments 20000] [--intervals 400000]

Data are made here by a fixed seed. `window` compares our sorted partitions with plain DuckDB on the same rows in the
order of arrival; `delivery` compares Arrow under policy with JSON rows of the same table.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from carnet.roads.coverage import by_segment, km
from carnet.roads.license.agreement import Book, agree
from carnet.roads.license.deliver import Ask, Counter, plan, project, serialize
from carnet.roads.network.match import merge
from carnet.store.road_queries import Query, Where, open_duckdb

AT = "2026-11-21T12:00:00+00:00"


def clock(act: Callable[[], Any], times: int = 5) -> float:
    """The median of several runs, in seconds."""
    act()
    seen = []
    for _ in range(times):
        start = time.perf_counter()
        act()
        seen.append(time.perf_counter() - start)
    return statistics.median(seen)


def frames(rows: int, segments: int) -> pa.Table:
    chance = np.random.default_rng(1)
    trip = np.sort(chance.integers(0, rows // 1000, rows))
    time_us = 1_770_000_000_000_000 + chance.integers(0, 30 * 86_400_000_000, rows)
    names = pa.array([f"s{n:06d}" for n in range(segments)])
    start = np.arange(rows) % 1000
    return pa.table(
        {
            "trip": pa.array([f"t{n}" for n in range(rows // 1000)]).take(pa.array(trip)),
            "vehicle": pa.array([f"v{n % 97}" for n in range(rows // 1000)]).take(pa.array(trip)),
            "time": pa.array(time_us, pa.timestamp("us", "UTC")),
            "segment": names.take(pa.array(chance.integers(0, segments, rows))),
            "road_class": pa.array(["minor"] * rows),
            "offset_m": chance.uniform(0, 1000, rows),
            "speed_kmh": chance.uniform(0, 120, rows),
            "acceleration_ms2": chance.uniform(-3, 3, rows),
            "automated": chance.integers(0, 2, rows).astype(bool),
            "driven_m": chance.uniform(0, 3, rows),
            "from_start_m": start * 1.5, "to_end_m": (999 - start) * 1.5,
            "from_start_s": start * 0.5, "to_end_s": (999 - start) * 0.5,
        }
    )  # fmt: skip


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--rows", type=int, default=2_000_000)
    asked.add_argument("--segments", type=int, default=20_000)
    asked.add_argument("--intervals", type=int, default=400_000)
    options = asked.parse_args()
    folder = Path(tempfile.mkdtemp())
    out: dict[str, Any] = {"bench": "roads_exchange", "machine": platform.machine(), **vars(options)}

    book = Book(folder / "agreements")
    book.add(agree("development", id="a", provider="p", recipient="r", dataset="d", made=AT))
    ask = Ask("a", "r", purposes=("research",), columns=("trip", "time", "segment", "offset_m", "speed_kmh"))
    out["decision_ms"] = round(1000 * clock(lambda: plan(book, ask, at=AT, meter=Counter()), 50), 3)

    chance = np.random.default_rng(2)
    low = chance.integers(0, 900_000, options.intervals)
    rows = np.column_stack(
        [
            chance.integers(0, options.segments, options.intervals),
            low,
            low + chance.integers(1, 100_000, options.intervals),
        ]
    )
    out["coverage_full_scan_ms"] = round(1000 * clock(lambda: merge(rows)), 1)
    bins = merge(rows)
    fresh = rows[:200]
    out["coverage_from_bins_ms"] = round(1000 * clock(lambda: merge(np.concatenate([bins, fresh]))), 1)
    counted = merge(np.concatenate([bins, fresh]))
    assert (counted == merge(np.concatenate([rows, fresh]))).all()
    network = type("N", (), {"segments": range(options.segments)})()
    out["coverage_answer_ms"] = round(1000 * clock(lambda: by_segment(network, counted).sum()), 2)
    out["observed_km"] = km(int(by_segment(network, counted).sum()))

    table = frames(options.rows, options.segments)
    pq.write_table(table, folder / "arrival.parquet")
    pq.write_table(
        table.sort_by([("segment", "ascending"), ("time", "ascending")]),
        folder / "sorted.parquet",
        row_group_size=131_072,
    )
    box = tuple(f"s{n:06d}" for n in range(1000, 1010))
    window = (Where("segment", "in", box), Where("day", ">=", "2026-02-10"), Where("day", "<=", "2026-02-12"))
    engine = open_duckdb([folder / "sorted.parquet"])
    query = Query(columns=("trip", "time", "offset_m"), tests=window)
    out["window_ms"] = round(1000 * clock(lambda: engine.ask(query)), 1)
    plain = duckdb.connect()
    plain.execute("SET threads = 2; SET TimeZone = 'UTC'")
    text = f"""select trip, time, offset_m from '{folder}/arrival.parquet' where segment in {box}
        and strftime(time, '%Y-%m-%d') between '2026-02-10' and '2026-02-12' order by all"""
    out["window_plain_duckdb_ms"] = round(1000 * clock(lambda: plain.sql(text).to_arrow_table()), 1)
    assert engine.ask(query).num_rows == plain.sql(text).to_arrow_table().num_rows
    out["window_times"] = round(out["window_plain_duckdb_ms"] / out["window_ms"], 1)

    allowed = plan(book, ask, at=AT, meter=Counter())
    found = project(allowed, table, b"secret")
    seconds = clock(lambda: serialize(project(allowed, table, b"secret")), 3)
    size = len(serialize(found))
    some = found.slice(0, 20_000)
    slow = clock(lambda: json.dumps(some.to_pylist(), default=str), 3) / some.num_rows * found.num_rows
    raw = pq.read_table(folder / "arrival.parquet")
    out["delivery_rows_per_s"] = round(found.num_rows / seconds)
    out["delivery_mb_per_s"] = round(size / seconds / 1e6)
    out["delivery_times_json"] = round(slow / seconds, 1)
    out["raw_file_share"] = round(
        clock(lambda: pq.read_table(folder / "arrival.parquet", columns=list(ask.columns)), 3) / seconds, 3
    )
    del raw
    print(json.dumps(out))


if __name__ == "__main__":
    main()
