"""The core: the one YAML reader, conditions, project files, kept reviews, seals.

Reading order: yaml(), condition(), project(), baseline(), seal(), TARGETS.
"""

from __future__ import annotations

import json
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from carnet import app
from carnet.catalog import Catalog, open_catalog
from carnet.condition import evaluate, names
from carnet.condition import parse as parse_condition
from carnet.dossier.json import contract, write
from carnet.errors import BadInput, BadProject, UnknownEconomy
from carnet.ledger import seal as seals
from carnet.project import load_project
from carnet.reading import parse as parse_yaml
from carnet.review import change  # noqa: F401 - imported here so that atheris sees it
from carnet.waist import Dossier
from carnet.words import Listed, span
from tests.builders import SHOWN, effort, lay, pack, recognition, report, rule, signal, truck, write_project


@cache
def scratch() -> Path:
    """A folder that lives as long as the process."""
    return Path(tempfile.mkdtemp(prefix="carnet-fuzz-"))


@cache
def catalog() -> Catalog:
    """The small library with something to ask on every path."""
    rows = (
        rule(demands=SHOWN, evidence=["test_report"], applies="vehicle.category == N"),
        rule("xa.voluntary", demands="battery.rated_energy >= 100 kWh", force="voluntary"),
        rule("any.pair", market="any", about="pair", demands="vehicle.dc_voltage_max <= charger.dc_voltage_max"),
        recognition(gives="older_series"),
        signal(),
        effort(),
    )
    return open_catalog(base=lay(scratch(), *rows))


@cache
def dossier() -> Dossier:
    """A reviewed project, to compare a hostile baseline with."""
    path = write_project(scratch(), truck(), pack(fitted_to=["truck"]), report())
    return app.judge_project(load_project(path, catalog()), catalog())


def told(refused: Exception) -> None:
    """A refusal says something."""
    assert str(refused)


def yaml(raw: bytes) -> None:
    """The one reader: any bytes make a document whose problems have places."""
    found = parse_yaml(raw, "f")
    for problem in found.problems:
        assert problem.place.line >= 1
        assert str(problem)
    if not found.problems:
        json.dumps(found.plain, allow_nan=False)


def condition(raw: bytes) -> None:
    """Conditions, amounts and dates: read, printed back, evaluated over nothing and over something."""
    words, text = catalog().words, raw.decode("utf-8", "replace")
    for read in (words.units.parse, span):
        try:
            read(text)
        except ValueError as refused:
            told(refused)
    try:
        found = parse_condition(text, words)
    except ValueError as refused:
        told(refused)
        return
    assert parse_condition(str(found), words) == found
    known: dict[str, Any] = {n: _some(words.word(n)) for n in names(found)}
    for look in ({}.get, known.get):
        outcome = evaluate(found, look, words)
        assert bool(outcome.missing) == (outcome.truth is None)


def _some(word: Any) -> Any:
    """Some value of a fact's type."""
    plain = {"yes_no": True, "text": "x", "whole": 3, "year": 2026, "number": 1, "date": "2026-07"}
    if word.type == "list":
        return Listed(("CR 10.02", "road"), complete=True)
    if word.type == "word":
        return word.values[0]
    return plain[word.type] if word.type in plain else catalog_amount(word.unit)


def catalog_amount(unit: str) -> Any:
    return catalog().words.units.parse(f"7 {unit}")


def project(raw: bytes) -> None:
    """A whole project file: refused with sentences, or loaded, reviewed, written as JSON and digested."""
    path = scratch() / "hostile.yaml"
    path.write_bytes(raw)
    try:
        found = load_project(path, catalog())
    except (BadProject, UnknownEconomy) as refused:
        told(refused)
        return
    written = contract(app.judge_project(found, catalog()), catalog())
    write(written)
    seals.canonical_digest(written)


def baseline(raw: bytes) -> None:
    """A kept review to compare with."""
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        return
    try:
        app.since(dossier(), catalog(), value)
    except BadInput as refused:
        told(refused)


def seal(raw: bytes) -> None:
    """A seal, verified against a folder."""
    path = scratch() / "hostile.seal.json"
    path.write_bytes(raw)
    try:
        found = seals.read(path)
    except BadInput as refused:
        told(refused)
        return
    result = seals.verify(found, scratch(), None, "not reviewed")
    assert result["valid"] is False
    json.dumps(result, allow_nan=False)


TARGETS = (yaml, condition, project, baseline, seal)
