"""What a method demands of the data is judged beside the number, never folded into it."""

import json
from pathlib import Path

import pytest

from carnet.carbon.demands import demands
from tests.carbon.inventories import PACK, read, under
from tests.carbon.test_command import run

__all__ = ["run"]
EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "carbon"
RATED = "data: {kind: primary, ratings: {technological: 1, geographical: 1, temporal: 2}}"
SECONDARY = RATED.replace("primary", "secondary")


def asked(tmp_path, text, method, on="2026-11-21"):
    found = under(read(tmp_path, text), method)
    return {row["demand"]: row for row in demands(found, on)}


def with_data(text, data):
    """Every input of the file says where its amount comes from."""
    return (
        text.replace("}\n      -", f", {data}}}\n      -")
        .replace("amount: 1 kg}", f"amount: 1 kg, {data}}}")
        .replace("amount: 8000 tkm}", f"amount: 8000 tkm, {data}}}")
    )


def test_stages_of_the_company_ask_for_its_own_data(tmp_path):
    silent = asked(tmp_path, PACK, "eu-cfb-ev-draft2024")["company_data"]
    own = asked(tmp_path, with_data(PACK, RATED), "eu-cfb-ev-draft2024")["company_data"]
    bought = asked(tmp_path, with_data(PACK, SECONDARY), "eu-cfb-ev-draft2024")["company_data"]

    assert (silent["verdict"], own["verdict"], bought["verdict"]) == ("unproven", "met", "unmet")
    assert 0 < silent["share"] < 1
    assert own["share"] == 0
    assert all(place.startswith("inventory.yaml:") for place in silent["places"])


def test_a_method_without_company_stages_does_not_ask(tmp_path):
    assert "company_data" not in asked(tmp_path, PACK, "pact-3.0")


def test_inputs_without_ratings_are_unproven(tmp_path):
    silent = asked(tmp_path, PACK, "pact-3.0")["data_quality"]
    rated = asked(tmp_path, with_data(PACK, RATED), "pact-3.0")["data_quality"]

    assert silent["verdict"] == "unproven"
    assert silent["share"] == pytest.approx(1)
    assert rated["verdict"] == "met"


def test_small_inputs_need_no_rating_where_the_method_says_so(tmp_path):
    all_but_transport = with_data(PACK, RATED.replace("temporal: 2", "temporal: 2, completeness: 1, reliability: 1"))
    all_but_transport = all_but_transport.replace("8000 tkm, data:", "8000 tkm, note: unrated }\n#")

    found = asked(tmp_path, all_but_transport, "pact-2.3")["data_quality"]

    assert found["verdict"] == "met"  # ratings are asked above 5 % only
    assert "above 5% of the result" in found["says"]


@pytest.mark.parametrize(("on", "verdict"), [("2029-12-31", "met"), ("2030-01-01", "unmet")])
def test_a_number_grows_old(tmp_path, on, verdict):
    found = asked(tmp_path, PACK, "pact-3.0", on)["validity"]  # its period ends with 2026, three years are given

    assert found["verdict"] == verdict
    assert "the number holds until 2029-12-31" in found["says"]


def test_a_number_without_a_period_has_no_age(tmp_path):
    text = PACK.replace('period: {from: "2026-01-01", to: "2026-12-31", volume: 1000}\n', "")

    assert asked(tmp_path, text, "pact-3.0")["validity"]["verdict"] == "unproven"


def test_a_mandatory_verification_is_never_computed(tmp_path):
    assert asked(tmp_path, PACK, "eu-cfb-ev-draft2024")["verification"]["verdict"] == "unproven"


def test_a_mix_that_stands_in_is_said(tmp_path):
    notes = under(read(tmp_path, PACK), "iso14067-2018").notes

    assert any(
        n == "no electricity.residual is known for cn: electricity stands in, so what others bought by contract is "
        "counted again"
        for n in notes
    )


def test_the_command_shows_what_is_not_met(run):
    inventory = EXAMPLES / "inventories" / "pack.yaml"
    _, out, _ = run("footprint", inventory, "--methods", "eu-cfb-ev-draft2024", "--draws", 100, "--format", "json")
    _, plain, _ = run("footprint", inventory, "--methods", "eu-cfb-ev-draft2024", "--draws", 100)

    listed = {d["demand"]: d["verdict"] for d in json.loads(out)["results"][0]["demands"]}
    assert listed.keys() >= {"company_data", "data_quality", "verification"}
    assert "unproven: verification is mandatory: by notified body" in plain
