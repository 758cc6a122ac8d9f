"""The evidence register: each document with its digest as recorded and as it is now; to a workbook and back.

An imported workbook becomes YAML for the project file; nothing of a cell is ever evaluated. Columns are those of
COLUMNS, in any order; unknown columns are refused with the nearest name.
Reading order: rows(), to_xlsx(), from_xlsx(), as_yaml().
"""

from __future__ import annotations

import datetime
import io
import json
from pathlib import Path
from typing import Any

from ..errors import BadInput, Problem, nearest
from ..waist import Place, Project
from ..words import span

COLUMNS = (
    "id",
    "about",
    "kind",
    "file",
    "digest",
    "standard",
    "approval",
    "document",
    "issuer",
    "issuer_economy",
    "accredited_to",
    "issued",
    "expires",
    "result",
    "covers",
    "language",
)
MOST_ROWS, MOST_BYTES, MOST_UNPACKED = 10_000, 16 * 1024 * 1024, 256 * 1024 * 1024


def rows(project: Project, found: dict[str, str]) -> list[dict[str, Any]]:
    """One row per document. found: file name -> digest as it is now ('' when missing)."""
    listed = []
    for e in project.evidence:
        now = found.get(e.file, "")
        state = (
            "no file"
            if not e.file
            else "missing"
            if not now
            else "unrecorded"
            if not e.digest
            else "same"
            if now == e.digest
            else "changed"
        )
        if e.expires and span(e.expires)[1] < project.on:
            state += ", expired"
        listed.append(
            {
                "id": e.id,
                "about": ", ".join(e.about),
                "kind": e.kind,
                "file": e.file,
                "digest": e.digest,
                "standard": e.standard,
                "approval": e.approval,
                "document": e.document,
                "issuer": e.issuer,
                "issuer_economy": e.issuer_economy,
                "accredited_to": ", ".join(e.accredited_to),
                "issued": e.issued,
                "expires": e.expires,
                "result": e.result,
                "covers": ", ".join(f"{k}={v}" for k, v in e.covers),
                "language": e.language,
                "found": now,
                "state": state,
            }
        )
    return listed


def to_xlsx(listed: list[dict[str, Any]]) -> bytes:
    """The register as a workbook; every cell is text, so that nothing is a formula."""
    import xlsxwriter  # type: ignore[import-untyped]

    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(
        buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    )
    book.set_properties(
        {
            "title": "Evidence register",
            "created": datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC).replace(tzinfo=None),
        }
    )
    sheet, bold = book.add_worksheet("Evidence"), book.add_format({"bold": True})
    for column, name in enumerate(COLUMNS):
        sheet.write_string(0, column, name, bold)
        sheet.set_column(column, column, 70 if name == "digest" else 18)
        for number, row in enumerate(listed, 1):
            sheet.write_string(number, column, str(row[name]))
    sheet.freeze_panes(1, 1)
    book.close()
    return buffer.getvalue()


def from_xlsx(path: Path) -> list[dict[str, str]]:
    """Rows of a workbook's first sheet as text; raises BadInput with every problem and its cell."""
    import zipfile

    try:
        if path.stat().st_size > MOST_BYTES:
            raise BadInput(
                [
                    Problem(
                        Place(str(path)),
                        f"the workbook has {path.stat().st_size:,} bytes; at most {MOST_BYTES:,} are read",
                    )
                ]
            )
        with zipfile.ZipFile(path) as packed:
            unpacked = sum(i.file_size for i in packed.infolist())
            if unpacked > MOST_UNPACKED or len(packed.infolist()) > 1000:
                raise BadInput(
                    [
                        Problem(
                            Place(str(path)),
                            f"unpacks to {unpacked:,} bytes in {len(packed.infolist())} parts; that is no register",
                        )
                    ]
                )
        import openpyxl

        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        sheet = book.worksheets[0]
        table = [
            [_text(c) for c in row]
            for _, row in zip(range(MOST_ROWS + 1), sheet.iter_rows(values_only=True), strict=False)
        ]
    except BadInput:
        raise
    except Exception as error:  # noqa: BLE001 - openpyxl raises what its parts raise: zip, XML, key, value errors
        raise BadInput(
            [
                Problem(
                    Place(str(path)),
                    f"cannot be read as a workbook ({type(error).__name__})",
                    "Save it as .xlsx and try again.",
                )
            ]
        ) from None
    if not table:
        raise BadInput(
            [
                Problem(
                    Place(str(path)),
                    "the first sheet is empty",
                    f"Its first row names the columns: {', '.join(COLUMNS)}",
                )
            ]
        )
    heads, problems = table[0], []
    for number, name in enumerate(heads):
        if name and name not in COLUMNS:
            near = nearest(name, COLUMNS)
            problems.append(
                Problem(
                    Place(str(path), 1, number + 1),
                    f"no column is called {name!r}" + (f"; {near}" if near else ""),
                    f"Columns: {', '.join(COLUMNS)}",
                )
            )
    for wanted in ("id", "about", "kind"):
        if wanted not in heads:
            problems.append(Problem(Place(str(path)), f"the column {wanted!r} is missing"))
    listed = [{h: c for h, c in zip(heads, row, strict=False) if h and c} for row in table[1:]]
    for number, entry in enumerate(listed, 2):
        for name in ("issued", "expires"):
            try:
                span(entry.get(name, "2000"))
            except ValueError as error:
                problems.append(Problem(Place(str(path), number, heads.index(name) + 1), f"{name}: {error}"))
        if entry and not entry.get("id"):
            problems.append(
                Problem(Place(str(path), number, 1), "this row has no id", "Give each document a name of its own.")
            )
    if problems:
        raise BadInput(problems)
    return [entry for entry in listed if entry]


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, (datetime.datetime, datetime.date)):
        return cell.isoformat()[:10]
    return str(cell).strip()


def as_yaml(listed: list[dict[str, str]]) -> str:
    """Rows -> the lines of an `evidence:` block; JSON strings are YAML strings, so any text stays text."""
    lines = []
    for row in listed:
        issuer = {
            k: row[n]
            for k, n in (("name", "issuer"), ("economy", "issuer_economy"), ("accredited_to", "accredited_to"))
            if row.get(n)
        }
        covers = dict(part.strip().split("=", 1) for part in row.get("covers", "").split(",") if "=" in part)
        lines.append(f"  - id: {json.dumps(row['id'], ensure_ascii=False)}")
        lines.append(
            f"    about: {json.dumps([a.strip() for a in row['about'].split(',') if a.strip()], ensure_ascii=False)}"
        )
        for name in (
            "kind",
            "file",
            "digest",
            "standard",
            "approval",
            "document",
            "issued",
            "expires",
            "result",
            "language",
        ):
            if row.get(name):
                lines.append(f"    {name}: {json.dumps(row[name], ensure_ascii=False)}")
        if issuer:
            lines.append(f"    issuer: {json.dumps(issuer, ensure_ascii=False)}")
        if covers:
            lines.append(f"    covers: {json.dumps(covers, ensure_ascii=False)}")
    return "\n".join(lines) + "\n"
