"""Reviews on the server: files laid out once, the library read once, dossiers kept while they are asked for.

A version never changes, so a dossier is known by the tree of its version, the two days and the event. A private
library must lie inside the folder of its project. Nothing here decides; it calls `app` and `project`.
Reading order: Asked, Desk.
"""

from __future__ import annotations

import json
import secrets
import shutil
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from ... import app
from ...app.reviewing import private_libraries
from ...catalog import Catalog
from ...errors import BadInput, CarnetError
from ...project import load_project
from ...project.files import inside
from ...waist import Dossier, Project
from .problems import Refusal, of_error

T = TypeVar("T")
KEPT_DOSSIERS, KEPT_RENDERINGS, AT_ONCE = 48, 32, 2


@dataclass(frozen=True, slots=True)
class Asked:
    """On which day of the law, as known when, for which event; empty means what the project says."""

    on: str = ""
    known: str = ""
    event: str = ""


class Kept(Generic[T]):
    """The most recently used answers, each made once even when many ask at the same time."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._found: OrderedDict[Any, T] = OrderedDict()
        self._making: dict[Any, threading.Lock] = {}
        self._lock = threading.Lock()

    def get(self, key: Any, make: Callable[[], T]) -> T:
        with self._lock:
            if key in self._found:
                self._found.move_to_end(key)
                return self._found[key]
            making = self._making.setdefault(key, threading.Lock())
        with making:
            with self._lock:
                if key in self._found:
                    return self._found[key]
            try:
                made = make()
                with self._lock:
                    self._found[key] = made
                    while len(self._found) > self.most:
                        self._found.popitem(last=False)
            finally:
                with self._lock:
                    self._making.pop(key, None)
        return made


class Desk:
    """Where versions are laid out and reviewed."""

    def __init__(self, folder: Path, catalog: Catalog) -> None:
        self.folder, self.catalog = folder, catalog
        shutil.rmtree(folder, ignore_errors=True)  # a copy a crash cut short is no copy; the database has everything
        folder.mkdir(parents=True, exist_ok=True)
        self._dossiers: Kept[tuple[Dossier, Catalog]] = Kept(KEPT_DOSSIERS)
        self._rendered: Kept[bytes] = Kept(KEPT_RENDERINGS)
        self._catalogs: Kept[Catalog] = Kept(4)
        self._busy = threading.Semaphore(AT_ONCE)

    def has(self, tree: str) -> bool:
        return (self.folder / tree.removeprefix("sha256:")).is_dir()

    def discard(self, tree: str) -> None:
        """Take the files of a refused upload away."""
        shutil.rmtree(self.folder / tree.removeprefix("sha256:"), ignore_errors=True)

    def lay_out(self, tree: str, read: Callable[[], Mapping[str, bytes]]) -> Path:
        """The folder of a version, written whole or not at all. Its last part is the digest of the tree."""
        target = self.folder / tree.removeprefix("sha256:")
        if target.is_dir():
            return target
        temporary = self.folder / f".{target.name[:16]}-{secrets.token_hex(6)}"
        try:
            for path, raw in read().items():
                file = temporary / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(raw)
            temporary.rename(target)
        except OSError:
            if not target.is_dir():  # another request may have been faster
                raise
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
        return target

    def library(self, path: Path) -> Catalog:
        """The library for a project file: ours, with the private ones of its own folder laid over it."""
        named = private_libraries(path)
        if not named:
            return self.catalog
        for library in named:
            try:
                inside(path.parent, str(library.relative_to(path.parent)))
            except ValueError:
                raise BadInput(
                    f"{path.name}: libraries: {str(library)[-60:]!r} leaves the project's folder; "
                    "keep it beside the project"
                ) from None
        return self._catalogs.get(path.parent, lambda: app.library(path, named))

    def project(self, path: Path, asked: Asked = Asked(), *, lenient: bool = False) -> tuple[Project, Catalog]:
        """A project file as read; refuses with every problem it has."""
        try:
            catalog = self.library(path)
            project = load_project(
                path, catalog, on=asked.on, known=asked.known, event=asked.event, lenient=lenient
            )  # fmt: skip
            return project, catalog
        except CarnetError as error:
            raise of_error(error, path.parent) from None

    def dossier(
        self, path: Path, asked: Asked, told: Callable[[str], None] | None = None
    ) -> tuple[Dossier, Catalog]:  # fmt: skip
        """The reviewed dossier of a project file that lies in its own folder; `told` hears each part of the work."""

        def make() -> tuple[Dossier, Catalog]:
            with self._busy:
                project, catalog = self.project(path, asked)
                return app.with_chapters(app.judge_project(project, catalog, None, told), catalog, None, told), catalog

        return self._dossiers.get((path, asked), make)

    def rendered(self, path: Path, asked: Asked, format: str) -> bytes:
        """The dossier in one of its forms."""
        from ...dossier import FORMATS

        def make() -> bytes:
            dossier, catalog = self.dossier(path, asked)
            with self._busy:
                found = FORMATS[format].function(dossier, catalog)
            return found.encode("utf-8") if isinstance(found, str) else found

        return self._rendered.get((path, asked, format), make)

    def contract(self, path: Path, asked: Asked) -> dict[str, Any]:
        """The dossier as plain data, as the public contract has it."""
        found: dict[str, Any] = json.loads(self.rendered(path, asked, "json"))
        return found


def asked_of(on: str, known: str, event: str) -> Asked:
    """The days and the event of a request; refuses what is neither with the sentence of the command line."""
    from ..cli.options import day
    from ..cli.options import event as one_event

    try:
        return Asked(day(on, "on"), day(known, "known"), one_event(event))
    except CarnetError as error:
        raise Refusal("bad-input", str(error)) from None
