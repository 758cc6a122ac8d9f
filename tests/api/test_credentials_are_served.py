"""An organization speaks under its own name: what it issues holds for everybody, until it says otherwise."""

from __future__ import annotations

from typing import Any

import pytest

from carnet.ledger.checkpoint import read_checkpoint
from carnet.ledger.credentials import issue, open_credential
from carnet.ledger.keys import Resolver, Signer, public_key
from carnet.ledger.merkle import leaf_hash, node_hash
from carnet.ledger.status import StatusLists
from carnet.store import trail
from tests.api.chainside import statement
from tests.api.house import House, build

AT = "2099-01-01T00:00:00Z"


@pytest.fixture(scope="module")
def desk(tmp_path_factory) -> House:
    return build(tmp_path_factory.mktemp("desk"))


def issued(house: House, **more: Any) -> dict[str, Any]:
    answer = house.ask("POST", "/credentials", json={"credential": statement(), **more})
    assert answer.status_code == 201, answer.text
    return answer.json()


def everybody(house: House, row: dict[str, Any]) -> Any:
    """What a stranger makes of a credential with nothing but public answers."""
    name = house.ask("GET", f"/organizations/{house.ours.id}/did.json", "").json()
    resolver = Resolver({name["id"]: name})
    listed = house.ask("GET", f"/organizations/{house.ours.id}/status/revocation", "").json()
    lists = StatusLists([open_credential(listed, resolver, at=AT)])
    return open_credential(row["envelope"], resolver, at=AT, status=lists.answer)


def test_a_stranger_verifies_a_credential_with_public_answers_only(desk):
    found = everybody(desk, issued(desk))

    assert found.problems == ()
    assert found.issuer == f"did:web:localhost:organizations:{desk.ours.id}"
    assert found.revoked is False
    assert found.credential["issuer"]["name"] == "ours"


def test_a_revoked_credential_is_revoked_for_everybody_and_its_neighbors_are_not(desk):
    one, other = issued(desk), issued(desk)
    assert desk.ask("DELETE", f"/credentials/{one['id']}").status_code == 204

    assert everybody(desk, one).revoked is True
    assert not everybody(desk, one).holds
    assert everybody(desk, other).holds
    assert desk.ask("POST", "/credentials/verification", json={"credential": one["envelope"]}).json()["revoked"]


def test_a_credential_is_shown_to_everybody_only_when_it_was_issued_so(desk):
    shown, kept = issued(desk, shown=True), issued(desk)
    public = f"/organizations/{desk.ours.id}/credentials"
    answer = desk.ask("GET", f"{public}/{shown['id']}", "")

    assert answer.json() == shown["envelope"]
    assert desk.ask("GET", f"{public}/{kept['id']}", "").status_code == 404
    token = desk.ask("GET", f"{public}/{shown['id']}", "", headers={"Accept": "application/vc+jwt"})
    assert shown["envelope"]["id"].endswith(token.text)


@pytest.mark.parametrize(
    "wrong",
    [
        {"issuer": "did:web:somebody.example"}, {"credentialSubject": {}}, {"type": ["Other"]},
        {"@context": ["https://other.example"]},
    ],
)  # fmt: skip
def test_what_is_no_statement_of_ours_is_not_signed(desk, wrong):
    answer = desk.ask("POST", "/credentials", json={"credential": statement(**wrong)})

    assert answer.status_code == 422
    assert answer.json()["detail"].startswith("credential: ")


def test_another_address_does_not_make_us_sign_under_another_name(desk):
    issued(desk)
    answer = desk.ask("POST", "/credentials", json={"credential": statement()}, headers={"Host": "evil.example"})

    assert answer.status_code == 409
    assert desk.ask("GET", f"/organizations/{desk.ours.id}/did.json", "", headers={"Host": "evil.example"}).json()[
        "id"
    ].startswith("did:web:localhost:")


def signer() -> Signer:
    return Signer(b"\7" * 32)


def theirs(**changes: Any) -> str:
    """A credential somebody else signed with a key that is its own name."""
    said = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        **statement(),
        "issuer": signer().issuer,
        "validFrom": "2026-01-01T00:00:00Z",
        **changes,
    }
    return issue(said, signer())


