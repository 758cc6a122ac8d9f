"""A chain goes out in every format and comes back; questions to suppliers move one step at a time."""

import json
import shutil

import jsonschema
import pytest
from typer.testing import CliRunner

from carnet.doors.cli.supply import app
from carnet.errors import BadInput
from carnet.supply import attestations, inquiries
from carnet.supply.exchange import part_of, write
from carnet.supply.importing import import_folder
from carnet.supply.lots import Chain
from carnet.supply.trace import Tracer

from .world import ECONOMIES, ROOT, TABLES, world

CHAIN = ROOT / "examples" / "supply" / "truck-battery"
PACK, AT = "CHN-P7-000123", "2026-11-21T12:00:00Z"


def run(*words, code=0):
    result = CliRunner().invoke(app, [str(w) for w in words])
    assert result.exit_code == code, (result.output, result.exception)
    return result


def lay(folder, files):
    for name, raw in files.items():
        (folder / name).write_bytes(raw)
    return import_folder(folder, TABLES, ECONOMIES)


@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_tables_read_back_the_same(format, tmp_path):
    result = lay(tmp_path, write(world(), format, "", TABLES))

    assert result.rejected == []
    assert result.chain.rows == world().rows


@pytest.mark.parametrize("format", ["epcis", "epcis-xml", "csv", "xlsx"])
def test_the_same_chain_gives_the_same_bytes(format):
    assert write(world(), format, AT, TABLES) == write(world(), format, AT, TABLES)


def test_what_led_to_one_lot_leaves_the_rest_at_home(tmp_path):
    part = part_of(world(), Tracer(world()), "salt")

    assert {r["id"] for r in part["lots"]} == {"ore-cl", "ore-au", "salt"}
    assert [r["id"] for r in part["events"]] == ["refine"]
    assert {r["id"] for r in part["actors"]} == {"miner", "refiner"}
    whole, small = Tracer(world()), Tracer(part)
    assert small.lot("salt", "Li")[0][: len(small.economies)].tolist() == pytest.approx([0.4, 0.6])  # au 40, cl 60 kg
    assert len(whole.names) == 7


def test_a_text_that_looks_like_a_formula_stays_text(tmp_path):
    lots = [{**r, "material": "=1+1"} for r in world()["lots"]]

    result = lay(tmp_path, write(world(lots=lots), "xlsx", "", TABLES))

    assert result.chain["lots"][0]["material"] == "=1+1"


def test_a_passport_needs_its_lot():
    with pytest.raises(BadInput, match="name it with --lot"):
        write(world(), "untp", AT, TABLES)


def test_every_format_is_a_command(tmp_path):
    for one in ("epcis", "epcis-xml", "untp", "catenax", "battery-pass", "csv", "xlsx"):
        to = tmp_path / one
        run("export", CHAIN, "--format", one, "--lot", PACK, "--at", AT, "--to", to, "--issuer", "did:web:x.example")
        assert list(to.iterdir()), one

    result = run("export", CHAIN, "--to", tmp_path / "x.json", "--at", "yesterday", code=1)
    assert isinstance(result.exception, BadInput)


def test_the_exported_traceability_event_fits_its_schema(shared, tmp_path):
    (path,) = (shared / "supply" / "untp" / "data-models").rglob("untp-dte-schema.json")
    run(
        "export",
        CHAIN,
        "--format",
        "untp",
        "--lot",
        PACK,
        "--at",
        AT,
        "--to",
        tmp_path,
        "--issuer",
        "did:web:x.example",
    )

    document = json.loads((tmp_path / "DigitalTraceabilityEvent.json").read_text())

    assert len(document["credentialSubject"]) == 5
    assert [
        e.message for e in jsonschema.Draft202012Validator(json.loads(path.read_text())).iter_errors(document)
    ] == []


# --- conformity credentials and facility records -----------------------------------------------------------------


def conformity(**said):
    return {
        "type": ["DigitalConformityCredential", "VerifiableCredential"], "id": "urn:x:1",
        "validFrom": "2026-01-01T00:00:00Z", "validUntil": "2026-12-31T00:00:00Z",
        "credentialSubject": {
            "id": "urn:x:cert", "scope": {"name": "example scheme"},
            "assessment": [{"conformance": True, "assessedProduct": [{"product": {"id": "urn:x:lot"}}], **said}],
        },
    }  # fmt: skip


def test_a_conformity_credential_becomes_a_certificate(tmp_path):
    (tmp_path / "c.json").write_text(json.dumps(conformity()))

    result = import_folder(tmp_path, TABLES, ECONOMIES)

    assert result.chain["certificates"] == [
        {"id": "urn:x:cert", "about": "urn:x:lot", "scheme": "example scheme", "valid_from": "2026-01-01",
         "valid_to": "2026-12-31"}
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ({"conformance": False}, "nothing conforms"),
        ({"conformance": None}, "does not say whether"),
        ({"assessedProduct": []}, "no product and no facility"),
    ],
)
def test_what_does_not_conform_vouches_for_nothing(said, says):
    chain = Chain()

    count, (refused,) = attestations.take(conformity(**said), "c.json", chain, ECONOMIES)

    assert count == 0
    assert says in refused.message
    assert chain["certificates"] == []


