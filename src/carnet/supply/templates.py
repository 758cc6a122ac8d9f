"""CSV and XLSX templates: what people fill in, read cell by cell; every complaint quotes its row.

A table is a file `lots.csv` or a sheet `lots` of a workbook. Columns may stand in any order; unknown ones are refused
with the nearest name. Nothing of a cell is ever evaluated. Numbers are written with a point; a comma is refused with
the question which of the two is meant.
Reading order: read_csv(), read_xlsx(), lint(), write_csv().
"""

from __future__ import annotations

import csv
import datetime
import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from typing import Any

from ..errors import BadInput, Problem, nearest
from ..ledger.plain import Refused, text
from ..waist import Place
from .lots import TABLES, Column

MOST_ROWS, MOST_CELL, MOST_CELLS, MOST_EMPTY = 20_000_000, 10_000, 20_000_000, 100
MOST_BYTES, MOST_UNPACKED = 64 * 1024 * 1024, 512 * 1024 * 1024
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,2})?")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?")

Rows = list[tuple[Place, dict[str, str]]]


def read_csv(raw: bytes, name: str) -> Rows:
    """The rows of a CSV (UTF-8 or UTF-16, comma or semicolon); raises BadInput."""
    try:
        found = text(raw)
    except Refused as error:
        raise BadInput([Problem(Place(name), str(error))]) from None
    head = found.partition("\n")[0]
    delimiter = ";" if head.count(";") > head.count(",") else ","
    reader = csv.reader(io.StringIO(found, newline=""), delimiter=delimiter, strict=True)
    rows: Rows = []
    try:
        heads = [h.strip() for h in next(reader, [])]
        for cells in reader:
            place = Place(name, reader.line_num)
            if not any(c.strip() for c in cells):
                continue
            if len(cells) != len(heads):
                says = f"has {len(cells)} cells, the first row has {len(heads)}: {_row(cells)}"
                raise BadInput([Problem(place, says)])
            rows.append((place, {h: c.strip() for h, c in zip(heads, cells, strict=True)}))
            if len(rows) > MOST_ROWS:
                raise BadInput([Problem(place, f"has more than {MOST_ROWS:,} rows; use Parquet")])
    except csv.Error as error:
        raise BadInput([Problem(Place(name, reader.line_num), f"is not CSV here: {error}")]) from None
    if not heads or heads == [""]:
        raise BadInput([Problem(Place(name), "is empty; its first row names the columns")])
    return [(Place(name, 1), dict.fromkeys(heads, "")), *rows]


