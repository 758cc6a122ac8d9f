"""Which exchange moves the number: its elasticity, what it does to the spread, and the number with it changed.

The elasticity of an exchange is the relative change of the footprint per relative change of that exchange. In the
foreground a footprint is linear in each amount; in the background it is run x amount x intensity / total, and the
number with an exchange changed comes from a low-rank update of the solved system, exactly. The elasticities of all
emissions add up to 1.
Reading order: Exchange, exchanges(), first_order_sd(), rows().
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .footprint import Footprint
from .options import Scorer
from .system import Array
from .tables import Tables
from .what_if import Change, WhatIf


@dataclass(frozen=True, slots=True)
class Exchange:
    """One exchange: so much of `item` into `into`, or emitted by it.

    kind        input, process (an input made by another process of the inventory), background, emission
    value       kgCO2e of one declared unit that hang on it: the derivative times the amount
    log_sd      mean log-standard deviation of what it varies with
    group       exchanges of one group vary together
    change      the exchange in the background system, None in the foreground
    """

    kind: str
    into: str
    item: str
    amount: float
    unit: str
    value: float
    log_sd: float
    group: tuple[Any, ...]
    place: str
    change: tuple[int, int, bool] | None = None


def exchanges(found: Footprint, tables: Tables) -> list[Exchange]:
    """Every exchange that the footprint rests on, in the order of the inventory, then of the background."""
    from .uncertainty import spread_of

    spread, values = spread_of(found, tables).mean(axis=1), found.by_term
    inputs: dict[tuple[Any, ...], Exchange] = {}
    for n, term in enumerate(found.terms):
        key = ("input", term.process, str(term.place))
        kind = "emission" if term.flow else "input"
        item = f"{term.node[0]} ({term.node[1]})" if term.node[1] and not term.flow else term.node[0]
        new = Exchange(
            kind, term.process, item, term.amount, term.unit, float(values[n]), float(spread[n]), key, str(term.place)
        )
        old = inputs.get(key)
        inputs[key] = replace(old, amount=old.amount + term.amount, value=old.value + new.value) if old else new
    return [*inputs.values(), *_between(found, tables), *_behind(found, tables)]


def _between(found: Footprint, tables: Tables) -> list[Exchange]:
    """Inputs that another process of the inventory makes: the footprint with twice as much, minus itself."""
    from .uncertainty import amount_spread

    inventory, out = found.inventory, []
    ids = {p.id for p in inventory.processes}
    scorer = Scorer(found.method, inventory, tables)
    whole = found.value
    for p, process in enumerate(inventory.processes):
        for i, one in enumerate(process.inputs):
            if one.item not in ids:
                continue
            inputs = list(process.inputs)
            inputs[i] = replace(one, amount=2 * one.amount)
            changed = list(inventory.processes)
            changed[p] = replace(process, inputs=tuple(inputs))
            value = (scorer.value(replace(inventory, processes=tuple(changed))) - whole) * found.divisor
            key = ("process", process.id, str(one.place))
            spread = amount_spread(one.geometric_sd, one.ratings, tables)
            out.append(
                Exchange("process", process.id, one.item, one.amount, one.unit, value, spread, key, str(one.place))
            )
    return [e for e in out if e.value]


def demand_of(found: Footprint) -> Array:
    """(n,) what the counted terms ask of the background, for one declared unit."""
    demand = np.zeros(len(found.background.factors))
    for i, term in enumerate(found.terms):
        if not term.flow and found.counted[i]:
            demand[found.background.index[term.node]] += term.amount
    return demand


def _behind(found: Footprint, tables: Tables) -> list[Exchange]:
    """Exchanges of the background: inputs between its columns, and what each column emits."""
    background = found.background
    if not background.factors:
        return []
    runs = background.system.supply(demand_of(found))
    intensity = background.system.intensities(found.weights)
    names = [f"{item} ({region})" if region else item for item, region in background.index]
    out = []
    for row, column, amount, low, high in background.inputs:
        out.append(
            Exchange(
                "background",
                names[column],
                names[row],
                amount,
                background.factors[row].unit,
                float(runs[column] * amount * intensity[row]),
                (low + high) / 2,
                ("background", row, column),
                str(background.factors[column].place),
                (row, column, False),
            )
        )
    for at, column in zip(*np.nonzero(background.direct), strict=True):
        factor, amount = background.factors[column], float(background.direct[at, column])
        out.append(
            Exchange(
                "emission",
                names[column],
                tables.gases.flows[at],
                amount,
                "kg",
                float(runs[column] * amount * found.weights[at]),
                sum(factor.spread) / 2,
                ("column", int(column)),
                str(factor.place),
                (int(at), int(column), True),
            )
        )
    return [e for e in out if e.value]


def groups(found: list[Exchange]) -> dict[tuple[Any, ...], float]:
    """The standard deviation that each group of exchanges makes alone, in kgCO2e of one declared unit."""
    out: dict[tuple[Any, ...], float] = {}
    for one in found:
        out[one.group] = out.get(one.group, 0.0) + one.value * one.log_sd
    return out


def first_order_sd(found: Footprint, tables: Tables) -> float:
    """The standard deviation of the value if it were linear in the logarithms of what varies."""
    return math.sqrt(sum(v * v for v in groups(exchanges(found, tables)).values())) / found.divisor


def rows(found: Footprint, tables: Tables, most: int, by: float = 0.1) -> list[dict[str, Any]]:
    """The exchanges of largest elasticity as plain data, each with the value when it is less or more by a share."""
    every = exchanges(found, tables)
    whole, deviation = found.total, groups(every)
    variance = sum(v * v for v in deviation.values())
    first = sorted(every, key=lambda e: (-abs(e.value), e.into, e.item, e.place))[:most]
    asked = WhatIf(found.background.system, found.weights) if found.background.factors else None
    demand = demand_of(found)

    def value(one: Exchange, share: float) -> float:
        if one.change is None or asked is None:
            return (whole + share * one.value) / found.divisor
        row, column, flow = one.change
        old = found.background.system.b if flow else found.background.system.a
        new = float(old[row, column]) + (1 if flow else -1) * share * one.amount
        there = asked.score(demand, [Change(row, column, new, flow)]) - float(demand @ asked.base)
        return (whole + there) / found.divisor

    return [
        {
            "kind": e.kind,
            "into": e.into,
            "item": e.item,
            "amount": e.amount,
            "unit": e.unit,
            "elasticity": e.value / whole if whole else 0.0,
            "share_of_variance": (
                e.value * e.log_sd * deviation[e.group] / variance if variance and deviation[e.group] else 0.0
            ),
            "by": by,
            "less": value(e, -by),
            "more": value(e, by),
            "place": e.place,
        }
        for e in first
    ]
