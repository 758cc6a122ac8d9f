"""A technosphere solved from the other end: what one unit of every product emits, in one sweep.

Columns of the technosphere A are processes, rows are products, inputs are negative; columns of B are what a process
emits. With weights w per flow, the intensities y of all products solve A' y = B' w. Each column of A gives one line
of that system, so a sweep over columns (Gauss-Seidel) needs no factorization: a supply chain whose products are worth
more than what they need converges in some dozens of sweeps, and a chain without circles in one when the order is
right. Small systems, and those that do not converge, are factorized. A score of any demand is then a dot product.
Reading order: Singular, System, monte_carlo(), foreground_draws(). Results are in what the weights weigh.
Source: the adjoint method (remembered); Heijungs & Suh, The Computational Structure of LCA (2002), for the matrices.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from ..errors import BadInput

Array = NDArray[np.float64]
SMALL, TOLERANCE, MOST_SWEEPS = 600, 1e-12, 2000


class Singular(BadInput):
    """A process that no other can supply, or that needs as much of its product as it makes."""


class System:
    """One technosphere and biosphere, ready to be asked for intensities and scores.

    technosphere  (n, n)  sparse; product i is made by process i
    biosphere     (m, n)  sparse; kg of flow per run
    names         (n,)    what the processes are called, for sentences
    """

    def __init__(self, technosphere: Any, biosphere: Any, names: Sequence[str] = ()) -> None:
        self.a = sp.csc_matrix(technosphere, dtype=np.float64)
        self.b = sp.csc_matrix(biosphere, dtype=np.float64)
        self.n = self.a.shape[0]
        self.names = tuple(names)
        if self.a.shape[0] != self.a.shape[1] or self.b.shape[1] != self.n:
            raise BadInput(
                f"the technosphere is {self.a.shape[0]} by {self.a.shape[1]} "
                f"and the biosphere has {self.b.shape[1]} columns; all three "
                "must be equal"
            )
        self._factor: Any = None
        self._order: Any = None

    def intensities(self, weights: Any) -> Array:
        """What one unit of each product emits: (n,) for weights (m,), (k, n) for weights (k, m)."""
        w = np.atleast_2d(np.asarray(weights, dtype=np.float64))
        right = np.ascontiguousarray((self.b.T @ w.T).T)
        found = np.stack([self.adjoint(row) for row in right])
        return found[0] if np.ndim(weights) == 1 else found

    def score(self, demand: Any, weights: Any) -> float:
        """The footprint of a demand (n,)."""
        return float(np.asarray(demand, dtype=np.float64) @ self.intensities(weights))

    def scores(self, demands: Any, weights: Any) -> Array:
        """Footprints of many demands (d, n), dense or sparse, under many weights (k, m): (d, k)."""
        return np.asarray(demands @ np.atleast_2d(self.intensities(weights)).T)

    def supply(self, demand: Any) -> Array:
        """How often each process runs to deliver `demand`."""
        found: Array = self._lu().solve(np.asarray(demand, dtype=np.float64))
        return found

    def adjoint(self, right: Array) -> Array:
        """Solve A' y = right: what `right` per run amounts to per unit of every product, chain included."""
        if self.n > SMALL:
            found = self._sweep(right)
            if found is not None:
                return found
        solved: Array = self._lu().solve(right, trans="T")
        return solved

    def _sweep(self, right: Array) -> Array | None:
        from .sweep import prepare, sweeps

        if self._order is None:
            self._order = prepare(self.a)
        if self._order == ():
            return None
        found, residual = sweeps(self._order, right, TOLERANCE, MOST_SWEEPS)
        return found if residual <= TOLERANCE * 10 else None

    def _lu(self) -> Any:
        if self._factor is None:
            from scipy.sparse.linalg import splu

            try:
                self._factor = splu(self.a)
            except RuntimeError:
                raise Singular(self.culprit()) from None
            diagonal = np.abs(self._factor.U.diagonal())
            if diagonal.min() < 1e-13 * diagonal.max():
                self._factor = None
                raise Singular(self.culprit())
        return self._factor

    def culprit(self) -> str:
        """The process that leaves the system without a solution, and why, as a sentence."""
        from scipy.sparse.csgraph import maximum_bipartite_matching

        lonely = np.flatnonzero(maximum_bipartite_matching(self.a.tocsr(), perm_type="row") < 0)
        if lonely.size:
            at, why = int(lonely[0]), "no process can supply it"
        else:
            dense = self.a.toarray() if self.n <= 2000 else self.a[:2000, :2000].toarray()
            at, why = (
                int(np.argmax(np.abs(np.linalg.svd(dense)[2][-1]))),
                "it needs all it makes, directly or through others",
            )
        name = self.names[at] if at < len(self.names) else at
        return f"process {name!r}: {why}; the technosphere has no solution. Look at its inputs and at what it makes."


