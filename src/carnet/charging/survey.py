"""What this room knows of a project's charging pairs: from a recorded log, else from a rehearsal, else from parameters.

A recording is measurement, a rehearsal is simulation, parameters are declarations: `session.shown_by` says which. What
nothing decides is left unstated; the missing parameter is named in session.reason.
Reading order: survey(), _recorded(), _matched().
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from ..catalog import Catalog
from ..waist import Fact, Origin, Project, Quantity, Subject
from .couplers import couplers
from .judgement import Session
from .match import Match, Side, match
from .protocol import Library, library
from .showing import Showing, shown

ORIGIN = Origin("surveyor", "charging")
MEASURED = Origin("surveyor", "charging", kinds=("measurement",))
SIMULATED = Origin("surveyor", "charging", kinds=("simulation",))


def survey(project: Project, catalog: Catalog) -> tuple[Fact, ...]:
    """The facts of every pair that must charge together."""
    facts: list[Fact] = []
    for pair in project.subjects:
        if pair.kind != "pair" or pair.way != "charge":
            continue
        vehicle = _member(project, pair, "vehicle")
        charger = _member(project, pair, "charger")
        if vehicle is None or charger is None:
            continue
        sides = (side(project, vehicle, catalog, "vehicle"), side(project, charger, catalog, "charger"))
        found = match(*sides, couplers(), pair.through)
        showing = shown(project, pair, sides, found)
        offered = _offered(*sides)
        if showing is not None and showing.by == "recording":
            facts += _recorded(pair, showing, offered)
        else:
            facts += _matched(pair, found, showing, offered)
    return tuple(f for f in facts if f.name in catalog.words)


def _member(project: Project, pair: Subject, kind: str) -> Subject | None:
    return next((project.subject(m) for m in pair.members if project.subject(m).kind == kind), None)


def side(project: Project, subject: Subject, catalog: Catalog, kind: str) -> Side:
    """The declared parameters of a vehicle or charger."""
    known = [f for f in project.facts if f.subject == subject.id]

    def entries(name: str) -> tuple[tuple[str, ...], bool]:
        rows = [f for f in known if f.name == name and not f.refuted]
        return tuple(dict.fromkeys(e for f in rows for e in f.value)), any(f.complete for f in rows)

    def number(name: str, unit: str) -> float | None:
        value = next((f.value for f in known if f.name == name), None)
        if not isinstance(value, Quantity):
            return None
        return float(catalog.words.units.convert(value, unit).value)

    vehicle = kind == "vehicle"
    plugs, plugs_all = entries("vehicle.inlets" if vehicle else "charger.connectors")
    spoken, spoken_all = entries("vehicle.charging_protocols" if vehicle else "charger.protocol")
    return Side(
        plugs,
        plugs_all,
        spoken,
        spoken_all,
        number(f"{kind}.dc_voltage_max", "V"),
        number(f"{kind}.dc_voltage_min", "V"),
        number(f"{kind}.dc_current_max", "A"),
        number("vehicle.dc_power_max" if vehicle else "charger.rated_power", "kW"),
        next((f.value for f in known if f.name == "charger.adapter_included"), None),
    )


def _quantity(value: float, unit: str) -> Quantity:
    return Quantity(Decimal(str(round(value, 3))), unit)


def _facts(pair: Subject, origin: Origin, rows: Iterable[tuple[str, Any]]) -> list[Fact]:
    return [
        Fact(pair.id, f"session.{name}", value, origin) for name, value in rows if value is not None and value != ()
    ]


def _recorded(pair: Subject, showing: Showing, offered: float | None) -> list[Fact]:
    """What the log of the pair shows."""
    session = showing.session
    if session.family == "none":
        return _facts(
            pair,
            MEASURED,
            [
                ("shown_by", "recording"),
                ("outcome", "no_protocol"),
                ("reason", "no charging protocol was recognized in the recording"),
            ],
        )
    tables, moved = library(), showing.moved
    ended = session.ended_by
    user = any(s.id == ended.rule and s.by == "user" for p in tables.protocols.values() for s in p.stops)
    stopped_by = "user" if user else ended.side if ended.side in ("vehicle", "charger") else None
    integral, declared = session.energy["integral_kwh"], session.energy["declared_kwh"]
    measured = moved and bool(session.series)
    rows: list[tuple[str, Any]] = [
        ("shown_by", "recording"),
        ("outcome", "energy_transferred" if moved else "stopped"),
        ("power", _quantity(showing.power_kw, "kW") if showing.power_kw > 0 else None),
        ("power_share", _share(showing.power_kw, offered)),
        ("voltage_max", _quantity(showing.voltage, "V") if measured else None),
        ("current_max", _quantity(showing.current, "A") if measured else None),
        ("energy", _quantity(integral, "kWh") if integral is not None else None),
        (
            "energy_gap",
            _quantity(abs(integral - declared) / declared * 100, "%") if integral is not None and declared else None,
        ),
        ("stops_at", phase(session, tables) if not moved else None),
        ("stopped_by", stopped_by),
        ("responsible", session.responsible if session.responsible != "unknown" else None),
        ("reason", ended.says),
        ("protocol", spoken(session, tables)),
        ("violations", sum(i.level == "violation" for i in session.issues)),
        ("tolerated", sum(i.level == "tolerated" for i in session.issues)),
        ("timing_judged", session.timing == "judged"),
    ]
    return _facts(pair, MEASURED, rows)


def phase(session: Session, tables: Library) -> str | None:
    """The phase of the vocabulary in which a session ended."""
    rows = [
        s
        for p in tables.protocols.values()
        if p.family == session.family
        for s in p.stages
        if s.name == session.reached
    ]
    return rows[0].phase if rows else None


def spoken(session: Session, tables: Library) -> tuple[str, ...]:
    return tuple(
        dict.fromkeys(
            p.standard
            for p in tables.protocols.values()
            if (p.family, p.generation) == (session.family, session.generation)
        )
    )


def _matched(pair: Subject, found: Match, showing: Showing | None, offered: float | None) -> list[Fact]:
    """What parameters decide, rehearsed where the protocol can be."""
    rows: list[tuple[str, Any]] = [("reason", found.reason)]
    if not found.outcome:
        return _facts(pair, ORIGIN, rows)
    rows += [
        ("match", found.outcome),
        ("adapter", found.adapter or None),
        ("gateway", found.gateway),
        ("protocol", found.protocols if len(found.protocols) == 1 else ()),
    ]
    if found.outcome == "fails":
        rows += [
            ("shown_by", "parameters"),
            ("stops_at", found.stops_at),
            ("outcome", "no_protocol" if found.stops_at == "handshake" else "refused"),
        ]
        return _facts(pair, ORIGIN, rows)
    if showing is None:
        rows += [("shown_by", "parameters"), ("power", _quantity(found.power, "kW") if found.power else None)]
        return _facts(pair, ORIGIN, rows)
    ok = showing.moved
    rehearsed: list[tuple[str, Any]] = [
        ("shown_by", "rehearsal"),
        ("outcome", "energy_transferred" if ok else "stopped"),
        ("power", _quantity(showing.power_kw, "kW") if ok else None),
        ("power_share", _share(showing.power_kw, offered) if ok else None),
        ("voltage_max", _quantity(showing.voltage, "V") if ok else None),
        ("current_max", _quantity(showing.current, "A") if ok else None),
        ("stops_at", None if ok else phase(showing.session, library())),
    ]
    if not ok:
        rows[0] = ("reason", showing.reason)
    return _facts(pair, ORIGIN, rows) + _facts(pair, SIMULATED, rehearsed)


def _offered(vehicle: Side, charger: Side) -> float | None:
    """The lower of what both sides offer, in kW; None when one does not say."""
    each = []
    for one in (vehicle, charger):
        power = one.max_power
        if power is None and one.max_voltage is not None and one.max_current is not None:
            power = one.max_voltage * one.max_current / 1000
        each.append(power)
    known = [p for p in each if p is not None]
    return min(known) if len(known) == 2 else None


def _share(power_kw: float, offered: float | None) -> Quantity | None:
    return _quantity(min(100.0, power_kw / offered * 100), "%") if offered and power_kw > 0 else None
