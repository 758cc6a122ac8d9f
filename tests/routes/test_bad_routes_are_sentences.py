"""What cannot be planned is refused with a sentence, a place and a next step."""

from __future__ import annotations

import json

import pytest

from carnet.errors import BadInput
from carnet.routes.arrays import instance
from carnet.routes.inputs import read_route
from carnet.routes.net import Activity, net
from tests import builders as b


@pytest.fixture
def told(tmp_path):
    """Read a route file of these blocks and give the complaint without the folder."""
    rows = [b.rule(demands=b.SHOWN, evidence=["test_report"]), b.effort(yields=["CR 10.02"]), b.pack()]
    project, catalog = b.load(tmp_path, *rows)

    def read(**said):
        path = tmp_path / "route.yaml"
        path.write_text(json.dumps({"carnet": "route/1", **said}, indent=1), encoding="utf-8")
        with pytest.raises(BadInput) as error:
            read_route(project, catalog, path)
        return str(error.value).replace(f"{tmp_path}/", "")

    return read


MONEY = {"low": "10", "high": "20", "currency": "USD"}
WEEKS = {"low": 1, "high": 2}


def test_a_deadline_before_the_start(told):
    says = told(start="2027-01-01", deadline="2026-12-01")

    assert "route.yaml:4:2: the deadline 2026-12-01 lies before the first day of the plan, 2027-01-01" in says
    assert "Give a later day." in says


def test_a_deadline_for_a_market_that_is_not_the_project_s(told):
    assert "'xb' is no market of this project" in told(deadlines={"xb": "2028-01-01"})


def test_a_step_that_is_required_and_forbidden(told):
    says = told(require=["cr-10-test"], forbid=["cr-10-test"])

    assert "'cr-10-test' is required and forbidden at once" in says
    assert "Keep one of the two." in says


def test_a_step_nobody_knows_is_named_with_the_nearest(told):
    assert "no step is called 'cr-10-tset'; did you mean 'cr-10-test'?" in told(require=["cr-10-tset"])


def test_a_quotation_below_zero(told):
    cost = {**MONEY, "low": "-5"}

    says = told(quotes=[{"step": "cr-10-test", "cost": cost, "weeks": WEEKS}])

    assert "quote for 'cr-10-test': runs from -5 to 20" in says


def test_weeks_that_run_backwards(told):
    says = told(quotes=[{"step": "cr-10-test", "cost": MONEY, "weeks": {"low": 9, "high": 2}}])

    assert "weeks run from 9 to 2" in says
    assert "Low must not exceed high" in says


def test_one_house_that_quotes_twice(told):
    quote = {"step": "cr-10-test", "by": "North", "cost": MONEY, "weeks": WEEKS}

    assert "'cr-10-test' is quoted twice by North" in told(quotes=[quote, quote])


def test_two_rates_for_one_currency(told):
    rates = [{"currency": "EUR", "worth": w, "day": "2026-11-01", "source": "bank"} for w in ("1.1", "1.2")]

    assert "EUR has two rates: 1.1 and 1.2" in told(rates=rates)


def test_a_design_of_unknown_steps_markets_and_backward_costs(told):
    design = {"id": "new", "title": "New", "per_market": {"xb": ["cr-10-tset"]}, "cost": {**MONEY, "low": "99"}}

    says = told(designs=[design], scenarios=[{"id": "s", "title": "S", "adopts": {"xc": "2028"}}])

    assert "'xb' is no market of this project" in says
    assert "'xc' is no market of this project" in says
    assert "did you mean 'cr-10-test'?" in says
    assert "design 'new': runs from 99 to 20" in says


def test_a_laboratory_without_places(told):
    assert "places a week must be whole numbers" in told(laboratories={"house": {"places": 0, "steps": []}})


