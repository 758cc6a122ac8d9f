"""The inner loops: Gauss-Seidel sweeps over columns, compiled, for one system or for thousands of drawn ones.

Columns are visited so that what a process needs comes before it as far as circles allow (a depth-first finishing
order), which makes most of a supply chain exact in the first sweep.
Reading order: prepare(), sweeps(), many().
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numba
import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

Array = NDArray[np.float64]


def prepare(a: sp.csc_matrix) -> tuple[Any, ...]:
    """(order, pointers, rows, values, diagonal, positions) without the diagonal, or () when a diagonal is empty."""
    a = sp.csc_matrix(a)
    a.sum_duplicates()
    n = a.shape[0]
    diagonal = a.diagonal()
    if np.any(diagonal == 0):
        return ()
    columns = np.repeat(np.arange(n, dtype=np.int32), np.diff(a.indptr))
    off = a.indices != columns
    rows = np.ascontiguousarray(a.indices[off], dtype=np.int32)
    values = np.ascontiguousarray(-a.data[off])
    pointers = np.zeros(n + 1, dtype=np.int64)
    pointers[1:] = np.cumsum(np.bincount(columns[off], minlength=n))
    order = _finishing(pointers, rows)
    return order, pointers, rows, values, diagonal, np.flatnonzero(off)


@numba.njit(cache=True)
def _finishing(pointers: Any, rows: Any) -> Any:
    """Processes in the order a depth-first walk along inputs leaves them: suppliers first."""
    n = pointers.size - 1
    state = np.zeros(n, dtype=np.int8)
    order = np.empty(n, dtype=np.int32)
    stack = np.empty(n, dtype=np.int32)
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


@numba.njit(cache=True, nogil=True, fastmath=True)
def _solve(
    order: Any, pointers: Any, rows: Any, values: Any, diagonal: Any, right: Any, y: Any, tolerance: float, most: int
) -> float:
    """Sweep forth and back until the largest change is within tolerance of the largest value; the last relative
    change."""
    n = order.size
    change = 1.0
    for turn in range(most):
        step = 0.0
        size = 0.0
        for k in range(n):
            j = order[k] if turn % 2 == 0 else order[n - 1 - k]
            total = right[j]
            for p in range(pointers[j], pointers[j + 1]):
                total += values[p] * y[rows[p]]
            new = total / diagonal[j]
            moved = abs(new - y[j])
            if moved > step:
                step = moved
            if abs(new) > size:
                size = abs(new)
            y[j] = new
        change = step / size if size > 0 else 0.0
        if change <= tolerance or change != change or change > 1e200:
            break
    return change


def sweeps(prepared: tuple[Any, ...], right: Array, tolerance: float, most: int) -> tuple[Array, float]:
    """(intensities, relative change in the last sweep)."""
    order, pointers, rows, values, diagonal, _ = prepared
    y = np.zeros(order.size)
    change = _solve(order, pointers, rows, values, diagonal, right, y, tolerance, most)
    return y, float(change)


@numba.njit(cache=True, nogil=True)
def _draws(
    order: Any,
    pointers: Any,
    rows: Any,
    values: Any,
    log_sd: Any,
    diagonal: Any,
    right: Any,
    demand: Any,
    start: Any,
    seed: int,
    out: Any,
) -> None:
    """Draw every exchange anew, solve from the last solution, keep the score."""
    np.random.seed(seed)
    drawn = values.copy()
    y = start.copy()
    for d in range(out.size):
        for p in range(values.size):
            if log_sd[p] > 0.0:
                drawn[p] = values[p] * np.exp(log_sd[p] * np.random.standard_normal())
        y[:] = start
        _solve(order, pointers, rows, drawn, diagonal, right, y, 1e-10, 500)
        total = 0.0
        for j in range(demand.size):
            total += demand[j] * y[j]
        out[d] = total


def many(
    prepared: tuple[Any, ...], log_sd: Array, right: Array, demand: Array, draws: int, seed: int, workers: int
) -> Array:
    """Scores of drawn systems; the same seed and number of draws give the same numbers whatever the number of
    workers."""
    order, pointers, rows, values, diagonal, positions = prepared
    start, _ = sweeps(prepared, right, 1e-13, 2000)
    out = np.empty(draws)
    parts = [(first, min(first + 64, draws)) for first in range(0, draws, 64)]
    spread = np.ascontiguousarray(log_sd[positions])
    with ThreadPoolExecutor(workers) as pool:
        jobs = [
            pool.submit(
                _draws,
                order,
                pointers,
                rows,
                values,
                spread,
                diagonal,
                right,
                demand,
                start,
                (seed + first) % 2**32,
                out[first:last],
            )
            for first, last in parts
        ]
        for job in jobs:
            job.result()
    return out
