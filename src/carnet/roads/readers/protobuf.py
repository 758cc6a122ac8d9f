"""The wire form of protocol buffers, just enough to read maps and traces from strangers, with bounds.

fields() walks one message and yields (number, value): whole numbers for varints, bytes for everything else. packed()
reads a run of varints at once. A message that lies about a length raises Cut with the offset.
Source: Protocol Buffers, Encoding (remembered).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt


class Cut(ValueError):
    """A message ends in the middle of a value, or holds what no message holds."""


def varint(data: bytes | memoryview, at: int) -> tuple[int, int]:
    """(value, next offset)."""
    value = shift = 0
    while at < len(data):
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & 0xFFFFFFFFFFFFFFFF, at
        shift += 7
        if shift > 63:
            raise Cut(f"a number at {at} is longer than ten bytes")
    raise Cut(f"a number is cut short at {at}")


def fields(data: bytes | memoryview | int) -> Iterator[tuple[int, int | bytes]]:
    """Every field of a message in its order."""
    if isinstance(data, int):
        raise Cut("a number stands where a message belongs")
    view = memoryview(data)
    at = 0
    while at < len(view):
        key, at = varint(view, at)
        number, kind = key >> 3, key & 7
        if number == 0:
            raise Cut(f"field 0 at {at}")
        if kind == 0:
            value, at = varint(view, at)
            yield number, value
            continue
        if kind == 2:
            size, at = varint(view, at)
        elif kind in (1, 5):
            size = 8 if kind == 1 else 4
        else:
            raise Cut(f"wire type {kind} at {at}")
        if at + size > len(view):
            raise Cut(f"field {number} at {at} announces {size} bytes, {len(view) - at} are left")
        yield number, bytes(view[at : at + size])
        at += size


def signed(value: int) -> int:
    """A zigzag number."""
    return (value >> 1) ^ -(value & 1)


def packed(data: bytes, *, zigzag: bool = False) -> npt.NDArray[np.int64]:
    """A run of varints; raises Cut when the last one is not whole."""
    raw = np.frombuffer(data, np.uint8)
    if not len(raw):
        return np.zeros(0, np.int64)
    ends = np.flatnonzero(raw < 0x80)
    if not len(ends) or ends[-1] != len(raw) - 1:
        raise Cut("a run of numbers is cut short")
    starts = np.concatenate([[0], ends[:-1] + 1])
    width = ends - starts + 1
    if width.max() > 10:
        raise Cut("a number is longer than ten bytes")
    values = np.zeros(len(ends), np.uint64)
    for k in range(int(width.max())):
        has = width > k
        values[has] |= (raw[starts[has] + k].astype(np.uint64) & np.uint64(0x7F)) << np.uint64(7 * k)
    if zigzag:
        half = (values >> np.uint64(1)).astype(np.int64)
        return np.asarray(half ^ -(values & np.uint64(1)).astype(np.int64))
    return values.astype(np.int64)
