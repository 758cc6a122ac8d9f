"""Concentration has bounds where somebody is unnamed, and names what would stop the line."""

import csv

import pytest

from carnet.errors import Unheard
from carnet.supply.concentration import (
    herfindahl,
    own,
    single_points,
    smallest_cut,
    through,
    world_midstream,
)
from carnet.supply.concentration import (
    world as of_world,
)
from carnet.supply.trace import Tracer

from .world import TABLES, chain, rows, world


def test_two_equal_hands_are_two():
    found = herfindahl({"a": 0.5, "b": 0.5})

    assert found.hhi_low == found.hhi_high == 0.5
    assert found.effective_low == found.effective_high == 2.0


def test_the_unnamed_are_countless_at_best_and_as_large_as_the_smallest_at_worst():
    found = herfindahl({"a": 0.6, "b": 0.1})

    assert found.hhi_low == pytest.approx(0.37)  # 0.36 + 0.01
    assert found.hhi_high == pytest.approx(0.40)  # and three more of 0.1


def test_an_unknown_part_of_our_own_chain_may_belong_to_the_largest():
    found = herfindahl({"a": 0.6, "b": 0.1}, "may_join")

    assert found.hhi_high == pytest.approx(0.9**2 + 0.1**2)
    assert found.top1_high == pytest.approx(0.9)


def test_nobody_named_is_anything():
    found = herfindahl({}, "may_join")

    assert (found.hhi_low, found.hhi_high) == (0.0, 1.0)


def test_the_worked_out_table_comes_out_again(shared):
    """The fact file gives HHI on 0..10,000 with bounds; ours is on 0..1."""
    path = shared.parent / "facts" / "supply" / "concentration_derived.csv"
    rows_ = list(csv.DictReader(path.open(encoding="utf-8")))

    assert len(rows_) == 16
    for row in rows_:
        found = of_world(TABLES, row["mineral"].replace("aluminium", "aluminum"), row["stage"], row["year"])
        assert found["hhi_low"] * 1e4 == pytest.approx(float(row["hhi_lower"]), abs=1.01)
        assert found["hhi_high"] * 1e4 == pytest.approx(float(row["hhi_upper"]), abs=2.01)
        assert found["effective_high"] == pytest.approx(float(row["effective_number"]), abs=0.011)
        assert found["top1_share"] == pytest.approx(float(row["top1_share"]), abs=1e-4)
        assert found["top3_share"] == pytest.approx(float(row["top3_share"]), abs=2e-4)


def test_cobalt_is_mined_in_few_hands():
    found = of_world(TABLES, "cobalt", "mine")

    assert found["year"] == "2024"  # 2025 names the largest producer only
    assert found["top1_share"] == pytest.approx(220000 / 290000)


def test_a_stage_with_one_known_economy_has_wide_bounds():
    (cells,) = [m for m in world_midstream(TABLES) if m["stage"] == "cell_capacity"]

    assert cells["hhi_low"] == pytest.approx(0.85**2)
    assert cells["hhi_high"] == pytest.approx(0.85**2 + 0.15**2)


def test_an_unknown_mineral_names_the_nearest():
    with pytest.raises(Unheard, match="cobalt mine"):
        of_world(TABLES, "cobolt", "mine")


def test_our_own_lot_stands_beside_the_world():
    found = own(Tracer(world()), "pack-1", "Li")

    assert found["top1_share"] == pytest.approx(0.57)
    assert found["hhi_low"] == pytest.approx(0.57**2 + 0.38**2 + 0.05**2)


def test_what_passes_through_a_place_is_counted_once():
    found = through(Tracer(world()), "pack-1", "Li", "facility")

    assert found == pytest.approx({"pit": 0.57, "salt-works": 0.95, "cell-plant": 1.0})


def test_the_cell_plant_is_a_single_point_of_failure():
    assert [p["name"] for p in single_points(Tracer(world()), "pack-1")] == ["cell-plant"]


def two_plants():
    """Two smelters side by side feed two cell plants side by side."""
    lots = [{"id": "ore", "kg": 100.0, "facility": "mine"}]
    lots += [{"id": f"salt-{n}", "kg": 50.0, "facility": f"smelter-{n}"} for n in "ab"]
    lots += [{"id": f"cell-{n}", "kg": 50.0, "facility": f"plant-{n}"} for n in "ab"] + [{"id": "pack", "kg": 100.0}]
    facilities = [{"id": r["facility"]} for r in lots if r.get("facility")]
    flows, events = [], []
    for event, ins, outs in (
        ("s-a", [("ore", 50)], [("salt-a", 50)]),
        ("s-b", [("ore", 50)], [("salt-b", 50)]),
        ("c-a", [("salt-a", 25), ("salt-b", 25)], [("cell-a", 50)]),
        ("c-b", [("salt-a", 25), ("salt-b", 25)], [("cell-b", 50)]),
        ("p", [("cell-a", 50), ("cell-b", 50)], [("pack", 100)]),
    ):
        events.append({"id": event})
        flows += [{"event": event, "lot": lot, "way": "in", "kg": float(kg)} for lot, kg in ins]
        flows += [{"event": event, "lot": lot, "way": "out", "kg": float(kg)} for lot, kg in outs]
    return {"lots": lots, "facilities": facilities, "events": events, "flows": flows}


def test_the_smallest_cut_is_the_one_mine():
    assert smallest_cut(Tracer(chain(**two_plants())), "pack", "mass") == ["mine"]


def test_without_the_mine_two_places_must_fail_together():
    tables = two_plants()
    tables["lots"][0]["facility"] = None
    tables["facilities"] = tables["facilities"][1:]

    cut = smallest_cut(Tracer(chain(**tables)), "pack", "mass")

    assert len(cut) == 2
    assert set(cut) in ({"smelter-a", "smelter-b"}, {"plant-a", "plant-b"})


def test_a_way_past_every_named_place_cannot_be_cut():
    lots = rows("lots", world())
    for lot in lots:
        lot["facility"] = None

    assert smallest_cut(Tracer(world(lots=lots)), "pack-1", "Li") == []
