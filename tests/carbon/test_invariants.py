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


CO = """\
carnet: inventory/1
id: two
place: cn
product: {{name: Two, declared_unit: kg, mass: 1 kg}}
processes:
  - id: one
    stage: manufacturing
    makes: {makes} kg
    {mine}
    inputs:
      - {{item: steel.bf_bof, amount: 7 kg}}
      - {{item: electricity, amount: 11 kWh}}
    co_products:
      - {{id: other, amount: {other} kg, {theirs}}}
"""


@SLOW
@given(
    amounts=st.tuples(st.floats(0.1, 100), st.floats(0.1, 100)),
    worth=st.tuples(st.floats(0.1, 3), st.floats(0.1, 3)),
    rule=st.sampled_from(["price: {:.12f}", "shared_by: {:.12f} MJ"]),
)
def test_the_shares_of_all_products_of_a_process_sum_to_one(tmp_path, amounts, worth, rule):
    whole = under(
        thing(tmp_path, ["item: steel.bf_bof, amount: 7 kg", "item: electricity, amount: 11 kWh"]), "pact-3.0"
    )
    borne = 0.0
    for first, second in ((0, 1), (1, 0)):
        text = CO.format(
            makes=f"{amounts[first]:.12f}",
            other=f"{amounts[second]:.12f}",
            mine=rule.format(worth[first]),
            theirs=rule.format(worth[second]),
        )
        borne += under(read(tmp_path, text), "pact-3.0").value * amounts[first]

    assert math.isclose(borne, whole.value, rel_tol=1e-9)


@pytest.mark.parametrize("method", BATTERY)
def test_the_footprint_is_linear_in_what_a_kilogram_warms(tmp_path, method):
    found = under(read(tmp_path, PACK), method)

    doubled = replace(found, weights=found.weights * 2)

    assert math.isclose(doubled.value, 2 * found.value, rel_tol=1e-13)


@SLOW
@given(content=st.floats(0, 1), recovered=st.floats(0, 1))
def test_with_cut_off_the_inputs_of_the_circular_formula_add_up_to_the_material(tmp_path, content, recovered):
    data = f"recycled: {{content: {content:.9f}, recovered: {recovered:.9f}}}"
    profile = assume(tables().method("eu-cfb-ev-draft2024"), "recycling.a", 1)

    product = "product: {declared_unit: piece, mass: 1 kg, usable_energy: 1 kWh, warranty: 1 year, category: N3}\n"
    read_in = thing(tmp_path, [f"item: aluminum.smelting, amount: 10 kg, {data}"], product)
    found = under(read_in, profile)

    amounts = {t.part: t.amount for t in found.terms}
    assert math.isclose(amounts.get("virgin", 0) + amounts.get("recycled", 0), 10, rel_tol=1e-9)
    assert amounts.get("credit", 0) == 0
