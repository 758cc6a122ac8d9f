"""Credentials as signed tokens: issue, envelope, open, and say of each what holds and what does not.

A credential travels as a compact JWS (vc+jwt), often inside an EnvelopedVerifiableCredential. Only EdDSA on Ed25519 is
accepted, the key comes from the name in `kid` and never from the token, and the issuer must be whose key it is.
Reading order: issue(), envelope(), open_credential(), Opened.
Source: W3C Verifiable Credentials Data Model 2.0; W3C Securing Verifiable Credentials using JOSE and COSE; RFC 7515,
RFC 8037, RFC 8725 (best practice against confused algorithms).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from . import integrity
from .integrity import BadSignature, instant, is_moment
from .keys import BadKey, Resolver, Signer
from .plain import Refused, canonical, parse

CONTEXT = "https://www.w3.org/ns/credentials/v2"
MEDIA = ("application/vc+jwt", "application/vc-ld+jwt", "application/vc-ld+jwt;charset=utf-8")
TYPES = ("vc+jwt", "vc-ld+jwt")
ALGORITHMS = ("EdDSA", "Ed25519")
MOST_TOKEN = 4 * 1024 * 1024
# Parameters by which a token would choose its own key or change what is signed.
SELF_SERVING = ("jwk", "jku", "x5u", "x5c", "x5t", "x5t#S256", "crit", "b64", "zip")

# (status entry, issuer of the credential) -> revoked, None when the list is not in hand; ValueError when it is broken
Status = Callable[[Mapping[str, Any], str], bool | None]


@dataclass(frozen=True)
class Opened:
    """A credential and what was found: problems are empty when it holds."""

    credential: dict[str, Any]
    issuer: str = ""
    signer: str = ""
    revoked: bool | None = None
    problems: tuple[str, ...] = field(default=())

    @property
    def holds(self) -> bool:
        return not self.problems


def issue(credential: Mapping[str, Any], signer: Signer) -> str:
    """A compact token of a credential; raises BadSignature when the issuer is not whose key signs."""
    if issuer_of(credential) != signer.issuer:
        raise BadSignature(f"the issuer is {issuer_of(credential)!r}, the key is of {signer.issuer!r}")
    header = {"alg": "EdDSA", "typ": "vc+jwt", "cty": "vc", "kid": signer.method}
    signed = f"{_b64(canonical(header))}.{_b64(canonical(dict(credential)))}"
    return f"{signed}.{_b64(signer.sign(signed.encode()))}"


def envelope(token: str) -> dict[str, Any]:
    """A token as an EnvelopedVerifiableCredential."""
    return {"@context": CONTEXT, "id": f"data:{MEDIA[0]},{token}", "type": "EnvelopedVerifiableCredential"}


def open_token(token: Any, resolver: Resolver) -> tuple[dict[str, Any], str]:
    """(credential, name of the key) of a compact token; raises BadSignature with a sentence."""
    if not isinstance(token, str) or len(token) > MOST_TOKEN or token.count(".") != 2 or not token.isascii():
        raise BadSignature("it is not a token of three parts")
    head, body, tail = token.split(".")
    try:
        header = parse(_unb64(head))
        if not isinstance(header, dict):
            raise BadSignature("the header of the token is not an object")
        _check_header(header)
        key = resolver.key(header["kid"])
        signature = _unb64(tail)
        if len(signature) != 64 or not key.verify(signature, f"{head}.{body}".encode()):
            raise BadSignature(f"the signature is not by {header['kid'][:120]} over this token")
        credential = parse(_unb64(body))
    except (BadKey, Refused) as error:
        raise BadSignature(str(error)) from None
    if not isinstance(credential, dict):
        raise BadSignature("the token carries no credential")
    return credential, str(header["kid"])


def _check_header(header: dict[str, Any]) -> None:
    algorithm = header.get("alg")
    if algorithm not in ALGORITHMS:
        raise BadSignature(f"the algorithm {str(algorithm)[:20]!r} is refused; only EdDSA on Ed25519 is accepted")
    chosen = [name for name in SELF_SERVING if name in header]
    if chosen:
        raise BadSignature(f"the token brings its own {chosen[0]!r}; keys and rules come from the reader")
    kind = header.get("typ")
    if kind is not None and str(kind).lower().removeprefix("application/") not in TYPES:
        raise BadSignature(f"the token says it is a {str(kind)[:40]!r}, not a credential")
    if not isinstance(header.get("kid"), str):
        raise BadSignature("the token names no key (kid)")


def token_in(enveloped: Mapping[str, Any]) -> str:
    """The token of an envelope; raises BadSignature."""
    address = enveloped.get("id")
    if isinstance(address, str) and address.startswith("data:"):
        media, comma, token = address.removeprefix("data:").partition(",")
        if comma and media.lower().replace(" ", "") in MEDIA:
            return token
        raise BadSignature(f"the envelope holds {media[:60]!r}, not a credential token")
    raise BadSignature("the envelope holds no data: address; what lies elsewhere is not fetched")


def open_credential(found: Any, resolver: Resolver, *, at: str = "", status: Status | None = None) -> Opened:
    """A token, an envelope or a credential with an embedded proof, opened; what is wrong is said, never raised.

    at      day or moment at which it must be valid
    status  answers whether the credential with that status entry is revoked; None when the list is not in hand
    """
    try:
        if isinstance(found, str):
            credential, signer = open_token(found, resolver)
        elif isinstance(found, Mapping) and "EnvelopedVerifiableCredential" in _list(found.get("type")):
            credential, signer = open_token(token_in(found), resolver)
        else:
            (first, *_) = integrity.verify(found, resolver, at=at)
            credential, signer = {k: v for k, v in found.items() if k != "proof"}, first.method
    except BadSignature as error:
        return Opened(dict(found) if isinstance(found, Mapping) else {}, problems=(str(error),))
    issuer = issuer_of(credential)
    problems = shape_problems(credential)
    if issuer != signer.partition("#")[0]:
        problems.append(f"the issuer is {issuer[:120]!r}, but the key is of {signer.partition('#')[0][:120]!r}")
    problems += _time_problems(credential, at)
    revoked: bool | None = None
    entries = [e for e in _list(credential.get("credentialStatus")) if isinstance(e, dict)]
    if entries:
        try:
            answers = [status(e, issuer) if status else None for e in entries]
        except ValueError as error:
            answers = [None]
            problems.append(f"its status cannot be read: {error}")
        revoked = True if True in answers else None if None in answers else False
        if revoked:
            problems.append("it was revoked or suspended by its issuer")
    return Opened(credential, issuer, signer, revoked, tuple(problems))


def shape_problems(credential: Mapping[str, Any]) -> list[str]:
    """What a credential of the data model 2.0 must have and this one lacks."""
    problems = []
    contexts, types = _list(credential.get("@context")), _list(credential.get("type"))
    if contexts[:1] != [CONTEXT]:
        problems.append(f"its first context is not {CONTEXT}")
    if "VerifiableCredential" not in types:
        problems.append("it is not of the type VerifiableCredential")
    if not issuer_of(credential):
        problems.append("it names no issuer")
    if not credential.get("credentialSubject"):
        problems.append("it says nothing: credentialSubject is empty")
    return problems


def _time_problems(credential: Mapping[str, Any], at: str) -> list[str]:
    problems = []
    since, until = credential.get("validFrom"), credential.get("validUntil")
    for word, moment in (("validFrom", since), ("validUntil", until)):
        if moment is not None and not is_moment(moment):
            problems.append(f"{word}: {str(moment)[:40]!r} is not a moment with its zone")
    if problems or not at:
        return problems
    if since and instant(since) > instant(at):
        problems.append(f"it is valid from {since}, after {at}")
    if until and instant(until) < instant(at):
        problems.append(f"it was valid until {until}, before {at}")
    return problems


def issuer_of(credential: Mapping[str, Any]) -> str:
    """The id of the issuer, '' when there is none."""
    issuer = credential.get("issuer")
    found = issuer.get("id") if isinstance(issuer, Mapping) else issuer
    return found if isinstance(found, str) else ""


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _unb64(text: str) -> bytes:
    try:
        raw = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise BadSignature("a part of the token is not base 64 for addresses") from None
    if _b64(raw) != text:
        raise BadSignature("a part of the token is not written in its one form")
    return raw
