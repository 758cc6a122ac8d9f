"""What does not bind today: drafts, announcements, signals, later dates, voluntary texts nobody named.

Exposure never makes a verdict of non-compliance. It says what would change, when, at what cost, and which event would
make it bind. Reading order: of_requirement(), of_signals().
"""

from __future__ import annotations

from ..catalog import nouns
from ..catalog.dates import BINDING, Stand
from ..waist import Exposure, Finding, Requirement, Subject
from ..words import span
from .case import Case
from .judge import Judged


def of_requirement(rule: Requirement, subject: Subject, judged: Judged, stands: Stand, case: Case) -> Exposure:
    """A known rule that does not bind on the day: the verdict it would give."""
    about = subject.members or (subject.id,)
    binds = rule.binds_when
    if rule.force == "voluntary" and stands.now in BINDING:
        binds = binds or "a contract or the project names it"
    elif stands.next:
        day, standing, whom = stands.next
        if stands.step is not None and stands.step.event and _begun(day, case.project.on):
            dated = f"the review is about {whom.removeprefix('for ')}, which it binds since {day}"
        else:
            dated = f"{day} {whom}".strip() + f" ({standing.replace('_', ' ')})"
        binds = dated + (f"; {binds}" if binds else "")
    return Exposure(
        signal=rule.id,
        market=case.market,
        standing=stands.now or "signal",
        title=rule.title,
        binds_when=binds or "no binding event is known",
        about=about,
        topic=rule.topic,
        would_change=(
            {
                "rule": rule.id,
                "about": list(about),
                "verdict": judged.verdict,
                "because": judged.because,
                "question": judged.question,
            },
        ),
        source=rule.source,
        next_look=rule.next_look,
        effort=rule.effort,
    )


def _begun(day: str, on: str) -> bool:
    """Whether a written day has come for certain; what is no day has not."""
    try:
        return span(day)[1] <= on
    except ValueError:
        return False


def of_signals(case: Case, subjects: list[Subject], findings: list[Finding]) -> list[Exposure]:
    """Signals that touch this market and one of the subjects standing in it."""
    found = []
    places = {p for way in case.catalog.chain(case.market) for p in way}
    kinds = {s.kind for s in subjects}
    for row in case.catalog.table("signals"):
        touches = row["touches"]
        here = places & {*touches["markets"], *touches["unions"]} or not (touches["markets"] or touches["unions"])
        source = nouns.source(row, row["source"])
        known = row["date"] <= case.project.known and (source.seen is None or source.seen <= case.project.known)
        if not here or not known or (touches["about"] and not kinds & set(touches["about"])):
            continue
        about = tuple(s.id for s in subjects if not touches["about"] or s.kind in touches["about"])
        changed = [
            {"rule": f.rule, "about": list(f.about), "verdict": f.verdict, "says": row["would_change"]}
            for f in findings
            if f.market == case.market
            and f.topic in touches["topics"]
            and set(f.about) & set(about)
            and f.verdict != "not_applicable"
        ]
        found.append(
            Exposure(
                signal=row["id"],
                market=case.market,
                standing=row["standing"],
                title=row["title"],
                binds_when=row["binds_when"],
                about=about,
                topic=", ".join(touches["topics"]),
                would_change=tuple(changed) or ({"about": list(about), "says": row["would_change"]},),
                source=source,
                next_look=row["next_look"],
                effort=tuple(row["effort"]),
            )
        )
    return found
