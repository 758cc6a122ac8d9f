"""Attribution of every lot to 40 origins and a footprint, and the trace of one: our kernel beside DuckDB and NetworkX.

    python bench/supply_trace.py [--lots 1000000] [--traces 2000] [--no-sql] [--networkx PYTHON]

One generated chain of seven stages, 3.3 edges per lot, as Parquet. Every run holds the answers against each other. The
peers run on the same arrays; SQL is DuckDB's staged group-by (wide columns) and its recursive query for one lot.
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from carnet.store import lots as store
from carnet.supply.graph import Graph

ORIGINS, STAGES = 40, 7
# All of a lot by NetworkX: what its users write, dictionaries in topological order.
NETWORKX = """
import json, sys, time
import networkx as nx, numpy as np
d = np.load(sys.argv[1]); t = time.perf_counter()
g = nx.DiGraph(); g.add_weighted_edges_from(zip(d['source'].tolist(), d['target'].tolist(), d['kg'].tolist()))
built = time.perf_counter() - t; t = time.perf_counter()
origin = d['origin']; mix = {}
for n in nx.topological_sort(g):
    pre = g.pred[n]
    if not pre:
        v = np.zeros(41); v[origin[n]] = 1.0; v[40] = 1.0; mix[n] = v
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
    asked.add_argument("--no-sql", action="store_true")
    asked.add_argument("--networkx", help="a Python with networkx and numpy")
    options = asked.parse_args()
    source, target, kg, stage, origin = chain(options.lots)
    given = np.zeros((options.lots, ORIGINS + 1), np.float32)
    begins = np.flatnonzero(stage == 0)
    given[begins, origin[begins]] = 1.0
    given[begins, ORIGINS] = 1.0
    found: dict[str, object] = {"lots": options.lots, "edges": int(source.size), "machine": platform.machine()}
    warm(source, target, kg)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "edges.parquet"
        store.write_edges(path, source, target, kg)
        start = time.perf_counter()
        graph = Graph.of(*store.read_edges(path), options.lots, options.lots)
        _ = graph.rank
        found["parquet_to_ready_s"] = round(time.perf_counter() - start, 3)
    need = np.zeros(options.lots)
    mix = given.copy()
    start = time.perf_counter()
    graph.sweep(graph.kg, need, mix)
    found["sweep_s"] = round(time.perf_counter() - start, 3)
    found["peak_gb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, 2)
    ask = np.random.default_rng(1).integers(begins.size, options.lots, options.traces)
    times, worst = [], 0.0
    graph.parts(int(ask[0]), graph.kg, need)
    for node in ask.tolist():
        start = time.perf_counter()
        nodes, part = graph.parts(node, graph.kg, need)
        times.append(time.perf_counter() - start)
        worst = max(worst, float(np.abs(part @ given[nodes] - mix[node]).max()))
    found["trace_ms"] = {"p50": ms(np.median(times)), "p99": ms(np.quantile(times, 0.99))}
    found["trace_differs_from_sweep_by"] = worst
    if not options.no_sql:
        found["sql"] = sql(source, target, kg, given, stage, mix, ask[:5].tolist(), found)
    if options.networkx:
        with tempfile.TemporaryDirectory() as folder:
            np.savez(Path(folder) / "d.npz", source=source, target=target, kg=kg, origin=origin)
            words = [options.networkx, "-c", NETWORKX, str(Path(folder) / "d.npz")]
            run = subprocess.run(words, capture_output=True, text=True, check=True)
        peer = json.loads(run.stdout)
        found["networkx"] = {**peer, "times": round(peer["sweep_s"] / float(str(found["sweep_s"])), 1)}
    json.dump(found, sys.stdout, indent=2)
    print()


def warm(source, target, kg) -> None:
    """Compile before the clock runs."""
    few = target < np.partition(target, min(1000, target.size - 1))[min(1000, target.size - 1)]
    small = Graph.of(source[few], target[few], kg[few], int(target[few].max()) + 1, int(target[few].max()) + 1)
    _ = small.rank
    small.sweep(small.kg, np.zeros(small.size), np.zeros((small.size, ORIGINS + 1), np.float32))
    small.parts(small.size - 1, small.kg, np.zeros(small.size))


def sql(source, target, kg, given, stage, mix, ask, found) -> dict[str, object]:
    import duckdb

    start = time.perf_counter()
    theirs = store.attribute_sql(source, target, kg, given, stage)
    seconds = time.perf_counter() - start
    base = duckdb.connect(config={"threads": 2})
    total = np.zeros(len(stage))
    np.add.at(total, target, kg)
    share = kg / total[target]
    frame = {"source": source, "target": target, "share": share}
    import pyarrow as pa

    base.register("given", pa.table(frame))
    base.execute("CREATE TABLE edges AS SELECT * FROM given ORDER BY target")
    each = []
    for node in ask:
        start = time.perf_counter()
        store.trace_sql(base, node)
        each.append(time.perf_counter() - start)
    base.close()
    return {
        "version": duckdb.__version__,
        "group_by_s": round(seconds, 2),
        "times": round(seconds / float(found["sweep_s"]), 1),
        "largest_difference": float(np.abs(theirs - mix).max()),
        "recursive_ms": ms(np.median(each)),
        "recursive_times": round(float(np.median(each)) * 1e3 / float(found["trace_ms"]["p50"]), 1),
    }


def ms(seconds) -> float:
    return round(float(seconds) * 1e3, 4)


if __name__ == "__main__":
    main()
