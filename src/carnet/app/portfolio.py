"""Tables of variants and project files -> the verdicts of a whole portfolio: counted, compared between days, in full.

Files are read first (`open_portfolio`), then asked (`Portfolio.ask`), so that many questions share what was compiled.
Projects keep their own day, event and day of knowledge unless the caller gives one; tables take the caller's.
Reading order: open_portfolio(), Portfolio, Answer, contract(), moves().
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, cast

import numpy as np

from ..catalog import Catalog
from ..errors import BadInput, Problem, nearest
from ..ledger.survey import counted
from ..project import load_project
from ..review.kernel.bits import Array, unpacked
from ..review.kernel.cells import ABSENT, Cells, Row
from ..review.kernel.of_projects import Product, frames_of_projects
from ..review.kernel.of_table import as_project, frames_of_table
from ..review.portfolio_files import read_sheet
from ..review.portfolio_table import Table, read_table, table_file
from ..waist import VERDICTS, Event, Project
from ..words import span
from .reviewing import library, private_libraries, survey

MOST_SHOWN = 10  # products named per rule that moved
ANSWERED = ("met", "residual")


@dataclass(slots=True)
class _Group:
    """Products reviewed for one event, as known by one day; tables stay, projects are read again for another day."""

    event: Event
    known: str
    named: tuple[str, ...]
    markets: tuple[str, ...]
    day: str
    table: Table | None = None
    projects: list[Path] = field(default_factory=list)
    cells: dict[str, tuple[Cells, list[Product]]] = field(default_factory=dict)


@dataclass(slots=True)
class Line:
    """One requirement in one market for one kind of product: how many have which verdict, and every product's."""

    group: int  # of files: products of different files are not mixed
    row: Row
    counts: Array
    products: list[Product]
    numbers: Array  # the products a code belongs to
    codes: Callable[[], Array]  # (n,) int8

    @property
    def key(self) -> tuple[int, str, str, str]:
        return self.group, self.row.market, self.row.rule, self.row.kind


@dataclass(slots=True)
class Answer:
    """The verdicts on a day (or on each project's own day, when on is empty)."""

    on: str
    lines: list[Line]
    variants: int  # rows of tables and project files
    subjects: int  # the things these are made of
    catalog: Catalog

    @property
    def counts(self) -> dict[str, int]:
        total = sum((line.counts for line in self.lines), np.zeros(len(VERDICTS), np.int64))
        return {v: int(n) for v, n in zip(VERDICTS, total, strict=True)}

    def cells(self, verdict: str = "") -> Iterator[tuple[str, str, str, str, str, str, str, str]]:
        """Every cell: product, subject, kind, market, requirement, topic, verdict, standing."""
        for line in self.lines:
            codes, row = line.codes(), line.row
            wanted = codes >= 0 if not verdict else codes == VERDICTS.index(verdict)
            for n in np.flatnonzero(wanted):
                product = line.products[line.numbers[n]]
                yield (
                    product.project, product.subject, row.kind, row.market, row.rule, row.topic,
                    VERDICTS[codes[n]], row.standing or "",
                )  # fmt: skip

    def by(self, name: str) -> dict[str, dict[str, int]]:
        """Verdicts by market, topic or kind."""
        found: dict[str, Array] = {}
        for line in self.lines:
            key = getattr(line.row, name)
            found[key] = found.get(key, np.zeros(len(VERDICTS), np.int64)) + line.counts
        return {k: {v: int(n) for v, n in zip(VERDICTS, found[k], strict=True)} for k in found}

    def shares(self) -> tuple[list[str], list[str], list[list[float | None]]]:
        """(topics, markets, percent of the applicable cells that are met); None where nothing applies."""
        sums: dict[tuple[str, str], Array] = {}
        for line in self.lines:
            key = (line.row.topic, line.row.market)
            sums[key] = sums.get(key, np.zeros(len(VERDICTS), np.int64)) + line.counts
        topics, markets = (list(dict.fromkeys(k[n] for k in sums)) for n in (0, 1))
        return sorted(topics), markets, [[_share(sums.get((t, m))) for m in markets] for t in sorted(topics)]


