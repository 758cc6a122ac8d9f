"""The sweep over the graph, compiled: order the nodes, mix what flows in, node by node, many columns at once.

A node is a lot or an event; an edge carries a weight (kilograms) from source to target. The mix of a node is the
weighted mean over its incoming edges, whose missing weight is unknown. Everything is arrays: n nodes, m edges.
Reading order: incoming(), levels(), sweep(), ancestors(), pull_back().
Complexity: every node and edge is touched once per sweep.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

Array = np.ndarray[Any, Any]


@njit(cache=True)
def ascends(numbers: Array) -> bool:
    """True when no number is smaller than the one before."""
    for i in range(1, numbers.size):  # noqa: SIM110 - compiled
        if numbers[i] < numbers[i - 1]:
            return False
    return True


@njit(cache=True)
def starts(target: Array, n: int) -> Array:
    """(n+1,) where the edges of each node begin, of edges by target."""
    start = np.zeros(n + 1, np.int64)
    for t in target:
        start[t + 1] += 1
    for i in range(n):
        start[i + 1] += start[i]
    return start


@njit(cache=True)
def incoming(target: Array, n: int) -> tuple[Array, Array]:
    """(start (n+1,), edge (m,)): the edges that end in each node."""
    start = starts(target, n)
    at = start[:-1].copy()
    edge = np.empty(target.size, np.int32)
    for e in range(target.size):
        t = target[e]
        edge[at[t]] = e
        at[t] += 1
    return start, edge


@njit(cache=True)
def neighbors(source: Array, target: Array, n: int) -> tuple[Array, Array]:
    """(start (n+1,), node (m,)): the nodes that each node's outgoing edges lead to."""
    start = starts(source, n)
    at = start[:-1].copy()
    found = np.empty(source.size, np.int32)
    for e in range(source.size):
        s = source[e]
        found[at[s]] = target[e]
        at[s] += 1
    return start, found


@njit(cache=True)
def levels_in_order(start: Array, source: Array) -> tuple[Array, bool]:
    """(level (n,), True) when every edge leads to a higher number; else (whatever, False)."""
    n = start.size - 1
    level = np.zeros(n, np.int32)
    for node in range(n):
        for e in range(start[node], start[node + 1]):
            s = source[e]
            if s >= node:
                return level, False
            level[node] = max(level[node], level[s] + 1)
    return level, True


@njit(cache=True)
def levels(out_start: Array, out_node: Array) -> Array:
    """(n,) the longest way from a beginning to each node; -1 where a circle keeps it from being placed."""
    n = out_start.size - 1
    waits = np.zeros(n, np.int32)
    for t in out_node:
        waits[t] += 1
    level = np.full(n, -1, np.int32)
    found = np.empty(n, np.int32)
    count = 0
    for i in range(n):
        if waits[i] == 0:
            found[count] = i
            level[i] = 0
            count += 1
    reached = np.zeros(n, np.int32)
    head = 0
    while head < count:
        node = found[head]
        head += 1
        for k in range(out_start[node], out_start[node + 1]):
            t = out_node[k]
            reached[t] = max(reached[t], level[node] + 1)
            waits[t] -= 1
            if waits[t] == 0:
                level[t] = reached[t]
                found[count] = t
                count += 1
    return level


@njit(cache=True)
def by_level(level: Array) -> tuple[Array, Array]:
    """(nodes by level, in their own order within it; bounds of the levels)."""
    bounds = np.zeros((level.max() if level.size else -1) + 2, np.int64)
    for v in level:
        bounds[v + 1] += 1
    for i in range(bounds.size - 1):
        bounds[i + 1] += bounds[i]
    at = bounds[:-1].copy()
    found = np.empty(level.size, np.int32)
    for node in range(level.size):
        found[at[level[node]]] = node
        at[level[node]] += 1
    return found, bounds


