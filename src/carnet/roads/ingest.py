"""Recordings -> runs: split into trips, matched to the network, frames and raw positions apart.

Rows of a vehicle are put in the order of their time; what came twice counts once, what came late falls into place. A
silence of five minutes, or a step no road vehicle can drive, ends a trip. Work goes batch by batch and may be stopped
at any moment: the next call goes on, and nothing shows before everything is there.
Reading order: Source, ingest(), _trips(), _batch(). Times in microseconds UTC, distances in m.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa  # type: ignore[import-untyped]

from .datum import hints
from .feed import complete
from .lake import Lake, notes_of
from .network.match import Index, covered, match
from .network.nouns import Network, lengths
from .network.projection import Undecided, of
from .positions import Mapping, Positions, read_positions

Ints = npt.NDArray[np.int64]
SILENCE_US, FASTEST_MS, BATCH = 300_000_000, 100.0, 100
SAME_FRAME = {"wgs84": {"wgs84", "cgcs2000"}, "local": {"local"}}  # CGCS2000 and WGS 84 agree within decimeters


@dataclass(frozen=True)
class Source:
    """Where a recording comes from and what may be done with it."""

    path: Path
    network: str
    economy: str
    license: str
    mapping: Mapping | None = None
    datum: str = ""  # stated by who brings it in, when the recording does not say


def ingest(
    lake: Lake,
    source: Source,
    *,
    dry: bool = False,
    progress: Callable[[int, int], None] | None = None,
    at: str = "",
) -> dict[str, Any]:
    """Bring a recording in; returns its card. The same recording comes in once; a dry run writes nothing.

    at  the moment it comes in, for the feed of changes
    """
    positions = read_positions(source.path, source.mapping)
    network = lake.network(source.network)
    said = positions.datum if positions.datum != "unknown" else source.datum or "unknown"
    run = hashlib.sha256(f"{positions.digest}\0{network.digest}\0{said}".encode()).hexdigest()[:16]
    card: dict[str, Any] = {
        "schema": "carnet/run/1",
        "run": run,
        "source": source.path.name,
        "digest": positions.digest,
        "economy": source.economy,
        "license": source.license,
        "network": source.network,
        "datum": said,
        "datum_stated_by": "recording" if positions.datum != "unknown" else "importer" if source.datum else "nobody",
    }
    if lake.has(run):
        return {**next(c for c in lake.runs() if c["run"] == run), "new": False}
    reason = _unfit(positions, said, network)
    if reason and len(positions):
        positions.refuse(reason, len(positions), "row 1")
        positions = Positions(
            [], positions.time[:0], positions.x[:0], positions.y[:0], said, positions.digest, refused=positions.refused
        )
    trips, order = _trips(positions, network.frame)
    positions.vehicle = _named(lake, positions.vehicle)
    index = Index(network)
    stage = None if dry else lake.stage(run)
    state: dict[str, Any] = (stage.state() if stage else None) or {
        "trips": [],
        "intervals": [],
        "events": [],
        "near": [],
    }
    batches = [trips[i : i + BATCH] for i in range(0, len(trips), BATCH)]
    for number, batch in enumerate(batches, 1):
        if stage and number <= stage.done:
            continue
        frames, raw, rows = _batch(batch, order, positions, index, run, number)
        for name, more in rows.items():
            state[name] += more
        if stage:
            stage.part(number, frames, raw, notes_of(card))
            stage.mark(number, state)
        if progress:
            progress(number, len(batches))
    card |= _summary(state, positions, len(order))
    card["hints"] = hints(index, np.column_stack([positions.x, positions.y])[order]) if len(order) else []
    if dry or stage is None:
        return {**card, "new": False, "dry": True}
    lake.commit(run, stage, _tables(state, index), card)
    complete(lake, at)
    return {**card, "new": True}


def _unfit(positions: Positions, said: str, network: Network) -> str:
    """Why positions do not fit the map, empty when they do; degrees are put on a local map that says where it lies."""
    if said in SAME_FRAME[network.frame] or not len(positions):
        return ""
    reason = f"positions of the datum {said} do not fit a network in {network.frame}"
    if network.frame != "local" or said not in SAME_FRAME["wgs84"]:
        return reason
    try:
        plane = of(network).meters(np.column_stack([positions.x, positions.y]))
    except Undecided as why:
        return f"{reason}: {why}"
    positions.x, positions.y = plane[:, 0].copy(), plane[:, 1].copy()
    return ""


def _named(lake: Lake, vehicles: list[str]) -> list[str]:
    """Names that only this folder can make: a plate or VIN is never written down."""
    secret = lake.secret()
    known = {v: hmac.new(secret, v.encode(), hashlib.sha256).hexdigest()[:16] for v in set(vehicles)}
    return [known[v] for v in vehicles]


def _trips(positions: Positions, frame: str) -> tuple[list[tuple[int, int]], Ints]:
    """(start, end) of each trip in the order by vehicle and time, and that order; duplicates are left out."""
    names, which = np.unique(np.array(positions.vehicle, object).astype(str), return_inverse=True)
    del names
    order = np.lexsort((positions.time, which)) if len(positions) else np.zeros(0, np.int64)
    if not len(order):
        return [], order
    same = (which[order][1:] == which[order][:-1]) & (positions.time[order][1:] == positions.time[order][:-1])
    positions.refuse("the same vehicle and moment came before", int(same.sum()), "")
    order = order[np.concatenate([[True], ~same])]
    points = np.column_stack([positions.x[order], positions.y[order]])
    steps, gap = lengths(points, frame), np.diff(positions.time[order])
    change = which[order][1:] != which[order][:-1]
    jump = ~change & (steps > FASTEST_MS * np.maximum(gap, 1_000_000) / 1e6)
    positions.refuse("a step no vehicle can drive ends the trip", int(jump.sum()), "")
    cuts = np.flatnonzero(change | (gap > SILENCE_US) | jump) + 1
    edges = [0, *cuts.tolist(), len(order)]
    return list(pairwise(edges)), order


def _batch(
    batch: list[tuple[int, int]], order: Ints, positions: Positions, index: Index, run: str, number: int
) -> tuple[pa.Table, pa.Table, dict[str, list[Any]]]:
    network = index.network
    columns: dict[str, list[Any]] = {}
    raw: dict[str, list[Any]] = {}
    rows: dict[str, list[Any]] = {"trips": [], "intervals": [], "events": [], "near": []}
    for place, (start, end) in enumerate(batch):
        pick = order[start:end]
        points = np.column_stack([positions.x[pick], positions.y[pick]])
        time = positions.time[pick]
        found = match(index, points)
        steps = np.concatenate([[0.0], lengths(points, network.frame)])
        along = np.cumsum(steps)
        trip = f"{run}-{number:05d}-{place:03d}"
        on = found.segment >= 0
        ids = np.array([*(s.id for s in network.segments), None], object)  # the last one is for "on no road"
        kinds = np.array([*(s.road_class for s in network.segments), None], object)
        seconds = (time - time[0]) / 1e6
        gap = np.maximum(np.diff(time, prepend=time[:1]) / 1e6, 1e-6)
        driven = np.where(seconds > 0, steps / gap * 3.6, 0.0)
        speed = positions.extra.get("speed_kmh")
        table = {
            "run": np.full(len(pick), run, object),
            "trip": np.full(len(pick), trip, object),
            "vehicle": np.full(len(pick), positions.vehicle[pick[0]], object),
            "time": time,
            "segment": ids[found.segment],
            "road_class": kinds[found.segment],
            "offset_m": np.where(on, found.offset_mm / 1000, np.nan),
            "distance_m": found.distance_m,
            "driven_m": steps,
            "speed_kmh": speed[pick] if speed is not None else driven,
            "from_start_m": along,
            "to_end_m": along[-1] - along,
            "from_start_s": seconds,
            "to_end_s": seconds[-1] - seconds,
            "edge_mm": _thousandths(np.minimum(along, along[-1] - along)),
            "edge_ms": _thousandths(np.minimum(seconds, seconds[-1] - seconds)),
            "place": network.place[found.segment],
        }
        for name in ("acceleration_ms2", "automated", "event"):
            table[name] = positions.extra[name][pick] if name in positions.extra else np.full(len(pick), None)
        for name, values in table.items():
            columns.setdefault(name, []).append(values)
        for name, values in (("trip", table["trip"]), ("time", time), ("x", points[:, 0]), ("y", points[:, 1])):
            raw.setdefault(name, []).append(values)
        quality = found.quality
        rows["trips"].append(
            [
                trip,
                positions.vehicle[pick[0]],
                int(time[0]),
                int(time[-1]),
                float(along[-1]),
                len(pick),
                quality["matched_share"],
                quality["breaks"],
            ]
        )
        rows["near"] += [round(float(v), 3) for v in found.distance_m[on][:50]]
        day = str(np.datetime64(int(time[0]), "us").astype("datetime64[D]"))
        rows["intervals"] += [[trip, day, int(s), int(a), int(b)] for s, a, b in covered(index, found)]
        if "event" in positions.extra:
            rows["events"] += [
                [trip, int(time[i]), str(v), str(ids[found.segment[i]]) if on[i] else "", int(found.offset_mm[i])]
                for i, v in enumerate(table["event"]) if v
            ]  # fmt: skip
    kinds_ = {
        "time": pa.timestamp("us", "UTC"),
        "automated": pa.bool_(),
        "acceleration_ms2": pa.float64(),
        "event": pa.string(),
        "edge_mm": pa.int32(),
        "edge_ms": pa.int32(),
        "place": pa.int32(),
    }
    text = ("run", "trip", "vehicle", "segment", "road_class")
    types = {**kinds_, **dict.fromkeys(text, pa.string())}

    def column(name: str, parts: list[Any]) -> Any:
        return pa.array(np.concatenate(parts), types.get(name, pa.float64()), from_pandas=True)

    frames = pa.table({name: column(name, parts) for name, parts in columns.items()})
    return (
        frames.sort_by([("place", "ascending"), ("segment", "ascending"), ("time", "ascending")]).drop_columns("place"),
        pa.table({n: column(n, p) for n, p in raw.items()}),
        rows,
    )


def _thousandths(values: Any) -> Any:
    """Whole thousandths, rounded down, as far as 32 bits go."""
    return np.minimum(np.floor(values * 1000), 2**31 - 1).astype(np.int32)


def _tables(state: dict[str, Any], index: Index) -> dict[str, pa.Table]:
    names = ("trip", "vehicle", "started", "ended", "length_m", "frames", "matched_share", "breaks")
    kinds = (pa.string(), pa.string(), pa.int64(), pa.int64(), pa.float64(), pa.int64(), pa.float64(), pa.int64())
    columns = list(zip(*state["trips"], strict=True)) or [()] * len(names)
    trips = pa.table({n: pa.array(c, k) for n, c, k in zip(names, columns, kinds, strict=True)})
    trip, day, segment, low, high = list(zip(*state["intervals"], strict=True)) or [()] * 5
    ids = [s.id for s in index.network.segments]
    intervals = pa.table(
        {
            "trip": pa.array(trip, pa.string()),
            "day": pa.array(day, pa.string()),
            "segment": pa.array([ids[s] for s in segment], pa.string()),
            "from_mm": pa.array(low, pa.int64()),
            "to_mm": pa.array(high, pa.int64()),
        }
    )
    of, at, event, where, offset = list(zip(*state["events"], strict=True)) or [()] * 5
    events = pa.table(
        {
            "trip": pa.array(of, pa.string()),
            "time": pa.array(at, pa.int64()).cast(pa.timestamp("us", "UTC")),
            "event": pa.array(event, pa.string()),
            "segment": pa.array(where, pa.string()),
            "offset_mm": pa.array(offset, pa.int64()),
        }
    )
    return {"trips": trips, "intervals": intervals, "events": events}


def _summary(state: dict[str, Any], positions: Positions, kept: int) -> dict[str, Any]:
    trips = state["trips"]
    frames = sum(t[5] for t in trips)
    matched = sum(t[5] * t[6] for t in trips)
    times = [t[2] for t in trips], [t[3] for t in trips]
    total = kept + sum(many for many, _ in positions.refused.values())
    return {
        "trips": len(trips),
        "vehicles": len({t[1] for t in trips}),
        "frames": frames,
        "events": len(state["events"]),
        "km": round(sum(t[4] for t in trips) / 1000, 6),
        "first": _moment(min(times[0])) if trips else None,
        "last": _moment(max(times[1])) if trips else None,
        "matched_share": round(matched / frames, 6) if frames else 0.0,
        "match_distance_median_m": float(np.median(state["near"])) if state["near"] else None,
        "rows": total,
        "refused": [{"reason": r, "rows": n, "first": p} for r, (n, p) in sorted(positions.refused.items())],
    }


def _moment(microseconds: int) -> str:
    return str(np.datetime64(microseconds, "us").astype("datetime64[s]")) + "Z"
