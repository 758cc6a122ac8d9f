"""A portfolio's cells as CSV, Parquet and workbook, and a page with its heat map; the same answer gives the same bytes.

Cells are written requirement by requirement, products in the order of the files. Text that a spreadsheet could take for
a formula carries the mark that keeps it text.
Reading order: COLUMNS, csv_bytes(), parquet_bytes(), xlsx_bytes(), page().
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import datetime
from html import escape
from io import BytesIO, StringIO
from typing import Any

import numpy as np

from ..drawing import heat
from ..waist import VERDICTS
from .portfolio import Answer

COLUMNS = ("product", "subject", "kind", "market", "requirement", "topic", "verdict", "standing")
MOST_SHEET_ROWS = 1_048_575
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><title>Portfolio</title>
<style>body{{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}}
table{{border-collapse:collapse;margin:1rem 0}}
td,th{{border-bottom:1px solid #8886;padding:.2rem .7rem;text-align:left}}
td.n{{text-align:right;font-variant-numeric:tabular-nums}}figure{{margin:1rem 0;overflow-x:auto}}svg{{max-width:100%}}
</style></head><body><h1>Portfolio</h1>
{body}
</body></html>
"""


def _safe(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text


def _cells(answer: Answer, verdict: str) -> Iterator[tuple[str, ...]]:
    for cell in answer.cells(verdict):
        yield tuple(map(_safe, cell))


def csv_bytes(answer: Answer, verdict: str = "") -> bytes:
    """Every cell as CSV in UTF-8."""
    text = StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(_cells(answer, verdict))
    return text.getvalue().encode()


def parquet_bytes(answer: Answer, verdict: str = "") -> bytes:
    """Every cell as Parquet with dictionary columns, one row group per batch of requirements."""
    import pyarrow as pa  # type: ignore[import-untyped]
    import pyarrow.parquet as pq  # type: ignore[import-untyped]

    coded = pa.dictionary(pa.int32(), pa.string())
    schema = pa.schema([(name, coded) for name in COLUMNS])
    target = BytesIO()
    known: dict[int, list[Any]] = {}
    with pq.ParquetWriter(target, schema, compression="zstd") as writer:
        for line in answer.lines:
            codes = line.codes()
            chosen = np.flatnonzero(codes >= 0 if not verdict else codes == VERDICTS.index(verdict))
            if not len(chosen):
                continue
            if id(line.products) not in known:
                names = [pa.array([getattr(p, a) for p in line.products]) for a in ("project", "subject")]
                known[id(line.products)] = [n.dictionary_encode() for n in names]  # a dictionary holds a word once
            row = line.row
            fixed = (row.kind, row.market, row.rule, row.topic)
            same = pa.array(np.zeros(len(chosen), np.int32))
            arrays = [n.take(pa.array(line.numbers[chosen])) for n in known[id(line.products)]]
            arrays += [pa.DictionaryArray.from_arrays(same, pa.array([text])) for text in fixed]
            verdicts = pa.array(codes[chosen].astype(np.int32))
            arrays.append(pa.DictionaryArray.from_arrays(verdicts, pa.array(VERDICTS)))
            arrays.append(pa.DictionaryArray.from_arrays(same, pa.array([row.standing or ""])))
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
    return target.getvalue()


def xlsx_bytes(answer: Answer, verdict: str = "") -> bytes:
    """Counts and every cell as a workbook of text."""
    import xlsxwriter  # type: ignore[import-untyped]

    target = BytesIO()
    book = xlsxwriter.Workbook(target, {"constant_memory": True, "in_memory": True, "strings_to_formulas": False})
    book.set_properties({"created": datetime(2000, 1, 1)})  # noqa: DTZ001 - the file says nothing of the clock
    sheet = book.add_worksheet("Counts")
    sheet.write_row(0, 0, ["market", *VERDICTS])
    for n, (market, counts) in enumerate(answer.by("market").items(), start=1):
        sheet.write_row(n, 0, [market, *(counts[v] for v in VERDICTS)])
    sheet = book.add_worksheet("Cells")
    sheet.freeze_panes(1, 0)
    for column, name in enumerate(COLUMNS):
        sheet.write_string(0, column, name)
    for n, cell in enumerate(_cells(answer, verdict), start=1):
        for column, text in enumerate(cell):
            sheet.write_string(n, column, text)
    book.close()
    return target.getvalue()


def page(answer: Answer, found: dict[str, Any], moved: dict[str, Any] | None) -> str:
    """One page: counts, the heat map with its numbers, what moves."""
    day = f"on {found['on']}" if found["on"] else "on each file's own day"
    parts = [
        f"<p>{found['variants']:,} variants, {found['subjects']:,} subjects, "
        f"{len(found['by_market'])} markets, {found['cells']:,} cells "
        f"{escape(day)}. Library {escape(found['catalog'][7:19])}.</p>",
        _table(["verdict", "cells"], [[v.replace("_", " "), f"{n:,}"] for v, n in found["counts"].items()]),
    ]
    topics, markets, shares = answer.shares()
    if topics:
        title = "Met or residual, percent of the cells that apply"
        names = [answer.catalog.name(m) for m in markets]
        short = [t.replace("_", " ") for t in topics]
        parts.append(f"<h2>{title}</h2><figure>{heat(short, markets, shares, '%', title)}</figure>")
        shown = [[t, *("-" if v is None else f"{v:.1f}" for v in row)] for t, row in zip(short, shares, strict=True)]
        parts.append(f"<details><summary>The numbers</summary>{_table(['topic', *names], shown)}</details>")
    parts.append("<h2>By market</h2>")
    by = [[answer.catalog.name(m), *(f"{c[v]:,}" for v in VERDICTS)] for m, c in found["by_market"].items()]
    parts.append(_table(["market", *(v.replace("_", " ") for v in VERDICTS)], by))
    if moved is not None:
        parts.append(f"<h2>From {escape(moved['on'] or 'each own day')} to {escape(moved['versus'])}</h2>")
        rows = [
            [r["market"], r["rule"], r["from"] or "no cell", r["to"] or "no cell", f"{r['products']:,}"]
            for r in moved["rules"]
        ]
        heads = ["market", "requirement", "from", "to", "products"]
        parts.append(_table(heads, rows) if rows else "<p>No cell moves.</p>")
    return PAGE.format(body="\n".join(parts))


def _table(heads: list[str], rows: list[list[str]]) -> str:
    head = "".join(f"<th scope=col>{escape(h)}</th>" for h in heads)
    body = "".join(
        "<tr>" + "".join(f"<td{' class=n' if n else ''}>{escape(c)}</td>" for n, c in enumerate(row)) + "</tr>"
        for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