@njit(cache=True, fastmath=True)
def sweep(rank: Array, start: Array, source: Array, weight: Array, need: Array, mix: Array) -> None:
    """Fill `mix` in place, node after node, in the precision of `mix`.

    rank    (n,)     nodes, sources first
    start   (n+1,)   where the incoming edges of each node begin in source and weight
    source  (m,)     node each edge comes from
    weight  (m,)     kilograms it brings
    need    (n,)     kilograms the node should get: what is missing stays unexplained (0: as much as comes)
    mix     (n, k)   shares; nodes without incoming edges keep what they are given
    """
    columns = mix.shape[1]
    cast = np.empty(1, mix.dtype)  # so that single precision stays single
    for node in rank:
        first, last = start[node], start[node + 1]
        kg = 0.0
        for e in range(first, last):
            kg += weight[e]
        by = max(kg, need[node])
        if by <= 0.0:
            continue
        mine = mix[node]
        for e in range(first, last):
            cast[0] = weight[e] / by
            share = cast[0]
            row = mix[source[e]]
            for c in range(columns):
                mine[c] += share * row[c]


@njit(cache=True)
def contents(rank: Array, start: Array, source: Array, kg: Array, made: Array, lots: int, share: Array) -> None:
    """Fill `share` (n,), the content of one element: as stated, else what the inputs brought over what was made.

    made  (n,)  kilograms an event put out (0: as much as came in); share is nan where nobody stated it
    """
    for node in rank:
        if node < lots and share[node] == share[node]:
            continue
        total, brought = 0.0, 0.0
        for e in range(start[node], start[node + 1]):
            w = kg[e]
            if w == w:
                total += w
                brought += w * share[source[e]]
        by = made[node] if node >= lots and made[node] > 0.0 else total
        share[node] = brought / by if by > 0.0 else 0.0


@njit(cache=True)
def burden(rank: Array, start: Array, source: Array, kg: Array, made: Array, value: Array) -> None:
    """Fill `value` (n, k) in place: what a kilogram carries, its own part given, losses borne by what is made."""
    columns = value.shape[1]
    for node in rank:
        first, last = start[node], start[node + 1]
        total = 0.0
        for e in range(first, last):
            if kg[e] == kg[e]:
                total += kg[e]
        by = made[node] if made[node] > 0.0 else total
        if by <= 0.0:
            continue
        for e in range(first, last):
            if kg[e] == kg[e]:
                for c in range(columns):
                    value[node, c] += kg[e] * value[source[e], c] / by


@njit(cache=True)
def ancestors(node: int, start: Array, source: Array, seen: Array, stack: Array) -> int:
    """How many nodes lie upstream of (and at) `node`; they stand in `stack`. `seen` is all zero before and after."""
    count, head = 1, 0
    stack[0] = node
    seen[node] = 1
    while head < count:
        here = stack[head]
        head += 1
        for e in range(start[here], start[here + 1]):
            s = source[e]
            if seen[s] == 0:
                seen[s] = 1
                if count == stack.size:
                    for i in range(count):
                        seen[stack[i]] = 0
                    return -1
                stack[count] = s
                count += 1
    for i in range(count):
        seen[stack[i]] = 0
    return count


@njit(cache=True)
def pull_back(nodes: Array, start: Array, source: Array, weight: Array, need: Array, part: Array) -> None:
    """How much of the last node each ancestor makes up: `part` in place, ones at the end, targets first.

    nodes  (a,)  ancestors, the node itself first, then in the reverse of the order
    """
    for node in nodes:
        first, last = start[node], start[node + 1]
        kg = 0.0
        for e in range(first, last):
            kg += weight[e]
        by = max(kg, need[node])
        if by <= 0.0:
            continue
        mine = part[node]
        for e in range(first, last):
            part[source[e]] += mine * weight[e] / by


@njit(cache=True)
def descendants(changed: Array, start: Array, target: Array, seen: Array) -> int:
    """Mark every node downstream of the changed ones in `seen`; returns how many."""
    stack = [np.int64(0)]
    stack.pop()
    for node in changed:
        stack.append(np.int64(node))
    count = 0
    for node in changed:
        if seen[node] == 0:
            seen[node] = 1
            count += 1
    while len(stack) > 0:
        here = stack.pop()
        for e in range(start[here], start[here + 1]):
            t = target[e]
            if seen[t] == 0:
                seen[t] = 1
                count += 1
                stack.append(np.int64(t))
    return count
