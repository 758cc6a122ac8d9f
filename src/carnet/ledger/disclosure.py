"""Show some fields of a record and hide the rest, provably: each field is committed to with a salt of its own.

The record's root binds every field; a shown field travels with its salt and its proof, a hidden one as a bare hash that
cannot be guessed (128 bits of salt). What masses are hidden and still must balance is the work of `balance`.
Reading order: commit(), show(), check().
Source of the idea: salted disclosures as in RFC 9901 (SD-JWT, remembered), on the tree of RFC 6962.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from .merkle import BadProof, Tree, leaf_hash, verify_inclusion
from .plain import Refused, canonical

SCHEMA, SALT_BYTES = "carnet/disclosure-proof/1", 16


@dataclass(frozen=True)
class Committed:
    """A record whose fields are bound; `salts` stay with the owner."""

    root: bytes
    fields: tuple[tuple[str, Any], ...]
    salts: tuple[bytes, ...]


def _leaf(name: str, value: Any, salt: bytes) -> bytes:
    return leaf_hash(canonical([_b64(salt), name, value]))


def commit(record: Mapping[str, Any], secret: bytes, id: str) -> Committed:
    """Bind every field of the record of that id. Salts come from a secret of the owner: same record, same root."""
    if len(secret) < 32:
        raise Refused("a secret has at least 32 bytes")
    fields = tuple(sorted(record.items()))
    salts = tuple(hmac.digest(secret, canonical([id, name, value]), "sha256")[:SALT_BYTES] for name, value in fields)
    tree = Tree(_leaf(n, v, s) for (n, v), s in zip(fields, salts, strict=True))
    return Committed(_bind(tree.root(), len(fields)), fields, salts)


def _bind(root: bytes, count: int) -> bytes:
    """The number of fields belongs to the record, so none can be left out unseen."""
    return sha256(b"carnet fields\0" + count.to_bytes(8) + root).digest()


def show(committed: Committed, names: Iterable[str]) -> dict[str, Any]:
    """A disclosure of the named fields: values, salts and proofs; the others stay hashes inside the proofs."""
    wanted = set(names)
    unknown = wanted - {n for n, _ in committed.fields}
    if unknown:
        raise Refused(f"the record has no field {sorted(unknown)[0]!r}")
    tree = Tree(_leaf(n, v, s) for (n, v), s in zip(committed.fields, committed.salts, strict=True))
    shown = [
        {
            "index": at,
            "name": name,
            "value": value,
            "salt": _b64(committed.salts[at]),
            "proof": [_b64(h) for h in tree.inclusion(at)],
        }
        for at, (name, value) in enumerate(committed.fields)
        if name in wanted
    ]
    head = {"schema": SCHEMA, "count": len(committed.fields), "tree": _b64(tree.root())}
    return {**head, "shown": shown}


def check(disclosed: Mapping[str, Any], root: bytes) -> dict[str, Any]:
    """The fields a disclosure really shows of the record with that root; raises BadProof."""
    try:
        if disclosed["schema"] != SCHEMA:
            raise BadProof(f"it is not a {SCHEMA}")
        count, tree = disclosed["count"], _unb64(disclosed["tree"])
        if type(count) is not int or not 0 < count < 1 << 32 or _bind(tree, count) != root:
            raise BadProof("it is a disclosure of another record")
        found: dict[str, Any] = {}
        for one in disclosed["shown"]:
            salt = _unb64(one["salt"])
            if len(salt) != SALT_BYTES or one["name"] in found or type(one["index"]) is not int:
                raise BadProof("a field is shown twice, or without its salt")
            leaf = _leaf(one["name"], one["value"], salt)
            verify_inclusion(one["index"], count, leaf, [_unb64(h) for h in one["proof"]], tree)
            found[one["name"]] = one["value"]
    except (KeyError, TypeError, ValueError) as error:
        raise BadProof(f"the disclosure does not hold: {error}") from None
    return found


def _b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _unb64(text: Any) -> bytes:
    if not isinstance(text, str):
        raise BadProof("a hash is text in base 64")
    return base64.b64decode(text, validate=True)
