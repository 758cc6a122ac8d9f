"""Incremental upgrade or platform redesign under dated scenarios of adoption, and where the choice flips.

A design pays its own steps once, and per market the steps that market still asks for. A market that adopts by itself
before the adapted product could be ready asks for none of them: the product waits for that day instead. Both ends of
every range are carried; a design is `surely` cheaper only when its high end lies below the other's low end.
Reading order: Outcome, outcome(), verdict(), flip_day().
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ..catalog.dates import later
from ..waist import Step
from ..words import span
from .inputs import DesignBlock
from .money import NOTHING, Range, lasting, total

Price = Callable[[Step], Range | None]
MOST_MONTHS = 180


@dataclass(frozen=True, slots=True)
class Outcome:
    """One design under one scenario: its cost, when each market is open if all takes long, and who was waited for."""

    design: str
    cost: Range
    opens: tuple[tuple[str, str], ...]
    waited: tuple[str, ...]
    steps: tuple[str, ...]

    @property
    def deciding(self) -> Decimal:
        """The half of the range weighs the choice; it is never printed as an amount."""
        return self.cost.mid if self.cost.mid is not None else (self.cost.low + self.cost.high) / 2

    @property
    def last(self) -> str:
        return max((day for _, day in self.opens), default="")


def outcome(
    design: DesignBlock,
    adopts: Mapping[str, str],
    markets: Sequence[str],
    start: str,
    steps: Mapping[str, Step],
    price: Price,
    own: tuple[Range, Range] | None = None,
) -> Outcome:
    """A design under a scenario.

    adopts  market -> the day from which it asks nothing more of this kind
    own     the design's own estimate of cost and weeks, when it gives one
    """
    once: dict[str, Step] = {name: steps[name] for name in design.steps}
    base_weeks = max((lasting(steps[s].weeks).high for s in design.steps), default=Decimal(0))
    if own is not None:
        base_weeks = max(base_weeks, own[1].high)
    opens, waited = [], []
    for market in markets:
        named = design.per_market.get(market, [])
        weeks = base_weeks + max((lasting(steps[s].weeks).high for s in named), default=Decimal(0))
        ready = date.fromordinal(date.fromisoformat(start).toordinal() + 7 * int(weeks)).isoformat()
        day = span(adopts[market])[0] if market in adopts else ""
        if named and day and day <= ready:
            waited.append(market)
            base = date.fromordinal(date.fromisoformat(start).toordinal() + 7 * int(base_weeks)).isoformat()
            opens.append((market, max(day, base)))
            continue
        for name in named:
            once[f"{market}:{name}" if "market" in steps[name].shared else name] = steps[name]
        opens.append((market, ready))
    parts = [p for s in once.values() if (p := price(s)) is not None]
    cost = total([*parts, *([own[0]] if own is not None else [])]) if parts or own else NOTHING
    return Outcome(design.id, cost, tuple(opens), tuple(waited), tuple(once))


def verdict(outcomes: Sequence[Outcome]) -> tuple[str, bool]:
    """(the cheapest design by the half of the ranges, whether it is so wherever in the ranges the costs lie)."""
    best = min(outcomes, key=lambda o: (o.deciding, o.design))
    sure = all(best.cost.high < o.cost.low for o in outcomes if o.design != best.design)
    return best.design, sure


def flip_day(
    market: str, adopts: Mapping[str, str], choose: Callable[[Mapping[str, str]], str], start: str
) -> tuple[str, str, str] | None:
    """(day, choice before, choice after) when the choice depends on when one market adopts, the others as given.

    The day moves month by month from the start of the plan; None when the choice is the same on all of them.
    """
    first = choose({**adopts, market: start})
    for month in range(1, MOST_MONTHS):
        day = later(start, month)
        now = choose({**adopts, market: day})
        if now != first:
            return day, first, now
    return None
