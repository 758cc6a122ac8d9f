"""SARIF, JUnit and Markdown carry the findings to editors, build servers and pull requests, and nothing else."""

import json
import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from jsonschema import Draft202012Validator

from carnet.dossier import FORMATS
from carnet.waist import Place
from tests.dossiers import FILE, MEMORY, corridor, finding, hostile, library, many, project

# What SARIF 2.1.0 requires of a log like ours (written from the text of the standard's property tables; remembered).
TEXT = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string", "minLength": 1}}}
LINE = {"type": "integer", "minimum": 1}
PLACE = {
    "type": "object",
    "required": ["artifactLocation", "region"],
    "properties": {
        "artifactLocation": {
            "type": "object",
            "required": ["uri"],
            "properties": {"uri": {"type": "string", "pattern": r"^[^\s\\]+$"}},
        },
        "region": {
            "type": "object",
            "required": ["startLine"],
            "properties": {"startLine": LINE, "startColumn": LINE},
        },
    },
}
RESULT = {
    "type": "object",
    "required": ["message", "ruleId", "locations"],
    "properties": {
        "message": TEXT,
        "kind": {"enum": ["pass", "open", "informational", "notApplicable", "review", "fail"]},
        "level": {"enum": ["none", "note", "warning", "error"]},
        "ruleIndex": {"type": "integer", "minimum": 0},
        "partialFingerprints": {"type": "object", "additionalProperties": {"type": "string"}},
        "locations": {
            "type": "array",
            "minItems": 1,
            "items": {"type": "object", "required": ["physicalLocation"], "properties": {"physicalLocation": PLACE}},
        },
    },
}
RULE = {
    "type": "object",
    "required": ["id"],
    "properties": {"shortDescription": TEXT, "fullDescription": TEXT, "help": TEXT},
}
DRIVER = {
    "type": "object",
    "required": ["name"],
    "properties": {"rules": {"type": "array", "uniqueItems": True, "items": RULE}},
}
RUN = {
    "type": "object",
    "required": ["tool", "results"],
    "properties": {
        "tool": {"type": "object", "required": ["driver"], "properties": {"driver": DRIVER}},
        "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
        "results": {"type": "array", "items": RESULT},
    },
}
SARIF = {
    "type": "object",
    "required": ["version", "runs"],
    "properties": {"version": {"const": "2.1.0"}, "runs": {"type": "array", "minItems": 1, "items": RUN}},
}


def sarif(dossier, **options):
    return json.loads(FORMATS["sarif"].function(dossier, library(), **options))


def junit(dossier, **options):
    return ElementTree.fromstring(FORMATS["junit"].function(dossier, library(), **options).encode())


def markdown(dossier, **options):
    return FORMATS["md"].function(dossier, library(), **options)


@pytest.mark.parametrize("dossier", [corridor(), hostile(), many(300), corridor(findings=())])
@pytest.mark.parametrize("everything", [False, True])
def test_sarif_has_what_the_standard_requires(dossier, everything):
    complaints = [e.message for e in Draft202012Validator(SARIF).iter_errors(sarif(dossier, everything=everything))]

    assert complaints == []


@pytest.mark.parametrize(
    ("verdict", "level"), [("unmet", "error"), ("unproven", "warning"), ("undecided", "warning"), ("residual", "note")]
)
def test_sarif_levels_follow_the_verdict(verdict, level):
    (result,) = sarif(corridor(findings=(finding(verdict=verdict),)))["runs"][0]["results"]

    assert (result["kind"], result["level"]) == ("fail", level)


@pytest.mark.parametrize(("verdict", "kind"), [("met", "pass"), ("not_applicable", "notApplicable")])
def test_sarif_does_not_complain_of_what_is_fine(verdict, kind):
    fine = corridor(findings=(finding(verdict=verdict),))

    (result,) = sarif(fine, everything=True)["runs"][0]["results"]

    assert (result["kind"], result["level"]) == (kind, "none")
    assert sarif(fine)["runs"][0]["results"] == []


