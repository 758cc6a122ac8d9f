"""Policies beside each other on one supplied fleet: money, emissions, and what cannot be known."""

import json
from pathlib import Path

import pytest

from carnet.carbon.fleets import read_fleet
from carnet.carbon.policy import compared, read_policies
from carnet.errors import BadInput
from tests.carbon.inventories import tables
from tests.carbon.test_command import run

__all__ = ["run"]
EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "carbon"
USE = "use: {km_per_year: 10000, years: 10, region: au, because: a test}\n"
CARS = (
    "model: P, category: M1, powertrain: ice, sales: 300, co2: 150, cycle: NEDC, price: 20000",
    "model: E, category: M1, powertrain: bev, sales: 100, co2: 0, wh_km: 150, cycle: NEDC, price: 40000",
)
FLEET_TARGET = (
    "{kind: fleet_target, applies: {category: [M1]}, metric: {of: co2, unit: gCO2/km}, cycle: NEDC, "
    'money: {per_unit_above: "50", currency: AUD, source: what-if}, steps: [{value: 100}]}'
)


def weighed(tmp_path, policies, cars=CARS, more=USE, on="2027-07-01"):
    rows = "".join(f"  - {{{c}}}\n" for c in cars)
    (tmp_path / "fleet.yaml").write_text(f"carnet: fleet/1\n{more}vehicles:\n{rows}", encoding="utf-8")
    lines = "".join(f"  - {p}\n" for p in policies)
    (tmp_path / "policies.yaml").write_text(f"carnet: policies/1\npolicies:\n{lines}", encoding="utf-8")
    title, read = read_policies(tmp_path / "policies.yaml", read_fleet(tmp_path / "fleet.yaml"), tables())
    return {row["policy"]: row for row in compared(title, read, tables(), on)["policies"]}


def test_money_and_tonnes_of_a_target(tmp_path):
    row = weighed(tmp_path, [f"{{id: own, write: {FLEET_TARGET}}}"])["own"]

    grid = tables().find("electricity", "au").flows[0][1]
    assert row["state"] == "decided"
    assert row["outcome"]["average"] == "112.5"
    # 12.5 g above x 400 cars x 50
    assert row["money"] == {"makers_pay": "250000", "per_vehicle": "625", "currency": "AUD"}
    assert row["emissions"]["tailpipe"] == 4500  # 300 cars x 100,000 km x 150 g
    assert row["emissions"]["electricity"] == pytest.approx(1500 * grid)  # 100 cars x 100,000 km x 0.15 kWh
    assert row["emissions_if_met"]["total"] == pytest.approx(4000 + 1500 * grid)  # 4500 x 100 / 112.5


def test_three_targets_at_once_and_their_distance_to_the_first(tmp_path):
    found = weighed(tmp_path, [f"{{id: t, values: [120, 100, 80], write: {FLEET_TARGET}}}"])

    assert [r["money"]["makers_pay"] for r in found.values()] == ["0", "250000", "650000"]
    assert [r["against_first"]["makers_pay"] for r in found.values()] == ["0", "250000", "650000"]
    assert found["t@80"]["against_first"]["emissions_if_met"] == pytest.approx(-1300)  # 4500 x 80 / 112.5 - 4500


def test_a_rule_of_the_library_as_it_stands_keeps_its_question(tmp_path):
    found = weighed(
        tmp_path,
        ["{id: today, rule: au.nves.passenger}", '{id: plain, rule: au.nves.passenger, set: {adjust: {}, asks: ""}}'],
    )

    assert found["today"]["state"] == "undecided"
    assert "reference mass" in found["today"]["asks"][0]
    assert found["plain"]["state"] == "decided"
    assert found["plain"]["changed"] == ["adjust", "asks"]


def test_a_feebate_is_paid_by_some_and_to_others(tmp_path):
    rule = (
        "{kind: bands, applies: {category: [M1]}, metric: {of: co2, unit: gCO2/km}, cycle: NEDC, currency: AUD, "
        "sign: positive is a rebate, bands: [{band: low, limits: {co2: 50}}, {band: high}], "
        'amounts: [{band: low, amount: "2000"}, {band: high, amount: "-1000"}]}'
    )

    row = weighed(tmp_path, [f"{{id: feebate, write: {rule}}}"])["feebate"]

    assert row["money"]["makers_pay"] == "100000"  # 300 x 1000 - 100 x 2000


def test_a_tax_by_rates_takes_the_price_and_says_when_it_is_missing(tmp_path):
    rule = (
        "{kind: rates, applies: {category: [M1]}, metric: {of: co2, unit: gCO2/km}, cycle: NEDC, base: price, "
        "currency: AUD, steps: [{when: {co2: {up_to: 100}}, rate: 0}, {when: {co2: {over: 100}}, rate: 10}]}"
    )
    unpriced = [CARS[0].replace(", price: 20000", ""), CARS[1]]

    told = weighed(tmp_path, [f"{{id: tax, write: {rule}}}"])["tax"]
    silent = weighed(tmp_path, [f"{{id: tax, write: {rule}}}"], unpriced)["tax"]

    assert told["money"]["makers_pay"] == "600000"  # 300 x 10 % of 20,000
    assert silent["money"] is None
    assert silent["missing"] == ["P: price"]


