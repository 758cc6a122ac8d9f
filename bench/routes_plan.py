"""Certification routes at portfolio size: proven plans beside a greedy planner and planning market by market.

    python bench/routes_plan.py [--products 100] [--markets 40] [--requirements 300] [--front] [--out FILE]

The problem is generated from a fixed seed: products in families that share tests, requirements that markets share,
two or three ways each (a test at one of two laboratories, a foreign approval with extra work, an adaptation with a test
behind it), whole-number costs, laboratories with places by week. Grounding is in the time. The greedy planner takes,
goal after goal, the way that adds least; the per-market planner is proven best in every market by itself.
Measured: seconds, cost, and whether it is proven; everything alternates in one run, medians are printed.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from pathlib import Path

import numpy as np

from carnet.routes.arrays import Instance, grounded, instance
from carnet.routes.net import FOREVER, Net
from carnet.routes.search import Answer, Search


def generated(products: int, markets: int, requirements: int, seed: int = 8, slack: float = 1.25) -> Instance:
    """A portfolio whose laboratories have `slack` times the places the cheapest plan needs in 78 weeks."""
    rng = np.random.default_rng(seed)
    tests, ways = max(6, requirements // 3), []
    cost, weeks, lab, needs = [], [], [], []

    def activity(low: int, high: int, last: int, where: int = -1, before: tuple[int, ...] = ()) -> int:
        price = int(rng.integers(low, high)) * 100
        length = int(rng.integers(1, last))
        cost.append((price, price + int(rng.integers(0, price + 1))))
        weeks.append((max(1, length // 2), length))
        lab.append(where)
        needs.append(list(before))
        return len(cost) - 1

    setup = [activity(20, 90, 6) for _ in range(8)]
    pairs = []
    for _ in range(tests):
        before = (setup[int(rng.integers(8))],) if rng.random() < 0.3 else ()
        a = activity(50, 400, 9, int(rng.integers(0, 4)), before)
        b = activity(60, 480, 7, int(rng.integers(4, 8)), before)
        pairs.append((a, b))
    adaptations = [activity(300, 2000, 16) for _ in range(10)]
    for r in range(requirements):
        a, b = pairs[int(rng.integers(tests))]
        ways += [(r, -1, [a]), (r, -1, [b])]
        if rng.random() < 0.4:
            c, _ = pairs[int(rng.integers(tests))]
            ways.append((r, -1, [c, activity(5, 60, 5)]))
        if rng.random() < 0.2:
            ways.append((r, -1, [adaptations[int(rng.integers(10))]]))
        if rng.random() < 0.15:
            ways.append((r, int(rng.integers(markets)), [activity(10, 100, 6)]))
    asked = rng.random((markets, requirements)) < 0.35
    applies = rng.random((products, requirements)) < 0.5
    open_ = asked[None, :, :] & applies[:, None, :]
    family = np.arange(products) // 4
    shared = rng.random(len(cost)) < 0.5
    group = np.where(shared[None, :], family[:, None], products + np.arange(products)[:, None])
    made = instance(
        open_=open_, ways=ways, cost=cost, weeks=weeks, group=group, needs=needs, lab=lab, capacity=np.full(8, 10_000)
    )
    net = grounded(made)
    free = Search(net).cheapest()
    assert free is not None
    load = [int((net.weeks_high * free.chosen)[net.lab == i].sum()) for i in range(8)]
    places = np.array([max(1, int(np.ceil(slack * x / 78))) for x in load])
    return instance(open_=open_, ways=ways, cost=cost, weeks=weeks, group=group, needs=needs, lab=lab, capacity=places)


def greedy(net: Net) -> float:
    """Goal after goal the way that adds least to what is done already: what a careful person does by hand."""
    done = np.zeros(net.size, dtype=bool)
    providers = [net.providers[t].tolist() for t in range(len(net.tokens))]
    needs = [net.needs[a].tolist() for a in range(net.size)]
    cost = net.cost_likely.tolist()

    def add(t: int, seen: set[int]) -> tuple[float, set[int]]:
        best: tuple[float, set[int]] = (float("inf"), set())
        for a in providers[t]:
            if done[a] or a in seen:
                return 0.0, set()
            extra, taken = cost[a], {a}
            for n in needs[a]:
                more, also = add(n, seen | taken)
                extra, taken = extra + more, taken | also
            if extra < best[0]:
                best = (extra, taken)
        return best

    for t in net.demands.tolist():
        for a in add(t, set())[1]:
            done[a] = True
    return float(net.cost_likely @ done)


def per_market(one: Instance) -> float:
    """Every market planned to proof by itself, and every plan paid for: nothing is shared between markets."""
    total = 0.0
    for m in range(one.open.shape[1]):
        part = np.zeros_like(one.open)
        part[:, m] = one.open[:, m]
        alone = Instance(**{**{n: getattr(one, n) for n in one.__slots__}, "open": part})
        found = Search(grounded(alone)).cheapest()
        total += found.cost if found else 0.0
    return total


def measured(one: Instance, deadline: int) -> tuple[float, float, Answer | None]:
    begun = time.perf_counter()
    net = grounded(one)
    ground = time.perf_counter() - begun
    found = Search(net).cheapest(deadline)
    return time.perf_counter() - begun, ground, found


def main() -> None:
    parser = argparse.ArgumentParser()
    for name, value in (("products", 100), ("markets", 40), ("requirements", 300), ("runs", 3)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--front", action="store_true")
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    one = generated(asked.products, asked.markets, asked.requirements)
    small = generated(1, 40, 300)
    net = grounded(one)
    print(
        f"{one.cells:,} open cells, {len(net.demands):,} goals, {net.size:,} activities, 8 laboratories",
        file=sys.stderr,
    )
    times: dict[str, list[float]] = {"whole": [], "grounding": [], "one dossier": [], "greedy": []}
    found, by_hand = None, 0.0
    for _ in range(asked.runs):
        seconds, ground, found = measured(one, 78)
        times["whole"].append(seconds)
        times["grounding"].append(ground)
        begun = time.perf_counter()
        by_hand = greedy(net)
        times["greedy"].append(time.perf_counter() - begun)
        times["one dossier"].append(measured(small, FOREVER)[0])
    assert found is not None
    begun = time.perf_counter()
    apart = per_market(one)
    result = {
        "cells": one.cells,
        "goals": len(net.demands),
        "activities": net.size,
        "seconds": {k: round(statistics.median(v), 3) for k, v in times.items()},
        "per_market_seconds": round(time.perf_counter() - begun, 2),
        "proven": found.proven,
        "gap": found.gap,
        "weeks": found.weeks,
        "cost": found.cost,
        "greedy_cost": by_hand,
        "per_market_cost": apart,
        "greedy_dearer": round(by_hand / found.cost - 1, 4),
        "per_market_dearer": round(apart / found.cost - 1, 4),
    }
    if asked.front:
        begun = time.perf_counter()
        front = Search(net).front(10)
        result["front_seconds"] = round(time.perf_counter() - begun, 2)
        result["front"] = [{"weeks": a.weeks, "cost": a.cost, "gap": round(a.gap, 6)} for a in front]
    text = json.dumps(result, indent=2)
    print(text)
    if asked.out:
        asked.out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
