"""The dossier arranged for reading: markets down, subjects across, the gravest first.

Every rendering for people starts here, so that the terminal, the page, the print and the sheet show the same cells in
the same order. Nothing is decided here: a cell's verdict is the gravest of its findings, by the order of `--fail-on`.
Reading order: Column, Cell, Board.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import quote

from ..catalog import Catalog
from ..waist import Dossier, Evidence, Expected, Exposure, Finding, Recognition, Step, Subject
from .wording import FORCES, GRAVEST, REPORTED, STANDINGS, count, listing, spoken, versions

_RANK = {verdict: rank for rank, verdict in enumerate(GRAVEST)}
Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A subject, a pair, or whatever else findings speak of together."""

    key: Key
    title: str
    kind: str
    note: str = ""
    stands_in: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """The id by which the project file calls it."""
        return " + ".join(self.key)


@dataclass(frozen=True, slots=True)
class Cell:
    """What one market says of one subject: its findings, the gravest first."""

    market: str
    column: Column
    findings: tuple[Finding, ...]

    @property
    def verdict(self) -> str | None:
        """The gravest verdict, or None when there is no finding."""
        return self.findings[0].verdict if self.findings else None

    @property
    def counts(self) -> dict[str, int]:
        """How many findings of each verdict, the gravest first."""
        return tally(self.findings)

    @property
    def standing(self) -> str:
        """How far the texts behind the gravest verdict have come, and whether they are a contract."""
        gravest = [f for f in self.findings if f.verdict == self.verdict]
        said = dict.fromkeys(standing(f) for f in gravest if f.standing or f.force == "contractual")
        known = ", ".join(said) if len(said) < 3 else "several standings"
        return (
            STANDINGS[None]
            if not known
            else known
            if len(said) == len({standing(f) for f in gravest})
            else f"{known}, not known"
        )

    @property
    def silence(self) -> str:
        """Why the cell is empty: it is never a statement that nothing is required."""
        outside = self.column.stands_in and self.market not in self.column.stands_in
        return "does not stand here" if outside else "nothing reviewed"

    @property
    def anchor(self) -> str:
        return quote(f"{self.market}/{'+'.join(self.column.key)}", safe="/@+.:-_")


def standing(finding: Finding) -> str:
    """'in force', 'contract', 'draft', 'standing not known'."""
    return "contract" if finding.force == "contractual" else STANDINGS[finding.standing]


def standing_and_force(finding: Finding) -> str:
    """'in force, mandatory'; one phrase when neither is known."""
    if finding.standing is None and finding.force is None:
        return "standing and force not known"
    return f"{STANDINGS[finding.standing]}, {FORCES[finding.force]}"


def reported(finding: Finding) -> bool:
    """Whether the finding rests on what nobody read: its source, or the step that makes it stand."""
    return bool(finding.source and finding.source.reported) or REPORTED in finding.notes


def ask(finding: Finding) -> str:
    """The question of a finding, unless its because already puts it."""
    return "" if finding.question in finding.because else finding.question


def notes(finding: Finding) -> tuple[str, ...]:
    """The notes of a finding, without the mark that `reported` shows."""
    return tuple(note for note in finding.notes if note != REPORTED)


def anchor(finding: Finding) -> str:
    """The fragment under which a finding is found in the page."""
    return quote(f"{finding.market}/{finding.id}", safe="/@+.:-_")


def tally(findings: Iterable[Finding]) -> dict[str, int]:
    """How many findings of each verdict, the gravest first, without zeros."""
    found = Counter(f.verdict for f in findings)
    return {verdict: found[verdict] for verdict in GRAVEST if found[verdict]}  # type: ignore[index]


def gravest_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda f: (_RANK[f.verdict], f.topic, f.title, f.rule, f.about)))


