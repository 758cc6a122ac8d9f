"""Edges of a supply chain as Parquet, and the same attribution in SQL: the second opinion on the compiled sweep.

A table of edges has source, target (whole numbers) and kg. `attribute_sql` mixes level by level with grouped sums in
DuckDB; it must agree with the kernel. `trace_sql` is a recursive query for one lot.
Reading order: write_edges(), read_edges(), attribute_sql(), trace_sql().
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


def write_edges(path: Path, source: Array, target: Array, kg: Array, level: Array | None = None) -> None:
    """Write an edge table; level (nodes,) is written as the level of each target, which other engines go by."""
    import pyarrow as pa  # type: ignore[import-untyped]
    import pyarrow.parquet as pq  # type: ignore[import-untyped]

    columns = {"source": source, "target": target, "kg": kg}
    if level is not None:
        columns["level"] = level[target].astype(np.int32)
    pq.write_table(pa.table(columns), path, compression="zstd")


def read_edges(path: Path) -> tuple[Array, Array, Array]:
    """(source, target, kg) of an edge table, as arrays; raises ValueError when a column is missing or holds nothing."""
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        kinds = {"source": np.int32, "target": np.int32, "kg": np.float64}
        missing = sorted(kinds.keys() - set(file.schema_arrow.names))
        if missing:
            raise ValueError(f"{path}: has no column {missing[0]!r}; an edge table has source, target and kg")
        found = {name: np.empty(file.metadata.num_rows, kind) for name, kind in kinds.items()}
        for name, whole in found.items():  # one column after the other, so that no second copy of all stands in memory
            at = 0
            for batch in file.iter_batches(batch_size=1 << 20, columns=[name]):
                if batch.column(0).null_count:
                    raise ValueError(f"{path}: column {name!r} has empty cells")
                whole[at : at + len(batch)] = batch.column(0).to_numpy()
                at += len(batch)
    return found["source"], found["target"], found["kg"]


def attribute_sql(
    source: Array, target: Array, kg: Array, given: Array, level: Array, *, threads: int = 2,
    clock: Callable[[str], None] = lambda step: None,
) -> Array:  # fmt: skip
    """(n, k) shares by grouped sums, level after level; given (n, k) holds the beginnings, level (n,) the stages.

    clock  is told when the tables are loaded, when they are attributed, and when the answer is read
    """
    import duckdb
    import pyarrow as pa

    columns = given.shape[1]
    names = [f"c{c}" for c in range(columns)]
    clock("start")
    base = duckdb.connect(config={"threads": threads})
    edges = pa.table({"source": source, "target": target, "kg": kg, "level": level[target].astype(np.int32)})
    base.register("given_edges", edges)
    base.execute("CREATE TABLE edges AS SELECT * FROM given_edges")
    begins = np.flatnonzero(level == 0)
    rows = pa.table({"node": begins.astype(np.int32), **{n: given[begins, c] for c, n in enumerate(names)}})
    base.register("given_mix", rows)
    base.execute("CREATE TABLE mix AS SELECT * FROM given_mix")
    clock("loaded")
    sums = ", ".join(f"sum(e.kg * m.{n}) / sum(e.kg) AS {n}" for n in names)
    for stage in range(1, int(level.max()) + 1):
        base.execute(
            f"INSERT INTO mix SELECT e.target, {sums} FROM edges e JOIN mix m ON m.node = e.source "  # noqa: S608
            "WHERE e.level = ? GROUP BY e.target",
            [stage],
        )
    clock("attributed")
    found = np.zeros_like(given)
    result = base.execute("SELECT * FROM mix").fetchnumpy()
    node = np.asarray(result["node"])
    for c, n in enumerate(names):
        found[node, c] = np.asarray(result[n])
    clock("read")
    base.close()
    return found


def trace_sql(connection: Any, node: int) -> list[tuple[int, float]]:
    """(beginning, share) of one lot by a recursive query over a table `edges` with the share each edge brings."""
    rows: list[tuple[int, float]] = connection.execute(
        "WITH RECURSIVE up(node, part) AS (SELECT ?::INTEGER, 1.0::DOUBLE UNION ALL "
        "SELECT e.source, u.part * e.share FROM up u JOIN edges e ON e.target = u.node) "
        "SELECT u.node, sum(u.part) FROM up u WHERE NOT EXISTS (SELECT 1 FROM edges e WHERE e.target = u.node) "
        "GROUP BY u.node ORDER BY u.node",
        [node],
    ).fetchall()
    return rows
