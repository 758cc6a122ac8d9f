"""Everything this room says of a project's charging pairs before a session: match, layers, markets, gaps, price.

One place puts the parts together, so that the command line and the dossier's chapter show the same.
Reading order: Pair, pairs().
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..catalog import Catalog
from ..waist import Project, Step, Subject
from .couplers import Coupler, Couplers, Upgrade, couplers
from .gaps import Bill, Gap, bill, gaps, verdict
from .layers import Layer, layers
from .market import Place, place
from .match import Match, Side, match
from .protocol import library
from .survey import side


@dataclass(frozen=True, slots=True)
class Pair:
    """One pair that must charge, and what is known of it."""

    subject: Subject
    vehicle: Subject
    charger: Subject
    sides: tuple[Side, Side]
    found: Match
    layers: tuple[Layer, ...]
    places: tuple[tuple[Place, tuple[Gap, ...]], ...]
    steps: dict[str, Step]

    def bill(self, market: str, about: str) -> Bill | None:
        """What it costs to bridge the gaps of one market on one side, each gap by the table's first way."""
        chosen: list[Upgrade] = []
        for where, rows in self.places:
            if where.market == market:
                chosen += [
                    next(u for u in g.upgrades if u.about == about)
                    for g in rows
                    if g.stands == "gap" and any(u.about == about for u in g.upgrades)
                ]
        return bill(chosen, self.steps)

    def plain(self) -> dict[str, Any]:
        """The pair as JSON shows it."""
        found = self.found
        return {
            "pair": self.subject.id,
            **matched(found, self.steps),
            "layers": [layer.plain() for layer in self.layers],
            "markets": [
                {
                    **where.plain(),
                    "gaps": [_gap(g, self.steps) for g in rows],
                    "verdict": verdict(rows),
                    "upgrade_of_the_vehicle": _bill(self.bill(where.market, "vehicle")),
                    "upgrade_of_the_charger": _bill(self.bill(where.market, "charger")),
                }
                for where, rows in self.places
            ],
        }


def matched(found: Match, steps: dict[str, Step]) -> dict[str, Any]:
    """The answer of a match as JSON shows it, its upgrades priced."""
    return {
        "outcome": found.outcome or "unproven",
        "reason": found.reason,
        "stops_at": found.stops_at,
        "missing": list(found.missing),
        "adapter": found.adapter,
        "gateway": found.gateway,
        "protocols": list(found.protocols),
        "power_kw": found.power,
        "upgrades": [_upgrade(u, steps) for u in found.upgrades],
        "notes": list(found.notes),
    }


def _upgrade(one: Upgrade, steps: dict[str, Step]) -> dict[str, Any]:
    plain: dict[str, Any] = {"what": one.says, "kind": one.kind, "about": one.about, "steps": list(one.steps)}
    return plain | {"price": _bill(bill([one], steps))}


def _gap(gap: Gap, steps: dict[str, Step]) -> dict[str, Any]:
    ways = [_upgrade(u, steps) for u in gap.upgrades]
    return {"part": gap.part, "stands": gap.stands, "says": gap.says, "ask": gap.ask, "ways": ways}


def _bill(found: Bill | None) -> dict[str, Any] | None:
    return found.plain() if found is not None else None


def pairs(project: Project, catalog: Catalog) -> list[Pair]:
    """Every pair of a vehicle and a charger, before every market in which the charger stands."""
    table, tables = couplers(), library()
    steps = {**catalog.steps, **{q.id: q for q in project.quotes}}
    rows = []
    for subject in project.subjects:
        members = {project.subject(m).kind: project.subject(m) for m in subject.members}
        if subject.kind != "pair" or subject.way != "charge" or not {"vehicle", "charger"} <= set(members):
            continue
        vehicle, charger = members["vehicle"], members["charger"]
        sides = (side(project, vehicle, catalog, "vehicle"), side(project, charger, catalog, "charger"))
        found = match(*sides, table, subject.through)
        connectors = _connectors(sides[1], found, table)
        places = []
        for market in subject.stands_in or project.markets:
            where = place(market, (vehicle, charger), project.facts, connectors, catalog, table)
            places.append((where, gaps(*sides, found, where.local, table)))
        told = layers(*sides, found, table, tables)
        rows.append(Pair(subject, vehicle, charger, sides, found, told, tuple(places), steps))
    return rows


def _connectors(charger: Side, found: Match, table: Couplers) -> list[Coupler]:
    known = [c for n in charger.couplers if (c := table.named(n)) is not None]
    return known or ([found.connector] if found.connector is not None else [])
