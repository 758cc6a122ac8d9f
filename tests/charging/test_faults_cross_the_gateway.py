"""What fails on one bus becomes a stop on the other within its watchdog, and both logs say so."""

import json

import pytest
from typer.testing import CliRunner

from carnet.charging.gateway import cross
from carnet.charging.rehearse import fault
from carnet.charging.twins import Battery, Supply
from carnet.doors.cli.charge import app
from carnet.errors import BadInput

NEAR, FAR = ("gbt27930-2015", "chademo-1.x"), ("chademo-1.x", "gbt27930-2015")


def crossed(way, trouble, **more):
    return cross(*way, Battery(400, 100), Supply(500, 125), stop_after_s=40, faults=[fault(trouble)], **more)


# way, fault: rule of the end on the vehicle's bus, on the charger's bus
FAULTS = {
    (NEAR, "lose:BCL@30"): ("cem.bcl", "ev.stop"),
    (NEAR, "lose:102@30"): ("cst.unnamed", "se.system"),
    (NEAR, "lose:CCS@30"): ("bem.ccs", "ev.stop"),
    (NEAR, "lose:109@30"): ("cst.unnamed", "ev.system_fault"),
    (NEAR, "hot@30"): ("bst.vehicle", "ev.temperature"),
    (NEAR, "overvoltage@30"): ("bst.voltage", "ev.stop"),
    (NEAR, "wrong:109.status=38@30"): ("cst.condition", "se.malfunction"),
    (NEAR, "dead:gateway@30"): ("bem.ccs", "se.system"),
    (FAR, "lose:BCL@30"): ("se.stop", "cem.bcl"),
    (FAR, "lose:CCS@30"): ("se.stop", "bem.ccs"),
    (FAR, "dead:charger@30"): ("se.stop", "bem.ccs"),
    (FAR, "dead:gateway@30"): ("ev.system_fault", "cem.bcl"),
}


@pytest.mark.parametrize(("way", "trouble"), FAULTS, ids=lambda x: x if isinstance(x, str) else x[0])
def test_a_fault_on_one_bus_stops_the_other_within_its_watchdog(way, trouble):
    crossing = crossed(way, trouble)

    ends = [bus.judgement().session.ended_by for bus in (crossing.vehicle_bus, crossing.charger_bus)]

    assert tuple(e.rule for e in ends) == FAULTS[way, trouble]
    assert crossing.outcome == "fails"
    # the watchdogs are 1 s, the relayed stop needs at most one more cycle of 100 ms; times count from the first frame
    assert all(29.9 <= e.time <= 31.2 for e in ends)


@pytest.mark.parametrize("way", [NEAR, FAR], ids=lambda x: x[0])
def test_no_current_flows_before_the_real_charger_has_checked_the_insulation(way):
    crossing = crossed(way, "insulation")

    assert crossing.reason == "the insulation check did not end well, so the charger does not close the circuit"
    assert crossing.charger_bus.energy_kwh == 0


def test_less_current_from_the_charger_is_less_for_the_vehicle():
    crossing = crossed(NEAR, "weak=10@25")

    assert (crossing.outcome, crossing.reason) == (
        "limited",
        "the vehicle takes up to 100 A; the charger gives at most 10 A",
    )


def test_the_reason_names_the_bus_and_who_owed_what():
    assert crossed(NEAR, "lose:102@30").reason == (
        "on the charger's bus the charger gave up waiting for 102, which stayed away"
    )


def test_a_message_of_neither_bus_is_refused():
    with pytest.raises(BadInput, match="neither bus has a message BCX"):
        crossed(NEAR, "lose:BCX@3")


def test_the_command_judges_both_logs(tmp_path):
    words = ["--protocol", NEAR[0], "--through", NEAR[1], "--vehicle", "400,100", "--charger", "500,125"]
    files = ["--log", str(tmp_path / "x.log"), "--format", "json"]
    answer = CliRunner().invoke(app, ["rehearse", *words, "--fault", "lose:CCS@30", "--seconds", "40", *files])

    plain = json.loads(answer.stdout)
    assert answer.exit_code == 1
    assert {side: j["ended_by"]["rule"] for side, j in plain["judgements"].items()} == {
        "vehicle": "bem.ccs",
        "charger": "ev.stop",
    }
    assert sorted(p.name for p in tmp_path.iterdir()) == ["x-charger.log", "x-vehicle.log"]
