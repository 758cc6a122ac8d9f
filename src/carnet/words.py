"""The vocabulary: which facts exist, about what, of what type, and how a written value becomes a value.

A Word is one row of data/words/facts/<family>.yaml. Every fact name in a project, rule, session guard or profile must
be a Word, so a misspelling is found when a file is read and never makes a rule silently unknown.
Reading order: Word, Listed, Vocabulary.value(), Vocabulary.matches().
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from .errors import nearest
from .quantity import Units
from .waist import Place, Quantity

# The order of asking: what is cheapest to find out comes first.
EFFORTS = ("look_up", "ask_maker", "ask_authority", "measure", "test", "approve")
_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")  # \d would let in digits that do not sort
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@dataclass(frozen=True, slots=True)
class Word:
    """One fact name: its type is quantity, word, yes_no, text, whole, number, date, year or list."""

    name: str
    about: tuple[str, ...]
    type: str
    unit: str = ""
    values: tuple[str, ...] = ()
    within: Mapping[str, str] = field(default_factory=dict)
    items: str = ""  # of a list: standards, words or text
    stated_by: str = "project"
    means: str = ""
    ask: str = ""
    effort: str = "ask_maker"
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """The entries known of a list fact; a missing entry is unknown unless the list is complete or it is refuted.

    claimed  entries that were said but that nothing shows: unknown even when the list is complete
    """

    entries: tuple[str, ...]
    complete: bool = False
    refuted: tuple[str, ...] = ()
    claimed: tuple[str, ...] = ()


def span(date: str) -> tuple[str, str]:
    """First and last day a written date can mean: '2025' is the whole year, '2025-02' the whole month.

    Raises ValueError for what is not a year, month or day.
    """
    match = _DATE.fullmatch(date)
    if not match:
        raise ValueError(f"{date!r} is not a year, month or day such as '2026', '2026-07' or '2026-07-01'")
    year, month, day = match.groups()
    if year == "0000":
        raise ValueError(f"{date!r}: there is no year 0000")
    if month and not 1 <= int(month) <= 12:
        raise ValueError(f"{date!r}: there is no month {month}")
    last = month_days(int(year), int(month)) if month else 31
    if day and not 1 <= int(day) <= last:
        raise ValueError(f"{date!r}: that month has {last} days")
    return (
        f"{year}-{month or '01'}-{day or '01'}",
        f"{year}-{month or '12'}-{day or f'{last:02d}'}",
    )


def month_days(year: int, month: int) -> int:
    """How many days a month has."""
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return 28 if month == 2 and not leap else _DAYS[month - 1]


class Vocabulary:
    """Every fact name and unit of the library."""

    def __init__(self, words: Iterable[Word], units: Units, kinds: Mapping[str, str]) -> None:
        self.words = {w.name: w for w in words}
        self.units = units
        self.kinds = dict(kinds)  # kind of subject -> family of its facts

    def __contains__(self, name: object) -> bool:
        return name in self.words

    def word(self, name: str) -> Word:
        """The row of that name; raises ValueError with the nearest name and where to look."""
        if name not in self.words:
            family = name.partition(".")[0]
            near = nearest(name, self.words)
            raise ValueError(
                f"no fact is called {name!r}; " + (f"{near} " if near else "") + f"All names: carnet words {family}"
            )
        return self.words[name]

    def value(self, name: str, raw: Any) -> Any:
        """A value as written in a file -> the value of that fact's type; raises ValueError with a sentence."""
        word = self.word(name)
        reader = getattr(self, f"_{word.type}")
        return reader(word, raw)

    def _quantity(self, word: Word, raw: Any) -> Quantity:
        if isinstance(raw, bool) or not isinstance(raw, (str, Quantity)):
            raise ValueError(f"{word.name}: {raw!r} needs its unit; write for example '{raw} {word.unit}'")
        amount = raw if isinstance(raw, Quantity) else self.units.parse(raw)
        if self.units.dimension(amount.unit) != self.units.dimension(word.unit):
            raise ValueError(
                f"{word.name}: {raw} is not a {self.units.dimension(word.unit)}; use for example {word.unit}"
            )
        return amount

    def _word(self, word: Word, raw: Any) -> str:
        if isinstance(raw, list):
            raise ValueError(f"{word.name}: takes one word, not a list; write one of {', '.join(word.values)}")
        if raw not in word.values:
            near = nearest(str(raw), word.values)
            raise ValueError(
                f"{word.name}: {raw!r} is not one of {', '.join(word.values)}" + (f"; {near}" if near else "")
            )
        return str(raw)

    def _yes_no(self, word: Word, raw: Any) -> bool:
        if not isinstance(raw, bool):
            raise ValueError(f"{word.name}: {raw!r} is neither true nor false")
        return raw

    def _text(self, word: Word, raw: Any) -> str:
        if not isinstance(raw, str):
            raise ValueError(f"{word.name}: {raw!r} is not text; write it in quotes")
        return raw

    def _whole(self, word: Word, raw: Any) -> int:
        if isinstance(raw, bool) or not isinstance(raw, int):
            raise ValueError(f"{word.name}: {raw!r} is not a whole number")
        return raw

    _year = _whole

    def _number(self, word: Word, raw: Any) -> Decimal:
        if isinstance(raw, bool) or not isinstance(raw, (int, float, Decimal)):
            raise ValueError(f"{word.name}: {raw!r} is not a number")
        number = Decimal(str(raw))
        if not number.is_finite():
            raise ValueError(f"{word.name}: {raw!r} is not a number")
        return number

    def _date(self, word: Word, raw: Any) -> str:
        if not isinstance(raw, str):
            raise ValueError(f'{word.name}: {raw!r} is not a date; write it in quotes, such as "2026-07-01"')
        try:
            span(raw)
        except ValueError as problem:
            raise ValueError(f"{word.name}: {problem}") from None
        return raw

    def _list(self, word: Word, raw: Any) -> tuple[str, ...]:
        rows = raw if isinstance(raw, (list, tuple)) else [raw]
        for row in rows:
            if not isinstance(row, str):
                raise ValueError(f"{word.name}: {row!r} is not text; write it in quotes")
            if word.items == "words" and row not in word.values:
                self._word(word, row)
        return tuple(rows)

    def matches(self, word: Word, value: str, target: str) -> bool | None:
        """Whether a word value is the target or within it; None when the value is too coarse to say."""
        if value == target or target in self._upward(word, value):
            return True
        return None if value in self._upward(word, target) else False

    def _upward(self, word: Word, value: str) -> list[str]:
        found: list[str] = []
        while (value := word.within.get(value, "")) and value not in found:
            found.append(value)
        return found
