"""One database, opened the same way on SQLite and PostgreSQL, with two kinds of transaction: look and change.

    store = open_store("sqlite:////var/lib/carnet/exchange.sqlite", witness)
    with store.change(at, actor="u-1", organization="o-1") as tx:  # one writer at a time
        tx.run(...); tx.log("project.added", about="p-1", title="...")
    with store.look() as view: ...                                  # one consistent snapshot

A change and its entry in the log are one transaction: both are there or neither. On SQLite a change begins IMMEDIATE
in WAL with synchronous FULL; on PostgreSQL it locks the state of the log first, so writers wait instead of colliding.
`witness` says how an entry is written and hashed (the ledger's one form); the store keeps the frontier of its tree.
Reading order: Witness, open_store(), Store, View, Change.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy import event

from ..errors import BadInput, Broken
from . import tables as t

HASH_BYTES = 32
BUSY_SECONDS = 30


class Witness(Protocol):
    """How the log is written: its name, the one form of an entry, and the two hashes of its tree."""

    origin: str

    def line(self, at: str, kind: str, body: dict[str, Any]) -> bytes: ...
    def leaf(self, line: bytes) -> bytes: ...
    def node(self, left: bytes, right: bytes) -> bytes: ...


def open_store(url: str, witness: Witness, *, pool: int = 10) -> Store:
    """Open a database and bring its schema up to date; raises BadInput when it cannot be opened."""
    from .migrations import upgrade

    engine = open_engine(url, pool=pool)
    try:
        upgrade(engine)
    except sa.exc.OperationalError as error:
        engine.dispose()
        raise BadInput(f"the database {plain(url)} cannot be opened: {error.orig}. Look at CARNET_DATABASE.") from None
    return Store(engine, witness)


def plain(url: str) -> str:
    """A database address without its password, for sentences."""
    return sa.make_url(url).render_as_string(hide_password=True)


def open_engine(url: str, *, pool: int = 10) -> sa.Engine:
    """An engine for SQLite or PostgreSQL; raises BadInput for anything else."""
    try:
        address = sa.make_url(url)
    except sa.exc.ArgumentError:
        raise BadInput(
            "CARNET_DATABASE is no database address; write sqlite:////folder/file or postgresql://user@host/name"
        ) from None
    if address.get_backend_name() == "postgresql":
        address = address.set(drivername="postgresql+psycopg")
        return sa.create_engine(address, pool_size=pool, max_overflow=pool, pool_pre_ping=True)
    if address.get_backend_name() != "sqlite" or not address.database or address.database == ":memory:":
        raise BadInput(f"{plain(url)}: only a SQLite file or PostgreSQL is used here")
    Path(address.database).parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(
        address, pool_size=pool, max_overflow=pool, connect_args={"timeout": BUSY_SECONDS},
        pool_reset_on_return=None,  # look() and change() end every transaction themselves
    )  # fmt: skip
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # the driver must not begin by itself; _begin does
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "trusted_schema=OFF"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: sa.Connection) -> None:
    change = connection.get_execution_options().get("change")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if change else "BEGIN DEFERRED")


@cache
def _by(table: sa.Table, names: tuple[str, ...]) -> sa.Select[Any]:
    """Rows of a table whose columns have these values: built once, because building costs more than asking."""
    return sa.select(table).where(*(table.c[name] == sa.bindparam(name) for name in names))


@cache
def _into(table: sa.Table) -> sa.Insert:
    return sa.insert(table)


_GROWN = (
    sa.update(t.log_state)
    .where(t.log_state.c.id == 1)
    .values(size=sa.bindparam("new_size"), frontier=sa.bindparam("new_frontier"))
)


class View:
    """One open transaction: runs statements, gives rows as plain dicts."""

    def __init__(self, connection: sa.Connection) -> None:
        self.connection = connection

    def run(self, statement: sa.Executable, rows: Sequence[dict[str, Any]] | None = None) -> sa.CursorResult[Any]:
        return self.connection.execute(statement, rows) if rows is not None else self.connection.execute(statement)

    def one(self, statement: sa.Select[Any]) -> dict[str, Any] | None:
        """The first row, or None."""
        found = self.connection.execute(statement).mappings().first()
        return dict(found) if found is not None else None

    def get(self, table: sa.Table, **values: Any) -> dict[str, Any] | None:
        """The row of a table that has these values, or None."""
        found = self.connection.execute(_by(table, tuple(values)), values).mappings().first()
        return dict(found) if found is not None else None

    def all(self, statement: sa.Select[Any]) -> list[dict[str, Any]]:
        return [dict(row) for row in self.connection.execute(statement).mappings()]


class Change(View):
    """A transaction that writes; what it does is said to the log before it ends."""

    def __init__(
        self, connection: sa.Connection, witness: Witness, at: str, actor: str = "", organization: str = ""
    ) -> None:
        super().__init__(connection)
        self.witness, self.at, self.actor, self.organization = witness, at, actor, organization

    def add(self, table: sa.Table, row: dict[str, Any]) -> None:
        """Put one row into a table."""
        self.connection.execute(_into(table), row)

    def log(self, kind: str, about: str, **body: Any) -> int:
        """Append an entry; returns its number. The body is shown to auditors: digests and names, no secrets."""
        state = self.get(t.log_state, id=1)
        if state is None or state["origin"] != self.witness.origin:
            raise Broken("the log of this database bears another name; it was not opened with its own key folder")
        size, frontier = state["size"], state["frontier"]
        whole = {"organization": self.organization, "actor": self.actor, "about": about, **body}
        line = self.witness.line(self.at, kind, whole)
        frontier = grow(size, frontier, self.witness.leaf(line), self.witness)
        row = {"organization": self.organization, "actor": self.actor, "kind": kind, "about": about, "at": self.at}
        self.add(t.log, {"number": size, **row, "line": line})
        self.connection.execute(_GROWN, {"new_size": size + 1, "new_frontier": frontier})
        return int(size)


def grow(size: int, frontier: bytes, leaf: bytes, witness: Witness) -> bytes:
    """The frontier (roots of the complete subtrees, widest first) of a tree of `size` leaves after one more."""
    here = leaf
    while size & 1:
        here, frontier = witness.node(frontier[-HASH_BYTES:], here), frontier[:-HASH_BYTES]
        size >>= 1
    return frontier + here


def root(frontier: bytes, witness: Witness) -> bytes:
    """The root of a tree that is not empty, from its frontier."""
    parts = [frontier[n : n + HASH_BYTES] for n in range(0, len(frontier), HASH_BYTES)]
    here = parts.pop()
    while parts:
        here = witness.node(parts.pop(), here)
    return here


class Store:
    """The open database."""

    def __init__(self, engine: sa.Engine, witness: Witness) -> None:
        self.engine, self.witness = engine, witness
        self.kind = engine.dialect.name
        snapshot: dict[str, Any] = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        self._looking = engine if self.kind == "sqlite" else engine.execution_options(**snapshot)
        self._changing = engine.execution_options(change=True)
        # SQLite lets writers of one process wait by sleeping ever longer; a lock wakes the next one at once.
        self._turn: AbstractContextManager[Any] = threading.Lock() if self.kind == "sqlite" else nullcontext()
        with self._changing.connect() as connection, connection.begin():
            found = connection.execute(sa.select(t.log_state.c.id)).first()
            if found is None:
                connection.execute(
                    sa.insert(t.log_state).values(id=1, origin=witness.origin, size=0, frontier=b"")
                )  # fmt: skip

    @contextmanager
    def look(self) -> Iterator[View]:
        """A consistent view of everything committed so far."""
        with self._looking.connect() as connection, connection.begin():
            yield View(connection)

    @contextmanager
    def change(self, at: str, actor: str = "", organization: str = "") -> Iterator[Change]:
        """A transaction that writes: all of it is durable when this ends without an exception, or none of it."""
        with self._turn, self._changing.connect() as connection, connection.begin():
            if self.kind == "postgresql":
                connection.execute(sa.select(t.log_state.c.id).with_for_update())
            yield Change(connection, self.witness, at, actor, organization)

    def alive(self) -> None:
        """Raises when the database does not answer."""
        with self.look() as view:
            view.run(sa.text("SELECT 1"))

    def close(self) -> None:
        self.engine.dispose()
