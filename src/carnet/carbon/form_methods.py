"""The shape of data/methods: a methodology profile, section by section."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

from ..catalog.form import Date, SourceRow, StatusRow
from .form_base import STAGES, STRICT, Counting, Number


class Row(BaseModel):
    """The strict base: unknown keys are refused, nothing is converted."""

    model_config = STRICT


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
