"""Who is calling: passwords, sessions, tokens, machine clients, and how often somebody may ask.

Every secret is random, shown once and kept as a digest; a password as argon2id. A wrong email costs as much time as a
wrong password. Nothing that looks like a JWT is ever read: tokens are opaque.
Reading order: new_id(), secret(), Accounts, Bucket.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import threading
import time
from collections import OrderedDict
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from ...store import people
from ...store.engine import Store
from .policy import Caller
from .problems import Refusal
from .settings import Settings, now

REMEMBERED = 2.0
LEAST_PASSWORD, MOST_PASSWORD = 10, 256
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def new_id(prefix: str) -> str:
    """A name in order of time that nobody can guess: 48 bits of milliseconds, 80 bits of chance."""
    number = int(time.time() * 1000) << 80 | secrets.randbits(80)
    return prefix + "-" + "".join(_ALPHABET[number >> shift & 31] for shift in range(125, -1, -5))


def secret(prefix: str) -> str:
    """A secret of 256 bits that says what it is for, so that a leaked one is recognized."""
    return f"carnet_{prefix}_{secrets.token_urlsafe(32)}"


def digest(text: str) -> str:
    return "sha256:" + hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


class Bucket:
    """A token bucket per name, in memory; the oldest names are forgotten first."""

    MOST = 50_000

    def __init__(self, rate: float, burst: int) -> None:
        self.rate, self.burst = rate, burst
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, name: str) -> float:
        """0.0 when the request may pass, else how many seconds to wait."""
        at = time.monotonic()
        with self._lock:
            left, last = self._left.pop(name, (float(self.burst), at))
            left = min(float(self.burst), left + (at - last) * self.rate)
            passes = left >= 1
            self._left[name] = (left - 1 if passes else left, at)
            while len(self._left) > self.MOST:
                self._left.popitem(last=False)
        return 0.0 if passes else (1 - left) / self.rate

    def give_back(self, name: str) -> None:
        """It was no try after all."""
        with self._lock:
            if name in self._left:
                left, last = self._left[name]
                self._left[name] = (min(float(self.burst), left + 1), last)


class Accounts:
    """Signing in and being recognized."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self.store, self.settings = store, settings
        self.hasher = PasswordHasher(
            time_cost=settings.argon_time, memory_cost=settings.argon_memory_kib, parallelism=1
        )  # fmt: skip
        self._nobody = self.hasher.hash(secrets.token_urlsafe(16))
        self.asks = Bucket(settings.rate, settings.burst)
        self._known: dict[str, tuple[float, Caller]] = {}
        self._changes = 0  # what was looked up before the last change is not remembered
        self.tries = Bucket(1 / 30, 10)  # ten wrong passwords at once, then one every half minute

    def password(self, text: str) -> str:
        """A password as it is kept; refuses one that is too short to be safe."""
        if not LEAST_PASSWORD <= len(text) <= MOST_PASSWORD:
            raise Refusal("bad-input", f"a password has {LEAST_PASSWORD} to {MOST_PASSWORD} characters")
        return self.hasher.hash(text)

    def pace(self, name: str) -> None:
        """Raises when somebody asks too often."""
        wait = self.asks.take(name)
        if wait:
            raise Refusal(
                "too-many",
                f"you asked more than {self.settings.burst} times at once; wait {wait:.1f} s",
                headers={"Retry-After": str(max(1, round(wait + 0.5)))},
            )

    def sign_in(self, email: str, password: str, address: str) -> tuple[str, Caller]:
        """(session secret, who) for an email and a password."""
        wait = max(self.tries.take(f"email {email.lower()}"), self.tries.take(f"address {address}"))
        if wait:
            raise Refusal(
                "too-many",
                f"too many wrong passwords; wait {max(1, round(wait))} s",
                headers={"Retry-After": str(max(1, round(wait + 0.5)))},
            )
        with self.store.look() as view:
            row = people.user_by_email(view, email.strip().lower())
        kept = (row or {}).get("password") or self._nobody
        try:
            self.hasher.verify(kept, password)
            right = row is not None and bool(row["password"]) and row["disabled_at"] is None
        except (VerificationError, InvalidHashError):
            right = False
        if not right or row is None:
            raise Refusal("unknown-caller", "this email and password do not belong together")
        for name in (f"email {email.lower()}", f"address {address}"):
            self.tries.give_back(name)
        return self.begin_session(row)

    def begin_session(self, row: dict[str, Any]) -> tuple[str, Caller]:
        """A new session, never one the browser brought along."""
        key, csrf, at = secret("session"), secrets.token_urlsafe(24), now()
        with self.store.change(at, row["id"], row["organization"]) as tx:
            people.drop_expired(tx, at)
            people.add_session(tx, digest(key), row["id"], csrf, now(self.settings.session_seconds))
        return key, Caller(row["id"], row["organization"], row["role"], row["name"], csrf)

    def new_password(self, caller: Caller, old: str, new: str, address: str) -> str:
        """The secret of a new session, after somebody gave the old password and chose a new one; the others end."""
        with self.store.look() as view:
            row = people.user(view, caller.organization, caller.id)
        email = (row or {}).get("email", "")
        self.sign_in(email, old, address)
        kept = self.password(new)
        with self.store.change(now(), caller.id, caller.organization) as tx:
            row = people.user(tx, caller.organization, caller.id)
            assert row is not None
            people.change_user(tx, row, password=kept)
        return self.begin_session(row)[0]

    def by_session(self, key: str) -> Caller | None:
        if not key:
            return None
        with self.store.look() as view:
            row = people.session(view, digest(key))
        if row is None or row["disabled_at"] is not None or row["expires_at"] < now():
            return None
        return Caller(row["id"], row["organization"], row["role"], row["name"], row["csrf"])

    def sign_out(self, key: str) -> None:
        with self.store.change(now()) as tx:
            people.end_session(tx, digest(key))

    def by_token(self, token: str) -> Caller | None:
        """Who a bearer token belongs to; remembered for REMEMBERED seconds, or until somebody changes here."""
        if not token.startswith("carnet_"):
            return None
        known = self.remembered(token)
        if known is not None:
            return known
        name, at, changes = digest(token), time.monotonic(), self._changes
        found = self._by_token(name)
        if found is not None and changes == self._changes:
            if len(self._known) >= Bucket.MOST:
                self._known.clear()
            self._known[name] = (at + REMEMBERED, found)
        return found

    def remembered(self, token: str) -> Caller | None:
        """Who a token belonged to a moment ago, or None when that must be looked up."""
        until, known = self._known.get(digest(token), (0.0, None))
        return known if time.monotonic() < until else None

    def forget(self) -> None:
        """A person or a token changed: everybody is looked up again. Other servers notice within REMEMBERED seconds."""
        self._changes += 1
        self._known.clear()

    def _by_token(self, name: str) -> Caller | None:
        """A person's token is worth what the person is worth now."""
        with self.store.look() as view:
            row = people.token_by_digest(view, name)
        if row is None or row["kind"] == "client" or row["revoked_at"] is not None:
            return None
        if row["expires_at"] is not None and row["expires_at"] < now():
            return None
        if row["person_disabled"] is not None or row["client_revoked"] is not None:
            return None
        if row["user"]:
            return Caller(row["user"], row["organization"], row["person_role"], row["person_name"])
        return Caller(row["client"] or row["id"], row["organization"], row["role"], row["name"])

    def access_token(self, client_id: str, client_secret: str, address: str) -> dict[str, Any]:
        """OAuth 2 client credentials: an access token for a machine."""
        wait = self.tries.take(f"client {client_id}") if not client_secret.startswith("carnet_client_") else 0.0
        self.pace(f"address {address}")
        with self.store.look() as view:
            row = people.token_by_digest(view, digest(client_secret))
        if wait or row is None or row["kind"] != "client" or row["id"] != client_id or row["revoked_at"] is not None:
            raise Refusal(
                "unknown-caller", "this client and secret do not belong together", error="invalid_client",
                headers={"WWW-Authenticate": 'Basic realm="carnet"'},
            )  # fmt: skip
        token, at = secret("access"), now()
        with self.store.change(at, row["id"], row["organization"]) as tx:
            people.drop_expired(tx, at)
            people.add_token(
                tx,
                {
                    "id": new_id("t"), "organization": row["organization"], "kind": "access", "name": row["name"],
                    "role": row["role"], "client": row["id"], "digest": digest(token), "created_by": row["id"],
                    "expires_at": now(self.settings.access_seconds),
                },
            )  # fmt: skip
        return {"access_token": token, "token_type": "Bearer", "expires_in": self.settings.access_seconds}


def basic(header: str) -> tuple[str, str] | None:
    """(client id, secret) of a Basic header, or None."""
    scheme, _, text = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, colon, rest = base64.b64decode(text.strip(), validate=True).decode("utf-8").partition(":")
    except (ValueError, UnicodeDecodeError):
        return None
    return (name, rest) if colon else None
