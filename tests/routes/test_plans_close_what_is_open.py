"""A plan closes what the review found open, once for all who want it, and says on what ground."""

from __future__ import annotations

from pathlib import Path

import pytest

from carnet import app
from carnet.app.routing import Routed, plan_dossier
from carnet.errors import BadInput
from carnet.routes.inputs import Route
from carnet.routes.plan import Ask
from tests import builders as b

START = "2026-11-21"
SHOWN = b.SHOWN


def planned(folder: Path, *rows: b.Row, route: Route | None = None, ask: Ask | None = None, **said: object) -> Routed:
    """Lay the library, write the project, review and plan."""
    project, catalog = b.load(folder, *rows, **said)
    dossier = app.judge_project(project, catalog)
    return plan_dossier(dossier, catalog, route or Route(start=START), ask or Ask())


def steps(found: Routed) -> dict[str, dict]:
    return {s["id"]: s for s in found.plain()["steps"]}


def test_one_test_serves_every_market_that_wants_its_report(tmp_path):
    rows = [b.rule(f"{m}.pack", market=m, demands=SHOWN, evidence=["test_report"]) for m in ("xa", "xb")]
    test = b.effort("cr-10-test", yields=["CR 10.02"])

    found = planned(tmp_path, *rows, test, b.pack(), b.truck(), markets=("xa", "xb"))

    plain = found.plain()
    assert plain["schema"] == "carnet/route/1"
    assert [s for s in steps(found) if "cr-10-test" in s] == ["cr-10-test@pack"]
    assert plain["cost"] == {"low": "80000", "mid": None, "high": "350000", "currency": "USD", "priced": "2026-01"}
    assert plain["weeks"] == {"low": 8, "mid": None, "high": 20}
    assert steps(found)["cr-10-test@pack"]["market"] == "xa,xb"
    assert plain["status"] == "optimal"


def test_what_is_in_hand_is_not_bought_again(tmp_path):
    rule = b.rule(demands=SHOWN, evidence=["test_report"])

    found = planned(tmp_path, rule, b.effort(yields=["CR 10.02"]), b.pack(), b.report())

    assert "cr-10-test@pack" not in steps(found)


def test_a_paper_that_no_step_brings_is_a_work_without_a_price(tmp_path):
    found = planned(tmp_path, b.rule(demands=SHOWN, evidence=["test_report"]), b.pack())

    step = steps(found)["paper:CR 10.02@pack"]
    assert step["cost"]["low"] is None
    assert "no price" in found.plain()["claim"]
    assert found.plain()["unpriced"] == ["paper:CR 10.02@pack"]


def test_an_unknown_scope_is_asked_and_its_step_is_only_contingent(tmp_path):
    rule = b.rule(applies="battery.chemistry == NMC", demands=SHOWN, evidence=["test_report"], effort=["cr-10-test"])

    found = planned(tmp_path, rule, b.effort(), b.pack())

    assert list(steps(found)) == ["answer:battery.chemistry@pack"]
    assert found.plain()["contingent"][0]["steps"] == ["cr-10-test"]
    assert found.plain()["cost"]["high"] == "0"


def test_a_recognition_in_force_opens_a_cheaper_way(tmp_path):
    rule = b.rule(demands=SHOWN, evidence=["test_report"])
    dear = b.effort("home-test", yields=["CR 10.02"], cost=money("300000", "400000"))
    cheap = b.effort("away-test", yields=["FR 7"], cost=money("20000", "30000"))
    accepts = {"kinds": ["test_report"], "standards": ["FR 7"], "issued_in": []}
    carried = b.recognition(
        "xa.takes.fr", accepted_in=["xa"], accepts=accepts, gives=[{"for": "CR 10.02", "with": "FR 7"}]
    )

    with_it = planned(tmp_path / "a", rule, dear, cheap, carried, b.standard("FR 7"), b.pack())
    without = planned(tmp_path / "b", rule, dear, cheap, b.standard("FR 7"), b.pack())

    assert "away-test@pack" in steps(with_it)
    assert "xa:recognition:xa.takes.fr@pack" in steps(with_it)
    assert "home-test@pack" in steps(without)
    (failed,) = with_it.plain()["recognitions"]
    assert failed["without"] == ["xa.takes.fr"]
    assert failed["steps"] == ["home-test@pack"]
    assert (failed["cost"]["low"], failed["cost"]["high"]) == ("300000", "400000")


