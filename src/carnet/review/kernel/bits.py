"""Planes of bits: one bit per lane, 64 lanes to a word; the tail beyond the last lane is always zero.

Reading order: words_for(), packed(), unpacked(), counted().
"""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
WORD = 64


def words_for(lanes: int) -> int:
    """How many words hold that many lanes; at least one, so that a plane is never empty."""
    return max(1, -(-lanes // WORD))


def packed(mask: Array) -> Array:
    """(n,) bool -> (words,) uint64."""
    plane = np.zeros(words_for(len(mask)) * 8, np.uint8)
    raw = np.packbits(mask, bitorder="little")
    plane[: len(raw)] = raw
    return plane.view(np.dtype("<u8")).astype(np.uint64, copy=False)


def unpacked(plane: Array, lanes: int) -> Array:
    """(..., words) uint64 -> (..., n) bool."""
    raw = np.ascontiguousarray(plane).astype("<u8", copy=False).view(np.uint8)
    return np.unpackbits(raw, axis=-1, count=lanes, bitorder="little").astype(bool, copy=False)


def counted(planes: Array) -> Array:
    """(k, words) uint64 -> (k,) how many bits are set in each plane."""
    found: Array = np.bitwise_count(planes).sum(axis=-1, dtype=np.int64)
    return found
