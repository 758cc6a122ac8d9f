"""What evidence states: each document that counts on the day shows a standard, an approval or further facts.

A document counts when its file is there with the recorded digest, it covers the versions under review, it was issued
by then, has not expired, and did not fail. What does not count stays visible with its reason; it shows nothing.
`evidence.kind` says what a kind of document states (data/words/evidence.yaml).
"""

from __future__ import annotations

from dataclasses import replace

from ..catalog import Catalog
from ..waist import Evidence, Fact, Origin, Project
from ..words import span


def weigh(project: Project) -> tuple[Evidence, ...]:
    """The project's evidence with every reason why a document does not count on the day; twice adds nothing."""
    return tuple(
        replace(e, problems=tuple(dict.fromkeys((*e.problems, *_reasons(e, project)))), unfit=_unfit(e, project))
        for e in project.evidence
    )


def _reasons(evidence: Evidence, project: Project) -> list[str]:
    reasons = []
    if evidence.issued and span(evidence.issued)[0] > project.on:
        reasons.append(f"it is issued {evidence.issued}, after {project.on}")
    if evidence.expires and span(evidence.expires)[1] < project.on:
        reasons.append(f"it expired {evidence.expires}, before {project.on}")
    return reasons


def _unfit(evidence: Evidence, project: Project) -> tuple[tuple[str, str], ...]:
    """The subjects a document speaks of in another version than the one under review."""
    found = []
    for subject in project.subjects:
        have = dict(subject.versions) if subject.id in evidence.about else {}
        for name, version in evidence.covers:
            if name in have and have[name] != version:
                found.append((subject.id, f"it covers {name} {version}, but {subject.id} is {name} {have[name]}"))
    return tuple(found)


def survey(project: Project, catalog: Catalog) -> tuple[Fact, ...]:
    """Facts shown by the evidence that counts; a failed test refutes its standard."""
    facts = []
    for evidence in weigh(project):
        for subject in project.subjects:
            if subject.id not in evidence.about or subject.kind not in catalog.kinds or evidence.against(subject.id):
                continue
            family = catalog.kinds[subject.kind]["family"]
            origin = Origin("evidence", evidence.id, evidence.place, kinds=(evidence.kind,))
            failed = evidence.result == "fail"
            for name, entry in (("tested_to", evidence.standard), ("approvals", evidence.approval)):
                if entry and f"{family}.{name}" in catalog.words:
                    facts.append(Fact(subject.id, f"{family}.{name}", (entry,), origin, refuted=failed))
    return tuple(facts)


def counted(project: Project) -> Project:
    """The project with its evidence weighed and facts of evidence that does not count taken out."""
    weighed = weigh(project)
    out = {(e.id, s.id) for e in weighed for s in project.subjects if e.against(s.id)}
    kept = tuple(f for f in project.facts if f.origin.kind != "evidence" or (f.origin.name, f.subject) not in out)
    return replace(project, evidence=weighed, facts=kept)
