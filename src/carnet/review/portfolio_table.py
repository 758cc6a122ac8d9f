"""A table of product variants: one row a variant, one column a fact; read into distinct values, checked, with places.

    id     kind     markets  vehicle.category  vehicle.gross_mass [t]  vehicle.tested_to
    car-1  vehicle  jp; au   M1                1.98                    UN R100.03 [type_approval, de, 2025-04-22]

A heading is the name of a fact, `kind:fact` when several kinds carry it, with a unit in brackets when the cells hold
bare numbers. Facts of another kind (a car's battery.*) make a second subject of the row, fitted to it. A list's entries
stand between semicolons; in brackets behind an entry: the kind of document that shows it, the issuer's economy, the day
it was issued, `until` the day it expires, `failed`. The word `complete` closes a list: what is missing is no. Documents
are taken at the table's word: it names no files. Everything wrong is a sentence with its place; nothing is guessed.
Reading order: Line, Lines, Said, Table, read_table().
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import numpy as np

from ..catalog import Catalog
from ..errors import BadInput, Problem, UnknownEconomy, nearest
from ..reading import MOST_PROBLEMS
from ..waist import Place
from ..words import Listed, Word, span
from .kernel.bits import Array
from .portfolio_files import Sheet

ABOUT_ROWS = ("id", "kind", "product", "markets", "from", "title")
_HEAD = re.compile(r"(?:(?P<kind>[a-z_]+):)?(?P<fact>[a-z_][\w.]*)\s*(?:\[(?P<unit>[^\]]+)\])?")
_ENTRY = re.compile(r"(?P<entry>.*?)\s*(?:\[(?P<paper>[^\[\]]*)\])?")
COMPLETE = "complete"


@dataclass(frozen=True, slots=True)
class Line:
    """One entry of a list as written: who shows it, from where, since when, until when, or that it failed."""

    entry: str
    kind: str = ""
    economy: str = ""
    issued: str = ""
    expires: str = ""
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Lines:
    """A cell of a list whose entries somebody must show."""

    lines: tuple[Line, ...]
    complete: bool = False


@dataclass(slots=True)
class Said:
    """One column of facts: distinct values and which of them a row has, -1 for an empty cell."""

    kind: str  # of the subject that carries it; '' for the row's own
    word: Word
    values: list[Any]
    codes: Array


@dataclass(slots=True)
class Table:
    """The variants as read. markets: distinct lists and which a row has; kinds: per row."""

    file: str
    ids: list[str]
    lines: list[int]
    kinds: list[str]
    markets: tuple[list[tuple[str, ...]], Array]
    said: list[Said] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.ids)


def read_table(sheet: Sheet, catalog: Catalog, markets: Sequence[str] = (), kind: str = "") -> Table:
    """A sheet of text -> a table; raises BadInput with every problem, UnknownEconomy when only markets are unknown."""
    reader = _Reader(sheet, catalog, tuple(markets), kind)
    try:
        table = reader.table()
    except _Enough:
        table = None
    problems = sorted(reader.problems, key=lambda p: p.place)
    if problems or table is None:
        if reader.unknown_economy and len(problems) == reader.unknown_economy:
            raise UnknownEconomy("\n".join(map(str, problems)))
        raise BadInput(problems)
    return table


class _Enough(Exception):
    """So many problems that the rest would only be noise."""


class _Reader:
    def __init__(self, sheet: Sheet, catalog: Catalog, markets: tuple[str, ...], kind: str) -> None:
        self.sheet, self.catalog, self.markets, self.kind = sheet, catalog, markets, kind
        self.problems: list[Problem] = []
        self.unknown_economy = 0
        self.economies: set[str] = set()

    def say(self, row: int, column: int, text: str, hint: str = "") -> None:
        """Row -1 is the heading."""
        line = self.sheet.lines[row] if row >= 0 else self.sheet.head_line
        self.problems.append(Problem(Place(self.sheet.file, line, column + 1), text, hint))
        if len(self.problems) >= MOST_PROBLEMS:
            last = self.problems[-1].place
            self.problems.append(Problem(last, f"reading stops after {MOST_PROBLEMS} problems", "Put these right."))
            raise _Enough

    def table(self) -> Table:
        heads = [h.strip() for h in self.sheet.heads]
        columns = {h: n for n, h in enumerate(heads) if h in ABOUT_ROWS}
        for n, head in enumerate(heads):
            if not head:
                self.say(-1, n, "this column has no heading", "Name the fact it holds, or take it away.")
            elif heads.index(head) < n:
                self.say(-1, n, f"the heading {head!r} stands twice", "Keep one.")
        ids = self._ids(columns.get("id"))
        kinds = self._kinds(columns)
        table = Table(self.sheet.file, ids, self.sheet.lines, kinds, self._markets(columns.get("markets")))
        present = set(kinds)
        stated: dict[tuple[str, str], str] = {}
        for n, head in enumerate(heads):
            if head and head not in ABOUT_ROWS and (said := self._column(n, head, present)):
                table.said.append(said)
                if stated.setdefault((said.kind, said.word.name), head) != head:
                    self.say(-1, n, f"{said.word.name} has a second column", "Keep one, in one unit.")
        if "from" in columns:
            table.said += self._origins(columns["from"], present, {(s.kind, s.word.name) for s in table.said})
        if "product" in columns:
            self._products(columns["product"], table)
        return table

    def _cells(self, column: int) -> tuple[list[str], Array]:
        return self.sheet.distinct(column)

    def _ids(self, column: int | None) -> list[str]:
        if column is None:
            self.say(-1, 0, "there is no column 'id'", "Give every variant a name of its own in a column 'id'.")
            return [str(n + 1) for n in range(self.sheet.rows)]
        ids = self.sheet.column(column)
        first: dict[str, int] = {}
        for row, name in enumerate(ids):
            if not name:
                self.say(row, column, "this variant has no id", "Give every variant a name of its own.")
            elif first.setdefault(name, row) != row:
                where = self.sheet.lines[first[name]]
                self.say(row, column, f"the id {name[:60]!r} stands already in line {where}", "Give it another.")
        return ids

    def _kinds(self, columns: dict[str, int]) -> list[str]:
        kinds = [k for k in self.catalog.kinds if k not in ("pair", "evidence")]
        if "kind" in columns:
            values, codes = self._cells(columns["kind"])
            self._known(values, codes, columns["kind"], kinds, "kind of subject", empty=bool(self.kind))
            return [values[c] or self.kind for c in codes]
        if "product" in columns:
            values, codes = self._cells(columns["product"])
            known = self.catalog.products
            self._known(values, codes, columns["product"], known, "product")
            meant = [known[v]["kind"] if v in known else "" for v in values]
            return [meant[c] for c in codes]
        if self.kind:
            if self.kind not in kinds:
                near = nearest(self.kind, kinds)
                raise BadInput(f"--kind: no kind of subject is called {self.kind!r}" + (f"; {near}" if near else ""))
            return [self.kind] * self.sheet.rows
        self.say(-1, 0, "nothing says what the rows are", "Add a column 'kind' or 'product', or give --kind vehicle.")
        return [""] * self.sheet.rows

    def _known(
        self, values: list[str], codes: Array, column: int, known: Any, what: str, *, empty: bool = False
    ) -> None:
        for code, value in enumerate(values):
            if value not in known and not (empty and not value):
                near = nearest(value, known)
                hint = f"Known: {', '.join(sorted(known)[:20])}"
                row = _first(codes, code)
                says = f"no {what} is called {value[:60]!r}" if value else f"no {what} is given"
                self.say(row, column, says + (f"; {near}" if near else ""), hint)

    def _markets(self, column: int | None) -> tuple[list[tuple[str, ...]], Array]:
        for market in self.markets:
            self.catalog.market(market)
        if column is None:
            if not self.markets:
                self.say(-1, 0, "nothing says where the variants go", "Add a column 'markets', or --markets.")
            return [self.markets], np.zeros(self.sheet.rows, np.int32)
        values, codes = self._cells(column)
        found = []
        for code, value in enumerate(values):
            names = tuple(dict.fromkeys(p.strip().lower() for p in re.split(r"[;,]", value) if p.strip()))
            if not names and not self.markets:
                hint = "Name markets here, or give --markets."
                self.say(_first(codes, code), column, "this variant goes to no market", hint)
            for name in names:
                try:
                    self.catalog.market(name)
                except UnknownEconomy as error:
                    self.unknown_economy += 1
                    self.say(_first(codes, code), column, str(error))
            if self.markets and names:  # the option narrows what the table says
                names = tuple(n for n in names if n in self.markets)
            found.append(names or (() if value.strip() else self.markets))
        return found, codes

    def _column(self, n: int, head: str, present: set[str]) -> Said | None:
        words, match = self.catalog.words, _HEAD.fullmatch(head)
        if not match:
            self.say(-1, n, f"the heading {head[:60]!r} is not the name of a fact", "Such as vehicle.gross_mass [t].")
            return None
        kind, unit = match["kind"] or "", match["unit"] or ""
        try:
            word = words.word(match["fact"])
        except ValueError as error:
            near = nearest(head, ABOUT_ROWS)
            self.say(-1, n, str(error), f"Or {near}" if near else "")
            return None
        if unit and (problem := self._unit(word, unit)):
            self.say(-1, n, problem)
            return None
        carried = [k for k in word.about if k not in ("pair", "evidence")]
        if not carried or (kind and kind not in word.about):
            who = f"a {kind}" if kind else "a row"
            self.say(-1, n, f"{word.name} is said of {', '.join(word.about)}, not of {who}", "Take the column away.")
            return None
        if not kind and not present & set(word.about):
            kind = carried[0]
        values, codes = self._cells(n)
        read = self._line_reader(word) if word.type == "list" else self._value_reader(word, unit)
        meant: list[Any] = []
        for code, text in enumerate(values):
            try:
                meant.append(read(text) if text else None)
            except ValueError as error:
                rows = np.flatnonzero(codes == code)
                more = f" ({len(rows):,} rows)" if len(rows) > 1 else ""
                self.say(int(rows[0]), n, f"{error}{more}")
                meant.append(None)
        kept = [m for m in meant if m is not None]
        new = np.full(len(meant) + 1, -1, np.int32)
        new[[n for n, m in enumerate(meant) if m is not None]] = range(len(kept))
        return Said(kind, word, kept, new[codes])

    def _unit(self, word: Word, unit: str) -> str:
        units = self.catalog.words.units
        if word.type != "quantity":
            return f"{word.name} is a {word.type} and has no unit; take [{unit}] away"
        try:
            same = units.dimension(unit) == units.dimension(word.unit)
        except ValueError as error:
            return str(error)
        return "" if same else f"{word.name} is not in {unit}; use for example {word.unit}"

    def _value_reader(self, word: Word, unit: str) -> Callable[[str], Any]:
        words = self.catalog.words

        def read(text: str) -> Any:
            raw: Any = text
            if word.type == "quantity" and unit and re.fullmatch(r"[+-]?[0-9.]+(?:[eE][+-]?[0-9]{1,3})?", text):
                raw = f"{text} {unit}"
            elif word.type == "yes_no":
                raw = {"true": True, "yes": True, "false": False, "no": False}.get(text.lower(), text)
            elif word.type in ("whole", "year"):
                raw = int(text) if re.fullmatch(r"[+-]?[0-9]{1,40}", text) else text
            elif word.type == "number":
                raw = _decimal(text)
            return words.value(word.name, raw)

        return read

    def _line_reader(self, word: Word) -> Callable[[str], Any]:
        """Words of a closed list become the list; other entries keep their documents."""
        shown = word.items != "words"

        def read(text: str) -> Any:
            parts = [p.strip() for p in _split(text)]
            complete = COMPLETE in parts
            lines = tuple(self._line(word, part) for part in parts if part and part != COMPLETE)
            entries = self.catalog.words.value(word.name, [line.entry for line in lines])
            if shown:
                return Lines(lines, complete)
            if any(line.kind for line in lines):
                raise ValueError(f"{word.name}: documents show standards and approvals, not words of a list")
            return Listed(tuple(dict.fromkeys(entries)), complete)

        return read

    def _line(self, word: Word, text: str) -> Line:
        match = _ENTRY.fullmatch(text)
        if not match or not match["entry"]:
            raise ValueError(f"{word.name}: {text[:60]!r} is not an entry; write STANDARD [test_report, xx]")
        if match["paper"] is None:
            return Line(match["entry"])
        found: dict[str, Any] = {}
        for part in [p.strip() for p in match["paper"].split(",") if p.strip()]:
            key, value = self._of_paper(word, part)
            if key in found:
                raise ValueError(f"{word.name}: {text[:60]!r} says its {key} twice")
            found[key] = value
        if "kind" not in found:
            kinds = ", ".join(list(self.catalog.evidence_kinds)[:6])
            raise ValueError(f"{word.name}: {text[:60]!r} names no kind of document, such as {kinds}")
        if found.get("failed") and word.name.rpartition(".")[2] not in ("tested_to", "approvals"):
            raise ValueError(f"{word.name}: only a test or an approval can have failed")
        if found.get("issued") and found.get("expires") and span(found["expires"])[1] < span(found["issued"])[0]:
            raise ValueError(f"{word.name}: {text[:60]!r} expires before it was issued")
        return Line(match["entry"], **found)

    def _of_paper(self, word: Word, part: str) -> tuple[str, Any]:
        kinds = self.catalog.evidence_kinds
        if part in kinds:
            return "kind", part
        if part == "failed":
            return "failed", True
        if part.startswith("until "):
            return "expires", _day(word, part[6:].strip())
        if part[0].isdigit():
            return "issued", _day(word, part)
        if len(part) == 2 or part in self.catalog.unions:
            try:
                self.catalog.market(part.lower())
            except UnknownEconomy as error:
                raise ValueError(f"{word.name}: {error}") from None
            return "economy", part.lower()
        near = nearest(part, [*kinds, "failed"])
        raise ValueError(
            f"{word.name}: {part[:60]!r} is neither a kind of document, an economy, a day nor 'failed'"
            + (f"; {near}" if near else "")
        )

    def _origins(self, column: int, present: set[str], stated: set[tuple[str, str]]) -> Iterator[Said]:
        """Where the products come from, as a project file says it with `from`."""
        values, codes = self._cells(column)
        for code, value in enumerate(values):
            if value:
                try:
                    self.catalog.market(value.lower())
                except UnknownEconomy as error:
                    self.unknown_economy += 1
                    self.say(_first(codes, code), column, str(error))
        words, seen = self.catalog.words, set()
        for kind in sorted(present & set(self.catalog.kinds)):
            name = f"{self.catalog.kinds[kind]['family']}.origin"
            if name in words and ("", name) not in stated and name not in seen:
                seen.add(name)
                known = [v.upper() for v in values]
                empty = np.array([not v for v in values])
                yield Said("", words.word(name), known, np.where(empty[codes], -1, codes).astype(np.int32))

    def _products(self, column: int, table: Table) -> None:
        """What a product's name settles, where the row does not say it itself."""
        values, codes = self._cells(column)
        known = {s.word.name: s for s in table.said if not s.kind}
        for code, value in enumerate(values):
            product = self.catalog.products.get(value)
            for name, allowed in (product or {"defined_by": {}})["defined_by"].items():
                if len(allowed) != 1:
                    continue
                word = self.catalog.words.word(name)
                meant = Listed((allowed[0],)) if word.type == "list" else self.catalog.words.value(name, allowed[0])
                if name not in known:
                    known[name] = Said("", word, [], np.full(len(table), -1, np.int32))
                    table.said.append(known[name])
                said = known[name]
                free = (codes == code) & (said.codes < 0)
                if free.any():
                    said.values.append(meant)
                    said.codes = np.where(free, len(said.values) - 1, said.codes).astype(np.int32)


def _split(text: str) -> Iterator[str]:
    """Entries between semicolons; one inside brackets does not part."""
    depth, start = 0, 0
    for n, letter in enumerate(text):
        depth += (letter == "[") - (letter == "]")
        if letter == ";" and depth <= 0:
            yield text[start:n]
            start, depth = n + 1, 0
    yield text[start:]


def _first(codes: Array, code: int) -> int:
    found = np.flatnonzero(codes == code)
    return int(found[0]) if len(found) else -1


def _decimal(text: str) -> Any:
    try:
        return Decimal(text) if len(text) <= 80 else text
    except InvalidOperation:
        return text


def _day(word: Word, text: str) -> str:
    try:
        span(text)
    except ValueError as error:
        raise ValueError(f"{word.name}: {error}") from None
    return text


def table_file(path: Path) -> bool:
    """Whether a file is a table of variants rather than a project."""
    return path.suffix.lower() in (".csv", ".tsv", ".parquet", ".xlsx")
