"""A fleet as a maker or importer sells it: models with their sales and what was measured on them.

    carnet: fleet/1
    conversions: [{from: WLTC, to: NEDC, factor: 0.87, because: "regulator's table, 2025"}]
    vehicles:
      - {model: A, category: M1, powertrain: bev, sales: 1200, co2: 0, wh_km: 140, cycle: WLTC}

Numbers keep their test cycle. Two cycles meet only through a conversion the file states, with its because. Vehicles
may also stand in a CSV beside the file (`sheet`), its columns named like the keys.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from .. import reading
from ..errors import BadInput, Problem
from ..project import files
from ..waist import Place
from .sheets import read_rows

Number = int | Annotated[float, Field(allow_inf_nan=False)]


class Block(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Conversion(Block):
    start: str = Field(alias="from")
    to: str
    factor: Number = Field(gt=0)
    because: str


class Vehicle(Block):
    model: str
    category: str
    powertrain: Literal["bev", "fcev", "phev", "hev", "mhev", "ice"]
    sales: Number = Field(ge=0)
    cycle: str = ""
    co2: Number | None = Field(default=None, ge=0, description="gCO2/km from the tailpipe")
    wh_km: Number | None = Field(default=None, ge=0)
    fuel_l_100km: Number | None = Field(default=None, ge=0)
    economy_km_l: Number | None = Field(default=None, gt=0)
    economy_mpg: Number | None = Field(default=None, gt=0)
    mass_kg: Number | None = Field(default=None, gt=0)
    range_km: Number | None = Field(default=None, ge=0)
    fuel: Literal["", "gasoline", "diesel"] = Field(default="", description="So that making the fuel is counted too.")
    price: Number | None = Field(default=None, ge=0)
    additional_registration_fee: Number | None = Field(default=None, ge=0)
    recyclable_percent: Number | None = Field(default=None, ge=0, le=100)
    pollutants: dict[str, Number] = Field(default={}, description="hc, co, nox in g/km, pm in mg/km")


class Use(Block):
    """How the vehicles are driven: what turns grams per kilometer into tonnes."""

    km_per_year: Number = Field(gt=0)
    years: Number = Field(gt=0)
    region: str = Field(description="The economy whose grid charges them.")
    cycle: str = Field(default="", description="The cycle all numbers are brought to before they are added.")
    because: str = Field(description="Where these numbers come from.")


class FleetForm(Block):
    carnet: Literal["fleet/1"]
    title: str = ""
    conversions: list[Conversion] = []
    vehicles: list[Vehicle] = []
    sheet: str = ""
    use: Use | None = None


def read_fleet(path: Path) -> FleetForm:
    """A fleet file -> its form; raises BadInput with every problem."""
    document = reading.read(path, str(path))
    fleet = reading.shape(document, FleetForm)
    problems = []
    if fleet.sheet:
        try:
            files.digest(path.parent, fleet.sheet)
            rows = read_rows(path.parent / fleet.sheet)
        except ValueError as error:
            raise BadInput([Problem(document.at(("sheet",)), f"{fleet.sheet}: {error}")]) from None
        head = [str(c).strip() for c in rows[0][1]] if rows else []
        for line, cells in rows[1:]:
            row = {head[i]: str(c).strip() for i, c in enumerate(cells) if i < len(head) and str(c).strip()}
            if not row:
                continue
            try:
                fleet.vehicles.append(Vehicle.model_validate(_typed(row)))
            except (ValidationError, ValueError) as error:
                says = _says(error)
                problems.append(Problem(Place(fleet.sheet, line), f"{row.get('model', 'this row')}: {says}"))
    names = [v.model for v in fleet.vehicles]
    problems += [
        Problem(document.at(("vehicles",)), f"model {name!r} stands twice", "Add up its sales, or name the variants.")
        for name in sorted({n for n in names if names.count(n) > 1})
    ]
    if not fleet.vehicles and not problems:
        problems.append(
            Problem(document.at(()), "the fleet has no vehicles", "Give vehicles, or a sheet with one per row.")
        )
    if problems:
        raise BadInput(problems)
    return fleet


def _says(error: ValidationError | ValueError) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(str(p) for p in first['loc'])}: {first['msg'].lower()}"
    return str(error)


def _typed(row: dict[str, str]) -> dict[str, Any]:
    """Text cells -> numbers where the form wants them; pollutants stand as columns hc, co, nox, pm."""
    texts = {"model", "category", "powertrain", "cycle", "fuel"}
    known = set(Vehicle.model_fields)
    out: dict[str, Any] = {k: v for k, v in row.items() if k in texts}
    for key, text in row.items():
        if key in texts:
            continue
        try:
            value = float(text)
        except ValueError:
            raise ValueError(f"{key}: {text!r} is not a number") from None
        if key in known:
            out[key] = value
        else:
            out.setdefault("pollutants", {})[key] = value
    return out
