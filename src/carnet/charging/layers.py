"""Vehicle and charger layer by layer: what each declares, how that compares, what nobody can decode.

The answer of `match` is one sentence; this is the table under it, complete even when an early layer has failed. What a
stack keeps behind its schemas or its members' door is named as not decodable, so that nobody takes silence for a match.
Reading order: Layer, layers().
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from .couplers import Coupler, Couplers
from .match import LOW_SHARE, Match, Side
from .protocol import Library

Compares = Literal["fits", "adapted", "limits", "stops", "unknown", "opaque"]


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer: both declarations, and what they come to."""

    layer: str
    vehicle: str
    charger: str
    comes_to: Compares
    says: str = ""

    def plain(self) -> dict[str, Any]:
        return asdict(self)


def layers(vehicle: Side, charger: Side, found: Match, table: Couplers, tables: Library) -> tuple[Layer, ...]:
    """Coupler, pilot, protocol, messages, voltage, current, power."""
    inlet = found.inlet or _first(vehicle.couplers, table)
    connector = found.connector or _first(charger.couplers, table)
    return (
        _coupler(inlet, connector, found),
        _pilot(inlet, connector, found),
        _protocol(vehicle, charger, found),
        _messages(found, vehicle, charger, tables),
        _voltage(vehicle, charger),
        _current(vehicle, charger, inlet, connector),
        _power(vehicle, charger, found),
    )


def _first(names: tuple[str, ...], table: Couplers) -> Coupler | None:
    known = [c for n in names if (c := table.named(n)) is not None]
    return next((c for c in known if c.supplies == "dc"), known[0] if known else None)


def _title(coupler: Coupler | None) -> str:
    return coupler.title if coupler is not None else ""


def _coupler(inlet: Coupler | None, connector: Coupler | None, found: Match) -> Layer:
    if inlet is None or connector is None:
        return Layer("coupler", _title(inlet), _title(connector), "unknown", "not declared")
    if inlet.plug == connector.plug:
        return Layer("coupler", inlet.title, connector.title, "fits")
    if found.adapter:
        return Layer("coupler", inlet.title, connector.title, "adapted", found.adapter)
    comes: Compares = "stops" if found.stops_at == "coupler" else "unknown"
    return Layer("coupler", inlet.title, connector.title, comes, "the plugs do not mate")


def _pilot(inlet: Coupler | None, connector: Coupler | None, found: Match) -> Layer:
    if inlet is None or connector is None:
        return Layer("pilot", "", "", "unknown", "not declared")
    a, b = inlet.pilot, connector.pilot
    if a == b:
        return Layer("pilot", a, b, "fits")
    return Layer("pilot", a, b, "adapted" if found.adapter else "stops", "the adapter must make the pilot signals")


def _protocol(vehicle: Side, charger: Side, found: Match) -> Layer:
    mine, theirs = ", ".join(vehicle.protocols), ", ".join(charger.protocols)
    if found.stops_at == "handshake":
        return Layer("protocol", mine, theirs, "stops", "no generation in common")
    if found.gateway:
        return Layer("protocol", mine, theirs, "adapted", "a gateway translates")
    if not mine or not theirs:
        return Layer("protocol", mine, theirs, "unknown", "not declared by both")
    if set(vehicle.protocols) & set(charger.protocols):
        return Layer(
            "protocol", mine, theirs, "fits", f"both speak {', '.join(found.protocols)}" if found.protocols else ""
        )
    if found.protocols:
        return Layer("protocol", mine, theirs, "fits", f"the newer side speaks {', '.join(found.protocols)}")
    return Layer("protocol", mine, theirs, "unknown", "no generation in common among those declared")


def _messages(found: Match, vehicle: Side, charger: Side, tables: Library) -> Layer:
    """Whether the tables hold the messages of what is spoken; what is not public is named."""
    spoken = found.protocols or tuple(dict.fromkeys((*vehicle.protocols, *charger.protocols)))
    rows = [p for p in tables.protocols.values() if p.standard in spoken]
    if not rows:
        return Layer("messages", "", "", "unknown", "no protocol is known")
    open_ones = sorted({p.standard for p in rows if p.plays is not None})
    closed = [p for p in rows if p.plays is None and p.standard not in open_ones]
    if not closed:
        return Layer("messages", "", "", "fits", f"{', '.join(open_ones)}: known message by message, can be rehearsed")
    why = "; ".join(f"{p.standard}: {', '.join(p.not_public)}" for p in closed)
    says = f"not decodable, cannot be rehearsed ({why}); compared are coupler, generation, voltage, current and power"
    return Layer("messages", "", "", "opaque", says)


def _show(value: float | None, unit: str) -> str:
    return "" if value is None else f"{value:g} {unit}"


def _voltage(vehicle: Side, charger: Side) -> Layer:
    wants, gives, least = vehicle.max_voltage, charger.max_voltage, vehicle.min_voltage
    a = _show(wants, "V") if least is None or wants is None else f"{least:g} to {wants:g} V"
    b = _show(gives, "V") if charger.min_voltage is None or gives is None else f"{charger.min_voltage:g} to {gives:g} V"
    if wants is None or gives is None:
        return Layer("voltage", a, b, "unknown", "not declared by both")
    if gives >= wants:
        low = charger.min_voltage is not None and charger.min_voltage > wants
        return Layer("voltage", a, b, "stops" if low else "fits", "the charger gives only more" if low else "")
    if gives < (least if least is not None else LOW_SHARE * wants):
        return Layer("voltage", a, b, "stops", "the charger cannot reach the battery")
    if least is None:
        return Layer("voltage", a, b, "unknown", "the vehicle's lowest charging voltage decides")
    return Layer("voltage", a, b, "limits", "the battery is not charged to its highest voltage")


def _current(vehicle: Side, charger: Side, inlet: Coupler | None, connector: Coupler | None) -> Layer:
    wants, gives = vehicle.max_current, charger.max_current
    bound = [c for c in (inlet, connector) if c is not None and c.limits_known]
    carries = min((c.max_current for c in bound), default=None)
    note = (
        f"the coupler carries {carries:g} A" if carries is not None else "what the coupler carries is remembered only"
    )
    if wants is None or gives is None:
        return Layer("current", _show(wants, "A"), _show(gives, "A"), "unknown", f"not declared by both; {note}")
    least = min(x for x in (gives, carries) if x is not None)
    return Layer("current", _show(wants, "A"), _show(gives, "A"), "fits" if least >= wants else "limits", note)


def _power(vehicle: Side, charger: Side, found: Match) -> Layer:
    a, b = _show(vehicle.max_power, "kW"), _show(charger.max_power, "kW")
    if found.power is None:
        return Layer("power", a, b, "unknown" if found.outcome != "fails" else "stops", found.reason)
    return Layer("power", a, b, "limits" if found.outcome == "limited" else "fits", f"up to {found.power:g} kW")
