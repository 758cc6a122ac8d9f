"""The dossier as JSON: the public contract `carnet/dossier/1`.

Published as a JSON Schema in schema/dossier-1.json. Keys stand in a fixed order, rows in the order of the dossier, so
the same dossier gives the same bytes. What is not known is null, never an empty string; lists are always there.
Reading order: render(), contract(), then one function per noun in the order of the contract.
"""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path, PurePath
from typing import Any

from ..catalog import Catalog
from ..chapter import Chapter, Listing, Part, Table, Text
from ..waist import Dossier, Evidence, Expected, Exposure, Finding, Place, Source, Step, Subject
from .view import Board
from .wording import clean

SCHEMA = "carnet/dossier/1"
SCHEMA_FILE = Path(__file__).parent / "schema" / "dossier-1.json"
Json = dict[str, Any]


def render(dossier: Dossier, catalog: Catalog) -> str:
    """The contract as text, two spaces deep, with a newline at the end."""
    return write(contract(dossier, catalog), indent=2) + "\n"


def write(value: Any, indent: int | None = None) -> str:
    """JSON text in the order given; every script as itself, amounts as their digits."""
    return json.dumps(value, ensure_ascii=False, indent=indent, default=_plain, allow_nan=False)


def schema() -> Json:
    """The published JSON Schema (draft 2020-12) of the contract."""
    found: Json = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    return found


def contract(dossier: Dossier, catalog: Catalog) -> Json:
    """The whole dossier as plain values."""
    board, project = Board(dossier, catalog), dossier.project
    return {
        "schema": SCHEMA,
        "project": project.id,
        "title": project.title,
        "file": PurePath(project.file).name.encode("utf-8", "backslashreplace").decode(),
        "on": project.on,
        "event": project.event,
        "known": project.known,
        "engine": dossier.engine,
        "catalog": {"version": dossier.catalog_version, "digest": dossier.catalog_digest},
        "origin": project.origin or None,
        "markets": [{"code": code, "name": board.name(code)} for code in board.markets],
        "names": dict(sorted(dossier.names)),
        "subjects": [subject(s) for s in project.subjects],
        "inputs": [{"path": path, "digest": digest} for path, digest in project.inputs],
        "counts": board.counts,
        "grid": [
            {"market": cell.market, "about": list(cell.column.key), "verdict": cell.verdict, "counts": cell.counts}
            for cell in board.cells()
        ],
        "findings": [finding(f) for f in dossier.findings],
        "exposure": [exposure(e) for e in dossier.exposure],
        "completeness": [expected(e) for e in dossier.completeness],
        "evidence": [evidence(e) for e in project.evidence],
        "questions": [_sorted(q) for q in dossier.questions],
        "steps": [step(s) for s in dossier.steps],
        "chapters": [chapter(c) for c in dossier.chapters],
    }


def finding(one: Finding) -> Json:
    return {
        "id": one.id,
        "rule": one.rule,
        "market": one.market,
        "about": list(one.about),
        "verdict": one.verdict,
        "standing": one.standing,
        "force": one.force,
        "title": one.title,
        "because": one.because,
        "missing": list(one.missing),
        "evidence": list(one.evidence),
        "via": list(one.via),
        "residual": list(one.residual),
        "source": source(one.source),
        "clause": one.clause or None,
        "where": place(one.where),
        "question": one.question or None,
        "topic": one.topic,
        "inherited": list(one.inherited),
        "effort": list(one.effort),
        "notes": list(one.notes),
    }


def exposure(one: Exposure) -> Json:
    return {
        "signal": one.signal,
        "market": one.market,
        "standing": one.standing,
        "binds_when": one.binds_when or None,
        "would_change": [_sorted(change) for change in one.would_change],
        "title": one.title,
        "about": list(one.about),
        "topic": one.topic or None,
        "next_look": one.next_look or None,
        "effort": list(one.effort),
        "source": source(one.source),
    }


def expected(one: Expected) -> Json:
    return {
        "market": one.market,
        "about": list(one.about),
        "document": one.document,
        "state": one.state,
        "evidence": one.evidence or None,
        "expires": one.expires or None,
        "kind": one.kind,
        "title": one.title or None,
        "language": one.language or None,
        "rules": list(one.rules),
        "source": source(one.source),
    }


def source(one: Source | None) -> Json | None:
    if one is None:
        return None
    return {
        "id": one.id,
        "number": one.number,
        "title": one.title or None,
        "publisher": one.publisher or None,
        "issued": one.issued or None,
        "class": one.grade,
        "read": one.read,
        "seen": one.seen,
        "reported": one.reported,
    }


def place(one: Place) -> Json:
    return {"file": one.file, "line": one.line, "column": one.column}


def subject(one: Subject) -> Json:
    return {
        "id": one.id,
        "kind": one.kind,
        "title": one.title or None,
        "versions": dict(sorted(one.versions)),
        "fitted_to": list(one.fitted_to),
        "stands_in": list(one.stands_in),
        "members": list(one.members),
        "way": one.way or None,
        "where": place(one.place),
    }


def evidence(one: Evidence) -> Json:
    return {
        "id": one.id,
        "about": list(one.about),
        "kind": one.kind,
        "file": one.file or None,
        "digest": one.digest or None,
        "standard": one.standard or None,
        "approval": one.approval or None,
        "issuer": one.issuer or None,
        "issuer_economy": one.issuer_economy or None,
        "accredited_to": list(one.accredited_to),
        "issued": one.issued or None,
        "expires": one.expires or None,
        "result": one.result or None,
        "covers": dict(sorted(one.covers)),
        "language": one.language or None,
        "counts": not one.reasons,
        "problems": list(one.reasons),
        "where": place(one.place),
    }


def step(one: Step) -> Json:
    return {
        "id": one.id,
        "title": one.title,
        "about": list(one.about),
        "cost": _range(one.cost),
        "weeks": _range(one.weeks),
        "quoted": one.quoted,
        "shared": one.shared or None,
        "valid": one.valid or None,
        "yields": list(one.yields),
        "confidence": one.confidence or None,
        "note": one.note or None,
        "source": source(one.source),
    }


def chapter(one: Chapter) -> Json:
    """A chapter with its parts; a drawing is given in words, its picture stands in the other formats."""
    return {"id": one.id, "title": one.title, "lead": one.lead, "parts": [_part(p) for p in one.parts]}


def _part(one: Part) -> Json:
    if isinstance(one, Text):
        return {"part": "text", "text": one.text}
    if isinstance(one, Listing):
        return {"part": "listing", "items": list(one.items)}
    if isinstance(one, Table):
        rows = [list(row) for row in one.rows]
        return {
            "part": "table",
            "title": one.title,
            "columns": list(one.columns),
            "rows": rows,
            "note": one.note or None,
        }
    return {"part": "figure", "title": one.title, "says": one.alt, "note": one.note or None}


def _range(span: Json) -> Json:
    """low, mid, high first, then what is said about them; mid is null unless quoted."""
    return {"low": None, "mid": None, "high": None, **dict(sorted(span.items()))}


def _sorted(row: Json) -> Json:
    """A free row with its keys in order, so that it does not matter how it was built."""
    return dict(sorted(row.items()))


def _plain(value: Any) -> Any:
    """What JSON has no word for: amounts as text, sets in order."""
    if isinstance(value, set | frozenset):
        return sorted(value)
    return format(value, "f") if isinstance(value, Decimal) else clean(str(value))
