"""Footprints leave and arrive in the formats customers' systems read, and every loss is told."""

import contextlib
import json
import math
import random
import re
from decimal import Decimal

import jsonschema
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carnet.carbon import desk
from carnet.carbon.audit import audit
from carnet.carbon.exchange import Unreadable, convert, passport, read_footprint
from carnet.carbon.exchange.paper import number, read, recognized, write
from carnet.carbon.exchange.paths import get, put
from carnet.errors import BadInput, Unheard
from tests.carbon import documents
from tests.carbon.inventories import PACK, tables, under
from tests.carbon.inventories import read as read_inventory

WORDS = [
    "pcf",
    "declaredUnit",
    "declaredUnitOfMeasurement",
    "declaredUnitAmount",
    "unitaryProductAmount",
    "fossilGhgEmissions",
    "pcfExcludingBiogenicUptake",
    "dqi",
    "companyIds",
    "validityPeriodEnd",
    "productLifeCycleStagesAndEmissions",
    "sustainability",
    "carbonFootprint",
    "x",
]
FORMATS = ("pact-2.3", "pact-3.0", "catenax-7", "catenax-9")
SCHEMAS = {
    "pact-2.3": "pact-openapi_v2_3.yaml",
    "pact-3.0": "pact-openapi_v3_0.yaml",
    "catenax-7": "io.catenax.pcf-7.0.0-Pcf-schema.json",
    "catenax-9": "io.catenax.pcf-9.0.0-Pcf-schema.json",
}
PER_KILOGRAM = PACK
for whole, part in (
    ("declared_unit: piece", "declared_unit: kg"),
    ("makes: 1 piece", "makes: 800 kg"),
    ("  mass: 800 kg", "  mass: 1 kg"),
    ("carbon_content: 100 kg", "carbon_content: 0.125 kg"),
):
    PER_KILOGRAM = PER_KILOGRAM.replace(whole, part)


def validator(shared, name):
    """The official schema of a format."""
    path = shared / "carbon" / "schemas" / SCHEMAS[name]
    if path.suffix == ".yaml":
        whole = yaml.safe_load(path.read_text(encoding="utf-8"))
        schema = {"$ref": "#/components/schemas/ProductFootprint", "components": whole["components"]}
        return jsonschema.Draft202012Validator(schema)
    return jsonschema.Draft4Validator(json.loads(path.read_text(encoding="utf-8")))


def document(tmp_path, name):
    """The pack, declared per kilogram, as a document of a format."""
    table = tables().formats[name]
    paper = convert.paper_of(
        under(read_inventory(tmp_path, PER_KILOGRAM), table.method), table, tables(), created="2026-11-21"
    )
    return write(paper, table)


@pytest.mark.parametrize("name", FORMATS)
def test_what_we_write_is_valid_by_the_official_schema(shared, tmp_path, name):
    errors = [e.message for e in validator(shared, name).iter_errors(document(tmp_path, name))]

    assert errors == []


@pytest.mark.parametrize("name", FORMATS)
def test_what_we_write_we_read_again(tmp_path, name):
    made = document(tmp_path, name)

    paper = read(made, recognized(made, tables().formats))

    assert paper.format == name
    assert paper.unit == "kg"
    assert round(sum(paper.flows.values()), 9) == 4.38385  # 3507.08 / 800
    assert write(paper, tables().formats[name]) == made


@pytest.mark.parametrize("source", FORMATS)
@pytest.mark.parametrize("target", FORMATS)
def test_any_format_becomes_any_other_with_its_losses_told(shared, tmp_path, source, target):
    written = document(tmp_path, source)
    given = read(written, tables().formats[source]).words
    there = {f.key: f for f in tables().formats[target].fields}
    follows = ("mass", "valid_until")  # of a kilogram, and of the reference period
    needs = tables().formats[target].needs
    lacking = [k for k in needs if k not in given and there[k].default is None and k not in follows]
    if lacking:  # a number nobody stated, for one
        with pytest.raises(BadInput, match=f"{target} needs {', '.join(lacking)}, which nobody stated"):
            convert.convert(written, target, tables())
        return

    made, lost = convert.convert(written, target, tables())

    assert [e.message for e in validator(shared, target).iter_errors(made)] == []
    assert {row["word"] for row in lost if row["loss"] == "dropped"} >= {k for k in given if k not in there}
    assert all(row["why"] for row in lost)


