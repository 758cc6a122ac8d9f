"""The shape of data/methods/exchange: where the words of a footprint stand in a format, and what it takes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel

from ..catalog.form import SourceRow
from .form_base import STRICT, Number


class Row(BaseModel):
    """The strict base: unknown keys are refused, nothing is converted."""

    model_config = STRICT


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
