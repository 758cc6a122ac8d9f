"""Do positions look like another hemisphere, another order or another datum than the one that is said?

Some positions are laid on the map under every reading; a reading that fits clearly better than the one that was said is
a hint for a human. Nothing is converted: a change of coordinates is never made here, and would be no legal basis.
Reading order: hints(), to_gcj02(). Degrees.
Source: the shift of GCJ-02 as widely published (remembered). It is not the official transform.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .network.match import Index, match
from .network.nouns import Floats

MOST, ENOUGH, BETTER = 400, 0.5, 0.3
_AXIS, _ECCENTRICITY = 6_378_245.0, 0.00669342162296594323  # Krasovsky 1940


def to_gcj02(points: Floats) -> Floats:
    """(n, 2) longitude and latitude on WGS 84 -> as the shifted system shows them."""
    x, y = points[:, 0] - 105.0, points[:, 1] - 35.0
    wave = (20 * np.sin(6 * np.pi * x) + 20 * np.sin(2 * np.pi * x)) * 2 / 3
    root = np.sqrt(np.abs(x))
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + wave
    north += (20 * np.sin(np.pi * y) + 40 * np.sin(np.pi * y / 3)) * 2 / 3
    north += (160 * np.sin(np.pi * y / 12) + 320 * np.sin(np.pi * y / 30)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + wave
    east += (20 * np.sin(np.pi * x) + 40 * np.sin(np.pi * x / 3)) * 2 / 3
    east += (150 * np.sin(np.pi * x / 12) + 300 * np.sin(np.pi * x / 30)) * 2 / 3
    phi = np.radians(points[:, 1])
    magic = 1 - _ECCENTRICITY * np.sin(phi) ** 2
    north = np.degrees(north / (_AXIS * (1 - _ECCENTRICITY) / (magic * np.sqrt(magic))))
    east = np.degrees(east / (_AXIS / np.sqrt(magic) * np.cos(phi)))
    return np.asarray(points + np.column_stack([east, north]))


def _from_gcj02(points: Floats) -> Floats:
    found = points
    for _ in range(4):
        found = found + (points - to_gcj02(found))
    return found


READINGS: dict[str, Callable[[Floats], Floats]] = {
    "the latitude has the sign of the other hemisphere": lambda p: p * (1.0, -1.0),
    "the longitude has the sign of the other hemisphere": lambda p: p * (-1.0, 1.0),
    "both signs are of the other hemisphere": lambda p: -p,
    "longitude and latitude stand in the other's place": lambda p: p[:, ::-1],
    "the positions are in GCJ-02 and the map is not": _from_gcj02,
    "the map is in GCJ-02 and the positions are not": to_gcj02,
}


def hints(index: Index, points: Floats) -> list[str]:
    """Sentences about positions (n, 2) in degrees that fit a map of degrees better under another reading."""
    if index.network.frame != "wgs84" or not len(points):
        return []
    some = points[np.unique(np.linspace(0, len(points) - 1, MOST).astype(int))]

    def share(found: Floats) -> float:
        on_map = (np.abs(found) <= (180.0, 89.0)).all(axis=1)
        return float((match(index, found[on_map]).segment >= 0).sum()) / len(some) if on_map.any() else 0.0

    said = share(some)
    if said > 1 - BETTER:
        return []
    shares = {name: share(np.ascontiguousarray(read(some))) for name, read in READINGS.items()}
    name = max(shares, key=lambda n: shares[n])
    if shares[name] < ENOUGH or shares[name] < said + BETTER:
        return []
    return [f"{shares[name]:.0%} of the positions would lie on a road if {name}; as they are said, {said:.0%} do"]
