"""Every signal is labeled, both buses of a crossed session pass the judge, and no limit grows on the way."""

import pytest

from carnet.charging.converge import converge
from carnet.charging.gateway import cross
from carnet.charging.protocol import library
from carnet.charging.twins import Battery, Supply
from carnet.errors import BadInput

WAYS = [
    ("gbt27930-2015", "chademo-1.x"),
    ("chademo-1.x", "gbt27930-2015"),
    ("gbt27930-2015", "chademo-2.0"),
    ("chademo-2.0", "gbt27930-2015"),
]


@pytest.mark.parametrize(("vehicle", "charger"), WAYS)
def test_every_signal_of_both_sides_has_one_label(vehicle, charger):
    found = converge(vehicle, charger)

    mine, theirs = (library().protocol(p) for p in (vehicle, charger))
    for side, sender, receiver in (("vehicle", mine, theirs), ("charger", theirs, mine)):
        said = {f"{n}.{s.name}" for n, m in sender.messages.items() if m.frame.sender == side for s in m.signals}
        heard = {f"{n}.{s.name}" for n, m in receiver.messages.items() if m.frame.sender == side for s in m.signals}
        labels = [x for x in found.labels if x.side == side]
        assert {x.signal for x in labels if x.signal} == said
        assert {x.to for x in labels if x.to} == heard
    assert all(slack > 0 for _, _, slack, _ in found.sequence if slack is not None)


@pytest.mark.parametrize(("vehicle", "charger"), WAYS)
def test_both_buses_pass_the_judge(vehicle, charger):
    crossing = cross(vehicle, charger, Battery(400, 100), Supply(500, 125), stop_after_s=10)

    assert crossing.outcome == "works"
    for bus in (crossing.vehicle_bus, crossing.charger_bus):
        session = bus.judgement().session
        assert [i for i in session.issues if i.level == "violation"] == []
        assert session.reached in ("end", "release")


@pytest.mark.parametrize(("vehicle", "charger"), WAYS)
def test_no_limit_grows(vehicle, charger):
    crossing = cross(vehicle, charger, Battery(403.7, 80.6), Supply(500.5, 60.4), stop_after_s=8)

    values = [bus.judgement().session.values for bus in (crossing.vehicle_bus, crossing.charger_bus)]
    for side in values:
        for name, most in {
            "BCP.max_charge_voltage": 403.7,
            "100.max_voltage": 403.7,
            "CML.max_voltage": 500.5,
            "108.available_voltage": 500.5,
            "102.request_current": 80.6,
            "108.available_current": 60.4,
        }.items():
            assert name not in side or side[name]["value"] <= most
        for name, most in {"BCL.demand_current": 80.6, "CML.max_current": 60.4, "CCS.output_current": 60.4}.items():
            assert name not in side or -side[name]["value"] <= most
    assert crossing.charger_bus.peak_current <= 60.4


def test_too_little_voltage_does_not_cross():
    crossing = cross("gbt27930-2015", "chademo-1.x", Battery(750, 100), Supply(500, 125), stop_after_s=5)

    assert (crossing.outcome, crossing.reason) == ("fails", "the vehicle needs 750 V; the charger gives at most 500 V")


def test_what_is_not_public_stays_unknown_and_says_where_it_stands():
    layers = {layer.layer: layer for layer in converge("gbt27930-2015", "chademo-2.0").layers}

    assert layers["protocol"].same is None
    assert "CHAdeMO 3.x specification" in layers["protocol"].published_in


def test_families_without_a_mapping_are_named():
    with pytest.raises(BadInput, match="no mapping between gbt27930-2015 and din70121"):
        converge("gbt27930-2015", "din70121")
