"""The page of nouns: everything the rooms say to each other.

    Project -> Facts -> Requirements -> Findings -> Dossier

Whoever knows something says it as a Fact with an Origin; whoever demands something says it as a Requirement, whose
conditions ask facts; the review between them answers with Findings. Three axes are never mixed: the *verdict* of a
finding, the *standing* of a text on a day, the *force* with which it binds.
Reading order: the words, Place, Quantity, Source, Status, Subject, Fact, Evidence, Requirement, Recognition, Step,
Finding, Exposure, Expected, Project, Dossier. Everything is frozen; only the standard library is used.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from .chapter import Chapter

# Verdicts from the harmless to the grave: the order of `--fail-on`.
VERDICTS = ("not_applicable", "met", "residual", "undecided", "unproven", "unmet")
STANDINGS = ("signal", "announced", "draft", "adopted", "in_force", "published", "superseded", "withdrawn")
FORCES = ("mandatory", "voluntary", "contractual")
EVENTS = ("new_type", "all_new", "placed_on_market", "in_use")

Verdict = Literal["not_applicable", "met", "residual", "undecided", "unproven", "unmet"]
Standing = Literal["signal", "announced", "draft", "adopted", "in_force", "published", "superseded", "withdrawn"]
Force = Literal["mandatory", "voluntary", "contractual"]
Event = Literal["new_type", "all_new", "placed_on_market", "in_use"]


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something is written: a file, a line and a column, both from 1."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Quantity:
    """An amount with its unit as written; comparing is done by `quantity.Units`."""

    value: Decimal
    unit: str

    def __str__(self) -> str:
        text = format(self.value, "f")
        text = text.rstrip("0").rstrip(".") if "." in text else text
        return f"{text} {self.unit}".strip()


@dataclass(frozen=True, slots=True)
class Source:
    """Where a statement comes from, by whom it was published and how it was read.

    `seen` is the day somebody looked (None for what is remembered); `grade` is the class of the source,
    `read` how it was read: verbatim, summary, inferred or remembered.
    """

    id: str
    number: str
    title: str = ""
    publisher: str = ""
    issued: str = ""
    seen: str | None = None
    grade: str = "none"
    read: str = "remembered"
    note: str = ""

    @property
    def reported(self) -> bool:
        """True when only memory or the press speaks: shown as 'reported, not read'."""
        return self.read == "remembered" or self.grade in ("trade_press", "news", "none")


@dataclass(frozen=True, slots=True)
class Status:
    """One dated step in the history of a text: from that day, for that event, it stands so.

    `start` is a year, month or day, 'unknown', or None together with `after` and `months`.
    """

    standing: Standing
    start: str | None = "unknown"
    event: Event | None = None
    after: str | None = None
    months: int = 0
    source: str = ""
    seen: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Subject:
    """A thing under review: a vehicle, a pack, a charger, a swap station, or a pair of them that must work together."""

    id: str
    kind: str
    place: Place
    versions: tuple[tuple[str, str], ...] = ()
    fitted_to: tuple[str, ...] = ()
    stands_in: tuple[str, ...] = ()  # markets; empty means everywhere
    members: tuple[str, ...] = ()  # of a pair
    way: str = ""  # of a pair: charge or swap
    log: str = ""  # of a pair: a recorded session, named from the project's folder
    through: str = ""  # of a pair: an adapter or gateway between its members
    title: str = ""


@dataclass(frozen=True, slots=True)
class Origin:
    """Who says it: the project file, a piece of evidence, a surveyor, another company's disclosure, a what-if."""

    kind: Literal["project", "evidence", "surveyor", "disclosure", "what_if", "example"]
    name: str = ""
    place: Place | None = None
    kinds: tuple[str, ...] = ()  # of the evidence behind it
    via: tuple[str, ...] = ()  # recognitions that carried it here
    residual: tuple[str, ...] = ()  # work these leave


@dataclass(frozen=True, slots=True)
class Fact:
    """One statement about one subject. A list fact may be stated many times; its entries add up.

    value     bool, str, int, Quantity, or a tuple of str for lists
    complete  of a list: True when a missing entry means no, not unknown
    refuted   of a list: True when failed evidence says these entries are not so
    """

    subject: str
    name: str
    value: Any
    origin: Origin
    complete: bool = False
    refuted: bool = False


@dataclass(frozen=True, slots=True)
class Evidence:
    """A document or measurement that shows facts about subjects, as registered in the project."""

    id: str
    about: tuple[str, ...]
    kind: str
    place: Place
    file: str = ""
    digest: str = ""
    standard: str = ""
    approval: str = ""
    issuer: str = ""
    issuer_economy: str = ""
    accredited_to: tuple[str, ...] = ()
    issued: str = ""
    expires: str = ""
    result: Literal["pass", "fail", ""] = ""
    covers: tuple[tuple[str, str], ...] = ()
    shows: tuple[tuple[str, Any], ...] = ()
    language: str = ""
    document: str = ""  # the expected document it stands for, when no standard says so
    problems: tuple[str, ...] = ()  # why it does not count, in sentences; empty when it does
    unfit: tuple[tuple[str, str], ...] = ()  # (subject, why it does not count for that subject)

    @property
    def reasons(self) -> tuple[str, ...]:
        """Every reason why it does not count, for any of its subjects."""
        return (*self.problems, *(why for _, why in self.unfit))

    def against(self, subject: str) -> tuple[str, ...]:
        """Every reason why it does not count for a subject."""
        return (*self.problems, *(why for who, why in self.unfit if who == subject))


