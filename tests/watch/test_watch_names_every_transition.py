"""The watch list of the example projects names exactly the transitions that fall in its window.

The other list is made by brute force over the YAML files (brute.py), by a reader that shares nothing with the product.
"""

from functools import cache
from pathlib import Path

import pytest
import yaml

from carnet.app import watching

from .brute import ROOT, transitions

PROJECTS = [
    p
    for p in sorted((ROOT / "examples").rglob("*.yaml"))
    if str(yaml.load(p.read_text(encoding="utf-8"), yaml.CSafeLoader).get("carnet")).startswith("project/")
]
WINDOWS = [("", ""), ("2025-09-01", "2026-11-21"), ("2026-11-21", "2036-12-31")]


@cache
def told(project: Path, since: str, until: str) -> dict:
    return watching.watch_projects([project], since=since, until=until, cache=False)


def listed(found: dict) -> set:
    return {
        (r["table"], r["id"], r["market"], r["event"], r["standing"], r["day"], r["last_day"])
        for r in found["transitions"]
    }


@pytest.mark.parametrize("window", WINDOWS, ids=["next two years", "the year before", "ten years"])
@pytest.mark.parametrize("project", PROJECTS, ids=lambda p: p.stem)
def test_exactly_the_transitions_of_the_window(project: Path, window: tuple[str, str]):
    since, until = window

    found = told(project, since, until)

    origin = [r for r in found["transitions"] if r["market"] and r["market"] not in markets(project)]
    assert {r["topic"] for r in origin} <= {"trade"}  # the economy it leaves speaks of exports alone
    others = {(r["table"], r["id"], r["market"]) for r in origin}
    ours = {step for step in listed(found) if step[:3] not in others}
    assert ours == transitions(project, since or found["from"], until or found["until"])


def test_two_years_are_not_empty():
    found = {p: told(p, "", "")["transitions"] for p in PROJECTS}

    assert {len(rows) > 0 for rows in found.values()} == {True}
    assert sum(len(rows) for rows in found.values()) >= 18


def markets(project: Path) -> list[str]:
    found: list[str] = yaml.load(project.read_text(encoding="utf-8"), yaml.CSafeLoader)["markets"]
    return found
