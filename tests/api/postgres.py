"""A PostgreSQL of our own on loopback, from Debian's package, for as long as the tests run."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

NO_POSTGRES = "PostgreSQL is not on this machine (.ci/debian postgresql)"


def binaries() -> Path | None:
    """The newest installed server, where Debian keeps it."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


def _as_nobody(command: list[str]) -> list[str]:
    """PostgreSQL refuses to run as root; Debian's package made a user for it."""
    runuser = shutil.which("runuser", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin") or "runuser"
    return [runuser, "-u", "postgres", "--", *command] if os.geteuid() == 0 else command


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running() -> Iterator[str]:
    """The address of a server with an empty database in it; skips when there is no PostgreSQL."""
    here = binaries()
    if here is None:
        pytest.skip(NO_POSTGRES)
    folder = Path(tempfile.mkdtemp(prefix="carnet-pg-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    data, port = folder / "data", free_port()

    def run(*command: str) -> None:
        subprocess.run(_as_nobody(list(command)), check=True, capture_output=True, timeout=60, cwd="/")

    try:
        run(str(here / "initdb"), "-D", str(data), "-U", "carnet", "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c max_connections=80"
        run(str(here / "pg_ctl"), "-D", str(data), "-w", "-o", options, "-l", str(folder / "log"), "start")
        yield f"postgresql://carnet@127.0.0.1:{port}/postgres"
    finally:
        stop = [str(here / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop"]
        subprocess.run(_as_nobody(stop), check=False, capture_output=True, timeout=60, cwd="/")
        shutil.rmtree(folder, ignore_errors=True)
