"""Nobody's middle is printed, odds come from a fixed seed, and the worth of a quotation is what it can change."""

from __future__ import annotations

from decimal import Decimal

import pytest

from carnet import app
from carnet.app.routing import plan_dossier
from carnet.routes.explain import _value
from carnet.routes.inputs import Route
from carnet.routes.money import Range, total
from carnet.routes.plan import Ask
from tests import builders as b


def test_a_sum_has_a_middle_only_when_every_part_has_one():
    quoted, range_ = Range(Decimal(1), Decimal(3), Decimal(2)), Range(Decimal(10), Decimal(20))

    assert total([quoted, quoted]).mid == 4
    assert total([quoted, range_]) == Range(Decimal(11), Decimal(23), None)


def test_the_value_of_a_quotation_is_what_deciding_later_saves():
    # a cost even over 0 to 100 against another way worth 50: decided now 50, seen first 0.5 * 25 + 0.5 * 50 = 37.5
    assert _value(0.0, 100.0, 50.0, 50.0) == pytest.approx(12.5)
    assert _value(0.0, 100.0, 50.0, 200.0) == 0.0  # no price in the range changes the plan
    assert _value(10.0, 10.0, 10.0, 5.0) == 0.0


def two_ways(folder, **ask):
    rule = b.rule(demands='battery.tested_to has any ["CR 10.02", "FR 7"]', evidence=["test_report"])
    wide = b.effort("wide", yields=["CR 10.02"], cost={"low": "0", "high": "100", "currency": "USD"})
    firm = b.effort("firm", yields=["FR 7"], cost={"low": "60", "high": "60", "currency": "USD"})
    project, catalog = b.load(folder, rule, wide, firm, b.standard("FR 7"), b.pack())
    return plan_dossier(app.judge_project(project, catalog), catalog, Route(start="2026-11-21"), Ask(**ask))


def test_the_price_at_which_the_plan_flips_is_said(tmp_path):
    plain = two_ways(tmp_path).plain()

    step = plain["steps"][0]
    assert step["id"] == "wide@pack"
    assert step["worth"]["flips_at"] == 60.0
    assert step["worth"]["value"] == pytest.approx(8.0)  # decided now 50; seen first 0.6 * 30 + 0.4 * 60 = 42
    assert "above 60 USD for this step that is cheaper" in step["worth"]["says"]


def test_the_cautious_choose_otherwise(tmp_path):
    assert two_ways(tmp_path / "a", basis="high").plain()["steps"][0]["id"] == "firm@pack"
    assert two_ways(tmp_path / "b", basis="low").plain()["steps"][0]["id"] == "wide@pack"


def test_one_step_at_the_top_of_its_range_changes_the_best_plan(tmp_path):
    robust = two_ways(tmp_path).plain()["odds"]["robust"]

    assert robust[0] == {"rises": 0, "this_plan": 0.0, "best_plan": 0.0, "same": True}
    assert robust[1] == {"rises": 1, "this_plan": 100.0, "best_plan": 60.0, "same": False}


def test_odds_are_the_same_every_time_and_near_what_they_must_be(tmp_path):
    one, two = two_ways(tmp_path / "a").plain()["odds"], two_ways(tmp_path / "b").plain()["odds"]

    assert one == two
    assert one["cost"]["p50"] == pytest.approx(50, abs=3)
    assert one["cost"]["p90"] == pytest.approx(90, abs=3)
    assert one["weeks"]["p50"] == pytest.approx(14, abs=0.5)  # even over 8 to 20
