"""What each room prints as JSON on the examples keeps its published contract: every key is there and of its type.

Within a version fields are added, never taken away, so the schemas here demand keys and allow others beside them.
The review's contract has its own claim (test_dossier_json_contract.py).
"""

import contextlib
import io
import json
import shutil
import sys
from pathlib import Path
from unittest import mock

import pytest
from jsonschema import Draft202012Validator

EXAMPLES = Path(__file__).parents[2] / "examples"
CORRIDOR = EXAMPLES / "heavy-truck-corridor.yaml"
CHAIN = EXAMPLES / "supply" / "truck-battery"
PACK = EXAMPLES / "carbon" / "inventories" / "pack.yaml"

TEXT = {"type": "string", "minLength": 1}
MAYBE_TEXT = {"type": ["string", "null"]}
WORDS = {"type": "string"}
YES = {"type": "boolean"}
NUMBER = {"type": "number"}
MAYBE = {"type": ["number", "null"]}
COUNT = {"type": "integer", "minimum": 0}
SHARE = {"type": "number", "minimum": 0, "maximum": 1}
MONEY = {"type": ["string", "null"], "pattern": r"^-?[0-9]+(\.[0-9]+)?$"}
VERDICTS = ("met", "residual", "unmet", "unproven", "undecided", "not_applicable")


def has(**keys):
    """An object with at least these members."""
    return {"type": "object", "properties": keys, "required": list(keys)}


def each(item, least=0):
    return {"type": "array", "items": item, "minItems": least}


def table(value):
    return {"type": "object", "additionalProperties": value}


SIDE = {"enum": ["vehicle", "charger", "both", "unknown"]}
SESSION = has(
    family={"enum": ["gbt27930", "chademo", "ccs", "none"]},
    generation=WORDS,
    stages=each(has(name=TEXT, **{"from": MAYBE, "to": MAYBE})),
    reached=WORDS,
    ended_by=has(
        side=SIDE,
        rule=TEXT,
        frame=has(line={"type": ["integer", "null"]}, time=MAYBE, bytes=MAYBE_TEXT),
    ),
    responsible=SIDE,
    confidence={"enum": ["certain", "likely", "open"]},
    timing={"type": "string", "pattern": "^(judged|not possible: .+)$"},
    values=table(has(value={"type": ["number", "string"]}, unit=WORDS, line={"type": "integer"})),
    transport=has(rts=COUNT, cts=COUNT, eoma=COUNT, abort=COUNT),
    issues=each(
        has(
            level={"enum": ["violation", "tolerated", "incomplete"]},
            rule=TEXT,
            message=TEXT,
            line={"type": ["integer", "null"]},
        )
    ),
    energy=has(integral_kwh=MAYBE, declared_kwh=MAYBE),
)
JUDGEMENT = {
    "allOf": [
        has(
            schema={"const": "carnet/judgement/1"},
            file=TEXT,
            format=TEXT,
            frames=COUNT,
            skipped=each(has(line=COUNT, reason=TEXT, count=COUNT)),
            sessions=each(SESSION),
        ),
        SESSION,
    ]
}
FOOTPRINT = has(
    schema={"const": "carnet/footprint/1"},
    results=each(
        has(
            method=TEXT,
            standing=TEXT,
            functional_unit=TEXT,
            value=NUMBER,
            unit=TEXT,
            stages=table(NUMBER),
            gases=table(NUMBER),
            biogenic={"type": ["object", "number"]},
            interval=has(p5=NUMBER, p50=NUMBER, p95=NUMBER),
            passes=each(has(threshold=TEXT, probability=SHARE)),
            primary_data_share={"type": ["number", "null"], "minimum": 0, "maximum": 1},
            dqr=MAYBE,
            factors=each(has(id=TEXT, value=MAYBE, unit=TEXT, source=TEXT, verified=YES), 1),
        ),
        1,
    ),
    ledger=each(has(lines=each(has(cause=TEXT, delta=NUMBER)), gap=NUMBER, to=TEXT, **{"from": TEXT})),
)
TRACE = has(
    schema={"const": "carnet/trace/1"},
    lot=TEXT,
    direction={"const": "up"},
    origins=each(has(economy=TEXT, element=TEXT, share=SHARE, kind={"enum": ["physical", "bookkeeping"]}), 1),
    unknown=has(share=SHARE, low=SHARE, high=SHARE),
    kgco2e=MAYBE,
    recycled={"type": "object"},
    paths={"type": "array", "minItems": 1},
)
CHECK = has(
    schema={"const": "carnet/supply-check/1"},
    problems=each(has(kind=TEXT, lot=MAYBE_TEXT, event=MAYBE_TEXT, message=TEXT)),
)
VERIFICATION = has(
    schema={"const": "carnet/verification/1"},
    valid=YES,
    claims=each(
        has(
            id=TEXT,
            signer=MAYBE_TEXT,
            logged_at=MAYBE_TEXT,
            revoked={"type": ["boolean", "null"]},
            schema=MAYBE_TEXT,
            digest=MAYBE_TEXT,
            recomputed={"type": ["boolean", "null"]},
        ),
        1,
    ),
)
IMPORT = has(
    schema={"const": "carnet/import/1"},
    accepted=COUNT,
    rejected=each(has(document=TEXT, row={"type": ["integer", "null"]}, rule=TEXT, message=TEXT)),
)
PACKET = has(
    schema={"const": "carnet/packet/1"},
    offset=COUNT,
    edition=MAYBE_TEXT,
    command=MAYBE_TEXT,
    time=MAYBE_TEXT,
    vin={"enum": ["masked", None]},
    ok=YES,
    problems=each(has(offset=COUNT, reason=TEXT)),
    signals={"type": "object"},
)
COVERAGE = has(
    schema={"const": "carnet/coverage/1"},
    network_km=NUMBER,
    observed_km=NUMBER,
    by_class=each({"type": "object"}, 1),
    method=TEXT,
)
RANGE = has(low=MONEY, mid=MONEY, high=MONEY, currency=TEXT)
WEEKS = has(low=MAYBE, mid=MAYBE, high=MAYBE)
ROUTE = has(
    schema={"const": "carnet/route/1"},
    status={"enum": ["optimal", "gap"]},
    gap=MAYBE,
    cost=RANGE,
    weeks=WEEKS,
    steps=each(
        has(
            id=TEXT,
            kind=TEXT,
            market=MAYBE_TEXT,
            yields=each(TEXT),
            needs=each(TEXT),
            cost=RANGE,
            weeks=WEEKS,
            start_week=MAYBE,
            why=TEXT,
            source={"type": ["object", "null"]},
        ),
        1,
    ),
    pareto=each(has(cost=RANGE, weeks=WEEKS), 1),
    closed=each(has(market=TEXT, reason=TEXT)),
)
PORTFOLIO = has(
    schema={"const": "carnet/portfolio/1"},
    counts={**has(**dict.fromkeys(VERDICTS, COUNT)), "additionalProperties": False},
    cells=COUNT,
    seconds=NUMBER,
)


