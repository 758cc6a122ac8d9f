"""Which open roads fill the gaps of a domain for the least money: one plan for all cells, because roads serve several.

A road is driven whole and counts in every cell it belongs to. Up to 300 roads the plan is exact (a program of whole
numbers, solved by HiGHS); beyond, the best road for its money is taken again and again, and what became needless is
dropped. Reading order: Prices, fill(). Lengths in whole millimeters, money in decimals.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field

from ..errors import BadInput
from ..reading import read, shape
from .network.nouns import Network, classes

Ints = npt.NDArray[np.int64]
MOST_EXACT, SECONDS = 300, 20.0


class Prices(BaseModel):
    """What a kilometer costs: by segment, else by class of road, else `otherwise`."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    currency: str = Field(min_length=3, max_length=3)
    otherwise: Decimal | None = Field(None, ge=0)
    classes: dict[str, Decimal] = {}
    segments: dict[str, Decimal] = {}

    def of(self, segment: str, road_class: str) -> Decimal | None:
        """Money per kilometer; None means that the road is not offered."""
        return self.segments.get(segment, self.classes.get(road_class, self.otherwise))


def load_prices(path: Path) -> Prices:
    """A file of prices; raises BadInput with a sentence for every mistake."""
    found = shape(read(path), Prices)
    for name, value in [*found.classes.items(), *found.segments.items()]:
        if not value.is_finite() or value < 0:
            raise BadInput(f"{path}: {name}: {value} is no price of a kilometer")
    for name in found.classes:
        if name not in classes().classes:
            raise BadInput(f"{path}: no class of road is called {name!r}. Known: {', '.join(classes().classes)}")
    return found


def fill(network: Network, free: Ints, cells: Sequence[tuple[list[int], int]], prices: Prices) -> dict[str, Any]:
    """The cheapest roads for cells (members, missing mm), with what no offered road can fill.

    free  (n,)  millimeters of every segment that nobody drove
    """
    costs: dict[int, Decimal] = {}
    for n in sorted({m for members, _ in cells for m in members}):
        segment = network.segments[n]
        price = prices.of(segment.id, segment.road_class)
        if price is not None and free[n] > 0:
            costs[n] = price * int(free[n]) / 1_000_000
    roads = sorted(costs)
    place = {n: k for k, n in enumerate(roads)}
    gives = np.zeros((len(cells), len(roads)))
    for row, (members, _) in enumerate(cells):
        for n in members:
            if n in place:
                gives[row, place[n]] = float(free[n])
    missing = np.array([float(m) for _, m in cells])
    short = np.maximum(missing - gives.sum(axis=1), 0.0)  # what all offered roads together cannot fill
    need = np.minimum(missing, gives.sum(axis=1))
    money = np.array([float(costs[n]) for n in roads])
    chosen, method = _greedy(gives, need, money), "greedy"
    if 0 < len(roads) <= MOST_EXACT:
        exact = _exact(gives, need, money)
        if exact is not None:
            chosen, method = exact, "exact"
    picked = [roads[k] for k in np.flatnonzero(chosen).tolist()]
    total = sum((costs[n] for n in picked), Decimal(0))
    return {
        "currency": prices.currency,
        "cost": str(total.quantize(Decimal("0.01"))),
        "km": sum(int(free[n]) for n in picked) / 1_000_000,
        "method": method,
        "segments": [
            {"segment": network.segments[n].id, "km": int(free[n]) / 1_000_000, "cost": str(costs[n].normalize() + 0)}
            for n in picked
        ],
        "short_km": [round(float(s) / 1e6, 6) for s in short],
    }


def _greedy(gives: Any, need: Any, money: Any) -> Any:
    """The best road for its money again and again; then the dearest needless ones are dropped."""
    chosen = np.zeros(len(money), np.bool_)
    left = need.copy()
    while (left > 0.5).any():
        use = np.minimum(gives, left[:, None]).sum(axis=0) * ~chosen
        worth = np.where(use > 0, use / np.maximum(money, 1e-9), -1.0)
        best = int(np.argmax(worth))
        if worth[best] <= 0:
            break
        chosen[best] = True
        left = np.maximum(left - gives[:, best], 0.0)
    for k in sorted(np.flatnonzero(chosen).tolist(), key=lambda k: -money[k]):
        chosen[k] = False
        if (gives[:, chosen].sum(axis=1) < need - 0.5).any():
            chosen[k] = True
    return chosen


def _exact(gives: Any, need: Any, money: Any) -> Any:
    """The cheapest choice, or None when it was not proved in time."""
    import highspy

    solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.silent()
    solver.setOptionValue("time_limit", SECONDS)
    solver.setOptionValue("threads", 1)
    solver.setOptionValue("mip_rel_gap", 0.0)
    picks = [solver.addBinary() for _ in money]
    for row, least in zip(gives / 1e6, need / 1e6, strict=True):
        terms = [float(v) * picks[k] for k, v in enumerate(row) if v]
        if terms and least > 0:
            solver.addConstr(sum(terms[1:], terms[0]) >= float(least) - 1e-7)
    # Of plans that cost the same, the one with fewer kilometers: a millionth of the road beside its price.
    tie = 1e-6 * gives.max(axis=0) / 1e6
    solver.minimize(sum((float(c + t) * p for c, t, p in zip(money, tie, picks, strict=True)), 0.0 * picks[0]))
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    return np.array([v > 0.5 for v in solver.vals(picks)])
