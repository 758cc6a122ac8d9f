"""Where along the whole chain a footprint is emitted: by process of the background, by economy, by how it was read.

A footprint's terms say what was bought; this page says who emitted. Every column of the technosphere runs so many times
to deliver the terms, and what it emits itself is counted under its own place and source, so the rows add up to the
footprint. What is lumped is emitted, as far as anybody knows, where its factor was measured.
Reading order: Emission, emitted(), split().
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .footprint import Footprint
from .nouns import Factor


@dataclass(frozen=True, slots=True)
class Emission:
    """What one process of the chain emits for the product, in the unit of the footprint's method.

    region  the economy it happens in, '' when nobody said; `factor` None for an emission of the foreground itself
    """

    item: str
    region: str
    value: float
    factor: Factor | None = None


def emitted(found: Footprint) -> list[Emission]:
    """Every process that emits, largest first; the values add up to the footprint."""
    rows: list[Emission] = []
    background = found.background
    if background.factors:
        demand = np.zeros(len(background.factors))
        for row, term in enumerate(found.terms):
            if not term.flow:
                demand[background.index[term.node]] += term.amount * found.counted[row]
        runs = background.system.supply(demand)
        own = found.weights @ background.direct * runs / found.divisor
        for (item, region), at in background.index.items():
            factor = background.factors[at]
            if own[at]:
                rows.append(Emission(item, region or factor.region, float(own[at]), factor))
    regions = {p.id: p.region for p in found.inventory.processes}
    for term, value in zip(found.terms, found.by_term, strict=True):
        if term.flow and value:
            rows.append(Emission(term.node[0], regions.get(term.process, ""), float(value) / found.divisor))
    return sorted(rows, key=lambda r: (-abs(r.value), r.item, r.region))


def share_read(found: Footprint) -> float:
    """The share of the footprint of which every factor and every amount along the chain was read, not only reported."""
    background = found.background
    n = len(background.factors)
    matrix, direct = np.eye(n), np.zeros(n)
    own = found.weights @ background.direct if n else np.zeros(0)
    inputs = iter(background.inputs)  # in the order of the factors and of what each needs
    for column, factor in enumerate(background.factors):
        direct[column] = 0.0 if factor.source.reported else own[column]
        for need in factor.needs:
            row, _, amount, *_ = next(inputs)
            if not (need.source or factor.source).reported:
                matrix[row, column] -= amount
    intensity = np.linalg.solve(matrix.T, direct) if n else direct
    read = 0.0
    for at, term in enumerate(found.terms):
        if term.flow:
            read += float(found.by_term[at])
        else:
            read += float(found.counted[at] * term.amount * intensity[background.index[term.node]])
    return read / found.total if found.total else 0.0


def split(rows: list[Emission], key: Callable[[Emission], str]) -> dict[str, float]:
    """The rows added up by a property, largest first."""
    found: dict[str, float] = {}
    for row in rows:
        name = key(row)
        found[name] = found.get(name, 0.0) + row.value
    return dict(sorted(found.items(), key=lambda pair: (-abs(pair[1]), pair[0])))
