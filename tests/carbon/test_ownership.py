"""What owning costs and emits, and the cheapest purchase that keeps the rule; nothing is priced by guessing."""

import itertools
import json
from pathlib import Path

import pytest

from carnet.carbon.ownership import owned
from carnet.carbon.ownership_file import read_ownership
from carnet.errors import BadInput
from tests.carbon.inventories import tables
from tests.carbon.test_command import run

__all__ = ["run"]
EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "carbon"

# No interest and round numbers, so that every sum can be done by hand.
FILE = """\
carnet: ownership/1
market: co
method: iso14067-2018
currency: USD
years: 10
discount_rate: 0
energies:
  diesel: {price: 1, unit: L, item: driving.diesel, mj_per_unit: 36}
  grid: {price: 0.10, unit: kWh, region: co}
vehicles:
  - model: D
    category: M3
    powertrain: ice
    units: 80
    km_per_year: 50000
    energy: diesel
    use_per_km: 0.4
    price: 100000
    maintenance_per_km: 0.20
    revenue_per_km: 1
    production_t: 50
  - model: E
    category: M3
    powertrain: bev
    units: 20
    km_per_year: 50000
    energy: grid
    use_per_km: 1.2
    price: 250000
    maintenance_per_km: 0.10
    battery: {year: 8, price: 30000}
    residual: 10000
    revenue_per_km: 1
    production_t: 80
"""


def asked(tmp_path, text=FILE, on="2027-07-01"):
    path = tmp_path / "buses.yaml"
    path.write_text(text, encoding="utf-8")
    return owned(read_ownership(path, tables().items()), tables(), on)


def test_the_cost_of_owning_is_added_up_by_hand(tmp_path):
    diesel, electric = asked(tmp_path)["vehicles"]

    # 100,000 + 500,000 km x (0.4 L x 1 + 0.20); 250,000 + 500,000 km x (1.2 kWh x 0.10 + 0.10) + 30,000 - 10,000
    assert (diesel["total"], electric["total"]) == ("400000.00", "380000.00")
    assert (diesel["per_km"], electric["per_km"]) == ("0.8000", "0.7600")
    assert (diesel["earns_per_km"], electric["earns_per_km"]) == ("0.2000", "0.2400")
    assert sum(float(v) for v in electric["cost"].values()) == 380000


def test_break_evens_are_where_the_costs_meet(tmp_path):
    even = asked(tmp_path)["vehicles"][1]["against_first"]

    assert even["price"] == "270000.00"  # 20,000 cheaper today
    assert even["energy_price"] == "0.1333"  # 20,000 over 600,000 kWh
    # fixed 270,000 against 100,000; running 0.22 against 0.60 per km over ten years: 170,000 / 3.8
    assert even["km_per_year"] == "44737"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("    price: 250000", "    price: 270000"),
        ("price: 0.10", "price: 0.13333333333333333333"),
        ("km_per_year: 50000", "km_per_year: 44736.842105263"),
    ],
)
def test_at_a_break_even_both_cost_the_same(tmp_path, old, new):
    diesel, electric = asked(tmp_path, FILE.replace(old, new))["vehicles"]

    assert float(electric["per_km"]) == pytest.approx(float(diesel["per_km"]), abs=2e-4)


def test_emissions_follow_the_grid_and_the_fuel(tmp_path):
    diesel, electric = asked(tmp_path)["vehicles"]

    made, burned = (tables().find(f"fuel.diesel.{p}", "").flows[0][1] for p in ("made", "burned"))
    grid = tables().find("electricity", "co").flows[0][1]
    assert diesel["emissions"]["energy"] == pytest.approx(500 * 0.4 * 36 * (made + burned), rel=0.03)
    assert electric["emissions"]["energy"] == pytest.approx(500 * 1.2 * grid)
    assert electric["emissions_total"] == pytest.approx(500 * 1.2 * grid + 80)
    assert electric["against_first"]["emissions"] == pytest.approx(
        electric["emissions_total"] - diesel["emissions_total"]
    )
    assert float(electric["against_first"]["cost_per_t"]) < 0  # it saves both


def test_interest_makes_what_comes_later_cheaper(tmp_path):
    even, later = (asked(tmp_path, FILE.replace("discount_rate: 0", f"discount_rate: {r}")) for r in (0, 0.1))

    assert float(later["vehicles"][1]["cost"]["battery"]) == pytest.approx(30000 / 1.1**8, abs=0.01)
    assert float(later["vehicles"][1]["per_km"]) > float(even["vehicles"][1]["per_km"])


