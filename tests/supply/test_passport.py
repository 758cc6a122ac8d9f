"""A passport says for every field how it is known or why it is empty, and travels in every format."""

import json
from pathlib import Path

import jsonschema
import pytest

from carnet.errors import BadInput
from carnet.ledger.plain import parse
from carnet.supply.identity import duties, identities, make_code, read_code
from carnet.supply.importing import import_folder
from carnet.supply.page import page, qr_svg
from carnet.supply.passport import ROLES, build, contract, coverage, export, may_see, view, work
from carnet.supply.trace import Tracer

from .world import ROOT, TABLES, rows, world

EXAMPLE = ROOT / "examples" / "supply" / "truck-battery"
PACK, AT = "CHN-P7-000123", "2026-11-21T12:00:00Z"
NATIONAL = next(r["scheme"] for r in TABLES["codes"].rows)


@pytest.fixture(scope="module")
def flagship():
    codes = {p.stem for p in (ROOT / "data" / "economies").glob("??.yaml")} | {"mz"}
    result = import_folder(EXAMPLE, TABLES, codes)
    assert result.rejected == []
    return Tracer(result.chain, "2026-11-21")


def fields(tracer, lot=PACK, category="ev", on="2027-03-01"):
    return build(tracer, lot, TABLES, category, on)


def by_key(found):
    return {f.key: f for f in found}


def test_every_field_of_the_table_is_there(flagship):
    assert len(fields(flagship)) == 93


def test_recycled_content_is_computed_from_what_flowed(flagship):
    lithium = by_key(fields(flagship))["rc_post_li"]

    # 10 kg x 0.188 of 10 kg x 0.188 + 125 kg x 0.1878
    assert lithium.value == pytest.approx(100 * 1.88 / (1.88 + 125 * 0.1878), rel=1e-6)
    assert lithium.method == "computed"
    assert lithium.evidence == "trace"


def test_an_unknown_source_gives_bounds_and_says_so():
    lots = rows("lots", world())
    lots[1]["source"] = None

    found = by_key(fields(Tracer(world(lots=lots)), "pack-1"))["rc_post_li"]

    assert (found.low, found.high) == (pytest.approx(5.0), pytest.approx(43.0))  # au's 38 % may be recycled
    assert "the least that is stated" in found.why


def test_a_battery_without_the_metal_has_none_and_one_of_unknown_content_is_unknown():
    found = by_key(fields(Tracer(world()), "pack-1"))

    assert found["rc_post_ni"].value is None
    assert found["rc_post_ni"].why == "no lot states its content of Ni"


def test_before_its_day_a_field_is_announced(flagship):
    assert by_key(fields(flagship, on="2026-11-21"))["chemistry"].need == "announced"
    assert by_key(fields(flagship, on="2027-02-18"))["chemistry"].need == "mandatory"


def test_who_sees_what_is_decided_in_one_place(flagship):
    seen = {role: {f.access for f in view(fields(flagship), role)} for role in ROLES}

    assert seen["public"] == {"public"}
    assert "authority" not in seen["legitimate_interest"]
    assert "legitimate_interest" not in seen["authority"]
    assert not may_see("visitor", "public")
    with pytest.raises(BadInput, match="did you mean 'public'"):
        view(fields(flagship), "pubic")


def test_coverage_counts_what_is_shown_and_names_the_rest(flagship):
    found = coverage(fields(flagship))

    assert (found["fields"], found["filled"], found["shown"]) == (70, 70, 69)
    (missing,) = [m for g in found["groups"].values() for m in g["missing"]]
    assert missing == {"key": "passport_id", "why": "no document shows it"}


def test_work_that_fills_most_for_least_comes_first():
    found = work(fields(Tracer(world()), "pack-1"))

    ratio = [piece["effect"] / piece["effort"] for piece in found]
    assert ratio == sorted(ratio, reverse=True)
    assert {key for piece in found for key in piece["fields"]} >= {"chemistry", "soc"}


SCHEMAS = {
    "BatteryPass": "batterypass/io.BatteryPass.{part}/1.2.0/gen/*schema.json",
    "CatenaX": "catenax/io.catenax.battery.battery_pass/6.1.0/gen/BatteryPass-schema.json",
    "UNTP": "untp/data-models/untp-dpp/artefacts/untp-dpp-schema.json",
}


@pytest.mark.parametrize("format", SCHEMAS)
def test_the_flagship_is_valid_in_every_published_schema(format, flagship, shared):
    for part, document in export(flagship, PACK, fields(flagship), format, AT).items():
        (path,) = (shared / "supply").glob(SCHEMAS[format].format(part=part))
        schema = parse(path.read_bytes())
        validator = jsonschema.validators.validator_for(schema)(schema)
        assert [e.message for e in validator.iter_errors(json.loads(json.dumps(document)))] == [], part


