"""An import is whole or not at all; what is refused is quoted, what is taken keeps its bytes."""

import io
import json
import zipfile

import openpyxl
import pytest

from carnet.errors import BadInput
from carnet.supply.importing import import_folder, keep
from carnet.supply.passports import kinds, recognize, values, write
from carnet.supply.templates import lint, read_csv, read_xlsx, write_csv

from .test_events import document, melt
from .world import ECONOMIES, TABLES, world

LOTS = b"id,kg,economy,source\nore,60,CL,primary\n"


def lay(folder, **files):
    for name, raw in files.items():
        (folder / name.replace("_", ".", 1)).write_bytes(raw)
    return folder


def taken(folder):
    return import_folder(folder, TABLES, ECONOMIES)


def test_a_template_row_becomes_a_lot(tmp_path):
    result = taken(lay(tmp_path, lots_csv=LOTS))

    assert result.accepted == 1
    assert result.chain["lots"][0]["economy"] == "cl"
    assert result.chain["lots"][0]["kg"] == 60.0


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"id,kgs\nore,1\n", "has no column 'kgs'; did you mean 'kg'"),
        (b"kg\n1\n", "needs a column 'id'"),
        (b"id,kg\n,7\n", "id is empty in the row: , 7"),
        (b"id;kg\nore;1,5\n", "'1,5' is no number; is the comma a decimal point"),
        (b"id,kg\nore,-1\n", "outside of 0"),
        (b"id,kg\nore,1e99\n", "outside of 0"),
        (b"id,economy\nore,Chile\n", "'Chile' is no economy"),
        (b"id,source\nore,recycled\n", "'recycled' is not one of primary"),
        (b"id,kg\nore\n", "has 1 cells, the first row has 2: ore"),
        (b"", "is empty"),
        (b"id,kg\nore,=1+1\n", "'=1+1' is no number"),
    ],
)
def test_a_wrong_cell_is_quoted_with_its_row(raw, says, tmp_path):
    result = taken(lay(tmp_path, lots_csv=raw))

    assert says in result.rejected[0].message
    assert result.rejected[0].document == "lots.csv"


def test_an_id_that_stands_twice_is_refused(tmp_path):
    result = taken(lay(tmp_path, lots_csv=b"id\nore\nore\n"))

    assert result.rejected[0].rule == "lots.twice"
    assert "lots.csv:2" in result.rejected[0].message


def test_a_flow_of_an_unknown_lot_is_refused(tmp_path):
    result = taken(lay(tmp_path, lots_csv=LOTS, events_csv=b"id\ne\n", flows_csv=b"event,lot,way\ne,oar,in\n"))

    assert result.rejected[0].rule == "flows.lot"


def test_a_workbook_is_read_sheet_by_sheet():
    book = openpyxl.Workbook()
    book.active.title = "lots"
    book.active.append(["id", "kg", "economy"])
    book.active.append(["ore", 60, "CL"])
    buffer = io.BytesIO()
    book.save(buffer)

    ((table, found),) = read_xlsx(buffer.getvalue(), "chain.xlsx")

    assert table == "lots"
    assert lint(table, found, ECONOMIES)[0][0][1]["kg"] == 60.0


def test_a_workbook_that_is_a_bomb_is_refused():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        for n in range(10):
            packed.writestr(f"xl/{n}.xml", bytes(60 * 1024 * 1024))

    with pytest.raises(BadInput, match="unpacks to"):
        list(read_xlsx(buffer.getvalue(), "bomb.xlsx"))


def test_utf16_and_semicolons_are_read():
    place, row = read_csv("id;kg\nore;7\n".encode("utf-16"), "lots.csv")[1]

    assert row == {"id": "ore", "kg": "7"}
    assert place.line == 2


def test_tables_written_read_back_the_same(tmp_path):
    for table, found in world().rows.items():
        if found:
            (tmp_path / f"{table}.csv").write_bytes(write_csv(table, found))

    result = taken(tmp_path)

    assert result.rejected == []
    assert result.chain.rows == world().rows


def test_documents_of_several_kinds_are_told_apart(tmp_path):
    (tmp_path / "a.json").write_text(json.dumps(document(melt())))
    (tmp_path / "b.json").write_text('{"hello": 1}')
    (tmp_path / "c.txt").write_text("?")

    result = taken(tmp_path)

    assert result.accepted == 1
    assert {r.document for r in result.rejected} == {"b.json", "c.txt"}


