"""One edge table gives the same shares on our kernel, on DuckDB and on a Spark cluster of a master and two workers."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from carnet.store.lot_queries import attribute, open_duckdb, open_spark
from carnet.store.lots import write_edges
from carnet.supply.graph import Graph

from .test_sql_agrees import chain

NAMES = ("a", "b", "c", "d")


@pytest.fixture(scope="module")
def lots(tmp_path_factory):
    """(edges, beginnings, what the kernel says): 2,000 lots in five stages."""
    folder = tmp_path_factory.mktemp("lots")
    source, target, kg, stage, given = chain(11, lots=2000)
    graph = Graph.of(source, target, kg, len(stage), len(stage))
    write_edges(folder / "edges.parquet", source, target, kg, graph.level)
    begins = np.flatnonzero(stage == 0)
    columns = {name: given[begins, c] for c, name in enumerate(NAMES)}
    pq.write_table(pa.table({"node": begins.astype(np.int32), **columns}), folder / "beginnings.parquet")
    exact = graph.sweep(graph.kg, np.zeros(graph.size), given.copy())
    return folder / "edges.parquet", folder / "beginnings.parquet", exact


def shares(found, exact):
    """The answer of an engine by node, and the kernel's for the same nodes."""
    nodes = found["node"].to_numpy()
    return np.stack([found[name].to_numpy() for name in NAMES], axis=1), exact[nodes], nodes


def test_duckdb_through_ibis_agrees_with_the_kernel(lots):
    edges, beginnings, exact = lots

    theirs, ours, nodes = shares(attribute(open_duckdb(edges, beginnings), NAMES), exact)

    assert (np.diff(nodes) > 0).all()
    assert len(nodes) == len(exact)
    assert np.abs(theirs - ours).max() < 1e-6


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """A standalone cluster on loopback: (address, page of the master); its processes end with the test."""
    pyspark = pytest.importorskip("pyspark")
    home = Path(pyspark.__file__).parent
    logs = tmp_path_factory.mktemp("spark")
    port, page = free_port(), free_port()
    address = f"spark://127.0.0.1:{port}"
    environment = {
        **os.environ, "SPARK_HOME": str(home), "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_LOG_DIR": str(logs),
        "SPARK_WORKER_DIR": str(logs / "work"), "SPARK_DAEMON_MEMORY": "256m", "SPARK_NO_DAEMONIZE": "1",
    }  # fmt: skip
    start = [str(home / "bin" / "spark-class")]
    parts = "org.apache.spark.deploy.master.Master", "org.apache.spark.deploy.worker.Worker"
    running = []
    try:
        with (logs / "cluster.log").open("wb") as log:
            said = {"stdout": log, "stderr": log, "env": environment}
            words = ["--host", "127.0.0.1", "--port", str(port), "--webui-port", str(page)]
            running.append(subprocess.Popen([*start, parts[0], *words], **said))
            for _ in range(2):
                words = ["--host", "127.0.0.1", "--cores", "1", "--memory", "512m", "--webui-port", "0", address]
                running.append(subprocess.Popen([*start, parts[1], *words], **said))
            wait_for_workers(page, 2, running)
            yield address, page
    finally:
        for process in reversed(running):
            process.terminate()
        for process in running:
            process.wait(30)


def wait_for_workers(page, many, running, seconds=90):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        assert all(p.poll() is None for p in running), "a process of the cluster ended early"
        if alive(page) == many:
            return
        time.sleep(0.5)
    raise AssertionError(f"{many} workers did not report within {seconds} s")


def wait_for_executors(session, many, seconds=90):
    """How many executors work for the session, once there are so many or time is up."""
    status, until = session.sparkContext._jsc.sc().getExecutorMemoryStatus, time.monotonic() + seconds
    while status().size() - 1 < many and time.monotonic() < until:
        time.sleep(0.2)
    return status().size() - 1


def alive(page):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{page}/json/", timeout=5) as answer:
            return json.load(answer)["aliveworkers"]
    except (OSError, ValueError):
        return 0


def test_a_spark_cluster_agrees_with_duckdb_and_the_kernel(lots, cluster):
    from pyspark.sql import SparkSession

    edges, beginnings, exact = lots
    address, _ = cluster
    asked = SparkSession.builder.master(address).appName("carnet-lots")
    for name, value in {
        "spark.ui.enabled": "false", "spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1",
        "spark.executor.memory": "512m", "spark.executor.cores": "1", "spark.sql.shuffle.partitions": "2",
        "spark.scheduler.minRegisteredResourcesRatio": "1.0",
    }.items():  # fmt: skip
        asked = asked.config(name, value)
    session = asked.getOrCreate()
    try:
        executors = wait_for_executors(session, 2)
        spark = attribute(open_spark(edges, beginnings, session), NAMES)
    finally:
        session.stop()

    theirs, ours, nodes = shares(spark, exact)
    duckdb, _, same = shares(attribute(open_duckdb(edges, beginnings), NAMES), exact)
    assert address.startswith("spark://")
    assert executors == 2  # one on each worker
    assert (nodes == same).all()
    assert np.abs(theirs - ours).max() < 1e-6
    assert np.abs(theirs - duckdb).max() < 1e-6
