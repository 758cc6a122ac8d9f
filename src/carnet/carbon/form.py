"""The shape of the room's files: methods, factors, vehicle-carbon rules and inventories, one model per block.

Shapes only; `tables` and `inventory` check how the blocks meet. Keys that a file may leave out have the value that
changes nothing; where a value stands in for something unsaid, the result lists it as a default.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from ..catalog.form import Date, SourceRow, StatusRow

STAGES = ("materials", "manufacturing", "packaging", "distribution", "use", "end_of_life")
Number = int | Annotated[float, Field(allow_inf_nan=False)]
Counting = Literal["counted", "left_out", "reported"]


class Row(BaseModel):
    """The strict base: unknown keys are refused, nothing is converted."""

    model_config = ConfigDict(extra="forbid", strict=True)


class FunctionalUnit(Row):
    title: str
    unit: str
    per: list[str]
    source: str
    note: str = ""


class Parameter(Row):
    """A number by name: fixed, taken from the product, or looked up by a word of the product."""

    value: Number | None = None
    taken_from: str = Field(default="", alias="from")
    by: str = ""
    values: dict[str, Number] = {}
    unit: str = ""
    default: Number | None = None
    source: str = ""
    note: str = ""
    because: str = ""


class Boundary(Row):
    stages: dict[Literal[STAGES], Counting]  # type: ignore[valid-type]
    kinds: dict[str, Counting] = {}
    source: str
    note: str = ""


class CutOff(Row):
    allowed: bool
    each: Number | None = None
    total: Number | None = None
    source: str
    note: str = ""


class Allocation(Row):
    order: list[Literal["substitute", "physical", "economic"]]
    economic_over_price_ratio: Number | None = None
    source: str
    note: str = ""


class Recycling(Row):
    """The circular footprint formula's factors; a = 1 is cut-off, a = 0 avoided burden."""

    a: dict[str, Number]
    b: Number
    energy_credit: bool
    source: str
    note: str = ""


class Electricity(Row):
    accepts: list[Literal["on_site", "direct_line", "contract"]]
    factors: list[str]
    source: str
    note: str = ""


class Origins(Row):
    counts: dict[str, Number]
    separate: list[str] = []
    source: str
    note: str = ""


class Gwp(Row):
    set: str
    gases: list[str] = []
    source: str
    note: str = ""


class DataQuality(Row):
    scale: list[int]
    indicators: list[str]
    over: Number = 0
    source: str
    note: str = ""


class Verification(Row):
    by: str
    mandatory: bool
    source: str
    note: str = ""


class Rounding(Row):
    digits: int
    source: str
    note: str = ""


class OpenRow(Row):
    parameter: str
    options: list[Any] = []
    why: str
    source: str


class ClockRow(Row):
    duty: str
    not_before: Date
    months_after_entry: int
    source: str


class Validity(Row):
    years: int
    source: str
    note: str = ""


class CompanySpecific(Row):
    stages: list[Literal[STAGES]]  # type: ignore[valid-type]
    source: str


class Threshold(Row):
    id: str
    value: Number
    unit: str
    source: str
    standing: str = ""


class MethodFile(Row):
    sources: dict[str, SourceRow] = {}
    method: str
    title: str
    document: str
    family: Literal["product", "vehicle", "battery", "good", "transport"]
    economy: str = ""
    applies_to: dict[str, list[str]] = {}
    status: list[StatusRow]
    conflict: str = ""
    parameters: dict[str, Parameter] = {}
    functional_unit: FunctionalUnit
    boundary: Boundary
    cut_off: CutOff
    allocation: Allocation
    recycling: Recycling
    electricity: Electricity
    origins: Origins
    gwp: Gwp
    data_quality: DataQuality
    company_specific: CompanySpecific | None = None
    verification: Verification
    rounding: Rounding
    validity: Validity | None = None
    entry_into_force: Date | None = None
    clock: list[ClockRow] = []
    thresholds: list[Threshold] = []
    open: list[OpenRow]


class Input(Row):
    item: str
    region: str = ""
    amount: Number
    unit: str
    low: Number | None = None
    high: Number | None = None
    source: str = ""


class Rest(Row):
    value: Number
    low: Number | None = None
    high: Number | None = None
    flows: dict[str, Number]
    source: str
    note: str = ""


class FactorRow(Row):
    id: str
    title: str = ""
    region: str = ""
    year: str = ""
    unit: str
    value: Number | None = None
    low: Number | None = None
    high: Number | None = None
    geometric_sd: Number | None = None
    flows: dict[str, Number] = {}
    material: str = Field(default="", alias="class")
    direct: bool = False
    recycled_as: str = ""
    basis: str = ""
    license: str = ""
    source: str = ""
    inputs: list[Input] = []
    rest: Rest | None = None
    note: str = ""


class FactorFile(Row):
    sources: dict[str, SourceRow] = {}
    factors: list[FactorRow]


