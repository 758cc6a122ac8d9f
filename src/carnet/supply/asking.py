"""What to ask whom: every unknown share becomes a question to the supplier who can answer it, and stays tracked.

A question is about one lot whose origin nobody stated, whose contents or mass are missing, or whose making is not
explained. It goes to the actor of the facility that made it, in whatever tier. Its state is asked, answered or
verified as the table `requests` says; open when it says nothing.
Reading order: requests(), state().
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from .trace import Tracer

LEAST = 1e-6


def requests(tracer: Tracer, lot: str) -> list[dict[str, Any]]:
    """Questions that would lessen the unknown share of a lot, the greatest first."""
    chain, graph = tracer.chain, tracer.graph
    facilities = {f["id"]: f for f in chain["facilities"]}
    actors = {a["id"]: a for a in chain["actors"]}
    known = {r["id"]: r for r in chain["requests"]}
    asked: dict[tuple[str, str], float] = {}
    for element in tracer.elements:
        w = tracer.weights(element)
        if w.need[tracer.node(lot)] == 0.0:
            continue
        _, nodes, part = tracer.lot(lot, element)
        for node, share in zip(nodes.tolist(), part.tolist(), strict=True):
            what, unexplained = _gap(tracer, w, node, share)
            if unexplained > LEAST:
                name = tracer.names[node] if node < graph.lots else chain["events"][node - graph.lots]["id"]
                asked[name, what] = max(asked.get((name, what), 0.0), unexplained)
    found = []
    for (name, what), share in asked.items():
        row = chain["lots"][tracer.number[name]] if name in tracer.number else {"facility": None}
        if name not in tracer.number:
            row = next(e for e in chain["events"] if e["id"] == name)
        facility = facilities.get(row["facility"], {})
        actor = actors.get(facility.get("actor"), {})
        key = f"{name}:{what}"
        found.append(
            {
                "id": key,
                "lot": name,
                "question": _QUESTIONS[what].format(name=name),
                "share": float(f"{share:.12g}"),
                "facility": row["facility"],
                "actor": actor.get("id"),
                "tier": actor.get("tier"),
                "state": state(known.get(key)),
            }
        )
    return sorted(found, key=lambda r: (-r["share"], r["id"]))


_QUESTIONS = {
    "origin": "In which economy was lot {name} dug or collected, and which document shows it?",
    "mass": "How many kilograms of what went into {name}? The masses are missing or do not explain it.",
}


def _gap(tracer: Tracer, w: Any, node: int, share: float) -> tuple[str, float]:
    """(what is missing at a node, how much of the lot it leaves unknown)."""
    graph, k = tracer.graph, len(tracer.economies)
    first, last = graph.start[node], graph.start[node + 1]
    if first == last:
        return "origin", share * (1.0 - float(tracer.given[node, :k].sum()))
    brought, need = float(w.weight[first:last].sum()), float(w.need[node])
    if max(brought, need) <= 0.0 or np.isnan(graph.kg[first:last]).any():
        return "mass", share * (1.0 - brought / need if need > brought else float(brought <= 0.0))
    return "mass", share * (1.0 - brought / max(brought, need))


def state(row: dict[str, Any] | None) -> str:
    """open, asked, answered or verified."""
    if row is None:
        return "open"
    return next((word for word in ("verified", "answered", "asked") if row[word]), "open")
