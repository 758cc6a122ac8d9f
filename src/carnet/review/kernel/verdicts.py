"""One rule in one market -> the planes of its verdicts, as `judge` gives them one cell at a time.

    not_applicable  the scope is known not to hold
    met, residual   the demand holds on what counts directly, or through recognitions with no work left or some
    unmet           the demand is known not to hold, and no recognition helps
    undecided       a question stays open
    unproven        everything else: something is missing

Reading order: Verdicts, Judge.of(), Judge.counting(), Judge.carried().
"""

from __future__ import annotations

from dataclasses import dataclass

from ...catalog import EVERYWHERE, Catalog
from ...condition import Condition, Name, names, tests
from ...waist import Evidence, Requirement
from ..case import ACTS, PROOF
from .carry import Carrier, of_document, with_series
from .graph import ONE, ZERO
from .logic import Logic, Planes
from .papers import Voice

Entries = dict[str, dict[str, int]]


@dataclass(frozen=True, slots=True)
class Verdicts:
    """The lanes of each verdict; what is in none of them is unproven."""

    not_applicable: int = ZERO
    met: int = ZERO
    residual: int = ZERO
    undecided: int = ZERO
    unmet: int = ZERO


class Judge:
    """The rules of one market over one frame, with the recognitions that work there on the day."""

    def __init__(self, market: str, logic: Logic, catalog: Catalog, carrier: Carrier) -> None:
        self.market, self.logic, self.catalog, self.carrier = market, logic, catalog, carrier
        self.graph = logic.graph

    def of(self, rule: Requirement) -> Verdicts:
        """The verdicts of a rule, before its standing is considered."""
        graph, logic = self.graph, self.logic
        applies, outside = logic.whole(self.catalog.condition(rule.applies)) if rule.applies else (ONE, ZERO)
        if not rule.demands:
            return Verdicts(outside, undecided=applies)
        demands = self.catalog.condition(rule.demands)
        wanted = _wanted(demands, logic)
        direct = self.counting(rule, wanted)
        plain = {fact: _entries(logic, held) for fact, held in direct.items()}
        yes, no = logic.kleene(demands, logic.showing(plain))
        played = graph.either(self._played(name) for name in dict.fromkeys(names(demands)))
        met, residual = graph.without(yes, played), graph.both((yes, played))
        full, free = self.carried(rule, wanted, direct) if rule.evidence and wanted else ({}, {})
        if full:
            more = logic.showing({f: _union(logic, plain[f], full.get(f, {})) for f in wanted})
            through = logic.kleene(demands, more)[0]
            idle = {f: _union(logic, plain[f], free.get(f, {})) for f in wanted}
            easily = logic.unburdened(demands, more, idle)
            new = graph.without(through, yes)
            met = graph.either((met, graph.both((new, easily))))
            residual = graph.either((residual, graph.without(new, easily)))
            no = graph.without(no, through)
        met, residual, unmet = (graph.both((applies, node)) for node in (met, residual, no))
        if rule.asks:
            return Verdicts(outside, undecided=graph.either((met, residual)), unmet=unmet)
        return Verdicts(outside, met, residual, ZERO, unmet)

    def _played(self, fact: str) -> int:
        """The lanes for which only a simulation speaks of a fact: of a list, all that is said there on the day."""
        logic, kinds = self.logic, self.catalog.evidence_kinds
        voices = logic.frame.chorus.voices
        mine = logic.of_fact.get(fact, ())
        only = [n for n in mine if voices[n].kinds and all(kinds[k]["simulated"] for k in voices[n].kinds)]
        if not only or fact in logic.frame.simulated:
            return logic.flag("simulated", fact)
        others = [logic.voice(n) for n in mine if n not in only] + [logic.flag("complete", fact)]
        return self.graph.without(self.graph.either(map(logic.voice, only)), self.graph.either(others))

    def counting(self, rule: Requirement, wanted: dict[str, tuple[str, ...]]) -> dict[str, list[int]]:
        """The voices this rule counts, by list."""
        voices = self.logic.frame.chorus.voices
        speaks_from = () if rule.market == EVERYWHERE else (rule.market,)
        home = self.catalog.members([self.market, *speaks_from, *rule.granted_in])
        return {
            fact: [
                n
                for n in self.logic.of_fact.get(fact, ())
                if not voices[n].refuted and self._counts(rule, fact, voices[n], home)
            ]
            for fact in wanted
        }

    def _counts(self, rule: Requirement, fact: str, voice: Voice, home: set[str]) -> bool:
        if not rule.evidence:
            what = fact.rpartition(".")[2]
            states = [s for k in voice.kinds for s in self.catalog.evidence_kinds[k]["states"]]
            return not (what in PROOF and voice.kinds and what not in states)
        if voice.freely:
            return True
        if voice.paper is None or (voice.kinds[0] if voice.kinds else "") not in rule.evidence:
            return False
        return voice.kinds[0] not in ACTS or (voice.paper.issuer_economy or " ") in home

    def carried(
        self, rule: Requirement, wanted: dict[str, tuple[str, ...]], direct: dict[str, list[int]]
    ) -> tuple[Entries, Entries]:
        """What recognitions make of all documents in hand: every entry, and those without work left."""
        logic, graph = self.logic, self.graph
        full: dict[str, dict[str, list[int]]] = {}
        free: dict[str, dict[str, list[int]]] = {}

        def show(fact: str, entry: str, node: int, worked: bool) -> None:
            full.setdefault(fact, {}).setdefault(entry, []).append(node)
            if not worked:
                free.setdefault(fact, {}).setdefault(entry, []).append(node)

        for fact, entries in wanted.items():
            for number in logic.of_fact.get(fact, ()):
                voice = logic.frame.chorus.voices[number]
                mine = number in direct[fact]
                if voice.refuted or not (mine or voice.paper is not None):
                    continue
                shown = [voice.entry] if mine else []
                nodes = [ONE] if mine else []
                for item in self.carrier.becomes(voice, entries):
                    if not item.kinds or set(item.kinds) & set(rule.evidence):
                        show(fact, item.entry, graph.both((logic.voice(number), item.when)), item.worked)
                        shown.append(item.entry)
                        nodes.append(item.when)
                for want in entries:
                    for entry, node in zip(shown, nodes, strict=True):
                        if with_series(entry, want, self.catalog):
                            show(fact, want, graph.both((logic.voice(number), node)), True)
        return _joined(graph, full), _joined(graph, free)


