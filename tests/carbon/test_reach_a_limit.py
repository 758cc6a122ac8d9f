"""The cheapest changes that bring a product under its limits: proved, and found again by trying everything."""

import json
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from carnet.carbon.change_search import Limit, search
from carnet.carbon.footprint import footprint, unit_of
from carnet.carbon.inventory_reader import read_inventory
from carnet.carbon.options import Scorer, open_workshop
from carnet.errors import BadInput
from tests.carbon.inventories import PACK, tables
from tests.carbon.test_command import run

__all__ = ["run"]
ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "carbon" / "inventories" / "pack-options.yaml"
METHODS = ("pact-3.0", "eu-cfb-ev-draft2024")

# Alone 100 kg of aluminum cost 60 kg; 20 kWh a kWh of cells and 300 kWh a pack follow the grid.
OPTIONS = """\
options:
  - {id: grid, kind: plant, cost: 300 EUR, changes: [{process: cells, region: fr}]}
  - {id: natural, kind: route, cost: 40 EUR, changes: [{process: cells, input: graphite.natural, amount: 0.9 kg}]}
  - id: steel
    kind: route
    cost: 10.50 EUR
    changes: [{process: pack, input: aluminum.secondary, item: steel.eaf_scrap}]
  - {id: fewer, kind: route, cost: 90 EUR, changes: [{process: pack, input: cells, amount: 95 kWh}]}
  - {id: hydro, kind: supplier, cost: 25 EUR, changes: [{process: pack, input: electricity, region: "no"}]}
  - {id: wind, kind: supplier, cost: 55 EUR, changes: [{process: pack, input: electricity, region: "is"}]}
"""


def workshop(tmp_path, text):
    path = tmp_path / "pack.yaml"
    path.write_text(text, encoding="utf-8")
    return open_workshop(path, read_inventory(path, tables()), tables())


def limit(shop, method, share):
    profile = tables().method(method)
    today = footprint(shop.base, profile, tables()).value
    return Limit(profile, "test", today * share, unit_of(shop.base, profile))


def sought(tmp_path, text):
    shop = workshop(tmp_path, text)
    return search(shop, [limit(shop, "pact-3.0", 0.5)])


def tried(shop, limits):
    """(least cost, the choice) of all subsets, each computed by a whole footprint."""
    best = None
    for size in range(len(shop.options) + 1):
        for chosen in combinations(range(len(shop.options)), size):
            if any(pair in shop.conflicts for pair in combinations(chosen, 2)):
                continue
            made = shop.made(chosen)
            if all(footprint(made, x.method, tables()).value <= x.value for x in limits):
                cost = sum(shop.options[n].cost for n in chosen)
                if best is None or cost < best[0]:
                    best = (cost, [shop.options[n].id for n in chosen])
    return best


@pytest.mark.parametrize("share", [1.0, 0.98, 0.95, 0.9, 0.85, 0.8, 0.7, 0.62, 0.5])
def test_the_choice_is_the_one_that_trying_everything_finds(tmp_path, share):
    shop = workshop(tmp_path, PACK + OPTIONS)
    limits = [limit(shop, m, share) for m in METHODS]

    answer, best = search(shop, limits), tried(shop, limits)

    if best is None:
        assert answer["state"] == "out_of_reach"
    else:
        assert answer["proof"]["optimal"]
        assert float(answer["choice"]["cost"]) == float(best[0]) == pytest.approx(answer["proof"]["bound"])


@pytest.mark.parametrize("seed", range(6))
def test_trying_everything_agrees_whatever_options_cost(tmp_path, seed):
    random = np.random.default_rng(seed)
    text = PACK + OPTIONS
    for old in ("300 EUR", "40 EUR", "10.50 EUR", "90 EUR", "25 EUR", "55 EUR"):
        text = text.replace(f"cost: {old}", f"cost: {random.integers(1, 60)} EUR")
    shop = workshop(tmp_path, text)
    limits = [limit(shop, m, random.uniform(0.6, 0.97)) for m in METHODS]

    answer, best = search(shop, limits), tried(shop, limits)

    assert (answer["choice"] and float(answer["choice"]["cost"])) == (best and float(best[0]))


@pytest.mark.parametrize("method", ["pact-3.0", "eu-cfb-ev-draft2024", "gbt24067-2024", "catenax-4.0", "alca-l3"])
def test_intensities_price_a_variant_as_a_whole_footprint_does(method):
    read = read_inventory(ROOT / "examples" / "carbon" / "inventories" / "tractor.yaml", tables())
    if method in METHODS:
        read = read_inventory(ROOT / "examples" / "carbon" / "inventories" / "pack.yaml", tables())
    profile = tables().method(method)

    assert Scorer(profile, read, tables()).value(read) == pytest.approx(
        footprint(read, profile, tables()).value, rel=1e-13
    )


def test_options_that_write_the_same_exclude_each_other(tmp_path):
    shop = workshop(tmp_path, PACK + OPTIONS)

    answer = search(shop, [limit(shop, "pact-3.0", 0.99)])

    assert answer["excludes"] == [["hydro", "wind"]]