def test_an_import_with_a_refusal_writes_nothing(tmp_path):
    source = tmp_path / "in"
    source.mkdir()
    result = taken(lay(source, lots_csv=LOTS, flows_csv=b"nonsense\n1\n"))

    with pytest.raises(BadInput):
        keep(source, result, tmp_path / "kept")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in"]


def test_an_import_keeps_the_original_bytes_under_their_digest(tmp_path):
    source = tmp_path / "in"
    source.mkdir()
    result = taken(lay(source, lots_csv=LOTS))
    keep(source, result, tmp_path / "kept")

    digest = result.chain.originals["lots.csv"].removeprefix("sha256:")
    assert (tmp_path / "kept" / ".originals" / digest).read_bytes() == LOTS
    assert taken(tmp_path / "kept").chain["lots"][0]["id"] == "ore"
    with pytest.raises(BadInput, match="already there"):
        keep(source, result, tmp_path / "kept")


def test_a_link_out_of_the_folder_is_refused(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "lots.csv").write_bytes(LOTS)
    (tmp_path / "in" / "lots.csv").symlink_to(tmp_path / "lots.csv")

    with pytest.raises(BadInput, match="a link that leaves the folder"):
        taken(tmp_path / "in")


# --- passport documents ------------------------------------------------------------------------------------------


def test_published_passport_documents_are_recognized(shared):
    """The current editions; the first one has a test of its own."""
    from carnet.ledger.plain import parse

    parts = ("Circularity", "GeneralProductInformation", "Labels", "SupplyChainDueDiligence")
    found = {}
    for path in sorted((shared / "supply" / "batterypass").rglob("1.2.0/gen/*.json")):
        if path.stem.endswith("payload") or path.stem == "Circularity":
            found[path.parts[-4].rpartition(".")[2]] = recognize(parse(path.read_bytes())).part
    catenax = shared / "supply" / "catenax" / "io.catenax.battery.battery_pass" / "6.1.0" / "gen" / "BatteryPass.json"

    assert found == {part: part for part in parts}
    assert recognize(parse(catenax.read_bytes())).format == "CatenaX"


def test_the_first_edition_is_read_and_never_written(shared):
    """Its fields are named otherwise: the mass is a weight, spare parts have sources."""
    from carnet.ledger.plain import parse
    from carnet.supply.passports import newest

    found = {}
    for path in sorted((shared / "supply" / "batterypass").rglob("1.0.0/gen/*sample.json")):
        kind = recognize(parse(path.read_bytes()))
        found[kind.part] = (kind.version, len(values(kind, parse(path.read_bytes()))))

    assert found == {"Circularity": ("1.0.0", 16), "GeneralProductInformation": ("1.0.0", 11), "Labels": ("1.0.0", 4)}
    assert {k.version for k in newest(k for k in kinds() if k.format == "BatteryPass")} <= {"1.2.0", "1.2.1"}


def test_a_published_battery_code_is_taken_as_the_code_of_its_scheme(shared, tmp_path):
    path = next((shared / "supply" / "catenax").rglob("TractionBatteryCode.json"))
    (tmp_path / "pack-7.json").write_bytes(path.read_bytes())

    (claim,) = taken(tmp_path).chain["claims"]

    assert (claim["lot"], claim["property"]) == ("pack-7", f"code.{TABLES['codes'].rows[0]['scheme']}")


# Documents of that set that are not taken, each with its reason; see docs/supply-evidence.md.
NOT_OURS = {
    "Batch", "CertificateOfDismantler", "Composition", "DigitalProductPassport", "Material",
    "MaterialRecyclingCertificate", "PcfForBatteryComponentSupplier", "ProductDescription", "RecyclingBatch",
    "RecyclingInformation", "SecondaryMaterialContent", "SecondaryMaterialContentCalculated",
    "SecondaryMaterialContentVerifiable", "SingleLevelBomAsBuilt", "VehicleInformation", "WasteCode",
}  # fmt: skip


def test_every_published_document_of_the_industry_is_taken_or_refused_for_a_reason(shared):
    from carnet.supply.epcis import Words
    from carnet.supply.importing import Result, take

    words, outcome = Words(TABLES["eventwords"]), {}
    for path in sorted((shared / "supply" / "catenax").rglob("*.json")):
        if "schema" not in path.name:
            result = Result()
            take(path.read_bytes(), path.name, result, words, ECONOMIES)
            outcome[path.stem] = [r.message for r in result.rejected] or result.accepted

    assert {name for name, said in outcome.items() if isinstance(said, int)} == {"BatteryPass", "TractionBatteryCode"}
    assert "longer or larger than any real amount" in outcome.pop("CertificateOfDestruction")[0]
    refused = {name: said for name, said in outcome.items() if not isinstance(said, int)}
    assert set(refused) == NOT_OURS
    assert all("none of the documents known here" in said[0] for said in refused.values())