@pytest.mark.parametrize(
    ("old", "new", "asks"),
    [
        ("price: 0.10", "price: null", "energies.grid.price"),
        ("    price: 250000", "    price: null", "E: price"),
        ("maintenance_per_km: 0.10", "maintenance_per_km: null", "E: maintenance_per_km"),
        ("price: 30000", "price: null", "E: battery.price"),
        ("discount_rate: 0", "discount_rate: null", "discount_rate"),
    ],
)
def test_what_nobody_has_priced_is_asked_for_and_its_totals_stay_open(tmp_path, old, new, asks):
    answer = asked(tmp_path, FILE.replace(old, new))

    assert answer["missing"] == [asks]
    assert answer["vehicles"][1]["total"] is None
    assert answer["vehicles"][1]["emissions_total"] is not None
    assert answer["plan"][0]["cheapest"] is None
    assert "not every price is known" in answer["plan"][0]["because"]


def test_a_production_nobody_computed_is_said(tmp_path):
    answer = asked(tmp_path, FILE.replace("    production_t: 80\n", ""))

    assert answer["missing"] == ["E: production_t"]
    assert answer["vehicles"][1]["production_counted"] is False
    assert answer["vehicles"][1]["against_first"]["cost_per_t"] is None


@pytest.mark.parametrize("on", ["2027-07-01", "2029-07-01", "2033-07-01", "2035-07-01"])
@pytest.mark.parametrize("price", [200000, 270001, 300000])
def test_the_cheapest_purchase_is_the_one_that_trying_every_split_finds(tmp_path, on, price):
    answer = asked(tmp_path, FILE.replace("    price: 250000", f"    price: {price}"), on)
    plan, rows = answer["plan"][0], answer["vehicles"]

    cost = [float(r["total"]) / 10 for r in rows]
    tried = min(
        (cost[0] * d + cost[1] * e, e)
        for d, e in itertools.product(range(101), repeat=2)
        if d + e == 100 and e >= plan["needs"]
    )
    assert plan["cheapest"]["units"].get("E", 0) == tried[1]
    assert float(plan["cheapest"]["per_year"]) == pytest.approx(tried[0], abs=0.01)


def test_what_the_rule_costs_is_the_distance_to_the_cheapest_without_it(tmp_path):
    plan = asked(tmp_path, FILE.replace("    price: 250000", "    price: 300000"), "2029-07-01")["plan"][0]

    # 40 of 100; each costs 430,000 against 400,000 over ten years
    assert (plan["needs"], plan["has"], plan["short_by"]) == (40, 20, 20)
    assert plan["cheapest"]["rule_costs_per_year"] == "120000.00"


def test_a_market_that_says_nothing_is_a_question(tmp_path):
    answer = asked(tmp_path, FILE.replace("market: co", "market: th"))

    assert answer["plan"] == []
    assert "Which rule on carbon holds for E (M3) here?" in answer["asks"][1]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("energy: grid", "energy: grit", "no energy is called 'grit'; did you mean 'grid'"),
        ("model: E", "model: D", "model 'D' stands twice"),
        ("{year: 8", "{year: 11", "a battery of year 11 lies after the 10 counted"),
        ("item: driving.diesel, mj_per_unit: 36", "item: driving.diesel", "nobody says how many MJ one L has"),
        ("item: driving.diesel", "item: driving.disel", "no item is called 'driving.disel'; did you mean"),
        (", region: co", "", "grid: says neither a region nor an item"),
        ("    price: 250000\n", "", "price"),
    ],
)
def test_a_file_that_cannot_be_used_is_a_sentence_with_its_place(tmp_path, old, new, says):
    with pytest.raises(BadInput) as told:
        asked(tmp_path, FILE.replace(old, new))

    assert says in str(told.value)
    assert "buses.yaml:" in str(told.value)


def test_the_command_answers_for_buses_and_trucks(run):
    code, out, _ = run("ownership", EXAMPLES / "city-buses.yaml", "--on", "2027-07-01", "--format", "json")
    other, plain, _ = run("ownership", EXAMPLES / "swap-trucks.yaml")

    answer = json.loads(out)
    assert (code, other) == (0, 0)
    assert answer["schema"] == "carnet/carbon-ownership/1"
    assert answer["plan"][0]["cheapest"]["units"] == {"Battery 12 m": 20, "Diesel 12 m": 80}
    _, buses, _ = run("ownership", EXAMPLES / "city-buses.yaml", "--on", "2027-07-01")
    assert "[decided, in_force, reported, not read]" in buses  # the shares of this law are remembered
    assert "say: energies.swapped.price" in plain
    assert "say: Swap tractor: maintenance_per_km" in plain
