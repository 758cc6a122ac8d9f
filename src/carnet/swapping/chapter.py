"""The chapter of a dossier on swapping: the interface parameter by parameter, and the station's review line by line.

Reading order: chapter(), then the tables.
"""

from __future__ import annotations

from ..catalog import Catalog
from ..chapter import Chapter, Listing, Part, Table
from ..waist import Project
from .station import FAMILIES, open_lines
from .survey import Swap, swaps

SAID = {"interchangeable": "interchangeable", "adaptable": "adaptable", "incompatible": "incompatible", "": "unproven"}
VERDICTS = {"fits": "fits", "adaptable": "adaptable", "differs": "differs", "undeclared": "not declared"}


def chapter(project: Project, catalog: Catalog) -> Chapter | None:
    """None when no pack of the project must be swapped."""
    found = swaps(project, catalog)
    if not found:
        return None
    says = "; ".join(f"{swap.subject.id}: {_answer(swap)}" for swap in found)
    parts: list[Part] = []
    for swap in found:
        parts += [_interface(swap), _station(swap)]
        asked = (*(f"ask: {n}" for n in swap.found.undeclared), *(f"adapt: {a}" for a in swap.found.adaptations))
        if asked:
            parts.append(Listing(asked))
    return Chapter("swapping", "Battery swapping", f"{says}.", tuple(parts))


def _answer(swap: Swap) -> str:
    text = SAID[swap.found.result]
    if swap.found.blocked_by:
        text += f", blocked by {swap.found.blocked_by[0]}"
    elif swap.found.undeclared:
        text += f", {len(swap.found.undeclared)} parameters not declared"
    left = len(open_lines(swap.lines))
    return f"{text}; {left} lines of the station's review open" if left else text


def _interface(swap: Swap) -> Table:
    rows = tuple(
        (
            c.parameter.group,
            c.parameter.title,
            VERDICTS[c.verdict],
            c.says,
            c.parameter.adapt if c.verdict == "adaptable" else "",
        )
        for c in swap.found.checks
    )
    members = ", ".join(m.title or m.id for m in swap.members)
    columns = ("group", "parameter", "comes to", "declared", "adaptation")
    note = "Two schemes inside one standard stay two, and what nobody declares proves nothing."
    return Table(f"{swap.subject.id}: swap interface of {members}", columns, rows, note)


def _station(swap: Swap) -> Table:
    rows = tuple(
        (
            FAMILIES[x.item.family],
            x.item.title + (" (voluntary)" if x.item.optional else ""),
            x.item.where,
            x.verdict,
            x.says,
        )
        for family in FAMILIES
        for x in swap.lines
        if x.item.family == family and x.verdict != "not_applicable"
    )
    columns = ("family", "line", "standard and clause", "verdict", "because")
    note = "Only evidence closes a line. Clauses come from public contents lists; where none is given, none was read."
    return Table(f"{swap.subject.id}: review of the station", columns, rows, note)
