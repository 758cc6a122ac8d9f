"""How the processes of an inventory hang on each other: who asks whom for how much of what it makes.

Reading order: Edge, edges(), asked_of().
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..waist import Place
from .inventory import Inventory
from .nouns import Method
from .system import Array
from .tables import Tables
from .terms import _order, parameter, shares


@dataclass(frozen=True, slots=True)
class Edge:
    """An input that another process of the inventory makes.

    share  of all that is asked of `maker`
    """

    user: str
    maker: str
    share: float
    place: Place
    geometric_sd: float | None
    ratings: tuple[tuple[str, int], ...]


def edges(inventory: Inventory, method: Method, tables: Tables) -> list[Edge]:
    """Every input between processes that the product needs, users before what they use."""
    by_id = {p.id: p for p in inventory.processes}
    first = inventory.processes[0]
    demand = {first.id: tables.units.factor(inventory.form.product.declared_unit, first.unit)}
    asked: list[tuple[str, str, float, Place, float | None, tuple[tuple[str, int], ...]]] = []
    for name in _order(by_id, first.id):
        process = by_id[name]
        runs = demand.get(name, 0.0) / process.amount * shares(process, method)[0]
        for one in process.inputs:
            if one.item in by_id:
                amount = one.amount * runs
                for key in one.per:
                    amount *= parameter(inventory, method, key, tables)
                demand[one.item] = demand.get(one.item, 0.0) + amount
                asked.append((name, one.item, amount, one.place, one.geometric_sd, one.ratings))
    return [
        Edge(user, maker, amount / demand[maker] if demand[maker] else 0.0, place, sd, ratings)
        for user, maker, amount, place, sd, ratings in asked
    ]


def asked_of(found: list[Edge], factors: Array) -> dict[str, Array]:
    """How much more or less is asked of each process when the edges are scaled: factors (draws, edges)."""
    one = np.ones(factors.shape[0])
    asked: dict[str, Array] = {}
    for n, edge in enumerate(found):  # a user's own edges come after all that ask for the user
        part = edge.share * asked.get(edge.user, one) * factors[:, n]
        asked[edge.maker] = asked.get(edge.maker, 0.0) + part
    return asked
