"""Does this vehicle charge at this charger, at which power, through which adapter, and what decides when nobody knows.

Coupler, then protocol, then voltage, then current and power: the first layer that fails is where the session stops, the
first that is unknown is what to ask. What only memory says never decides; it is offered as a question. `layers` lays
every layer side by side, `gaps` says what would bridge them, `market` what the place of use knows.
Reading order: Side, Match, match().
Units: V, A, kW.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

from .couplers import Adapter, Coupler, Couplers, Upgrade

Outcome = Literal["works", "works_through_adapter", "limited", "fails", ""]
LOW_SHARE = 0.7  # a charger below this share of the vehicle's highest voltage cannot reach an empty battery either


@dataclass(frozen=True, slots=True)
class Side:
    """What is declared of a vehicle or a charger; None is unknown. Lists are open unless `complete`."""

    couplers: tuple[str, ...] = ()
    couplers_complete: bool = False
    protocols: tuple[str, ...] = ()
    protocols_complete: bool = False
    max_voltage: float | None = None
    min_voltage: float | None = None
    max_current: float | None = None
    max_power: float | None = None
    adapter_included: bool | None = None  # of a charger: an adapter between couplers is delivered with it


@dataclass(frozen=True, slots=True)
class Match:
    """The answer; `outcome` is empty when a deciding parameter is missing."""

    outcome: Outcome
    reason: str
    stops_at: str = ""
    missing: tuple[str, ...] = ()
    adapter: str = ""
    gateway: bool = False
    protocols: tuple[str, ...] = ()
    power: float | None = None
    voltage: float | None = None
    current: float | None = None
    upgrades: tuple[Upgrade, ...] = ()
    notes: tuple[str, ...] = field(default=())
    inlet: Coupler | None = None
    connector: Coupler | None = None


def match(vehicle: Side, charger: Side, table: Couplers, through: str = "") -> Match:
    """Vehicle and charger, layer by layer; `through` is the adapter or gateway the project says is in between."""
    notes: list[str] = []
    inlets = _known(vehicle.couplers, table, "inlet", notes)
    connectors = _known(charger.couplers, table, "connector", notes)
    if not connectors and charger.protocols:
        connectors = [c for c in table.couplers if set(charger.protocols) & set(c.protocols)]
        plugs = {c.plug for c in connectors}
        if len(plugs) == 1:
            notes.append(
                f"the connector is not declared; {', '.join(charger.protocols)} runs over {connectors[0].title}"
            )
        else:
            connectors = []
    if not inlets and vehicle.couplers_complete and vehicle.couplers and all(table.named(n) for n in vehicle.couplers):
        says = f"the vehicle has {', '.join(vehicle.couplers)} and no inlet for direct current"
        return Match("fails", says, "coupler", upgrades=table.bridges("plug"), notes=tuple(notes))
    missing = tuple(n for n, known in (("vehicle.inlets", inlets), ("charger.connectors", connectors)) if not known)
    if missing:
        return Match("", f"not declared: {', '.join(missing)}", missing=missing, notes=tuple(notes))
    both = [(i, c) for i in inlets for c in connectors if i.plug == c.plug]
    adapter: Adapter | None = None
    if not both:
        adapter, pair = _adapter(inlets, connectors, table, notes, through)
        if adapter is None or pair is None:
            return _no_plug(vehicle, charger, inlets, connectors, table, notes)
        both = [pair]
    inlet, connector = max(
        both, key=lambda p: min(p[0].max_voltage * p[0].max_current, p[1].max_voltage * p[1].max_current)
    )
    spoken = _protocols(vehicle, charger, inlet, connector, adapter, table, notes)
    found = (
        spoken
        if isinstance(spoken, Match)
        else _power(vehicle, charger, inlet, connector, adapter, spoken, table, notes)
    )
    return replace(found, inlet=inlet, connector=connector)


def _known(names: tuple[str, ...], table: Couplers, what: str, notes: list[str]) -> list[Coupler]:
    found = []
    for name in names:
        coupler = table.named(name)
        if coupler is None:
            notes.append(f"{what} {name!r} stands in no table of couplers")
        elif coupler.supplies == "dc":
            found.append(coupler)
    return found


def _adapter(
    inlets: list[Coupler], connectors: list[Coupler], table: Couplers, notes: list[str], through: str
) -> tuple[Adapter | None, tuple[Coupler, Coupler] | None]:
    """The adapter between two plugs that somebody read about, or that the project declares."""
    for row in table.adapters:
        pair = next(
            ((i, c) for i in inlets for c in connectors if (i.plug, c.plug) == (row.inlet, row.connector)), None
        )
        if pair is None:
            continue
        if row.read == "remembered" and through:
            notes.append(f"the project declares {through!r}; {row.title} is modeled from memory")
        elif row.read == "remembered":
            notes.append(f"{row.title} is known from memory only: ask whether one is delivered")
            continue
        return row, pair
    return None, None


def _no_plug(
    vehicle: Side, charger: Side, inlets: list[Coupler], connectors: list[Coupler], table: Couplers, notes: list[str]
) -> Match:
    has = ", ".join(dict.fromkeys(i.title for i in inlets))
    offers = ", ".join(dict.fromkeys(c.title for c in connectors))
    says = f"the vehicle has {has}; the charger offers {offers}"
    possible = any("memory only" in n for n in notes) and charger.adapter_included is not False
    if vehicle.couplers_complete and charger.couplers_complete and not possible:
        return Match("fails", says, "coupler", upgrades=table.bridges("plug"), notes=tuple(notes))
    missing = [
        n
        for n, done in (
            ("vehicle.inlets", vehicle.couplers_complete),
            ("charger.connectors", charger.couplers_complete),
        )
        if not done
    ]
    if possible and charger.adapter_included is None:
        missing.append("charger.adapter_included")
    return Match(
        "",
        f"{says}; whether that is all, or an adapter is delivered, is not declared",
        missing=tuple(missing),
        upgrades=table.bridges("plug"),
        notes=tuple(notes),
    )


def _protocols(
    vehicle: Side, charger: Side, inlet: Coupler, connector: Coupler, adapter: Adapter | None, table: Couplers,
    notes: list[str],
) -> tuple[str, ...] | Match:  # fmt: skip
    """The protocols both can speak; the coupler's own when neither says; an answer when that is decided or missing."""
    if adapter is not None and adapter.protocol == "gateway":
        return vehicle.protocols or charger.protocols
    mine, theirs = set(vehicle.protocols), set(charger.protocols)
    runs = set(inlet.protocols) & set(connector.protocols) or set(inlet.protocols)
    if not mine or not theirs:
        return _undeclared(mine | theirs, runs, "vehicle" if not mine else "charger", vehicle, charger, table, notes)
    if common := tuple(sorted(mine & theirs)):
        return common
    stack = table.stack(mine | theirs)
    if (
        stack is not None
        and stack.talk == "elder"
        and (mine | theirs) <= set(inlet.protocols) | set(connector.protocols)
    ):
        order = list(stack.protocols)
        elder = min(max(mine, key=order.index), max(theirs, key=order.index), key=order.index)
        if stack.read == "remembered":
            notes.append(f"that {stack.says} is known from memory only: rehearse or test it")
        return (elder,)
    says = f"the vehicle speaks {', '.join(vehicle.protocols)}; the charger speaks {', '.join(charger.protocols)}"
    if vehicle.protocols_complete and charger.protocols_complete:
        gap = table.bridges("protocol", theirs)
        return Match("fails", says, "handshake", upgrades=gap, notes=tuple(notes))
    missing = [
        name
        for name, whole in (
            ("vehicle.charging_protocols", vehicle.protocols_complete),
            ("charger.protocol", charger.protocols_complete),
        )
        if not whole
    ]
    says = f"{says}; whether that is all they speak is not declared"
    return Match("", says, missing=tuple(missing), upgrades=table.bridges("protocol", theirs), notes=tuple(notes))


