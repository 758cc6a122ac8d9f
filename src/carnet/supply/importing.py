"""Bring documents in: a folder is taken whole or not at all, with every refused row explained; originals are kept.

Templates (CSV, XLSX), EPCIS documents (JSON and XML), traceability credentials and passport documents are told apart
by what they hold. A dry run says what would happen. The original bytes are kept under their digest.
Reading order: import_folder(), Result, keep().
"""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import BadInput, Problem
from ..ledger.plain import Refused, parse
from ..waist import Place
from . import attestations, bulk, epcisfast, epcisxml, events, passports, templates
from .columns import add_arrow
from .epcis import EventDocument, Rejected, Words, read_document
from .lots import KEYS, TABLES, Chain
from .tables import Tables

MOST_FILES, MOST_FILE = 100_000, 1024 * 1024 * 1024
# An escape that may be half a character, in UTF-8 or UTF-16.
_HALF = re.compile(rb"\\\x00?u\x00?[dD]\x00?[89a-fA-F]")
MANY_BYTES = 64 * 1024 * 1024  # of events, from where on a second process pays


@dataclass
class Result:
    """What an import came to: the chain (empty when anything was refused), counts, refusals and notes."""

    chain: Chain = field(default_factory=Chain)
    accepted: int = 0
    rejected: list[Rejected] = field(default_factory=list)
    notes: list[Rejected] = field(default_factory=list)

    def contract(self) -> dict[str, Any]:
        """The JSON of `carnet supply import`."""
        return {
            "schema": "carnet/import/1",
            "accepted": self.accepted,
            "rejected": [_plain(r) for r in self.rejected],
            "notes": [_plain(r) for r in self.notes],
            "tables": self.chain.counts,
            "originals": dict(sorted(self.chain.originals.items())),
        }


def import_folder(folder: Path, tables: Tables, economies: Iterable[str], *, workers: int | None = None) -> Result:
    """Read every document of a folder (or one file); nothing is raised for what a document holds.

    workers  processes that read events beside this one (0: none; None: two when there are many megabytes of them)
    """
    result, codes = Result(), frozenset(economies)
    words = Words(tables["eventwords"])
    files = _files(folder)
    read = iter(_read_beside(files, words, workers))
    ahead = next(read, None)
    for name, path in files:
        if ahead is not None and ahead.name == name:
            document, ahead = ahead, next(read, None)
            if document.tables is not None:
                _document(document, result)
                continue
        if path.stat().st_size > MOST_FILE:
            result.rejected.append(Rejected(name, 0, "size", f"it is larger than {MOST_FILE:,} bytes; use Parquet"))
            continue
        raw = path.read_bytes()
        result.chain.originals[name] = "sha256:" + hashlib.sha256(raw).hexdigest()
        take(raw, name, result, words, codes)
    _references(result)
    return result


def _read_beside(files: list[tuple[str, Path]], words: Words, workers: int | None) -> Iterable[bulk.Document]:
    """What other processes read of these files, in their order."""
    plain = [(n, p) for n, p in files if n.lower().endswith((".json", ".jsonld")) and p.stat().st_size <= MOST_FILE]
    if workers is None:
        workers = bulk.WORKERS if len(plain) > 1 and sum(p.stat().st_size for _, p in plain) > MANY_BYTES else 0
    return bulk.read_documents(plain, words, workers=workers) if workers and plain else ()


def _document(document: bulk.Document, result: Result) -> None:
    """What another process read into the chain."""
    result.chain.originals[document.name] = document.digest
    result.rejected += document.rejected
    result.notes += document.notes
    result.accepted += document.accepted
    add_arrow(result.chain, document.tables or {}, document.name, mentioned=bulk.MENTIONED)


def take(raw: bytes, name: str, result: Result, words: Words, economies: frozenset[str]) -> None:
    """One document into the result."""
    suffix = name.rpartition(".")[2].lower()
    try:
        if suffix == "csv":
            _template(Path(name).stem.lower(), templates.read_csv(raw, name), result, economies)
        elif suffix == "xlsx":
            for table, rows in templates.read_xlsx(raw, name):
                _template(table, rows, result, economies)
        elif suffix in ("json", "jsonld"):
            _json(raw, name, result, words, economies)
        elif suffix == "xml":
            _xml(raw, name, result, words)
        else:
            says = f"a file .{suffix} is not read; CSV, XLSX, JSON and XML are"
            result.rejected.append(Rejected(name, 0, "format", says))
    except BadInput as error:
        result.rejected += [_rejected(p) for p in error.problems]


def _template(table: str, rows: templates.Rows, result: Result, economies: frozenset[str]) -> None:
    if table not in TABLES:
        place = rows[0][0]
        says = f"no table is called {table!r}; tables: {', '.join(TABLES)}"
        result.rejected.append(Rejected(place.file, 0, "table", says))
        return
    taken, problems = templates.lint(table, rows, economies)
    result.rejected += [_rejected(p) for p in problems]
    for place, row in taken:
        result.chain.add(table, row, place)
    result.accepted += len(taken)


