"""A trace says what came from where, what is unknown, and never adds books to things."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carnet.errors import Unheard
from carnet.supply.check import check
from carnet.supply.trace import Tracer, answer

from .world import chain, rows, world


def origin(found, economy, kind="physical", element="Li"):
    wanted = (economy, kind, element)
    return next((o for o in found["origins"] if (o["economy"], o["kind"], o["element"]) == wanted), None)


def test_shares_follow_the_kilograms_of_the_element():
    found = answer(Tracer(world()), "pack-1")

    # 19 kg salt x 0.45 = 8.55 kg Li, of it 60/100 from cl; 1 kg scrap x 0.45 = 0.45 kg Li; together 9 kg
    assert origin(found, "cl")["share"] == pytest.approx(8.55 * 0.6 / 9)
    assert origin(found, "au")["share"] == pytest.approx(8.55 * 0.4 / 9)
    assert origin(found, "cn")["share"] == pytest.approx(0.45 / 9)
    assert found["unknown"]["share"] == 0.0


def test_recycled_content_is_apart_by_its_waste():
    found = answer(Tracer(world()), "pack-1")

    assert found["recycled"]["Li"]["physical"]["post_consumer"] == pytest.approx(0.05)  # 0.45 / 9
    assert found["recycled"]["Li"]["physical"]["pre_consumer"] == 0.0


def test_carbon_adds_up_along_the_way():
    found = answer(Tracer(world()), "pack-1")

    # salt: (60 x 1 + 40 x 2 + 60) / 20 = 10 kg/kg; cell: (19 x 10 + 1 x 0.5 + 99.5) / 100 = 2.9; 100 kg of it
    assert found["kgco2e"] == pytest.approx(290.0)
    assert found["kgco2e_known_share"] == pytest.approx(0.2)  # by mass, 20 of 100 kg of the cell have a beginning


def test_an_origin_nobody_stated_is_unknown_and_asked_for():
    lots = rows("lots", world())
    lots[1]["economy"] = None

    found = answer(Tracer(world(lots=lots)), "pack-1")

    assert found["unknown"]["share"] == pytest.approx(0.38)  # au's part
    assert origin(found, "cl")["low"] == pytest.approx(0.57)
    assert origin(found, "cl")["high"] == pytest.approx(0.95)  # 0.57 + 0.38
    assert found["requests"][0]["lot"] == "ore-au"
    assert found["requests"][0]["state"] == "open"


def test_a_request_goes_to_the_actor_of_its_tier_and_is_tracked():
    lots = rows("lots", world())
    lots[0]["economy"] = None
    asked = [{"id": "ore-cl:origin", "actor": "miner", "asked": "2026-11-01"}]

    (request,) = answer(Tracer(world(lots=lots, requests=asked)), "pack-1")["requests"]

    assert (request["actor"], request["tier"], request["state"]) == ("miner", 4, "asked")


def test_mass_that_no_event_explains_is_unknown():
    flows = rows("flows", world())
    flows[3]["kg"] = 9.5  # half of the salt that the cells need

    found = answer(Tracer(world(flows=flows)), "pack-1")

    assert found["unknown"]["share"] == pytest.approx(1 - (9.5 * 0.45 + 0.45) / 9)


def test_without_certificates_what_is_declared_may_be_unknown():
    found = answer(Tracer(world(), on="2026-06-01"), "pack-1")

    assert found["unknown"]["low"] == 0.0
    assert found["unknown"]["high"] == pytest.approx(0.43)  # only the pit in cl (0.57) is certified
    assert answer(Tracer(world(), on="2027-06-01"), "pack-1")["unknown"]["high"] == pytest.approx(1.0)


def test_books_stand_in_columns_of_their_own():
    booked = [
        {"account": "a", "time": "2026-01-01T00:00:00Z", "way": "in", "kg": 5.0, "element": "Li"},
        {"account": "a", "time": "2026-02-01T00:00:00Z", "way": "out", "kg": 0.9, "element": "Li", "lot": "cell",
         "source": "post_consumer"},
    ]  # fmt: skip

    found = answer(Tracer(world(credits=booked)), "pack-1")

    assert found["recycled"]["Li"]["physical"]["post_consumer"] == pytest.approx(0.05)
    assert found["recycled"]["Li"]["bookkeeping"]["post_consumer"] == pytest.approx(0.1)  # 0.9 of 9 kg
    assert origin(found, "cl")["share"] == pytest.approx(0.57)


def test_the_sweep_over_all_lots_agrees_with_the_single_trace():
    tracer = Tracer(world())
    whole = tracer.all_lots("Li")

    for lot in tracer.names:
        single, _, _ = tracer.lot(lot, "Li")
        assert whole[tracer.node(lot)] == pytest.approx(single)


def test_a_path_leads_from_the_beginning_to_the_lot():
    (first, *_) = answer(Tracer(world()), "pack-1")["paths"]

    assert first["lots"] == ["ore-cl", "salt", "cell", "pack-1"]


def test_downstream_says_where_a_lot_went():
    found = answer(Tracer(world()), "ore-cl", "down")

    assert {r["lot"]: r["share"] for r in found["lots"]} == pytest.approx({"salt": 0.6, "cell": 0.57, "pack-1": 0.57})


def test_an_unknown_lot_names_the_nearest():
    with pytest.raises(Unheard, match="pack-1"):
        answer(Tracer(world()), "pack-2")


def test_what_is_downstream_of_a_change_is_recomputed_and_nothing_else():
    tracer = Tracer(world())
    w = tracer.weights("Li")
    mix = tracer.all_lots("Li")
    tracer.given[tracer.node("scrap"), 0] = 0.25

    count = tracer.graph.resweep(np.array([tracer.node("scrap")]), w.weight, w.need, mix, tracer.given)

    assert mix == pytest.approx(tracer.all_lots("Li"))
    assert count == 5  # scrap, build, cell, pack, pack-1


def random_chain(rng, lots=60):
    """A graph without faults: each event mixes some earlier lots into one or two new ones, a little less heavy."""
    made, left, tables = [], {}, {"lots": [], "events": [], "flows": []}
    for n in range(lots):
        fresh = n < 5 or rng.random() < 0.2 or not any(v > 1 for v in left.values())
        name = f"lot-{n}"
        if fresh:
            kg = float(rng.randrange(10, 1000))
            economy = rng.choice(["cl", "au", "cn", None])
            tables["lots"].append({"id": name, "kg": kg, "economy": economy, "source": "primary"})
            left[name] = kg
            made.append(name)
            continue
        inputs = rng.sample([m for m in made if left[m] > 1], min(3, sum(left[m] > 1 for m in made)))
        event, total = f"event-{n}", 0.0
        tables["events"].append({"id": event, "time": f"2026-01-01T{n // 60:02}:{n % 60:02}:00Z"})
        for one in inputs:
            kg = left[one] * rng.random() * 0.5
            left[one] -= kg
            total += kg
            tables["flows"].append({"event": event, "lot": one, "way": "in", "kg": kg})
        kg = total * rng.uniform(0.5, 1.0)
        tables["lots"].append({"id": name, "kg": kg})
        tables["flows"].append({"event": event, "lot": name, "way": "out", "kg": kg})
        left[name] = kg
        made.append(name)
    return tables


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_shares_and_the_unknown_sum_to_one_everywhere(seed):
    tracer = Tracer(chain(**random_chain(random.Random(seed))))
    mix = tracer.all_lots("mass")[: tracer.graph.lots]
    known = mix[:, : len(tracer.economies)].sum(axis=1)

    assert (known <= 1 + 1e-9).all()
    for lot in tracer.names[::7]:
        found = answer(tracer, lot)
        assert sum(o["share"] for o in found["origins"]) + found["unknown"]["share"] == pytest.approx(1.0)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_the_fast_sweep_says_what_the_exact_one_says(seed):
    tracer = Tracer(chain(**random_chain(random.Random(seed))))
    every = np.arange(tracer.graph.size)

    found = tracer.attribution("mass")

    assert np.abs(found.of(every) - tracer.all_lots("mass")).max() < 1e-6
    assert found.values(every) == pytest.approx(tracer.carbon_all(), rel=1e-5)


def test_the_fast_sweep_carries_elements_certificates_and_carbon():
    tracer = Tracer(world(), "2026-06-01")
    every = np.arange(tracer.graph.size)

    found = tracer.attribution("Li")

    assert np.abs(found.of(every) - tracer.all_lots("Li")).max() < 1e-6
    assert found.values(every) == pytest.approx(tracer.carbon_all(), rel=1e-5)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_a_sound_chain_raises_no_alarm(seed):
    assert check(chain(**random_chain(random.Random(seed))))["problems"] == []


def plant(kind, tables, rng):
    """One error of a kind in a sound chain; returns the lot or event it is about."""
    outs = [f for f in tables["flows"] if f["way"] == "out"]
    ins = [f for f in tables["flows"] if f["way"] == "in"]
    if kind == "cycle":
        used = {f["lot"] for f in ins}
        late = next(f for f in outs if f["lot"] in used)
        tables["flows"].append({"event": late["event"], "lot": late["lot"], "way": "in", "kg": 1e-6})
        return late["lot"]
    if kind == "mass_gain":
        flow = rng.choice(outs)
        flow["kg"] *= 10
        next(r for r in tables["lots"] if r["id"] == flow["lot"])["kg"] *= 10
        return flow["lot"]
    if kind == "double_use":
        flow = rng.choice(ins)
        flow["kg"] += next(r for r in tables["lots"] if r["id"] == flow["lot"])["kg"]
        return flow["lot"]
    if kind == "output_before_input":
        used = {f["lot"] for f in ins}
        flow = next(f for f in outs if f["lot"] in used)
        next(e for e in tables["events"] if e["id"] == flow["event"])["time"] = "2027-01-01T00:00:00Z"
        return flow["lot"]
    if kind == "certificate_invalid":
        lot = rng.choice(ins)["lot"]
        tables["certificates"] = [{"id": "c", "about": lot, "valid_from": "2020-01-01", "valid_to": "2021-01-01"}]
        return lot
    tables["credits"] = [
        {"account": "a", "time": "2026-01-01T00:00:00Z", "way": "in", "kg": 1.0},
        {"account": "a", "time": "2026-01-02T00:00:00Z", "way": "out", "kg": 2.0, "lot": "lot-0"},
    ]
    return "lot-0"


KINDS = ["cycle", "mass_gain", "double_use", "output_before_input", "certificate_invalid", "overdrawn_credit"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(5))
def test_a_planted_error_is_found_and_named(kind, seed):
    rng = random.Random(f"{kind} {seed}")
    tables = random_chain(rng)
    lot = plant(kind, tables, rng)

    problems = check(chain(**tables))["problems"]

    assert (kind, lot) in {(p["kind"], p["lot"]) for p in problems}
    assert all(p["message"] for p in problems)


def test_a_clean_world_has_no_problem():
    assert check(world()) == {"schema": "carnet/supply-check/1", "problems": []}


def test_rework_is_a_new_version_and_no_circle():
    lots = [{"id": "cell", "kg": 10.0, "economy": "cl"}, {"id": "cell-v2", "kg": 10.0, "version_of": "cell"}]
    flows = [
        {"event": "rework", "lot": "cell", "way": "in", "kg": 10.0},
        {"event": "rework", "lot": "cell-v2", "way": "out", "kg": 10.0},
    ]

    assert check(chain(lots=lots, events=[{"id": "rework"}], flows=flows))["problems"] == []


@pytest.mark.parametrize(
    ("since", "until", "counts"),
    [("2025-01-01", "2027-01-01", True), ("2025-01-01", None, False), (None, "2027-01-01", False)],
)
def test_a_certificate_without_its_days_proves_nothing_on_a_day(since, until, counts):
    certificates = [{"id": "c", "about": "pit", "valid_from": since, "valid_to": until}]

    assert bool(Tracer(world(certificates=certificates), "2026-06-01").certified()[0]) is counts
