"""The command: text, JSON, Markdown and one page from the example projects; comparisons beside them."""

from __future__ import annotations

import re
import shutil

import pytest

from tests.builders import ROOT, carnet

LIBRARY = ROOT / "data"
TRUCK = ROOT / "examples" / "heavy-truck-corridor.yaml"
ROUTE = ROOT / "examples" / "route" / "corridor.yaml"
CAR = ROOT / "examples" / "passenger-car.yaml"
FIELDS = {"id", "kind", "market", "yields", "needs", "cost", "weeks", "start_week", "why", "source"}


@pytest.fixture(scope="module")
def plan():
    return carnet(LIBRARY, "route", "plan", TRUCK, "--objective", "pareto", "--format", "json").json


def test_the_contract_has_its_fields(plan):
    assert plan["schema"] == "carnet/route/1"
    assert plan["status"] in ("optimal", "gap")
    assert {"gap", "cost", "weeks", "steps", "pareto", "closed"} <= set(plan)
    assert set(plan["cost"]) == {"low", "mid", "high", "currency", "priced"}
    assert all(set(step) >= FIELDS for step in plan["steps"])
    assert all(set(point) >= {"cost", "weeks"} for point in plan["pareto"])


def test_every_step_of_the_flagship_says_why_and_every_priced_one_says_whence(plan):
    assert all(step["why"] for step in plan["steps"])
    priced = [s for s in plan["steps"] if s["cost"]["low"] is not None]
    assert priced
    assert all(s["source"]["read"] in ("verbatim", "summary", "inferred", "remembered") for s in priced)


def test_a_certificate_waits_for_the_test_it_rests_on(plan):
    steps = {s["id"]: s for s in plan["steps"]}

    assert any(n.startswith("un-r100-p1@tractor") for n in steps["gso-coc@tractor"]["needs"])
    assert all(steps[n]["end_week"] <= s["start_week"] for s in steps.values() for n in s["needs"])


def test_no_middle_is_printed_where_nobody_quoted_one(plan):
    assert plan["cost"]["mid"] is None
    assert all(s["cost"]["mid"] is None for s in plan["steps"] if not s["quoted"])
    assert "rest on ranges nobody quoted" in plan["claim"]


def test_the_sum_is_the_sum_of_the_steps(plan):
    priced = [s for s in plan["steps"] if s["cost"]["low"] is not None]

    assert sum(int(s["cost"]["low"]) for s in priced) == int(plan["cost"]["low"])
    assert sum(int(s["cost"]["high"]) for s in priced) == int(plan["cost"]["high"])


def test_each_open_finding_is_closed_asked_or_said_to_stay_open(plan):
    review = carnet(LIBRARY, "review", TRUCK, "--format", "json").json
    wanted = {
        f"{f['market']}/{f['id']}" for f in review["findings"] if f["verdict"] in ("unmet", "unproven", "residual")
    }
    planned = {f"{g['market']}/{g['finding']}" for g in plan["goals"]}
    stuck = {f"{c['market']}/{c['finding']}" for c in plan["closed"]}

    assert wanted <= planned | stuck


def test_quotations_and_offers_of_the_route_file_stand_in_the_plan():
    plan = carnet(LIBRARY, "route", "plan", TRUCK, "--inputs", ROUTE, "--market", "ae", "--format", "json").json

    quoted = [s for s in plan["steps"] if s["quoted"]]
    assert [s["id"].partition("@")[0] for s in quoted] == ["un-r100-p1"]
    assert quoted[0]["laboratory"] == "north-lab"


def test_text_markdown_and_page_say_the_same(tmp_path):
    page = tmp_path / "route.html"
    text = carnet(LIBRARY, "route", "plan", TRUCK, "--html", page).out
    mark = carnet(LIBRARY, "route", "plan", TRUCK, "--format", "md").out
    html = page.read_text(encoding="utf-8")

    costs = re.search(r"The plan costs ([\d,]+ to [\d,]+ USD)", text.replace("\n", " "))
    assert costs
    assert costs[1] in mark
    assert costs[1] in html
    assert "<svg" in html
    assert "http:" not in re.sub(r'xmlns="[^"]*"', "", html)
    assert "https:" not in html
    assert "script" not in html


