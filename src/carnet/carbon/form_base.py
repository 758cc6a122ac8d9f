"""The strict base of every shape, and the words several shapes share."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

STAGES = ("materials", "manufacturing", "packaging", "distribution", "use", "end_of_life")
Number = int | Annotated[float, Field(allow_inf_nan=False)]
Counting = Literal["counted", "left_out", "reported"]
STRICT = ConfigDict(extra="forbid", strict=True)  # unknown keys are refused, nothing is converted
