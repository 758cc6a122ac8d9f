"""Products x markets x requirements on a day: every cell's verdict, counted or in full.

A cell is what `review` calls a finding: a rule that binds on the day (or that the project names), a question that stays
open, or a topic on which the library knows nothing in force. Texts that do not bind give no cell; a question that does
not concern a product gives none either. Finding by finding the answers are those of `review`.
Reading order: Row, Cells.rows(), Cells.counts(), Cells.codes(), Cells.edit().
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ...catalog import Catalog
from ...catalog.dates import BINDING, GONE, Stand
from ...waist import VERDICTS, Event, Force, Requirement, Standing
from .bits import Array, packed, unpacked
from .carry import Carrier
from .graph import ONE, ZERO, Graph
from .lanes import Frame
from .logic import Logic
from .papers import day_number
from .standing import Calendar
from .verdicts import Judge, Verdicts, condition_of

ABSENT = -1  # no cell: the rule does not speak of this lane at all
NA, MET, RESIDUAL, UNDECIDED, UNPROVEN, UNMET = range(len(VERDICTS))


@dataclass(frozen=True, slots=True)
class Row:
    """One requirement in one market for one kind of product: the lanes that have a cell, and those of each verdict."""

    rule: str
    market: str
    kind: str
    topic: str
    title: str
    standing: Standing | None
    force: Force | None
    cells: int
    verdicts: Verdicts
    open: bool = False  # a topic on which nothing in force is known


class _Hall:
    """One frame with its graph and what was compiled for it."""

    def __init__(self, frame: Frame, catalog: Catalog) -> None:
        self.frame = frame
        self.graph = Graph(frame.lanes)
        self.logic = Logic(frame, catalog.words, self.graph)
        self.judges: dict[tuple[str, int], Judge] = {}
        self.verdicts: dict[tuple[object, ...], Verdicts] = {}
        self.rows: dict[tuple[object, ...], list[tuple[_Hall, Row]]] = {}
        self.single = frame.single
        self.stands: dict[str, int] = {}

    def where(self, market: str) -> int:
        if market not in self.stands:
            mask = self.frame.mask(market)
            self.stands[market] = ONE if mask is None else self.graph.leaf(packed(mask))
        return self.stands[market]


class Cells:
    """The verdicts of a portfolio; asked for a day, kept between days, and renewed after an edit."""

    def __init__(
        self,
        frames: Sequence[Frame],
        markets: Sequence[str],
        catalog: Catalog,
        *,
        event: Event = "placed_on_market",
        known: str = "",
        named: Sequence[str] = (),
    ) -> None:
        self.catalog, self.markets, self.named = catalog, tuple(markets), tuple(named)
        self.calendar = Calendar(catalog, event, known or catalog.last_seen)
        self.halls = [_Hall(frame, catalog) for frame in frames]
        self.rules = {m: catalog.requirements(m) for m in self.markets}
        self.defining = {name for p in catalog.products.values() for name in p["defined_by"]}

    # --- what has a cell ---

    def rows(self, on: str) -> list[tuple[_Hall, Row]]:
        """Every requirement that gives cells on a day, market by market, with its verdicts compiled."""
        found: list[tuple[_Hall, Row]] = []
        for hall in self.halls:
            hall.logic.turn(day_number(on))
            for market in self.markets:
                where = hall.where(market)
                if where == ZERO:
                    continue
                # Between two dates of its texts a market has the same rows; only their planes follow the day.
                stretch = self.calendar.stretch
                stretches = tuple(stretch(r, on) for r in self.rules[market])
                key = (market, id(self.calendar.recognizer(market, on)), stretches)
                if key not in hall.rows:
                    hall.rows[key] = [(hall, row) for row in self._market(hall, market, where, on)]
                found += hall.rows[key]
        return found

    def _market(self, hall: _Hall, market: str, where: int, on: str) -> Iterator[Row]:
        judge = self._judge(hall, market, on)
        covered: dict[str, list[int]] = {}
        for rule in self.rules[market]:
            if hall.frame.kind in rule.about and (row := self._row(hall, judge, rule, where, on, covered)):
                yield row
        name = self.catalog.name(market)
        kind = hall.frame.kind
        for topic, said in self.catalog.topics.items():
            if kind not in said["ask_for"]:
                continue
            empty = hall.graph.without(where, self._of_products(hall, hall.graph.either(covered.get(topic, ()))))
            if empty != ZERO:
                title = f"{said['title'] or topic.replace('_', ' ').capitalize()} ({name})"
                open_id = f"{market}.open.{kind}.{topic}"
                yield Row(open_id, market, kind, topic, title, None, None, empty, Verdicts(undecided=empty), True)

    def _row(
        self, hall: _Hall, judge: Judge, rule: Requirement, where: int, on: str, covered: dict[str, list[int]]
    ) -> Row | None:
        graph, market = hall.graph, judge.market
        if not rule.status:
            if rule.asked and rule.asked > self.calendar.known:
                return None
            found = self._verdicts(hall, judge, rule)
            cells = graph.without(where, found.not_applicable)
            covered.setdefault(rule.topic, []).append(cells)
            return self._made(hall, rule, market, None, cells, found)
        stands = self.calendar.stand(rule, on)
        if stands.now is None or stands.now in GONE or not self._yields(rule, stands):
            return None
        if rule.force != "contractual":
            covered.setdefault(rule.topic, []).append(self._covers(hall, rule))
        found = self._verdicts(hall, judge, rule)
        if not stands.certain:
            found = Verdicts(found.not_applicable, undecided=graph.without(ONE, found.not_applicable))
        return self._made(hall, rule, market, stands.now, where, found)

    def _made(
        self, hall: _Hall, rule: Requirement, market: str, now: Standing | None, cells: int, found: Verdicts
    ) -> Row:
        at = hall.graph.both
        parts = (found.not_applicable, found.met, found.residual, found.undecided, found.unmet)
        mine = Verdicts(*(at((cells, node)) for node in parts))
        return Row(rule.id, market, hall.frame.kind, rule.topic, rule.title, now, rule.force, cells, mine)

    def _yields(self, rule: Requirement, stands: Stand) -> bool:
        if stands.now not in BINDING:
            return False
        if rule.force == "voluntary":
            return rule.id in self.named or any(f'"{n}"' in rule.demands for n in self.named)
        return rule.force == "contractual" or stands.now == "in_force"

    def _covers(self, hall: _Hall, rule: Requirement) -> int:
        if not rule.applies:
            return ONE
        return hall.graph.without(ONE, hall.logic.scope(self.catalog.condition(rule.applies), self.defining)[1])

    def _of_products(self, hall: _Hall, node: int) -> int:
        """The lanes of every product that has one of these lanes: what covers a product covers all its lanes."""
        if hall.single or node in (ZERO, ONE):
            return node
        lanes = unpacked(hall.graph.plane(node), hall.frame.lanes)
        _, product = np.unique(hall.frame.products, return_inverse=True)
        some = np.zeros(product.max(initial=-1) + 1, bool)
        np.logical_or.at(some, product, lanes)
        return hall.graph.leaf(packed(some[product]))

    def _judge(self, hall: _Hall, market: str, on: str) -> Judge:
        recognizer = self.calendar.recognizer(market, on)
        key = (market, id(recognizer))
        if key not in hall.judges:
            logic = hall.logic
            carrier = Carrier(recognizer, self.catalog, hall.graph, lambda c, e: condition_of(c, e, logic))
            hall.judges[key] = Judge(market, logic, self.catalog, carrier)
        return hall.judges[key]

    def _verdicts(self, hall: _Hall, judge: Judge, rule: Requirement) -> Verdicts:
        """Compiled once for every set of recognitions at work."""
        key = (rule.id, judge.market, judge.carrier.live)
        if key not in hall.verdicts:
            hall.verdicts[key] = judge.of(rule)
        return hall.verdicts[key]

    # --- answers ---

    def counts(self, rows: Sequence[tuple[_Hall, Row]], on: str) -> Array:
        """(rows, verdicts) how many products have which verdict, in the order of VERDICTS."""
        found = np.zeros((len(rows), len(VERDICTS)), np.int64)
        for hall in self.halls:
            hall.logic.turn(day_number(on))
            mine = [n for n, (h, _) in enumerate(rows) if h is hall]
            if not hall.single:
                for n in mine:
                    codes = self.codes(*rows[n], on)
                    found[n] = np.bincount(codes[codes >= 0], minlength=len(VERDICTS))
                continue
            nodes = [node for n in mine for node in _nodes(rows[n][1])]
            table = hall.graph.counts(nodes).reshape(-1, 6)
            cells, named = table[:, 0], table[:, 1:]
            found[np.ix_(mine, [NA, MET, RESIDUAL, UNDECIDED, UNMET])] = named
            found[mine, UNPROVEN] = cells - named.sum(axis=1)
        return found

    def codes(self, hall: _Hall, row: Row, on: str) -> Array:
        """(products of the frame,) int8 every product's verdict on a day, ABSENT where it has no cell; worst lane."""
        graph, verdicts = hall.graph, row.verdicts
        hall.logic.turn(day_number(on))
        found = np.full(hall.frame.lanes, ABSENT, np.int8)
        found[unpacked(graph.plane(row.cells), hall.frame.lanes)] = UNPROVEN
        for code, node in (
            (NA, verdicts.not_applicable), (MET, verdicts.met), (RESIDUAL, verdicts.residual),
            (UNDECIDED, verdicts.undecided), (UNMET, verdicts.unmet),
        ):  # fmt: skip
            if node != ZERO:
                found[unpacked(graph.plane(node), hall.frame.lanes)] = code
        if hall.single:
            return found
        products, start = np.unique(hall.frame.products, return_index=True)
        return np.maximum.reduceat(found, start) if len(products) else found

    def edit(self, rule: Requirement, on: str) -> tuple[list[tuple[_Hall, Row]], Array]:
        """One rule rewritten: its fresh rows and their counts; nothing else is computed again."""
        self.calendar.forget(rule.id)
        touched = []
        for market, rules in self.rules.items():
            for n, old in enumerate(rules):
                if old.id == rule.id:
                    rules[n] = rule
                    touched.append(market)
        fresh: list[tuple[_Hall, Row]] = []
        for hall in self.halls:
            for key in [k for k in hall.verdicts if k[0] == rule.id]:
                del hall.verdicts[key]
            hall.rows = {k: rows for k, rows in hall.rows.items() if k[0] not in touched}
            hall.logic.turn(day_number(on))
            for market in touched:
                where = hall.where(market)
                if hall.frame.kind in rule.about and where != ZERO:
                    row = self._row(hall, self._judge(hall, market, on), rule, where, on, {})
                    fresh += [(hall, row)] if row else []
        return fresh, self.counts(fresh, on)


def _nodes(row: Row) -> Iterable[int]:
    v = row.verdicts
    return (row.cells, v.not_applicable, v.met, v.residual, v.undecided, v.unmet)
