"""The inner loop: Gauss-Seidel sweeps over columns, compiled.

Columns are visited so that what a process needs comes before it as far as circles allow (a depth-first finishing
order), which makes most of a supply chain exact in the first sweep.
Reading order: prepare(), sweeps(); `drawn` sweeps many systems at once.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

Array = NDArray[np.float64]
WIDTH = 4  # inputs are summed four at a time


def prepare(a: sp.csc_matrix, drawn: bool = False) -> tuple[Any, ...]:
    """(order, pointers, rows, values, inverse diagonal, positions), renumbered by `order`; () when a diagonal is empty.

    Place k of the order holds process order[k]; its inputs lie side by side in memory in the order they are read, with
    nothing added up to a multiple of four. With `drawn` nothing is filled up and `positions` says where each stood.
    Indices are unsigned: numba asks every signed one whether it counts from the end, which takes as long as the sweep.
    """
    a = sp.csc_matrix(a)
    kind = np.uint32 if a.indices.dtype == np.int32 else np.uint64
    pointers, rows = a.indptr.view(kind), a.indices.view(kind)
    order = _finishing(pointers, rows)
    found = _renumbered(order, pointers, rows, a.data, 1 if drawn else WIDTH, drawn)
    return () if np.any(np.isinf(found[3])) else (order, *found)


@numba.njit(cache=True)
def _renumbered(order: Any, indptr: Any, indices: Any, data: Any, width: int, keep: bool) -> Any:
    """Everything in the numbering of the order: inputs with their sign turned, outputs apart, where each stood."""
    n = order.size
    place = np.empty(n, dtype=np.uint32)
    for k in range(n):
        place[order[k]] = k
    pointers = np.empty(n + 1, dtype=np.uint32)
    rows = np.empty(data.size + n * (width - 1), dtype=np.uint32)
    values = np.empty(rows.size)
    positions = np.empty(data.size if keep else 0, dtype=np.int64)
    inverse = np.empty(n)
    at = 0
    for k in range(n):
        pointers[k] = at
        j, made = order[k], 0.0
        for p in range(indptr[j], indptr[j + 1]):
            if indices[p] == j:
                made += data[p]
            else:
                rows[at] = place[indices[p]]
                values[at] = -data[p]
                if keep:
                    positions[at] = p
                at += 1
        while (at - pointers[k]) % width:
            rows[at] = k
            values[at] = 0.0
            at += 1
        inverse[k] = 1.0 / made if made != 0.0 else np.inf
    pointers[n] = at
    return pointers, rows[:at], values[:at], inverse, positions[:at]


@numba.njit(cache=True)
def _finishing(pointers: Any, rows: Any) -> Any:
    """Processes in the order a depth-first walk along inputs leaves them: suppliers first."""
    n = pointers.size - 1
    state = np.zeros(n, dtype=np.int8)
    order = np.empty(n, dtype=np.uint32)
    stack = np.empty(n, dtype=np.uint32)
    at = pointers[:-1].copy()
    count = 0
    for start in range(n):
        if state[start]:
            continue
        depth = 0
        stack[0] = start
        state[start] = 1
        while depth >= 0:
            here = stack[depth]
            if at[here] < pointers[here + 1]:
                next_ = rows[at[here]]
                at[here] += 1
                if state[next_] == 0:
                    state[next_] = 1
                    depth += 1
                    stack[depth] = next_
            else:
                order[count] = here
                count += 1
                depth -= 1
    return order


@numba.njit(cache=True, nogil=True, fastmath={"contract", "nsz"})
def _sweep(
    pointers: Any, rows: Any, values: Any, inverse: Any, right: Any, y: Any, tolerance: float
) -> tuple[int, float, float]:
    """One Gauss-Seidel sweep: (entries that moved by more than their tolerance, largest move, largest value)."""
    moved, step, size = 0, 0.0, 0.0
    for j in range(inverse.size):
        a, b, c, d = right[j], 0.0, 0.0, 0.0  # four sums: one alone would wait for every addition
        for p in range(pointers[j], pointers[j + 1], 4):
            a += values[p] * y[rows[p]]
            b += values[p + 1] * y[rows[p + 1]]
            c += values[p + 2] * y[rows[p + 2]]
            d += values[p + 3] * y[rows[p + 3]]
        new = ((a + b) + (c + d)) * inverse[j]
        move = abs(new - y[j])
        moved += not move <= tolerance * abs(new)
        step = max(step, move)
        size = max(size, abs(new))
        y[j] = new
    return moved, step, size


@numba.njit(cache=True, nogil=True)
def _solve(
    pointers: Any, rows: Any, values: Any, inverse: Any, right: Any, y: Any, tolerance: float, most: int
) -> float:
    """Sweep until no entry moves by more than its tolerance; the last relative change of the largest.

    After each sweep the last two are extrapolated (Anderson's mixing of depth one, its coefficient from a sample of the
    entries), which saves a third of the sweeps. What is returned always comes out of a plain sweep. Entries that cancel
    to noise never settle; six sweeps in which the largest change is within the tolerance end the matter too.
    """
    n = y.size
    every = max(1, n // 1000)
    few = (n + every - 1) // every
    before = np.zeros(n)  # the values after the sweep before
    old, last = np.zeros(few), np.zeros(few)  # of the sample: before this sweep, and how the sweep before moved it
    calm, change = 0, 1.0
    for k in range(most):
        for i in range(few):
            old[i] = y[i * every]
        moved, step, size = _sweep(pointers, rows, values, inverse, right, y, tolerance)
        change = step / size if size > 0.0 else 0.0
        calm = calm + 1 if change <= tolerance else 0
        if moved == 0 or calm > 6 or change != change or change > 1e200:
            break
        above, below = 0.0, 0.0
        for i in range(few):
            value = y[i * every]
            move = value - old[i]
            if value != 0.0:
                turn = (move - last[i]) / value
                above += turn * (move / value)
                below += turn * turn
            last[i] = move
        share = above / below if k > 1 and below > 0.0 else 0.0
        if not abs(share) < 100.0:
            share = 0.0
        for i in range(n):
            value = y[i]
            y[i] = value - share * (value - before[i])
            before[i] = value
    return change


def sweeps(prepared: tuple[Any, ...], right: Array, tolerance: float, most: int) -> tuple[Array, float]:
    """(intensities, relative change in the last sweep)."""
    order, pointers, rows, values, inverse, _ = prepared
    y = np.zeros(order.size)
    change = _solve(pointers, rows, values, inverse, np.ascontiguousarray(right[order]), y, tolerance, most)
    found = np.empty_like(y)
    found[order] = y
    return found, float(change)
