"""How few hands hold a supply: sum of squared shares with bounds, effective number, top shares, single points.

What is not named gives bounds, never a guess. In a table of producers the unnamed are at best countless and at worst
no larger than the smallest named one. In a project's own chain the unknown may even belong to the largest supplier.
Reading order: Concentration, herfindahl(), world(), own(), single_points(), smallest_cut().
Units: shares and HHI from 0 to 1.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from ..errors import Unheard, nearest
from .lots import Chain
from .tables import Tables
from .trace import Tracer

Unnamed = Literal["small", "any", "may_join"]


@dataclass(frozen=True)
class Concentration:
    """Low and high where something is unnamed; `shares` largest first; `effective` is how many equal hands it is."""

    hhi_low: float
    hhi_high: float
    effective_low: float
    effective_high: float
    top1: str
    top1_share: float
    top1_high: float
    top3_share: float
    unnamed: float
    shares: tuple[tuple[str, float], ...]


def herfindahl(shares: Mapping[str, float], unnamed: Unnamed = "small") -> Concentration:
    """Shares of the named (sum at most 1) -> concentration.

    unnamed  what the rest may be: producers no larger than the smallest named ('small'), producers no larger than the
             largest named ('any'), or even the largest named one itself ('may_join')
    """
    ranked = sorted(((n, s) for n, s in shares.items() if s > 0), key=lambda r: (-r[1], r[0]))
    rest = max(0.0, 1.0 - sum(s for _, s in ranked))
    low = sum(s * s for _, s in ranked)
    top = ranked[0][1] if ranked else 0.0
    if not ranked:
        high = 1.0 if rest else 0.0
    elif unnamed == "may_join":
        high = low - top * top + (top + rest) ** 2
    else:
        size = ranked[-1][1] if unnamed == "small" else top
        whole = int(rest / size)
        high = low + whole * size * size + (rest - whole * size) ** 2
    return Concentration(
        low,
        high,
        1 / high if high else 0.0,
        1 / low if low else 0.0,
        ranked[0][0] if ranked else "",
        top,
        min(1.0, top + rest) if unnamed == "may_join" else max(top, rest) if unnamed == "any" else top,
        sum(s for _, s in ranked[:3]),
        rest,
        tuple(ranked),
    )


def world(tables: Tables, mineral: str, stage: str, year: str = "") -> dict[str, Any]:
    """Concentration of one mineral at one stage by economy, in its latest full year or the year asked for."""
    rows = tables["production"].where(mineral=mineral, stage=stage)
    if not rows:
        known = sorted({f"{r['mineral']} {r['stage']}" for r in tables["production"].rows})
        near = nearest(f"{mineral} {stage}", known, most=3)
        raise Unheard(f"no production of {mineral!r} at {stage!r} is known" + (f"; {near}" if near else ""))
    years: dict[str, int] = defaultdict(int)
    for row in rows:
        years[row["year"]] += 1
    chosen = year or max(y for y, count in years.items() if count > 1 or len(years) == 1)
    of_year = [r for r in rows if r["year"] == chosen]
    if not of_year:
        known_years = ", ".join(sorted(years))
        raise Unheard(f"no production of {mineral!r} at {stage!r} is known for {chosen}; years: {known_years}")
    # The printed world total is rounded; where the rows sum to more, they are the better total.
    total = max(float(of_year[0]["world"]), sum(float(r["amount"]) for r in of_year))
    named = {r["economy"]: float(r["amount"]) / total for r in of_year if r["economy"] != "other"}
    found = herfindahl(named)
    source = of_year[0].source
    return {
        "material": mineral,
        "stage": stage,
        "year": chosen,
        "by": "economy",
        **asdict(found),
        "source": source.number,
    }


def world_midstream(tables: Tables) -> list[dict[str, Any]]:
    """Stages of which one economy's share is known as a range; the others are unnamed."""
    found = []
    for row in tables["midstream"].rows:
        if len(row["economy"]) != 2:
            continue  # a mean over minerals, or the world
        low, high = row.number("share_low") or 0.0, row.number("share_high") or 0.0
        bounds = [herfindahl({row["economy"]: s}, "any") for s in (low, high)]
        found.append(
            {
                "stage": row["stage"],
                "year": row["year"],
                "economy": row["economy"],
                "share_low": low,
                "share_high": high,
                "hhi_low": min(b.hhi_low for b in bounds),
                "hhi_high": max(b.hhi_high for b in bounds),
                "source": row.source.number,
                "asks": row["asks"],
            }
        )
    return found


def group_of(chain: Chain, by: str) -> dict[str, str]:
    """Lot -> the economy, actor, facility or stage that made it (or where it began)."""
    facilities = {f["id"]: f for f in chain["facilities"]}
    found = {}
    for lot in chain["lots"]:
        facility = facilities.get(lot["facility"], {})
        cell = {
            "economy": lot["economy"] or facility.get("economy"),
            "actor": facility.get("actor"),
            "facility": lot["facility"],
            "stage": facility.get("stage"),
            "port": facility.get("port"),
        }[by]
        if cell:
            found[lot["id"]] = cell
    return found


