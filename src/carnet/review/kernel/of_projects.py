"""Project files -> frames: one lane per subject, and per choice among the things it is related to.

Facts are seen through the same views as in `review`; where a subject sees different things in different markets, each
sight has its lanes. Documents that do not count on the day were taken out before (`ledger.survey.counted`).
Reading order: Product, frames_of_projects().
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

import numpy as np

from ...catalog import Catalog
from ...condition import UNKNOWN
from ...errors import BadInput
from ...waist import Evidence, Fact, Place, Project, Subject
from ..view import Index, View
from .columns import column_of
from .lanes import Frame
from .papers import Chorus, Voice

MOST_LANES = 512  # choices of related subjects for one subject; more is a matter for `carnet review`
_NOWHERE = Place("")
Stated = tuple[Project, Sequence[Fact]]


@dataclass(frozen=True, slots=True)
class Product:
    """What a cell is about: a subject of a project, or a row of a table."""

    project: str
    subject: str
    kind: str
    place: Place


@dataclass(slots=True)
class _Lane:
    product: int
    markets: frozenset[str]
    view: View
    papers: dict[str, Evidence]
    names: list[str] = field(default_factory=list)


def frames_of_projects(
    given: Iterable[Stated], markets: Sequence[str], catalog: Catalog
) -> tuple[list[Frame], list[Product]]:
    """Frames by kind, and the product of every number. Raises BadInput for a subject with too many choices."""
    products: list[Product] = []
    lanes: dict[str, list[_Lane]] = {}
    dates = dated(catalog)
    for project, facts in given:
        index = Index(project, facts, catalog.words)
        papers = {e.id: anonymous(e, dates) for e in project.evidence}
        names: dict[str, list[str]] = {}
        for subject_id, name in index.facts:
            names.setdefault(subject_id, []).append(name)
        for subject in project.subjects:
            products.append(Product(project.id, subject.id, subject.kind, subject.place))
            mine = _lanes_of(subject, len(products) - 1, project, index, papers, markets, catalog)
            for lane in mine:
                seen = [subject.id, *(s.id for s in lane.view.chosen.values())]
                lane.names = [n for s in seen for n in names.get(s, ()) if _held_by(lane.view, n, s)]
            lanes.setdefault(subject.kind, []).extend(mine)
    return [_frame(kind, group, markets, catalog) for kind, group in lanes.items()], products


def dated(catalog: Catalog) -> bool:
    """Whether a recognition asks when a document was issued."""
    return any("evidence.issued" in r.when.split() for r in catalog.recognitions)


def anonymous(evidence: Evidence, dates: bool) -> Evidence:
    """A document with only what a rule or recognition may ask of it: many documents become one."""
    return replace(
        evidence, id="document", about=(), place=_NOWHERE, file="", digest="", approval="", issuer="", expires="",
        issued=evidence.issued if dates else "", result="", covers=(), shows=(), language="", document="",
        problems=(), unfit=(),
    )  # fmt: skip


def _held_by(view: View, name: str, subject: str) -> bool:
    holder = view.holder(name)
    return holder is not None and holder.id == subject


def _lanes_of(
    subject: Subject,
    number: int,
    project: Project,
    index: Index,
    papers: dict[str, Evidence],
    markets: Sequence[str],
    catalog: Catalog,
) -> list[_Lane]:
    sights: dict[tuple[tuple[str, tuple[str, ...]], ...], list[str]] = {}
    for market in markets:
        if market not in project.markets:
            continue
        if subject.stands_in and market not in subject.stands_in and market != project.origin:
            continue
        related = index.related(subject, market)
        sights.setdefault(tuple((k, tuple(s.id for s in related[k])) for k in sorted(related)), []).append(market)
    found = []
    for sight, seen_in in sights.items():
        kinds = [k for k, _ in sight]
        choices = list(product(*([index.subjects[i] for i in ids] for _, ids in sight)))
        if len(choices) > MOST_LANES:
            raise BadInput(
                f"{project.file}: {subject.id} is related to {len(choices):,} combinations of other things; "
                f"the portfolio takes {MOST_LANES}. Review it alone: carnet review {project.file}"
            )
        for choice in choices:
            view = View(index, catalog.words, subject, dict(zip(kinds, choice, strict=True)))
            found.append(_Lane(number, frozenset(seen_in), view, papers))
    return found


def _frame(kind: str, lanes: list[_Lane], markets: Sequence[str], catalog: Catalog) -> Frame:
    words, count = catalog.words, len(lanes)
    frame = Frame(kind, count, np.array([lane.product for lane in lanes], np.int64), chorus=Chorus(count), narrow=True)
    frame.stands = {m: np.array([m in lane.markets for lane in lanes], bool) for m in markets}
    said: dict[str, list[Any]] = {}
    for number, lane in enumerate(lanes):
        for name in lane.names:
            word, facts = words.word(name), lane.view.said(name)
            kinds = [f.origin.kinds for f in facts]
            if facts and all(k and all(catalog.evidence_kinds[one]["simulated"] for one in k) for k in kinds):
                frame.simulated.setdefault(name, np.zeros(count, bool))[number] = True
            if word.type == "list" and word.items != "words":
                for fact in facts:
                    if fact.complete:
                        frame.complete.setdefault(name, np.zeros(count, bool))[number] = True
                    for entry in fact.value:
                        frame.chorus.say(_voice(fact, entry, lane.papers), [number])
            else:
                said.setdefault(name, [UNKNOWN] * count)[number] = lane.view.look(name)
    frame.columns = {name: column_of(name, values, words) for name, values in said.items()}
    return frame


def _voice(fact: Fact, entry: str, papers: dict[str, Evidence]) -> Voice:
    paper = papers.get(fact.origin.name) if fact.origin.kind == "evidence" else None
    freely = fact.origin.kind in ("example", "what_if")
    return Voice(fact.name, entry, fact.origin.kinds, paper, freely, fact.refuted)
