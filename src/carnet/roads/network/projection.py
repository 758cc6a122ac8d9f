"""Where a local map lies on Earth: the two projections that maps of test roads use, read from their proj text.

Transverse Mercator (`+proj=tmerc`, and `+proj=utm` as a case of it) by Krueger's series to the fourth order, within
a millimeter where a map may be. Every other projection, ellipsoid or datum is undecided with its reason, never guessed.
Reading order: Projection, of(), parse(), Undecided. Angles in degrees, lengths in m.
Source: J. H. L. Krueger, 1912, in the form of C. F. F. Karney, J. Geodesy 85, 2011 (remembered); the proj text: PROJ.
"""

from __future__ import annotations

import math
import shlex
from dataclasses import dataclass

import numpy as np

from .nouns import Floats, Network

# semi-major axis and inverse flattening
ELLIPSOIDS = {"WGS84": (6_378_137.0, 298.257223563), "GRS80": (6_378_137.0, 298.257222101)}
DATUMS = {"WGS84": "WGS84"}
UTM_SCALE, UTM_EAST, UTM_SOUTH = 0.9996, 500_000.0, 10_000_000.0
KNOWN = {
    "proj", "lat_0", "lon_0", "k", "k_0", "x_0", "y_0", "ellps", "datum", "units", "zone", "south", "no_defs", "type",
    "wktext", "vunits", "geoidgrids", "towgs84",
}  # fmt: skip


