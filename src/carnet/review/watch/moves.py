"""What the coming days do to verdicts and papers: the project is reviewed again on every day that matters.

Days that matter are those on which a step of a rule or recognition counts for certain, or possibly begins, and the day
after a paper expires. Between two of them nothing the library knows can change, so nothing is missed.
Reading order: days(), reviewed(), moves(), endings().
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta

from ...catalog import Catalog
from ...ledger.survey import counted
from ...ledger.survey import survey as papers
from ...waist import Dossier, Fact, Finding, Project
from ...words import span
from ..review import review
from .nouns import Due, Ending, Move, named

CLOSED = ("met", "residual")


def next_day(day: str) -> str:
    """The day after."""
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat()


def days(project: Project, due: Iterable[Due], since: str, until: str) -> dict[str, tuple[str, ...]]:
    """The days on which a verdict can change, in order, each with the markets in which it can."""
    found: dict[str, set[str]] = {}
    for entry in due:
        for day in (entry.first, entry.last) if entry.table != "standards" else ():
            found.setdefault(day, set()).add(entry.market)
    for paper in project.evidence:
        if paper.expires:
            found.setdefault(next_day(span(paper.expires)[1]), set()).update(project.markets)
        if paper.issued:
            found.setdefault(span(paper.issued)[0], set()).update(project.markets)
    return {
        day: tuple(m for m in project.markets if m in found[day]) for day in sorted(found) if since < day <= until
    }  # fmt: skip


def reviewed(
    project: Project, stated: Sequence[Fact], catalog: Catalog, day: str, engine: str, markets: Sequence[str] = ()
) -> Dossier:
    """The project as loaded, reviewed on another day: papers are weighed anew, what rooms state stays.

    markets  only these, when given
    """
    weighed = counted(replace(project, on=day))
    facts = (*weighed.facts, *papers(weighed, catalog), *stated)
    return review(replace(weighed, markets=tuple(markets) or project.markets), facts, catalog, engine)


def moves(first: Dossier, others: Iterable[Dossier], due: Sequence[Due]) -> list[tuple[Move, Finding | None]]:
    """Every verdict that changes from one of these days to the next, each with the finding it had before."""
    found: list[tuple[Move, Finding | None]] = []
    whole = first.project.markets
    before = _state(first)
    for dossier in others:
        day, asked = dossier.project.on, dossier.project.markets
        kept = {k: f for k, f in before.items() if k[0] in whole and k[0] not in asked}
        after = {**kept, **{k: f for k, f in _state(dossier).items() if k[0] in asked or k[0] not in whole}}
        for key in sorted(before.keys() | after.keys()):
            was, now = before.get(key), after.get(key)
            a, b = was.verdict if was else None, now.verdict if now else None
            if a == b or {a, b} <= {None, "not_applicable"}:
                continue
            known = now or was
            assert known is not None
            move = Move(
                uid=named("move", first.project.id, *key, day, a, b),
                day=day,
                market=known.market,
                finding=known.id,
                rule=known.rule,
                title=known.title,
                before=a,
                after=b,
                because=now.because if now else "it is no longer asked",
                causes=tuple(
                    e.uid
                    for e in due
                    if day in (e.first, e.last) and e.market == known.market and e.id in (known.rule, *_via(was, now))
                ),
            )
            found.append((move, was))
        before = after
    return found


def _via(*findings: Finding | None) -> tuple[str, ...]:
    return tuple(v for f in findings if f for v in f.via)


def _state(dossier: Dossier) -> dict[tuple[str, str], Finding]:
    return {(f.market, f.id): f for f in dossier.findings}


def endings(project: Project, moved: Iterable[tuple[Move, Finding | None]], since: str, until: str) -> list[Ending]:
    """Papers that expire in the window, and papers that a rule took and takes no longer."""
    found = [
        Ending(
            uid=named("expires", project.id, e.id, e.expires),
            evidence=e.id,
            how="expires",
            day=span(e.expires)[1],
            standard=e.standard or e.approval or e.document,
            about=e.about,
        )
        for e in project.evidence
        if e.expires and since <= span(e.expires)[1] <= until
    ]
    expired = {e.id: span(e.expires)[1] for e in project.evidence if e.expires}
    named_in = {e.id: e for e in project.evidence}
    for move, was in moved:
        if was is None or was.verdict not in CLOSED or move.after in (*CLOSED, None, "not_applicable"):
            continue
        for name in was.evidence:
            if name in named_in and expired.get(name, "9999-12-31") >= move.day:
                paper = named_in[name]
                found.append(
                    Ending(
                        uid=named("refused", project.id, name, move.market, move.rule, move.day),
                        evidence=name,
                        how="refused",
                        day=move.day,
                        standard=paper.standard or paper.approval or paper.document,
                        about=was.about,
                        market=move.market,
                        rule=move.rule,
                        because=move.because,
                    )
                )
    return sorted(found, key=lambda e: (e.day, e.evidence, e.market, e.rule))
