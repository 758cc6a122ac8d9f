"""A verifier's pack computes again bit for bit, and any change in it is found."""

import io
import json
import zipfile
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from carnet import app
from carnet.carbon import pack as packing
from carnet.carbon.recompute import verify
from carnet.doors.cli import carbon_audit
from carnet.errors import BadInput
from tests.carbon.inventories import HEAD, PACK, PRODUCT
from tests.carbon.test_exchange_formats import PLUGGED, SUPPLIER
from tests.carbon.test_own_database import FLOWS, PLUG, datapackage, zipped

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "carbon"
METHODS = ["pact-3.0", "eu-cfb-ev-draft2024"]


@pytest.fixture(scope="module")
def catalog():
    return app.library(None, cache=False)


def packed(folder, catalog, text=PACK, methods=METHODS, **asked):
    (folder / "pack.yaml").write_text(text, encoding="utf-8")
    raw, manifest = packing.pack(folder / "pack.yaml", methods, catalog, draws=200, **asked)
    (folder / "p.zip").write_bytes(raw)
    return raw, manifest


def rewritten(folder, name, change):
    """The pack with one file changed, removed (None) or added."""
    with zipfile.ZipFile(folder / "p.zip") as archive:
        files = {n: archive.read(n) for n in archive.namelist()}
    new = change(files.get(name, b""))
    if new is None:
        del files[name]
    else:
        files[name] = new
    target = folder / "changed.zip"
    target.write_bytes(packing.zipped(files))
    return verify(target)


def test_the_same_inputs_give_the_same_bytes_wherever_they_lie(tmp_path, catalog):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()

    first, _ = packed(tmp_path / "a", catalog)
    second, _ = packed(tmp_path / "b", catalog)

    assert first == second
    assert str(tmp_path).encode() not in first


def test_a_pack_is_computed_again_bit_for_bit(tmp_path, catalog):
    _, manifest = packed(tmp_path, catalog)

    found = verify(tmp_path / "p.zip")

    assert found["ok"]
    assert found["files"] == len(manifest["files"])
    assert (
        found["numbers"] == 11
    )  # five terms up to the gate under the one method, six with the sea leg under the other
    with zipfile.ZipFile(tmp_path / "p.zip") as archive:
        (result,) = json.loads(archive.read("result.json"))
    assert [round(r["per_declared_unit"]["value"], 9) for r in result["results"]] == [3507.08, 3572.28]


def test_a_whole_project_is_one_pack(tmp_path, catalog):
    raw, manifest = packing.pack(EXAMPLES / "project.yaml", [], catalog, draws=100)
    (tmp_path / "p.zip").write_bytes(raw)

    assert [one["id"] for one in manifest["inventories"]] == ["pack-282", "tractor"]
    assert "inventories/tractor/tractor-parts.csv" in manifest["files"]
    assert verify(tmp_path / "p.zip")["ok"]


@pytest.mark.parametrize(
    ("name", "old", "new", "path"),
    [
        ("inventories/pack/pack.yaml", b"amount: 300 kWh", b"amount: 301 kWh", "result[0].results[0].value"),
        ("tables/0/factors/materials.yaml", b"value: 9.6, high: 17, flows: {co2e: 9.6}",
         b"value: 9.7, high: 17, flows: {co2e: 9.7}", "result[0].results[0].value"),
        ("tables/0/methods/pact-3.0.yaml", b"digits: 4", b"digits: 3", "result[0].results[0].shown"),
        ("manifest.json", b'"seed": 20260101', b'"seed": 20260102', "result[0].results[0].interval.p5"),
    ],
)  # fmt: skip
def test_any_change_is_found_and_named(tmp_path, catalog, name, old, new, path):
    packed(tmp_path, catalog)

    def change(raw):
        assert old in raw
        return raw.replace(old, new)

    found = rewritten(tmp_path, name, change)

    assert not found["ok"]
    assert path in {row["path"] for row in found["differs"]} or found["note"]
    assert name == "manifest.json" or {"file": name, "says": "was changed"} in found["changed"]


def test_a_number_bent_in_the_result_is_found_to_the_last_digit(tmp_path, catalog):
    packed(tmp_path, catalog)

    found = rewritten(
        tmp_path, "result.json", lambda raw: raw.replace(b'"value": 3507.08', b'"value": 3507.0800000000004')
    )

    assert [c["file"] for c in found["changed"]] == ["result.json"]
    assert found["differs"]


def test_a_forged_digest_does_not_help(tmp_path, catalog):
    """Whoever bends a number and its digest is found by computing again."""
    packed(tmp_path, catalog)
    with zipfile.ZipFile(tmp_path / "p.zip") as archive:
        files = {n: archive.read(n) for n in archive.namelist()}
    files["result.json"] = files["result.json"].replace(b"3507.08", b"3407.08")
    manifest = json.loads(files["manifest.json"])
    manifest["files"]["result.json"] = packing.digest(files["result.json"])
    files["manifest.json"] = packing.canonical(manifest)
    (tmp_path / "forged.zip").write_bytes(packing.zipped(files))

    found = verify(tmp_path / "forged.zip")

    assert found["changed"] == []
    assert not found["ok"]
    assert {"path": "result[0].results[0].value", "pack": 3407.08, "recomputed": 3507.08} in found["differs"]


