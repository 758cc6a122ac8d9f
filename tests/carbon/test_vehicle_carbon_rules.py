"""What a fleet owes or earns under national rules, day by day, by the tables alone."""

from decimal import Decimal
from pathlib import Path

import pytest

from carnet.carbon.fleets import read_fleet
from carnet.carbon.rules import evaluate
from carnet.errors import BadInput
from tests.carbon.inventories import tables

ROOT = Path(__file__).resolve().parents[2]


def fleet(tmp_path, *vehicles, more=""):
    rows = "".join(f"  - {{{v}}}\n" for v in vehicles)
    path = tmp_path / "fleet.yaml"
    path.write_text(f"carnet: fleet/1\n{more}vehicles:\n{rows}", encoding="utf-8")
    return read_fleet(path)


def answer(found, rule, on, market):
    return next(r for r in evaluate(tables(), found, on, [market])["rules"] if r["rule"] == rule)


PETROL = "model: Petrol, category: M1, powertrain: ice, sales: 100, co2: 180, cycle: NEDC, price: 30000"
ELECTRIC = "model: Electric, category: M1, powertrain: bev, sales: 100, co2: 0, wh_km: 150, cycle: NEDC, price: 40000"


def test_all_116_rows_of_the_research_are_there_once():
    rows = [
        n
        for _, r, _, _ in tables().rules.values()
        for s in (r.steps, r.bands, r.amounts)
        for n in [x.row for x in s]
        if n
    ]

    assert sorted(rows) == list(range(1, 117))


def test_an_average_above_the_target_costs_per_gram_and_vehicle(tmp_path):
    found = answer(fleet(tmp_path, PETROL, ELECTRIC), "au.nves.passenger", "2027-07-01", "au")

    # average 90 against 92: 2 g below, on 200 cars; the mass adjustment is a question, so this is an indication
    assert found["state"] == "undecided"
    assert found["indication"]["average"] == "90"
    assert found["indication"]["target"] == "92"
    assert found["indication"]["credits"] == "400"
    assert "Which factor and reference mass" in found["asks"][0]


def test_the_year_decides_the_target(tmp_path):
    found = [
        answer(fleet(tmp_path, PETROL, ELECTRIC), "au.nves.passenger", f"{y}-07-01", "au") for y in (2025, 2028, 2029)
    ]

    assert [f["indication"]["target"] for f in found] == ["141", "68", "58"]
    assert [f["indication"]["owes"] for f in found] == ["0", "440000", "640000"]  # 22 and 32 g x 200 cars x 100


def test_a_decided_target(tmp_path):
    cars = fleet(tmp_path, PETROL.replace("NEDC", "3P-WLTP"), ELECTRIC.replace("NEDC", "3P-WLTP"))

    found = answer(cars, "nz.clean-car.passenger", "2028-07-01", "nz")

    assert found["state"] == "undecided"  # what is owed above the target is a question
    assert found["indication"]["distance"] == "14"  # 90 against 76
    assert answer(cars, "nz.clean-car.passenger", "2026-07-01", "nz")["state"] == "decided"  # 18 below 108


def test_a_text_that_is_adopted_but_not_in_force_is_exposure(tmp_path):
    cars = fleet(tmp_path, PETROL.replace("NEDC", "CVS-75 + HWFET"))

    found = answer(cars, "kr.ghg.cars.2030", "2030-07-01", "kr")

    assert found["state"] == "exposure"
    assert found["indication"]["distance"] == "110"  # 180 against 70


def test_before_its_first_step_a_rule_binds_nobody(tmp_path):
    assert answer(fleet(tmp_path, PETROL), "kr.ghg.cars.2030", "2029-12-31", "kr")["state"] == "not_yet"


