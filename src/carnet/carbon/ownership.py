"""What owning vehicles costs and emits, and how an operator meets the local rule and still earns.

Money is the present value of what one vehicle costs over the years: price, charger, energy, maintenance, a second
battery, minus what it is worth at the end; per km it is divided by the present value of its kilometers, so that a fare
of that height pays for it. Emissions are energy by the library's factors, and production where the file states it.
Each model is compared with the first one; break-evens say at which price, distance or energy price the two are even.
The plan is the cheapest purchase of as many vehicles as the file lists that keeps the market's share of zero-emission
vehicles. What nobody has priced is listed, and every total that needs it stays open.
Reading order: owned(), cost_of(), emitted_by(), break_even(), plan().
"""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal
from types import SimpleNamespace
from typing import Any

from .background import GRID, build
from .case import matches
from .fleets import FleetForm, Vehicle
from .nouns import Method
from .ownership_file import EnergyBlock, OwnershipFile, VehicleRow
from .rules import evaluate
from .tables import Tables

SCHEMA = "carnet/carbon-ownership/1"


def owned(shaped: OwnershipFile, tables: Tables, on: str) -> dict[str, Any]:
    """Every model with cost and emissions, the market's rules for the purchase, and the cheapest that keeps them."""
    missing: list[str] = []
    rows = []
    for vehicle in shaped.vehicles:
        cost, lacks = cost_of(vehicle, shaped)
        tonnes, unknown = emitted_by(vehicle, shaped, tables)
        missing += [m for m in (*lacks, *unknown) if m not in missing]
        rows.append({"model": vehicle.model, "units": vehicle.units, **_shown(vehicle, shaped, cost, tonnes)})
    first = shaped.vehicles[0]
    for vehicle, row in zip(shaped.vehicles, rows, strict=True):
        row["against_first"] = None if vehicle is first else break_even(vehicle, first, shaped, tables)
    fleet = as_fleet(shaped)
    rules = evaluate(tables, fleet, on, [shaped.market])["rules"]
    return {
        "schema": SCHEMA,
        "title": shaped.title,
        "on": on,
        "market": shaped.market,
        "currency": shaped.currency,
        "years": shaped.years,
        "discount_rate": shaped.discount_rate,
        "vehicles": rows,
        "missing": missing,
        "rules": rules,
        "asks": silences(shaped, rules),
        "plan": plan(shaped, tables, rules),
    }


def silences(shaped: OwnershipFile, rules: list[dict[str, Any]]) -> list[str]:
    """Models of which no rule of the market speaks: a question, never "no rule"."""
    spoken = {m for r in rules if r["state"] not in ("not_applicable", "not_yet") for m in r["vehicles"]}
    return [
        f"Which rule on carbon holds for {v.model} ({v.category}) here? None that this library knows speaks of it."
        for v in shaped.vehicles
        if v.model not in spoken
    ]


def _d(value: Any) -> Decimal:
    return Decimal(str(value))


def annuity(shaped: OwnershipFile) -> Decimal | None:
    """The present value of one unit of money at the end of every year; None without a rate."""
    if shaped.discount_rate is None:
        return None
    rate = _d(shaped.discount_rate)
    return sum(((1 + rate) ** -year for year in range(1, shaped.years + 1)), Decimal(0))


def cost_of(vehicle: VehicleRow, shaped: OwnershipFile) -> tuple[dict[str, Decimal] | None, list[str]]:
    """(present values of one vehicle by part, what is not priced); None when anything is missing."""
    energy = shaped.energies[vehicle.energy]
    asked: dict[str, Any] = {
        "discount_rate": shaped.discount_rate,
        f"energies.{vehicle.energy}.price": energy.price,
        f"{vehicle.model}: price": vehicle.price,
        f"{vehicle.model}: charger_per_vehicle": vehicle.charger_per_vehicle,
        f"{vehicle.model}: maintenance_per_km": vehicle.maintenance_per_km,
        f"{vehicle.model}: other_per_year": vehicle.other_per_year,
        f"{vehicle.model}: residual": vehicle.residual,
    }
    if vehicle.battery:
        asked[f"{vehicle.model}: battery.price"] = vehicle.battery.price
    missing = [name for name, value in asked.items() if value is None]
    years = annuity(shaped)
    if missing or years is None:
        return None, missing
    rate, km = 1 + _d(shaped.discount_rate), _d(vehicle.km_per_year)
    battery = _d(vehicle.battery.price) / rate**vehicle.battery.year if vehicle.battery else Decimal(0)
    return {
        "purchase": _d(vehicle.price),
        "charger": _d(vehicle.charger_per_vehicle),
        "energy": years * km * _d(vehicle.use_per_km) * _d(energy.price),
        "maintenance": years * km * _d(vehicle.maintenance_per_km),
        "other": years * _d(vehicle.other_per_year),
        "battery": battery,
        "residual": -_d(vehicle.residual) / rate**shaped.years,
    }, []