@pytest.mark.parametrize(
    ("file", "name"),
    [("io.catenax.pcf-7.0.0-Pcf.json", "catenax-7"), ("io.catenax.pcf-9.0.0-Pcf.json", "catenax-9")],
)
def test_the_official_samples_are_read_and_written_without_loss(shared, file, name):
    path = shared / "carbon" / "schemas" / file
    plain = json.loads(path.read_text(encoding="utf-8"))

    paper = read_footprint(path, tables().formats)
    made = write(paper, tables().formats[name])

    assert paper.format == name
    assert paper.unit == "L"
    assert [e.message for e in validator(shared, name).iter_errors(made)] == []
    lost = {k for k in leaves_of(plain) if get(made, k) is None}
    assert {k for k in lost if "precedingPfIds" not in k} == set()


def leaves_of(plain):
    from carnet.carbon.exchange.paths import leaves

    return leaves(plain)


def test_an_extension_nobody_knows_is_kept(shared):
    paper = read_footprint(shared / "carbon" / "schemas" / "ileap-sample_product_footprint.json", tables().formats)

    assert any(path.startswith("extensions") for path in paper.kept)
    assert paper.unit == "L"
    assert paper.amount == 12


def test_a_passport_section_is_valid_and_adds_up(shared, tmp_path):
    found = under(read_inventory(tmp_path, PACK), "eu-cfb-ev-draft2024")
    table = tables().formats["battery-passport-6"]

    made = passport.section(
        found,
        table,
        plant="BPNA1234567890AA",
        rulebook="https://example.org/rulebook",
        declaration="https://example.org/declaration",
    )

    schema = json.loads(
        (shared / "carbon" / "schemas" / "io.catenax.battery.battery_pass-6.1.0-BatteryPass-schema.json").read_text(
            encoding="utf-8"
        )
    )
    rows = schema["components"]["schemas"][schema["properties"]["sustainability"]["$ref"].split("/")[-1]]["properties"][
        "carbonFootprint"
    ]
    part = {**rows, "components": schema["components"]}
    assert [
        e.message for e in jsonschema.Draft4Validator(part).iter_errors(made["sustainability"]["carbonFootprint"])
    ] == []
    assert round(sum(r["value"] for r in made["sustainability"]["carbonFootprint"]), 12) == round(found.value, 12)
    assert round(sum(read(made, table).flows.values()), 12) == round(found.value, 12)


def test_a_passport_is_exported_with_what_it_cannot_hold(tmp_path):
    (tmp_path / "pack.yaml").write_text(PACK, encoding="utf-8")
    links = {"rulebook": "https://example.org/r", "declaration": "https://example.org/d"}

    made, lost = desk.exported(tmp_path / "pack.yaml", "battery-passport-6", None, links=links)

    assert {"primary_share", "gwp_sets", "exempted"} <= {row["word"] for row in lost}
    assert all(row["loss"] == "dropped" and row["why"] for row in lost)
    assert len(made["sustainability"]["carbonFootprint"]) == 4


def test_a_passport_section_is_written_from_a_computed_footprint_only(tmp_path):
    with pytest.raises(BadInput, match=r"battery-passport-6 is written from an inventory"):
        convert.convert(document(tmp_path, "pact-3.0"), "battery-passport-6", tables())


def test_rows_of_another_kind_are_told_when_a_passport_is_read(tmp_path):
    table = tables().formats["battery-passport-6"]
    rows = passport.section(
        under(read_inventory(tmp_path, PACK), "eu-cfb-ev-draft2024"),
        table,
        plant="p",
        rulebook="https://example.org/r",
        declaration="https://example.org/d",
    )
    rows["sustainability"]["carbonFootprint"].append({"type": "another kind", "value": 7})

    assert "sustainability.carbonFootprint, rows of another kind" in read(rows, table).kept


def test_a_passport_takes_no_footprint_per_piece(tmp_path):
    with pytest.raises(BadInput, match=r"holds a footprint per kWh delivered; pact-3.0 gives kgCO2e/piece"):
        passport.section(
            under(read_inventory(tmp_path, PACK), "pact-3.0"),
            tables().formats["battery-passport-6"],
            plant="a",
            rulebook="b",
            declaration="c",
        )


def test_a_suppliers_verification_reaches_the_audit(tmp_path):
    checked = json.loads(json.dumps(SUPPLIER))
    checked["pcf"]["verification"] = {"coverage": "product level", "providerName": "Example Verifiers"}
    inventory = read_inventory(tmp_path, PLUGGED, cathode__json=checked)
    rows = audit(under(inventory, "pact-3.0"), tables(), on="2026-11-21", known="2026-11-21")["numbers"]

    (row,) = [r for r in rows if r["item"] == "supplier.cathode"]
    assert row["verification"] == "verified: product level, Example Verifiers"


