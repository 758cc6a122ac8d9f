"""The part of the tables that an inventory needs, as a technosphere under one method's electricity rule.

An item in a region becomes a column; what it needs becomes further columns, `region: same` staying in the region it
runs in. The method's order of electricity factors decides which row stands for an economy's grid, so a change of that
rule or of a grid goes through every route whose electricity is explicit.
Reading order: Node, Background, build().
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from ..errors import BadInput
from .inventory import Inventory
from .nouns import Factor, Gases, Units
from .system import Array, System

Node = tuple[str, str]  # item and region, as written
GRID = "electricity"


@dataclass(slots=True)
class Background:
    """Columns of the technosphere, one per node.

    factors  the row that stands for each node
    spread   (n, 2) log-sd of the direct part of each column, below and above
    inputs   (row, column, amount, log-sd below, log-sd above) of every exchange between columns
    """

    index: dict[Node, int]
    factors: list[Factor]
    system: System
    inputs: list[tuple[int, int, float, float, float]]
    direct: Array

    def per_flow(self) -> Array:
        """(m, n) kg of each flow per unit of each node, its whole chain included."""
        return self.system.intensities(np.eye(self.direct.shape[0]))


def resolve(inventory: Inventory, item: str, region: str, order: list[str]) -> Factor:
    """The row that stands for an item in a region; for the grid, the first of the method's order that exists there."""
    for name in order if item == GRID else [item]:
        found = inventory.factors.get((name, region)) or (inventory.find(name, region) if item != GRID else None)
        if found:
            return found
    raise BadInput(
        f"{item} has no factor for "
        f"{region or 'an input without a region'} under this method's "
        f"order {', '.join(order)}. Give its region, or a factor of "
        "your own."
    )


def build(inventory: Inventory, wanted: Iterable[Node], order: list[str], gases: Gases, units: Units) -> Background:
    """The closure of what is wanted; raises BadInput naming an item that has no factor."""
    index: dict[Node, int] = {}
    factors: list[Factor] = []
    inputs: list[tuple[int, int, float, float, float]] = []
    waiting = list(dict.fromkeys(wanted))
    for node in waiting:
        index[node] = len(index)
        factors.append(resolve(inventory, *node, order))
    at = 0
    while at < len(waiting):
        factor, region = factors[at], waiting[at][1]
        for need in factor.needs:
            where = region if need.region == "same" else need.region
            node = (need.item, where)
            if node not in index:
                index[node] = len(index)
                factors.append(resolve(inventory, *node, order))
                waiting.append(node)
            row = index[node]
            inputs.append((row, at, need.amount * units.factor(need.unit, factors[row].unit), *need.spread))
        at += 1
    n, flows = len(index), {name: i for i, name in enumerate(gases.flows)}
    direct = np.zeros((len(flows), n))
    for column, factor in enumerate(factors):
        for flow, amount in factor.flows:
            direct[flows[flow], column] += amount
    technosphere = sp.lil_matrix((n, n))
    technosphere.setdiag(1.0)
    for row, column, amount, _, _ in inputs:
        technosphere[row, column] -= amount
    names = [f"{item} ({region})" if region else item for item, region in waiting]
    return Background(index, factors, System(technosphere.tocsc(), sp.csc_matrix(direct), names), inputs, direct)
