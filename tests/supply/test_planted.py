"""Whatever is wrong in a chain is found and named, however many things are wrong at once, and nothing else is."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from carnet.supply.check import check

from .test_trace import KINDS, plant, random_chain
from .world import chain

MORE = ["element_gain", "whole_lot_twice", "certificate_of_the_place", "account_by_element", "long_circle"]
FOUND_AS = {
    "element_gain": "mass_gain", "whole_lot_twice": "double_use", "certificate_of_the_place": "certificate_invalid",
    "account_by_element": "overdrawn_credit", "long_circle": "cycle",
}  # fmt: skip


def plant_more(kind, tables, rng):
    """One error of a further kind, on lots of its own; returns the lot it is about."""
    lots, flows, events = tables["lots"], tables["flows"], tables["events"]
    if kind == "element_gain":
        lots += [{"id": "rich", "kg": 10.0}, {"id": "poor", "kg": 20.0, "economy": "cl"}]
        events.append({"id": "enrich", "time": "2026-02-01T00:00:00Z"})
        flows += [
            {"event": "enrich", "lot": "poor", "way": "in", "kg": 20.0},
            {"event": "enrich", "lot": "rich", "way": "out", "kg": 10.0},
        ]
        tables.setdefault("contents", [])
        tables["contents"] += [
            {"lot": "poor", "element": "Li", "share": 0.1}, {"lot": "rich", "element": "Li", "share": 0.3},
        ]  # fmt: skip
        return "rich"
    if kind == "whole_lot_twice":
        lots += [{"id": "box", "economy": "cl"}, {"id": "one", "kg": 1.0}, {"id": "two", "kg": 1.0}]
        for name in ("one", "two"):
            events.append({"id": f"open-{name}", "time": "2026-02-01T00:00:00Z"})
            flows.append({"event": f"open-{name}", "lot": "box", "way": "in", "kg": None})
            flows.append({"event": f"open-{name}", "lot": name, "way": "out", "kg": 1.0})
        return "box"
    if kind == "certificate_of_the_place":
        tables.setdefault("facilities", []).append({"id": "plant", "actor": "firm"})
        lots += [{"id": "raw", "kg": 5.0, "economy": "cl"}, {"id": "fine", "kg": 5.0}]
        events.append({"id": "refine", "time": "2026-02-01T00:00:00Z", "facility": "plant"})
        flows += [
            {"event": "refine", "lot": "raw", "way": "in", "kg": 5.0},
            {"event": "refine", "lot": "fine", "way": "out", "kg": 5.0},
        ]
        about = rng.choice(["plant", "firm"])
        old = {"id": "old", "about": about, "valid_from": "2024-01-01", "valid_to": "2026-01-31"}
        tables["certificates"] = [*tables.get("certificates", []), old]
        return "fine"
    if kind == "account_by_element":
        tables["credits"] = [
            *tables.get("credits", []),
            {"account": "b", "time": "2026-01-01T00:00:00Z", "way": "in", "kg": 9.0, "element": "Li"},
            {"account": "b", "time": "2026-01-02T00:00:00Z", "way": "out", "kg": 1.0, "element": "Co", "lot": "lot-1"},
        ]  # enough lithium is no cobalt
        return "lot-1"
    ring = [f"ring-{n}" for n in range(rng.randrange(2, 6))]
    lots += [{"id": name, "kg": 3.0} for name in ring]
    for n, name in enumerate(ring):
        events.append({"id": f"turn-{name}"})
        flows.append({"event": f"turn-{name}", "lot": name, "way": "in", "kg": 3.0})
        flows.append({"event": f"turn-{name}", "lot": ring[(n + 1) % len(ring)], "way": "out", "kg": 3.0})
    return ring[0]


# Mass is multiplied before use is doubled: else the one would heal the other.
ORDER = ["mass_gain", "double_use", "cycle", "output_before_input", "certificate_invalid", "overdrawn_credit", *MORE]


@settings(max_examples=120, deadline=None)
@given(st.integers(0, 100_000), st.sets(st.sampled_from([*KINDS, *MORE])))
def test_every_planted_error_is_found_and_there_is_no_false_alarm(seed, kinds):
    rng = random.Random(seed)
    tables = random_chain(rng)
    kept = {k: list(tables.get(k, [])) for k in ("certificates", "credits")}
    planted = set()
    for kind in sorted(kinds, key=ORDER.index):
        lot = plant(kind, tables, rng) if kind in KINDS else plant_more(kind, tables, rng)
        planted.add((FOUND_AS.get(kind, kind), lot))
    assert kept == {"certificates": [], "credits": []}

    problems = check(chain(**tables))["problems"]

    assert {(p["kind"], p["lot"]) for p in problems} == planted
    assert all(p["lot"] in p["message"] or p["kind"] in ("certificate_invalid", "overdrawn_credit") or p["event"]
               in p["message"] for p in problems)  # fmt: skip