def test_ratings_move_between_scales(tmp_path):
    rated = PER_KILOGRAM.replace(
        "amount: 300 kWh}",
        "amount: 300 kWh, data: {kind: primary, ratings: {technological: 3, geographical: 1, temporal: 5}}}",
    )
    table = tables().formats["pact-3.0"]
    paper = convert.paper_of(under(read_inventory(tmp_path, rated), "pact-3.0"), table, tables(), created="2026-11-21")

    assert write(paper, table)["pcf"]["dqi"] == {"technologicalDQR": "3", "geographicalDQR": "1", "temporalDQR": "5"}
    lost = convert.losses(paper, tables().formats["pact-2.3"], tables().formats)
    assert any(
        "takes ratings whole; rating_completeness, rating_reliability is not stated" in row["why"] for row in lost
    )


def test_what_a_format_demands_and_nobody_stated_is_named(tmp_path):
    bare = read_inventory(
        tmp_path, PER_KILOGRAM.replace("company: Example Batteries\n", "").replace("  carbon_content: 0.125 kg\n", "")
    )
    table = tables().formats["pact-3.0"]

    with pytest.raises(BadInput, match=r"pact-3.0 needs company, carbon_fossil, which nobody stated"):
        write(convert.paper_of(under(bare, "pact-3.0"), table, tables(), created="2026-11-21"), table)


MARKS = {
    "pact-3.0": ("pact-openapi_v3_0.yaml", "3.0.0"),
    "pact-2.3": ("pact-openapi_v2_3.yaml", "2.3.0"),
    "pact-2.2": ("pact-openapi_v2_2.yaml", "2.2.0"),
    "catenax-7": ("io.catenax.pcf-7.0.0-Pcf-schema.json", "urn:io.catenax.pcf:datamodel:version:7.0.0"),
    "catenax-9": ("io.catenax.pcf-9.0.0-Pcf-schema.json", ""),
}


@pytest.fixture(scope="module")
def schemas(shared):
    """Every official schema with its references put in, and its validator."""
    found = {}
    for name, (file, _) in MARKS.items():
        schema = documents.load(shared / "carbon" / "schemas" / file, "ProductFootprint" if "pact" in name else "")
        found[name] = (
            schema,
            (jsonschema.Draft202012Validator if "pact" in name else jsonschema.Draft4Validator)(schema),
        )
    return found


def said(refused, pattern):
    """The refusal is one of those we mean."""
    assert re.search(pattern, str(refused))


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("name", MARKS)
def test_any_valid_document_is_kept_whole_and_becomes_valid_ones(schemas, name, seed):
    """Documents nobody wrote by hand: every field of the schema turns up, in every combination."""
    schema, valid = schemas[name]
    plain = documents.made(schema, random.Random(seed), often=(0.2, 0.6, 0.95)[seed % 3])
    if MARKS[name][1]:
        plain["specVersion"] = MARKS[name][1]
    assert [e.message for e in valid.iter_errors(plain)] == []
    raw = json.loads(json.dumps(plain), parse_float=Decimal, parse_int=Decimal)

    try:
        paper = read(raw, recognized(raw, tables().formats))
    except Unreadable as refused:
        said(refused, r"is missing$|it must be above zero")  # a document may leave out its very unit
        return
    again = json.loads(json.dumps(write(paper, tables().formats[paper.format])))
    assert again == json.loads(json.dumps(plain))

    for target in FORMATS:
        if target == paper.format:
            continue
        try:
            made, lost = convert.convert(raw, target, tables())
        except BadInput as refused:
            said(refused, r"needs .*, which|has no unit for")  # numbers are never made up
            continue
        assert [e.message for e in schemas[target][1].iter_errors(json.loads(json.dumps(made)))] == []
        there = {f.key for f in tables().formats[target].fields}
        assert {row["word"] for row in lost if row["loss"] == "dropped"} >= {k for k in paper.words if k not in there}


