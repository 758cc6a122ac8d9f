"""Interchangeable, adaptable or incompatible: a check of every deciding parameter, one by one.

An undeclared parameter gives no verdict, never `compatible`; the answer then names what to ask. A difference that the
table can bridge makes the pair adaptable; any other makes it incompatible and names the parameter. Numbers that are
stated are compared even where a common scheme would stand for them.
Reading order: Check, Fit, fit(), _compare() and the comparisons below it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from .interfaces import Interfaces, Parameter

Verdict = Literal["fits", "adaptable", "differs", "undeclared"]
Value = str | float | tuple[str, ...]
SIDES = ("vehicle", "pack", "station")


@dataclass(frozen=True, slots=True)
class Check:
    """One parameter: what each side says, and what that comes to."""

    parameter: Parameter
    verdict: Verdict
    says: str
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fit:
    """The answer; `result` is empty when a deciding parameter is undeclared."""

    result: Literal["interchangeable", "adaptable", "incompatible", ""]
    checks: tuple[Check, ...]
    scheme: str = ""

    @property
    def blocked_by(self) -> tuple[str, ...]:
        return tuple(f"{c.parameter.title}: {c.says}" for c in self.checks if c.verdict == "differs")

    @property
    def undeclared(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(m for c in self.checks for m in c.missing))

    @property
    def adaptations(self) -> tuple[str, ...]:
        return tuple(c.parameter.adapt for c in self.checks if c.verdict == "adaptable")


Declared = Mapping[str, Mapping[str, Value]]  # side -> fact name -> value


def fit(declared: Declared, table: Interfaces) -> Fit:
    """Every deciding parameter of vehicle, pack and station (a side that takes no part is left out)."""
    scheme = _common(declared, table)
    checks = tuple(_compare(p, declared, table, scheme) for p in table.parameters)
    verdicts = {c.verdict for c in checks}
    if "differs" in verdicts:
        result: Literal["interchangeable", "adaptable", "incompatible", ""] = "incompatible"
    elif "undeclared" in verdicts:
        result = ""
    else:
        result = "adaptable" if "adaptable" in verdicts else "interchangeable"
    return Fit(result, checks, scheme)


def _name(parameter: Parameter, side: str) -> str:
    return str(getattr(parameter, side))


def _common(declared: Declared, table: Interfaces) -> str:
    """The scheme that all sides name, by the table's title where it knows it; empty when they do not."""
    row = next(p for p in table.parameters if p.compare == "scheme")
    named = [declared[s].get(_name(row, s)) for s in SIDES if s in declared]
    if not named or None in named or any(table.ambiguous(str(v)) for v in named):
        return ""
    known = [table.scheme(str(v)) for v in named]
    titles = {k.title if k is not None else str(v) for k, v in zip(known, named, strict=True)}
    return titles.pop() if len({t.casefold() for t in titles}) == 1 else ""


def _compare(parameter: Parameter, declared: Declared, table: Interfaces, scheme: str) -> Check:
    if parameter.compare == "part":
        return _parts(parameter, declared)
    sides = [s for s in SIDES if s in declared and _name(parameter, s)]
    missing = tuple(_name(parameter, s) for s in sides if _name(parameter, s) not in declared[s])
    values = {s: declared[s][_name(parameter, s)] for s in sides if _name(parameter, s) in declared[s]}
    if parameter.compare in ("covers", "within"):
        return _numbers(parameter, values, missing, table, scheme)
    if parameter.compare == "class":
        return _class(parameter, values, missing)
    if parameter.compare in ("scheme_layout", "scheme_class"):
        return _of_scheme(parameter, declared, table, values, missing)
    if parameter.compare == "scheme":
        for side, value in values.items():
            if several := table.ambiguous(str(value)):
                titles = ", ".join(s.title for s in several)
                says = f"the {side} names {value}, which holds {len(several)} schemes: {titles}"
                return Check(parameter, "undeclared", says, (_name(parameter, side),))
        keys = {(row.id if (row := table.scheme(str(v))) is not None else str(v).casefold()) for v in values.values()}
    else:
        keys = {str(v).casefold() for v in values.values()}
    shown = _shown(values, "")
    if len(keys) > 1:
        return Check(parameter, "adaptable" if parameter.adapt else "differs", shown)
    if missing:
        return Check(parameter, "undeclared", f"not declared: {', '.join(missing)}", missing)
    return Check(parameter, "fits", shown)


def _shown(values: Mapping[str, Value], unit: str) -> str:
    def one(value: Value) -> str:
        if isinstance(value, float):
            return f"{value:g} {unit}".strip()
        return "/".join(value) if isinstance(value, tuple) else str(value)

    return ", ".join(f"{side} {one(value)}" for side, value in values.items())


