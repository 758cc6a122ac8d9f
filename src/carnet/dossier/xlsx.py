"""The dossier as a workbook: findings, evidence register, documents, action list, exposure, and what it rests on.

Every cell is written as text, and text that a spreadsheet could take for a formula carries the mark that keeps it
text when somebody edits the cell. Nothing in the file depends on the clock: the day of creation is the day of the law.
Reading order: render(), then one function per sheet in the order of the workbook.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from io import BytesIO
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]

from ..catalog import Catalog
from ..chapter import Chapter, Listing, Table, Text
from ..waist import Dossier, Source
from ..words import span
from .actions import actions
from .view import Board, gravest_first, notes, reported
from .wording import (
    EVENTS,
    FORCES,
    GRADES,
    MARKS,
    READINGS,
    REPORTED,
    STANDINGS,
    STATES,
    changes,
    cited,
    clean,
    document,
    effort,
    money,
    spoken,
    weeks,
)

MOST_TEXT = 32_767  # characters a cell can hold
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
# The same tints as the page, so that a printed sheet and a printed page agree.
TINTS = {
    "unmet": "#FBEAE7",
    "unproven": "#FBF1DF",
    "undecided": "#F2ECF9",
    "residual": "#E6F2F5",
    "met": "#EAF4E9",
    "not_applicable": "#F3F1EC",
}
Columns = Sequence[tuple[str, int]]
Row = Sequence[Any]
SOURCE: Columns = (
    ("Source", 40), ("Clause", 12), ("Source class", 16), ("How read", 18), ("Seen", 11), ("Reported", 18),
)  # fmt: skip


def render(dossier: Dossier, catalog: Catalog) -> bytes:
    """The workbook's bytes."""
    board, out = Board(dossier, catalog), BytesIO()
    book = xlsxwriter.Workbook(
        out,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "remove_timezone": True,
        },
    )
    book.set_properties(
        {
            "title": clean(dossier.project.title)[:250],
            "subject": f"Law of {dossier.project.on}, as known on {dossier.project.known}",
            "comments": f"{dossier.engine}, library {dossier.catalog_digest}",
            "created": datetime.fromisoformat(span(dossier.project.on)[0]),
        }
    )
    sheet = _Sheets(book)
    for title, columns, rows, wide in (
        ("Findings", *_findings(board), True),
        ("Evidence register", *_register(board), False),
        ("Documents", *_documents(board), False),
        ("Action list", *_actions(board), False),
        ("Exposure", *_exposure(board), False),
        *((_sheet_name(c.title, n), *_chapter(c), False) for n, c in enumerate(dossier.chapters, 1)),
        ("About", *_about(board), False),
    ):
        sheet.write(title, columns, rows, verdicts=wide)
    book.close()
    return out.getvalue()


class _Sheets:
    """Writes tables of text into one workbook."""

    def __init__(self, book: Any) -> None:
        self.book = book
        plain = {"text_wrap": True, "valign": "top", "font_size": 10}
        self.head = book.add_format({**plain, "bold": True, "bottom": 2, "bg_color": "#F6F3EC"})
        self.text = book.add_format(plain)
        self.kept = book.add_format({**plain, "quote_prefix": True})
        self.tints = {MARKS[v].word: book.add_format({**plain, "bold": True, "bg_color": c}) for v, c in TINTS.items()}

    def write(self, title: str, columns: Columns, rows: Iterable[Row], *, verdicts: bool) -> None:
        sheet = self.book.add_worksheet(title)
        for number, (name, width) in enumerate(columns):
            sheet.set_column(number, number, width)
            sheet.write_string(0, number, name, self.head)
        last = 0
        for last, row in enumerate(rows, 1):
            for number, value in enumerate(row):
                text = plain(value)
                tinted = self.tints.get(text) if verdicts and columns[number][0] == "Verdict" else None
                sheet.write_string(last, number, text, tinted or (self.kept if text.startswith(FORMULA) else self.text))
        sheet.autofilter(0, 0, max(last, 1), len(columns) - 1)
        sheet.freeze_panes(1, 1)
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        sheet.set_footer("&L&A&R&P / &N")


def plain(value: Any) -> str:
    """A value as the text of one cell."""
    text = "\n".join(str(v) for v in value) if isinstance(value, list | tuple) else "" if value is None else str(value)
    text = clean(text)
    return text if len(text) <= MOST_TEXT else text[: MOST_TEXT - 1] + "…"


def _source(source: Source | None, clause: str = "", unread: bool = False) -> tuple[str, ...]:
    if source is None:
        return ("no source recorded", clause, "", "", "", "")
    grade, read = GRADES.get(source.grade, source.grade), READINGS.get(source.read, source.read)
    return (cited(source), clause, grade, read, source.seen or "never", REPORTED if source.reported or unread else "")


def _findings(board: Board) -> tuple[Columns, Iterable[Row]]:
    columns = (
        ("Market", 16), ("About", 18), ("Verdict", 14), ("Standing", 16), ("Force", 13), ("Title", 36),
        ("Because", 52),
        ("Question", 40), ("Missing", 24), ("Evidence", 20), ("Through", 24), ("Still to do", 36), *SOURCE,
        ("Inherited through", 18), ("Topic", 18), ("Rule", 26), ("Notes", 40), ("Where", 26),
    )  # fmt: skip
    rows = (
        (
            board.name(f.market), board.key(f.about), MARKS[f.verdict].word, STANDINGS[f.standing],
            FORCES[f.force], f.title,
            f.because, f.question, f.missing, f.evidence, f.via, f.residual, *_source(f.source, f.clause, reported(f)),
            board.names(f.inherited), spoken(f.topic), f.rule, notes(f), f.where,
        )
        for market in board.markets
        for f in gravest_first(f for f in board.dossier.findings if f.market == market)
    )  # fmt: skip
    return columns, rows


