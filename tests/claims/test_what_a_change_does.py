"""What a design change does to documents and verdicts, what moved since a kept review, and how alternatives compare."""

import json

import pytest

from tests.builders import SHOWN, Ran, carnet, charger, lay, pack, report, rule, standard, truck, write_project

RULES = (
    rule(demands=SHOWN, evidence=["test_report", "type_approval"]),
    rule("xa.energy", demands="battery.rated_energy >= 100 kWh"),
)
PACK = pack(fitted_to=["truck"], versions={"hardware": "P7"}, chemistry="LFP", rated_energy="282 kWh")


@pytest.fixture
def trial(tmp_path):
    """Reviews a project in a folder: trial(rows..., options=[...])."""

    def run(*rows, options=(), **said) -> Ran:
        library = lay(tmp_path, *rows)
        return carnet(library, "review", write_project(tmp_path, *rows, **said), *options)

    return run


def change(trial, *rows, to: list[str]) -> dict:
    options = ["--format", "json", *(word for one in to for word in ("--change", one))]
    return trial(*RULES, truck(), PACK, *rows, options=options).json


# --- what a change does to documents ---


def effect(trial, document, change_: str) -> tuple[str, str]:
    (row,) = change(trial, document, to=[change_])["evidence"]
    return row["effect"], row["why"]


def test_a_test_is_void_when_its_standard_is_sensitive_to_the_change(trial):
    assert effect(trial, report(), "battery.chemistry=NMC") == (
        "void",
        "a test report to CR 10.02 depends on battery.chemistry",
    )


def test_an_approval_can_be_extended_instead(trial):
    approval = report(kind="type_approval", granted_in="xa")

    assert effect(trial, approval, "battery.chemistry=NMC")[0] == "extend"


def test_a_standard_that_does_not_depend_on_the_change_keeps_its_document(trial):
    assert effect(trial, report(), "battery.passport=true") == (
        "keep",
        "CR 10.02 does not depend on battery.passport, as far as the library knows",
    )


def test_what_the_library_does_not_know_is_asked(trial):
    assert effect(trial, report(standard="CR 7.00"), "battery.chemistry=NMC") == (
        "ask",
        "the library does not know whether CR 7.00 depends on battery.chemistry: ask its issuer",
    )


def test_a_change_of_something_else_keeps_the_document(trial):
    (row,) = change(trial, report(), charger(), to=["charger.rated_power=50 kW"])["evidence"]

    assert (row["effect"], row["why"]) == ("keep", "the change is on nothing this document speaks of")


def test_a_new_version_voids_what_covers_the_old_one(trial):
    assert effect(trial, report(covers={"hardware": "P7"}), "pack:versions.hardware=P8") == (
        "void",
        "it covers hardware P7, the change makes it P8",
    )


def test_a_document_that_does_not_speak_of_the_version_is_kept(trial):
    assert effect(trial, report(), "pack:versions.hardware=P8")[0] == "keep"


def test_the_verdicts_that_move_are_listed(trial):
    moved = change(trial, report(), to=["battery.chemistry=NMC", "battery.rated_energy=82 kWh"])["findings"]

    assert [(row["id"], row["change"], row["verdict"]) for row in moved] == [
        ("xa.energy@pack", "worse", ["met", "unmet"]),
        ("xa.pack.safety@pack", "worse", ["met", "unproven"]),
    ]


def test_a_change_that_helps_is_better(trial):
    rows = [*RULES, truck(), pack(rated_energy="82 kWh")]

    found = trial(*rows, options=["--change", "battery.rated_energy=120 kWh", "--format", "json"]).json

    assert [(row["change"], row["verdict"]) for row in found["findings"]] == [("better", ["unmet", "met"])]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ("battery.energy=1 kWh", "no fact is called 'battery.energy'; did you mean 'battery.rated_energy'?"),
        ("battery.rated_energy=1", "'1' has no unit; write for example '1 kW'"),
        ("battery.rated_energy", "write FACT=VALUE, for example vehicle.gross_mass='50 t'"),
        ("=5", "write FACT=VALUE"),
        ("pak:battery.chemistry=LFP", "no subject is called 'pak'; did you mean 'pack'?"),
        ("charger.rated_power=5 kW", "no subject of the project is a charger"),
        ("versions.color=red", "no subject states a version 'color'"),
        ("vehicle.drag=nan", "vehicle.drag: nan is not a number"),
        ("vehicle.drag=1e999", "vehicle.drag: inf is not a number"),
        ("vehicle.seats=²", "vehicle.seats: '²' is not a whole number"),
        ("vehicle.used=maybe", "vehicle.used: 'maybe' is neither true nor false"),
    ],
)
def test_a_change_that_cannot_be_made_is_refused_with_a_sentence(trial, wrong, says):
    ran = trial(*RULES, truck(), PACK, options=["--change", wrong])

    assert ran.code == 2
    assert ran.err.startswith(f"--change {wrong}: ")
    assert says in ran.err


# --- since a kept review ---


def since(trial, tmp_path, before, after, **said) -> list:
    kept = tmp_path / "kept.json"
    kept.write_text(trial(*RULES, truck(), *before, options=["--format", "json"]).out)
    return trial(*RULES, truck(), *after, options=["--baseline", kept, "--format", "json"], **said).json["changed"]


