"""A generated problem as arrays: products, markets, requirements, activities. The door for outside comparison.

    answer = solve_arrays(instance(open_=..., ways=..., cost=..., weeks=...), objective="cost", deadline=52)

A product must meet every requirement that a market asks of it. A way closes a requirement (everywhere, or in one
market) when all its activities are done; an activity is done once for every product of a group, whoever wants it. Equal
wants are one goal: a million cells of product, market and requirement become the few thousand sets of ways behind them.
Reading order: Instance, instance(), grounded(), solve_arrays().
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import BadInput
from .net import FOREVER, Bools, Floats, Ints, Lists, Net, lists
from .search import Answer, Search


@dataclass(frozen=True, slots=True)
class Instance:
    """A problem in arrays. P products, M markets, R requirements, K activities, W ways, L laboratories.

    open      (P, M, R)  true where a product still has to meet a requirement in a market
    ways      (W, 2)     requirement, and the market it holds in or -1 for all
    members   W lists of activities that a way joins
    cost      (K, 2)     low and high
    weeks     (K, 2)     low and high, whole weeks
    group     (P, K)     products of one number share an activity; each product its own when left out
    needs     K lists of activities that must be done before
    lab       (K,)       laboratory or -1;  load (K,) places it fills;  capacity (L,) or (L, weeks) places
    due       (M,)       the week by which a market must be open, FOREVER for none
    """

    open: Bools
    ways: Ints
    members: Lists
    cost: Floats
    weeks: Ints
    group: Ints
    needs: Lists
    lab: Ints
    load: Ints
    capacity: Ints
    due: Ints

    @property
    def cells(self) -> int:
        """How many cells are open."""
        return int(self.open.sum())


def instance(
    *,
    open_: npt.ArrayLike,
    ways: Sequence[tuple[int, int, Sequence[int]]],
    cost: npt.ArrayLike,
    weeks: npt.ArrayLike,
    group: npt.ArrayLike | None = None,
    needs: Sequence[Sequence[int]] | None = None,
    lab: npt.ArrayLike | None = None,
    load: npt.ArrayLike | None = None,
    capacity: npt.ArrayLike = (),
    due: npt.ArrayLike | None = None,
) -> Instance:
    """An instance from plain lists or arrays; raises BadInput with every sentence.

    ways  (requirement, market or -1, activities): any one way closes the requirement, all its activities together
    """
    cells = np.asarray(open_, dtype=bool)
    price, last = np.asarray(cost, dtype=float), np.asarray(weeks)
    price = np.stack([price, price], axis=1) if price.ndim == 1 else price
    last = np.stack([last, last], axis=1) if last.ndim == 1 else last
    k = len(price)
    places = np.asarray(capacity, dtype=np.int64)
    places = places.reshape(len(places), -1) if places.size else np.zeros((0, 1), dtype=np.int64)
    made = Instance(
        open=cells,
        ways=np.array([(r, m) for r, m, _ in ways], dtype=np.int64).reshape(-1, 2),
        members=lists([len(a) for *_, a in ways], [i for *_, a in ways for i in a]),
        cost=price,
        weeks=np.ceil(last).astype(np.int64),
        group=_filled(group, np.repeat(np.arange(cells.shape[0])[:, None], k, axis=1)),
        needs=lists([0] * k, []) if needs is None else lists([len(n) for n in needs], [i for n in needs for i in n]),
        lab=_filled(lab, np.full(k, -1)),
        load=_filled(load, np.ones(k)),
        capacity=places,
        due=_filled(due, np.full(cells.shape[1] if cells.ndim == 3 else 0, FOREVER)),
    )
    _check(made)
    return made


def _filled(given: npt.ArrayLike | None, otherwise: Any) -> Ints:
    return np.asarray(otherwise if given is None else given, dtype=np.int64)


def _check(one: Instance) -> None:
    says = []
    if one.open.ndim != 3:
        raise BadInput("open has three axes: products, markets, requirements")
    p, m, r = one.open.shape
    k = len(one.cost)
    if one.cost.shape != (k, 2) or one.weeks.shape != (k, 2) or one.group.shape != (p, k):
        raise BadInput(f"cost and weeks have a row for each of {k} activities, group one for each of {p} products")
    if len(one.lab) != k or len(one.load) != k or len(one.needs) != k or len(one.due) != m:
        raise BadInput(f"lab, load and needs have an entry for each of {k} activities, due for each of {m} markets")
    for name, named, low, high in (
        ("ways: a requirement", one.ways[:, 0], 0, r),
        ("ways: a market", one.ways[:, 1], -1, m),
        ("ways: an activity", one.members.items, 0, k),
        ("needs: an activity", one.needs.items, 0, k),
        ("lab: a laboratory", one.lab, -1, len(one.capacity)),
    ):
        if len(named) and (named.min() < low or named.max() >= high):
            says.append(f"{name} lies outside {low} to {high - 1}")
    for name, values in (("cost", one.cost), ("weeks", one.weeks.astype(float))):
        bad = np.flatnonzero((values[:, 0] < 0) | (values[:, 1] < values[:, 0]) | ~np.isfinite(values).all(axis=1))
        if len(bad):
            says.append(f"activity {bad[0]}: {name} runs from {values[bad[0], 0]} to {values[bad[0], 1]}")
    if says:
        raise BadInput("\n".join(says))


def grounded(one: Instance) -> Net:
    """The net of an instance: activities per group, one goal per set of ways.

    Raises BadInput when an open cell has no way at all.
    """
    p, m, r = one.open.shape
    k = len(one.cost)
    kind, of_kind = _kinds(one, m, r)
    wanted, due = _wanted(one, kind, len(of_kind))
    # activities per group of products: number them by (activity, group)
    key = np.arange(k)[None, :] * (int(one.group.max()) + 1 if one.group.size else 1) + one.group
    names, of = np.unique(key, return_inverse=True)
    number = of.reshape(p, k)
    first = names // (int(one.group.max()) + 1 if one.group.size else 1)
    products, kinds = np.nonzero(wanted)
    goals: dict[tuple[tuple[int, ...], ...], int] = {}
    goal_due: list[int] = []
    listed = [[one.members[int(w)].tolist() for w in group] for group in of_kind]
    rows = number.tolist()
    for product, c in zip(products.tolist(), kinds.tolist(), strict=True):
        mine = rows[product]
        ways = tuple(sorted({tuple(sorted({mine[a] for a in way})) for way in listed[c]}))
        if not ways:
            market, requirement = np.argwhere(kind == c)[0].tolist()
            raise BadInput(f"product {product}: no way closes requirement {requirement} in market {market}")
        at = goals.setdefault(ways, len(goals))
        if at == len(goal_due):
            goal_due.append(FOREVER)
        goal_due[at] = min(goal_due[at], int(due[product, c]))
    return _net(one, first, number, list(goals), np.array(goal_due, dtype=np.int64))


def _kinds(one: Instance, m: int, r: int) -> tuple[Ints, list[tuple[int, ...]]]:
    """(market, requirement) -> the number of its set of ways, and the ways of each number."""
    general: list[list[int]] = [[] for _ in range(r)]
    local: dict[tuple[int, int], list[int]] = {}
    for way, (requirement, market) in enumerate(one.ways.tolist()):
        if market < 0:
            general[requirement].append(way)
        else:
            local.setdefault((market, requirement), []).append(way)
    seen: dict[tuple[int, ...], int] = {}
    kind = np.zeros((m, r), dtype=np.int64)
    for requirement in range(r):
        kind[:, requirement] = seen.setdefault(tuple(general[requirement]), len(seen))
    for (market, requirement), ways in local.items():
        kind[market, requirement] = seen.setdefault((*general[requirement], *ways), len(seen))
    return kind, list(seen)


def _wanted(one: Instance, kind: Ints, kinds: int) -> tuple[Bools, Ints]:
    """(products, kinds): who wants a set of ways, and by when at the latest."""
    p, m, _ = one.open.shape
    wanted = np.zeros((p, kinds), dtype=bool)
    due = np.full((p, kinds), FOREVER, dtype=np.int64)
    for market in range(m):
        asked = np.zeros((p, kinds), dtype=bool)
        columns, inverse = np.unique(kind[market], return_inverse=True)
        if len(columns) == kind.shape[1]:  # each requirement its own kind: a plain copy
            asked[:, kind[market]] = one.open[:, market, :]
        else:
            product, requirement = np.nonzero(one.open[:, market, :])
            asked[product, columns[inverse[requirement]]] = True
        wanted |= asked
        if one.due[market] < FOREVER:
            due[asked] = np.minimum(due[asked], one.due[market])
    return wanted, due


def _net(one: Instance, first: Ints, number: Ints, goals: list[tuple[tuple[int, ...], ...]], due: Ints) -> Net:
    """Tokens are the activities' results, then the goals; a way of several activities is a free activity of its own."""
    n = len(first)
    joins: dict[tuple[int, ...], int] = {}
    gives: list[list[int]] = [[] for _ in range(n)]
    for g, ways in enumerate(goals):
        for way in ways:
            if len(way) == 1:
                gives[way[0]].append(n + g)
            else:
                at = joins.setdefault(way, len(joins))
                if len(gives) == n + at:
                    gives.append([])
                gives[n + at].append(n + g)
    members: list[Sequence[int]] = [*_before(one, number, first), *joins]
    yields = [[i, *gives[i]] if i < n else gives[i] for i in range(len(gives))]
    free = len(joins)
    cost = np.concatenate([one.cost[first], np.zeros((free, 2))])
    weeks = np.concatenate([one.weeks[first], np.zeros((free, 2), dtype=np.int64)])
    zeros = np.zeros(n + free, dtype=np.int64)
    return Net(
        names=tuple(f"a{a}" for a in first.tolist()) + tuple(f"w{i}" for i in range(free)),
        tokens=tuple(f"t{i}" for i in range(n + len(goals))),
        labs=tuple(f"l{i}" for i in range(len(one.capacity))),
        cost_low=cost[:, 0],
        cost_high=cost[:, 1],
        cost_likely=cost.mean(axis=1),
        weeks_low=weeks[:, 0],
        weeks_high=weeks[:, 1],
        needs=lists([len(x) for x in members], [i for x in members for i in x]),
        yields=lists([len(x) for x in yields], [i for x in yields for i in x]),
        after=lists([0] * (n + free), []),
        lab=np.concatenate([one.lab[first], np.full(free, -1)]),
        load=np.concatenate([one.load[first], np.ones(free, dtype=np.int64)]),
        start=zeros,
        until=zeros + FOREVER,
        held=np.zeros(n + len(goals), dtype=bool),
        demands=np.arange(n, n + len(goals)),
        due=due,
        capacity=one.capacity if one.capacity.size else np.ones((0, 1), dtype=np.int64),
    )


def _before(one: Instance, number: Ints, first: Ints) -> list[list[int]]:
    """What each numbered activity needs: the same group's runs of what its activity needs."""
    found: list[list[int]] = [[] for _ in range(len(first))]
    for a in range(len(one.cost)):
        for need in one.needs[a].tolist():
            for mine, theirs in set(zip(number[:, a].tolist(), number[:, need].tolist(), strict=True)):
                found[mine].append(theirs)
    return [sorted(set(x)) for x in found]


def solve_arrays(
    one: Instance, *, objective: str = "cost", deadline: int = FOREVER, points: int = 10, seconds: float = 10.0
) -> list[Answer]:
    """The cheapest plan, the soonest, or the front; nothing when it is proven that there is none."""
    search = Search(grounded(one), seconds=seconds)
    if objective == "pareto":
        return search.front(points, deadline)
    found = search.soonest()[0] if objective == "time" else search.cheapest(deadline)
    return [found] if found is not None else []
