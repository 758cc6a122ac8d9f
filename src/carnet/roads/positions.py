"""Positions from recordings: CSV, Parquet and GeoParquet by a mapping file, telemetry by its tables.

All readers give the same columns: vehicle, time (microseconds UTC), x, y, and what else the recording says. A row that
cannot be read is counted under its reason with its first place; one bad row never stops a file.
Reading order: Mapping, Positions, read_positions(). Speeds in km/h, accelerations in m/s2.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field

from ..errors import BadInput, nearest
from ..reading import read, shape

MOST_BYTES = 8 * 1024**3
EXTRA = ("speed_kmh", "acceleration_ms2", "automated", "event")
_FACTOR = {"km/h": 1.0, "m/s": 3.6, "mph": 1.609344}


class Mapping(BaseModel):
    """How the columns of a recording are called: {vehicle, time, x, y, ...: name in the file}."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    columns: dict[str, str]
    vehicle: str = ""  # when the file speaks of one vehicle only
    starts: str = ""  # the moment a clock without a date begins
    delimiter: str = Field(",", min_length=1, max_length=1)
    encoding: str = "utf-8"
    time: str = "iso"  # iso, unix_s, unix_ms, unix_us, or a pattern such as %Y/%m/%d %H:%M:%S
    utc_offset_minutes: int = Field(0, ge=-900, le=900)
    datum: Literal["wgs84", "gcj02", "bd09", "cgcs2000", "local", "unknown"] = "unknown"
    speed_unit: Literal["km/h", "m/s", "mph"] = "km/h"
    automated_when: tuple[str, ...] = ("1", "true", "True", "yes", "automated")


@dataclass
class Positions:
    """Rows of a recording, in the order of the file."""

    vehicle: list[str]
    time: npt.NDArray[np.int64]
    x: npt.NDArray[np.float64]
    y: npt.NDArray[np.float64]
    datum: str
    digest: str
    extra: dict[str, Any] = field(default_factory=dict)
    refused: dict[str, tuple[int, str]] = field(default_factory=dict)  # reason -> (how many, first place)

    def __len__(self) -> int:
        return len(self.time)

    def refuse(self, reason: str, count: int, place: str) -> None:
        if count:
            many, first = self.refused.get(reason, (0, place))
            self.refused[reason] = (many + count, first)


def load_mapping(path: Path) -> Mapping:
    """A mapping file; raises BadInput with a sentence for every mistake."""
    found = shape(read(path), Mapping)
    known = ("vehicle", "time", "x", "y", *EXTRA)
    for name in found.columns:
        if name not in known:
            raise BadInput(
                f"{path}: no column of ours is called {name!r}; {nearest(name, known)} Known: {', '.join(known)}"
            )
    missing = [n for n in ("time", "x", "y") if n not in found.columns]
    if missing:
        raise BadInput(f"{path}: columns does not say where {', '.join(missing)} stand")
    if "vehicle" not in found.columns and not found.vehicle:
        raise BadInput(f"{path}: give the column of the vehicle, or vehicle: NAME for a file of one vehicle")
    return found


def read_positions(path: Path, mapping: Mapping | None) -> Positions:
    """The positions of a recording; a file that is neither Parquet nor described by a mapping is read as telemetry."""
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise BadInput(f"{path}: has {size:,} bytes; at most {MOST_BYTES:,} are read at once. Split it by day")
        with path.open("rb") as file:
            digest = "sha256:" + hashlib.file_digest(file, "sha256").hexdigest()
            file.seek(0)
            head = file.read(4)
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror}. Check the path and its permissions.") from None
    if mapping is None:
        return _telemetry(path, digest)
    if path.suffix.lower() == ".osi":
        return _traced(path, mapping, digest)
    return _mapped(path, _table(path, head, mapping), mapping, digest)


def _table(path: Path, head: bytes, mapping: Mapping) -> Any:
    """The columns of a recording, by how the file begins."""
    from .readers.measurement import read_mcap, read_mf4

    if head == b"PAR1":
        return _parquet(path)
    if head == b"MDF ":
        return read_mf4(path, mapping.columns)
    if head == b"\x89MCA":
        return read_mcap(path, mapping.columns)
    return _csv(path, mapping)


