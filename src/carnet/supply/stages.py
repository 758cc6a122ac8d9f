"""What a blow to a network of stages costs in output: arithmetic, the best plan, and week by week.

Three answers frame the truth, as in `shock`: `least` and `most` need no model of behavior, `plan` is a linear program
that knows the future (HiGHS), `weekly` does not. What is sent arrives in the same week; demand stays as it is.
Reading order: least(), most(), plan(), weekly(), report(). Losses from 0 to 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import BadInput
from .network import Blow, Network, limits
from .shock import Array


def _room(network: Network, made: Array) -> Array:
    """(weeks, sites) the most each can make: what stays, and spare where it is never hit."""
    spare = np.array([s.spare for s in network.sites]) * (made == 1.0).all(axis=0)
    return np.asarray(made * [s.capacity for s in network.sites] * (1.0 + spare))


def least(network: Network, made: Array) -> float:
    """Share lost at least, by arithmetic: no material allows more than its makers and all stocks, spread at will."""
    weeks, room = len(made), _room(network, made).sum(axis=0)
    thrift = {m: _thrift(network, m) for m in network.makers}
    most_ = weeks * network.demand
    best = most_
    for material, makers in network.makers.items():
        if thrift[material] <= 0.0:
            continue
        allowed = room[makers].sum() / thrift[material]
        for site, taken in network.inputs:
            if thrift[taken] > 0.0 and (taken == material or _contains(network, taken, material)):
                allowed += network.stock(site, taken) / thrift[taken]
        best = min(best, allowed)
    return max(0.0, 1.0 - best / most_)


def _thrift(network: Network, material: str) -> float:
    """Units of a material in a unit of product, made the thriftiest way."""
    need: dict[str, float] = {}
    for s in network.sites:  # makers first
        own = 1.0 if s.makes == material else sum(n * need.get(m, 0.0) for m, n in s.takes.items())
        need[s.makes] = min(need.get(s.makes, np.inf), own)
    return need[network.product]


def _contains(network: Network, whole: str, part: str) -> bool:
    """True when some way of making `whole` takes `part`."""
    inside = {part}
    for s in network.sites:
        if inside & s.takes.keys():
            inside.add(s.makes)
    return whole in inside and whole != part


def most(network: Network, made: Array, sent: Array) -> float:
    """Share lost at most: no stock, no spare, nobody buys elsewhere; the scarcest material decides every week."""
    share = made.copy()
    for (site, _), lanes in network.inputs.items():  # the sites stand in order, so their makers are decided
        weight = network.normal[lanes] / network.normal[lanes].sum()
        came = np.minimum(share[:, [network.lanes[n][0] for n in lanes]], sent[:, lanes]) @ weight
        share[:, site] = np.minimum(share[:, site], came)
    whole = np.array([network.sites[i].capacity for i in network.final])
    return float(1.0 - (share[:, network.final] @ whole).mean() / network.demand)


def plan(network: Network, made: Array, sent: Array) -> float:
    """Share lost by the best plan that knows the future: what is made and sent every week, stocks carried over."""
    import highspy
    from scipy.sparse import coo_array

    weeks, s, lanes = len(made), len(network.sites), len(network.lanes)
    stores = list(network.inputs)
    goods = [i for i in range(s) if i not in network.final]
    width = s + lanes + len(stores) + len(goods)  # made, sent, in store at takers, in store at makers
    rows, cols, vals, right = list[int](), list[int](), list[float](), list[tuple[float, float]]()

    def row(low: float, high: float, *cells: tuple[int, float]) -> None:
        for column, value in cells:
            rows.append(len(right))
            cols.append(column)
            vals.append(value)
        right.append((low, high))

    for t in range(weeks):
        at = t * width
        for k, key in enumerate(stores):
            j, material = key
            store = at + s + lanes + k
            before = [(store - width, 1.0)] if t else []
            first = network.stock(j, material) if t == 0 else 0.0
            came = [(at + s + n, 1.0) for n in network.inputs[key]]
            row(-first, -first, *before, *came, (at + j, -network.sites[j].takes[material]), (store, -1.0))
        for k, i in enumerate(goods):
            store = at + s + lanes + len(stores) + k
            before = [(store - width, 1.0)] if t else []
            left = [(at + s + n, -1.0) for n in network.outputs[i]]
            row(0.0, 0.0, *before, (at + i, 1.0), *left, (store, -1.0))
        row(0.0, network.demand, *((at + i, 1.0) for i in network.final))
    upper = np.full((weeks, width), np.inf)
    upper[:, :s] = _room(network, made)
    upper[:, s : s + lanes] = np.where(sent < 1.0, sent * network.normal, np.inf)
    cost = np.zeros((weeks, width))
    cost[:, network.final] = -1.0
    matrix = coo_array((vals, (rows, cols)), shape=(len(right), weeks * width)).tocsr()
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = weeks * width, len(right)
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = cost.ravel(), np.zeros(weeks * width), upper.ravel()
    lp.row_lower_, lp.row_upper_ = (np.array([r[k] for r in right]) for k in (0, 1))
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = matrix.indptr, matrix.indices, matrix.data
    solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.setOptionValue("output_flag", False)
    solver.passModel(lp)
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        raise BadInput("the plan has no answer: are capacities and recipes finite numbers?")
    return max(0.0, 1.0 + float(solver.getInfo().objective_function_value) / (weeks * network.demand))


def weekly(network: Network, made: Array, sent: Array) -> Array:
    """(weeks,) output as a share of demand, week by week: everybody makes what can be made and sends as always.

    Spare room, and what a closed lane leaves over, are used over the ramp weeks after the first blow.
    """
    weeks = len(made)
    room, normal_room = _room(network, made), made * [s.capacity for s in network.sites]
    hit = np.cumsum((made < 1.0).any(axis=1) | (sent < 1.0).any(axis=1)) > 0
    since = np.maximum(np.cumsum(hit) - 1, 0)
    store = {key: network.stock(*key) for key in network.inputs}
    goods = np.zeros(len(network.sites))
    found = np.zeros(weeks)
    for t in range(weeks):
        adapted = min(1.0, since[t] / max(network.ramp, 1e-9))
        for j, site in enumerate(network.sites):
            want = normal_room[t, j] + adapted * (room[t, j] - normal_room[t, j])
            if j in network.final:
                others = sum(network.sites[k].capacity for k in network.final if k > j)
                want = min(want, max(site.capacity, network.demand - found[t] - others))
                want = min(want, network.demand - found[t])
            for material, each in site.takes.items():
                want = min(want, store[j, material] / each if each > 0 else want)
            amount = max(0.0, want)
            for material, each in site.takes.items():
                store[j, material] = max(0.0, store[j, material] - each * amount)
            if j in network.final:
                found[t] += amount
                continue
            goods[j] = _send(network, j, goods[j] + amount, sent[t], adapted, store)
    return found / network.demand


def _send(
    network: Network, j: int, have: float, sent: Array, adapted: float, store: dict[tuple[int, str], float]
) -> float:
    """Ship by the normal shares, then what is left to lanes that are open; returns what stays."""
    lanes = network.outputs[j]
    usual = network.normal[lanes]
    if not usual.sum():
        return have
    limit = np.where(sent[lanes] < 1.0, sent[lanes] * usual, np.inf)
    goes = np.minimum(have * usual / usual.sum(), limit)
    open_ = np.isinf(limit)
    left = have - goes.sum()
    if left > 0 and open_.any():
        goes = goes + np.where(open_, adapted * left * usual / usual[open_].sum(), 0.0)
    for n, amount in zip(lanes, goes.tolist(), strict=True):
        store[network.lanes[n][1], network.sites[j].makes] += amount
    return max(0.0, have - float(goes.sum()))


def report(network: Network, blows: Sequence[Blow], weeks: int) -> dict[str, Any]:
    """The three answers, the interval they span, output by week, when it stops and when it is back."""
    made, sent = limits(network, blows, weeks)
    path = weekly(network, made, sent)
    low, high = least(network, made), most(network, made, sent)
    best, real = plan(network, made, sent), float(1.0 - path.mean())
    hit = [w for w in range(weeks) if path[w] < 0.99]
    return {
        "schema": "carnet/shock/1",
        "weeks": weeks,
        "bound": {"low": low, "high": high},
        "plan": best,
        "week_by_week": real,
        "interval": [min(low, best), max(high, real)],
        "output": [round(float(x), 6) for x in path],
        "stops_in_week": hit[0] if hit else None,
        "back_in_week": hit[-1] + 1 if hit and hit[-1] + 1 < weeks else None,
        "assumptions": ["demand stays as it is", "what is sent arrives in the same week", "only what is named is hit"],
    }
