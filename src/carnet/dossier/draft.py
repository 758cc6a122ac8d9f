"""The structure of a drafted document, and its three faces: a page, a print, plain text.

A Document says what stands where and knows no format; the templates know formats and no document. Whoever drafts one
fills tables of Cells. Reading order: Cell, Section, Document.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from textwrap import wrap

from ..waist import Source
from .wording import MARKS, REPORTED, cited, clean, graded, one_line


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table: its text, what stands small beneath it, and perhaps a verdict before it."""

    text: str = ""
    small: str = ""
    mark: str = ""  # a verdict
    strong: bool = False
    unread: bool = False  # rests on what nobody read

    @property
    def plain(self) -> str:
        """The cell on one line."""
        parts = (MARKS[self.mark].word if self.mark else "", self.text, f"({self.small})" if self.small else "")
        return one_line(" ".join(p for p in (*parts, REPORTED if self.unread else "") if p))


def sourced(source: Source | None, clause: str = "", unread: bool = False) -> Cell:
    """A source as a cell: which text, how much it is worth."""
    if source is None:
        return Cell("no source recorded")
    text = f"{cited(source)}, clause {clause}" if clause else cited(source)
    return Cell(text, graded(source), unread=source.reported or unread)


@dataclass(frozen=True, slots=True)
class Section:
    """One heading with a sentence, a table, or a sentence that says why there is none."""

    title: str
    note: str = ""
    heads: tuple[str, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()
    widths: tuple[int, ...] = ()  # shares of the width, one per head
    empty: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """A drafted document: what it is, for which day, its sections, and who would sign it."""

    kind: str
    title: str
    pairs: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    on: str
    engine: str
    library: str
    signatures: tuple[str, ...] = ()
    notice: str = ""

    @property
    def foot(self) -> str:
        return f"{self.kind} · {self.title} · drafted for {self.on} · {self.engine} · library {self.library}"

    def html(self) -> str:
        """One page that needs nothing else."""
        from .html import page

        return page("document.html.jinja", document=self)

    def pdf(self) -> bytes:
        """The same in print."""
        from .typeset import typeset

        sections = [{**asdict(s), "widths": list(s.widths or (1,) * len(s.heads))} for s in self.sections]
        return typeset(
            "document.typ",
            {
                "title": self.title,
                "kind": self.kind,
                "notice": self.notice,
                "pairs": [list(pair) for pair in self.pairs],
                "sections": sections,
                "signatures": list(self.signatures),
                "foot": self.foot,
                "engine": self.engine,
                "library": self.library,
            },
            self.on,
        )

    def text(self, width: int = 80) -> str:
        """The same for a terminal: a heading, then each row as a small block."""
        lines = [clean(self.kind), one_line(self.title), ""]
        stub = max((len(label) for label, _ in self.pairs), default=0)
        for label, value in self.pairs:
            lines += _hung(f"{label.ljust(stub)}  ", one_line(value), width)
        if self.notice:
            lines += ["", *wrap(one_line(self.notice), width)]
        for section in self.sections:
            lines += ["", section.title, "-" * len(section.title)]
            if not section.rows:
                lines += wrap(one_line(section.empty), width)
            for row in section.rows:
                first, *rest = row
                lines += _hung("", first.plain or "-", width)
                for head, cell in zip(section.heads[1:], rest, strict=True):
                    lines += _hung(f"    {head}: ", cell.plain, width) if cell.plain else []
            lines += wrap(one_line(section.after), width) if section.after else []
        for name in self.signatures:
            lines += ["", f"Signed for {one_line(name)}: ______________________  Day: ____________"]
        return "\n".join([*lines, "", one_line(self.foot)]) + "\n"


def _hung(head: str, text: str, width: int) -> list[str]:
    indent = " " * min(len(head) if head.strip() else 0, 20)
    return wrap(head + text, width, subsequent_indent=indent or "  ", break_on_hyphens=False) or [head]
