"""The file of an operator who buys vehicles: what they cost, use and earn, each with its unit; null is "ask me".

    carnet: ownership/1
    market: xx
    method: iso14067-2018
    currency: XXX
    years: 12
    discount_rate: 0.08
    energies: {electricity: {price: 0.11, unit: kWh, region: xx}, diesel: {price: null, unit: L, mj_per_unit: 36}}
    vehicles:
      - {model: Bus E, category: M3, powertrain: bev, units: 20, km_per_year: 60000, energy: electricity,
         use_per_km: 1.2, price: 250000, maintenance_per_km: null}

No price is known to this library, and none stands in for another: what is null is listed and the totals that need it
stay open.
Reading order: EnergyBlock, VehicleRow, OwnershipFile, read_ownership().
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from .. import reading
from ..errors import BadInput, Problem, nearest
from .fleets import Block, Number


class EnergyBlock(Block):
    """One energy carrier: its price, and what a unit emits by items of the library."""

    price: Number | None = Field(ge=0, description="Per unit, in the file's currency; null when nobody has said.")
    unit: Literal["kWh", "L", "kg", "m3"]
    region: str = Field(default="", description="Of electricity: the economy whose grid it comes from.")
    item: str = Field(default="", description="Item of the library that is emitted per MJ or kWh of it.")
    mj_per_unit: Number | None = Field(default=None, gt=0, description="Of a fuel: its heat, which the file states.")
    because: str = ""


class BatteryBlock(Block):
    """A second battery within the years counted."""

    year: int = Field(ge=1)
    price: Number | None = Field(ge=0)


class VehicleRow(Block):
    model: str
    category: str
    powertrain: Literal["bev", "fcev", "phev", "hev", "mhev", "ice"]
    units: int = Field(ge=0)
    km_per_year: Number = Field(gt=0)
    energy: str
    use_per_km: Number = Field(gt=0, description="Units of the energy per km, charging losses included.")
    price: Number | None = Field(ge=0)
    charger_per_vehicle: Number | None = Field(default=0, ge=0, description="Share of depot charging per vehicle.")
    maintenance_per_km: Number | None = Field(ge=0)
    other_per_year: Number | None = Field(default=0, description="Insurance, driver, tax ... as far as they differ.")
    battery: BatteryBlock | None = None
    residual: Number | None = Field(default=0, ge=0, description="Worth at the end of the years.")
    revenue_per_km: Number | None = None
    production_t: Number | None = Field(default=None, ge=0, description="tCO2e to make one vehicle, from a footprint.")
    because: str = ""


class OwnershipFile(Block):
    carnet: Literal["ownership/1"]
    title: str = ""
    market: str
    method: str = Field(description="The method whose warming factors and electricity rule hold.")
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    years: int = Field(ge=1, le=50)
    discount_rate: Number | None = Field(ge=0, lt=1, description="Per year, real; null asks for it.")
    energies: dict[str, EnergyBlock] = Field(min_length=1)
    vehicles: list[VehicleRow] = Field(min_length=1)
    because: str = ""


def read_ownership(path: Path, items: Any) -> OwnershipFile:
    """The file of an operator; raises BadInput with every problem. `items` are the items of the library."""
    document = reading.read(path, str(path))
    shaped = reading.shape(document, OwnershipFile)
    problems = []
    for name, energy in shaped.energies.items():
        place = document.at(("energies", name))
        if energy.item and energy.item not in items:
            near = nearest(energy.item, items)
            problems.append(Problem(place, f"no item is called {energy.item!r}" + (f"; {near}" if near else "")))
        if energy.unit == "kWh" and not energy.item and not energy.region:
            problems.append(Problem(place, f"{name}: says neither a region nor an item", "Name the grid: region: xx."))
        if energy.unit != "kWh" and energy.item and energy.mj_per_unit is None:
            problems.append(
                Problem(
                    place,
                    f"{name}: {energy.item} emits per MJ, and nobody says how many MJ one {energy.unit} has",
                    "State mj_per_unit with its because.",
                )
            )
    models = [v.model for v in shaped.vehicles]
    for number, row in enumerate(shaped.vehicles):
        place = document.at(("vehicles", number))
        if row.energy not in shaped.energies:
            near = nearest(row.energy, shaped.energies)
            problems.append(Problem(place, f"no energy is called {row.energy!r}" + (f"; {near}" if near else "")))
        if row.model in models[:number]:
            problems.append(
                Problem(place, f"model {row.model!r} stands twice", "Add up its units, or name the variants.")
            )
        if row.battery and row.battery.year > shaped.years:
            problems.append(
                Problem(
                    place, f"{row.model}: a battery of year {row.battery.year} lies after the {shaped.years} counted"
                )
            )
    if problems:
        raise BadInput(problems)
    return shaped
