"""Why: everything a reader needs to check one rule or finding, as plain data.

The text in our words, source with class and reading, the history of its standing, the way it was inherited, each
condition with every fact's value and origin, its examples, who accepts what instead, and what would change the verdict.
Reading order: explain_rule(), explain_finding().
"""

from __future__ import annotations

from typing import Any

from ..catalog import Catalog, nouns
from ..catalog.dates import Dates, stand
from ..condition import Name, Outcome, tests
from ..waist import VERDICTS, Dossier, Finding, Project, Quantity, Requirement, Source
from ..words import Listed
from .case import Case
from .judge import Judged, judge
from .recognize import Recognizer, fits
from .view import Index, View


def explain_rule(rule: Requirement, market: str, project: Project, catalog: Catalog) -> dict[str, Any]:
    """A rule as it stands in one market on the project's day, without a subject."""
    dated = Dates(catalog, project.known)
    stands = stand(rule.status, project.on, project.event, project.known, dated) if rule.status else None
    return {
        "schema": "carnet/why/1",
        "rule": rule.id,
        "market": market,
        "market_name": catalog.name(market),
        "title": rule.title,
        "topic": rule.topic,
        "about": list(rule.about),
        "force": rule.force,
        "standing": stands.now if stands else None,
        "on": project.on,
        "event": project.event,
        "known": project.known,
        "notes": list(stands.notes) if stands else [],
        "clause": rule.clause,
        "note": rule.note,
        "conflict": rule.conflict,
        "asks": rule.asks,
        "written_at": str(rule.place),
        "inherited": [{"from": u, "name": catalog.name(u)} for u in rule.inherited],
        "source": source(rule.source),
        "sources": [source(s) for s in rule.sources],
        "history": [
            {
                "from": s.start or f"{s.months} months after {s.after}",
                "event": s.event,
                "standing": s.standing,
                "source": s.source,
                "seen": s.seen,
                "note": s.note,
                "counts": s.seen is None or s.seen <= project.known,
            }
            for s in rule.status
        ],
        "applies": rule.applies,
        "demands": rule.demands,
        "accepted_evidence": list(rule.evidence),
        "examples": list(rule.examples),
        "instead": instead(rule, market, project, catalog),
        "related": related(rule, catalog),
        "binds_when": rule.binds_when,
        "next_look": rule.next_look,
    }


def explain_finding(finding: Finding, dossier: Dossier, index: Index, catalog: Catalog) -> dict[str, Any]:
    """A finding: the rule, each test with value and origin, and what would change the verdict."""
    base: dict[str, Any] = {
        "finding": finding.id,
        "verdict": finding.verdict,
        "because": finding.because,
        "missing": list(finding.missing),
        "evidence": list(finding.evidence),
        "via": list(finding.via),
        "residual": list(finding.residual),
        "question": finding.question,
    }
    rules = {r.id: r for r in catalog.requirements(finding.market)}
    rule = rules.get(finding.rule)
    if rule is None:
        return {
            "schema": "carnet/why/1",
            "rule": finding.rule,
            "market": finding.market,
            "market_name": catalog.name(finding.market),
            "title": finding.title,
            **base,
        }
    project = dossier.project
    dated = Dates(catalog, project.known)
    recognizer = Recognizer(catalog, finding.market, project.on, project.event, project.known, dated)
    case = Case(catalog, project, index, finding.market, recognizer, {e.id: e for e in project.evidence})
    subject = next(s for s in project.subjects if s.members == finding.about or (s.id,) == finding.about)
    judged = judge(rule, subject, case)
    return {
        **explain_rule(rule, finding.market, project, catalog),
        **base,
        "tests": [row for part, outcome in judged.outcomes for row in _tests(part, outcome, judged)],
        "would_change": _would_change(finding, judged, rule),
    }


def _tests(part: str, outcome: Outcome, judged: Judged) -> list[dict[str, Any]]:
    rows = []
    for test, truth, value in outcome.tests:
        names = [test.fact] + ([test.value.name] if isinstance(test.value, Name) else [])
        rows.append(
            {
                "part": part,
                "test": str(test),
                "truth": {True: "yes", False: "no", None: "unknown"}[truth],
                "value": plain(value),
                "origins": [o for n in names for o in _origins(n, judged.view)] if judged.view else [],
            }
        )
    return rows


