"""A table of variants -> frames, and one row -> the project it stands for.

A row is one product: its own subject, and one more for every other kind whose facts it fills (a car's pack), fitted to
it. `as_project` writes the same row as a project, so that the interpreter can explain a cell of the table.
Reading order: frames_of_table(), as_project().
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np

from ...catalog import Catalog
from ...waist import Event, Evidence, Fact, Origin, Place, Project, Subject
from ...words import span
from ..portfolio_table import Line, Lines, Said, Table
from .bits import Array
from .columns import column
from .lanes import Frame
from .of_projects import Product, anonymous, dated
from .papers import EVER, NEVER, Chorus, Voice, day_number

_NOWHERE = Place("")


def frames_of_table(table: Table, markets: Sequence[str], catalog: Catalog) -> tuple[list[Frame], list[Product]]:
    """Frames by kind, and the product of every number: rows first, then what they carry."""
    own = np.array(table.kinds)
    products = [Product(name, name, kind, Place(table.file, line)) for name, line, kind in _rows(table)]
    frames = []
    lists, codes = table.markets
    goes = {m: np.array([m in names for names in lists], bool)[codes] for m in markets}
    for kind in dict.fromkeys(table.kinds):
        rows = np.flatnonzero(own == kind)
        mine = [s for s in table.said if _carrier(s, kind) == kind]
        others: dict[str, list[Said]] = {}
        for said in table.said:
            if (carrier := _carrier(said, kind)) not in (kind, ""):
                others.setdefault(carrier, []).append(said)
        has = {k: _any(group, len(table)) & (own == kind) for k, group in others.items()}
        others = {k: group for k, group in others.items() if has[k].any()}
        for seen in [mine, *others.values()]:
            if seen is mine:
                subject, lanes, numbers = kind, rows, rows
                visible = [mine, *others.values()]
            else:
                subject = next(k for k, group in others.items() if group is seen)
                lanes = np.flatnonzero(has[subject])
                numbers = np.arange(len(products), len(products) + len(lanes))
                products += [
                    Product(table.ids[r], f"{table.ids[r]}-{subject}", subject, Place(table.file, table.lines[r]))
                    for r in lanes
                ]
                # What a row carries sees the row, and the maker; the maker sees nobody (see view.Index.related).
                visible = (
                    [seen] if subject == "maker" else [seen, mine, *([others["maker"]] if "maker" in others else [])]
                )
            frames.append(_frame(subject, lanes, numbers, visible, goes, catalog))
    return frames, products


def _rows(table: Table) -> Any:
    return zip(table.ids, table.lines, table.kinds, strict=True)


def _carrier(said: Said, own: str) -> str:
    """The kind of subject that carries a column in a row of a kind; '' when none does."""
    if said.kind:
        return said.kind
    about = [k for k in said.word.about if k not in ("pair", "evidence")]
    return own if own in about else about[0] if about else ""


def _any(group: list[Said], rows: int) -> Array:
    return np.logical_or.reduce([s.codes >= 0 for s in group]) if group else np.zeros(rows, bool)


def _frame(
    kind: str, lanes: Array, numbers: Array, visible: list[list[Said]], goes: dict[str, Array], catalog: Catalog
) -> Frame:
    frame = Frame(kind, len(lanes), numbers, chorus=Chorus(len(lanes)), narrow=True)
    frame.stands = {m: mask[lanes] for m, mask in goes.items()}
    done: set[str] = set()
    for group in visible:
        for said in group:
            name = said.word.name
            if name in done or (kind in said.word.about and group is not visible[0]):
                continue  # a fact that this kind can carry is asked of it alone
            done.add(name)
            codes = said.codes[lanes]
            if said.word.type == "list" and said.word.items != "words":
                _lines(frame, name, said.values, codes, dated(catalog))
            else:
                frame.columns[name] = column(name, said.values, codes, catalog.words)
    return frame


def _lines(frame: Frame, name: str, values: list[Lines], codes: Array, dates: bool) -> None:
    order = np.argsort(codes, kind="stable")
    bounds = np.searchsorted(codes[order], np.arange(len(values) + 1))
    for code, cell in enumerate(values):
        rows = order[bounds[code] : bounds[code + 1]].tolist()
        if cell.complete and rows:
            frame.complete.setdefault(name, np.zeros(frame.lanes, bool))[rows] = True
        for line in dict.fromkeys(cell.lines):
            if rows:
                since = day_number(span(line.issued)[0]) if line.issued else EVER
                until = day_number(span(line.expires)[1]) if line.expires else NEVER
                frame.chorus.say(_voice(name, line, dates), rows, since, until)


def _voice(name: str, line: Line, dates: bool) -> Voice:
    if not line.kind:
        return Voice(name, line.entry)
    paper = anonymous(_evidence(name, line, "document", ()), dates)
    return Voice(name, line.entry, (line.kind,), paper, False, line.failed)


def _evidence(name: str, line: Line, id: str, about: tuple[str, ...]) -> Evidence:
    what = name.rpartition(".")[2]
    return Evidence(
        id=id,
        about=about,
        kind=line.kind,
        place=_NOWHERE,
        standard=line.entry if what == "tested_to" else "",
        approval=line.entry if what == "approvals" else "",
        shows=((name, [line.entry]),) if what not in ("tested_to", "approvals") else (),
        issuer_economy=line.economy,
        issued=line.issued,
        expires=line.expires,
        result="fail" if line.failed else "",
    )


def as_project(
    table: Table, row: int, catalog: Catalog, *, on: str, known: str = "", event: str = "placed_on_market",
    named: Sequence[str] = (), markets: Sequence[str] = (),
) -> Project:  # fmt: skip
    """One row as a project: what the interpreter explains. The documents are those the table names, without files."""
    own, main, line = table.kinds[row], table.ids[row], Place(table.file, table.lines[row])
    goes = table.markets[0][int(table.markets[1][row])]
    subjects = {own: Subject(main, own, line)}
    facts: list[Fact] = []
    papers: list[Evidence] = []
    for said in table.said:
        code, kind = int(said.codes[row]), _carrier(said, own)
        if code < 0 or not kind:
            continue
        if kind not in subjects:
            fitted = () if kind == "maker" else (main,)
            subjects[kind] = Subject(f"{main}-{kind}", kind, line, fitted_to=fitted)
        who, name, value = subjects[kind].id, said.word.name, said.values[code]
        origin = Origin("project", table.file, line)
        if not isinstance(value, Lines):
            entries = getattr(value, "entries", None)
            facts.append(
                Fact(who, name, value if entries is None else entries, origin, getattr(value, "complete", False))
            )
            continue
        plain = tuple(n.entry for n in value.lines if not n.kind)
        if plain or value.complete:
            facts.append(Fact(who, name, plain, origin, value.complete))
        for one in value.lines:
            if one.kind:
                paper = _evidence(name, one, f"{name} {len(papers) + 1}", (who,))
                papers.append(paper)
                if paper.shows:
                    facts.append(Fact(who, name, (one.entry,), Origin("evidence", paper.id, line, kinds=(one.kind,))))
    return Project(
        id=main,
        title=main,
        file=table.file,
        on=span(on)[0],
        known=span(known or catalog.last_seen)[1],
        event=cast("Event", event),
        markets=tuple(m for m in goes if not markets or m in markets),
        subjects=tuple(subjects.values()),
        facts=tuple(facts),
        evidence=tuple(papers),
        named=tuple(named),
    )
