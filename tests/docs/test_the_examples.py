"""The examples hold what their comments promise: each gap and each certificate comes out as a verdict with a reason."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from carnet import app
from carnet.dossier.json import contract

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
PROJECTS = ("heavy-truck-corridor", "passenger-car", "dc-charger")


def reviewed(name: str, **asked: Any) -> dict[tuple[str, str], dict[str, Any]]:
    dossier, catalog = app.review_project(EXAMPLES / f"{name}.yaml", cache=False, **asked)
    return {(f["market"], f["id"]): f for f in contract(dossier, catalog)["findings"]}


@pytest.fixture(scope="module")
def truck() -> dict[tuple[str, str], dict[str, Any]]:
    return reviewed("heavy-truck-corridor")


@pytest.fixture(scope="module")
def car() -> dict[tuple[str, str], dict[str, Any]]:
    return reviewed("passenger-car")


@pytest.fixture(scope="module")
def charger() -> dict[tuple[str, str], dict[str, Any]]:
    return reviewed("dc-charger")


def test_the_wheel_on_the_left_fails_where_traffic_keeps_left_and_only_there(truck):
    assert truck["th", "th.vehicle.drive_side@tractor"]["verdict"] == "unmet"
    assert truck["vn", "vn.vehicle.drive_side@tractor"]["verdict"] == "met"
    wheels = [f["id"] for f in truck.values() if f["verdict"] == "unmet" and f["topic"] == "steering"]
    assert wheels == ["th.vehicle.drive_side@tractor"]


def test_an_inlet_without_its_connector_is_refused_and_a_rehearsal_is_no_proof(truck):
    assert truck["th", "any.pair.charge@tractor+public-ccs2"]["verdict"] == "unmet"
    assert truck["th", "any.pair.charge@tractor+depot-gbt"]["verdict"] == "residual"
    assert "Only a simulation says so" in truck["th", "any.pair.charge@tractor+depot-gbt"]["because"]


def test_an_expired_certificate_shows_nothing(truck):
    assert truck["ae", "ae.reess.safety@pack"]["verdict"] == "unproven"


def test_a_report_of_another_hardware_shows_nothing(truck):
    for market in ("th", "vn", "ae"):
        assert truck[market, "any.transport.un38_3@pack"]["verdict"] == "unproven"


def test_a_test_report_is_no_certificate(truck):
    finding = truck["ae", "ae.ev.safety@tractor"]

    assert finding["verdict"] == "unproven"
    assert "gso-tractor-report is a test report" in finding["because"]


def test_an_approval_of_another_party_counts_through_the_agreement(truck):
    finding = truck["th", "th.truck.abs@tractor"]

    assert finding["via"] == ["un58-generic"]
    assert finding["residual"]


def test_an_approval_at_home_needs_no_recognition(truck):
    finding = truck["th", "th.radio@tractor"]

    assert (finding["verdict"], finding["via"]) == ("met", [])


def test_the_station_makers_other_voltage_is_a_finding(truck):
    finding = truck["vn", "project.contradiction.swap_station.dc_voltage_max@station"]

    assert finding["verdict"] == "undecided"
    assert "750 V" in finding["because"]
    assert "700 V" in finding["because"]


def test_the_swap_pair_is_unproven_until_somebody_states_the_scheme(truck):
    assert truck["th", "any.pair.swap@tractor+pack+station"]["verdict"] == "unproven"


def test_a_buyers_specification_speaks_in_the_review():
    dossier, catalog = app.review_project(
        EXAMPLES / "heavy-truck-corridor.yaml", overlays=[EXAMPLES / "buyer-spec"], cache=False
    )
    verdicts = {f["id"]: f["verdict"] for f in contract(dossier, catalog)["findings"] if f["rule"].startswith("fleet.")}

    assert verdicts == {
        "fleet.pack.energy@pack": "met",
        "fleet.pack.warranty@pack": "unproven",
        "fleet.vehicle.cybersecurity@tractor": "unproven",
    }


def test_approvals_of_the_car_travel_to_japan_with_work_left(car):
    for rule in ("jp.cybersecurity.ota", "jp.emc.r10"):
        assert car["jp", f"{rule}@car-rhd"]["verdict"] == "residual"


def test_an_approval_of_the_software_before_shows_nothing(car):
    assert car["eu", "eu.update.vehicle@car-lhd"]["verdict"] == "unproven"
    assert car["eu", "eu.cyber.vehicle@car-lhd"]["verdict"] == "met"


def test_the_passport_binds_from_its_day(car):
    assert ("eu", "eu.battery.passport@pack") not in car
    assert reviewed("passenger-car", on="2027-02-18")["eu", "eu.battery.passport@pack"]["verdict"] == "unmet"


def test_thermal_propagation_waits_for_new_types():
    coarse = reviewed("passenger-car", on="2027-09-10", event="new_type")["jp", "jp.reess.propagation@pack"]
    after = reviewed("passenger-car", on="2027-10-01", event="new_type")["jp", "jp.reess.propagation@pack"]

    assert (coarse["verdict"], after["verdict"]) == ("undecided", "unproven")


def test_the_charger_is_approved_at_home_and_declared_elsewhere(charger):
    assert charger["sg", "sg.charger.approval@charger"]["verdict"] == "met"
    assert charger["gb", "gb.charger.conformity@charger"]["verdict"] == "met"
    assert charger["my", "my.charger.release@charger"]["verdict"] == "unproven"


@pytest.mark.parametrize("name", PROJECTS)
def test_every_finding_has_its_because(name, truck, car, charger):
    for finding in {"heavy-truck-corridor": truck, "passenger-car": car, "dc-charger": charger}[name].values():
        assert finding["because"].endswith((".", "?")), finding["id"]
        assert finding["verdict"] not in ("unproven", "undecided") or finding["question"], finding["id"]


@pytest.mark.parametrize("name", PROJECTS)
def test_specimens_are_what_the_project_says(name):
    dossier, _ = app.review_project(EXAMPLES / f"{name}.yaml", cache=False)

    assert dossier.project.evidence
    for document in dossier.project.evidence:
        raw = (EXAMPLES / document.file).read_bytes()
        assert "sha256:" + hashlib.sha256(raw).hexdigest() == document.digest
        assert b"SPECIMEN" in raw
        assert document.id.encode() in raw


def test_the_library_of_a_buyer_checks_clean():
    problems, counted = app.check_library(EXAMPLES / "buyer-spec")

    assert problems == []
    assert "examples hold" in counted


def test_two_reviews_give_the_same_bytes():
    first, second = (
        json.dumps(contract(*app.review_project(EXAMPLES / "dc-charger.yaml", cache=False))) for _ in range(2)
    )

    assert first == second
