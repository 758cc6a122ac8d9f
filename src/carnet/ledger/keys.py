"""Who signs: Ed25519 keys as multibase text, as did:key and did:web names, and as JWK.

A name is resolved from what is in hand: a did:key carries its key, a did:web needs its document, which the caller has
bundled. Nothing is ever fetched. A key of another kind is refused, not guessed at.
Reading order: base58(), Signer, public_key(), Resolver.
Source: W3C Controlled Identifiers 1.0 (Multikey), W3C CCG did:key 0.9 and did:web; RFC 8032; RFC 8037.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_VALUE = {c: n for n, c in enumerate(_ALPHABET)}
_PUBLIC, _PRIVATE = b"\xed\x01", b"\x80\x26"  # multicodec ed25519-pub and ed25519-priv
MOST_CHARACTERS = 512


class BadKey(ValueError):
    """A key or the name of one that cannot be used; the sentence says why."""


def base58(raw: bytes) -> str:
    """Bitcoin's base 58."""
    number, found = int.from_bytes(raw), ""
    while number:
        number, rest = divmod(number, 58)
        found = _ALPHABET[rest] + found
    return "1" * (len(raw) - len(raw.lstrip(b"\0"))) + found


def unbase58(text: str) -> bytes:
    """The bytes of a base 58 text; raises BadKey."""
    if len(text) > MOST_CHARACTERS:
        raise BadKey(f"a base 58 text of {len(text)} characters is no key and no signature")
    number = 0
    for character in text:
        if character not in _VALUE:
            raise BadKey(f"{character!r} is not a character of base 58")
        number = number * 58 + _VALUE[character]
    zeros = len(text) - len(text.lstrip("1"))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8)


def unmultibase(text: Any, length: int) -> bytes:
    """Bytes of a multibase text in base 58 (`z`), exactly `length` of them; raises BadKey."""
    if not isinstance(text, str) or not text.startswith("z"):
        raise BadKey("a multibase text in base 58 begins with 'z'")
    raw = unbase58(text[1:])
    if len(raw) != length:
        raise BadKey(f"it holds {len(raw)} bytes, not {length}")
    return raw


@dataclass(frozen=True)
class PublicKey:
    """An Ed25519 public key."""

    raw: bytes

    @property
    def multibase(self) -> str:
        return "z" + base58(_PUBLIC + self.raw)

    @property
    def did(self) -> str:
        """Its did:key."""
        return f"did:key:{self.multibase}"

    @property
    def method(self) -> str:
        """The verification method of its did:key."""
        return f"{self.did}#{self.multibase}"

    @property
    def jwk(self) -> dict[str, str]:
        return {"kty": "OKP", "crv": "Ed25519", "x": base64.urlsafe_b64encode(self.raw).decode().rstrip("=")}

    def verify(self, signature: bytes, data: bytes) -> bool:
        """True when the signature over the data is by this key."""
        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, data)
        except (InvalidSignature, ValueError):
            return False
        return True


class Signer:
    """An Ed25519 private key that signs under a name: its own did:key, or a did:web that lists it."""

    def __init__(self, seed: bytes, method: str = "") -> None:
        if len(seed) != 32:
            raise BadKey(f"a seed has 32 bytes, not {len(seed)}")
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.public = PublicKey(self._key.public_key().public_bytes_raw())
        self.method = method or self.public.method

    @classmethod
    def from_multibase(cls, text: str, method: str = "") -> Signer:
        """From a multibase private key (ed25519-priv)."""
        raw = unmultibase(text, 34)
        if not raw.startswith(_PRIVATE):
            raise BadKey("it is not an Ed25519 private key")
        return cls(raw[2:], method)

    @property
    def issuer(self) -> str:
        return self.method.partition("#")[0]

    def sign(self, data: bytes) -> bytes:
        return self._key.sign(data)


