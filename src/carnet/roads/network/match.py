"""Match a trip to a network: which segment, at which offset, and how well.

Every position has up to four candidates within reach; the chosen chain costs least when the squared distance to the
road and the detour between positions are added (Viterbi). Roads are walked both ways, and a chain is always worked out
from the same end of the trip, so that driving it backwards gives the same places exactly.
Reading order: Index, Matched, match(), covered(). Distances in m on the ground, offsets in whole millimeters.
Source: P. Newson, J. Krumm, Hidden Markov map matching through noise and sparseness, 2009 (the idea; remembered).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
import numpy.typing as npt

from .nouns import Floats, Network

Ints = npt.NDArray[np.int64]
REACH_M, SIGMA_M, BETA_M, MOST_CANDIDATES = 25.0, 5.0, 10.0, 4
LOST = -1


class Index:
    """The pieces of all segments in a plane, in square cells."""

    def __init__(self, network: Network, reach_m: float = REACH_M) -> None:
        self.network, self.reach = network, reach_m
        starts, ends, owner, offset, scale = [], [], [], [], []
        for n, segment in enumerate(network.segments):
            plane, cosine = network.plane(segment.points)
            if len(plane) < 2:
                continue
            steps = np.hypot(*np.diff(plane, axis=0).T)
            total = float(steps.sum())
            part = np.concatenate([[0.0], np.cumsum(steps)]) / total if total else np.zeros(len(plane))
            starts.append(plane[:-1])
            ends.append(plane[1:])
            owner.append(np.full(len(steps), n, np.int64))
            offset.append(np.column_stack([part[:-1], part[1:]]) * segment.length_mm)
            scale.append((cosine[:-1] + cosine[1:]) / 2)
        empty = np.zeros((0, 2))
        self.a: Floats = np.concatenate([empty, *starts])
        self.b: Floats = np.concatenate([empty, *ends])
        self.owner: Ints = np.concatenate([np.zeros(0, np.int64), *owner])
        self.offset: Floats = np.concatenate([empty, *offset])
        self.widest = reach_m / max(float(np.min(np.concatenate([[1.0], *scale]))), 0.01)  # the reach in the plane
        self.cell = 4 * self.widest
        self._cells()
        names = {name: k for k, name in enumerate(sorted({e for s in network.segments for e in s.ends if e}))}
        self.ends: Ints = np.array(
            [[names.get(e, -1) for e in s.ends] for s in network.segments] or np.zeros((0, 2)), np.int64
        ).reshape(-1, 2)
        self.lengths: Ints = np.array([s.length_mm for s in network.segments], np.int64)

    def _cells(self) -> None:
        """Pieces by cell, as (sorted keys, piece of each): a piece stands in every cell its box touches."""
        keys: list[Ints] = []
        pieces: list[Ints] = []
        if len(self.a):
            low = np.floor((np.minimum(self.a, self.b) - self.widest) / self.cell).astype(np.int64)
            high = np.floor((np.maximum(self.a, self.b) + self.widest) / self.cell).astype(np.int64)
            span = high - low
            for dx in range(int(span[:, 0].max()) + 1):
                for dy in range(int(span[:, 1].max()) + 1):
                    here = np.flatnonzero((span[:, 0] >= dx) & (span[:, 1] >= dy))
                    if len(here):
                        keys.append(key(low[here, 0] + dx, low[here, 1] + dy))
                        pieces.append(here)
        joined = np.concatenate([np.zeros(0, np.int64), *keys])
        order = np.argsort(joined, kind="stable")
        self.keys: Ints = joined[order]
        self.pieces: Ints = np.concatenate([np.zeros(0, np.int64), *pieces])[order]


def key(x: Any, y: Any) -> Any:
    return x * 4_294_967_291 + y


@dataclass(frozen=True)
class Matched:
    """Where each position lies. segment -1: on no road within reach."""

    segment: Ints
    offset_mm: Ints
    distance_m: Floats
    connected: npt.NDArray[np.bool_]  # with the position before, along the network

    @property
    def quality(self) -> dict[str, float | int]:
        """How well a trip fits: share matched, distances, and how often the chain broke."""
        on = self.segment >= 0
        near = self.distance_m[on]
        return {
            "positions": len(self.segment),
            "matched_share": round(float(on.mean()), 6) if len(on) else 0.0,
            "distance_median_m": round(float(np.median(near)), 3) if len(near) else 0.0,
            "distance_p95_m": round(float(np.percentile(near, 95)), 3) if len(near) else 0.0,
            "breaks": int((on[1:] & on[:-1] & ~self.connected[1:]).sum()) if len(on) else 0,
        }


@numba.njit(cache=True)
def _candidates(
    points: Any,
    cosine: Any,
    reach: float,
    cell: float,
    keys: Any,
    pieces: Any,
    a: Any,
    b: Any,
    owner: Any,
    offset: Any,
    segment: Any,
    place: Any,
    distance: Any,
) -> None:
    """Fill the nearest candidates of every point, one for each segment, nearest first."""
    most = segment.shape[1]
    for i in range(points.shape[0]):
        x, y = points[i, 0], points[i, 1]
        wanted = np.int64(np.floor(x / cell)) * 4_294_967_291 + np.int64(np.floor(y / cell))
        low = np.searchsorted(keys, wanted)
        for k in range(low, keys.shape[0]):
            if keys[k] != wanted:
                break
            p = pieces[k]
            dx, dy = b[p, 0] - a[p, 0], b[p, 1] - a[p, 1]
            square = dx * dx + dy * dy
            t = 0.0 if square == 0 else ((x - a[p, 0]) * dx + (y - a[p, 1]) * dy) / square
            t = min(1.0, max(0.0, t))
            far = np.hypot(x - a[p, 0] - t * dx, y - a[p, 1] - t * dy) * cosine[i]
            if far > reach:
                continue
            at = offset[p, 0] + t * (offset[p, 1] - offset[p, 0])
            slot = -1
            for c in range(most):
                if segment[i, c] == owner[p]:
                    slot = c
                    break
            if slot >= 0:
                if far < distance[i, slot]:
                    distance[i, slot], place[i, slot] = far, at
            else:
                worst = 0
                for c in range(most):
                    if distance[i, c] > distance[i, worst]:
                        worst = c
                if far < distance[i, worst]:
                    segment[i, worst], distance[i, worst], place[i, worst] = owner[p], far, at


@numba.njit(cache=True)
def _along(s: int, p: float, t: int, q: float, ends: Any, lengths: Any) -> float:
    """Meters from (segment s, offset p) to (t, q) on the same or a touching segment; -1 when neither."""
    best = abs(p - q) if s == t else -1.0
    if s != t:
        for i in range(2):
            for j in range(2):
                if ends[s, i] >= 0 and ends[s, i] == ends[t, j]:
                    way = (p if i == 0 else lengths[s] - p) + (q if j == 0 else lengths[t] - q)
                    if best < 0 or way < best:
                        best = way
    return best / 1000.0


@numba.njit(cache=True)
def _chain(
    segment: Any,
    place: Any,
    distance: Any,
    points: Any,
    cosine: Any,
    ends: Any,
    lengths: Any,
    sigma: float,
    beta: float,
    out: Any,
) -> None:
    """The cheapest chain of candidates; out[i] is the candidate of point i or -1."""
    n, most = segment.shape
    cost = np.full((n, most), np.inf)
    back = np.full((n, most), -1)
    for i in range(n):
        straight = 0.0
        if i > 0:
            straight = np.hypot(points[i, 0] - points[i - 1, 0], points[i, 1] - points[i - 1, 1]) * cosine[i]
        alive = False
        for c in range(most):
            if segment[i, c] < 0:
                continue
            own = 0.5 * (distance[i, c] / sigma) ** 2
            least, which = np.inf, -1
            if i > 0:
                for d in range(most):
                    if np.isinf(cost[i - 1, d]):
                        continue
                    way = _along(segment[i - 1, d], place[i - 1, d], segment[i, c], place[i, c], ends, lengths)
                    step = 30.0 + straight / beta if way < 0 else abs(way - straight) / beta
                    if cost[i - 1, d] + step < least:
                        least, which = cost[i - 1, d] + step, d
            cost[i, c] = own + (0.0 if which < 0 else least)
            back[i, c] = which
            alive = True
        if not alive:
            continue
    i = n - 1
    while i >= 0:
        best = -1
        for c in range(most):
            if not np.isinf(cost[i, c]) and (best < 0 or cost[i, c] < cost[i, best]):
                best = c
        while i >= 0:
            out[i] = best
            if best < 0:
                i -= 1
                break
            best = back[i, best]
            i -= 1
            if best < 0:
                break


def match(index: Index, points: Floats, sigma_m: float = SIGMA_M) -> Matched:
    """Positions (n, 2) in the network's frame -> where they lie."""
    n = len(points)
    flip = n > 1 and points.tolist() > points[::-1].tolist()
    ordered = points[::-1] if flip else points
    plane, cosine = index.network.plane(np.ascontiguousarray(ordered, np.float64))
    segment = np.full((n, MOST_CANDIDATES), LOST, np.int64)
    place, distance = np.zeros((n, MOST_CANDIDATES)), np.full((n, MOST_CANDIDATES), np.inf)
    finder: Any = _candidates
    chainer: Any = _chain
    if len(index.keys) and n:
        finder(
            plane, cosine, index.reach, index.cell, index.keys, index.pieces, index.a, index.b, index.owner,
            index.offset, segment, place, distance,
        )  # fmt: skip
    order = np.lexsort((segment, distance), axis=1) if n else np.zeros((0, MOST_CANDIDATES), np.int64)
    segment, place, distance = (np.take_along_axis(v, order, 1) for v in (segment, place, distance))
    chosen = np.full(n, -1, np.int64)
    if n:
        chainer(segment, place, distance, plane, cosine, index.ends, index.lengths, sigma_m, BETA_M, chosen)
    rows, on = np.arange(n), chosen >= 0
    pick = np.maximum(chosen, 0)
    found = np.where(on, segment[rows, pick], LOST)
    offset = np.where(on, np.rint(place[rows, pick]), 0).astype(np.int64)
    far = np.where(on, distance[rows, pick], np.nan)
    together = np.zeros(n, np.bool_)
    for i in range(1, n):
        if found[i] >= 0 and found[i - 1] >= 0:
            step = _along(found[i - 1], float(offset[i - 1]), found[i], float(offset[i]), index.ends, index.lengths)
            straight = float(np.hypot(*(plane[i] - plane[i - 1])) * cosine[i])
            together[i] = 0 <= step <= 2 * straight + 50.0
    if flip:
        found, offset, far = found[::-1].copy(), offset[::-1].copy(), far[::-1].copy()
        together = np.concatenate([[False], together[:0:-1]])
    return Matched(found, offset, far, together)


