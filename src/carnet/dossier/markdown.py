"""A short summary in Markdown, for a pull request: the grid, the gravest findings, what to ask next.

Long dossiers are cut, and the cut is said: the whole stands in the other formats. Free text is escaped so that it
stays text: no markup, no HTML, no links, no mentions.
"""

from __future__ import annotations

import re

from ..catalog import Catalog
from ..waist import Dossier, Finding
from .actions import questions
from .view import Board, Cell, ask, gravest_first, reported, standing_and_force
from .wording import EVENTS, MARKS, REPORTED, STANDINGS, cited, count, one_line

# Marks that can begin something anywhere in a line; those that only matter at its start never stand there here.
_MARKUP = re.compile(r"[\\`*_\[\]|~$]")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "@": "&#64;", "#": "&#35;", "://": "&#58;//"}


def render(dossier: Dossier, catalog: Catalog, *, most: int = 20) -> str:
    """The summary; `most` findings and questions at most."""
    board, project = Board(dossier, catalog), dossier.project
    grave = [f for f in gravest_first(dossier.findings) if f.verdict in ("unmet", "unproven", "undecided")]
    tallies = " · ".join(f"{MARKS[v].shape} **{number:,} {MARKS[v].word}**" for v, number in board.counts.items())
    parts = [
        f"## {text(project.title)}",
        f"Law of {project.on} for {EVENTS[project.event]}, as known on {project.known}. {board.summary}",
        tallies,
        _grid(board),
        *_worst(board, grave[:most], len(grave)),
        *_next(board, most),
        *(f"### {text(c.title)}\n\n{text(c.lead)}" for c in dossier.chapters),
        *_exposed(board, most),
        f"<sub>{text(dossier.engine)} · library {text(dossier.catalog_version)}</sub>",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def text(raw: str) -> str:
    """Free text as text: on one line, every mark of Markdown and HTML escaped, no address or mention left alive."""
    line = one_line(raw)
    for mark, entity in _ENTITIES.items():
        line = line.replace(mark, entity)
    return _MARKUP.sub(lambda found: "\\" + found.group(), line)


def _grid(board: Board) -> str:
    filled = {cell.column.key for cell in board.cells()}
    columns = [c for c in board.columns if c.key in filled]
    lines = ["| | " + " | ".join(text(c.title) for c in columns) + " |", "|---" * (len(columns) + 1) + "|"]
    for market, cells in board.grid:
        lines.append(
            f"| **{text(board.name(market))}** | " + " | ".join(_cell(c) for c in cells if c.column in columns) + " |"
        )
    return "\n".join(lines)


def _cell(cell: Cell) -> str:
    if not cell.verdict:
        return cell.silence
    mark = MARKS[cell.verdict]
    return f"{mark.shape} {mark.word} ({cell.counts[cell.verdict]} of {len(cell.findings)})"


def _worst(board: Board, shown: list[Finding], total: int) -> list[str]:
    if not shown:
        return ["Nothing is unmet, unproven or undecided."]
    rest = [f"- and {count(total - len(shown), 'more finding')} in the full dossier"] if total > len(shown) else []
    return ["### What stands open", "\n".join([*(_line(board, f) for f in shown), *rest])]


def _line(board: Board, finding: Finding) -> str:
    mark = MARKS[finding.verdict]
    where = f"{text(board.name(finding.market))} · {text(' + '.join(board.key(finding.about)))}"
    question = f" *Ask:* {text(ask(finding))}" if ask(finding) else ""
    unread = f"; {REPORTED}" if reported(finding) else ""
    behind = f"{standing_and_force(finding)}; {text(cited(finding.source))}{unread}; {text(finding.rule)}"
    says = f"{text(finding.title)}: {text(finding.because)}{question}"
    return f"- {mark.shape} **{mark.word}** · {where} · {says} <sub>{behind}</sub>"


def _next(board: Board, most: int) -> list[str]:
    asked = questions(board)
    if not asked:
        return []
    lines = [
        f"1. {text(a.what)} ({a.who}; {text(', '.join(a.about))}; {count(len(a.settles), 'finding')})"
        for a in asked[: min(most, 5)]
    ]
    return ["### Cheapest questions next", "\n".join(lines)]


def _exposed(board: Board, most: int) -> list[str]:
    rows = board.dossier.exposure
    if not rows:
        return []
    lines = [
        f"- {text(board.name(e.market))} · {STANDINGS[e.standing]} · {text(e.title)}: "
        f"would bind when {text(e.binds_when or 'not known')}"
        for e in rows[:most]
    ]
    rest = [f"- and {count(len(rows) - most, 'more text')}"] if len(rows) > most else []
    head = f"<details><summary>Exposure, which binds nobody yet: {count(len(rows), 'text')}</summary>"
    return [head, "\n".join(lines + rest), "</details>"]
