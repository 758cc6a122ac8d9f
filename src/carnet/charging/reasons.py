"""Why a rehearsed session ended as it did, in a fitter's words: works, limited or fails, and who owed what.

The first thing that could not be helped is named: the voltage, the battery, the insulation, a message that stayed away,
then the limits. Reading order: explain(), explained(), given_up(), limits().
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from .circuit import Battery, Supply

if TYPE_CHECKING:
    from .rehearse import Bus


def explain(bus: Bus) -> tuple[str, str]:
    """works, limited or fails, and why in a fitter's words."""
    world, battery, supply = bus.world, bus.world.battery, bus.world.supply
    if not world.fits:
        if battery.max_voltage > supply.max_voltage:
            return (
                "fails",
                f"the vehicle needs {battery.max_voltage:g} V; the charger gives at most {supply.max_voltage:g} V",
            )
        return (
            "fails",
            f"the battery stands at {battery.open_voltage:.0f} V; the charger gives at least {supply.min_voltage:g} V",
        )
    if world.flags.get("hot"):
        return "fails", "the vehicle stopped because its battery is too hot"
    if world.flags.get("overvoltage"):
        return "fails", "the vehicle stopped because the voltage rose above its battery's limit"
    if world.flags.get("overcurrent"):
        return "fails", "the vehicle stopped because the current rose above what it asked for"
    if world.flags.get("never_insulated"):
        return "fails", "the insulation check did not end well, so the charger does not close the circuit"
    if says := given_up(bus):
        return "fails", says
    if world.delivered_kwh <= 0:
        return "fails", "no current flowed"
    return limits(battery, supply)


def explained(bus: Bus) -> tuple[str, str]:
    """The same when one side is recorded or real: what that side reported by itself comes before what flowed.

    A twin knows why it stopped; of the other side only the bus speaks, as our judge reads it.
    """
    outcome, reason = explain(bus)
    if outcome == "fails":
        return outcome, reason
    ended = bus.result.judgement().session.ended_by
    stop = next((s for s in bus.protocol.stops if s.id == ended.rule), None)
    return (
        ("fails", ended.says) if stop is not None and stop.kind in ("fault", "timeout", "error") else (outcome, reason)
    )


def given_up(bus: Bus) -> str:
    """Who gave up waiting for what, and who owed it; empty when nobody did."""
    gave_up = bus.vehicle.gave_up or bus.charger.gave_up
    if not gave_up:
        return ""
    side = "vehicle" if bus.vehicle.gave_up else "charger"
    wait = next((w for w in bus.protocol.waits if w.id == gave_up), None)
    owed = f"{wait.says}; the {wait.owes} owes it" if wait is not None else f"{gave_up}, which stayed away"
    return f"the {side} gave up waiting for {owed}"


def limits(battery: Battery, supply: Supply) -> tuple[str, str]:
    """Of a session that ran: works, or limited by whom."""
    if supply.max_current < battery.max_current < math.inf:
        most = supply.max_current
        return "limited", f"the vehicle takes up to {battery.max_current:g} A; the charger gives at most {most:g} A"
    if supply.max_power_kw * 1000 < battery.max_current * battery.open_voltage:
        return "limited", f"the charger gives at most {supply.max_power_kw:g} kW"
    return "works", "the session ran from the handshake to the release"
