"""Guards of the session tables: when a stage begins, a debt starts, a stop is said.

    CHM                       the message has been seen in this session
    CRM.recognition=170       the signal has this raw value now        (also >, >= and <)
    102.enabled=1>0           it has gone from 1 to 0 at some time
    109.output_voltage>=50@2  it has risen to 50 or more for the second time
    BRM.length=49             the message has been seen with this length
    A & B | C                 all of a part, any of the parts

Guards are data, never evaluated as Python. Values are raw numbers as on the wire.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

_ATOM = re.compile(r"(\w+)(?:\.(\w+)(=|>=|>|<)(\d+)(?:(>|@)(\d+))?)?")


@dataclass(frozen=True, slots=True)
class Atom:
    """One condition on one message; `then` is the second number of `1>0` or `@2`."""

    message: str
    signal: str = ""
    op: str = ""
    value: int = 0
    then: int | None = None

    @property
    def latched(self) -> bool:
        """True for what, once it has happened, stays true."""
        return self.then is not None or not self.signal or self.signal == "length"


@lru_cache(maxsize=512)
def parse(text: str) -> tuple[tuple[Atom, ...], ...]:
    """A guard as parts of atoms; raises ValueError naming what it cannot read."""
    return tuple(tuple(_atom(word.strip()) for word in part.split("&")) for part in text.split("|"))


def _atom(word: str) -> Atom:
    match = _ATOM.fullmatch(word)
    if not match:
        raise ValueError(
            f"guard {word!r} cannot be read; write MESSAGE, MESSAGE.signal=1, MESSAGE.signal=1>0 "
            "or MESSAGE.signal>=50@2"
        )
    message, signal, op, value, mark, then = match.groups()
    if (mark == "@" and op != ">=") or (mark == ">" and op != "="):
        raise ValueError(f"guard {word!r}: '@' counts risings of '>=', '>' follows '='")
    return Atom(message, signal or "", op or "", int(value or 0), int(then) if then else None)


def messages(text: str) -> set[str]:
    """The messages a guard asks about."""
    return {atom.message for part in parse(text) for atom in part}