def test_what_holds_is_held_and_what_does_not_is_refused_with_the_reason(desk):
    sound = theirs()
    kept = desk.ask("POST", "/credentials/held", json={"credential": sound})
    forged = desk.ask("POST", "/credentials/held", json={"credential": sound[:-6] + "AAAAAA"})
    late = desk.ask("POST", "/credentials/held", json={"credential": theirs(validUntil="2026-02-01T00:00:00Z")})

    assert (kept.status_code, kept.json()["way"]) == (201, "held")
    assert forged.status_code == late.status_code == 422
    assert "it was valid until 2026-02-01" in late.json()["detail"]
    assert desk.ask("DELETE", f"/credentials/{kept.json()['id']}").status_code == 409


def test_another_organization_sees_none_of_them(desk):
    row = issued(desk)

    assert desk.ask("GET", f"/credentials/{row['id']}", org=desk.theirs).status_code == 404
    assert desk.ask("DELETE", f"/credentials/{row['id']}", org=desk.theirs).status_code == 404
    assert row["id"] not in desk.ask("GET", "/credentials", org=desk.theirs).text
    assert desk.ask("GET", f"/organizations/{desk.theirs.id}/did.json", "").status_code == 404  # it never issued


def test_organizations_sign_with_different_keys(desk):
    issued(desk)
    desk.ask("POST", "/credentials", json={"credential": statement()}, org=desk.theirs)
    keys = {
        desk.ask("GET", f"/organizations/{o.id}/did.json", "").json()["verificationMethod"][0]["publicKeyMultibase"]
        for o in (desk.ours, desk.theirs)
    }
    own = desk.ask("GET", "/.well-known/did.json", "").json()

    assert len(keys) == 2
    assert own["verificationMethod"][0]["publicKeyMultibase"] not in keys
    assert own["id"] == "did:web:localhost"


# the log, as witnesses read it


def root_of(leaves: list[bytes]) -> bytes:
    """The root of RFC 6962, written out anew."""
    if len(leaves) == 1:
        return leaves[0]
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return node_hash(root_of(leaves[:half]), root_of(leaves[half:]))


def grown(house: House, least: int) -> int:
    """The size of a log that was made at least so long."""
    with house.exchange.store.change("2026-11-21T10:00:00+00:00", "u", house.ours.id) as tx:
        while trail.state(tx)["size"] < least:
            tx.log("test.grown", about="x")
        return int(trail.state(tx)["size"])


def test_a_witness_rebuilds_the_signed_root_from_tiles(desk):
    grown(desk, 600)
    name, key = desk.ask("GET", "/log/key", "").text.split()
    checkpoint, _ = read_checkpoint(desk.ask("GET", "/log/checkpoint", "").text, {name: public_key(key)})
    whole, rest = divmod(checkpoint.size, 256)
    tiles = [f"/log/tile/0/{n:03d}" for n in range(whole)] + ([f"/log/tile/0/{whole:03d}.p/{rest}"] if rest else [])
    raw = b"".join(desk.ask("GET", t, "").content for t in tiles)
    leaves = [raw[n : n + 32] for n in range(0, len(raw), 32)]
    upper = desk.ask("GET", f"/log/tile/1/000.p/{whole}", "").content

    assert len(leaves) == checkpoint.size
    assert root_of(leaves) == checkpoint.root
    assert upper == b"".join(root_of(leaves[n * 256 : n * 256 + 256]) for n in range(whole))


def test_a_tile_holds_the_hashes_of_entries_and_nothing_of_their_text(desk):
    grown(desk, 300)
    raw = desk.ask("GET", "/log/tile/0/000", "").content
    with desk.exchange.store.look() as view:
        lines = [bytes(row["line"]) for row in trail.lines(view, 0, 256)]

    assert raw == b"".join(leaf_hash(line) for line in lines)


@pytest.mark.parametrize(
    "place",
    ["0/999", "0/000.p/256", "0/000.p/0", "0/x000/001", "0/00", "0/-01", "9/000", "0/000.p/1/2", "entries/000", "0/a"],
)
def test_what_is_no_tile_of_this_log_is_not_there(desk, place):
    assert desk.ask("GET", f"/log/tile/{place}", "").status_code in (404, 422)


@pytest.mark.parametrize("path", ["/log/checkpoint", "/log/tile/0/000.p/1", "/.well-known/did.json"])
def test_what_everybody_may_read_is_not_read_without_end(tmp_path, path):
    house = build(tmp_path, rate=0.001, burst=3)
    said = [house.ask("GET", path, "").status_code for _ in range(5)]

    assert said == [200, 200, 200, 429, 429]
