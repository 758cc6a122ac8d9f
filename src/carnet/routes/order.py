"""Works as activities, in the order in which sense does them: the product changes before it is tested, then approved.

The order is a wish: it holds between works that are both done, touch the same thing and serve a common market. A test
that serves other markets too does not wait for an adaptation made for one of them: it is done on the version they take.
Reading order: ordered().
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from ..waist import Project
from .money import Range
from .near import COMPANY
from .net import Activity
from .nouns import LEVELS, Work


def ordered(works: Mapping[str, Work], yields: Mapping[str, Iterable[str]], project: Project) -> tuple[Activity, ...]:
    """One activity per work with what should come before it."""
    serving: dict[str, list[str]] = {}
    for work in works.values():
        for market in work.markets:
            serving.setdefault(market, []).append(work.id)
    near = {s.id: {s.id, *s.fitted_to} for s in project.subjects}

    def touches(work: Work) -> set[str]:
        return {thing for about in work.about for thing in near.get(about, {about})}

    return tuple(_activity(w, yields[w.id], _before(w, works, serving, touches)) for w in works.values())


def _before(
    work: Work, works: Mapping[str, Work], serving: Mapping[str, list[str]], touches: Callable[[Work], set[str]]
) -> tuple[str, ...]:
    level, about = LEVELS.get(work.kind), touches(work)
    if level is None:
        return ()
    found = []
    for name in dict.fromkeys(o for market in work.markets for o in serving[market]):
        other = works[name]
        lower = LEVELS.get(other.kind)
        elsewhere = other.kind == "adaptation" and not set(work.markets) <= set(other.markets)
        if lower is None or lower >= level or elsewhere:
            continue
        theirs = touches(other)
        if about & theirs or COMPANY in theirs:
            found.append(name)
    return tuple(found)


def _activity(work: Work, yields: Iterable[str], after: tuple[str, ...]) -> Activity:
    cost = work.cost
    return Activity(
        id=work.id,
        yields=tuple(yields),
        cost=_pair(cost),
        weeks=_pair(work.weeks),
        after=after,
        lab=work.lab,
        load=work.load,
        start=work.start,
        likely=float(cost.mid) if cost is not None and cost.mid is not None else None,
    )


def _pair(found: Range | None) -> tuple[float, float]:
    return (float(found.low), float(found.high)) if found is not None else (0.0, 0.0)
