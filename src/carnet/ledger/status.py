"""Revocation by bit string: one long list per issuer, so that asking about one credential tells nobody which.

Reading order: make_list(), read_bit(), StatusLists.
Source: W3C Bitstring Status List 1.0.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import io
import zlib
from collections.abc import Iterable, Mapping
from typing import Any

from .credentials import CONTEXT, Opened, issuer_of

LEAST_BITS, MOST_BYTES = 131_072, 16 * 1024 * 1024
PURPOSES = ("revocation", "suspension")


class BadStatus(ValueError):
    """A status list or entry that cannot be used; the sentence says why."""


def encode(revoked: Iterable[int], bits: int = LEAST_BITS) -> str:
    """Indices -> the encoded list (multibase base64url of gzip), the same bytes every time."""
    if bits < LEAST_BITS or bits % 8:
        raise BadStatus(f"a list has at least {LEAST_BITS} bits, in whole bytes")
    raw = bytearray(bits // 8)
    for index in revoked:
        if not 0 <= index < bits:
            raise BadStatus(f"index {index} is outside the list of {bits} bits")
        raw[index // 8] |= 0x80 >> index % 8  # the first bit of a byte is its highest
    packed = gzip.compress(bytes(raw), mtime=0)
    return "u" + base64.urlsafe_b64encode(packed).decode().rstrip("=")


def decode(text: Any) -> bytes:
    """The bits of an encoded list; raises BadStatus; never unpacks more than 16 MiB."""
    if not isinstance(text, str) or not text.startswith("u"):
        raise BadStatus("an encoded list begins with 'u'")
    try:
        packed = base64.b64decode(text[1:] + "=" * (-len(text[1:]) % 4), altchars=b"-_", validate=True)
        with gzip.GzipFile(fileobj=io.BytesIO(packed)) as file:
            raw = file.read(MOST_BYTES + 1)
    except (binascii.Error, OSError, EOFError, zlib.error, ValueError):
        raise BadStatus("the list is not gzip in base 64 for addresses") from None
    if len(raw) > MOST_BYTES:
        raise BadStatus(f"the list unpacks to more than {MOST_BYTES:,} bytes")
    if len(raw) * 8 < LEAST_BITS:
        raise BadStatus(f"the list has {len(raw) * 8} bits; fewer than {LEAST_BITS} would tell who is asked about")
    return raw


def status_credential(id: str, issuer: str, revoked: Iterable[int], since: str, purpose: str) -> dict[str, Any]:
    """The credential that carries a list, to be signed."""
    return {
        "@context": [CONTEXT],
        "id": id,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": issuer,
        "validFrom": since,
        "credentialSubject": {
            "id": f"{id}#list",
            "type": "BitstringStatusList",
            "statusPurpose": purpose,
            "encodedList": encode(revoked),
        },
    }


def entry(list_id: str, index: int, purpose: str = "revocation") -> dict[str, Any]:
    """The status entry of one credential."""
    return {
        "id": f"{list_id}#{index}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": purpose,
        "statusListIndex": str(index),
        "statusListCredential": list_id,
    }


def read_bit(raw: bytes, index: int) -> bool:
    """One bit of a list; raises BadStatus outside of it."""
    if not 0 <= index < len(raw) * 8:
        raise BadStatus(f"index {index} is outside the list of {len(raw) * 8} bits")
    return bool(raw[index // 8] & 0x80 >> index % 8)


class StatusLists:
    """The status lists in hand: opened credentials that hold; `answer` serves as `status` of open_credential."""

    def __init__(self, opened: Iterable[Opened] = ()) -> None:
        self._lists: dict[tuple[str, str], tuple[str, bytes]] = {}
        for one in opened:
            subject = one.credential.get("credentialSubject")
            if one.holds and isinstance(subject, dict) and subject.get("type") == "BitstringStatusList":
                key = (str(one.credential.get("id")), str(subject.get("statusPurpose")))
                self._lists[key] = (issuer_of(one.credential), decode(subject.get("encodedList")))

    def answer(self, entry: Mapping[str, Any], issuer: str) -> bool | None:
        """True when the entry's bit is set, None when its list is not in hand; raises BadStatus for a broken entry."""
        if entry.get("type") != "BitstringStatusListEntry":
            return None
        index, purpose = entry.get("statusListIndex"), entry.get("statusPurpose")
        if not isinstance(index, str) or not index.isascii() or not index.isdigit() or len(index) > 12:
            raise BadStatus(f"statusListIndex: {str(index)[:20]!r} is no whole number as text")
        found = self._lists.get((str(entry.get("statusListCredential")), str(purpose)))
        if found is None or purpose not in PURPOSES:
            return None
        if found[0] != issuer:
            raise BadStatus(f"the list is by {found[0][:120]!r}, who did not issue the credential")
        return read_bit(found[1], int(index))
