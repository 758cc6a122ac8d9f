"""When a file may not grow any more, a change is there as a whole or not at all, and the log still verifies."""

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from carnet.doors.server.witness import Keeper, verify_log
from carnet.store import projects
from carnet.store.engine import open_store

# RLIMIT_FSIZE stands for the full disk: writing beyond it fails with EFBIG, as ENOSPC would.
WRITE = """
import resource, signal, sys
from pathlib import Path
from carnet.doors.server.witness import Keeper
from carnet.store import people, projects
from carnet.store.engine import open_store
home, limit = Path(sys.argv[1]), int(sys.argv[2])
store = open_store(f"sqlite:///{home}/e.sqlite", Keeper(home / "log"))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
done = 0
try:
    for n in range(200):
        with store.change("2026-11-21T10:00:00+00:00", "u", "o") as tx:
            if n == 0:
                people.add_organization(tx, "o", "Works")
                projects.add_project(tx, "p", "o", "P", "f")
            projects.add_comment(tx, f"c{n}", "p", "", "", "x" * 2000)
        done += 1
except Exception as error:
    print(type(error).__name__, file=sys.stderr)
print(done)
"""


@pytest.mark.parametrize("limit", [200_000, 260_000, 300_000, 420_000])
def test_a_limit_on_the_file_loses_nothing_acknowledged(tmp_path: Path, limit: int):
    run = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(WRITE), str(tmp_path), str(limit)],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    done = int(run.stdout.strip())
    keeper = Keeper(tmp_path / "log")
    store = open_store(f"sqlite:///{tmp_path}/e.sqlite", keeper)
    with store.look() as view:
        kept = len(projects.comments(view, "p", "", 1000))
        checked = verify_log(view, keeper)
    store.close()

    assert done < 200, "the limit was never reached"
    assert "OperationalError" in run.stderr
    assert kept == done
    assert checked["valid"], checked["problems"]
