"""200,000 hostile inputs per parser: none stumbles, none takes a second, none fills 512 MB.

Run by `make hard ONLY=fuzz`; grows a corpus of its own in a scratch folder from the seeds. An input that breaks a
parser is printed: keep it in seeds/<name>/ under the name of its defect.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz.targets import SEEDS, TARGETS, limits

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.hard
@pytest.mark.parametrize("name", TARGETS)
def test_two_hundred_thousand_hostile_inputs_do_no_harm(name, tmp_path, record_property):
    corpus = tmp_path / "corpus"
    shutil.copytree(SEEDS / name, corpus)
    may = limits(name)
    guard = [f"-timeout={may['timeout']}", f"-rss_limit_mb={may['rss_mb']}", f"-max_len={may['max_len']}"]
    guard.append(f"-dict={ROOT / 'tests' / 'fuzz' / 'words.dict'}")
    command = [sys.executable, "-m", "tests.fuzz.drive", name, str(corpus), f"-runs={may['runs']}", "-seed=1", *guard]

    run = subprocess.run(
        [*command, f"-artifact_prefix={tmp_path}/"], cwd=ROOT, capture_output=True, text=True, check=False
    )

    done = re.search(r"Done (\d+) runs", run.stderr)
    record_property("executions", int(done[1]) if done else 0)
    found = [path.read_bytes() for path in tmp_path.glob("*-*") if path.is_file()]
    assert run.returncode == 0, f"{found}\n{run.stderr[-4000:]}"
    assert done
    assert int(done[1]) >= may["runs"]
