"""In CI a test that skips for a reason nobody agreed to fails the run, and the run says which."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import NO_RECORDINGS

ROOT = Path(__file__).resolve().parents[2]


def run(folder: Path, test: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """One pytest run of its own on one test file, under our conftest."""
    (folder / "test_it.py").write_text(f"import pytest\n\n\n{test}\n")
    ours = {"CI", "CARNET_SHARED", "PYTEST_ADDOPTS"}
    plain = {name: value for name, value in os.environ.items() if name not in ours}
    options = ["-p", "tests.conftest", "-p", "no:cacheprovider", "-rs", f"--rootdir={folder}"]
    return subprocess.run(
        [sys.executable, "-m", "pytest", *options],
        cwd=folder,
        env=plain | {"PYTHONPATH": str(ROOT)} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


SKIPS = "def test_it():\n    pytest.skip('not today')"
SKIPS_WHOLE_FILE = "pytest.skip('not today', allow_module_level=True)"
RECORDINGS = "def test_it(shared):\n    assert shared.is_dir()"


@pytest.mark.parametrize("test", [SKIPS, SKIPS_WHOLE_FILE], ids=["test", "file"])
def test_an_unagreed_skip_fails_in_ci(tmp_path, test):
    result = run(tmp_path, test, CI="true")

    assert result.returncode == 1
    assert "skips that nobody agreed to, so this run fails" in result.stdout
    assert "not today" in result.stdout


def test_an_unagreed_skip_passes_on_a_desk(tmp_path):
    assert run(tmp_path, SKIPS).returncode == 0


def test_missing_recordings_are_agreed(tmp_path):
    result = run(tmp_path, RECORDINGS, CI="true", CARNET_SHARED=str(tmp_path / "nowhere"))

    assert result.returncode == 0
    assert NO_RECORDINGS in result.stdout


def test_recordings_are_found_where_the_environment_says(tmp_path):
    result = run(tmp_path, RECORDINGS, CI="true", CARNET_SHARED=str(tmp_path))

    assert "1 passed" in result.stdout
