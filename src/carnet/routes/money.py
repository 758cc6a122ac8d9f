"""Ranges of money and weeks: decimals as written, a middle only where somebody quoted one.

Money is {low, mid, high, currency, priced} with decimal text; sums are exact. An amount in another currency enters a
plan only at a dated rate that the project gives, and a sum has a middle only when every part of it has one.
Reading order: Range, Rate, priced(), total(), amount().
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Range:
    """From low to high; mid is None unless somebody quoted it."""

    low: Decimal
    high: Decimal
    mid: Decimal | None = None

    @property
    def width(self) -> Decimal:
        return self.high - self.low

    def __add__(self, other: Range) -> Range:
        mid = self.mid + other.mid if self.mid is not None and other.mid is not None else None
        return Range(self.low + other.low, self.high + other.high, mid)

    def times(self, rate: Decimal) -> Range:
        """The range in another currency, to the cent."""

        def cents(value: Decimal) -> Decimal:
            return (value * rate).quantize(Decimal("0.01"), ROUND_HALF_UP)

        return Range(cents(self.low), cents(self.high), None if self.mid is None else cents(self.mid))


NOTHING = Range(ZERO, ZERO, ZERO)


@dataclass(frozen=True, slots=True)
class Rate:
    """What one unit of a currency was worth in the plan's on a day, and who says so."""

    currency: str
    worth: Decimal
    day: str
    source: str


def priced(cost: dict[str, Any], currency: str, rates: dict[str, Rate]) -> Range | None:
    """A cost as the library or a quotation writes it, in the plan's currency; None when no rate leads there."""
    found = Range(Decimal(cost["low"]), Decimal(cost["high"]), Decimal(cost["mid"]) if cost.get("mid") else None)
    if cost["currency"] == currency:
        return found
    rate = rates.get(cost["currency"])
    return found.times(rate.worth) if rate else None


def lasting(weeks: dict[str, Any]) -> Range:
    """Weeks as the library writes them."""
    mid = weeks.get("mid")
    return Range(Decimal(str(weeks["low"])), Decimal(str(weeks["high"])), None if mid is None else Decimal(str(mid)))


def total(parts: Iterable[Range]) -> Range:
    """The exact sum; its middle is known only when every part's is."""
    found = NOTHING
    for part in parts:
        found = found + part
    return found


def text(value: Decimal | None) -> str | None:
    """A decimal as text without an exponent or idle zeros."""
    if value is None:
        return None
    plain = format(value, "f")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def amount(found: Range | None, currency: str, day: str = "") -> dict[str, Any]:
    """The contract's form; every amount null when nobody has priced it."""
    shown = {"low": text(found.low), "mid": text(found.mid), "high": text(found.high)} if found else _NONE
    return {**shown, "currency": currency, "priced": day or None}


def span(found: Range | None) -> dict[str, Any]:
    """Weeks in the contract's form: numbers."""
    return {k: None if v is None else number(Decimal(v)) for k, v in _plain(found).items()}


def number(value: Decimal) -> int | float:
    return int(value) if value == int(value) else float(value)


def words(found: Range | None, currency: str) -> str:
    """'120,000 to 150,000 USD' for people."""
    if found is None:
        return "not priced"
    low, high = (f"{value:,.0f}" for value in (found.low, found.high))
    return f"{low} {currency}" if low == high else f"{low} to {high} {currency}"


_NONE: dict[str, str | None] = {"low": None, "mid": None, "high": None}


def _plain(found: Range | None) -> dict[str, str | None]:
    return {"low": text(found.low), "mid": text(found.mid), "high": text(found.high)} if found else _NONE
