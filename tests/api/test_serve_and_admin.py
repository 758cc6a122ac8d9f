"""carnet serve and carnet admin: begin, drain, back up, restore elsewhere, and find what was changed."""

import re
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from tests.api.house import PASSWORD, example
from tests.api.postgres import free_port

RUN = """
import sys, typer
from carnet.doors.cli.admin import app as admin
from carnet.doors.cli.console import guarded
from carnet.doors.cli.serve import serve
app = typer.Typer()
app.command("serve")(serve)
app.add_typer(admin, name="admin")
sys.exit(guarded(lambda: app(standalone_mode=False)))
"""


def carnet(*arguments: str, **options) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", RUN, *arguments], capture_output=True, text=True, check=False, timeout=90, **options
    )  # fmt: skip


class Served:
    """carnet serve in a process of its own."""

    def __init__(self, home: Path, *more: str) -> None:
        self.port, self.said = free_port(), home.parent / f"{home.name}.err"
        with self.said.open("w") as err:
            self.process = subprocess.Popen(
                [sys.executable, "-c", RUN, "serve", "--data", str(home), "--port", str(self.port), *more], stderr=err
            )  # fmt: skip
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", follow_redirects=True, timeout=60)
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                if self.client.get("/ready").status_code == 200:
                    return
            except httpx.HTTPError:
                time.sleep(0.1)
        raise AssertionError(self.said.read_text())

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    """An exchange that was begun by the printed address, holds a project, and was stopped."""
    home = tmp_path_factory.mktemp("served") / "exchange"
    served = Served(home)
    code = re.search(r"welcome\?code=(\S+)", served.said.read_text())[1]
    form = {"code": code, "organization": "Works", "name": "Ann", "email": "ann@works.example", "password": PASSWORD}
    page = served.client.post("/welcome", data=form)
    csrf = re.search(r'name="csrf" value="([^"]+)"', page.text)[1]
    made = served.client.post("/projects", data={"csrf": csrf}, files={"files": ("p.zip", example("dc-charger"))})
    assert made.status_code == 200, made.text
    assert served.stop() == 0
    return home


def test_a_stopped_server_leaves_a_signed_checkpoint(home):
    notes = sorted((home / "log" / "checkpoints").glob("*.txt"))

    assert notes
    assert notes[-1].read_text(encoding="utf-8").startswith("carnet-exchange/")


def test_the_key_is_readable_by_its_owner_only(home):
    assert (home / "log" / "log.key").stat().st_mode & 0o077 == 0


def test_a_backup_restores_into_a_new_folder_and_verifies(home, tmp_path):
    backup, new = tmp_path / "b.zip", tmp_path / "new"
    taken = carnet("admin", "backup", str(backup), "--data", str(home))
    checked = carnet("admin", "verify", str(backup))
    restored = carnet("admin", "restore", str(backup), "--data", str(new))
    again = carnet("admin", "restore", str(backup), "--data", str(new))
    verified = carnet("admin", "verify", "--data", str(new))

    assert taken.returncode == 0, taken.stderr
    assert backup.stat().st_mode & 0o077 == 0
    assert "whole" in checked.stdout
    assert "all verified" in restored.stdout, restored.stderr
    assert (again.returncode, "not empty" in again.stderr) == (2, True)
    assert verified.stdout.startswith("valid:")


def test_a_changed_row_is_found_with_exit_5(home, tmp_path):
    import shutil

    copy = tmp_path / "copy"
    shutil.copytree(home, copy)
    with sqlite3.connect(copy / "exchange.sqlite") as database:
        database.execute("UPDATE versions SET tree = 'sha256:0'")
    found = carnet("admin", "verify", "--data", str(copy))

    assert found.returncode == 5
    assert "the row does not say what was logged" in found.stderr
    assert found.stdout.startswith("NOT VALID")


def test_passwords_are_set_and_organizations_added_from_the_command_line(home):
    reset = carnet("admin", "password", "ann@works.example", "--password", "another password", "--data", str(home))
    unknown = carnet("admin", "password", "bob@works.example", "--password", "another password", "--data", str(home))
    short = carnet("admin", "organization", "Two", "--owner", "eve@two.example", "--password", "x", "--data", str(home))

    assert reset.returncode == 0, reset.stderr
    assert "nobody here has the email" in unknown.stderr
    assert (short.returncode, "a password has 10 to 256 characters" in short.stderr) == (2, True)


def test_passwords_do_not_travel_in_the_clear(tmp_path):
    refused = carnet("serve", "--host", "0.0.0.0", "--data", str(tmp_path / "x"))

    assert refused.returncode == 2
    assert "would send passwords in the clear" in refused.stderr


def test_the_demo_opens_with_the_examples(tmp_path):
    served = Served(tmp_path / "demo", "--demo")
    password = re.search(r"password is (\S+)", served.said.read_text())[1]
    page = served.client.post("/login", data={"email": "reviewer@demo.example", "password": password})
    served.stop()

    assert "Electric hatchback for five markets" in page.text
    assert page.text.count("/review") >= 3
