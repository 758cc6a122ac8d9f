"""A network as a plain drawing: every segment a line, what was driven drawn over it. No tiles, nothing fetched.

Points of degrees are drawn in the Mercator plane; long lines keep at most as many points as one can see.
Reading order: draw(). Millimeters along a segment become the part of its line that was driven.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..drawing import PALETTE, Canvas, short
from .network.nouns import Floats, Network, lengths

WIDTH, HEIGHT, MARGIN = 720.0, 420.0, 8.0
MOST_SEGMENTS, MOST_POINTS = 6_000, 40
FREE, DRIVEN = "#98a2ad", PALETTE[0]


def draw(network: Network, rows: npt.NDArray[np.int64], title: str) -> str:
    """One drawing as text. rows (k, 3): segment, from and to in mm, merged."""
    sheet = Canvas(title)
    order = sorted(range(len(network.segments)), key=lambda n: (-network.segments[n].length_mm, n))[:MOST_SEGMENTS]
    planes = {n: network.plane(network.segments[n].points)[0] for n in sorted(order)}
    planes = {n: p for n, p in planes.items() if len(p) > 1 and np.isfinite(p).all()}
    if not planes:
        sheet.text(0, 20, "The network has no road that can be drawn.")
        return sheet.svg()
    every = np.concatenate(list(planes.values()))
    low, span = every.min(axis=0), np.maximum(np.ptp(every, axis=0), 1e-9)
    scale = min((WIDTH - 2 * MARGIN) / span[0], (HEIGHT - 2 * MARGIN) / span[1])
    high = MARGIN + span[1] * scale
    for n, points in planes.items():
        segment = network.segments[n]
        at = np.column_stack([MARGIN + (points[:, 0] - low[0]) * scale, high - (points[:, 1] - low[1]) * scale])
        planes[n] = at
        hint = f"{segment.id}: {segment.road_class}, {segment.length_mm / 1e6:.3f} km"
        sheet.path(_line(_thin(at)), float(at[:, 1].max()), stroke=FREE, width=1.5, hint=hint)
    for n, start, end in rows.tolist():
        if n in planes:
            segment = network.segments[n]
            drawn = _thin(
                part(planes[n], segment.points, network.frame, start / segment.length_mm, end / segment.length_mm)
            )
            hint = f"{segment.id}: driven from {start / 1e6:.3f} to {end / 1e6:.3f} km"
            sheet.path(_line(drawn), float(drawn[:, 1].max()), stroke=DRIVEN, width=3, hint=hint)
    below = sheet.legend(["driven", "not driven"], high + 14, (DRIVEN, FREE))
    unit = float(np.mean([network.plane(network.segments[n].points)[1].mean() for n in planes]))
    meters = _round(120 / scale * unit)
    sheet.line(MARGIN, below + 2, MARGIN + meters / unit * scale, below + 2, width=2)
    sheet.text(MARGIN, below + 18, f"{short(meters)} m" if meters < 1000 else f"{short(meters / 1000)} km")
    return sheet.svg()


def part(line: Floats, points: Floats, frame: str, first: float, last: float) -> Floats:
    """The piece of a line between two shares of its length."""
    along = np.concatenate([[0.0], np.cumsum(lengths(points, frame))])
    along = along / along[-1] if along[-1] else np.linspace(0.0, 1.0, len(points))
    inside = (along > first) & (along < last)
    ends = np.array([[np.interp(share, along, line[:, axis]) for axis in (0, 1)] for share in (first, last)])
    return np.asarray(np.concatenate([ends[:1], line[inside], ends[1:]]))


def _thin(points: Floats) -> Floats:
    if len(points) <= MOST_POINTS:
        return points
    return np.asarray(points[np.unique(np.linspace(0, len(points) - 1, MOST_POINTS).astype(int))])


def _line(points: Floats) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points.tolist())


def _round(meters: float) -> float:
    """The largest of 1, 2 and 5 times a power of ten that is not more."""
    power = 10.0 ** np.floor(np.log10(max(meters, 1e-3)))
    return float(power * max(m for m in (1, 2, 5) if m * power <= meters * 1.0001))


def said(network: Network, found: Any) -> str:
    """The drawing in words."""
    return (
        f"{len(network.segments)} segments with {found['network_km']:,.3f} km, of which "
        f"{found['observed_km']:,.3f} km on {found['segments_observed']} segments were driven."
    )
