"""Data Integrity proofs with the cryptosuite eddsa-jcs-2022: signed JSON that travels as it is.

What is signed is the hash of the proof's own configuration and the hash of the document, both in canonical form, so
neither can be exchanged. Suites that canonicalize RDF are refused: they need remote contexts, and nothing is fetched.
Reading order: sign(), verify(), Signed.
Source: W3C Verifiable Credential Data Integrity 1.0, section 4; W3C Data Integrity EdDSA Cryptosuites 1.0, section 3.3.
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .keys import BadKey, PublicKey, Resolver, Signer, base58, unmultibase
from .plain import Refused, canonical

SUITE = "eddsa-jcs-2022"


class BadSignature(ValueError):
    """A proof that does not hold; the sentence says why."""


@dataclass(frozen=True)
class Signed:
    """One proof that holds: by whom, when, for what."""

    method: str
    key: PublicKey
    created: str
    purpose: str


def hash_data(document: Mapping[str, Any], config: Mapping[str, Any]) -> bytes:
    """What is signed: the hash of the proof configuration, then the hash of the document."""
    return hashlib.sha256(canonical(dict(config))).digest() + hashlib.sha256(canonical(dict(document))).digest()


def sign(
    document: Mapping[str, Any], signer: Signer, created: str, *, purpose: str = "assertionMethod", **more: Any
) -> dict[str, Any]:
    """The document with a proof added; an earlier proof stays beside it (a proof set)."""
    bare = {k: v for k, v in document.items() if k != "proof"}
    earlier = document.get("proof")
    config: dict[str, Any] = {
        "type": "DataIntegrityProof",
        "cryptosuite": SUITE,
        "created": created,
        "verificationMethod": signer.method,
        "proofPurpose": purpose,
        **more,
    }
    if "@context" in bare:
        config["@context"] = bare["@context"]
    signed_over = bare
    if "previousProof" in config:
        signed_over = {**bare, "proof": _matching(earlier, config["previousProof"])}
    proof = {**config, "proofValue": "z" + base58(signer.sign(hash_data(signed_over, config)))}
    kept = earlier if isinstance(earlier, list) else [earlier] if earlier is not None else []
    return {**bare, "proof": [*kept, proof] if kept else proof}


def verify(document: Any, resolver: Resolver, *, purpose: str = "assertionMethod", at: str = "") -> tuple[Signed, ...]:
    """Every proof of a document checked; raises BadSignature at the first that does not hold.

    at  the day or moment of verification; a proof made later or expired by then does not hold
    """
    if not isinstance(document, dict) or "proof" not in document:
        raise BadSignature("it carries no proof")
    proofs = document["proof"] if isinstance(document["proof"], list) else [document["proof"]]
    if not 0 < len(proofs) <= 32:
        raise BadSignature(f"it carries {len(proofs)} proofs; 1 to 32 are read")
    bare = {k: v for k, v in document.items() if k != "proof"}
    return tuple(_verify(bare, proof, proofs, resolver, purpose, at) for proof in proofs)


def _verify(bare: dict[str, Any], proof: Any, proofs: list[Any], resolver: Resolver, purpose: str, at: str) -> Signed:
    if not isinstance(proof, dict) or proof.get("type") != "DataIntegrityProof":
        kind = proof.get("type") if isinstance(proof, dict) else type(proof).__name__
        raise BadSignature(f"a proof of type {str(kind)[:60]!r} is not read here; only DataIntegrityProof is")
    suite = proof.get("cryptosuite")
    if suite != SUITE:
        raise BadSignature(
            f"the cryptosuite {str(suite)[:60]!r} is not read here; only {SUITE} is, which needs no context"
        )
    if proof.get("proofPurpose") != purpose:
        raise BadSignature(f"the proof serves {str(proof.get('proofPurpose'))[:60]!r}, not {purpose}")
    config = {k: v for k, v in proof.items() if k != "proofValue"}
    signed_over = bare
    if "@context" in config:
        theirs, ours = _list(config["@context"]), _list(bare.get("@context"))
        if ours[: len(theirs)] != theirs:
            raise BadSignature("the contexts of the proof are not the first contexts of the document")
        signed_over = {**bare, "@context": config["@context"]}
    if "previousProof" in config:
        signed_over = {**signed_over, "proof": _matching(proofs, config["previousProof"])}
    created, expires = proof.get("created", ""), proof.get("expires", "")
    for word, moment in (("created", created), ("expires", expires)):
        if moment and not is_moment(moment):
            raise BadSignature(f"{word}: {str(moment)[:40]!r} is not a moment with its zone")
    if at and created and instant(created) > instant(at):
        raise BadSignature(f"the proof is made {created}, after {at}")
    if at and expires and instant(expires) <= instant(at):
        raise BadSignature(f"the proof expired {expires}, before {at}")
    try:
        key = resolver.key(proof.get("verificationMethod"), purpose)
        signature = unmultibase(proof.get("proofValue"), 64)
        data = hash_data(signed_over, config)
    except (BadKey, Refused) as error:
        raise BadSignature(str(error)) from None
    if not key.verify(signature, data):
        raise BadSignature(f"the signature is not by {str(proof['verificationMethod'])[:120]} over this document")
    return Signed(str(proof["verificationMethod"]), key, str(created), purpose)


def _matching(proofs: Any, wanted: Any) -> list[Any]:
    """The earlier proofs a chained proof stands on; raises BadSignature when one is missing."""
    names = _list(wanted)
    there = {p.get("id"): p for p in _list(proofs) if isinstance(p, dict)}
    missing = [n for n in names if not isinstance(n, str) or n not in there]
    if missing:
        raise BadSignature(f"the earlier proof {str(missing[0])[:60]!r} is not there")
    return [there[n] for n in names]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def is_moment(text: Any) -> bool:
    """True for an ISO 8601 moment with its zone."""
    try:
        return isinstance(text, str) and len(text) <= 40 and instant(text) is not None and "T" in text
    except ValueError:
        return False


def instant(text: str) -> datetime.datetime:
    """A day or moment as an instant; a day without time means its end. Raises ValueError."""
    if len(text) == 10:
        text += "T23:59:59.999999+00:00"
    found = datetime.datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError(f"{text!r} has no zone")
    return found
