"""The same answers from a Spark standalone cluster, also when one of its workers is killed in the middle of a job.

    python bench/roads_cluster.py [--rows 4000000] [--workers 2]

Master and workers are processes of this machine, one core each; the frames are those of roads_window.py. Every question
is asked of DuckDB first; then of the cluster; then again while one worker is killed. Needs Java and the spark extra.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import pyspark
from pyspark.sql import SparkSession

sys.path.insert(0, str(Path(__file__).parent))
from roads_window import make

from carnet.store.road_queries import Measure, Query, Where, open_duckdb, open_spark

HOME = Path(pyspark.__file__).parent
QUESTIONS = {
    "cells": Query(
        by=("segment", "day"),
        measures=(
            Measure("trips", "distinct", "trip"), Measure("speed", "mean", "speed_kmh"),
            Measure("most", "max", "offset_m"), Measure("sum", "sum", "offset_m"),
        ),
    ),
    "rows": Query(columns=("trip", "time", "segment"), tests=(Where("speed_kmh", ">=", 119.9),)),
}  # fmt: skip


def port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def start(folder: Path, name: str, *words: str) -> subprocess.Popen[bytes]:
    """One process of the cluster, in a group of its own."""
    options = {
        **os.environ,
        "SPARK_HOME": str(HOME),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_WORKER_DIR": str(folder / name),
    }
    command = [str(HOME / "bin" / "spark-class"), *words]
    log = (folder / f"{name}.log").open("wb")
    return subprocess.Popen(command, env=options, stdout=log, stderr=log, start_new_session=True)


def end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def same(a: Any, b: Any) -> bool:
    """Equal value by value, whatever the width of whole numbers and the zone object of times."""
    return a.column_names == b.column_names and [_plain(r) for r in a.to_pylist()] == [_plain(r) for r in b.to_pylist()]


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {k: v.timestamp() if hasattr(v, "timestamp") else v for k, v in row.items()}


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--rows", type=int, default=4_000_000)
    asked.add_argument("--workers", type=int, default=2)
    options = asked.parse_args()
    folder = Path(tempfile.mkdtemp())
    make(folder, options.rows, 2_000)
    files = sorted(folder.glob("frames-*.parquet"))
    expected = {name: open_duckdb(files).ask(query) for name, query in QUESTIONS.items()}
    at, page = port(), port()
    deploy = "org.apache.spark.deploy"
    main_ = start(
        folder, "main", f"{deploy}.master.Master", "--host", "127.0.0.1", "--port", str(at), "--webui-port", str(page)
    )
    time.sleep(8)
    url = f"spark://127.0.0.1:{at}"
    crew = [
        start(
            folder,
            f"worker{n}",
            f"{deploy}.worker.Worker",
            "--cores",
            "1",
            "--memory",
            "1g",
            "--host",
            "127.0.0.1",
            url,
        )
        for n in range(options.workers)
    ]
    out: dict[str, Any] = {"bench": "roads_cluster", "machine": platform.machine(), **vars(options)}
    try:
        built = SparkSession.builder.master(url).appName("carnet").config("spark.ui.enabled", "false")
        built = built.config("spark.executor.memory", "800m").config("spark.driver.host", "127.0.0.1")
        built = built.config("spark.sql.shuffle.partitions", "16").config("spark.executor.cores", "1")
        session = built.config("spark.sql.files.maxPartitionBytes", "4m").getOrCreate()
        session.sparkContext.setLogLevel("ERROR")
        spark = open_spark(files, session)
        for name, query in QUESTIONS.items():
            begun = time.perf_counter()
            assert same(expected[name], spark.ask(query)), f"{name}: the cluster answers otherwise"
            out[f"{name}_s"] = round(time.perf_counter() - begun, 2)
        # The first round is warm now; kill a worker, and its executor with it, in the middle of the second.
        begun = time.perf_counter()
        killed: list[float] = []

        def kill() -> None:
            end(crew[0])
            killed.append(time.perf_counter() - begun)

        timer = threading.Timer(2.0, kill)
        timer.start()
        found = spark.ask(QUESTIONS["cells"])
        out["cells_with_a_worker_killed_s"] = round(time.perf_counter() - begun, 2)
        timer.join()
        out["killed_after_s"] = round(killed[0], 2)
        assert killed[0] < out["cells_with_a_worker_killed_s"], "the job was over before the worker was killed"
        assert same(expected["cells"], found), "the answer changed when a worker was killed"
        out["equal"] = True
        session.stop()
    finally:
        for one in (*crew, main_):
            end(one)
    print(json.dumps(out))


if __name__ == "__main__":
    main()
