"""A rehearsal and a convergence as pages and SARIF: the same answer, closed in itself, the same bytes."""

import json
import re

import pytest
from typer.testing import CliRunner

from carnet.doors.cli.charge import app

from .sessions import log, session

PLAIN = ["rehearse", "--protocol", "gbt27930-2015", "--vehicle", "400,100", "--charger", "500,125", "--seconds", "5"]
CROSSED = [*PLAIN, "--through", "chademo-1.x"]


def page(tmp_path, words, name="page.html"):
    path = tmp_path / name
    answer = CliRunner().invoke(app, [*words, "--html", str(path)])
    assert answer.exit_code in (0, 1), answer.output
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "words", [PLAIN, CROSSED, ["converge", "gbt27930-2015", "chademo-2.0"]], ids=["plain", "crossed", "converge"]
)
def test_a_page_stands_alone_and_repeats(tmp_path, words):
    first, second = page(tmp_path, words), page(tmp_path, words, "again.html")

    assert first == second
    assert first.startswith("<!doctype html>")
    assert not re.search(r"(?:src|href)=|<script|@import|url\(", first)


def test_the_page_begins_with_the_outcome_and_shows_every_bus(tmp_path):
    text = page(tmp_path, [*CROSSED, "--fault", "hot@20", "--seconds", "30"])

    assert "fails: the vehicle stopped because its battery is too hot (simulated)" in text
    assert text.count("<h1>") == 1
    assert "Bus of the vehicle" in text
    assert "Bus of the charger" in text


def test_the_page_of_a_partner_lists_where_they_part(tmp_path):
    path = log(tmp_path, session("chademo-1.x", seconds=5))

    text = page(tmp_path, ["rehearse", "--partner", str(path), "--charger", "500,60"])

    assert "Where the twin and the log part" in text
    assert "108.available_current: 125 A in the log, 60 A by the twin" in text


def test_the_page_of_a_convergence_has_every_label(tmp_path):
    text = page(tmp_path, ["converge", "gbt27930-2015", "chademo-1.x"])

    counts = json.loads(
        CliRunner().invoke(app, ["converge", "gbt27930-2015", "chademo-1.x", "--format", "json"]).stdout
    )["counts"]
    for how, n in counts.items():
        assert text.count(f"<td>{how}</td>") == n + 1  # and once in the legend
    assert "not public" in text


def test_sarif_puts_a_failed_rehearsal_first():
    answer = CliRunner().invoke(app, [*PLAIN[:-4], "--charger", "300,125", "--format", "sarif"])

    [run] = json.loads(answer.stdout)["runs"]
    result = run["results"][0]
    assert answer.exit_code == 1
    assert (result["ruleId"], result["level"]) == ("rehearsal.fails", "error")
    assert result["message"]["text"] == "the vehicle needs 400 V; the charger gives at most 300 V (simulated)"
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == "rehearsal.fails"


def test_sarif_of_a_sound_rehearsal_has_no_error():
    answer = CliRunner().invoke(app, [*PLAIN, "--format", "sarif"])

    assert answer.exit_code == 0
    assert all(r["level"] != "error" for r in json.loads(answer.stdout)["runs"][0]["results"])
