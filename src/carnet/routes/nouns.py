"""What the net means: works that people do, goals they reach, options a product may take.

Reading order: Work, Goal, Option, Ground.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..waist import Finding, Source, Step
from .inputs import Route
from .money import Range
from .net import Activity

# What comes first when two works touch the same subject in the same market.
KINDS = ("answer", "option", "adaptation", "audit", "test", "approval", "document", "residual", "wait", "recognition")
LEVELS = {"adaptation": 0, "audit": 0, "test": 1, "approval": 2}


@dataclass(slots=True)
class Work:
    """One activity as people see it. `cost` and `weeks` are None where nobody has priced it.

    markets  whom it serves; closes  the goals some way of which uses it
    """

    id: str
    kind: str
    title: str
    about: tuple[str, ...] = ()
    step: Step | None = None
    cost: Range | None = None
    weeks: Range | None = None
    source: Source | None = None
    yields: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    markets: dict[str, None] = field(default_factory=dict)
    closes: dict[str, None] = field(default_factory=dict)
    lab: str = ""
    load: int = 1
    start: int = 0
    hold: int = 0  # weeks its result stays valid; 0 when nobody says

    @property
    def priced(self) -> bool:
        return self.cost is not None

    @property
    def quoted(self) -> bool:
        return self.step is not None and self.step.quoted


@dataclass(frozen=True, slots=True)
class Goal:
    """One open finding: `ways` names the activities (hidden or not) any of which closes it; empty when none does."""

    token: str
    market: str
    finding: Finding
    ways: tuple[str, ...]
    reason: str = ""  # why it is open today, or why no step closes it
    due: int = 0
    later: str = ""  # the day from which it is open, when it is closed today


@dataclass(frozen=True, slots=True)
class Option:
    """An adaptation of the product, as the review judged it: what it settles and what it opens.

    fixes    (market, finding id) that are closed with it
    breaks   findings that are open with it and were not
    assumes  the change in words, as FACT=VALUE
    """

    id: str
    title: str
    steps: tuple[str, ...]
    about: tuple[str, ...]
    fixes: frozenset[tuple[str, str]]
    breaks: tuple[Finding, ...] = ()
    assumes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ground:
    """A dossier as a problem: activities with their meaning, goals, questions, and what stays closed."""

    route: Route
    currency: str
    activities: tuple[Activity, ...]
    works: Mapping[str, Work]
    goals: tuple[Goal, ...]
    held: tuple[str, ...]
    capacity: Mapping[str, int | tuple[int, ...]]
    questions: tuple[Finding, ...] = ()
    contingent: tuple[tuple[Finding, tuple[str, ...]], ...] = ()
    ways: Mapping[str, str] = field(default_factory=dict)  # hidden activity -> what it stands for
    notes: tuple[str, ...] = ()
    closed: tuple[Goal, ...] = ()
    required: tuple[str, ...] = ()  # tokens that the project wants in any case
    under: Mapping[str, tuple[Goal, Option]] = field(default_factory=dict)  # what an option opens if it is taken
