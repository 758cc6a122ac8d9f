"""When the disk is full, fails, writes half or does not sync, a change is there as a whole or not at all, and is told.

A shim between the process and the C library lets one chosen call fail; every call of a short life is chosen once.
"""

import errno
import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from carnet.doors.server.policy import Caller
from carnet.doors.server.witness import verify_log
from carnet.store import copies
from carnet.store import tables as t
from tests.crash.faults.story import BODY, COMMENTS
from tests.crash.nursery import opened

HERE = Path(__file__).with_name("faults")
ROOT = HERE.parents[2]
FAULTS: dict[str, dict[str, Any]] = {
    "disk full": {"call": "write", "errno": errno.ENOSPC},
    "disk full from here on": {"call": "write", "errno": errno.ENOSPC, "lasting": True},
    "write fails": {"call": "write", "errno": errno.EIO},
    "half is written": {"call": "write", "errno": errno.ENOSPC, "partial": True},
    "half is written and no more": {"call": "write", "errno": errno.EIO, "partial": True, "lasting": True},
    "sync fails": {"call": "sync", "errno": errno.EIO},
    "sync fails from here on": {"call": "sync", "errno": errno.EIO, "lasting": True},
    "truncate fails": {"call": "truncate", "errno": errno.EIO},
}


def compiled(folder: Path) -> Path:
    """The shim; skips where there is no C compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        pytest.skip("there is no C compiler on this machine (.ci/debian gcc libc6-dev)")
    shim = folder / "shim.so"
    subprocess.run([compiler, "-O1", "-shared", "-fPIC", "-o", str(shim), str(HERE / "shim.c"), "-ldl"], check=True)
    return shim


def sound(home: Path, who: Caller, answer: dict[str, Any], partial: bool) -> list[str]:
    """What is not as it should be after one point; the repeat of every comment under its key is part of it.

    A write that brought half of its bytes once is no fault that must be told: the rest is written after it.
    """
    wrong = []
    exchange = opened(home, f"sqlite:///{home}/exchange.sqlite")
    with exchange.store.look() as view:
        there = {row["body"].split()[0] for row in view.all(sa.select(t.comments.c.body))}
        checked = verify_log(view, exchange.keeper)
        integrity = view.run(sa.text("PRAGMA integrity_check")).scalar()
    lost = {name for name in answer["done"] if name.startswith("c") and name != "checkpoint"} - there
    wrong += [f"acknowledged and lost: {sorted(lost)}"] if lost else []
    wrong += checked["problems"] + ([] if integrity == "ok" else [str(integrity)])
    for n in range(COMMENTS):
        exchange.comment(who, "p1", "", "", f"c{n} {BODY}", f"c{n}")
    with exchange.store.look() as view:
        said = Counter(row["body"].split()[0] for row in view.all(sa.select(t.comments.c.body)))
        again = verify_log(view, exchange.keeper)
    exchange.store.close()
    wrong += [] if said == Counter(f"c{n}" for n in range(COMMENTS)) else [f"after a repeat: {dict(said)}"]
    wrong += again["problems"]
    if (home / "backup").exists():
        copies.check(home / "backup")
    elif "backup" in answer["done"]:
        wrong.append("the backup was promised and is not there")
    wrong += [f"unclear: {text}" for text in answer["refused"] if not clear(text)]
    wrong += ["a fault was hit and nobody said so"] if not (answer["refused"] or partial) else []
    return wrong


def clear(text: str) -> bool:
    """A refusal says what failed: ours names the file, SQLite's the kind of failure."""
    words = ("disk I/O error", "database or disk is full", "cannot be written", "Input/output error", "No space left")
    return any(word in text for word in words)


def suffer(folder: Path, kinds: list[str], step: int) -> Counter[str]:
    """Let every `step`-th call fail in every way; how many points were hit, by fault."""
    shim, hit = compiled(folder), Counter[str]()
    command = [sys.executable, "-m", "tests.crash.faults.story", str(folder)]
    environment = {**os.environ, "LD_PRELOAD": str(shim)}
    story = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment, cwd=ROOT
    )
    assert story.stdin
    assert story.stdout
    wrong = []
    try:
        row = json.loads(story.stdout.readline())
        who = Caller(row["id"], row["organization"], "owner", "Owner")
        for kind in kinds:
            nth = 1
            while True:
                point = {**FAULTS[kind], "nth": nth, "name": f"{kind.replace(' ', '-')}-{nth}"}
                story.stdin.write(json.dumps(point) + "\n")
                story.stdin.flush()
                answer = json.loads(story.stdout.readline())
                home = folder / point["name"]
                if answer.get("died"):
                    wrong.append(f"{point['name']}: the process died")
                elif not answer["hits"]:  # no call is left to fail
                    shutil.rmtree(home)
                    break
                else:
                    half = bool(point.get("partial"))
                    wrong += [f"{point['name']}: {says}" for says in sound(home, who, answer, half)]
                hit[kind] += 1
                shutil.rmtree(home)
                nth += step
    finally:
        story.stdin.close()
        story.wait(20)
    assert wrong == []
    return hit


def test_some_faults_of_every_kind(tmp_path):
    hit = suffer(tmp_path, [k for k in FAULTS if k != "truncate fails"], step=17)

    assert min(hit[k] for k in FAULTS if k != "truncate fails") >= 1


@pytest.mark.hard
def test_every_call_fails_once_in_every_way(tmp_path, record_property):
    hit = suffer(tmp_path, list(FAULTS), step=1)

    for kind, number in hit.items():
        record_property(kind, number)
    record_property("points", hit.total())
    assert hit.total() >= 200
