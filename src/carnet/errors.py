"""What can go wrong, by what a caller can do about it.

    CarnetError
    +-- BadInput        a file, option or value cannot be used as it is; carries every Problem found     exit 2
    |   +-- BadProject  ... it is the project file or something it points to
    |   +-- BadData     ... it is a file of the library
    +-- UnknownEconomy  no economy of that code is known; nearest codes are named                        exit 3
    +-- Unheard         no rule, finding or row of that id; nearest ids are named                        exit 3
    +-- Broken          an integrity check failed: digest, seal or log                                   exit 5

Anything else that escapes is our own mistake and ends with exit 4. A Problem is a sentence with a place and a next
step; problems are collected and shown together. A missing fact is neither: it makes a finding `unproven`.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from .waist import Place


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in one place: what happened, and the nearest right thing."""

    place: Place
    says: str
    hint: str = ""

    def __str__(self) -> str:
        return f"{self.place}: {self.says}" + (f"\n    {self.hint}" if self.hint else "")


class CarnetError(Exception):
    """The root; `exit_code` is what the command line ends with."""

    exit_code = 4


class BadInput(CarnetError):
    """A file, option or value that cannot be used as it is."""

    exit_code = 2

    def __init__(self, problems: Iterable[Problem] | str) -> None:
        self.problems: tuple[Problem, ...] = () if isinstance(problems, str) else tuple(problems)
        super().__init__(problems if isinstance(problems, str) else "\n".join(str(p) for p in self.problems))


class BadProject(BadInput):
    """The project file, or a file it points to."""


class BadData(BadInput):
    """A file of the library."""


class UnknownEconomy(CarnetError):
    """An economy code that `data/economies/` does not know."""

    exit_code = 3


class Unheard(CarnetError):
    """No row of that id in the library or the review."""

    exit_code = 3


class Broken(CarnetError):
    """A digest, seal or log does not agree with what it speaks for."""

    exit_code = 5


def nearest(word: str, among: Iterable[str], *, most: int = 1) -> str:
    """', did you mean ...?' for the closest known words, or an empty string."""
    known = list(among)
    same = [k for k in known if k.lower() == word.lower()]
    close = same[:most] or difflib.get_close_matches(word, known, n=most, cutoff=0.6)
    return f"did you mean {' or '.join(repr(c) for c in close)}?" if close else ""
