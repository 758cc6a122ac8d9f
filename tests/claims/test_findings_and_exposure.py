"""What binds yields findings; whatever else is known is exposure; what is not known is a question, never silence."""

import pytest

from tests.builders import (
    charger,
    documents,
    effort,
    expected_document,
    exposed,
    findings,
    pack,
    report,
    review,
    rule,
    signal,
    step,
    truck,
)

ID = "xa.pack.safety"
PASSPORT = {"demands": "battery.passport"}


def open_cells(dossier) -> dict[str, str]:
    return {f.rule: f.question for f in dossier.findings if ".open." in f.rule}


# --- what yields findings ---


@pytest.mark.parametrize("standing", ["signal", "announced", "draft", "adopted"])
def test_a_draft_is_never_law(standing):
    dossier = review(
        rule(**PASSPORT, status=[step("2020-01-01", standing)], binds_when="signature"), pack(passport=False)
    )

    assert findings(dossier, ID) == []
    (shown,) = exposed(dossier, ID)
    assert (shown.standing, shown.binds_when) == (standing, "signature")


def test_exposure_says_which_verdict_it_would_give():
    dossier = review(rule(**PASSPORT, status=[step("2020-01-01", "draft")]), pack(passport=False))

    (shown,) = exposed(dossier, ID)

    assert shown.would_change[0]["verdict"] == "unmet"
    assert shown.would_change[0]["because"] == "battery.passport is false, asked is true."
    assert shown.binds_when == "no binding event is known"


def test_a_draft_for_others_is_no_exposure():
    cars = rule(**PASSPORT, applies="vehicle.category == M1", status=[step("2020-01-01", "draft")])

    assert exposed(review(cars, truck(), pack(fitted_to=["truck"])), ID) == []


def test_a_mandatory_text_that_is_only_published_does_not_bind():
    dossier = review(rule(**PASSPORT, status=[step("2020-01-01", "published")]), pack())

    assert (findings(dossier, ID), exposed(dossier, ID)[0].standing) == ([], "published")


@pytest.mark.parametrize("standing", ["in_force", "published"])
def test_a_contract_binds(standing):
    contract = rule(**PASSPORT, force="contractual", status=[step("2020-01-01", standing)])

    (finding,) = findings(review(contract, pack()), ID)

    assert (finding.force, finding.standing) == ("contractual", standing)


def test_a_voluntary_text_is_exposure_until_the_project_names_it():
    voluntary = rule(
        demands='battery.tested_to has "CH 20:2022"', force="voluntary", status=[step("2022-01-01", "published")]
    )

    unnamed = review(voluntary, pack())
    by_rule, by_standard = (review(voluntary, pack(), voluntary=[name]) for name in (ID, "CH 20:2022"))

    assert findings(unnamed, ID) == []
    assert exposed(unnamed, ID)[0].binds_when == "a contract or the project names it"
    assert findings(by_rule, ID)[0].force == findings(by_standard, ID)[0].force == "voluntary"


def test_naming_one_standard_does_not_name_another_that_begins_alike():
    voluntary = rule(
        demands='battery.tested_to has "CH 20:2022"', force="voluntary", status=[step("2022-01-01", "published")]
    )

    assert findings(review(voluntary, pack(), voluntary=["CH 2"]), ID) == []


# --- empty cells ---


def test_an_empty_cell_asks_its_question_with_the_day_of_knowledge():
    dossier = review(truck(), known="2026-03-01")

    assert open_cells(dossier) == {
        "xa.open.vehicle.approval": "Which approval does this vehicle need? (Aria, 2026-03-01)"
    }
    (finding,) = dossier.findings
    assert (finding.verdict, finding.standing, finding.force, finding.source) == ("undecided", None, None, None)
    assert finding.because == "The library knows no rule in force on this for Aria; that is not the absence of a rule."


def test_only_topics_that_concern_the_kind_are_asked():
    assert list(open_cells(review(charger()))) == ["xa.open.charger.metering"]
    assert open_cells(review(pack())) == {}


def test_a_rule_in_force_fills_its_cell():
    approval = rule("xa.approval", about="vehicle", topic="approval", demands="vehicle.seats >= 1")

    assert open_cells(review(approval, truck())) == {}


def test_a_rule_whose_scope_is_another_product_leaves_the_cell_empty():
    cars = rule(
        "xa.approval", about="vehicle", topic="approval", demands="vehicle.seats >= 1", applies="vehicle.category == M1"
    )

    assert list(open_cells(review(cars, truck()))) == ["xa.open.vehicle.approval"]
    assert open_cells(review(cars, truck(category="M1"))) == {}


