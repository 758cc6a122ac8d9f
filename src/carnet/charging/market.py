"""What a market knows of the charger's connector: which couplers are used there, which rules ask for which.

Three voices are kept apart: the market's own row (data/economies: what stands there, as somebody reported it), the
coupler's regions (data/couplers), and the rules (data/markets) whose demands speak of connectors or protocols. A rule
is only asked here; whether it binds on the day and who must show it is the review's business.
Reading order: Place, place().
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..catalog import Catalog
from ..condition import UNKNOWN, evaluate, names
from ..waist import Fact, Subject
from ..words import Listed
from .couplers import Coupler, Couplers

ASKED = ("charger.connectors", "charger.protocol", "vehicle.inlets", "vehicle.charging_protocols")


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of the market that speaks of connectors or protocols, asked of this pair."""

    id: str
    about: str
    title: str
    demands: str
    force: str
    read: str
    answer: str  # met, unmet, unproven, not_applicable

    def says(self) -> str:
        known = {"met": "met", "unmet": "not met", "unproven": "not decided", "not_applicable": "does not apply"}
        how = f"{self.force or 'force unknown'}, {self.read}"
        return f"{self.id}: {self.demands}: {known[self.answer]} by {self.about} ({how})"


@dataclass(frozen=True, slots=True)
class Place:
    """A market before this charger."""

    market: str
    name: str
    reported: tuple[str, ...]  # connectors as the market's row has them
    read: str
    rule: str
    standing: str
    used: bool | None  # None when nothing is known of the market
    rules: tuple[Rule, ...]
    local: tuple[Coupler, ...]  # couplers used there

    def says(self) -> str:
        if self.used is None:
            return f"{self.name}: which connectors are used there is not known here"
        how = "is used there" if self.used else "is not among the connectors reported there"
        told = ", ".join(self.reported) or "regions of the coupler"
        rule = f"; connector rule: {self.rule} ({self.standing or 'standing unknown'})" if self.rule else ""
        return f"{self.name}: the charger's connector {how} ({told}; {self.read}){rule}"

    def plain(self) -> dict[str, Any]:
        return {
            "market": self.market,
            "name": self.name,
            "connectors": list(self.reported),
            "read": self.read,
            "connector_rule": self.rule,
            "standing": self.standing,
            "used": self.used,
            "rules": [
                {
                    "id": r.id,
                    "about": r.about,
                    "demands": r.demands,
                    "force": r.force or None,
                    "read": r.read,
                    "answer": r.answer,
                }
                for r in self.rules
            ],
        }


def place(
    market: str, subjects: Sequence[Subject], facts: Sequence[Fact], connectors: Sequence[Coupler], catalog: Catalog,
    table: Couplers,
) -> Place:  # fmt: skip
    """What this market says of a charger with these connectors; subjects are the members of the pair."""
    row = catalog.economies.get(market) or catalog.unions.get(market) or {}
    told = row.get("facts") or {}
    phrases = [str(v) for v in (told.get("dc_connectors") or {}).get("value", ())]
    around = {way[-1] for way in catalog.chain(market)}
    inside = {market, *(f"_{code}" for code in around)}
    reported = [c for c in table.couplers if any(c.spoken_of(p) and "excluded" not in p for p in phrases)]
    local = {c.id: c for c in (*reported, *(c for c in table.couplers if inside & set(c.regions)))}
    plugs = {c.plug for c in local.values()}
    known = bool(phrases) or bool(local)
    used = any(c.plug in plugs for c in connectors) if known and connectors else None
    source = (told.get("dc_connectors") or {}).get("source", "")
    read = catalog.source(row, source).read if source else "remembered"
    return Place(
        market,
        catalog.name(market),
        tuple(phrases),
        read,
        str((told.get("connector_rule") or {}).get("value", "")),
        str((told.get("connector_rule_standing") or {}).get("value", "")),
        used,
        tuple(_rules(market, subjects, facts, catalog)),
        tuple(local.values()),
    )


def _rules(market: str, subjects: Sequence[Subject], facts: Sequence[Fact], catalog: Catalog) -> list[Rule]:
    found = []
    for rule in catalog.requirements(market):
        if not rule.demands:
            continue
        demand = catalog.condition(rule.demands)
        if not set(names(demand)) & set(ASKED):
            continue
        for subject in (s for s in subjects if s.kind in rule.about):
            look = _look([f for f in facts if f.subject == subject.id])
            applies = evaluate(catalog.condition(rule.applies), look, catalog.words).truth if rule.applies else True
            truth = evaluate(demand, look, catalog.words).truth if applies is not False else None
            answer = (
                "not_applicable"
                if applies is False
                else "unproven"
                if applies is None or truth is None
                else "met"
                if truth
                else "unmet"
            )
            if answer != "not_applicable":
                title, force = rule.title, rule.force or ""
                found.append(Rule(rule.id, subject.id, title, rule.demands, force, rule.source.read, answer))
    return found


def _look(facts: Sequence[Fact]) -> Any:
    """What the project says of one subject, as the conditions want it."""

    def look(name: str) -> Any:
        rows = [f for f in facts if f.name == name]
        if not rows:
            return UNKNOWN
        if isinstance(rows[0].value, tuple):
            entries = tuple(dict.fromkeys(e for f in rows if not f.refuted for e in f.value))
            refuted = tuple(e for f in rows if f.refuted for e in f.value)
            return Listed(entries, any(f.complete for f in rows), refuted)
        return rows[0].value

    return look