def _undeclared(
    known: set[str], runs: set[str], silent: str, vehicle: Side, charger: Side, table: Couplers, notes: list[str]
) -> tuple[str, ...] | Match:
    """A side does not say: taken for what is usual over this coupler, unless the other speaks nothing usual."""
    stack = table.stack(known or runs)
    usual = set(stack.usual) if stack is not None else set()
    whole = charger.protocols_complete if silent == "vehicle" else vehicle.protocols_complete
    if known and usual and whole and not known & usual:
        name = "vehicle.charging_protocols" if silent == "vehicle" else "charger.protocol"
        other = "charger" if silent == "vehicle" else "vehicle"
        says = f"the {other} speaks {', '.join(sorted(known))} only; what the {silent} speaks is not declared"
        return Match("", says, missing=(name,), notes=tuple(notes))
    if known:
        notes.append(f"the {silent} does not declare its protocols; {', '.join(sorted(known))} is taken for both")
    return tuple(sorted(known & runs or known or runs))


def _power(
    vehicle: Side, charger: Side, inlet: Coupler, connector: Coupler, adapter: Adapter | None, spoken: tuple[str, ...],
    table: Couplers, notes: list[str],
) -> Match:  # fmt: skip
    base = Match(
        "",
        "",
        adapter=adapter.title if adapter is not None else "",
        gateway=adapter is not None and adapter.protocol == "gateway",
        protocols=spoken,
        notes=tuple(notes),
    )
    wants, gives = vehicle.max_voltage, charger.max_voltage
    if wants is None or gives is None:
        names = (("vehicle.dc_voltage_max", wants), ("charger.dc_voltage_max", gives))
        missing = tuple(n for n, v in names if v is None)
        return replace(base, reason=f"not declared: {', '.join(missing)}", missing=missing)
    bounds = [(gives, "the charger")]
    bounds += [(c.max_voltage, c.title) for c in (inlet, connector) if c.limits_known]
    if adapter is not None:
        bounds.append((adapter.max_voltage, adapter.title))
    ceiling, by = min(bounds)
    least = vehicle.min_voltage
    if ceiling < wants and ceiling < (least if least is not None else LOW_SHARE * wants):
        says = f"the vehicle needs {least if least is not None else wants:g} V; {by} gives at most {ceiling:g} V"
        ways = table.bridges("voltage")
        return replace(base, outcome="fails", reason=says, stops_at="parameters", voltage=ceiling, upgrades=ways)
    if ceiling < wants and least is None:
        says = f"the vehicle charges up to {wants:g} V, {by} gives {ceiling:g} V; its lowest charging voltage decides"
        return replace(base, reason=says, missing=("vehicle.dc_voltage_min",))
    voltage = min(wants, ceiling)
    if charger.max_power is None and charger.max_current is None:
        name = "charger.rated_power"
        return replace(base, reason=f"not declared: {name}", missing=(name,), voltage=voltage)
    currents = [c for c in (vehicle.max_current, charger.max_current) if c is not None]
    currents += [c.max_current for c in (inlet, connector) if c.limits_known]
    currents += [adapter.max_current] if adapter is not None else []
    current = min(currents) if currents else None
    powers = [p for p in (vehicle.max_power, charger.max_power) if p is not None]
    powers += [voltage * current / 1000] if current is not None else []
    power = round(min(powers), 3)
    wish = vehicle.max_power
    if wish is None and vehicle.max_current is not None:
        wish = wants * vehicle.max_current / 1000
    outcome: Outcome = "works"
    says = f"works with up to {power:g} kW"
    if adapter is not None:
        outcome, says = "works_through_adapter", f"works through {adapter.title} with up to {power:g} kW"
    elif ceiling < wants or (wish is not None and power < wish - 0.5):
        outcome, says = "limited", f"works, limited to {power:g} kW"
    return replace(base, outcome=outcome, reason=says, power=power, voltage=voltage, current=current)
