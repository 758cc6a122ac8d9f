"""Alembic's entry: migrate on the connection we were given, inside its transaction."""

from __future__ import annotations

from alembic import context

from carnet.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
    transaction_per_migration=False,
)
context.run_migrations()
