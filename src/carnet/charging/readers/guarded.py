"""Two readers of the field kept from turning in circles: an MF4 whose blocks point back, a BLF object without a size.

Both hang for ever inside the library (found by fuzzing), so the file is looked at before it is handed over.
"""

from __future__ import annotations

import logging
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import can

OBJECT = struct.Struct("<4sHHLL")  # of BLF: signature, size and version of the head, size, kind
BLOCK = struct.Struct("<4s4xQQ")  # of MF4: kind, size, number of links
FOLLOWED = {b"##HD": 1, b"##DG": 2, b"##CG": 2, b"##CN": 2}  # links that make a tree: the next one, the first below
MOST_BLOCKS = 1_000_000

logging.getLogger("can").addHandler(logging.NullHandler())


class Circle(ValueError):
    """A file whose parts point back to where they came from."""


class Blf(can.BLFReader):
    """The library's reader; what stands behind an object without a size is not read."""

    def _parse_data(self, data: Any) -> Iterator[Any]:
        yield from super()._parse_data(_sized(bytes(data)))


def _sized(data: bytes) -> bytes:
    at = data.find(b"LOBJ")
    while 0 <= at <= len(data) - OBJECT.size:
        size = OBJECT.unpack_from(data, at)[3]
        if size < OBJECT.size:
            return data[:at]
        at = data.find(b"LOBJ", at + size)
    return data


def tree(path: Path) -> None:
    """Raises Circle when a block of an MF4 is reached twice on the way from its head."""
    seen: set[int] = set()
    waiting = [64]
    with path.open("rb") as file:
        while waiting and len(seen) < MOST_BLOCKS:
            at = waiting.pop()
            if at in seen:
                raise Circle("blocks that run in a circle")
            seen.add(at)
            file.seek(min(at, 1 << 62))
            head = file.read(BLOCK.size)
            if len(head) < BLOCK.size:
                continue
            kind, _, links = BLOCK.unpack(head)
            count = min(FOLLOWED.get(kind, 0), links)
            raw = file.read(8 * count)
            waiting += [link for (link,) in struct.iter_unpack("<Q", raw[: len(raw) // 8 * 8]) if link]
