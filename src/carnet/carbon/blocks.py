"""The shape of an inventory file: one model per block, with descriptions that editors show.

`inventory` checks how the blocks meet. What may be left out changes nothing when it is; nothing stands in for it.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from ..catalog.form import Date, SourceRow
from . import form

Number = int | Annotated[float, Field(allow_inf_nan=False)]
NAME = Field(pattern=r"^[a-z0-9][a-z0-9_.-]{0,80}$")


class Block(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class ProductBlock(Block):
    name: str = ""
    declared_unit: str = Field(description="The unit the footprint is declared for: piece, kg, kWh ...")
    description: str = ""
    ids: list[str] = Field(default=[], description="Product identifiers (URNs) for exchange documents.")
    classes: list[str] = []
    cpc: str = Field(default="", description="UN CPC code, which older formats demand.")
    category: str = Field(default="", description="Vehicle category the product is or is fitted to.")
    mass: str = Field(default="", description="Of one declared unit, as all that follows.")
    rated_energy: str = ""
    usable_energy: str = ""
    warranty: str = ""
    life_distance: str = ""
    transport_work: str = ""
    carbon_content: str = ""
    biogenic_carbon_content: str = ""


class ParameterBlock(Block):
    value: Number
    because: str = Field(description="Where the number comes from: a pool of 130 packs for 100 trucks ...")


class RecycledBlock(Block):
    """R1, R2, R3 and qualities of the circular footprint formula, and the routes they speak of."""

    content: Number = Field(default=0, ge=0, le=1, description="R1: recycled share of the input.")
    recovered: Number = Field(
        default=0, ge=0, le=1, description="R2: share that is material again after use, all yields included."
    )
    energy: Number = Field(default=0, ge=0, le=1, description="R3: share burned for energy after use.")
    quality_in: Number = Field(default=1, ge=0, le=1)
    quality_out: Number = Field(default=1, ge=0, le=1)
    recycled_item: str = ""
    recovered_item: str = ""
    replaced_item: str = ""
    burned_item: str = ""
    energy_item: str = ""
    energy_gained: Number = Field(
        default=0, ge=0, description="Useful energy per unit burned, in the energy item's unit."
    )
    disposal_item: str = ""


class SupplyBlock(Block):
    kind: Literal["on_site", "direct_line", "contract"]
    share: Number = Field(gt=0, le=1)
    item: str
    region: str = ""
    certificate: str = ""


class DataBlock(Block):
    kind: Literal["primary", "secondary", "proxy"]
    ratings: dict[str, Annotated[int, Field(ge=1, le=5)]] = {}
    from_: str = Field(default="", alias="from")


class InputBlock(Block):
    item: str
    amount: str
    region: str = ""
    stage: Literal[form.STAGES] | None = None  # type: ignore[valid-type]
    per: list[str] = Field(default=[], description="Parameters the amount is multiplied by, such as life_distance.")
    recycled: RecycledBlock | None = None
    supply: list[SupplyBlock] = []
    leave_out: bool = Field(default=False, description="Leave it out where a method's cut-off allows it.")
    of: str = Field(default="", description="The supplier whose delivery this transport or packaging belongs to.")
    capital: bool = Field(default=False, description="Machines and buildings (scope 3, category 2).")
    data: DataBlock | None = None
    geometric_sd: Number | None = Field(default=None, ge=1)
    note: str = ""


class EmissionBlock(Block):
    flow: str
    amount: str
    stage: Literal[form.STAGES] | None = None  # type: ignore[valid-type]
    per: list[str] = []
    data: DataBlock | None = None
    geometric_sd: Number | None = Field(default=None, ge=1)
    note: str = ""


class CoProductBlock(Block):
    id: str
    amount: str
    shared_by: str = Field(
        default="", description="The physical quantity of this co-product that burdens are shared by: 3 kg."
    )
    price: Number | None = Field(default=None, ge=0)
    substitutes: str = ""
    region: str = ""


class ProcessBlock(Block):
    id: str = NAME
    title: str = ""
    stage: Literal[form.STAGES]  # type: ignore[valid-type]
    makes: str
    region: str = ""
    site: str = Field(default="", description="The plant or hall it runs in; the inventory's plant when left out.")
    shared_by: str = ""
    price: Number | None = Field(default=None, ge=0)
    inputs: list[InputBlock] = []
    emits: list[EmissionBlock] = []
    co_products: list[CoProductBlock] = []
    footprint: str = Field(default="", description="A supplier's footprint that covers this process and all it needs.")


class SupplierBlock(Block):
    id: str = NAME
    file: str
    covers: list[str] = Field(
        default=[], description="Items of this inventory that the supplier's figure already holds."
    )
    stages: list[Literal[form.STAGES]] = []  # type: ignore[valid-type]


class CertificateBlock(Block):
    id: str
    energy: str
    start: Date = Field(alias="from")
    to: Date
    issuer: str = ""
    retired: bool = False


class OwnFactor(Block):
    id: str = NAME
    title: str
    unit: str
    value: Number
    low: Number | None = None
    high: Number | None = None
    geometric_sd: Number | None = None
    flows: dict[str, Number]
    region: str = ""
    material: str = Field(default="", alias="class")
    recycled_as: str = ""
    license: str = ""
    source: str = ""
    data: Literal["primary", "secondary", "proxy"] = "secondary"


class ThresholdBlock(Block):
    id: str
    value: Number
    unit: str
    note: str = ""


class PeriodBlock(Block):
    start: Date = Field(alias="from")
    to: Date
    volume: Number | None = Field(default=None, gt=0, description="Products made in the period.")


class ChangeBlock(Block):
    """One thing an option changes: an input of a process, or (without `input`) the process itself."""

    process: str
    input: str = Field(default="", description="The item of the input as the file writes it; the process when empty.")
    stage: Literal[form.STAGES] | None = Field(  # type: ignore[valid-type]
        default=None, description="Which of several inputs of one item."
    )
    item: str = Field(default="", description="What is bought instead.")
    region: str = Field(default="", description="Where it comes from instead, or where the process runs instead.")
    amount: str = Field(default="", description="How much instead.")
    supply: list[SupplyBlock] | None = None
    recycled: RecycledBlock | None = None
    adds: list[InputBlock] = Field(default=[], description="Further inputs of the process.")


class OptionBlock(Block):
    """A supplier, route or plant change that the maker could make, and what it costs."""

    id: str = NAME
    title: str = ""
    kind: Literal["supplier", "route", "plant"]
    cost: str | None = Field(description="Per declared unit, as 12.50 EUR; null when nobody has priced it.")
    changes: list[ChangeBlock] = Field(min_length=1)
    excludes: list[str] = Field(default=[], description="Options that cannot be chosen beside it.")
    note: str = ""


class ForeignItem(Block):
    """A product of a database under a name of this inventory: `item: DATABASE.NAME`."""

    of: int | str = Field(description="Its key in the database, or its name where that is the only one.")
    place: str = Field(default="", description="Its place, where several products share the name.")
    unit: str = Field(default="", description="Its unit, where the database states none of ours.")
    title: str = ""
    material: str = Field(default="", alias="class")


class BackgroundBlock(Block):
    id: str = Field(pattern=r"^[a-z][a-z0-9_-]{0,40}$")
    file: str = Field(description="A zip, a folder or an XML file beside the inventory.")
    format: Literal["brightway", "openlca", "ecospold", ""] = ""
    license: str
    source: str
    items: dict[str, ForeignItem]
    flows: dict[str, str] = Field(default={}, description="Keys or names of its flows -> flows of ours.")


class ThirdPartyBlock(Block):
    """A report or statement by somebody else, with the choices it made, to be held against a method."""

    id: str = NAME
    file: str
    kind: Literal["lca_report", "critical_review", "verification_statement", "validation_statement"]
    issuer: str
    standard: str = Field(description="The standard it follows, with edition.")
    about: str = Field(default="", description="The supplier or process it speaks of; the product when left out.")
    assurance: Literal["none", "limited", "reasonable", "critical_review"] = "none"
    accredited: bool = False
    start: Date | None = Field(default=None, alias="from")
    to: Date | None = None
    stages: list[Literal[form.STAGES]] = []  # type: ignore[valid-type]
    allocation: Literal["substitute", "physical", "economic", ""] = ""
    recycling: Literal["cut_off", "avoided_burden", "circular_formula", ""] = ""
    electricity: Literal["location", "contracts", ""] = ""
    gwp: str = ""
    cut_off: Number | None = Field(default=None, ge=0, le=1)
    result: str = Field(default="", description="Its figure with unit: 61.2 kgCO2e/kWh.")


class InventoryForm(Block):
    carnet: Literal["inventory/1"]
    id: str = NAME
    title: str = ""
    about: str = Field(default="", description="The subject of the project it describes.")
    company: str = ""
    company_ids: list[str] = []
    plant: str = ""
    place: str = Field(default="", description="Economy of the plant (ISO alpha-2).")
    period: PeriodBlock | None = None
    product: ProductBlock
    parameters: dict[str, ParameterBlock] = {}
    sources: dict[str, SourceRow] = {}
    factors: list[OwnFactor] = []
    suppliers: list[SupplierBlock] = []
    certificates: list[CertificateBlock] = []
    processes: list[ProcessBlock] = Field(default=[], min_length=0)
    sheet: str = Field(default="", description="A CSV or XLSX beside this file with further inputs, one per row.")
    thresholds: list[ThresholdBlock] = []
    methods: list[str] = Field(default=[], description="Methods the survey of a project computes.")
    options: list[OptionBlock] = Field(default=[], description="What could be changed: carnet carbon reach.")
    background: list[BackgroundBlock] = Field(default=[], description="Databases of your own, read where they lie.")
    third_party: list[ThirdPartyBlock] = Field(
        default=[], description="Reports and statements of others on this product."
    )