def test_a_scope_on_other_facts_is_still_a_rule_on_this_product():
    heavy = rule(
        "xa.approval",
        about="vehicle",
        topic="approval",
        demands="vehicle.seats >= 1",
        applies="vehicle.gross_mass >= 12 t",
    )

    assert open_cells(review(heavy, truck(gross_mass="3 t"))) == {}


def test_a_draft_does_not_fill_the_cell_but_is_mentioned_in_it():
    draft = rule(
        "xa.approval",
        about="vehicle",
        topic="approval",
        demands="vehicle.seats >= 1",
        status=[step("2020-01-01", "draft")],
    )

    (finding,) = [f for f in review(draft, truck()).findings if ".open." in f.rule]

    assert "Known so far, not binding: xa.approval (draft)." in finding.because


def test_an_unknown_row_asks_its_own_question_instead():
    row = rule(
        "xa.approval",
        about="vehicle",
        topic="approval",
        asks="Is registration enough?",
        asked="2026-01-10",
        examples=[],
    )

    dossier = review(row, truck())

    assert open_cells(dossier) == {}
    assert [f.question for f in findings(dossier)] == ["Is registration enough?"]


# --- signals ---


def test_a_signal_is_exposure_and_names_what_it_would_change():
    dossier = review(signal(would_change="a national limit"), rule(**PASSPORT), pack())

    (shown,) = exposed(dossier, "xa-plan")

    assert (shown.standing, shown.binds_when, shown.about) == ("announced", "a decree is signed", ("pack",))
    assert shown.would_change == ({"rule": ID, "about": ["pack"], "verdict": "unproven", "says": "a national limit"},)
    assert [f.rule for f in findings(dossier)] == [ID]


def test_a_signal_on_which_no_rule_stands_says_what_would_change():
    (shown,) = exposed(review(signal(would_change="a national limit"), pack()), "xa-plan")

    assert shown.would_change == ({"about": ["pack"], "says": "a national limit"},)


@pytest.mark.parametrize(
    ("touches", "heard"),
    [
        ({"markets": ["xa"]}, True),
        ({"markets": ["xb"]}, False),
        ({"markets": [], "unions": ["coast"]}, True),
        ({"markets": []}, True),  # nobody named: everybody
        ({"about": ["charger"]}, False),
        ({"about": []}, True),
    ],
)
def test_a_signal_is_heard_where_it_touches(touches, heard):
    assert bool(exposed(review(signal(touches=touches), pack()), "xa-plan")) is heard


def test_a_signal_of_tomorrow_is_not_known_today():
    assert exposed(review(signal(date="2026-06-01"), pack(), known="2026-05-31"), "xa-plan") == []


def test_a_signal_read_tomorrow_is_not_known_today():
    assert exposed(review(signal(), pack(), known="2026-01-09"), "xa-plan") == []


# --- steps and documents ---


def test_what_is_open_brings_its_steps_and_a_quote_replaces_the_range():
    cost = {"low": "40000", "mid": "65000", "high": "90000", "currency": "USD", "priced": "2026-11"}
    quote = {"step": "cr-10-test", "about": ["pack"], "cost": cost, "weeks": {"low": 6, "high": 9}}
    rows = [rule(**PASSPORT, effort=["cr-10-test"]), effort()]

    open_, quoted, met = (
        review(*rows, pack()),
        review(*rows, pack(), quotes=[quote]),
        review(*rows, pack(passport=True)),
    )

    assert [(s.id, s.quoted, s.cost["high"]) for s in open_.steps] == [("cr-10-test", False, "350000")]
    assert [(s.id, s.quoted, s.cost["high"]) for s in quoted.steps] == [("cr-10-test", True, "90000")]
    assert met.steps == ()


def test_a_document_the_market_expects_is_there_expired_or_missing():
    wanted = expected_document(language="xx", applies="vehicle.category == N")
    manual = {"about": ["truck"], "kind": "manual", "standard": None, "document": "xa.doc.manual"}

    missing = review(wanted, truck())
    have = review(wanted, truck(), report("book", **manual, expires="2030-01-01"))
    expired = review(wanted, truck(), report("book", **manual, expires="2026-11-20"))
    elsewhere = review(wanted, truck(category="M1"))

    assert [documents(d)["xa.doc.manual"].state for d in (missing, have, expired)] == ["missing", "have", "expires"]
    assert documents(elsewhere) == {}


def test_a_document_in_another_language_is_not_the_one_expected():
    wanted = expected_document(language="xx")
    manual = {"about": ["truck"], "kind": "manual", "standard": None, "document": "xa.doc.manual", "language": "yy"}

    assert documents(review(wanted, truck(), report("book", **manual)))["xa.doc.manual"].state == "missing"
