"""The shares of every lot in one sweep at the speed of memory: origins, recycled parts, certificates and one value.

The graph is laid out once: lots and events by level (the longest way from a beginning), so that a level needs only
earlier ones, two threads may halve it, and rows are written in order. `streaming` says what a row is. Single
precision: an answer differs from the sweep in double precision (graph.Graph.sweep) by less than a millionth.
Reading order: Beginnings, Layout, Layout.sweep(), Shares.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from . import streaming
from .graph import Array, Graph

THREADS = 2
FEW = 4096  # levels smaller than this are not worth a second thread
MOST_COLUMNS = 248
_NOBODY = np.empty(0, np.int32)


@dataclass(frozen=True)
class Beginnings:
    """What each node without incoming edges states, in the order of their numbers.

    columns  (b, up to 4)  the columns it belongs to whole; negative: none
    value    (b,)          what a kilogram of it carries
    """

    columns: Array
    value: Array

    def records(self) -> Array:
        """(b, 8) bytes: four columns, then the value."""
        if self.columns.shape[1] > 4:
            raise ValueError("a beginning belongs to at most four columns")
        found = np.full((len(self.columns), 8), streaming.NOWHERE, np.uint8)
        used = np.where(self.columns < 0, streaming.NOWHERE, self.columns).astype(np.uint8)
        if used.shape[1] > 1:  # each column once, unused places last
            used = np.sort(used, axis=1)
            used[:, 1:][used[:, 1:] == used[:, :-1]] = streaming.NOWHERE
            used = np.sort(used, axis=1)
        found[:, : used.shape[1]] = used
        found.view(np.float32)[:, 1] = self.value
        return found


class Layout:
    """A graph laid out for sweeps: places instead of numbers, beginnings first.

    place   (n,)   where each node stands; None when it stands at its number
    edge    (m,)   the graph's edge at each place; None when they stand as they are
    """

    def __init__(self, graph: Graph) -> None:
        rank, self.bounds = graph.rank, graph.bounds
        self.size, self.begins = graph.size, int(graph.bounds[1]) if graph.size else 0
        self.place: Array | None = None
        self.edge: Array | None = None
        start, source = graph.start, graph.source
        if not (np.diff(rank) == 1).all():
            self.place = np.empty(self.size, np.int32)
            self.place[rank] = np.arange(self.size, dtype=np.int32)
            first, many = start[rank], np.diff(start)[rank]
            start = np.concatenate([[0], np.cumsum(many)])
            self.edge = np.repeat(first - start[:-1], many) + np.arange(len(source))
            source = self.place[source[self.edge]]
        self.source = source.view(np.uint32)
        self.start = start[self.begins :].astype(np.int32)
        self.rank = rank

    def reserve(self, columns: int) -> Array:
        """Memory for the rows of a sweep, touched once, so that the sweep itself does not wait for it."""
        rows = aligned(self.size - self.begins, streaming.lines(-(-columns // 8) * 8) * streaming.LINE)
        rows[:, :: streaming.LINE] = 0
        return rows

    def sweep(
        self, weight: Array, beginnings: Beginnings, columns: int, *, need: Array = _NOBODY, own: Array = _NOBODY,
        kg: Array | None = None, made: Array = _NOBODY, rows: Array | None = None,
    ) -> Shares:  # fmt: skip
        """Every lot's shares and value.

        weight  (m,)  of which the shares are made; need (n,) what each node should get, the rest is unknown
        kg      (m,)  by which the value is carried (as the shares, when None); made (n,) over what, where it is more
                      than nothing; own (n,) what a node adds to its value itself
        rows          memory from `reserve`, or of an earlier sweep whose answer is then gone
        """
        if columns > MOST_COLUMNS:
            raise ValueError(f"{columns} columns are more than the {MOST_COLUMNS} that a row holds")
        found = Shares.empty(self, beginnings.records(), columns, rows)
        kinds = (0,) * (-(-columns // 8) * 8)
        weight, kg = self.by_place(weight), self.by_place(weight if kg is None else kg)
        need, made, own = (self.placed(x)[self.begins :] for x in (need, made, own))
        with ThreadPoolExecutor(THREADS) as pool:

            def part(first: int, last: int) -> None:
                row = aligned(1, found.rows[0].shape[1])
                row[:] = 0
                streaming.mix(
                    first, last, _NOBODY, self.start, self.source, weight, need, kg, made, own, self.begins,
                    *found.records, *found.rows, row, row.view(np.uint16), row.view(np.float32), kinds,
                )  # fmt: skip

            done = before = 0
            for bound in (self.bounds[2:] - self.begins).tolist():
                if bound - before >= FEW:
                    part(done, before)
                    self._split(pool, part, before, bound)
                    done = bound
                before = bound
            part(done, before)
        return found

    def placed(self, by_node: Array) -> Array:
        """Something by node, by place."""
        return by_node if self.place is None or by_node.size == 0 else by_node[self.rank]

    def by_place(self, by_edge: Array) -> Array:
        return by_edge if self.edge is None else by_edge[self.edge]

    def _split(self, pool: ThreadPoolExecutor, act: Callable[[int, int], None], first: int, last: int) -> None:
        """Nodes first..last in parts with as many edges each."""
        edges = np.linspace(self.start[first], self.start[last], THREADS + 1)[1:-1]
        cuts = [first, *(first + np.searchsorted(self.start[first:last], edges)).tolist(), last]
        list(pool.map(act, cuts[:-1], cuts[1:]))


@dataclass
class Shares:
    """Packed rows of every node; `of` and `values` unpack those asked for."""

    layout: Layout
    columns: int
    records: tuple[Array, Array, Array]
    rows: tuple[Array, Array, Array]

    @classmethod
    def empty(cls, layout: Layout, records: Array, columns: int, rows: Array | None = None) -> Shares:
        bytes_ = streaming.lines(-(-columns // 8) * 8) * streaming.LINE
        rows = aligned(layout.size - layout.begins, bytes_) if rows is None else rows
        views = (rows, rows.view(np.uint16), rows.view(np.float32))
        return cls(layout, columns, (records, records.view(np.float32), records.view(np.uint32)), views)

    @property
    def wide(self) -> int:
        """How many shares a row has room for."""
        return -(-self.columns // 8) * 8

    def of(self, nodes: Array) -> Array:
        """(a, columns) shares of these nodes."""
        return self.at(self._places(nodes))

    def values(self, nodes: Array) -> Array:
        """(a,) the value of these nodes."""
        return self.values_at(self._places(nodes))

    def at(self, places: Array) -> Array:
        """(a, columns) shares of what stands at these places."""
        found = np.zeros((len(places), self.columns))
        row = self._row(places)
        has = row >= 0
        high = self.rows[1][row[has], : self.columns].astype(np.float64)
        low = self.rows[0][row[has], 2 * self.wide : 2 * self.wide + self.columns]
        found[has] = (high * 256 + low) / streaming.WHOLE
        for k in range(4):
            column = self.records[0][places[~has], k]
            used = column < self.columns
            found[np.flatnonzero(~has)[used], column[used]] = 1.0
        return found

    def values_at(self, places: Array) -> Array:
        """(a,) the value of what stands at these places."""
        row = self._row(places)
        found = np.empty(len(places))
        found[row >= 0] = self.rows[2][row[row >= 0], -1]
        found[row < 0] = self.records[1][places[row < 0], 1]
        return found

    def _places(self, nodes: Array) -> Array:
        place = self.layout.place
        return np.asarray(nodes if place is None else place[nodes], np.int64)

    def _row(self, at: Array) -> Array:
        """The row of each place; -1 for a beginning that has a record alone."""
        row = at - self.layout.begins
        for n in np.flatnonzero(row < 0):
            moved = self.records[0][at[n], 0] == streaming.MOVED
            row[n] = self.records[2][at[n], 1] if moved else -1
        return row


def aligned(count: int, bytes_: int) -> Array:
    """(count, bytes) whose rows begin at a cache line."""
    memory: Any = np.empty(count * bytes_ + streaming.LINE, np.uint8)
    first = -memory.ctypes.data % streaming.LINE
    found: Array = memory[first : first + count * bytes_].reshape(count, bytes_)
    return found
