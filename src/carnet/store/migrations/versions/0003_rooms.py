"""Supply-chain events that were captured, and credentials that were issued or are held."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def text(*names: str, null: bool = False) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=null) for name in names]


def number(name: str) -> sa.Column[int]:
    return sa.Column(name, NUMBER, nullable=False)


def house(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["organization"], ["organizations.id"], name=op.f(f"fk_{table}_organization"))


def upgrade() -> None:
    op.create_table(
        "captures",
        *text("id", "organization", "state", "digest"),
        number("events"),
        *text("errors", "created_by", "created_at"),
        sa.CheckConstraint("state IN ('taken', 'refused')", name=op.f("ck_captures_state")),
        house("captures"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_captures")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_captures_organization"), "captures", ["organization", "id"], unique=False)
    op.create_table(
        "chain_events",
        *text("id", "organization"),
        number("number"),
        *text("capture", "event", "digest", "kind"),
        *text("action", "biz_step", "disposition", "read_point", "biz_location", null=True),
        *text("event_time", "record_time", "prefixes", "body"),
        house("chain_events"),
        sa.ForeignKeyConstraint(["capture"], ["captures.id"], name=op.f("fk_chain_events_capture")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chain_events")),
        sa.UniqueConstraint("organization", "number", name="uq_chain_events_organization_number"),
        sa.UniqueConstraint("organization", "digest", name="uq_chain_events_organization_digest"),
        sqlite_strict=True,
    )
    op.create_index("ix_chain_events_event", "chain_events", ["organization", "event"], unique=False)
    op.create_index("ix_chain_events_time", "chain_events", ["organization", "event_time"], unique=False)
    op.create_table(
        "chain_things",
        *text("event", "role", "name"),
        sa.ForeignKeyConstraint(["event"], ["chain_events.id"], name=op.f("fk_chain_things_event")),
        sa.PrimaryKeyConstraint("event", "role", "name", name=op.f("pk_chain_things")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_chain_things_name"), "chain_things", ["name"], unique=False)
    op.create_table(
        "credentials",
        *text("id", "organization"),
        number("number"),
        *text("way", "kinds", "issuer", "about", "token"),
        number("shown"),
        *text("created_by", "created_at"),
        *text("revoked_at", null=True),
        sa.CheckConstraint("way IN ('issued', 'held')", name=op.f("ck_credentials_way")),
        house("credentials"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credentials")),
        sa.UniqueConstraint("organization", "number", name=op.f("uq_credentials_organization")),
        sqlite_strict=True,
    )
