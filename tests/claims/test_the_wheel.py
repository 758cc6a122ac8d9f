"""What is installed is what stands in the checkout: the wheel carries the library, and builds repeat."""

import hashlib
import os
import subprocess
import sys
import time
import venv
import zipfile
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).resolve().parents[2]
# Made by running and editing, not by writing.
MADE_HERE = {"__pycache__", ".carnet"}


def build(folder: Path) -> Path:
    return Path(next(WheelBuilder(str(ROOT)).build(directory=str(folder))))


def written(folder: Path) -> dict[str, str]:
    """path -> digest of every file somebody wrote."""
    files = [p for p in folder.rglob("*") if p.is_file() and not MADE_HERE & set(p.parts)]
    return {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory):
    """The wheel's files on disk."""
    folder = tmp_path_factory.mktemp("wheel")
    with zipfile.ZipFile(build(folder)) as wheel:
        wheel.extractall(folder / "site")
    return folder / "site"


def test_the_wheel_carries_the_library(unpacked):
    assert written(unpacked / "carnet" / "_data") == written(ROOT / "data")


def test_the_wheel_carries_the_code_and_its_templates(unpacked):
    site = written(unpacked / "carnet")

    beside = ("_data/", "_examples/", "_third_party/")
    assert {name: d for name, d in site.items() if not name.startswith(beside)} == written(ROOT / "src" / "carnet")


def test_the_wheel_carries_what_the_server_shows(unpacked):
    assert written(unpacked / "carnet" / "_third_party" / "htmx") == written(ROOT / "third_party" / "htmx")
    assert "heavy-truck-corridor.yaml" in written(unpacked / "carnet" / "_examples")


def test_the_wheel_carries_nothing_else(unpacked):
    assert sorted(path.name for path in unpacked.iterdir() if not path.name.endswith(".dist-info")) == ["carnet"]


def test_two_builds_are_the_same_bytes(tmp_path):
    first, second = build(tmp_path / "a"), build(tmp_path / "b")

    assert first.read_bytes() == second.read_bytes()


@pytest.mark.hard
def test_a_stranger_installs_the_wheel_and_finds_the_library(tmp_path, record_property):
    wheel, home = build(tmp_path), tmp_path / "home"
    asked = ["catalog", "list", "--format", "json"]
    plain = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    start = time.perf_counter()
    venv.create(home, with_pip=True)
    pip = [home / "bin" / "python", "-m", "pip", "install", "--quiet"]
    subprocess.run([*pip, "--require-hashes", "-r", ROOT / "requirements.lock"], env=plain, check=True)
    subprocess.run([*pip, "--no-deps", wheel], env=plain, check=True)
    record_property("install_seconds", round(time.perf_counter() - start, 1))

    there = subprocess.run([home / "bin" / "carnet", *asked], cwd=tmp_path, env=plain, capture_output=True, check=True)

    here = subprocess.run([Path(sys.executable).parent / "carnet", *asked], cwd=ROOT, capture_output=True, check=True)
    assert there.stdout
    assert there.stdout == here.stdout