def test_a_recognition_that_is_dated_ahead_is_an_option_with_a_wait(tmp_path):
    rule = b.rule(demands=SHOWN, evidence=["test_report"])
    cheap = b.effort("away-test", yields=["FR 7"], cost=money("20000", "30000"), weeks={"low": 1, "high": 2})
    accepts = {"kinds": ["test_report"], "standards": ["FR 7"], "issued_in": []}
    ahead = b.recognition(
        "xa.takes.fr", accepted_in=["xa"], accepts=accepts, gives=[{"for": "CR 10.02", "with": "FR 7"}],
        status=[b.step("2027-06-01")],
    )  # fmt: skip

    found = planned(tmp_path, rule, cheap, ahead, b.standard("FR 7"), b.pack())

    wait = steps(found)["xa:recognition:xa.takes.fr@pack"]
    assert wait["start"] >= "2027-06-01"
    assert "never assumed" in wait["notes"][0]


def test_evidence_that_runs_out_before_the_market_opens_is_renewed(tmp_path):
    long_ = b.rule("xa.long", demands='vehicle.tested_to has "CR 11"', about="vehicle", evidence=["test_report"])
    held = b.rule("xa.held", demands=SHOWN, evidence=["test_report"])
    rows = [b.effort("long-test", about="vehicle", yields=["CR 11"], weeks={"low": 30, "high": 40})]
    rows += [b.effort(yields=["CR 10.02"]), b.standard("CR 11")]

    found = planned(tmp_path, long_, held, *rows, b.pack(), b.truck(), b.report(expires="2027-03-01"))

    step = steps(found)["cr-10-test@pack"]
    assert "open on the planned day" in step["why"]


def test_quotations_stand_instead_of_ranges_and_offers_compete(tmp_path):
    rule = b.rule(demands=SHOWN, evidence=["test_report"])
    project, catalog = b.load(tmp_path, rule, b.effort(yields=["CR 10.02"]), b.pack())
    dossier = app.judge_project(project, catalog)
    route = read(tmp_path, project, catalog, quotes=[
        offer("slow house", "90000", "100000", 20, 24), offer("quick house", "140000", "150000", 4, 6),
    ])  # fmt: skip

    found = plan_dossier(dossier, catalog, route, Ask("pareto")).plain()

    assert [(p["weeks"]["high"], p["cost"]["high"]) for p in found["pareto"]] == [(6, "150000"), (24, "100000")]
    assert [p["status"] for p in found["pareto"]] == ["optimal", "optimal"]
    assert found["steps"][0]["source"]["number"] == "slow house"


def test_laboratories_with_one_place_queue(tmp_path):
    rules = [b.rule(f"xa.{p}", about="battery_pack", demands=SHOWN, evidence=["test_report"]) for p in ("one",)]
    rows = [*rules, b.effort(yields=["CR 10.02"], weeks={"low": 8, "high": 20}), b.pack("left"), b.pack("right")]
    project, catalog = b.load(tmp_path, *rows)
    dossier = app.judge_project(project, catalog)
    lab = {"house": {"places": 1, "steps": ["cr-10-test"]}}

    free = plan_dossier(dossier, catalog, read(tmp_path, project, catalog), Ask())
    queued = plan_dossier(dossier, catalog, read(tmp_path, project, catalog, laboratories=lab), Ask())

    assert free.plain()["weeks"]["high"] == 20
    assert queued.plain()["weeks"]["high"] == 40  # 20 + 20 one after the other


def test_a_deadline_nobody_can_keep_names_what_clashes_and_the_soonest_day(tmp_path):
    rule = b.rule(demands=SHOWN, evidence=["test_report"])

    with pytest.raises(BadInput) as told:
        planned(
            tmp_path, rule, b.effort(yields=["CR 10.02"]), b.pack(), route=Route(start=START, deadline="2027-01-31")
        )

    assert str(told.value) == (
        "no plan reaches this: Safety of the pack (xa, pack) by 2027-01-31; the soonest day for it alone is 2027-04-10"
    )  # 2026-11-21 + 20 weeks


