"""Count without keeping: the whole graph in one compiled pass over small tiles of lanes, when numba is installed.

A tile of 64 words stays in the cache while every node is computed in turn; a node gives its place back after its last
use, so memory does not grow with the rules. The answer is that of `Graph.counts`.
Reading order: Plan, plan(), run().
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from .bits import Array
from .graph import AND, LEAF, OR, Graph

TILE = 64  # words
TALLY = 4  # an instruction that counts the place `left`; + AND ... + WITHOUT: counts the joining of two, unkept
_compiled: list[Any] = []


@dataclass(frozen=True, slots=True)
class Plan:
    """Instructions (op, target, left, right), the leaves they start from, and how many places they need."""

    steps: Array
    leaves: Array
    places: int
    nodes: tuple[int, ...]


def plan(graph: Graph, nodes: Sequence[int]) -> Plan:
    """The shortest list of instructions that counts these nodes."""
    count = len(graph)
    op, left, right = graph.op, graph.left, graph.right
    wanted = {node: n for n, node in enumerate(dict.fromkeys(nodes))}
    users = [0] * count
    needed = bytearray(count)
    for node in wanted:
        needed[node] = 1
    for node in range(count - 1, -1, -1):
        if needed[node] and op[node] != LEAF:
            for part in (left[node], right[node]):
                needed[part] = 1
                users[part] += 1
    leaves = [n for n in range(count) if needed[n] and op[n] == LEAF]
    place = {n: k for k, n in enumerate(leaves)}
    free: list[int] = []
    places = len(leaves)
    steps: list[tuple[int, int, int, int]] = [(TALLY, wanted[n], place[n], 0) for n in leaves if n in wanted]
    for node in range(count):
        kind = op[node]
        if not needed[node] or kind == LEAF:
            continue
        a, b = left[node], right[node]
        if node in wanted and not users[node]:
            steps.append((TALLY + kind, wanted[node], place[a], place[b]))
        else:
            if free:
                target = free.pop()
            else:
                target, places = places, places + 1
            place[node] = target
            steps.append((kind, target, place[a], place[b]))
            if node in wanted:
                steps.append((TALLY, wanted[node], target, 0))
        for part in (a, b):
            users[part] -= 1
            if not users[part] and op[part] != LEAF:
                free.append(place[part])
    table = np.array(steps, np.int32).reshape(-1, 4)
    return Plan(table, np.array(leaves, np.int64), places, tuple(wanted))


def available() -> bool:
    """Whether the compiled pass can be used."""
    try:
        _kernel()
    except ImportError:
        return False
    return True


def run(graph: Graph, made: Plan, threads: int = 2) -> Array:
    """How many lanes each planned node holds."""
    kernel = _kernel()
    rows = np.array([graph.row[n] for n in made.leaves.tolist()], np.int64)
    tiles = -(-graph.words // TILE)
    width = max(1, -(-tiles // threads))
    spans = [(start, min(start + width, tiles)) for start in range(0, tiles, width)]

    def part(span: tuple[int, int]) -> Array:
        found: Array = kernel(made.steps, graph.planes, rows, made.places, len(made.nodes), *span)
        return found

    with ThreadPoolExecutor(len(spans)) as pool:
        total: Array = np.sum(list(pool.map(part, spans)), axis=0)
    return total


def _kernel() -> Any:
    if not _compiled:
        import numba

        _compiled.append(numba.njit(cache=True, nogil=True, error_model="numpy")(_pass))
    return _compiled[0]


def _pass(steps: Array, planes: Array, leaves: Array, places: int, outputs: int, first: int, last: int) -> Array:
    # Offsets into one flat array, unsigned: views would be counted, and signed ones checked, at every step.
    counts = np.zeros(outputs, np.int64)
    held = np.zeros(places * TILE, np.uint64)
    m1, m2, m4 = np.uint64(0x5555555555555555), np.uint64(0x3333333333333333), np.uint64(0x0F0F0F0F0F0F0F0F)
    ones = np.uint64(0x0101010101010101)
    s1, s2, s4, s56 = np.uint64(1), np.uint64(2), np.uint64(4), np.uint64(56)
    size = np.uint64(TILE)
    for tile in range(first, last):
        begin, end = tile * TILE, min((tile + 1) * TILE, planes.shape[1])
        for n in range(leaves.shape[0]):
            for w in range(end - begin):
                held[n * TILE + w] = planes[leaves[n], begin + w]
            for w in range(end - begin, TILE):
                held[n * TILE + w] = np.uint64(0)
        for n in range(steps.shape[0]):
            op, target = steps[n, 0], steps[n, 1]
            a, b = np.uint64(steps[n, 2]) * size, np.uint64(steps[n, 3]) * size
            if op < TALLY:
                to = np.uint64(target) * size
                if op == AND:
                    for w in range(size):
                        held[to + w] = held[a + w] & held[b + w]
                elif op == OR:
                    for w in range(size):
                        held[to + w] = held[a + w] | held[b + w]
                else:
                    for w in range(size):
                        held[to + w] = held[a + w] & ~held[b + w]
                continue
            total = np.uint64(0)
            if op == TALLY:
                for w in range(size):
                    x = held[a + w]
                    x = x - ((x >> s1) & m1)
                    x = (x & m2) + ((x >> s2) & m2)
                    total += (((x + (x >> s4)) & m4) * ones) >> s56
            elif op == TALLY + AND:
                for w in range(size):
                    x = held[a + w] & held[b + w]
                    x = x - ((x >> s1) & m1)
                    x = (x & m2) + ((x >> s2) & m2)
                    total += (((x + (x >> s4)) & m4) * ones) >> s56
            elif op == TALLY + OR:
                for w in range(size):
                    x = held[a + w] | held[b + w]
                    x = x - ((x >> s1) & m1)
                    x = (x & m2) + ((x >> s2) & m2)
                    total += (((x + (x >> s4)) & m4) * ones) >> s56
            else:
                for w in range(size):
                    x = held[a + w] & ~held[b + w]
                    x = x - ((x >> s1) & m1)
                    x = (x & m2) + ((x >> s2) & m2)
                    total += (((x + (x >> s4)) & m4) * ones) >> s56
            counts[target] += np.int64(total)
    return counts
