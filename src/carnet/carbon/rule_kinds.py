"""The arithmetic of each kind of rule: an average against a target, bands, rates, shares, credits, limits.

Each function fills the outcome of a Case and says whether the rule has begun on its day. What it cannot know it asks.
Money is decimal.
Reading order: KINDS at the end, then one function per kind.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from .case import Case, holds, matches
from .fleets import Vehicle


def fleet_target(case: Case) -> bool:
    """The sales-weighted average against the target of the period, with what is owed for being off it."""
    steps = case.steps()
    if not steps:
        return False
    values = [(v, case.metric(v)) for v in case.vehicles]
    known = [(v, m) for v, m in values if m is not None]
    sales = sum((Decimal(str(v.sales)) for v, _ in known), Decimal(0))
    if steps[0].value is None:
        case.ask(case.rule.asks or "Which target holds? It was not found.")
        return True
    if not sales or len(known) < len(values):
        return True
    target = _target(case, known, sales, Decimal(str(steps[0].value)))
    if case.rule.average == "harmonic":
        average = sales / sum((Decimal(str(v.sales)) / m for v, m in known), Decimal(0))
    else:
        average = sum((Decimal(str(v.sales)) * m for v, m in known), Decimal(0)) / sales
    gap = average - target if case.rule.better == "lower" else target - average
    units = gap * sales
    if case.rule.average == "arithmetic":  # without dividing by the sales first, so that money stays exact
        units = sum((Decimal(str(v.sales)) * (m - target) for v, m in known), Decimal(0))
        units = units if case.rule.better == "lower" else -units
    case.outcome = {
        "average": average,
        "target": target,
        "unit": case.rule.metric["unit"],
        "cycle": case.rule.cycle,
        "meets": gap <= 0,
        "distance": gap,
        "vehicles": sales,
    }
    money = case.rule.money
    if money.get("per_unit_above"):
        owed = max(Decimal(0), units) * Decimal(money["per_unit_above"])
        case.outcome |= {"owes": owed, "currency": money["currency"], "credits": max(Decimal(0), -units)}
        if money["source"] not in case.sources:
            case.sources.append(money["source"])
    elif money.get("asks") and gap > 0:
        case.ask(money["asks"])
    return True


def _target(case: Case, known: list[tuple[Vehicle, Decimal]], sales: Decimal, headline: Decimal) -> Decimal:
    """The target adjusted by what each vehicle weighs, or the headline with the question that is left."""
    adjust = case.rule.adjust
    if not adjust:
        return headline
    if adjust.get("missing"):
        case.ask(adjust["asks"])
        return headline
    total = Decimal(0)
    for vehicle, _ in known:
        weight = getattr(vehicle, adjust["by"])
        if weight is None:
            case.lack(f"{vehicle.model}: {adjust['by']}")
            return headline
        own = headline + Decimal(str(adjust["slope"])) * (Decimal(str(weight)) - Decimal(str(adjust["reference"])))
        total += own * Decimal(str(vehicle.sales))
    return total / sales


def bands(case: Case) -> bool:
    """Each vehicle's band, the worst of its numbers deciding, and the amount of the band."""
    limits = [b for b in case.rule.bands if holds(b.start, b.to, case.on)]
    amounts = {b.band: b for b in case.rule.amounts if holds(b.start, b.to, case.on)}
    for row in (*limits, *amounts.values()):
        case.note(row.standing, row.source)
    if not limits and not amounts:
        return False
    if not limits:
        case.ask(case.rule.asks or "Where do the bands lie? They were not found.")
        case.outcome = {"amounts": {b.band: b.amount for b in amounts.values()}, "currency": case.rule.currency}
        return True
    rows, total = [], Decimal(0)
    for vehicle in case.vehicles:
        value = case.metric(vehicle)
        absent = [p for p in case.rule.others if p not in vehicle.pollutants]
        for pollutant in absent:
            case.lack(f"{vehicle.model}: {pollutant}")
        if value is None or absent:
            continue
        numbers = {case.rule.metric["of"]: value} | {p: Decimal(str(vehicle.pollutants[p])) for p in case.rule.others}
        band = next(b.band for b in limits if all(numbers[k] <= Decimal(str(most)) for k, most in b.limits.items()))
        paid = amounts[band].amount if band in amounts else None
        amount = Decimal(paid) if paid is not None else None
        if amount is None:
            case.ask(f"Which amount belongs to band {band} on {case.on}? It was not found.")
        else:
            total += amount * Decimal(str(vehicle.sales))
        rows.append({"model": vehicle.model, "band": band, "counts": value, "amount": amount})
    if rows:
        case.outcome = {"vehicles": rows, "total": total, "currency": case.rule.currency, "sign": case.rule.sign}
    return True


