"""The nouns of watching: a due step, a move of a verdict, a paper that ends, a signal, what is known of a topic.

Every entry has a `uid` made of what it says, never of when it was made: the same entry keeps its name in a calendar.
Reading order: Due, Waiting, Move, Ending, Heard, Known, Watch.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from ...waist import Exposure, Source, Status


@dataclass(frozen=True, slots=True)
class Due:
    """One dated step of a text that falls into the window: from `first` (or by `last`) it stands differently.

    table   requirements, recognitions or standards
    mine    True when the step's event binds the review of the project
    would   the verdict as the papers stand today, if it bound; empty for what is no rule
    """

    uid: str
    table: str
    id: str
    market: str
    title: str
    topic: str
    first: str
    last: str
    step: Status
    mine: bool
    about: tuple[str, ...]
    source: Source
    reported: bool
    would: str = ""
    because: str = ""
    conflict: str = ""

    @property
    def certain(self) -> bool:
        """Whether the day itself is written."""
        return self.first == self.last


@dataclass(frozen=True, slots=True)
class Waiting:
    """A step without a day: it waits for another text, or for an event nobody has dated."""

    uid: str
    id: str
    market: str
    title: str
    standing: str
    waits_for: str
    next_look: str
    about: tuple[str, ...]
    source: Source


@dataclass(frozen=True, slots=True)
class Move:
    """A finding that changes its verdict on a day; None where there is no finding."""

    uid: str
    day: str
    market: str
    finding: str
    rule: str
    title: str
    before: str | None
    after: str | None
    because: str
    causes: tuple[str, ...] = ()  # uids of what falls on that day


@dataclass(frozen=True, slots=True)
class Ending:
    """A paper that expires, or that no longer suffices for a rule from a day on."""

    uid: str
    evidence: str
    how: str  # expires | refused
    day: str
    standard: str
    about: tuple[str, ...]
    market: str = ""
    rule: str = ""
    because: str = ""


@dataclass(frozen=True, slots=True)
class Heard:
    """A signal that touches the project, with the event that would bind it and the day to look again."""

    uid: str
    row: Exposure
    day: str
    actor: str
    conflict: str = ""
    look: tuple[str, str] | None = None  # first and last day of the next look


@dataclass(frozen=True, slots=True)
class Known:
    """How old the knowledge of one topic in one market is; `seen` is None when nobody looked or no rule is known."""

    market: str
    topic: str
    rules: int
    remembered: int
    seen: str | None
    days: int | None


@dataclass(frozen=True, slots=True)
class Watch:
    """What one project should watch between two days (the first day itself is past, the last belongs to it)."""

    project: str
    title: str
    markets: tuple[tuple[str, str], ...]
    since: str
    until: str
    due: tuple[Due, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    moves: tuple[Move, ...] = ()
    endings: tuple[Ending, ...] = ()
    heard: tuple[Heard, ...] = ()
    known: tuple[Known, ...] = ()


def named(*words: object) -> str:
    """The name of an entry: a digest of what it says."""
    return hashlib.sha256("\0".join(str(w) for w in words).encode()).hexdigest()[:24]