class Undecided(ValueError):
    """What the text says is no projection we compute; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Projection:
    """A transverse Mercator projection and how the map is shifted and turned in its plane."""

    axis: float
    inverse_flattening: float
    latitude: float
    longitude: float
    scale: float
    east: float
    north: float
    shift: tuple[float, float, float] = (0.0, 0.0, 0.0)  # the header's offset: x, y, heading in radians

    def degrees(self, points: Floats) -> Floats:
        """(n, 2) x and y of the map -> longitude and latitude."""
        dx, dy, heading = self.shift
        cos, sin = math.cos(heading), math.sin(heading)
        x = points[:, 0] * cos - points[:, 1] * sin + dx
        y = points[:, 0] * sin + points[:, 1] * cos + dy
        n, radius, _, beta = self._series()
        xi, eta = (y - self.north) / (self.scale * radius) + self._start(), (x - self.east) / (self.scale * radius)
        fine_xi, fine_eta = xi.copy(), eta.copy()
        for j, b in enumerate(beta, 1):
            fine_xi -= b * np.sin(2 * j * xi) * np.cosh(2 * j * eta)
            fine_eta -= b * np.cos(2 * j * xi) * np.sinh(2 * j * eta)
        tan = np.sin(fine_xi) / np.hypot(np.sinh(fine_eta), np.cos(fine_xi))
        longitude = np.arctan2(np.sinh(fine_eta), np.cos(fine_xi))
        e = 2 * math.sqrt(n) / (1 + n)
        phi = np.arctan(tan)
        for _ in range(6):  # the latitude of a conformal latitude, by Newton's rule on its tangent
            t = np.tan(phi)
            sigma = np.sinh(e * np.arctanh(e * t / np.hypot(1, t)))
            found = t * np.hypot(1, sigma) - sigma * np.hypot(1, t)
            step = (tan - found) / np.hypot(1, found) * (1 + (1 - e * e) * t * t) / ((1 - e * e) * np.hypot(1, t))
            phi = np.arctan(t + step)
        return np.column_stack([np.degrees(longitude) + self.longitude, np.degrees(phi)])

    def meters(self, degrees: Floats) -> Floats:
        """(n, 2) longitude and latitude -> x and y of the map."""
        _, radius, _, _ = self._series()
        xi, eta = self._plane(np.radians(degrees[:, 1]), np.radians(degrees[:, 0] - self.longitude))
        x = self.east + self.scale * radius * eta
        y = self.north + self.scale * radius * (xi - self._start())
        dx, dy, heading = self.shift
        cos, sin = math.cos(heading), math.sin(heading)
        return np.column_stack([(x - dx) * cos + (y - dy) * sin, -(x - dx) * sin + (y - dy) * cos])

    def _plane(self, phi: Floats, longitude: Floats) -> tuple[Floats, Floats]:
        n, _, alpha, _ = self._series()
        e = 2 * math.sqrt(n) / (1 + n)
        sine = np.sin(phi)
        t = np.sinh(np.arctanh(sine) - e * np.arctanh(e * sine))
        xi, eta = np.arctan2(t, np.cos(longitude)), np.arcsinh(np.sin(longitude) / np.hypot(t, np.cos(longitude)))
        fine_xi, fine_eta = xi.copy(), eta.copy()
        for j, a in enumerate(alpha, 1):
            fine_xi += a * np.sin(2 * j * xi) * np.cosh(2 * j * eta)
            fine_eta += a * np.cos(2 * j * xi) * np.sinh(2 * j * eta)
        return fine_xi, fine_eta

    def _start(self) -> float:
        return float(self._plane(np.radians(np.array([self.latitude])), np.zeros(1))[0][0])

    def _series(self) -> tuple[float, float, tuple[float, ...], tuple[float, ...]]:
        """(third flattening, radius of the rectifying sphere, series to the plane, series back)."""
        flat = 1 / self.inverse_flattening
        n = flat / (2 - flat)
        radius = self.axis / (1 + n) * (1 + n**2 / 4 + n**4 / 64)
        alpha = (
            n / 2 - 2 * n**2 / 3 + 5 * n**3 / 16 + 41 * n**4 / 180,
            13 * n**2 / 48 - 3 * n**3 / 5 + 557 * n**4 / 1440,
            61 * n**3 / 240 - 103 * n**4 / 140,
            49561 * n**4 / 161280,
        )
        beta = (
            n / 2 - 2 * n**2 / 3 + 37 * n**3 / 96 - n**4 / 360,
            n**2 / 48 + n**3 / 15 - 437 * n**4 / 1440,
            17 * n**3 / 480 - 37 * n**4 / 840,
            4397 * n**4 / 161280,
        )
        return n, radius, alpha, beta


def of(network: Network) -> Projection:
    """The projection of a local network; raises Undecided."""
    return parse(network.reference, network.shift)


def parse(text: str, shift: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> Projection:
    """The projection of a proj text; raises Undecided."""
    if not text.strip():
        raise Undecided("the map does not say where it lies")
    try:
        words = shlex.split(text)
    except ValueError:
        raise Undecided("the reference is no proj text") from None
    said: dict[str, str] = {}
    for word in words:
        if not word.startswith("+"):
            raise Undecided(f"the reference begins with {text.strip()[:20]!r}, which is no proj text")
        name, _, value = word[1:].partition("=")
        said[name] = value
    kind = said.get("proj", "")
    if kind not in ("tmerc", "utm"):
        raise Undecided(f"the projection {kind or 'without a name'} is not computed here, only tmerc and utm")
    odd = sorted(set(said) - KNOWN)
    if odd:
        raise Undecided(f"the reference asks for +{odd[0]}, which is not computed here")
    if said.get("units", "m") != "m":
        raise Undecided(f"the map is in {said['units']}, not in m")
    if any(_number(v, "towgs84") for v in said.get("towgs84", "").split(",") if v):
        raise Undecided("the reference shifts its datum (+towgs84)")
    ellipsoid = DATUMS.get(said["datum"], "") if "datum" in said else said.get("ellps", "WGS84")
    if ellipsoid not in ELLIPSOIDS:
        raise Undecided(f"the datum or ellipsoid {said.get('datum', said.get('ellps'))} is not computed here")
    axis, inverse = ELLIPSOIDS[ellipsoid]
    if kind == "utm":
        zone = _number(said.get("zone", ""), "zone")
        if zone not in range(1, 61):
            raise Undecided(f"zone {said.get('zone')} is none of 1 to 60")
        north = UTM_SOUTH if "south" in said else 0.0
        return Projection(axis, inverse, 0.0, zone * 6 - 183, UTM_SCALE, UTM_EAST, north, shift)
    latitude, longitude, east, north = (_number(said.get(n, "0"), n) for n in ("lat_0", "lon_0", "x_0", "y_0"))
    scale = _number(said.get("k_0", said.get("k", "1")), "k")
    if not (abs(latitude) <= 90 and abs(longitude) <= 360 and 0.1 < scale < 10):
        raise Undecided("the reference names a place that is not on Earth")
    return Projection(axis, inverse, latitude, longitude, scale, east, north, shift)


def _number(text: str, name: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise Undecided(f"+{name}={text[:20]} is no number")
    return value
