"""Why a step is in the plan, what it is worth, and what would happen without it.

For each priced step two more plans are asked: one without it, and what the plan costs besides it. From these follow
the price at which the plan would change, and the value of knowing its cost before deciding: on a range without a
middle every cost inside it counts as equally likely, and the best plan is never dearer than min(with it, without it).
Reading order: because(), Worth, worths(), Margin, Without.
Source: value of information, R. A. Howard (1966), IEEE Trans. Systems Science and Cybernetics 2 (cited, not quoted).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import Unheard, nearest
from .money import Range, amount, span, words
from .net import FOREVER, Bools
from .nouns import Work
from .plan import Plan, Planner, cheap_and_soon
from .search import Answer, Unsettled


def because(work: Work, plan: Plan) -> str:
    """One sentence: what it closes, for whom, and on what ground it is the way."""
    served = plan.serves.get(work.id, ())
    opened_by = [plan.ground.under[c] for c in work.closes if c in plan.ground.under]
    if opened_by and (not served or not any(g.token.endswith(c) for g in served for c in work.closes)):
        goal, option = opened_by[0]
        return f"{goal.finding.title}. Option {option.id} opens it: {goal.finding.because}"
    if not served:
        return "The project asks for it." if work.step is not None else "A step of the plan needs it."
    titles = "; ".join(dict.fromkeys(f"{g.finding.title} ({g.market})" for g in served[:3]))
    more = f" and {len(served) - 3} more" if len(served) > 3 else ""
    opened = f" Closed today, open on the planned day {served[0].later}." if served[0].later else ""
    count = len({g.market for g in served})
    shared = f" One work serves {count} markets." if count > 1 else ""
    said = [g for g in plan.grounds.get(work.id, ()) if g] if work.step is not None else []
    ground = f" Ground: {'; '.join(said[:2])}." if said else ""
    return f"{titles}{more}. {served[0].finding.because}{opened}{shared}{ground}"


def markets(work: Work, plan: Plan) -> list[str]:
    """The markets that a work serves in this plan."""
    served = list(dict.fromkeys(g.market for g in plan.serves.get(work.id, ())))
    return served or list(work.markets)


@dataclass(frozen=True, slots=True)
class Worth:
    """What one step is worth to the plan, in its currency by the deciding costs.

    without   the deciding cost of the plan without it, None when there is none
    flips_at  the cost of this step at which another way becomes cheaper; None when there is no other way
    swing     how wide its range is: what its quotation would take out of the total's range
    other     the range of the plan without it
    value     expected saving of knowing its cost before deciding (0 when no answer would change the plan)
    """

    work: str
    without: float | None
    flips_at: float | None
    swing: float
    value: float
    says: str
    other: Range | None = None


def worths(planner: Planner, plan: Plan, most: int = 60) -> list[Worth]:
    """Every priced step of the plan and every priced alternative, most worth a quotation first."""
    works = plan.ground.works
    at = {n: i for i, n in enumerate(planner.net.names)}
    mine = [w.id for w, _, _ in plan.steps if w.priced]
    others = [w.id for w in works.values() if w.priced and w.id not in set(mine) and w.id in at]
    found = [_worth(planner, plan, works[i], at[i], i in set(mine)) for i in (*mine, *others)[:most]]
    ranked = [w for w in found if w is not None]
    return sorted(ranked, key=lambda w: (-w.value, -w.swing, w.work))


def _worth(planner: Planner, plan: Plan, work: Work, at: int, inside: bool) -> Worth | None:
    assert work.cost is not None  # only priced works come here
    low, high = float(work.cost.low), float(work.cost.high)
    price, best = float(planner.search.cost[at]), plan.answer.cost
    currency = plan.ground.currency
    deadline = plan.answer.weeks if plan.ask.objective == "time" else FOREVER
    spread: Range | None = None
    if inside:
        other = _ask(planner, deadline, at)
        spread = planner.cost(other.chosen) if other is not None else None
        without = other.cost if other is not None else None
        besides = best - price
    else:
        without = best
        forced = _forced(planner, deadline, at)
        if forced is None:
            return None
        besides = forced - price
    flips = None if without is None else without - besides
    value = 0.0 if flips is None or work.quoted else _value(low, high, price, flips)
    swing = 0.0 if work.quoted or not inside else high - low
    says = _says(inside, spread, flips, low, high, currency)
    return Worth(work.id, without, flips, swing, value, says, spread)


def _value(low: float, high: float, price: float, flips: float) -> float:
    """Expected saving of seeing a cost that is even over its range, against deciding on `price` now."""
    if high <= low:
        return 0.0
    mean = (low + high) / 2
    now = min(mean, flips) if price != mean else min(price, flips)
    cut = min(max(flips, low), high)
    seen = ((cut**2 - low**2) / 2 + flips * (high - cut)) / (high - low)
    return max(0.0, now - seen)


def _says(inside: bool, other: Range | None, flips: float | None, low: float, high: float, currency: str) -> str:
    if not inside:
        assert flips is not None  # an alternative has the plan itself as its other way
        if flips < low:
            if flips <= 0:
                return "Another way is cheaper even if this one cost nothing, since it needs more beside it."
            return f"Another way is cheaper at any cost of its range; this one pays below {flips:,.0f} {currency}."
        return f"It replaces the planned way below {flips:,.0f} {currency}, which lies in its range."
    if other is None or flips is None:
        return "No other way is known: without it what it closes stays open."
    instead = f"Without it the plan costs {words(other, currency)}"
    if flips > high:
        return f"{instead}; it stays best at any cost of its range."
    return f"{instead}; above {flips:,.0f} {currency} for this step that is cheaper."


def _ask(planner: Planner, deadline: int, without: int) -> Answer | None:
    forbid = np.zeros(planner.net.size, dtype=bool)
    forbid[without] = True
    try:
        return planner.search.cheapest(deadline, forbid=forbid)
    except Unsettled:
        return None


def _forced(planner: Planner, deadline: int, at: int) -> float | None:
    """The cheapest plan that does a step and rests on it: only the other ways of what it yields are forbidden."""
    net = planner.net
    goals = {t for g in planner.ground.goals for t in [g.token]}
    using = [a for a in planner.ground.activities if set(a.needs) & {net.tokens[int(t)] for t in net.yields[at]}]
    targets = {t for a in using for t in a.yields if t in goals}
    if not targets:
        return None
    keep = {a.id for a in using}
    forbid = np.array(
        [bool(set(a.yields) & targets) and a.id not in keep for a in planner.ground.activities], dtype=bool
    )
    try:
        found = planner.search.cheapest(deadline, forbid=forbid)
    except Unsettled:
        return None
    return found.cost if found is not None and found.chosen[at] else None


@dataclass(frozen=True, slots=True)
class Margin:
    """What one market adds to the plan: the plan without it is so much cheaper and ends so many weeks sooner."""

    market: str
    cost: Range
    weeks: int
    works: tuple[str, ...]


def margins(planner: Planner, plan: Plan) -> list[Margin]:
    """Every market left out in turn; nothing when there is only one."""
    markets = list(dict.fromkeys(g.market for g in plan.ground.goals))
    if len(markets) < 2 or plan.ask.objective == "time":
        return []
    found = []
    mine = {w.id for w, _, _ in plan.steps if w.priced}
    for market in markets:
        try:
            answer, names = planner.apart(market)
        except Unsettled:
            continue
        if answer is not None:
            spared = tuple(sorted(mine - names))
            less = planner.named(names)
            adds = Range(plan.cost.low - less.low, plan.cost.high - less.high)
            found.append(Margin(market, adds, plan.answer.weeks - answer.weeks, spared))
    return found


@dataclass(frozen=True, slots=True)
class Without:
    """The plan if some steps or recognitions fail: its ranges and what is done instead, or what stays open.

    plan  None when no plan is left; `lost` then names what stays open
    """

    names: tuple[str, ...]
    cost: Range | None
    weeks: Range | None
    extra: float
    instead: tuple[str, ...]
    lost: tuple[str, ...]

    def plain(self, currency: str) -> dict[str, Any]:
        """As the contract prints it."""
        return {
            "without": list(self.names),
            "possible": self.cost is not None,
            "cost": amount(self.cost, currency),
            "weeks": span(self.weeks),
            "extra": round(self.extra, 2) if self.cost is not None else None,
            "steps": list(self.instead),
            "lost": list(self.lost),
        }


def without(planner: Planner, plan: Plan, names: Iterable[str]) -> Without:
    """What changes when steps or recognitions fail; raises Unheard for what this problem does not know."""
    wanted = tuple(names)
    forbid = np.zeros(planner.net.size, dtype=bool)
    for name in wanted:
        hit = [i for i, n in enumerate(planner.net.names) if _called(n, name, plan)]
        if not hit:
            near = nearest(name, {*(_step_id(k) for k in plan.ground.works), *through(plan)})
            raise Unheard(f"no step or recognition of this problem is called {name!r}" + (f"; {near}" if near else ""))
        forbid[hit] = True
    try:
        found = cheap_and_soon(planner.search, forbid)
    except Unsettled:
        found = None
    if found is None:
        return Without(wanted, None, None, 0.0, (), tuple(_lost(planner, forbid)))
    mine = {w.id for w, _, _ in plan.steps}
    works = plan.ground.works
    fresh = [n for i, n in enumerate(planner.net.names) if found.chosen[i] and n in works and n not in mine]
    extra = found.cost - plan.answer.cost
    return Without(wanted, planner.cost(found.chosen), planner.weeks(found.chosen), extra, tuple(fresh), ())


def _step_id(name: str) -> str:
    """'th:labels-ev@tractor' -> 'labels-ev'."""
    return name.split("@")[0].split(":")[-1]


def _called(name: str, asked: str, plan: Plan) -> bool:
    if asked in (name, name.partition("@")[0], _step_id(name)):
        return True
    said = plan.ground.ways.get(name, "")
    return said.startswith("through ") and asked in said.removeprefix("through ").split(", ")


def through(plan: Plan, used: bool = False) -> list[str]:
    """The recognitions of a problem, or only those its plan rests on."""
    chosen = {n for i, n in enumerate(plan.net.names) if plan.answer.chosen[i]}
    found: dict[str, None] = {}
    for name, said in plan.ground.ways.items():
        if said.startswith("through ") and (not used or name in chosen):
            found |= dict.fromkeys(said.removeprefix("through ").split(", "))
    for name, work in plan.ground.works.items():
        if work.kind == "recognition" and (not used or name in chosen):
            found[_step_id(name)] = None
    return sorted(found)


def failing(planner: Planner, plan: Plan, most: int = 12) -> list[Without]:
    """Each recognition the plan rests on, gone."""
    return [without(planner, plan, [name]) for name in through(plan, used=True)[:most]]


def _lost(planner: Planner, forbid: Bools) -> list[str]:
    from .reach import NEVER, earliest

    token = earliest(planner.net, planner.search.weeks, ~forbid).token
    at = {t: i for i, t in enumerate(planner.net.tokens)}
    return [
        f"{g.market}: {g.finding.title}" for g in planner.ground.goals if g.token in at and token[at[g.token]] >= NEVER
    ]
