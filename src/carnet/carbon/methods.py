"""Set the open parameters of a method for a what-if: `recycling.a=0.5`, `electricity.accepts=direct_line,contract`.

A changed method is a what-if whatever its text says, and carries what was assumed. What a method's author left open is
asked for by the same names (carnet carbon methods).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from ..errors import BadInput, nearest
from ..words import month_days, span
from . import form
from .nouns import Method
from .tables import Tables, value_at


def assume(method: Method, path: str, raw: Any) -> Method:
    """The method with one parameter set; raises BadInput naming the nearest parameter or what is allowed."""
    try:
        old = value_at(method.form, path)
    except KeyError:
        near = nearest(path, parameters(method))
        raise BadInput(
            f"{method.id} has no parameter {path!r}"
            + (f"; {near}" if near else "")
            + f". Open parameters: {', '.join(o.parameter for o in method.form.open) or 'none'}"
        ) from None
    plain = method.form.model_dump(by_alias=True)
    at = plain
    *way, last = path.split(".")
    for step in way:
        at = at[step]
    if isinstance(old, form.Parameter):
        at[last] = {**at[last], "value": raw, "from": "", "by": ""}
    elif isinstance(old, dict) and not isinstance(raw, dict):
        at[last] = {"default": raw}
    else:
        at[last] = raw
    try:
        changed = form.MethodFile.model_validate(plain)
    except ValidationError as error:
        raise BadInput(f"{method.id}: {path} cannot be {raw!r}: {error.errors()[0]['msg'].lower()}") from None
    return replace(method, form=changed, assumed=(*method.assumed, (path, raw)))


def duties(method: Method) -> list[dict[str, Any]]:
    """When each duty of the text begins: a fixed day or so many months after entry into force, whichever is later.

    While the day of entry is unknown the date is None and only the earliest possible day is told.
    """
    found = []
    entered = method.form.entry_into_force
    for row in method.form.clock:
        begins = max(row.not_before, months_after(entered, row.months_after_entry)) if entered else None
        waits = "" if entered else f"{row.months_after_entry} months after entry into force, which is unknown"
        found.append({"duty": row.duty, "begins": begins, "not_before": row.not_before, "waits_for": waits})
    return found


def months_after(day: str, months: int) -> str:
    """The same day some months later; the last day of a shorter month."""
    year, month, number = (int(part) for part in span(day)[0].split("-"))
    year, month = year + (month - 1 + months) // 12, (month - 1 + months) % 12 + 1
    return f"{year:04d}-{month:02d}-{min(number, month_days(year, month)):02d}"


def parameters(method: Method) -> list[str]:
    """Every parameter of a method by its dotted name."""
    found = [f"parameters.{name}" for name in method.form.parameters]
    for section in (
        "functional_unit",
        "boundary",
        "cut_off",
        "allocation",
        "recycling",
        "electricity",
        "origins",
        "gwp",
        "rounding",
    ):
        for key, value in getattr(method.form, section).model_dump().items():
            if key not in ("source", "note"):
                found += [
                    f"{section}.{key}",
                    *(f"{section}.{key}.{k}" for k in (value if isinstance(value, dict) else ())),
                ]
    return found


def parse(text: str) -> tuple[str, str, Any]:
    """'qct:recycling.a=0.5' -> (method, parameter, value); lists are written with commas."""
    left, equals, raw = text.partition("=")
    method, colon, path = left.partition(":")
    if not equals or not colon:
        raise BadInput(f"--assume {text}: write METHOD:PARAMETER=VALUE, for example apec-joint:recycling.a=0.2")
    return method.strip(), path.strip(), _value(raw.strip(), path)


def _value(raw: str, path: str) -> Any:
    if raw in ("true", "false"):
        return raw == "true"
    if "," in raw or path.endswith((".accepts", ".factors", ".order", ".per", ".gases")):
        return [part.strip() for part in raw.split(",") if part.strip()]
    try:
        return int(raw) if raw.lstrip("-").isdigit() else float(raw)
    except ValueError:
        return raw


def chosen(tables: Tables, names: list[str], assumptions: list[str]) -> list[Method]:
    """The methods of these names with what a caller assumes; a method may be named once as it is and once assumed."""
    sets: dict[str, list[tuple[str, Any]]] = {}
    for text in assumptions:
        name, path, value = parse(text)
        sets.setdefault(tables.method(name).id, []).append((path, value))
    found = []
    for name in names:
        method = tables.method(name)
        for path, value in sets.get(name, []):
            method = assume(method, path, value)
        found.append(method)
    return found
