"""Networks and positions as GeoParquet 1.1: geometry in well-known binary, what it is in the file's own metadata.

A network is written with one line for each segment and read back equal. Positions are read from a column of points.
Frames we know: longitude and latitude on WGS 84 (the format's own default) and CGCS2000; a file without a frame
(crs null) is local. Reading order: write_network(), read_network(), points(), to_wkb(), from_wkb().
Source: GeoParquet 1.1.0 and OGC 06-103r4, well-known binary (remembered).
"""

from __future__ import annotations

import hashlib
import json
import math
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from ...errors import BadInput
from ..network.nouns import Floats, Network, Segment, classes, millimeters
from ..network.opendrive import joined

VERSION, POINT, LINE, LINES = "1.1.0", 1, 2, 5
MOST_BYTES, MOST_POINTS = 4 * 1024**3, 10_000_000
FRAMES = {("OGC", "CRS84"): "wgs84", ("EPSG", "4326"): "wgs84", ("EPSG", "4979"): "wgs84", ("EPSG", "4490"): "cgcs2000"}


def to_wkb(points: Floats) -> bytes:
    """A line (or, of one point, a point) in little-endian well-known binary."""
    raw = np.ascontiguousarray(points, "<f8")
    head = struct.pack("<BI", 1, POINT) if len(raw) == 1 else struct.pack("<BII", 1, LINE, len(raw))
    return head + raw.tobytes()


def from_wkb(raw: bytes) -> list[Floats]:
    """The lines (or one point) of a geometry as arrays of x and y; raises ValueError for every other kind."""
    found, end = _read(memoryview(raw), 0, 0)
    if end != len(raw):
        raise ValueError(f"{len(raw) - end} bytes follow the geometry")
    return found


def _read(raw: memoryview, at: int, depth: int) -> tuple[list[Floats], int]:
    if len(raw) < at + 5:
        raise ValueError("the geometry is cut short")
    order = {0: ">", 1: "<"}.get(raw[at])
    if order is None:
        raise ValueError(f"the byte order {raw[at]} is none")
    code = struct.unpack_from(f"{order}I", raw, at + 1)[0]
    kind, more = code % 1000, code // 1000
    if more > 3:
        raise ValueError(f"the geometry type {code} is not of the format")
    width, at = (2, 3, 3, 4)[more], at + 5
    count = 1
    if kind in (LINE, LINES):
        if len(raw) < at + 4:
            raise ValueError("the geometry is cut short")
        count, at = struct.unpack_from(f"{order}I", raw, at)[0], at + 4
    if kind == LINES and depth == 0:
        lines: list[Floats] = []
        if count > len(raw) // 9:
            raise ValueError("the geometry is cut short")
        for _ in range(count):
            one, at = _read(raw, at, 1)
            lines += one
        return lines, at
    if kind not in (POINT, LINE):
        raise ValueError(f"the geometry type {code} is not a point, a line or lines")
    size = count * width * 8
    if count > MOST_POINTS or len(raw) < at + size:
        raise ValueError("the geometry is cut short")
    values = np.frombuffer(raw[at : at + size], f"{order}f8").reshape(count, width)[:, :2].astype(np.float64)
    return [values], at + size


def write_network(network: Network, path: Path) -> None:
    """A network as GeoParquet; the file appears whole or not at all."""
    rows = network.segments
    every = np.concatenate([s.points for s in rows]) if rows else np.zeros((1, 2))
    column: dict[str, Any] = {
        "encoding": "WKB",
        "geometry_types": ["LineString"],
        "bbox": [*every.min(axis=0).tolist(), *every.max(axis=0).tolist()],
    }
    if network.frame == "local":
        column["crs"] = None
    geo = {"version": VERSION, "primary_column": "geometry", "columns": {"geometry": column}}
    table = pa.table(
        {
            "segment": pa.array([s.id for s in rows], pa.string()),
            "length_mm": pa.array([s.length_mm for s in rows], pa.int64()),
            "road_class": pa.array([s.road_class for s in rows], pa.string()),
            "terms": pa.array([list(s.terms) for s in rows], pa.list_(pa.string())),
            "oneway": pa.array([s.oneway for s in rows], pa.bool_()),
            "geometry": pa.array([to_wkb(s.points) for s in rows], pa.binary()),
        }
    ).replace_schema_metadata({"geo": json.dumps(geo), "carnet:reference": network.reference})
    part = path.with_name(f".{path.name}.part")
    try:
        pq.write_table(table, part, compression="zstd")
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise BadInput(f"{path}: cannot be written: {error.strerror}. Give a folder that may be written.") from None