class ProcessFile(Row):
    sources: dict[str, SourceRow] = {}
    processes: list[FactorRow]


class ConstantRow(Row):
    id: str
    title: str
    value: Number
    unit: str
    source: str


class ConstantFile(Row):
    sources: dict[str, SourceRow] = {}
    constants: list[ConstantRow]


class LiteratureRow(Row):
    id: str
    about: str
    case: str
    low: Number | None = None
    value: Number | None = None
    high: Number | None = None
    unit: str
    source: str


class LiteratureFile(Row):
    sources: dict[str, SourceRow] = {}
    literature: list[LiteratureRow]


class GwpSet(Row):
    title: str
    source: str


class Flow(Row):
    gas: str
    origin: str
    sign: int = 1


class GwpFile(Row):
    sources: dict[str, SourceRow] = {}
    sets: dict[str, GwpSet]
    gases: dict[str, dict[str, Any]]
    flows: dict[str, Flow]


class Card(Row):
    """The card of a CSV of factors, one economy per row."""

    sources: dict[str, SourceRow] = {}
    card: str
    title: str
    file: str
    digest: str
    license: str
    attribution: str = ""
    source: str
    item: str
    unit: str
    basis: str
    geometric_sd: Number | None = None
    columns: dict[str, dict[str, str]]


class RuleStep(Row):
    start: str = Field(alias="from", default="unknown")
    to: str = ""
    value: Number | None = None
    when: dict[str, Any] = {}
    rate: Number | None = None
    cap: str = ""
    standing: str
    row: int | None = None
    source: str
    note: str = ""


class Band(Row):
    band: str
    start: str = Field(alias="from")
    to: str = ""
    limits: dict[str, Number] = {}
    amount: str | None = None
    asks: str = ""
    standing: str
    row: int | None = None
    source: str


class RuleRow(Row):
    id: str
    title: str
    document: str
    kind: Literal["fleet_target", "bands", "rates", "share_target", "credit_share", "limit", "minimum", "notice"]
    applies: dict[str, list[str]] = {}
    of: dict[str, list[str]] = {}
    metric: dict[str, Any] = {}
    cycle: str = ""
    better: Literal["lower", "higher"] = "lower"
    average: Literal["arithmetic", "harmonic"] = "arithmetic"
    adjust: dict[str, Any] = {}
    multiplier: dict[str, Any] = {}
    money: dict[str, str] = {}
    others: dict[str, str] = {}
    currency: str = ""
    sign: str = ""
    base: str = ""
    method: str = ""
    asks: str = ""
    note: str = ""
    status_text: str = ""
    scope: str = ""
    steps: list[RuleStep] = []
    bands: list[Band] = []
    amounts: list[Band] = []


class VehicleCarbonFile(Row):
    sources: dict[str, SourceRow] = {}
    vehicle_carbon: str
    rules: list[RuleRow]


class UnitRow(Row):
    dimension: str
    factor: str = Field(alias="is")


class UnitFile(Row):
    units: dict[str, UnitRow]


class QualityRow(Row):
    rating: int
    geometric_sd: Number
    source: str


class QualityFile(Row):
    sources: dict[str, SourceRow] = {}
    quality: list[QualityRow]


class Mark(Row):
    path: str
    starts: str


class Fixed(Row):
    path: str
    value: Any


class FieldRow(Row):
    key: str
    path: str
    type: Literal[
        "text",
        "texts",
        "first_text",
        "sources",
        "time",
        "number",
        "float",
        "flag",
        "unit",
        "country",
        "rating",
        "rating_float",
    ]
    default: Any = None
    words: dict[str, str] = {}
    otherwise: str = ""
    never: list[str] = []
    pattern: str = ""
    least: Number | None = None
    most: Number | None = None
    loses: str = ""

    def beyond(self, value: Any) -> str:
        """'at most 5' for a number outside what the format takes, '' for any other."""
        if not isinstance(value, (int, float, Decimal)) or isinstance(value, bool):
            return ""
        if self.most is not None and value > Decimal(str(self.most)):
            return f"at most {self.most:g}"
        return f"at least {self.least:g}" if self.least is not None and value < Decimal(str(self.least)) else ""


class Whole(Row):
    """Words that a format takes together: any of `keys` only when all of `needs` are stated."""

    keys: list[str]
    needs: list[str]


class ExchangeFile(Row):
    sources: dict[str, SourceRow] = {}
    exchange: str
    title: str
    source: str
    recognized_by: list[Mark]
    method: str
    numbers: Literal["decimal_text", "number"]
    rating_best_to_worst: list[int]
    units: dict[str, str]
    fixed: list[Fixed] = []
    only_one_of: list[str] = []
    needs: list[str]
    whole: list[Whole] = []
    rows: str = ""
    row_unit: str = ""
    row_type: str = ""
    stages: dict[str, str] = {}
    fields: list[FieldRow]
