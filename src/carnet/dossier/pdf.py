"""The dossier as a PDF by Typst: the grid on a landscape page, the findings after it.

This module lays the dossier out as plain values; templates/dossier.typ says how they look, `typeset` makes the bytes.
What is met or not applicable is one row of a table; what stands open has its whole entry.
Reading order: render(), values(), then one function per part in the order of the pages.
"""

from __future__ import annotations

from typing import Any

from ..catalog import Catalog
from ..chapter import Figure, Listing, Part, Table, Text
from ..waist import Dossier, Evidence, Expected, Exposure, Finding, Source, Step
from ..words import span
from .actions import questions
from .typeset import typeset
from .view import Board, Cell, ask, notes, reported, standing_and_force
from .wording import (
    EVENTS,
    MARKS,
    STANDINGS,
    STATES,
    changes,
    cited,
    count,
    digest,
    document,
    effort,
    graded,
    money,
    short,
    spoken,
    weeks,
    witnessed,
)

Values = dict[str, Any]
PLAIN = ("met", "not_applicable")
MOST_QUESTIONS, LONG = 25, 1200


def render(dossier: Dossier, catalog: Catalog) -> bytes:
    """The PDF's bytes."""
    drawings = {
        f"{c.id}-{n}.svg": p.svg for c in dossier.chapters for n, p in enumerate(c.parts) if isinstance(p, Figure)
    }
    return typeset("dossier.typ", values(Board(dossier, catalog)), span(dossier.project.on)[0], drawings)


def values(board: Board) -> Values:
    """Everything the pages say, as plain values."""
    dossier, project = board.dossier, board.dossier.project
    asked = questions(board)
    return {
        "title": project.title,
        "engine": dossier.engine,
        "library": dossier.catalog_version,
        "foot": " · ".join(
            [
                short(project.title, 60),
                f"law of {project.on}",
                f"as known on {project.known}",
                dossier.engine,
                f"library {dossier.catalog_version}",
            ]
        ),
        "days": [
            ["Day of the law", project.on],
            ["Event", EVENTS[project.event]],
            ["As known on", project.known],
            *([["From", board.name(project.origin)]] if project.origin else []),
            ["Engine", dossier.engine],
            ["Library", dossier.catalog_version],
        ],
        "summary": board.summary,
        "tally": [[verdict, f"{number:,}"] for verdict, number in board.counts.items()],
        "legend": [[verdict, mark.means] for verdict, mark in MARKS.items()],
        "columns": [
            {"title": short(c.title), "kind": f"{c.kind}: {c.note}" if c.kind.endswith("pair") else c.kind}
            for c in board.columns
        ],
        "grid": [
            {"name": board.name(market), "note": board.beside(market), "cells": [_cell(c) for c in cells]}
            for market, cells in board.grid
        ],
        "questions": [
            {
                "what": a.what,
                "who": a.who,
                "about": ", ".join(a.about),
                "settles": f"{count(len(a.settles), 'finding')} in {board.names(a.markets)}",
            }
            for a in asked[:MOST_QUESTIONS]
        ],
        "markets": [
            {"name": board.name(market), "about": [_about(c, board) for c in cells if c.findings]}
            for market, cells in board.grid
            if any(c.findings for c in cells)
        ],
        "exposure": [
            {"name": board.name(m), "rows": [_exposure(e, board) for e in rows]} for m, rows in board.exposure
        ],
        "documents": [
            {
                "name": board.name(market),
                "note": f"{sum(r.state == 'have' for r in rows)} of {len(rows)} in hand",
                "rows": [_document(r, board) for r in rows],
            }
            for market, rows in board.completeness
        ],
        "chapters": [
            {"title": c.title, "lead": c.lead, "parts": [_part(p, f"{c.id}-{n}.svg") for n, p in enumerate(c.parts)]}
            for c in dossier.chapters
        ],
        "steps": [_step(s) for s in dossier.steps],
        "evidence": [_evidence(e) for e in project.evidence],
        "inputs": [
            ["Engine", dossier.engine],
            ["Library", dossier.catalog_digest],
            *([p, d] for p, d in project.inputs),
        ],
    }


def source(one: Source | None, unread: bool = False) -> Values | None:
    """A source as the pages show it."""
    if one is None:
        return None
    return {"cited": cited(one), "graded": graded(one), "reported": one.reported or unread}


def _cell(cell: Cell) -> Values:
    counts = [[verdict, str(number)] for verdict, number in cell.counts.items()]
    return {
        "verdict": cell.verdict,
        "standing": cell.standing if cell.verdict else "",
        "counts": counts,
        "silence": cell.silence,
    }