def monte_carlo(
    system: System, demands: Any, weights: Array, log_sd: Array, draws: int, seed: int, workers: int = 2
) -> Array:
    """Scores of `draws` systems whose inputs all vary: each off-diagonal exchange times exp(log_sd * normal).

    demands  (n,) or (d, n)  dense or sparse; all are scored on the same draws
    log_sd   (nnz,)          per stored exchange of the technosphere, in column order; 0 keeps it
    returns  (draws,) or (draws, d)
    """
    from .drawn import many
    from .sweep import prepare

    order = prepare(system.a, drawn=True)
    if order == ():
        raise BadInput(
            "a product is made by no process of its own, so draws cannot be swept; "
            "give each process its product on the diagonal"
        )
    right = np.ascontiguousarray(system.b.T @ weights)
    one = np.ndim(demands) == 1
    rows = sp.csr_matrix(np.atleast_2d(demands) if one else demands)
    found = many(order, system.adjoint(right), np.asarray(log_sd, dtype=np.float64), right, rows, draws, seed, workers)
    lost = int(np.isnan(found[:, 0]).sum()) if found.shape[1] else 0
    if lost:
        raise BadInput(
            f"{lost} of {draws} drawn systems have no solution: with these spreads a process can need more than it "
            "makes. Narrow the spread of the inputs that go round in a circle."
        )
    return found[:, 0] if one else found


def foreground_draws(
    intensities: Array,
    technosphere: Any,
    links: Any,
    direct: Array,
    demand: Array,
    log_sd: Array,
    draws: int,
    seed: int,
) -> Array:
    """Scores of a small foreground whose exchanges vary, on a background that does not: no solve of the background.

    intensities   (n,)    of the background's products
    technosphere  (k, k)  of the foreground; inputs negative
    links         (n, k)  sparse; background product per run of each foreground process, positive
    direct        (k,)    what a run emits itself, weighted
    log_sd        (nnz,)  of the links, in column order; the foreground's own exchanges stay
    returns       (draws,)
    """
    bought = sp.csc_matrix(links)
    cost = bought.data * intensities[bought.indices]
    runs = np.linalg.solve(np.asarray(technosphere, dtype=np.float64), np.asarray(demand, dtype=np.float64))
    column = np.repeat(np.arange(bought.shape[1]), np.diff(bought.indptr))
    value = cost * runs[column]  # the score is linear in the links, so each draw is one weighted sum
    varying = np.flatnonzero((log_sd > 0) & (value != 0))
    fixed = float(value.sum() - value[varying].sum() + np.dot(runs, direct))
    random = np.random.default_rng(seed)
    out = np.empty(draws)
    for first in range(0, draws, 512):
        normal = random.standard_normal((min(512, draws - first), varying.size))
        np.multiply(normal, log_sd[varying], out=normal)
        np.exp(normal, out=normal)
        out[first : first + normal.shape[0]] = normal @ value[varying]
    return out + fixed
