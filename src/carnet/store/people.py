"""Organizations, their people, tokens and sessions.

Secrets never come here: a password is an argon2 text, a token or a session is known by the digest of its secret.
Every question is asked within one organization, except by what identifies a caller (email, digest).
Reading order: organizations, users, tokens, sessions.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from . import tables as t
from .engine import Change, View

Row = dict[str, Any]


def add_organization(tx: Change, id: str, name: str) -> Row:
    row = {"id": id, "name": name, "created_at": tx.at}
    tx.run(sa.insert(t.organizations).values(row))
    tx.log("organization.added", about=id, name=name)
    return row


def organizations(view: View) -> list[Row]:
    return view.all(sa.select(t.organizations).order_by(t.organizations.c.created_at, t.organizations.c.id))


def organization(view: View, id: str) -> Row | None:
    return view.one(sa.select(t.organizations).where(t.organizations.c.id == id))


def add_user(tx: Change, id: str, organization: str, email: str, name: str, role: str, password: str | None) -> Row:
    """Add a person; the caller has looked that the email is free."""
    row = {
        "id": id,
        "organization": organization,
        "email": email,
        "name": name,
        "role": role,
        "password": password,
        "revision": 1,
        "created_at": tx.at,
        "disabled_at": None,
    }
    tx.run(sa.insert(t.users).values(row))
    tx.log("user.added", about=id, role=role)
    return row


def user(view: View, organization: str, id: str) -> Row | None:
    return view.get(t.users, organization=organization, id=id)


def user_by_email(view: View, email: str) -> Row | None:
    return view.get(t.users, email=email)


def users(view: View, organization: str, after: str = "", most: int = 1000) -> list[Row]:
    return view.all(
        sa.select(t.users)
        .where(t.users.c.organization == organization, t.users.c.id > after)
        .order_by(t.users.c.id)
        .limit(most)
    )


def change_user(tx: Change, row: Row, **new: Any) -> Row:
    """Change role, name, password or disabled_at; ends the person's sessions when any of the last two changes."""
    tx.run(sa.update(t.users).where(t.users.c.id == row["id"]).values(**new, revision=row["revision"] + 1))
    if new.keys() & {"password", "disabled_at", "role"}:
        tx.run(sa.delete(t.sessions).where(t.sessions.c.user == row["id"]))
    said = {k: v for k, v in new.items() if k in ("role", "disabled_at")}
    tx.log("user.changed", about=row["id"], changed=sorted(new), **said)
    return {**row, **new, "revision": row["revision"] + 1}


def owners(view: View, organization: str) -> int:
    """How many owners can still sign in."""
    found = view.all(
        sa.select(t.users.c.id).where(
            t.users.c.organization == organization, t.users.c.role == "owner", t.users.c.disabled_at.is_(None)
        )
    )
    return len(found)


def add_token(tx: Change, row: Row) -> Row:
    """A personal token, a machine's client secret, or an access token a client got."""
    whole = {"user": None, "client": None, "expires_at": None, "revoked_at": None, "created_at": tx.at, **row}
    tx.run(sa.insert(t.tokens).values(whole))
    if whole["kind"] != "access":
        tx.log("token.added", about=whole["id"], kind_of=whole["kind"], role=whole["role"])
    return whole


def token(view: View, organization: str, id: str) -> Row | None:
    return view.one(
        sa.select(t.tokens).where(
            t.tokens.c.organization == organization, t.tokens.c.id == id, t.tokens.c.kind != "access"
        )
    )


def token_by_digest(view: View, digest: str) -> Row | None:
    """A token, with whether the person or client behind it was stopped."""
    client, person = t.tokens.alias("client"), t.users
    return view.one(
        sa.select(
            t.tokens,
            person.c.role.label("person_role"),
            person.c.name.label("person_name"),
            person.c.disabled_at.label("person_disabled"),
            client.c.revoked_at.label("client_revoked"),
        )
        .outerjoin(person, person.c.id == t.tokens.c.user)
        .outerjoin(client, client.c.id == t.tokens.c.client)
        .where(t.tokens.c.digest == digest)
    )


def tokens(view: View, organization: str, after: str = "", most: int = 1000) -> list[Row]:
    return view.all(
        sa.select(t.tokens)
        .where(t.tokens.c.organization == organization, t.tokens.c.kind != "access", t.tokens.c.id > after)
        .order_by(t.tokens.c.id)
        .limit(most)
    )


def revoke_token(tx: Change, row: Row) -> None:
    tx.run(sa.update(t.tokens).where(t.tokens.c.id == row["id"]).values(revoked_at=tx.at))
    tx.log("token.revoked", about=row["id"])


def drop_expired(tx: Change, now: str) -> None:
    """Forget sessions and access tokens that ended; they prove nothing any more."""
    tx.run(sa.delete(t.sessions).where(t.sessions.c.expires_at < now))
    tx.run(sa.delete(t.tokens).where(t.tokens.c.kind == "access", t.tokens.c.expires_at < now))


def add_session(tx: Change, digest: str, user: str, csrf: str, expires_at: str) -> None:
    tx.run(
        sa.insert(t.sessions).values(digest=digest, user=user, csrf=csrf, created_at=tx.at, expires_at=expires_at)
    )  # fmt: skip
    tx.log("session.begun", about=user)


def session(view: View, digest: str) -> Row | None:
    """A session with its person."""
    return view.one(
        sa.select(
            t.sessions.c.csrf, t.sessions.c.expires_at, t.users.c.id, t.users.c.organization, t.users.c.role,
            t.users.c.name, t.users.c.email, t.users.c.disabled_at,
        )
        .join(t.users, t.users.c.id == t.sessions.c.user)
        .where(t.sessions.c.digest == digest)
    )  # fmt: skip


def end_session(tx: Change, digest: str) -> None:
    tx.run(sa.delete(t.sessions).where(t.sessions.c.digest == digest))
