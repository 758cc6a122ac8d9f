"""Maps and drives of our own: an OpenDRIVE file, an extract in PBF, a recording in CSV."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np

ROAD = """  <road id="{id}" length="{length}" junction="-1">
    <type s="0" type="{kind}"/>
    <planView><geometry s="0" x="{x}" y="{y}" hdg="{heading}" length="{length}">{shape}</geometry></planView>
  </road>
"""


def xodr(folder: Path, roads: list[dict], name: str = "site.xodr") -> Path:
    """A map of single-geometry roads."""
    usual = {"kind": "town", "x": 0, "y": 0, "heading": 0, "length": 1000, "shape": "<line/>"}
    body = "".join(ROAD.format(**{**usual, "id": n, **road}) for n, road in enumerate(roads))
    path = folder / name
    path.write_text(f'<?xml version="1.0"?>\n<OpenDRIVE>\n  <header revMajor="1" revMinor="7"/>\n{body}</OpenDRIVE>\n')
    return path


def drive(
    folder: Path,
    points: list[tuple[float, float]],
    name: str = "drive.csv",
    vehicle: str = "v1",
    start: int = 1_770_000_000,
) -> Path:
    """A recording: one position a second."""
    rows = [f"{vehicle},{start + n},{x},{y}" for n, (x, y) in enumerate(points)]
    path = folder / name
    path.write_text("who,when,east,north\n" + "\n".join(rows) + "\n")
    return path


MAPPING = """columns: {vehicle: who, time: when, x: east, y: north}
time: unix_s
datum: local
"""


def varint(value: int) -> bytes:
    out = bytearray()
    value &= (1 << 64) - 1
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def field(number: int, value: int | bytes) -> bytes:
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def zigzag(values: list[int]) -> bytes:
    steps = np.diff([0, *values]).tolist()
    return b"".join(varint((s << 1) ^ (s >> 63)) for s in steps)


def pbf(
    folder: Path,
    nodes: dict[int, tuple[float, float]],
    ways: list[tuple[int, list[int], dict[str, str]]],
    packer=zlib.compress,
) -> Path:
    """An extract with dense nodes (id -> longitude, latitude) and ways (id, nodes, tags)."""
    words = [b"", *sorted({w.encode() for _, _, tags in ways for pair in tags.items() for w in pair})]
    dense = field(1, zigzag(list(nodes)))
    dense += field(8, zigzag([round(lat * 1e7) for _, lat in nodes.values()]))
    dense += field(9, zigzag([round(lon * 1e7) for lon, _ in nodes.values()]))
    groups = field(2, field(2, dense))
    for way, refs, tags in ways:
        keys = b"".join(varint(words.index(k.encode())) for k in tags)
        values = b"".join(varint(words.index(v.encode())) for v in tags.values())
        groups += field(2, field(3, field(1, way) + field(2, keys) + field(3, values) + field(8, zigzag(refs))))
    block = field(1, b"".join(field(1, w) for w in words)) + groups
    path = folder / "town.osm.pbf"
    path.write_bytes(
        blob("OSMHeader", field(4, b"OsmSchema-V0.6") + field(4, b"DenseNodes"), packer)
        + blob("OSMData", block, packer)
    )
    return path


def blob(kind: str, raw: bytes, packer=zlib.compress) -> bytes:
    body = field(2, len(raw)) + field(3, packer(raw))
    head = field(1, kind.encode()) + field(3, len(body))
    return struct.pack(">I", len(head)) + head + body
