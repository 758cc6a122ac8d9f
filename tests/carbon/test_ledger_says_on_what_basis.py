"""The ledger names its methods and the basis it compares on, and its sums are exact on a grid of powers of two."""

import math

import pytest

from carnet.carbon.ledger import CAUSES, grid, ledger, on, put_on
from carnet.carbon.methods import assume
from tests.carbon.inventories import PACK, TRUCK, read, tables


@pytest.mark.parametrize(
    ("values", "step"),
    [((), 1.0), ((0.0, 0.0), 1.0), ((1.0,), 2.0**-39), ((0.5, -6.0), 2.0**-37), ((1023.0, 1.0), 2.0**-30)],
)
def test_the_grid_has_forty_bits_below_the_largest_value(values, step):
    assert grid(*values) == step


def test_a_value_moves_to_the_nearest_step():
    assert on(0.25, 1.1) == 1.0
    assert on(0.25, 1.2) == 1.25


def test_two_methods_of_one_unit_are_compared_in_it(tmp_path):
    method = tables().method("pact-3.0")
    other = assume(method, "gwp.set", "ar5")
    found = ledger(read(tmp_path, PACK), method, other, tables())

    assert (found["from"], found["to"]) == (method.id, other.id)
    assert found["basis"] == "functional unit"
    assert set(found) == {"from", "to", "unit", "basis", "first", "second", "lines", "gap"}


def test_methods_of_different_units_are_compared_on_the_product(tmp_path):
    pack = read(tmp_path, PACK)
    found = ledger(pack, tables().method("pact-3.0"), tables().method("eu-cfb-ev-draft2024"), tables())

    assert found["basis"] == "declared unit of the product"
    assert found["unit"] == f"kgCO2e/{pack.form.product.declared_unit}"
    assert found["lines"][-2:] == [{"cause": "functional_unit", "delta": 0}, {"cause": "rounding", "delta": 0}]


def test_putting_every_section_on_gives_the_second_method():
    first, second = tables().method("pact-3.0"), tables().method("eu-cfb-ev-draft2024")
    for same in (True, False):
        worn = first
        for cause, sections in CAUSES:
            worn = put_on(worn, first, second, cause, sections, same)

        for _, sections in CAUSES:
            for section in sections:
                assert getattr(worn.form, section) == getattr(second.form, section), (section, same)


def test_a_number_the_first_unit_divides_by_stays_until_the_unit_changes():
    first, second = tables().method("eu-cfb-ev-draft2024"), tables().method("pact-3.0")
    divides = {n for n in first.form.parameters if n in first.form.functional_unit.per}

    kept = put_on(first, first, second, "service_life", ("parameters",), True)
    moved = put_on(first, first, second, "service_life", ("parameters",), False)

    assert set(kept.form.parameters) == {*second.form.parameters, *divides}
    assert kept.form.functional_unit == first.form.functional_unit
    assert moved.form.parameters == second.form.parameters
    assert moved.form.functional_unit == second.form.functional_unit


def test_a_truck_keeps_its_distance_under_one_unit(tmp_path):
    short = tables().method("qct1249-2025")
    long = assume(short, "parameters.life_distance", 300_000)
    found = ledger(read(tmp_path, TRUCK), short, long, tables())

    assert found["basis"] == "functional unit"
    assert math.isclose(sum(line["delta"] for line in found["lines"]), found["second"] - found["first"], abs_tol=0)
