"""Credentials of an organization: issued, held, revoked, served; its name on the web, and its status list.

    POST /api/v1/credentials                         issue under the organization's did:web
    POST /api/v1/credentials/held                    hold somebody else's, if it holds
    GET  /organizations/{id}/did.json                the name and key; everybody may read it
    GET  /organizations/{id}/status/revocation       the list of all its credentials; asking names none of them
    GET  /organizations/{id}/credentials/{id}        one that was issued to be shown

An organization's key is made from the key of the installation and lies nowhere. Its name is the one it first issued
under: another address of the same server cannot make it sign under another name.
Reading order: Issuer, issue(), hold(), the public names.
Source: W3C Verifiable Credentials Data Model 2.0 and Bitstring Status List 1.0; UNTP (enveloped credentials); did:web.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Annotated, Any
from urllib.parse import quote, urlsplit

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from ...ledger import status
from ...ledger.credentials import CONTEXT, Opened, envelope, issue, issuer_of, open_credential, shape_problems
from ...ledger.integrity import BadSignature
from ...ledger.keys import BadKey, Resolver, Signer, did_web_url
from ...store import chain as kept
from ...store import people
from ...store.engine import View
from .accounts import new_id
from .asking import OPEN, Cursor, House, Most, Who, after_number, operation, page
from .exchange import Exchange, Row
from .problems import Refusal
from .settings import now
from .sharing import base_of

api = APIRouter(prefix="/api/v1/credentials", tags=["credentials"])
names = APIRouter(tags=["credentials"])
TOKEN = "application/vc+jwt"  # noqa: S105
KEY = "key-1"
MOST_DOCUMENTS = 20
Id = Annotated[str, Path(max_length=80)]
PAPER = {"application/json": {"schema": {"type": "object"}}, TOKEN: {"schema": {"type": "string"}}}


class NewCredential(BaseModel):
    """What is said; issuer, id, status and, when left out, the first day are ours to add."""

    model_config = ConfigDict(extra="forbid")
    credential: dict[str, Any]
    shown: bool = Field(False, description="Whoever knows its address may read it.")


class Found(BaseModel):
    """A credential of somebody: a token, or an envelope or credential as an object; DID documents that came with it."""

    model_config = ConfigDict(extra="forbid")
    credential: dict[str, Any] | str
    documents: dict[str, dict[str, Any]] = Field({}, max_length=MOST_DOCUMENTS)


class Credential(BaseModel):
    """One that is kept."""

    id: str
    way: str
    kinds: str
    issuer: str
    about: str
    shown: bool
    created_at: str
    revoked_at: str | None
    envelope: dict[str, Any]


class Credentials(BaseModel):
    """A page."""

    items: list[Credential]
    next: str | None


class Verdict(BaseModel):
    """What was found of a credential."""

    holds: bool
    issuer: str
    signer: str
    revoked: bool | None
    problems: list[str]


class Issuer:
    """An organization as one who signs."""

    def __init__(self, exchange: Exchange, organization: str, did: str) -> None:
        seed = (exchange.keeper.folder / "log.key").read_bytes()
        own = hmac.new(seed, f"credentials\0{organization}".encode(), hashlib.sha256).digest()
        self.did, self.signer = did, Signer(own, f"{did}#{KEY}")

    @property
    def base(self) -> str:
        """Where what it issues lies, by its own name."""
        return did_web_url(self.did).removesuffix("/did.json")

    @property
    def list_id(self) -> str:
        return f"{self.base}/status/revocation"

    def document(self) -> Row:
        """The DID document."""
        return did_document(self.did, self.signer)


def did_document(did: str, signer: Signer) -> Row:
    """The document of a name whose one key may sign statements."""
    method = {
        "id": signer.method, "type": "Multikey", "controller": did, "publicKeyMultibase": signer.public.multibase
    }  # fmt: skip
    return {
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
        "id": did,
        "verificationMethod": [method],
        "assertionMethod": [signer.method],
        "authentication": [signer.method],
    }


def did_of(base: str, organization: str = "") -> str:
    """The did:web of an address."""
    host = quote(urlsplit(base).netloc.lower(), safe=".-")
    return f"did:web:{host}" + (f":organizations:{organization}" if organization else "")


def issuer(exchange: Exchange, view: View, organization: str) -> Issuer | None:
    """The issuer an organization has been since its first credential."""
    first = kept.first_issued(view, organization)
    return Issuer(exchange, organization, first["issuer"]) if first else None


def shown(row: Row) -> Row:
    names = ("id", "way", "kinds", "issuer", "about", "created_at", "revoked_at")
    return {**{n: row[n] for n in names}, "shown": bool(row["shown"]), "envelope": envelope(row["token"])}


def moment(at: str) -> str:
    """A moment to the second, as credentials write it."""
    return at[:19] + "Z"


@operation(api, "GET", "", "credential.read", response_model=Credentials)
def list_credentials(exchange: House, who: Who, cursor: Cursor = "", limit: Most = 50) -> dict[str, Any]:
    """What was issued and what is held, in the order it came."""
    known = exchange.may(who, "credential.read")
    after = after_number(cursor) if cursor else -1
    with exchange.store.look() as view:
        rows = kept.credentials(view, known.organization, after, limit + 1)
    found = page(rows, limit, "number")
    return {"items": [shown(r) for r in found["items"]], "next": found["next"]}


@operation(api, "POST", "", "credential.write", ["conflict"], status=201, response_model=Credential)
def issue_one(exchange: House, who: Who, request: Request, new: NewCredential) -> dict[str, Any]:
    """Issue a credential in the name of the organization, with its place in the status list."""
    known = exchange.may(who, "credential.write")
    did = did_of(base_of(exchange, request), known.organization)
    with exchange.store.change(now(), known.id, known.organization) as tx:
        before = issuer(exchange, tx, known.organization)
        if before is not None and before.did != did:
            raise Refusal("conflict", f"this organization issues as {before.did}; ask under that address")
        house, number, name = people.organization(tx, known.organization), 0, new_id("vc")
        us = before or Issuer(exchange, known.organization, did)
        number = kept.next_number(tx, known.organization)
        said = {k: v for k, v in new.credential.items() if k not in ("id", "credentialStatus", "proof")}
        if "issuer" in said and issuer_of(said) != did:
            raise Refusal("bad-input", f"credential: issuer: it is issued by {did}; leave the issuer out")
        whole = {
            "@context": said.pop("@context", [CONTEXT]),
            "id": f"{us.base}/credentials/{name}",
            "type": said.pop("type", ["VerifiableCredential"]),
            **said,
            "issuer": {"type": ["CredentialIssuer"], "id": did, "name": house["name"] if house else known.organization},
            "validFrom": said.get("validFrom", moment(tx.at)),
            "credentialStatus": status.entry(us.list_id, number),
        }
        wrong = shape_problems(whole)
        if wrong:
            raise Refusal("bad-input", f"credential: {'; '.join(wrong)}")
        row = about(whole, issue(whole, us.signer))
        row |= {"id": name, "organization": known.organization, "number": number, "way": "issued"}
        return shown(kept.add_credential(tx, {**row, "issuer": did, "shown": int(new.shown)}))


def about(credential: Row, token: str) -> Row:
    """What is kept of a credential beside its token."""
    kinds, subject = credential.get("type"), credential.get("credentialSubject")
    first = subject[0] if isinstance(subject, list) and subject else subject
    named = first.get("id") if isinstance(first, dict) else ""
    listed = kinds if isinstance(kinds, list) else [kinds]
    told = ", ".join(str(k) for k in listed if k != "VerifiableCredential")
    return {"kinds": told[:400], "about": str(named or "")[:400], "token": token}


def opened(exchange: Exchange, view: View, found: Found, at: str) -> Opened:
    """A credential opened with the names that came with it and those that are issued here."""
    documents, lists = dict(found.documents), list[Opened]()
    try:
        claimed = open_credential(found.credential, _Any(exchange, view, documents, lists), at=at)
        answered = status.StatusLists(lists)
        return open_credential(
            found.credential, _Any(exchange, view, documents, []), at=at, status=answered.answer
        ) if claimed.issuer else claimed  # fmt: skip
    except (BadKey, BadSignature, ValueError) as error:
        return Opened({}, problems=(str(error),))


class _Any(Resolver):
    """Names of this server from what it issues, all others from what was brought along."""

    def __init__(self, exchange: Exchange, view: View, documents: Row, lists: list[Opened]) -> None:
        super().__init__(documents)
        self.exchange, self.view, self.lists = exchange, view, lists

    def key(self, method: Any, purpose: str = "assertionMethod") -> Any:
        did = str(method).partition("#")[0]
        organization = did.rpartition(":organizations:")[2]
        us = issuer(self.exchange, self.view, organization) if organization != did else None
        if us is not None and us.did == did:
            token = status_token(self.exchange, self.view, us, organization)
            self.lists.append(open_credential(token, Resolver({did: us.document()})))
            return us.signer.public
        return super().key(method, purpose)


@operation(api, "POST", "/held", "credential.write", status=201, response_model=Credential)
def hold(exchange: House, who: Who, found: Found) -> dict[str, Any]:
    """Hold somebody's credential as a token or envelope; one that does not hold is refused with what is wrong."""
    from ...ledger.credentials import token_in

    known = exchange.may(who, "credential.write")
    with exchange.store.change(now(), known.id, known.organization) as tx:
        checked = opened(exchange, tx, found, moment(tx.at))
        if not checked.holds:
            raise Refusal("bad-input", f"credential: {'; '.join(checked.problems)}")
        try:
            token = found.credential if isinstance(found.credential, str) else token_in(found.credential)
        except BadSignature as error:
            raise Refusal("bad-input", f"credential: {error}") from None
        row = about(checked.credential, token) | {"id": new_id("vc"), "organization": known.organization}
        row |= {"number": kept.next_number(tx, known.organization), "way": "held", "issuer": checked.issuer}
        return shown(kept.add_credential(tx, {**row, "shown": 0}))


