"""Road data by the Delta Sharing protocol: plain functions that return what a server sends, one token one agreement.

A share is an agreement, its schema is `roads`, its tables are `frames` and `cells` as far as the agreement gives them.
The files are made by the agreement before anybody may fetch them: a client that lists, filters or guesses gets nothing
that the agreement does not hold. A revoked agreement answers as if it had never been.
Reading order: tokens(), Session, query(). Sizes in bytes, moments in ISO 8601.
Source: Delta Sharing protocol 1.0 (remembered).
"""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from ..errors import Unheard
from ..ledger.log import append_to, open_log
from ..store.road_queries import open_duckdb
from .lake import Lake
from .license.agreement import Agreement, Book
from .license.deliver import Ask, Counter, plan
from .query import ORIGIN, answer

SCHEMA, FRAMES, CELLS = "roads", "frames", "cells"
_TYPES = {"string": "string", "double": "double", "int64": "long", "int32": "integer", "bool": "boolean"}


class Unknown(Unheard):
    """No such share, schema or table for this token; the same answer for what is not there and what is not yours."""


def token_for(lake: Lake, agreement: str) -> str:
    """The bearer token of an agreement: only this folder can make it, and it opens only this agreement."""
    tag = hmac.new(lake.secret(), f"token\0{agreement}".encode(), hashlib.sha256).hexdigest()
    return f"{agreement}.{tag}"


def profile(lake: Lake, agreement: str, endpoint: str) -> dict[str, Any]:
    """The profile file a client opens."""
    found = Book(lake.folder / "agreements").get(agreement)
    return {
        "shareCredentialsVersion": 1,
        "endpoint": endpoint,
        "bearerToken": token_for(lake, agreement),
        "expirationTime": found.until,
    }


