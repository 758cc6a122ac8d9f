"""Every row of the research on national vehicle-carbon rules is carried as it was found, or stands as a question."""

import csv

import pytest

from carnet.carbon.fleets import Conversion, FleetForm, Vehicle
from carnet.carbon.rules import evaluate
from tests.carbon.inventories import tables
from tests.conftest import NO_RECORDINGS

METRICS = {"co2": 120, "fuel_l_100km": 6.0, "economy_km_l": 16.0, "economy_mpg": 40.0, "wh_km": 140}


def carried():
    """Number of the research row -> (market, rule, the step, band or amount, its source)."""
    return {
        x.row: (market, rule, x, sources[x.source])
        for market, rule, sources, _ in tables().rules.values()
        for x in (*rule.steps, *rule.bands, *rule.amounts)
        if x.row
    }


@pytest.fixture
def research(shared):
    path = shared.parent / "facts" / "carbon" / "vehicle_carbon_standards.csv"
    if not path.is_file():
        pytest.skip(NO_RECORDINGS)
    with path.open(encoding="utf-8", newline="") as file:
        return list(enumerate(csv.DictReader(file), start=1))


def number(text):
    try:
        return float(text)
    except ValueError:
        return None


def said(row):
    """The numbers a carried row states."""
    plain = [getattr(row, k, None) for k in ("value", "rate", "amount", "cap")]
    found = {abs(float(v)) for v in plain if v not in (None, "")}
    return found | {float(v) for v in getattr(row, "limits", {}).values()}


def test_all_116_rows_are_there_with_their_days(research):
    mine = carried()

    assert len(research) == len(mine) == 116
    for n, row in research:
        assert mine[n][2].start == (row["from"] or "unknown"), row
        assert mine[n][2].to == row["to"], row


def test_every_number_found_is_the_number_carried(research):
    mine = carried()
    silent = [(n, row) for n, row in research if number(row["value"]) is None]

    for n, row in research:
        found = number(row["value"])
        _, rule, step, _ = mine[n]
        if found is not None and rule.kind != "notice":
            assert abs(found) in said(step), row
        elif found is not None:
            assert rule.asks, row
    assert len(silent) == 33


def test_what_was_not_found_is_a_question_not_a_zero(research):
    for n, row in research:
        _, rule, step, _ = carried()[n]
        if not row["value"]:
            assert said(step) == set(), row
            assert rule.asks or getattr(step, "asks", ""), row


def test_what_was_not_verified_is_shown_as_reported(research):
    for n, row in research:
        if row["verified"] == "no":
            source = carried()[n][3]
            assert source.reported or source.read in ("inferred", "remembered"), row


def cycled():
    """Rules that count a measured number in a named cycle."""
    return sorted(
        name
        for name, (_, rule, _, _) in tables().rules.items()
        if rule.cycle and rule.cycle != "type-approval" and rule.metric.get("of") in METRICS
    )


def measured(rule, cycle):
    category = rule.applies.get("category", ["M1"])[0]
    asking = [s.when for s in rule.steps if rule.metric["of"] in s.when]  # a rate that depends on the number
    powertrain = (asking[0] if asking else rule.applies).get("powertrain", ["ice"])[0]
    return Vehicle(
        model="X", category=category, powertrain=powertrain, sales=10, cycle=cycle, mass_kg=1500, price=1000, **METRICS
    )


def answer(name, fleet):
    """The rule on a day on which its first step holds."""
    market, rule, _, _ = tables().rules[name]
    starts = [s.start for s in (*rule.steps, *rule.bands) if s.start != "unknown"]
    day = max((f"{s}-12-31" if len(s) == 4 else s for s in starts), default="2026-11-21")
    return next(r for r in evaluate(tables(), fleet, day, [market])["rules"] if r["rule"] == name)


@pytest.mark.parametrize("name", cycled())
def test_a_number_of_another_cycle_is_never_compared_without_a_stated_conversion(name):
    rule = tables().rules[name][1]
    other = "a cycle of nowhere"
    alone = answer(name, FleetForm(carnet="fleet/1", vehicles=[measured(rule, other)]))
    factor = Conversion(**{"from": other, "to": rule.cycle, "factor": 0.9, "because": "a study"})
    stated = answer(name, FleetForm(carnet="fleet/1", vehicles=[measured(rule, other)], conversions=[factor]))

    question = f"X was measured by {other}, the rule counts {rule.cycle}: which conversion holds?"
    shown = alone.get("outcome") or alone.get("indication") or {}
    assert "average" not in shown
    assert not any(v.get("value") for v in shown.get("vehicles", []) if isinstance(v, dict))
    assert alone["state"] != "decided"
    assert question not in stated["asks"]
    needs_the_number = rule.kind in ("fleet_target", "bands", "limit", "minimum") and any(
        s.value is not None for s in rule.steps
    )
    assert question in alone["asks"] or not needs_the_number or alone["state"] in ("not_yet", "exposure")


def test_there_are_rules_of_several_cycles():
    assert {tables().rules[n][1].cycle for n in cycled()} >= {"NEDC", "WLTC", "WLTP", "3P-WLTP"}