@dataclass(frozen=True, slots=True)
class Requirement:
    """What a market demands: when it applies, what must hold, who may show it, and how far the text has come."""

    id: str
    market: str  # the folder it speaks from: an economy, a union, or `any`
    title: str
    topic: str
    about: tuple[str, ...]
    place: Place
    source: Source
    sources: tuple[Source, ...] = ()
    applies: str = ""
    demands: str = ""
    asks: str = ""
    asked: str = ""
    evidence: tuple[str, ...] = ()
    granted_in: tuple[str, ...] = ()  # where an approval it accepts may be granted besides at home
    force: Force | None = None
    status: tuple[Status, ...] = ()
    clause: str = ""
    documents: tuple[str, ...] = ()
    effort: tuple[str, ...] = ()
    binds_when: str = ""
    next_look: str = ""
    conflict: str = ""
    note: str = ""
    examples: tuple[dict[str, Any], ...] = ()
    inherited: tuple[str, ...] = ()  # the unions it came through, outermost last


@dataclass(frozen=True, slots=True)
class Recognition:
    """Who accepts whose evidence under which instrument, with what work left.

    gives  'same', 'older_series', or pairs (for, with): evidence of `with` counts for a rule that demands `for`
    """

    id: str
    title: str
    accepted_in: tuple[str, ...]
    place: Place
    source: Source
    kinds: tuple[str, ...] = ()
    standards: tuple[str, ...] = ()
    issued_in: tuple[str, ...] = ()
    gives: str | tuple[tuple[str, str], ...] = "same"
    as_kinds: tuple[str, ...] = ()
    when: str = ""
    conditions: tuple[str, ...] = ()
    residual: tuple[str, ...] = ()
    strength: str = "conditional"
    status: tuple[Status, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One activity towards market access; cost and weeks are ranges, mid only if quoted."""

    id: str
    title: str
    about: tuple[str, ...]
    cost: dict[str, Any]
    weeks: dict[str, Any]
    source: Source
    shared: str = ""
    valid: str = ""
    yields: tuple[str, ...] = ()
    confidence: str = ""
    note: str = ""
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """The answer to one requirement about one subject in one market, with its because."""

    rule: str
    market: str
    about: tuple[str, ...]
    verdict: Verdict
    standing: Standing | None
    force: Force | None
    title: str
    topic: str
    because: str
    source: Source | None
    where: Place
    missing: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    via: tuple[str, ...] = ()
    residual: tuple[str, ...] = ()
    clause: str = ""
    question: str = ""
    effort: tuple[str, ...] = ()
    inherited: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """rule@subject+subject; unique within a market."""
        return f"{self.rule}@{'+'.join(self.about)}"


@dataclass(frozen=True, slots=True)
class Exposure:
    """What does not bind today: what would change, when, at what cost, and the event that would make it bind."""

    signal: str
    market: str
    standing: Standing
    title: str
    binds_when: str
    about: tuple[str, ...] = ()
    topic: str = ""
    would_change: tuple[dict[str, Any], ...] = ()
    source: Source | None = None
    next_look: str = ""
    effort: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Expected:
    """One document the technical file of a market should hold, and whether the project has it."""

    market: str
    about: tuple[str, ...]
    document: str
    kind: str
    state: Literal["have", "expires", "missing"]
    title: str = ""
    evidence: str = ""
    expires: str = ""
    language: str = ""
    rules: tuple[str, ...] = ()
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class Project:
    """The project file as read: subjects, their facts, pairs, markets, evidence and the two days."""

    id: str
    title: str
    file: str
    on: str
    known: str
    event: Event
    markets: tuple[str, ...]
    origin: str = ""
    subjects: tuple[Subject, ...] = ()
    facts: tuple[Fact, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    named: tuple[str, ...] = ()  # voluntary standards or rules the project wants reviewed
    quotes: tuple[Step, ...] = ()
    disclosures: tuple[str, ...] = ()
    inputs: tuple[tuple[str, str], ...] = ()  # (path, digest) of everything read
    folder: str = "."
    extra: tuple[tuple[str, Any], ...] = field(default=())  # sections that rooms read: logs, inventories, lots ...

    def subject(self, id: str) -> Subject:
        """The subject of that id; raises KeyError when there is none."""
        return next(s for s in self.subjects if s.id == id)


@dataclass(frozen=True, slots=True)
class Dossier:
    """The reviewed answer, recomputable from its inputs."""

    project: Project
    catalog_version: str
    catalog_digest: str
    engine: str
    findings: tuple[Finding, ...]
    exposure: tuple[Exposure, ...]
    completeness: tuple[Expected, ...]
    steps: tuple[Step, ...] = ()
    questions: tuple[dict[str, Any], ...] = ()  # the cheapest next questions, best first
    names: tuple[tuple[str, str], ...] = ()  # market code -> name on screen
    chapters: tuple[Chapter, ...] = ()  # what rooms show beside their facts