@pytest.mark.parametrize("format", SCHEMAS)
def test_what_is_written_is_what_was_stated(format, flagship):
    from carnet.supply.passports import kinds, values

    parts = export(flagship, PACK, fields(flagship), format, AT)

    for kind in kinds():
        if kind.format == format:
            back = values(kind, parts[kind.part])
            assert back
            assert back.get("mass", 2380) == 2380


def test_an_incomplete_passport_is_not_written():
    with pytest.raises(BadInput, match="nobody stated GeneralProductInformation: battery_id"):
        export(Tracer(world()), "pack-1", fields(Tracer(world()), "pack-1"), "BatteryPass", AT)


def test_the_contract_holds_only_what_the_role_sees(flagship):
    found = contract(PACK, "ev", "2027-03-01", "public", fields(flagship))

    assert found["schema"] == "carnet/passport/1"
    assert {f["access"] for f in found["fields"]} == {"public"}


# --- the page ----------------------------------------------------------------------------------------------------


def test_the_page_carries_its_code_and_shows_no_more_than_allowed(flagship):
    shown = page(PACK, "https://maker.example/x", "public", fields(flagship), "2027-03-01")

    assert shown == page(PACK, "https://maker.example/x", "public", fields(flagship), "2027-03-01")
    assert "<title>https://maker.example/x</title>" in shown
    assert "State of charge" not in shown
    assert "<script" not in shown


def test_hostile_text_stays_text(flagship):
    from dataclasses import replace

    changed = tuple(replace(f, value="<script>alert(1)</script>") for f in fields(flagship))

    assert "<script" not in page("<b>", "x", "public", changed, "2027-03-01")


def test_a_code_is_a_picture():
    assert qr_svg("https://maker.example/x").startswith("<svg")
    assert 'viewBox="0 0 ' in qr_svg("https://maker.example/x")  # without it the code does not grow with its picture


# --- identity ----------------------------------------------------------------------------------------------------

SEGMENTS = {
    "manufacturer": "A1B", "product_type": "P", "battery_type": "C", "specification": "P7", "traceability": "0000001",
    "year": "G", "month": "5", "day": "2", "serial": "0000123",
}  # fmt: skip


def test_a_code_is_made_of_its_segments_and_read_again():
    code = make_code(NATIONAL, SEGMENTS, TABLES)

    assert len(code) == 24
    assert read_code(NATIONAL, code, TABLES)["segments"] == SEGMENTS


def test_a_reused_code_is_read_in_both_lengths_and_the_doubt_is_said():
    code = make_code(NATIONAL, SEGMENTS, TABLES)
    short = code[:7] + code[14:] + "R"

    assert len(short) == 18
    assert read_code(NATIONAL, short, TABLES)["form"] == "reused"
    longer = read_code(NATIONAL, short + "P", TABLES)
    assert longer["form"] == "reused"
    assert "18" in longer["asks"]


def test_a_wrong_character_is_named_with_its_place():
    (problem,) = read_code(NATIONAL, make_code(NATIONAL, SEGMENTS, TABLES).replace("P", "Q", 1), TABLES)["problems"]

    assert problem.startswith("characters 4 to 4 (product_type): 'Q'")


def test_the_published_code_is_read(shared):
    path = next((shared / "supply" / "catenax").rglob("TractionBatteryCode.json"))

    assert read_code(NATIONAL, json.loads(path.read_text())["tractionBatteryCode"], TABLES)["valid"]


def test_our_segments_are_the_published_expression(shared):
    import random
    import re

    path = next((shared / "supply" / "catenax").rglob("TractionBatteryCode-schema.json"))
    pattern = json.loads(path.read_text())["components"]["schemas"]["TractionBatteryCodeTrait"]["pattern"]
    rng = random.Random(1)
    for _ in range(3000):
        code = list(make_code(NATIONAL, SEGMENTS, TABLES))
        code[rng.randrange(24)] = rng.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789a-")
        text = "".join(code)
        assert read_code(NATIONAL, text, TABLES)["valid"] == bool(re.search(pattern, text)), text


def test_one_battery_has_an_answer_under_every_scheme():
    found = identities({NATIONAL: make_code(NATIONAL, SEGMENTS, TABLES), "BPAN": "short"}, TABLES)

    valid = {f["scheme"]: f["valid"] for f in found}
    assert valid[NATIONAL] is True
    assert valid["BPAN"] is False
    assert sum(v is None for v in valid.values()) == 2


def test_a_duty_binds_from_its_day_and_a_draft_never():
    before = {d["id"]: d["binds"] for d in duties(TABLES, "2026-03-31")}
    after = {d["id"]: d["binds"] for d in duties(TABLES, "2027-02-18")}

    assert before["cn-rec-meas"] is False
    assert after["cn-rec-meas"] is True
    assert after["eu-pass"] is True
    assert after["eu-dppreg"] is None  # in force, but nobody knows from when
    assert after["in-bpan"] is False


def test_the_example_names_no_real_thing():
    text = "".join(p.read_text() for p in Path(EXAMPLE).rglob("*.csv"))

    assert "example" in text
