"""Decisions, coverage and deliveries of road data; windows have a bench of their own (roads_window.py).

    python bench/roads_exchange.py [--rows 2000000] [--segments 20000] [--intervals 400000]

Data are made here by a fixed seed. `delivery` goes from the Parquet file to the bytes that leave, under the policy; its
peers, in turns, are the same rows as JSON (a slice of 20,000, scaled), and the same columns of the file as an Arrow
stream without any policy (`raw_file_share` is a ratio of rows a second).
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

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from carnet.roads.coverage import by_segment, km
from carnet.roads.license.agreement import Book, agree
from carnet.roads.license.deliver import Ask, Counter, plan, serialize
from carnet.roads.network.match import merge
from carnet.roads.query import answer
from carnet.store.road_queries import open_duckdb
from carnet.store.road_zones import written

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
    """Drives of 15 km at 10 Hz over segments of 250 m, as the exchange keeps them: sorted by segment and time."""
    chance = np.random.default_rng(1)
    trips, start = rows // 10_000, np.arange(rows) % 10_000
    trip = np.arange(rows) // 10_000
    along = start * 1.5
    segment = (chance.integers(0, segments, trips + 1)[trip] + (along // 250).astype(int)) % segments
    moment = (1_770_000_000_000_000 + chance.integers(0, 30 * 86_400_000_000, trips + 1))[trip] + start * 100_000
    order = np.lexsort((moment, segment))
    speed = np.round(54 + chance.normal(0, 5, rows), 1)
    to_end = np.minimum(start, 9_999 - start)
    columns = {
        "trip": pa.array([f"t{n:06d}" for n in range(trips + 1)]).take(pa.array(trip)),
        "vehicle": pa.array([f"v{n % 97}" for n in range(trips + 1)]).take(pa.array(trip)),
        "time": pa.array(moment, pa.timestamp("us", "UTC")),
        "segment": pa.array([f"s{n:06d}" for n in range(segments)]).take(pa.array(segment)),
        "road_class": pa.array(["minor"] * rows),
        "offset_m": np.round(along % 250, 3),
        "speed_kmh": speed,
        "acceleration_ms2": np.round(chance.normal(0, 1, rows), 2),
        "automated": start % 2000 < 1500,
        "driven_m": np.full(rows, 1.5),
        "from_start_m": along,
        "to_end_m": along[::-1],
        "from_start_s": start * 0.1,
        "to_end_s": (9_999 - start) * 0.1,
        "edge_mm": pa.array(to_end * 1500, pa.int32()),
        "edge_ms": pa.array(to_end * 100, pa.int32()),
    }
    return pa.table(columns).take(pa.array(order))


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
    path = folder / "frames-00001.parquet"
    pq.write_table(table, path, **written(table.column_names))
    engine, allowed = open_duckdb([path]), plan(book, ask, at=AT, meter=Counter())

    def delivered() -> bytes:
        return serialize(answer(allowed, engine, b"secret"))

    def raw() -> bytes:
        return serialize(pq.read_table(path, columns=list(ask.columns)))

    def rows_of_json() -> float:
        """The seconds of the same delivery as JSON rows, from a slice of it."""
        found = answer(allowed, engine, b"secret")
        some = found.slice(0, 20_000)
        return clock(lambda: json.dumps(some.to_pylist(), default=str), 1) / some.num_rows * found.num_rows

    seen: dict[str, list[float]] = {"delivery": [], "raw": [], "json": []}
    delivered(), raw()
    for _ in range(7):
        for name, act in (("delivery", delivered), ("raw", raw)):
            start = time.perf_counter()
            act()
            seen[name].append(time.perf_counter() - start)
        seen["json"].append(rows_of_json())
    seconds, unruled, slow = (statistics.median(seen[name]) for name in ("delivery", "raw", "json"))
    found = answer(allowed, engine, b"secret")
    out["delivery_rows"] = found.num_rows
    out["delivery_rows_per_s"] = round(found.num_rows / seconds)
    out["delivery_mb_per_s"] = round(len(delivered()) / seconds / 1e6)
    out["delivery_times_json"] = round((slow + seconds) / seconds, 1)
    out["raw_file_share"] = round(found.num_rows / seconds / (table.num_rows / unruled), 3)
    print(json.dumps(out))


if __name__ == "__main__":
    main()
