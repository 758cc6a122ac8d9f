"""A single point of failure and the smallest cut are those that trying every set of places finds."""

import random
from itertools import combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from carnet.supply.concentration import group_of, single_points, smallest_cut, through
from carnet.supply.trace import Tracer

from .test_trace import random_chain
from .world import chain


def placed(seed, places=5):
    """A random chain whose lots were made at few places; some at none that is named."""
    rng = random.Random(seed)
    tables = random_chain(rng, lots=24)
    tables["facilities"] = [{"id": f"place-{n}"} for n in range(places)]
    for lot in tables["lots"]:
        if rng.random() < 0.85:
            lot["facility"] = f"place-{rng.randrange(places)}"
    tracer = Tracer(chain(**tables))
    made = [n for n in range(tracer.graph.lots) if tracer.graph.start[n] < tracer.graph.start[n + 1]]
    return tracer, tracer.names[rng.choice(made[-8:])]


def arrives(tracer, lot, closed):
    """True when some of the lot's mass still has a way from a beginning that passes none of the closed places."""
    groups, graph, weight = group_of(tracer.chain, "facility"), tracer.graph, tracer.weights("mass").weight
    target = tracer.node(lot)
    open_ = np.ones(graph.size, bool)
    for n in range(graph.lots):
        open_[n] = n == target or groups.get(tracer.names[n]) not in closed
    reached, waiting = {target}, [target]
    while waiting:
        here = waiting.pop()
        first, last = graph.start[here], graph.start[here + 1]
        if first == last:
            return True
        for e in range(first, last):
            source = int(graph.source[e])
            if weight[e] > 0 and open_[source] and source not in reached:
                reached.add(source)
                waiting.append(source)
    return False


def places_of(tracer):
    return sorted(set(group_of(tracer.chain, "facility").values()))


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 100_000))
def test_the_smallest_cut_is_as_small_as_trying_every_set(seed):
    tracer, lot = placed(seed)

    cut = smallest_cut(tracer, lot, "mass")

    sizes = range(1, len(places_of(tracer)) + 1)
    working = [set(c) for k in sizes for c in combinations(places_of(tracer), k) if not arrives(tracer, lot, set(c))]
    if not working:
        assert cut == []  # a way without any named place
    else:
        assert len(cut) == min(map(len, working))
        assert set(cut) in working


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 100_000))
def test_a_single_point_is_a_place_whose_loss_stops_every_way(seed):
    tracer, lot = placed(seed)

    found = {p["name"] for p in single_points(tracer, lot)}

    # what is unknown may pass elsewhere: then no place is certain to hold all
    explained = through_all(tracer, lot)
    alone = {p for p in places_of(tracer) if not arrives(tracer, lot, {p})}
    assert found == (alone if explained else set())


def through_all(tracer, lot):
    _, nodes, part = tracer.lot(lot, "mass")
    begins = tracer.graph.start[nodes] == tracer.graph.start[nodes + 1]
    return part[begins].sum() > 1 - 1e-9


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 100_000))
def test_what_passes_a_place_is_what_is_lost_without_it(seed):
    """Share through a place = what arrives less what arrives when its lots give nothing on."""
    tracer, lot = placed(seed)
    w, graph, target = tracer.weights("mass"), tracer.graph, tracer.node(lot)
    groups = group_of(tracer.chain, "facility")

    for place, share in through(tracer, lot, "mass", "facility").items():
        seed_mix = np.zeros((graph.size, 1))
        closed = {n for n in range(graph.lots) if groups.get(tracer.names[n]) == place and n != target}
        weight = w.weight.copy()
        for n in closed:
            weight[graph.start[n] : graph.start[n + 1]] = 0.0
            seed_mix[n] = 1.0
        need = np.maximum(
            w.need, np.add.reduceat(np.append(w.weight, 0.0), graph.start[:-1]) * (np.diff(graph.start) > 0)
        )
        need[list(closed)] = 0.0
        assert share == np.float64(share)
        assert abs(graph.sweep(weight, need, seed_mix)[target, 0] - share) < 1e-9
