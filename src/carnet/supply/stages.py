"""A network of stages under a shock: sites make materials from other sites' materials, ship them on lanes, keep stocks.

Every site belongs to a stage, an economy, a supplier and a port; a shock names any of these and limits what the sites
make (`output`: a strike, a storm, a sanction) or what leaves them (`export`: a license, a closed port or route; an
economy's export limit spares what stays inside). Three answers frame the truth, as in `shock`: arithmetic, the best
plan of one who knows the future (HiGHS), and week by week without foresight.
Reading order: Site, Blow, Network, limits(), least(), most(), plan(), weekly(), report().
Units: of each material per week; losses 0 to 1. What is sent arrives in the same week; demand stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from ..errors import BadInput, nearest
from .shock import Array


@dataclass(frozen=True)
class Site:
    """What one site makes in a normal week, from what, and how long its stocks last.

    takes   material -> units per unit made      stock  material -> weeks of normal need in store
    spare   how much more it can make, as a share, when it is not hit itself
    """

    name: str
    makes: str
    capacity: float
    takes: Mapping[str, float] = field(default_factory=dict)
    stock: Mapping[str, float] = field(default_factory=dict)
    spare: float = 0.0
    stage: str = ""
    economy: str = ""
    supplier: str = ""
    port: str = ""

    @property
    def names(self) -> frozenset[str]:
        """Everything a shock may call it by."""
        return frozenset({self.name, self.stage, self.economy, self.supplier, self.port} - {""})


@dataclass(frozen=True)
class Blow:
    """What is hit, what share stays, for which weeks; `export` hits only what leaves."""

    target: str
    keep: float
    first_week: int
    weeks: int
    export: bool = False


class Network:
    """Sites in an order in which makers come before takers, and the lanes between them with their normal flows."""

    def __init__(self, sites: Sequence[Site], product: str, ramp: float = 8.0) -> None:
        self.product, self.ramp = product, ramp
        self.sites = _in_order(sites)
        makers = {m: [i for i, s in enumerate(self.sites) if s.makes == m] for m in {s.makes for s in sites}}
        if product not in makers:
            raise BadInput(f"no site makes {product!r}")
        self.final = makers[product]
        self.demand = sum(self.sites[i].capacity for i in self.final)
        self.lanes: list[tuple[int, int]] = []
        normal = []
        for j, site in enumerate(self.sites):
            for material, each in site.takes.items():
                whole = sum(self.sites[i].capacity for i in makers.get(material, ()))
                if whole <= 0.0:
                    raise BadInput(f"nobody makes the {material!r} that {site.name!r} takes")
                for i in makers[material]:
                    self.lanes.append((i, j))
                    normal.append(each * site.capacity * self.sites[i].capacity / whole)
        self.normal = np.array(normal)
        self.makers = makers

    @cached_property
    def inputs(self) -> dict[tuple[int, str], list[int]]:
        """(site, material) -> the lanes that bring it."""
        found: dict[tuple[int, str], list[int]] = {}
        for n, (i, j) in enumerate(self.lanes):
            found.setdefault((j, self.sites[i].makes), []).append(n)
        return found

    @cached_property
    def outputs(self) -> dict[int, list[int]]:
        """Site -> the lanes that leave it."""
        return {i: [n for n, (a, _) in enumerate(self.lanes) if a == i] for i in range(len(self.sites))}

    def stock(self, site: int, material: str) -> float:
        """Units in store at the start."""
        s = self.sites[site]
        return s.stock.get(material, 0.0) * s.takes[material] * s.capacity


def _in_order(sites: Sequence[Site]) -> list[Site]:
    names = [s.name for s in sites]
    if len(set(names)) < len(names):
        raise BadInput(f"site {next(n for n in names if names.count(n) > 1)!r} stands twice")
    left, found, made = list(sites), [], set[str]()
    while left:
        open_ = {s.makes for s in left}
        ready = [s for s in left if not any(m in open_ for m in s.takes)]
        if not ready:
            raise BadInput(f"the sites {', '.join(s.name for s in left[:5])} need each other's materials in a circle")
        found += ready
        made |= {s.makes for s in ready}
        left = [s for s in left if s not in ready]
    return found


def limits(network: Network, blows: Sequence[Blow], weeks: int) -> tuple[Array, Array]:
    """((weeks, sites) share of output, (weeks, lanes) share of shipping) that stays; raises BadInput."""
    made, sent = np.ones((weeks, len(network.sites))), np.ones((weeks, len(network.lanes)))
    for blow in blows:
        hit = [i for i, s in enumerate(network.sites) if blow.target in s.names]
        if not hit:
            known = sorted(set().union(*(s.names for s in network.sites)))
            near = nearest(blow.target, known)
            raise BadInput(f"no site, stage, economy, supplier or port is called {blow.target!r}; {near}".rstrip("; "))
        if not 0.0 <= blow.keep <= 1.0:
            raise BadInput(f"the shock on {blow.target!r} keeps {blow.keep:g}; a share lies between 0 and 1")
        span = slice(max(0, blow.first_week), max(0, blow.first_week) + blow.weeks)
        for i in hit:
            if not blow.export:
                made[span, i] = np.minimum(made[span, i], blow.keep)
                continue
            for n in network.outputs[i]:
                inside = network.sites[network.lanes[n][1]].economy == blow.target == network.sites[i].economy
                if not inside:
                    sent[span, n] = np.minimum(sent[span, n], blow.keep)
    return made, sent


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
