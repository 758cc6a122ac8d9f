"""`carnet check` judges the rooms' tables too: protocols, couplers, swap, roads, supply, methods and factors."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from carnet.app.tables import READERS, room_problems
from carnet.catalog.library import builtin

ECONOMIES = {"cn", "eu", "apec"}
BROKEN = [
    ("protocols/din70121.yaml", "protocol:", "protocl:"),
    ("couplers/couplers.yaml", "couplers:", "couplrs:"),
    ("swap/interfaces.yaml", "sources:", "sorces:"),
    ("roads/sheets/regimes.yaml", "regimes:", "regims:"),
    ("roads/licenses/templates.yaml", "templates:", "tmplates:"),
    ("supply/targets.yaml", "digest:", "digest: x #"),
    ("methods/iso14067-2018.yaml", "method:", "metod:"),
]


def test_our_own_tables_are_sound() -> None:
    from carnet.catalog import library

    compiled, _ = library.compile_library([builtin()])
    known = {row["id"] for table in ("economy", "union") for row in compiled["tables"][table]}

    assert room_problems(builtin(), known) == []


@pytest.mark.parametrize(("name", "right", "wrong"), BROKEN)
def test_a_broken_table_is_named_with_its_place(tmp_path: Path, name: str, right: str, wrong: str) -> None:
    folder = Path(name).parts[0]
    shutil.copytree(builtin() / folder, tmp_path / folder)
    path = tmp_path / name
    text = path.read_text(encoding="utf-8")
    assert right in text
    path.write_text(text.replace(right, wrong, 1), encoding="utf-8")

    found = room_problems(tmp_path, ECONOMIES)

    assert found
    assert any(Path(name).name in p.place.file or Path(name).stem in p.place.file for p in found), found


def test_a_library_without_the_rooms_folders_has_nothing_to_say(tmp_path: Path) -> None:
    assert room_problems(tmp_path, ECONOMIES) == []


def test_every_reader_reads_a_folder_of_ours() -> None:
    assert [folder for folder, *_ in READERS if not (builtin() / folder).is_dir()] == []
