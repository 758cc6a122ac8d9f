"""The shape of every file in data/: one model per kind of file, nothing more.

The loader picks the model by the file's folder and top-level keys; `reading.shape` turns complaints into sentences.
Cross-references (sources, facts, unions, ids) are checked by `catalog.check`, which sees the whole library.
Reading order: SourceRow, StatusRow, then one class per kind of row, then FILES.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from ..waist import EVENTS, FORCES, STANDINGS
from ..words import EFFORTS, span

GRADES = (
    "official_text",
    "official_notice",
    "standards_body",
    "law_firm",
    "research",
    "dataset",
    "maker",
    "trade_press",
    "news",
    "none",
)
READINGS = ("verbatim", "summary", "inferred", "remembered")
STRENGTHS = ("binding", "conditional", "weak", "none", "contractual", "signal")
RUNGS = ("not_mentioned", "mentioned", "consulted_on", "cited", "adopted_in_part", "adopted")
RELATIONS = ("identical", "modified", "close", "broader", "narrower", "related", "amends", "replaces", "extends")


def _date(text: str) -> str:
    span(text)
    return text


def _date_or_unknown(text: str) -> str:
    return text if text == "unknown" else _date(text)


Date = Annotated[str, AfterValidator(_date)]
Start = Annotated[str, AfterValidator(_date_or_unknown)]


class Row(BaseModel):
    """The strict base: unknown keys are refused, nothing is converted."""

    model_config = ConfigDict(extra="forbid", strict=True)


class SourceRow(Row):
    number: str
    title: str = ""
    publisher: str = ""
    issued: Date | None = None
    seen: Date | None = None
    grade: Literal[GRADES] = Field(alias="class")  # type: ignore[valid-type]
    read: Literal[READINGS]  # type: ignore[valid-type]
    note: str = ""


class After(Row):
    after: str
    months: int = 0


class StatusRow(Row):
    start: Start | After = Field(alias="from", default="unknown")
    event: Literal[EVENTS] | None = None  # type: ignore[valid-type]
    standing: Literal[STANDINGS]  # type: ignore[valid-type]
    source: str = ""
    seen: Date | None = None
    note: str = ""


class ExampleRow(Row):
    says: str
    given: dict[str, Any] = {}
    then: Literal["not_applicable", "met", "residual", "undecided", "unproven", "unmet"]
    complete: bool = False


class RequirementRow(Row):
    id: str
    title: str
    topic: str
    about: str | list[str]
    applies: str = ""
    demands: str = ""
    asks: str = ""
    asked: Date | None = None
    evidence: list[str] = []
    granted_in: list[str] = []
    force: Literal[FORCES] | None = None  # type: ignore[valid-type]
    status: list[StatusRow] = []
    source: str = ""
    clause: str = ""
    documents: list[str] = []
    effort: list[str] = []
    binds_when: str = ""
    next_look: str = ""
    conflict: str = ""
    note: str = ""
    examples: list[ExampleRow] = []


class DocumentRow(Row):
    id: str
    title: str
    about: str
    kind: str
    language: str = ""
    applies: str = ""
    source: str
    note: str = ""


class Sourced(Row):
    sources: dict[str, SourceRow] = {}


class RequirementFile(Sourced):
    requirements: list[RequirementRow]


class DocumentFile(Sourced):
    documents: list[DocumentRow]


class UnionFile(Sourced):
    union: str
    name: str
    means: str
    accepts_inside: str = ""
    member_of: list[str] = []
    note: str = ""
    source: str = ""


class Accepts(Row):
    kinds: list[str] = []
    standards: list[str] = []
    issued_in: list[str] = []


class Pair(Row):
    want: str = Field(alias="for")
    have: str = Field(alias="with")


class RecognitionRow(Row):
    id: str
    title: str
    accepted_in: list[str]
    accepts: Accepts = Accepts()
    gives: Literal["same", "older_series", "nothing"] | list[Pair] = "same"
    as_kinds: list[str] = []
    when: str = ""
    conditions: list[str] = []
    residual: list[str] = []
    strength: Literal[STRENGTHS]  # type: ignore[valid-type]
    status: list[StatusRow]
    source: str
    note: str = ""


class RecognitionFile(Sourced):
    recognitions: list[RecognitionRow]


class RelationRow(Row):
    to: str
    kind: Literal[RELATIONS]  # type: ignore[valid-type]
    residual: list[str] = []
    note: str = ""
    source: str = ""


class StandardRow(Row):
    id: str
    short: str
    title: str
    topic: str
    publisher: str
    edition: str = "unknown"
    family: str = ""
    series: int | None = None
    status: list[StatusRow] = []
    replaces: list[str] = []
    relations: list[RelationRow] = []
    configurations: list[str] = []
    applied_by: list[str] = []
    sensitive_to: list[str] = []
    source: str
    asks: str = ""
    conflict: str = ""
    note: str = ""


class StandardFile(Sourced):
    standards: list[StandardRow]


class Money(Row):
    low: str
    high: str
    mid: str | None = None
    currency: str
    priced: Date | None = None


class Weeks(Row):
    low: int | float
    high: int | float
    mid: int | float | None = None


class EffortRow(Row):
    id: str
    title: str
    about: str | list[str]
    cost: Money
    weeks: Weeks
    shared: str = ""
    valid: str = ""
    confidence: str = ""
    yields: list[str] = []
    source: str
    note: str = ""


class EffortFile(Sourced):
    effort: list[EffortRow]


class Touches(Row):
    markets: list[str] = []
    unions: list[str] = []
    about: list[str] = []
    topics: list[str] = []
    standards: list[str] = []


class SignalRow(Row):
    id: str
    date: Date
    actor: str
    title: str
    touches: Touches
    standing: Literal[STANDINGS]  # type: ignore[valid-type]
    would_change: str = ""
    binds_when: str
    next_look: str = ""
    confidence: str = ""
    effort: list[str] = []
    source: str
    note: str = ""
    conflict: str = ""
    asks: str = ""


class SignalFile(Sourced):
    signals: list[SignalRow]


class LadderRow(Row):
    """How far one text has come in one market on one day; `against` when it is named to be shut out."""

    id: str
    market: str
    text: str
    title: str
    rung: Literal[RUNGS] | None = None  # type: ignore[valid-type]
    day: Date | None = None
    against: bool = False
    asks: str = ""
    asked: Date | None = None
    next_look: str = ""
    source: str
    conflict: str = ""
    note: str = ""


class LadderFile(Sourced):
    ladder: list[LadderRow]


class MemberRow(Row):
    union: str
    number: str = ""
    since: Date | None = None
    not_bound_by: Literal["all"] | list[str] = []
    source: str
    note: str = ""


class EconomyFact(Row):
    value: str | list[str] | bool
    source: str
    note: str = ""


class EconomyFile(Sourced):
    economy: str
    name: str
    alpha3: str
    member_of: list[MemberRow] = []
    facts: dict[str, EconomyFact] = {}
    note: str = ""
    asks: str = ""


class CardFile(Sourced):
    """A YAML card beside a CSV table of the same name."""

    table: str
    rows: int
    columns: dict[str, str]
    source: str
    license: str
    digest: str
    note: str = ""


class FactRow(Row):
    about: list[str]
    unit: str = ""
    values: list[str] = []
    within: dict[str, str] = {}
    type: Literal["yes_no", "text", "whole", "number", "date", "year", ""] = ""
    items: Literal["standards", "words", "text", ""] = Field(alias="list", default="")
    stated_by: str = "project"
    means: str
    ask: str = ""
    effort: Literal[EFFORTS] = "ask_maker"  # type: ignore[valid-type]
    note: str = ""


class FactsFile(Sourced):
    facts: dict[str, FactRow]


class KindRow(Row):
    family: str
    means: str
    note: str = ""


class KindsFile(Sourced):
    kinds: dict[str, KindRow]


class ProductRow(Row):
    kind: str
    defined_by: dict[str, list[Any]] = {}
    assumes: dict[str, Any] = {}
    means: str
    note: str = ""


class ProductsFile(Sourced):
    products: dict[str, ProductRow]


class TopicRow(Row):
    about: list[str]
    ask_for: list[str] = []
    title: str = ""
    means: str
    question: str
    note: str = ""


class TopicsFile(Sourced):
    topics: dict[str, TopicRow]


class UnitRow(Row):
    dimension: str
    factor: str = "1"
    offset: str = "0"
    means: str = ""


class UnitsFile(Sourced):
    units: dict[str, UnitRow]


class TermRow(Row):
    means: str
    group: str = ""
    source: str = ""
    note: str = ""


class TermsFile(Sourced):
    terms: dict[str, TermRow]


class EvidenceRow(Row):
    means: str
    on_change: Literal["void", "extend", "keep", "ask"] = "ask"
    states: list[str] = []
    simulated: bool = False
    note: str = ""


class EvidenceFile(Sourced):
    evidence: dict[str, EvidenceRow]


# Which model reads which folder: (folder prefix, top-level key, model). The first that fits wins.
FILES: tuple[tuple[str, str, type[Row]], ...] = (
    ("words/facts/", "facts", FactsFile),
    ("words/", "kinds", KindsFile),
    ("words/", "products", ProductsFile),
    ("words/", "topics", TopicsFile),
    ("words/", "units", UnitsFile),
    ("words/", "evidence", EvidenceFile),
    ("words/", "terms", TermsFile),
    ("economies/", "economy", EconomyFile),
    ("economies/", "table", CardFile),
    ("markets/", "union", UnionFile),
    ("markets/", "requirements", RequirementFile),
    ("markets/", "documents", DocumentFile),
    ("recognitions/", "recognitions", RecognitionFile),
    ("standards/", "standards", StandardFile),
    ("effort/", "effort", EffortFile),
    ("signals/", "signals", SignalFile),
    ("ladder/", "ladder", LadderFile),
)
