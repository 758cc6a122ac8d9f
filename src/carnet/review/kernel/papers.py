"""What is said in lists, entry by entry: who says it, by which kind of document, from when until when.

Statements that no rule can tell apart (same entry, kind of document, economy of the issuer, ...) are one Voice; a voice
knows the lanes it speaks for and on which days. Between two of its dates nothing changes, so a day is a period.
Reading order: Voice, Chorus.period(), Chorus.plane().
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from ...waist import Evidence
from .bits import Array, packed

EVER, NEVER = 0, 1 << 30  # days as whole numbers, yyyymmdd


@dataclass(frozen=True, slots=True)
class Voice:
    """One way of saying one entry of one list.

    freely   it counts for every rule: an example or a what-if
    paper    the document behind it, with nothing in it that no rule asks; None for a mere statement
    kinds    the kinds of evidence behind the statement
    refuted  it says that the entry is not so
    """

    fact: str
    entry: str
    kinds: tuple[str, ...] = ()
    paper: Evidence | None = None
    freely: bool = False
    refuted: bool = False


@dataclass(slots=True)
class _Lines:
    lanes: list[int] = field(default_factory=list)
    since: list[int] = field(default_factory=list)
    until: list[int] = field(default_factory=list)


class Chorus:
    """All voices of a frame of n lanes."""

    def __init__(self, lanes: int) -> None:
        self.lanes = lanes
        self.voices: list[Voice] = []
        self._number: dict[Voice, int] = {}
        self._lines: list[_Lines] = []
        self._arrays: dict[int, tuple[Array, Array, Array, list[int]]] = {}

    def say(self, voice: Voice, lanes: Iterable[int], since: int = EVER, until: int = NEVER) -> None:
        """A voice speaks for lanes, from a day until a day, both included."""
        if voice not in self._number:
            self._number[voice] = len(self.voices)
            self.voices.append(voice)
            self._lines.append(_Lines())
        number = self._number[voice]
        self._arrays.pop(number, None)
        found = self._lines[number]
        mine = list(lanes)
        found.lanes += mine
        found.since += [since] * len(mine)
        found.until += [until] * len(mine)

    def _array(self, number: int) -> tuple[Array, Array, Array, list[int]]:
        if number not in self._arrays:
            lines = self._lines[number]
            since, until = np.array(lines.since, np.int64), np.array(lines.until, np.int64)
            edges = sorted(set(np.unique(since).tolist()) | set((np.unique(until) + 1).tolist()))
            self._arrays[number] = (np.array(lines.lanes, np.int64), since, until, edges)
        return self._arrays[number]

    def period(self, number: int, day: int) -> int:
        """Which of the stretches between a voice's dates a day lies in."""
        return bisect_right(self._array(number)[3], day)

    def plane(self, number: int, day: int) -> Array:
        """The lanes a voice speaks for on a day."""
        lanes, since, until, _ = self._array(number)
        mask = np.zeros(self.lanes, bool)
        mask[lanes[(since <= day) & (day <= until)]] = True
        return packed(mask)


def day_number(day: str) -> int:
    """'2026-11-21' -> 20261121: days in their order, without a calendar."""
    return int(day.replace("-", ""))
