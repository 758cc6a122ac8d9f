"""Eight people rename, sign off, comment and revoke at once: what they saw could have happened one after another."""

import http.client
import json
import random
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from carnet.doors.server.policy import Caller
from carnet.store import projects
from tests.api.histories import Model, Op, key, linearizable, register, signatures, talk
from tests.api.postgres import running
from tests.crash.nursery import MOMENT, begin, nursery, opened

CLIENTS = 8
MODELS: dict[str, tuple[Model, Any]] = {
    "title": (register, (1, "P")), "review": (signatures, frozenset()), "talk": (talk, frozenset()), "key": (key, True),
}  # fmt: skip


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request, tmp_path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/exchange.sqlite"
    else:
        with running() as address:
            yield address


class Scene:
    """An exchange with eight owners, and for each round a project, a review to sign and a key to revoke."""

    def __init__(self, home: Path, database: str, rounds: int) -> None:
        exchange = opened(home, database)
        boss, _ = begin(exchange)
        self.tokens, self.keys = [], []
        for n in range(CLIENTS):
            row = exchange.add_user(boss, f"u{n}@works.example", f"U{n}", "owner", "correct horse battery")
            who = Caller(row["id"], row["organization"], "owner", row["name"])
            self.tokens.append((row["id"], exchange.add_token(who, "token", "t", None)[1]))
        for n in range(rounds):
            self.keys.append(exchange.add_token(boss, "token", f"key {n}", None))
            with exchange.store.change(MOMENT, boss.id, boss.organization) as tx:
                row = projects.add_project(tx, f"q{n}", boss.organization, "P", "project.yaml")
                projects.add_version(tx, f"w{n}", row, {"project.yaml": b"x"}, "project.yaml", "")
                days = {"day": "2027-02-01", "known": "2026-11-21", "event": "new_type"}
                made = {"catalog": "c", "engine": "e", "dossier": "d", "counts": {}}
                projects.add_review(tx, {"id": f"r{n}", "project": f"q{n}", "version": 1, **days, **made})
        exchange.store.close()


class Client(threading.Thread):
    """One person: does what chance says in every round, and writes down what was asked, answered and when."""

    def __init__(self, number: int, scene: Scene, port: int, gate: threading.Barrier, rounds: int, each: int) -> None:
        super().__init__(daemon=True)
        self.number, self.scene, self.gate, self.rounds, self.each = number, scene, gate, rounds, each
        self.person, self.token = scene.tokens[number]
        self.line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.chance = random.Random(number)
        self.history: list[Op] = []
        self.error: Exception | None = None

    def run(self) -> None:
        try:
            for at in range(self.rounds):
                self.gate.wait(120)
                self.held = 1
                for n in range(self.each):
                    self.act(at, n)
        except Exception as error:  # noqa: BLE001  (the test tells it)
            self.error = error
            self.gate.abort()

    def ask(self, method: str, path: str, body: Any = None, token: str = "", **headers: str) -> tuple[int, Any]:
        headers["Authorization"] = f"Bearer {token or self.token}"
        headers["Content-Type"] = "application/json"
        self.line.request(method, f"/api/v1{path}", None if body is None else json.dumps(body), headers)
        answer = self.line.getresponse()
        raw = answer.read()
        return answer.status, json.loads(raw) if raw else None

    def act(self, at: int, n: int) -> None:
        kind = self.chance.choice(("title", "review", "talk", "key"))
        word, asked, called = "", None, time.monotonic_ns()
        if kind == "title":
            word, asked, answer = self.title(at, n)
        elif kind == "review":
            word, asked, answer = self.review(at)
        elif kind == "talk":
            word, asked, answer = self.talk(at, n)
        else:
            word, asked, answer = self.key(at)
        back = time.monotonic_ns()
        self.history.append(Op(f"{kind} {at}", word, asked, answer, called, back, self.number))

    def title(self, at: int, n: int) -> tuple[str, Any, Any]:
        if self.chance.random() < 0.5:
            _, row = self.ask("GET", f"/projects/q{at}")
            self.held = row["revision"]
            return "read", None, (row["revision"], row["title"])
        asked = (self.held, f"{self.number}.{n}")
        match = {"If-Match": f'"{self.held}"'}
        status, row = self.ask("PATCH", f"/projects/q{at}", {"title": asked[1]}, **match)
        self.held = row["revision"] if status == 200 else self.held
        return "rename", asked, status

    def review(self, at: int) -> tuple[str, Any, Any]:
        path = f"/projects/q{at}/approvals"
        if self.chance.random() < 0.5:
            _, page = self.ask("GET", f"{path}?limit=200")
            return "list", None, frozenset((row["created_by"], row["decision"]) for row in page["items"])
        decision = self.chance.choice(("approved", "refused"))
        status, _ = self.ask("POST", path, {"review": f"r{at}", "decision": decision})
        return "sign", (self.person, decision), status

    def talk(self, at: int, n: int) -> tuple[str, Any, Any]:
        path = f"/projects/q{at}/comments"
        if self.chance.random() < 0.5:
            _, page = self.ask("GET", f"{path}?limit=200")
            bodies = [row["body"] for row in page["items"]]
            assert len(bodies) == len(set(bodies)), "a comment is there twice"
            return "list", None, frozenset(bodies)
        body = f"{self.number}.{n % 3}"  # sometimes the same again, under the same key
        status, _ = self.ask("POST", path, {"body": body}, **{"Idempotency-Key": f"{at}-{body}"})
        return "say", body, status

    def key(self, at: int) -> tuple[str, Any, Any]:
        row, secret = self.scene.keys[at]
        if self.chance.random() < 0.15:
            return "revoke", None, self.ask("DELETE", f"/tokens/{row['id']}")[0]
        return "use", None, self.ask("GET", "/projects?limit=1", token=secret)[0]


