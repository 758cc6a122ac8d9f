"""A synthetic technosphere with the structure of a large public database, for bench/carbon_engine.py and its peer.

20,000 processes in sectors of 20, and 300 hubs (markets for electricity, heat, transport) that all others need; other
inputs come from the own sector and the ones before it. Hubs need sectors, so nearly all of the system is one circle.
About 280,000 technosphere inputs, 100,000 emissions of 2,000 flows and 20,000 outputs: 400,000 exchanges. A process's
inputs are worth less than its product, as they must be. The structure is mild on purpose: an entirely random one of
this size takes a direct solver five minutes and would flatter us.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import scipy.sparse as sp

PROCESSES, SECTOR, HUBS, INPUTS, FLOWS, EMISSIONS = 20_000, 20, 300, 17, 2_000, 5


def system(seed: int = 1, n: int = PROCESSES) -> tuple[sp.csc_matrix, sp.csc_matrix, np.ndarray]:
    """(technosphere, biosphere, weights of the flows)."""
    random = np.random.default_rng(seed)
    columns = np.repeat(np.arange(n), INPUTS)
    sector = columns // SECTOR
    kind = random.random(columns.size)
    own = sector * SECTOR + random.integers(0, SECTOR, columns.size)
    before = np.maximum(0, sector - random.geometric(0.7, columns.size)) * SECTOR + random.integers(
        0, SECTOR, columns.size
    )
    hub = (random.zipf(1.3, columns.size) - 1) % HUBS
    far = random.integers(0, n, columns.size)
    rows = np.select([kind < 0.2, kind < 0.3, kind < 0.9998], [own, before, hub], far)
    value = random.lognormal(-1.5, 1.5, columns.size)
    keep = (rows != columns) & (rows < n)
    rows, columns, value = rows[keep], columns[keep], value[keep]
    worth = random.lognormal(0.0, 1.0, n)  # price of a unit: inputs are worth 40 to 80 percent of the product
    spent = np.bincount(columns, weights=value, minlength=n)
    share = random.uniform(0.4, 0.8, n)
    amount = value / spent[columns] * share[columns] * worth[columns] / worth[rows]
    technosphere = sp.coo_matrix((-amount, (rows, columns)), shape=(n, n)).tocsc()
    technosphere = (technosphere + sp.diags(np.ones(n), format="csc")).tocsc()
    emitting = np.repeat(np.arange(n), EMISSIONS)
    flow = random.integers(0, FLOWS, emitting.size)
    biosphere = sp.coo_matrix((random.lognormal(-4, 2, emitting.size), (flow, emitting)), shape=(FLOWS, n)).tocsc()
    weights = np.where(random.random(FLOWS) < 0.3, random.lognormal(1, 2, FLOWS), 0.0)
    return technosphere, biosphere, weights


def save(folder: Path, seed: int = 1) -> None:
    """The system as files that another interpreter can read."""
    a, b, w = system(seed)
    sp.save_npz(folder / "a.npz", a)
    sp.save_npz(folder / "b.npz", b)
    np.save(folder / "w.npy", w)


if __name__ == "__main__":
    save(Path(sys.argv[1]))
