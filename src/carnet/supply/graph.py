"""A chain as a graph: lots and events are nodes, flows are edges with kilograms; one order, many questions.

Nodes are numbered lots first, then events. An output of an event is an edge from the event to the lot; an input is an
edge from the lot to the event. What a lot was made of beyond what its events explain stays unexplained.
Reading order: Graph, build(), Graph.sweep(), Graph.upstream().
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from . import kernel
from .lots import Chain

Array = np.ndarray[Any, Any]


MOST_EDGES = 2**31 - 1


class Cyclic(ValueError):
    """The graph goes round in a circle; `nodes` are those that could not be placed."""

    def __init__(self, nodes: Array) -> None:
        self.nodes = nodes
        super().__init__(f"{len(nodes)} lots and events go round in a circle")


@dataclass
class Graph:
    """n nodes, m edges. Edges are kept by target, so that a sweep reads memory in order.

    start   (n+1,)  where the incoming edges of each node begin
    source  (m,)    node each edge comes from
    kg      (m,)    what it brings, in kilograms; nan when nobody said
    lots    how many of the nodes are lots (they come first)
    """

    start: Array
    source: Array
    kg: Array
    lots: int
    edge: Array | None = None  # number of each edge in the order in which it was given; None: as given

    @property
    def size(self) -> int:
        return len(self.start) - 1

    @classmethod
    def of(cls, source: Array, target: Array, kg: Array, nodes: int, lots: int) -> Graph:
        """From edges in any order."""
        if source.size >= MOST_EDGES:
            raise ValueError(f"{source.size:,} flows are more than the {MOST_EDGES:,} that one graph holds")
        source, target = source.astype(np.int32, copy=False), target.astype(np.int32, copy=False)
        if kernel.ascends(target):  # no need to move anything
            return cls(kernel.starts(target, nodes), source, kg, lots)
        start, edge = kernel.incoming(target, nodes)
        return cls(start, source[edge], kg[edge], lots, edge)

    @cached_property
    def target(self) -> Array:
        """The node each edge ends in."""
        return np.repeat(np.arange(self.size, dtype=np.int32), np.diff(self.start))

    @cached_property
    def level(self) -> Array:
        """The longest way from a beginning to each node; raises Cyclic."""
        found, in_order = kernel.levels_in_order(self.start, self.source)
        if not in_order:
            found = kernel.levels(*self.onward)
            if (found < 0).any():
                raise Cyclic(np.flatnonzero(found < 0))
        return found

    @property
    def onward(self) -> tuple[Array, Array]:
        """(start (n+1,), node (m,)): where each node's outgoing edges lead."""
        return kernel.neighbors(self.source, self.target, self.size)

    @cached_property
    def _by_level(self) -> tuple[Array, Array]:
        return kernel.by_level(self.level)

    @property
    def rank(self) -> Array:
        """Nodes with sources first, level after level; raises Cyclic."""
        return self._by_level[0]

    @property
    def bounds(self) -> Array:
        """Where each level begins in the rank, and the end."""
        return self._by_level[1]

    @cached_property
    def position(self) -> Array:
        """Where each node stands in the order."""
        found = np.empty(self.size, np.int32)
        found[self.rank] = np.arange(self.size, dtype=np.int32)
        return found

    def sweep(self, weight: Array, need: Array, mix: Array) -> Array:
        """Shares of every node by mixing what flows in; `mix` (n, k) holds what is given at the beginnings."""
        kernel.sweep(self.rank, self.start, self.source, weight, need, mix)
        return mix

    @cached_property
    def _work(self) -> tuple[Array, Array, Array]:
        return np.zeros(self.size, np.uint8), np.empty(self.size, np.int32), np.zeros(self.size, np.float64)

    def upstream(self, node: int) -> Array:
        """The node and everything it is made of, the node first, sources last."""
        seen, stack, _ = self._work
        count = kernel.ancestors(node, self.start, self.source, seen, stack)
        found = stack[:count].copy()
        return found[np.argsort(-self.position[found], kind="stable")]

    def parts(self, node: int, weight: Array, need: Array) -> tuple[Array, Array]:
        """(nodes upstream, how much of the node each makes up): the sweep backwards, only where it matters."""
        nodes = self.upstream(node)
        part = self._work[2]
        part[node] = 1.0
        kernel.pull_back(nodes, self.start, self.source, weight, need, part)
        found = part[nodes].copy()
        part[nodes] = 0.0
        return nodes, found

    def resweep(self, changed: Array, weight: Array, need: Array, mix: Array, given: Array) -> int:
        """Recompute only what lies downstream of the changed nodes; returns how many nodes that was."""
        seen = np.zeros(self.size, np.uint8)
        count = kernel.descendants(changed.astype(np.int64), *self.onward, seen)
        rank = self.rank[seen[self.rank] == 1]
        mix[rank] = given[rank]
        kernel.sweep(rank, self.start, self.source, weight, need, mix)
        return int(count)


def build(chain: Chain) -> Graph:
    """The graph of a chain; a flow that names an unknown lot or event is left to `check`."""
    lots, events = chain.index("lots"), chain.index("events")
    source, target, kg, number = [], [], [], []
    whole = {r["id"]: r["kg"] for r in chain["lots"]}
    for n, flow in enumerate(chain["flows"]):
        lot, event = lots.get(flow["lot"]), events.get(flow["event"])
        if lot is None or event is None:
            continue
        a, b = lot, len(lots) + event
        source.append(a if flow["way"] == "in" else b)
        target.append(b if flow["way"] == "in" else a)
        amount = flow["kg"] if flow["kg"] is not None else whole[flow["lot"]]
        kg.append(np.nan if amount is None else amount)
        number.append(n)
    graph = Graph.of(
        np.array(source, np.int32), np.array(target, np.int32), np.array(kg, float), len(lots) + len(events), len(lots)
    )
    graph.edge = np.array(number, np.int64)[slice(None) if graph.edge is None else graph.edge]
    return graph
