"""What cannot be true in a chain: circles, mass from nowhere, the same gram used twice, effect before cause.

Each problem names its kind, lot and event in a sentence. Rework is no circle: the reworked lot is a new version.
Amounts are compared with a tolerance of one in a thousand, for scales and rounding.
Reading order: check(), the single checks in the order of the list.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import numpy as np

from .graph import Cyclic, build
from .lots import Chain

TOLERANCE = 1e-3
Problem = dict[str, Any]


def check(chain: Chain) -> dict[str, Any]:
    """The JSON of `carnet supply check`."""
    problems: list[Problem] = []
    for one in (_circles, _mass, _elements, _double_use, _time, _certificates, _credits):
        problems += one(chain)
    return {"schema": "carnet/supply-check/1", "problems": problems}


def _say(kind: str, lot: str | None, event: str | None, message: str) -> Problem:
    return {"kind": kind, "lot": lot, "event": event, "message": message}


def _circles(chain: Chain) -> Iterator[Problem]:
    graph = build(chain)
    try:
        _ = graph.rank
    except Cyclic as error:
        from scipy.sparse import csr_array
        from scipy.sparse.csgraph import connected_components

        edges = (np.ones(len(graph.source), np.int8), (graph.source, graph.target))
        count, label = connected_components(csr_array(edges, shape=(graph.size, graph.size)), connection="strong")
        sizes = np.bincount(label, minlength=count)
        for group in np.unique(label[error.nodes]):
            if sizes[group] < 2:
                continue
            nodes = np.flatnonzero(label == group)
            lots = [chain["lots"][n]["id"] for n in nodes if n < graph.lots]
            events = [chain["events"][n - graph.lots]["id"] for n in nodes if n >= graph.lots]
            shown = ", ".join(sorted(lots)[:5])
            says = f"lots {shown} are made of themselves through {len(events)} events; a reworked lot needs a new name"
            yield _say("cycle", sorted(lots)[0], sorted(events)[0], says)


def _amounts(chain: Chain) -> dict[str, dict[str, list[tuple[str, float | None]]]]:
    """Event -> way -> [(lot, kilograms)]."""
    whole = {r["id"]: r["kg"] for r in chain["lots"]}
    found: dict[str, dict[str, list[tuple[str, float | None]]]] = defaultdict(lambda: {"in": [], "out": []})
    for flow in chain["flows"]:
        kg = flow["kg"] if flow["kg"] is not None else whole.get(flow["lot"])
        found[flow["event"]][flow["way"]].append((flow["lot"], kg))
    return found


def _mass(chain: Chain) -> Iterator[Problem]:
    made: dict[str, float] = defaultdict(float)
    for event, ways in _amounts(chain).items():
        ins, outs = ways["in"], ways["out"]
        for lot, kg in outs:
            made[lot] += kg or 0.0
        if not ins or any(kg is None for _, kg in (*ins, *outs)):
            continue
        brought, put_out = sum(kg or 0.0 for _, kg in ins), sum(kg or 0.0 for _, kg in outs)
        if put_out > brought * (1 + TOLERANCE):
            heaviest = max(outs, key=lambda o: o[1] or 0.0)[0]
            gained = put_out - brought
            says = f"event {event} puts out {put_out:g} kg from {brought:g} kg; {gained:g} kg come from nowhere"
            yield _say("mass_gain", heaviest, event, says)
    for row in chain["lots"]:
        name, owned = row["id"], row["kg"]
        if owned is not None and name in made and owned > made[name] * (1 + TOLERANCE) > 0:
            yield _say("mass_gain", name, None, f"lot {name} weighs {owned:g} kg, its events made {made[name]:g} kg")


def _elements(chain: Chain) -> Iterator[Problem]:
    contents: dict[str, dict[str, float]] = defaultdict(dict)
    for row in chain["contents"]:
        contents[row["lot"]][row["element"]] = row["share"]
    for lot, elements in contents.items():
        if sum(elements.values()) > 1 + TOLERANCE:
            says = f"lot {lot} holds {sum(elements.values()):.4g} kg of elements per kilogram"
            yield _say("mass_gain", lot, None, says)
    for event, ways in _amounts(chain).items():
        every = (*ways["in"], *ways["out"])
        if not ways["in"] or any(kg is None or lot not in contents for lot, kg in every):
            continue
        for element in sorted({e for lot, _ in ways["out"] for e in contents[lot]}):
            brought = sum((kg or 0.0) * contents[lot].get(element, 0.0) for lot, kg in ways["in"])
            put_out = sum((kg or 0.0) * contents[lot].get(element, 0.0) for lot, kg in ways["out"])
            if put_out > brought * (1 + TOLERANCE):
                lot = max(ways["out"], key=lambda o: (o[1] or 0.0) * contents[o[0]].get(element, 0.0))[0]
                says = f"event {event} puts out {put_out:g} kg of {element} from {brought:g} kg"
                yield _say("mass_gain", lot, event, says)


def _double_use(chain: Chain) -> Iterator[Problem]:
    have: dict[str, float | None] = {r["id"]: r["kg"] for r in chain["lots"]}
    used: dict[str, float] = defaultdict(float)
    users: dict[str, list[str]] = defaultdict(list)
    for flow in chain["flows"]:
        if flow["way"] == "in":
            kg = flow["kg"] if flow["kg"] is not None else have.get(flow["lot"])
            used[flow["lot"]] += kg or 0.0
            users[flow["lot"]].append(flow["event"])
            if flow["kg"] is None and have.get(flow["lot"]) is None and len(users[flow["lot"]]) == 2:
                says = f"lot {flow['lot']} is used up whole by {users[flow['lot']][0]} and again by {flow['event']}"
                yield _say("double_use", flow["lot"], flow["event"], says)
    for lot, kg in used.items():
        owned = have.get(lot)
        if owned is not None and kg > owned * (1 + TOLERANCE):
            says = f"lot {lot} weighs {owned:g} kg, but {kg:g} kg of it are used by {', '.join(users[lot][:5])}"
            yield _say("double_use", lot, users[lot][-1], says)


def _time(chain: Chain) -> Iterator[Problem]:
    times = {e["id"]: e["time"] for e in chain["events"]}
    made: dict[str, tuple[str, str]] = {}
    for flow in chain["flows"]:
        when = times.get(flow["event"])
        if flow["way"] == "out" and when and when < made.get(flow["lot"], ("9", ""))[0]:
            made[flow["lot"]] = (when, flow["event"])
    for flow in chain["flows"]:
        when = times.get(flow["event"])
        if flow["way"] == "in" and when and flow["lot"] in made and when < made[flow["lot"]][0]:
            first, event = made[flow["lot"]]
            says = f"lot {flow['lot']} goes into {flow['event']} on {when}, but {event} made it only on {first}"
            yield _say("output_before_input", flow["lot"], flow["event"], says)


def _certificates(chain: Chain) -> Iterator[Problem]:
    times = {e["id"]: e["time"] for e in chain["events"]}
    facility = {e["id"]: e["facility"] for e in chain["events"]}
    actor = {f["id"]: f["actor"] for f in chain["facilities"]}
    first: dict[str, tuple[str, str]] = {}
    at: dict[str, list[tuple[str, str, str]]] = defaultdict(list)  # facility or actor -> (time, event, lot)
    for flow in chain["flows"]:
        when = times.get(flow["event"])
        if not when:
            continue
        if when < first.get(flow["lot"], ("9", ""))[0]:
            first[flow["lot"]] = (when, flow["event"])
        if flow["way"] == "out":
            for place in {facility[flow["event"]], actor.get(facility[flow["event"]])} - {None}:
                at[place].append((when, flow["event"], flow["lot"]))
    vouched: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for certificate in chain["certificates"]:
        vouched[certificate["about"]].append(certificate)
    for about, certificates in vouched.items():
        uses = at.get(about) or ([(*first[about], about)] if about in first else [])
        for when, event, lot in uses:
            if not any(_valid(c, when[:10]) for c in certificates):
                c = certificates[-1]
                span = f"{c['valid_from'] or '?'} to {c['valid_to'] or '?'}"
                says = f"certificate {c['id']} for {about} is valid {span}, not on {when[:10]}"
                yield _say("certificate_invalid", lot, event, says)


def _valid(certificate: dict[str, Any], day: str) -> bool:
    return (certificate["valid_from"] or "") <= day <= (certificate["valid_to"] or "9999")


def _credits(chain: Chain) -> Iterator[Problem]:
    accounts: dict[tuple[str, str | None], list[dict[str, Any]]] = defaultdict(list)
    for row in chain["credits"]:
        accounts[row["account"], row["element"]].append(row)
    for (account, element), rows in accounts.items():
        balance, told = 0.0, False
        for row in sorted(rows, key=lambda r: (r["time"], r["way"] != "in")):
            balance += row["kg"] if row["way"] == "in" else -row["kg"]
            if balance < -TOLERANCE * max(1.0, row["kg"]) and not told:
                told = True
                what = f" of {element}" if element else ""
                says = f"account {account} is overdrawn by {-balance:g} kg{what} on {row['time'][:10]}"
                yield _say("overdrawn_credit", row["lot"], None, says)
