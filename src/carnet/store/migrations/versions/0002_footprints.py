"""Footprints that are offered, the counterparts they are exchanged with, what these sent, and what waits to be sent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def text(*names: str, null: bool = False) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=null) for name in names]


def upgrade() -> None:
    op.create_table(
        "footprints",
        *text("id", "organization"),
        sa.Column("number", NUMBER, nullable=False),
        *text("format", "state", "body", "recipients", "created_by", "created_at"),
        sa.CheckConstraint("state IN ('active', 'deprecated')", name=op.f("ck_footprints_state")),
        sa.ForeignKeyConstraint(["organization"], ["organizations.id"], name=op.f("fk_footprints_organization")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_footprints")),
        sa.UniqueConstraint("organization", "number", name=op.f("uq_footprints_organization")),
        sqlite_strict=True,
    )
    op.create_table(
        "counterparts",
        *text("id", "organization", "name", "base", "auth", "client_id"),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        *text("client", null=True),
        *text("created_by", "created_at"),
        *text("revoked_at", null=True),
        sa.ForeignKeyConstraint(["organization"], ["organizations.id"], name=op.f("fk_counterparts_organization")),
        sa.ForeignKeyConstraint(["client"], ["tokens.id"], name=op.f("fk_counterparts_client")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_counterparts")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_counterparts_organization"), "counterparts", ["organization", "id"], unique=False)
    op.create_table(
        "events",
        *text("id", "organization", "source", "event", "kind", "body", "says", "received_at"),
        sa.ForeignKeyConstraint(["organization"], ["organizations.id"], name=op.f("fk_events_organization")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
        sa.UniqueConstraint("organization", "source", "event", name=op.f("uq_events_organization")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_events_organization"), "events", ["organization", "id"], unique=False)
    op.create_table(
        "outbox",
        *text("id", "organization", "counterpart", "path", "body"),
        sa.Column("tries", NUMBER, nullable=False),
        *text("next_at", "done_at", null=True),
        *text("says", "created_at"),
        sa.ForeignKeyConstraint(["organization"], ["organizations.id"], name=op.f("fk_outbox_organization")),
        sa.ForeignKeyConstraint(["counterpart"], ["counterparts.id"], name=op.f("fk_outbox_counterpart")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_outbox_next_at"), "outbox", ["next_at"], unique=False)
    op.create_index(op.f("ix_outbox_organization"), "outbox", ["organization", "id"], unique=False)
