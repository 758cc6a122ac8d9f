"""`carnet check` judges methods, factors and national rules: each defect is a sentence with file and line."""

from pathlib import Path

import pytest

from carnet import app
from carnet.carbon.check import problems
from carnet.catalog import library

FACTORS = """\
sources:
  lab: {number: "lab report 7", publisher: Lab, seen: "2026-11-01", class: research, read: summary}
factors:
  - {id: my.metal, title: My metal, unit: kg, value: 2, low: 1, high: 3, flows: {co2e: 2}, license: fact, source: lab}
"""
PROCESSES = """\
sources:
  lab: {number: "lab report 7", publisher: Lab, seen: "2026-11-01", class: research, read: summary}
processes:
  - id: my.route
    title: My route
    unit: kg
    license: fact
    source: lab
    inputs:
      - {item: electricity, region: same, amount: 3, unit: kWh, source: lab}
"""


@pytest.fixture(scope="module")
def codes():
    catalog = app.library(None, cache=False)
    return {*catalog.economies, *catalog.unions}


def checked(folder, text, codes=(), name="factors/mine.yaml"):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return [str(p) for p in problems(folder, codes)]


def test_the_library_itself_is_sound(codes):
    assert problems(library.builtin(), codes) == []


@pytest.mark.parametrize("text", [FACTORS, PROCESSES])
def test_a_contributed_file_is_sound(tmp_path, codes, text):
    assert checked(tmp_path, text, codes) == []


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("source: lab}", "source: lob}", 4, "my.metal: no source of this file is called 'lob'; did you mean 'lab'"),
        (", source: lab}", "}", 4, "my.metal: has no source"),
        (", license: fact", "", 4, "factor 'my.metal' has no license"),
        ("class: research, ", "", 2, "'class' is missing"),
        ("class: research", "class: rumor", 2, "'rumor' is not one of"),
        (', seen: "2026-11-01"', "", 4, "source 'lab' was read (summary), but nobody says when"),
        ("class: research", "class: none", 4, "source 'lab' was read (summary), but has class none"),
        ("flows: {co2e: 2}", "flows: {co2e: 20}", 4, "its value is 2, but its flows make 20 kgCO2e"),
        ("flows: {co2e: 2}", "flows: {ch4_fossil: 2}", 4, "its value is 2, but its flows make 59.6 kgCO2e"),
        ("flows: {co2e: 2}", "flows: {co2f: 2}", 4, "no flow is called 'co2f'; did you mean"),
        ("low: 1, high: 3", "low: 3, high: 4", 4, "2 does not lie between 3 and 4"),
        ("unit: kg", "unit: lb", 4, "no unit is called 'lb'"),
        ("title: My metal", "title: My metal, region: zz", 4, "no economy of the code 'zz' is known"),
        ("title: My metal", "titel: My metal", 4, "no key is called 'titel'"),
    ],
)
def test_a_defect_of_a_factor_is_told_with_its_line(tmp_path, codes, old, new, line, says):
    assert old in FACTORS

    found = checked(tmp_path, FACTORS.replace(old, new), codes)

    assert any(f.startswith(f"data/factors/mine.yaml:{line}:") and says in f for f in found), found


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("item: electricity,", "item: electricitee,", "no item is called 'electricitee'; did you mean 'electricity'"),
        ("unit: kWh", "unit: kg", "electricity: kg is mass and kWh is energy; they cannot be converted"),
        ("unit: kWh, source: lab", "unit: kWh, source: lub", "electricity: no source of this file is called 'lub'"),
        ("item: electricity, region: same, amount: 3, unit: kWh", "item: my.route, amount: 1, unit: kg", "no solution"),
        ("region: same, ", "", "electricity has no factor for an input without a region"),
    ],
)  # fmt: skip
def test_a_defect_of_a_route_is_told(tmp_path, codes, old, new, says):
    assert old in PROCESSES

    found = checked(tmp_path, PROCESSES.replace(old, new), codes)

    assert any(says in f for f in found), found


def test_a_method_without_a_source_for_its_standing(tmp_path, codes):
    text = (library.builtin() / "methods" / "iso14067-2018.yaml").read_text(encoding="utf-8")
    head, _, tail = text.partition("status:")
    bare = tail.replace("source: ", "source: missing_", 1)

    found = checked(tmp_path, f"{head}status:{bare}", codes, "methods/iso14067-2018.yaml")

    assert any("a step of its status" in f and "no source of this file is called 'missing_" in f for f in found), found


def test_a_national_rule_with_an_unknown_standing(tmp_path, codes):
    text = (library.builtin() / "vehicle-carbon" / "th.yaml").read_text(encoding="utf-8")
    assert "standing: in_force" in text

    found = checked(
        tmp_path, text.replace("standing: in_force", "standing: in_farce", 1), codes, "vehicle-carbon/th.yaml"
    )

    assert any("no standing is called 'in_farce'" in f and "did you mean 'in_force'" in f for f in found), found


def test_problems_of_other_files_are_not_mine(tmp_path, codes):
    found = checked(tmp_path, FACTORS.replace("unit: kg", "unit: lb"), codes)

    assert all(f.startswith("data/factors/mine.yaml") for f in found)
    assert problems(Path(tmp_path / "nothing"), codes) == []
