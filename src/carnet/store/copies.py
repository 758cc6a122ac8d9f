"""A backup: every table of one moment in one file that either database can read back.

The file is a zip: a `manifest.json` (what, when, schema, rows and digest of each part) and one part per table, a JSON
object per line, bytes in base 64. Taken from a consistent snapshot while the server runs; restored only into an empty
database, in one transaction. So a backup is also the way from SQLite to PostgreSQL and back.
Reading order: take(), check(), restore().
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from ..errors import BadInput, Broken
from . import tables as t
from .engine import Store
from .migrations import current

SCHEMA = "carnet/backup/1"
# Sessions and remembered answers are not worth keeping: people sign in again.
LEFT_OUT = ("sessions", "answers")
AT_ONCE = 200


def _kept() -> list[sa.Table]:
    return [table for table in t.metadata.sorted_tables if table.name not in LEFT_OUT]


def take(store: Store, path: Path, at: str, extra: dict[str, bytes]) -> dict[str, Any]:
    """Write a backup, with some files beside the tables; returns its manifest."""
    parts: dict[str, dict[str, Any]] = {}
    temporary = path.with_name(f".{path.name}.part")
    try:
        with store.look() as view, zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as packed:
            for table in _kept():
                total, count = hashlib.sha256(), 0
                question = _rows(table)
                with packed.open(f"{table.name}.jsonl", "w", force_zip64=True) as part:
                    for row in view.run(question).mappings():
                        line = (json.dumps(_out(dict(row)), ensure_ascii=False) + "\n").encode("utf-8")
                        total.update(line)
                        count += 1
                        part.write(line)
                parts[f"{table.name}.jsonl"] = {"rows": count, "digest": "sha256:" + total.hexdigest()}
            for name, raw in extra.items():
                packed.writestr(name, raw)
                parts[name] = {"rows": 0, "digest": "sha256:" + hashlib.sha256(raw).hexdigest()}
            manifest = {"schema": SCHEMA, "at": at, "tables": current(store.engine), "parts": parts}
            packed.writestr("manifest.json", json.dumps(manifest, indent=2, sort_keys=True))
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise BadInput(f"{path}: the backup cannot be written: {error.strerror}") from None
    return manifest


def _rows(table: sa.Table) -> sa.Select[Any]:
    """The rows worth keeping, in order; access tokens end within the hour."""
    question = sa.select(table).order_by(*table.primary_key.columns).execution_options(yield_per=AT_ONCE)
    return question.where(t.tokens.c.kind != "access") if table is t.tokens else question


def _out(row: dict[str, Any]) -> dict[str, Any]:
    return {
        k: {"b64": base64.b64encode(v).decode()} if isinstance(v, bytes | memoryview) else v for k, v in row.items()
    }


def _in(line: bytes) -> dict[str, Any]:
    row = json.loads(line)
    return {k: base64.b64decode(v["b64"]) if isinstance(v, dict) else v for k, v in row.items()}


def check(path: Path) -> dict[str, Any]:
    """The manifest of a backup whose every part has the digest it says; raises BadInput or Broken."""
    try:
        with zipfile.ZipFile(path) as packed:
            manifest: dict[str, Any] = json.loads(packed.read("manifest.json"))
            if manifest.get("schema") != SCHEMA:
                raise BadInput(f"{path}: is no backup ({SCHEMA}). Make one with carnet admin backup FILE")
            for name, said in manifest["parts"].items():
                total = hashlib.sha256()
                with packed.open(name) as part:
                    while block := part.read(1 << 20):
                        total.update(block)
                if "sha256:" + total.hexdigest() != said["digest"]:
                    raise Broken(f"{path}: {name} changed after the backup was taken. Use another backup.")
            return manifest
    except (OSError, KeyError, ValueError, zipfile.BadZipFile, EOFError) as error:
        raise BadInput(f"{path}: cannot be read as a backup: {error}. Make one with carnet admin backup FILE") from None


def restore(store: Store, path: Path) -> dict[str, bytes]:
    """Fill an empty database from a checked backup; returns the files that lay beside the tables."""
    manifest = check(path)
    have = current(store.engine)
    if manifest["tables"] != have:
        raise BadInput(
            f"{path}: the backup has schema {manifest['tables']}, this Carnet has {have}. "
            "Restore it with the Carnet that took it, then start the newer one."
        )
    with zipfile.ZipFile(path) as packed, store.change("") as tx:
        if tx.one(sa.select(t.log.c.number).limit(1)) or tx.one(sa.select(t.organizations.c.id).limit(1)):
            raise BadInput("the database is not empty; a backup is restored only into a new one (CARNET_DATABASE)")
        tx.run(sa.delete(t.log_state))
        tables = _kept()
        for table in tables:
            for rows in _batches(packed, f"{table.name}.jsonl"):
                tx.run(sa.insert(table), rows)
        listed = {f"{table.name}.jsonl" for table in tables}
        return {name: packed.read(name) for name in manifest["parts"] if name not in listed}


def _batches(packed: zipfile.ZipFile, name: str) -> Iterator[list[dict[str, Any]]]:
    with packed.open(name) as part:
        batch: list[dict[str, Any]] = []
        for line in part:
            batch.append(_in(line))
            if len(batch) == AT_ONCE:
                yield batch
                batch = []
        if batch:
            yield batch
