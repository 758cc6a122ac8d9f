"""A credential is believed because of whose key signed it, and for no other reason."""

import base64
import json

import pytest
from cryptography.hazmat.primitives import hashes, hmac

from carnet.ledger import integrity
from carnet.ledger.credentials import CONTEXT, envelope, issue, open_credential
from carnet.ledger.integrity import BadSignature, hash_data, sign, verify
from carnet.ledger.keys import BadKey, Resolver, Signer, base58, did_web_url, unbase58
from carnet.ledger.plain import canonical
from carnet.ledger.status import BadStatus, StatusLists, decode, encode, entry, status_credential

MINE = Signer(b"m" * 32)
OTHER = Signer(b"o" * 32)
WEB = Signer(b"w" * 32, "did:web:smelter.example:keys#key-1")
WEB_DOCUMENT = {
    "id": "did:web:smelter.example:keys",
    "verificationMethod": [
        {
            "id": "did:web:smelter.example:keys#key-1",
            "type": "Multikey",
            "controller": "did:web:smelter.example:keys",
            "publicKeyMultibase": WEB.public.multibase,
        }
    ],
    "assertionMethod": ["did:web:smelter.example:keys#key-1"],
}
DAY = "2026-11-21"


def claim(signer=MINE, **said):
    """A credential of a smelter about one lot."""
    return {
        "@context": [CONTEXT],
        "type": ["VerifiableCredential"],
        "id": "urn:example:cred:1",
        "issuer": {"id": signer.issuer, "name": "Smelter"},
        "validFrom": "2026-01-01T00:00:00Z",
        "credentialSubject": {"id": "urn:example:lot:7", "origin": "cl"},
        **said,
    }


def b64(raw):
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def forged(header, body, sign_with):
    signed = f"{b64(json.dumps(header).encode())}.{b64(json.dumps(body).encode())}"
    return f"{signed}.{b64(sign_with(signed.encode()))}"


# --- the published vectors ---------------------------------------------------------------------------------------


def vector(shared, name):
    return shared / "supply" / "vc-eddsa" / name


def test_the_published_signature_is_made_and_verified_step_by_step(shared):
    keys = json.loads(vector(shared, "keyPair.json").read_text())
    unsigned = json.loads(vector(shared, "unsigned.json").read_text())
    config = json.loads(vector(shared, "eddsa-jcs-2022/proofConfigJCS.json").read_text())
    signed = json.loads(vector(shared, "eddsa-jcs-2022/signedJCS.json").read_text())
    signer = Signer.from_multibase(keys["privateKeyMultibase"])

    assert signer.public.multibase == keys["publicKeyMultibase"]
    assert canonical(unsigned).decode() == vector(shared, "eddsa-jcs-2022/canonDocJCS.txt").read_text()
    assert canonical(config).decode() == vector(shared, "eddsa-jcs-2022/proofCanonJCS.txt").read_text()
    combined = vector(shared, "eddsa-jcs-2022/combinedHashJCS.txt").read_text().strip()
    assert hash_data(unsigned, config).hex() == combined
    assert sign(unsigned, signer, "2023-02-24T23:36:38Z") == signed
    assert verify(signed, Resolver())[0].key == signer.public


@pytest.mark.parametrize(
    "name",
    [
        "eddsa-rdfc-2022/signedDataInt.json",
        "Ed25519Signature2020/signedEdSig.json",
        "proof-set-chain/signedProofSet2.json",
        "proof-set-chain/signedProofChain2.json",
    ],
)
def test_suites_that_need_remote_contexts_are_refused_with_the_reason(shared, name):
    """eddsa-rdfc-2022 canonicalizes RDF under contexts that would have to be fetched: a justified refusal."""
    document = json.loads(vector(shared, name).read_text())

    with pytest.raises(BadSignature, match="is not read here"):
        verify(document, Resolver())


def test_the_signatures_of_the_refused_suite_still_agree_with_our_keys(shared):
    """The published hash of an RDF document, signed with the published key, verifies: canonicalization is missing."""
    combined = bytes.fromhex(vector(shared, "eddsa-rdfc-2022/combinedHashDataInt.txt").read_text().strip())
    signature = bytes.fromhex(vector(shared, "eddsa-rdfc-2022/sigHexDataInt.txt").read_text().strip())
    keys = json.loads(vector(shared, "keyPair.json").read_text())

    assert Signer.from_multibase(keys["privateKeyMultibase"]).public.verify(signature, combined)


