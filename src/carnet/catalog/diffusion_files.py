"""Charging-point and vehicle tables (CSV, Parquet) -> rows of the installed base, by columns the user names.

A table holds counts (a stock by year, or what was added in it) or things, one row each with the day it came; a thing
with several options (a charger with two connectors) counts once for each. Economies are the user's own words unless a
code or name of the library fits. Every bad cell is named with its line; nothing is skipped in silence.
Reading order: Columns, read().
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..errors import BadInput, Problem, nearest
from ..waist import Place
from ..words import span
from .catalog import Catalog
from .diffusion import Row

MOST_BYTES, MOST_ROWS, MOST_PROBLEMS = 256 * 1024 * 1024, 5_000_000, 20
FIELDS = ("economy", "year", "option", "count")
MEANS = ("stock", "added", "things")


def read(path: Path, mapping: Mapping[str, str], means: str, catalog: Catalog) -> list[Row]:
    """The rows of one table; raises BadInput with every problem (the first 20).

    mapping  our field -> their column; a field that is not named is looked for under its own name
    means    stock: counts that stand in a year; added: counts that came in it; things: one row each
    """
    for field in mapping:
        if field not in FIELDS:
            raise BadInput(f"--map {field}: a row has {', '.join(FIELDS)}")
    columns = {f: mapping.get(f, f) for f in FIELDS if f != "count" or means != "things"}
    lines = _parquet(path, columns) if path.suffix.lower() == ".parquet" else _csv(path, columns)
    names = {p["name"].lower(): p["id"] for p in catalog.economies.values()}
    names |= {p["alpha3"].lower(): p["id"] for p in catalog.economies.values()}
    problems: list[Problem] = []
    found: list[Row] = []
    for line, cells in lines:
        try:
            found += _rows(cells, names)
        except ValueError as error:
            problems.append(Problem(Place(str(path), line), str(error)))
            if len(problems) >= MOST_PROBLEMS:
                break
        if len(found) > MOST_ROWS:
            raise BadInput(f"{path}: more than {MOST_ROWS:,} rows are not read. Sum them up by year first.")
    if problems:
        raise BadInput(problems)
    if not found:
        raise BadInput(f"{path}: holds no rows")
    return found


def _rows(cells: Mapping[str, Any], names: Mapping[str, str]) -> list[Row]:
    economy = str(cells.get("economy") or "").strip()
    options = [o.strip() for o in str(cells.get("option") or "").split(";") if o.strip()]
    written = str(cells.get("year") if cells.get("year") is not None else "").strip()
    if not economy or not options or not written:
        missing = [f for f, v in (("economy", economy), ("option", options), ("year", written)) if not v]
        raise ValueError(f"{' and '.join(missing)} not said")
    try:
        year = int(span(written[:10])[0][:4])
    except ValueError:
        raise ValueError(f"{written!r} is not a year or a day such as 2026-07-01") from None
    try:
        count = float(cells["count"]) if "count" in cells else 1.0
    except (TypeError, ValueError):
        raise ValueError(f"count {cells['count']!r} is not a number") from None
    if not math.isfinite(count) or count < 0:
        raise ValueError(f"count {count} is not a number of things")
    place = names.get(economy.lower(), economy.lower() if economy.lower() in names.values() else economy)
    return [Row(place, year, option, count) for option in dict.fromkeys(options)]


def _csv(path: Path, columns: Mapping[str, str]) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise BadInput(f"{path}: more than {MOST_BYTES:,} bytes are not read. Use Parquet, or sum it up by year.")
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise BadInput(f"{path}: byte {error.start} is not UTF-8. Save it as UTF-8.") from None
    head = text.partition("\n")[0]
    rows = csv.DictReader(io.StringIO(text), delimiter=max(",;\t", key=head.count), strict=True)
    try:
        _known(path, columns, list(rows.fieldnames or []))
        for row in rows:
            yield rows.line_num, {field: row.get(column) for field, column in columns.items()}
    except csv.Error as error:
        raise BadInput(f"{path}: is not CSV: {error}") from None


def _parquet(path: Path, columns: Mapping[str, str]) -> Iterator[tuple[int, dict[str, Any]]]:
    from pyarrow import ArrowException, parquet  # type: ignore[import-untyped]

    try:
        file = parquet.ParquetFile(path)
        _known(path, columns, list(file.schema_arrow.names))
        line = 0
        for batch in file.iter_batches(columns=list(columns.values())):
            for row in batch.to_pylist():
                line += 1
                yield line, {field: row[column] for field, column in columns.items()}
    except (OSError, ArrowException) as error:
        raise BadInput(f"{path}: is not Parquet: {error}") from None


def _known(path: Path, columns: Mapping[str, str], names: list[str]) -> None:
    for field, column in columns.items():
        if column not in names:
            near = nearest(column, names)
            raise BadInput(
                f"{path}: there is no column {column!r} for {field}"
                + (f"; {near}" if near else "")
                + f" Columns: {', '.join(names)}. Name it with --map {field}=COLUMN."
            )