def _share(counts: Array | None) -> float | None:
    if counts is None:
        return None
    apply = counts.sum() - counts[VERDICTS.index("not_applicable")]
    met = sum(counts[VERDICTS.index(v)] for v in ANSWERED)
    return round(100 * float(met) / float(apply), 1) if apply else None


class Portfolio:
    """Files that were read, ready to be asked."""

    def __init__(self, catalog: Catalog, groups: list[_Group], where: str, topics: Sequence[str]) -> None:
        self.catalog, self.groups, self.topics = catalog, groups, tuple(topics)
        self.where = catalog.condition(where) if where else None

    def ask(self, on: str = "") -> Answer:
        """The verdicts on a day; every project's own day when none is given."""
        lines, variants, subjects = [], 0, 0
        for number, group in enumerate(self.groups):
            day = on or group.day
            cells, mine = self._cells(group, day)
            rows = [r for r in cells.rows(day) if not self.topics or r[1].topic in self.topics]
            for (hall, row), counts in zip(rows, cells.counts(rows, day), strict=True):
                numbers = hall.frame.products if hall.single else np.unique(hall.frame.products)
                lines.append(Line(number, row, counts, mine, numbers, partial(cells.codes, hall, row, day)))
            variants += len(group.table) if group.table else len(group.projects)
            subjects += len(mine) if self.where is None else self._chosen(cells)
        return Answer(on, lines, variants, subjects, self.catalog)

    def _cells(self, group: _Group, day: str) -> tuple[Cells, list[Product]]:
        key = "" if group.table else day
        if key not in group.cells:
            if group.table:
                frames, products = frames_of_table(group.table, group.markets, self.catalog)
            else:
                read = [counted(_opened(p, self.catalog, day, group.known, group.event)) for p in group.projects]
                stated = [(p, survey(p, self.catalog)) for p in read]
                frames, products = frames_of_projects(stated, group.markets, self.catalog)
            cells = Cells(frames, group.markets, self.catalog, event=group.event, known=group.known, named=group.named)
            if self.where is not None:
                self._narrow(cells)
            group.cells = {**({} if not group.table else group.cells), key: (cells, products)}
        return group.cells[key]

    def _narrow(self, cells: Cells) -> None:
        """Only the products of which the condition is known to be true."""
        assert self.where is not None
        for hall in cells.halls:
            node = hall.logic.whole(self.where)[0]
            chosen = unpacked(hall.graph.plane(node), hall.frame.lanes)
            everywhere = np.ones(hall.frame.lanes, bool)
            hall.frame.stands = {m: hall.frame.stands.get(m, everywhere) & chosen for m in cells.markets}

    def _chosen(self, cells: Cells) -> int:
        return sum(
            len(np.unique(hall.frame.products[np.logical_or.reduce(list(hall.frame.stands.values()))]))
            for hall in cells.halls
            if hall.frame.stands
        )

    def project_of(self, id: str, on: str) -> Project | None:
        """A row of a table as the project it stands for, for explanations; None when no row has that id."""
        for group in self.groups:
            if group.table and id in group.table.ids:
                row, day = group.table.ids.index(id), on or group.day
                return as_project(
                    group.table, row, self.catalog, on=day, known=group.known, event=group.event,
                    named=group.named, markets=group.markets,
                )  # fmt: skip
        return None


def open_portfolio(
    files: Sequence[Path],
    *,
    markets: Sequence[str] = (),
    kind: str = "",
    on: str = "",
    known: str = "",
    event: str = "",
    named: Sequence[str] = (),
    where: str = "",
    topics: Sequence[str] = (),
    overlays: Sequence[Path] = (),
    cache: bool = True,
) -> Portfolio:
    """Tables and projects read and checked; raises BadInput with every problem of every file."""
    own = [folder for path in files if not table_file(path) for folder in private_libraries(path)]
    catalog = library(files[0] if files else None, [*overlays, *dict.fromkeys(own)], cache=cache)
    _heard(catalog, where, topics)
    for market in markets:
        catalog.market(market)
    kinds = [row["id"] for row in catalog.table("kinds")]
    if kind and kind not in kinds:
        near = nearest(kind, kinds)
        raise BadInput(
            f"--kind: no kind of product is called {kind!r}; {near + ' ' if near else ''}Known: {', '.join(kinds)}."
        )
    problems: list[Problem] = []
    groups: dict[tuple[object, ...], _Group] = {}
    for number, path in enumerate(files):
        try:
            if table_file(path):
                table = read_table(read_sheet(path), catalog, markets, kind)
                goes = tuple(dict.fromkeys(m for names in table.markets[0] for m in names))
                what = cast("Event", event or "placed_on_market")
                day, by = span(on or catalog.last_seen)[0], span(known or catalog.last_seen)[1]
                groups[number,] = _Group(what, by, tuple(named), goes, day, table)
                continue
            project = _opened(path, catalog, on, known, event)
            key = (project.event, project.known, project.named, "" if on else project.on)
            fresh = _Group(project.event, project.known, project.named, (), project.on)
            group = groups.setdefault(key, fresh)
            mine = [m for m in project.markets if not markets or m in markets]
            group.markets = tuple(dict.fromkeys((*group.markets, *mine)))
            group.projects.append(path)
        except BadInput as error:
            if not error.problems:
                raise
            problems += error.problems
    if problems:
        raise BadInput(problems)
    return Portfolio(catalog, list(groups.values()), where, topics)


