"""Where a recycling plant pays for several economies together, and who saves what by joining.

Each economy has tonnes to recycle; a plant costs a fixed sum per year and a price per tonne; moving costs too.
Alone, each builds or sends where it is cheapest at its own cost; together, plants are chosen once (a mixed-integer
program, solved by HiGHS). The saving is shared by what each adds on average over all orders of joining (Shapley).
Reading order: Site, choose(), joint(). Units: tonnes per year, money per year in one currency.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import factorial
from typing import Any

import numpy as np

from ..errors import BadInput

MOST_TOGETHER = 10


@dataclass(frozen=True)
class Site:
    """A plant that could be built: where, what it costs whether it runs or not, per tonne, and how much it takes."""

    name: str
    economy: str
    fixed: float
    per_tonne: float
    capacity: float


def choose(tonnes: Mapping[str, float], sites: Sequence[Site], move: Mapping[tuple[str, str], float]) -> dict[str, Any]:
    """The cheapest plants and routes for these economies; cost is None when the sites cannot take all tonnes.

    move  (from economy, to economy) -> money per tonne; what is not named cannot be moved
    """
    import highspy

    economies = sorted(e for e in tonnes if tonnes[e] > 0)
    routes = [
        (e, s) for e in economies for s in range(len(sites)) if e == sites[s].economy or (e, sites[s].economy) in move
    ]
    if not economies:
        return {"cost": 0.0, "sites": [], "routes": []}
    solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.setOptionValue("output_flag", False)
    infinite = highspy.kHighsInf
    for _ in routes:
        solver.addVar(0.0, infinite)
    for s in range(len(sites)):
        solver.addVar(0.0, 1.0)
        solver.changeColIntegrality(len(routes) + s, highspy.HighsVarType.kInteger)
    for n, (e, s) in enumerate(routes):
        solver.changeColCost(n, sites[s].per_tonne + move.get((e, sites[s].economy), 0.0))
    for s, site in enumerate(sites):
        solver.changeColCost(len(routes) + s, site.fixed)
    for e in economies:
        mine = [n for n, (economy, _) in enumerate(routes) if economy == e]
        solver.addRow(tonnes[e], tonnes[e], len(mine), np.array(mine, np.int32), np.ones(len(mine)))
    for s, site in enumerate(sites):
        here = [n for n, (_, at) in enumerate(routes) if at == s]
        columns = np.array([*here, len(routes) + s], np.int32)
        solver.addRow(-infinite, 0.0, len(columns), columns, np.array([1.0] * len(here) + [-site.capacity]))
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return {"cost": None, "sites": [], "routes": []}
    values = solver.getSolution().col_value
    built = [sites[s].name for s in range(len(sites)) if values[len(routes) + s] > 0.5]
    sent = [
        {"from": e, "to": sites[s].name, "tonnes": float(values[n])}
        for n, (e, s) in enumerate(routes)
        if values[n] > 1e-6
    ]
    return {"cost": float(solver.getInfo().objective_function_value), "sites": built, "routes": sent}


def joint(tonnes: Mapping[str, float], sites: Sequence[Site], move: Mapping[tuple[str, str], float]) -> dict[str, Any]:
    """Alone and together: plants, costs, the saving, and what each economy gains by joining."""
    economies = sorted(tonnes)
    if len(economies) > MOST_TOGETHER:
        raise BadInput(
            f"{len(economies)} economies are too many to weigh every way of joining; at most {MOST_TOGETHER}"
        )
    cost: dict[frozenset[str], float | None] = {frozenset(): 0.0}
    for size in range(1, len(economies) + 1):
        for group in combinations(economies, size):
            cost[frozenset(group)] = choose({e: tonnes[e] for e in group}, sites, move)["cost"]
    together = choose(tonnes, sites, move)
    alone = {e: cost[frozenset([e])] for e in economies}
    gains: dict[str, float] | None = None
    saving: float | None = None
    if all(c is not None for c in cost.values()):
        gains = {e: (alone[e] or 0.0) - _shapley(e, economies, cost) for e in economies}
        saving = sum(c or 0.0 for c in alone.values()) - (together["cost"] or 0.0)
    pays = saving is not None and saving > 1e-9 * max(1.0, together["cost"] or 0.0)
    return {
        "schema": "carnet/joint/1",
        "together": together,
        "alone": alone,
        "saving": saving,
        "gains": gains,
        "pays": pays,
    }


def _shapley(member: str, economies: Sequence[str], cost: Mapping[frozenset[str], float | None]) -> float:
    """What a member costs on average over all orders of joining."""
    others, n, total = [e for e in economies if e != member], len(economies), 0.0
    for size in range(len(others) + 1):
        weight = factorial(size) * factorial(n - size - 1) / factorial(n)
        for group in combinations(others, size):
            total += weight * ((cost[frozenset((*group, member))] or 0.0) - (cost[frozenset(group)] or 0.0))
    return total
