"""A bundle is checked with nothing but itself, and a changed bit anywhere is found."""

import io
import random
import zipfile

import pytest

from carnet.ledger.bundle import make_bundle, pack, read_bundle, verify_bundle
from carnet.ledger.credentials import CONTEXT, issue
from carnet.ledger.keys import Signer
from carnet.ledger.log import Log
from carnet.ledger.plain import Refused
from carnet.ledger.status import entry, status_credential

MAKER, SMELTER = Signer(b"a" * 32), Signer(b"b" * 32)
AT = "2026-11-21T12:00:00Z"


def credential(**said):
    return issue(
        {
            "@context": [CONTEXT],
            "type": ["VerifiableCredential"],
            "issuer": SMELTER.issuer,
            "validFrom": "2026-01-01T00:00:00Z",
            "credentialSubject": {"id": "urn:lot:7", "origin": "cl"},
            **said,
        },
        SMELTER,
    )


def sealed(value=6, revoked=None, **said):
    """A bundle with one claim whose value is the sum of a file's numbers, and a smelter's credential."""
    files = {"lots/masses.csv": b"1\n2\n3\n", "smelter.jwt": credential(**said).encode()}
    claim = {
        "id": "mass", "about": "pack", "name": "mass_kg", "value": value, "method": "sum",
        "files": list(files), "credential": "smelter.jwt",
    }  # fmt: skip
    status = []
    if revoked is not None:
        status.append(
            issue(
                status_credential("urn:status", SMELTER.issuer, revoked, "2026-01-01T00:00:00Z", "revocation"), SMELTER
            )
        )
    return make_bundle([claim], files, Log("maker.example/log"), MAKER, AT, status=status)


def total(claim, read):
    return sum(int(line) for line in read("lots/masses.csv").split())


def test_a_claim_is_shown_signed_logged_and_recomputed():
    result = verify_bundle(sealed(), at="2026-11-22", recompute={"sum": total})

    (claim,) = result["claims"]
    assert result["valid"]
    assert claim["signer"] == MAKER.method
    assert claim["credential_signer"] == SMELTER.method
    assert claim["logged_at"] == AT
    assert claim["recomputed"] is True


def test_a_value_that_does_not_recompute_is_named():
    (claim,) = verify_bundle(sealed(value=7), recompute={"sum": total})["claims"]

    assert claim["recomputed"] is False
    assert claim["problems"] == ["recomputed, the value is another"]


def test_a_revoked_credential_breaks_the_claim():
    status = entry("urn:status", 5)

    kept = verify_bundle(sealed(revoked=[6], credentialStatus=status), at="2026-11-22")
    gone = verify_bundle(sealed(revoked=[5], credentialStatus=status), at="2026-11-22")

    assert kept["valid"]
    assert kept["claims"][0]["revoked"] is False
    assert not gone["valid"]
    assert gone["claims"][0]["revoked"] is True


def test_a_stranger_s_log_key_is_not_believed():
    result = verify_bundle(sealed(), trusted={"maker.example/log": SMELTER.public})

    assert not result["valid"]
    assert result["problems"] == ["no key that you trust signed this checkpoint"]


def flipped(raw, bit):
    changed = bytearray(raw)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def test_a_changed_bit_is_found_wherever_it_is():
    raw = sealed()
    rng = random.Random(7)

    missed = [b for b in (rng.randrange(len(raw) * 8) for _ in range(300)) if verify_bundle(flipped(raw, b))["valid"]]

    assert missed == []


@pytest.mark.hard
def test_every_bit_of_a_bundle_counts():
    raw = sealed()

    assert [b for b in range(len(raw) * 8) if verify_bundle(flipped(raw, b))["valid"]] == []


def test_a_cut_or_grown_bundle_is_refused():
    raw = sealed()

    for broken in (raw[:-1], raw[1:], raw + b"\0", raw[: len(raw) // 2], b"", b"PK"):
        assert not verify_bundle(broken)["valid"]


def hostile(name, content=b"x", method=zipfile.ZIP_STORED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as packed:
        packed.writestr(name, content)
    return buffer.getvalue()


@pytest.mark.parametrize("name", ["../evil", "/etc/passwd", "a/../b", "a\\b", ".hidden", "a/.hidden", "C:x"])
def test_a_name_that_leads_elsewhere_is_refused(name):
    with pytest.raises(Refused):
        read_bundle(hostile(name))
    with pytest.raises(Refused, match="no name for a file"):
        pack({name: b""})


def test_a_zip_bomb_is_refused_before_it_unpacks():
    with pytest.raises(Refused, match=r"more than it holds|compressed"):
        read_bundle(hostile("bundle.json", bytes(50_000_000), zipfile.ZIP_DEFLATED))


def test_the_same_claims_give_the_same_bytes():
    assert sealed() == sealed()
