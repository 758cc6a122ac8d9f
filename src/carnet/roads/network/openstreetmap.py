"""OpenStreetMap extracts (PBF): roads cut into segments where they meet.

Blocks are unpacked one by one within the sizes the format allows; a block that cannot be read is named and skipped.
Only ways whose tags the table of classes knows become roads. A road is cut wherever another road shares its node.
Reading order: read_pbf(), _blocks(), _Reader, _segments().
Source: OpenStreetMap wiki, PBF Format (remembered).
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from ...errors import BadInput
from ..readers.protobuf import Cut, fields, packed, signed
from .nouns import Network, Segment, classes, millimeters

MOST_HEADER, MOST_BLOB, MOST_RAW, MOST_NODES = 64 * 1024, 32 * 1024 * 1024, 32 * 1024 * 1024, 200_000_000
KNOWN = {"OsmSchema-V0.6", "DenseNodes", "HistoricalInformation"}


def read_pbf(path: Path, id: str = "") -> Network:
    """The network of an extract; raises BadInput when it is none."""
    network = Network(id or path.name.split(".")[0], "wgs84", ())
    reader = _Reader(network)
    total = hashlib.sha256()
    try:
        with path.open("rb") as file:
            for number, (kind, raw) in enumerate(_blocks(file, total, network)):
                if number == 0 and kind != "OSMHeader":
                    raise BadInput(f"{path}: begins with {kind[:20]!r}, not with the header of an extract")
                try:
                    if kind == "OSMHeader":
                        _header(path, raw)
                    elif kind == "OSMData":
                        reader.block(raw)
                except (Cut, UnicodeDecodeError, IndexError) as error:
                    network.refused.append((f"block {number}", str(error)))
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror}. Check the path and its permissions.") from None
    except Cut as error:
        if not reader.blocks:
            raise BadInput(f"{path}: is no extract in PBF: {error}") from None
        network.refused.append(("file", str(error)))
    network.segments = tuple(reader.segments())
    network.digest = "sha256:" + total.hexdigest()
    return network


def _blocks(file: BinaryIO, total: Any, network: Network) -> Iterator[tuple[str, bytes]]:
    """(type, content) of every blob; raises Cut when the framing is lost."""
    while head := file.read(4):
        total.update(head)
        if len(head) < 4:
            raise Cut("the file ends within the length of a header")
        (size,) = struct.unpack(">I", head)
        if size > MOST_HEADER:
            raise Cut(f"a header announces {size} bytes; at most {MOST_HEADER} are allowed")
        raw = file.read(size)
        total.update(raw)
        said: dict[int, Any] = dict(fields(raw))
        kind, length = said.get(1, b""), said.get(3, 0)
        if len(raw) < size or not isinstance(length, int) or length > MOST_BLOB or not isinstance(kind, bytes):
            raise Cut("a header is cut short, or announces more than 32 MiB")
        blob = file.read(length)
        total.update(blob)
        if len(blob) < length:
            raise Cut(f"a block announces {length} bytes, {len(blob)} are left")
        try:
            yield kind.decode("ascii", "replace"), _unpack(blob)
        except Cut as error:
            network.refused.append((kind.decode("ascii", "replace"), str(error)))


def _unpack(blob: bytes) -> bytes:
    said: dict[int, Any] = dict(fields(blob))
    if isinstance(said.get(1), bytes):
        return bytes(said[1])
    if not isinstance(said.get(3), bytes):
        raise Cut("a block is packed by a method we do not read")
    unpacker = zlib.decompressobj()
    try:
        raw = unpacker.decompress(said[3], MOST_RAW)
    except zlib.error as error:
        raise Cut(f"a block cannot be unpacked: {error}") from None
    if unpacker.unconsumed_tail or (isinstance(said.get(2), int) and said[2] != len(raw)):
        raise Cut("a block unpacks to another size than it says, or to more than 32 MiB")
    return raw


def _header(path: Path, raw: bytes) -> None:
    needs = {bytes(v).decode("utf-8", "replace") for n, v in fields(raw) if n == 4 and isinstance(v, bytes)}
    if unknown := needs - KNOWN:
        raise BadInput(f"{path}: needs {', '.join(sorted(unknown))}, which we do not read")


class _Reader:
    """Nodes and roads of all blocks."""

    def __init__(self, network: Network) -> None:
        self.network, self.table = network, classes().openstreetmap
        self.blocks = 0
        self.nodes: list[Any] = []
        self.roads: list[tuple[int, Any, dict[str, str]]] = []
        self.count = 0

    def block(self, raw: bytes) -> None:
        self.blocks += 1
        strings: list[bytes] = []
        groups: list[bytes] = []
        scale: dict[int, int] = {17: 100, 19: 0, 20: 0}
        for number, value in fields(raw):
            if number == 1 and isinstance(value, bytes):
                strings = [bytes(v) for n, v in fields(value) if n == 1 and isinstance(v, bytes)]
            elif number == 2 and isinstance(value, bytes):
                groups.append(value)
            elif number in scale and isinstance(value, int):
                scale[number] = value - (1 << 64) if value >> 63 else value
        for group in groups:
            for number, value in fields(group):
                if not isinstance(value, bytes):
                    continue
                if number == 1:
                    self.node(value, scale)
                elif number == 2:
                    self.dense(value, scale)
                elif number == 3:
                    self.way(value, strings)

    def keep(self, ids: Any, lat: Any, lon: Any, scale: dict[int, int]) -> None:
        self.count += len(ids)
        if self.count > MOST_NODES:
            raise Cut(f"more than {MOST_NODES:,} nodes")
        x = (scale[20] + scale[17] * lon.astype(np.float64)) * 1e-9
        y = (scale[19] + scale[17] * lat.astype(np.float64)) * 1e-9
        good = (np.abs(x) <= 180) & (np.abs(y) <= 90)
        if not good.all():
            self.network.refused.append(("nodes", f"{int((~good).sum())} lie outside the globe"))
        self.nodes.append((ids[good], x[good], y[good]))

    def node(self, raw: bytes, scale: dict[int, int]) -> None:
        said: dict[int, Any] = dict(fields(raw))
        if all(isinstance(said.get(k), int) for k in (1, 8, 9)):
            one = [np.array([signed(said[k])], np.int64) for k in (1, 8, 9)]
            self.keep(one[0], one[1], one[2], scale)

    def dense(self, raw: bytes, scale: dict[int, int]) -> None:
        said: dict[int, Any] = dict(fields(raw))
        columns = [np.cumsum(packed(said.get(k, b""), zigzag=True)) for k in (1, 8, 9)]
        if len({len(c) for c in columns}) > 1:
            raise Cut("dense nodes have columns of different lengths")
        self.keep(columns[0], columns[1], columns[2], scale)

    def way(self, raw: bytes, strings: list[bytes]) -> None:
        said: dict[int, Any] = dict(fields(raw))
        keys, values = packed(said.get(2, b"")), packed(said.get(3, b""))
        tags = {
            strings[k].decode("utf-8", "replace"): strings[v].decode("utf-8", "replace")
            for k, v in zip(keys.tolist(), values.tolist(), strict=False)
        }
        if tags.get(self.table.key) in self.table.values and isinstance(said.get(1), int):
            refs = np.cumsum(packed(said.get(8, b""), zigzag=True))
            if len(refs) >= 2:
                self.roads.append((said[1], refs, tags))

    def segments(self) -> Iterator[Segment]:
        """Roads cut where they meet."""
        if not self.nodes or not self.roads:
            return
        ids, x, y = (np.concatenate(c) for c in zip(*self.nodes, strict=True))
        order = np.argsort(ids, kind="stable")
        ids, x, y = ids[order], x[order], y[order]
        shared: Counter[int] = Counter()
        for _, refs, _ in self.roads:
            shared.update(refs.tolist())
        missing = 0
        for way, refs, tags in sorted(self.roads, key=lambda r: r[0]):
            at = np.minimum(np.searchsorted(ids, refs), len(ids) - 1)
            there = ids[at] == refs
            missing += int((~there).sum())
            part, run = 0, list[int]()
            for n, place, known in zip(refs.tolist(), at.tolist(), there.tolist(), strict=True):
                if known:
                    run.append(place)
                if len(run) > 1 and (not known or shared[n] > 1):
                    yield self.segment(f"{way}:{part}", run, ids, x, y, tags)
                    part += 1
                    run = run[-1:]
                if not known:
                    run = []
            if len(run) > 1:
                yield self.segment(f"{way}:{part}", run, ids, x, y, tags)
        if missing:
            self.network.remarks.append(("ways", f"{missing} nodes of roads are not in the extract; roads end there"))

    def segment(self, id: str, run: list[int], ids: Any, x: Any, y: Any, tags: dict[str, str]) -> Segment:
        points = np.column_stack([x[run], y[run]])
        terms = tuple(t.term for t in self.table.terms if t.holds(tags))
        oneway = tags.get(self.table.oneway_key) in self.table.oneway_values
        ends = (f"n{ids[run[0]]}", f"n{ids[run[-1]]}")
        road_class = self.table.values[tags[self.table.key]]
        return Segment(id, points, millimeters(points, "wgs84"), road_class, terms, oneway, ends)