def condition_of(condition: Condition, paper: Evidence, logic: Logic) -> int:
    """The lanes on which a recognition's condition is true, for one kind of document."""
    from ...condition import Test, evaluate

    def leaf(test: Test) -> Planes:
        asked = (test.fact, test.value.name) if isinstance(test.value, Name) else (test.fact,)
        if not any(name.startswith("evidence.") for name in asked):
            return logic.plain(test)
        found = evaluate(test, lambda name: of_document(paper, name), logic.words).truth
        return (ONE, ZERO) if found else (ZERO, ONE) if found is False else (ZERO, ZERO)

    return logic.kleene(condition, leaf)[0]


def _wanted(demands: Condition, logic: Logic) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for test in tests(demands):
        if test.op == "has" and logic.listed(test.fact):
            found.setdefault(test.fact, []).extend(test.value if isinstance(test.value, tuple) else [test.value])
    return {fact: tuple(entries) for fact, entries in found.items()}


def _entries(logic: Logic, held: list[int]) -> dict[str, int]:
    by: dict[str, list[int]] = {}
    for number in held:
        by.setdefault(logic.frame.chorus.voices[number].entry, []).append(logic.voice(number))
    return {entry: logic.graph.either(nodes) for entry, nodes in by.items()}


def _union(logic: Logic, one: dict[str, int], other: dict[str, int]) -> dict[str, int]:
    return {e: logic.graph.either((one.get(e, ZERO), other.get(e, ZERO))) for e in {**one, **other}}


def _joined(graph: object, by_fact: dict[str, dict[str, list[int]]]) -> Entries:
    either = graph.either  # type: ignore[attr-defined]
    return {fact: {e: either(nodes) for e, nodes in entries.items()} for fact, entries in by_fact.items()}
