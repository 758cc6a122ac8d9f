"""What stands between a vehicle and a charger of a market, and what bridging it costs.

Three parts are looked at: on-board charger, communication stack, connector; and the voltage when it decides.

A gap is bridged by the upgrades of data/couplers, priced by the steps of data/effort or by a quotation of the project.
One gap that only a redesign bridges makes the whole a platform redesign. What nobody declares is asked, not priced.
Money stays text with its currency; sums run over the cheapest and the dearest end of every step.
Reading order: Gap, gaps(), Bill, bill().
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from ..waist import Step
from .couplers import Coupler, Couplers, Upgrade
from .match import Match, Side

Stands = Literal["fits", "gap", "absent", "unknown"]  # absent: it has none, and this charger needs none


@dataclass(frozen=True, slots=True)
class Gap:
    """One of the three places where a vehicle meets a market's charging."""

    part: Literal["on_board_charger", "communication_stack", "connector", "voltage"]
    stands: Stands
    says: str
    upgrades: tuple[Upgrade, ...] = ()
    ask: str = ""


@dataclass(frozen=True, slots=True)
class Bill:
    """The lowest and the highest sum of some steps; weeks from all at once to one after the other.

    `unpriced` names what no step prices.
    """

    low: Decimal
    high: Decimal
    currency: str
    weeks: tuple[int, int]
    steps: tuple[str, ...]
    unpriced: tuple[str, ...] = ()

    def plain(self) -> dict[str, Any]:
        return {
            "cost": {"low": str(self.low), "mid": None, "high": str(self.high), "currency": self.currency},
            "weeks": {"low": self.weeks[0], "high": self.weeks[1]},
            "steps": list(self.steps),
            "unpriced": list(self.unpriced),
        }

    def says(self) -> str:
        text = f"{self.low:,} to {self.high:,} {self.currency}, {self.weeks[0]} to {self.weeks[1]} weeks"
        return text + (f"; not priced: {', '.join(self.unpriced)}" if self.unpriced else "")


def gaps(vehicle: Side, charger: Side, found: Match, local: Iterable[Coupler], table: Couplers) -> tuple[Gap, ...]:
    """The gaps of the vehicle before this charger, and before the AC connectors used where it will stand."""
    return tuple(
        g for g in (_on_board(vehicle, local, table), *_session(vehicle, charger, found, table)) if g is not None
    )


def _on_board(vehicle: Side, local: Iterable[Coupler], table: Couplers) -> Gap | None:
    """The on-board charger behind an AC inlet of the market's kind."""
    wanted = [c for c in local if c.supplies == "ac"]
    mine = [c for n in vehicle.couplers if (c := table.named(n)) is not None and c.supplies == "ac"]
    if not wanted:
        says = "which AC connector the market uses is not known"
        return Gap("on_board_charger", "unknown", says)
    names = ", ".join(c.title for c in wanted)
    if {c.plug for c in mine} & {c.plug for c in wanted}:
        return Gap("on_board_charger", "fits", f"the vehicle has the market's AC inlet ({names})")
    if not vehicle.couplers_complete:
        return Gap(
            "on_board_charger", "unknown", f"the market uses {names}; no AC inlet is declared", ask="vehicle.inlets"
        )
    if not mine:
        says = f"the vehicle charges with direct current only; the market's AC connector is {names}"
        return Gap("on_board_charger", "absent", says, table.bridges("on_board"))
    has = ", ".join(c.title for c in mine)
    return Gap("on_board_charger", "gap", f"the market uses {names}; the vehicle has {has}", table.bridges("on_board"))


def _session(vehicle: Side, charger: Side, found: Match, table: Couplers) -> list[Gap]:
    """Stack, connector and voltage before this charger."""
    toward = tuple(charger.protocols) or (found.connector.protocols if found.connector is not None else ())
    if not toward:
        connectors = [c for n in charger.couplers if (c := table.named(n)) is not None and c.supplies == "dc"]
        toward = tuple(p for c in connectors for p in c.protocols)
    mine = tuple(vehicle.protocols) or tuple(
        p for n in vehicle.couplers if (c := table.named(n)) is not None and c.supplies == "dc" for p in c.protocols
    )
    rows = []
    if found.adapter:
        rows.append(Gap("connector", "fits", f"through {found.adapter}"))
    elif found.inlet is not None and found.connector is not None:
        rows.append(Gap("connector", "fits", f"the vehicle's inlet takes {found.connector.title}"))
    elif found.stops_at == "coupler":
        rows.append(Gap("connector", "gap", found.reason, table.bridges("plug")))
    else:
        rows.append(Gap("connector", "unknown", found.reason, ask=", ".join(found.missing)))
    if found.stops_at == "handshake" or (
        found.stops_at == "coupler" and toward and mine and not set(mine) & set(toward)
    ):
        says = f"the charger speaks {', '.join(toward)}; the vehicle {', '.join(mine)}"
        rows.append(Gap("communication_stack", "gap", says, table.bridges("protocol", toward)))
    elif set(mine) & set(toward) or found.protocols:
        rows.append(
            Gap(
                "communication_stack",
                "fits",
                f"both can speak {', '.join(found.protocols or sorted(set(mine) & set(toward)))}",
            )
        )
    else:
        rows.append(Gap("communication_stack", "unknown", "not declared by both", ask="vehicle.charging_protocols"))
    if found.stops_at == "parameters":
        rows.append(Gap("voltage", "gap", found.reason, table.bridges("voltage")))
    return rows


def verdict(found: Iterable[Gap]) -> str:
    """Nothing to do, incremental upgrade, platform redesign, or open: by the gaps on the vehicle's side."""
    rows = list(found)
    kinds = {u.kind for g in rows if g.stands == "gap" for u in g.upgrades if u.about == "vehicle"}
    if "redesign" in kinds:
        return "platform redesign"
    if kinds:
        return "incremental upgrade"
    return "open" if any(g.stands == "unknown" for g in rows) else "nothing to do"


def bill(upgrades: Iterable[Upgrade], steps: Mapping[str, Step]) -> Bill | None:
    """What some upgrades cost together; None when no step of theirs has a price."""
    rows = list(dict.fromkeys(upgrades))
    wanted = list(dict.fromkeys(s for u in rows for s in u.steps))
    known = [steps[s] for s in wanted if s in steps]
    unpriced = tuple(u.says for u in rows if not u.steps) + tuple(s for s in wanted if s not in steps)
    if not known:
        return None
    currencies = {s.cost["currency"] for s in known}
    if len(currencies) > 1:
        first = known[0].cost["currency"]
        unpriced += tuple(f"{s.id} ({s.cost['currency']})" for s in known if s.cost["currency"] != first)
        known = [s for s in known if s.cost["currency"] == first]
    return Bill(
        sum((Decimal(s.cost["low"]) for s in known), Decimal(0)),
        sum((Decimal(s.cost["high"]) for s in known), Decimal(0)),
        known[0].cost["currency"],
        (max(s.weeks["low"] for s in known), sum(s.weeks["high"] for s in known)),
        tuple(s.id for s in known),
        unpriced,
    )
