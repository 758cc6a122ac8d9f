"""What a fleet owes or earns under a market's rules on vehicle carbon, on a day: each kind of rule is one evaluator.

A rule is a row; its kind says which arithmetic it is: an average against a target, bands, rates, a share, a limit.
The answer is `decided`, `undecided` (a human question, or data nobody stated), `exposure` (a text that is not in
force), `not_applicable`, or `not_yet` (nothing binds on that day). Where a question taints a rule, the arithmetic is
shown as an indication, never as what is owed.
Reading order: evaluate(), answer_of(); `case` and `rule_kinds` do the work.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ..waist import Source
from .case import BINDING, Case, matches
from .fleets import FleetForm
from .rule_kinds import KINDS
from .tables import Tables

SCHEMA = "carnet/carbon-rules/1"


def evaluate(tables: Tables, fleet: FleetForm, on: str, markets: list[str] | None = None) -> dict[str, Any]:
    """Every rule of these markets (all when None) for a fleet on a day, as plain data."""
    rows = []
    for _, (market, rule, sources, place) in sorted(tables.rules.items()):
        if markets is not None and market not in markets:
            continue
        vehicles = [v for v in fleet.vehicles if matches(v, rule.applies)]
        case = Case(rule, fleet, vehicles, on)
        if not vehicles and rule.kind != "notice":
            state = "not_applicable"
        else:
            begun = KINDS[rule.kind](case)
            state = _state(case, begun)
        rows.append(
            {
                "rule": rule.id,
                "market": market,
                "title": rule.title,
                "document": rule.document,
                "kind": rule.kind,
                "state": state,
                "standing": case.standing or None,
                "vehicles": [v.model for v in vehicles],
                "outcome" if state == "decided" else "indication": plain(case.outcome),
                "asks": case.asks,
                "missing": case.missing,
                "sources": [_source(sources[s]) for s in case.sources],
                "reported": any(sources[s].reported for s in case.sources),
                "place": str(place),
            }
        )
    return {"schema": SCHEMA, "on": on, "fleet": fleet.title, "rules": rows}


def _state(case: Case, begun: bool) -> str:
    if not begun:
        return "not_yet"
    if case.rule.asks:
        case.ask(case.rule.asks)
    if case.standing and case.standing not in BINDING:
        return "exposure"
    return "undecided" if case.asks or case.missing or not case.outcome else "decided"


def _source(source: Source) -> dict[str, Any]:
    return {"number": source.number, "class": source.grade, "read": source.read, "seen": source.seen}


def plain(value: Any) -> Any:
    """Decimals as text, everything else as it is."""
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    return [plain(v) for v in value] if isinstance(value, list) else value
