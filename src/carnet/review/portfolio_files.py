"""CSV, Parquet and workbooks as sheets of text: every cell with its place, every surprise a sentence.

A sheet is rectangular; distinct cells of a column are found once, because a portfolio repeats itself. Nothing in a file
is executed: a formula in a workbook is refused, since its value is not written down.
Reading order: Sheet, read_sheet().
"""

from __future__ import annotations

import codecs
import csv
import io
import itertools
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import BadInput, Problem
from ..waist import Place
from .kernel.bits import Array

MOST_BYTES = 2 * 1024**3
MOST_ROWS, MOST_COLUMNS, MOST_CELL = 2_000_000, 2_000, 20_000
MOST_UNPACKED = 1 * 1024**3  # of a workbook: it is a zip file and may claim to be small
MOST_NAMED = 20


@dataclass(slots=True)
class Sheet:
    """Headings and columns of text; lines[row] is where the row begins in the file."""

    file: str
    heads: list[str]
    columns: Sequence[Sequence[str]]
    lines: list[int]
    head_line: int = 1
    _distinct: dict[int, tuple[list[str], Array]] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        return len(self.lines)

    def column(self, number: int) -> list[str]:
        values, codes = self.distinct(number)
        return [values[c] for c in codes]

    def distinct(self, number: int) -> tuple[list[str], Array]:
        """The distinct cells of a column, stripped, and which one every row has."""
        if number not in self._distinct:
            raw: dict[str, int] = {}
            cells = self.columns[number]
            for text in cells:
                if text not in raw:
                    raw[text] = len(raw)
            codes = np.fromiter(map(raw.__getitem__, cells), np.int32, len(cells))
            values: dict[str, int] = {}
            again = np.array([values.setdefault(text.strip(), len(values)) for text in raw] or [0], np.int32)
            self._distinct[number] = (list(values), again[codes] if len(cells) else codes)
        return self._distinct[number]


def read_sheet(path: Path) -> Sheet:
    """A table file -> its sheet; raises BadInput for what cannot be read."""
    try:
        size = path.stat().st_size
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror}. Give a file that exists.") from None
    if size > MOST_BYTES:
        raise BadInput(f"{path}: the file has {size:,} bytes; at most {MOST_BYTES:,} are read. Split it.")
    kind = path.suffix.lower()
    if kind == ".parquet":
        sheet = _parquet(path)
    elif kind == ".xlsx":
        sheet = _workbook(path)
    else:
        sheet = _text(path, "\t" if kind == ".tsv" else "")
    if not sheet.rows:
        raise BadInput(f"{path}: the table has a heading and no rows. Add one row a variant.")
    return sheet


def _text(path: Path, separator: str) -> Sheet:
    file = str(path)
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror}.") from None
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise BadInput(f"{path}: this is UTF-16. Save the table as CSV in UTF-8.")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise BadInput(f"{path}:{line}:1: byte {error.start} is not UTF-8. Save the table as CSV in UTF-8.") from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise BadInput(f"{path}:{line}:1: a zero byte stands in the text; this is not a table. Save it as CSV.")
    if not separator:
        first = text.partition("\n")[0]
        separator = max(",;\t", key=first.count) if first else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    csv.field_size_limit(MOST_CELL)
    problems: list[Problem] = []
    rows: list[list[str]] = []
    lines: list[int] = []
    try:
        heads = next(reader, [])
        width, before = len(heads), reader.line_num
        _wide(path, width)
        for row in reader:
            line, before = before + 1, reader.line_num
            if len(row) == width:
                rows.append(row)
                lines.append(line)
            elif any(cell.strip() for cell in row):
                says = f"this row has {len(row)} cells, the heading {width}"
                problems.append(Problem(Place(file, line, 1), says, "Quote cells that hold the separator."))
                if len(problems) >= MOST_NAMED:
                    break
            if len(rows) > MOST_ROWS:
                raise BadInput(f"{path}: more than {MOST_ROWS:,} rows. Split the table.")
    except csv.Error as error:
        place = Place(file, reader.line_num, 1)
        raise BadInput([*problems, Problem(place, f"the table cannot be read on: {error}")]) from None
    if problems:
        raise BadInput(problems)
    return Sheet(file, heads, list(zip(*rows, strict=True)), lines)


