"""A swept graph that grows: new events and lots come in, and only what lies downstream of them is mixed again.

The first layout stays; edges that come later stand beside it, sorted by source and by target. A beginning whose events
arrive late gets a row, and its record from then on points to it. The answer is that of a sweep over everything.
Reading order: Growing, Growing.add(), downstream().
Cost: what is added, what is downstream of it and the edges into that, however large the rest is.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from . import kernel, streaming
from .attribution import Beginnings, Layout, aligned
from .graph import Array, Cyclic

_NONE = np.empty(0, np.int64)


class Growing:
    """A layout with its shares, to which nodes and edges are added.

    Nodes are numbered as in the graph; those added follow. weight, kg, need, made and own are those of Layout.sweep.
    """

    def __init__(
        self, layout: Layout, weight: Array, beginnings: Beginnings, columns: int, *, kg: Array | None = None,
        **over: Array,
    ) -> None:  # fmt: skip
        self.layout, self.columns = layout, columns
        self.shares = layout.sweep(weight, beginnings, columns, kg=kg, **over)
        self.weight = layout.by_place(weight)
        self.kg = self.weight if kg is None else layout.by_place(kg)
        target = np.repeat(np.arange(layout.begins, layout.size), np.diff(layout.start)).astype(np.int32)
        self._onward = kernel.neighbors(layout.source.view(np.int32), target, layout.size)
        self._taken = layout.size  # places that are used, moved beginnings' rows among them
        self._later = _NONE  # place of each node that was added
        self._added = {"source": _NONE, "target": _NONE, "weight": np.empty(0), "kg": np.empty(0)}
        self._index, self._waits = np.zeros(layout.size, np.int32), np.zeros(layout.size, np.int32)

    def add(
        self, nodes: int, source: Array, target: Array, weight: Array, beginnings: Beginnings, *,
        kg: Array | None = None, changed: Array = _NONE, need: Array = _NONE, made: Array = _NONE, own: Array = _NONE,
    ) -> Array:  # fmt: skip
        """Take in so many new nodes and these edges; returns the nodes (as places) that were mixed again.

        beginnings  of those new nodes that no edge leads to, in their order
        changed     nodes whose need, made or own is another than before; these are given for all nodes, old and new
        Raises Cyclic, and changes nothing, when an edge closes a circle.
        """
        before = (self._later, self._taken, self._added)
        self._later = np.concatenate([self._later, self._taken + np.arange(nodes)])
        self._taken += nodes
        self._reserve()
        edges = {"source": self.places(source), "target": self.places(target), "weight": weight}
        edges["kg"] = weight if kg is None else kg
        self._added = {name: np.concatenate([self._added[name], edges[name]]) for name in self._added}
        by = {way: np.argsort(self._added[way], kind="stable") for way in ("source", "target")}
        seeds = np.unique(np.concatenate([edges["target"], self.places(changed), self._later[len(before[0]) :]]))
        out = self._added["source"][by["source"]], self._added["target"][by["source"]]
        found: Array
        found, circle = downstream(seeds, *self._onward, *out, self._index, self._waits)
        if circle.size:
            self._later, self._taken, self._added = before
            raise Cyclic(circle)
        fresh = np.setdiff1d(self._later[len(before[0]) :], edges["target"])
        self._begin(fresh, beginnings)
        again = found[~np.isin(found, fresh)]
        again = again[(again >= self.layout.begins) | np.isin(again, self._added["target"])]
        self._mix(again, by["target"], need, made, own)
        return found

    def places(self, nodes: Array) -> Array:
        """Where nodes stand, whether first or added."""
        nodes = np.asarray(nodes, np.int64)
        old = nodes < self.layout.size
        found = np.empty(len(nodes), np.int64)
        place = self.layout.place
        found[old] = nodes[old] if place is None else place[nodes[old]]
        found[~old] = self._later[nodes[~old] - self.layout.size]
        return found

    def of(self, nodes: Array) -> Array:
        """(a, columns) shares of these nodes."""
        return self.shares.at(self.places(nodes))

    def values(self, nodes: Array) -> Array:
        """(a,) the value of these nodes."""
        return self.shares.values_at(self.places(nodes))

    def _reserve(self) -> None:
        """Room for every place; grows by half, so that copying costs little in the long run."""
        need = self._taken - self.layout.begins
        rows = self.shares.rows[0]
        if len(rows) < need + self.layout.begins:  # as many beginnings may still move
            more = aligned((need + self.layout.begins) * 3 // 2, rows.shape[1])
            more[: len(rows)] = rows
            self.shares.rows = (more, more.view(np.uint16), more.view(np.float32))
        if len(self._index) < self._taken + self.layout.begins:
            size = (self._taken + self.layout.begins) * 3 // 2
            self._index, self._waits = np.zeros(size, np.int32), np.zeros(size, np.int32)

    def _begin(self, places: Array, beginnings: Beginnings) -> None:
        """Rows for new nodes without incoming edges."""
        rows, halves, wholes = self.shares.rows
        row, wide = places - self.layout.begins, self.shares.wide
        share = np.zeros((len(places), wide), np.int64)
        for column in beginnings.columns.T:
            share[np.flatnonzero(column >= 0), column[column >= 0]] = streaming.WHOLE
        halves[row, :wide] = share >> 8
        rows[row, 2 * wide : 3 * wide] = share & 255
        wholes[row, -1] = beginnings.value

    def _mix(self, again: Array, by_target: Array, need: Array, made: Array, own: Array) -> None:
        """Mix these places, in this order, from the first edges and the added ones."""
        layout, records = self.layout, self.shares.records
        added = {name: column[by_target] for name, column in self._added.items()}
        first, last = (np.searchsorted(added["target"], again, side=side) for side in ("left", "right"))
        base = (again >= layout.begins) & (again < layout.size)
        at = np.where(base, again - layout.begins, 0)
        old = np.where(base, layout.start[at + 1] - layout.start[at], 0)
        start = np.concatenate([[0], np.cumsum(old + last - first)])
        which = np.concatenate([_spans(layout.start[at], old), _spans(first, last - first)])
        goes = np.concatenate([_spans(start[:-1], old), _spans(start[:-1] + old, last - first)])
        is_old = np.arange(len(which)) < old.sum()
        given = {"source": layout.source, "weight": self.weight, "kg": self.kg}
        edges = {}
        for name, kind in (("source", np.uint32), ("weight", np.float64), ("kg", np.float64)):
            edges[name] = np.empty(len(which), kind)
            edges[name][goes[is_old]] = given[name][which[is_old]]
            edges[name][goes[~is_old]] = added[name][which[~is_old]]
        rows = again - layout.begins
        for n in np.flatnonzero(rows < 0):
            place = again[n]
            if records[0][place, 0] != streaming.MOVED:
                records[0][place, 0] = streaming.MOVED
                records[2][place, 1] = self._taken - layout.begins
                self._taken += 1
            rows[n] = records[2][place, 1]
        nodes = self._numbers(again) if need.size or made.size or own.size else _NONE
        over = [by[nodes] if by.size else by for by in (need, made, own)]
        row = aligned(1, self.shares.rows[0].shape[1])
        row[:] = 0
        streaming.mix(
            0, len(again), rows, start, edges["source"], edges["weight"], over[0], edges["kg"], over[1], over[2],
            layout.begins, *records, *self.shares.rows, row, row.view(np.uint16), row.view(np.float32),
            (0,) * self.shares.wide,
        )  # fmt: skip

    def _numbers(self, places: Array) -> Array:
        """The nodes that stand at these places."""
        old = places < self.layout.size
        found = np.empty(len(places), np.int64)
        found[old] = self.layout.rank[places[old]]
        found[~old] = np.searchsorted(self._later, places[~old]) + self.layout.size
        return found


def _spans(first: Array, many: Array) -> Array:
    """first, first + 1, ... as many times, one span after the other."""
    total = np.cumsum(many)
    return np.repeat(first - (total - many), many) + np.arange(total[-1] if total.size else 0)


@njit(cache=True)
def downstream(
    seeds: Array, out_start: Array, out_node: Array, source: Array, target: Array, index: Array, waits: Array
) -> Any:
    """(places downstream of the seeds and these, sources first; those in a circle).

    out_start, out_node  the first edges by source; source, target: added ones, sorted by source
    index, waits         zero before and after, as long as there are places
    """
    found = [s for s in seeds]  # noqa: C416 - a list that numba can append to
    out = [np.int64(0) for _ in range(0)]
    first = [np.int64(0)]
    for k in range(seeds.size):
        index[seeds[k]] = k + 1
    head = 0
    while head < len(found):
        here = found[head]
        head += 1
        if here < out_start.size - 1:
            for k in range(out_start[here], out_start[here + 1]):
                out.append(np.int64(out_node[k]))
        for k in range(np.searchsorted(source, here), np.searchsorted(source, here, side="right")):
            out.append(target[k])
        for k in range(first[-1], len(out)):
            waits[out[k]] += 1
            if index[out[k]] == 0:
                found.append(out[k])
                index[out[k]] = len(found)
        first.append(np.int64(len(out)))
    ready = [here for here in found if waits[here] == 0]
    head = 0
    while head < len(ready):
        number = index[ready[head]] - 1
        head += 1
        for k in range(first[number], first[number + 1]):
            waits[out[k]] -= 1
            if waits[out[k]] == 0:
                ready.append(out[k])
    circle = [here for here in found if waits[here] > 0]
    for here in found:
        index[here] = 0
        waits[here] = 0
    return np.array(ready), np.array(circle)
