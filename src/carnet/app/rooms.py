"""The rooms' answers for a project: facts from every surveyor, chapters from every room that has something to show.

Rooms are listed here and imported when a project gives them something to look at. What they answer is kept in .carnet/
beside the project, under a key of everything they may read: the project's files, the library, the engine. A room whose
parts are not installed states nothing, and its chapter says so.
Reading order: SURVEYORS, CHAPTERS, survey(), with_chapters(), Kept.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from ..catalog import Catalog
from ..chapter import Chapter, Figure, Listing, Table, Text
from ..waist import Dossier, Fact, Origin, Place, Project, Quantity

# Who can state facts: modules with `survey(project, catalog) -> Facts`, in the order they are asked, each with what a
# project must hold before it is worth asking: a pair of that way, or a bulk input of that name ('' is always asked).
SURVEYORS = (
    ("carnet.ledger.survey", ""),
    ("carnet.charging.survey", "pair:charge"),
    ("carnet.swapping.survey", "pair:swap"),
    ("carnet.carbon.survey", "input:carbon"),
    ("carnet.supply.survey", "input:supply"),
    ("carnet.roads.survey", "input:roads"),
)
# Who has more to show than facts: modules with `chapter(project, catalog) -> Chapter | None`, in the order of the
# dossier. A chapter is made after the review and never changes a verdict.
CHAPTERS = (
    ("carnet.charging.chapter", "pair:charge"),
    ("carnet.swapping.chapter", "pair:swap"),
    ("carnet.carbon.chapter", "input:carbon"),
    ("carnet.supply.chapter", "input:supply"),
    ("carnet.roads.chapter", "input:roads"),
    ("carnet.app.routing", "input:route"),
)
MOST_KEPT, MOST_FILES, SMALL = 24, 2000, 256 * 1024


Told = Callable[[str], None]  # hears what is being worked on


def survey(
    project: Project, catalog: Catalog, kept: Kept | None = None, told: Told | None = None
) -> tuple[Fact, ...]:  # fmt: skip
    """All facts: what the project says and what every surveyor with something to survey adds."""

    def ask(module: str) -> tuple[Fact, ...]:
        found: Sequence[Fact] = importlib.import_module(module).survey(project, catalog)
        return tuple(found)

    facts = list(project.facts)
    for module in wanted(SURVEYORS, project):
        if told:
            told(f"facts of {module.split('.')[1]}")
        try:
            facts += ask(module) if kept is None or module.endswith("ledger.survey") else kept.get(module, ask)
        except ModuleNotFoundError as missing:
            if not _outside(missing):
                raise
    return tuple(facts)


def with_chapters(
    dossier: Dossier, catalog: Catalog, kept: Kept | None = None, told: Told | None = None
) -> Dossier:  # fmt: skip
    """The dossier with what its rooms have to show beside their facts."""

    def ask(module: str) -> tuple[Chapter, ...]:
        found: Chapter | None = importlib.import_module(module).chapter(dossier.project, catalog)
        return () if found is None else (found,)

    chapters: list[Chapter] = []
    for module in wanted(CHAPTERS, dossier.project):
        room = _room(module)
        if told:
            told(f"chapter of {room}")
        try:
            chapters += ask(module) if kept is None else kept.get(module, ask)
        except ModuleNotFoundError as missing:
            if not _outside(missing):
                raise
            lead = f"Not computed here: pip install 'carnet[{room}]' brings what is missing ({missing.name})."
            chapters.append(Chapter(room, room.capitalize(), lead))
    return replace(dossier, chapters=tuple(chapters))


def _room(module: str) -> str:
    """The room a module speaks for; the plan is made where review and routes meet."""
    return "routes" if module == "carnet.app.routing" else module.split(".")[1]


def wanted(rooms: Sequence[tuple[str, str]], project: Project) -> list[str]:
    """The modules that have something to look at in this project."""
    has = {"", *(f"pair:{s.way}" for s in project.subjects if s.way), *(f"input:{name}" for name, _ in project.extra)}
    return [module for module, needs in rooms if needs in has]


def _outside(missing: ModuleNotFoundError) -> bool:
    """Whether what is missing is somebody else's package, which an extra brings."""
    return bool(missing.name) and not str(missing.name).startswith("carnet")


