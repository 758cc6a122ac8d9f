"""Secrets of others that we must be able to say again: sealed with a key that lies outside the database.

Source: AES-256 in Galois/Counter Mode (NIST SP 800-38D); the organization and the counterpart are bound to the text.
"""

from __future__ import annotations

import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ...errors import Broken
from .witness import write_durably

NONCE = 12


class Vault:
    """Seals and opens, with the key of this installation."""

    def __init__(self, folder: Path) -> None:
        path = folder / "vault.key"
        if not path.exists():
            folder.mkdir(parents=True, exist_ok=True)
            write_durably(path, secrets.token_bytes(32), 0o600)
        self._key = AESGCM(path.read_bytes())

    def seal(self, text: str, about: str) -> bytes:
        nonce = secrets.token_bytes(NONCE)
        return nonce + self._key.encrypt(nonce, text.encode("utf-8"), about.encode("utf-8"))

    def open(self, raw: bytes, about: str) -> str:
        """The secret; raises Broken when it was changed or sealed with another key."""
        try:
            return self._key.decrypt(raw[:NONCE], raw[NONCE:], about.encode("utf-8")).decode("utf-8")
        except (InvalidTag, ValueError):
            raise Broken(f"the secret of {about} cannot be opened: it was changed, or the key file was") from None
