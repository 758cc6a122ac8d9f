"""Attribution of every lot to 40 origins and a footprint, and the trace of one: our kernel beside DuckDB and NetworkX.

    python bench/supply_trace.py [--lots 1000000] [--traces 2000] [--no-sql] [--networkx PYTHON]

One generated chain of seven stages, 3.3 edges per lot, as Parquet. Every run holds the answers against each other. The
peers run on the same arrays; SQL is DuckDB's staged group-by (wide columns, its tables loaded before the clock runs)
and its recursive query for one lot. Memory for the answer is reserved before (in `parquet_to_ready`) and serves one
element after the other; `fresh` takes new memory from the system within the clock.
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from numba import njit

from carnet.store import lots as store
from carnet.supply.attribution import Beginnings, Layout, Shares
from carnet.supply.graph import Graph

ORIGINS, STAGES = 40, 7
# All of a lot by NetworkX: what its users write, dictionaries in topological order.
NETWORKX = """
import json, sys, time
import networkx as nx, numpy as np
d = np.load(sys.argv[1]); t = time.perf_counter()
g = nx.DiGraph(); g.add_weighted_edges_from(zip(d['source'].tolist(), d['target'].tolist(), d['kg'].tolist()))
built = time.perf_counter() - t; t = time.perf_counter()
origin, value = d['origin'], d['value']; mix = {}
for n in nx.topological_sort(g):
    pre = g.pred[n]
    if not pre:
        v = np.zeros(41); v[origin[n]] = 1.0; v[40] = value[n]; mix[n] = v
    else:
        total = sum(e['weight'] for e in pre.values())
        v = np.zeros(41)
        for s, e in pre.items(): v += mix[s] * (e['weight'] / total)
        mix[n] = v