def _wide(path: Path, width: int) -> None:
    if not width:
        raise BadInput(f"{path}: the table is empty. Give a heading and one row a variant.")
    if width > MOST_COLUMNS:
        raise BadInput(f"{path}: {width:,} columns; at most {MOST_COLUMNS:,} are read.")


def _written(value: Any) -> str:
    """A typed cell as it would be written."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, (list, tuple)):
        return "; ".join(map(_written, value))
    return str(value)


def _parquet(path: Path) -> Sheet:
    import pyarrow as pa  # type: ignore[import-untyped]
    import pyarrow.parquet as pq  # type: ignore[import-untyped]

    try:
        file = pq.ParquetFile(path)
        if file.metadata.num_rows > MOST_ROWS:
            raise BadInput(f"{path}: more than {MOST_ROWS:,} rows. Split the table.")
        _wide(path, len(file.schema_arrow.names))
        table = file.read()
    except (pa.ArrowException, OSError) as error:
        raise BadInput(f"{path}: this is not a Parquet file that can be read: {str(error)[:200]}") from None
    columns, distinct = [], {}
    for number, column in enumerate(table.columns):
        try:
            coded = column.combine_chunks().dictionary_encode()
            values = [_written(v) for v in coded.dictionary.to_pylist()]
            codes = coded.indices.to_numpy(zero_copy_only=False)
        except (pa.ArrowException, NotImplementedError):  # lists and the like have no dictionary
            columns.append([_written(v) for v in column.to_pylist()])
            continue
        codes = np.where(np.isnan(codes), len(values), codes).astype(np.int32) if codes.dtype.kind == "f" else codes
        gap = [""] if column.null_count else []
        found: dict[str, int] = {}
        again = np.array([found.setdefault(v.strip(), len(found)) for v in [*values, *gap]], np.int32)
        distinct[number] = (list(found), again[codes])
        columns.append([])
    names = [str(n) for n in table.column_names]
    return Sheet(str(path), names, columns, list(range(2, table.num_rows + 2)), 1, distinct)


def _workbook(path: Path) -> Sheet:
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with zipfile.ZipFile(path) as packed:
            unpacked = sum(i.file_size for i in packed.infolist())
        if unpacked > MOST_UNPACKED:
            raise BadInput(f"{path}: the workbook unpacks to {unpacked:,} bytes; at most {MOST_UNPACKED:,} are read.")
        book = load_workbook(path, read_only=True, data_only=False)
        rows: Iterable[tuple[Any, ...]] = book.worksheets[0].iter_rows(values_only=True)
        taken = list(itertools.islice(rows, MOST_ROWS + 2))
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, OSError, IndexError, SyntaxError) as error:
        raise BadInput(f"{path}: this is not a workbook that can be read: {str(error)[:200]}") from None
    while taken and not any(v is not None for v in taken[-1]):
        taken.pop()
    if not taken:
        raise BadInput(f"{path}: the first sheet is empty. Give a heading and one row a variant.")
    heads = [_written(v) for v in taken[0]]
    while heads and not heads[-1]:
        heads.pop()
    width = len(heads)
    _wide(path, width)
    cells, lines, problems = [], [], []
    for line, row in enumerate(taken[1:], start=2):
        texts = [_written(v) for v in row]
        if any(texts[width:]):
            problems.append(Problem(Place(str(path), line, width + 1), "a cell stands beyond the heading"))
        texts = (texts + [""] * width)[:width]
        for column, text in enumerate(texts):
            if text.startswith("="):
                place = Place(str(path), line, column + 1)
                problems.append(Problem(place, "a formula stands here", "Paste its value; formulas are not computed."))
        if any(texts):
            cells.append(texts)
            lines.append(line)
        if len(problems) >= MOST_NAMED:
            break
    if problems:
        raise BadInput(problems)
    return Sheet(str(path), heads, list(zip(*cells, strict=True)), lines)