def _register(board: Board) -> tuple[Columns, Iterable[Row]]:
    columns = (
        ("id", 18), ("about", 20), ("kind", 18), ("file", 30), ("digest", 30), ("standard", 20), ("approval", 20),
        ("issuer", 28), ("issuer_economy", 15), ("accredited_to", 20), ("issued", 11), ("expires", 11), ("result", 9),
        ("covers", 20), ("language", 10), ("document", 18), ("counts", 9), ("problems", 44), ("used by", 36),
        ("where", 24),
    )  # fmt: skip
    used: dict[str, list[str]] = {}
    for finding in board.dossier.findings:
        for item in finding.evidence:
            used.setdefault(item, []).append(f"{board.name(finding.market)}: {finding.id}")
    rows = (
        (
            e.id, e.about, e.kind, e.file, e.digest, e.standard, e.approval, e.issuer, e.issuer_economy,
            e.accredited_to,
            e.issued, e.expires, e.result, [f"{name}={number}" for name, number in e.covers], e.language, e.document,
            "no" if e.reasons else "yes", e.reasons, used.get(e.id, ()), e.place,
        )
        for e in board.dossier.project.evidence
    )  # fmt: skip
    return columns, rows


def _documents(board: Board) -> tuple[Columns, Iterable[Row]]:
    columns = (
        ("Market", 18), ("About", 20), ("Document", 40), ("Title", 30), ("Kind", 20), ("State", 20), ("Evidence", 18),
        ("Expires", 11),
        ("Language", 10), ("Asked by", 30), *SOURCE,
    )  # fmt: skip
    rows = (
        (
            board.name(market), board.key(e.about), document(e), e.title, spoken(e.kind),
            STATES[e.state][0],
            e.evidence, e.expires, e.language, e.rules, *_source(e.source),
        )
        for market, found in board.completeness
        for e in found
    )  # fmt: skip
    return columns, rows


def _actions(board: Board) -> tuple[Columns, Iterable[Row]]:
    columns = (
        ("No.", 6), ("Do", 10), ("What", 60), ("Who", 26), ("Effort", 15), ("About", 20), ("Markets", 26),
        ("Settles", 9),
        ("Findings", 40), ("Facts", 24), ("Cost of the steps named", 34), ("Time", 20), ("Steps", 36), ("Done", 10),
    )  # fmt: skip
    rows = (
        (
            number, a.does, a.what, a.who, spoken(a.effort) or "not known", a.about, board.names(a.markets),
            len(a.settles),
            [f"{board.name(f.market)}: {f.id}" for f in a.settles], a.facts, [money(s.cost) for s in a.steps],
            [weeks(s.weeks) for s in a.steps], [s.title for s in a.steps], "",
        )
        for number, a in enumerate(actions(board), 1)
    )  # fmt: skip
    return columns, rows


def _exposure(board: Board) -> tuple[Columns, Iterable[Row]]:
    columns = (
        ("Market", 18), ("What", 40), ("Standing", 14), ("Would bind when", 40), ("Would change", 44), ("About", 20),
        ("Topic", 18), ("Look again", 12), ("Cost and time", 40), ("Signal", 22), *SOURCE,
    )  # fmt: skip
    rows = (
        (
            board.name(market), e.title, STANDINGS[e.standing], e.binds_when, changes(e),
            e.about,
            spoken(e.topic), e.next_look, [effort(board.steps[s]) for s in e.effort if s in board.steps], e.signal,
            *_source(e.source),
        )
        for market, found in board.exposure
        for e in found
    )  # fmt: skip
    return columns, rows


def _sheet_name(title: str, number: int) -> str:
    """A name that a workbook takes: no marks it forbids, at most 31 characters, none twice."""
    return f"{number} " + re.sub(r"[\[\]:*?/\\']", " ", clean(title))[:28].strip()


def _chapter(chapter: Chapter) -> tuple[Columns, Iterable[Row]]:
    """A chapter as rows: its paragraphs, its tables with their heads, its figures in words."""
    widest = max([len(p.columns) for p in chapter.parts if isinstance(p, Table)], default=1)
    rows: list[Row] = [(chapter.lead,)]
    for part in chapter.parts:
        if isinstance(part, Text):
            rows.append((part.text,))
        elif isinstance(part, Listing):
            rows += [(item,) for item in part.items]
        elif isinstance(part, Table):
            rows += [(), (part.title,), part.columns, *part.rows, *([(part.note,)] if part.note else [])]
        else:
            rows += [(), (part.title,), (" ".join(t for t in (part.alt, part.note) if t),)]
    return ((chapter.title, 44), *((" " * n, 22) for n in range(1, widest))), rows


def _about(board: Board) -> tuple[Columns, Iterable[Row]]:
    dossier, project = board.dossier, board.dossier.project
    rows: list[Row] = [
        ("Project", project.title),
        ("Id", project.id),
        ("Day of the law", project.on),
        ("Event", EVENTS[project.event]),
        ("As known on", project.known),
        ("Markets", [board.name(m) for m in board.markets]),
        ("Findings", board.summary),
        *((MARKS[verdict].word, f"{number} - {MARKS[verdict].means}") for verdict, number in board.counts.items()),
        ("Engine", dossier.engine),
        ("Library", dossier.catalog_digest),
        *((f"Input {path}", digest) for path, digest in project.inputs),
        ("To recompute", "carnet evidence verify"),
        (REPORTED, "Rests on memory, on the press or on no document: check it before you rely on it."),
        (
            "Ranges",
            "As recorded; a middle stands only where somebody quoted it. Steps can be shared: nothing is added up.",
        ),
    ]
    return (("What", 26), ("Value", 90)), rows
