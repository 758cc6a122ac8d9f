"""A sealed passport is recomputed by a stranger from the lots that travel with it."""

import json
import zipfile
from io import BytesIO

import pytest

from carnet.ledger import integrity
from carnet.ledger.bundle import MANIFEST, pack, read_bundle, verify_bundle
from carnet.ledger.keys import Signer
from carnet.ledger.log import Log
from carnet.ledger.plain import canonical
from carnet.supply.sealing import recompute, seal

from .world import ECONOMIES, ROOT, TABLES, world

MAKER = Signer(b"a" * 32)
AT = "2026-11-21T12:00:00Z"


@pytest.fixture(scope="module")
def sealed():
    return seal(world(), "pack-1", TABLES, Log("maker.example/log"), MAKER, AT)


def checked(raw):
    return verify_bundle(raw, at="2026-11-22", recompute=recompute(TABLES, ECONOMIES))


def test_every_claim_recomputes(sealed):
    result = checked(sealed)

    assert result["valid"]
    assert all(c["recomputed"] for c in result["claims"])
    assert {"pack-1:trace", "pack-1:rc_post_li"} <= {c["id"] for c in result["claims"]}


def test_the_claims_keep_the_contract(sealed):
    wanted = {"id", "signer", "logged_at", "revoked", "schema", "digest", "recomputed"}

    assert all(wanted <= set(c) for c in checked(sealed)["claims"])


def test_a_maker_who_signs_a_better_number_is_found_out(sealed):
    """The signature, the log and the digests all hold: only recomputing shows it."""
    log = Log("maker.example/log")
    bundle = read_bundle(sealed)
    claims = [dict(c) for c in bundle.manifest["claims"]]
    better = next(c for c in claims if c["name"] == "rc_post_li")
    better["value"] = {**better["value"], "value": 12.0}
    from carnet.ledger.bundle import make_bundle

    result = checked(make_bundle(claims, bundle.files, log, MAKER, AT))

    (wrong,) = [c for c in result["claims"] if not c["valid"]]
    assert wrong["id"] == "pack-1:rc_post_li"
    assert wrong["problems"] == ["recomputed, the value is another"]


def test_a_changed_lot_is_found(sealed):
    bundle = read_bundle(sealed)
    lots = bundle.files["chain/lots.csv"].replace(b"post_consumer", b"pre_consumer")
    files = {**bundle.files, "chain/lots.csv": lots}

    result = checked(pack({MANIFEST: canonical(bundle.manifest), **files}))

    assert not result["valid"]
    assert "chain/lots.csv: the file is missing or was changed" in result["problems"]


def test_a_manifest_signed_by_another_does_not_pass_for_the_maker(sealed):
    bundle = read_bundle(sealed)
    bare = {k: v for k, v in bundle.manifest.items() if k != "proof"}
    stranger = integrity.sign(bare, Signer(b"b" * 32), AT)

    result = verify_bundle(pack({MANIFEST: canonical(stranger), **bundle.files}))

    assert not result["valid"]  # the log's key is the maker's


def test_the_bundle_is_an_ordinary_zip(sealed):
    with zipfile.ZipFile(BytesIO(sealed)) as packed:
        assert json.loads(packed.read(MANIFEST))["schema"] == "carnet/bundle/1"
        assert "chain/flows.csv" in packed.namelist()


def test_a_chain_is_sealed_into_the_log_and_verified_from_files(tmp_path):
    from types import SimpleNamespace

    from carnet.supply import desk

    catalog = SimpleNamespace(economies=dict.fromkeys([*ECONOMIES, "mz", "kr", "au", "cl"]))
    folder = ROOT / "examples" / "supply" / "truck-battery"
    asked = {"seed": b"a" * 32, "log": tmp_path / "log", "origin": "maker.example/log", "at": AT}

    for number in (1, 2):
        raw = desk.seal(folder, "CHN-P7-000123", catalog, **asked)
        (tmp_path / f"{number}.zip").write_bytes(raw)

    found = desk.verify(tmp_path / "2.zip", catalog)
    assert found["valid"]
    assert len((tmp_path / "log").read_bytes().splitlines()) == 2 * len(found["claims"])
