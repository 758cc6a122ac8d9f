"""The typed tables of a chain as Arrow: between processes, into Parquet, and back into rows.

One column per column of `lots.TABLES`, numbers as doubles, all else as text, and the line each row was written on.
Reading order: to_arrow(), add_arrow(), merge().
"""

from __future__ import annotations

from typing import Any

from ..waist import Place
from .lots import TABLES, Chain

LINE = "_line"
_NUMBERS = frozenset({"number", "share"})


def to_arrow(chain: Chain) -> dict[str, Any]:
    """Table -> pyarrow.Table, of the tables that have rows."""
    import pyarrow as pa  # type: ignore[import-untyped]

    kinds = {"whole": pa.int64(), **dict.fromkeys(_NUMBERS, pa.float64())}
    found = {}
    for table, columns in TABLES.items():
        rows = chain[table]
        if rows:
            cells = zip(*map(dict.values, rows), strict=True)
            types = [kinds.get(c.type, pa.string()) for c in columns.values()]
            arrays = [
                pa.nulls(len(rows), kind) if column.count(None) == len(rows) else pa.array(column, kind)
                for column, kind in zip(cells, types, strict=True)
            ]
            lines = pa.array([place.line for place in chain.places[table]], pa.int32())
            found[table] = pa.table([*arrays, lines], names=[*columns, LINE])
    return found


def add_arrow(chain: Chain, tables: dict[str, Any], file: str, *, mentioned: frozenset[str] = frozenset()) -> None:
    """Rows of one document into a chain; of the tables in `mentioned`, only what the chain does not know yet."""
    for table, arrow in tables.items():
        names = [n for n in arrow.column_names if n != LINE]
        places = [Place(file, line) for line in arrow[LINE].to_pylist()]
        cells = zip(*(arrow[n].to_pylist() for n in names), strict=True)
        rows = [dict(zip(names, row, strict=True)) for row in cells]
        if table in mentioned:
            for row, place in zip(rows, places, strict=True):
                chain.ensure(table, row, place)
        else:
            chain.rows[table] += rows
            chain.places[table] += places


def merge(documents: list[dict[str, Any]], mentioned: frozenset[str]) -> dict[str, Any]:
    """The tables of several documents as one, the first mention of a thing counting, as when they are read in turn."""
    import pyarrow as pa
    import pyarrow.compute as pc  # type: ignore[import-untyped]

    found = {}
    for table in TABLES:
        parts = [d[table] for d in documents if table in d]
        if not parts:
            continue
        whole = pa.concat_tables(parts)
        if table in mentioned and len(parts) > 1:
            codes = pc.dictionary_encode(whole["id"].combine_chunks()).indices.to_numpy()
            import numpy as np

            _, first = np.unique(codes, return_index=True)
            if len(first) < len(codes):
                whole = whole.take(pa.array(np.sort(first)))
        found[table] = whole
    return found
