"""The tables of the exchange: who is here, what they brought, what was found, who agreed, and the log of it all.

Only whole numbers, text and bytes are stored, so that SQLite (STRICT) and PostgreSQL hold the same. Moments are
ISO 8601 text in UTC, structured values are JSON text. Ids are random text; a digest is 'sha256:...'. Nothing is
deleted that somebody could ask for: people are disabled, tokens revoked.
Reading order: people (organizations to sessions), projects (projects to blobs), answers (reviews, comments, approvals),
the log, and the answers remembered for repeated requests.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)
Number = BigInteger().with_variant(Integer(), "sqlite")
ROLES = ("owner", "engineer", "reviewer", "auditor", "partner", "service")


def _id() -> Column[str]:
    return Column("id", Text, primary_key=True)


def _text(name: str, *more: Any, null: bool = False) -> Column[str]:
    return Column(name, Text, *more, nullable=null)


def _of(name: str, table: str, *, null: bool = False) -> Column[str]:
    return Column(name, Text, ForeignKey(f"{table}.id"), nullable=null)


def _table(name: str, *parts: Any) -> Table:
    return Table(name, metadata, *parts, sqlite_strict=True)


def _role() -> CheckConstraint:
    return CheckConstraint(f"role IN ({', '.join(repr(r) for r in ROLES)})", name="role")


organizations = _table("organizations", _id(), _text("name"), _text("created_at"))
users = _table(
    "users",
    _id(),
    _of("organization", "organizations"),
    _text("email"),
    _text("name"),
    _text("role"),
    _text("password", null=True),
    Column("revision", Number, nullable=False),
    _text("created_at"),
    _text("disabled_at", null=True),
    UniqueConstraint("email"),
    Index(None, "organization", "id"),
    _role(),
)
tokens = _table(
    "tokens",
    _id(),
    _of("organization", "organizations"),
    _text("kind"),
    _text("name"),
    _text("role"),
    _of("user", "users", null=True),
    _of("client", "tokens", null=True),
    _text("digest"),
    _text("created_by"),
    _text("created_at"),
    _text("expires_at", null=True),
    _text("revoked_at", null=True),
    UniqueConstraint("digest"),
    Index(None, "organization", "id"),
    CheckConstraint("kind IN ('token', 'client', 'access')", name="kind"),
    _role(),
)
sessions = _table(
    "sessions", Column("digest", Text, primary_key=True), _of("user", "users"), _text("csrf"), _text("created_at"),
    _text("expires_at"), Index(None, "user"), Index(None, "expires_at"),
)  # fmt: skip
projects = _table(
    "projects",
    _id(),
    _of("organization", "organizations"),
    _text("title"),
    _text("file"),
    Column("head", Number, nullable=False),
    Column("revision", Number, nullable=False),
    _text("created_by"),
    _text("created_at"),
    Index(None, "organization", "id"),
)
shares = _table(
    "shares",
    Column("project", Text, ForeignKey("projects.id"), primary_key=True),
    Column("user", Text, ForeignKey("users.id"), primary_key=True),
    _text("created_at"),
)
versions = _table(
    "versions",
    _id(),
    _of("project", "projects"),
    Column("number", Number, nullable=False),
    _text("file"),
    _text("tree"),
    _text("note"),
    _text("created_by"),
    _text("created_at"),
    UniqueConstraint("project", "number"),
)
blobs = _table(
    "blobs", Column("digest", Text, primary_key=True), Column("size", Number, nullable=False),
    Column("content", LargeBinary, nullable=False),
)  # fmt: skip
files = _table(
    "files",
    Column("version", Text, ForeignKey("versions.id"), primary_key=True),
    Column("path", Text, primary_key=True),
    Column("digest", Text, ForeignKey("blobs.digest"), nullable=False),
    Column("size", Number, nullable=False),
    Index(None, "digest"),
)
reviews = _table(
    "reviews",
    _id(),
    _of("project", "projects"),
    Column("version", Number, nullable=False),
    _text("day"),
    _text("known"),
    _text("event"),
    _text("catalog"),
    _text("engine"),
    _text("dossier"),
    _text("counts"),
    _text("created_by"),
    _text("created_at"),
    Index(None, "project", "id"),
)
comments = _table(
    "comments",
    _id(),
    _of("project", "projects"),
    _text("market"),
    _text("finding"),
    _text("body"),
    _text("created_by"),
    _text("created_at"),
    Index(None, "project", "id"),
)
approvals = _table(
    "approvals",
    _id(),
    _of("project", "projects"),
    _of("review", "reviews"),
    _text("decision"),
    _text("note"),
    _text("created_by"),
    _text("created_at"),
    UniqueConstraint("review", "created_by"),
    Index(None, "project", "id"),
    CheckConstraint("decision IN ('approved', 'refused')", name="decision"),
)
log = _table(
    "log",
    Column("number", Number, primary_key=True, autoincrement=False),
    _text("organization"),
    _text("actor"),
    _text("kind"),
    _text("about"),
    _text("at"),
    Column("line", LargeBinary, nullable=False),
    Index(None, "organization", "number"),
    Index(None, "about"),
)
log_state = _table(
    "log_state", Column("id", Number, primary_key=True, autoincrement=False), _text("origin"),
    Column("size", Number, nullable=False), Column("frontier", LargeBinary, nullable=False),
    CheckConstraint("id = 1", name="one"),
)  # fmt: skip
checkpoints = _table(
    "checkpoints", Column("size", Number, primary_key=True, autoincrement=False), _text("at"), _text("note")
)
answers = _table(
    "answers",
    Column("actor", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    _text("request"),
    Column("status", Number, nullable=False),
    _text("body"),
    _text("at"),
    Index(None, "at"),
)
footprints = _table(
    "footprints",
    _id(),
    _of("organization", "organizations"),
    Column("number", Number, nullable=False),
    _text("format"),
    _text("state"),
    _text("body"),
    _text("recipients"),
    _text("created_by"),
    _text("created_at"),
    UniqueConstraint("organization", "number"),
    CheckConstraint("state IN ('active', 'deprecated')", name="state"),
)
counterparts = _table(
    "counterparts",
    _id(),
    _of("organization", "organizations"),
    _text("name"),
    _text("base"),
    _text("auth"),
    _text("client_id"),
    Column("secret", LargeBinary, nullable=False),
    _of("client", "tokens", null=True),
    _text("created_by"),
    _text("created_at"),
    _text("revoked_at", null=True),
    Index(None, "organization", "id"),
)
events = _table(
    "events",
    _id(),
    _of("organization", "organizations"),
    _text("source"),
    _text("event"),
    _text("kind"),
    _text("body"),
    _text("says"),
    _text("received_at"),
    UniqueConstraint("organization", "source", "event"),
    Index(None, "organization", "id"),
)
outbox = _table(
    "outbox",
    _id(),
    _of("organization", "organizations"),
    _of("counterpart", "counterparts"),
    _text("path"),
    _text("body"),
    Column("tries", Number, nullable=False),
    _text("next_at", null=True),
    _text("done_at", null=True),
    _text("says"),
    _text("created_at"),
    Index(None, "next_at"),
    Index(None, "organization", "id"),
)
captures = _table(
    "captures",
    _id(),
    _of("organization", "organizations"),
    _text("state"),
    _text("digest"),
    Column("events", Number, nullable=False),
    _text("errors"),
    _text("created_by"),
    _text("created_at"),
    Index(None, "organization", "id"),
    CheckConstraint("state IN ('taken', 'refused')", name="state"),
)
chain_events = _table(
    "chain_events",
    _id(),
    _of("organization", "organizations"),
    Column("number", Number, nullable=False),
    _of("capture", "captures"),
    _text("event"),
    _text("digest"),
    _text("kind"),
    _text("action", null=True),
    _text("biz_step", null=True),
    _text("disposition", null=True),
    _text("read_point", null=True),
    _text("biz_location", null=True),
    _text("event_time"),
    _text("record_time"),
    _text("prefixes"),
    _text("body"),
    UniqueConstraint("organization", "number", name="uq_chain_events_organization_number"),
    UniqueConstraint("organization", "digest", name="uq_chain_events_organization_digest"),
    Index("ix_chain_events_event", "organization", "event"),
    Index("ix_chain_events_time", "organization", "event_time"),
)
chain_things = _table(
    "chain_things",
    Column("event", Text, ForeignKey("chain_events.id"), primary_key=True),
    Column("role", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Index(None, "name"),
)
credentials = _table(
    "credentials",
    _id(),
    _of("organization", "organizations"),
    Column("number", Number, nullable=False),
    _text("way"),
    _text("kinds"),
    _text("issuer"),
    _text("about"),
    _text("token"),
    Column("shown", Number, nullable=False),
    _text("created_by"),
    _text("created_at"),
    _text("revoked_at", null=True),
    UniqueConstraint("organization", "number"),
    CheckConstraint("way IN ('issued', 'held')", name="way"),
)
