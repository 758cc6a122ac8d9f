"""The dated steps that fall into a window, of every text that speaks to a project: rules, recognitions, standards.

A step falls into the window when the last day it can mean lies after the first day of the window and the first day it
can mean does not lie after its end; '2027' is any day of that year. Rules that do not apply to the product are left
out; one whose scope is unknown stays in. Steps seen after the project's day of knowledge do not count.
Reading order: speaking(), of_rules(), of_recognitions(), of_standards(), waiting().
"""

from __future__ import annotations

from collections.abc import Iterator

from ...catalog import Catalog, nouns
from ...catalog.dates import EVER, GONE, NEVER, Dates, binds, reported, stand, when
from ...waist import VERDICTS, Project, Requirement, Source, Status, Subject
from ..case import Case
from ..judge import Judged, judge
from ..review import EXPORT
from .nouns import Due, Waiting, named


def within(step: Status, since: str, until: str, known: str, dated: Dates) -> tuple[str, str] | None:
    """First and last day of a step that falls into the window, or None."""
    if step.seen is not None and step.seen > known:
        return None
    first, last = when(step, dated)
    if first in (EVER, NEVER):
        return None
    return (first, last) if last > since and first <= until else None


def speaking(case: Case) -> list[Requirement]:
    """The rules a project hears in a market; of the economy it only leaves, what that asks of exports."""
    rules = case.catalog.requirements(case.market)
    if case.market in case.project.markets:
        return rules
    return [r for r in rules if r.topic == EXPORT and r.market == case.market]


def of_rules(case: Case, subjects: list[Subject], since: str, until: str) -> Iterator[Due]:
    """Steps of the rules of one market that apply to the project's subjects."""
    dated = Dates(case.catalog, case.project.known)
    for rule in speaking(case):
        fallen = [(s, w) for s in rule.status if (w := within(s, since, until, case.project.known, dated))]
        if not fallen:
            continue
        judged = _applying(rule, subjects, case)
        if not judged:
            continue
        about = tuple(dict.fromkeys(m for s, _ in judged for m in (s.members or (s.id,))))
        worst = judged[0][1]
        for step, (first, last) in fallen:
            yield Due(
                uid=named("requirements", case.market, rule.id, step.event, step.standing, first, last),
                table="requirements",
                id=rule.id,
                market=case.market,
                title=rule.title,
                topic=rule.topic,
                first=first,
                last=last,
                step=step,
                mine=binds(step.event, case.project.event),
                about=about,
                source=_source(step, rule),
                reported=reported(step, rule.source, rule.sources),
                would=worst.verdict,
                because=worst.because,
                conflict=rule.conflict,
            )


def _applying(rule: Requirement, subjects: list[Subject], case: Case) -> list[tuple[Subject, Judged]]:
    """The subjects a rule speaks of and does not exclude, with the gravest answer first."""
    found = [(s, judge(rule, s, case)) for s in subjects if s.kind in rule.about]
    found = [(s, j) for s, j in found if j.verdict != "not_applicable"]
    return sorted(found, key=lambda f: -VERDICTS.index(f[1].verdict))


def _source(step: Status, rule: Requirement) -> Source:
    return next((s for s in rule.sources if s.id == step.source), rule.source)


def of_recognitions(catalog: Catalog, project: Project, since: str, until: str) -> Iterator[Due]:
    """Steps of recognitions that work (or end) in one of the project's markets."""
    dated = Dates(catalog, project.known)
    for row, found in zip(catalog.table("recognitions"), catalog.recognitions, strict=True):
        places = catalog.members(found.accepted_in)
        for market in (m for m in project.markets if m in places):
            for step in found.status:
                if fallen := within(step, since, until, project.known, dated):
                    yield Due(
                        uid=named("recognitions", market, found.id, step.event, step.standing, *fallen),
                        table="recognitions",
                        id=found.id,
                        market=market,
                        title=found.title,
                        topic="",
                        first=fallen[0],
                        last=fallen[1],
                        step=step,
                        mine=binds(step.event, project.event),
                        about=(),
                        source=nouns.source(row, step.source or row["source"]),
                        reported=nouns.source(row, step.source or row["source"]).reported,
                    )


def of_standards(catalog: Catalog, project: Project, since: str, until: str) -> Iterator[Due]:
    """Steps of the standards the project's papers name, and of the other editions of their families."""
    dated = Dates(catalog, project.known)
    held = {text for e in project.evidence for text in (e.standard, e.approval) if text}
    families = {catalog.standards[h]["family"] for h in held if h in catalog.standards} - {""}
    for row in catalog.table("standards"):
        if row["short"] not in held and row["family"] not in families:
            continue
        papers = [e for e in project.evidence if {e.standard, e.approval} & {row["short"]}]
        about = tuple(dict.fromkeys(s for e in papers for s in e.about))
        for step in nouns.status(row["status"]):
            if fallen := within(step, since, until, project.known, dated):
                source = nouns.source(row, step.source or row["source"])
                yield Due(
                    uid=named("standards", row["short"], step.event, step.standing, *fallen),
                    table="standards",
                    id=row["short"],
                    market="",
                    title=row["title"],
                    topic=row["topic"],
                    first=fallen[0],
                    last=fallen[1],
                    step=step,
                    mine=binds(step.event, project.event),
                    about=about,
                    source=source,
                    reported=source.reported,
                    conflict=row["conflict"],
                )


def waiting(case: Case, subjects: list[Subject]) -> Iterator[Waiting]:
    """Rules that do not bind yet and have no day for it: they wait for a text, an event, a decision."""
    dated = Dates(case.catalog, case.project.known)
    project = case.project
    for rule in speaking(case):
        steps = tuple(s for s in rule.status if s.seen is None or s.seen <= project.known)
        undated = [s for s in steps if when(s, dated) == (NEVER, NEVER)]
        stands = stand(steps, project.on, project.event, project.known, dated)
        if stands.now is None or stands.now in GONE:
            continue
        open_ended = stands.now in ("signal", "announced", "draft", "adopted") and stands.next is None
        if not undated and not open_ended:
            continue
        judged = _applying(rule, subjects, case)
        if not judged:
            continue
        texts = [f"{s.months} months after {s.after}, whose day is not set" for s in undated]
        yield Waiting(
            uid=named("waiting", case.market, rule.id),
            id=rule.id,
            market=case.market,
            title=rule.title,
            standing=stands.now,
            waits_for="; ".join(dict.fromkeys([*texts, *([rule.binds_when] if rule.binds_when else [])])),
            next_look=rule.next_look,
            about=tuple(dict.fromkeys(m for s, _ in judged for m in (s.members or (s.id,)))),
            source=rule.source,
        )
