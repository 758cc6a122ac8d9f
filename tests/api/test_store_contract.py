"""The store keeps what it acknowledged, in order, on SQLite and on PostgreSQL alike."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from carnet.doors.server.witness import Keeper, verify_log
from carnet.errors import BadInput, Broken
from carnet.store import copies, people, projects, trail
from carnet.store import tables as t
from carnet.store.engine import Store, open_store
from tests.api.postgres import running

AT = "2026-11-21T10:00:00.000000+00:00"


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    with running() as address:
        yield address


def fresh(address: str, name: str) -> str:
    """An empty database beside the first one."""
    engine = sa.create_engine(sa.make_url(address).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    engine.dispose()
    return sa.make_url(address).set(database=name).render_as_string(hide_password=False)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/exchange.sqlite"
    return fresh(request.getfixturevalue("postgres"), f"t{abs(hash(request.node.nodeid)):x}"[:20])


@pytest.fixture
def keeper(tmp_path) -> Keeper:
    return Keeper(tmp_path / "log")


@pytest.fixture
def store(url, keeper) -> Iterator[Store]:
    opened = open_store(url, keeper)
    yield opened
    opened.close()


def a_project(store: Store, content: dict[str, bytes] | None = None) -> dict:
    with store.change(AT, "u1", "o1") as tx:
        people.add_organization(tx, "o1", "Works")
        people.add_user(tx, "u1", "o1", "ann@example.org", "Ann", "engineer", None)
        project = projects.add_project(tx, "p1", "o1", "Truck", "project.yaml")
        projects.add_version(
            tx, "v1", project, content or {"project.yaml": b"a", "e.pdf": b"\x00\xff"}, "project.yaml", ""
        )
    return project


def test_what_was_committed_is_there(store):
    a_project(store)

    with store.look() as view:
        assert projects.project(view, "o1", "p1")["head"] == 1
        assert [f["path"] for f in projects.files(view, "v1")] == ["e.pdf", "project.yaml"]
        assert projects.content(view, "v1", "e.pdf") == b"\x00\xff"


def test_another_organization_sees_nothing(store):
    a_project(store)

    with store.look() as view:
        assert projects.project(view, "o2", "p1") is None
        assert projects.projects(view, "o2") == []
        assert people.user(view, "o2", "u1") is None
        assert trail.entries(view, "o2") == []


def test_a_change_that_fails_leaves_neither_row_nor_entry(store):
    a_project(store)
    with store.look() as view:
        before = trail.state(view)

    def fail_halfway() -> None:
        with store.change(AT, "u1", "o1") as tx:
            projects.add_comment(tx, "c1", "p1", "th", "", "hello")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_halfway()

    with store.look() as view:
        assert projects.comments(view, "p1") == []
        assert trail.state(view) == before


def test_many_writers_give_one_log_without_gaps(store):
    a_project(store)
    failed = []

    def write(who: int) -> None:
        try:
            for number in range(10):
                with store.change(AT, f"u{who}", "o1") as tx:
                    projects.add_comment(tx, f"c{who}-{number}", "p1", "", "", f"{who} {number}")
        except Exception as error:  # noqa: BLE001 - any failure of a writer is shown
            failed.append(error)

    threads = [threading.Thread(target=write, args=(who,)) for who in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failed == []
    with store.look() as view:
        assert len(projects.comments(view, "p1", most=200)) == 80
        numbers = [row["number"] for row in trail.lines(view)]
        assert numbers == list(range(len(numbers)))


def test_the_log_verifies_and_its_checkpoint_lies_outside(store, keeper):
    a_project(store)
    note = keeper.export(store, AT)

    with store.look() as view:
        found = verify_log(view, keeper)

    assert found["valid"], found["problems"]
    assert note is not None
    assert note.parent.name == "checkpoints"
    assert keeper.export(store, AT) is None  # nothing was added since


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        (sa.update(t.log).where(t.log.c.number == 1).values(line=b"{}"), "entry 1"),
        (sa.update(t.log).where(t.log.c.number == 1).values(actor="u9"), "entry 1: its columns"),
        (sa.delete(t.log).where(t.log.c.number == 2), "entry 2 is missing"),
        (sa.delete(t.log).where(t.log.c.number == 3), "the log says 4 entries, 3 are there"),
        (sa.update(t.versions).values(tree="sha256:00"), "version.added p1"),
        (sa.update(t.blobs).values(content=b"other"), "is not that content any more"),
        (sa.update(t.files).values(path="x.pdf").where(t.files.c.path == "e.pdf"), "lists other files"),
    ],
)
def test_tampering_is_found_and_located(store, keeper, harm, says):
    a_project(store)
    keeper.export(store, AT)
    with store.change(AT) as tx:
        tx.run(harm)

    with store.look() as view:
        found = verify_log(view, keeper)

    assert not found["valid"]
    assert any(says in problem for problem in found["problems"]), found["problems"]


def test_a_rewritten_log_disagrees_with_the_exported_checkpoint(store, keeper):
    a_project(store)
    keeper.export(store, AT)
    with store.change(AT, "u2", "o1") as tx:  # everything in the database is made consistent again
        for table in (t.checkpoints, t.log, t.approvals, t.reviews, t.comments, t.files, t.versions, t.projects):
            tx.run(sa.delete(table))
        tx.run(sa.update(t.log_state).values(size=0, frontier=b""))
        for number in range(6):
            tx.log("user.changed", about=f"u{number}")

    with store.look() as view:
        found = verify_log(view, keeper)

    assert any("the past was rewritten" in problem for problem in found["problems"])


def test_the_same_content_is_kept_once(store):
    a_project(store, {"project.yaml": b"a", "one.pdf": b"same", "two.pdf": b"same"})

    with store.look() as view:
        assert len(view.all(sa.select(t.blobs.c.digest))) == 2


def test_migrations_lead_to_the_tables(store):
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, t.metadata) == []


def test_a_database_of_a_newer_carnet_is_refused(store, url, keeper):
    with store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(BadInput, match="install a newer Carnet"):
        open_store(url, keeper)


def test_a_database_with_another_key_is_refused(store, url, tmp_path):
    a_project(store)
    other = open_store(url, Keeper(tmp_path / "other"))

    with pytest.raises(Broken, match="its own key folder"), other.change(AT) as tx:
        tx.log("user.changed", about="u1")
    other.close()


def test_a_backup_restores_on_the_other_database(store, keeper, tmp_path, postgres):
    a_project(store)
    copies.take(store, tmp_path / "b.zip", AT, {"log.key": (keeper.folder / "log.key").read_bytes()})
    elsewhere = (
        fresh(postgres, f"r{id(store):x}") if store.kind == "sqlite" else f"sqlite:///{tmp_path}/restored.sqlite"
    )
    other = open_store(elsewhere, keeper)
    try:
        beside = copies.restore(other, tmp_path / "b.zip")
        with other.look() as view:
            found = verify_log(view, keeper)
            assert projects.content(view, "v1", "e.pdf") == b"\x00\xff"
        with pytest.raises(BadInput, match="not empty"):
            copies.restore(other, tmp_path / "b.zip")
    finally:
        other.close()

    assert found["valid"], found["problems"]
    assert len(beside["log.key"]) == 32


def test_a_changed_backup_is_refused(store, tmp_path):
    a_project(store)
    copies.take(store, tmp_path / "b.zip", AT, {})
    import zipfile

    with zipfile.ZipFile(tmp_path / "b.zip") as good, zipfile.ZipFile(tmp_path / "bad.zip", "w") as bad:
        for name in good.namelist():
            bad.writestr(name, good.read(name).replace(b"Truck", b"Trunk"))

    with pytest.raises(Broken, match=r"projects\.jsonl changed after the backup was taken"):
        copies.check(tmp_path / "bad.zip")


def test_sqlite_is_opened_to_last(tmp_path, keeper):
    store = open_store(f"sqlite:///{tmp_path}/e.sqlite", keeper)
    with store.look() as view:
        settings = [view.run(sa.text(f"PRAGMA {p}")).scalar() for p in ("journal_mode", "synchronous", "foreign_keys")]
        strict = view.run(sa.text("SELECT count(*) FROM pragma_table_list WHERE schema='main' AND strict=1")).scalar()
    store.close()

    assert settings == ["wal", 2, 1]  # 2 is FULL
    assert strict == len(t.metadata.tables)


def test_any_other_database_is_refused(tmp_path: Path, keeper):
    with pytest.raises(BadInput, match="only a SQLite file or PostgreSQL"):
        open_store("mysql://x@y/z", keeper)