def test_sarif_points_at_the_line_of_the_project_file():
    one = finding(where=Place("pack maker/sub tle.yaml", 12, 5))

    (result,) = sarif(corridor(findings=(one,)))["runs"][0]["results"]
    place = result["locations"][0]["physicalLocation"]

    assert place["artifactLocation"] == {"uri": "pack%20maker/sub%20tle.yaml", "uriBaseId": "%SRCROOT%"}
    assert place["region"] == {"startLine": 12, "startColumn": 5}


def test_sarif_names_each_rule_once_and_every_result_finds_its_rule():
    run = sarif(many(400))["runs"][0]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]

    assert len(rules) == len(set(rules))
    assert all(rules[result["ruleIndex"]] == result["ruleId"] for result in run["results"])


def test_sarif_tells_the_same_finding_by_the_same_fingerprint():
    before, after = finding(), finding(because="Another sentence.", where=Place(FILE, 99, 1))
    prints = [
        sarif(corridor(findings=(f,)))["runs"][0]["results"][0]["partialFingerprints"]
        for f in (before, after, finding(market="vn"))
    ]

    assert prints[0] == prints[1]
    assert prints[0] != prints[2]


@pytest.mark.parametrize(
    ("fail_on", "failures", "skipped"),
    [
        ("unmet", 4, 25),  # 4 unmet; 13 unproven + 9 undecided + 3 not applicable are skipped
        ("unproven", 17, 12),
        ("undecided", 26, 3),
        ("residual", 29, 3),
        ("never", 0, 25),
    ],
)
def test_junit_fails_from_the_fail_level_on(fail_on, failures, skipped):
    suites = junit(corridor(), fail_on=fail_on)

    assert (suites.get("tests"), suites.get("failures"), suites.get("skipped")) == ("40", str(failures), str(skipped))
    assert len(suites.findall(".//failure")) == failures
    assert len(suites.findall(".//skipped")) == skipped


def test_junit_counts_add_up_over_its_suites():
    suites = junit(corridor())

    for name in ("tests", "failures", "skipped"):
        assert sum(int(suite.get(name)) for suite in suites) == int(suites.get(name))
    assert [suite.get("name") for suite in suites] == ["Thailand", "Viet Nam", "United Arab Emirates"]


def test_a_junit_failure_carries_because_question_and_place():
    one = finding(verdict="unmet", because="The report failed.", question="Which report is right?")

    (failure,) = junit(corridor(findings=(one,))).findall(".//failure")

    assert failure.get("message") == "unmet: The report failed."
    for said in ("Which report is right?", "corridor.yaml:23:3", "UN Regulation No. 100, 03 series"):
        assert said in failure.text


def test_junit_stays_well_formed_whatever_the_text():
    cases = junit(hostile()).findall(".//testcase")

    assert len(cases) == 40
    assert "<script>alert(1)</script>" in cases[0].get("name")


def test_markdown_shows_grid_open_findings_and_questions():
    text = markdown(corridor())

    assert "| **Thailand** | ✕ unmet (1 of 5) |" in text
    assert "✕ **4 unmet**" in text
    assert "1. Which swap scheme does the pack follow? (project team; swap; 3 findings)" in text


def test_markdown_is_cut_and_says_so():
    text = markdown(many(5000), most=10)

    assert len(text) < 20_000
    assert re.search(r"- and [\d,]+ more findings in the full dossier", text)


def test_markdown_keeps_hostile_text_as_text():
    text = markdown(hostile())

    assert not re.search(r"<(?!/?(sub|details|summary)>)", text)
    assert not re.search(r"(?<!\\)\[l(?<!\\)\]", text)
    assert "@everyone" not in text
    assert "http://" not in text
    assert "\x1b" not in text
    rows = [line for line in text.splitlines() if line.startswith("| **")]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {10}  # 8 subjects and the market


def test_markdown_says_what_is_only_reported():
    assert "reported, not read" in markdown(corridor(findings=(finding(source=MEMORY),)))


def test_a_dossier_without_open_findings_says_so():
    fine = replace(corridor(findings=(finding(verdict="met"),), questions=()), project=project())

    assert "Nothing is unmet, unproven or undecided." in markdown(fine)
