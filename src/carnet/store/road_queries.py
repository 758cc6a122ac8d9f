"""Questions to tables of frames: plain expressions in, Arrow out, through Ibis on DuckDB here or Spark on a cluster.

A room says columns, tests, groups and measures; this module alone turns them into SQL. Results are the same on every
engine: groups come in the order of their keys, rows in a total order, and means are sums of whole thousandths divided
once, because the order of adding fractions differs from engine to engine. Nothing is approximate and nothing is
downloaded: extensions are neither installed nor loaded.
Rows that are delivered in bulk are not sorted: scan() reads the row groups that can hold them, in the order of the
files, and tests them here.
Reading order: Where, Measure, Query, Engine, open_duckdb(), open_spark(), test().
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import ibis  # type: ignore[import-untyped]
import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]

from ..errors import BadInput, nearest
from .road_zones import FAR, scan

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

    def __init__(self, frames: Any, name: str, files: Sequence[Path] = ()) -> None:
        self.frames, self.name, self.files = frames, name, tuple(files)
        self.columns = tuple(frames.columns)

    def ask(self, query: Query) -> pa.Table:
        """The answer to a query; raises BadInput for a column that is not there."""
        return self._expression(query).to_pyarrow()

    def scan(self, query: Query) -> pa.Table:
        """The rows of a query in the order of the files, texts as dictionaries; only row groups that may hold them."""
        wanted = dict.fromkeys((*query.columns, *("time" if t.column == "day" else t.column for t in query.tests)))
        for name in wanted:
            self._column(name)
        segments, first, last = _bounds(query.tests)
        pieces = [
            test(piece, query.tests).select(list(query.columns))
            for piece in scan(self.files, list(wanted), segments, first, last)
        ]
        return pa.concat_tables(pieces) if pieces else self._nothing(query.columns)

    def _nothing(self, columns: Sequence[str]) -> pa.Table:
        schema = pa.schema([self.frames.schema().to_pyarrow().field(c) for c in columns])
        return schema.empty_table()

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
    return Engine(connection.read_parquet([str(f) for f in files], table_name="frames"), "duckdb", files)


def open_spark(files: Sequence[Path], session: Any) -> Engine:
    """The same frames on a Spark session the caller has opened."""
    session.conf.set("spark.sql.session.timeZone", "UTC")
    connection = ibis.pyspark.connect(session)
    session.read.parquet(*[str(f) for f in files]).createOrReplaceTempView("frames")  # Ibis names one path only
    return Engine(connection.table("frames"), "spark")


def _midnight(day: Any, later: int) -> int:
    """The first moment of a day, or of one later, in microseconds UTC."""
    found = datetime.fromisoformat(str(day)).replace(tzinfo=UTC) + timedelta(days=later)
    return int(found.timestamp()) * 1_000_000


def _bounds(tests: Sequence[Where]) -> tuple[list[str] | None, int, int]:
    """The segments and the moments a query speaks of, as wide as they may be."""
    segments: set[str] | None = None
    first, last = -FAR, FAR
    for one in tests:
        if one.column == "segment" and one.op in ("in", "=="):
            named = set(one.value) if one.op == "in" else {one.value}
            segments = named if segments is None else segments & named
        elif one.column == "day" and one.op in (">=", ">", "=="):
            first = max(first, _midnight(one.value, one.op == ">"))
        if one.column == "day" and one.op in ("<=", "<", "=="):
            last = min(last, _midnight(one.value, one.op != "<") - 1)
    return None if segments is None else sorted(segments), first, last


def test(rows: pa.Table, tests: Sequence[Where]) -> pa.Table:
    """The rows that pass every test; a table that passes whole is not copied."""
    keep: Any = None
    for one in tests:
        found = _mask(rows, one)
        keep = found if keep is None else keep & found
    return rows if keep is None or keep.all() else rows.filter(pa.array(keep))


def _mask(rows: pa.Table, one: Where) -> Any:
    if one.column == "day":
        op, later = _DAYS.get(one.op, (one.op, 0))
        if one.op not in _DAYS:
            raise BadInput(f"day {one.op}: rows in bulk are asked for from a day on, or up to one")
        moments = rows["time"].cast(pa.timestamp("us", "UTC"), safe=False).cast(pa.int64())
        return _compare(moments, op, pa.scalar(_midnight(one.value, later)))
    column = rows[one.column]
    if one.op == "known":
        return np.ones(rows.num_rows, np.bool_) if not column.null_count else _plain(pc.is_valid(column))
    if pa.types.is_dictionary(column.type):
        return _coded(column, one)
    if one.op == "in":
        return _plain(pc.is_in(column, pa.array(sorted(one.value), column.type)))
    return _compare(column, one.op, pa.scalar(one.value))


def _coded(column: Any, one: Where) -> Any:
    """A test of texts: each word once, then a look-up for every row."""
    words = pa.array(sorted(one.value), pa.string()) if one.op == "in" else None
    parts = [np.zeros(0, np.bool_)]
    for chunk in column.chunks:
        known = chunk.dictionary
        passes = _plain(pc.is_in(known, words)) if words is not None else _compare(known, one.op, pa.scalar(one.value))
        codes = (chunk.indices.fill_null(len(known)) if chunk.null_count else chunk.indices).to_numpy()
        parts.append(np.append(passes, False)[codes])
    return np.concatenate(parts)


_OPS = {"==": "equal", "!=": "not_equal", "<": "less", "<=": "less_equal", ">": "greater", ">=": "greater_equal"}


def _compare(column: Any, op: str, value: Any) -> Any:
    return _plain(pc.call_function(_OPS[op], [column, value]))


def _plain(found: Any) -> Any:
    return (found.fill_null(False) if found.null_count else found).to_numpy(zero_copy_only=False).astype(np.bool_)