@operation(api, "POST", "/verification", "credential.read", response_model=Verdict)
def verify(exchange: House, who: Who, found: Found) -> dict[str, Any]:
    """What holds of a credential now; nothing is fetched and nothing is kept."""
    exchange.may(who, "credential.read")
    with exchange.store.look() as view:
        checked = opened(exchange, view, found, moment(now()))
    names = ("holds", "issuer", "signer", "revoked")
    return {**{n: getattr(checked, n) for n in names}, "problems": list(checked.problems)}


@operation(api, "GET", "/{credential_id}", "credential.read", ["not-found"], response_model=Credential)
def one(exchange: House, who: Who, credential_id: Id) -> dict[str, Any]:
    """One credential in its envelope."""
    known = exchange.may(who, "credential.read")
    with exchange.store.look() as view:
        row = kept.credential(view, credential_id, known.organization)
    if row is None:
        raise Refusal("not-found", "there is no such credential here")
    return shown(row)


@operation(
    api, "DELETE", "/{credential_id}", "credential.write", ["not-found", "conflict"], status=204,
    response_class=Response,
)  # fmt: skip
def revoke(exchange: House, who: Who, credential_id: Id) -> Response:
    """Revoke a credential that was issued here: its bit in the status list is set at once, and stays."""
    known = exchange.may(who, "credential.write")
    with exchange.store.change(now(), known.id, known.organization) as tx:
        row = kept.credential(tx, credential_id, known.organization)
        if row is None:
            raise Refusal("not-found", "there is no such credential here")
        if row["way"] != "issued":
            raise Refusal("conflict", "only its issuer revokes a credential")
        if row["revoked_at"] is None:
            kept.revoke_credential(tx, credential_id)
    return Response(status_code=204)


