"""A network and its segments; how lengths are measured, and the tables that name classes of roads.

A segment is the piece of road between two junctions. Its points are degrees (`wgs84`) or meters of a local frame
(`local`), never mixed in one network. Lengths are whole millimeters, so that sums are exact in any order.
Reading order: Segment, Network, Problem rows, lengths(), classes().
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field

from ...catalog.library import builtin
from ...reading import read, shape

Floats = npt.NDArray[np.float64]
EARTH_M = 6_371_008.8  # mean radius


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of road. `ends` name its first and last junction; equal names mean that one can drive on."""

    id: str
    points: Floats  # (n, 2) longitude, latitude or x, y
    length_mm: int
    road_class: str
    terms: tuple[str, ...] = ()
    oneway: bool = False
    ends: tuple[str, str] = ("", "")


@dataclass
class Network:
    """Segments of one map, with what was refused: (place in the file, reason)."""

    id: str
    frame: str  # wgs84 or local
    segments: tuple[Segment, ...]
    refused: list[tuple[str, str]] = field(default_factory=list)
    remarks: list[tuple[str, str]] = field(default_factory=list)
    reference: str = ""  # what the file says about its frame
    digest: str = ""
    shift: tuple[float, float, float] = (0.0, 0.0, 0.0)  # x, y, heading: how the file shifts it in its reference

    @cached_property
    def by_id(self) -> dict[str, int]:
        return {s.id: n for n, s in enumerate(self.segments)}

    @cached_property
    def length_mm(self) -> int:
        return sum(s.length_mm for s in self.segments)

    @cached_property
    def groups(self) -> dict[tuple[str, str], tuple[npt.NDArray[np.int64], int]]:
        """(road_class or term, its name) -> the segments of it and their length in mm."""
        members: dict[tuple[str, str], list[int]] = {}
        for n, segment in enumerate(self.segments):
            for key in (("road_class", segment.road_class), *(("term", term) for term in segment.terms)):
                members.setdefault(key, []).append(n)
        return {
            key: (np.array(found, np.int64), sum(self.segments[n].length_mm for n in found))
            for key, found in sorted(members.items())
        }

    @cached_property
    def pieces(self) -> tuple[Floats, Floats, npt.NDArray[np.int64]]:
        """(from, to, segment) of every straight piece of every road."""
        shapes = [s.points for s in self.segments if len(s.points) > 1]
        owner = [np.full(len(s.points) - 1, n) for n, s in enumerate(self.segments) if len(s.points) > 1]
        if not shapes:
            return np.zeros((0, 2)), np.zeros((0, 2)), np.zeros(0, np.int64)
        return np.concatenate([p[:-1] for p in shapes]), np.concatenate([p[1:] for p in shapes]), np.concatenate(owner)

    @cached_property
    def place(self) -> Any:
        """(n + 1,) where each segment lies on a curve that keeps neighbors together; the last one is for no road.

        Frames are sorted by it, so that a box on the map is a few runs of rows.
        """
        middles = np.array([s.points[len(s.points) // 2] for s in self.segments]).reshape(-1, 2)
        order = np.lexsort((np.arange(len(middles)), hilbert(middles)))
        found = np.empty(len(middles) + 1, np.int32)
        found[order] = np.arange(len(middles))
        found[-1] = len(middles)
        return found

    def plane(self, points: Floats) -> tuple[Floats, Floats]:
        """(points in a plane of meters, meters on the ground per meter of the plane) for points of this frame.

        Degrees go to the Mercator plane, which keeps angles; the second value is the cosine of the latitude.
        """
        if self.frame == "local":
            return points, np.ones(len(points))
        lon, lat = np.radians(points[:, 0]), np.radians(np.clip(points[:, 1], -89.0, 89.0))
        return np.column_stack([EARTH_M * lon, EARTH_M * np.log(np.tan(np.pi / 4 + lat / 2))]), np.cos(lat)


def hilbert(points: Floats, bits: int = 16) -> npt.NDArray[np.int64]:
    """How far along Hilbert's curve over their box each point lies.

    Source: D. Hilbert, Math. Annalen 38, 1891; quadrant by quadrant from the coarsest.
    """
    if not len(points):
        return np.zeros(0, np.int64)
    low, span = points.min(axis=0), np.ptp(points, axis=0)
    cells = (points - low) / np.where(span > 0, span, 1.0) * ((1 << bits) - 1)
    x, y = cells.astype(np.int64).T
    found = np.zeros(len(points), np.int64)
    for level in range(bits - 1, -1, -1):
        side = 1 << level
        right, up = (x & side) > 0, (y & side) > 0
        found += side * side * ((3 * right) ^ up)
        flip = ~up & right
        x, y = np.where(flip, side - 1 - x, x) & (side - 1), np.where(flip, side - 1 - y, y) & (side - 1)
        x, y = np.where(up, x, y), np.where(up, y, x)
    return found


def lengths(points: Floats, frame: str) -> Floats:
    """The length of every step between points, in m: on the sphere for degrees, straight for a local frame."""
    if frame == "local":
        return np.asarray(np.hypot(*np.diff(points, axis=0).T))
    lon, lat = np.radians(points).T
    half = np.sin(np.diff(lat) / 2) ** 2 + np.cos(lat[:-1]) * np.cos(lat[1:]) * np.sin(np.diff(lon) / 2) ** 2
    return np.asarray(2 * EARTH_M * np.arcsin(np.sqrt(np.minimum(half, 1.0))))


def millimeters(points: Floats, frame: str) -> int:
    return round(float(lengths(points, frame).sum()) * 1000)


class Term(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    key: str
    values: tuple[str, ...] = ()
    besides: tuple[str, ...] = Field((), alias="not")
    term: str

    def holds(self, tags: Mapping[str, str]) -> bool:
        value = tags.get(self.key)
        return value is not None and (value in self.values if self.values else value not in self.besides)


class Tagged(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    key: str
    values: dict[str, str]
    oneway_key: str
    oneway_values: tuple[str, ...]
    terms: tuple[Term, ...]


class Typed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    values: dict[str, str]
    without_type: str


class Classes(BaseModel):
    """data/roads/networks/classes.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    sources: dict[str, dict[str, str]]
    source: str
    classes: tuple[str, ...]
    openstreetmap: Tagged
    opendrive: Typed


@lru_cache(maxsize=2)
def classes(root: Path | None = None) -> Classes:
    path = (root or builtin()) / "roads" / "networks" / "classes.yaml"
    return shape(read(path, f"data/roads/networks/{path.name}"), Classes)


class Domain(BaseModel):
    """data/roads/networks/domain.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    sources: dict[str, dict[str, str]]
    source: str
    groups: dict[str, dict[str, Any]]

    @property
    def terms(self) -> dict[str, str]:
        """Term -> its group."""
        return {term: group for group, row in self.groups.items() for term in row["terms"]}


@lru_cache(maxsize=2)
def domain(root: Path | None = None) -> Domain:
    path = (root or builtin()) / "roads" / "networks" / "domain.yaml"
    return shape(read(path, f"data/roads/networks/{path.name}"), Domain)
