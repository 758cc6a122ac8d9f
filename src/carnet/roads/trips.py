"""The lengths of many trips at once: one pass over all positions, no loop over trips.

Reading order: trip_lengths(). Meters on the ground, on the sphere for degrees; a trip of one position has no length.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from .network.nouns import Floats, lengths


def trip_lengths(trips: Any, points: Floats, frame: str) -> tuple[list[Any], npt.NDArray[np.float64]]:
    """(names, lengths in m), in the order of first appearance.

    trips   (n,)    the trip of each position; positions of a trip stand in their order, trips may be interleaved
    points  (n, 2)  longitude and latitude, or x and y
    """
    import pyarrow as pa  # type: ignore[import-untyped]

    if not len(trips):
        return [], np.zeros(0)
    column = trips.combine_chunks() if isinstance(trips, pa.ChunkedArray) else pa.array(trips)
    coded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    codes = coded.indices.to_numpy(zero_copy_only=False)
    if len(codes) < 2:
        return coded.dictionary.to_pylist(), np.zeros(len(coded.dictionary))
    if (np.diff(codes) < 0).any():
        order = np.argsort(codes, kind="stable")
        codes, points = codes[order], points[order]
    steps = lengths(points, frame)
    steps[codes[1:] != codes[:-1]] = 0.0
    found = np.bincount(codes[1:], steps, minlength=len(coded.dictionary)).astype(np.float64)
    return coded.dictionary.to_pylist(), found
