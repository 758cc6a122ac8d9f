"""What `make demo` installs is enough to review every example: the rooms' heavy parts are extras."""

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULES = {"python-can": "can", "ibis-framework": "ibis", "sqlalchemy": "sqlalchemy", "argon2-cffi": "argon2"}


def extras() -> set[str]:
    """The modules that only extras bring."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    def names(rows):
        return {
            row.split(">")[0].split("=")[0].split("[")[0].split("<")[0].split(";")[0].strip().lower() for row in rows
        }

    core = names(project["dependencies"])
    rooms = {n for extra, rows in project["optional-dependencies"].items() if extra != "test" for n in names(rows)}
    return {MODULES.get(name, name.replace("-", "_")) for name in rooms - core}


@pytest.mark.parametrize("example", ["heavy-truck-corridor", "passenger-car", "dc-charger"])
def test_an_example_is_reviewed_without_any_extra(example):
    blocked = sorted(extras())
    program = f"import sys; sys.modules.update(dict.fromkeys({blocked!r}));from carnet.doors.cli import main; main()"
    command = ["review", str(ROOT / "examples" / f"{example}.yaml"), "--no-cache", "--format", "json"]

    done = subprocess.run([sys.executable, "-c", program, *command], capture_output=True, text=True, check=False)

    assert {"scipy", "numba", "pyarrow", "fastapi"} <= set(blocked)
    assert done.returncode in (0, 1), done.stderr
    assert json.loads(done.stdout)["findings"]