def geo_of(path: Path, metadata: Any) -> tuple[str, str] | None:
    """(geometry column, frame) of a file's metadata, None when it has none; raises BadInput for what we do not know."""
    raw = (metadata or {}).get(b"geo")
    if raw is None:
        return None
    try:
        geo = json.loads(raw)
        name = geo["primary_column"]
        column = geo["columns"][name]
        encoding = column["encoding"]
    except (ValueError, KeyError, TypeError):
        raise BadInput(f"{path}: its geo metadata do not name a geometry column") from None
    if not isinstance(name, str) or encoding != "WKB":
        raise BadInput(f"{path}: its geometry is encoded as {encoding!r}; only WKB is read")
    if column.get("edges", "planar") not in ("planar", "spherical"):
        raise BadInput(f"{path}: its edges are {column['edges']!r}, which is none of the format")
    if "crs" in column and column["crs"] is None:
        return name, "local"
    said = column.get("crs", {"id": {"authority": "OGC", "code": "CRS84"}})
    known = said.get("id", {}) if isinstance(said, dict) else {}
    key = (str(known.get("authority")), str(known.get("code"))) if isinstance(known, dict) else ("", "")
    if key not in FRAMES:
        label = " ".join(key) if "None" not in key else "one without an id"
        raise BadInput(f"{path}: its coordinates are of the system {label}; bring it to OGC CRS84 first")
    return name, FRAMES[key]


def _table(path: Path) -> Any:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise BadInput(f"{path}: is larger than {MOST_BYTES:,} bytes; split it")
        return pq.read_table(path)
    except (pa.ArrowException, OSError) as error:
        raise BadInput(f"{path}: is not Parquet: {str(error).splitlines()[0]}") from None


def read_network(path: Path, id: str = "") -> Network:
    """A network of lines; what cannot be read is refused row by row. Columns of ours are used where they are there."""
    table = _table(path)
    where = geo_of(path, table.schema.metadata)
    if where is None:
        raise BadInput(f"{path}: has no geo metadata: it is Parquet, but not GeoParquet")
    column, frame = where
    if column not in table.column_names:
        raise BadInput(f"{path}: has no column {column!r}, which its geo metadata name")
    frame = "local" if frame == "local" else "wgs84"
    with path.open("rb") as file:
        digest = "sha256:" + hashlib.file_digest(file, "sha256").hexdigest()
    network = Network(id or path.stem, frame, (), digest=digest)
    network.reference = (table.schema.metadata or {}).get(b"carnet:reference", b"").decode("utf-8", "replace")
    given = {n: table[n].to_pylist() for n in ("segment", "road_class", "terms", "oneway") if n in table.column_names}
    known, seen = set(classes().classes), set()
    found: list[Segment] = []
    for n, raw in enumerate(table[column].to_pylist()):
        try:
            name = str(given["segment"][n]) if "segment" in given else str(n)
            if name in seen:
                raise ValueError(f"another segment is called {name!r}")
            shapes = from_wkb(raw) if isinstance(raw, bytes) else []
            if len(shapes) != 1 or len(shapes[0]) < 2:
                raise ValueError("is not one line of two points or more")
            points = shapes[0]
            if not np.isfinite(points).all() or (frame == "wgs84" and (np.abs(points) > (180.0, 90.0)).any()):
                raise ValueError("leaves every map")
            kind = given["road_class"][n] if "road_class" in given else "other"
            terms = tuple(str(t) for t in given["terms"][n] or ()) if "terms" in given else ()
            oneway = bool(given["oneway"][n]) if "oneway" in given else False
            seen.add(name)
            found.append(
                Segment(name, points, millimeters(points, frame), kind if kind in known else "other", terms, oneway)
            )
        except (ValueError, TypeError) as error:
            network.refused.append((f"row {n + 1}", str(error)))
    network.segments = tuple(joined(found, 1.0 if frame == "local" else 1e-5))
    return network


def points(column: Iterable[Any]) -> tuple[Floats, Floats]:
    """(x, y) of a column of points; what is no point is no number."""
    rows: list[tuple[float, float]] = []
    for raw in column:
        try:
            shapes = from_wkb(raw)
            rows.append(tuple(shapes[0][0].tolist()) if len(shapes) == 1 and len(shapes[0]) == 1 else (math.nan,) * 2)
        except (ValueError, TypeError):
            rows.append((math.nan, math.nan))
    out = np.array(rows, np.float64).reshape(-1, 2)
    return out[:, 0], out[:, 1]