def test_cycles_are_never_mixed_without_a_stated_conversion(tmp_path):
    car = PETROL.replace("NEDC", "WLTC")

    alone = answer(fleet(tmp_path, car), "au.nves.passenger", "2026-07-01", "au")
    stated = answer(
        fleet(tmp_path, car, more='conversions: [{from: WLTC, to: NEDC, factor: 0.8, because: "a stated study"}]\n'),
        "au.nves.passenger",
        "2026-07-01",
        "au",
    )

    assert alone["indication"] == {}
    assert "Petrol was measured by WLTC, the rule counts NEDC: which conversion holds?" in alone["asks"]
    assert stated["indication"]["average"] == "144"


@pytest.mark.parametrize(
    ("pollutants", "band", "amount"),
    [
        ("hc: 0, co: 0, nox: 0, pm: 0", "A1", "25000"),
        ("hc: 0, co: 0, nox: 0.018, pm: 0", "B", "0"),  # the worst number decides
        ("hc: 0, co: 0, nox: 0.5, pm: 0", "C2", "-25000"),
    ],
)
def test_the_worst_number_decides_the_band(tmp_path, pollutants, band, amount):
    car = f"model: E, category: M1, powertrain: bev, sales: 1, co2: 0, wh_km: 150, pollutants: {{{pollutants}}}"

    found = answer(fleet(tmp_path, car), "sg.ves.2024", "2024-07-01", "sg")

    assert found["state"] == "decided"
    assert found["outcome"]["vehicles"] == [
        {"model": "E", "band": band, "counts": "60", "amount": amount}
    ]  # 150 Wh/km x 0.4


def test_the_electricity_of_a_tax_rule_is_not_the_grid():
    row, _ = tables().constants["ves-electricity"]

    assert row.value == 0.4
    assert tables().find("electricity", "sg").flows[0][1] != row.value


def test_pollutants_nobody_stated_are_missing_not_zero(tmp_path):
    found = answer(fleet(tmp_path, ELECTRIC), "sg.ves.2024", "2024-07-01", "sg")

    assert found["state"] == "undecided"
    assert found["missing"] == ["Electric: hc", "Electric: co", "Electric: nox", "Electric: pm"]


def test_bands_that_were_not_found_are_a_question(tmp_path):
    found = answer(fleet(tmp_path, ELECTRIC), "sg.ves.2026", "2026-07-01", "sg")

    assert found["state"] == "undecided"
    assert found["indication"]["amounts"]["A"] == "22500"
    assert found["indication"]["amounts"]["C2"] is None


@pytest.mark.parametrize(
    ("car", "rate", "amount"),
    [
        ("model: H, category: M1, powertrain: hev, sales: 1, co2: 100, cycle: NEDC, price: 1000000", "6", "60000"),
        ("model: H, category: M1, powertrain: hev, sales: 1, co2: 101, cycle: NEDC, price: 1000000", "9", "90000"),
        ("model: P, category: M1, powertrain: phev, sales: 1, range_km: 79, price: 1000000", "10", "100000"),
        ("model: E, category: N1, powertrain: bev, sales: 1, price: 1000000", "2", "20000"),
    ],
)
def test_rates_by_powertrain_and_number(tmp_path, car, rate, amount):
    found = answer(fleet(tmp_path, car), "th.excise.2026", "2026-07-01", "th")

    assert found["state"] == "decided"
    assert (found["outcome"]["vehicles"][0]["rate_percent"], found["outcome"]["vehicles"][0]["amount"]) == (
        rate,
        amount,
    )


@pytest.mark.parametrize(("on", "rate"), [("2026-07-01", "13"), ("2028-07-01", "14"), ("2031-07-01", "15")])
def test_of_steps_with_one_condition_the_latest_holds(tmp_path, on, rate):
    car = "model: P, category: M1, powertrain: ice, sales: 1, co2: 95, cycle: NEDC, price: 100"

    found = answer(fleet(tmp_path, car), "th.excise.ice", on, "th")

    assert [v["rate_percent"] for v in found["indication"]["vehicles"]] == [rate]  # adopted, not seen in force


