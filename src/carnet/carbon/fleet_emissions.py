"""What a fleet of new vehicles emits over its life: tailpipe, the electricity it charges, the making of its fuel.

Type-approval numbers times the distance the fleet file states: good for comparing policies, not a forecast of the road.
Numbers of different test cycles are added only in one stated cycle, through stated conversions.
Reading order: Emitted, emitted(). Tonnes of CO2 (tailpipe) and of CO2e (electricity and fuel).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from .fleets import FleetForm, Vehicle
from .tables import Tables


@dataclass(slots=True)
class Emitted:
    """Tonnes over the life of all vehicles sold, and what hinders a sum."""

    tailpipe: Decimal = Decimal(0)
    electricity: Decimal = Decimal(0)
    fuel_making: Decimal = Decimal(0)
    by_model: dict[str, Decimal] = field(default_factory=dict)
    asks: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        return not self.asks and not self.missing

    @property
    def total(self) -> Decimal:
        return self.tailpipe + self.electricity + self.fuel_making

    def plain(self) -> dict[str, Any]:
        """For an answer: the total is None when something hinders it."""
        shown = {k: round(float(getattr(self, k)), 6) for k in ("tailpipe", "electricity", "fuel_making", "total")}
        return {
            **{k: v if self.complete else None for k, v in shown.items()},
            "unit": "t",
            "asks": self.asks,
            "missing": self.missing,
        }


def emitted(fleet: FleetForm, tables: Tables, vehicles: list[Vehicle] | None = None) -> Emitted:
    """The lifetime emissions of these vehicles (all when None)."""
    found, use = Emitted(), fleet.use
    chosen = fleet.vehicles if vehicles is None else vehicles
    if use is None:
        found.missing.append("use: km_per_year, years, region and because")
        return found
    grid = tables.find("electricity", use.region)
    if grid is None:
        found.missing.append(f"a grid factor of {use.region!r}")
        return found
    grams = Decimal(str(sum(v for _, v in grid.flows)))  # kg/kWh, which is g/Wh
    cycles = {v.cycle for v in chosen if v.co2 or v.wh_km}
    wanted = use.cycle or (next(iter(cycles)) if len(cycles) == 1 else "")
    if len(cycles) > 1 and not use.cycle:
        shown = ", ".join(sorted(c or "a cycle nobody stated" for c in cycles))
        found.asks.append(f"numbers of {shown} cannot be added: which cycle do they all count in (use.cycle)?")
        return found
    for vehicle in chosen:
        scale = _conversion(fleet, vehicle, wanted)
        if scale is None:
            found.asks.append(f"{vehicle.model} was measured by {vehicle.cycle}: which conversion to {wanted} holds?")
            continue
        distance = Decimal(str(vehicle.sales)) * Decimal(str(use.km_per_year)) * Decimal(str(use.years)) * scale
        burns, charges = vehicle.powertrain not in ("bev", "fcev"), vehicle.powertrain in ("bev", "phev")
        absent = [
            name for name, wants in (("co2", burns), ("wh_km", charges)) if wants and getattr(vehicle, name) is None
        ]
        if vehicle.powertrain == "fcev":
            absent.append("the emissions of its hydrogen, which this comparison does not know")
        found.missing += [f"{vehicle.model}: {name}" for name in absent]
        tail = distance * Decimal(str(vehicle.co2 or 0)) / 1_000_000
        power = distance * Decimal(str(vehicle.wh_km or 0)) * grams / 1_000_000
        making = tail * _upstream(vehicle, tables)
        found.tailpipe += tail
        found.electricity += power
        found.fuel_making += making
        found.by_model[vehicle.model] = tail + power + making
    return found


def _conversion(fleet: FleetForm, vehicle: Vehicle, wanted: str) -> Decimal | None:
    """What brings a vehicle's numbers to the wanted cycle; None when nobody stated it."""
    if vehicle.cycle == wanted or not (vehicle.co2 or vehicle.wh_km):
        return Decimal(1)
    found = next((c for c in fleet.conversions if (c.start, c.to) == (vehicle.cycle, wanted)), None)
    return Decimal(str(found.factor)) if found else None


def _upstream(vehicle: Vehicle, tables: Tables) -> Decimal:
    """Making the fuel per burning it, by the library's factors; nothing when the file names no fuel."""
    made, burned = (tables.find(f"fuel.{vehicle.fuel}.{part}", "") for part in ("made", "burned"))
    if not vehicle.fuel or made is None or burned is None:
        return Decimal(0)
    share: Decimal = Decimal(str(sum(v for _, v in made.flows))) / Decimal(str(sum(v for _, v in burned.flows)))
    return share
