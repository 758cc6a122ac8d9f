"""Thousands of systems whose exchanges vary: eight are drawn and swept side by side.

One pass over the exchanges serves eight systems: their values lie together in memory, so the pattern is read once and
what a product is worth is fetched once for all eight. Every sweep starts from the solution of the undrawn system.
Random numbers come from splitmix64, four to a word, through a table of 65,536 equally likely normal values; blocks of
64 draws have streams of their own, so the numbers do not depend on how many workers share them.
Reading order: many(), _draws(), _sweep8().
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numba
import numpy as np
import scipy.sparse as sp

from .sweep import Array

DRAWN = 1e-8  # relative change at which an entry of a drawn system counts as settled
BLOCK, MOST = 64, 500  # draws of one stream; sweeps, the last of which is looked at
TABLES = 8  # so many different spreads have a table of factors; more are computed one by one


@numba.njit(cache=True, nogil=True, fastmath={"contract"})
def _sweep8(pointers: Any, rows: Any, drawn: Any, inverse: Any, right: Any, y: Any, tolerance: float) -> int:
    """One sweep of eight systems: how many of their entries moved by more than the tolerance.

    Written out lane by lane: the compiler keeps eight sums in registers, which it does not do for a loop of eight.
    """
    moved = 0
    for j in range(inverse.size):
        s0 = s1 = s2 = s3 = s4 = s5 = s6 = s7 = right[j]
        for p in range(pointers[j], pointers[j + 1]):
            i = rows[p]
            s0 += drawn[p, 0] * y[i, 0]
            s1 += drawn[p, 1] * y[i, 1]
            s2 += drawn[p, 2] * y[i, 2]
            s3 += drawn[p, 3] * y[i, 3]
            s4 += drawn[p, 4] * y[i, 4]
            s5 += drawn[p, 5] * y[i, 5]
            s6 += drawn[p, 6] * y[i, 6]
            s7 += drawn[p, 7] * y[i, 7]
        d = inverse[j]
        s0 *= d
        s1 *= d
        s2 *= d
        s3 *= d
        s4 *= d
        s5 *= d
        s6 *= d
        s7 *= d
        if not (
            abs(s0 - y[j, 0]) <= tolerance * abs(s0)
            and abs(s1 - y[j, 1]) <= tolerance * abs(s1)
            and abs(s2 - y[j, 2]) <= tolerance * abs(s2)
            and abs(s3 - y[j, 3]) <= tolerance * abs(s3)
            and abs(s4 - y[j, 4]) <= tolerance * abs(s4)
            and abs(s5 - y[j, 5]) <= tolerance * abs(s5)
            and abs(s6 - y[j, 6]) <= tolerance * abs(s6)
            and abs(s7 - y[j, 7]) <= tolerance * abs(s7)
        ):
            moved += 1
        y[j, 0] = s0
        y[j, 1] = s1
        y[j, 2] = s2
        y[j, 3] = s3
        y[j, 4] = s4
        y[j, 5] = s5
        y[j, 6] = s6
        y[j, 7] = s7
    return moved


@numba.njit(cache=True, nogil=True)
def _word(state: Any) -> Any:
    """The next word of splitmix64 from an already advanced state."""
    word = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return word ^ (word >> np.uint64(31))


@numba.njit(cache=True, nogil=True)
def _draw(values: Any, log_sd: Any, kind: Any, tables: Any, normals: Any, state: Any, drawn: Any) -> Any:
    """Every exchange anew in eight systems; the state of the stream afterwards."""
    low = np.uint64(0xFFFF)
    for p in range(values.size):
        for half in range(2):
            state += np.uint64(0x9E3779B97F4A7C15)
            word = _word(state)
            for lane in range(4):
                at = (word >> np.uint64(16 * lane)) & low
                k = kind[p]
                if k == 0:
                    factor = 1.0
                elif k > 0:
                    factor = tables[k - 1, at]
                else:
                    factor = np.exp(log_sd[p] * normals[at])
                drawn[p, 4 * half + lane] = values[p] * factor
    return state


@numba.njit(cache=True, nogil=True)
def _settled(y: Any, before: Any, fine: Any) -> int:
    """How many of eight systems moved by less than the tolerance of their largest entry; `fine` says which."""
    count = 0
    for lane in range(8):
        step, size = 0.0, 0.0
        for i in range(y.shape[0]):
            step = max(step, abs(y[i, lane] - before[i, lane]))
            size = max(size, abs(y[i, lane]))
        fine[lane] = step <= DRAWN * size
        count += fine[lane]
    return count


@numba.njit(cache=True, nogil=True)
def _draws(
    pointers: Any,
    rows: Any,
    values: Any,
    log_sd: Any,
    kind: Any,
    tables: Any,
    inverse: Any,
    right: Any,
    starts: Any,
    products: Any,
    amounts: Any,
    first: Any,
    normals: Any,
    state: Any,
    out: Any,
) -> None:
    """Draw, solve and score all demands (rows of a CSR); a system that does not settle is not a number."""
    drawn = np.empty((values.size, 8))
    y = np.empty((inverse.size, 8))
    before, total, fine = np.empty_like(y), np.empty(8), np.ones(8, dtype=np.bool_)
    for d in range(0, out.shape[0], 8):
        state = _draw(values, log_sd, kind, tables, normals, state, drawn)
        for i in range(first.size):
            for lane in range(8):
                y[i, lane] = first[i]
        fine[:] = True
        for k in range(MOST):
            look = k % 25 == 24
            if look:
                before[:] = y
            if _sweep8(pointers, rows, drawn, inverse, right, y, DRAWN) == 0:
                fine[:] = True
                break
            if look and _settled(y, before, fine) == 8:
                break
        for q in range(starts.size - 1):
            total[:] = 0.0
            for p in range(starts[q], starts[q + 1]):
                for lane in range(8):
                    total[lane] += amounts[p] * y[products[p], lane]
            for lane in range(min(8, out.shape[0] - d)):
                out[d + lane, q] = total[lane] if fine[lane] else np.nan


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


def _kinds(spread: Array, normals: Array) -> tuple[Any, Any]:
    """(of each exchange: 0 it stays, k table k - 1 has its factors, -1 they are computed; the tables)."""
    different = np.unique(spread[spread > 0])
    if different.size > TABLES:
        return np.where(spread > 0, -1, 0).astype(np.int8), np.ones((1, 1), dtype=np.float32)
    kind = np.where(spread > 0, np.searchsorted(different, spread) + 1, 0).astype(np.int8)
    return kind, np.exp(np.outer(different, normals)).astype(np.float32)


def many(
    prepared: tuple[Any, ...],
    start: Array,
    log_sd: Array,
    right: Array,
    demands: sp.csr_matrix,
    draws: int,
    seed: int,
    workers: int,
) -> Array:
    """(draws, demands) scores of drawn systems, not a number where a drawn system has no solution.

    start  (n,)  the solution of the undrawn system, where every drawn one begins

    The same seed gives the same numbers whatever the number of workers.
    """
    order, pointers, rows, values, inverse, positions = prepared
    out = np.empty((draws, demands.shape[0]))
    parts = [(first, min(first + BLOCK, draws)) for first in range(0, draws, BLOCK)]
    spread, normals = np.ascontiguousarray(log_sd[positions]), _normals()
    place = np.empty_like(order)
    place[order] = np.arange(order.size, dtype=order.dtype)
    wanted = (
        demands.indptr.astype(np.uint64),
        place[demands.indices].astype(np.uint32),
        demands.data.astype(np.float64),
    )
    inner = (pointers, rows, values, spread, *_kinds(spread, normals), inverse, np.ascontiguousarray(right[order]))
    fixed = (*inner, *wanted, start[order], normals)
    with ThreadPoolExecutor(workers) as pool:
        jobs = [pool.submit(_draws, *fixed, _start(seed, first), out[first:last]) for first, last in parts]
        for job in jobs:
            job.result()
    return out