@pytest.mark.parametrize(
    ("name", "change", "says"),
    [
        ("inventories/pack/extra.txt", lambda _: b"more", "was added"),
        ("numbers.csv", lambda _: None, "is missing"),
        ("tables/0/factors/grid.csv", lambda raw: raw + b"\n", "was changed"),
    ],
)
def test_files_that_come_go_or_change_are_named(tmp_path, catalog, name, change, says):
    packed(tmp_path, catalog)

    found = rewritten(tmp_path, name, change)

    assert {"file": name, "says": says} in found["changed"]
    assert not found["ok"]


def test_suppliers_files_travel_with_it(tmp_path, catalog):
    (tmp_path / "cathode.json").write_text(json.dumps(SUPPLIER), encoding="utf-8")

    _, manifest = packed(tmp_path, catalog, PLUGGED, ["pact-3.0"])

    assert "inventories/pack/cathode.json" in manifest["files"]
    assert verify(tmp_path / "p.zip")["ok"]


def test_a_database_stays_at_home_and_its_solved_items_travel(tmp_path, catalog):
    zipped(tmp_path / "lab.zip", datapackage())
    item = PLUG.replace("FILE", "lab.zip").replace("{of: STEEL}", "{of: 1, unit: kg}")
    text = HEAD + PRODUCT + item.replace("license: our own,", f"license: our own, flows: {{{FLOWS['flows']}}},")

    raw, manifest = packed(tmp_path, catalog, text, ["pact-3.0"])

    assert "inventories/thing/lab.zip.solved.json" in manifest["files"]
    assert "inventories/thing/lab.zip" not in manifest["files"]
    assert (tmp_path / "lab.zip").read_bytes() not in raw
    assert verify(tmp_path / "p.zip")["ok"]


@pytest.mark.parametrize("raw", [b"", b"no zip", packing.zipped({"manifest.json": b"{}"}), packing.zipped({"a": b""})])
def test_what_is_no_pack_is_a_sentence(tmp_path, raw):
    (tmp_path / "p.zip").write_bytes(raw)

    with pytest.raises(BadInput, match=r"is no verifier's pack that can be read"):
        verify(tmp_path / "p.zip")


def test_a_pack_that_leaves_its_folder_is_refused(tmp_path):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("manifest.json", "{}")
        archive.writestr("../../evil.txt", "x")
    (tmp_path / "p.zip").write_bytes(held.getvalue())

    with pytest.raises(BadInput, match="leads out of the archive"):
        verify(tmp_path / "p.zip")


def test_the_commands_pack_verify_and_end_with_5(tmp_path):
    (tmp_path / "pack.yaml").write_text(PACK, encoding="utf-8")
    room = typer.Typer()
    carbon_audit.mount(room)
    run = CliRunner()

    made = run.invoke(room, ["pack", str(tmp_path / "pack.yaml"), "--methods", "pact-3.0", "--draws", "100"])
    good = run.invoke(room, ["verify", str(tmp_path / "pack.pack.zip")])
    raw = (tmp_path / "pack.pack.zip").read_bytes()
    (tmp_path / "pack.pack.zip").write_bytes(raw.replace(b"3507.08", b"3507.09", 1))
    bad = run.invoke(room, ["verify", str(tmp_path / "pack.pack.zip"), "--format", "json"])
    trail = run.invoke(room, ["audit", str(tmp_path / "pack.yaml"), "--methods", "pact-3.0"])

    assert made.output.startswith(f"{tmp_path / 'pack.pack.zip'}: ")
    assert (good.exit_code, "computed again bit for bit" in good.output) == (0, True)
    assert bad.exit_code == 5
    assert trail.exit_code == 0
    assert "missing for an audit" in trail.output


def test_a_manifest_cannot_reach_for_files_of_the_verifier(tmp_path, catalog):
    packed(tmp_path, catalog)
    (tmp_path / "secret.yaml").write_text(PACK, encoding="utf-8")

    found = rewritten(
        tmp_path, "manifest.json", lambda raw: raw.replace(b'"id": "pack"', b'"id": "../../../../secret"')
    )

    assert not found["ok"]
    assert "which is not in it" in found["note"]


def test_an_assumption_is_part_of_the_pack(tmp_path, catalog):
    _, manifest = packed(
        tmp_path, catalog, PACK, ["eu-cfb-ev-draft2024"], assume=["eu-cfb-ev-draft2024:recycling.b=0.5"]
    )

    assert manifest["assume"] == ["eu-cfb-ev-draft2024:recycling.b=0.5"]
    assert verify(tmp_path / "p.zip")["ok"]
