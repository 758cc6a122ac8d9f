"""On every small problem the search finds exactly what trying everything finds."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from carnet.routes.net import FOREVER, Activity, net
from carnet.routes.search import Search, Unsettled

from .brute import brute

TOKENS = "abcdef"


def leads(acts: list[Activity], first: Activity, last: Activity) -> bool:
    """Whether what one activity yields can lead to another, through needs or wishes."""
    seen, stack = set(), [first]
    while stack:
        a = stack.pop()
        if a.id == last.id:
            return True
        if a.id not in seen:
            seen.add(a.id)
            stack += [b for b in acts if set(a.yields) & set(b.needs) or a.id in b.after]
    return False


@st.composite
def problems(draw):
    """Up to six activities over six tokens: circles, shared yields, laboratories, waits, and orders that are wished."""
    acts: list[Activity] = []
    for i in range(draw(st.integers(1, 6))):
        low, extra = draw(st.integers(0, 9)), draw(st.integers(0, 5))
        acts.append(
            Activity(
                f"x{i}",
                tuple(draw(st.sets(st.sampled_from(TOKENS), max_size=2))),
                tuple(draw(st.sets(st.sampled_from(TOKENS), min_size=1, max_size=2))),
                (low, low + extra),
                (0, draw(st.integers(0, 4))),
                lab=draw(st.sampled_from(["", "l", "l", "m"])),
                start=draw(st.sampled_from([0, 0, 0, 3])),
                until=draw(st.sampled_from([FOREVER, FOREVER, FOREVER, 6])),
            )
        )
    for i in range(1, len(acts)):  # a wish of order that no need contradicts
        j = draw(st.integers(0, i - 1))
        if draw(st.booleans()) and not leads(acts, acts[i], acts[j]):
            acts[i] = replace(acts[i], after=(acts[j].id,))
    demands = {
        t: draw(st.sampled_from([FOREVER, FOREVER, 4, 9]))
        for t in draw(st.sets(st.sampled_from(TOKENS), min_size=1, max_size=3))
    }
    held = draw(st.sets(st.sampled_from(TOKENS), max_size=2))
    return acts, demands, held, {"l": 1, "m": 2}


@settings(max_examples=250, deadline=None)
@given(problems())
def test_the_cheapest_plan_is_the_cheapest_of_all_plans(problem):
    acts, demands, held, capacity = problem
    best = brute(acts, demands, held, capacity, lambda a: (a.cost[0] + a.cost[1]) / 2, lambda a: int(a.weeks[1]))

    found = Search(net(acts, demands, held, capacity)).cheapest()

    if not best:
        assert found is None
    else:
        assert found is not None
        assert found.proven
        assert found.cost == min(best.values())


@settings(max_examples=150, deadline=None)
@given(problems())
def test_the_soonest_plan_and_the_front_are_those_of_all_plans(problem):
    acts, demands, held, capacity = problem
    best = brute(acts, demands, held, capacity, lambda a: (a.cost[0] + a.cost[1]) / 2, lambda a: int(a.weeks[1]))
    search = Search(net(acts, demands, held, capacity))

    soonest, floor = search.soonest()
    front = [(p.weeks, p.cost) for p in search.front(50)]

    expected, low = [], float("inf")
    for week in sorted(best):
        if best[week] < low:
            expected.append((week, best[week]))
            low = best[week]
    assert front == expected
    assert (soonest is None) == (not best)
    if soonest is not None:
        assert soonest.weeks == min(best) == floor


@settings(max_examples=100, deadline=None)
@given(problems(), st.integers(0, 12))
def test_a_deadline_is_kept_or_proven_impossible(problem, deadline):
    acts, demands, held, capacity = problem
    best = brute(acts, demands, held, capacity, lambda a: a.cost[1], lambda a: int(a.weeks[1]))
    within = [cost for week, cost in best.items() if week <= deadline]

    try:
        found = Search(net(acts, demands, held, capacity), cost="high").cheapest(deadline)
    except Unsettled:
        raise AssertionError("a problem this small is settled") from None

    assert (found is None) == (not within)
    if found is not None:
        assert found.cost == min(within)
        assert found.weeks <= deadline
