"""A log's signed word on how long it is: origin, size and root on lines of text, signed by the log and by witnesses.

Two checkpoints of one log that no consistency proof joins are themselves the proof that somebody rewrote the past.
Reading order: Checkpoint, sign_checkpoint(), read_checkpoint().
Source: C2SP tlog-checkpoint and signed-note (Ed25519 signatures).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from .keys import PublicKey, Signer
from .merkle import HASH_BYTES, BadProof

MOST_BYTES, MOST_SIGNATURES = 64 * 1024, 32
_LINE = re.compile(r"\u2014 (\S+) ([A-Za-z0-9+/]+={0,2})")


@dataclass(frozen=True)
class Checkpoint:
    """What a log said of itself: name, number of entries, root, and the moment it gave."""

    origin: str
    size: int
    root: bytes
    at: str = ""

    @property
    def body(self) -> str:
        """The signed text."""
        lines = [self.origin, str(self.size), base64.b64encode(self.root).decode(), *([self.at] if self.at else [])]
        return "\n".join(lines) + "\n"


def key_id(name: str, key: PublicKey) -> bytes:
    """Four bytes that help to find the right key; they prove nothing."""
    return hashlib.sha256(name.encode() + b"\n\x01" + key.raw).digest()[:4]


def sign_checkpoint(checkpoint: Checkpoint, signer: Signer, name: str = "") -> str:
    """The note: body, blank line, one signature."""
    name = name or checkpoint.origin
    if not name or re.search(r"[\s+]", name) or "\n" in checkpoint.origin:
        raise BadProof(f"{name!r} is no name for a signer: no blanks, no plus sign")
    signature = key_id(name, signer.public) + signer.sign(checkpoint.body.encode())
    return f"{checkpoint.body}\n\u2014 {name} {base64.b64encode(signature).decode()}\n"


def cosign(note: str, signer: Signer, name: str) -> str:
    """The note with a witness's signature added."""
    body, _, _ = note.partition("\n\n")
    signature = key_id(name, signer.public) + signer.sign((body + "\n").encode())
    return f"{note}\u2014 {name} {base64.b64encode(signature).decode()}\n"


def read_checkpoint(note: str, keys: Mapping[str, PublicKey]) -> tuple[Checkpoint, tuple[str, ...]]:
    """(checkpoint, the names that really signed it); raises BadProof unless at least one known key did.

    keys  name -> key, as the reader trusts them
    """
    if len(note.encode()) > MOST_BYTES:
        raise BadProof("a checkpoint is a few lines, not a book")
    body, blank, tail = note.rpartition("\n\n")
    lines = body.split("\n")
    if not blank or not tail.endswith("\n") or not 3 <= len(lines) <= 4:
        raise BadProof("it is not a checkpoint: origin, size, root, a blank line, signatures")
    if not re.fullmatch(r"0|[1-9][0-9]{0,15}", lines[1]):
        raise BadProof(f"{lines[1][:20]!r} is no number of entries")
    root = _unbase64(lines[2])
    if len(root) != HASH_BYTES:
        raise BadProof(f"the root has {len(root)} bytes, not {HASH_BYTES}")
    checkpoint = Checkpoint(lines[0], int(lines[1]), root, lines[3] if len(lines) == 4 else "")
    if checkpoint.body != body + "\n":
        raise BadProof("the checkpoint is not written in its one form")
    signed: list[str] = []
    signatures = tail[:-1].split("\n")
    if len(signatures) > MOST_SIGNATURES:
        raise BadProof(f"it carries {len(signatures)} signatures; at most {MOST_SIGNATURES} are read")
    for line in signatures:
        match = _LINE.fullmatch(line)
        if not match:
            raise BadProof(f"{line[:40]!r} is no signature line")
        name, raw = match[1], _unbase64(match[2])
        key = keys.get(name)
        if key is None or raw[:4] != key_id(name, key):
            continue  # a witness we do not know neither helps nor harms
        if not key.verify(raw[4:], checkpoint.body.encode()):
            raise BadProof(f"the signature of {name} is not over this checkpoint")
        signed.append(name)
    if not signed:
        raise BadProof("no key that you trust signed this checkpoint")
    return checkpoint, tuple(signed)


def _unbase64(text: str) -> bytes:
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise BadProof(f"{text[:20]!r} is not base 64") from None
    if base64.b64encode(raw).decode() != text:
        raise BadProof(f"{text[:20]!r} is not base 64 in its one form")
    return raw
