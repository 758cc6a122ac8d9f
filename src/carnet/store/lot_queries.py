"""The attribution of every lot through Ibis: one expression per level, on DuckDB here or Spark on a cluster.

The edge table is Parquet with source, target, kg and the level of the target (the longest way from a beginning, as a
graph knows it); the beginnings are Parquet with node and one column per share. Each level joins what flows in with the
shares of its sources, and is kept before the next begins, so that no engine plans all levels at once. Sums are of
doubles, so engines differ in the order of adding: answers agree to a millionth.
Reading order: Engine, open_duckdb(), open_spark(), attribute().
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ibis  # type: ignore[import-untyped]


@dataclass(frozen=True)
class Engine:
    """An engine with its two tables, and how it keeps an answer before the next question (expression -> table)."""

    name: str
    edges: Any
    beginnings: Any
    keep: Callable[[Any], Any]


def open_duckdb(edges: Path, beginnings: Path, *, memory: str = "2GB", threads: int = 2) -> Engine:
    """The tables on DuckDB inside this process; nothing is downloaded."""
    base = ibis.duckdb.connect(
        memory_limit=memory, threads=threads, autoinstall_known_extensions=False, autoload_known_extensions=False
    )
    number = iter(range(10**9))

    def keep(expression: Any) -> Any:
        return base.create_table(f"kept_{next(number)}", expression, temp=True)

    return Engine(
        "duckdb", base.read_parquet(str(edges), table_name="edges"),
        base.read_parquet(str(beginnings), table_name="beginnings"), keep,
    )  # fmt: skip


def open_spark(edges: Path, beginnings: Path, session: Any) -> Engine:
    """The same tables on a Spark session the caller has opened; its workers see the same paths."""
    base = ibis.pyspark.connect(session)
    number = iter(range(10**9))

    def view(frame: Any, name: str) -> Any:
        frame.createOrReplaceTempView(name)
        return base.table(name)

    def keep(expression: Any) -> Any:
        # A checkpoint on the workers cuts the plan; a view alone would compute every level again and again.
        frame = session.sql(str(ibis.to_sql(expression, dialect="pyspark"))).localCheckpoint()
        return view(frame, f"kept_{next(number)}")

    return Engine(
        "spark", view(session.read.parquet(str(edges)), "edges"),
        view(session.read.parquet(str(beginnings)), "beginnings"), keep,
    )  # fmt: skip


def attribute(engine: Engine, columns: Sequence[str]) -> Any:
    """(node, *columns) as Arrow, by node: the shares of every lot, mixed by the kilograms that flowed in."""
    edges, mix = engine.edges, engine.beginnings.select("node", *columns)
    for level in sorted(engine.edges.select("level").distinct().execute()["level"].tolist()):
        into = edges.filter(edges.level == level)
        joined = into.join(mix, into.source == mix.node)
        sums = {name: (joined.kg * joined[name]).sum() / joined.kg.sum() for name in columns}
        made = joined.group_by(node=joined.target).aggregate(**sums)
        mix = engine.keep(mix.union(made.select("node", *columns)))
    return mix.order_by("node").to_pyarrow()
