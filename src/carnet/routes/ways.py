"""The ways to close one finding: which steps, which recognitions, which papers nobody has priced.

A rule names the steps it takes (`effort`): all of them together are one way. Another is a step whose result is an
entry that the rule demands, directly or through a recognition in force. A demand that no step of the library answers
still becomes a work to do, without a price: silence about a cost is never a cost of zero.
Reading order: Way, ways(), wanted(), carriers().
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import product

from ..catalog import Catalog
from ..catalog.dates import Dated, stand
from ..condition import Condition, Either, Not, Test
from ..waist import Event, Finding, Project, Recognition, Requirement, Step

GIVING = ("binding", "conditional", "contractual")
MOST_WAYS = 12


@dataclass(frozen=True, slots=True)
class Carrier:
    """A recognition that makes one entry of another in a market, from a week of the plan on."""

    recognition: Recognition
    have: str
    want: str
    day: str = ""  # the day it comes into force, when that is still ahead


@dataclass(frozen=True, slots=True)
class Way:
    """One way: steps that are done together, through which recognitions, and in words why it is one."""

    steps: tuple[str, ...]
    carriers: tuple[Carrier, ...] = ()
    papers: tuple[str, ...] = ()  # entries to be shown that no step of the library brings
    note: str = ""


def wanted(condition: Condition, facts: Iterable[str]) -> list[tuple[str, ...]]:
    """The sets of entries any of which satisfies a demand, as far as it asks these list facts."""
    named = set(facts)
    if isinstance(condition, Not):
        return [()]
    if isinstance(condition, Test):
        if condition.op != "has" or condition.fact not in named:
            return [()]
        entries = condition.value if isinstance(condition.value, tuple) else (condition.value,)
        return [tuple(entries)] if condition.every else [(str(e),) for e in entries]
    parts = [wanted(part, named) for part in condition.parts]
    if isinstance(condition, Either):
        return list(dict.fromkeys(w for part in parts for w in part if w)) or [()]
    found = [tuple(dict.fromkeys(e for w in choice for e in w)) for choice in list(product(*parts))[:MOST_WAYS]]
    return list(dict.fromkeys(found))


class Makers:
    """What the whole library brings and carries, worked out once for all markets of a problem."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.steps: dict[str, list[Step]] = _makers(catalog)
        self._members: dict[tuple[str, ...], set[str]] = {}
        self._haves: dict[tuple[str, str], tuple[str, ...]] = {}

    def members(self, places: tuple[str, ...]) -> set[str]:
        """The economies meant by a list of codes and unions."""
        if places not in self._members:
            self._members[places] = self.catalog.members(places)
        return self._members[places]

    def haves(self, one: Recognition, want: str) -> tuple[str, ...]:
        """The entries some step brings of which a recognition makes the wanted one."""
        key = (one.id, want)
        if key not in self._haves:
            self._haves[key] = tuple(h for h in self.steps if h != want and self._gives(one, h, want))
        return self._haves[key]

    def _gives(self, one: Recognition, have: str, want: str) -> bool:
        if isinstance(one.gives, tuple):
            return any(w == want and fits(have, h) for w, h in one.gives)
        if one.gives != "older_series" or not self.catalog.newer(have, want):
            return False
        return not one.standards or any(fits(have, s) for s in one.standards)


