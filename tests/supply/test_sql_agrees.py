"""Kernel and SQL are two opinions on one attribution, and they agree."""

import numpy as np
import pytest

from carnet.store.lots import attribute_sql, read_edges, trace_sql, write_edges
from carnet.supply.graph import Cyclic, Graph


def chain(seed, lots=300, stages=5, origins=4):
    """(source, target, kg, stage, given): a random chain by stages."""
    rng = np.random.default_rng(seed)
    stage = np.sort(np.concatenate([np.zeros(lots // 5, int), rng.integers(1, stages, lots - lots // 5)]))
    first = np.searchsorted(stage, np.arange(stages + 1))
    made = np.arange(first[1], lots)
    target = np.repeat(made, 3)
    low, high = first[stage[target] - 1], first[stage[target]]
    source = low + (rng.random(target.size) * (high - low)).astype(int)
    given = np.zeros((lots, origins))
    begins = np.flatnonzero(stage == 0)
    given[begins, rng.integers(0, origins, begins.size)] = 1.0
    return source.astype(np.int32), target.astype(np.int32), rng.lognormal(2, 1, target.size), stage, given


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_grouped_sums_give_the_shares_of_the_sweep(seed, tmp_path):
    source, target, kg, stage, given = chain(seed)
    write_edges(tmp_path / "edges.parquet", source, target, kg)
    graph = Graph.of(*read_edges(tmp_path / "edges.parquet"), len(stage), len(stage))

    mix = graph.sweep(graph.kg, np.zeros(graph.size), given.copy())

    assert np.abs(mix - attribute_sql(source, target, kg, given, stage)).max() < 1e-9


def test_a_recursive_query_gives_the_single_trace():
    import duckdb

    source, target, kg, stage, _ = chain(4)
    graph = Graph.of(source, target, kg, len(stage), len(stage))
    total = np.zeros(len(stage))
    np.add.at(total, target, kg)
    base = duckdb.connect()
    base.execute("CREATE TABLE edges(source INTEGER, target INTEGER, share DOUBLE)")
    base.executemany(
        "INSERT INTO edges VALUES (?, ?, ?)",
        list(zip(source.tolist(), target.tolist(), (kg / total[target]).tolist(), strict=True)),
    )

    nodes, part = graph.parts(len(stage) - 1, graph.kg, np.zeros(graph.size))

    begins = {int(n): p for n, p in zip(nodes, part, strict=True) if stage[n] == 0}
    assert dict(trace_sql(base, len(stage) - 1)) == pytest.approx(begins)


def test_single_precision_is_enough_to_a_millionth():
    source, target, kg, stage, given = chain(5)
    graph = Graph.of(source, target, kg, len(stage), len(stage))
    need = np.zeros(graph.size)

    single = graph.sweep(graph.kg, need, given.astype(np.float32))

    assert single.dtype == np.float32
    assert np.abs(single - graph.sweep(graph.kg, need, given.copy())).max() < 1e-6


def test_a_circle_is_named():
    edges = (np.array([0, 1, 2]), np.array([1, 2, 1]), np.ones(3))

    with pytest.raises(Cyclic, match="2 lots and events"):
        _ = Graph.of(*edges, 3, 3).rank
