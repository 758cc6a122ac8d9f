"""Ten thousand shocks at once, with proof of how far the answer may be off.

Every draw gets a plan that can be carried out (so the loss is at most that) and a bound from the prices of a few plans
solved exactly (so the loss is at least that): prices of one plan bound all others, because only limits differ between
draws. Draws whose two answers lie too far apart are solved exactly, the worst first, until the gap is small enough.
Reading order: Uncertain, draw(), evaluate().
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .shock import Array, Line, Plan, Shock, available, bound, kept, limits

QUANTILES = (0.05, 0.5, 0.95, 0.99)
TOGETHER = 16  # plans solved before their prices are tried on all other draws in one product


@dataclass(frozen=True)
class Uncertain:
    """A shock known only in ranges (low, high) of severity, start and length; `chance` that it comes at all."""

    target: str
    keep: tuple[float, float]
    first_week: tuple[int, int]
    weeks: tuple[int, int]
    material: str = ""
    chance: float = 1.0


def draw(line: Line, shocks: Sequence[Uncertain], weeks: int, count: int, seed: int) -> Array:
    """(count, weeks, o, m) what stays in each draw; shocks of one draw are drawn together (coupled)."""
    rng = np.random.default_rng(seed)
    found = np.ones((count, weeks, len(line.origins), len(line.materials)), np.float64)
    week = np.arange(weeks)
    for shock in shocks:
        touched = kept(line, [Shock(shock.target, 0.0, 0, weeks, shock.material)], weeks)[0] < 1.0
        comes = rng.random(count) < shock.chance
        keep = rng.uniform(*shock.keep, count)
        first = rng.integers(shock.first_week[0], shock.first_week[1] + 1, count)
        length = rng.integers(shock.weeks[0], shock.weeks[1] + 1, count)
        during = comes[:, None] & (week >= first[:, None]) & (week < (first + length)[:, None])
        level = np.where(during, keep[:, None], 1.0)
        found = np.where(touched, np.minimum(found, level[:, :, None, None]), found)
    return found


def orders(line: Line) -> list[list[tuple[int, float]]]:
    """Ways to decide what to make first: the mix as it is, or the products that spare one material."""
    whole = float(line.mix.sum())
    most_of = np.minimum(line.mix + line.switch * whole, whole)
    products = range(len(line.products))
    found = [[(p, float(line.mix[p])) for p in products] + [(p, float(most_of[p])) for p in products]]
    for row in line.recipes:
        found.append([(int(p), float(most_of[p])) for p in np.argsort(row, kind="stable")])
    return [o for n, o in enumerate(found) if o not in found[:n]]


def greedy(line: Line, arrive: Array, order: list[tuple[int, float]]) -> Array:
    """(draws,) output of a plan that can always be carried out: products in an order, each up to its limit.

    arrive  (draws, weeks, m) what comes each week
    """
    whole = float(line.mix.sum())
    store = np.broadcast_to(line.stock * line.need, (len(arrive), len(line.materials))).copy()
    output = np.zeros(len(arrive))
    recipes = line.recipes
    for week in range(arrive.shape[1]):
        store += arrive[:, week]
        left = np.full(len(arrive), whole)
        made = np.zeros((len(arrive), recipes.shape[1]))
        for p, limit in order:
            uses = recipes[:, p] > 0
            can = (store[:, uses] / recipes[uses, p]).min(axis=1) if uses.any() else np.full(len(arrive), np.inf)
            more = np.maximum(np.minimum(np.minimum(limit - made[:, p], left), can), 0.0)
            store -= more[:, None] * recipes[:, p]
            made[:, p] += more
            left -= more
        output += made.sum(axis=1)
        np.maximum(store, 0.0, out=store)
    return output


def evaluate(
    line: Line, keep: Array, *, gap: float = 0.01, most_solved: int = 3000, each: bool = False
) -> dict[str, Any]:
    """Loss of every draw between two sides, and what had to be solved to get there.

    each     every draw must be known to the gap; else the mean and every quantile that `summary` states
    returns  low, high (draws,) shares lost; gap, the largest distance left in what is stated; widest, that of any
             single draw; solved, how many plans were solved exactly
    """
    plan = Plan(line, keep.shape[1])
    whole = float(plan.whole.sum())
    upper = limits(line, keep, plan.whole)
    arrive = available(line, keep)
    feasible = np.maximum.reduce([greedy(line, arrive, order) for order in orders(line)])
    allowed = whole * (1.0 - bound(line, keep)[0])
    solved, wide = 0, np.arange(len(keep))  # draws that are not yet known to the gap: only these need further prices
    while solved < most_solved:
        distance = (allowed[wide] - feasible[wide]) / whole
        wide, distance = wide[distance > gap], distance[distance > gap]
        if not wide.size or (not each and _widest(allowed / whole, feasible / whole) <= gap):
            break
        ranked = wide[np.argsort(-distance, kind="stable")]
        some = ranked[np.unique(np.linspace(0, len(ranked) - 1, TOGETHER).astype(int))]  # the worst, and others too
        answers = [plan.solve(keep[n]) for n in some]
        solved += len(some)
        exact = np.array([(1.0 - lost) * whole for lost, _ in answers])
        prices = np.stack([found for _, found in answers], axis=1)
        allowed[wide] = np.minimum(allowed[wide], plan.price(prices, upper[wide]).min(axis=-1))
        allowed[some], feasible[some] = np.minimum(allowed[some], exact), np.maximum(feasible[some], exact)
    low = np.clip(1.0 - allowed / whole, 0.0, 1.0)
    high = np.clip(1.0 - feasible / whole, 0.0, 1.0)
    widest = float((high - low).max())
    return {
        "low": low,
        "high": high,
        "gap": widest if each else min(widest, _widest(high, low)),
        "widest": widest,
        "solved": solved,
    }


def _widest(high: Array, low: Array) -> float:
    """The largest distance between the two sides of the mean and of each quantile."""
    sides = [np.concatenate([[side.mean()], np.quantile(side, QUANTILES)]) for side in (high, low)]
    return float(np.abs(sides[0] - sides[1]).max())


def summary(found: dict[str, Any]) -> dict[str, Any]:
    """Mean and quantiles of the loss, each between its two sides."""
    shown: dict[str, Any] = {"draws": len(found["low"]), **{k: found[k] for k in ("gap", "widest", "solved")}}
    shown["mean"] = [float(found["low"].mean()), float(found["high"].mean())]
    for q in QUANTILES:
        shown[f"p{round(q * 100):02}"] = [float(np.quantile(found[side], q)) for side in ("low", "high")]
    return shown
