"""The ways of one element to a lot as flows between groups: economy and stage, from where it begins to where it ends.

Reading order: links().
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

from .trace import Tracer

UNKNOWN = "unknown"


def links(
    tracer: Tracer, lot: str, element: str, name: Callable[[str], str] = str.upper
) -> list[tuple[str, str, float]]:  # fmt: skip
    """(from group, to group, share of the lot's element) in the order of the ways; flows inside a group are left out.

    name  what an economy's code is called on the drawing
    """
    graph, chain, w = tracer.graph, tracer.chain, tracer.weights(element)
    _, nodes, part = tracer.lot(lot, element)
    facilities = {f["id"]: f for f in chain["facilities"]}

    def place(facility: str | None) -> str:
        row = facilities.get(facility or "", {})
        economy, stage = row.get("economy"), row.get("stage")
        return " ".join(x for x in (name(economy) if economy else "", stage or "") if x)

    groups: dict[int, str] = {}
    for node in nodes.tolist():
        begins = graph.start[node] == graph.start[node + 1]
        if node >= graph.lots:
            groups[node] = place(chain["events"][node - graph.lots]["facility"])
            continue
        row = chain["lots"][node]
        made = place(row["facility"])
        if begins and row["economy"]:
            stage = facilities.get(row["facility"] or "", {}).get("stage") or row["source"] or ""
            made = f"{name(row['economy'])} {stage}".strip()
        groups[node] = UNKNOWN if begins and not row["economy"] else made
    target = tracer.node(lot)
    groups[target] = groups[target] or lot
    # The lot first; what has no place of its own counts to where it goes.
    for node in nodes.tolist():
        for edge in range(graph.start[node], graph.start[node + 1]):
            source = int(graph.source[edge])
            if source in groups and not groups[source]:
                groups[source] = groups[node]
    flows: dict[tuple[str, str], float] = defaultdict(float)
    for node, share in zip(nodes.tolist(), part.tolist(), strict=True):
        first, last = graph.start[node], graph.start[node + 1]
        if first == last:
            continue
        whole = max(float(w.weight[first:last].sum()), float(w.need[node]))
        brought = 0.0
        for edge in range(first, last):
            source, amount = int(graph.source[edge]), share * float(w.weight[edge]) / whole if whole > 0 else 0.0
            brought += amount
            if groups.get(source) != groups[node]:
                flows[groups.get(source, UNKNOWN), groups[node]] += amount
        if share - brought > 1e-9:
            flows[UNKNOWN, groups[node]] += share - brought
    return [(a, b, v) for (a, b), v in flows.items() if v > 0.0]
