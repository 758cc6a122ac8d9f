"""How sure a footprint is: draws, quantiles, the chance to pass a threshold, and a first-order check.

Amounts and factors are lognormal around their median, with a spread of their own below and above it. What states no
spread is exact, and the result says how many such numbers there are. Draws are vectors: one pass over the columns
solves the whole background for every draw. The first-order standard deviation is computed beside them from
sensitivities; where the two disagree, the result is too skewed for a symmetric interval.
Reading order: Interval, draw(), interval(); `sensitivity` has the first-order check.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .footprint import Footprint
from .foreground import asked_of, edges
from .system import Array
from .tables import Tables

SEED, DRAWS, CHUNK = 20260101, 2000, 500


@dataclass(frozen=True, slots=True)
class Interval:
    """Quantiles of the value in the method's unit, and two standard deviations that should agree."""

    p5: float
    p50: float
    p95: float
    sd: float
    first_order_sd: float
    draws: int
    seed: int


def spread_of(found: Footprint, tables: Tables) -> Array:
    """(t, 2) log-sd below and above of every term's amount: its own, else by its mean rating, else exact."""
    out = np.zeros((len(found.terms), 2))
    for row, term in enumerate(found.terms):
        out[row] = amount_spread(term.geometric_sd, term.ratings, tables)
    return out


def amount_spread(geometric_sd: float | None, ratings: Sequence[tuple[str, int]], tables: Tables) -> float:
    """The log-sd of an amount: its own, else that of its mean rating, else none."""
    if geometric_sd is not None:
        return math.log(geometric_sd)
    if not ratings:
        return 0.0
    return tables.spread_of_rating.get(round(sum(r for _, r in ratings) / len(ratings)), 0.0)


def _sides(normal: Array, below: Any, above: Any) -> Array:
    """exp of a normal whose standard deviation differs on both sides of zero."""
    found: Array = np.exp(normal * np.where(normal < 0, below, above))
    return found


def draw(found: Footprint, tables: Tables, draws: int = DRAWS, seed: int = SEED) -> Array:
    """(draws,) values in the method's unit. The parts of one input vary together; the same seed gives the same
    draws."""
    random = np.random.default_rng(seed)
    background, n = found.background, len(found.background.factors)
    amounts = spread_of(found, tables)
    groups: dict[Any, int] = {}
    group_of = [groups.setdefault((t.process, t.place), len(groups)) for t in found.terms]
    direct = found.weights @ background.direct if n else np.zeros(0)  # (n,) kgCO2e per run of each column itself
    own = np.array([0.0 if t.flow else 1.0 for t in found.terms])
    emitted = (found.mass @ found.weights) * (1 - own)
    reach = np.zeros((len(found.terms), n))
    for row, term in enumerate(found.terms):
        if not term.flow:
            reach[row, background.index[term.node]] = term.amount
    reach *= found.counted[:, None]
    emitted = emitted * found.counted
    below = np.array([f.spread[0] for f in background.factors])
    above = np.array([f.spread[1] for f in background.factors])
    between = edges(found.inventory, found.method, tables)
    asked = np.array([amount_spread(e.geometric_sd, e.ratings, tables) for e in between])
    out = np.empty(draws)
    for first in range(0, draws, CHUNK):
        size = min(CHUNK, draws - first)
        shared = random.standard_normal((size, len(groups)))[:, group_of]
        scale = _sides(shared, amounts[:, 0], amounts[:, 1])
        if asked.any():  # what a process is asked for varies with every input that leads to it
            factors = np.ones((size, len(between)))
            factors[:, asked > 0] = np.exp(random.standard_normal((size, int((asked > 0).sum()))) * asked[asked > 0])
            more = asked_of(between, factors)
            for row, term in enumerate(found.terms):
                if term.process in more:
                    scale[:, row] *= more[term.process]
        own_direct = direct * _sides(random.standard_normal((size, n)), below, above)
        if background.inputs:
            matrix = np.broadcast_to(np.eye(n), (size, n, n)).copy()
            for row, column, amount, low, high in background.inputs:
                matrix[:, row, column] -= amount * _sides(random.standard_normal(size), low, high)
            intensity = np.linalg.solve(matrix.transpose(0, 2, 1), own_direct[:, :, None])[:, :, 0]
        else:
            intensity = own_direct
        out[first : first + size] = (scale * (intensity @ reach.T + emitted)).sum(axis=1)
    return out / found.divisor


def interval(found: Footprint, tables: Tables, draws: int = DRAWS, seed: int = SEED) -> tuple[Interval, Array]:
    """(quantiles and standard deviations, the draws themselves)."""
    from .sensitivity import first_order_sd

    values = draw(found, tables, draws, seed)
    p5, p50, p95 = (float(x) for x in np.quantile(values, (0.05, 0.5, 0.95)))
    return Interval(p5, p50, p95, float(values.std()), first_order_sd(found, tables), draws, seed), values