def _traced(path: Path, mapping: Mapping, digest: str) -> Positions:
    """The host's positions of a trace. Its clock has no date of its own, so the mapping's `starts` gives one."""
    from .readers.osi import read_osi

    trace = read_osi(path)
    own = [r for r in trace.rows if r[5]] or [r for r in trace.rows if r[1] == trace.rows[0][1]]
    start, good = _times_of([mapping.starts], mapping) if mapping.starts else (np.zeros(1, np.int64), [True])
    if not good[0]:
        raise BadInput(f"{path}: starts {mapping.starts!r} is no moment")
    found = Positions(
        [mapping.vehicle or "host"] * len(own),
        np.array([r[0] for r in own], np.int64) + start[0],
        np.array([r[2] for r in own], np.float64),
        np.array([r[3] for r in own], np.float64),
        "local",
        digest,
        {"speed_kmh": np.array([r[4] * 3.6 for r in own], np.float64)},
    )
    for place, reason in trace.refused:
        found.refuse(reason, 1, place)
    return found


def _parquet(path: Path) -> Any:
    import pyarrow as pa  # type: ignore[import-untyped]
    import pyarrow.parquet as pq  # type: ignore[import-untyped]

    from .readers.geoparquet import geo_of, points

    try:
        table = pq.read_table(path)
    except (pa.ArrowException, OSError) as error:
        raise BadInput(f"{path}: is not Parquet: {str(error).splitlines()[0]}") from None
    where = geo_of(path, table.schema.metadata)
    if where and where[0] in table.column_names:  # the two coordinates of a column of points, by name
        for name, values in zip(("x", "y"), points(table[where[0]].to_pylist()), strict=True):
            table = table.append_column(f"{where[0]}.{name}", pa.array(values))
    return table


def _csv(path: Path, mapping: Mapping) -> Any:
    import pyarrow as pa
    from pyarrow import csv

    broken: list[int] = []

    def odd(row: Any) -> str:
        broken.append(row.number or 0)
        return "skip"

    try:
        parse = csv.ParseOptions(delimiter=mapping.delimiter, invalid_row_handler=odd)
        reading = csv.ReadOptions(encoding=mapping.encoding, use_threads=False)
        names = csv.open_csv(path, read_options=reading, parse_options=parse).schema.names
        broken.clear()  # the look at the names meets broken rows too
        convert = csv.ConvertOptions(column_types={n: pa.string() for n in names}, strings_can_be_null=True)
        table = csv.read_csv(path, read_options=reading, parse_options=parse, convert_options=convert)
    except (pa.ArrowException, LookupError, OSError, ValueError) as error:
        raise BadInput(f"{path}: is not CSV as the mapping says: {str(error).splitlines()[0]}") from None
    return table.replace_schema_metadata({"broken": str(len(broken)), "first": str(min(broken, default=0))})


def _mapped(path: Path, table: Any, mapping: Mapping, digest: str) -> Positions:
    for name, column in mapping.columns.items():
        if column not in table.column_names:
            near = nearest(column, table.column_names)
            raise BadInput(
                f"{path}: has no column {column!r} for {name}; {near} It has: {', '.join(table.column_names)}"
            )
    raw = {name: table[column] for name, column in mapping.columns.items()}
    n = table.num_rows
    time, good_time = _times(raw["time"], mapping)
    x, good_x = _numbers(raw["x"])
    y, good_y = _numbers(raw["y"])
    limits = (180.0, 90.0) if mapping.datum != "local" else (1e9, 1e9)
    with np.errstate(invalid="ignore"):
        on_map = (np.abs(x) <= limits[0]) & (np.abs(y) <= limits[1])
    vehicles = [str(v) for v in raw["vehicle"].to_pylist()] if "vehicle" in raw else [mapping.vehicle] * n
    keep = good_time & good_x & good_y & on_map
    found = Positions(
        [v for v, k in zip(vehicles, keep, strict=True) if k], time[keep], x[keep], y[keep], mapping.datum, digest
    )
    for name in EXTRA:
        if name in raw:
            found.extra[name] = _extra(name, raw[name], mapping)[keep]
    for reason, bad in (
        ("the time is none", ~good_time),
        ("a coordinate is no number", good_time & ~(good_x & good_y)),
        ("the position is on no map", good_time & good_x & good_y & ~on_map),
    ):
        rows = np.flatnonzero(bad)
        found.refuse(reason, len(rows), f"row {rows[0] + 1}" if len(rows) else "")
    notes = table.schema.metadata or {}
    found.refuse(
        "the row has another number of columns",
        int(notes.get(b"broken", 0)),
        f"row {notes.get(b'first', b'').decode()}",
    )
    return found


def _numbers(column: Any) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    values = np.array([_float(v) for v in column.to_pylist()], np.float64)
    return values, np.isfinite(values)


