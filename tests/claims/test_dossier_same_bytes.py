"""The same dossier gives the same bytes, whatever the machine's hash seed, time zone, language or terminal."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from carnet.dossier import FORMATS

ROOT = Path(__file__).resolve().parents[2]

DIGESTS = """
import hashlib, json, sys
sys.path.insert(0, sys.argv[1])
from carnet.dossier import FORMATS
from carnet.dossier.documents import drafted
from tests.dossiers import corridor, hostile, library

def sha(content):
    return hashlib.sha256(content if isinstance(content, bytes) else content.encode()).hexdigest()

found = {}
for kind, dossier in (("plain", corridor()), ("hostile", hostile())):
    for name, format in FORMATS.items():
        found[f"{kind} {name}"] = sha(format.function(dossier, library()))
for what in ("interface:pack", "compatibility:depot", "specification:vn"):
    document = drafted(what, corridor(), library())
    for face in ("html", "pdf", "text"):
        found[f"{what} {face}"] = sha(getattr(document, face)())
print(json.dumps(found))
"""


def digests(**environment: str) -> dict[str, str]:
    """The digest of every rendering, made by a fresh Python in that environment."""
    run = subprocess.run(
        [sys.executable, "-c", DIGESTS, str(ROOT)],
        env={**os.environ, **environment}, capture_output=True, text=True, check=True, cwd=ROOT,
    )  # fmt: skip
    return json.loads(run.stdout)


@pytest.fixture(scope="module")
def twice() -> tuple[dict[str, str], dict[str, str]]:
    here = digests(PYTHONHASHSEED="0", TZ="UTC", LANG="C", COLUMNS="80")
    there = digests(
        PYTHONHASHSEED="4711",
        TZ="Pacific/Kiritimati",
        LANG="de_DE.UTF-8",
        COLUMNS="200",
        FORCE_COLOR="1",
        SOURCE_DATE_EPOCH="1",
    )
    return here, there


@pytest.mark.parametrize("name", [f"{kind} {name}" for kind in ("plain", "hostile") for name in FORMATS])
def test_two_machines_write_the_same_bytes(twice, name):
    here, there = twice

    assert here[name] == there[name]


def test_drafted_documents_are_the_same_bytes_too(twice):
    here, there = twice

    assert {n: d for n, d in here.items() if ":" in n} == {n: d for n, d in there.items() if ":" in n}
    assert sum(":" in name for name in here) == 9


def test_a_changed_verdict_changes_every_rendering(twice):
    from dataclasses import replace

    from tests.dossiers import corridor, library

    one = corridor()
    worse = replace(one, findings=(replace(one.findings[3], verdict="unmet"), *one.findings[:3], *one.findings[4:]))

    same = [name for name, made in FORMATS.items() if made.function(one, library()) == made.function(worse, library())]

    assert same == []
