"""The auditor's trail of a project or inventory for the doors: as data, and as a page of text.

Reading order: audits(), text().
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..catalog import Catalog
from ..errors import BadInput
from . import desk, methods
from .audit import audit
from .footprint import footprint
from .tables import open_tables
from .terms import Missing
from .wording import table

MOST_ROWS = 15


def audits(
    path: Path,
    names: Sequence[str],
    catalog: Catalog,
    *,
    on: str = "",
    known: str = "",
    assume: Sequence[str] = (),
    overlays: Sequence[Path] = (),
) -> list[dict[str, Any]]:
    """The trail of every inventory under every method that can be computed."""
    tables = open_tables(overlays)
    found, day, knowing = desk.inventories(path, catalog, tables, on, known)
    answers, missing = [], []
    for _, read in found:
        chosen = list(names) or list(read.form.methods) or desk.fitting(tables, read)
        for method in methods.chosen(tables, chosen, list(assume)):
            try:
                answers.append(audit(footprint(read, method, tables), tables, on=day, known=knowing))
            except Missing as error:
                missing.append(str(error))
    if not answers:
        raise BadInput("no method could be computed:\n" + "\n".join(missing))
    return answers


def text(found: Sequence[dict[str, Any]]) -> str:
    """What a reader needs first: how good, what is missing, then the largest numbers with their trail."""
    return "\n\n".join(_page(one) for one in found)


def _page(one: dict[str, Any]) -> str:
    lines = [
        f"{one['inventory']} under {one['method']}: {one['value']:.6g} {one['unit']}",
        f"  inventory {one['digest']}",
        f"  tables    {one['tables']}",
        f"  primary data {one['primary_data_share']:.0%} of the result",
    ]
    for name, rating in one["quality"].items():
        best, worst = rating["scale"]
        said = "no rating" if rating["rating"] is None else f"{rating['rating']:.2f}"
        lines.append(f"  rating {name}: {said} ({best} best, {worst} worst), covers {rating['coverage']:.0%}")
    for category, row in one["upstream"].items():
        lines.append(
            f"  scope {category} {row['title']}: {row['with_supplier_figure']} of {row['inputs']} inputs with the "
            f"supplier's figure, {row['share_by_size']:.0%} by size"
        )
    lines.append("\nmissing for an audit")
    lines += [
        f"  {'all' if g['share'] is None else format(g['share'], '.0%'):>4}  {g['says']}" for g in one["gaps"]
    ] or ["  nothing"]
    rows = sorted(one["numbers"], key=lambda r: -abs(r["share"]))
    shown = [
        [f"{r['share']:.1%}", r["process"], r["item"], r["region"], f"{r['amount']:.6g} {r['unit']}", r["verification"],
         r["factor_digest"][7:19], r["place"]]
        for r in rows[:MOST_ROWS]
    ]  # fmt: skip
    head = ["share", "process", "item", "in", "amount", "verification", "factor", "written at"]
    lines += ["", table([head, *shown])]
    if len(rows) > MOST_ROWS:
        lines.append(f"and {len(rows) - MOST_ROWS} smaller numbers (--format json has all)")
    return "\n".join(lines)
