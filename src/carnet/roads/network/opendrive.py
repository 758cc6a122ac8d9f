"""OpenDRIVE: the reference lines of roads, sampled, with what is wrong named road by road.

A road becomes one segment. Lines need two points; arcs, spirals and cubic curves are sampled so densely that a chord
leaves its curve by less than a centimeter on usual radii. A road that cannot be drawn is refused, the others stay.
Reading order: read_opendrive(), _road(), _draw(). Lengths in m, angles in radians.
Source: ASAM OpenDRIVE 1.7, reference line (remembered).
"""

from __future__ import annotations

import hashlib
import math
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np

from ...errors import BadInput
from .nouns import Floats, Network, Segment, classes, millimeters

MOST_BYTES, MOST_ROADS, MOST_POINTS = 256 * 1024 * 1024, 200_000, 20_000
STEP_M, GAP_M = 0.5, 0.1


def document(path: Path, root: str) -> tuple[Any, str]:
    """(root element, digest) of an XML file; raises BadInput when it is not one we read."""
    try:
        raw = path.read_bytes() if path.stat().st_size <= MOST_BYTES else b""
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror}. Check the path and its permissions.") from None
    if not raw:
        raise BadInput(f"{path}: is empty, or larger than {MOST_BYTES:,} bytes")
    if b"<!DOCTYPE" in raw or b"<!ENTITY" in raw or raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise BadInput(f"{path}: declares a document type, entities or UTF-16, which are refused")
    try:
        tree = ElementTree.fromstring(raw)  # noqa: S314
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise BadInput(f"{path}: is not XML: {error}") from None
    name = tree.tag.rpartition("}")[2]
    if name != root:
        raise BadInput(f"{path}: the root element is {name!r}, not {root!r}")
    return tree, "sha256:" + hashlib.sha256(raw).hexdigest()


def read_opendrive(path: Path, id: str = "") -> Network:
    """The network of a file; raises BadInput when it is no OpenDRIVE at all."""
    tree, digest = document(path, "OpenDRIVE")
    for element in tree.iter():
        element.tag = element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
    network = Network(id or path.stem, "local", (), digest=digest)
    header = tree.find("header")
    if header is None:
        network.remarks.append(("header", "the file has no header: its edition and frame are unknown"))
    else:
        network.reference = (header.findtext("geoReference") or "").strip()
        offset = header.find("offset")
        if offset is not None:
            try:
                x, y, turn = (_number(offset, n) if offset.get(n) else 0.0 for n in ("x", "y", "hdg"))
                network.shift = (x, y, turn)
            except ValueError as error:
                network.reference = ""
                network.remarks.append(("header", f"where the map lies is unknown: {error}"))
    found: list[Segment] = []
    seen: set[str] = set()
    for number, road in enumerate(tree.iter("road")):
        name = road.get("id") or f"#{number}"
        if number >= MOST_ROADS:
            network.refused.append((name, f"more than {MOST_ROADS:,} roads; the rest is not read"))
            break
        if name in seen:
            network.refused.append((f"road {name}", "another road has the same id"))
            continue
        seen.add(name)
        try:
            found.append(_road(road, name, network))
        except ValueError as error:
            network.refused.append((f"road {name}", str(error)))
    network.segments = tuple(joined(found))
    return network


def _number(element: Any, name: str, least: float = -1e9) -> float:
    text = element.get(name)
    if text is None:
        raise ValueError(f"{element.tag} has no {name}")
    try:
        value = float(text)
    except ValueError:
        raise ValueError(f"{element.tag}: {name} {text[:20]!r} is not a number") from None
    if not math.isfinite(value) or not least <= value <= 1e9:
        raise ValueError(f"{element.tag}: {name} {text[:20]!r} is outside {least:g} to 1e9")
    return value


