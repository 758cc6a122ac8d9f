"""The shared work of all rules: a graph of `and` and `or` over planes of bits, in which no node stands twice.

A rule becomes a few nodes; whatever two rules have in common is one node, computed once. Kleene's logic needs no third
value here: each test gives two planes, known true and known false, and `and`, `or`, `not` of both follow from these.
New nodes are only appended, so that after the edit of one rule only what it brings is computed. What is asked for is
computed level by level in batches (pure NumPy); a node that is only counted is never kept.
Reading order: Graph.leaf(), Graph.both(), Graph.schedule(), Graph.follow(), Graph.counts().
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from .bits import Array, packed, words_for

ZERO, ONE = 0, 1
LEAF, AND, OR, WITHOUT = 0, 1, 2, 3
BATCH = 1 << 15  # words worked on at once: two operands and a result stay in the cache


Batch = tuple[int, Array, Array, Array]


@dataclass(frozen=True, slots=True)
class Schedule:
    """What to compute, in order: batches of one kind, kept (nodes) or only counted (positions in `nodes`)."""

    kept: tuple[Batch, ...]  # op, rows, rows of the left and right parts
    tallied: tuple[Batch, ...]  # op, positions, left, right; LEAF counts `left` itself
    nodes: tuple[int, ...]
    held: tuple[int, ...]  # the nodes that are kept


class Graph:
    """Nodes over the lanes of one frame; a node is a number, and its plane lies in a row of `planes` once computed."""

    def __init__(self, lanes: int) -> None:
        self.lanes, self.words = lanes, words_for(lanes)
        self.op: list[int] = []
        self.left: list[int] = []
        self.right: list[int] = []
        self.level: list[int] = []
        self.row: list[int] = []
        self.rows = 0
        self.ready = bytearray()
        self.planes: Array = np.zeros((64, self.words), np.uint64)
        self._known: dict[tuple[int, int, int], int] = {}
        self._leaves: dict[bytes, int] = {}
        self._counts: dict[int, int] = {}
        self._stale: set[int] = set()
        self._levels: tuple[int, list[tuple[Array, Array, Array]]] = (0, [])
        self.leaf(np.zeros(self.words, np.uint64))
        if lanes:
            self.leaf(packed(np.ones(lanes, bool)))
        else:
            self.slot()  # nothing is also everything: keep the two apart

    def __len__(self) -> int:
        return len(self.op)

    def _append(self, op: int, left: int, right: int, level: int) -> int:
        self.op.append(op)
        self.left.append(left)
        self.right.append(right)
        self.level.append(level)
        self.row.append(self._row() if op == LEAF else -1)
        self.ready.append(op == LEAF)
        return len(self.op) - 1

    def _row(self) -> int:
        self.rows += 1
        return self.rows - 1

    def leaf(self, plane: Array) -> int:
        """A plane from outside; the same bits give the same node."""
        raw = plane.tobytes()
        if raw not in self._leaves:
            self._leaves[raw] = self.slot()
            self.planes[self.row[self._leaves[raw]]] = plane
        return self._leaves[raw]

    def slot(self) -> int:
        """A leaf whose plane is filled in later."""
        number = self._append(LEAF, 0, 0, 0)
        self._room()
        return number

    def refill(self, leaf: int, plane: Array) -> None:
        """Another plane for a slot: what rests on it is computed again when it is asked for."""
        self.planes[self.row[leaf]] = plane
        self._stale.add(leaf)

    def _refresh(self) -> None:
        """Give up what rests on refilled slots."""
        if not self._stale:
            return
        dirty = np.zeros(len(self.op), bool)
        dirty[list(self._stale)] = True
        for nodes, left, right in self._by_level():
            dirty[nodes] = dirty[left] | dirty[right]
        for node in np.flatnonzero(dirty).tolist():
            self._counts.pop(node, None)
            if self.op[node] != LEAF:
                self.ready[node] = 0
        self._stale.clear()

    def _by_level(self) -> list[tuple[Array, Array, Array]]:
        if self._levels[0] != len(self.op):
            level, op = np.asarray(self.level), np.asarray(self.op)
            left, right = np.asarray(self.left), np.asarray(self.right)
            order = np.argsort(level, kind="stable")
            groups = np.split(order, np.flatnonzero(np.diff(level[order])) + 1)
            inner = [g[op[g] != LEAF] for g in groups]
            self._levels = (len(self.op), [(g, left[g], right[g]) for g in inner if len(g)])
        return self._levels[1]

    def _room(self) -> None:
        if self.rows > len(self.planes):
            more = np.zeros((max(self.rows, 2 * len(self.planes)), self.words), np.uint64)
            more[: len(self.planes)] = self.planes
            self.planes = more

    def _join(self, op: int, left: int, right: int) -> int:
        if op != WITHOUT and left > right:
            left, right = right, left
        key = (op, left, right)
        found = self._known.get(key)
        if found is None:
            level = 1 + max(self.level[left], self.level[right])
            found = self._known[key] = self._append(op, left, right, level)
        return found

    def both(self, parts: Iterable[int]) -> int:
        """All of these."""
        wanted = sorted(set(parts) - {ONE})
        if ZERO in wanted:
            return ZERO
        found = wanted[0] if wanted else ONE
        for part in wanted[1:]:
            found = self._join(AND, found, part)
        return found

    def either(self, parts: Iterable[int]) -> int:
        """Any of these."""
        wanted = sorted(set(parts) - {ZERO})
        if ONE in wanted:
            return ONE
        found = wanted[0] if wanted else ZERO
        for part in wanted[1:]:
            found = self._join(OR, found, part)
        return found

    def without(self, left: int, right: int) -> int:
        """The one and not the other."""
        if left in (ZERO, right) or right == ONE:
            return ZERO
        return left if right == ZERO else self._join(WITHOUT, left, right)

    def _missing(self, nodes: Iterable[int]) -> list[int]:
        """These nodes and what they rest on, as far as it is not computed yet, in order."""
        left, right, ready = self.left, self.right, self.ready
        found: set[int] = set()
        stack = list(nodes)
        while stack:
            node = stack.pop()
            if not ready[node] and node not in found:
                found.add(node)
                stack.append(left[node])
                stack.append(right[node])
        return sorted(found)

    def schedule(self, nodes: Sequence[int], *, keep: bool = False) -> Schedule:
        """How to count these nodes (or keep them); what is computed already is only counted."""
        wanted = tuple(dict.fromkeys(nodes))
        missing = self._missing(wanted)
        used = {part for n in missing for part in (self.left[n], self.right[n])}
        position = {} if keep else {n: k for k, n in enumerate(wanted)}
        held = [n for n in missing if n in used or n not in position]
        for n in held:
            if self.row[n] < 0:
                self.row[n] = self._row()
        lone = [n for n in missing if n in position and n not in used]
        known = [n for n in position if self.ready[n] or n in used]
        tallied = self._batches(lone, [position[n] for n in lone], [0] * len(lone))
        for start in range(0, len(known), BATCH):
            part = known[start : start + BATCH]
            rows, where = (np.array(x, np.int64) for x in ([self.row[n] for n in part], [position[n] for n in part]))
            tallied.append((LEAF, where, rows, rows))
        kept = self._batches(held, [self.row[n] for n in held], [self.level[n] for n in held])
        return Schedule(tuple(kept), tuple(self._cut(tallied)), wanted, tuple(held))

    def _batches(self, nodes: list[int], target: list[int], level: list[int]) -> list[Batch]:
        """Nodes of one level and kind together, with the rows of their parts."""
        if not nodes:
            return []
        table = np.array(
            [level, [self.op[n] for n in nodes], target, [self.row[self.left[n]] for n in nodes],
             [self.row[self.right[n]] for n in nodes]]
        )  # fmt: skip
        table = table[:, np.lexsort((table[2], table[1], table[0]))]
        cuts = np.flatnonzero(np.diff(table[0] * 4 + table[1])) + 1
        return list(self._cut((int(g[1, 0]), g[2], g[3], g[4]) for g in np.split(table, cuts, axis=1)))

    def _cut(self, batches: Iterable[Batch]) -> Iterator[Batch]:
        size = max(1, BATCH // self.words)
        for op, target, left, right in batches:
            for start in range(0, len(target), size):
                part = slice(start, start + size)
                yield op, target[part], left[part], right[part]

    def follow(self, made: Schedule) -> Array:
        """Compute what a schedule says; returns how many lanes each of its nodes holds."""
        self._room()
        size = max(1, BATCH // self.words)
        one, two = np.empty((2, size, self.words), np.uint64)
        for op, rows, left, right in made.kept:
            self.planes[rows] = self._joined(op, left, right, one, two)
        for node in made.held:
            self.ready[node] = 1
        counts = np.zeros(len(made.nodes), np.int64)
        bits = np.empty((size, self.words), np.uint8)
        narrow = np.uint16 if self.words * 64 < 1 << 16 else np.int64  # a sum that fits is faster
        for op, positions, left, right in made.tallied:
            found = np.bitwise_count(self._joined(op, left, right, one, two), out=bits[: len(left)])
            counts[positions] = found.sum(axis=1, dtype=narrow)
        return counts

    def _joined(self, op: int, left: Array, right: Array, one: Array, two: Array) -> Array:
        a = np.take(self.planes, left, axis=0, out=one[: len(left)], mode="clip")
        if op == LEAF:
            return a
        b = np.take(self.planes, right, axis=0, out=two[: len(left)], mode="clip")
        if op == WITHOUT:
            np.bitwise_not(b, out=b)
        return (np.bitwise_or if op == OR else np.bitwise_and)(a, b, out=a)

    def plane(self, node: int) -> Array:
        """The bits of a node."""
        self._refresh()
        if not self.ready[node]:
            self.follow(self.schedule([node], keep=True))
        found: Array = self.planes[self.row[node]]
        return found

    def counts(self, nodes: Sequence[int]) -> Array:
        """How many lanes each node holds; what was counted once is remembered."""
        self._refresh()
        wanted = [n for n in dict.fromkeys(nodes) if n not in self._counts]
        if wanted:
            made = self.schedule(wanted)
            self._counts.update(zip(made.nodes, self.follow(made).tolist(), strict=True))
        return np.fromiter(map(self._counts.__getitem__, nodes), np.int64, len(nodes))

    def forget(self) -> None:
        """Take back what was computed, and keep the nodes: the leaves are about to change."""
        self.ready = bytearray(op == LEAF for op in self.op)
        self._counts.clear()
