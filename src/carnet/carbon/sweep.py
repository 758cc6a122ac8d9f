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
DRAWN = 1e-8  # relative change at which a drawn system counts as solved: far below what ten thousand draws can tell


def prepare(a: sp.csc_matrix) -> tuple[Any, ...]:
    """(order, pointers, rows, values, inverse diagonal, positions), renumbered by `order`; () when a diagonal is empty.

    Place k of the order holds process order[k]; its inputs lie side by side in memory in the order they are read.
    """
    a = sp.csc_matrix(a)
    if not a.has_canonical_format:
        a.sum_duplicates()
    pointers, rows, values, diagonal, positions = _apart(a.indptr, a.indices, a.data)
    if np.any(diagonal == 0):
        return ()
    renumbered: tuple[Any, ...] = _renumbered(_finishing(pointers, rows), pointers, rows, values, diagonal, positions)
    return renumbered


@numba.njit(cache=True)
def _renumbered(order: Any, pointers: Any, rows: Any, values: Any, diagonal: Any, positions: Any) -> Any:
    """Everything in the numbering of the order."""
    n = order.size
    place = np.empty(n, dtype=np.int32)
    for k in range(n):
        place[order[k]] = k
    new_pointers = np.zeros(n + 1, dtype=np.int64)
    new_rows, new_values, new_positions = np.empty_like(rows), np.empty_like(values), np.empty_like(positions)
    inverse = np.empty(n)
    at = 0
    for k in range(n):
        j = order[k]
        inverse[k] = 1.0 / diagonal[j]
        for p in range(pointers[j], pointers[j + 1]):
            new_rows[at] = place[rows[p]]
            new_values[at] = values[p]
            new_positions[at] = positions[p]
            at += 1
        new_pointers[k + 1] = at
    return order, new_pointers, new_rows, new_values, inverse, new_positions


@numba.njit(cache=True)
def _apart(indptr: Any, indices: Any, data: Any) -> Any:
    """Inputs and outputs of every column apart, inputs with their sign turned; positions say where an input was."""
    n = indptr.size - 1
    diagonal = np.zeros(n)
    pointers = np.zeros(n + 1, dtype=np.int64)
    rows = np.empty(data.size, dtype=np.int32)
    values = np.empty(data.size)
    positions = np.empty(data.size, dtype=np.int64)
    at = 0
    for j in range(n):
        for p in range(indptr[j], indptr[j + 1]):
            if indices[p] == j:
                diagonal[j] = data[p]
            else:
                rows[at] = indices[p]
                values[at] = -data[p]
                positions[at] = p
                at += 1
        pointers[j + 1] = at
    return pointers, rows[:at].copy(), values[:at].copy(), diagonal, positions[:at].copy()


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
    pointers: Any, rows: Any, values: Any, inverse: Any, right: Any, y: Any, tolerance: float, most: int
) -> float:
    """Sweep in order until the largest change is within tolerance of the largest value; the last relative change."""
    change = 1.0
    for _ in range(most):
        step = 0.0
        size = 0.0
        for j in range(inverse.size):
            total = right[j]
            for p in range(pointers[j], pointers[j + 1]):
                total += values[p] * y[rows[p]]
            new = total * inverse[j]
            step = max(step, abs(new - y[j]))
            size = max(size, abs(new))
            y[j] = new
        change = step / size if size > 0 else 0.0
        if change <= tolerance or change != change or change > 1e200:
            break
    return change


def sweeps(prepared: tuple[Any, ...], right: Array, tolerance: float, most: int) -> tuple[Array, float]:
    """(intensities, relative change in the last sweep)."""
    order, pointers, rows, values, inverse, _ = prepared
    y = np.zeros(order.size)
    change = _solve(pointers, rows, values, inverse, np.ascontiguousarray(right[order]), y, tolerance, most)
    found = np.empty_like(y)
    found[order] = y
    return found, float(change)


@numba.njit(cache=True, nogil=True)
def _draws(
    pointers: Any,
    rows: Any,
    values: Any,
    log_sd: Any,
    inverse: Any,
    right: Any,
    starts: Any,
    products: Any,
    amounts: Any,
    first: Any,
    normals: Any,
    seed: Any,
    out: Any,
) -> None:
    """Draw every exchange anew, solve from the undrawn solution, keep the scores of all demands (rows of a CSR)."""
    drawn = values.copy()
    y = first.copy()
    state = seed
    for d in range(out.shape[0]):
        word = np.uint64(0)
        for p in range(values.size):
            if p & 3 == 0:  # splitmix64: one word serves four exchanges
                state += np.uint64(0x9E3779B97F4A7C15)
                word = state
                word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
                word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
                word = word ^ (word >> np.uint64(31))
            if log_sd[p] > 0.0:
                drawn[p] = values[p] * np.exp(log_sd[p] * normals[word & np.uint64(0xFFFF)])
            word = word >> np.uint64(16)
        y[:] = first
        _solve(pointers, rows, drawn, inverse, right, y, DRAWN, 500)
        for q in range(starts.size - 1):
            total = 0.0
            for p in range(starts[q], starts[q + 1]):
                total += amounts[p] * y[products[p]]
            out[d, q] = total


def _start(seed: int, first: int) -> np.uint64:
    """Where the stream of one block of draws begins: far from every other block's."""
    return np.uint64(np.random.SeedSequence([seed, first]).generate_state(1, np.uint64)[0])


def _normals() -> Array:
    """65,536 equally likely values of a standard normal, scaled to variance 1: a draw is one look into this table.

    The table ends at 4.3 standard deviations, which no statistic of fewer than a hundred thousand draws can tell.
    """
    from scipy.special import ndtri

    table: Array = ndtri((np.arange(65536) + 0.5) / 65536)
    table /= table.std()
    return table


def many(
    prepared: tuple[Any, ...],
    log_sd: Array,
    right: Array,
    demands: sp.csr_matrix,
    draws: int,
    seed: int,
    workers: int,
) -> Array:
    """(draws, demands) scores of drawn systems; the same seed gives the same numbers whatever the number of workers."""
    order, pointers, rows, values, inverse, positions = prepared
    start, _ = sweeps(prepared, right, 1e-12, 2000)
    out = np.empty((draws, demands.shape[0]))
    parts = [(first, min(first + 64, draws)) for first in range(0, draws, 64)]
    spread = np.ascontiguousarray(log_sd[positions])
    place = np.empty_like(order)
    place[order] = np.arange(order.size, dtype=order.dtype)
    wanted = (demands.indptr.astype(np.int64), place[demands.indices].astype(np.int64), demands.data.astype(np.float64))
    inner = (pointers, rows, values, spread, inverse, np.ascontiguousarray(right[order]))
    fixed = (*inner, *wanted, start[order], _normals())
    with ThreadPoolExecutor(workers) as pool:
        jobs = [pool.submit(_draws, *fixed, _start(seed, first), out[first:last]) for first, last in parts]
        for job in jobs:
            job.result()
    return out
