"""kill -9 in the middle of writing: what was acknowledged is there once, what was not is there once after a repeat.

Comments and footprints are sent under a key of their own, events under their own id, as the standard interface has it.
A footprint is announced once, an event is answered once: the outbox holds one sending for each, and after the last kill
the counterpart has heard each of them, whatever was repeated on the way. Between the servers die commands of carnet
admin: an organization is there with its owner or not at all, a backup is whole or not there.
"""

import itertools
import json
import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa

from carnet.doors.server.tls import local_certificate
from carnet.doors.server.witness import verify_log
from carnet.store import copies
from carnet.store import tables as t
from tests.api.papers import footprint
from tests.api.postgres import running
from tests.api.test_footprints_are_exchanged import Counterpart, secure
from tests.crash.nursery import Nursery, begin, nursery, opened

KINDS = ("comment", "comment", "footprint", "event")
PASSWORD = "correct horse battery"


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request, tmp_path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/exchange.sqlite"
    else:
        with running() as address:
            yield address


def named(name: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, name))


def send(client: httpx.Client, address: str, token: str, kind: str, name: str, source: str) -> None:
    """One write that is made at most once, however often it is sent."""
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": name}
    if kind == "comment":
        answer = client.post(f"{address}/api/v1/projects/p1/comments", json={"body": name}, headers=headers)
    elif kind == "footprint":
        document = footprint(id=named(name))
        answer = client.post(f"{address}/api/v1/footprints", json={"document": document}, headers=headers)
    else:
        event = {
            "specversion": "1.0", "id": named(name), "source": source, "time": "2026-05-19T10:30:00Z",
            "type": "org.wbcsd.pact.ProductFootprint.RequestCreatedEvent.3",
            "data": {"productId": ["urn:gtin:4712345069999"]},
        }  # fmt: skip
        headers["Content-Type"] = "application/cloudevents+json"
        answer = client.post(f"{address}/3/events", content=json.dumps(event), headers=headers)
    assert answer.status_code in (200, 201), answer.text


class Writer(threading.Thread):
    """Sends writes of one kind until the server is gone; remembers what was acknowledged."""

    def __init__(self, address: str, token: str, kind: str, prefix: str, source: str) -> None:
        super().__init__(daemon=True)
        self.address, self.token, self.kind, self.prefix, self.source = address, token, kind, prefix, source
        self.acknowledged: list[str] = []
        self.open: list[str] = []
        self.wrong = ""

    def run(self) -> None:
        with httpx.Client(timeout=10, verify=False) as client:
            for number in itertools.count():
                self.open = [f"{self.prefix}-{number}"]
                try:
                    send(client, self.address, self.token, self.kind, self.open[0], self.source)
                except httpx.HTTPError:
                    return
                except AssertionError as error:
                    self.wrong = str(error)
                    return
                self.acknowledged += self.open
                self.open = []
                if self.kind != "comment":
                    time.sleep(0.03)  # each is answered over two connections with TLS


def settle(home: Path, database: str, base: str) -> str:
    """An exchange that somebody on this machine hears from; a token of its owner."""
    exchange = opened(home, database)
    who, token = begin(exchange)
    new = {"name": "Customer", "base": base, "auth": "", "client_id": "us", "secret": "s3cret", "client": ""}
    exchange.offers.add_counterpart(who, new)
    exchange.store.close()
    return token


def kill_servers(farm: Nursery, home: Path, database: str, token: str, kills: int, chance: random.Random, more) -> dict:
    """Kill so many servers while they write; {kind: names that were acknowledged or are there after a repeat}."""
    acknowledged: dict[str, list[str]] = {kind: [] for kind in KINDS}
    unsure: list[tuple[str, str]] = []
    for kill in range(kills):
        server = farm.serve(home, database, callback_seconds=0.05, **more)
        writers = [Writer(server.address, token, kind, f"{kill}-{n}", source(more)) for n, kind in enumerate(KINDS)]
        try:
            with httpx.Client(timeout=10, verify=False) as client:  # what was cut off is repeated under its key
                for kind, name in unsure:
                    send(client, server.address, token, kind, name, source(more))
                    acknowledged[kind].append(name)
            for writer in writers:
                writer.start()
            time.sleep(chance.uniform(0.02, 0.25))
        finally:
            server.end()
        for writer in writers:
            writer.join(20)
            assert not writer.wrong, writer.wrong
            acknowledged[writer.kind] += writer.acknowledged
        unsure = [(writer.kind, name) for writer in writers for name in writer.open]
    return {"acknowledged": acknowledged, "unsure": unsure}


def source(more: dict) -> str:
    return f"//{more['private_hosts'][0]}"


