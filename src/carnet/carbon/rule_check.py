"""What is wrong with a rule on vehicle carbon before any fleet meets it, as sentences.

The shape of a row is free where kinds of rules differ; here each kind asks for what its arithmetic needs, and every
name must be a property of a vehicle. The library's rows and a regulator's what-ifs are judged alike.
Reading order: wrong_with(), then one function per part.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any, get_args

from ..errors import nearest
from . import form
from .fleets import Vehicle
from .rule_kinds import OPERATORS

NUMBERS = {
    name
    for name, field in Vehicle.model_fields.items()
    if name not in ("model", "category", "powertrain", "cycle", "fuel", "pollutants")
}
POWERTRAINS = get_args(Vehicle.model_fields["powertrain"].annotation)
MEASURED = ("fleet_target", "bands", "limit", "minimum")


def wrong_with(row: form.RuleRow) -> list[str]:
    """Every problem of a row, the first word of each naming the part."""
    return [*_metric(row), *_words(row), *_steps(row), *_bands(row), *_money(row), *_adjust(row)]


def _name(part: str, name: str) -> str:
    near = nearest(name, NUMBERS)
    return f"{part}: vehicles have no number called {name!r}" + (f"; {near}" if near else "")


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _decimal(text: Any) -> bool:
    try:
        return Decimal(str(text)).is_finite()
    except InvalidOperation:
        return False


def _metric(row: form.RuleRow) -> Iterator[str]:
    of = row.metric.get("of")
    if row.kind in MEASURED and of is None and (row.steps or row.bands):
        yield f"metric: a rule of kind {row.kind} counts a number of each vehicle; say which (of: co2)"
    if of is not None and str(of) not in NUMBERS:
        yield _name("metric", str(of))
    if row.kind == "fleet_target" and not row.metric.get("unit"):
        yield "metric: say the unit of the target"
    plus = row.metric.get("plus", {})
    if not isinstance(plus, dict):
        yield "metric: plus is a number of the vehicle and its weight, as plus: {wh_km: 0.4}"
        return
    for name, weight in plus.items():
        if name not in NUMBERS:
            yield _name("metric", str(name))
        if not _number(weight):
            yield f"metric: {weight!r} is not a weight"


def _words(row: form.RuleRow) -> Iterator[str]:
    for part in ("applies", "of"):
        for name, words in getattr(row, part).items():
            if name not in ("category", "powertrain", "cycle", "fuel"):
                yield f"{part}: a vehicle has category and powertrain, not {name!r}"
            elif name == "powertrain":
                for word in sorted(set(words) - set(POWERTRAINS)):
                    yield f"{part}: {word!r} is no powertrain; known: {', '.join(POWERTRAINS)}"
    if row.kind in ("share_target", "credit_share") and not row.of and row.steps:
        yield f"of: a rule of kind {row.kind} says which vehicles count (of: {{powertrain: [bev]}})"


def _steps(row: form.RuleRow) -> Iterator[str]:
    for step in row.steps:
        if row.kind == "rates" and step.rate is None:
            yield "steps: every step of a rate has a rate"
        if step.cap and not _decimal(step.cap):
            yield f"steps: {step.cap!r} is not an amount"
        for name, wanted in step.when.items():
            if isinstance(wanted, list):
                if name not in Vehicle.model_fields:
                    yield _name("steps", name)
            elif not isinstance(wanted, dict):
                yield f"steps: {name} is a list of words, or bounds such as {{over: 100, up_to: 120}}"
            elif name not in NUMBERS:
                yield _name("steps", name)
            else:
                for bound, limit in wanted.items():
                    if bound not in OPERATORS or not _number(limit):
                        yield f"steps: {bound}: {limit!r} is no bound; known, with a number: {', '.join(OPERATORS)}"
    if row.kind == "rates" and row.base and row.base not in NUMBERS:
        yield _name("base", row.base)


def _bands(row: form.RuleRow) -> Iterator[str]:
    known = {str(row.metric.get("of")), *row.others}
    periods: dict[tuple[str, str], bool] = {}
    for band in row.bands:
        for name in sorted(set(band.limits) - known, key=str):
            yield f"bands: {band.band} limits {name!r}, which is neither the metric nor among others"
        key = (band.start, band.to)
        periods[key] = periods.get(key, False) or not band.limits
    for (start, _), closed in periods.items():
        if not closed:
            yield f"bands: from {start} no band takes what exceeds all limits; the last one has none"
    for band in row.amounts:
        if band.amount is not None and not _decimal(band.amount):
            yield f"amounts: {band.band}: {band.amount!r} is not an amount"


def _money(row: form.RuleRow) -> Iterator[str]:
    if row.money.get("per_unit_above") is not None:
        if not _decimal(row.money["per_unit_above"]):
            yield f"money: {row.money['per_unit_above']!r} is not an amount"
        for name in ("currency", "source"):
            if not row.money.get(name):
                yield f"money: an amount needs its {name}"


def _adjust(row: form.RuleRow) -> Iterator[str]:
    adjust = row.adjust
    if not adjust:
        return
    if adjust.get("missing"):
        if not adjust.get("asks"):
            yield "adjust: what is missing needs its question (asks)"
        return
    if str(adjust.get("by")) not in NUMBERS:
        yield _name("adjust", str(adjust.get("by")))
    for name in ("slope", "reference"):
        if not _number(adjust.get(name)):
            yield f"adjust: {name} is a number"