print(json.dumps({'build_s': built, 'sweep_s': time.perf_counter() - t, 'version': nx.__version__}))
"""


def chain(lots: int, seed: int = 7):
    """(source, target, kg, stage, origin): a fifth of the lots begin, the others take about four earlier ones."""
    rng = np.random.default_rng(seed)
    later = rng.integers(1, STAGES, lots - lots // 5).astype(np.int32)
    stage = np.sort(np.concatenate([np.zeros(lots // 5, np.int32), later]))
    first = np.searchsorted(stage, np.arange(STAGES + 1))
    made = np.arange(first[1], lots, dtype=np.int32)
    inputs = rng.integers(2, 7, made.size)
    extra = int(3.3 * lots) - int(inputs.sum())
    inputs[: abs(extra) % made.size] += np.sign(extra)
    target = np.repeat(made, np.maximum(inputs, 1))
    below = stage[target] - 1
    low, high = first[below], first[below + 1]
    source = (low + (rng.random(target.size) * (high - low)).astype(np.int64)).astype(np.int32)
    kg = rng.lognormal(3, 1, target.size)
    return source, target, kg, stage, rng.integers(0, ORIGINS, lots)


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--lots", type=int, default=1_000_000)
    asked.add_argument("--traces", type=int, default=2000)
    asked.add_argument("--rounds", type=int, default=3, help="ours and SQL in turn, so often; medians are kept")
    asked.add_argument("--no-sql", action="store_true")
    asked.add_argument("--networkx", help="a Python with bench/peers/networkx.lock")
    options = asked.parse_args()
    found: dict[str, Any] = {"bench": "supply_trace", "machine": platform.machine(), "lots": options.lots}
    warm()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source, target, kg, stage, origin = chain(options.lots)
        value = np.random.default_rng(2).random(options.lots)
        store.write_edges(folder / "edges.parquet", source, target, kg)
        np.savez(folder / "chain.npz", source=source, target=target, kg=kg, stage=stage, origin=origin, value=value)
        found["edges"] = int(source.size)
        del source, target, kg
        # In a process of its own, so that the peak is that of the engine and not of what made the data.
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as own:
            found |= own.submit(engine, folder, options.lots, options.traces).result()
        if not options.no_sql:
            found["sql"] = sql(folder, found, options.rounds)
        if options.networkx:
            words = [options.networkx, "-c", NETWORKX, str(folder / "chain.npz")]
            run = subprocess.run(words, capture_output=True, text=True, check=True)
            peer = json.loads(run.stdout)
            found["networkx"] = {**peer, "times": round(peer["sweep_s"] / found["sweep_s"], 1)}
    json.dump(found, sys.stdout, indent=2)
    print()


def ready(folder: Path, lots: int):
    """(graph, layout, beginnings, memory for the answer): from Parquet to the first question."""
    graph = Graph.of(*store.read_edges(folder / "edges.parquet"), lots, lots)
    layout = Layout(graph)
    with np.load(folder / "chain.npz") as data:
        origin, value = data["origin"][: layout.begins], data["value"][: layout.begins]
    return graph, layout, Beginnings(origin[:, None], value), layout.reserve(ORIGINS)


def engine(folder: Path, lots: int, traces: int) -> dict[str, Any]:
    """Parquet to ready, the sweep with fresh memory and again, single traces, and how far they differ."""
    warm()
    start = time.perf_counter()
    graph, layout, beginnings, rows = ready(folder, lots)
    found: dict[str, Any] = {"parquet_to_ready_s": round(time.perf_counter() - start, 3)}
    times = []
    for _ in range(5):
        start = time.perf_counter()
        shares = layout.sweep(graph.kg, beginnings, ORIGINS, rows=rows)
        times.append(time.perf_counter() - start)
    found["sweep_s"] = round(statistics.median(times), 4)
    found["peak_gb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, 2)
    found |= floor(layout, shares)
    need = np.zeros(lots)
    worst, clock = 0.0, []
    graph.parts(layout.begins, graph.kg, need)
    given = np.zeros((lots, ORIGINS), np.float32)
    given[np.arange(layout.begins), beginnings.columns[:, 0]] = 1.0
    busy = []
    for node in np.random.default_rng(1).integers(layout.begins, lots, traces).tolist():
        start, began = time.perf_counter(), time.thread_time()
        nodes, part = graph.parts(node, graph.kg, need)
        clock.append(time.perf_counter() - start)
        busy.append(time.thread_time() - began)
        worst = max(worst, float(np.abs(part @ given[nodes] - shares.of(np.array([node]))[0]).max()))
    found["trace_ms"] = {"p50": ms(np.median(clock)), "p99": ms(np.quantile(clock, 0.99))}
    found["trace_processor_ms"] = {"p50": ms(np.median(busy)), "p99": ms(np.quantile(busy, 0.99))}
    found["trace_differs_from_sweep_by"] = worst
    return found


@njit(nogil=True, fastmath=True)
def total(numbers):
    """A sum, as fast as memory hands the numbers over."""
    found = np.float32(0)
    for n in numbers:
        found += n
    return found


def floor(layout: Layout, shares: Shares) -> dict[str, Any]:
    """What a sweep has to move at least, and how long two cores take to read as much in order."""
    edges, dense = layout.source.size, int((layout.source >= layout.begins).sum())
    row = shares.rows[0].shape[1]
    moved = edges * 12 + dense * row + (edges - dense) * 64 + len(shares.rows[0]) * row
    numbers = np.ones(128_000_000, np.float32)
    with ThreadPoolExecutor(2) as pool:
        seconds = []
        for _ in range(5):
            start = time.perf_counter()
            list(pool.map(total, np.split(numbers, 2)))
            seconds.append(time.perf_counter() - start)
    speed = numbers.nbytes / min(seconds)
    return {
        "moved_gb": round(moved / 1e9, 2),
        "memory_gb_per_s": round(speed / 1e9, 1),
        "floor_s": round(moved / speed, 4),
    }


def warm() -> None:
    """Compile before the clock runs."""
    source, target, kg, _, origin = chain(5000)
    graph = Graph.of(source, target, kg, 5000, 5000)
    layout = Layout(graph)
    layout.sweep(kg, Beginnings(origin[: layout.begins, None], np.zeros(layout.begins)), ORIGINS)
    graph.parts(4999, graph.kg, np.zeros(5000))
    total(np.ones(8, np.float32))


def sql(folder: Path, ours: dict[str, Any], rounds: int) -> dict[str, Any]:
    """DuckDB on the same arrays, in turn with our sweep; then a recursive query for one lot."""
    import duckdb
    import pyarrow as pa

    data = np.load(folder / "chain.npz")
    source, target, kg, stage, origin = (data[n] for n in ("source", "target", "kg", "stage", "origin"))
    lots = len(stage)
    given = np.zeros((lots, ORIGINS + 1), np.float32)
    begins = np.flatnonzero(stage == 0)
    given[begins, origin[begins]] = 1.0
    given[begins, ORIGINS] = data["value"][begins]
    graph, layout, beginnings, rows = ready(folder, lots)
    first, again, statements, whole = [], [], [], []
    for _ in range(rounds):
        start = time.perf_counter()
        shares = layout.sweep(graph.kg, beginnings, ORIGINS)
        first.append(time.perf_counter() - start)
        del shares
        start = time.perf_counter()
        shares = layout.sweep(graph.kg, beginnings, ORIGINS, rows=rows)
        again.append(time.perf_counter() - start)
        at: dict[str, float] = {}
        theirs = store.attribute_sql(
            source, target, kg, given, stage, clock=lambda step, at=at: at.update({step: time.perf_counter()})
        )
        statements.append(at["attributed"] - at["loaded"])
        whole.append(at["read"] - at["start"])
    some = np.random.default_rng(3).integers(0, lots, 200_000)
    shown = np.concatenate([shares.of(some), shares.values(some)[:, None]], axis=1)
    differs = float(np.abs(theirs[some] - shown).max())
    del theirs, given, shares
    base = duckdb.connect(config={"threads": 2})
    total = np.bincount(target, weights=kg, minlength=lots)
    base.register("given", pa.table({"source": source, "target": target, "share": kg / total[target]}))
    base.execute("CREATE TABLE edges AS SELECT * FROM given ORDER BY target")
    each = []
    for node in np.random.default_rng(1).integers(len(begins), lots, 5).tolist():
        start = time.perf_counter()
        store.trace_sql(base, node)
        each.append(time.perf_counter() - start)
    base.close()
    middle = {n: statistics.median(t) for n, t in (("fresh", first), ("again", again), ("sql", statements))}
    return {
        "version": duckdb.__version__,
        "rounds": rounds,
        "fresh_sweep_s": round(middle["fresh"], 4),
        "sweep_s": round(middle["again"], 4),
        "group_by_s": round(middle["sql"], 2),
        "with_loading_and_reading_s": round(statistics.median(whole), 2),
        "times_fresh": round(middle["sql"] / middle["fresh"], 1),
        "times": round(middle["sql"] / middle["again"], 1),
        "largest_difference": differs,
        "recursive_ms": ms(np.median(each)),
        "recursive_times": round(float(np.median(each)) * 1e3 / ours["trace_ms"]["p50"], 1),
    }


def ms(seconds) -> float:
    return round(float(seconds) * 1e3, 4)


if __name__ == "__main__":
    main()