def test_two_tests_that_fit_one_by_one_but_not_together_are_named_with_their_laboratory(tmp_path):
    rows = [
        b.rule(demands=SHOWN, evidence=["test_report"]),
        b.effort(yields=["CR 10.02"], weeks={"low": 8, "high": 20}),
    ]
    project, catalog = b.load(tmp_path, *rows, b.pack("left"), b.pack("right"))
    dossier = app.judge_project(project, catalog)
    lab = {"house": {"places": 1, "steps": ["cr-10-test"]}}
    route = read(tmp_path, project, catalog, laboratories=lab, deadline="2027-06-30")

    with pytest.raises(BadInput) as told:
        plan_dossier(dossier, catalog, route, Ask())

    assert "these demands clash" in str(told.value)
    assert "(xa, left)" in str(told.value)
    assert "(xa, right)" in str(told.value)
    assert "the places of laboratory house" in str(told.value)


def test_what_a_market_adds_is_the_plan_with_it_less_the_plan_without_it(tmp_path):
    shared = [b.rule(f"{m}.pack", market=m, demands=SHOWN, evidence=["test_report"]) for m in ("xa", "xb")]
    own = b.rule("xb.more", market="xb", demands='battery.tested_to has "FR 7"', evidence=["test_report"])
    rows = [b.effort(yields=["CR 10.02"]), b.effort("fr-7", yields=["FR 7"], cost=money("1000", "2000"))]

    found = planned(tmp_path, *shared, own, *rows, b.standard("FR 7"), b.pack(), markets=("xa", "xb")).plain()

    adds = {m["market"]: (m["adds_cost"]["low"], m["adds_cost"]["high"]) for m in found["markets"]}
    assert adds == {"xa": ("0", "0"), "xb": ("1000", "2000")}


def test_the_same_inputs_give_the_same_bytes(tmp_path):
    rows = [b.rule(demands=SHOWN, evidence=["test_report"]), b.effort(yields=["CR 10.02"]), b.pack()]

    assert planned(tmp_path / "a", *rows).plain() == planned(tmp_path / "b", *rows).plain()


def test_a_project_that_names_a_route_file_gets_a_chapter(tmp_path):
    from carnet.app import routing

    rows = [b.rule(demands=SHOWN, evidence=["test_report"]), b.effort(yields=["CR 10.02"]), b.pack()]
    (tmp_path / "route.yaml").write_text('carnet: route/1\nstart: "2027-01-01"\n', encoding="utf-8")
    asked, catalog = b.load(tmp_path, *rows, inputs={"route": "route.yaml"})
    silent, _ = b.load(tmp_path, *rows)

    chapter = routing.chapter(asked, catalog)

    assert chapter is not None
    assert chapter.id == "route"
    assert "80,000 to 350,000 USD" in chapter.lead
    assert "from 2027-01-01" in chapter.lead
    assert routing.chapter(silent, catalog) is None


def test_a_route_file_outside_the_project_is_refused(tmp_path):
    from carnet.app import routing

    asked, catalog = b.load(tmp_path, b.pack(), inputs={"route": "../route.yaml"})

    with pytest.raises(BadInput, match="inputs: route:"):
        routing.chapter(asked, catalog)


def test_a_project_with_nothing_open_needs_nothing(tmp_path):
    found = planned(tmp_path, b.rule(demands=SHOWN, evidence=["test_report"]), b.pack(), b.report())

    plain = found.plain()
    assert plain["steps"] == []
    assert plain["cost"]["high"] == "0"
    assert plain["status"] == "optimal"
    assert found.chapter().parts


def money(low: str, high: str, currency: str = "USD") -> dict[str, str]:
    return {"low": low, "high": high, "currency": currency, "priced": "2026-01"}


def offer(by: str, low: str, high: str, first: int, last: int) -> dict[str, object]:
    cost = money(low, high)
    return {"step": "cr-10-test", "by": by, "cost": cost, "weeks": {"low": first, "high": last}}


def read(folder, project, catalog, **said):
    """A route file with these blocks, read as a user's."""
    import json

    from carnet.routes.inputs import read_route

    path = folder / "route.yaml"
    path.write_text(json.dumps({"carnet": "route/1", "start": START, **said}), encoding="utf-8")
    return read_route(project, catalog, path)