def test_every_published_conformity_credential_and_facility_record_is_taken(shared):
    from carnet.ledger.plain import Refused, parse

    codes, count = frozenset(p.stem for p in (ROOT / "data" / "economies").glob("??.yaml")), 0
    for path in sorted((shared / "supply" / "untp").rglob("*.json")):
        try:
            plain = parse(path.read_bytes())
        except Refused:
            continue
        if attestations.kind_of(plain):
            taken, rejected = attestations.take(plain, path.name, Chain(), codes)
            assert taken, path.name
            assert rejected == [], path.name
            count += 1
    assert count == 13


def made(**changes):
    context = "https://test.uncefact.org/vocabulary/untp/dcc/working/"
    chain = world(actors=[{"id": "miner", "name": "Miner", "economy": "cl", "tier": 4}])
    issuer = {"id": "did:web:body.example", "name": "Body"}
    return attestations.to_conformity(
        chain, "cert-1", issuer, context, **{"topic": "social.rights", "conforms": True, **changes}
    )


def test_a_certificate_goes_out_as_a_credential_and_comes_back():
    chain = Chain()

    attestations.take(json.loads(json.dumps(made())), "c.json", chain, ECONOMIES)

    (row,) = chain["certificates"]
    assert (row["valid_from"], row["valid_to"]) == ("2025-01-01", "2027-01-01")
    assert row["about"].endswith("pit")


def test_a_written_credential_fits_the_published_schema(shared):
    (path,) = (shared / "supply" / "untp" / "data-models").rglob("untp-dcc-schema.json")
    schema = json.loads(path.read_text())

    assert [e.message for e in jsonschema.Draft202012Validator(schema).iter_errors(made())] == []


def test_a_level_nobody_knows_is_refused():
    with pytest.raises(BadInput, match="'Best' is not one of"):
        made(assessor="Best")


# --- questions ---------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(CHAIN, tmp_path / "chain")
    (tmp_path / "chain" / "requests.csv").unlink()
    return tmp_path / "chain"


def states(folder):
    found = json.loads(run("ask", PACK, "--from", folder, "--format", "json").stdout)
    return {r["id"]: r["state"] for r in found["requests"]}, found["tiers"]


def test_a_question_goes_from_open_to_verified_one_step_at_a_time(folder, tmp_path):
    question = "needle-coke-9:origin"
    assert states(folder)[0] == {question: "open"}

    run("ask", PACK, "--from", folder, "--on", "2026-06-01", "--letters", tmp_path / "letters")
    assert states(folder)[0] == {question: "asked"}
    assert question in (tmp_path / "letters" / "question-001.txt").read_text()

    for wrong in (("--verified", "--on", "2026-06-10"), ("--on", "2026-05-01")):
        assert isinstance(run("answer", question, "--from", folder, *wrong, code=1).exception, BadInput)
    run("answer", question, "--from", folder, "--on", "2026-06-09")
    run("answer", question, "--from", folder, "--on", "2026-06-12", "--verified")

    found, tiers = states(folder)
    assert found == {question: "verified"}
    assert [(t["tier"], t["verified"]) for t in tiers] == [(3, 1)]


def test_an_answered_question_stays_on_the_list_when_the_gap_is_gone():
    lots = [{**r, "economy": "au"} if r["id"] == "ore-au" else r for r in world()["lots"]]
    asked = [{"id": "ore-au:origin", "actor": "miner", "asked": "2026-01-01", "answered": "2026-01-05"}]

    found = inquiries.summary(Tracer(world(lots=lots, requests=asked)), "pack-1")

    assert [(r["id"], r["state"], r["share"]) for r in found["requests"]] == [("ore-au:origin", "answered", 0.0)]
    assert found["tiers"][0]["tier"] == 4


def test_only_the_tier_that_was_named_is_asked(folder):
    run("ask", PACK, "--from", folder, "--on", "2026-06-01", "--tier", "1")

    assert states(folder)[0] == {"needle-coke-9:origin": "open"}


def test_a_question_nobody_asked_cannot_be_answered(folder):
    result = run("answer", "needle-coke:origin", "--from", folder, "--on", "2026-06-01", code=1)

    assert "ask it first" in str(result.exception)


# --- joint recycling and identity --------------------------------------------------------------------------------


def test_a_joint_plant_is_a_command():
    found = json.loads(run("circularity", ROOT / "examples" / "supply" / "joint.yaml", "--format", "json").stdout)

    assert found["schema"] == "carnet/joint/1"
    # chonburi for all: 6,000,000 + 20,000 t * 900 + 7,000 t * 140 + 4,000 t * 120
    assert found["together"]["cost"] == pytest.approx(25_460_000)
    # each its own: 14,100,000 (th) + 12,150,000 (vn) + 8,920,000 (my); or to a plant of another alone, which costs more
    assert found["alone"]["th"] == pytest.approx(14_100_000)
    assert found["pays"] is True
    assert sum(found["gains"].values()) == pytest.approx(found["saving"])


def test_a_way_to_nowhere_is_a_sentence(tmp_path):
    text = (ROOT / "examples" / "supply" / "joint.yaml").read_text().replace("[vn, th, 140]", "[vn, zz, 140]")
    (tmp_path / "j.yaml").write_text(text)

    result = run("circularity", tmp_path / "j.yaml", code=1)

    assert "'zz' has neither tonnes nor a site" in str(result.exception)


def test_one_battery_stands_under_every_scheme_with_its_duties():
    found = json.loads(run("identity", PACK, "--from", CHAIN, "--on", "2027-03-01", "--format", "json").stdout)

    assert len(found["codes"]) == len(TABLES["identifiers"].rows)
    assert {d["id"]: d["binds"] for d in found["duties"]}["eu-pass"] is True
