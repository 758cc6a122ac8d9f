"""The shape of a project file and of a disclosure: one model per block.

`carnet schema project` prints the JSON Schema made from these models, so descriptions here are read in editors.
Facts and subjects are checked against the vocabulary by `load`, not here.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from ..catalog.form import Date
from ..waist import EVENTS


class Block(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class ReviewBlock(Block):
    day: Date = Field(
        description="The day of the law: what binds on this day is reviewed. A full day, such as 2027-03-01."
    )
    event: Literal[EVENTS] = Field(default="placed_on_market", description="What happens on that day.")  # type: ignore[valid-type]
    known: Date | None = Field(
        default=None, description="The day of our knowledge; what was seen later does not count."
    )


class SubjectBlock(Block):
    kind: str = Field(description="vehicle, battery_pack, charger, swap_station ... (carnet words kinds)")
    title: str = Field(default="", description="A name for people.")
    versions: dict[str, str] = Field(default={}, description="hardware, software ...: evidence must cover these.")
    fitted_to: list[str] = Field(default=[], description="Subjects this one is fitted to; its rules see their facts.")
    stands_in: list[str] = Field(default=[], description="Markets where it is reviewed; everywhere when left out.")
    facts: dict[str, Any] = Field(default={}, description="Fact name -> value (carnet words).")


class PairBlock(Block):
    id: str
    charge: list[str] = Field(default=[], description="The vehicle and the charger that must work together.")
    swap: list[str] = Field(
        default=[], description="The vehicle, the pack and the swap station that must work together."
    )
    log: str | None = Field(default=None, description="A recorded session, beside the project file.")
    through: str | None = Field(default=None, description="An adapter or gateway between the two.")
    facts: dict[str, Any] = {}


class IssuerBlock(Block):
    name: str
    economy: str = Field(default="", description="Where the issuing authority or body sits (ISO alpha-2).")
    accredited_to: str | list[str] = []


class EvidenceBlock(Block):
    id: str
    about: list[str] = Field(description="Subject ids this document speaks of.")
    kind: str = Field(description="test_report, type_approval, certificate ... (carnet words evidence)")
    file: str = Field(default="", description="Path beside the project file.")
    digest: str = Field(default="", description='"sha256:..." of the file as recorded (carnet evidence register).')
    standard: str = Field(default="", description="Printed short form, always with its edition.")
    approval: str = Field(default="", description="Name of an approval that is not a standard.")
    document: str = Field(default="", description="The id of an expected document it stands for (carnet documents).")
    issuer: IssuerBlock | None = None
    issued: Date | None = None
    expires: Date | None = Field(default=None, description="Left out means unknown, never for ever.")
    result: Literal["pass", "fail"] | None = None
    covers: dict[str, str] = Field(default={}, description="The versions it was made for.")
    shows: dict[str, Any] = Field(default={}, description="Further facts it shows.")
    language: str = ""


class MoneyBlock(Block):
    low: str
    high: str
    mid: str | None = None
    currency: str
    priced: Date | None = None


class WeeksBlock(Block):
    low: int | float
    high: int | float
    mid: int | float | None = None


class QuoteBlock(Block):
    step: str = Field(description="An id of data/effort (carnet catalog list effort).")
    about: list[str] = []
    cost: MoneyBlock
    weeks: WeeksBlock


class DisclosureRef(Block):
    file: str
    subjects: dict[str, str] = Field(default={}, description="Their subject id -> ours; left out means the same.")


class ProjectForm(Block):
    carnet: Literal["project/1"] = Field(description="What this file is.")
    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,80}$")
    title: str = ""
    review: ReviewBlock
    origin: str = Field(default="", alias="from", description="Where the product comes from (ISO alpha-2).")
    markets: list[str] = Field(min_length=1, description="Where it goes: ISO alpha-2 codes or unions, lower case.")
    subjects: dict[str, SubjectBlock]
    pairs: list[PairBlock] = []
    evidence: list[EvidenceBlock] = []
    quotes: list[QuoteBlock] = []
    voluntary: list[str] = Field(
        default=[], description="Voluntary rules or standards to be reviewed as if they bound."
    )
    disclosures: list[DisclosureRef] = Field(default=[], description="Facts another company states about its product.")
    libraries: list[str] = Field(
        default=[], description="Folders with a private library, such as a buyer's specification."
    )
    inputs: dict[str, Any] = Field(default={}, description="Bulk inputs for the rooms: inventories, lots, captures.")


class DisclosedSubject(Block):
    kind: str
    versions: dict[str, str] = {}
    facts: dict[str, Any]


class DisclosureForm(Block):
    carnet: Literal["disclosure/1"]
    by: str = Field(description="The company that states these facts.")
    issued: Date | None = None
    title: str = ""
    subjects: dict[str, DisclosedSubject]
