"""Rounding happens once, at the end, to significant digits, half to even on the shortest decimal of the number."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Context, Decimal


def significant(value: float, digits: int) -> float:
    """The value with so many significant digits."""
    return float(Context(prec=digits, rounding=ROUND_HALF_EVEN).plus(Decimal(repr(value))))