def _float(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return float("nan")


def _times(column: Any, mapping: Mapping) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Microseconds since 1970 in UTC."""
    import pyarrow as pa

    shift = -mapping.utc_offset_minutes * 60_000_000
    if pa.types.is_timestamp(column.type):
        zoned = column.type.tz is not None
        values = column.cast(pa.timestamp("us")).cast(pa.int64()).to_numpy(zero_copy_only=False)
        good = np.isfinite(values.astype(np.float64))
        return np.where(good, values, 0).astype(np.int64) + (0 if zoned else shift), good
    scale = {"unix_s": 1_000_000, "unix_ms": 1_000, "unix_us": 1}.get(mapping.time)
    if scale:
        numbers, good = _numbers(column)
        good &= np.abs(numbers) * scale < 4e15  # the year 2096
        return np.rint(np.where(good, numbers, 0) * scale).astype(np.int64), good
    return _times_of(column.to_pylist(), mapping)


def _times_of(texts: list[Any], mapping: Mapping) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    parse = _parser(mapping, -mapping.utc_offset_minutes * 60_000_000)
    out, fine = np.zeros(len(texts), np.int64), np.zeros(len(texts), np.bool_)
    for n, text in enumerate(texts):
        try:
            out[n], fine[n] = parse(str(text)), True
        except (ValueError, OverflowError):
            continue
    return out, fine


def _parser(mapping: Mapping, shift: int) -> Callable[[str], int]:
    from datetime import UTC, datetime

    epoch = datetime(1970, 1, 1, tzinfo=UTC)

    def parse(text: str) -> int:
        iso = mapping.time == "iso"
        found = datetime.fromisoformat(text) if iso else datetime.strptime(text, mapping.time)  # noqa: DTZ007
        zoned = found.tzinfo is not None
        delta = (found if zoned else found.replace(tzinfo=UTC)) - epoch
        return delta.days * 86_400_000_000 + delta.seconds * 1_000_000 + delta.microseconds + (0 if zoned else shift)

    return parse


def _extra(name: str, column: Any, mapping: Mapping) -> Any:
    if name == "event":
        return np.array([v or "" for v in column.to_pylist()], object)
    if name == "automated":
        return np.array([str(v) in mapping.automated_when for v in column.to_pylist()], np.bool_)
    factor = _FACTOR[mapping.speed_unit] if name == "speed_kmh" else 1.0
    return _numbers(column)[0] * factor


def _telemetry(path: Path, digest: str) -> Positions:
    """The valid positions of telemetry reports; what a receiver without a fix repeats is no position."""
    from .telemetry.columns import table
    from .telemetry.decode import read_capture
    from .telemetry.form import ROOT

    vehicles: list[str] = []
    times, xs, ys, speeds = [], [], [], []
    datums: set[str] = set()
    found = Positions([], np.zeros(0, np.int64), np.zeros(0), np.zeros(0), "unknown", digest)
    where = f"{ROOT}CurrentLocation."
    for packets in read_capture(path):
        columns, _ = table(packets, personal=True)
        refused = np.flatnonzero(packets.refused)
        first = f"byte {packets.base + int(packets.frames[refused[0], 1])}" if len(refused) else ""
        found.refuse("the packet is refused", len(refused), first)
        if f"{where}IsValid" not in columns.column_names:
            continue
        valid = columns[f"{where}IsValid"].to_numpy(zero_copy_only=False)
        x, y = (columns[f"{where}{n}"].to_numpy(zero_copy_only=False).astype(float) for n in ("Longitude", "Latitude"))
        seconds, timed = packets.time
        there = np.array([v is not None and v == v for v in valid])
        fix = there & (valid == True)  # noqa: E712 - an object array of True, False and None
        good = fix & timed & np.isfinite(x) & np.isfinite(y) & ~packets.refused
        lost = np.flatnonzero(there & ~fix)
        found.refuse(
            "the receiver has no fix",
            len(lost),
            f"byte {packets.base + int(packets.frames[lost[0], 1])}" if len(lost) else "",
        )
        names = columns["vin"].to_pylist()
        speed = f"{ROOT}Speed"
        said = (
            columns[speed].to_numpy(zero_copy_only=False)
            if speed in columns.column_names
            else np.full(len(good), np.nan)
        )
        vehicles += [names[i] for i in np.flatnonzero(good)]
        times.append(seconds[good] * 1_000_000)
        xs.append(x[good])
        ys.append(y[good])
        speeds.append(said.astype(float)[good])
        datums |= {d for d in columns[f"{where}Datum"].to_pylist() if d}
    found.vehicle = vehicles
    found.time = np.concatenate([np.zeros(0, np.int64), *times])
    found.x, found.y = np.concatenate([np.zeros(0), *xs]), np.concatenate([np.zeros(0), *ys])
    found.extra["speed_kmh"] = np.concatenate([np.zeros(0), *speeds])
    found.datum = datums.pop() if len(datums) == 1 else "unknown"
    return found
