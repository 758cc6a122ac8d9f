"""The circular footprint formula keeps its limits: A = 1 is cut-off, A = 0 is avoided burden."""

import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carnet.carbon.methods import assume
from tests.carbon.inventories import tables, thing, under

SLOW = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
OWN = """\
sources: {lab: {number: own measurement, class: maker, read: verbatim, seen: "2026-11-01"}}
factors:
  - {id: virgin, title: V, unit: kg, value: 10, class: metal, flows: {co2e: 10},
     recycled_as: recycled, license: own, source: lab}
  - {id: recycled, title: Recycled, unit: kg, value: 2, flows: {co2e: 2}, class: metal, license: own, source: lab}
  - {id: dump, title: Landfill, unit: kg, value: 0.5, flows: {co2e: 0.5}, license: own, source: lab}
  - {id: burn, title: Burning, unit: kg, value: 3, flows: {co2e: 3}, license: own, source: lab}
  - {id: heat, title: Heat, unit: MJ, value: 0.1, flows: {co2e: 0.1}, license: own, source: lab}
"""


def formula(a, b=0):
    """The full life cycle with factors A and B."""
    method = assume(tables().method("eu-cfb-ev-draft2024"), "recycling.a", a)
    method = assume(assume(method, "recycling.b", b), "functional_unit.per", [])
    return assume(method, "recycling.energy_credit", True)


def kilogram(tmp_path, **recycled):
    words = ", ".join(f"{k}: {v}" for k, v in recycled.items())
    return thing(tmp_path, [f"item: virgin, stage: materials, amount: 1 kg, recycled: {{{words}}}"], more=OWN)


@SLOW
@given(recovered=st.floats(0, 1))
def test_with_a_1_recovery_gives_no_credit(tmp_path, recovered):
    found = under(kilogram(tmp_path, recovered=recovered, disposal_item="dump"), formula(1))

    assert math.isclose(found.value, 10 + (1 - recovered) * 0.5, rel_tol=1e-12)  # Ev + (1 - R2) Ed


@SLOW
@given(share=st.floats(0, 1))
def test_with_a_0_a_closed_loop_costs_only_its_recycling(tmp_path, share):
    found = under(kilogram(tmp_path, content=share, recovered=share), formula(0))

    # (1 - R) Ev + R Ev + R (Erec - Ev) = Ev - R (Ev - Erec): the terms of virgin material in R1 and R2 cancel
    assert math.isclose(found.value, 10 - share * (10 - 2), rel_tol=1e-12)


def test_in_between_by_hand(tmp_path):
    found = under(kilogram(tmp_path, content=0.4, recovered=0.9, quality_in=0.9, quality_out=0.8), formula(0.2))

    # virgin 0.6 x 10 + 0.4 x 0.8 x 10 x 0.9 = 8.88; recycled 0.4 x 0.2 x 2 = 0.16
    # end of life 0.8 x 0.9 x (2 - 10 x 0.8) = -4.32
    assert round(found.value, 12) == 4.72  # 8.88 + 0.16 - 4.32


@pytest.mark.parametrize(("b", "expected"), [(0, 12.6), (1, 10)])
def test_energy_recovery_belongs_to_the_waste_or_to_the_heat(tmp_path, b, expected):
    found = under(kilogram(tmp_path, energy=1, burned_item="burn", energy_item="heat", energy_gained=4), formula(1, b))

    assert round(found.value, 12) == expected  # 10 + (1 - B) (3 - 4 x 0.1)


def test_the_factor_a_goes_by_the_class_of_the_material(tmp_path):
    method = assume(tables().method("eu-cfb-ev-draft2024"), "functional_unit.per", [])
    found = under(kilogram(tmp_path, content=1), method)

    assert round(found.value, 12) == 8.4  # A of metals 0.2: 0.2 x 2 + 0.8 x 10