def test_nothing_changed_is_nothing(trial, tmp_path):
    assert since(trial, tmp_path, [PACK], [PACK]) == []


def test_what_is_better_worse_new_and_gone_is_listed(trial, tmp_path):
    before = [pack(rated_energy="82 kWh", tested_to=["x"])]

    changed = since(trial, tmp_path, before, [pack(rated_energy="282 kWh"), pack("spare")])

    assert [(row["id"], row["change"]) for row in changed] == [
        ("xa.energy@pack", "better"),
        ("xa.energy@spare", "new"),
        ("xa.pack.safety@spare", "new"),
    ]


def test_what_is_no_longer_asked_is_gone(trial, tmp_path):
    changed = since(trial, tmp_path, [PACK, pack("spare")], [PACK])

    assert {(row["id"], row["change"], row["because"]) for row in changed} == {
        ("xa.energy@spare", "gone", "it is no longer asked"),
        ("xa.pack.safety@spare", "gone", "it is no longer asked"),
    }


NO_REVIEW = "--baseline: this is not a kept review; make one with carnet review P --format json > kept.json"
ROW = {"id": "a@b", "rule": "a", "market": "xa", "verdict": "met", "standing": "in_force", "title": "t"}


@pytest.mark.parametrize(
    "kept",
    [
        [],
        7,
        {},
        {"schema": "carnet/dossier/1"},
        {"schema": "carnet/dossier/2", "findings": []},
        {"schema": "carnet/dossier/1", "findings": [7]},
        {"schema": "carnet/dossier/1", "findings": [{}]},
        {"schema": "carnet/dossier/1", "findings": [{**ROW, "verdict": "splendid"}]},
        {"schema": "carnet/dossier/1", "findings": [{**ROW, "id": ["a"]}]},
        {"schema": "carnet/dossier/1", "findings": [{**ROW, "market": 5}]},
        {"schema": "carnet/dossier/1", "findings": [{**ROW, "verdict": None}]},
    ],
)
def test_what_is_no_kept_review_is_refused(trial, tmp_path, kept):
    path = tmp_path / "kept.json"
    path.write_text(json.dumps(kept))

    ran = trial(*RULES, truck(), PACK, options=["--baseline", path])

    assert (ran.code, ran.err.strip()) == (2, NO_REVIEW)


@pytest.mark.parametrize("text", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b'"a" "b"'])
def test_what_is_no_json_is_refused(trial, tmp_path, text):
    path = tmp_path / "kept.json"
    path.write_bytes(text)

    ran = trial(*RULES, truck(), PACK, options=["--baseline", path])

    assert ran.code == 2
    assert "is not JSON. Make it with carnet review P --format json > kept.json" in ran.err


# --- products and alternatives ---


def test_a_product_is_reviewed_before_there_is_a_project(tmp_path):
    library = lay(tmp_path, *RULES)

    ran = carnet(library, "review", "--product", "heavy_truck", "--market", "xa", "--format", "json")

    assert {f["id"]: f["verdict"] for f in ran.json["findings"]} == {
        "xa.open.vehicle.approval@heavy_truck": "undecided",
        "xa.pack.safety@heavy_truck-battery": "unproven",
        "xa.energy@heavy_truck-battery": "unproven",
    }


def test_facts_may_be_stated_for_a_product(tmp_path):
    library = lay(tmp_path, *RULES)

    ran = carnet(
        library,
        "review",
        "--product",
        "heavy_truck",
        "--market",
        "xa",
        "--set",
        "battery.rated_energy=282 kWh",
        "--format",
        "json",
    )

    assert next(f for f in ran.json["findings"] if f["rule"] == "xa.energy")["verdict"] == "met"


def test_alternatives_stand_side_by_side(tmp_path):
    library = lay(
        tmp_path, rule("xa.n", about="vehicle", demands="vehicle.seats >= 2", applies="vehicle.category == N")
    )

    ran = carnet(library, "review", "--product", "heavy_truck", "--product", "passenger_car", "--market", "xa")

    assert "heavy_truck" in ran.out
    assert "passenger_car" in ran.out


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (
            ["--product", "heavy_trck", "--market", "xa"],
            2,
            "no product is called 'heavy_trck'; did you mean 'heavy_truck'?",
        ),
        (["--product", "heavy_truck", "--market", "xq"], 3, "--market xq: no economy of the code 'xq' is known."),
        (["--product", "heavy_truck"], 2, "--product needs --market, for example --market "),
        ([], 2, "give either a project file"),
        (["--product", "heavy_truck", "--market", "xa", "--on", "July"], 2, "--on: 'July' is not a year, month or day"),
        (["--product", "heavy_truck", "--market", "xa", "--event", "new"], 2, "--event: 'new' is not one of new_type"),
        (["--product", "heavy_truck", "--market", "xa", "--fail-on", "bad"], 2, "--fail-on: 'bad' is not one of"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_a_sentence(tmp_path, words, code, says):
    ran = carnet(lay(tmp_path, standard("CR 99.00")), "review", *words)

    assert ran.code == code
    assert ran.err.startswith(says)