def kill_commands(farm: Nursery, home: Path, database: str, kills: int, chance: random.Random) -> None:
    """Kill so many commands; each organization is there with its owner or not at all, each backup whole or not."""
    for kill in range(kills):
        out, file, email = home / f"out-{kill}", home / f"backup-{kill}", f"cli-{kill}@works.example"
        if kill % 2:
            words = ("backup", str(file), "--data", str(home))
        else:
            words = ("organization", f"Works {kill}", "--owner", email, "--password", PASSWORD, "--data", str(home))
        command = farm.admin(out, database, *words)
        time.sleep(chance.uniform(0.01, 0.4))
        command.end()
        said = out.read_text()
        if kill % 2:
            assert file.exists() or not said, "a backup was promised and is not there"
            if file.exists():
                copies.check(file)
            continue
        exchange = opened(home, database)
        with exchange.store.look() as view:
            houses = view.all(sa.select(t.organizations).where(t.organizations.c.name == f"Works {kill}"))
            owners = view.all(sa.select(t.users).where(t.users.c.email == email))
        exchange.store.close()
        assert [o["organization"] for o in owners] == [h["id"] for h in houses], "half an organization"
        assert houses or not said, "an organization was promised and is not there"


def drain(home: Path, database: str, more: dict) -> None:
    """Send what still waits, as the next server would."""
    exchange = opened(home, database, **{**more, "private_hosts": frozenset(more["private_hosts"])})
    until = time.monotonic() + 600
    while exchange.sender.flush():
        assert time.monotonic() < until, "the outbox is never empty"
    exchange.store.close()


def kept(home: Path, database: str) -> tuple[dict[str, list[str]], list[dict], dict]:
    """(what is there by kind, the outbox, the check of the log)."""
    exchange = opened(home, database)
    with exchange.store.look() as view:
        there = {
            "comment": [row["body"] for row in view.all(sa.select(t.comments.c.body))],
            "footprint": [row["id"] for row in view.all(sa.select(t.footprints.c.id))],
            "event": [row["event"] for row in view.all(sa.select(t.events.c.event))],
        }
        outbox = [{**row, "body": json.loads(row["body"])} for row in view.all(sa.select(t.outbox))]
        checked = verify_log(view, exchange.keeper)
    exchange.store.close()
    return there, outbox, checked


def kill_often(home: Path, database: str, servers: int, commands: int, seed: int) -> dict[str, int]:
    chance, heard, certificate = random.Random(seed), Counterpart(), local_certificate(home / "tls")
    with secure(heard, certificate) as port, nursery() as farm:
        more = {"private_hosts": [f"127.0.0.1:{port}"], "authorities": str(certificate[0])}
        token = settle(home, database, f"https://127.0.0.1:{port}")
        found = kill_servers(farm, home, database, token, servers, chance, more)
        kill_commands(farm, home, database, commands, chance)
        drain(home, database, {**more, "authorities": certificate[0]})
    there, outbox, checked = kept(home, database)

    for kind, names in found["acknowledged"].items():
        ours = [name if kind == "comment" else named(name) for name in names]
        perhaps = [name if kind == "comment" else named(name) for k, name in found["unsure"] if k == kind]
        assert set(ours) - set(there[kind]) == set(), f"{kind}: acknowledged and lost"
        assert len(there[kind]) == len(set(there[kind])), f"{kind}: kept twice"
        assert set(there[kind]) <= {*ours, *perhaps}
        assert ours
    replies = Counter(
        row["body"]["data"]["requestEventId"] for row in outbox if "requestEventId" in row["body"]["data"]
    )
    news = Counter(row["body"]["data"]["pfIds"][0] for row in outbox if "pfIds" in row["body"]["data"])
    assert replies == Counter(there["event"]), "an event was answered twice or never"
    assert news == Counter(there["footprint"]), "a footprint was announced twice or never"
    assert {row["says"] for row in outbox} == {"taken"}
    assert {event["id"] for event in heard.events} == {row["body"]["id"] for row in outbox}
    assert checked["valid"], checked["problems"]
    return {
        "kills": servers + commands, "lost": 0, "doubled": 0, "heard": len(heard.events),
        **{kind: len(names) for kind, names in there.items()},
    }  # fmt: skip


def test_fifteen_kills(tmp_path, database):
    assert kill_often(tmp_path, database, 12, 3, seed=20261121)["kills"] == 15


@pytest.mark.hard
def test_five_hundred_kills(tmp_path, database, record_property):
    for name, number in kill_often(tmp_path, database, 440, 60, seed=7).items():
        record_property(name, number)