def test_published_key_pairs_agree(shared):
    for pair in json.loads(vector(shared, "proof-set-chain/multiKeyPairs.json").read_text()).values():
        assert Signer.from_multibase(pair["privateKeyMultibase"]).public.multibase == pair["publicKeyMultibase"]


# --- embedded proofs ---------------------------------------------------------------------------------------------


def test_a_signed_document_verifies_and_a_changed_one_does_not():
    signed = sign(claim(), MINE, "2026-11-01T00:00:00Z")

    assert verify(signed, Resolver())[0].method == MINE.method
    signed["credentialSubject"]["origin"] = "ch"
    with pytest.raises(BadSignature, match="not by"):
        verify(signed, Resolver())


def test_a_proof_cannot_be_given_another_date_or_key():
    signed = sign(claim(), MINE, "2026-11-01T00:00:00Z")

    for change in ({"created": "2020-01-01T00:00:00Z"}, {"verificationMethod": OTHER.method}, {"domain": "x"}):
        with pytest.raises(BadSignature):
            verify({**signed, "proof": {**signed["proof"], **change}}, Resolver())


def test_two_signers_may_sign_one_document():
    signed = sign(sign(claim(), MINE, "2026-11-01T00:00:00Z"), OTHER, "2026-11-02T00:00:00Z")

    assert {s.method for s in verify(signed, Resolver())} == {MINE.method, OTHER.method}


def test_a_chained_proof_binds_the_earlier_one():
    first = sign(claim(), MINE, "2026-11-01T00:00:00Z", id="urn:example:proof:1")
    both = sign(first, OTHER, "2026-11-02T00:00:00Z", previousProof="urn:example:proof:1")

    assert len(verify(both, Resolver())) == 2
    with pytest.raises(BadSignature, match="is not there"):
        verify({**both, "proof": both["proof"][1:]}, Resolver())


def test_a_proof_of_tomorrow_or_of_yesterday_does_not_hold():
    late = sign(claim(), MINE, "2026-12-01T00:00:00Z")
    gone = sign(claim(), MINE, "2026-01-01T00:00:00Z", expires="2026-06-01T00:00:00Z")

    with pytest.raises(BadSignature, match="after 2026-11-21"):
        verify(late, Resolver(), at=DAY)
    with pytest.raises(BadSignature, match="expired"):
        verify(gone, Resolver(), at=DAY)


def test_a_proof_for_another_purpose_is_refused():
    signed = sign(claim(), MINE, "2026-11-01T00:00:00Z", purpose="authentication")

    with pytest.raises(BadSignature, match="serves 'authentication'"):
        verify(signed, Resolver())


# --- keys and names ----------------------------------------------------------------------------------------------


def test_base58_is_its_own_inverse():
    for raw in (b"", b"\0", b"\0\0a", bytes(range(64))):
        assert unbase58(base58(raw)) == raw


def test_a_did_web_is_resolved_from_the_bundled_document_only():
    token = issue(claim(WEB), WEB)

    assert open_credential(token, Resolver({WEB_DOCUMENT["id"]: WEB_DOCUMENT}), at=DAY).holds
    opened = open_credential(token, Resolver(), at=DAY)
    assert opened.problems == ("the document of 'did:web:smelter.example:keys' is not bundled, and nothing is fetched",)


def test_a_key_listed_for_something_else_may_not_assert():
    document = {**WEB_DOCUMENT, "assertionMethod": []}

    with pytest.raises(BadKey, match="does not let"):
        Resolver({WEB_DOCUMENT["id"]: document}).key(WEB.method)


def test_a_did_web_says_where_its_document_lies():
    assert did_web_url("did:web:smelter.example") == "https://smelter.example/.well-known/did.json"
    assert did_web_url("did:web:smelter.example%3A8443:keys") == "https://smelter.example:8443/keys/did.json"


# --- tokens ------------------------------------------------------------------------------------------------------


def test_an_enveloped_credential_opens():
    opened = open_credential(envelope(issue(claim(), MINE)), Resolver(), at=DAY)

    assert opened.holds
    assert opened.credential["credentialSubject"]["origin"] == "cl"
    assert opened.signer == MINE.method


def test_no_algorithm_is_no_signature():
    token = forged({"alg": "none", "kid": MINE.method}, claim(), lambda data: b"")

    assert "refused" in open_credential(token, Resolver()).problems[0]