def test_a_limit_keeps_vehicles_out(tmp_path):
    rule = "{kind: limit, applies: {category: [M1]}, metric: {of: co2, unit: gCO2/km}, cycle: NEDC}"

    found = weighed(tmp_path, [f"{{id: limit, values: [160, 120], write: {rule}}}"])

    assert [r["kept_out"] for r in found.values()] == ["0", "300"]


def test_a_share_that_is_met_changes_cars_into_the_wanted_average(tmp_path):
    rule = "{kind: share_target, applies: {category: [M1]}, of: {powertrain: [bev]}}"

    row = weighed(tmp_path, [f"{{id: share, values: [50], write: {rule}}}"])["share@50"]

    grid = tables().find("electricity", "au").flows[0][1]
    assert row["outcome"]["short_by"] == "100"
    assert row["against_first"]["emissions_if_met"] == pytest.approx(100 * (15 * grid - 15))  # t per car and life


def test_a_fleet_without_its_use_has_no_tonnes(tmp_path):
    row = weighed(tmp_path, [f"{{id: own, write: {FLEET_TARGET}}}"], more="")["own"]

    assert row["emissions"]["total"] is None
    assert row["emissions"]["missing"] == ["use: km_per_year, years, region and because"]
    assert row["money"]["makers_pay"] == "250000"


def test_numbers_of_two_cycles_are_not_added(tmp_path):
    cars = [CARS[0], CARS[1].replace("NEDC", "WLTC")]

    apart = weighed(tmp_path, [f"{{id: own, write: {FLEET_TARGET}}}"], cars)["own"]
    stated = weighed(
        tmp_path,
        [f"{{id: own, write: {FLEET_TARGET}}}"],
        cars,
        USE.replace("region: au,", "region: au, cycle: NEDC,")
        + "conversions: [{from: WLTC, to: NEDC, factor: 0.8, because: a study}]\n",
    )["own"]

    grid = tables().find("electricity", "au").flows[0][1]
    assert apart["emissions"]["total"] is None
    assert "NEDC, WLTC cannot be added" in apart["emissions"]["asks"][0]
    assert stated["emissions"]["electricity"] == pytest.approx(1500 * 0.8 * grid)


def test_making_the_fuel_counts_where_the_file_names_it(tmp_path):
    row = weighed(tmp_path, [f"{{id: own, write: {FLEET_TARGET}}}"], [CARS[0] + ", fuel: diesel"])["own"]

    made, burned = (tables().find(f"fuel.diesel.{p}", "").flows[0][1] for p in ("made", "burned"))
    assert row["emissions"]["fuel_making"] == pytest.approx(4500 * made / burned)


@pytest.mark.parametrize(
    ("policy", "says"),
    [
        ("{id: a}", "policy 'a': give either rule, a rule of the library, or write, one of your own"),
        ("{id: a, rule: au.nves.pasenger}", "no rule is called 'au.nves.pasenger'; did you mean 'au.nves.passenger'"),
        ("{id: a, write: {kind: limits}}", "policy 'a': kind: input should be"),
        ("{id: a, rule: th.excise.2026, values: [3]}", "values try targets, and a rule of kind 'rates' has none"),
        (f"{{id: a, values: [9, 9], write: {FLEET_TARGET}}}", "policy 'a@9' stands twice"),
        (f"{{id: a, fleet: ../x.yaml, write: {FLEET_TARGET}}}", "'../x.yaml' leaves the project's folder"),
    ],
)
def test_a_policy_that_cannot_be_is_a_sentence_with_its_place(tmp_path, policy, says):
    with pytest.raises(BadInput) as told:
        weighed(tmp_path, [policy])

    assert says in str(told.value)
    assert "policies.yaml:" in str(told.value)


def test_the_command_compares_the_example(run):
    code, out, _ = run(
        "rules", EXAMPLES / "policy-fleet.yaml", "--what-if", EXAMPLES / "policies.yaml", "--on", "2027-07-01",
        "--format", "json",
    )  # fmt: skip
    _, plain, _ = run(
        "rules", EXAMPLES / "policy-fleet.yaml", "--what-if", EXAMPLES / "policies.yaml", "--years", "2027-2028"
    )

    answer = json.loads(out)
    day = answer["days"][0]
    rows = {r["policy"]: r for r in day["policies"]}
    assert code == 0
    assert answer["schema"] == "carnet/carbon-policies/1"
    assert day["what_if"] is True
    assert rows["average@90"]["money"]["makers_pay"] == "143118000"
    assert rows["expected@90"]["against_first"]["emissions"] < 0
    assert rows["limit@120"]["kept_out"] == "46000"
    assert plain.count("WHAT-IF on") == 2
