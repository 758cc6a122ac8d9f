"""The shared work of all rules: a graph of `and` and `or` over planes of bits, in which no node stands twice.

A rule becomes a few nodes; whatever two rules have in common is one node, computed once. Kleene's logic needs no third
value here: each test gives two planes, known true and known false, and `and`, `or`, `not` of both follow from these.
New nodes are only appended, so that after the edit of one rule only what it brings is computed.
Nodes are settled level by level in batches (pure NumPy); `stream` counts without keeping them, when numba is there.
Reading order: Graph.leaf(), Graph.both(), Graph.settle(), Graph.counts().
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from .bits import Array, counted, packed, words_for

ZERO, ONE = 0, 1
LEAF, AND, OR, WITHOUT = 0, 1, 2, 3
BATCH = 1 << 16  # words worked on at once: two operands and a result stay in the cache


class Graph:
    """Nodes over the lanes of one frame; a node is a number, its plane is found under that number once settled."""

    def __init__(self, lanes: int) -> None:
        self.lanes, self.words = lanes, words_for(lanes)
        self.op: list[int] = []
        self.left: list[int] = []
        self.right: list[int] = []
        self.level: list[int] = []
        self.planes: Array = np.zeros((256, self.words), np.uint64)
        self.done = 0
        self._known: dict[tuple[int, int, int], int] = {}
        self._leaves: dict[bytes, int] = {}
        self._counts: dict[int, int] = {}
        self.leaf(np.zeros(self.words, np.uint64))
        self.leaf(packed(np.ones(lanes, bool)))
        if not lanes:  # nothing is also everything: keep the two apart
            self._append(LEAF, 0, 0, 0)

    def __len__(self) -> int:
        return len(self.op)

    def _append(self, op: int, left: int, right: int, level: int) -> int:
        self.op.append(op)
        self.left.append(left)
        self.right.append(right)
        self.level.append(level)
        return len(self.op) - 1

    def leaf(self, plane: Array) -> int:
        """A plane from outside; the same bits give the same node."""
        raw = plane.tobytes()
        if raw not in self._leaves:
            self._leaves[raw] = number = self._append(LEAF, 0, 0, 0)
            self._room()
            self.planes[number] = plane
        return self._leaves[raw]

    def _room(self) -> None:
        if len(self.op) > len(self.planes):
            more = np.zeros((max(len(self.op), 2 * len(self.planes)), self.words), np.uint64)
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

    def settle(self) -> None:
        """Compute every node that is new, a level at a time in batches."""
        if self.done == len(self.op):
            return
        self._room()
        fresh = np.arange(self.done, len(self.op))
        op, level = np.asarray(self.op[self.done :]), np.asarray(self.level[self.done :])
        left, right = np.asarray(self.left[self.done :]), np.asarray(self.right[self.done :])
        order = np.lexsort((op, level))
        cuts = np.flatnonzero(np.diff(level[order] * 4 + op[order])) + 1
        size = max(1, BATCH // self.words)
        for group in np.split(order, cuts):
            kind = op[group[0]]
            if kind == LEAF:
                continue
            for start in range(0, len(group), size):
                part = group[start : start + size]
                a, b = self.planes[left[part]], self.planes[right[part]]
                if kind == AND:
                    np.bitwise_and(a, b, out=a)
                elif kind == OR:
                    np.bitwise_or(a, b, out=a)
                else:
                    np.bitwise_and(a, np.bitwise_not(b, out=b), out=a)
                self.planes[fresh[part]] = a
        self.done = len(self.op)

    def plane(self, node: int) -> Array:
        """The bits of a node."""
        self.settle()
        found: Array = self.planes[node]
        return found

    def counts(self, nodes: Sequence[int]) -> Array:
        """How many lanes each node holds; what was counted once is remembered."""
        wanted = [n for n in dict.fromkeys(nodes) if n not in self._counts]
        if wanted:
            self.settle()
            size = max(1, BATCH // self.words)
            for start in range(0, len(wanted), size):
                part = wanted[start : start + size]
                self._counts.update(zip(part, counted(self.planes[part]).tolist(), strict=True))
        return np.fromiter(map(self._counts.__getitem__, nodes), np.int64, len(nodes))

    def forget(self) -> None:
        """Take back what was computed, and keep the nodes: for measuring."""
        self.done = ONE + 1
        self._counts.clear()