def _opened(path: Path, catalog: Catalog, on: str, known: str, event: str) -> Project:
    return load_project(path, catalog, on=on, known=known, event=event)


def _heard(catalog: Catalog, where: str, topics: Sequence[str]) -> None:
    from ..errors import nearest

    if where:
        try:
            catalog.condition(where)
        except ValueError as error:
            raise BadInput(f"--where: {error}") from None
    for topic in topics:
        if topic not in catalog.topics:
            near = nearest(topic, catalog.topics)
            raise BadInput(
                f"--topic: no topic is called {topic!r}" + (f"; {near}" if near else ".") + " All: carnet words topics"
            )


def contract(answer: Answer, seconds: float) -> dict[str, Any]:
    """The JSON of a portfolio; seconds is a reading of the clock and so the one thing that differs between runs."""
    counts = answer.counts
    return {
        "schema": "carnet/portfolio/1",
        "counts": counts,
        "cells": sum(counts.values()),
        "seconds": round(seconds, 6),
        "on": answer.on or None,
        "variants": answer.variants,
        "subjects": answer.subjects,
        "requirements": len(answer.lines),
        "catalog": answer.catalog.digest,
        "by_market": answer.by("market"),
        "by_topic": answer.by("topic"),
        "by_kind": answer.by("kind"),
    }


def moves(before: Answer, after: Answer) -> dict[str, Any]:
    """What differs between two days: verdict by verdict, rule by rule, with the first products named.

    A cell that is there on one day only came or went; `before` and `after` must be answers of one portfolio.
    """
    width = len(VERDICTS) + 1
    names = [None, *VERDICTS]
    old, new = ({line.key: line for line in answer.lines} for answer in (before, after))
    total = np.zeros(width * width, np.int64)
    rules: list[dict[str, Any]] = []
    for key in dict.fromkeys([*old, *new]):
        one, two = old.get(key), new.get(key)
        known = two or one
        assert known is not None
        a, b = (_codes(line, known) for line in (one, two))
        pairs = (a + 1).astype(np.int64) * width + (b + 1)
        pairs[a == b] = 0
        moved = np.bincount(pairs, minlength=width * width)
        moved[0] = 0
        total += moved
        for pair in np.flatnonzero(moved).tolist():
            who = [known.products[known.numbers[n]] for n in np.flatnonzero(pairs == pair)[:MOST_SHOWN]]
            rules.append(
                {
                    "market": known.row.market,
                    "rule": known.row.rule,
                    "title": known.row.title,
                    "from": names[pair // width],
                    "to": names[pair % width],
                    "products": int(moved[pair]),
                    "first": [p.subject if p.subject == p.project else f"{p.project}/{p.subject}" for p in who],
                }
            )
    rules.sort(key=lambda r: (-r["products"], r["market"], r["rule"], names.index(r["to"])))
    return {
        "on": before.on or None,
        "versus": after.on,
        "moved": int(total.sum()),
        "moves": [
            {"from": names[p // width], "to": names[p % width], "cells": int(total[p])}
            for p in np.flatnonzero(total).tolist()
        ],
        "rules": rules,
    }


def _codes(line: Line | None, known: Line) -> Array:
    return line.codes() if line else np.full(len(known.numbers), ABSENT, np.int8)
