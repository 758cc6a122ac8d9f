"""Every end the tables know has a code for the back end, every code exists, and none blames anybody."""

import json

import pytest
from typer.testing import CliRunner

from carnet.charging.backend import reports
from carnet.charging.protocol import library
from carnet.doors.cli.charge import app

from .sessions import log, session

TABLE = reports()
STOPS = sorted({s.id for p in library().protocols.values() for s in p.stops})


@pytest.mark.parametrize("rule", STOPS)
def test_every_stop_of_the_tables_is_assigned(rule):
    assert TABLE.of(rule) is not None


def test_every_code_is_one_of_its_version():
    for row in TABLE.rows:
        for version in TABLE.versions:
            for field in version.fields:
                assert getattr(row, field.key) in field.codes, (row.rules, version.number, field.field)


def test_no_row_stands_for_nothing():
    ends = {*STOPS, "silence", "transport.unanswered"}

    assert [
        r for row in TABLE.rows for r in row.rules if not any(e == r or e.startswith(r.rstrip("*")) for e in ends)
    ] == []


@pytest.mark.parametrize(
    ("trouble", "error", "stopped"),
    [
        ("lose:BCL@9", "EVCommunicationError", "Other"),
        ("insulation", "InternalError", "Other"),
        ("hot@9", "NoError", "StoppedByEV"),
        ("", "NoError", "Local"),
    ],
)
def test_a_rehearsed_end_is_reported(trouble, error, stopped):
    words = [
        "rehearse",
        "--protocol",
        "gbt27930-2015",
        "--vehicle",
        "400,100",
        "--charger",
        "500,125",
        "--seconds",
        "6",
    ]
    answer = CliRunner().invoke(app, [*words, *(["--fault", trouble] if trouble else []), "--format", "json"])

    codes = json.loads(answer.stdout)["back_end"]

    assert codes["OCPP 1.6"]["errorCode"] == error
    assert codes["OCPP 2.0.1"]["stoppedReason"] == stopped


def test_the_judge_says_what_the_back_end_should_have_heard(tmp_path):
    path = log(tmp_path, session("gbt27930-2015", "lose:CCS@9", seconds=20))

    said = CliRunner().invoke(app, ["judge", str(path)]).stdout

    assert "  back end: OCPP 1.6 errorCode EVCommunicationError, reason Other; OCPP 2.0.1 stoppedReason Other" in said


def test_an_end_nobody_saw_has_no_code(tmp_path):
    rehearsal = session("gbt27930-2015", seconds=20)
    rehearsal.frames = [f for f in rehearsal.frames if f[0] < 12_000_000]

    said = CliRunner().invoke(app, ["judge", str(log(tmp_path, rehearsal))]).stdout

    assert "the recording ends while the session goes on" in said
    assert "back end" not in said
