"""Frames read in pieces: a small index says which row groups can hold an answer, only those are read.

Beside every file of frames lies `zones-*.parquet`: for each row group its first and last moment and the segments in it.
It is made from the frames, may be deleted at any time, and is made again. The rows come in the order of the files.
Reading order: zones_of(), touched(), scan(). Moments in microseconds UTC.
"""

from __future__ import annotations

import contextlib
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

Ints = npt.NDArray[np.int64]
GROUP_ROWS, MOST_KEPT, AT_ONCE = 65_536, 512, 16
TEXTS = ("run", "trip", "vehicle", "segment", "road_class", "event")
FAR = 1 << 62


@dataclass(frozen=True)
class Zones:
    """One file: the moments of its row groups, and the row groups of every segment."""

    metadata: Any
    first: Ints
    last: Ints
    groups_of: dict[str, Ints]


_kept: OrderedDict[tuple[str, int, int], Zones] = OrderedDict()


def written(names: Sequence[str]) -> dict[str, Any]:
    """How tables of ours are written: moments as differences (smaller, read faster), the rest by its words."""
    if "time" not in names:
        return {"compression": "zstd", "row_group_size": GROUP_ROWS}
    rest = [n for n in names if n != "time"]
    coding = {"time": "DELTA_BINARY_PACKED"}
    return {"compression": "zstd", "row_group_size": GROUP_ROWS, "use_dictionary": rest, "column_encoding": coding}


def beside(frames: Path) -> Path:
    """Where the index of a file lies."""
    return frames.with_name(f"zones-{frames.name.removeprefix('frames-')}")


def index(table: pa.Table, group_rows: int = GROUP_ROWS) -> pa.Table:
    """The index of frames that are written in row groups of so many rows."""
    rows = []
    for start in range(0, max(table.num_rows, 1), group_rows):
        piece = table.slice(start, group_rows)
        rows.append(_zone(piece["segment"], piece["time"]))
    return _table(rows)


def _zone(segment: Any, time: Any) -> tuple[int, int, list[str]]:
    span = pc.min_max(time.cast(pa.int64()))
    names = [n for n in pc.unique(segment.cast(pa.string())).to_pylist() if n is not None]
    return span["min"].as_py() or 0, span["max"].as_py() or 0, names


def _table(rows: Sequence[tuple[int, int, list[str]]]) -> pa.Table:
    return pa.table(
        {
            "first": pa.array([r[0] for r in rows], pa.int64()),
            "last": pa.array([r[1] for r in rows], pa.int64()),
            "segments": pa.array([r[2] for r in rows], pa.list_(pa.string())),
        }
    )


def zones_of(frames: Path) -> Zones:
    """The index of a file of frames, from memory, from beside it, or made now."""
    stat = frames.stat()
    key = (str(frames), stat.st_mtime_ns, stat.st_size)
    if key in _kept:
        _kept.move_to_end(key)
        return _kept[key]
    metadata = pq.read_metadata(frames)
    table = None
    with contextlib.suppress(OSError, pa.ArrowException, KeyError):
        near = beside(frames)
        if near.stat().st_mtime_ns >= stat.st_mtime_ns:
            table = pq.read_table(near).select(["first", "last", "segments"])
    if table is None or table.num_rows != metadata.num_row_groups:
        table = _made(frames, metadata)
    found = _read(table, metadata)
    _kept[key] = found
    while len(_kept) > MOST_KEPT:
        _kept.popitem(last=False)
    return found


def _made(frames: Path, metadata: Any) -> pa.Table:
    file = pq.ParquetFile(frames, metadata=metadata)
    rows = []
    for group in range(metadata.num_row_groups):
        piece = file.read_row_group(group, columns=["segment", "time"])
        rows.append(_zone(piece["segment"], piece["time"].cast(pa.timestamp("us", "UTC"), safe=False)))
    table = _table(rows)
    with contextlib.suppress(OSError):
        part = beside(frames).with_suffix(".part")
        pq.write_table(table, part, compression="zstd")
        part.replace(beside(frames))
    return table


def _read(table: pa.Table, metadata: Any) -> Zones:
    lists = table["segments"].combine_chunks()
    names = lists.flatten()
    group = np.repeat(np.arange(table.num_rows), lists.value_lengths().to_numpy(zero_copy_only=False))
    coded = names.dictionary_encode()
    order = np.argsort(codes := coded.indices.to_numpy(zero_copy_only=False), kind="stable")
    cuts = np.searchsorted(codes[order], np.arange(1, len(coded.dictionary)))
    parts = np.split(group[order], cuts) if len(names) else []
    groups_of = dict(zip(coded.dictionary.to_pylist(), parts, strict=True))
    return Zones(metadata, table["first"].to_numpy(), table["last"].to_numpy(), groups_of)


def touched(zones: Zones, segments: Sequence[str] | None, first: int = -FAR, last: int = FAR) -> Ints:
    """The row groups that can hold rows of these segments between two moments, both included."""
    open_ = (zones.last >= first) & (zones.first <= last)
    if segments is not None:
        hit = np.zeros(len(open_), np.bool_)
        for name in zones.groups_of.keys() & set(segments):
            hit[zones.groups_of[name]] = True
        open_ &= hit
    return np.flatnonzero(open_)


def scan(
    files: Sequence[Path],
    columns: Sequence[str],
    segments: Sequence[str] | None = None,
    first: int = -FAR,
    last: int = FAR,
) -> Iterator[pa.Table]:
    """The row groups that may hold an answer, some at a time, texts as dictionaries; the caller tests the rows."""
    for path in files:
        zones = zones_of(path)
        groups = touched(zones, segments, first, last)
        if len(groups):
            file = pq.ParquetFile(path, metadata=zones.metadata, read_dictionary=[c for c in TEXTS if c in columns])
            for start in range(0, len(groups), AT_ONCE):
                yield file.read_row_groups(groups[start : start + AT_ONCE].tolist(), columns=list(columns))
