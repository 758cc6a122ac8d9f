"""The rooms' own tables under `carnet check`: each room reads its folder of a library and names what is wrong in it.

Reading order: READERS, room_problems().
"""

from __future__ import annotations

import importlib
from collections.abc import Collection, Iterator
from pathlib import Path

from ..catalog.library import builtin
from ..errors import BadInput, Problem
from ..waist import Place

# (folder of a library, module, function that reads it from a root; raises BadData or BadInput with every problem)
READERS = (
    ("protocols", "carnet.charging.protocol", "library"),
    ("protocols/converge", "carnet.charging.converge", "mappings"),
    ("protocols/backend", "carnet.charging.backend", "reports"),
    ("couplers", "carnet.charging.couplers", "couplers"),
    ("swap", "carnet.swapping.interfaces", "interfaces"),
    ("roads/telemetry", "carnet.roads.telemetry.form", "editions"),
    ("roads/telemetry", "carnet.roads.telemetry.form", "overlay"),
    ("roads/networks", "carnet.roads.network.nouns", "classes"),
    ("roads/networks", "carnet.roads.network.nouns", "domain"),
    ("roads/sheets", "carnet.roads.sheets", "regimes"),
    ("roads/licenses", "carnet.roads.license.agreement", "templates"),
    ("roads/licenses", "carnet.roads.license.policy", "vocabulary"),
)
CARBON = ("methods", "factors", "vehicle-carbon")


def room_problems(root: Path, economies: Collection[str]) -> list[Problem]:
    """What is wrong in the rooms' folders under a root; a folder that is not there is not missed, outside our own."""
    found = [problem for folder, module, name in READERS for problem in _read(root, folder, module, name)]
    found += _supply(root)
    if any((root / folder).is_dir() for folder in CARBON):
        found += _carbon(root, economies)
    return list(dict.fromkeys(found))


def _read(root: Path, folder: str, module: str, name: str) -> Iterator[Problem]:
    if not (root / folder).is_dir():
        return
    try:
        getattr(importlib.import_module(module), name)(None if root.resolve() == builtin().resolve() else root)
    except BadInput as error:
        yield from error.problems or [Problem(Place(f"data/{folder}"), str(error))]
    except ModuleNotFoundError as missing:  # a part that an extra brings; the room's own tests read the folder
        if str(missing.name).startswith("carnet"):
            raise


def _supply(root: Path) -> Iterator[Problem]:
    from ..supply.tables import read_table

    folder = root / "supply"
    for card in sorted(folder.glob("*.yaml")) if folder.is_dir() else ():
        try:
            read_table(folder, card.stem)
        except BadInput as error:
            yield from error.problems


def _carbon(root: Path, economies: Collection[str]) -> list[Problem]:
    try:
        from ..carbon.check import problems
    except ModuleNotFoundError as missing:
        if str(missing.name).startswith("carnet"):
            raise
        return []
    return problems(root, economies)
