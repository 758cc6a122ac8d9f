"""A foreign database as one sparse system, whatever file it came from.

Formats state exchanges one by one; `Builder` collects them by key and turns them into matrices whose product i is made
by process i. A waste that a process treats is the same with its signs turned.
Reading order: Foreign, Builder.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import scipy.sparse as sp

Key = str | int


@dataclass(slots=True)
class Product:
    """What a process makes: its key in the database, its name, place and unit, as far as the format states them."""

    key: Key
    name: str = ""
    place: str = ""
    unit: str = ""


@dataclass(slots=True)
class Flow:
    """An emission or resource of the database."""

    key: Key
    name: str = ""
    unit: str = ""
    compartment: str = ""


@dataclass(slots=True)
class Foreign:
    """technosphere (n, n) with inputs negative; emissions (f, n), amounts per run; lists in the order of both."""

    products: list[Product]
    flows: list[Flow]
    technosphere: sp.csc_matrix
    emissions: sp.csc_matrix
    notes: list[str] = field(default_factory=list)


class Builder:
    """Collects processes and exchanges; `done` links them. Raises ValueError with a sentence for what cannot be."""

    def __init__(self) -> None:
        self.products: dict[Key, Product] = {}
        self.at: dict[Key, int] = {}
        self.made: list[float] = []
        self.inputs: list[tuple[Key, int, float, str]] = []
        self.flows: dict[Key, Flow] = {}
        self.emitted: list[tuple[Key, int, float]] = []

    def process(self, product: Product, amount: float) -> int:
        """A process that makes (or, for a waste, treats) an amount of its product; its column."""
        if product.key in self.at:
            raise ValueError(f"two processes make {product.name or product.key!r}; each product has one here")
        if not math.isfinite(amount) or amount == 0:
            raise ValueError(
                f"process {product.name or product.key!r} makes {amount}; it must be a number other than zero"
            )
        self.at[product.key] = len(self.made)
        self.products[product.key] = product
        self.made.append(amount)
        return len(self.made) - 1

    def input(self, key: Key, column: int, amount: float, name: str = "") -> None:
        self.inputs.append((key, column, finite(amount, name or key), name))

    def emission(self, flow: Flow, column: int, amount: float) -> None:
        self.flows.setdefault(flow.key, flow)
        self.emitted.append((flow.key, column, finite(amount, flow.name or flow.key)))

    def done(self) -> Foreign:
        n = len(self.made)
        if not n:
            raise ValueError("holds no process")
        linked = [(self.at[key], column, amount) for key, column, amount, _ in self.inputs if key in self.at]
        lost = sorted({str(name or key) for key, _, _, name in self.inputs if key not in self.at})
        order = {key: row for row, key in enumerate(self.flows)}
        rows = np.array([row for row, _, _ in linked] + list(range(n)), dtype=np.int64)
        columns = np.array([column for _, column, _ in linked] + list(range(n)), dtype=np.int64)
        turn = np.sign(np.array(self.made))  # what is treated instead of made: a waste, its row with signs turned
        values = np.array([-amount for _, _, amount in linked] + self.made) * turn[rows]
        technosphere = sp.csc_matrix((values, (rows, columns)), shape=(n, n))
        emissions = sp.csc_matrix(
            (
                np.array([amount for _, _, amount in self.emitted]),
                (
                    np.array([order[key] for key, _, _ in self.emitted], dtype=np.int64),
                    np.array([column for _, column, _ in self.emitted], dtype=np.int64),
                ),
            ),
            shape=(len(order), n),
        )
        notes = (
            [f"{len(lost)} inputs have no process in it and count as nothing: {', '.join(lost[:5])}"] if lost else []
        )
        return Foreign(list(self.products.values()), list(self.flows.values()), technosphere, emissions, notes)


def finite(amount: float, what: object) -> float:
    """The amount; raises ValueError when it is no finite number."""
    if not math.isfinite(amount):
        raise ValueError(f"{what}: {amount} is no amount")
    return amount
