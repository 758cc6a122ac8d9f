"""What the ranges mean for the whole: how likely the plan is to cost less, to end in time, to stay the best.

Every cost and every duration is drawn evenly from its range, independently; the order of works and who waits for whom
stay as planned. The draws start from a fixed seed, so the same plan has the same odds. Even ranges are a choice, said
with the numbers: nobody quoted where in its range a cost lies. The budgeted variant asks how dear it gets when at most
so many works reach the top of their range.
Reading order: Odds, odds(), budgeted().
Source: D. Bertsimas and M. Sim (2004), The Price of Robustness, Operations Research 52 (cited, not quoted).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .master import Budget
from .net import Bools, Floats
from .plan import Plan, Planner
from .schedule import _Order
from .search import Search, Unsettled

SEED, DRAWS = 20261121, 4000


@dataclass(frozen=True, slots=True)
class Odds:
    """Tenth, half and nine tenths of the draws; the chance to keep the deadline; how often each front point is best."""

    cost: tuple[float, float, float]
    weeks: tuple[float, float, float]
    in_time: float | None
    best: tuple[float, ...]
    draws: int
    robust: tuple[dict[str, Any], ...] = ()

    def plain(self) -> dict[str, Any]:
        """As the contract prints it."""
        return {
            "assumes": "each cost and duration even over its range, independent; the order as planned",
            "draws": self.draws,
            "cost": dict(zip(("p10", "p50", "p90"), (round(c) for c in self.cost), strict=True)),
            "weeks": dict(zip(("p10", "p50", "p90"), (round(w, 1) for w in self.weeks), strict=True)),
            "in_time": None if self.in_time is None else round(self.in_time, 3),
            "best": [round(b, 3) for b in self.best],
            "robust": list(self.robust),
        }


def odds(planner: Planner, plan: Plan, draws: int = DRAWS) -> Odds:
    """The odds of a plan."""
    net = plan.net
    rng = np.random.default_rng(SEED)
    costs = net.cost_low + rng.random((draws, net.size)) * (net.cost_high - net.cost_low)
    mine = costs @ plan.answer.chosen
    weeks = net.weeks_low + rng.random((draws, net.size)) * (net.weeks_high - net.weeks_low)
    ends = _ends(planner, plan, np.asarray(weeks, dtype=float))
    route = plan.ground.route
    due = route.week(route.deadline) if route.deadline else None
    best: tuple[float, ...] = ()
    if len(plan.front) > 1:
        each = np.stack([costs @ p.chosen for p in plan.front])
        share = np.bincount(np.argmin(each, axis=0), minlength=len(plan.front)) / draws
        best = tuple(float(s) for s in share)
    return Odds(
        cost=_tenths(mine),
        weeks=_tenths(ends),
        in_time=None if due is None else float(np.mean(ends <= due)),
        best=best,
        draws=draws,
        robust=budgeted(planner, plan),
    )


def _tenths(values: Floats) -> tuple[float, float, float]:
    low, mid, high = np.quantile(values, (0.1, 0.5, 0.9))
    return float(low), float(mid), float(high)


def _ends(planner: Planner, plan: Plan, weeks: Floats) -> Floats:
    """The end of the plan in each draw: the longest chain through needs, wishes and queues at laboratories."""
    net, timed = plan.net, plan.answer.schedule
    order = _Order(net, planner.search.weeks, plan.answer.chosen, net.due)
    before = {a: list(b) for a, b in order.before.items()}
    for lab in range(len(net.labs)):  # whoever waited for a place waits for those who left it
        mine = sorted((a for a in order.acts if net.lab[a] == lab), key=lambda a: int(timed.begin[a]))
        for a in mine:
            before[a] += [b for b in mine if timed.end[b] == timed.begin[a] and timed.begin[b] < timed.begin[a]]
    end = np.zeros(weeks.shape)
    for a in sorted(order.acts, key=lambda a: (int(timed.begin[a]), order.line.index(a))):
        start = np.full(weeks.shape[0], float(net.start[a]))
        for b in before[a]:
            start = np.maximum(start, end[:, b])
        end[:, a] = start + weeks[:, a]
    chosen: Bools = plan.answer.chosen
    return np.asarray(end[:, chosen].max(axis=1)) if chosen.any() else np.zeros(weeks.shape[0])


def budgeted(planner: Planner, plan: Plan, gammas: Sequence[int] = (0, 1, 2, 3, 5, 10)) -> tuple[dict[str, Any], ...]:
    """The best plan when at most so many works reach the top of their range, and what the plan at hand costs then."""
    net = plan.net
    rise = net.cost_high - net.cost_low
    search = Search(net, cost="low", seconds=planner.ask.seconds)
    search.loops = list(planner.search.loops)
    mine = np.sort(rise[plan.answer.chosen])[::-1]
    base = float(net.cost_low @ plan.answer.chosen)
    rows: list[dict[str, Any]] = []
    for gamma in gammas:
        if gamma > max(1, int((mine > 0).sum())):
            break
        try:
            found = search.cheapest(budget=Budget(float(gamma), rise))
        except Unsettled:
            continue
        if found is None:
            continue
        rows.append(
            {
                "rises": gamma,
                "this_plan": round(base + float(mine[:gamma].sum()), 2),
                "best_plan": round(found.cost, 2),
                "same": bool(
                    np.array_equal(found.chosen & (net.cost_high > 0), plan.answer.chosen & (net.cost_high > 0))
                ),
            }
        )
    return tuple(rows)