def own(tracer: Tracer, lot: str, element: str, by: str = "economy") -> dict[str, Any]:
    """Concentration of the beginnings of a lot: who dug or collected its element."""
    groups = group_of(tracer.chain, by)
    shares: dict[str, float] = defaultdict(float)
    _, nodes, part = tracer.lot(lot, element)
    start = tracer.graph.start
    lots = tracer.chain["lots"]
    for node, share in zip(nodes.tolist(), part.tolist(), strict=True):
        if node >= tracer.graph.lots or start[node] != start[node + 1] or tracer.names[node] not in groups:
            continue
        # where it was worked on is not where it was dug: a beginning that does not say stays unnamed
        if by != "economy" or lots[node]["economy"]:
            shares[groups[tracer.names[node]]] += share
    found = herfindahl(dict(shares), "may_join")
    return {"lot": lot, "element": element, "stage": "beginning", "by": by, **asdict(found)}


def through(tracer: Tracer, lot: str, element: str, by: str) -> dict[str, float]:
    """Group -> share of the lot's element that passed through any of its places on the way."""
    groups = group_of(tracer.chain, by)
    w, target = tracer.weights(element), tracer.node(lot)
    upstream = tracer.graph.upstream(target)
    members: dict[str, list[int]] = defaultdict(list)
    for node in upstream.tolist():
        if node < tracer.graph.lots and node != target and tracer.names[node] in groups:
            members[groups[tracer.names[node]]].append(node)
    names = sorted(members)
    seed = np.zeros((tracer.graph.size, len(names)))
    stop = np.zeros((tracer.graph.size, len(names)), bool)
    for column, name in enumerate(names):
        stop[members[name], column] = True
    # Sources first; a node of the group counts whole, so passing through it twice is not counted twice.
    for node in upstream[::-1].tolist():
        first, last = tracer.graph.start[node], tracer.graph.start[node + 1]
        by_kg = max(float(w.weight[first:last].sum()), float(w.need[node]))
        if by_kg > 0.0:
            seed[node] = w.weight[first:last] @ seed[tracer.graph.source[first:last]] / by_kg
        seed[node][stop[node]] = 1.0
    return {name: float(seed[target, column]) for column, name in enumerate(names)}


def single_points(tracer: Tracer, lot: str, by: str = "facility") -> list[dict[str, Any]]:
    """Places through which all of an element passes: without them the lot is not made."""
    found = []
    for element in tracer.elements:
        if tracer.weights(element).need[tracer.node(lot)] == 0.0:
            continue
        for name, share in through(tracer, lot, element, by).items():
            if share >= 1 - 1e-9:
                found.append({"element": element, "by": by, "name": name, "share": share})
    return found


def smallest_cut(tracer: Tracer, lot: str, element: str, by: str = "facility") -> list[str]:
    """The fewest places whose loss together stops every way of the element to the lot; [] when nothing named can.

    A place stands for many lots, so this is no flow in a graph of places (that would join ways that do not meet). Ways
    that are still open are found one by one, and the fewest places that hit all of them are chosen (a mixed-integer
    program, solved by HiGHS), until no way is open: then no smaller choice exists.
    """
    groups, target = group_of(tracer.chain, by), tracer.node(lot)
    weight = tracer.weights(element).weight
    ways: list[frozenset[str]] = []
    chosen: frozenset[str] = frozenset()
    while (way := _open_way(tracer, groups, target, weight, chosen)) is not None:
        if not way:
            return []  # a way without any named place
        ways.append(way)
        chosen = _fewest(ways)
    return sorted(chosen)


def _open_way(
    tracer: Tracer, groups: Mapping[str, str], target: int, weight: Any, closed: frozenset[str]
) -> frozenset[str] | None:
    """The places of a way from a beginning that passes none of the closed, over few lots of named places; or None."""
    graph, names = tracer.graph, tracer.names
    near: deque[tuple[int, int]] = deque([(0, target)])
    cost, back = {target: 0}, {target: target}
    while near:
        passed, here = near.popleft()
        if passed > cost[here]:
            continue
        first, last = graph.start[here], graph.start[here + 1]
        if first == last:
            found = set()
            while here != target:
                found.add(groups.get(names[here], "") if here < graph.lots else "")
                here = back[here]
            return frozenset(found - {""})
        for e in range(first, last):
            source = int(graph.source[e])
            place = groups.get(names[source]) if source < graph.lots else None
            more = passed + (place is not None)
            if weight[e] > 0.0 and place not in closed and more < cost.get(source, more + 1):
                cost[source], back[source] = more, here
                (near.append if place is not None else near.appendleft)((more, source))
    return None


def _fewest(ways: list[frozenset[str]]) -> frozenset[str]:
    """The fewest names of which every way holds one; of several such sets, that with the earlier names."""
    import highspy

    names = sorted(frozenset().union(*ways))
    number = {name: n for n, name in enumerate(names)}
    solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.setOptionValue("output_flag", False)
    for n in range(len(names)):
        solver.addVar(0.0, 1.0)
        solver.changeColCost(n, 1.0 + n / (2.0 * len(names) ** 2))  # together less than one name more
        solver.changeColIntegrality(n, highspy.HighsVarType.kInteger)
    for way in ways:
        columns = np.array([number[name] for name in sorted(way)], np.int32)
        solver.addRow(1.0, highspy.kHighsInf, len(columns), columns, np.ones(len(columns)))
    solver.setOptionValue("mip_rel_gap", 0.0)
    solver.run()
    values = solver.getSolution().col_value
    return frozenset(name for name, value in zip(names, values, strict=True) if value > 0.5)
