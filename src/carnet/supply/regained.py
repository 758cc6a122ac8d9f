"""What is taken back and regained at the end of life: shown by the chain's own recycling, or planned by the loop.

A recycling event (at a facility of the stage `recycle`) shows a rate where the contents of all that went in and came
out are stated. A claim about the lot shows one when a document stands behind it. A loop is a plan, never a proof.
Reading order: shown(), planned().
"""

from __future__ import annotations

import math
from typing import Any

from .circularity import recovery_rate
from .surveyed import Surveyed, percent

FACTS = {
    "Li": "supply.recovery_lithium",
    "Co": "supply.recovery_cobalt",
    "Ni": "supply.recovery_nickel",
    "Cu": "supply.recovery_copper",
}
COLLECTION = "supply.collection_rate"
STAGE = "recycle"


def shown(one: Surveyed, lot: str) -> list[tuple[str, Any, bool]]:
    """Rates that claims with documents or the masses of recycling events show."""
    found = []
    claims = {c["property"]: c for c in one.tracer.chain["claims"] if c["lot"] == lot and c["evidence"]}
    words = {COLLECTION.partition(".")[2]: COLLECTION, **{n.partition(".")[2]: n for n in FACTS.values()}}
    for word, name in words.items():
        if word in claims:
            share = _share(claims[word]["value"])
            if share is not None:
                found.append((name, percent(share), False))
    stated = {name for name, _, _ in found}
    for element, name in FACTS.items():
        regained = measured(one, element)
        if regained is not None and name not in stated:
            found.append((name, percent(regained), False))
    return found


def measured(one: Surveyed, element: str) -> float | None:
    """Kilograms of an element out over in, of all recycling events of the chain; None where a mass is not stated."""
    tracer, graph = one.tracer, one.tracer.graph
    stage = {f["id"]: f["stage"] for f in tracer.chain["facilities"]}
    recycling = {
        e["id"]: graph.lots + n for n, e in enumerate(tracer.chain["events"]) if stage.get(e["facility"]) == STAGE
    }
    if not recycling or element not in tracer.elements:
        return None
    share = tracer.weights(element).share
    kg = {"in": 0.0, "out": 0.0}
    for flow in tracer.chain["flows"]:
        if flow["event"] in recycling:
            row = tracer.chain["lots"][tracer.number[flow["lot"]]]
            mass = flow["kg"] if flow["kg"] is not None else row["kg"]
            stated = [c for c in tracer.chain["contents"] if c["lot"] == flow["lot"]]
            if mass is None or not stated:
                return None
            kg[flow["way"]] += mass * float(share[tracer.number[flow["lot"]]])
    if kg["in"] <= 0.0 or not math.isfinite(kg["out"]) or kg["out"] > kg["in"] * 1.001:
        return None
    return min(1.0, kg["out"] / kg["in"])


def planned(one: Surveyed) -> list[tuple[str, Any, bool]]:
    """The rates of the project's loop: collection, and recovery by its mix of processes."""
    if one.loop is None:
        return []
    _, loop = one.loop
    rows = [(name, percent(recovery_rate(one.tables, loop, element)), False) for element, name in FACTS.items()]
    return [(COLLECTION, percent(loop.collected), False), *rows]


def _share(text: str) -> float | None:
    """A claim's percent as a share."""
    try:
        value = float(str(text).strip().removesuffix("%"))
    except ValueError:
        return None
    return value / 100 if 0.0 <= value <= 100.0 else None
