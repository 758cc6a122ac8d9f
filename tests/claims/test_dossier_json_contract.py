"""The JSON of a dossier keeps its published contract: `carnet/dossier/1`."""

import json
from dataclasses import replace

import pytest
from jsonschema import Draft202012Validator

from carnet.dossier import FORMATS
from carnet.dossier.json import schema
from tests.dossiers import MEMORY, corridor, finding, hostile, library, many

# The keys that the issue of this contract names; they stay for as long as its version is 1.
FINDING = {
    "id", "rule", "market", "about", "verdict", "standing", "force", "title", "because", "missing", "evidence", "via",
    "residual", "source", "clause", "where", "question",
}  # fmt: skip
TOP = {"schema", "project", "on", "known", "catalog", "findings", "exposure", "completeness"}


def rendered(dossier):
    return json.loads(FORMATS["json"].function(dossier, library()))


def walk(node, schema, path=""):
    """Every (path, key) of a value that its schema does not describe."""
    while "$ref" in schema:
        schema = {**DEFS[schema["$ref"].rpartition("/")[2]], **{k: v for k, v in schema.items() if k != "$ref"}}
    if "anyOf" in schema and node is not None:
        return walk(node, schema["anyOf"][0], path)
    found = []
    if isinstance(node, dict) and "properties" in schema:
        found = [f"{path}.{key}" for key in node if key not in schema["properties"]]
        for key, value in node.items():
            found += walk(value, schema["properties"].get(key, {}), f"{path}.{key}")
    elif isinstance(node, list):
        for value in node:
            found += walk(value, schema.get("items", {}), f"{path}[]")
    return found


DEFS = schema()["$defs"]


def test_the_schema_itself_is_in_order():
    Draft202012Validator.check_schema(schema())

    assert schema()["properties"]["schema"]["const"] == "carnet/dossier/1"


@pytest.mark.parametrize(
    "dossier",
    [corridor(), hostile(), many(200), replace(corridor(), findings=(), exposure=(), completeness=(), questions=())],
)
def test_every_dossier_fits_its_schema(dossier):
    complaints = [f"{list(e.path)}: {e.message}" for e in Draft202012Validator(schema()).iter_errors(rendered(dossier))]

    assert complaints == []


def test_a_wrong_verdict_does_not_fit_the_schema():
    wrong = rendered(corridor())
    wrong["findings"][0]["verdict"] = "fine"

    assert not Draft202012Validator(schema()).is_valid(wrong)


def test_every_key_is_described():
    assert walk(rendered(corridor()), schema()) == []


def test_the_keys_of_the_contract_are_there():
    whole = rendered(corridor())

    assert set(whole) >= TOP
    assert all(set(f) >= FINDING for f in whole["findings"])
    assert all(set(e) >= {"signal", "market", "standing", "binds_when", "would_change"} for e in whole["exposure"])
    assert all(set(c) >= {"market", "about", "document", "state", "evidence", "expires"} for c in whole["completeness"])
    assert whole["catalog"] == {"version": "3fa2b1c09d4e", "digest": "sha256:" + "3fa2b1c09d4e" * 5 + "abcd"}


def test_what_is_not_known_is_null_and_lists_are_always_there():
    bare = finding("th.x", ("tractor",), "undecided", standing=None, force=None, source=None)

    (found,) = rendered(corridor(findings=(bare,)))["findings"]

    assert [found[key] for key in ("standing", "force", "source", "clause", "question")] == [None] * 5
    assert [found[key] for key in ("missing", "evidence", "via", "residual")] == [[]] * 4


def test_a_source_says_its_class_reading_and_day_and_whether_it_is_only_reported():
    (found,) = rendered(corridor(findings=(finding(source=MEMORY),)))["findings"]

    assert found["source"] == {
        "id": "m1", "number": "Practitioner's memory", "title": None, "publisher": None, "issued": None,
        "class": "none", "read": "remembered", "seen": None, "reported": True,
    }  # fmt: skip


def test_a_finding_is_named_rule_at_subjects_and_placed_in_the_project_file():
    pair = finding("any.pair.charge", ("tractor", "depot-gbt"), market="th")

    (found,) = rendered(corridor(findings=(pair,)))["findings"]

    assert found["id"] == "any.pair.charge@tractor+depot-gbt"
    assert found["where"] == {"file": "corridor.yaml", "line": 23, "column": 3}


def test_the_order_is_that_of_the_dossier_and_the_text_ends_with_a_newline():
    text = FORMATS["json"].function(corridor(), library())

    assert [f["rule"] for f in json.loads(text)["findings"]] == [f.rule for f in corridor().findings]
    assert text.endswith("}\n")
    assert "Viet Nam" in text


def test_json_lines_carry_the_same_rows_one_a_line():
    whole = rendered(corridor())

    head, *lines = [json.loads(line) for line in FORMATS["jsonl"].function(corridor(), library()).splitlines()]

    assert head["record"] == "dossier"
    assert head["schema"] == whole["schema"]
    assert [{k: v for k, v in row.items() if k != "record"} for row in lines if row["record"] == "finding"] == whole[
        "findings"
    ]
    assert [row["signal"] for row in lines if row["record"] == "exposure"] == [e["signal"] for e in whole["exposure"]]
