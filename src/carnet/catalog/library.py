"""Read the whole of data/ (and private libraries laid over it) into one checked, compiled form, and keep that.

The compiled form is plain JSON: every row with its place, its file's sources resolved. It is kept under a name that
holds the digest of every file read and the engine's version, so a changed file is never answered from an old copy.
Reading order: roots(), fingerprint(), load(), compile_library().
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .. import __version__
from ..errors import BadData, BadInput, Problem
from ..waist import Place

FOLDERS = ("words", "economies", "markets", "recognitions", "standards", "effort", "signals", "ladder")


def builtin() -> Path:
    """The library that comes with the engine: inside the package, or beside the source tree."""
    here = Path(__file__).resolve().parents[1]
    packaged = here / "_data"
    return packaged if packaged.is_dir() else here.parents[1] / "data"


def files(root: Path, folders: Sequence[str] = FOLDERS) -> list[tuple[str, Path]]:
    """Every YAML card and CSV table of these folders, as (name under the root, path), sorted."""
    found = []
    for folder in folders:
        for place, within, names in os.walk(root / folder, followlinks=False):
            within.sort()
            for name in sorted(names):
                if name.endswith((".yaml", ".csv")) and not name.startswith("."):
                    path = Path(place, name)
                    found.append((path.relative_to(root).as_posix(), path))
    return sorted(found)


def fingerprint(roots: Sequence[Path]) -> str:
    """sha256 over names and bytes of every table of all roots, in order: those of the other rooms too, since their
    facts reach the dossier."""
    total = hashlib.sha256()
    for number, root in enumerate(roots):
        for name, path in files(root, (".",)):
            total.update(f"{number}/{name}\0".encode())
            total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def load(roots: Sequence[Path], cache: Path | None) -> dict[str, Any]:
    """The compiled library of these roots, from the cache when its digest fits; raises BadData with all problems."""
    for root in roots:
        if not root.is_dir():
            raise BadInput(
                [
                    Problem(
                        Place(str(root)),
                        "is not a folder with a library",
                        "Give the folder that holds markets/, standards/ ...",
                    )
                ]
            )
    digest = fingerprint(roots)
    kept = cache / f"library-{digest[:24]}-{__version__}.json" if cache else None
    if kept and (copy := _copy(kept, digest)):
        return copy
    compiled, problems = compile_library(roots)
    if problems:
        raise BadData(problems)
    compiled["digest"] = digest
    if kept:
        _keep(kept, compiled)
    return compiled


def _copy(path: Path, digest: str) -> dict[str, Any] | None:
    """The kept library, or None when there is none or it is broken: a copy is only a copy."""
    try:
        compiled = json.loads(path.read_bytes()) if path.is_file() else None
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(compiled, dict) or compiled.get("digest") != digest:
        return None
    sound = isinstance(compiled.get("tables"), dict) and isinstance(compiled.get("files"), dict)
    return compiled if sound else None


def _keep(path: Path, compiled: dict[str, Any]) -> None:
    """Write whole or not at all; a cache that cannot be written is no error."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        for old in path.parent.glob("library-*.json"):
            old.unlink(missing_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".library-")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(compiled, file, ensure_ascii=False, separators=(",", ":"))
        Path(temporary).replace(path)
    except OSError:
        pass


def compile_library(roots: Sequence[Path]) -> tuple[dict[str, Any], list[Problem]]:
    """Every file read, shaped and cross-checked: (compiled library, all problems)."""
    from .. import reading
    from .check import cross_check
    from .form import FILES

    compiled: dict[str, Any] = {"digest": "", "tables": {}, "files": {}}
    problems: list[Problem] = []
    for number, root in enumerate(roots):
        for name, path in files(root):
            if path.suffix != ".yaml":
                continue  # a table is read through its card
            shown = _shown(root, name)
            try:
                document = reading.read(path, shown)
            except BadInput as error:
                problems += error.problems
                continue
            keys = set(document.plain) if isinstance(document.plain, dict) else set()
            fits = [(key, model) for prefix, key, model in FILES if name.startswith(prefix) and key in keys]
            if not fits:
                wanted = sorted({key for prefix, key, _ in FILES if name.startswith(prefix)})
                problems.append(
                    Problem(
                        Place(shown),
                        f"holds none of the expected keys: {', '.join(wanted)}",
                        "See docs/add-a-market.md.",
                    )
                )
                continue
            key, model = fits[0]
            try:
                shaped = reading.shape(document, model)
            except BadInput as error:
                problems += error.problems
                continue
            compiled["files"][f"{number}/{name}"] = document.digest
            content = shaped.model_dump(by_alias=True)
            if key == "table":
                problems += _crosswalk(compiled["tables"], path, content, document, number)
                continue
            _add(compiled["tables"], key, name, content, document, number)
    _name_the_rest(compiled["tables"])
    problems += cross_check(compiled["tables"])
    if len(roots) > 1:
        _overlay(compiled["tables"])
    return compiled, problems


