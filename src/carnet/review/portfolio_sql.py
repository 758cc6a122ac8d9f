"""What the second implementation is asked: projects as normalized tables, rules as plain values, verdicts by SQL.

One lane is one subject with at most one related subject of a kind; recognitions are followed by the interpreter's own
`Recognizer`, everything else is left to SQL (`store.portfolio`). Recognitions with a condition on the product are left
out, and said so.
Reading order: lanes_of(), rules_of(), verdicts().
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..catalog import EVERYWHERE, Catalog
from ..catalog.dates import Dates
from ..condition import UNKNOWN, Condition, tests
from ..store.portfolio import Rule, Tables, ask
from ..waist import Evidence, Fact, Place, Project, Requirement, Subject
from ..words import span
from .case import ACTS, PROOF
from .recognize import Held, Recognizer
from .view import Index, View

Lanes = list[tuple[Project, Subject]]


def lanes_of(given: Sequence[tuple[Project, Sequence[Fact]]], kind: str, market: str, catalog: Catalog) -> Any:
    """(tables, lanes) of every subject of a kind that stands in a market."""
    lanes: Lanes = []
    tables = Tables(0)
    for project, facts in given:
        index = Index(project, facts, catalog.words)
        papers = {e.id: e for e in project.evidence}
        for subject in project.subjects:
            if subject.kind == kind and (not subject.stands_in or market in subject.stands_in):
                _state(tables, len(lanes), _view(index, subject, market, catalog), index, papers, catalog)
                lanes.append((project, subject))
    tables.lanes = len(lanes)
    return tables, lanes


def _view(index: Index, subject: Subject, market: str, catalog: Catalog) -> View:
    related = index.related(subject, market)
    several = [k for k, group in related.items() if len(group) > 1]
    if several:
        raise ValueError(f"{subject.id} is related to several of kind {several[0]}; SQL is asked about one of each")
    return View(index, catalog.words, subject, {k: group[0] for k, group in related.items()})


def _state(tables: Tables, lane: int, view: View, index: Index, papers: dict[str, Evidence], catalog: Catalog) -> None:
    words = catalog.words
    for holder, name in index.facts:
        if (owner := view.holder(name)) is None or owner.id != holder:
            continue
        word, said = words.word(name), view.said(name)
        if word.type != "list":
            if (value := view.look(name)) is not UNKNOWN:
                tables.state(lane, name, value, words)
            continue
        for fact in said:
            if fact.complete:
                tables.close(lane, name)
            paper = papers.get(fact.origin.name) if fact.origin.kind == "evidence" else None
            for entry in fact.value:
                since = span(paper.issued)[0] if paper and paper.issued else "0000-00-00"
                until = span(paper.expires)[1] if paper and paper.expires else "9999-12-31"
                tables.enter(
                    lane, name, entry, paper.kind if paper else "", paper.issuer_economy if paper else "",
                    fact.refuted, since, until,
                )  # fmt: skip


def rules_of(
    asked: Sequence[Requirement], market: str, catalog: Catalog, *, on: str, event: Any, known: str, tables: Tables
) -> list[Rule]:
    """Rules of one market as plain values, with what recognitions make of the documents in the tables."""
    recognizer = Recognizer(catalog, market, on, event, known, Dates(catalog, known))
    recognizer.live = [r for r in recognizer.live if not r.when]
    rows = zip(*(tables.entries[c] for c in ("name", "entry", "paper", "economy", "refuted")), strict=True)
    papers = sorted({(n, e, k, w) for n, e, k, w, refuted in rows if k and not refuted})
    return [_rule(r, market, catalog, recognizer, papers) for r in asked]


def _rule(
    rule: Requirement, market: str, catalog: Catalog, recognizer: Recognizer, papers: list[tuple[str, str, str, str]]
) -> Rule:
    demands = catalog.condition(rule.demands) if rule.demands else None
    speaks_from = () if rule.market == EVERYWHERE else (rule.market,)
    home = tuple(sorted(catalog.members([market, *speaks_from, *rule.granted_in])))
    kinds = tuple((k, home if k in ACTS else None) for k in rule.evidence)
    lists = _wanted(demands, catalog) if demands else {}
    idle = tuple(
        (fact, kind)
        for fact in lists
        for kind, row in catalog.evidence_kinds.items()
        if (what := fact.rpartition(".")[2]) in PROOF and what not in row["states"]
    )
    carried: dict[tuple[str, str, str, str, str, bool], None] = {}
    for name, entry, kind, economy in papers if rule.evidence else ():
        if name not in lists:
            continue
        paper = Evidence("paper", (), kind, Place(""), standard=entry, issuer_economy=economy)
        held = Held(entry, "paper", (kind,), economy)
        found, _ = recognizer.carried([held], {"paper": paper}, lists[name], lambda _: UNKNOWN)
        found = [h for h in found if not h.kinds or set(h.kinds) & set(rule.evidence)]
        counts = kind in rule.evidence and (kind not in ACTS or economy in home)
        for item in found:
            carried[name, entry, kind, economy, item.entry, bool(item.residual)] = None
        for want in lists[name]:
            row = catalog.standards.get(want)
            if row is None or row["series"] is not None or not row["family"]:
                continue
            for have in [*([entry] if counts else []), *(h.entry for h in found)]:
                other = catalog.standards.get(have)
                if other and other["family"] == row["family"] and other["series"] is not None:
                    carried[name, entry, kind, economy, want, True] = None
    applies = catalog.condition(rule.applies) if rule.applies else None
    stated = not rule.evidence
    return Rule(rule.id, applies, demands, bool(rule.asks), kinds, stated, idle if stated else (), tuple(carried))


def _wanted(demands: Condition, catalog: Catalog) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for test in tests(demands):
        word = catalog.words.word(test.fact)
        if test.op == "has" and word.items != "words":
            found.setdefault(test.fact, []).extend(test.value if isinstance(test.value, tuple) else [test.value])
    return {fact: tuple(entries) for fact, entries in found.items()}


def verdicts(
    given: Sequence[tuple[Project, Sequence[Fact]]], kind: str, market: str, catalog: Catalog, session: Any = None
) -> dict[tuple[str, str], str]:
    """(subject, rule) -> verdict by SQL, for every rule of a market about a kind, whatever its standing."""
    tables, lanes = lanes_of(given, kind, market, catalog)
    if not lanes:
        return {}
    project = lanes[0][0]
    asked = [r for r in catalog.requirements(market) if kind in r.about]
    rules = rules_of(asked, market, catalog, on=project.on, event=project.event, known=project.known, tables=tables)
    answers = ask(tables, rules, catalog.words, project.on, session)
    return {(lanes[n][1].id, key): v for key, column in answers.items() for n, v in enumerate(column)}
