"""More than can be answered is refused early with a time to come again; five seconds later all is well."""

import multiprocessing
import time
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest

from bench.server_load import Connection, measure, request
from tests.crash.nursery import nursery, settle

FLOOD = 48


def flood(port: int, token: str, name: str, until: float, out: Any) -> None:
    """One connection that writes as fast as it is answered, and never waits as it was told to."""
    connection, seen, n = Connection(port), Counter[int](), 0
    while time.time() < until:
        n += 1
        raw = request("POST", "/api/v1/projects/p1/comments", token, b'{"body":"flood"}', f"{name}-{n}")
        seen[connection.ask(raw)] += 1
    out.put(seen)


def flooded(port: int, token: str, seconds: float) -> Counter[int]:
    out: Any = multiprocessing.Queue()
    until = time.time() + seconds
    many = [
        multiprocessing.Process(target=flood, args=(port, token, f"f{n}", until, out)) for n in range(FLOOD)
    ]  # fmt: skip
    for one in many:
        one.start()
    seen = sum((out.get(timeout=60) for _ in many), Counter[int]())
    for one in many:
        one.join()
    return seen


@pytest.mark.parametrize(
    ("limits", "refused"),
    [({"in_flight": 8}, 503), ({"rate": 50.0, "burst": 100}, 429)],
    ids=["too-many-at-once", "too-often"],
)
def test_a_flood_is_shed_and_over_in_five_seconds(tmp_path, limits, refused):
    database = f"sqlite:///{tmp_path}/exchange.sqlite"
    token = settle(tmp_path, database)
    headers = {"Authorization": f"Bearer {token}"}
    with nursery() as farm:
        server = farm.serve(tmp_path, database, **limits)
        seen = flooded(server.port, token, 2.0)
        over, answer = time.monotonic(), None
        with httpx.Client(base_url=server.address, headers=headers, verify=False, timeout=10) as client:
            while time.monotonic() - over < 5:
                answer = client.get("/api/v1/projects/p1")
                if answer.status_code == 200:
                    break
                assert int(answer.headers["retry-after"]) >= 1
                time.sleep(0.1)
            kept = 0
            page: dict[str, Any] = {"next": ""}
            while page["next"] is not None:
                asked = client.get(f"/api/v1/projects/p1/comments?limit=200&cursor={page['next']}")
                if asked.status_code == 429:
                    time.sleep(1)
                    continue
                page = asked.json()
                kept += len(page["items"])
        server.end()

    assert set(seen) == {201, refused}, seen
    assert answer is not None
    assert answer.status_code == 200
    assert kept == seen[201]


@pytest.mark.hard
def test_ten_minutes_of_load(tmp_path: Path, record_property):
    found = measure(tmp_path, seconds=600, connections=8)

    mixed = found["mixed"]
    record_property("requests per second", mixed["requests_per_second"])
    record_property("p50 ms", mixed["p50_ms"])
    record_property("p99 ms", mixed["p99_ms"])
    record_property("errors", mixed["errors"])
    record_property("resident drift, %", found["resident drift, %"])
    record_property(
        "floor of the framework, requests per second", found["floor of the framework"]["requests_per_second"]
    )
    record_property("fsyncs per second", found["floor of the disk, fsyncs per second"])
    assert mixed["errors"] == 0
    assert mixed["p99_ms"] <= 50
    assert found["resident drift, %"] <= 5
