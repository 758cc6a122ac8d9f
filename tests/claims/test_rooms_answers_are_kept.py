"""What rooms answered is kept beside the project, says the same as a fresh answer, and never outlives a change."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest

from carnet.app import review_project
from carnet.app.rooms import Kept, _in, _out, survey, with_chapters
from carnet.chapter import Chapter, Figure, Listing, Table, Text
from carnet.dossier import FORMATS

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    text = (EXAMPLES / "heavy-truck-corridor.yaml").read_text(encoding="utf-8")
    path = tmp_path / "heavy-truck-corridor.yaml"
    path.write_text(text.partition("inputs:")[0], encoding="utf-8")  # charging and swapping are enough here
    shutil.copy(EXAMPLES / "disclosure-station.yaml", tmp_path)
    shutil.copytree(EXAMPLES / "evidence", tmp_path / "evidence")
    return path


def page(path: Path, *, cache: bool) -> str:
    dossier, catalog = review_project(path, cache=cache)
    return str(FORMATS["json"].function(dossier, catalog))


def files(project: Path) -> list[Path]:
    return sorted((project.parent / ".carnet").glob("rooms-*.json"))


def test_kept_and_fresh_say_the_same(project):
    first, second, fresh = page(project, cache=True), page(project, cache=True), page(project, cache=False)

    assert first == second == fresh
    assert len(files(project)) == 1


def test_a_second_review_asks_no_room(project, monkeypatch):
    page(project, cache=True)
    for name in [m for m in sys.modules if m.startswith(("carnet.charging", "carnet.swapping"))]:
        monkeypatch.setitem(sys.modules, name, None)

    assert json.loads(page(project, cache=True))["chapters"]


def test_a_changed_file_is_a_new_question(project):
    page(project, cache=True)
    (project.parent / "evidence" / "note.txt").write_text("new", encoding="utf-8")
    page(project, cache=True)

    assert len(files(project)) == 2


def test_an_answer_that_came_with_the_folder_is_not_taken(project, tmp_path_factory):
    page(project, cache=True)
    other = tmp_path_factory.mktemp("received") / "project"
    shutil.copytree(project.parent, other)
    before = files(other / project.name)
    page(other / project.name, cache=True)

    assert len(files(other / project.name)) == len(before) + 1


@pytest.mark.parametrize("broken", ["", "{", "[]", '{"key": 1}', '{"key": "x", "answers": []}'])
def test_a_broken_file_is_asked_again(project, broken):
    right = page(project, cache=True)
    kept = files(project)[0]
    kept.write_text(broken, encoding="utf-8")

    assert page(project, cache=True) == right


def test_an_answer_of_another_shape_is_asked_again(project):
    right = page(project, cache=True)
    kept = files(project)[0]
    held = json.loads(kept.read_text(encoding="utf-8"))
    held["answers"] = {name: [{"": "Fact", "subject": "x"}] for name in held["answers"]}
    kept.write_text(json.dumps(held), encoding="utf-8")

    assert page(project, cache=True) == right


def test_every_part_of_a_chapter_comes_back_as_it_was():
    parts = (Text("a"), Listing(("b", "c")), Table("t", ("u",), (("1",),), "n", (0,)), Figure("f", "<svg/>", "s"))
    whole = Chapter("x", "X", "lead", parts)

    assert _in(json.loads(json.dumps(_out(whole)))) == whole


def test_a_missing_part_is_said_and_not_kept(project, monkeypatch):
    from carnet.app.reviewing import judge_project, open_project

    opened, catalog = open_project(project)
    monkeypatch.setitem(sys.modules, "carnet.charging.chapter", None)

    def missing(name: str) -> None:
        raise ModuleNotFoundError("No module named 'scipy'", name="scipy")

    monkeypatch.setattr("carnet.app.rooms.importlib.import_module", missing)
    dossier = with_chapters(judge_project(opened, catalog), catalog, Kept(project.parent / ".k", opened, catalog, "e"))

    assert all("pip install" in c.lead for c in dossier.chapters)
    assert survey(opened, catalog) == opened.facts
    assert not (project.parent / ".k").exists()
