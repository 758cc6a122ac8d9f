"""What if an economy accepted an option from a year on: which option has one half of the installed base, and when.

A stock and a flow, nothing more, and every assumption is said beside the answer:
- every year as many are added as on average over the last years known (nothing is retired);
- without the change, what is added splits as it did over these years;
- with it, from that year the option's part of what is added climbs in a straight line over `ramp` years to `part`; the
  others share the rest as before. `part` is the user's assumption; when it is not given, it is what the option takes
  of additions where it is strongest, and that economy is named.
Reading order: Change, Answer, what_if().
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .diffusion import HIGH_MARK, Base

RECENT = 3  # years over which additions are averaged


@dataclass(frozen=True, slots=True)
class Change:
    """In `economy`, `option` is accepted from `year`; `part` of additions in the end, None to borrow it."""

    economy: str
    option: str
    year: int
    part: float | None = None
    ramp: int = 5


@dataclass(frozen=True, slots=True)
class Answer:
    """Shares by year with and without the change, who has one half when, and what was assumed."""

    economy: str
    years: tuple[int, ...]
    before: dict[str, tuple[float, ...]]
    after: dict[str, tuple[float, ...]]
    half_before: dict[str, int | None]
    half_after: dict[str, int | None]
    assumed: tuple[str, ...]


def what_if(installed: Base, change: Change, until: int) -> tuple[Answer | None, str]:
    """(answer, '') or (None, why there is none)."""
    economy, years = change.economy, installed.years(change.economy)
    if len(years) < 2:
        return None, f"{economy}: at least two years of the installed base must be known"
    last = years[-1]
    if until <= last or change.year > until:
        return None, f"the years end {until}; give an end after {max(last, change.year)}"
    flow = additions(installed, economy)
    total = sum(flow.values())
    if total <= 0:
        return None, f"{economy}: nothing was added over the last years, so nothing can be carried on"
    part, borrowed = (change.part, "") if change.part is not None else _borrowed(installed, change)
    if part is None:
        return None, f"no economy in these data adds {change.option}; say what part it would take"
    usual = {o: n / total for o, n in flow.items()}
    usual.setdefault(change.option, 0.0)
    now = {o: installed.stock[economy, o].get(last, 0.0) if (economy, o) in installed.stock else 0.0 for o in usual}
    span = tuple(range(last, until + 1))
    still, moved = dict(now), dict(now)
    before: dict[str, list[float]] = {o: [] for o in usual}
    after: dict[str, list[float]] = {o: [] for o in usual}
    for year in span:
        if year > last:
            for option, share in usual.items():
                still[option] += total * share
            for option, share in _split(usual, change, part, year).items():
                moved[option] += total * share
        for stock, series in ((still, before), (moved, after)):
            whole = sum(stock.values())
            for option in usual:
                series[option].append(stock[option] / whole)
    assumed = (
        f"{total:,.0f} are added every year, the average of {economy} over {_recent(years)}; nothing is retired",
        "without the change additions split as over these years",
        f"from {change.year} {change.option} climbs over {change.ramp} years to {part:.0%} of additions"
        + (f", as in {borrowed}" if borrowed else ", as assumed by whoever asks"),
    )
    return Answer(
        economy,
        span,
        {o: tuple(v) for o, v in before.items()},
        {o: tuple(v) for o, v in after.items()},
        {o: _half(span, v) for o, v in before.items()},
        {o: _half(span, v) for o, v in after.items()},
        assumed,
    ), ""


def additions(installed: Base, economy: str) -> dict[str, float]:
    """What was added a year on average over the last years known, by option; less than nothing counts as nothing."""
    years = installed.years(economy)
    first, last = years[max(0, len(years) - 1 - RECENT)], years[-1]
    return {
        o: max(0.0, installed.stock[economy, o].get(last, 0.0) - installed.stock[economy, o].get(first, 0.0))
        / (last - first)
        for o in installed.options(economy)
    }  # fmt: skip


def _recent(years: Sequence[int]) -> str:
    return f"{years[max(0, len(years) - 1 - RECENT)]} to {years[-1]}"


def _borrowed(installed: Base, change: Change) -> tuple[float | None, str]:
    """The part of additions the option takes where it is strongest, and where that is."""
    best: tuple[float, str] = (0.0, "")
    for economy in installed.economies:
        if economy == change.economy or len(installed.years(economy)) < 2:
            continue
        flow = additions(installed, economy)
        total = sum(flow.values())
        if total > 0:
            best = max(best, (flow.get(change.option, 0.0) / total, economy))
    return (best[0], best[1]) if best[0] > 0 else (None, "")


def _split(usual: dict[str, float], change: Change, part: float, year: int) -> dict[str, float]:
    """How the additions of a year split: the option at its place on the line, the others as before among themselves."""
    own = usual[change.option]
    if year < change.year:
        return usual
    climbed = min(1.0, (year - change.year + 1) / max(1, change.ramp))
    goal = own + (max(own, part) - own) * climbed
    rest = 1 - own
    return {
        o: goal if o == change.option else (s / rest * (1 - goal) if rest > 0 else 0.0) for o, s in usual.items()
    }  # fmt: skip


def _half(years: Sequence[int], values: Sequence[float]) -> int | None:
    return next((y for y, v in zip(years, values, strict=True) if v >= HIGH_MARK), None)


__all__ = ["Answer", "Change", "additions", "what_if"]
