"""Coupler, protocol, voltage, power: the first layer that fails is where it stops, the first unknown is what to ask."""

import pytest

from carnet.charging.couplers import couplers
from carnet.charging.match import Side, match

TABLE = couplers()


def vehicle(*inlets, complete=True, volts=400.0, **more):
    return Side(inlets, complete, max_voltage=volts, max_current=125.0, **more)


def charger(*connectors, complete=True, volts=500.0, power=50.0, **more):
    return Side(connectors, complete, max_voltage=volts, max_power=power, **more)


def test_same_coupler_works_at_the_lower_power():
    found = match(vehicle("CHAdeMO 1.1"), charger("IEC 62196-3 AA"), TABLE)

    assert (found.outcome, found.power) == (
        "works",
        50.0,
    )  # the charger's 50 kW; the vehicle takes 400 V * 125 A = 50 kW


def test_less_power_than_asked_is_limited():
    found = match(vehicle("CCS2", volts=800.0, max_power=100.0), charger("CCS2", volts=1000.0, power=60.0), TABLE)

    assert (found.outcome, found.power) == ("limited", 60.0)


def test_a_voltage_out_of_reach_fails_and_asks_for_a_redesign():
    found = match(vehicle("CCS2", volts=800.0), charger("CCS2", volts=500.0), TABLE)

    assert (found.outcome, found.stops_at) == ("fails", "parameters")
    assert found.reason == "the vehicle needs 800 V; the charger gives at most 500 V"
    assert [(u.about, u.kind) for u in found.upgrades] == [("vehicle", "redesign"), ("charger", "incremental")]


def test_the_lowest_charging_voltage_decides_when_the_highest_is_out_of_reach():
    unknown = match(vehicle("CCS2", volts=600.0), charger("CCS2", volts=500.0), TABLE)
    known = match(vehicle("CCS2", volts=600.0, min_voltage=420.0), charger("CCS2", volts=500.0), TABLE)

    assert (unknown.outcome, unknown.missing) == ("", ("vehicle.dc_voltage_min",))
    assert known.outcome == "limited"


def test_an_adapter_that_was_read_about_carries_it():
    found = match(vehicle("ChaoJi"), charger("CHAdeMO"), TABLE)

    assert (found.outcome, found.adapter) == ("works_through_adapter", "CHAdeMO connector to ChaoJi inlet")


def test_an_adapter_known_from_memory_is_only_a_question():
    found = match(vehicle("GB/T 20234.3-2015"), charger("CCS2"), TABLE)

    assert (found.outcome, found.missing) == ("", ("charger.adapter_included",))


def test_an_open_list_never_makes_a_no():
    open_list = match(vehicle("CCS2", complete=False), charger("CHAdeMO"), TABLE)
    closed = match(vehicle("CCS2"), charger("CHAdeMO"), TABLE)

    assert (open_list.outcome, open_list.missing) == ("", ("vehicle.inlets",))
    assert (closed.outcome, closed.stops_at) == ("fails", "coupler")


@pytest.mark.parametrize(
    ("missing", "side"), [("vehicle.dc_voltage_max", "vehicle"), ("charger.dc_voltage_max", "charger")]
)
def test_an_undeclared_voltage_is_named(missing, side):
    sides = {"vehicle": vehicle("CCS2"), "charger": charger("CCS2")}
    sides[side] = vehicle("CCS2", volts=None) if side == "vehicle" else charger("CCS2", volts=None)

    found = match(sides["vehicle"], sides["charger"], TABLE)

    assert (found.outcome, found.missing) == ("", (missing,))


def test_a_declared_protocol_stands_for_its_only_coupler():
    found = match(vehicle("GB/T 20234.3-2015"), charger(protocols=("GB/T 27930-2015",)), TABLE)

    assert found.outcome == "works"


def speaking(*protocols, complete=True):
    return {"protocols": protocols, "protocols_complete": complete}


def test_stacks_without_a_common_protocol_stop_at_the_handshake():
    found = match(
        vehicle("CCS2", **speaking("DIN SPEC 70121:2014")), charger("CCS2", **speaking("ISO 15118-20:2022")), TABLE
    )

    assert (found.outcome, found.stops_at) == ("fails", "handshake")
    assert [u.steps for u in found.upgrades] == [("evcc-adapt", "charin")]


def test_an_open_list_of_protocols_never_makes_a_no():
    found = match(
        vehicle("CCS2", **speaking("DIN SPEC 70121:2014", complete=False)),
        charger("CCS2", **speaking("ISO 15118-20:2022")),
        TABLE,
    )

    assert (found.outcome, found.missing) == ("", ("vehicle.charging_protocols",))


def test_a_charger_of_the_newest_generation_only_asks_what_the_vehicle_speaks():
    found = match(vehicle("CCS2"), charger("CCS2", **speaking("ISO 15118-20:2022")), TABLE)

    assert (found.outcome, found.missing) == ("", ("vehicle.charging_protocols",))


def test_generations_of_one_stack_talk_the_elders_language_where_the_table_says_so():
    found = match(
        vehicle("CHAdeMO 1.1", **speaking("CHAdeMO 0.9")), charger("CHAdeMO", **speaking("CHAdeMO 2.0")), TABLE
    )

    assert (found.outcome, found.protocols) == ("works", ("CHAdeMO 0.9",))


def test_what_memory_says_of_generations_is_noted():
    found = match(
        vehicle("GB/T 20234.3-2015", **speaking("GB/T 27930-2011")),
        charger("GB/T 20234.3-2015", **speaking("GB/T 27930-2015")),
        TABLE,
    )

    assert found.protocols == ("GB/T 27930-2011",)
    assert any("known from memory only" in n for n in found.notes)


def test_a_limit_only_memory_knows_bounds_nothing():
    remembered = match(vehicle("CCS2", volts=1200.0), charger("CCS2", volts=1200.0, power=300.0), TABLE)
    read = match(vehicle("CHAdeMO", volts=1200.0), charger("CHAdeMO", volts=1200.0, power=300.0), TABLE)

    assert (remembered.outcome, remembered.voltage) == ("works", 1200.0)
    assert (read.outcome, read.missing) == ("", ("vehicle.dc_voltage_min",))
