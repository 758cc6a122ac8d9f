"""Promise: reading and writing mixed 90/10 on loopback: 3,000 requests a second, 99 of 100 within 50 ms, no error.

Beside us in the same run: the floor of the framework (the same server answering /health, which touches neither policy
nor database) and the floor of the disk (fsync of one page, one after another). Reading is GET of a project with its
revision, writing a comment under its own Idempotency-Key: one transaction with its log entry, synchronous FULL.
The client is a plain socket per connection in processes of its own; client and server share the machine.

Run: python bench/server_load.py [seconds] [connections] [--keep]; --keep writes bench/runs/<day>-server-load.json.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import platform
import signal
import socket
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.crash.nursery import nursery, settle  # noqa: E402


class Connection:
    """HTTP/1.1 over one socket, just enough of it."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.held = b""

    def ask(self, raw: bytes) -> int:
        self.socket.sendall(raw)
        while b"\r\n\r\n" not in self.held:
            self._more()
        head, _, rest = self.held.partition(b"\r\n\r\n")
        at = head.lower().index(b"content-length:") + 15
        length = int(head[at:].split(b"\r\n", 1)[0])
        while len(rest) < length:
            self._more()
            rest = self.held.partition(b"\r\n\r\n")[2]
        self.held = rest[length:]
        return int(head[9:12])

    def _more(self) -> None:
        block = self.socket.recv(65536)
        if not block:
            raise ConnectionError("the server closed the connection")
        self.held += block


def request(method: str, path: str, token: str = "", body: bytes = b"", key: str = "") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", f"Content-Length: {len(body)}"]
    lines += [f"Authorization: Bearer {token}"] if token else []
    lines += ["Content-Type: application/json", f"Idempotency-Key: {key}"] if key else []
    return "\r\n".join([*lines, "", ""]).encode() + body


def worker(port: int, token: str, name: str, until: float, kind: str, out: Any) -> None:
    """One connection, asking as fast as it is answered."""
    connection, times, wrong, n = Connection(port), [], 0, 0
    read = request("GET", "/api/v1/projects/p1", token)
    health = request("GET", "/health")
    while time.time() < until:
        n += 1
        raw = health if kind == "floor" else read
        if kind == "mixed" and n % 10 == 0:
            raw = request("POST", "/api/v1/projects/p1/comments", token, b'{"body":"load"}', f"{name}-{n}")
        began = time.perf_counter()
        status = connection.ask(raw)
        times.append(time.perf_counter() - began)
        wrong += status not in (200, 201)
    out.put((times, wrong))


def load(port: int, token: str, seconds: float, connections: int, kind: str) -> dict[str, Any]:
    out: Any = multiprocessing.Queue()
    until = time.time() + seconds
    workers = [
        multiprocessing.Process(target=worker, args=(port, token, f"{kind}{w}{os.getpid()}", until, kind, out))
        for w in range(connections)
    ]
    for w in workers:
        w.start()
    found = [out.get() for _ in workers]
    for w in workers:
        w.join()
    times = sorted(t for part, _ in found for t in part)
    return {
        "requests_per_second": round(len(times) / seconds),
        "p50_ms": round(1000 * statistics.median(times), 2),
        "p99_ms": round(1000 * times[int(len(times) * 0.99)], 2),
        "errors": sum(wrong for _, wrong in found),
    }


def fsyncs(folder: Path, seconds: float = 1.0) -> int:
    """How often one page reaches the disk in a second."""
    count, until = 0, time.perf_counter() + seconds
    with (folder / "page").open("wb", buffering=0) as file:
        while time.perf_counter() < until:
            file.seek(0)
            file.write(os.urandom(4096))
            os.fsync(file.fileno())
            count += 1
    return round(count / seconds)


def measure(home: Path, seconds: float, connections: int, beside: float = 10.0) -> dict[str, Any]:
    """Mixed load for so long, then reading and the floors for at most `beside` seconds each."""
    database = f"sqlite:///{home}/exchange.sqlite"
    token = settle(home, database)
    with nursery() as farm:
        server = farm.serve(home, database)
        try:
            load(server.port, token, min(seconds, 20), connections, "mixed")  # caches fill, pools grow
            before = server.resident_mib()
            mixed = load(server.port, token, seconds, connections, "mixed")
            after = server.resident_mib()
            short = min(seconds, beside)
            return {
                "seconds": seconds,
                "connections": connections,
                "mixed": mixed,
                "reading": load(server.port, token, short, connections, "read"),
                "floor of the framework": load(server.port, token, short, connections, "floor"),
                "floor of the disk, fsyncs per second": fsyncs(home),
                "resident_mib": [round(before, 1), round(after, 1)],
                "resident drift, %": round(100 * (after - before) / before, 1),
            }
        finally:
            server.end(signal.SIGTERM)


def main() -> None:
    given = [a for a in sys.argv[1:] if not a.startswith("--")]
    seconds = float(given[0]) if given else 10.0
    connections = int(given[1]) if len(given) > 1 else 8
    with tempfile.TemporaryDirectory() as folder:
        machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
        result = {"machine": machine, **measure(Path(folder), seconds, connections)}
    print(json.dumps(result, indent=2))
    if "--keep" in sys.argv:
        day = datetime.now(UTC).date().isoformat()
        (ROOT / "bench" / "runs" / f"{day}-server-load.json").write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
