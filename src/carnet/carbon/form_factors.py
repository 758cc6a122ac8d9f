"""The shape of data/factors: factors and routes, gases, units, constants, literature, cards of tables."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from ..catalog.form import SourceRow
from .form_base import STRICT, Number


class Row(BaseModel):
    """The strict base: unknown keys are refused, nothing is converted."""

    model_config = STRICT


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