def test_a_value_goes_out_and_comes_back():
    for kind in kinds():
        claims = {key: _sample(path, shape) for path, key, shape in kind.paths if key[0] not in "=@"}
        plain, missing = write(kind, claims, "2026-11-21T12:00:00Z")

        assert missing == []
        assert values(kind, plain) == claims


def _sample(path, shape):
    samples = {"moment": "2026-11-21T00:00:00Z", "day": "2026-11-21", "month": "6", "status": "original"}
    return {**samples, "number": 1.0, "yes_no": True}.get(shape, path.lower())


def test_claims_of_a_passport_document_keep_where_they_were_said(tmp_path):
    (kind,) = (k for k in kinds() if k.part == "SupplyChainDueDiligence")
    plain, _ = write(kind, {"dd_report": "https://example.org/dd", "dd_assurance": "https://example.org/a"}, "")
    (tmp_path / "dd.json").write_bytes(json.dumps(plain).encode("utf-16"))

    result = taken(tmp_path)

    assert result.accepted == 2
    assert result.chain["claims"][0]["method"] == "taken_over"
    assert result.chain["claims"][0]["evidence"] == "dd.json"


def test_two_processes_import_what_one_does(tmp_path):
    second = melt(eventID="urn:uuid:2", inputQuantityList=melt()["outputQuantityList"], outputEPCList=["urn:uuid:z"])
    del second["outputQuantityList"]
    lay(
        tmp_path, a_json=json.dumps(document(melt(eventID="urn:uuid:1"))).encode(),
        b_json=json.dumps(document(second, melt(bizStep="nonsense"))).encode(),
        c_json=json.dumps(document(melt(eventID="urn:uuid:3"))).encode().replace(b'"bizStep":', b'"bizStep" :'),
        d_json=b'{"no": "document"}', lots_csv=LOTS,
    )  # fmt: skip

    one = import_folder(tmp_path, TABLES, ECONOMIES, workers=0)
    two = import_folder(tmp_path, TABLES, ECONOMIES, workers=2)

    assert [r.document for r in one.rejected] == ["b.json", "d.json"]
    assert two.contract() == one.contract()
    assert two.chain.rows == one.chain.rows
    assert two.chain.places == one.chain.places


def test_typed_tables_of_several_documents_are_those_of_one_chain(tmp_path):
    from carnet.supply import bulk
    from carnet.supply.columns import add_arrow
    from carnet.supply.epcis import Words
    from carnet.supply.lots import Chain

    lay(
        tmp_path, a_json=json.dumps(document(melt(eventID="urn:uuid:1"))).encode(),
        b_json=json.dumps(document(melt(eventID="urn:uuid:2"))).encode(),
    )  # fmt: skip
    paths = [(p.name, p) for p in sorted(tmp_path.iterdir())]
    words = Words(TABLES["eventwords"])

    tables = bulk.tables_of([bulk.read_one(p, words) for p in paths])

    chain = Chain()
    add_arrow(chain, tables, "both")
    assert chain.rows == import_folder(tmp_path, TABLES, ECONOMIES).chain.rows
    assert tables["lots"].num_rows == 2  # the same two lots, mentioned twice
    assert tables["flows"].num_rows == 4


def test_a_lone_cell_far_away_makes_no_desert():
    book = openpyxl.Workbook()
    book.active.title = "lots"
    book.active["XFD1048576"] = "x"
    buffer = io.BytesIO()
    book.save(buffer)

    with pytest.raises(BadInput, match="101 empty rows in a row; delete what is far"):
        list(read_xlsx(buffer.getvalue(), "desert.xlsx"))


def test_half_a_character_is_refused_with_a_sentence(tmp_path):
    raw = json.dumps(document(melt())).replace("commissioning", r"\ud83d")
    (tmp_path / "half.json").write_text(raw)
    (tmp_path / "whole.json").write_text(raw.replace(r"\ud83d", r"commissioning\ud83d\ude00"))

    rejected = {r.document: r.message for r in taken(tmp_path).rejected}

    assert "half a character" in rejected["half.json"]
    assert "half a character" not in rejected["whole.json"]