def covered(index: Index, matched: Matched) -> Ints:
    """(k, 3) segment, from and to in mm: what the trip drove, between positions that are connected."""
    rows: list[tuple[int, int, int]] = []
    for i in np.flatnonzero(matched.connected).tolist():
        s, t = int(matched.segment[i - 1]), int(matched.segment[i])
        p, q = int(matched.offset_mm[i - 1]), int(matched.offset_mm[i])
        if s == t:
            if p != q:
                rows.append((s, min(p, q), max(p, q)))
            continue
        best: tuple[int, tuple[int, int, int], tuple[int, int, int]] | None = None
        for a in range(2):
            for b in range(2):
                if index.ends[s, a] >= 0 and index.ends[s, a] == index.ends[t, b]:
                    first = (s, 0, p) if a == 0 else (s, p, int(index.lengths[s]))
                    second = (t, 0, q) if b == 0 else (t, q, int(index.lengths[t]))
                    way = first[2] - first[1] + second[2] - second[1]
                    key_ = (way, *sorted([first, second]))
                    if best is None or key_ < (best[0], *sorted([best[1], best[2]])):
                        best = (way, first, second)
        if best:
            rows += [r for r in best[1:] if r[1] < r[2]]
    return merge(np.array(rows, np.int64).reshape(-1, 3))


def merge(rows: Ints) -> Ints:
    """The union of intervals, segment by segment, sorted; the same for any order or number of copies."""
    if not len(rows):
        return rows.reshape(-1, 3)
    shift = int(rows[:, 2].max()) + 1
    start = rows[:, 0] * shift + rows[:, 1]  # one number sorts faster than two
    order = np.argsort(start, kind="stable")
    start, end = start[order], (rows[:, 0] * shift + rows[:, 2])[order]
    reach = np.maximum.accumulate(end)
    segment = rows[order, 0]
    first = np.flatnonzero(np.concatenate([[True], (segment[1:] != segment[:-1]) | (start[1:] > reach[:-1])]))
    return np.column_stack(
        [
            segment[first],
            start[first] - segment[first] * shift,
            np.maximum.reduceat(end, first) - segment[first] * shift,
        ]
    )
