"""An amount is a number with its unit: equal amounts are equal in any unit, different dimensions are never compared."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carnet.catalog import open_catalog
from carnet.condition import evaluate, parse
from carnet.waist import Quantity
from tests.builders import BASE

WORDS = open_catalog(base=BASE).words
UNITS = WORDS.units
AMOUNTS = st.decimals(min_value=-(10**9), max_value=10**9, places=6)


def holds(text: str, **facts: str) -> bool | None:
    stated = {name.replace("__", "."): WORDS.value(name.replace("__", "."), raw) for name, raw in facts.items()}
    return evaluate(parse(text, WORDS), stated.get, WORDS).truth


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("22 kW", "22", "kW"),
        ("22kW", "22", "kW"),
        (" 0.1  kWh ", "0.1", "kWh"),
        ("-20 degC", "-20", "degC"),
        ("5 %", "5", "%"),
        ("80 km/h", "80", "km/h"),
        ("1e3 W", "1000", "W"),
        (".5 t", "0.5", "t"),
    ],
)
def test_an_amount_is_read(text, value, unit):
    assert UNITS.parse(text) == Quantity(Decimal(value), unit)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("22", "'22' has no unit; write for example '22 kW'"),
        ("22 kmh", "no unit is called 'kmh'; did you mean 'km/h'?"),
        ("22 parsec", "no unit is called 'parsec'"),
        ("fast", "'fast' is not an amount with a unit, such as 22 kW"),
        ("", "'' is not an amount with a unit, such as 22 kW"),
        ("1,5 t", "no unit is called ',5 t'"),
        ("٢٢ kW", "'٢٢ kW' is not an amount with a unit, such as 22 kW"),
        ("9" * 90 + " kW", "'99999999999999999999'... has 93 characters; no amount is longer than 80"),
        # 4,000 spaces kept a backtracking pattern busy for 50 seconds.
        ("1" + " " * 4000 + "!\n!", "'1                   '... has 4004 characters; no amount is longer than 80"),
    ],
    ids=["no unit", "near unit", "far unit", "no number", "nothing", "comma", "other digits", "long", "spaces"],
)
def test_what_is_no_amount_is_refused_with_a_sentence(text, says):
    with pytest.raises(ValueError) as refused:
        UNITS.parse(text)

    assert str(refused.value) == says


def test_equal_amounts_are_equal_in_any_unit():
    assert holds("charger.rated_power == 22000 W", charger__rated_power="22 kW") is True
    assert holds("charger.rated_power >= 22 kW", charger__rated_power="22000 W") is True
    assert holds("charger.rated_power in [11 kW, 22 kW]", charger__rated_power="22000 W") is True


def test_a_tenth_stays_a_tenth():
    assert holds("battery.rated_energy == 300 Wh", battery__rated_energy="0.3 kWh") is True
    assert str(UNITS.convert(UNITS.parse("0.3 kWh"), "Wh")) == "300 Wh"


def test_temperatures_have_an_offset():
    assert UNITS.compare(UNITS.parse("0 degC"), UNITS.parse("273.15 kelvin")) == 0
    assert str(UNITS.convert(UNITS.parse("20 degC"), "kelvin")) == "293.15 kelvin"


def test_different_dimensions_are_never_compared():
    with pytest.raises(ValueError) as refused:
        UNITS.compare(UNITS.parse("22 kW"), UNITS.parse("22 kWh"))

    assert str(refused.value) == "22 kW is power, 22 kWh is energy; they cannot be compared"


def test_an_amount_is_not_said_in_a_unit_of_another_dimension():
    with pytest.raises(ValueError) as refused:
        UNITS.convert(UNITS.parse("22 kW"), "t")

    assert str(refused.value) == "22 kW cannot be said in t"


def test_two_facts_are_compared_across_their_units():
    text = "vehicle.dc_voltage_max <= charger.dc_voltage_max"

    assert holds(text, vehicle__dc_voltage_max="750 V", charger__dc_voltage_max="1 kV") is True
    assert holds(text, vehicle__dc_voltage_max="1.2 kV", charger__dc_voltage_max="1000 V") is False
    assert holds(text, vehicle__dc_voltage_max="750 V") is None


@given(AMOUNTS)
def test_a_kilowatt_is_a_thousand_watts_whatever_the_amount(value):
    assert UNITS.compare(Quantity(value, "kW"), Quantity(value * 1000, "W")) == 0


@given(AMOUNTS, AMOUNTS)
def test_order_is_the_order_of_numbers(a, b):
    assert UNITS.compare(Quantity(a, "t"), Quantity(b, "t")) == (a > b) - (a < b)
    assert UNITS.compare(Quantity(a, "t"), Quantity(b, "kg")) == -UNITS.compare(Quantity(b, "kg"), Quantity(a, "t"))


@given(AMOUNTS)
def test_an_amount_prints_as_it_reads(value):
    amount = Quantity(value, "kWh")

    assert UNITS.parse(str(amount)) == amount
