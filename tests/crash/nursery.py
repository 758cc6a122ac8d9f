"""An exchange to break: settled with a project and people, served by processes that may be killed at any moment.

Reading order: settle(), Nursery, Child.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from carnet.catalog import Catalog
from carnet.doors.server.exchange import Exchange
from carnet.doors.server.policy import Caller
from carnet.doors.server.server import open_exchange
from carnet.doors.server.settings import Settings
from carnet.store import projects
from tests.api.postgres import free_port

SERVE = Path(__file__).with_name("serve.py")
MOMENT = "2026-11-21T10:00:00+00:00"


def opened(home: Path, database: str, **more: Any) -> Exchange:
    """The exchange of a folder, opened here, without a library."""
    settings = Settings(home=home, database=database, argon_memory_kib=8, argon_time=1, **more)
    return open_exchange(settings, Catalog({"digest": "", "tables": {}, "files": {}}))


def begin(exchange: Exchange) -> tuple[Caller, str]:
    """(the owner of a new organization with project p1, a token of theirs)."""
    owner = exchange.begin("Works", "owner@works.example", "Owner", "correct horse battery")
    who = Caller(owner["id"], owner["organization"], "owner", "Owner")
    token = exchange.add_token(who, "token", "t", None)[1]
    with exchange.store.change(MOMENT, who.id, who.organization) as tx:
        project = projects.add_project(tx, "p1", who.organization, "P", "project.yaml")
        projects.add_version(tx, "v1", project, {"project.yaml": b"x"}, "project.yaml", "")
    return who, token


def settle(home: Path, database: str) -> str:
    """A new exchange with project p1; a token of its owner."""
    exchange = opened(home, database)
    token = begin(exchange)[1]
    exchange.store.close()
    return token


class Child:
    """One process of the nursery."""

    def __init__(self, pid: int, port: int = 0) -> None:
        self.pid, self.port, self.address = pid, port, f"http://127.0.0.1:{port}"

    def alive(self) -> bool:
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        return True

    def end(self, how: int = signal.SIGKILL, seconds: float = 30) -> None:
        """Send a signal and wait until the process is gone."""
        if self.alive():
            os.kill(self.pid, how)
        self.wait(seconds)

    def wait(self, seconds: float = 30) -> None:
        until = time.monotonic() + seconds
        while self.alive():
            assert time.monotonic() < until, f"process {self.pid} does not end"
            time.sleep(0.002)

    def resident_mib(self) -> float:
        """Memory that only this process holds and what it shares, as /proc says."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        return 0.0


class Nursery:
    """Starts children quickly, because everything is imported already."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process

    def child(self, job: dict[str, Any], port: int = 0) -> Child:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(job) + "\n")
        self.process.stdin.flush()
        return Child(int(self.process.stdout.readline()), port)

    def serve(self, home: Path, database: str, **more: Any) -> Child:
        """A server that is ready."""
        port = free_port()
        child = self.child({"do": "serve", "home": str(home), "database": database, "port": port, **more}, port)
        until = time.monotonic() + 30
        while time.monotonic() < until and child.alive():
            try:
                with socket.create_connection(("127.0.0.1", port), 5) as line:
                    line.sendall(b"GET /ready HTTP/1.0\r\n\r\n")
                    if b" 200 " in line.recv(100):
                        return child
            except OSError:
                time.sleep(0.01)
        child.end()
        raise AssertionError("the server did not start")

    def admin(self, out: Path, database: str, *arguments: str) -> Child:
        """A command of carnet admin, under way."""
        environment = {"CARNET_DATABASE": database}
        return self.child({"do": "admin", "arguments": arguments, "out": str(out), "environment": environment})


@contextmanager
def nursery() -> Iterator[Nursery]:
    root = Path(__file__).resolve().parents[2]
    process = subprocess.Popen(
        [sys.executable, str(SERVE)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root
    )  # fmt: skip
    try:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        yield Nursery(process)
    finally:
        assert process.stdin
        process.stdin.close()
        process.wait(10)