def factor_of(energy: EnergyBlock, method: Method, tables: Tables) -> Decimal | None:
    """kgCO2e per unit of an energy, its chain included; None when the library has no item for it."""
    name = energy.item or (GRID if energy.unit == "kWh" else "")
    order = list(method.form.electricity.factors)
    if not name or (name == GRID and not any((o, energy.region) in tables.factors for o in order)):
        return None
    row = tables.find(name, energy.region) or tables.find(order[-1], energy.region)
    if row is None or row.unit not in ("MJ", energy.unit) or (row.unit == "MJ" and energy.mj_per_unit is None):
        return None
    per = _d(energy.mj_per_unit) if row.unit == "MJ" else Decimal(1)
    library: Any = SimpleNamespace(factors=tables.factors, find=tables.find)  # no inventory: the library alone
    background = build(library, [(name, energy.region)], order, tables.gases, tables.units)
    weights = tables.gases.weights(method.form.gwp, method.form.origins)
    return per * _d(repr(float(background.system.intensities(weights)[0])))


def emitted_by(
    vehicle: VehicleRow, shaped: OwnershipFile, tables: Tables
) -> tuple[dict[str, Decimal] | None, list[str]]:
    """(tCO2e of one vehicle over the years, from energy and production; what is unknown)."""
    method = tables.method(shaped.method)
    factor = factor_of(shaped.energies[vehicle.energy], method, tables)
    unknown = [f"{vehicle.model}: production_t"] if vehicle.production_t is None else []
    if factor is None:
        return None, [*unknown, f"energies.{vehicle.energy}: an item of the library for what it emits"]
    energy = factor * _d(vehicle.use_per_km) * _d(vehicle.km_per_year) * shaped.years / 1000
    return {"energy": energy, "production": _d(vehicle.production_t or 0)}, unknown


def _shown(
    vehicle: VehicleRow, shaped: OwnershipFile, cost: dict[str, Decimal] | None, tonnes: dict[str, Decimal] | None
) -> dict[str, Any]:
    """Cost and emissions of a model for the answer; None where something is missing."""
    total = sum(cost.values(), Decimal(0)) if cost else None
    years = annuity(shaped)
    per_km = total / (years * _d(vehicle.km_per_year)) if total is not None and years else None
    margin = _d(vehicle.revenue_per_km) - per_km if per_km is not None and vehicle.revenue_per_km is not None else None
    km = _d(vehicle.km_per_year) * shaped.years
    return {
        "cost": {k: _money(v) for k, v in cost.items()} if cost else None,
        "total": _money(total),
        "per_km": _money(per_km, 4),
        "earns_per_km": _money(margin, 4),
        "emissions": {k: float(v) for k, v in tonnes.items()} if tonnes else None,
        "emissions_total": float(sum(tonnes.values(), Decimal(0))) if tonnes else None,
        "emissions_g_per_km": float(sum(tonnes.values(), Decimal(0)) * 1_000_000 / km) if tonnes else None,
        "production_counted": vehicle.production_t is not None,
    }


def _money(value: Decimal | None, digits: int = 2) -> str | None:
    return None if value is None else str(value.quantize(Decimal(1).scaleb(-digits)))


def break_even(vehicle: VehicleRow, first: VehicleRow, shaped: OwnershipFile, tables: Tables) -> dict[str, Any]:
    """A model beside the first: what it saves, and where the two are even.

    price        the purchase price at which it costs the same per km
    energy_price of its energy, likewise; None when no price of zero or more does it
    km_per_year  the distance at which both cost the same when both drive it; None when none does
    """
    years = annuity(shaped)
    mine, _ = cost_of(vehicle, shaped)
    theirs, _ = cost_of(first, shaped)
    answer: dict[str, Any] = {"per_km": None, "price": None, "energy_price": None, "km_per_year": None}
    if mine and theirs and years:
        km, other = _d(vehicle.km_per_year), _d(first.km_per_year)
        allowed = sum(theirs.values(), Decimal(0)) / other * km  # what mine may cost in all to be even per km
        gap = allowed - sum(mine.values(), Decimal(0))
        answer["per_km"] = _money(-gap / (years * km), 4)
        answer["price"] = _money(mine["purchase"] + gap)
        price = _d(shaped.energies[vehicle.energy].price) + gap / (years * km * _d(vehicle.use_per_km))
        answer["energy_price"] = _money(price, 4) if price >= 0 else None
        answer["km_per_year"] = _even_distance(vehicle, first, mine, theirs, years)
    ours, _ = emitted_by(vehicle, shaped, tables)
    rest, _ = emitted_by(first, shaped, tables)
    answer["emissions"] = answer["cost_per_t"] = None
    if ours and rest and vehicle.production_t is not None and first.production_t is not None:
        scale = _d(vehicle.km_per_year) / _d(first.km_per_year)
        saved = sum(rest.values(), Decimal(0)) * scale - sum(ours.values(), Decimal(0))
        answer["emissions"] = float(-saved)
        if mine and theirs and saved > 0:
            dearer = sum(mine.values(), Decimal(0)) - sum(theirs.values(), Decimal(0)) * scale
            answer["cost_per_t"] = _money(dearer / saved)
    return answer


