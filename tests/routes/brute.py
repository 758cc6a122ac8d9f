"""Every subset, every order: the slow planner that the search must agree with. It shares no code with the room."""

from __future__ import annotations

from itertools import permutations

from carnet.routes.net import Activity


def brute(activities: list[Activity], demands: dict[str, int], held: set[str], capacity: dict[str, int], cost, weeks):
    """{weeks: least cost of a plan that ends by then} over all plans that keep every due week.

    cost, weeks   functions of an activity
    """
    best: dict[int, float] = {}
    for mask in range(1 << len(activities)):
        chosen = [a for i, a in enumerate(activities) if mask >> i & 1]
        price = sum(cost(a) for a in chosen)
        end = soonest_end(chosen, demands, held, capacity, weeks)
        if end is not None and price < best.get(end, float("inf")):
            best[end] = price
    return best


def soonest_end(chosen, demands, held, capacity, weeks):
    """The earliest week by which a chosen set can end with every demand in time, trying every order; None: never."""
    best = None
    for order in permutations(chosen):
        end = _play(order, demands, held, capacity, weeks)
        if end is not None and (best is None or end < best):
            best = end
    return best


def _play(order, demands, held, capacity, weeks):
    there = dict.fromkeys(held, 0)
    ended: dict[str, int] = {}
    used: dict[tuple[str, int], int] = {}
    names = {a.id for a in order}
    for a in order:
        if any(n not in there for n in a.needs) or any(b in names and b not in ended for b in a.after):
            return None
        start = max([a.start, *(there[n] for n in a.needs), *(ended[b] for b in a.after if b in ended)])
        while a.lab and any(used.get((a.lab, w), 0) + a.load > capacity[a.lab] for w in range(start, start + weeks(a))):
            start += 1
        for w in range(start, start + weeks(a)):
            used[a.lab, w] = used.get((a.lab, w), 0) + a.load
        ended[a.id] = start + weeks(a)
        if ended[a.id] > a.until:
            return None
        for t in a.yields:
            there[t] = min(there.get(t, ended[a.id]), ended[a.id])
    if any(t not in there or there[t] > due for t, due in demands.items()):
        return None
    return max((there[t] for t in demands), default=0)
