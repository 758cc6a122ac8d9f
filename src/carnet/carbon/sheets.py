"""Inputs from a table beside the inventory: CSV or XLSX, one input per row, under the same rules as in YAML.

Columns: process, item, amount, unit, and optionally region, stage, per, data, geometric_sd, note. The first row names
them. A cell's place is the file, its row and its column. Formulas are not evaluated: a cell that holds one is
refused.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from ..errors import nearest
from ..project import files
from ..waist import Place
from . import blocks

if TYPE_CHECKING:
    from .inventory_reader import _Reader

COLUMNS = ("process", "item", "amount", "unit", "region", "stage", "per", "data", "geometric_sd", "note")
NEEDED = ("process", "item", "amount", "unit")
MOST_ROWS, MOST_BYTES, MOST_CELL = 200_000, 64 * 1024 * 1024, 500


def take_sheet(reader: _Reader) -> None:
    """Add the rows of the sheet to the processes of the inventory; problems go to the reader."""
    name = reader.form.sheet
    try:
        digest = files.digest(reader.path.parent, name)
        rows = list(read_rows(reader.path.parent / name))
    except ValueError as error:
        reader.say(("sheet",), f"{name}: {error}")
        return
    reader.files.append((name, digest))
    if not rows:
        reader.say(("sheet",), f"{name}: is empty", f"The first row names the columns: {', '.join(COLUMNS)}.")
        return
    head = [str(c).strip() for c in rows[0][1]]
    for column in head:
        if column and column not in COLUMNS:
            reader.say(
                Place(name, 1, head.index(column) + 1),
                f"no column is called {column!r}" + (f"; {near}" if (near := nearest(column, COLUMNS)) else ""),
                f"Known: {', '.join(COLUMNS)}",
            )
    absent = [c for c in NEEDED if c not in head]
    if absent:
        reader.say(Place(name), f"the columns {', '.join(absent)} are missing", "The first row names the columns.")
        return
    processes = {p.id: p for p in reader.form.processes}
    for line, cells in rows[1:]:
        row = {head[i]: str(c).strip() for i, c in enumerate(cells) if i < len(head) and str(c).strip()}
        if not row:
            continue
        place = Place(name, line)
        lacking = [c for c in NEEDED if c not in row]
        if lacking:
            reader.say(
                place,
                f"{', '.join(lacking)} missing in this row",
                "Fill the cell, or remove the row; an empty amount is not zero.",
            )
            continue
        if row["process"] not in processes:
            reader.say(
                place,
                f"no process is called {row['process']!r}"
                + (f"; {near}" if (near := nearest(row["process"], processes)) else ""),
            )
            continue
        try:
            block = blocks.InputBlock.model_validate(_block(row))
        except (ValidationError, ValueError) as error:
            says = error.errors()[0]["msg"].lower() if isinstance(error, ValidationError) else str(error)
            reader.say(place, f"{row['item']}: {says}")
            continue
        processes[row["process"]].inputs.append(block)
        at = ("processes", list(processes).index(row["process"]), "inputs", len(processes[row["process"]].inputs) - 1)
        reader.sheet_places[at] = place


def _block(row: dict[str, str]) -> dict[str, Any]:
    block: dict[str, Any] = {
        "item": row["item"],
        "amount": f"{row['amount']} {row['unit']}",
        "region": row.get("region", ""),
    }
    if "stage" in row:
        block["stage"] = row["stage"]
    if "per" in row:
        block["per"] = [p.strip() for p in row["per"].split(";") if p.strip()]
    if "data" in row:
        block["data"] = {"kind": row["data"]}
    if "geometric_sd" in row:
        block["geometric_sd"] = float(row["geometric_sd"])
    return block


def read_rows(path: Path) -> list[tuple[int, list[Any]]]:
    """(line, cells) of a CSV or of the first sheet of an XLSX; raises ValueError for what cannot be read."""
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise ValueError(f"has {size:,} bytes; at most {MOST_BYTES:,} are read")
    if path.suffix.lower() == ".xlsx":
        return _xlsx(path)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError("is not UTF-8; save it as CSV UTF-8") from None
    reader = csv.reader(io.StringIO(text, newline=""))
    rows: list[tuple[int, list[Any]]] = []
    try:
        for cells in reader:
            if len(rows) > MOST_ROWS:
                raise ValueError(f"has more than {MOST_ROWS:,} rows")
            rows.append((reader.line_num, [c[:MOST_CELL] for c in cells]))
    except csv.Error as error:
        raise ValueError(f"cannot be read as CSV: {error}") from None
    return rows


def _xlsx(path: Path) -> list[tuple[int, list[Any]]]:
    import zipfile

    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(m.file_size for m in archive.infolist())
            if unpacked > 8 * MOST_BYTES or len(archive.infolist()) > 2000:
                raise ValueError(f"unpacks to {unpacked:,} bytes; that is no inventory")
        from openpyxl import load_workbook

        book = load_workbook(path, read_only=True, data_only=False, keep_links=False)
        rows: list[tuple[int, list[Any]]] = []
        for line, cells in enumerate(book.worksheets[0].iter_rows(values_only=True), start=1):
            if line > MOST_ROWS:
                raise ValueError(f"has more than {MOST_ROWS:,} rows")
            for cell in cells:
                if isinstance(cell, str) and cell.startswith("="):
                    raise ValueError(f"row {line} holds a formula ({cell[:30]}); paste it as a value")
            rows.append((line, ["" if c is None else c for c in cells]))
        book.close()
        return rows
    except ValueError:
        raise
    except Exception as error:  # noqa: BLE001 - a broken workbook fails in many ways; all mean the same here
        raise ValueError(f"cannot be read as XLSX: {type(error).__name__}") from None
