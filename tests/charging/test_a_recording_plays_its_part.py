"""One side of a log talks to our twin; where twin and original part is named, and nothing else is."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from carnet.charging.diverge import diverge
from carnet.charging.listen import listen
from carnet.charging.partner import play
from carnet.charging.protocol import library
from carnet.charging.twins import Battery, Supply
from carnet.doors.cli.charge import app
from carnet.errors import BadInput

from .sessions import CAN, log, session

SIDES = ("vehicle", "charger")


def played(path, side, limits=None):
    met = play(listen(path), side, limits)
    return met, diverge(met)


@pytest.mark.parametrize("protocol", CAN)
@pytest.mark.parametrize("side", SIDES)
def test_against_its_own_recording_a_twin_does_nothing_else(tmp_path, protocol, side):
    met, differences = played(log(tmp_path, session(protocol, seconds=8)), side)

    # a charger does not know the battery's inner resistance, so its output voltage may differ a little
    assert [d.what for d in differences if d.kind != "value"] == []
    assert met.rehearsal.outcome == "works"
    assert [i for i in met.rehearsal.judgement().session.issues if i.level == "violation"] == []
    assert met.waited_s < 3.5  # one log begins only after the 3 s of the insulation check


@pytest.mark.parametrize("protocol", CAN)
def test_what_the_recorded_side_says_is_what_it_said(tmp_path, protocol):
    heard = listen(log(tmp_path, session(protocol, seconds=6)))
    met = play(heard, "charger")

    again = listen(log(tmp_path, met.rehearsal, "again.log"))

    names = [s.name for s in heard.sides["vehicle"]]
    assert {s.payload for s in again.sides["vehicle"]} <= {s.payload for s in heard.sides["vehicle"]}
    assert set(names) == {s.name for s in again.sides["vehicle"]}


def test_a_charger_that_answers_late_is_told_from_a_twin_that_does_not(tmp_path):
    path = log(tmp_path, session("gbt27930-2015", "late:CML=3@0", seconds=6))

    met, differences = played(path, "charger", Supply(500, 125))

    late = [d for d in differences if d.what == "CML"]
    assert [d.kind for d in late] == ["earlier"]
    assert late[0].says.startswith("CML: 3.")
    assert met.hurried_s > 2  # the recorded vehicle does not wait as long as it did


def test_other_limits_show_as_values_with_their_line(tmp_path):
    path = log(tmp_path, session("chademo-1.x", seconds=6))

    _, differences = played(path, "charger", Supply(450, 60))

    [row] = [d for d in differences if d.what == "108.available_current"]
    assert (row.kind, row.recorded, row.twin, row.line is not None) == ("value", "125 A", "60 A", True)


def test_a_vehicle_that_falls_silent_stops_the_twin_as_it_stopped_the_original(tmp_path):
    path = log(tmp_path, session("gbt27930-2015", "lose:BCL@9", seconds=20))

    met, differences = played(path, "charger")

    assert met.rehearsal.judgement().session.ended_by.rule == "cem.bcl"
    assert [d for d in differences if d.kind != "value"] == []


def test_a_twin_that_cannot_reach_the_voltage_parts_where_the_original_got_ready(tmp_path):
    path = log(tmp_path, session("gbt27930-2015", seconds=6))

    met, differences = played(path, "charger", Supply(350, 125))

    assert met.rehearsal.reason == "the vehicle needs 400 V; the charger gives at most 350 V"
    first = next(d for d in differences if d.kind == "unsaid")
    assert first.what == "CRO.ready=170"


def test_a_person_at_the_charger_stops_the_twin_on_the_same_line(tmp_path):
    path = log(tmp_path, session("gbt27930-2015", seconds=6))
    stopped = listen(path).session.ended_by.line

    met, _ = played(path, "charger")

    assert any(f"line {stopped}" in note for note in met.notes)
    assert met.rehearsal.judgement().session.ended_by.rule == "cst.manual"


def test_the_command_plays_the_side_that_is_given(tmp_path):
    path = log(tmp_path, session("chademo-2.0", seconds=5))

    answer = CliRunner().invoke(app, ["rehearse", "--partner", str(path), "--vehicle", "recorded", "--format", "json"])

    plain = json.loads(answer.stdout)
    assert (plain["schema"], plain["outcome"], plain["partner"]["twin"]) == ("carnet/rehearsal/1", "works", "vehicle")
    assert plain["partner"]["file"] == "session.log"


def test_both_sides_given_leave_nobody_to_the_recording(tmp_path):
    path = log(tmp_path, session("chademo-1.x", seconds=5))

    answer = CliRunner().invoke(app, ["rehearse", "--partner", str(path), "--vehicle", "400,1", "--charger", "400,1"])

    assert "the side our twin plays; the recording plays the other" in str(answer.exception)


def test_a_recording_without_a_session_is_refused(tmp_path):
    path = tmp_path / "noise.log"
    path.write_text("(1.0) can0 123#00\n(2.0) can0 123#00\n")

    with pytest.raises(BadInput, match="no session on a CAN bus that a twin could answer"):
        listen(path)


def test_a_log_without_times_keeps_its_order_at_the_pace_of_the_table(tmp_path):
    rehearsal = session("gbt27930-2015", seconds=5)
    rehearsal.frames = [(0, i, d) for _, i, d in rehearsal.frames]

    met, differences = played(log(tmp_path, rehearsal), "vehicle")

    assert "the log gives the order only" in met.notes[0]
    assert [d for d in differences if d.kind in ("later", "earlier", "unsaid")] == []


def test_a_recorded_vehicle_that_reports_a_fault_makes_the_session_fail(tmp_path):
    path = log(tmp_path, session("chademo-1.x", "hot@14", seconds=20))

    met, _ = played(path, "charger")

    assert (met.rehearsal.outcome, met.rehearsal.reason) == (
        "fails",
        "the vehicle reports a battery that is too hot",
    )


SOUND = session("gbt27930-2015", seconds=3).candump().encode()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.tuples(st.integers(0, len(SOUND) - 1), st.binary(max_size=12)), min_size=1, max_size=8))
def test_a_damaged_log_is_played_or_refused_but_never_crashes(tmp_path, cuts):
    raw = bytearray(SOUND)
    for at, piece in cuts:
        raw[at : at + len(piece)] = piece
    path = tmp_path / "damaged.log"
    path.write_bytes(raw)

    for side in SIDES:
        try:
            met, _ = played(path, side, Battery(400, 100) if side == "vehicle" else Supply(500, 125))
        except BadInput:
            continue
        assert met.rehearsal.outcome in ("works", "limited", "fails")


def test_a_real_charge_is_repeated_by_the_twin_in_place_of_its_charger(shared):
    heard = listen(shared / "charging" / "chademo" / "nissan-leaf-chademo-start-stop.csv")

    met = play(heard, "charger")

    assert met.rehearsal.outcome == "works"
    assert met.rehearsal.judgement(library()).session.reached == "release"


def test_a_real_vehicle_that_never_asks_is_given_up_by_another_charger_too(shared):
    heard = listen(shared / "charging" / "chademo" / "zombieverter" / "abb___nissan_std_setup.csv")

    met = play(heard, "charger", Supply(500, 125))

    assert "gave up waiting for a current request within 4 s" in met.rehearsal.reason


def test_a_real_charger_takes_our_vehicle(shared):
    heard = listen(shared / "charging" / "gbt27930" / "candump3.log")

    met = play(heard, "vehicle", Battery(420, 110))

    assert met.rehearsal.outcome == "works"
    assert [i for i in met.rehearsal.judgement().session.issues if i.level == "violation"] == []