def _shown(root: Path, name: str) -> str:
    """What places call a file: data/... for the built-in library, the folder as given for any other."""
    return f"data/{name}" if root == builtin() else (root / name).as_posix()


def _add(tables: dict[str, list[Any]], key: str, name: str, content: dict[str, Any], document: Any, root: int) -> None:
    """File content -> rows of one table; each row gets its file, place and the sources of its file."""
    sources = content.pop("sources", {})
    table = tables.setdefault(key, [])
    folder = name.split("/")
    market = (
        folder[2]
        if folder[0] == "markets" and folder[1] == "_unions"
        else folder[1].lstrip("_")
        if folder[0] == "markets"
        else ""
    )
    rows = content[key]
    if isinstance(rows, str):  # one thing per file: an economy or a union
        table.append(
            {**content, "id": rows, "_at": [document.name, 1, 1], "_sources": sources, "_market": market, "_root": root}
        )
        return
    pairs = rows.items() if isinstance(rows, dict) else enumerate(rows)
    for at, row in pairs:
        place = document.at((key, at))
        entry: dict[str, Any] = {
            **row,
            "_at": [place.file, place.line, place.column],
            "_sources": sources,
            "_market": market,
            "_file": name,
            "_root": root,
        }
        if isinstance(rows, dict):
            entry["id"] = at
        table.append(entry)


def _overlay(tables: dict[str, list[Any]]) -> None:
    """A row of a private library replaces the row of the same id below it."""
    for rows in tables.values():
        top = {row["id"]: row["_root"] for row in sorted(rows, key=lambda r: r["_root"])}
        rows[:] = [row for row in rows if row["_root"] == top[row["id"]]]


def _crosswalk(
    tables: dict[str, list[Any]], path: Path, card: dict[str, Any], document: Any, root: int
) -> list[Problem]:
    """The table of every ISO 3166-1 economy: a code nobody wrote a file for still has a name and can be asked about."""
    table = path.with_name(card["table"])
    place = document.at(("table",))
    if not table.is_file():
        return [
            Problem(place, f"there is no table {card['table']!r} beside this card", "Add it, or name the right file.")
        ]
    raw = table.read_bytes()
    found = "sha256:" + hashlib.sha256(raw).hexdigest()
    if found != card["digest"]:
        return [
            Problem(
                document.at(("digest",)),
                f"{card['table']} has the digest {found}, not the one recorded",
                "Record it again, or restore the table.",
            )
        ]
    lines = list(csv.DictReader(raw.decode("utf-8").splitlines()))
    if len(lines) != card["rows"] or not lines or set(lines[0]) != set(card["columns"]):
        return [
            Problem(
                place,
                f"{card['table']} has {len(lines)} rows of {', '.join(lines[0] if lines else [])}: not as its card",
            )
        ]
    for line in lines:
        entry: dict[str, Any] = {
            "economy": line["economy"],
            "id": line["economy"],
            "name": line["name"],
            "alpha3": line["alpha3"],
            "member_of": [],
            "facts": {},
        }
        at = [place.file, place.line, place.column]
        tables.setdefault("crosswalk", []).append(
            {**entry, "note": "", "asks": "", "_at": at, "_sources": card["sources"], "_market": "", "_root": root}
        )
    return []


def _name_the_rest(tables: dict[str, list[Any]]) -> None:
    """Economies of the crosswalk that have no file of their own join the economies, knowing their name only."""
    known = {row["id"] for row in tables.get("economy", [])}
    tables.setdefault("economy", []).extend(row for row in tables.pop("crosswalk", []) if row["id"] not in known)