def said(*words, ends=0):
    """What a command writes to stdout; it must end with the code that its caller expects."""
    from carnet.doors import cli

    out, err = io.StringIO(), io.StringIO()
    with (
        mock.patch.object(sys, "argv", ["carnet", *map(str, words)]),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        pytest.raises(SystemExit) as ended,
    ):
        cli.main()
    assert int(ended.value.code or 0) == ends, err.getvalue()
    return out.getvalue()


def answer(*words, ends=0):
    return json.loads(said(*words, "--format", "json", ends=ends))


def fits(found, schema):
    return [f"{list(e.absolute_path)}: {e.message[:200]}" for e in Draft202012Validator(schema).iter_errors(found)]


def test_charge_judge_keeps_its_contract(tmp_path):
    log = tmp_path / "session.log"
    said(
        "charge", "rehearse", "--vehicle", "400,250", "--charger", "500,250", "--protocol", "chademo-1.x", "--log", log
    )

    found = answer("charge", "judge", log)

    assert fits(found, JUDGEMENT) == []
    assert found["sessions"] != []
    assert found["values"] != {}


def test_charge_judge_keeps_its_contract_where_no_protocol_is_on_the_bus(tmp_path):
    (tmp_path / "noise.log").write_bytes(bytes(range(256)) * 8)

    found = answer("charge", "judge", tmp_path / "noise.log")

    assert fits(found, JUDGEMENT) == []
    assert (found["family"], found["responsible"]) == ("none", "unknown")


def test_carbon_footprint_keeps_its_contract_and_leaves_the_ledger_empty():
    found = answer("carbon", "footprint", PACK, "--draws", 100)

    assert fits(found, FOOTPRINT) == []
    assert found["ledger"] == []


def test_carbon_compare_keeps_its_contract_and_its_lines_add_up_to_the_gap():
    found = answer("carbon", "compare", PACK, "--draws", 100)

    assert fits(found, FOOTPRINT) == []
    assert found["ledger"] != []
    for part in found["ledger"]:
        assert sum(line["delta"] for line in part["lines"]) == pytest.approx(part["gap"], rel=1e-9, abs=1e-12)


