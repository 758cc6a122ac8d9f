"""Draws, quantiles and the chance to pass a threshold."""

import math

import numpy as np
import pytest

from carnet.carbon.uncertainty import draw, interval
from tests.carbon.inventories import PACK, read, tables, thing, under


def test_one_lognormal_amount_has_the_quantiles_of_a_lognormal(tmp_path):
    found = under(thing(tmp_path, ["item: transport.air_long_haul, amount: 1000 tkm, geometric_sd: 1.2"]), "pact-3.0")

    spread, _ = interval(found, tables(), draws=40_000)

    sigma = math.log(1.2)
    assert spread.p50 == pytest.approx(608, rel=0.01)  # 1000 x 0.608, its factor states no range
    assert spread.p95 == pytest.approx(608 * math.exp(1.645 * sigma), rel=0.01)
    assert spread.sd == pytest.approx(608 * math.sqrt(math.exp(sigma**2) * (math.exp(sigma**2) - 1)), rel=0.03)


def test_low_and_high_of_a_factor_are_its_5_and_95_percent(tmp_path):
    found = under(thing(tmp_path, ["item: steel.bf_bof, amount: 1 kg"]), "pact-3.0")

    spread, _ = interval(found, tables(), draws=40_000)

    assert (spread.p5, spread.p50, spread.p95) == pytest.approx((2.0, 2.32, 2.5), rel=0.01)


def test_a_factor_used_twice_varies_once(tmp_path):
    once = under(thing(tmp_path, ["item: steel.bf_bof, amount: 2 kg"]), "pact-3.0")
    twice = under(thing(tmp_path, ["item: steel.bf_bof, amount: 1 kg", "item: steel.bf_bof, amount: 1 kg"]), "pact-3.0")

    assert interval(once, tables(), 20_000)[0].sd == pytest.approx(interval(twice, tables(), 20_000)[0].sd, rel=0.03)


def test_the_first_order_check_agrees_where_spreads_are_small(tmp_path):
    inputs = [f"item: transport.air_long_haul, amount: {n} tkm, geometric_sd: 1.05" for n in (100, 200, 300)]
    spread, _ = interval(under(thing(tmp_path, inputs), "pact-3.0"), tables(), draws=40_000)

    assert spread.sd == pytest.approx(spread.first_order_sd, rel=0.02)


def test_the_same_seed_gives_the_same_draws_and_another_does_not(tmp_path):
    found = under(read(tmp_path, PACK), "pact-3.0")

    assert np.array_equal(draw(found, tables(), 300, 7), draw(found, tables(), 300, 7))
    assert not np.array_equal(draw(found, tables(), 300, 7), draw(found, tables(), 300, 8))


def test_the_chance_to_pass_lies_where_the_draws_lie(tmp_path):
    from carnet.carbon.report import report

    text = PACK + (
        "thresholds: [{id: low, value: 1000, unit: kgCO2e/piece}, "
        "{id: middle, value: 3507.08, unit: kgCO2e/piece}, {id: "
        "other, value: 1, unit: kgCO2e/km}]\n"
    )
    answer = report(
        read(tmp_path, text), [tables().method("pact-3.0")], tables(), on="2026-11-21", known="2026-11-21", draws=4000
    )

    passes = {p["threshold"]: p for p in answer["results"][0]["passes"]}
    assert set(passes) == {"low", "middle"}  # a threshold in another unit is not compared
    assert passes["low"]["probability"] == 0
    assert 0.35 < passes["middle"]["probability"] < 0.65
    assert passes["middle"]["passes"] is True


def test_what_states_no_spread_is_exact_and_said_to_be(tmp_path):
    found = under(thing(tmp_path, ["item: transport.air_long_haul, amount: 5 tkm"]), "pact-3.0")

    assert np.ptp(draw(found, tables(), 100)) == 0
    assert any("taken as exact" in note for note in found.notes)


def spread_of(tmp_path, text):
    return interval(under(read(tmp_path, text), "pact-3.0"), tables(), draws=40_000)[0]


ASSEMBLY = """\
carnet: inventory/1
id: thing
place: cn
product: {declared_unit: piece, mass: 1 kg}
processes:
  - id: whole
    stage: manufacturing
    makes: 1 piece
    inputs: [{item: part, amount: 2 piece%s}, {item: bolt, amount: 1 kg}]
  - {id: part, stage: manufacturing, makes: 1 piece, inputs: [{item: bolt, amount: 3 kg%s}]}
  - {id: bolt, stage: manufacturing, makes: 1 kg, inputs: [{item: transport.air_long_haul, amount: 10 tkm}]}
"""


def test_an_amount_that_another_process_makes_varies_too(tmp_path):
    still = spread_of(tmp_path, ASSEMBLY % ("", ""))
    one = spread_of(tmp_path, ASSEMBLY % (", geometric_sd: 1.1", ""))
    both = spread_of(tmp_path, ASSEMBLY % (", geometric_sd: 1.1", ", geometric_sd: 1.1"))

    # 7 bolts of 6.08 kg; six of them hang on the parts, whose number varies by 1.1
    assert still.sd == 0
    assert one.p50 == pytest.approx(42.56, rel=0.01)
    assert one.sd == pytest.approx(6 * 6.08 * math.log(1.1), rel=0.03)
    assert both.sd == pytest.approx(6 * 6.08 * math.log(1.1) * math.sqrt(2), rel=0.03)
    assert both.sd == pytest.approx(both.first_order_sd, rel=0.03)
