"""kill -9 in the middle of writing: what was acknowledged is there once, what was not is there once after a repeat."""

import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa

from carnet.catalog import Catalog
from carnet.doors.server.policy import Caller
from carnet.doors.server.server import open_exchange
from carnet.doors.server.settings import Settings
from carnet.doors.server.witness import verify_log
from carnet.store import projects
from carnet.store import tables as t
from tests.api.postgres import free_port, running

SERVER = Path(__file__).with_name("serve.py")
WRITERS = 4


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request, tmp_path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/exchange.sqlite"
    else:
        with running() as address:
            yield address


def opened(home: Path, database: str):
    settings = Settings(home=home, database=database, argon_memory_kib=8, argon_time=1)
    return open_exchange(settings, Catalog({"digest": "", "tables": {}, "files": {}}))


def settle(home: Path, database: str) -> tuple[str, str]:
    """(a project, a token of its owner)."""
    exchange = opened(home, database)
    owner = exchange.begin("Works", "owner@works.example", "Owner", "correct horse battery")
    who = Caller(owner["id"], owner["organization"], "owner", "Owner")
    token = exchange.add_token(who, "token", "t", None)[1]
    with exchange.store.change("2026-11-21T10:00:00+00:00", who.id, who.organization) as tx:
        project = projects.add_project(tx, "p1", who.organization, "P", "project.yaml")
        projects.add_version(tx, "v1", project, {"project.yaml": b"x"}, "project.yaml", "")
    exchange.store.close()
    return "p1", token


class Writer(threading.Thread):
    """Sends comments, each under its own key, until the server is gone; remembers what was acknowledged."""

    def __init__(self, address: str, token: str, names: Iterator[str]) -> None:
        super().__init__(daemon=True)
        self.address, self.names = f"{address}/api/v1/projects/p1/comments", names
        self.headers = {"Authorization": f"Bearer {token}"}
        self.acknowledged: list[str] = []
        self.open: list[str] = []

    def run(self) -> None:
        with httpx.Client(timeout=10) as client:
            for name in self.names:
                self.open = [name]
                try:
                    answer = send(client, self.address, self.headers, name)
                except httpx.HTTPError:
                    return
                assert answer.status_code == 201, answer.text
                self.acknowledged.append(name)
                self.open = []


def send(client: httpx.Client, address: str, headers: dict[str, str], name: str) -> httpx.Response:
    return client.post(address, json={"body": name}, headers={**headers, "Idempotency-Key": name})


def start(home: Path, database: str) -> tuple[subprocess.Popen[bytes], str]:
    port = free_port()
    server = subprocess.Popen([sys.executable, str(SERVER), str(home), database, str(port)])
    address, until = f"http://127.0.0.1:{port}", time.monotonic() + 30
    while time.monotonic() < until:
        try:
            if httpx.get(f"{address}/ready").status_code == 200:
                return server, address
        except httpx.HTTPError:
            time.sleep(0.05)
    raise AssertionError("the server did not start again")


def kill_often(home: Path, database: str, kills: int, seed: int) -> None:
    chance = random.Random(seed)
    _, token = settle(home, database)
    acknowledged: list[str] = []
    unsure: list[str] = []
    for kill in range(kills):
        server, address = start(home, database)
        try:
            with httpx.Client(timeout=10) as client:  # what was cut off last time is repeated under its key
                for name in unsure:
                    headers = {"Authorization": f"Bearer {token}"}
                    answer = send(client, f"{address}/api/v1/projects/p1/comments", headers, name)
                    assert answer.status_code == 201
                    acknowledged.append(name)
            writers = [
                Writer(address, token, iter([f"{kill}-{w}-{n}" for n in range(100_000)])) for w in range(WRITERS)
            ]
            for writer in writers:
                writer.start()
            time.sleep(chance.uniform(0.02, 0.25))
        finally:
            server.send_signal(signal.SIGKILL)
            server.wait()
        for writer in writers:
            writer.join(20)
        acknowledged += [name for writer in writers for name in writer.acknowledged]
        unsure = [name for writer in writers for name in writer.open]

    exchange = opened(home, database)
    with exchange.store.look() as view:
        kept = [row["body"] for row in view.all(sa.select(t.comments.c.body))]
        checked = verify_log(view, exchange.keeper)
    exchange.store.close()
    assert set(acknowledged) - set(kept) == set(), "acknowledged and lost"
    assert len(kept) == len(set(kept)), "kept twice"
    assert set(kept) <= {*acknowledged, *unsure}
    assert checked["valid"], checked["problems"]
    assert len(acknowledged) > kills


def test_fifteen_kills(tmp_path, database):
    kill_often(tmp_path, database, 15, seed=20261121)


@pytest.mark.hard
def test_five_hundred_kills(tmp_path, database):
    kill_often(tmp_path, database, 500, seed=7)
