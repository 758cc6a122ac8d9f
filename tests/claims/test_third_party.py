"""Other people's work is here by license: vendored files carry a card, and no part we run on is under the GPL or AGPL.

A vendored folder is third_party/<name>/ with a CARD.yaml: name, version, source, license, use (run or test), digest.
The digest is over the folder without its card: sha256 of the lines `sha256sum` prints for its files, sorted by path.
"""

import hashlib
import re
from importlib import metadata
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
THIRD_PARTY = ROOT / "third_party"

VENDORED = {"MIT", "BSD-2-Clause", "BSD-3-Clause", "0BSD", "Apache-2.0", "ISC", "CC0-1.0", "CC-BY-4.0", "W3C-20150513"}
VENDORED_FOR_TESTS = VENDORED | {"MPL-2.0"}
FIELDS = {"name", "version", "source", "license", "use", "digest"}
# LGPL is fine as a dependency that we leave as it is; nothing else with GPL in its name.
LGPL_DEPENDENCIES = {"python-can", "psycopg", "psycopg-binary", "asammdf"}


def digest(folder: Path) -> str:
    """sha256 over `<sha256>  <path>` lines of every file but the card, sorted by path."""
    files = {p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if p.is_file() and p.name != "CARD.yaml"}
    lines = [f"{hashlib.sha256(files[name].read_bytes()).hexdigest()}  {name}\n" for name in sorted(files)]
    return "sha256:" + hashlib.sha256("".join(lines).encode()).hexdigest()


def problems(folder: Path) -> list[str]:
    """What is wrong with one vendored folder."""
    card_file = folder / "CARD.yaml"
    if not card_file.is_file():
        return [f"{folder.name}: no CARD.yaml"]
    card = yaml.safe_load(card_file.read_text(encoding="utf-8")) or {}
    missing = [f"{folder.name}: the card says no {field}" for field in sorted(FIELDS - card.keys())]
    if missing:
        return missing
    allowed = VENDORED_FOR_TESTS if card["use"] == "test" else VENDORED
    found = [] if card["license"] in allowed else [f"{folder.name}: license {card['license']} may not be vendored"]
    if card["digest"] != digest(folder):
        found.append(f"{folder.name}: the card says {card['digest']}, the files say {digest(folder)}")
    return found


def test_every_vendored_folder_has_a_true_card():
    folders = sorted(path for path in THIRD_PARTY.glob("*") if path.is_dir())
    loose = sorted(path.name for path in THIRD_PARTY.glob("*") if path.is_file() and path.name != "README.md")

    assert loose == []
    assert [problem for folder in folders for problem in problems(folder)] == []


@pytest.fixture
def vendored(tmp_path):
    """A folder in order."""
    folder = tmp_path / "leaflet"
    folder.mkdir()
    (folder / "leaf.js").write_text("let leaf = 1\n")
    card = {"name": "leaflet", "version": "1.0", "source": "its makers", "license": "MIT", "use": "run"}
    (folder / "CARD.yaml").write_text(yaml.safe_dump(card | {"digest": digest(folder)}))
    return folder


def test_a_folder_in_order_passes(vendored):
    assert problems(vendored) == []


def test_a_changed_file_is_noticed(vendored):
    (vendored / "leaf.js").write_text("let leaf = 2\n")

    assert "the files say" in problems(vendored)[0]


def test_a_file_nobody_declared_is_noticed(vendored):
    (vendored / "more.js").write_text("")

    assert "the files say" in problems(vendored)[0]


def test_a_license_off_the_list_is_noticed(vendored):
    card = (vendored / "CARD.yaml").read_text()
    (vendored / "CARD.yaml").write_text(card.replace("license: MIT", "license: GPL-3.0-only"))

    assert problems(vendored) == ["leaflet: license GPL-3.0-only may not be vendored"]


def test_a_missing_card_is_noticed(vendored):
    (vendored / "CARD.yaml").unlink()

    assert problems(vendored) == ["leaflet: no CARD.yaml"]


def license_words(name: str) -> str:
    """What a distribution says about its license: the expression, the field and the classifiers."""
    about = metadata.metadata(name)
    classifiers = [c for c in about.get_all("Classifier", []) if c.startswith("License")]
    # Some put the whole text into the field; its first lines name it.
    return " | ".join([about.get("License-Expression") or "", (about.get("License") or "")[:200], *classifiers])


def test_no_part_we_run_on_is_under_the_gpl():
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    parts = [m.group(1) for m in re.finditer(r"^([A-Za-z0-9._-]+)==[^;\n]*(?:; ([^\\\n]*))?", text, re.MULTILINE)]
    here = {name: license_words(name) for name in parts if installed(name)}

    assert len(here) >= 15
    assert {n: w for n, w in here.items() if re.search(r"\bA?GPL|GNU (?:Affero|General)", w)} == {}
    assert {n for n, w in here.items() if re.search(r"LGPL|Lesser", w)} <= LGPL_DEPENDENCIES


def installed(name: str) -> bool:
    """Whether a pinned part is on this platform; markers leave some out."""
    try:
        metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return False
    return True