def test_what_a_document_lacks_can_be_stated_and_is_told(tmp_path):
    bare = document(tmp_path, "pact-3.0")
    del bare["pcf"]["biogenicCarbonContent"]
    with pytest.raises(BadInput, match=r"pact-2.3 needs carbon_biogenic, which nobody stated"):
        convert.convert(bare, "pact-2.3", tables())

    made, lost = convert.convert(bare, "pact-2.3", tables(), {"carbon_biogenic": "0.01", "cpc": "46420"})

    assert made["pcf"]["biogenicCarbonContent"] == "0.01"
    assert made["productCategoryCpc"] == "46420"
    told = {row["word"]: row["why"] for row in lost if row["loss"] == "filled"}
    assert told["carbon_biogenic"] == "stated by the caller: 0.01"
    with pytest.raises(Unheard, match=r"pact-2.3 has no word 'carbon_bio'; did you mean"):
        convert.convert(bare, "pact-2.3", tables(), {"carbon_bio": "1"})


def test_a_verification_travels_where_the_format_can_hold_it(tmp_path):
    checked = document(tmp_path, "pact-3.0")
    checked["pcf"]["verification"] = {"coverage": "product level", "providerName": "Example Verifiers"}

    _, lost = convert.convert(checked, "pact-2.3", tables(), {"cpc": "46420"})
    held, _ = convert.convert(checked, "pact-2.3", tables(), {"cpc": "46420", "assured": "true"})

    why = {row["word"]: row["why"] for row in lost if row["loss"] == "dropped"}
    assert "takes it only with assured, which nobody stated" in why["assurance_provider"]
    assert held["pcf"]["assurance"] == {
        "assurance": True, "coverage": "product level", "providerName": "Example Verifiers",
    }  # fmt: skip


@pytest.mark.parametrize("raw", [True, None, [], "1,5", "NaN", "Infinity", "1e", ""])
def test_no_number_is_no_number(raw):
    with pytest.raises(ValueError, match="is not a"):
        number(raw)


@pytest.mark.parametrize(
    "text", ["", "[]", "{", "1", '"pcf"', '{"specVersion": "9.9"}', '{"specVersion": "3.0.0", "pcf": 1}', "[" * 5000]
)
def test_a_broken_file_is_a_sentence(tmp_path, text):
    path = tmp_path / "broken.json"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(Unreadable):
        read_footprint(path, tables().formats)


SUPPLIER = {
    "id": "3893bb5d-da16-4dc1-9185-11d97476c254",
    "specVersion": "3.0.0",
    "created": "2026-02-01T00:00:00Z",
    "status": "Active",
    "companyName": "Cathode Works",
    "companyIds": ["urn:example:cathode"],
    "productDescription": "LFP",
    "productIds": ["urn:example:lfp"],
    "productNameCompany": "LFP-1",
    "validityPeriodEnd": "2028-12-31T00:00:00Z",
    "pcf": {
        "declaredUnitOfMeasurement": "kilogram",
        "declaredUnitAmount": "1000",
        "productMassPerDeclaredUnit": "1",
        "referencePeriodStart": "2025-01-01T00:00:00Z",
        "referencePeriodEnd": "2025-12-31T00:00:00Z",
        "pcfExcludingBiogenicUptake": "4500",
        "pcfIncludingBiogenicUptake": "4500",
        "fossilGhgEmissions": "4400",
        "landUseChangeGhgEmissions": "100",
        "fossilCarbonContent": "0",
        "ipccCharacterizationFactors": ["AR6"],
        "crossSectoralStandards": ["PACT-3.0"],
        "exemptedEmissionsPercent": "0",
        "primaryDataShare": "80",
    },
}
PLUGGED = PACK.replace(
    "processes:\n",
    "suppliers: [{id: cathode, file: cathode.json, covers: "
    "[lithium_carbonate.brine], stages: "
    "[distribution]}]\nprocesses:\n",
).replace(
    "- {item: cathode.lfp, region: cn, stage: materials, amount: 2 kg}",
    '- {item: "supplier:cathode", stage: materials, amount: 2 kg}',
)


def test_a_supplier_s_footprint_is_an_input(tmp_path):
    found = under(read_inventory(tmp_path, PLUGGED, cathode__json=SUPPLIER), "pact-3.0")

    # 200 kg x 4.5 = 900 instead of 1200; 80 % of it is primary
    assert round(found.value, 9) == 3207.08
    from carnet.carbon.footprint import primary_share

    assert round(primary_share(found), 12) == round(0.8 * 900 / 3207.08, 12)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            {"validityPeriodEnd": "2026-06-30T00:00:00Z"},
            "supplier 'cathode': the footprint was valid until 2026-06-30, before 2026-12-31",
        ),
        ({"pcf": {**SUPPLIER["pcf"], "declaredUnitAmount": "0"}}, "the declared amount is 0; it must be above zero"),
        ({"pcf": {**SUPPLIER["pcf"], "pcfExcludingBiogenicUptake": "much"}}, "'much' is not a number"),
    ],
)
def test_a_supplier_s_footprint_that_cannot_be_used(tmp_path, change, says):
    with pytest.raises(BadInput, match=says.replace("(", r"\(")):
        read_inventory(tmp_path, PLUGGED, cathode__json={**SUPPLIER, **change})


