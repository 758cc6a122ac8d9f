"""What this room knows of a project's swapping pairs: whether the pack fits, what is against it, what is undeclared.

Only declared parameters are compared. Where one that decides is missing, `swap.fits` stays unstated and
`swap.undeclared` names it.
"""

from __future__ import annotations

from typing import Any

from ..catalog import Catalog
from ..waist import Fact, Origin, Project, Quantity
from .interfaces import Interfaces, interfaces
from .match import Fit, Value, fit, open_items

ORIGIN = Origin("surveyor", "swapping")
KINDS = {"vehicle": "vehicle", "battery_pack": "pack", "swap_station": "station"}


def survey(project: Project, catalog: Catalog) -> tuple[Fact, ...]:
    """The facts of every pair that must exchange a pack."""
    table = interfaces()
    facts: list[Fact] = []
    for pair in project.subjects:
        if pair.kind != "pair" or pair.way != "swap":
            continue
        declared: dict[str, dict[str, Value]] = {}
        shown: dict[str, set[str]] = {}
        category = ""
        for member in (project.subject(m) for m in pair.members):
            if member.kind not in KINDS:
                continue
            known = [f for f in project.facts if f.subject == member.id]
            declared[KINDS[member.kind]] = _values(known, catalog, table)
            for fact in known:
                if fact.name.endswith(".tested_to") and not fact.refuted:
                    shown.setdefault(member.kind, set()).update(fact.value)
                if fact.name == "vehicle.category":
                    category = str(fact.value)
            for evidence in project.evidence:
                if (
                    member.id in evidence.about
                    and evidence.standard
                    and not evidence.problems
                    and evidence.result != "fail"
                ):
                    shown.setdefault(member.kind, set()).add(evidence.standard)
        facts += _facts(pair.id, fit(declared, table))
        items = tuple(f"{i.title} ({i.demands})" for i in open_items(shown, category, table))
        if items:
            facts.append(Fact(pair.id, "swap.station_items_open", items, ORIGIN, complete=True))
    return tuple(f for f in facts if f.name in catalog.words)


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
