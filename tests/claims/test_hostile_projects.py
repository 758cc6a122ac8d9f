"""Whatever stands in a project or library file, it is refused with sentences or read whole; we never stumble over it.

A sound file is taken as plain data, up to three of its values are replaced by something else, and it is written again.
"""

import copy
import json
import tempfile
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from carnet import app
from carnet.catalog import open_catalog
from carnet.dossier.json import contract, write
from carnet.errors import BadInput, BadProject, UnknownEconomy
from carnet.ledger.seal import canonical_digest
from carnet.project import load_project
from carnet.reading import parse
from tests.builders import (
    SHOWN,
    SOURCES,
    effort,
    expected_document,
    lay,
    recognition,
    report,
    rule,
    signal,
    standard,
    step,
)
from tests.fuzz.targets import SEEDS, catalog

SOUND = parse((SEEDS / "project" / "rich-loads.yaml").read_bytes(), "rich.yaml").plain
WORDS = [
    "truck",
    "pack",
    "depot",
    "pair",
    "r",
    "xa",
    "coast",
    "xq",
    "vehicle",
    "charger",
    "2026",
    "2026-02-30",
    "CR 10.02",
    "",
    "a.b",
    "7 kW",
]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(WORDS) | st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=3),
    max_leaves=5,
)  # fmt: skip


def ways(value, path=()):
    """Every path of plain data."""
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield from ways(one, (*path, key))


@st.composite
def spoiled(draw, sound):
    """The sound data with up to three values replaced, or keys added."""
    found = copy.deepcopy(sound)
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from([p for p in ways(found) if p]))
        here = found
        for key in path[:-1]:
            here = here[key]
        if isinstance(here, dict) and draw(st.integers(0, 9)) == 0:
            here[draw(st.sampled_from(WORDS))] = draw(VALUES)
        else:
            here[path[-1]] = draw(VALUES)
    return found


def answer(text: str) -> str:
    """'reviewed', or what is said against the project."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "project.yaml"
        path.write_text(text, encoding="utf-8")
        try:
            project = load_project(path, catalog())
        except (BadProject, UnknownEconomy) as refused:
            return str(refused)
        written = contract(app.judge_project(project, catalog()), catalog())
        write(written)
        canonical_digest(written)
        return "reviewed"


def test_the_sound_project_is_reviewed():
    assert answer(json.dumps(SOUND)) == "reviewed"


@given(spoiled(SOUND))
@settings(max_examples=100, deadline=None)
def test_a_spoiled_project_is_refused_or_reviewed(plain):
    assert answer(json.dumps(plain, ensure_ascii=False))


LIBRARY = {
    "requirements": rule(
        demands=SHOWN,
        evidence=["test_report"],
        applies="vehicle.category == N",
        status=[step("2020-01", event="new_type")],
    ).body,
    "recognitions": recognition(when='evidence.issued >= "2026"', conditions=["a"], residual=["b"]).body,
    "standards": standard("CR 99.00", family="f", series=3, relations=[{"to": "CR 7.00", "kind": "close"}]).body,
    "signals": signal().body,
    "documents": expected_document(applies="vehicle.seats > 1", language="xx").body,
    "effort": effort().body,
}  # fmt: skip


@given(st.sampled_from(sorted(LIBRARY)).flatmap(lambda kind: st.tuples(st.just(kind), spoiled(LIBRARY[kind]))))
@example(("effort", {**LIBRARY["effort"], "cost": {"low": "NaN", "high": "1", "currency": "USD"}}))
@settings(max_examples=100, deadline=None)
def test_a_spoiled_library_is_refused_or_asked(spoiled_row):
    kind, row = spoiled_row
    folder = {"requirements": "markets/xa", "documents": "markets/xa"}.get(kind, kind)
    with tempfile.TemporaryDirectory() as name:
        root = lay(Path(name), report())
        path = root / folder / "spoiled.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"sources": SOURCES, kind: [row]}, ensure_ascii=False), encoding="utf-8")
        problems, _ = app.check_library(root)
        try:
            found = open_catalog(base=root)
        except BadInput as refused:
            said = set(map(str, refused.problems))
        else:
            said = set()
        assert said <= {str(p) for p in problems}
        if said:
            return
        (root.parent / "project.yaml").write_text(json.dumps({**SOUND, "voluntary": []}), encoding="utf-8")
        try:
            project = load_project(root.parent / "project.yaml", found)
        except BadProject:
            return
        write(contract(app.judge_project(project, found), found))
