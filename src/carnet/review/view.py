"""The facts as one subject sees them: its own, those of what it is fitted to or carries, of its members, of its maker.

A fact name belongs to kinds of subjects (its `about`). A rule about a pack that asks for a vehicle's mass looks at the
vehicle the pack is fitted to; when there are several, the rule is judged for each, and the worst answer counts.
Reading order: views(), View.look(), View.origin().
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice, product
from typing import Any

from ..condition import UNKNOWN
from ..waist import Fact, Project, Quantity, Subject
from ..words import Listed, Vocabulary

MOST_VIEWS = 4096


class Index:
    """All facts by subject and name, with contradictions between companies found."""

    def __init__(self, project: Project, facts: Iterable[Fact], words: Vocabulary | None = None) -> None:
        """words  lets amounts agree across units; without them only what is written alike agrees"""
        self.project = project
        self.subjects = {s.id: s for s in project.subjects}
        self.carried: dict[str, list[Subject]] = {}  # what is fitted to a subject
        for subject in project.subjects:
            for holder in subject.fitted_to:
                self.carried.setdefault(holder, []).append(subject)
        self.makers = [s for s in project.subjects if s.kind == "maker"]
        self.facts: dict[tuple[str, str], list[Fact]] = {}
        for fact in facts:
            self.facts.setdefault((fact.subject, fact.name), []).append(fact)
        self.disputed: dict[tuple[str, str], list[Fact]] = {}
        for key, said in self.facts.items():
            plain = [f for f in said if not isinstance(f.value, tuple)]
            # A what-if is meant to differ: it replaces what was said.
            what_if = [f for f in plain if f.origin.kind == "what_if"]
            if what_if:
                self.facts[key] = what_if
            elif len({_said(f.value, words) for f in plain}) > 1:
                self.disputed[key] = plain

    def related(self, subject: Subject, market: str) -> dict[str, list[Subject]]:
        """Other subjects by kind whose facts this one may see in a market: what does not stand there is not seen."""
        found: list[Subject] = []
        members = [self.subjects[m] for m in subject.members]
        for one in [subject, *members]:
            found += [self.subjects[t] for t in one.fitted_to if t in self.subjects]
            found += self.carried.get(one.id, [])
        found += [*members, *self.makers]
        by_kind: dict[str, list[Subject]] = {}
        for one in {s.id: s for s in found if s.id != subject.id}.values():
            if not one.stands_in or market in one.stands_in:
                by_kind.setdefault(one.kind, []).append(one)
        return by_kind


def _said(value: Any, words: Vocabulary | None) -> str:
    """What a value says, so that 22 kW and 22000 W say the same."""
    if isinstance(value, Quantity) and words:
        return str(words.units.base(value).normalize())
    return str(value)


@dataclass(slots=True)
class View:
    """Facts through the eyes of one subject, with one choice among several related ones."""

    index: Index
    words: Vocabulary
    subject: Subject
    chosen: dict[str, Subject] = field(default_factory=dict)
    shown: dict[str, tuple[str, ...]] | None = (
        None  # list entries that evidence shows, by fact; None: any origin counts
    )

    def holder(self, name: str) -> Subject | None:
        """The subject a fact is asked of."""
        about = self.words.word(name).about
        if self.subject.kind in about:
            return self.subject
        return next((self.chosen[k] for k in about if k in self.chosen), None)

    def said(self, name: str) -> list[Fact]:
        """Every statement of that fact about its holder."""
        holder = self.holder(name)
        return self.index.facts.get((holder.id, name), []) if holder else []

    def look(self, name: str) -> Any:
        """The value of a fact, or UNKNOWN."""
        holder = self.holder(name)
        facts = self.said(name)
        if holder and (holder.id, name) in self.index.disputed:
            return UNKNOWN
        word = self.words.word(name)
        if word.type != "list":
            return facts[0].value if facts else UNKNOWN
        refuted = tuple(e for f in facts if f.refuted for e in f.value)
        said = tuple(dict.fromkeys(e for f in facts if not f.refuted for e in f.value))
        entries = self.shown[name] if self.shown is not None and name in self.shown else said
        complete = any(f.complete for f in facts)
        claimed = tuple(e for e in said if e not in entries)
        return Listed(entries, complete, refuted, claimed) if entries or complete or refuted else UNKNOWN


def views(index: Index, words: Vocabulary, subject: Subject, names: Iterable[str], market: str) -> list[View]:
    """One view per choice of related subjects that the named facts make necessary."""
    related = index.related(subject, market)
    needed = {k for n in names for k in words.word(n).about if subject.kind not in words.word(n).about and k in related}
    kinds = sorted(needed)
    choices = islice(product(*(related[k] for k in kinds)), MOST_VIEWS)
    return [View(index, words, subject, dict(zip(kinds, choice, strict=True))) for choice in choices]
