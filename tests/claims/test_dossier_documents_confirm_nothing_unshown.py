"""Drafted documents repeat what is on record and say what is not; they confirm nothing by themselves."""

from html import unescape
from io import BytesIO

import pytest
from pypdf import PdfReader

from carnet.dossier.documents import compatibility_record, drafted, interface_disclosure, specification_package
from carnet.errors import BadInput, Unheard
from carnet.waist import Fact, Origin
from tests.dossiers import HOSTILE, corridor, finding, hostile, library, project


def section(document, title):
    (found,) = [s for s in document.sections if s.title == title]
    return found


def words(found):
    return " | ".join(cell.plain for row in found.rows for cell in row)


def test_a_disclosure_gives_each_parameter_with_unit_origin_and_evidence():
    document = interface_disclosure(corridor(), library(), "pack")
    stated = words(section(document, "Parameters stated"))

    assert (
        "battery.rated_energy (Meaning of battery.rated_energy.) | 282 kWh | the project file (corridor.yaml:17:7)"
        in stated
    )
    assert "UN R100.03 | evidence r100-pack (test report; corridor.yaml:47:5)" in stated


def test_a_disclosure_says_what_another_company_disclosed():
    document = interface_disclosure(corridor(), library(), "station")

    assert "cab_back | disclosure of station maker (station.yaml:8:5)" in words(section(document, "Parameters stated"))


def test_a_disclosure_lists_what_a_rule_asks_and_nobody_stated():
    asked = finding("any.pair.swap", ("tractor", "pack", "station"), missing=("battery.swap_scheme",))
    document = interface_disclosure(corridor(findings=(asked,)), library(), "pack")

    assert "battery.swap_scheme" in words(section(document, "Asked for by a rule, and not stated"))
    assert "battery.tested_to" not in words(section(document, "Asked for by a rule, and not stated"))


def test_a_silent_parameter_is_named_even_when_no_rule_asks():
    document = interface_disclosure(corridor(findings=()), library(), "tractor")

    assert "vehicle.dc_voltage_max" in section(document, "Asked for by a rule, and not stated").after


def test_contradictions_of_the_parties_stand_in_the_disclosure():
    two = finding(
        "project.contradiction.battery.rated_energy",
        ("pack",),
        "undecided",
        because="The parties contradict each other.",
    )
    document = interface_disclosure(corridor(findings=(two,)), library(), "pack")

    assert "The parties contradict each other." in words(section(document, "Contradictions to settle"))


def test_a_record_names_both_sides_with_their_versions_and_a_line_to_sign_for_each():
    document = compatibility_record(corridor(), library(), "depot")

    assert (
        words(section(document, "The sides"))
        == "tractor | vehicle | hardware B2, software 4.1.0 | Depot charger | charger | not stated"
    )
    assert document.signatures == ("tractor", "Depot charger")


def test_a_record_without_a_trial_says_that_nothing_is_on_record():
    document = compatibility_record(corridor(), library(), "public")

    tried = section(document, "What was tried, and the outcome")

    assert tried.rows == ()
    assert "Nothing is on record" in document.text()


def test_a_record_shows_what_a_room_computed_as_computed():
    computed = Fact("public", "session.outcome", "stopped", Origin("surveyor", "charging", kinds=("simulation",)))

    document = compatibility_record(corridor(), library(), "public", facts=[computed])

    assert "stopped | computed by the charging room (simulation)" in words(
        section(document, "What was tried, and the outcome")
    )


def test_a_record_tells_the_verdict_in_each_market_where_both_stand():
    markets = section(compatibility_record(corridor(), library(), "public"), "What this means in each market")

    assert [row[0].text for row in markets.rows] == ["Thailand", "United Arab Emirates"]


def test_a_package_keeps_confirmed_stated_and_not_shown_apart():
    document = specification_package(corridor(), library(), "vn")

    confirmed = words(section(document, "Confirmed with evidence"))
    stated = words(section(document, "Met by what is stated, without a document"))
    short = words(section(document, "Required, and not shown"))

    assert "r100-pack" in confirmed
    assert "Still to do: check: the approval names this pack version" in confirmed
    assert "The wheel is on the left" in stated
    assert "The wheel is on the left" not in confirmed
    assert "No approval of the vehicle type" in short


def test_a_package_shows_what_depends_on_rule_making_and_never_counts_it():
    document = specification_package(corridor(), library(), "vn")

    depends = words(section(document, "Depends on local rule-making"))

    assert "Conformity of public chargers" in depends
    assert "Signature by the minister, then twelve months" in depends
    assert "Conformity of public chargers" not in words(section(document, "Required, and not shown"))


def test_a_package_lists_only_what_stands_in_its_market():
    products = words(section(specification_package(corridor(), library(), "vn"), "The products"))

    assert "Depot charger" in products
    assert "Public charger" not in products


def test_a_package_says_how_its_texts_were_read():
    texts = words(section(specification_package(corridor(), library(), "th"), "Texts this rests on"))

    assert "Practitioner's memory (no document, from memory, never seen) reported, not read" in texts


def test_every_draft_says_that_it_is_a_draft():
    for what in ("interface:pack", "compatibility:swap", "specification:ae"):
        document = drafted(what, corridor(), library())

        assert "Draft made from the project's own data" in unescape(document.html())
        assert "Draft made from the project's own data" in document.text().replace("\n", " ")


@pytest.mark.parametrize("what", ["interface:depot-gbt", "compatibility:swap", "specification:th"])
def test_hostile_text_stays_text_on_page_and_print(what):
    document = drafted(what, hostile(), library())
    printed = " ".join(page.extract_text() for page in PdfReader(BytesIO(document.pdf())).pages)

    assert "<script>" not in document.html()
    assert "&lt;script&gt;" in document.html()
    assert HOSTILE[:25] in " ".join(printed.split())
    assert "\x1b" not in document.text()


@pytest.mark.parametrize(
    ("what", "error", "says"),
    [
        ("interfaces:pack", BadInput, "did you mean 'interface'?"),
        ("interface", BadInput, "write interface:SUBJECT, compatibility:PAIR or specification:MARKET"),
        ("interface:pakc", Unheard, "the project has no subject 'pakc'; did you mean 'pack'?"),
        ("interface:depot", Unheard, "the project has no subject 'depot'; did you mean 'depot-gbt'?"),
        ("compatibility:tractor", Unheard, "the project has no pair 'tractor'; known: depot, public, swap"),
        ("specification:vnm", Unheard, "the project does not go to 'vnm'; did you mean 'vn'?"),
    ],
)
def test_a_name_the_project_lacks_is_answered_with_the_nearest(what, error, says):
    with pytest.raises(error) as raised:
        drafted(what, corridor(), library())

    assert says in str(raised.value)


def test_text_for_a_terminal_fits_its_width():
    for what in ("interface:pack", "compatibility:swap", "specification:th"):
        lines = drafted(what, corridor(project=project()), library()).text(80).splitlines()

        assert [line for line in lines[:-1] if len(line) > 80] == []