def _json(raw: bytes, name: str, result: Result, words: Words, economies: frozenset[str]) -> None:
    if _HALF.search(raw) and _is_broken(raw):
        says = "a text holds half a character (an escape of \\ud800 to \\udfff without its other half)"
        result.rejected.append(Rejected(name, 0, "json", says))
        return
    quickly = epcisfast.read_bytes(raw, name, words)
    if quickly is not None:
        _events(quickly, result)
        return
    try:
        plain = parse(raw, most=MOST_FILE)
    except Refused as error:
        result.rejected.append(Rejected(name, 0, "json", str(error)))
        return
    if events.is_traceability(plain):
        accepted, rejected = events.from_credential(plain, name, result.chain)
        result.accepted += accepted
        result.rejected += rejected
        return
    if attestations.kind_of(plain):
        accepted, rejected = attestations.take(plain, name, result.chain, economies)
        result.accepted += accepted
        result.rejected += rejected
        return
    kind = passports.recognize(plain)
    if kind:
        result.accepted += passports.take(kind, plain, name, result.chain)
        return
    if isinstance(plain, dict) and "@context" not in plain:
        says = "it is none of the documents known here: EPCIS, a traceability credential, a passport of data/supply"
        result.rejected.append(Rejected(name, 0, "format", says))
        return
    _events(read_document(plain, name, words), result)


def _is_broken(raw: bytes) -> bool:
    """Whether a text of the document cannot be written in any encoding."""
    try:
        json.dumps(parse(raw, most=MOST_FILE), ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    except (Refused, RecursionError):
        return False  # refused with its own sentence in a moment
    return False


def _xml(raw: bytes, name: str, result: Result, words: Words) -> None:
    try:
        plain = epcisxml.to_plain(raw)
    except Refused as error:
        result.rejected.append(Rejected(name, 0, "xml", str(error)))
        return
    _events(read_document(plain, name, words), result)


def _events(document: EventDocument, result: Result) -> None:
    """What a document holds into the chain."""
    result.rejected += document.rejected
    result.notes += document.notes
    for number, event in document.events:
        events.from_event(event, document.prefixes, Place(document.name, number), result.chain)
    result.accepted += len(document.events)


def _references(result: Result) -> None:
    """Names that lead nowhere and ids that stand twice."""
    chain = result.chain
    ids = {table: {r["id"] for r in chain[table]} for table in TABLES if "id" in TABLES[table]}
    for table, columns in TABLES.items():
        seen: dict[Any, Place] = {}
        keys = KEYS.get(table, ("id",) if "id" in columns else ())
        refers = [(name, c.refers) for name, c in columns.items() if c.refers and ids.get(c.refers)]
        for number, row in enumerate(chain[table]):
            place = chain.where(table, number)
            if keys:
                key = tuple(row[k] for k in keys)
                if key in seen:
                    says = f"{' '.join(str(k) for k in key)} stands already at {seen[key]}"
                    result.rejected.append(Rejected(place.file, place.line, f"{table}.twice", says))
                seen.setdefault(key, place)
            for name, other in refers:
                if row[name] is not None and row[name] not in ids[other]:
                    says = f"{name} {row[name]!r} is not among the {len(ids[other])} {other}"
                    result.rejected.append(Rejected(place.file, place.line, f"{table}.{name}", says))


def _files(folder: Path) -> list[tuple[str, Path]]:
    if folder.is_file():
        return [(folder.name, folder)]
    if not folder.is_dir():
        raise BadInput(f"{folder}: there is no such folder or file. Give the folder that holds the tables.")
    root = folder.resolve()
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts):
            if not path.resolve().is_relative_to(root):
                raise BadInput(f"{path}: is a link that leaves the folder. Copy the file into it.")
            found.append((path.relative_to(folder).as_posix(), path))
    if len(found) > MOST_FILES:
        raise BadInput(f"{folder}: holds {len(found):,} files; at most {MOST_FILES:,} are read at once.")
    return found


def keep(folder: Path, result: Result, target: Path) -> None:
    """Write the tables and the original bytes, all or nothing: a folder appears whole. Raises BadInput when refused."""
    if result.rejected:
        raise BadInput([Problem(Place(r.document, max(r.row, 1)), f"{r.rule}: {r.message}") for r in result.rejected])
    if target.exists():
        raise BadInput(f"{target}: is already there. An import is whole or not at all; give a new name.")
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".import-") as temporary:
        whole = Path(temporary) / "whole"
        (whole / ".originals").mkdir(parents=True)
        for table in TABLES:
            if result.chain[table]:
                (whole / f"{table}.csv").write_bytes(templates.write_csv(table, result.chain[table]))
        for name, digest in result.chain.originals.items():
            source = folder if folder.is_file() else folder / name
            (whole / ".originals" / digest.removeprefix("sha256:")).write_bytes(source.read_bytes())
        whole.replace(target)


def _rejected(problem: Problem) -> Rejected:
    return Rejected(problem.place.file, problem.place.line, "row", problem.says)


def _plain(r: Rejected) -> dict[str, Any]:
    return {"document": r.document, "row": r.row, "rule": r.rule, "message": r.message}