@dataclass(frozen=True)
class Session:
    """What one token may see."""

    lake: Lake
    agreement: Agreement
    purposes: tuple[str, ...]

    def shares(self) -> dict[str, Any]:
        return {"items": [{"name": self.agreement.id, "id": self.agreement.id}]}

    def share(self, name: str) -> dict[str, Any]:
        self._mine(name)
        return {"share": {"name": name, "id": name}}

    def schemas(self, name: str) -> dict[str, Any]:
        self._mine(name)
        return {"items": [{"name": SCHEMA, "share": name}]}

    def tables(self, name: str, schema: str = SCHEMA) -> dict[str, Any]:
        self._mine(name, schema)
        limits = self.agreement.projection
        names = [*([FRAMES] if limits.columns else []), *([CELLS] if limits.aggregates else [])]
        rows = [{"name": t, "schema": SCHEMA, "share": name, "shareId": name, "id": f"{name}.{t}"} for t in names]
        return {"items": rows}

    def _mine(self, name: str, schema: str = SCHEMA, table: str = "") -> None:
        if name != self.agreement.id or schema != SCHEMA:
            raise Unknown(f"no share {name!r} with a schema {schema!r} is open to this token")
        if table and table not in [t["name"] for t in self.tables(name)["items"]]:
            raise Unknown(f"no table {table!r} is open to this token")

    def version(self, name: str, schema: str, table: str) -> int:
        """The version of a table: how many runs it is made of."""
        self._mine(name, schema, table)
        return len([c for c in self.lake.runs() if c["network"] == self.agreement.dataset])

    def metadata(self, name: str, schema: str, table: str, at: str) -> list[dict[str, Any]]:
        """The protocol line and the metadata line."""
        path, _ = self._file(name, schema, table, at)
        return self._head(table, path)

    def query(self, name: str, schema: str, table: str, *, at: str, url: str) -> list[dict[str, Any]]:
        """Every line of a query's answer. Hints of a client only narrow; here they change nothing, which is allowed."""
        path, rows = self._file(name, schema, table, at)
        size = path.stat().st_size
        log = open_log(self.lake.folder / "log.jsonl", ORIGIN)
        body = {
            "agreement": self.agreement.id,
            "recipient": self.agreement.recipient,
            "rows": rows,
            "bytes": size,
            "digest": "sha256:" + path.stem,
        }
        append_to(self.lake.folder / "log.jsonl", log, at, "roads.delivery", body)
        file = {
            "url": f"{url}/{self.agreement.id}/{path.name}",
            "id": path.stem,
            "partitionValues": {},
            "size": size,
            "stats": json.dumps({"numRecords": rows}),
            "version": self.version(name, schema, table),
        }
        return [*self._head(table, path), {"file": file}]

    def _head(self, table: str, path: Path) -> list[dict[str, Any]]:
        fields = [
            {"name": f.name, "type": _spark(f.type), "nullable": True, "metadata": {}} for f in pq.read_schema(path)
        ]
        meta = {
            "id": f"{self.agreement.id}.{table}",
            "format": {"provider": "parquet"},
            "schemaString": json.dumps({"type": "struct", "fields": fields}),
            "partitionColumns": [],
        }
        return [{"protocol": {"minReaderVersion": 1}}, {"metaData": meta}]

    def _file(self, name: str, schema: str, table: str, at: str) -> tuple[Path, int]:
        """The file of a table, made by the agreement; named by its content."""
        self._mine(name, schema, table)
        log = open_log(self.lake.folder / "log.jsonl", ORIGIN)
        limits = self.agreement.projection
        ask = Ask(
            self.agreement.id,
            self.agreement.recipient,
            purposes=self.purposes,
            columns=limits.columns if table == FRAMES else (),
            aggregates=limits.aggregates if table == CELLS else (),
        )
        book = Book(self.lake.folder / "agreements")
        allowed = plan(book, ask, at=at, meter=Counter.of(log), log=log, file=self.lake.folder / "log.jsonl")
        found = answer(allowed, open_duckdb(self.lake.frames(self.agreement.dataset)), self.lake.secret())
        folder = self.lake.folder / "deliveries" / self.agreement.id
        folder.mkdir(parents=True, exist_ok=True)
        sink = pa.BufferOutputStream()
        pq.write_table(_plain(found), sink, compression="zstd")
        raw = sink.getvalue().to_pybytes()
        path = folder / f"{hashlib.sha256(raw).hexdigest()}.parquet"
        if not path.exists():
            part = path.with_suffix(".part")
            part.write_bytes(raw)
            part.replace(path)
        return path, found.num_rows

    def fetch(self, file: str) -> bytes:
        """A file this agreement was given; raises Unknown for every other name."""
        path = self.lake.folder / "deliveries" / self.agreement.id / file
        if Book(self.lake.folder / "agreements").revoked(self.agreement.id):
            raise Unknown("no such file is open to this token")
        if "/" in file or not file.endswith(".parquet") or not path.is_file():
            raise Unknown("no such file is open to this token")
        return path.read_bytes()


def _plain(found: pa.Table) -> pa.Table:
    """Texts as texts: a client of another make need not know our dictionaries."""
    fields = [f.with_type(f.type.value_type) if pa.types.is_dictionary(f.type) else f for f in found.schema]
    return found.cast(pa.schema(fields, found.schema.metadata))


def _spark(kind: Any) -> str:
    if pa.types.is_timestamp(kind):
        return "timestamp"
    return _TYPES.get(str(kind), "string")


def open_session(lake: Lake, token: str, purposes: tuple[str, ...]) -> Session:
    """What a token opens; raises Unknown for a token that is none, or whose agreement is revoked."""
    name = token.rpartition(".")[0]
    book = Book(lake.folder / "agreements")
    try:
        right = bool(name) and hmac.compare_digest(token, token_for(lake, name)) and not book.revoked(name)
        agreement = book.get(name) if right else None
    except Exception as error:
        raise Unknown("the token opens nothing") from error
    if agreement is None:
        raise Unknown("the token opens nothing")
    return Session(lake, agreement, purposes)
