"""The dossier in a terminal: the grid, then what stands open, then what to do next.

Made for somebody at six in the evening: eighty columns, no color needed, the worst first, each with its because and
the next question, and how to see the rest. The shorter axis goes across; when even that does not fit, the table is cut
into bands. The console is given its width and colors, so nothing here looks at the terminal or the environment.
Reading order: render(), Page, then its sections in the order they print.
"""

from __future__ import annotations

from io import StringIO

from rich.box import SIMPLE_HEAD, Box
from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ..catalog import Catalog
from ..waist import Dossier, Exposure, Finding
from .actions import questions
from .view import Board, Cell, ask, gravest_first, reported
from .wording import (
    EVENTS,
    MARKS,
    REPORTED,
    STANDINGS,
    STATES,
    cited,
    count,
    document,
    effort,
    one_line,
    short,
)

COLORS = {
    "unmet": "bold red",
    "unproven": "yellow",
    "undecided": "magenta",
    "residual": "cyan",
    "met": "green",
    "not_applicable": "dim",
}
ASCII_HEAD = Box("    \n    \n -- \n    \n    \n    \n    \n    \n", ascii=True)
LEAST, WIDEST = 13, 26  # columns a cell needs, and the most it is given
NEAREST = ("adopted", "draft", "announced", "signal", "in_force", "published", "superseded", "withdrawn")
OPEN = ("unmet", "unproven", "undecided")


def render(
    dossier: Dossier, catalog: Catalog, *, width: int = 80, color: bool = False, unicode: bool = True, most: int = 12
) -> str:
    """The text for a terminal `width` columns wide; `most` limits each list and says how many more there are."""
    out = StringIO()
    console = Console(
        file=out,
        width=max(width, 40),
        force_terminal=color,
        color_system="standard" if color else None,
        no_color=not color,
        legacy_windows=False,
        highlight=False,
        emoji=False,
        markup=False,
        safe_box=False,
        _environ={},
    )
    Page(console, Board(dossier, catalog), unicode, most).print()
    lines = (line.rstrip() for line in out.getvalue().splitlines())
    return "\n".join(lines) + "\n"