def test_another_set_of_warming_factors_is_noted(tmp_path):
    old = {**SUPPLIER, "pcf": {**SUPPLIER["pcf"], "ipccCharacterizationFactors": ["AR5"]}}

    found = read_inventory(tmp_path, PLUGGED, cathode__json=old)

    assert any("computed with AR5" in note for note in found.notes)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (
            "- {item: lithium_carbonate.brine, region: cl, stage: materials, amount: 1 kg}",
            "is already inside the footprint of supplier 'cathode': it would count twice",
        ),
        ("- {item: transport.rail, stage: distribution, amount: 1 tkm, of: cathode}", "the boundaries overlap"),
    ],
)
def test_what_a_supplier_already_counts_is_not_counted_again(tmp_path, line, says):
    text = PLUGGED.replace("      - {item: graphite.natural", f"      {line}\n      - {{item: graphite.natural")

    with pytest.raises(BadInput, match=says):
        read_inventory(tmp_path, text, cathode__json=SUPPLIER)


def test_a_process_has_a_footprint_or_inputs(tmp_path):
    with pytest.raises(
        BadInput, match="has the supplier's footprint 'cathode' and inputs of its own: its burdens would count twice"
    ):
        read_inventory(
            tmp_path,
            PLUGGED.replace("    makes: 1 kWh\n", "    makes: 1 kWh\n    footprint: cathode\n"),
            cathode__json=SUPPLIER,
        )


def test_paths_are_followed_and_made():
    document = {}
    put(document, "a[].b", 1)
    put(document, "c[*].d", [1, 2])

    assert document == {"a": [{"b": 1}], "c": [{"d": 1}, {"d": 2}]}
    assert get(document, "a[].b") == 1
    assert get(document, "c[*].d") == [1, 2]
    assert get(document, "x.y") is None


def test_decimals_stay_as_written(tmp_path):
    made = document(tmp_path, "pact-3.0")

    assert made["pcf"]["pcfExcludingBiogenicUptake"] == "4.38385"
    assert Decimal(made["pcf"]["primaryDataShare"]) == 0


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=6),
    max_leaves=30,
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plain=JSON, mark=st.sampled_from(["2.0.0", "3.0.0", "urn:io.catenax.pcf:datamodel:version:7.0.0", ""]))
def test_whatever_stands_in_a_file_it_is_read_or_refused(tmp_path, plain, mark):
    document = {**plain, "specVersion": mark} if isinstance(plain, dict) else plain
    path = tmp_path / "any.json"
    path.write_text(json.dumps(document), encoding="utf-8")

    with contextlib.suppress(Unreadable):  # a sentence; anything else that escapes fails
        assert all(math.isfinite(v) for v in read_footprint(path, tables().formats).flows.values())


@pytest.mark.parametrize(
    "text", ['{"a":' * 500 + "1" + "}" * 500, '{"specVersion": "3.0.0", "pcf": {"declaredUnitAmount": 1e999999}}']
)
def test_depth_and_size_of_numbers_are_bounded(tmp_path, text):
    path = tmp_path / "deep.json"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(Unreadable, match=r"nests deeper than 60 levels|at most 40 digits"):
        read_footprint(path, tables().formats)


def test_what_a_supplier_covers_is_found_in_every_process_that_feeds_its_user(tmp_path):
    deeper = PLUGGED.rstrip() + (
        "\n      - {item: salts, amount: 1 kg}\n"
        "  - id: salts\n    stage: materials\n    makes: 1 kg\n    inputs:\n"
        "      - {item: lithium_carbonate.brine, region: cl, amount: 1 kg}\n"
    )

    with pytest.raises(BadInput) as told:
        read_inventory(tmp_path, deeper, cathode__json=SUPPLIER)

    says = "lithium_carbonate.brine is already inside the footprint of supplier 'cathode', which process 'cells' uses"
    assert says in str(told.value)