def public_key(text: Any) -> PublicKey:
    """A multibase public key (Multikey); raises BadKey."""
    raw = unmultibase(text, 34)
    if not raw.startswith(_PUBLIC):
        raise BadKey("it is not an Ed25519 public key")
    return PublicKey(raw[2:])


def jwk_key(jwk: Any) -> PublicKey:
    """A JWK of kind OKP on Ed25519; raises BadKey for every other kind."""
    if not isinstance(jwk, dict) or jwk.get("kty") != "OKP" or jwk.get("crv") != "Ed25519":
        raise BadKey("only keys on Ed25519 are used here")
    x = jwk.get("x")
    if not isinstance(x, str) or not re.fullmatch(r"[A-Za-z0-9_-]{43}", x):
        raise BadKey("the key has no coordinate x of 32 bytes")
    try:
        return PublicKey(base64.urlsafe_b64decode(x + "="))
    except binascii.Error:
        raise BadKey("the key has no coordinate x of 32 bytes") from None


class Resolver:
    """Names of keys -> keys, from bundled DID documents only.

    documents  DID -> its document, as somebody fetched and kept it
    """

    def __init__(self, documents: Mapping[str, Any] | None = None) -> None:
        self._documents = dict(documents or {})

    def key(self, method: Any, purpose: str = "assertionMethod") -> PublicKey:
        """The key of a verification method that may serve that purpose; raises BadKey."""
        if not isinstance(method, str) or len(method) > MOST_CHARACTERS:
            raise BadKey("the name of a key is text such as did:key:z6Mk...#z6Mk...")
        did, _, fragment = method.partition("#")
        if did.startswith("did:key:"):
            multibase = did.removeprefix("did:key:")
            if fragment and fragment != multibase:
                raise BadKey(f"{method[:60]!r} names another key than the one it carries")
            return public_key(multibase)
        if not did.startswith("did:web:"):
            raise BadKey(f"{did[:60]!r} is neither a did:key nor a did:web")
        document = self._documents.get(did)
        if not isinstance(document, dict):
            raise BadKey(f"the document of {did[:120]!r} is not bundled, and nothing is fetched")
        if document.get("id") != did:
            raise BadKey(f"the document kept for {did[:120]!r} is about {str(document.get('id'))[:120]!r}")
        return self._listed(document, method, purpose)

    def _listed(self, document: dict[str, Any], method: str, purpose: str) -> PublicKey:
        did = document["id"]
        names = {method, method.removeprefix(did)}
        methods = [m for m in _list(document.get("verificationMethod")) if isinstance(m, dict) and m.get("id") in names]
        allowed = _list(document.get(purpose))
        methods += [m for m in allowed if isinstance(m, dict) and m.get("id") in names]
        if not methods:
            raise BadKey(f"{did} lists no key {method.removeprefix(did)!r}")
        if not any(a in names if isinstance(a, str) else isinstance(a, dict) and a.get("id") in names for a in allowed):
            raise BadKey(f"{did} does not let {method.removeprefix(did)!r} serve as {purpose}")
        if len(methods) > 1 and any(m != methods[0] for m in methods):
            raise BadKey(f"{did} lists {method.removeprefix(did)!r} twice with different keys")
        found = methods[0]
        if "publicKeyMultibase" in found:
            return public_key(found["publicKeyMultibase"])
        return jwk_key(found.get("publicKeyJwk"))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def did_web_url(did: str) -> str:
    """Where the document of a did:web lies, for a person to fetch; raises BadKey."""
    parts = did.removeprefix("did:web:").split(":")
    if not did.startswith("did:web:") or not all(re.fullmatch(r"[A-Za-z0-9._%-]+", p) for p in parts):
        raise BadKey(f"{did[:60]!r} is not a did:web")
    host = parts[0].replace("%3A", ":").replace("%3a", ":")
    return f"https://{host}/{'/'.join([*parts[1:], 'did.json']) if parts[1:] else '.well-known/did.json'}"
