"""Brightway's processed datapackages: a folder or zip with datapackage.json and NumPy arrays.

Each matrix is a group of vectors: `indices` (row, column), `data`, and `flip` where the sign turns. Products and
processes are integers; the inventory says which of them it means. Distributions are left aside: the static numbers
are read. Later groups replace earlier ones at the same place, doubled places within a group add up.
Source: the format as documented by bw_processing (BSD); read by our own code.
"""

from __future__ import annotations

import io
import json
import math
from typing import Any

import numpy as np
import scipy.sparse as sp

from .archive import Files
from .foreign import Flow, Foreign, Product

MATRICES = {"technosphere_matrix": "technosphere", "biosphere_matrix": "emissions"}
CARD = "datapackage.json"


def read(files: Files) -> Foreign:
    """Files -> the system; raises ValueError with a sentence."""
    try:
        card = json.loads(files.read(CARD).decode("utf-8"))
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise ValueError(f"{CARD} cannot be read: {str(error)[:80]}") from None
    resources = card.get("resources") if isinstance(card, dict) else None
    if not isinstance(resources, list) or not all(isinstance(r, dict) for r in resources):
        raise ValueError(f"{CARD} lists no resources")
    places: dict[str, dict[tuple[int, int], float]] = {name: {} for name in MATRICES}
    found = {name: _entries(files, resources, name) for name in MATRICES}
    for name, groups in found.items():
        for rows, columns, values in groups:
            summed: dict[tuple[int, int], float] = {}
            for row, column, value in zip(rows.tolist(), columns.tolist(), values.tolist(), strict=True):
                summed[(row, column)] = summed.get((row, column), 0.0) + value
            places[name].update(summed)
    technosphere, emissions = places["technosphere_matrix"], places["biosphere_matrix"]
    if not technosphere:
        raise ValueError("holds no technosphere_matrix")
    # Rows are products and columns processes, each numbered by itself. A process makes the product of its own number,
    # else what its column has a positive entry of; a waste it treats stands there with a negative one.
    columns_of = sorted({column for _, column in technosphere})
    made_by = {column: column for column in columns_of if technosphere.get((column, column))}
    for (row, column), value in technosphere.items():
        if value > 0:
            made_by.setdefault(column, row)
    silent = [c for c in columns_of if c not in made_by]
    if silent:
        raise ValueError(f"process {silent[0]} makes nothing: no entry of its column is positive")
    products = [made_by[c] for c in columns_of]
    if len(set(products)) != len(products):
        twice = next(p for p in products if products.count(p) > 1)
        raise ValueError(f"two processes make product {twice}; each product has one here")
    at, run = {p: i for i, p in enumerate(products)}, {c: i for i, c in enumerate(columns_of)}
    lost = sorted({row for row, _ in technosphere if row not in at})
    turn = {r: 1.0 if technosphere[(r, c)] > 0 else -1.0 for c, r in made_by.items()}
    kept = [((at[r], run[c]), v * turn[r]) for (r, c), v in technosphere.items() if r in at]
    flows = sorted({row for row, _ in emissions})
    order = {f: i for i, f in enumerate(flows)}
    strange = sorted({c for _, c in emissions if c not in run})
    if strange:
        raise ValueError(f"biosphere_matrix speaks of process {strange[0]}, which technosphere_matrix does not have")
    n = len(products)
    return Foreign(
        [Product(p) for p in products],
        [Flow(f, unit="kg") for f in flows],
        _matrix(kept, (n, n)),
        _matrix([((order[r], run[c]), v) for (r, c), v in emissions.items()], (len(flows), n)),
        [f"{len(lost)} inputs have no process in it and count as nothing: {', '.join(map(str, lost[:5]))}"]
        if lost
        else [],
    )


def _matrix(entries: list[tuple[tuple[int, int], float]], shape: tuple[int, int]) -> sp.csc_matrix:
    rows = np.array([r for (r, _), _ in entries], dtype=np.int64)
    columns = np.array([c for (_, c), _ in entries], dtype=np.int64)
    return sp.csc_matrix((np.array([v for _, v in entries]), (rows, columns)), shape=shape)


def _entries(files: Files, resources: list[dict[str, Any]], matrix: str) -> list[tuple[Any, Any, Any]]:
    """(rows, columns, signed values) of each group of a matrix, in the order of the card."""
    groups: dict[str, dict[str, dict[str, Any]]] = {}
    for resource in resources:
        if resource.get("matrix") == matrix:
            groups.setdefault(str(resource.get("group", "")), {})[str(resource.get("kind", ""))] = resource
    found = []
    for name, kinds in groups.items():
        if any(r.get("category", "vector") != "vector" or r.get("profile") == "interface" for r in kinds.values()):
            raise ValueError(f"group {name!r} is no static vector; save the database as static vectors first")
        if "indices" not in kinds or "data" not in kinds:
            raise ValueError(f"group {name!r} lacks its {'indices' if 'indices' not in kinds else 'data'}")
        indices = _array(files, kinds["indices"])
        if indices.dtype.names is None or not {"row", "col"} <= set(indices.dtype.names):
            raise ValueError(f"group {name!r}: the indices have no columns row and col")
        data = _array(files, kinds["data"])
        if data.dtype.kind not in "fiu" or data.ndim != 1 or len(data) != len(indices):
            raise ValueError(f"group {name!r}: {len(indices)} indices and {data.shape} numbers do not fit")
        values = data.astype(np.float64)
        if not np.isfinite(values).all():
            raise ValueError(f"group {name!r} holds what is no finite number")
        if "flip" in kinds:
            flip = _array(files, kinds["flip"])
            if flip.dtype.kind != "b" or flip.shape != values.shape:
                raise ValueError(f"group {name!r}: its flip array does not fit")
            values = np.where(flip, -values, values)
        found.append((indices["row"], indices["col"], values))
    return found


def _array(files: Files, resource: dict[str, Any]) -> Any:
    """One NumPy array; nothing is unpickled, and its head must not promise more than the file holds."""
    name = str(resource.get("path", ""))
    raw = files.read(name)
    held = io.BytesIO(raw)
    try:
        version = np.lib.format.read_magic(held)
        heads = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
        shape, _, dtype = heads[version](held)
        whole = math.prod(shape) * dtype.itemsize
        if dtype.hasobject or whole > len(raw):
            raise ValueError(f"promises {whole:,} bytes of {dtype}, which is not what it holds")
        return np.load(io.BytesIO(raw), allow_pickle=False)
    except Exception as error:  # noqa: BLE001 - a broken array fails in many ways; all mean the same here
        raise ValueError(f"{name}: {str(error)[:100]}") from None
