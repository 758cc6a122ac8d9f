"""A generated problem goes in as arrays, and comes out as the plan that trying everything finds."""

from __future__ import annotations

from itertools import product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from carnet.routes.arrays import grounded, instance, solve_arrays
from carnet.routes.net import FOREVER


def test_a_test_shared_by_a_family_is_paid_once():
    family = [[0, 0], [0, 1]]  # both products share activity 0, each has its own activity 1
    one = instance(
        open_=np.ones((2, 3, 2), dtype=bool),
        ways=[(0, -1, [0]), (1, -1, [1])],
        cost=[10, 7],
        weeks=[2, 3],
        group=family,
    )

    (found,) = solve_arrays(one)

    assert found.cost == 24.0  # 10 once + 7 + 7
    assert found.weeks == 3
    assert found.proven


def test_equal_wants_of_a_million_cells_are_one_goal():
    one = instance(
        open_=np.ones((100, 40, 250), dtype=bool),
        ways=[(r, -1, [0]) for r in range(250)],
        cost=[5],
        weeks=[1],
        group=np.zeros((100, 1)),
    )

    assert one.cells == 1_000_000
    assert len(grounded(one).demands) == 1


def test_a_market_may_have_ways_of_its_own_and_a_date():
    one = instance(
        open_=np.ones((1, 2, 1), dtype=bool), ways=[(0, -1, [0]), (0, 1, [1])], cost=[50, 4], weeks=[2, 9],
        due=[FOREVER, 5],
    )  # fmt: skip

    (found,) = solve_arrays(one)

    assert found.cost == 50.0  # market 0 takes activity 0 anyway; activity 1 would be cheaper but too late for market 1


@st.composite
def small(draw):
    p, m, r, k = (draw(st.integers(1, 2)) for _ in range(4))
    k += 2
    cells = np.array(draw(st.lists(st.booleans(), min_size=p * m * r, max_size=p * m * r))).reshape(p, m, r)
    ways = [(x, -1, [draw(st.integers(0, k - 1))]) for x in range(r)]
    for _ in range(draw(st.integers(0, 3))):
        members = draw(st.sets(st.integers(0, k - 1), min_size=1, max_size=2))
        ways.append((draw(st.integers(0, r - 1)), draw(st.integers(-1, m - 1)), sorted(members)))
    cost = draw(st.lists(st.integers(0, 20), min_size=k, max_size=k))
    needs = [sorted(draw(st.sets(st.integers(0, i - 1), max_size=1))) if i else [] for i in range(k)]
    shared = draw(st.lists(st.booleans(), min_size=k, max_size=k))
    group = [[0 if shared[a] else product_ for a in range(k)] for product_ in range(p)]
    return cells, ways, cost, needs, group


@settings(max_examples=200, deadline=None)
@given(small())
def test_the_cheapest_plan_is_the_cheapest_of_all_subsets(problem):
    cells, ways, cost, needs, group = problem
    p, k = len(group), len(cost)
    runs = sorted({(a, group[x][a]) for x in range(p) for a in range(k)})
    best = float("inf")
    for picks in product((False, True), repeat=len(runs)):
        done = {run for run, taken in zip(runs, picks, strict=True) if taken}
        ready = all((n, g2) in done for a, g in done for n in needs[a] for g2 in _of(group, a, g, n))
        closed = all(
            any(rr == r and mm in (-1, m) and all((a, group[x][a]) in done for a in acts) for rr, mm, acts in ways)
            for x, m, r in np.argwhere(cells)
        )
        if ready and closed:
            best = min(best, sum(cost[a] for a, _ in done))

    found = solve_arrays(instance(open_=cells, ways=ways, cost=cost, weeks=[1] * k, group=group, needs=needs))

    assert found[0].cost == best
    assert found[0].proven


def _of(group, a, g, need):
    """The runs of a needed activity that the products of one run of `a` belong to."""
    return {group[x][need] for x in range(len(group)) if group[x][a] == g}