# what everybody may read


def status_token(exchange: Exchange, view: View, us: Issuer, organization: str) -> str:
    """The status list as it is, signed."""
    first = kept.first_issued(view, organization)
    assert first is not None
    since = moment(kept.last_revoked(view, organization) or first["created_at"])
    listed = status.status_credential(us.list_id, us.did, kept.revoked(view, organization), since, "revocation")
    return issue(listed, us.signer)


def as_asked(request: Request, token: str) -> Response:
    """A credential as its token, or in an envelope."""
    if TOKEN in request.headers.get("accept", ""):
        return Response(token, media_type=TOKEN)
    return Response(json.dumps(envelope(token)), media_type="application/json")


def _issuer(exchange: Exchange, view: View, organization: str) -> Issuer:
    found = issuer(exchange, view, organization)
    if found is None:
        raise Refusal("not-found", "nobody issues credentials under this name")
    return found


@operation(names, "GET", "/.well-known/did.json", None, response_model=dict[str, Any], dependencies=OPEN)
def own_name(exchange: House, request: Request) -> dict[str, Any]:
    """The name of this exchange, with the key that signs its log and its receipts."""
    did = did_of(base_of(exchange, request))
    signer = Signer((exchange.keeper.folder / "log.key").read_bytes(), f"{did}#log")
    return did_document(did, signer)


@operation(
    names,
    "GET",
    "/organizations/{organization}/did.json",
    None,
    ["not-found"],
    response_model=dict[str, Any],
    dependencies=OPEN,
)
def name(exchange: House, organization: Id) -> dict[str, Any]:
    """The name of an organization that issues credentials, with its key."""
    with exchange.store.look() as view:
        return _issuer(exchange, view, organization).document()


@operation(
    names, "GET", "/organizations/{organization}/status/revocation", None, ["not-found"], answers=PAPER,
    response_class=Response, dependencies=OPEN,
)  # fmt: skip
def status_list(exchange: House, request: Request, organization: Id) -> Response:
    """Which of its credentials are revoked, as one signed list."""
    with exchange.store.look() as view:
        us = _issuer(exchange, view, organization)
        return as_asked(request, status_token(exchange, view, us, organization))


@operation(
    names, "GET", "/organizations/{organization}/credentials/{credential}", None, ["not-found"], answers=PAPER,
    response_class=Response, dependencies=OPEN,
)  # fmt: skip
def public(exchange: House, request: Request, organization: Id, credential: Id) -> Response:
    """A credential that was issued to be shown."""
    with exchange.store.look() as view:
        row = kept.credential(view, credential, organization)
    if row is None or not row["shown"] or row["way"] != "issued":
        raise Refusal("not-found", "there is no such credential here")
    return as_asked(request, row["token"])
