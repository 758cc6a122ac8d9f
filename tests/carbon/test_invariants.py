"""What holds for every inventory under every method."""

import math
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carnet.carbon.footprint import footprint
from carnet.carbon.methods import assume
from tests.carbon.inventories import PACK, TRUCK, read, tables, thing, under

BATTERY = ["eu-cfb-ev-draft2024", "gba-ghg-2", "gbt24067-2024", "iso14067-2018", "jp-battery-cfp", "pact-3.0"]
SLOW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@SLOW
@given(scale=st.floats(0.001, 1000), method=st.sampled_from(BATTERY))
def test_twice_the_amounts_are_twice_the_footprint(tmp_path, scale, method):
    one = under(read(tmp_path, PACK), method).total
    scaled = read(tmp_path, PACK)
    first = scaled.processes[0]
    inputs = tuple(replace(i, amount=i.amount * scale) for i in first.inputs)

    scaled.processes = (replace(first, inputs=inputs), *scaled.processes[1:])  # everything it needs follows

    assert math.isclose(under(scaled, method).total, one * scale, rel_tol=1e-12)


@pytest.mark.parametrize("method", BATTERY)
def test_stages_regions_and_flows_each_sum_to_the_value(tmp_path, method):
    found = under(read(tmp_path, PACK), method)

    for parts in (found.sums(lambda t: t.stage), found.sums(lambda t: t.node[1]), found.sums(lambda t: t.kind)):
        assert math.isclose(sum(parts.values()), found.value, rel_tol=1e-12)
    assert math.isclose(found.by_flow().sum(), found.value, rel_tol=1e-12)


def test_the_warming_set_moves_split_gases_and_leaves_lumped_ones(tmp_path):
    lines = ["item: steel.bf_bof, amount: 10 kg"]
    text = thing(tmp_path, lines)
    process = text.processes[0]
    methane = replace(process.inputs[0], item="ch4_fossil", amount=2.0, unit="kg", flow=True, region="")
    text.processes = (replace(process, inputs=(*process.inputs, methane)),)

    sixth = under(text, "pact-3.0")
    fifth = under(text, assume(tables().method("pact-3.0"), "gwp.set", "ar5"))

    assert round(sixth.value, 9) == 82.8  # 10 x 2.32 + 2 x 29.8
    assert round(fifth.value, 9) == 83.2  # 10 x 2.32 + 2 x 30


@pytest.mark.parametrize("method", sorted(tables().methods))
def test_every_method_computes_a_product_that_states_everything(tmp_path, method):
    text = TRUCK.replace(
        "life_distance: 1000000 km",
        "life_distance: 1000000 km, usable_energy: 400 kWh, warranty: 8 year, transport_work: 20000000 tkm",
    )

    found = footprint(read(tmp_path, text), tables().method(method), tables())

    assert found.value > 0
    assert math.isfinite(found.value)


def test_a_grid_change_goes_through_routes_with_explicit_electricity(tmp_path):
    dirty, clean = (
        under(thing(tmp_path, [f"item: aluminum.smelting, region: {place}, amount: 1 kg"]), "pact-3.0").value
        for place in ("cn", "is")
    )

    assert round(dirty, 9) == 11.8344  # 4.0 + 14 kWh x 0.5596
    assert round(clean, 9) == 4.3962  # 4.0 + 14 kWh x 0.0283


def test_same_input_same_bytes(tmp_path):
    import json

    from carnet.carbon.report import report

    methods = [tables().method(m) for m in BATTERY]
    one, two = (
        json.dumps(
            report(
                read(tmp_path, PACK), methods, tables(), on="2026-11-21", known="2026-11-21", compare=True, draws=200
            )
        )
        for _ in range(2)
    )

    assert one == two