def _origins(name: str, view: View) -> list[str]:
    found = []
    for fact in view.said(name):
        who = {"project": "the project", "what_if": "what if"}.get(fact.origin.kind, fact.origin.name)
        where = f" at {fact.origin.place}" if fact.origin.place else ""
        found.append(
            f"{fact.name} = {plain(fact.value)} "
            f"({fact.origin.kind.replace('_', ' ')}: {who or fact.origin.kind}{where}; about {fact.subject})"
        )
    return found


def plain(value: Any) -> Any:
    """A fact's value for a reader."""
    if isinstance(value, Listed):
        return list(value.entries)
    if isinstance(value, tuple):
        return list(value)
    return (
        str(value)
        if isinstance(value, Quantity)
        else value
        if value is None or isinstance(value, (bool, int))
        else str(value)
    )


def _would_change(finding: Finding, judged: Judged, rule: Requirement) -> list[str]:
    """What would move the verdict towards met, and what would take it away."""
    if finding.verdict in ("met", "residual"):
        documents = [
            f"{e} expiring, being withdrawn, or no longer covering the version under review" for e in finding.evidence
        ]
        return (
            documents
            + [f"{v} no longer being in force" for v in finding.via]
            + [f"doing: {r}" for r in finding.residual]
        )
    if finding.verdict == "not_applicable":
        return ["a fact of its scope changing: " + rule.applies]
    found = [finding.question] if finding.question else []
    for _, outcome in judged.outcomes:
        found += [f"stating or showing {m}" for m in outcome.missing]
        if outcome.truth is False:
            found += [f"changing {t.fact} so that {t}" for t, truth, _ in outcome.tests if truth is False]
    return list(dict.fromkeys(found))


def instead(rule: Requirement, market: str, project: Project, catalog: Catalog) -> list[dict[str, Any]]:
    """Who accepts what instead: every recognition that speaks of what the rule demands, whether it gives or not."""
    if not rule.demands:
        return []
    wanted = [
        str(v)
        for t in tests(catalog.condition(rule.demands))
        if t.op == "has"
        for v in (t.value if isinstance(t.value, tuple) else (t.value,))
    ]
    dated = Dates(catalog, project.known)
    found = []
    for r in catalog.recognitions:
        if market not in catalog.members(r.accepted_in):
            continue
        pairs = r.gives if isinstance(r.gives, tuple) else ()
        speaks = [w for w in wanted if any(w == want for want, _ in pairs) or any(fits(w, s) for s in r.standards)]
        if not speaks:
            continue
        stands = stand(r.status, project.on, project.event, project.known, dated)
        found.append(
            {
                "id": r.id,
                "title": r.title,
                "for": speaks,
                "accepts": [have for want, have in r.gives if want in speaks]
                if isinstance(r.gives, tuple)
                else [*r.standards],
                "strength": r.strength,
                "standing": stands.now,
                "conditions": list(r.conditions),
                "residual": list(r.residual),
                "source": source(r.source),
            }
        )
    return found


def related(rule: Requirement, catalog: Catalog) -> list[dict[str, Any]]:
    """Technical relations of the standards it demands: never a legal acceptance."""
    found = []
    for test in tests(catalog.condition(rule.demands)) if rule.demands else ():
        for value in test.value if isinstance(test.value, tuple) else (test.value,):
            row = catalog.standards.get(str(value)) if test.op == "has" else None
            for relation in row["relations"] if row else []:
                found.append(
                    {
                        "standard": value,
                        "to": relation["to"],
                        "kind": relation["kind"],
                        "residual": relation["residual"],
                        "note": relation["note"],
                    }
                )
    return found


def source(found: Source) -> dict[str, Any]:
    """A source as plain data."""
    return {
        "id": found.id,
        "number": found.number,
        "title": found.title,
        "publisher": found.publisher,
        "issued": found.issued,
        "class": found.grade,
        "read": found.read,
        "seen": found.seen,
        "reported": found.reported,
        "note": found.note,
    }


def worst(findings: list[Finding]) -> Finding:
    """The gravest of several findings."""
    return max(findings, key=lambda f: VERDICTS.index(f.verdict))


__all__ = ["explain_finding", "explain_rule", "instead", "nouns", "plain", "related", "source", "worst"]
