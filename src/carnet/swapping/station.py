"""Review of a swap station: every line of the checklist with its verdict, the evidence that decides it, and the clause.

Three families: electrical safety, communication, the interface at which vehicle and battery part. A line is met by
evidence of the right kind about the right standard, unmet by evidence that failed or a complete list without it; what
is only claimed, expired or of another kind leaves it unproven and says so.
Reading order: Shown, Line, lines().
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ..waist import Evidence
from .interfaces import Interfaces, Item

Verdict = Literal["met", "unmet", "unproven", "not_applicable"]
FAMILIES = {
    "electrical_safety": "electrical safety",
    "communication": "communication protocol",
    "separation_interface": "vehicle-battery separation interface",
}


@dataclass
class Shown:
    """What stands behind one subject: its evidence, and what is only claimed of it."""

    subject: str
    evidence: list[Evidence] = field(default_factory=list)
    claimed: set[str] = field(default_factory=set)
    complete: bool = False  # the list of what it was tested to is said to be complete


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the checklist, judged."""

    item: Item
    verdict: Verdict
    says: str
    evidence: str = ""  # the id of what decides it

    def plain(self) -> dict[str, Any]:
        return {
            "id": self.item.id,
            "family": self.item.family,
            "title": self.item.title,
            "about": self.item.about,
            "standard": self.item.demands,
            "clause": self.item.clause,
            "clause_read": self.item.clause_read if self.item.clause else "",
            "voluntary": self.item.optional,
            "verdict": self.verdict,
            "says": self.says,
            "evidence": self.evidence,
        }


def lines(shown: Mapping[str, Shown], category: str, table: Interfaces) -> tuple[Line, ...]:
    """The whole checklist, judged.

    shown     kind of subject -> what stands behind it
    category  of the vehicle; an empty one leaves lines for certain categories open
    """
    return tuple(_line(item, shown.get(item.about), category) for item in table.checklist)


def open_lines(judged: tuple[Line, ...]) -> tuple[Line, ...]:
    """The lines that still want something; voluntary ones do not."""
    return tuple(x for x in judged if x.verdict in ("unmet", "unproven") and not x.item.optional)


def _line(item: Item, shown: Shown | None, category: str) -> Line:
    if item.serves and category and category not in item.serves:
        return Line(item, "not_applicable", f"for {', '.join(item.serves)} only")
    if shown is None:
        return Line(item, "unproven", f"no {item.about.replace('_', ' ')} takes part in the pair")
    about = [e for e in shown.evidence if e.standard == item.demands]
    for one in about:
        if one.result == "fail" and not one.problems:
            return Line(item, "unmet", f"{one.id} failed", one.id)
    for one in about:
        if one.kind in item.evidence and not one.against(shown.subject):
            return Line(item, "met", f"{one.id} ({one.kind.replace('_', ' ')})", one.id)
    wanted = " or ".join(k.replace("_", " ") for k in item.evidence)
    for one in about:
        why = one.against(shown.subject) or (f"is a {one.kind.replace('_', ' ')}, wanted is a {wanted}",)
        return Line(item, "unproven", f"{one.id}: {why[0]}", one.id)
    if item.demands in shown.claimed:
        return Line(item, "unproven", f"claimed, but no {wanted} shows it")
    if shown.complete:
        return Line(item, "unmet", f"{shown.subject} was not tested to it; its list is complete")
    if item.serves and not category:
        return Line(item, "unproven", "whether it applies is open: vehicle.category is not declared")
    return Line(item, "unproven", f"no {wanted} about {item.demands}")
