"""Questions to tables of frames: plain expressions in, Arrow out, through Ibis on DuckDB here or Spark on a cluster.

A room says columns, tests, groups and measures; this module alone turns them into SQL. Results are the same on every
engine: groups come in the order of their keys, rows in a total order, and means are sums of whole thousandths divided
once, because the order of adding fractions differs from engine to engine. Nothing is approximate and nothing is
downloaded: extensions are neither installed nor loaded.
Reading order: Where, Measure, Query, Engine, open_duckdb(), open_spark().
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import ibis  # type: ignore[import-untyped]
import pyarrow as pa  # type: ignore[import-untyped]

from ..errors import BadInput, nearest

Op = Literal["==", "!=", "<", "<=", ">", ">=", "in", "known"]
Kind = Literal["count", "distinct", "sum", "min", "max", "mean"]
MILLI = 1000
_DAYS: dict[str, tuple[Op, int]] = {">=": (">=", 0), "<": ("<", 0), "<=": ("<", 1), ">": (">=", 1)}


@dataclass(frozen=True, slots=True)
class Where:
    """column op value; a missing value satisfies nothing."""

    column: str
    op: Op
    value: Any = None


@dataclass(frozen=True, slots=True)
class Measure:
    """One value per group; `sum` and `mean` work on whole thousandths."""

    name: str
    kind: Kind
    column: str = ""


@dataclass(frozen=True, slots=True)
class Query:
    """Rows (columns) or groups (by and measures); tests hold all together."""

    columns: tuple[str, ...] = ()
    tests: tuple[Where, ...] = ()
    by: tuple[str, ...] = ()
    measures: tuple[Measure, ...] = ()
    limit: int | None = None


class Engine:
    """One engine with the frames of some files."""

    def __init__(self, frames: Any, name: str) -> None:
        self.frames, self.name = frames, name
        self.columns = tuple(frames.columns)

    def ask(self, query: Query) -> pa.Table:
        """The answer to a query; raises BadInput for a column that is not there."""
        return self._expression(query).to_pyarrow()

    def batches(self, query: Query, rows: int = 65_536) -> Any:
        """The answer in pieces of at most so many rows, for streaming; the order is the same."""
        return self.ask(query).to_batches(max_chunksize=rows)

    def sql(self, query: Query) -> str:
        """What the engine is asked, for explanation."""
        return str(ibis.to_sql(self._expression(query)))

    def _column(self, name: str) -> Any:
        if name == "day" and "day" not in self.columns:
            return self._column("time").strftime("%Y-%m-%d")
        if name not in self.columns:
            near = nearest(name, self.columns)
            raise BadInput(
                f"the frames hold no field called {name!r}; {near} They hold {', '.join(sorted(self.columns))}"
            )
        return self.frames[name]

    def _expression(self, query: Query) -> Any:
        if bool(query.columns) == bool(query.measures):
            raise BadInput("ask either for columns or for measures")
        table = self.frames
        for test in query.tests:
            table = table.filter(self._test(test))
        if query.columns:
            chosen = table.select(**{name: self._bound(table, name) for name in query.columns})
            ordered = chosen.order_by([chosen[c].asc(nulls_first=True) for c in chosen.columns])
            return ordered if query.limit is None else ordered.limit(query.limit)
        measures = {m.name: self._measure(table, m) for m in query.measures}
        if not query.by:
            return table.aggregate(**measures)
        found = table.group_by(**{name: self._bound(table, name) for name in query.by}).aggregate(**measures)
        ordered = found.order_by([found[name].asc(nulls_first=True) for name in query.by])
        return ordered if query.limit is None else ordered.limit(query.limit)

    def _bound(self, table: Any, name: str) -> Any:
        self._column(name)
        if name == "day" and "day" not in self.columns:
            return table["time"].strftime("%Y-%m-%d")
        return table[name]

    def _test(self, test: Where) -> Any:
        if test.column == "day" and "day" not in self.columns and test.op in _DAYS:
            # Compared as moments, so that the engine may skip what it need not read; a text of each row would hide it.
            op, later = _DAYS[test.op]
            midnight = datetime.fromisoformat(str(test.value)).replace(tzinfo=UTC) + timedelta(days=later)
            return self._test(Where("time", op, ibis.literal(midnight, type="timestamp('UTC')")))
        column = self._column(test.column)
        if test.op == "known":
            return column.notnull()
        if test.op == "in":
            return column.isin(sorted(test.value)) if test.value else ibis.literal(False)
        return {
            "==": column.__eq__, "!=": column.__ne__, "<": column.__lt__, "<=": column.__le__, ">": column.__gt__,
            ">=": column.__ge__,
        }[test.op](test.value)  # fmt: skip

    def _measure(self, table: Any, measure: Measure) -> Any:
        if measure.kind == "count":
            return table.count()
        column = self._bound(table, measure.column)
        if measure.kind == "distinct":
            return column.nunique()
        if measure.kind in ("min", "max"):
            return getattr(column, measure.kind)()
        whole = (column * MILLI).round().cast("int64")
        total = whole.sum().cast("int64")
        if measure.kind == "sum":
            return total
        return total.cast("float64") / whole.count().cast("float64") / float(MILLI)


def open_duckdb(files: Sequence[Path], *, memory: str = "2GB", threads: int = 2) -> Engine:
    """Frames of Parquet files on DuckDB inside this process."""
    if not files:
        raise BadInput("there are no frames to ask; bring a recording in with carnet roads ingest")
    connection = ibis.duckdb.connect(
        memory_limit=memory, threads=threads, autoinstall_known_extensions=False, autoload_known_extensions=False
    )
    connection.raw_sql("SET TimeZone = 'UTC'")
    return Engine(connection.read_parquet([str(f) for f in files], table_name="frames"), "duckdb")


def open_spark(files: Sequence[Path], session: Any) -> Engine:
    """The same frames on a Spark session the caller has opened."""
    session.conf.set("spark.sql.session.timeZone", "UTC")
    connection = ibis.pyspark.connect(session)
    session.read.parquet(*[str(f) for f in files]).createOrReplaceTempView("frames")  # Ibis names one path only
    return Engine(connection.table("frames"), "spark")