def read_xlsx(raw: bytes, name: str) -> Iterator[tuple[str, Rows]]:
    """(sheet, rows) of every sheet named after a table; raises BadInput."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as packed:
            size = sum(i.file_size for i in packed.infolist())
            if len(raw) > MOST_BYTES or size > MOST_UNPACKED or len(packed.infolist()) > 1000:
                raise BadInput([Problem(Place(name), f"the workbook unpacks to {size:,} bytes; that is no template")])
        import openpyxl

        book = openpyxl.load_workbook(io.BytesIO(raw), read_only=True, data_only=True)
        sheets = [(s.title, _table(s, name)) for s in book.worksheets if s.title.lower() in TABLES]
    except BadInput:
        raise
    except Exception as error:  # noqa: BLE001 - openpyxl raises what its parts raise: zip, XML, key and value errors
        says = f"cannot be read as a workbook ({type(error).__name__})"
        raise BadInput([Problem(Place(name), says, "Save it as .xlsx and try again.")]) from None
    for title, table in sheets:
        if table:
            heads = table[0]
            rows: Rows = [(Place(f"{name}#{title}", 1), dict.fromkeys([h for h in heads if h], ""))]
            for number, cells in enumerate(table[1:], 2):
                if any(cells):
                    found = {h: c for h, c in zip(heads, cells, strict=False) if h}
                    rows.append((Place(f"{name}#{title}", number), found))
            yield title.lower(), rows


def _table(sheet: Any, name: str) -> list[list[str]]:
    """The cells of a sheet as text; a far-away cell that would make a whole desert of empty ones is refused."""
    found: list[list[str]] = []
    seen = empty = 0
    for row in sheet.iter_rows(values_only=True):
        seen += len(row)
        empty = 0 if any(c is not None for c in row) else empty + 1
        if seen > MOST_CELLS or empty > MOST_EMPTY:
            says = f"the sheet {sheet.title!r} has {empty:,} empty rows in a row" if empty > MOST_EMPTY else (
                f"the sheet {sheet.title!r} spans more than {MOST_CELLS:,} cells")  # fmt: skip
            raise BadInput([Problem(Place(name), f"{says}; delete what is far from the table, or save it as CSV")])
        found.append([_cell(c) for c in row] if not empty else [""])
    return found


def lint(table: str, rows: Rows, economies: Iterable[str]) -> tuple[list[tuple[Place, dict[str, Any]]], list[Problem]]:
    """(rows with their values by type, every problem); the first row given holds the names of the columns."""
    columns, problems = TABLES[table], []
    place, heads = rows[0]
    for name in heads:
        if name not in columns:
            near = nearest(name, columns)
            says = f"the table {table} has no column {name!r}" + (f"; {near}" if near else "")
            problems.append(Problem(place, says, f"Columns: {', '.join(columns)}"))
    problems += [
        Problem(place, f"the table {table} needs a column {name!r}: {column.means}")
        for name, column in columns.items()
        if column.needed and name not in heads
    ]
    if problems:
        return [], problems
    codes = frozenset(economies)
    taken = []
    for here, cells in rows[1:]:
        row: dict[str, Any] = {}
        for name, column in columns.items():
            raw = cells.get(name, "")
            if not raw:
                if column.needed:
                    problems.append(Problem(here, f"{name} is empty in the row: {_row(cells.values())}", column.means))
                row[name] = None
                continue
            try:
                row[name] = _value(raw, column, codes)
            except ValueError as error:
                problems.append(Problem(here, f"{name}: {error} in the row: {_row(cells.values())}"))
                row[name] = None
        taken.append((here, row))
    return taken, problems


def _value(raw: str, column: Column, economies: frozenset[str]) -> Any:
    if len(raw) > MOST_CELL:
        raise ValueError(f"a cell of {len(raw):,} characters is no value")
    if column.type in ("number", "share", "whole"):
        return _amount(raw, column.type)
    if column.type == "economy":
        code = raw.lower()
        if code not in economies:
            near = nearest(code, economies)
            raise ValueError(f"{raw!r} is no economy by ISO alpha-2" + (f"; {near}" if near else ""))
        return code
    if column.type in ("date", "moment"):
        if not _MOMENT.fullmatch(raw):
            raise ValueError(f"{raw!r} is no day such as 2026-11-21")
        moment = datetime.datetime.fromisoformat(raw)  # raises ValueError for a 30th of February
        return raw[:10] if column.type == "date" else _utc(moment)
    if column.type == "word" and raw not in column.words:
        near = nearest(raw, column.words)
        raise ValueError(f"{raw!r} is not one of {', '.join(column.words)}" + (f"; {near}" if near else ""))
    return raw


def _amount(raw: str, kind: str) -> float | int:
    if not _NUMBER.fullmatch(raw):
        hint = "; is the comma a decimal point or a separator of thousands?" if "," in raw else ""
        raise ValueError(f"{raw!r} is no number{hint}")
    value = float(raw)
    if value < 0 or value > 1e15:
        raise ValueError(f"{raw} is no amount; it lies outside of 0 to 1e15")
    if kind == "share" and value > 1:
        raise ValueError(f"{raw} is more than the whole; a share lies between 0 and 1")
    if kind == "whole":
        if value != int(value):
            raise ValueError(f"{raw} is no whole number")
        return int(value)
    return value


def _utc(moment: datetime.datetime) -> str:
    zoned = moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)
    return zoned.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _cell(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime.datetime):
        shown = cell.isoformat()
        return shown.removesuffix("T00:00:00")
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return str(cell).strip()


def _row(cells: Iterable[str]) -> str:
    shown = ", ".join(c for c in cells)
    return shown if len(shown) <= 120 else shown[:117] + "..."


def write_csv(table: str, rows: Iterable[dict[str, Any]]) -> bytes:
    """Rows -> CSV in the columns of the table; a template when there are none."""
    buffer = io.StringIO(newline="")
    writer = csv.DictWriter(buffer, list(TABLES[table]), lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({k: _shown(v) for k, v in row.items()})
    return buffer.getvalue().encode()


def _shown(value: Any) -> str:
    if value is None:
        return ""
    return format(value, ".15g") if isinstance(value, float) else str(value)