class Kept:
    """Answers of rooms for one project, kept beside it under a key of everything they may read."""

    def __init__(self, folder: Path, project: Project, catalog: Catalog, engine: str) -> None:
        self.folder, self.key = folder, _key(project, catalog, engine)
        self._held: dict[str, Any] | None = None

    def get(self, module: str, ask: Callable[[str], tuple[Any, ...]]) -> tuple[Any, ...]:
        """The kept answer of a module, else a fresh one, kept from now on."""
        if not self.key:
            return ask(module)
        held = self._read()
        if module in held:
            try:
                return tuple(_in(row) for row in held[module])
            except (KeyError, TypeError, ValueError, IndexError):
                held.pop(module)
        found = ask(module)
        held[module] = [_out(row) for row in found]
        self._write()
        return found

    @property
    def path(self) -> Path:
        return self.folder / f"rooms-{self.key[:32]}.json"

    def _read(self) -> dict[str, Any]:
        if self._held is None:
            try:
                found = json.loads(self.path.read_text(encoding="utf-8"))
                self._held = found["answers"] if found.get("key") == self.key else {}
            except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
                self._held = {}
            if not isinstance(self._held, dict):
                self._held = {}
        return self._held

    def _write(self) -> None:
        """Replace the file whole; where the folder cannot be written nothing is kept, and nothing is lost."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self.folder, prefix=".rooms-")
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump({"key": self.key, "answers": self._held}, file, ensure_ascii=False)
            Path(name).replace(self.path)
            for old in sorted(self.folder.glob("rooms-*.json"), key=lambda p: -p.stat().st_mtime)[MOST_KEPT:]:
                old.unlink(missing_ok=True)
        except OSError:
            return


def _key(project: Project, catalog: Catalog, engine: str) -> str:
    """A digest of all that a room may read for this project; '' when that is too much to look at."""
    total = hashlib.sha256()
    days = (project.on, project.known, project.event, *project.markets)
    for text in (engine, catalog.digest, project.id, project.file, *days, repr(project.facts), repr(project.subjects)):
        total.update(text.encode("utf-8", "surrogatepass") + b"\0")
    try:  # where the folder lies on this machine: an answer that somebody packed with a project never fits
        here, there = Path(project.folder).resolve(), Path(project.folder).stat()
    except OSError:
        return ""
    total.update(f"{here}\0{there.st_dev}\0{there.st_ino}\0".encode("utf-8", "surrogatepass"))
    named = repr((project.extra, project.inputs, project.quotes, project.evidence))
    total.update(named.encode("utf-8", "surrogatepass"))
    for count, path in enumerate(_files(Path(project.folder))):
        if count >= MOST_FILES:
            return ""
        try:
            size, changed = path.stat().st_size, path.stat().st_mtime_ns
            body = hashlib.sha256(path.read_bytes()).digest() if size <= SMALL else str(changed).encode()
        except OSError:
            return ""
        total.update(f"{path}\0{size}\0".encode("utf-8", "surrogatepass") + body)
    return total.hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    """Every file below a folder in order, our own cache left out."""
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(f for f in folders if f != ".carnet")
        yield from (Path(here) / name for name in sorted(names))


_KINDS: dict[str, type[Any]] = {
    kind.__name__: kind for kind in (Fact, Origin, Place, Quantity, Chapter, Text, Listing, Table, Figure)
}


def _out(value: Any) -> Any:
    """A noun as plain data that says what it was."""
    if value is None or isinstance(value, bool | str) or type(value) is int:
        return value
    if isinstance(value, tuple):
        return [_out(v) for v in value]
    if isinstance(value, Decimal):
        return {"": "Decimal", "value": str(value)}
    name = type(value).__name__
    if _KINDS.get(name) is not type(value):
        raise TypeError(f"a room's answer holds a {name}, which cannot be kept")
    return {"": name, **{f.name: _out(getattr(value, f.name)) for f in fields(value)}}


def _in(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_in(v) for v in value)
    if isinstance(value, dict):
        name = value[""]
        if name == "Decimal":
            return Decimal(value["value"])
        return _KINDS[name](**{k: _in(v) for k, v in value.items() if k})
    return value
