"""Read an inventory: what the maker knows, every number with its unit and place.

    carnet: inventory/1
    product: {declared_unit: piece, mass: 2100 kg, usable_energy: 265 kWh, warranty: 8 year, category: N3}
    processes:
      - id: pack
        stage: manufacturing
        makes: 1 piece
        inputs:
          - {item: cells, amount: 282 kWh}
          - {item: electricity, region: xx, amount: 900 kWh}

The first process makes the product. An input names another process of the file, a supplier's footprint or an item of
the tables. Nothing is assumed: what is not said is refused or listed. All problems are collected and shown together.
Reading order: Input, Process, Inventory; `inventory_reader` reads them, `sheets` reads tables beside them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ..waist import Place
from .blocks import (
    InventoryForm,
    RecycledBlock,
    SupplyBlock,
)
from .nouns import Factor

# Properties of a product that a method may ask for, each in the unit the arithmetic uses.
PROPERTIES = {
    "mass": "kg",
    "rated_energy": "kWh",
    "usable_energy": "kWh",
    "warranty": "year",
    "life_distance": "km",
    "transport_work": "tkm",
    "carbon_content": "kg",
    "biogenic_carbon_content": "kg",
}


@dataclass(frozen=True, slots=True)
class Input:
    """One input, emission or co-product credit of a process, per one run of it."""

    item: str
    region: str
    amount: float
    unit: str
    stage: str
    place: Place
    per: tuple[str, ...] = ()
    flow: bool = False  # an emission of the process itself: `item` is a flow, in kg
    recycled: RecycledBlock | None = None
    supply: tuple[SupplyBlock, ...] = ()
    leave_out: bool = False
    of: str = ""
    data: str = ""
    ratings: tuple[tuple[str, int], ...] = ()
    geometric_sd: float | None = None
    capital: bool = False


@dataclass(frozen=True, slots=True)
class CoProduct:
    id: str
    amount: float
    unit: str
    shared_by: tuple[float, str] | None
    price: float | None
    substitutes: str
    region: str
    place: Place


@dataclass(frozen=True, slots=True)
class Process:
    """A foreground process: one run makes `amount` of its product."""

    id: str
    stage: str
    region: str
    amount: float
    unit: str
    place: Place
    inputs: tuple[Input, ...] = ()
    co_products: tuple[CoProduct, ...] = ()
    shared_by: tuple[float, str] | None = None
    price: float | None = None
    site: str = ""


@dataclass(slots=True)
class Inventory:
    """An inventory as read, with the tables it uses (its own factors and suppliers' figures laid over ours)."""

    id: str
    form: InventoryForm
    file: str
    digest: str
    processes: tuple[Process, ...]
    properties: dict[str, float]
    factors: dict[tuple[str, str], Factor]
    data_of: dict[str, tuple[float, float | None]] = field(
        default_factory=dict
    )  # supplier item -> (primary share, rating)
    files: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        return self.form.title or self.id

    def find(self, id: str, region: str) -> Factor | None:
        """The factor of an item in a region, the region's own row first."""
        return self.factors.get((id, region)) or self.factors.get((id, ""))
