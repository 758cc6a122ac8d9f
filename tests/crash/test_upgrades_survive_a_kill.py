"""Every schema is brought up to date with its data, and a kill -9 before any statement of that leaves old or new."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.script import ScriptDirectory
from sqlalchemy import event

from carnet.doors.server.witness import Keeper, verify_log
from carnet.store import people, projects
from carnet.store import tables as t
from carnet.store.engine import Store, open_engine, open_store
from carnet.store.migrations import _config, current, upgrade
from tests.api.postgres import running

RELEASED = tuple(sorted(s.revision for s in ScriptDirectory.from_config(_config()).walk_revisions()))
AT = "2026-11-21T10:00:00+00:00"


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    with running() as address:
        yield address


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request, tmp_path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/exchange.sqlite"
    address = request.getfixturevalue("postgres")
    name = f"d{abs(hash(str(tmp_path))):x}"
    engine = sa.create_engine(sa.make_url(address).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return address.rpartition("/")[0] + f"/{name}"


def fill(address: str, keeper: Keeper, version: str) -> dict[str, list[Any]]:
    """A database of a released schema with something in every table it has; its rows."""
    engine = open_engine(address)
    upgrade(engine, version)
    store = Store(engine, keeper)
    with store.change(AT, "u", "o") as tx:
        people.add_organization(tx, "o", "Works")
        people.add_user(tx, "u", "o", "u@works.example", "U", "owner", "argon")
        token = {"id": "t", "organization": "o", "kind": "token", "name": "t", "role": "owner", "user": "u"}
        people.add_token(tx, {**token, "digest": "sha256:1", "created_by": "u"})
        project = projects.add_project(tx, "p", "o", "P \u7535\u6c60", "project.yaml")
        projects.add_version(tx, "v", project, {"project.yaml": b"\x00\xff" * 3000}, "project.yaml", "first")
        row = {"day": "2027", "known": "2026", "event": "new_type", "catalog": "c", "engine": "e", "dossier": "d"}
        projects.add_review(tx, {"id": "r", "project": "p", "version": 1, **row, "counts": {"met": 1}})
        projects.add_comment(tx, "c", "p", "", "", "said")
        projects.add_approval(tx, "a", "p", {"id": "r", "dossier": "d"}, "approved", "")
    keeper.export(store, AT)
    found = rows(store)
    store.close()
    return found


def rows(store: Store) -> dict[str, list[Any]]:
    """Every row of every table that is there, as text."""
    there = set(sa.inspect(store.engine).get_table_names())
    with store.look() as view:
        return {
            table.name: sorted(repr(sorted(row.items())) for row in view.all(sa.select(table)))
            for table in t.metadata.sorted_tables
            if table.name in there
        }


def shape(engine: sa.Engine) -> dict[str, Any]:
    """Tables, columns, keys and indices of a database."""
    look = sa.inspect(engine)
    return {
        name: (
            [(c["name"], str(c["type"]), c["nullable"]) for c in look.get_columns(name)],
            sorted(look.get_pk_constraint(name)["constrained_columns"]),
            sorted(str(k["constrained_columns"]) + k["referred_table"] for k in look.get_foreign_keys(name)),
            sorted((str(i["name"]), str(i["column_names"])) for i in look.get_indexes(name)),
        )
        for name in sorted(look.get_table_names())
    }


def killed_upgrade(address: str, nth: int) -> bool:
    """Upgrade in a process of its own that is killed before its nth statement; whether it came that far."""
    child = os.fork()
    if not child:
        try:
            engine, seen = open_engine(address), 0

            @event.listens_for(engine, "before_cursor_execute")
            def count(*_: Any) -> None:
                nonlocal seen
                seen += 1
                if seen == nth:
                    os.kill(os.getpid(), signal.SIGKILL)

            @event.listens_for(engine, "commit")
            def before_commit(*_: Any) -> None:
                count()

            upgrade(engine)
        finally:
            os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


@pytest.mark.parametrize("version", RELEASED)
def test_an_upgrade_keeps_every_row(tmp_path, database, version):
    keeper = Keeper(tmp_path / "log")
    before = fill(database, keeper, version)

    store = open_store(database, keeper)

    after = rows(store)
    with store.look() as view:
        checked = verify_log(view, keeper)
    assert {name: after[name] for name in before} == before
    assert all(
        before[name] for name in ("organizations", "users", "tokens", "blobs", "approvals", "log", "checkpoints")
    )
    assert set(after) == set(t.metadata.tables)
    assert checked["valid"], checked["problems"]
    store.close()


@pytest.mark.parametrize("version", RELEASED)
def test_an_upgraded_database_is_shaped_like_a_new_one(tmp_path, version):
    old = open_engine(f"sqlite:///{tmp_path}/old.sqlite")
    upgrade(old, version)
    upgrade(old)
    new = open_engine(f"sqlite:///{tmp_path}/new.sqlite")
    t.metadata.create_all(new)

    upgraded = shape(old)
    upgraded.pop("alembic_version")

    assert upgraded == shape(new)


def kill_everywhere(home: Path, database: str, version: str | None) -> int:
    """Kill an upgrade before each of its statements, one after another; how many kills until it came through."""
    keeper = Keeper(home / "log")
    before = fill(database, keeper, version) if version else {}
    kills = 0
    while killed_upgrade(database, kills + 1):
        kills += 1
        engine = open_engine(database)
        assert current(engine) in (version, *RELEASED)
        if version and current(engine) == version:
            assert rows(Store(engine, keeper)) == before
        engine.dispose()
    store = open_store(database, keeper)
    after = rows(store)
    with store.look() as view:
        checked = verify_log(view, keeper)
    assert {name: after[name] for name in before} == before
    assert checked["valid"], checked["problems"]
    store.close()
    return kills


@pytest.mark.parametrize("version", [None, *RELEASED[:-1]])
def test_a_kill_before_any_statement_leaves_old_or_new(tmp_path, database, version, record_property):
    kills = kill_everywhere(tmp_path, database, version)

    record_property("kills", kills)
    assert kills >= 10
