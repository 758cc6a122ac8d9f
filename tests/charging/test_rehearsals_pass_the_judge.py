"""Two twins talk frame by frame; our judge finds nothing to blame, and blames the right side when a fault is put in."""

import pytest

from carnet.charging.judge import judge
from carnet.charging.protocol import library
from carnet.charging.readers import open_recording
from carnet.charging.rehearse import fault
from carnet.charging.sessions import walk
from carnet.errors import BadInput

from .sessions import CAN, log, session


@pytest.mark.parametrize("protocol", CAN)
def test_a_sound_session_has_no_violation(protocol):
    rehearsal = session(protocol)

    verdict = rehearsal.judgement().session

    assert rehearsal.outcome == "works"
    assert verdict.generation == library().protocol(protocol).generation
    assert [i for i in verdict.issues if i.level == "violation"] == []
    assert (verdict.ended_by.side, verdict.confidence) == ("charger", "certain")
    assert verdict.energy["integral_kwh"] == pytest.approx(rehearsal.energy_kwh, abs=0.005)


@pytest.mark.parametrize("protocol", CAN)
def test_the_same_seed_gives_the_same_bytes(protocol):
    assert session(protocol, seed=3).candump() == session(protocol, seed=3).candump()
    assert session(protocol, seed=3).candump() != session(protocol, seed=4).candump()


# protocol, fault: rule of the end, responsible
FAULTS = {
    ("gbt27930-2015", "lose:BCL@12"): ("cem.bcl", "vehicle"),
    ("gbt27930-2015", "lose:CCS@12"): ("bem.ccs", "charger"),
    ("gbt27930-2015", "lose:BRM"): ("cem.brm", "vehicle"),
    ("gbt27930-2015", "lose:CRM"): ("bem.crm_00", "charger"),
    ("gbt27930-2015", "dead:vehicle@12"): ("cem.bcl", "vehicle"),
    ("gbt27930-2015", "dead:charger@12"): ("bem.ccs", "charger"),
    ("gbt27930-2015", "hot@12"): ("bst.vehicle", "vehicle"),
    ("gbt27930-2015", "overvoltage@12"): ("bst.voltage", "unknown"),
    ("gbt27930-2015", "overcurrent@12"): ("bst.current", "charger"),
    ("gbt27930-2023a", "overcurrent@12"): ("bst.current", "charger"),
    ("chademo-1.x", "overvoltage@12"): ("ev.over_voltage", "unknown"),
    ("chademo-2.0", "overcurrent@12"): ("ev.current_deviation", "charger"),
    ("gbt27930-2015", "insulation"): ("cst.own_fault", "charger"),
    ("chademo-1.x", "lose:102@14"): ("se.system", "vehicle"),
    ("chademo-1.x", "lose:109@14"): ("ev.system_fault", "charger"),
    ("chademo-1.x", "hot@12"): ("ev.temperature", "vehicle"),
    ("chademo-1.x", "stop:vehicle@12"): ("ev.stop", "vehicle"),
    ("chademo-1.x", "insulation"): ("se.malfunction", "charger"),
    ("chademo-0.9", "lose:102"): ("se.system", "vehicle"),
}


@pytest.mark.parametrize(("protocol", "trouble"), FAULTS)
def test_a_fault_is_laid_at_the_right_door(protocol, trouble):
    verdict = session(protocol, trouble, seconds=20).judgement().session

    assert (verdict.ended_by.rule, verdict.responsible) == FAULTS[protocol, trouble]


@pytest.mark.parametrize("protocol", ["gbt27930-2015", "chademo-1.x"])
def test_a_fitter_reads_why_it_fails(protocol):
    rehearsal = session(protocol, volts=800, charger_volts=500)

    assert (rehearsal.outcome, rehearsal.reason) == (
        "fails",
        "the vehicle needs 800 V; the charger gives at most 500 V",
    )


@pytest.mark.parametrize(("what", "rose"), [("overvoltage", "the voltage rose"), ("overcurrent", "the current rose")])
def test_a_limit_that_is_passed_is_named(what, rose):
    rehearsal = session("gbt27930-2015", f"{what}@12", seconds=20)

    assert rehearsal.outcome == "fails"
    assert rose in rehearsal.reason


@pytest.mark.parametrize("protocol", CAN)
@pytest.mark.parametrize("trouble", ["", "lose:BCS@9", "late:102=2@9", "wrong:BCL.mode=7@9", "wrong:109.status=38@9"])
def test_both_walkers_agree_on_it(tmp_path, protocol, trouble):
    path = log(tmp_path, session(protocol, *([trouble] if trouble else []), seconds=12))

    slow, fast = (walk(open_recording(path), library(), engine) for engine in ("reference", "swift"))

    assert slow == fast
    assert slow.records


def test_a_wrong_value_is_named_with_its_line(tmp_path):
    verdict = judge(log(tmp_path, session("gbt27930-2015", "wrong:BCL.mode=7@9"))).session

    [issue] = [i for i in verdict.issues if i.rule == "value.BCL.mode"]
    assert (issue.level, "first raw 7" in issue.message, issue.line is not None) == ("violation", True, True)


def test_a_fault_that_cannot_be_read_says_how_to_write_it():
    with pytest.raises(BadInput, match="write for example lose:BCL@20"):
        fault("loose:BCL")
