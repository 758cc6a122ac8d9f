"""The shape of data/vehicle-carbon: national rules on vehicle carbon, step by step."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

from ..catalog.form import SourceRow
from .form_base import STRICT, Number


class Row(BaseModel):
    """The strict base: unknown keys are refused, nothing is converted."""

    model_config = STRICT


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