def _road(road: Any, name: str, network: Network) -> Segment:
    geometries = road.findall("./planView/geometry")
    if not geometries:
        raise ValueError("has no planView with a geometry")
    pieces: list[Floats] = []
    start, total = -math.inf, 0.0
    for geometry in geometries:
        s, length = _number(geometry, "s", 0), _number(geometry, "length", 0)
        if s < start:
            raise ValueError(f"geometry at s {s:g} comes after one at {start:g}")
        if s == start:
            network.remarks.append((f"road {name}", f"two geometries begin at s {s:g}"))
        start = s
        if length == 0:
            network.remarks.append((f"road {name}", f"the geometry at s {s:g} has no length"))
            continue
        drawn = _draw(geometry, length)
        if pieces and math.dist(pieces[-1][-1], drawn[0]) > GAP_M:
            gap = math.dist(pieces[-1][-1], drawn[0])
            network.remarks.append((f"road {name}", f"a gap of {gap:.2f} m before the geometry at s {s:g}"))
        walked = float(np.hypot(*np.diff(drawn, axis=0).T).sum())
        if abs(walked - length) > 0.01 + 0.01 * length:
            network.remarks.append((f"road {name}", f"says {length:.2f} m at s {s:g}, its curve has {walked:.2f} m"))
        pieces.append(drawn)
        total += length
    if not pieces:
        raise ValueError("has no length")
    points = np.concatenate([pieces[0], *(p[1:] for p in pieces[1:])])
    stated = road.get("length")
    if stated is not None and abs(_number(road, "length", 0) - total) > 0.01 + total * 1e-3:
        network.remarks.append((f"road {name}", f"says {float(stated):.2f} m, its geometries {total:.2f} m"))
    tables = classes().opendrive
    kind = road.find("type")
    word = kind.get("type", "") if kind is not None else ""
    terms = []
    if (road.get("junction") or "-1") != "-1":
        terms.append("crossroad")
    terms += ["tunnel"] if road.find("./objects/tunnel") is not None else []
    terms += ["bridge"] if road.find("./objects/bridge") is not None else []
    road_class = tables.values.get(word, tables.without_type) if word else tables.without_type
    return Segment(name, points, millimeters(points, "local"), road_class, tuple(terms))


def _draw(geometry: Any, length: float) -> Floats:
    """Points of one geometry, both ends included."""
    x, y, heading = (_number(geometry, n) for n in ("x", "y", "hdg"))
    shape = next((c for c in geometry if c.tag in ("line", "arc", "spiral", "poly3", "paramPoly3")), None)
    if shape is None:
        raise ValueError("a geometry has no shape we know")
    if shape.tag == "line":
        local = np.array([[0.0, 0.0], [length, 0.0]])
    else:
        count = min(MOST_POINTS, max(8, math.ceil(length / STEP_M))) + 1
        if shape.tag in ("arc", "spiral"):
            first = _number(shape, "curvature") if shape.tag == "arc" else _number(shape, "curvStart")
            last = first if shape.tag == "arc" else _number(shape, "curvEnd")
            if max(abs(first), abs(last)) * length > 1e4:
                raise ValueError(f"{shape.tag} turns more than 1,000 times")
            local = _bend(first, last, length, count)
        else:
            local = _cubic(shape, length, count)
    cos, sin = math.cos(heading), math.sin(heading)
    turned = np.column_stack([local[:, 0] * cos - local[:, 1] * sin, local[:, 0] * sin + local[:, 1] * cos])
    return np.asarray(turned + np.array([x, y]))


def _bend(first: float, last: float, length: float, count: int) -> Floats:
    """A curve whose curvature changes evenly, by Simpson's rule on its direction."""
    s = np.linspace(0.0, length, 2 * count - 1)
    angle = first * s + (last - first) * s * s / (2 * length)
    points = np.zeros((count, 2))
    width = length / (count - 1)
    for axis, part in enumerate((np.cos(angle), np.sin(angle))):
        steps = (part[:-2:2] + 4 * part[1:-1:2] + part[2::2]) * width / 6
        points[1:, axis] = np.cumsum(steps)
    return points


def _cubic(shape: Any, length: float, count: int) -> Floats:
    if shape.tag == "poly3":
        u = np.linspace(0.0, length, count)
        a, b, c, d = (_number(shape, n) for n in "abcd")
        return np.column_stack([u, a + b * u + c * u**2 + d * u**3])
    end = 1.0 if (shape.get("pRange") or "normalized") == "normalized" else length
    p = np.linspace(0.0, end, count)
    out = []
    for axis in "UV":
        a, b, c, d = (_number(shape, f"{n}{axis}") for n in "abcd")
        out.append(a + b * p + c * p**2 + d * p**3)
    points = np.column_stack(out)
    if not np.isfinite(points).all() or np.abs(points).max() > 1e9:
        raise ValueError("paramPoly3 leaves every map")
    return points


def joined(segments: list[Segment], near: float = 1.0) -> list[Segment]:
    """Ends that meet, within a meter as a rule, get one name, so that a trip can go on from road to road."""
    if not segments:
        return []
    from scipy.spatial import cKDTree

    ends = np.array([p for s in segments for p in (s.points[0], s.points[-1])])
    parent = list(range(len(ends)))

    def top(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for i, j in sorted(cKDTree(ends).query_pairs(near)):
        parent[max(top(i), top(j))] = min(top(i), top(j))
    names = [f"j{top(i)}" for i in range(len(ends))]
    return [
        Segment(s.id, s.points, s.length_mm, s.road_class, s.terms, s.oneway, (names[2 * n], names[2 * n + 1]))
        for n, s in enumerate(segments)
    ]
