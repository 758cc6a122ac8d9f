"""Conditions over a frame -> nodes: for every test two planes, known true and known false.

Lists of standards and approvals are answered from what is shown: for applicability everything said counts, for a
demand what its rule accepts. A list is open: a missing entry is no only where the list is complete and does not claim
it, or where it is refuted.
Reading order: Both planes, Logic.kleene(), Logic.plain(), Logic.has(), Logic.scope().
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

import numpy as np

from ...condition import Both, Condition, Either, Name, Not, Test
from ...words import Vocabulary
from .bits import packed
from .columns import against, truth
from .graph import ONE, ZERO, Graph
from .lanes import Frame
from .papers import NEVER

Planes = tuple[int, int]  # known true, known false
Leaf = Callable[[Test], Planes]
Shown = Mapping[str, Mapping[str, int]]  # list fact -> entry -> the lanes that show it


class Logic:
    """The tests of one frame as nodes of its graph, on one day."""

    def __init__(self, frame: Frame, words: Vocabulary, graph: Graph) -> None:
        self.frame, self.words, self.graph, self.day = frame, words, graph, NEVER - 1
        self._plain: dict[Test, Planes] = {}
        self._whole: dict[Condition, Planes] = {}
        self._voices: dict[int, tuple[int, int]] = {}
        self._flags: dict[tuple[str, str], int] = {}
        self._said: dict[tuple[str, str, bool], int] = {}
        self._scope: dict[Condition, Planes] = {}
        self.of_fact: dict[str, list[int]] = {}
        for number, voice in enumerate(frame.chorus.voices):
            self.of_fact.setdefault(voice.fact, []).append(number)

    def turn(self, day: int) -> None:
        """Ask about another day: documents begin and expire; everything compiled stays."""
        if day != self.day:
            self.day = day
            for number, (node, period) in self._voices.items():
                now = self.frame.chorus.period(number, day)
                if now != period:
                    self.graph.refill(node, self.frame.chorus.plane(number, day))
                    self._voices[number] = (node, now)

    def listed(self, fact: str) -> bool:
        """Whether a fact is a list whose entries somebody must show."""
        word = self.words.word(fact)
        return word.type == "list" and word.items != "words"

    # --- planes from outside ---

    def voice(self, number: int) -> int:
        """The lanes a voice speaks for on the day."""
        if number not in self._voices:
            chorus, node = self.frame.chorus, self.graph.slot()
            self.graph.refill(node, chorus.plane(number, self.day))
            self._voices[number] = (node, chorus.period(number, self.day))
        return self._voices[number][0]

    def flag(self, table: str, fact: str) -> int:
        """The lanes for which a list is complete, or which only a simulation speaks for."""
        if (table, fact) not in self._flags:
            mask = getattr(self.frame, table).get(fact)
            self._flags[table, fact] = ZERO if mask is None else self.graph.leaf(packed(mask))
        return self._flags[table, fact]

    def said(self, fact: str, entry: str, refuted: bool = False) -> int:
        """The lanes of which somebody says an entry, or says that it is not so."""
        key = (fact, entry, refuted)
        if key not in self._said:
            voices = self.frame.chorus.voices
            mine = [n for n in self.of_fact.get(fact, ()) if voices[n].entry == entry and voices[n].refuted == refuted]
            self._said[key] = self.graph.either(self.voice(n) for n in mine)
        return self._said[key]

    def anything(self, fact: str) -> int:
        """The lanes of which anything is said in a list."""
        voices = self.frame.chorus.voices
        return self.graph.either(self.voice(n) for n in self.of_fact.get(fact, ()) if not voices[n].refuted)

    # --- tests ---

    def plain(self, test: Test) -> Planes:
        """A test on what is said, whoever says it."""
        if self.listed(test.fact):
            entries = test.value if isinstance(test.value, tuple) else (test.value,)
            said = {} if test.op == "known" else {e: self.said(test.fact, e) for e in entries}
            return self.has(test, said, self.anything(test.fact) if test.op == "known" else ZERO)
        if test not in self._plain:
            self._plain[test] = self._tested(test)
        return self._plain[test]

    def _tested(self, test: Test) -> Planes:
        columns, nobody = self.frame.columns, np.full(self.frame.lanes, -1, np.int32)
        held = columns.get(test.fact)
        if held is None:
            return (ZERO, ONE) if test.op == "known" else (ZERO, ZERO)
        if isinstance(test.value, Name):
            other = columns.get(test.value.name)
            if other is None:
                return ZERO, ZERO
            found = against(test, held, other, self.words)
        else:
            found = truth(test, held, self.words)
        assert len(found[0]) == len(nobody)
        return self.graph.leaf(packed(found[0])), self.graph.leaf(packed(found[1]))

    def has(self, test: Test, shown: Mapping[str, int], any_shown: int) -> Planes:
        """A test on a list of which some entries are shown; what is claimed and not shown stays unknown."""
        graph, fact = self.graph, test.fact
        complete = self.flag("complete", fact)
        if test.op == "known":
            yes = graph.either((any_shown, complete))
            return yes, graph.without(ONE, yes)
        wanted = test.value if isinstance(test.value, tuple) else (test.value,)
        yes_each, no_each = [], []
        for entry in wanted:
            yes = shown.get(entry, ZERO)
            closed = graph.without(complete, self.said(fact, entry))
            yes_each.append(yes)
            no_each.append(graph.without(graph.either((closed, self.said(fact, entry, refuted=True))), yes))
        if test.every:
            return graph.both(yes_each), graph.either(no_each)
        return graph.either(yes_each), graph.both(no_each)

    def showing(self, shown: Shown) -> Leaf:
        """Tests in a demand whose lists are answered by what its rule counts."""

        def leaf(test: Test) -> Planes:
            if test.fact not in shown:
                return self.plain(test)
            mine = shown[test.fact]
            return self.has(test, mine, self.graph.either(mine.values()))

        return leaf

    # --- conditions ---

    def whole(self, condition: Condition) -> Planes:
        """A condition on what is said."""
        if condition not in self._whole:
            self._whole[condition] = self.kleene(condition, self.plain)
        return self._whole[condition]

    def kleene(self, condition: Condition, leaf: Leaf) -> Planes:
        """The strong three-valued logic on pairs of planes."""
        if isinstance(condition, Test):
            return leaf(condition)
        if isinstance(condition, Not):
            yes, no = self.kleene(condition.part, leaf)
            return no, yes
        parts = [self.kleene(p, leaf) for p in condition.parts]
        yes_each, no_each = [p[0] for p in parts], [p[1] for p in parts]
        if isinstance(condition, Both):
            return self.graph.both(yes_each), self.graph.either(no_each)
        return self.graph.either(yes_each), self.graph.both(no_each)

    def scope(self, condition: Condition, defining: Collection[str]) -> Planes:
        """A condition judged on what defines products alone; of everything else nothing is known."""
        if condition not in self._scope:

            def leaf(test: Test) -> Planes:
                asked = (test.fact, test.value.name) if isinstance(test.value, Name) else (test.fact,)
                if all(name in defining for name in asked):
                    return self.plain(test)
                return (ZERO, ONE) if test.op == "known" and test.fact not in defining else (ZERO, ZERO)

            self._scope[condition] = self.kleene(condition, leaf)
        return self._scope[condition]

    def unburdened(self, condition: Condition, full: Leaf, free: Shown) -> int:
        """Where a condition holds without resting on anything that leaves work."""
        if isinstance(condition, Test):
            if condition.op != "has" or condition.fact not in free:
                return full(condition)[0]
            wanted: Sequence[str] = condition.value if isinstance(condition.value, tuple) else (condition.value,)
            each = [free[condition.fact].get(w, ZERO) for w in wanted]
            return self.graph.both(each) if condition.every else self.graph.either(each)
        if isinstance(condition, Not):
            return self.kleene(condition, full)[0]
        each = [self.unburdened(p, full, free) for p in condition.parts]
        return self.graph.either(each) if isinstance(condition, Either) else self.graph.both(each)
