"""Every problem of a library is listed with its place: the shape of files, then where rows meet, then the examples."""

import pytest

from carnet import app
from carnet.errors import BadInput
from carnet.reading import read
from tests.builders import (
    ROOT,
    SHOWN,
    effort,
    expected_document,
    file,
    lay,
    lay_rows,
    recognition,
    rule,
    signal,
    standard,
    step,
)

PASSPORT = {"demands": "battery.passport"}
MEETS = {"says": "It has one.", "given": {"battery.passport": True}, "then": "met"}
FAILS = {"says": "It has none.", "given": {"battery.passport": False}, "then": "unmet"}
PROVEN = {**PASSPORT, "examples": [MEETS, FAILS]}


@pytest.fixture
def check(tmp_path):
    """Checks the small library with these rows; answers the lines of what is said, places from the library's root."""

    def say(*rows) -> list[str]:
        problems, _ = app.check_library(lay(tmp_path, *rows))
        return [line.replace(f"{tmp_path}/library/", "") for p in problems for line in str(p).splitlines()]

    return say


def test_a_sound_library_has_nothing_to_say_and_counts_what_was_checked(tmp_path):
    problems, counted = app.check_library(lay(tmp_path, rule(**PROVEN), recognition(), signal(), effort()))

    assert problems == []
    assert counted == "1 requirements, 7 standards, 1 recognitions, 1 signals, 1 effort, 4 economies; 2 examples hold"


SAID = read(ROOT / "tests" / "data" / "bad-libraries.yaml").plain
ROWS = {
    "a fact nobody knows": rule(demands="battery.pasport", examples=[MEETS, FAILS]),
    "a scope that mixes dimensions": rule(**PROVEN, applies="vehicle.gross_mass >= 5 kW"),
    "no force": rule(**PROVEN, force=None),
    "no status": rule(**PROVEN, status=[]),
    "nothing demanded, nothing asked": rule(),
    "no example": rule(**PASSPORT, examples=[]),
    "no example that fails": rule(**PASSPORT, examples=[MEETS]),
    "an example of another fact": rule(**PASSPORT, examples=[{**MEETS, "given": {"battery.pass": True}}, FAILS]),
    "a source nobody named": rule(**{**PROVEN, "source": "lau"}),
    "no source": rule(**{**PROVEN, "source": ""}),
    "a topic nobody knows": rule(**{**PROVEN, "topic": "safty"}),
    "a kind nobody knows": rule(**{**PROVEN, "about": "batery_pack"}),
    "a kind of evidence nobody knows": rule(**PROVEN, evidence=["test_reports"]),
    "an effort nobody knows": rule(**PROVEN, effort=["cr-10"]),
    "a day that waits for nothing": rule(**PROVEN | {"status": [step({"after": "CR 10.2", "months": 12})]}),
    "a market that is no economy": rule("xq.pack", market="xq", **PROVEN),
    "a recognition by nobody": recognition(accepted_in=["cost"]),
    "a recognition on an unknown fact": recognition(when="evidence.isued"),
    "a standard sensitive to nothing known": standard("CR 99.00", sensitive_to=["battery.color"]),
    "a price that runs backwards": effort(cost={"low": "9", "high": "2", "currency": "USD"}),
    "a price that is no amount": effort(cost={"low": "NaN", "high": "2", "currency": "USD"}),
    "weeks that run backwards": effort(weeks={"low": 9, "high": 2}),
    "a document of an unknown kind": expected_document(kind="manul"),
    "a signal that touches nothing known": signal(touches={"markets": ["xx"], "topics": ["trades"]}),
    "a key nobody knows": rule(**PROVEN, demand="x"),
    "a file nobody reads": file("markets/xa/notes.yaml", "remarks: []\n"),
    "a union within itself": file(
        "markets/_unions/inland/union.yaml", "union: inland\nname: Inland\nmeans: x\nmember_of: [coast, inland]\n"
    ),
    "a unit without a factor": file("words/units2.yaml", "units:\n  horse: {dimension: power, factor: many}\n"),
    "a fact in no unit": file(
        "words/facts/more.yaml", "facts:\n  vehicle.pull: {about: [vehicle], unit: horses, means: x}\n"
    ),
    "a source read on no day": file(
        "markets/xa/more.yaml",
        "sources:\n  s: {number: n, class: law_firm, read: summary}\nrequirements:\n"
        "  - {id: xa.more, title: t, topic: safety, about: vehicle, asks: q, source: s, status: [{standing: draft}]}\n",
    ),
}


@pytest.mark.parametrize("defect", ROWS)
def test_it_is_found_where_it_stands(check, defect):
    assert check(ROWS[defect]) == SAID[defect].splitlines()


def test_unions_that_belong_to_each_other_in_a_circle_are_found(check):
    unions = [
        file(
            f"markets/_unions/{name}/union.yaml",
            f"union: {name}\nname: {name}\nmeans: x\nmember_of: [coast, {above}]\n",
        )
        for name, above in (("hill", "lake"), ("lake", "moor"), ("moor", "hill"))
    ]

    assert check(*unions) == [
        "markets/_unions/hill/union.yaml:1:1: hill: inherits from itself: hill -> lake -> moor -> hill",
        "    Remove one of these memberships.",
    ]


def test_an_id_that_stands_twice_names_both_places(check):
    first, second = rule("a.rule", **PROVEN), rule("a.rule", market="xb", **PROVEN)

    assert check(first, second) == [
        "markets/xb/test-requirements.yaml:3:5: a.rule: this id stands twice in requirements, "
        "first at markets/xa/test-requirements.yaml:3:5",
        "    Rename one of them.",
    ]


def test_an_example_that_does_not_hold_says_what_came_out(check):
    wrong = rule(**PASSPORT, examples=[MEETS, {**FAILS, "then": "unproven"}])

    assert check(wrong) == [
        "markets/xa/test-requirements.yaml:3:5: "
        "xa.pack.safety: example 2 ('It has none.') comes out unmet, not unproven",
        "    battery.passport is false, asked is true.",
    ]


def test_in_an_example_a_standard_counts_as_shown(check):
    shown = {"says": "It is shown.", "given": {"battery.tested_to": ["CR 10.02"]}, "then": "met"}
    silent = {"says": "Nothing is shown.", "then": "unproven"}

    assert check(rule(demands=SHOWN, evidence=["test_report"], examples=[shown, silent])) == []


def test_problems_of_all_files_are_found_together(check):
    found = check(
        rule(demands="battery.pasport", examples=[MEETS, FAILS]),
        recognition(accepted_in=["cost"]),
        effort(weeks={"low": 9, "high": 2}),
    )

    assert len([line for line in found if not line.startswith(" ")]) == 3


def test_a_private_library_is_checked_over_the_one_that_comes_with_the_engine(tmp_path, monkeypatch):
    monkeypatch.setattr("carnet.catalog.library.builtin", lambda: lay(tmp_path))
    private = lay_rows(tmp_path / "buyer", rule("buyer.passport", market="any", **PASSPORT, examples=[MEETS]))

    problems, _ = app.check_library(private)

    assert [p.says for p in problems] == ["buyer.passport: needs an example that meets it and one that does not"]


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(BadInput) as refused:
        app.check_library(tmp_path / "nowhere")

    assert str(refused.value).endswith(
        "nowhere: there is no such folder. Give a folder that holds markets/, standards/ ..."
    )
