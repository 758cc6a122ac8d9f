"""Routes with explicit energy: a change of grid goes through the whole chain, what is lumped stays and says so."""

import re

import pytest

from carnet.carbon.footprint import used
from tests.carbon.inventories import tables, thing, under

ROUTES = sorted({f.id for f in tables().factors.values() if f.needs})


def made_in(tmp_path, item, region, method="pact-3.0"):
    unit = tables().find(item, region).unit
    return under(thing(tmp_path, [f"item: {item}, region: {region}, amount: 1 {unit}"]), method)


def test_copper_foil_agrees_with_a_sum_made_by_hand(tmp_path):
    found = made_in(tmp_path, "copper.foil_deposited", "cn").value

    assert round(found, 9) == 8.40892  # 4.1 of cathode + 7.7 kWh x 0.5596


def test_aluminum_agrees_with_a_sum_made_by_hand(tmp_path):
    found = made_in(tmp_path, "aluminum.primary", "is").value

    caustic = 1.128 * 0.0283
    coal, oil, gas = 3.716 * (0.0946 + 0.016), 0.389 * (0.0774 + 0.0136), 4.469 * (0.0569 + 0.011)
    alumina = coal + oil + gas + 0.08 * caustic  # 0.7524 kg per kg
    pots = 1.6 + 0.0001 * 7380 + 0.00001 * 12400  # CO2 of the anode, CF4, C2F6
    assert round(found, 9) == round(14.1 * 0.0283 + 1.93 * alumina + 0.42 * 0.7 + pots, 9)


def test_a_cleaner_grid_goes_through_the_whole_chain_of_a_cell(tmp_path):
    dirty, clean = (made_in(tmp_path, "cell.nmc622", place) for place in ("cn", "is"))
    columns = {f.id for f in used(clean)}

    assert {"active_material.nmc622", "nickel_sulfate.from_sulfide", "sodium_hydroxide", "alumina"} <= columns
    # kWh of one kWh of cells, by hand: the cell, its active material with salts, graphite, foils
    salts = 1.627 * 2.82 + 0.58 * 1.142 + 0.8253 * 1.128
    aluminum = 13.6 + 1.93 * 0.08 * 1.128  # in China
    kilowatt_hours = 20.1 + 1.464 * (7 + salts) + 0.89 * 12.75 + 0.6 * 7.7 + 0.375 * aluminum
    elsewhere = 0.375 * (14.1 - 13.6) * 0.0283  # the world's pots need a little more than China's
    assert round(dirty.value - clean.value, 9) == round(kilowatt_hours * (0.5596 - 0.0283) - elsewhere, 9)


def test_split_gases_follow_a_change_of_warming_factors(tmp_path):
    inventory = thing(tmp_path, ["item: aluminum.primary, region: is, amount: 1 kg"])
    sixth, fifth = (under(inventory, m).by_flow() for m in ("pact-3.0", "cbam-2026"))
    cf4 = tables().gases.flows.index("cf4")

    assert round(sixth[cf4], 9) == 0.738
    assert round(fifth[cf4], 9) == 6.63  # 0.0001 x 6630 of the fifth report, for 0.1 t of the product


@pytest.mark.parametrize("item", ROUTES)
def test_every_exchange_of_a_route_has_a_source_that_says_how_it_was_read(item):
    for factor in (f for f in tables().factors.values() if f.id == item):
        assert factor.source.number
        assert factor.source.read in ("verbatim", "summary", "inferred", "remembered")
        assert factor.license
        assert not factor.lumped
        assert all(n.amount > 0 for n in factor.needs)


def test_a_result_tells_which_of_its_factors_follow_no_grid(tmp_path):
    notes = made_in(tmp_path, "cell.lfp", "cn").notes

    (said,) = [n for n in notes if "lumped" in n]
    assert re.match(r"\d+ factors are lumped and follow no grid: ", said)
    assert "electrolyte.lipf6" in said
    assert "active_material.lfp" not in said