def test_a_public_key_cannot_serve_as_a_shared_secret():
    """The classic confusion: HMAC keyed with the public key that everybody knows."""

    def mac(data):
        code = hmac.HMAC(MINE.public.raw, hashes.SHA256())
        code.update(data)
        return code.finalize()

    token = forged({"alg": "HS256", "kid": MINE.method}, claim(), mac)

    assert "'HS256' is refused" in open_credential(token, Resolver()).problems[0]


@pytest.mark.parametrize("own", ["jwk", "jku", "x5c", "crit", "b64"])
def test_a_token_may_not_bring_its_own_key_or_rules(own):
    header = {"alg": "EdDSA", "kid": MINE.method, own: ["x"]}

    opened = open_credential(forged(header, claim(), MINE.sign), Resolver())

    assert f"brings its own {own!r}" in opened.problems[0]


def test_a_token_signed_with_the_wrong_key_is_refused():
    token = forged({"alg": "EdDSA", "kid": MINE.method}, claim(), OTHER.sign)

    assert "the signature is not by" in open_credential(token, Resolver()).problems[0]


def test_one_issuer_cannot_speak_for_another():
    token = forged({"alg": "EdDSA", "kid": OTHER.method}, claim(MINE), OTHER.sign)

    assert "but the key is of" in open_credential(token, Resolver()).problems[0]


def test_a_changed_payload_or_a_cut_token_is_refused():
    head, body, tail = issue(claim(), MINE).split(".")
    other = b64(json.dumps(claim(credentialSubject={"id": "x"})).encode())

    assert not open_credential(f"{head}.{other}.{tail}", Resolver()).holds
    assert not open_credential(f"{head}.{body}.", Resolver()).holds
    assert not open_credential(f"{head}.{body}", Resolver()).holds
    assert not open_credential(f"{head}.{body}.{tail[:-4]}", Resolver()).holds


def test_a_credential_outside_its_time_does_not_hold():
    early = issue(claim(validFrom="2027-01-01T00:00:00Z"), MINE)
    late = issue(claim(validUntil="2026-06-01T00:00:00Z"), MINE)

    assert "after 2026-11-21" in open_credential(early, Resolver(), at=DAY).problems[0]
    assert "before 2026-11-21" in open_credential(late, Resolver(), at=DAY).problems[0]


def test_a_moment_without_zone_is_not_a_moment():
    opened = open_credential(issue(claim(validFrom="2026-01-01T00:00:00"), MINE), Resolver(), at=DAY)

    assert "not a moment with its zone" in opened.problems[0]


# --- revocation --------------------------------------------------------------------------------------------------


def lists(signer, revoked, purpose="revocation"):
    credential = status_credential("urn:example:status", signer.issuer, revoked, "2026-01-01T00:00:00Z", purpose)
    return StatusLists([open_credential(issue(credential, signer), Resolver(), at=DAY)])


def test_a_revoked_credential_does_not_hold():
    token = issue(claim(credentialStatus=entry("urn:example:status", 4711)), MINE)

    assert open_credential(token, Resolver(), at=DAY, status=lists(MINE, [4711]).answer).revoked is True
    assert open_credential(token, Resolver(), at=DAY, status=lists(MINE, [4712]).answer).revoked is False


def test_without_the_list_revocation_is_unknown_and_not_no():
    token = issue(claim(credentialStatus=entry("urn:example:status", 4711)), MINE)

    assert open_credential(token, Resolver(), at=DAY).revoked is None


def test_a_list_by_somebody_else_says_nothing():
    token = issue(claim(credentialStatus=entry("urn:example:status", 4711)), MINE)
    opened = open_credential(token, Resolver(), at=DAY, status=lists(OTHER, [1]).answer)

    assert opened.revoked is None
    assert "did not issue" in opened.problems[0]


def test_the_first_bit_is_the_highest_of_the_first_byte():
    assert decode(encode([0]))[0] == 0x80
    assert decode(encode([9]))[1] == 0x40


def test_a_list_that_unpacks_without_end_is_refused():
    import gzip

    bomb = "u" + base64.urlsafe_b64encode(gzip.compress(bytes(64 * 1024 * 1024))).decode().rstrip("=")

    with pytest.raises(BadStatus, match="unpacks to more"):
        decode(bomb)


def test_a_list_too_short_to_hide_in_is_refused():
    import gzip

    with pytest.raises(BadStatus, match="would tell who is asked about"):
        decode("u" + base64.urlsafe_b64encode(gzip.compress(bytes(100))).decode().rstrip("="))


def test_the_suite_is_the_one_we_name():
    assert integrity.SUITE == "eddsa-jcs-2022"