def observed(home: Path, database: str, rounds: int, each: int) -> list[Op]:
    """What eight clients saw in so many rounds of so many operations each."""
    scene = Scene(home, database, rounds)
    with nursery() as farm:
        server = farm.serve(home, database)
        gate = threading.Barrier(CLIENTS)
        clients = [Client(n, scene, server.port, gate, rounds, each) for n in range(CLIENTS)]
        for client in clients:
            client.start()
        for client in clients:
            client.join(1200)
        server.end()
    for client in clients:
        if client.error and not isinstance(client.error, threading.BrokenBarrierError):
            raise client.error
    return [op for client in clients for op in client.history]


def violations(history: list[Op]) -> list[str]:
    """The objects whose histories no order explains."""
    by_thing: dict[str, list[Op]] = defaultdict(list)
    for op in history:
        by_thing[op.thing].append(op)
    found = []
    for thing, ops in sorted(by_thing.items()):
        model, start = MODELS[thing.split()[0]]
        if not linearizable(ops, model, start):
            found.append("\n".join([thing, *map(str, sorted(ops, key=lambda op: op.called))]))
    return found


def check(home: Path, database: str, rounds: int, each: int) -> Counter[str]:
    history = observed(home, database, rounds, each)

    assert len(history) == CLIENTS * rounds * each
    assert violations(history) == []
    kinds = Counter(f"{op.thing.split()[0]} {op.kind} {op.answer}" for op in history if op.kind not in ("list", "read"))
    assert {"title rename 200", "title rename 412", "review sign 409", "key use 200", "key use 401"} <= set(kinds)
    return kinds


def test_a_thousand_operations_happened_in_some_order(tmp_path, database):
    check(tmp_path, database, rounds=8, each=16)


@pytest.mark.hard
def test_ten_thousand_operations_happened_in_some_order(tmp_path, database, record_property):
    kinds = check(tmp_path, database, rounds=80, each=16)

    record_property("operations", CLIENTS * 80 * 16)
    record_property("clients", CLIENTS)
    record_property("violations", 0)
    for kind, number in sorted(kinds.items()):
        record_property(kind, number)


def op(kind: str, asked: Any, answer: Any, called: int, answered: int) -> Op:
    return Op("x", kind, asked, answer, called, answered)


def test_the_checker_lets_overlapping_changes_happen_in_either_order():
    both = [op("rename", (1, "A"), 412, 0, 10), op("rename", (1, "B"), 200, 1, 9), op("read", None, (2, "B"), 5, 6)]

    assert linearizable(both, register, (1, "P"))


@pytest.mark.parametrize(
    ("history", "model", "start"),
    [
        ([op("rename", (1, "A"), 200, 0, 1), op("read", None, (1, "P"), 2, 3)], register, (1, "P")),
        ([op("rename", (1, "A"), 200, 0, 9), op("rename", (1, "B"), 200, 1, 8)], register, (1, "P")),
        ([op("rename", (1, "A"), 412, 0, 9)], register, (1, "P")),
        ([op("read", None, (2, "A"), 0, 1), op("rename", (1, "A"), 200, 2, 3)], register, (1, "P")),
        ([op("sign", ("u", "approved"), 201, 0, 9), op("sign", ("u", "refused"), 201, 1, 8)], signatures, frozenset()),
        ([op("sign", ("u", "approved"), 201, 0, 1), op("list", None, frozenset(), 2, 3)], signatures, frozenset()),
        ([op("say", "a", 201, 0, 1), op("list", None, frozenset(), 2, 3)], talk, frozenset()),
        (
            [op("say", "a", 201, 0, 9), op("list", None, frozenset("a"), 1, 2), op("list", None, frozenset(), 3, 4)],
            talk,
            frozenset(),
        ),
        ([op("revoke", None, 204, 0, 1), op("use", None, 200, 2, 3)], key, True),
        ([op("use", None, 401, 0, 1)], key, True),
    ],
    ids=["stale-read", "lost-update", "wrong-refusal", "early-read", "signed-twice", "signature-lost", "comment-lost",
         "comment-gone-again", "revoked-key-opens", "key-does-not-open"],
)  # fmt: skip
def test_the_checker_finds_what_cannot_have_happened(history, model, start):
    assert not linearizable(history, model, start)
