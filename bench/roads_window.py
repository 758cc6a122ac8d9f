"""A box and three days out of many million positions: our sorted partitions, plain DuckDB on unsorted rows, warm Spark.

    python bench/roads_window.py [--rows 50000000] [--segments 20000] [--spark] [--folder DIR]

Data are made here by a fixed seed: positions in the order of arrival, and the same rows as the exchange keeps them. All
engines are asked for the same columns of the same segments and days, in turns; answers are compared row by row before
anything is timed. Spark (local[2], two warm-up questions) reads the sorted files, which helps it.
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

from carnet.roads.network.nouns import hilbert
from carnet.store.road_queries import Query, Where, open_duckdb, open_spark
from carnet.store.road_zones import beside, index, written

START_US, DAYS = 1_770_000_000_000_000, 30
COLUMNS = ("trip", "time", "segment", "offset_m", "speed_kmh")
PLAIN = pa.schema(
    [("trip", pa.string()), ("time", pa.timestamp("us", "UTC")), ("segment", pa.string()), ("offset_m", pa.float64()),
     ("speed_kmh", pa.float64())]
)  # fmt: skip
BOX = 0.011  # of the side of the map: about ten segments of 20,000


def make(folder: Path, rows: int, segments: int) -> list[str]:
    """Both files, and the segments in the box."""
    chance = np.random.default_rng(1)
    places = chance.uniform(0, 1, (segments, 2))
    names = pa.array([f"s{n:06d}" for n in range(segments)])
    inside = [f"s{n:06d}" for n in np.flatnonzero((np.abs(places - 0.5) < BOX).all(axis=1))]
    if (folder / "frames-00001.parquet").exists():
        return inside
    rank = np.argsort(np.argsort(hilbert(places)))
    trip = (np.arange(rows) // 1000).astype(np.int32)
    segment = chance.integers(0, segments, rows, dtype=np.int32)
    moment = START_US + chance.integers(0, DAYS * 86_400_000_000, rows)
    count = rows // 1000 + 1
    table = pa.table(
        {
            "trip": pa.DictionaryArray.from_arrays(pa.array(trip), pa.array([f"t{n:06d}" for n in range(count)])),
            "time": pa.array(moment, pa.timestamp("us", "UTC")),
            "segment": pa.DictionaryArray.from_arrays(pa.array(segment), names),
            "offset_m": np.round(chance.uniform(0, 1000, rows), 3),
            "speed_kmh": np.round(chance.uniform(0, 120, rows), 1),
        }
    )
    pq.write_table(table, folder / "arrival.parquet", compression="zstd", store_schema=False)
    order = np.argsort(rank[segment].astype(np.int64) << 42 | (moment - START_US), kind="stable")
    piece = 10_000_000
    for number, start in enumerate(range(0, rows, piece), 1):
        part, path = table.take(pa.array(order[start : start + piece])), folder / f"frames-{number:05d}.parquet"
        pq.write_table(part, path, **written(part.column_names), store_schema=False)
        pq.write_table(index(part), beside(path), compression="zstd")
    return inside


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--rows", type=int, default=50_000_000)
    asked.add_argument("--segments", type=int, default=20_000)
    asked.add_argument("--rounds", type=int, default=5)
    asked.add_argument("--spark", action="store_true")
    asked.add_argument("--folder", type=Path)
    options = asked.parse_args()
    folder = options.folder or Path(tempfile.mkdtemp())
    folder.mkdir(parents=True, exist_ok=True)
    inside = make(folder, options.rows, options.segments)
    files = sorted(folder.glob("frames-*.parquet"))
    engine = open_duckdb(files)
    days = (Where("day", ">=", "2026-02-10"), Where("day", "<=", "2026-02-12"))
    query = Query(COLUMNS, (Where("segment", "in", tuple(inside)), *days))
    text = f"""select {", ".join(COLUMNS)} from '{folder}/arrival.parquet' where segment in {tuple(inside)}
        and time >= timestamptz '2026-02-10 00:00:00+00' and time < timestamptz '2026-02-13 00:00:00+00'"""
    plain = duckdb.connect()
    plain.execute("SET threads = 2; SET TimeZone = 'UTC'")
    acts: dict[str, Callable[[], Any]] = {
        "ours": lambda: engine.scan(query),
        "plain_duckdb_unsorted": lambda: plain.sql(text).to_arrow_table(),
    }
    if options.spark:
        from pyspark.sql import SparkSession

        built = (
            SparkSession.builder.master("local[2]")
            .config("spark.ui.enabled", "false")
            .config("spark.driver.memory", "4g")
        )
        session = built.config("spark.sql.shuffle.partitions", "4").getOrCreate()
        spark = open_spark(files, session)
        acts["spark_warm_sorted"] = lambda: spark.ask(query)
    out: dict[str, Any] = {"bench": "roads_window", "machine": platform.machine(), "rows": options.rows}
    out |= {"segments_in_box": len(inside), "files_mb": round(sum(f.stat().st_size for f in files) / 1e6)}
    key = [(c, "ascending") for c in ("segment", "time", "trip", "offset_m")]
    answers = {}
    for name, act in acts.items():
        act()
        found = act()
        answers[name] = found.select(COLUMNS).cast(PLAIN).sort_by(key)
    assert all(a.equals(answers["ours"]) for a in answers.values()), "the answers differ"
    out["rows_found"] = answers["ours"].num_rows
    seen: dict[str, list[float]] = {name: [] for name in acts}
    for _ in range(options.rounds):
        for name, act in acts.items():
            start = time.perf_counter()
            act()
            seen[name].append(time.perf_counter() - start)
    for name, all_of in seen.items():
        out[f"{name}_ms"] = round(1000 * statistics.median(all_of), 2)
    for name in acts:
        if name != "ours":
            out[f"times_{name}"] = round(out[f"{name}_ms"] / out["ours_ms"], 1)
    print(json.dumps(out))


if __name__ == "__main__":
    main()