def test_what_depends_on_each_other_is_weighed_together(tmp_path):
    shop = workshop(tmp_path, PACK + OPTIONS)

    answer = search(shop, [limit(shop, "pact-3.0", 0.5)])

    # grid, natural and fewer all scale with the cells: 8 combinations; steel, hydro and wind stand alone: 2 each
    assert (answer["proof"]["columns"], answer["proof"]["groups"]) == (14, 4)


def test_without_a_price_changes_are_counted_and_it_is_said(tmp_path):
    shop = workshop(tmp_path, PACK + OPTIONS.replace("cost: 300 EUR", "cost: null"))

    answer = search(shop, [limit(shop, "pact-3.0", 0.7)])

    assert answer["objective"] == "changes"
    assert answer["because"] == "nobody has priced grid, so changes are counted"
    assert answer["choice"]["changes"] == ["grid", "natural"]  # no single one reaches it
    assert answer["choice"]["cost"] is None
    assert answer["choice"]["unpriced"] == ["grid"]


def test_a_product_within_its_limits_needs_no_change(tmp_path):
    shop = workshop(tmp_path, PACK + OPTIONS)

    answer = search(shop, [limit(shop, "pact-3.0", 1.1)])

    assert (answer["state"], answer["choice"]["changes"], answer["choice"]["cost"]) == ("already", [], "0")


def test_further_choices_follow_in_order_of_cost(tmp_path):
    shop = workshop(tmp_path, PACK + OPTIONS)

    answer = search(shop, [limit(shop, "pact-3.0", 0.9)], alternatives=4)

    costs = [float(c["cost"]) for c in (answer["choice"], *answer["alternatives"])]
    assert len(costs) == 5
    assert costs == sorted(costs)


def test_a_product_out_of_reach_tells_the_nearest(tmp_path):
    shop = workshop(tmp_path, PACK + OPTIONS)

    answer = search(shop, [limit(shop, "pact-3.0", 0.05)])

    assert answer["state"] == "out_of_reach"
    assert answer["choice"] is None
    assert set(answer["nearest"]["changes"]) >= {"grid", "natural", "fewer"}
    assert answer["nearest"]["values"][0]["within"] is False


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("process: cells, region: fr", "process: cell, region: fr", "no process is called 'cell'; did you mean"),
        ("input: graphite.natural", "input: graphite", "'cells' has no input 'graphite'"),
        ("300 EUR", "300 euros", "'300 euros' is not an amount of money"),
        ("300 EUR", "300 USD", "costs are given in EUR and USD, which cannot be added"),
        ("id: grid", "id: natural", "option 'natural' stands twice"),
        ("item: steel.eaf_scrap", "item: steel.eaf", "option 'steel': no item is called 'steel.eaf'"),
        ("cost: 300 EUR, ", "cost: 300 EUR, excludes: [natura], ", "no option is called 'natura'; did you mean"),
        ("{process: cells, region: fr}", "{process: cells}", "a change of 'cells' that changes nothing"),
    ],
)
def test_an_option_that_cannot_be_is_a_sentence_with_its_place(tmp_path, old, new, says):
    text = PACK + OPTIONS.replace(old, new)

    with pytest.raises(BadInput) as told:
        sought(tmp_path, text)

    assert says in str(told.value)
    assert "pack.yaml:" in str(told.value)


def test_the_command_finds_the_cheapest_change_for_two_markets(run):
    code, out, _ = run("reach", EXAMPLE, "--methods", ",".join(METHODS), "--limit", "all=85 %", "--format", "json")

    answer = json.loads(out)
    row = answer["results"][0]
    assert code == 0
    assert answer["schema"] == "carnet/carbon-reach/1"
    assert row["choice"]["changes"] == ["natural-graphite", "hydro-smelter"]
    assert row["choice"]["cost"] == "185.00"
    assert all(v["within"] for v in row["choice"]["values"])
    assert [x["what_if"] for x in row["limits"]] == [False, True]
    assert all(x["probability_after"] > x["probability_today"] for x in row["limits"])


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["--methods", "pact-3.0", "--limit", "all=1 %"], 1, ""),
        (["--methods", "pact-3.0"], 2, "pact-3.0 has no limit in kgCO2e/piece. Say one"),
        ([], 2, "name the methods whose limits must be kept"),
        (["--methods", "pact-3.0", "--limit", "60"], 2, "write METHOD=VALUE UNIT"),
        (["--methods", "pact-3.0", "--limit", "pact-3=60 %"], 2, "no method is called 'pact-3'; did you mean"),
        (["--methods", "pact-3.0", "--limit", "pact-3.0=60 kg"], 2, "pact-3.0 gives kgCO2e/piece, not kg"),
    ],
)
def test_bad_use_of_reach_is_a_sentence_and_an_exit_code(run, words, code, says):
    found, out, err = run("reach", EXAMPLE, *words)

    assert found == code
    assert says in out + err


def test_an_inventory_without_options_says_where_to_write_them(run):
    code, _, err = run("reach", EXAMPLE.with_name("pack.yaml"), "--methods", "pact-3.0", "--limit", "all=90 %")

    assert code == 2
    assert "names no options. Write under options what could be changed" in err