def rates(case: Case) -> bool:
    """Each vehicle's rate by the first step whose condition it meets, on the base the rule names."""
    steps = case.steps()
    if not steps:
        return False
    rows: list[dict[str, Any]] = []
    for vehicle in case.vehicles:
        verdicts = [(s, _when(case, vehicle, s.when)) for s in steps]
        found = next((s for s, v in verdicts if v), None)
        if found is None:
            if any(v is None for _, v in verdicts):
                continue
            rows.append({"model": vehicle.model, "rate_percent": None})
            if not case.rule.note and not case.rule.asks:
                continue
            case.ask(f"No known step fits {vehicle.model} on {case.on}: {case.rule.note or case.rule.asks}")
            continue
        base = getattr(vehicle, case.rule.base, None)
        rate = Decimal(str(found.rate))
        amount = Decimal(str(base)) * rate / 100 if base is not None else None
        if amount is not None and found.cap:
            cap = Decimal(found.cap)
            amount = max(-cap, min(cap, amount))
        rows.append(
            {"model": vehicle.model, "rate_percent": rate, "base": case.rule.base, "amount": amount, "cap": found.cap}
        )
    rated = [r for r in rows if r["rate_percent"] is not None]
    if rated:
        case.outcome = {"vehicles": rows}
    elif rows and not case.asks:
        case.outcome = {"vehicles": rows, "says": "no step of the rule speaks of these vehicles"}
    return True


def _when(case: Case, vehicle: Vehicle, when: dict[str, Any]) -> bool | None:
    """Whether a vehicle meets a step's condition; None when a number is not stated or of another cycle."""
    if any(isinstance(wanted, list) and getattr(vehicle, key) not in wanted for key, wanted in when.items()):
        return False
    for key, wanted in when.items():
        if isinstance(wanted, dict):
            if case.rule.metric.get("of") == key:
                value = case.metric(vehicle)
            else:
                raw = getattr(vehicle, key)
                value = None if raw is None else Decimal(str(raw))
                if raw is None:
                    case.lack(f"{vehicle.model}: {key}")
            if value is None:
                return None
            if not all(OPERATORS[op](value, Decimal(str(limit))) for op, limit in wanted.items()):
                return False
    return True


OPERATORS: dict[str, Callable[[Decimal, Decimal], bool]] = {
    "over": lambda a, b: a > b,
    "at_least": lambda a, b: a >= b,
    "up_to": lambda a, b: a <= b,
    "under": lambda a, b: a < b,
}


def share_target(case: Case) -> bool:
    """The share of sales of the wanted powertrains against the share the period asks for."""
    steps = case.steps()
    if not steps:
        return False
    sales = sum((Decimal(str(v.sales)) for v in case.vehicles), Decimal(0))
    if sales and steps[0].value is not None:
        wanted = sum((Decimal(str(v.sales)) for v in case.vehicles if matches(v, case.rule.of)), Decimal(0))
        share = wanted / sales * 100
        target = Decimal(str(steps[0].value))
        case.outcome = {"share_percent": share, "target_percent": target, "meets": share >= target}
        case.outcome["short_by"] = max(Decimal(0), (target - share) / 100 * sales)
    return True


def credit_share(case: Case) -> bool:
    """How many credits a maker needs: a share of the sales of the named powertrains. What models earn is a question."""
    steps = case.steps()
    if not steps:
        return False
    base = sum((Decimal(str(v.sales)) for v in case.vehicles if matches(v, case.rule.of)), Decimal(0))
    if steps[0].value is not None:
        case.outcome = {
            "needs_credits": base * Decimal(str(steps[0].value)) / 100,
            "share_percent": steps[0].value,
            "of_sales": base,
        }
    return True


def limit(case: Case) -> bool:
    """Each vehicle against a value of its own."""
    steps = case.steps()
    if not steps:
        return False
    if steps[0].value is None:
        case.ask(case.rule.asks or "Which value holds? It was not found.")
        return True
    bound = Decimal(str(steps[0].value))
    rows = []
    for vehicle in case.vehicles:
        value = case.metric(vehicle)
        if value is not None:
            meets = value <= bound if case.rule.better == "lower" else value >= bound
            rows.append({"model": vehicle.model, "value": value, "limit": bound, "meets": meets})
    case.outcome = {"vehicles": rows} if rows else {}
    return True


def notice(case: Case) -> bool:
    """A text without arithmetic of its own: its question is the answer."""
    return bool(case.steps())


KINDS: dict[str, Callable[[Case], bool]] = {
    "fleet_target": fleet_target,
    "bands": bands,
    "rates": rates,
    "share_target": share_target,
    "credit_share": credit_share,
    "limit": limit,
    "minimum": limit,
    "notice": notice,
}