def _about(cell: Cell, board: Board) -> Values:
    column = cell.column
    note = " · ".join(
        part for part in (column.kind, column.label if column.title != column.label else "", column.note) if part
    )
    return {
        "title": column.title,
        "note": note,
        "findings": [finding(f, board) for f in cell.findings if f.verdict not in PLAIN],
        "plain": [
            {
                "verdict": f.verdict,
                "title": f.title,
                "because": f.because,
                "evidence": f"Evidence: {', '.join(f.evidence)}" if f.evidence else "",
                "source": "; ".join(
                    p
                    for p in (cited(f.source), f"clause {f.clause}" if f.clause else "", graded(f.source), f.rule)
                    if p
                ),
                "reported": reported(f),
            }
            for f in cell.findings
            if f.verdict in PLAIN
        ],
    }


def finding(one: Finding, board: Board) -> Values:
    """One finding with everything that stands behind it."""
    shown = [f"{e} ({witnessed(board.evidence[e])})" if e in board.evidence else e for e in one.evidence]
    through = [f"{board.recognitions[v].title} ({v})" if v in board.recognitions else v for v in one.via]
    inherited = f"through {board.names(one.inherited)}" if one.inherited else ""
    return {
        "verdict": one.verdict,
        "standing": standing_and_force(one),
        "title": one.title,
        "because": one.because,
        # Short entries stay on one page; one longer than a page must be allowed to break.
        "long": sum(map(len, (one.title, one.because, one.question, *one.residual, *one.notes))) > LONG,
        "facts": [
            [label, text]
            for label, text in (
                ("Ask", ask(one)),
                ("Missing", ", ".join(one.missing)),
                ("Evidence", "; ".join(shown)),
                ("Through", "; ".join(through)),
                ("Still to do", "; ".join(one.residual)),
                ("Note", "; ".join(notes(one))),
                ("Clause", one.clause),
            )
            if text
        ],
        "source": source(one.source, reported(one)),
        "rule": " · ".join(part for part in (one.rule, spoken(one.topic), inherited, str(one.where)) if part),
    }


def _exposure(one: Exposure, board: Board) -> Values:
    about = ", ".join(board.key(one.about))
    look = f"look again {one.next_look}" if one.next_look else ""
    cost = [f"{board.steps[s].title}: {effort(board.steps[s])}" for s in one.effort if s in board.steps]
    return {
        "title": one.title,
        "note": " · ".join(part for part in (one.signal, about, look) if part),
        "standing": STANDINGS[one.standing],
        "binds": one.binds_when or "not known",
        "changes": [*changes(one), *cost] or ["not known"],
        "source": source(one.source),
    }


def _document(one: Expected, board: Board) -> Values:
    word, shape = STATES[one.state]
    title = document(one)
    until = f" (expires {one.expires})" if one.expires else ""
    return {
        "title": title,
        "note": " · ".join(
            p for p in (one.title if one.title != title else "", f"in {one.language}" if one.language else "") if p
        ),
        "state": word,
        "shape": shape,
        "color": {"missing": "unproven", "expires": "residual", "have": "met"}[one.state],
        "about": " + ".join(board.key(one.about)),
        "evidence": f"{one.evidence}{until}" if one.evidence else "–",
        "source": source(one.source),
    }


def _part(one: Part, drawing: str) -> Values:
    """A part of a chapter; a figure names the file its picture lies in."""
    if isinstance(one, Text):
        return {"kind": "text", "text": one.text}
    if isinstance(one, Listing):
        return {"kind": "listing", "items": list(one.items)}
    if isinstance(one, Table):
        rows = [list(row) for row in one.rows]
        return {"kind": "table", "title": one.title, "columns": list(one.columns), "rows": rows, "note": one.note,
                "numeric": list(one.numeric)}  # fmt: skip
    return {
        "kind": "figure",
        "title": one.title,
        "says": " ".join(p for p in (one.alt, one.note) if p),
        "file": drawing,
    }


def _step(one: Step) -> Values:
    return {
        "title": one.title,
        "note": " · ".join(part for part in (one.id, ", ".join(spoken(a) for a in one.about), one.note) if part),
        "cost": money(one.cost),
        "weeks": weeks(one.weeks),
        "shared": "; ".join(part for part in (one.shared, f"valid {one.valid}" if one.valid else "") if part) or "–",
        "quoted": one.quoted,
        "source": source(one.source),
    }


def _evidence(one: Evidence) -> Values:
    covers = ", ".join(f"{name} {number}" for name, number in one.covers)
    return {
        "id": one.id,
        "file": one.file or "no file",
        "digest": digest(one.digest),
        "about": ", ".join(one.about),
        "what": "; ".join(
            part for part in (witnessed(one), f"covers {covers}" if covers else "no version stated") if part
        ),
        "counts": "; ".join(f"no: {problem}" for problem in one.reasons) or "yes",
    }