def test_supply_trace_keeps_its_contract():
    assert fits(answer("supply", "trace", "CHN-P7-000123", "--from", CHAIN), TRACE) == []


def test_supply_check_keeps_its_contract_when_something_cannot_be_true(tmp_path):
    shutil.copytree(CHAIN, tmp_path / "chain")
    flows = tmp_path / "chain" / "flows.csv"
    head, first, *rest = flows.read_text().splitlines()
    cells = dict(zip(head.split(","), first.split(","), strict=True))
    cells["kg"] = "99999999"
    flows.write_text("\n".join([head, ",".join(cells.values()), *rest]) + "\n")

    found = answer("supply", "check", tmp_path / "chain", ends=1)

    assert fits(found, CHECK) == []
    assert found["problems"] != []
    assert fits(answer("supply", "check", CHAIN), CHECK) == []


def test_supply_import_keeps_its_contract_when_rows_are_refused(tmp_path):
    shutil.copytree(CHAIN, tmp_path / "chain")
    with (tmp_path / "chain" / "lots.csv").open("a") as lots:
        lots.write("a,row,that,has,too,many,cells,for,this,table,and,more\n")

    found = answer("supply", "import", "--dry-run", tmp_path / "chain", ends=2)

    assert fits(found, IMPORT) == []
    assert found["rejected"] != []
    assert fits(answer("supply", "import", "--dry-run", CHAIN), IMPORT) == []


def test_evidence_verify_keeps_its_contract_and_ends_with_5_after_one_changed_byte(tmp_path):
    shutil.copytree(EXAMPLES, tmp_path / "ex", ignore=shutil.ignore_patterns(".carnet", "buyer-spec"))
    project = tmp_path / "ex" / "dc-charger.yaml"
    said("evidence", "seal", project, "--output", tmp_path / "ex" / "kept.seal.json")

    whole = answer("evidence", "verify", tmp_path / "ex" / "kept.seal.json", "--project", project)
    with (tmp_path / "ex" / "evidence" / "cb-charger.pdf").open("ab") as paper:
        paper.write(b" ")
    changed = answer("evidence", "verify", tmp_path / "ex" / "kept.seal.json", "--project", project, ends=5)

    assert fits(whole, VERIFICATION) == fits(changed, VERIFICATION) == []
    assert (whole["valid"], changed["valid"]) == (True, False)


def test_roads_decode_writes_one_packet_a_line_and_a_summary_last():
    lines = [json.loads(line) for line in said(
        "roads", "decode", EXAMPLES / "roads" / "truck.hex", "--format", "jsonl", ends=1
    ).splitlines()]  # fmt: skip

    assert [fits(line, PACKET) for line in lines[:-1]] == [[]] * (len(lines) - 1)
    assert {line["ok"] for line in lines[:-1]} == {True, False}
    assert "packets" in lines[-1]
    assert lines[-1]["schema"] != "carnet/packet/1"


def test_roads_coverage_keeps_its_contract(tmp_path):
    lake = tmp_path / "lake"
    roads = EXAMPLES / "roads"
    said("roads", "network", roads / "site.xodr", "--lake", lake)
    said("roads", "ingest", roads / "drive.csv", "--network", "site", "--economy", "cn", "--license", "own",
         "--mapping", roads / "mapping.yaml", "--at", "2026-11-21T00:00:00Z", "--lake", lake)  # fmt: skip

    found = answer("roads", "coverage", "site", "--lake", lake)

    assert fits(found, COVERAGE) == []
    assert 0 < found["observed_km"] <= found["network_km"]


@pytest.mark.parametrize("objective", ["cost", "pareto"])
def test_route_plan_keeps_its_contract(objective):
    assert fits(answer("route", "plan", EXAMPLES / "dc-charger.yaml", "--objective", objective), ROUTE) == []


def test_portfolio_keeps_its_contract_and_counts_every_cell():
    found = answer("portfolio", EXAMPLES / "portfolio" / "variants.csv", "--fail-on", "never")

    assert fits(found, PORTFOLIO) == []
    assert sum(found["counts"].values()) == found["cells"] > 0


def test_a_missing_key_is_seen():
    found = answer("supply", "trace", "CHN-P7-000123", "--from", CHAIN)
    del found["unknown"]["low"]

    assert fits(found, TRACE) == ["['unknown']: 'low' is a required property"]