def test_a_share_of_zero_emission_buses(tmp_path):
    buses = fleet(
        tmp_path,
        "model: E, category: M3, powertrain: bev, sales: 30",
        "model: D, category: M3, powertrain: ice, sales: 120",
    )

    found = answer(buses, "co.bus.zero-emission", "2029-07-01", "co")

    assert found["outcome"] == {"share_percent": "20", "target_percent": "40", "meets": False, "short_by": "30"}


def test_a_law_whose_date_may_have_moved_is_an_indication(tmp_path):
    buses = fleet(
        tmp_path,
        "model: E, category: M3, powertrain: bev, sales: 30",
        "model: D, category: M3, powertrain: ice, sales: 120",
    )

    found = answer(buses, "ec.bus.electric", "2026-07-01", "ec")

    assert found["state"] == "undecided"
    assert found["indication"]["short_by"] == "120"
    assert "put off" in found["asks"][0]


def test_a_strategy_is_exposure(tmp_path):
    truck = fleet(tmp_path, "model: T, category: N3, powertrain: ice, sales: 10")

    assert answer(truck, "cl.freight.zero-emission", "2045-07-01", "cl")["state"] == "exposure"
    assert answer(truck, "cl.freight.zero-emission", "2044-07-01", "cl")["state"] == "not_yet"


def test_credits_are_counted_and_what_models_earn_is_asked(tmp_path):
    found = answer(fleet(tmp_path, PETROL), "cn.nev-credit", "2026-07-01", "cn")

    assert found["state"] == "undecided"
    assert found["indication"]["needs_credits"] == "48"  # 48 % of 100


def test_a_target_that_falls_with_mass(tmp_path):
    car = "model: L, category: M1, powertrain: ice, sales: 10, economy_km_l: 20, mass_kg: 1875, cycle: NEDC/WLTP"

    found = answer(fleet(tmp_path, car), "cl.efficiency.light", "2025-07-01", "cl")

    assert Decimal(found["indication"]["target"]) == Decimal("16.65")  # 18.8 - 0.0043 x 500
    assert found["indication"]["meets"] is True


def test_a_draft_is_exposure(tmp_path):
    car = "model: P, category: M1, powertrain: ice, sales: 10, fuel_l_100km: 6, cycle: unknown"

    assert answer(fleet(tmp_path, car), "vn.cafc", "2030-07-01", "vn")["state"] == "exposure"


def test_a_vehicle_the_rule_does_not_speak_of(tmp_path):
    truck = "model: T, category: N3, powertrain: bev, sales: 10"

    assert answer(fleet(tmp_path, truck), "au.nves.passenger", "2026-07-01", "au")["state"] == "not_applicable"


RULE = """\
sources: {s: {number: law, class: official_text, read: verbatim, seen: "2026-11-21"}}
vehicle_carbon: my
rules:
  - id: my.test
    title: Test
    document: Law
    kind: limit
    applies: {category: [M1]}
    metric: {of: co2, unit: gCO2/km}
    cycle: NEDC
    steps: [{from: "2026", value: 120, standing: in_force, source: s}]
"""


def test_a_new_national_rule_is_one_file(tmp_path):
    from carnet.carbon.tables import open_tables

    (tmp_path / "vehicle-carbon").mkdir()
    (tmp_path / "vehicle-carbon" / "xx.yaml").write_text(RULE, encoding="utf-8")

    found = evaluate(open_tables([tmp_path]), fleet(tmp_path, PETROL), "2026-07-01", ["my"])["rules"]

    assert next(r for r in found if r["rule"] == "my.test")["outcome"]["vehicles"][0]["meets"] is False


def test_a_fleet_from_a_sheet(tmp_path):
    (tmp_path / "fleet.csv").write_text(
        "model,category,powertrain,sales,co2,cycle\nA,M1,ice,5,120,NEDC\nB,M1,ice,five,120,NEDC\n", encoding="utf-8"
    )
    path = tmp_path / "fleet.yaml"
    path.write_text("carnet: fleet/1\nsheet: fleet.csv\n", encoding="utf-8")

    with pytest.raises(BadInput, match=r"fleet.csv:3:1: B: sales: 'five' is not a number"):
        read_fleet(path)
