"""The schema's history: each step is one file in versions/, run in order and once.

Reading order: upgrade(), current().
"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from ...errors import BadInput


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def current(engine: sa.Engine) -> str | None:
    """The schema version a database has; None when it is new."""
    with engine.connect() as connection, connection.begin():
        return MigrationContext.configure(connection).get_current_revision()


def upgrade(engine: sa.Engine, to: str = "head") -> None:
    """Bring a database to a schema version in one transaction; raises BadInput for one from a newer Carnet."""
    config = _config()
    scripts = ScriptDirectory.from_config(config)
    with engine.connect().execution_options(change=True) as connection, connection.begin():
        if engine.dialect.name == "postgresql":  # two servers may start at once
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(4711220)")
        have = MigrationContext.configure(connection).get_current_revision()
        if have is not None and have not in {s.revision for s in scripts.walk_revisions()}:
            raise BadInput(f"the database has schema {have!r}, which this Carnet does not know; install a newer Carnet")
        if have != scripts.get_current_head() or to != "head":
            config.attributes["connection"] = connection
            command.upgrade(config, to)