class Ways:
    """The ways of one market, with the recognitions that work there on the day or from a dated day on."""

    def __init__(self, makers: Makers, market: str, project: Project, dated: Dated, forbidden: set[str]) -> None:
        self.catalog, self.market, self.forbidden = makers.catalog, market, forbidden
        self.library, self.makers = makers, makers.steps
        self.live: list[tuple[Recognition, str]] = []
        for one in self.catalog.recognitions:
            if one.id in forbidden or one.strength not in GIVING or one.gives == "nothing":
                continue
            if market not in makers.members(one.accepted_in):
                continue
            day = _from(one, project, dated)
            if day is not None:
                self.live.append((one, day))

    def of(self, finding: Finding, rule: Requirement | None, kinds: set[str]) -> list[Way]:
        """The ways of one finding; `kinds` are the kinds of subjects within reach of it."""
        found: list[Way] = []
        words = self.catalog.words
        facts = self._papers(finding, rule)
        kinds = kinds & {k for f in facts for k in words.word(f).about}
        effort = tuple(e for e in finding.effort if e in self.catalog.steps)
        sets = self._sets(rule, facts)
        brings = {y for e in effort for y in self.catalog.steps[e].yields}
        if effort and not set(effort) & self.forbidden:
            note = "the library names these steps for this rule"
            if sets and not any(set(s) <= brings for s in sets):
                note += "; that they end in the paper it demands was not read"
            found.append(Way(effort, note=note))
        for entries in sets:
            choices = [self._bringing(e, rule, kinds) for e in entries]
            for choice in list(product(*choices))[:MOST_WAYS] if entries and all(choices) else ():
                steps = tuple(dict.fromkeys(s for s, _ in choice))
                carried = tuple(c for _, c in choice if c is not None)
                note = "its result is what the rule demands" if not carried else "its result is recognized here"
                found.append(Way(steps, carried, note=note))
        if not found and sets:
            found = [Way((), papers=entries, note="no step of the library brings it") for entries in sets if entries]
        return list(dict.fromkeys(found))[:MOST_WAYS]

    def _papers(self, finding: Finding, rule: Requirement | None) -> list[str]:
        """The facts of a demand that only documents show."""
        if rule is None or not rule.demands:
            return []
        condition = self.catalog.condition(rule.demands)
        asked = _list_facts(condition) if finding.verdict == "residual" else finding.missing
        return [f for f in dict.fromkeys(asked) if is_paper(f, rule, self.catalog)]

    def _sets(self, rule: Requirement | None, facts: list[str]) -> list[tuple[str, ...]]:
        if rule is None or not facts:
            return []
        return [s for s in wanted(self.catalog.condition(rule.demands), facts) if s]

    def _bringing(self, entry: str, rule: Requirement | None, kinds: set[str]) -> list[tuple[str, Carrier | None]]:
        found: list[tuple[str, Carrier | None]] = []
        for step in self.makers.get(entry, ()):
            if kinds & set(step.about) and step.id not in self.forbidden:
                found.append((step.id, None))
        for carrier in self.carriers(entry, rule):
            for step in self.makers.get(carrier.have, ()):
                if kinds & set(step.about) and step.id not in self.forbidden and (step.id, None) not in found:
                    found.append((step.id, carrier))
        return found

    def carriers(self, entry: str, rule: Requirement | None) -> list[Carrier]:
        """The recognitions that make this entry of another one that some step brings."""
        found = []
        for one, day in self.live:
            if rule is not None and one.as_kinds and rule.evidence and not set(one.as_kinds) & set(rule.evidence):
                continue
            found += [Carrier(one, have, entry, day) for have in self.library.haves(one, entry)]
        return found

    def shares(self, entry: str) -> bool:
        """Whether an approval to this entry, granted elsewhere, counts here through a recognition."""
        return any(
            one.gives == "same" and not day and any(fits(entry, s) for s in one.standards) for one, day in self.live
        )


def fits(entry: str, pattern: str) -> bool:
    """Whether a printed standard fits a pattern: the same, or `*` at the end for any ending."""
    return entry.startswith(pattern[:-1]) if pattern.endswith("*") else entry == pattern


def is_paper(fact: str, rule: Requirement | None, catalog: Catalog) -> bool:
    """Whether a fact is shown by documents: a list of standards or approvals, under a rule that names its evidence."""
    if fact not in catalog.words or rule is None or not rule.evidence:
        return False
    return bool(catalog.words.word(fact).items in ("standards", "text"))


def _makers(catalog: Catalog) -> dict[str, list[Step]]:
    found: dict[str, list[Step]] = {}
    for step in catalog.steps.values():
        for entry in step.yields:
            found.setdefault(entry, []).append(step)
    return found


def _from(one: Recognition, project: Project, dated: Dated) -> str | None:
    """'' for a recognition in force, the day for one that is dated ahead, None for what nobody has dated."""
    event: Event = project.event
    stands = stand(one.status, project.on, event, project.known, dated)
    if stands.now in ("in_force", "published"):
        return "" if stands.certain else None
    if stands.now in ("superseded", "withdrawn") or stands.next is None:
        return None
    day, standing, _ = stands.next
    return day if standing == "in_force" and len(day) == 10 and day[:4].isdigit() else None


def _list_facts(condition: Condition) -> list[str]:
    if isinstance(condition, Test):
        return [condition.fact] if condition.op == "has" else []
    if isinstance(condition, Not):
        return []
    return [f for part in condition.parts for f in _list_facts(part)]


def circles(catalog: Catalog, markets: Mapping[str, Ways]) -> list[str]:
    """Recognitions that lead back to each other, one sentence each: neither counts without evidence from outside."""
    edges: dict[tuple[str, str], Recognition] = {}
    for ways in markets.values():
        for one, _ in ways.live:
            if isinstance(one.gives, tuple):
                edges.update({(have, want): one for want, have in one.gives if not have.endswith("*")})
    found = []
    for (have, want), one in sorted(edges.items()):
        back = edges.get((want, have))
        if back is not None and have < want:
            found.append(
                f"{one.place}: {one.id} makes {want} of {have}, and {back.id} ({back.place}) makes {have} of {want}: "
                "neither counts unless one of the two is really shown."
            )
    return found