class Board:
    """A dossier and the names it needs, arranged."""

    def __init__(self, dossier: Dossier, catalog: Catalog) -> None:
        self.dossier, self.catalog = dossier, catalog
        self._names = dict(dossier.names)
        self._by_cell: dict[tuple[str, Key], list[Finding]] = {}
        self._pairs: dict[Key, Key] = {}
        for subject in dossier.project.subjects:
            if subject.members:
                self._pairs.setdefault(tuple(sorted(subject.members)), (subject.id,))
        for finding in dossier.findings:
            self._by_cell.setdefault((finding.market, self.key(finding.about)), []).append(finding)

    def key(self, about: Key) -> Key:
        """The column a finding belongs to: a pair's members stand for the (first) pair of these members."""
        return self._pairs.get(tuple(sorted(about)), about) if len(about) > 1 else about

    def name(self, code: str) -> str:
        """A market's own name on screen."""
        return self._names.get(code) or self.catalog.name(code)

    def names(self, codes: Iterable[str]) -> str:
        return listing(self.name(c) for c in codes)

    @cached_property
    def markets(self) -> tuple[str, ...]:
        """The project's markets in its order, then any other that is spoken of."""
        spoken_of = [*(f.market for f in self.dossier.findings), *(e.market for e in self.dossier.completeness)]
        return tuple(dict.fromkeys([*self.dossier.project.markets, *spoken_of]))

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """The project's subjects and pairs in its order, then whatever else findings speak of."""
        project = self.dossier.project
        found: dict[Key, Column] = {}
        for subject in project.subjects:
            key = self.key(subject.members) if subject.members else (subject.id,)
            found.setdefault(key, self._column(subject))
        for finding in self.dossier.findings:
            key = self.key(finding.about)
            if key not in found:
                found[key] = Column(key, " + ".join(key) or "the project", "together" if key else "project")
        return tuple(found.values())

    def _column(self, subject: Subject) -> Column:
        note, kind, stands_in = versions(subject), spoken(subject.kind), subject.stands_in
        if subject.members:
            note, kind = " + ".join(subject.members), f"{subject.way} pair".strip()
            stands_in = stands_in or self._all_stand_in(subject.members)
        elif subject.fitted_to:
            note = "; ".join(part for part in (f"fitted to {listing(subject.fitted_to)}", note) if part)
        return Column((subject.id,), subject.title or subject.id, kind, note, stands_in)

    def _all_stand_in(self, members: Iterable[str]) -> tuple[str, ...]:
        """Where every member of a pair stands; empty when all stand everywhere."""
        bound = [set(s.stands_in) for s in self.dossier.project.subjects if s.id in members and s.stands_in]
        return tuple(sorted(set.intersection(*bound))) if bound else ()

    def cell(self, market: str, column: Column) -> Cell:
        return Cell(market, column, gravest_first(self._by_cell.get((market, column.key), ())))

    @cached_property
    def grid(self) -> tuple[tuple[str, tuple[Cell, ...]], ...]:
        """(market, its cells in the order of the columns), for every market."""
        return tuple((market, tuple(self.cell(market, column) for column in self.columns)) for market in self.markets)

    def cells(self) -> Iterator[Cell]:
        """Every cell that has findings."""
        return (cell for _, row in self.grid for cell in row if cell.findings)

    @cached_property
    def counts(self) -> dict[str, int]:
        return tally(self.dossier.findings)

    @cached_property
    def evidence(self) -> dict[str, Evidence]:
        return {item.id: item for item in self.dossier.project.evidence}

    @cached_property
    def recognitions(self) -> dict[str, Recognition]:
        return {r.id: r for r in self.catalog.recognitions}

    @cached_property
    def steps(self) -> dict[str, Step]:
        """Steps by id, those of the dossier (quotes among them) before those of the library."""
        return {**self.catalog.steps, **{s.id: s for s in self.dossier.steps}}

    @cached_property
    def _requirements(self) -> dict[str, dict[str, Any]]:
        return {row["id"]: row for row in self.catalog.table("requirements")}

    def requirement(self, rule: str) -> dict[str, Any] | None:
        """The row of a rule as the library holds it; None for a rule the library does not hold."""
        return self._requirements.get(rule)

    @cached_property
    def exposure(self) -> tuple[tuple[str, tuple[Exposure, ...]], ...]:
        """What does not bind yet, by market: the project's markets first."""
        order = dict.fromkeys([*self.markets, *(e.market for e in self.dossier.exposure)])
        rows = {m: tuple(e for e in self.dossier.exposure if e.market == m) for m in order}
        return tuple((market, found) for market, found in rows.items() if found)

    @cached_property
    def completeness(self) -> tuple[tuple[str, tuple[Expected, ...]], ...]:
        """The documents of each market's technical file: what is missing first."""
        rank = {"missing": 0, "expires": 1, "have": 2}
        return tuple(
            (market, tuple(sorted(rows, key=lambda e: (rank[e.state], e.about, e.title or e.document))))
            for market in self.markets
            if (rows := [e for e in self.dossier.completeness if e.market == market])
        )

    @property
    def summary(self) -> str:
        """One sentence: how many answers, in how many markets, about how many subjects."""
        project = self.dossier.project
        beside = [market for market in self.markets if market not in project.markets]
        return (
            f"{count(len(self.dossier.findings), 'finding')} in {count(len(project.markets), 'market')}"
            f"{f' and in {self.names(beside)}' if beside else ''} "
            f"about {count(len([c for c in self.columns if c.key]), 'subject')}."
        )

    def beside(self, market: str) -> str:
        """Why a market has a row although the project does not go there; empty for the project's own markets."""
        project = self.dossier.project
        return (
            ""
            if market in project.markets
            else "where it comes from"
            if market == project.origin
            else "named by a finding"
        )
