"""What if these exchanges were others: new intensities from the old ones, without solving the system again.

A' = A + D E', where D holds what changes in k columns and E picks them. By Sherman, Morrison and Woodbury

    y' = z - U (I + D' U)^-1 D' z      with U = A^-T E (who uses the changed processes) and z = y + U r,

r being the change of what those columns emit. U is solved once per column and kept, so a second what-if on the same
process costs a few products. Nothing is approximated: the answer is that of the changed system.
Reading order: Change, WhatIf.
Source: the matrix inversion lemma (remembered), applied to the adjoint.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .system import Array, Singular, System


@dataclass(frozen=True, slots=True)
class Change:
    """An exchange as it would be: the technosphere at (row, column), or with `flow` the biosphere, gets `value`."""

    row: int
    column: int
    value: float
    flow: bool = False


class WhatIf:
    """One solved system under one weighting, ready to be asked about changed exchanges.

    weights  (m,)  per flow
    """

    def __init__(self, system: System, weights: Any) -> None:
        self.system = system
        self.weights: Array = np.asarray(weights, dtype=np.float64)
        self.base: Array = system.intensities(self.weights)
        self._uses: dict[int, Array] = {}

    def uses(self, process: int) -> Array:
        """(n,) how often a process runs for one unit of every product: a row of the inverse."""
        if process not in self._uses:
            unit = np.zeros(self.system.n)
            unit[process] = 1.0
            self._uses[process] = self.system.adjoint(unit)
        return self._uses[process]

    def intensities(self, changes: Sequence[Change]) -> Array:
        """(n,) of the changed system; of two changes of one exchange the later holds.

        Raises Singular when the changes leave the system without a solution.
        """
        changes = list({(c.row, c.column, c.flow): c for c in changes}.values())
        columns = sorted({c.column for c in changes})
        if not columns:
            return self.base.copy()
        at = {c: n for n, c in enumerate(columns)}
        use = np.stack([self.uses(c) for c in columns], axis=1)
        delta = np.zeros((self.system.n, len(columns)))
        emitted = np.zeros(len(columns))
        for change in changes:
            if change.flow:
                emitted[at[change.column]] += self.weights[change.row] * (
                    change.value - self.system.b[change.row, change.column]
                )
            else:
                delta[change.row, at[change.column]] = change.value - self.system.a[change.row, change.column]
        moved = self.base + use @ emitted
        inner = np.eye(len(columns)) + delta.T @ use
        scale = np.abs(inner).max()
        if not np.isfinite(scale) or np.linalg.cond(inner) > 1e13:
            names = [str(self.system.names[c] if c < len(self.system.names) else c) for c in columns]
            raise Singular(f"with these changes of {', '.join(names)} a process needs all it makes; no solution")
        found: Array = moved - use @ np.linalg.solve(inner, delta.T @ moved)
        return found

    def score(self, demand: Any, changes: Sequence[Change]) -> float:
        """The footprint of a demand (n,) in the changed system."""
        return float(np.asarray(demand, dtype=np.float64) @ self.intensities(changes))
