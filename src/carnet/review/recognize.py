"""Who accepts what instead: evidence in hand carried to what a market's rule demands, with the work that is left.

A recognition in force on the day carries an entry (a printed standard shown by evidence) to another entry; chains are
followed, each link named, all residual work added up. A recognition never carries what it does not name: weak ones,
signals, refusals and declarations of not being bound give nothing and are only shown.
Reading order: Held, carried(), Blocked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..catalog import Catalog
from ..catalog.dates import Dated, stand
from ..condition import evaluate
from ..waist import Event, Evidence, Recognition
from ..words import Listed

GIVING = ("binding", "conditional", "contractual")
MOST_LINKS = 4


@dataclass(frozen=True, slots=True)
class Held:
    """One entry a subject can show: a standard or approval, by which evidence, of which kinds, carried by what."""

    entry: str
    evidence: str
    kinds: tuple[str, ...]  # empty: counts as whatever the rule accepts
    issued_in: str = ""
    via: tuple[str, ...] = ()
    residual: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Blocked:
    """A recognition that would help if something were known or different."""

    recognition: str
    entry: str
    why: str


class Recognizer:
    """The recognitions that work in one market on one day."""

    def __init__(self, catalog: Catalog, market: str, on: str, event: Event, known: str, dated: Dated) -> None:
        self.catalog, self.market, self.on = catalog, market, on
        self.chain = {way[-1]: way for way in catalog.chain(market)}
        self.live = [
            r
            for r in catalog.recognitions
            if r.strength in GIVING
            and r.gives != "nothing"
            and market in catalog.members(r.accepted_in)
            and (s := stand(r.status, on, event, known, dated)).now in ("in_force", "published")
            and s.certain
        ]

    def carried(
        self, held: list[Held], evidence: dict[str, Evidence], wanted: tuple[str, ...], look: Callable[[str], Any]
    ) -> tuple[list[Held], list[Blocked]]:
        """Everything the held entries become for a rule that wants these standards, and what stood in the way.

        look  answers the facts of the subject, for recognitions with a condition on it
        """
        found: dict[tuple[str, str, tuple[str, ...]], Held] = {}
        blocked: list[Blocked] = []
        frontier = held
        for _ in range(MOST_LINKS):
            fresh = []
            for item in frontier:
                for recognition in self.live:
                    if recognition.id in item.via:
                        continue
                    for entry in self.gives(recognition, item.entry, wanted):
                        why = self.refused(recognition, item, evidence.get(item.evidence), look)
                        if why:
                            if self.catalog.speaks_to(entry, wanted):
                                blocked.append(Blocked(recognition.id, item.entry, why))
                            continue
                        new = Held(
                            entry,
                            item.evidence,
                            recognition.as_kinds,
                            item.issued_in,
                            (*item.via, recognition.id),
                            tuple(
                                dict.fromkeys(
                                    (
                                        *item.residual,
                                        *recognition.residual,
                                        *(f"check: {c}" for c in recognition.conditions),
                                    )
                                )
                            ),
                        )
                        key = (new.entry, new.evidence, new.kinds)
                        if key not in found or len(found[key].residual) > len(new.residual):
                            found[key] = new
                            fresh.append(new)
            if not fresh:
                break
            frontier = fresh
        return list(found.values()), list(dict.fromkeys(blocked))

    def gives(self, recognition: Recognition, entry: str, wanted: tuple[str, ...]) -> list[str]:
        """The entries this recognition makes of one."""
        if isinstance(recognition.gives, tuple):
            return [want for want, have in recognition.gives if fits(entry, have)]
        if recognition.standards and not any(fits(entry, s) for s in recognition.standards):
            return []
        if recognition.gives == "same":
            return [entry]
        asked = (*wanted, *(have for r in self.live if isinstance(r.gives, tuple) for _, have in r.gives))
        return [older for older in dict.fromkeys(asked) if self.catalog.newer(entry, older)]

    def refused(
        self, recognition: Recognition, item: Held, evidence: Evidence | None, look: Callable[[str], Any]
    ) -> str:
        """Why a recognition does not carry this evidence, or nothing."""
        if self.market not in recognition.accepted_in:
            for place in recognition.accepted_in:
                if place in self.chain and self.catalog.not_bound(self.market, place, item.entry):
                    return f"{self.catalog.name(self.market)} declared that it is not bound by {item.entry}"
        if evidence is None:
            return ""
        kinds = item.kinds if item.via else (evidence.kind,)
        if recognition.kinds and kinds and not set(kinds) & set(recognition.kinds):
            what, which = (" or ".join(k).replace("_", " ") for k in (recognition.kinds, kinds))
            return f"it carries a {what}; {evidence.id} is a {which}"
        if recognition.issued_in:
            issuer = evidence.issuer_economy
            if not issuer:
                return f"it asks who issued {evidence.id}; its issuer has no economy in the project"
            if issuer not in self.catalog.members(recognition.issued_in):
                return f"{evidence.id} was issued in {issuer}, which it does not name"
            if issuer not in recognition.issued_in and not item.via:
                for place in recognition.issued_in:
                    if self.catalog.not_bound(issuer, place, item.entry):
                        return f"{self.catalog.name(issuer)} declared that it is not bound by {item.entry}"
        if recognition.when:
            outcome = evaluate(
                self.catalog.condition(recognition.when),
                lambda name: fact_of(evidence, name) if name.startswith("evidence.") else look(name),
                self.catalog.words,
            )
            if outcome.truth is not True:
                return f"its condition is not shown: {recognition.when}"
        return ""


def fits(entry: str, pattern: str) -> bool:
    """Whether a printed standard fits a pattern: the same, or `*` at the end for any ending."""
    return entry.startswith(pattern[:-1]) if pattern.endswith("*") else entry == pattern


def fact_of(evidence: Evidence, name: str) -> Any:
    """The facts a recognition may ask of a document."""
    facts: dict[str, Any] = {
        "evidence.kind": evidence.kind,
        "evidence.issued": evidence.issued or None,
        "evidence.issuer_economy": evidence.issuer_economy or None,
        "evidence.standard": Listed((evidence.standard,)) if evidence.standard else None,
        "evidence.issuer_accredited_to": Listed(evidence.accredited_to) if evidence.accredited_to else None,
    }
    return facts.get(name)