def test_the_page_is_the_same_every_time(tmp_path):
    one, two = tmp_path / "one.html", tmp_path / "two.html"
    carnet(LIBRARY, "route", "plan", TRUCK, "--html", one)
    carnet(LIBRARY, "route", "plan", TRUCK, "--html", two)

    assert one.read_bytes() == two.read_bytes()


def test_what_a_recognition_is_worth_can_be_asked():
    told = carnet(LIBRARY, "route", "plan", CAR, "--without", "eu-jp", "--format", "json").json

    assert told["possible"]
    assert told["extra"] > 0
    assert told["steps"]


def test_what_nobody_knows_is_named_with_the_nearest():
    ran = carnet(LIBRARY, "route", "plan", TRUCK, "--without", "charger-daul")

    assert ran.code == 3
    assert "did you mean" in ran.err


def test_past_and_impossible_deadlines_are_usage_errors():
    past = carnet(LIBRARY, "route", "plan", TRUCK, "--deadline", "2020-01-01")
    soon = carnet(LIBRARY, "route", "plan", TRUCK, "--deadline", "2027-06-30")

    assert past.code == soon.code == 2
    assert "lies before the first day of the plan" in past.err
    assert re.search(
        r"no plan reaches this: .* by 2027-06-30; the soonest day for it alone is \d{4}-\d\d-\d\d", soon.err
    )


def test_designs_are_compared_under_each_scenario_with_the_day_the_choice_flips():
    plain = carnet(LIBRARY, "route", "compare", TRUCK, "--inputs", ROUTE, "--format", "json").json

    assert plain["schema"] == "carnet/route-compare/1"
    (lines,) = [s["lines"] for s in plain["sections"] if s["question"] == "Upgrade or redesign"]
    best = {line["scenario"]: line["design"] for line in lines if line["best"]}
    assert best == {"today": "redesign", "gulf-2028": "redesign", "both-2028": "upgrade"}
    (flip,) = next(line["flips"] for line in lines if line["scenario"] == "both-2028" and line["best"])
    assert (flip["market"], flip["before"], flip["from"]) == ("th", "upgrade", "redesign")


def test_both_ways_are_two_plans():
    plain = carnet(LIBRARY, "route", "compare", TRUCK, "--both-ways", "cn,th", "--format", "json").json

    names = [line["name"] for line in plain["sections"][0]["lines"]]
    assert names == ["from China into Thailand", "from Thailand into China"]


def test_a_bundle_costs_no_less_than_any_of_its_parts():
    plain = carnet(LIBRARY, "route", "compare", TRUCK, "--bundles", "--format", "json").json

    (lines,) = [s["lines"] for s in plain["sections"] if s["question"] == "Bundles for a bid"]
    assert lines[-1]["name"].startswith("the bundle")
    assert int(lines[-1]["cost"]["low"]) >= max(int(line["cost"]["low"]) for line in lines[:-1])


def test_every_command_of_the_page_runs(tmp_path, monkeypatch):
    """What docs/routes.md shows is what a reader can type, from the folder of the examples."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples", ignore=shutil.ignore_patterns(".carnet"))
    monkeypatch.chdir(tmp_path)
    lines = (ROOT / "docs" / "routes.md").read_text(encoding="utf-8").splitlines()
    commands = [line.split()[1:] for line in lines if line.startswith("    carnet ")]

    ran = {" ".join(words): carnet(LIBRARY, *words) for words in commands}

    assert len(ran) > 8
    assert [(words, r.err) for words, r in ran.items() if r.code != 0] == []
