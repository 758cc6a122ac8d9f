"""What is tracked works anywhere: no address of a package registry, no path of a machine, locks pinned by hash.

The patterns are put together from pieces, so that this file does not contain what it looks for.
"""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ("requirements.lock", "requirements-test.lock", "requirements-build.lock")
# Folders that are made here and never travel; only looked at where there is no git to ask.
MADE_HERE = {".git", ".venv", ".carnet", "dist", "__pycache__"}


def joined(*pieces: str) -> str:
    return "".join(pieces)


REGISTRIES = (
    joined("py", r"pi\.org"),
    joined("python", r"hosted\.org"),
    joined("registry", r"\.[a-z.]+[/:]"),
    joined("npm", r"js\.(?:org|com)"),
    joined(r"files\.[a-z.]*", "/packages"),
    joined(r"https?://[^\s]*", "/simple", r"\b"),
    joined(r"deb\.debian", r"\.org"),
    joined(r"proxy\.golang", r"\.org"),
    joined(r"crates", r"\.io"),
    joined(r"repo1?\.maven", r"[./]"),
    joined(r"anaconda", r"\.org"),
    joined(r"(?:ghcr|quay|docker|gcr)", r"\.io\b"),
)
FOLDERS = ("work", "root", "home", "tmp", "opt", "farm", "mnt", "Users")
MACHINES = (
    *(joined(r"(?<![\w.:/-])/", folder, r"/[a-z]") for folder in FOLDERS),
    joined(r"\b[A-Z]:\\", "Users"),
    joined("file", "://", "/"),
)  # fmt: skip
ANYWHERE_BUT_HERE = re.compile("|".join((*REGISTRIES, *MACHINES)).encode())


def tracked() -> list[Path]:
    """The files git tracks; outside a git checkout, every file that was not made here."""
    run = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if run.returncode == 0 and run.stdout:
        paths = [ROOT / name.decode() for name in run.stdout.split(b"\0") if name]
    else:
        paths = [p for p in ROOT.rglob("*") if not MADE_HERE & set(p.relative_to(ROOT).parts)]
    return [path for path in paths if path.is_file()]


def test_no_tracked_file_names_a_registry_or_a_machine():
    paths = tracked()

    # Where a container or a service unit puts things is part of what they say.
    found = [
        f"{path.relative_to(ROOT)}:{number}: {hit.group().decode()}"
        for path in paths
        if path.relative_to(ROOT).parts[0] != "deploy"
        for number, line in enumerate(path.read_bytes().splitlines(), 1)
        if (hit := ANYWHERE_BUT_HERE.search(line))
    ]

    assert len(paths) > 10
    assert found == []


@pytest.mark.parametrize(
    "line",
    [
        joined("--index-url https://", "py", "pi.org", "/simp", "le"),
        joined("https://files.python", "hosted.org", "/packages/ab/cd/x.whl"),
        joined('"resolved": "https://regi', 'stry.example.com/left-pad"'),
        joined("open('/wo", "rk/main/data/x.yaml')"),
        joined("see /ho", "me/somebody/carnet"),
        joined("written to /tm", "p/out.json"),
    ],
)
def test_an_address_or_a_path_is_noticed(line):
    assert ANYWHERE_BUT_HERE.search(line.encode())


@pytest.mark.parametrize("line", ["https://example.com/work/plan", "a/tmp/b", "data/home/x", "/usr/bin/chromium"])
def test_other_addresses_and_relative_paths_are_left_alone(line):
    assert not ANYWHERE_BUT_HERE.search(line.encode())


def pinned(lock: str) -> dict[str, str]:
    """name -> its version and hashes; markers differ with what asks for it."""
    text = (ROOT / lock).read_text(encoding="utf-8")
    pins = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)[1:]
    bare = [re.sub(r" ;[^\\]*", " ", pin) for pin in pins]
    return {canonicalize_name(re.match(r"[A-Za-z0-9._-]+", pin).group()): pin for pin in bare}


def wanted() -> dict[str, list[str]]:
    """lock -> what pyproject.toml asks it to hold."""
    asks = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    runtime = asks["project"]["dependencies"]
    extras = [need for extra in asks["project"]["optional-dependencies"].values() for need in extra]
    return dict(zip(LOCKS, (runtime, runtime + extras, asks["dependency-groups"]["build"]), strict=True))


@pytest.mark.parametrize("lock", LOCKS)
def test_every_part_is_pinned_to_one_version_by_hash(lock):
    pins = pinned(lock)

    assert pins
    assert [name for name, pin in pins.items() if not re.search(r"==\S+.*\\\n +--hash=sha256:[0-9a-f]{64}", pin)] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_what_pyproject_asks_for(lock):
    pins = pinned(lock)

    for need in map(Requirement, wanted()[lock]):
        pin = pins.get(canonicalize_name(need.name))
        assert pin, f"{need.name} is not in {lock}; run make lock"
        version = re.search(r"==([^\s;\\]+)", pin).group(1)
        assert need.specifier.contains(version), f"{lock} holds {need.name} {version}; run make lock"


def test_the_tests_run_on_the_versions_that_users_run():
    run, test = pinned("requirements.lock"), pinned("requirements-test.lock")

    assert {name for name in run if run[name] != test.get(name)} == set()
