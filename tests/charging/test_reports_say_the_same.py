"""Text, Markdown, JUnit, SARIF and the page say the verdict of the JSON, and nothing a file holds becomes markup."""

import json
import xml.etree.ElementTree as ET

import pytest

from carnet.charging.judge import judge
from carnet.charging.report import human, junit, markdown, page, sarif

from .contract import check
from .sessions import CAN, log, session


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reports")
    return [judge(log(folder, session(p, *f), f"{n}.log")) for n, (p, f) in enumerate(CASES)]


CASES = [(p, ()) for p in CAN] + [("gbt27930-2015", ("lose:BCS@5",)), ("chademo-1.x", ("lose:102@5",))]


def test_every_rehearsal_keeps_the_contract(judged):
    for judgement in judged:
        check(judgement.plain())


def test_every_form_names_the_end(judged):
    for judgement in judged:
        says = judgement.session.ended_by.says
        assert says in human(judgement)
        assert says in page(judgement).replace("&#x27;", "'")
        assert says in markdown([judgement])
        assert says in "".join(ET.fromstring(junit([judgement])).itertext())
        assert any(r["message"]["text"] == says for r in json.loads(sarif([judgement], "0"))["runs"][0]["results"])


def test_a_build_server_counts_what_the_command_counts(judged):
    for level in ("violation", "tolerated", "incomplete", "never"):
        found = ET.fromstring(junit(judged, level))
        levels = ("violation", "tolerated", "incomplete")
        failing = levels[: levels.index(level) + 1] if level in levels else ()
        count = sum(i.level in failing for j in judged for s in j.sessions for i in s.issues)
        assert found.get("failures") == str(count) == str(len(found.findall(".//failure")))
        assert found.get("tests") == str(len(found.findall(".//testcase")))


def test_the_page_shows_timeline_and_curves_and_nothing_from_outside(judged):
    text = page(judged[1])

    assert text.count("<svg") == 4  # stages, voltage, current, state of charge
    assert "prefers-color-scheme:dark" in text
    assert "<script" not in text
    assert "http" not in text.replace("http://www.w3.org", "")


def test_a_hostile_name_stays_text(tmp_path):
    rows = session().candump().replace("can0", "<b>|`x`")
    path = tmp_path / "a_<script>|`b`.log"
    path.write_text(rows)
    judgement = judge(path)

    assert "<script>" not in page(judgement)
    assert "<b>" not in page(judgement)
    assert "<script>" not in markdown([judgement])
    assert markdown([judgement]).splitlines()[2].count("|") == 7
    ET.fromstring(junit([judgement]))