class Page:
    """One printing of a board on one console."""

    def __init__(self, console: Console, board: Board, unicode: bool, most: int) -> None:
        self.console, self.board, self.unicode, self.most = console, board, unicode, most

    def print(self) -> None:
        project = self.board.dossier.project
        self.line(project.title, style="bold")
        self.line(f"law of {project.on} for {EVENTS[project.event]}, as known on {project.known}", style="dim")
        self.grid()
        self.legend()
        self.open()
        self.asks()
        for chapter in self.board.dossier.chapters:
            self.heading(chapter.title)
            self.line(chapter.lead, indent=1)
        self.exposure()
        self.documents()
        dossier = self.board.dossier
        self.console.print()
        self.line(f"{dossier.engine}, library {dossier.catalog_version}", style="dim")

    def line(self, text: str, *, style: str = "", indent: int = 0) -> None:
        """One paragraph, wrapped within its indent."""
        self.console.print(Padding(Text(self.plain(text), style=style), (0, 0, 0, indent)))

    def plain(self, text: str) -> str:
        """Free text on one line, clean; without Unicode, letters the terminal lacks become question marks."""
        text = one_line(text)
        return text if self.unicode else text.encode("ascii", "replace").decode()

    def shape(self, verdict: str) -> str:
        return MARKS[verdict].shape if self.unicode else MARKS[verdict].plain

    def mark(self, verdict: str) -> Text:
        return Text(f"{self.shape(verdict)} {MARKS[verdict].word}", style=COLORS[verdict])

    def heading(self, text: str, note: str = "") -> None:
        self.console.print()
        self.console.print(Text.assemble((self.plain(text), "bold"), (f"  {self.plain(note)}" if note else "", "dim")))

    # The grid

    def grid(self) -> None:
        """Markets and subjects; the shorter axis across, in bands when it does not fit."""
        columns = [(c.key, short(c.title)) for c in self.board.columns]
        beside = {m: f" ({note})" for m in self.board.markets if (note := self.board.beside(m))}
        markets = [(m, self.board.name(m) + beside.get(m, "")) for m in self.board.markets]
        cells = {(market, cell.column.key): cell for market, row in self.board.grid for cell in row}
        turned = len(columns) > len(markets)
        down, across = (columns, markets) if turned else (markets, columns)
        stub = min(max((cell_len(self.plain(name)) for _, name in down), default=8), 22)
        if len(across) * (LEAST + 2) > self.console.width - stub - 2:
            stub = min(stub, 16)  # a narrower first column may save a band
        fits = max(1, (self.console.width - stub - 2) // (LEAST + 2))
        for start in range(0, len(across), fits):
            band = across[start : start + fits]
            table = Table(box=SIMPLE_HEAD if self.unicode else ASCII_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
            table.add_column("", min_width=stub, max_width=stub, overflow="fold")
            room = min(WIDEST, (self.console.width - stub - 2) // len(band) - 2)
            for _, name in band:
                table.add_column(Text(self.plain(name), style="bold"), min_width=LEAST, max_width=max(LEAST, room))
            for key, name in down:
                pairs = [(other, key) if turned else (key, other) for other, _ in band]
                table.add_row(Text(self.plain(name)), *(self.cell(cells[pair]) for pair in pairs))  # type: ignore[index]
            self.console.print(table)

    def cell(self, cell: Cell) -> Text:
        """Verdict as shape and word, how far its texts have come, and the count of each verdict."""
        if not cell.verdict:
            return Text(cell.silence, style="dim")
        text = self.mark(cell.verdict)
        text.append(f"\n{cell.standing}\n", style="dim")
        for number, (verdict, total) in enumerate(cell.counts.items()):
            text.append(" " if number else "")
            text.append(f"{total}{self.shape(verdict)}", style=COLORS[verdict])
        return text

    def legend(self) -> None:
        self.line(self.board.summary)
        for verdict, number in self.board.counts.items():
            row = self.mark(verdict)
            row.pad_right(18 - row.cell_len)
            row.append(f"{number:>5,}  ")
            row.append(MARKS[verdict].means, style="dim")
            self.console.print(row, no_wrap=True, overflow="ellipsis" if self.unicode else "crop")

    # The lists

    def open(self) -> None:
        """The worst findings by market and subject, in the order of the grid; what several markets share, once."""
        alike: dict[tuple[str, str, str], list[Finding]] = {}
        for finding in gravest_first(self.board.dossier.findings):
            if finding.verdict in OPEN:
                alike.setdefault((finding.id, finding.verdict, finding.because), []).append(finding)
        if not alike:
            self.heading("Nothing is unmet, unproven or undecided")
            return
        order = {market: number for number, market in enumerate(self.board.markets)}
        groups: dict[tuple[tuple[str, ...], tuple[str, ...]], list[Finding]] = {}
        for same in list(alike.values())[: self.most]:
            markets = tuple(sorted({f.market for f in same}, key=lambda m: order[m]))
            groups.setdefault((markets, self.board.key(same[0].about)), []).append(same[0])
        self.heading("What stands open", f"the worst {self.most} of {len(alike):,}" if len(alike) > self.most else "")
        places = {column.key: number for number, column in enumerate(self.board.columns)}
        titles = {column.key: column.title for column in self.board.columns}
        for markets, about in sorted(groups, key=lambda g: (order[g[0][0]], places[g[1]], -len(g[0]))):
            self.console.print()
            self.line(f"{self.board.names(markets)}: {titles[about]}", style="underline")
            for finding in groups[markets, about]:
                self.finding(finding)
        if len(alike) > self.most:
            self.console.print()
            self.line(
                f"{len(alike) - self.most:,} more stand open: --html FILE shows all, carnet why FINDING one",
                style="dim",
            )

    def finding(self, finding: Finding) -> None:
        head = self.mark(finding.verdict)
        head.append(f"  {self.plain(finding.title)}", style="bold")
        self.console.print(Padding(head, (0, 0, 0, 1)))
        self.line(finding.because, indent=3)
        if ask(finding):
            self.line(f"ask: {ask(finding)}", indent=3)
        behind = f"{cited(finding.source)}{', ' + REPORTED if reported(finding) else ''}"
        self.line(f"{finding.id}  {behind}", style="dim", indent=3)

    def asks(self) -> None:
        asked = questions(self.board)
        if not asked:
            return
        self.heading("Cheapest questions next")
        few = asked[: min(5, self.most)]
        for number, action in enumerate(few, 1):
            self.line(f"{number}. {action.what}", indent=1)
            where = f" in {self.board.names(action.markets)}" if action.markets else ""
            settles = (
                f"would settle {count(len(action.settles), 'finding')}" if action.settles else "settles none alone"
            )
            about = f" about {', '.join(action.about)}" if action.about else ""
            self.line(f"{action.who}{about}; {settles}{where}", style="dim", indent=4)
        self.rest(len(asked) - len(few), "question")

    def exposure(self) -> None:
        """What could bind: the nearest to binding first, the same text once for all its markets and subjects."""
        alike: dict[tuple[str, str, str], list[Exposure]] = {}
        for row in (row for _, found in self.board.exposure for row in found):
            alike.setdefault((row.title, row.standing, row.binds_when), []).append(row)
        if not alike:
            return
        self.heading("Exposure", "binds nobody yet")
        few = sorted(alike.values(), key=lambda rows: NEAREST.index(rows[0].standing))[: self.most // 2]
        for rows in few:
            row = rows[0]
            self.line(f"{self.board.names(dict.fromkeys(r.market for r in rows))}: {row.title}", indent=1)
            look = f"; look again {row.next_look}" if row.next_look else ""
            self.line(
                f"{STANDINGS[row.standing]}; would bind: {row.binds_when.rstrip('.')}{look}", style="dim", indent=3
            )
            for change in dict.fromkeys(str(c["says"]) for c in row.would_change if c.get("says")):
                self.line(change, style="dim", indent=3)
            for step in [self.board.steps[e] for e in row.effort if e in self.board.steps][:1]:
                self.line(f"{step.title}: {effort(step)}", style="dim", indent=3)
        self.rest(len(alike) - len(few), "text")

    def documents(self) -> None:
        """What is not in hand: what runs out first, then what most markets ask for."""
        wanted: dict[tuple[str, str, str, str], list[str]] = {}
        for market, found in self.board.completeness:
            for row in found:
                if row.state != "have":
                    until = f" ({row.evidence}, {row.expires})" if row.state == "expires" else ""
                    key = (row.state, " + ".join(self.board.key(row.about)), document(row), until)
                    wanted.setdefault(key, []).append(market)
        if not wanted:
            return
        total = len(self.board.dossier.completeness)
        self.heading("Technical file", f"{sum(map(len, wanted.values())):,} of {count(total, 'document')} not in hand")
        rows = sorted(wanted.items(), key=lambda row: (row[0][0] != "expires", -len(row[1]), row[0]))
        few = rows[: self.most // 2]
        for (state, about, title, until), markets in few:
            word = "expires" if state == "expires" else STATES[state][0]
            self.line(f"{word}{until}: {short(title, 60)}; {about}; {self.board.names(markets)}", indent=1)
        self.rest(len(rows) - len(few), "document")

    def rest(self, number: int, what: str) -> None:
        if number > 0:
            self.line(f"and {count(number, f'more {what}')}", style="dim", indent=1)