def test_a_currency_without_a_rate_is_never_added_up(tmp_path):
    from carnet import app
    from carnet.app.routing import plan_dossier
    from carnet.routes.plan import Ask

    rows = [b.rule(demands=b.SHOWN, evidence=["test_report"]), b.effort(yields=["CR 10.02"]), b.pack()]
    project, catalog = b.load(tmp_path, *rows)
    path = tmp_path / "route.yaml"
    quote = {"step": "cr-10-test", "cost": {**MONEY, "currency": "EUR"}, "weeks": WEEKS}
    plain = {"carnet": "route/1", "currency": "USD", "quotes": [quote]}

    def planned(**said):
        path.write_text(json.dumps({**plain, **said}), encoding="utf-8")
        route = read_route(project, catalog, path)
        return plan_dossier(app.judge_project(project, catalog), catalog, route, Ask()).plain()

    mixed = planned()
    converted = planned(rates=[{"currency": "EUR", "worth": "1.10", "day": "2026-11-01", "source": "bank"}])

    assert mixed["unpriced"] == ["cr-10-test@pack"]
    assert "EUR has no dated rate" in mixed["notes"][0]
    assert (converted["cost"]["low"], converted["cost"]["high"]) == ("11", "22")  # 10 and 20 at 1.10
    assert converted["steps"][0]["converted"] == {"from": "EUR", "worth": "1.1", "day": "2026-11-01", "source": "bank"}


def test_efforts_that_no_activity_can_have():
    wrong = [
        Activity("a", yields=("x",), cost=(-1.0, 2.0)),
        Activity("b", yields=("x",), weeks=(5.0, 2.0)),
        Activity("b", yields=("x",), lab="house"),
    ]

    with pytest.raises(BadInput) as told:
        net(wrong, ["x"])

    assert str(told.value).splitlines() == [
        "activity 'a': cost of -1 is below zero. An effort is zero or more.",
        "activity 'b': weeks runs from 5 down to 2. Swap low and high.",
        "activity 'b' is named twice. Give each activity its own id.",
        "activity 'b': nobody says how many places laboratory 'house' has a week.",
    ]


def test_arrays_that_do_not_fit_together():
    with pytest.raises(BadInput, match="an activity lies outside 0 to 0"):
        instance(open_=[[[True]]], ways=[(0, -1, [3])], cost=[1.0], weeks=[1])
    with pytest.raises(BadInput, match=r"cost runs from 5\.0 to 1\.0"):
        instance(open_=[[[True]]], ways=[(0, -1, [0])], cost=[(5.0, 1.0)], weeks=[1])


def test_recognitions_that_lead_back_to_each_other_prove_nothing_and_are_named(tmp_path):
    from carnet import app
    from carnet.app.routing import plan_dossier
    from carnet.routes.inputs import Route
    from carnet.routes.plan import Ask

    accepts = {"kinds": ["test_report"], "standards": ["FR 7"], "issued_in": []}
    there = b.recognition("xa.there", accepted_in=["xa"], accepts=accepts, gives=[{"for": "CR 10.02", "with": "FR 7"}])
    back = b.recognition("xa.back", accepted_in=["xa"], accepts={**accepts, "standards": ["CR 10.02"]},
                         gives=[{"for": "FR 7", "with": "CR 10.02"}])  # fmt: skip
    rows = [b.rule(demands=b.SHOWN, evidence=["test_report"]), there, back, b.standard("FR 7"), b.pack()]
    project, catalog = b.load(tmp_path, *rows)

    plain = plan_dossier(app.judge_project(project, catalog), catalog, Route(start="2026-11-21"), Ask()).plain()

    assert plain["unpriced"] == ["paper:CR 10.02@pack"]  # neither recognition makes it of nothing
    assert "neither counts unless one of the two is really shown" in plain["notes"][0]
    assert "recognitions/test-recognitions.yaml:" in plain["notes"][0]


def test_an_option_that_changes_what_nobody_knows(tmp_path):
    from carnet import app
    from carnet.app.routing import plan_dossier
    from carnet.routes.plan import Ask

    rows = [b.rule(demands=b.SHOWN, evidence=["test_report"]), b.effort(yields=["CR 10.02"]), b.pack()]
    project, catalog = b.load(tmp_path, *rows)
    path = tmp_path / "route.yaml"
    option = {"id": "other", "title": "Another pack", "steps": [], "changes": ["pack:battery.chemistri=LFP"]}
    path.write_text(json.dumps({"carnet": "route/1", "options": [option]}), encoding="utf-8")
    route = read_route(project, catalog, path)

    with pytest.raises(BadInput) as told:
        plan_dossier(app.judge_project(project, catalog), catalog, route, Ask())

    assert "route.yaml: options: other: " in str(told.value)
    assert "did you mean 'battery.chemistry'" in str(told.value)
