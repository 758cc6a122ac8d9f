"""carnet carbon: the commands, their JSON contract and their exit codes."""

import json
from pathlib import Path

import pytest

from carnet.doors.cli.carbon import app
from carnet.doors.cli.console import guarded

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples" / "carbon"
PROMISED = {
    "method",
    "standing",
    "functional_unit",
    "value",
    "unit",
    "stages",
    "gases",
    "biogenic",
    "interval",
    "passes",
    "primary_data_share",
    "dqr",
    "factors",
}


@pytest.fixture
def run(capsys):
    """Run a command of the group; (exit code, stdout, stderr)."""

    def call(*words):
        code = guarded(lambda: app([str(w) for w in words], standalone_mode=False))
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


def test_footprint_keeps_its_contract(run):
    code, out, _ = run(
        "footprint",
        EXAMPLES / "project.yaml",
        "--methods",
        "eu-cfb-ev-draft2024,apec-joint",
        "--format",
        "json",
        "--draws",
        200,
    )

    answer = json.loads(out)
    assert code == 0
    assert answer["schema"] == "carnet/footprint/1"
    assert answer["ledger"] == []
    assert {(r["subject"], r["method"]) for r in answer["results"]} == {
        ("pack", "eu-cfb-ev-draft2024"),
        ("tractor", "apec-joint"),
    }
    for row in answer["results"]:
        assert row.keys() >= PROMISED
        assert {"p5", "p50", "p95"} <= row["interval"].keys()
        assert row["interval"]["p5"] < row["interval"]["p50"] < row["interval"]["p95"]
        assert all({"id", "value", "unit", "source", "verified"} <= f.keys() for f in row["factors"])
        assert sum(row["stages"].values()) == pytest.approx(row["value"], rel=1e-12)
        assert sum(row["gases"].values()) == pytest.approx(row["value"], rel=1e-12)
        assert sum(row["regions"].values()) == pytest.approx(row["value"], rel=1e-12)


def test_compare_fills_the_ledger(run):
    code, out, _ = run(
        "compare",
        EXAMPLES / "inventories" / "pack.yaml",
        "--methods",
        "pact-3.0,catenax-4.0,gbt24067-2024",
        "--format",
        "json",
        "--draws",
        200,
    )

    ledger = json.loads(out)["ledger"]
    assert code == 0
    assert [(row["from"], row["to"]) for row in ledger] == [("pact-3.0", "catenax-4.0"), ("pact-3.0", "gbt24067-2024")]
    assert all(sum(line["delta"] for line in row["lines"]) == row["gap"] for row in ledger)


@pytest.mark.parametrize("command", ["footprint", "compare"])
def test_for_people_a_what_if_says_so(run, command):
    code, out, _ = run(
        command, EXAMPLES / "inventories" / "tractor.yaml", "--methods", "apec-joint,iso14067-2018", "--draws", 200
    )

    assert code == 0
    assert "what-if" in out.lower()
    assert "kgCO2e/km" in out


def test_rules_by_year(run):
    code, out, _ = run(
        "rules", EXAMPLES / "fleet.yaml", "--market", "au,nz", "--years", "2025-2027", "--format", "json"
    )

    answer = json.loads(out)
    assert code == 0
    assert answer["schema"] == "carnet/carbon-rules/1"
    assert [d["on"] for d in answer["days"]] == ["2025-07-01", "2026-07-01", "2027-07-01"]


def test_a_market_without_rows_is_a_question_not_silence(run):
    code, out, _ = run("rules", EXAMPLES / "fleet.yaml", "--market", "in", "--years", "2026", "--format", "json")

    (row,) = json.loads(out)["days"][0]["rules"]
    assert code == 0
    assert (row["state"], row["standing"]) == ("undecided", None)


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["footprint", "no.yaml"], 2, "no.yaml:1:1: cannot be read"),
        (
            ["footprint", EXAMPLES / "project.yaml", "--methods", "pact3.0"],
            3,
            "no method is called 'pact3.0'; did you mean 'pact-3.0'",
        ),
        (
            ["footprint", EXAMPLES / "project.yaml", "--methods", "qct1249-2025", "--assume", "x"],
            2,
            "--assume x: write METHOD:PARAMETER=VALUE",
        ),
        (["footprint", EXAMPLES / "project.yaml", "--threshold", "a=1"], 2, "--threshold a=1: write NAME=VALUE UNIT"),
        (["footprint", EXAMPLES / "fleet.yaml"], 2, "carnet: 'fleet/1' is not one of inventory/1"),
        (["rules", EXAMPLES / "fleet.yaml", "--market", "zz"], 3, "no economy of the code 'zz' is known"),
        (["rules", EXAMPLES / "fleet.yaml", "--years", "20"], 2, "--years 20: write a year or two"),
        (["convert", EXAMPLES / "fleet.yaml", "--to", "pact-3.0"], 2, "is not JSON"),
        (
            ["convert", EXAMPLES / "inventories" / "pack.yaml", "--export", "--to", "pact"],
            3,
            "no exchange format is called 'pact'",
        ),
    ],
)
def test_bad_use_is_a_sentence_and_an_exit_code(run, words, code, says):
    found, _, err = run(*words)

    assert found == code
    assert says in err


def test_an_export_and_a_conversion_tell_their_losses(run, tmp_path):
    code, out, err = run(
        "convert", EXAMPLES / "inventories" / "pack.yaml", "--export", "--to", "catenax-9", "--on", "2026-11-21"
    )
    (tmp_path / "pack.json").write_text(out, encoding="utf-8")
    again, other, lost = run("convert", tmp_path / "pack.json", "--to", "pact-3.0")

    _, computed, _ = run(
        "footprint", EXAMPLES / "inventories" / "pack.yaml", "--methods", "catenax-4.0", "--draws", 100,
        "--on", "2026-11-21", "--format", "json",
    )  # fmt: skip

    assert (code, again) == (0, 0)
    value = json.loads(computed)["results"][0]["value"]
    assert float(json.loads(other)["pcf"]["pcfExcludingBiogenicUptake"]) == pytest.approx(value, rel=1e-6)
    assert "dropped: carbon_total: pact-3.0 has no place for it" in lost
    assert "filled: scopeOfPcfForm[].specVersion" in err


def test_methods_and_items_are_listed(run):
    _, methods, _ = run("methods")
    _, items, _ = run("items", "alum", "--format", "json")

    assert "apec-joint" in methods
    assert {"aluminum.smelting", "aluminum.secondary"} <= {r["item"] for r in json.loads(items)}
