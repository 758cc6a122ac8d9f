"""What lies near a finding: the subjects it reaches, who carries a fact or a step, and which papers are in hand.

Reading order: Near.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..waist import Finding, Project, Subject

COMPANY = "company"


class Near:
    """The subjects of a project, seen from its findings."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.subjects = {s.id: s for s in project.subjects}

    def in_hand(self) -> dict[str, str]:
        """entry@subject -> the evidence that shows it and counts."""
        found: dict[str, str] = {}
        for e in self.project.evidence:
            for subject in e.about:
                entry = e.standard or e.approval
                if entry and e.result != "fail" and not e.against(subject):
                    found.setdefault(f"{entry}@{subject}", e.id)
        return found

    def kinds(self, finding: Finding) -> set[str]:
        return {s.kind for s in self.around(finding)} | {"maker"}

    def around(self, finding: Finding) -> list[Subject]:
        """The subjects of a finding, then what they are fitted to or carry."""
        mine = [self.subjects[a] for a in finding.about if a in self.subjects]
        fitted = [self.subjects[t] for s in mine for t in s.fitted_to if t in self.subjects]
        carried = [s for s in self.project.subjects if set(s.fitted_to) & {m.id for m in mine}]
        return [*mine, *fitted, *carried]

    def holder(self, kinds: Iterable[str], finding: Finding) -> str:
        """The subject a step or fact is about, seen from a finding."""
        wanted = set(kinds)
        for subject in self.around(finding):
            if subject.kind in wanted:
                return subject.id
        makers = [s.id for s in self.project.subjects if s.kind == "maker"]
        return makers[0] if "maker" in wanted and makers else COMPANY if "maker" in wanted else finding.about[0]
