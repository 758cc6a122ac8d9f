"""Processes to be killed: reads one JSON job per line, forks a child for it, answers with its process id.

Everything is imported once, so that a child serves within a tenth of a second and a thousand kills take minutes. It
reads no library. A job is {"do": "serve", "home", "database", "port", ...settings} or {"do": "admin", "arguments",
"out", "environment"}: the command of carnet admin with these arguments, its stdout and stderr in a file.
"""

import json
import os
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any

import uvicorn

from carnet.carbon.exchange import serving  # noqa: F401  (asked for at the first event; here, before the children)
from carnet.carbon.tables import open_tables
from carnet.catalog import Catalog
from carnet.doors.cli.admin import app as admin
from carnet.doors.cli.console import guarded
from carnet.doors.server.gate import Gate, Metrics
from carnet.doors.server.pact import create_pact
from carnet.doors.server.server import create_server, open_exchange
from carnet.doors.server.settings import Settings

PLAIN = {"rate": 1e6, "burst": 10**6, "argon_memory_kib": 8, "argon_time": 1}
TABLES = open_tables()


def serve(job: dict[str, Any]) -> None:
    """The API, and beside it the standard interface as if TLS had been taken off before it."""
    given = {key: value for key, value in job.items() if key not in ("do", "home", "database", "port")}
    given["private_hosts"] = frozenset(given.get("private_hosts", ()))
    given["authorities"] = Path(given["authorities"]) if given.get("authorities") else None
    settings = Settings(home=Path(job["home"]), database=job["database"], **{**PLAIN, **given})
    exchange = open_exchange(settings, Catalog({"digest": "", "tables": {}, "files": {}}))
    exchange.offers._tables = TABLES  # read once, for all children
    _, gate = create_server(exchange)
    standard = Gate(create_pact(exchange), settings, Metrics())

    async def both(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and scope["path"] == "/3/events":
            await standard({**scope, "scheme": "https"}, receive, send)
        else:
            await gate(scope, receive, send)

    uvicorn.run(both, host="127.0.0.1", port=job["port"], log_level="error")


def warm_up() -> None:
    """Whatever is imported or built when the first server starts is so before the first child."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder), database=f"sqlite:///{folder}/exchange.sqlite", **PLAIN)
        exchange = open_exchange(settings, Catalog({"digest": "", "tables": {}, "files": {}}))
        create_server(exchange)
        exchange.store.close()


def command(job: dict[str, Any]) -> int:
    with Path(job["out"]).open("w") as out:
        os.dup2(out.fileno(), 1)
        os.dup2(out.fileno(), 2)
    os.environ.update(job["environment"])
    return guarded(lambda: admin(job["arguments"], standalone_mode=False))


def main() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them
    warm_up()
    print("ready", flush=True)
    for line in sys.stdin:
        job = json.loads(line)
        child = os.fork()
        if child:
            print(child, flush=True)
            continue
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        code = 1
        try:
            code = (command(job) or 0) if job["do"] == "admin" else serve(job) or 0
        finally:
            sys.stdout.flush()
            os._exit(code)


if __name__ == "__main__":
    main()