def _numbers(
    parameter: Parameter,
    values: Mapping[str, Value],
    missing: tuple[str, ...],
    table: Interfaces,
    scheme: str,
) -> Check:
    """Numbers that must agree, or that must reach the pack's; a difference among those stated decides at once."""
    known = {s: v for s, v in values.items() if isinstance(v, float)}
    shown, pack = _shown(known, parameter.unit), known.get("pack")
    if pack is not None:
        for side, value in known.items():
            says, ok = shown, True
            if side != "pack" and parameter.compare == "covers":
                ok = value >= pack
                bears = "reaches" if side == "station" else "bears"
                unit = parameter.unit
                says = f"the pack needs {pack:g} {unit}, the {side} {bears} {value:g} {unit}"
            elif side != "pack":
                allowed = table.tolerances.of(max(value, pack))
                if allowed is None:
                    says = (
                        f"{shown}: no tolerance is known beyond {table.tolerances.overall_mm[-1][0]:g} {parameter.unit}"
                    )
                    return Check(parameter, "undeclared", says, (_name(parameter, side),))
                ok = abs(value - pack) <= allowed
                says = f"{shown}; allowed {allowed:g} {parameter.unit}"
            if not ok:
                return Check(parameter, "adaptable" if parameter.adapt else "differs", says)
    if not missing:
        return Check(parameter, "fits", shown)
    if parameter.by_scheme and not scheme:
        says = f"not declared: {', '.join(missing)}; a common scheme would stand for it"
        return Check(parameter, "undeclared", says)
    if parameter.by_scheme:
        return Check(parameter, "fits", f"by the scheme {scheme}" + (f"; stated: {shown}" if shown else ""))
    return Check(parameter, "undeclared", f"not declared: {', '.join(missing)}", missing)


def _class(parameter: Parameter, values: Mapping[str, Value], missing: tuple[str, ...]) -> Check:
    """A station that serves named classes, and a vehicle whose category must be in one of them."""
    if "station" not in values or "vehicle" not in values:
        absent = "station" not in values and "swap_station.serves" not in missing
        if absent or not missing:
            return Check(parameter, "fits", "no such side takes part")
        return Check(parameter, "undeclared", f"not declared: {', '.join(missing)}", missing)
    served = values["station"] if isinstance(values["station"], tuple) else (str(values["station"]),)
    categories = {c for name in served for c in parameter.classes.get(name, ())}
    shown = _shown(values, "")
    return Check(parameter, "fits" if str(values["vehicle"]) in categories else "differs", shown)


def _of_scheme(
    parameter: Parameter, declared: Declared, table: Interfaces, values: Mapping[str, Value], missing: tuple[str, ...]
) -> Check:
    """What the named schemes are made for, against what the sides declare of themselves."""
    for side, value in values.items():
        row = table.scheme(str(value))
        if row is None:
            continue
        if parameter.compare == "scheme_layout" and row.layout:
            own = declared[side].get(LAYOUTS[side])
            if own is not None and str(own) != row.layout:
                return Check(parameter, "differs", f"{row.title} is for {row.layout}; the {side} is {own}")
        category = declared.get("vehicle", {}).get("vehicle.category")
        if (
            parameter.compare == "scheme_class"
            and row.serves
            and category is not None
            and str(category) not in row.serves
        ):
            return Check(parameter, "differs", f"{row.title} is for {', '.join(row.serves)}; the vehicle is {category}")
    if missing:
        return Check(parameter, "undeclared", f"not declared: {', '.join(missing)}", missing)
    return Check(parameter, "fits", _shown(values, ""))


LAYOUTS = {"vehicle": "vehicle.swap_layout", "pack": "battery.swap_layout", "station": "swap_station.swap_layout"}
INTERFACES = {
    "vehicle": ("vehicle.swap_interfaces",),
    "pack": ("battery.swap_interfaces",),
    "station": ("swap_station.swap_interfaces", "swap_station.pack_protocol", "swap_station.vehicle_protocol"),
}


def _parts(parameter: Parameter, declared: Declared) -> Check:
    """A part of an interface standard both sides must name; a list that names none of the parts has not declared it."""
    said: dict[str, set[str]] = {}
    missing = []
    for side in SIDES:
        if side not in declared:
            continue
        values = [declared[side].get(name, ()) for name in INTERFACES[side]]
        entries = [e for v in values for e in (v if isinstance(v, tuple) else (str(v),))]
        listed = {e for e in entries if e in parameter.parts}
        if listed:
            said[side] = listed
        else:
            missing.append(INTERFACES[side][0])
    if len(said) > 1 and not set.intersection(*said.values()):
        shown = ", ".join(f"{side} {'/'.join(sorted(v))}" for side, v in said.items())
        return Check(parameter, "adaptable" if parameter.adapt else "differs", shown)
    if missing:
        return Check(parameter, "undeclared", f"no part for it is named in {', '.join(missing)}", tuple(missing))
    return Check(parameter, "fits", ", ".join(sorted(set.union(*said.values()))) if said else "no side takes part")
