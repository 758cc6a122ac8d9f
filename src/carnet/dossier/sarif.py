"""Findings as SARIF 2.1.0, so that editors and code hosts show them at their line of the project file.

Unmet is an error, unproven and undecided are warnings, residual is a note. What is met or not applicable is left out
unless asked for, since most viewers show every result as a complaint; asked for, it carries the kinds `pass` and
`notApplicable`.
Source: OASIS Static Analysis Results Interchange Format 2.1.0 (kinds and levels: 3.27.9, 3.27.10; remembered).
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from ..catalog import Catalog
from ..waist import Dossier, Finding, Place
from .json import write
from .view import Board, reported, standing_and_force
from .wording import MARKS, cited, clean, graded, one_line, spoken

LEVELS = {
    "unmet": "error",
    "unproven": "warning",
    "undecided": "warning",
    "residual": "note",
    "met": "none",
    "not_applicable": "none",
}
KINDS = {"met": "pass", "not_applicable": "notApplicable"}
SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_ABSOLUTE = re.compile(r"[A-Za-z]:[\\/]|/")


def render(dossier: Dossier, catalog: Catalog, *, everything: bool = False) -> str:
    """One run with a result per finding, and each rule's own words."""
    board = Board(dossier, catalog)
    shown = [f for f in dossier.findings if everything or f.verdict not in KINDS]
    rules: dict[str, Finding] = {}
    for finding in shown:
        rules.setdefault(finding.rule, finding)
    index = {rule: number for number, rule in enumerate(rules)}
    run = {
        "tool": {
            "driver": {
                "name": "carnet",
                "semanticVersion": dossier.engine.rpartition(" ")[2],
                "rules": [_rule(finding, board) for finding in rules.values()],
            }
        },
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, index[finding.rule], board) for finding in shown],
        "properties": {
            "project": dossier.project.id,
            "on": dossier.project.on,
            "event": dossier.project.event,
            "known": dossier.project.known,
            "catalog": {"version": dossier.catalog_version, "digest": dossier.catalog_digest},
        },
    }
    return write({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(finding: Finding, board: Board) -> dict[str, Any]:
    row = board.requirement(finding.rule)
    says = [
        f"Source: {one_line(cited(finding.source))}, {graded(finding.source)}.",
        f"Applies when: {row['applies']}." if row and row["applies"] else "",
        f"Demands: {row['demands']}." if row and row["demands"] else "",
        f"Asks: {one_line(row['asks'])}" if row and row["asks"] else "",
    ]
    return {
        "id": finding.rule,
        "shortDescription": {"text": one_line(finding.title)},
        "fullDescription": {
            "text": f"{one_line(finding.title)} ({spoken(finding.topic)}; {standing_and_force(finding)})"
        },
        "help": {"text": "\n".join(part for part in says if part)},
        "defaultConfiguration": {"level": "error"},
        "properties": {"topic": finding.topic, "tags": [finding.topic, *([finding.force] if finding.force else [])]},
    }


def _result(finding: Finding, index: int, board: Board) -> dict[str, Any]:
    text = f"{board.name(finding.market)}, {' + '.join(board.key(finding.about))}: {MARKS[finding.verdict].word}. "
    text += f"{one_line(finding.title)}: {one_line(finding.because)}"
    if finding.question:
        text += f" Ask: {one_line(finding.question)}"
    fingerprint = hashlib.sha256(f"{finding.market}\0{finding.id}".encode(errors="replace")).hexdigest()
    return {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "kind": KINDS.get(finding.verdict, "fail"),
        "level": LEVELS[finding.verdict],
        "message": {"text": text},
        "locations": [{"physicalLocation": _location(_beside(finding.where, board))}],
        "partialFingerprints": {"carnetFinding/v1": fingerprint},
        "properties": {
            "id": finding.id,
            "market": finding.market,
            "about": list(finding.about),
            "verdict": finding.verdict,
            "standing": finding.standing,
            "force": finding.force,
            "missing": list(finding.missing),
            "evidence": list(finding.evidence),
            "via": list(finding.via),
            "reported": reported(finding),
            "residual": [clean(work) for work in finding.residual],
        },
    }


def _beside(where: Place, board: Board) -> Place:
    """A place names its file alone; a code host needs the folder the project file was named with."""
    folder = PurePath(board.dossier.project.file).parent
    return where if _ABSOLUTE.match(where.file) else replace(where, file=(folder / where.file).as_posix())


def _location(where: Place) -> dict[str, Any]:
    path = where.file.replace("\\", "/")
    artifact: dict[str, Any] = {"uri": quote(path, safe="/:@+.-_~")}
    if not _ABSOLUTE.match(where.file):
        artifact = {"uri": artifact["uri"].removeprefix("./"), "uriBaseId": "%SRCROOT%"}
    else:
        artifact["uri"] = "file://" + ("" if path.startswith("/") else "/") + artifact["uri"]
    return {
        "artifactLocation": artifact,
        "region": {"startLine": max(where.line, 1), "startColumn": max(where.column, 1)},
    }
