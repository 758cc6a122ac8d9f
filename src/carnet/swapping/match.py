"""Interchangeable, adaptable or incompatible: a check of every deciding parameter, one by one.

An undeclared parameter gives no verdict, never `compatible`; the answer then names what to ask. A difference that the
table can bridge makes the pair adaptable; any other makes it incompatible and names the parameter.
Reading order: Check, Fit, fit(), _compare().
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from .interfaces import Interfaces, Item, Parameter

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
    checks = tuple(_compare(p, declared, table) for p in table.parameters)
    verdicts = {c.verdict for c in checks}
    scheme = ""
    if "differs" in verdicts:
        result: Literal["interchangeable", "adaptable", "incompatible", ""] = "incompatible"
    elif "undeclared" in verdicts:
        result = ""
    else:
        result = "adaptable" if "adaptable" in verdicts else "interchangeable"
    names = {
        str(declared[s][n])
        for p in table.parameters
        if p.compare == "scheme"
        for s in SIDES
        if s in declared and (n := _name(p, s)) in declared[s]
    }
    if len(names) == 1 and (row := table.scheme(names.pop())) is not None:
        scheme = row.title
    return Fit(result, checks, scheme)


def _name(parameter: Parameter, side: str) -> str:
    return str(getattr(parameter, side))


def _compare(parameter: Parameter, declared: Declared, table: Interfaces) -> Check:
    if parameter.compare == "part":
        return _parts(parameter, declared)
    sides = [s for s in SIDES if s in declared and _name(parameter, s)]
    missing = tuple(_name(parameter, s) for s in sides if _name(parameter, s) not in declared[s])
    values = [(s, declared[s][_name(parameter, s)]) for s in sides if _name(parameter, s) in declared[s]]
    if parameter.compare == "covers":
        return _covers(parameter, dict(values), missing)
    if parameter.compare == "scheme":
        for side, value in values:
            if several := table.ambiguous(str(value)):
                titles = ", ".join(s.title for s in several)
                says = f"the {side} names {value}, which holds {len(several)} schemes: {titles}"
                return Check(parameter, "undeclared", says, (_name(parameter, side),))
        keys = {(row.id if (row := table.scheme(str(v))) is not None else str(v).casefold()) for _, v in values}
    else:
        keys = {str(v).casefold() for _, v in values}
    shown = ", ".join(f"{side} {value}" for side, value in values)
    if len(keys) > 1:
        return Check(parameter, "adaptable" if parameter.adapt else "differs", shown)
    if missing:
        return Check(parameter, "undeclared", f"not declared: {', '.join(missing)}", missing)
    return Check(parameter, "fits", shown)


def _covers(parameter: Parameter, values: Mapping[str, Value], missing: tuple[str, ...]) -> Check:
    if missing:
        return Check(parameter, "undeclared", f"not declared: {', '.join(missing)}", missing)
    needs, has = values.get("pack"), values.get("station")
    if needs is None or has is None:
        return Check(parameter, "fits", "no such side takes part")
    says = (
        f"the pack needs {needs:g} {parameter.unit}, the station reaches {has:g} {parameter.unit}"
        if isinstance(needs, float) and isinstance(has, float)
        else f"{needs}, {has}"
    )
    if isinstance(needs, float) and isinstance(has, float) and has < needs:
        return Check(parameter, "adaptable" if parameter.adapt else "differs", says)
    return Check(parameter, "fits", says)


INTERFACES = {
    "vehicle": "vehicle.swap_interfaces",
    "pack": "battery.swap_interfaces",
    "station": "swap_station.swap_interfaces",
}


def _parts(parameter: Parameter, declared: Declared) -> Check:
    """A part of an interface standard both sides must name; a list that names none of the parts has not declared it."""
    said: dict[str, set[str]] = {}
    missing = []
    for side in SIDES:
        if side not in declared:
            continue
        value = declared[side].get(INTERFACES[side], ())
        listed = {v for v in (value if isinstance(value, tuple) else (str(value),)) if v in parameter.parts}
        if listed:
            said[side] = listed
        else:
            missing.append(INTERFACES[side])
    if len(said) > 1 and not set.intersection(*said.values()):
        shown = ", ".join(f"{side} {'/'.join(sorted(v))}" for side, v in said.items())
        return Check(parameter, "adaptable" if parameter.adapt else "differs", shown)
    if missing:
        return Check(parameter, "undeclared", f"no part for it is named in {', '.join(missing)}", tuple(missing))
    return Check(parameter, "fits", ", ".join(sorted(set.union(*said.values()))) if said else "no side takes part")


def open_items(shown: Mapping[str, set[str]], category: str, table: Interfaces) -> tuple[Item, ...]:
    """The lines of the station's checklist that no evidence covers.

    shown     kind of subject -> standards shown for it
    category  of the vehicle; an empty one leaves lines for certain categories open
    """
    return tuple(
        item
        for item in table.checklist
        if not item.optional
        and (not item.serves or not category or category in item.serves)
        and item.demands not in shown.get(item.about, set())
    )
