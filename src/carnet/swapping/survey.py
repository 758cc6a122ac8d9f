"""What this room knows of a project's swapping pairs: whether the pack fits, what is against it, what is undeclared.

Only declared parameters are compared. Where one that decides is missing, `swap.fits` stays unstated and
`swap.undeclared` names it. The station's checklist counts evidence, never claims.
Reading order: survey(), swaps(), Swap.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..catalog import Catalog
from ..waist import Fact, Origin, Project, Quantity, Subject
from .interfaces import Interfaces, interfaces
from .match import Fit, Value, fit
from .station import Line, Shown, lines, open_lines

ORIGIN = Origin("surveyor", "swapping")
KINDS = {"vehicle": "vehicle", "battery_pack": "pack", "swap_station": "station"}


@dataclass(frozen=True, slots=True)
class Swap:
    """One pair that must exchange a pack: the fit, and the review of the station."""

    subject: Subject
    members: tuple[Subject, ...]
    found: Fit
    lines: tuple[Line, ...]


def survey(project: Project, catalog: Catalog) -> tuple[Fact, ...]:
    """The facts of every pair that must exchange a pack."""
    facts: list[Fact] = []
    for swap in swaps(project, catalog):
        facts += _facts(swap.subject.id, swap.found)
        items = tuple(f"{x.item.title} ({x.item.where})" for x in open_lines(swap.lines))
        if items:
            facts.append(Fact(swap.subject.id, "swap.station_items_open", items, ORIGIN, complete=True))
    return tuple(f for f in facts if f.name in catalog.words)


def swaps(project: Project, catalog: Catalog) -> list[Swap]:
    """Every swapping pair of a project, compared parameter by parameter and line by line."""
    table, found = interfaces(), []
    for pair in project.subjects:
        if pair.kind != "pair" or pair.way != "swap":
            continue
        members = tuple(m for m in (project.subject(m) for m in pair.members) if m.kind in KINDS)
        declared: dict[str, dict[str, Value]] = {}
        shown: dict[str, Shown] = {}
        for member in members:
            known = [f for f in project.facts if f.subject == member.id]
            declared[KINDS[member.kind]] = _values(known, catalog, table)
            tested = [f for f in known if f.name.endswith(".tested_to") and not f.refuted]
            shown[member.kind] = Shown(
                member.id,
                [e for e in project.evidence if member.id in e.about],
                {entry for f in tested for entry in f.value},
                any(f.complete for f in tested),
            )
        category = str(declared.get("vehicle", {}).get("vehicle.category", ""))
        found.append(Swap(pair, members, fit(declared, table), lines(shown, category, table)))
    return found


def _values(known: list[Fact], catalog: Catalog, table: Interfaces) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for fact in known:
        if isinstance(fact.value, Quantity):
            unit = next(
                (p.unit for p in table.parameters if fact.name in (p.vehicle, p.pack, p.station) and p.unit), ""
            )
            if unit:
                values[fact.name] = float(catalog.words.units.convert(fact.value, unit).value)
        elif isinstance(fact.value, tuple):
            before = values.get(fact.name, ())
            values[fact.name] = tuple(dict.fromkeys((*(before if isinstance(before, tuple) else ()), *fact.value)))
        elif isinstance(fact.value, str):
            values[fact.name] = fact.value
    return values


def _facts(pair: str, found: Fit) -> list[Fact]:
    rows: list[tuple[str, Any]] = []
    if found.result:
        rows.append(("fits", found.result))
    if found.scheme:
        rows.append(("scheme", found.scheme))
    by_fact: dict[str, list[str]] = {}
    for check in found.checks:
        if check.parameter.fact:
            by_fact.setdefault(check.parameter.fact, []).append(check.verdict)
    for name, verdicts in by_fact.items():
        if "differs" in verdicts or "adaptable" in verdicts:
            rows.append((name, False))
        elif "undeclared" not in verdicts:
            rows.append((name, True))
    facts = [Fact(pair, f"swap.{name}", value, ORIGIN) for name, value in rows]
    for name, entries in (("blocked_by", found.blocked_by), ("undeclared", found.undeclared)):
        if entries:
            facts.append(Fact(pair, f"swap.{name}", entries, ORIGIN, complete=True))
    return facts
