"""A generated instance as arrays -> verdict counts: for comparison with other engines, and for one's own studies.

    instance = Instance(
        {"product.mass": mass, "product.electric": electric},          # float (NaN unknown), bool, text; (x, known)
        {"aa": [Asked("product.electric", "product.mass <= 3500")]},   # market -> requirements
    )
    instance.counts()                                                  # (requirements, verdicts), market by market

Conditions are those of rules; the words are made of the arrays. Every requirement binds in its market, and no evidence
is asked: what remains is the logic, three-valued.
Reading order: Asked, Instance.counts(), Instance.codes(), Instance.edit().
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...condition import Both, Condition, Name, Not, Test, names, parse
from ...quantity import Units
from ...waist import VERDICTS
from ...words import Vocabulary, Word
from . import stream
from .bits import Array, unpacked
from .columns import Column, Numbers, against, size, truth
from .graph import ONE, ZERO, Graph, Schedule

Given = Array | tuple[Array, Array]
Compiled = tuple[bool, int, int, int, int]  # gapless: applies, met; else: not applicable, met, undecided, unmet
NA, MET, RESIDUAL, UNDECIDED, UNPROVEN, UNMET = range(len(VERDICTS))
WORTH = 1 << 24  # cells from which the compiled pass pays


@dataclass(frozen=True, slots=True)
class Asked:
    """One requirement: when it applies, what it demands; a question keeps what holds undecided."""

    applies: str = ""
    demands: str = ""
    asks: bool = False


class Instance:
    """Products x facts, markets x requirements. The rules are compiled once; facts may be exchanged."""

    def __init__(
        self, facts: Mapping[str, Given], markets: Mapping[str, Sequence[Asked]], *, compiled: bool | None = None
    ) -> None:
        """compiled  use numba (True), pure NumPy (False), or what pays (None)"""
        self.columns = {name: _column(given) for name, given in facts.items()}
        lengths = {len(_held(c)) for c in self.columns.values()}
        if len(lengths) != 1:
            raise ValueError(f"every fact needs one value per product; there are columns of {sorted(lengths)} values")
        self.products = lengths.pop()
        self.words = Vocabulary([_word(n, c) for n, c in self.columns.items()], Units({}), {})
        self.graph = Graph(self.products)
        self._parsed: dict[str, Condition] = {}
        self._whole: dict[str, tuple[int, int]] = {}
        self._gapped: dict[str, bool] = {}
        self._tests: dict[Test, tuple[int, int]] = {}
        self._slots: dict[tuple[Any, ...], int] = {}
        self._fresh: list[tuple[Any, ...]] = []
        self.gaps = {name for name, held in self.columns.items() if _gaps(held)}
        self.order = [(market, n) for market, rules in markets.items() for n in range(len(rules))]
        self.asked = {(market, n): rules[n] for market, rules in markets.items() for n in range(len(rules))}
        self.nodes = {key: self._compile(self.asked[key]) for key in self.order}
        worth = self.products * len(self.order) >= WORTH
        self.compiled = (worth and stream.available()) if compiled is None else compiled
        self.plan: stream.Plan | Schedule | None = None

    # --- rules ---

    def _compile(self, asked: Asked) -> Compiled:
        """The nodes to count for a rule.

        Where every fact is known of every product, what is not met is unmet: two counts say it all.
        """
        yes, no = self._planes(asked.applies) if asked.applies else (ONE, ZERO)
        if not asked.demands:
            return False, no, ZERO, yes, ZERO
        met, unmet = self._planes(asked.demands)
        met = self.graph.both((yes, met))
        if not asked.asks and not any(self._open(text) for text in (asked.applies, asked.demands) if text):
            return True, yes, met, ZERO, ZERO
        unmet = self.graph.both((yes, unmet))
        return (False, no, ZERO, met, unmet) if asked.asks else (False, no, met, ZERO, unmet)

    def _open(self, text: str) -> bool:
        """Whether a condition rests on a fact that is not known of every product."""
        if text not in self._gapped:
            self._gapped[text] = not self.gaps.isdisjoint(names(self._parsed[text]))
        return self._gapped[text]

    def _planes(self, text: str) -> tuple[int, int]:
        if text not in self._whole:
            self._parsed[text] = parse(text, self.words)
            self._whole[text] = self._kleene(self._parsed[text])
        return self._whole[text]

    def _kleene(self, condition: Condition) -> tuple[int, int]:
        graph = self.graph
        if isinstance(condition, Test):
            if condition not in self._tests:
                self._tests[condition] = self._tested(condition)
            return self._tests[condition]
        if isinstance(condition, Not):
            yes, no = self._kleene(condition.part)
            return no, yes
        parts = [self._kleene(p) for p in condition.parts]
        yes_each, no_each = [p[0] for p in parts], [p[1] for p in parts]
        if isinstance(condition, Both):
            return graph.both(yes_each), graph.either(no_each)
        return graph.either(yes_each), graph.both(no_each)

    # --- facts ---

    def _tested(self, test: Test) -> tuple[int, int]:
        """Two planes of a test; a test and its opposite share theirs, and what is known of a fact is one plane."""
        graph, held = self.graph, self.columns[test.fact]
        if isinstance(test.value, Name):
            yes, no = self._slot(("against", test, True)), self._slot(("against", test, False))
            return yes, no
        known = self._slot(("known", test.fact)) if test.fact in self.gaps else ONE
        if test.op == "known":
            return known, graph.without(ONE, known)
        if not isinstance(held, Numbers) or test.op == "in":
            yes = self._slot(("test", test))
            return yes, graph.without(known, yes)
        limit, op = float(size(test.value, self.words)), test.op
        yes = self._slot(("compare", test.fact, {">": "<=", ">=": "<", "!=": "=="}.get(op, op), limit))
        no = graph.without(known, yes)
        return (no, yes) if op in (">", ">=", "!=") else (yes, no)

    def _slot(self, leaf: tuple[Any, ...]) -> int:
        if leaf not in self._slots:
            self._slots[leaf] = self.graph.slot()
            self._fresh.append(leaf)
        return self._slots[leaf]

    def exchange(self, facts: Mapping[str, Given]) -> None:
        """Other products, as many, under the same rules; raises ValueError when they do not fit what was compiled."""
        columns = {name: _column(given) for name, given in facts.items()}
        if set(columns) != set(self.columns) or any(len(_held(c)) != self.products for c in columns.values()):
            raise ValueError("the exchanged facts must have the names and the length of the first; make a new instance")
        new = [n for n, c in columns.items() if n not in self.gaps and _gaps(c)]
        if new:
            raise ValueError(f"{new[0]} was known of every product and now is not; make a new instance")
        self.columns = columns
        self.graph.forget()
        self._fresh = list(self._slots)

    def _fill(self) -> None:
        planes = self.graph.planes.view(np.uint8)
        length, rows, slots = -(-self.products // 8), self.graph.row, self._slots

        def fill(leaves: list[tuple[Any, ...]]) -> None:
            for leaf in leaves:
                planes[rows[slots[leaf]], :length] = np.packbits(self._mask(leaf), bitorder="little")

        if len(self._fresh) * self.products < WORTH:
            fill(self._fresh)
        else:
            with ThreadPoolExecutor(2) as pool:
                list(pool.map(fill, (self._fresh[::2], self._fresh[1::2])))
        self._fresh = []

    def _mask(self, leaf: tuple[Any, ...]) -> Array:
        if leaf[0] == "compare":
            held = self.columns[leaf[1]]
            assert isinstance(held, Numbers)
            found: Array = {"<": np.less, "<=": np.less_equal, "==": np.equal}[leaf[2]](held.amounts, leaf[3])
            return found
        if leaf[0] == "known":
            return ~_gaps_of(self.columns[leaf[1]])
        test = leaf[1]
        held = self.columns[test.fact]
        if leaf[0] == "test":
            return truth(test, held, self.words)[0]
        return against(test, held, self.columns[test.value.name], self.words)[0 if leaf[2] else 1]

    # --- answers ---

    def counts(self) -> Array:
        """(requirements, verdicts) in the order of `order` and VERDICTS."""
        self._fill()
        if self.plan is None or isinstance(self.plan, stream.Plan) != self.compiled:
            self.graph.forget()
            nodes = [node for key in self.order for node in self.nodes[key][1:]]
            self.plan = stream.plan(self.graph, nodes) if self.compiled else self.graph.schedule(nodes)
            place = {node: n for n, node in enumerate(self.plan.nodes)}
            self.place = np.array([place[node] for node in nodes], np.int64)
            self.gapless = np.array([self.nodes[key][0] for key in self.order], bool)
        if isinstance(self.plan, Schedule):
            held = self.graph.follow(self.plan)
        else:
            held = stream.run(self.graph, self.plan)
        return self._table(held[self.place], self.gapless)

    def _table(self, counted: Array, gapless: Array) -> Array:
        four = counted.reshape(-1, 4)
        found = np.zeros((len(four), len(VERDICTS)), np.int64)
        found[:, [NA, MET, UNDECIDED, UNMET]] = four
        found[:, UNPROVEN] = self.products - found.sum(axis=1)
        applies, met = four[gapless, 0], four[gapless, 1]
        found[gapless] = 0
        found[gapless, NA], found[gapless, MET] = self.products - applies, met
        found[gapless, UNMET] = applies - met
        return found

    def codes(self, market: str, number: int) -> Array:
        """(products,) int8 the verdict of every product, an index into VERDICTS."""
        self._fill()
        gapless, *nodes = self.nodes[market, number]
        planes = [unpacked(self.graph.plane(node), self.products) for node in nodes]
        if gapless:
            return np.where(planes[1], MET, np.where(planes[0], UNMET, NA)).astype(np.int8)
        found = np.full(self.products, UNPROVEN, np.int8)
        for code, plane in zip((NA, MET, UNDECIDED, UNMET), planes, strict=True):
            found[plane] = code
        return found

    def edit(self, market: str, number: int, asked: Asked) -> Array:
        """One requirement rewritten -> its fresh counts (verdicts,); only what it brings is computed."""
        self.asked[market, number] = asked
        self.nodes[market, number] = self._compile(asked)
        self.plan = None
        self._fill()
        gapless, *nodes = self.nodes[market, number]
        found: Array = self._table(self.graph.counts(nodes), np.array([gapless]))[0]
        return found


def _column(given: Given) -> Column | Numbers:
    values, known = given if isinstance(given, tuple) else (np.asarray(given), None)
    if values.dtype.kind == "f":
        return Numbers(values if known is None else np.where(known, values, np.nan))
    if values.dtype.kind in "iu":
        whole = values.astype(np.float64)
        return Numbers(whole if known is None else np.where(known, whole, np.nan))
    if values.dtype.kind == "b":
        codes = values.astype(np.int32)
        return Column([False, True], codes if known is None else np.where(known, codes, -1).astype(np.int32))
    distinct, places = np.unique(values.astype(str), return_inverse=True)
    coded = (places if known is None else np.where(known, places, -1)).astype(np.int32)
    return Column(distinct.tolist(), coded)


def _held(column: Column | Numbers) -> Array:
    return column.amounts if isinstance(column, Numbers) else column.codes


def _gaps_of(column: Column | Numbers) -> Array:
    found: Array = np.isnan(column.amounts) if isinstance(column, Numbers) else column.codes < 0
    return found


def _gaps(column: Column | Numbers) -> bool:
    return bool(_gaps_of(column).any())


def _word(name: str, column: Column | Numbers) -> Word:
    kind: Any = "number" if isinstance(column, Numbers) else "yes_no" if column.values == [False, True] else "text"
    return Word(name, ("product",), kind)