def _even_distance(
    vehicle: VehicleRow, first: VehicleRow, mine: dict[str, Decimal], theirs: dict[str, Decimal], years: Decimal
) -> str | None:
    """Kilometers a year at which fixed and running costs of both add up to the same."""
    running = ("energy", "maintenance")
    fixed = [sum((v for k, v in c.items() if k not in running), Decimal(0)) for c in (mine, theirs)]
    per_km = [
        sum((c[k] for k in running), Decimal(0)) / _d(v.km_per_year) for c, v in ((mine, vehicle), (theirs, first))
    ]
    slope = per_km[1] - per_km[0]
    found = (fixed[0] - fixed[1]) / slope if slope else Decimal(-1)
    return str(found.quantize(Decimal(1), ROUND_CEILING)) if found > 0 else None


def as_fleet(shaped: OwnershipFile) -> FleetForm:
    """The purchase as a fleet, so that the market's rules can be asked."""
    return FleetForm(
        carnet="fleet/1",
        title=shaped.title,
        vehicles=[
            Vehicle(model=v.model, category=v.category, powertrain=v.powertrain, sales=v.units, price=v.price)
            for v in shaped.vehicles
        ],
    )


def plan(shaped: OwnershipFile, tables: Tables, rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """For each share of powertrains the market asks for: the cheapest purchase of as many vehicles that keeps it.

    Every vehicle of the purchase does the same work: models are compared by cost per km, times the kilometers of the
    fleet as listed. None where a price is missing.
    """
    out = []
    for answer in rules:
        shown = answer.get("outcome") or answer.get("indication") or {}
        if answer["kind"] != "share_target" or "target_percent" not in shown:
            continue
        rule = tables.rules[answer["rule"]][1]
        under = [v for v in as_fleet(shaped).vehicles if matches(v, rule.applies)]
        rows = [v for v in shaped.vehicles if v.model in {u.model for u in under}]
        total = sum(v.units for v in rows)
        needs = int((Decimal(shown["target_percent"]) / 100 * total).to_integral_value(ROUND_CEILING))
        wanted = {u.model for u in under if matches(u, rule.of)}
        has = sum(v.units for v in rows if v.model in wanted)
        row = {
            "rule": answer["rule"],
            "state": answer["state"],
            "vehicles": total,
            "needs": needs,
            "has": has,
            "short_by": max(0, needs - has),
            "cheapest": None,
            "because": "",
        }
        priced = {v.model: _per_km(v, shaped) for v in rows}
        unpriced = sorted(m for m, cost in priced.items() if cost is None)
        if unpriced:
            row["because"] = f"not every price is known: {', '.join(unpriced)}"
        elif not wanted:
            row["because"] = "no listed model counts towards the share"
        elif rows and total:
            row["cheapest"] = _cheapest(rows, {m: c for m, c in priced.items() if c is not None}, wanted, needs, total)
        out.append(row)
    return out


def _per_km(vehicle: VehicleRow, shaped: OwnershipFile) -> Decimal | None:
    cost, years = cost_of(vehicle, shaped)[0], annuity(shaped)
    return sum(cost.values(), Decimal(0)) / (years * _d(vehicle.km_per_year)) if cost and years else None


def _cheapest(
    rows: list[VehicleRow], per_km: dict[str, Decimal], wanted: set[str], needs: int, total: int
) -> dict[str, Any]:
    """As many of the cheapest wanted model as the share needs, the cheapest of all for the rest."""
    best = min(per_km, key=lambda m: (per_km[m], m))
    clean = min(wanted, key=lambda m: (per_km[m], m))
    count = {clean: needs} if best != clean else {clean: total}
    if best != clean:
        count[best] = total - needs
    km = sum((_d(v.km_per_year) * v.units for v in rows), Decimal(0)) / total
    listed = sum((per_km[v.model] * v.units for v in rows), Decimal(0)) * km
    cost = sum((per_km[m] * n for m, n in count.items()), Decimal(0)) * km
    free = per_km[best] * total * km
    return {
        "units": {m: n for m, n in count.items() if n},
        "per_year": _money(cost),
        "as_listed_per_year": _money(listed),
        "without_the_rule_per_year": _money(free),
        "rule_costs_per_year": _money(cost - free),
    }
