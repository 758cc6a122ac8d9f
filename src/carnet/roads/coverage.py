"""How much of a network was observed: x of N kilometers, by class of road, term of the domain, and period.

The answer is the length of the union of matched intervals, in whole millimeters: driving a road again, or backwards,
adds nothing, and the order of trips does not matter. Gaps are the cells of a declared domain nobody drove in, with the
open road that would fill them for the fewest kilometers.
Reading order: observed(), coverage(), gaps().
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import BadInput, nearest
from .filling import Prices, fill
from .lake import Lake
from .network.match import merge
from .network.nouns import Network, domain

Ints = npt.NDArray[np.int64]
SCHEMA = "carnet/coverage/1"
METHOD = (
    "union of matched intervals along each segment, both directions of travel, in whole millimeters;"
    " a trip counts between positions that are connected along the network"
)


def observed(lake: Lake, network: Network, first: str = "", last: str = "") -> Ints:
    """(k, 3) segment, from and to in mm: everything driven in the period, merged.

    Without a period the merged intervals are kept beside the runs they were made from, so that only new runs are read;
    kept or not, the answer is the same to the millimeter.
    """
    runs = {c["run"] for c in lake.runs() if c["network"] == network.id}
    if first or last:
        return merge(_intervals(lake, network, runs, first, last))
    kept, known = lake.kept(network.id)
    usable = kept is not None and known <= runs
    rows: Ints = kept if usable else np.zeros((0, 3), np.int64)
    known = known if usable else set()
    if runs - known:
        rows = merge(np.concatenate([rows, _intervals(lake, network, runs - known, "", "")]))
        lake.keep(network.id, rows, runs)
    return rows


def _intervals(lake: Lake, network: Network, runs: set[str], first: str, last: str) -> Ints:
    parts = [np.zeros((0, 3), np.int64)]
    for run in sorted(runs):
        table = lake.table("intervals", run)
        day = table["day"].to_numpy(zero_copy_only=False).astype(str)
        keep = np.ones(len(day), np.bool_)
        if first:
            keep &= day >= first
        if last:
            keep &= day <= last
        names = table["segment"].to_pylist()
        segment = np.array([network.by_id[n] for n in names], np.int64) if names else np.zeros(0, np.int64)
        rows = np.column_stack([segment, table["from_mm"].to_numpy(), table["to_mm"].to_numpy()])
        parts.append(rows[keep])
    return np.concatenate(parts)


def by_segment(network: Network, rows: Ints) -> Ints:
    """(n,) observed millimeters of every segment."""
    out = np.zeros(len(network.segments), np.int64)
    np.add.at(out, rows[:, 0], rows[:, 2] - rows[:, 1])
    return out


def km(millimeters: int) -> float:
    return millimeters / 1_000_000


def coverage(lake: Lake, id: str, first: str = "", last: str = "") -> dict[str, Any]:
    """The coverage of a network as plain data."""
    network = lake.network(id)
    seen = by_segment(network, observed(lake, network, first, last))
    rows = [
        {
            "kind": kind,
            "class": name,
            "segments": len(members),
            "network_km": km(length),
            "observed_km": km(int(seen[members].sum())),
        }
        for (kind, name), (members, length) in network.groups.items()
    ]
    cards = [c for c in lake.runs() if c["network"] == id]
    return {
        "schema": SCHEMA,
        "network": id,
        "from": first or None,
        "to": last or None,
        "network_km": km(network.length_mm),
        "observed_km": km(int(seen.sum())),
        "segments": len(network.segments),
        "segments_observed": int((seen > 0).sum()),
        "runs": len(cards),
        "trips": sum(c["trips"] for c in cards),
        "by_class": rows,
        "method": METHOD,
    }


def gaps(
    lake: Lake,
    id: str,
    declared: dict[str, list[str]],
    least_km: float = 1.0,
    most: int = 5,
    prices: Prices | None = None,
) -> dict[str, Any]:
    """Cells of a declared domain (group -> terms) that lack kilometers, and the shortest open road for each.

    With prices there is one plan for all cells together, the cheapest.
    Only groups a network can show are crossed; a group it cannot show is returned as `not_measured`, never as covered.
    """
    table = domain()
    for group, terms in declared.items():
        if group not in table.groups:
            raise BadInput(f"no group of the domain is called {group!r}; {nearest(group, table.groups)}")
        for term in terms:
            if term not in table.groups[group]["terms"]:
                known = table.groups[group]["terms"]
                raise BadInput(f"{group} has no term {term!r}; {nearest(term, known)} Known: {', '.join(known)}")
    shown = {g: t for g, t in declared.items() if table.groups[g].get("measured") == "network"}
    network = lake.network(id)
    seen = by_segment(network, observed(lake, network))
    cells: list[dict[str, str]] = [{}]
    for group, terms in sorted(shown.items()):
        cells = [{**cell, group: term} for cell in cells for term in terms]
    rows: list[dict[str, Any]] = []
    lacking: list[tuple[list[int], int]] = []
    for cell in cells if shown else []:
        members = [
            n for n, s in enumerate(network.segments) if all(v in (s.road_class, *s.terms) for v in cell.values())
        ]
        have = int(seen[members].sum()) if members else 0
        missing = least_km * 1e6 - have
        if missing <= 0:
            continue
        # The fewest kilometers to drive: segments nobody drove yet, longest first, until the cell is full.
        free = sorted(
            ((network.segments[m].length_mm - int(seen[m]), network.segments[m].id) for m in members), reverse=True
        )
        plan: list[dict[str, Any]] = []
        gained = 0
        for length, name in free:
            if gained >= missing or len(plan) >= most or length == 0:
                break
            plan.append({"segment": name, "km": km(length)})
            gained += length
        lacking.append((members, math.ceil(missing)))
        rows.append(
            {
                "cell": cell,
                "observed_km": km(have),
                "open_km": km(sum(length for length, _ in free)),
                "fill_with": plan,
                "fills": gained >= missing,
            }
        )
    found: dict[str, Any] = {
        "schema": "carnet/gaps/1",
        "network": id,
        "least_km": least_km,
        "cells": len(cells) if shown else 0,
        "gaps": rows,
        "not_measured": sorted(set(declared) - set(shown)),
    }
    if prices is not None:
        free_mm = np.array([s.length_mm for s in network.segments], np.int64) - seen
        best = fill(network, free_mm, lacking, prices)
        for gap, short in zip(rows, best.pop("short_km"), strict=True):
            gap["short_km"] = short
        found["plan"] = best
    return found
