"""Amounts with units: read them, compare them, print them.

A unit belongs to a dimension and has a factor to that dimension's first unit (data/words/units.yaml). Amounts are
decimal, so 0.1 stays 0.1. Two amounts of different dimensions are never compared: that is a problem in the text that
asks, found when it is read.
Reading order: Unit, Units.parse(), Units.compare().
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from .errors import nearest
from .waist import Quantity

_AMOUNT = re.compile(r"\s*([+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?)\s*(.*?)\s*")
MOST_CHARACTERS = 80


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit name, its dimension, and how many base units one of it is (plus an offset for temperatures)."""

    name: str
    dimension: str
    factor: Decimal = Decimal(1)
    offset: Decimal = Decimal(0)


class Units:
    """The units the library knows."""

    def __init__(self, table: Mapping[str, Unit]) -> None:
        self._table = dict(table)

    def __contains__(self, name: object) -> bool:
        return name in self._table

    def dimension(self, unit: str) -> str:
        """The dimension of a unit; raises ValueError with the nearest names."""
        if unit not in self._table:
            raise ValueError(f"no unit is called {unit!r}; {nearest(unit, self._table)}".rstrip("; "))
        return self._table[unit].dimension

    def parse(self, text: str) -> Quantity:
        """'22 kW' -> Quantity; raises ValueError with a sentence."""
        if len(text) > MOST_CHARACTERS:  # before the pattern, which backtracks
            raise ValueError(f"{text[:20]!r}... has {len(text)} characters; no amount is longer than {MOST_CHARACTERS}")
        match = _AMOUNT.fullmatch(text)
        if not match:
            raise ValueError(f"{text!r} is not an amount with a unit, such as 22 kW")
        number, unit = match.groups()
        if not unit:
            raise ValueError(f"{text!r} has no unit; write for example '{number} kW'")
        self.dimension(unit)
        return Quantity(Decimal(number), unit)

    def base(self, amount: Quantity) -> Decimal:
        """The amount in the base unit of its dimension."""
        unit = self._table[amount.unit]
        return amount.value * unit.factor + unit.offset

    def compare(self, left: Quantity, right: Quantity) -> int:
        """-1, 0 or 1; raises ValueError when the dimensions differ."""
        a, b = self.dimension(left.unit), self.dimension(right.unit)
        if a != b:
            raise ValueError(f"{left} is {a}, {right} is {b}; they cannot be compared")
        x, y = self.base(left), self.base(right)
        return (x > y) - (x < y)

    def convert(self, amount: Quantity, unit: str) -> Quantity:
        """The same amount in another unit of its dimension."""
        if self.dimension(amount.unit) != self.dimension(unit):
            raise ValueError(f"{amount} cannot be said in {unit}")
        target = self._table[unit]
        return Quantity((self.base(amount) - target.offset) / target.factor, unit)
