"""Is the technical file complete? The documents a market expects, which the project has, which run out.

Expected are the documents that prove applicable rules, and those that a market, a customer or a partner asks for
besides (data/markets/**/documents.yaml). Reading order: expected().
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from ..catalog import Catalog, nouns
from ..condition import Condition, Either, Not, Test, evaluate
from ..waist import Evidence, Expected, Finding, Project, Requirement, Subject
from ..words import span
from .case import ACTS, Case
from .view import views


def expected(market: str, findings: list[Finding], case: Case, catalog: Catalog, project: Project) -> list[Expected]:
    """One row per expected document, in the order of subjects."""
    rules = {r.id: r for r in catalog.requirements(market)}
    rows: dict[tuple[tuple[str, ...], str], Expected] = {}
    for finding in findings:
        rule = rules.get(finding.rule)
        if rule is None or finding.verdict == "not_applicable":
            continue
        for row in _of_rule(rule, finding, case, catalog, project):
            known = rows.get((row.about, row.document))
            if known is None:
                rows[(row.about, row.document)] = row
            else:
                merged = tuple(dict.fromkeys((*known.rules, *row.rules)))
                better = row if known.state == "missing" else known
                rows[(row.about, row.document)] = replace(better, rules=merged)
    for entry, _ in catalog.documents(market):
        for subject in project.subjects:
            if (
                (not subject.stands_in or market in subject.stands_in)
                and subject.kind == entry["about"]
                and _wanted(entry, subject, case)
            ):
                rows[((subject.id,), entry["id"])] = _asked_for(entry, subject, market, catalog, project)
    return list(rows.values())


def _of_rule(rule: Requirement, finding: Finding, case: Case, catalog: Catalog, project: Project) -> list[Expected]:
    if not rule.demands or not (rule.evidence or rule.documents):
        return []
    wanted = _groups(catalog.condition(rule.demands))
    about = finding.about
    kinds = "/".join(rule.evidence)
    found = []
    proven = [case.evidence[e] for e in finding.evidence if e in case.evidence and finding.verdict != "unmet"]
    named = {e for entries in wanted for e in entries}
    home = catalog.members([finding.market])
    for entries in dict.fromkeys(wanted) if rule.evidence else []:
        fits = [e for e in proven if {e.standard, e.approval} & set(entries)]
        carried = [e for e in proven if not {e.standard, e.approval} & named]
        good = (fits or carried or proven) if finding.verdict in ("met", "residual", "undecided") else []
        lying = [
            e
            for e in case.evidence.values()
            if {e.standard, e.approval} & set(entries) and set(e.about) & set(about) and e.kind in rule.evidence
        ]
        counting = [
            e
            for e in lying
            if e.id not in finding.evidence
            and not any(e.against(s) for s in about)
            and e.result != "fail"
            and (e.kind not in ACTS or e.issuer_economy in home)
        ]
        name = f"{kinds}: {' or '.join(entries)}"
        have = good or counting
        found.append(_row(finding.market, about, name, kinds, rule, have or lying, bool(have), project))
    for kind in rule.documents:
        have = [e for e in case.evidence.values() if e.kind == kind and set(e.about) & set(about)]
        found.append(_row(finding.market, about, f"{kind}: {rule.title}", kind, rule, have, bool(have), project))
    return found


def _groups(condition: Condition) -> list[tuple[str, ...]]:
    """The documents a demand asks for: one group per document, alternatives inside the group."""
    if isinstance(condition, Test):
        if condition.op != "has":
            return []
        entries = condition.value if isinstance(condition.value, tuple) else (condition.value,)
        return [(str(e),) for e in entries] if condition.every else [tuple(str(e) for e in entries)]
    if isinstance(condition, Not):
        return []
    groups = [g for part in condition.parts for g in _groups(part)]
    if isinstance(condition, Either) and groups:
        return [tuple(dict.fromkeys(e for g in groups for e in g))]
    return groups


def _row(
    market: str,
    about: tuple[str, ...],
    document: str,
    kind: str,
    rule: Requirement,
    have: list[Evidence],
    counts: bool,
    project: Project,
) -> Expected:
    first = have[0] if have else None
    return Expected(
        market=market,
        about=about,
        document=document,
        kind=kind,
        state=_state(first, project, about, counts),
        title=rule.title,
        evidence=first.id if first else "",
        expires=first.expires if first else "",
        rules=(rule.id,),
        source=rule.source,
    )


def _state(
    evidence: Evidence | None, project: Project, about: tuple[str, ...], counts: bool = True
) -> Literal["have", "expires", "missing"]:
    if evidence is None:
        return "missing"
    if evidence.expires and span(evidence.expires)[1] < project.on:
        return "expires"
    return "have" if counts and not any(evidence.against(s) for s in about) else "missing"


def _wanted(entry: nouns.Row, subject: Subject, case: Case) -> bool:
    if not entry["applies"]:
        return True
    condition = case.catalog.condition(entry["applies"])
    return any(
        evaluate(condition, v.look, case.catalog.words).truth is not False
        for v in views(case.index, case.catalog.words, subject, (), case.market)
    )


def _asked_for(entry: nouns.Row, subject: Subject, market: str, catalog: Catalog, project: Project) -> Expected:
    about = subject.members or (subject.id,)
    have = [
        e
        for e in project.evidence
        if (e.document == entry["id"] or (e.kind == entry["kind"] and not (e.document or e.standard or e.approval)))
        and ({subject.id, *subject.members} & set(e.about))
        and (not entry["language"] or e.language in ("", entry["language"]))
    ]
    return Expected(
        market=market,
        about=about,
        document=entry["id"],
        kind=entry["kind"],
        state=_state(have[0] if have else None, project, about),
        title=entry["title"],
        evidence=have[0].id if have else "",
        expires=have[0].expires if have else "",
        language=entry["language"],
        source=nouns.source(entry, entry["source"]),
    )
