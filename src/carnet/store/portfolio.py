"""The verdicts of a portfolio a second time, in SQL: the same question asked of DuckDB here or of Spark on a cluster.

Different in kind from the bulk kernel: normalized tables, one row a statement, and SQL's own three-valued logic, in
which NULL is unknown. A demand becomes CASE over columns that are looked up, not planes of bits; what is not asked for
is not computed. Facts lie in `facts` (lane, name, number, text), entries of lists in `entries` (lane, name, entry,
paper, economy, refuted, since, until), closed lists in `closed` (lane, name). What recognitions make of a document
comes with the rule; those with a condition on the product are not told here.
Amounts are compared as doubles in the base unit of their dimension.
Reading order: Rule, Tables, ask().
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

import ibis  # type: ignore[import-untyped]
import pyarrow as pa  # type: ignore[import-untyped]

from ..condition import Both, Condition, Name, Not, Test, names, tests
from ..waist import Quantity
from ..words import Vocabulary, span

UNKNOWN = ibis.null("boolean")
BATCH = 40  # rules asked in one query: a query of thousands of columns is slower than many of few
FACTS = pa.schema([("lane", pa.int64()), ("name", pa.string()), ("number", pa.float64()), ("text", pa.string())])
ENTRIES = pa.schema(
    [("lane", pa.int64()), ("name", pa.string()), ("entry", pa.string()), ("paper", pa.string()),
     ("economy", pa.string()), ("refuted", pa.bool_()), ("since", pa.string()), ("until", pa.string())]
)  # fmt: skip
CLOSED = pa.schema([("lane", pa.int64()), ("name", pa.string())])
OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rule:
    """One requirement in one market, as plain values.

    kinds    documents that count, each with the economies it may come from; None: any
    stated   no document is asked: every statement counts, except by these kinds for these lists
    carried  (list, entry, kind, economy, becomes, worked): what recognitions make of documents, for this rule
    """

    key: str
    applies: Condition | None
    demands: Condition | None
    asks: bool = False
    kinds: tuple[tuple[str, tuple[str, ...] | None], ...] = ()
    stated: bool = False
    idle: tuple[tuple[str, str], ...] = ()
    carried: tuple[tuple[str, str, str, str, str, bool], ...] = ()


@dataclass(slots=True)
class Tables:
    """The statements about n lanes, row by row, to be filled by a room."""

    lanes: int
    facts: dict[str, list[Any]] = field(default_factory=lambda: {n: [] for n in FACTS.names})
    entries: dict[str, list[Any]] = field(default_factory=lambda: {n: [] for n in ENTRIES.names})
    closed: dict[str, list[Any]] = field(default_factory=lambda: {n: [] for n in CLOSED.names})

    def state(self, lane: int, name: str, value: Any, words: Vocabulary) -> None:
        """One fact that is not a list of documents."""
        number: float | None = None
        text: str | None = None
        if isinstance(value, bool):
            number = float(value)
        elif isinstance(value, Quantity):
            number = float(words.units.base(value))
        elif isinstance(value, str):
            text = value
        else:
            number = float(value)
        for column, cell in zip(FACTS.names, (lane, name, number, text), strict=True):
            self.facts[column].append(cell)

    def enter(
        self, lane: int, name: str, entry: str, paper: str = "", economy: str = "", refuted: bool = False,
        since: str = "0000-00-00", until: str = "9999-12-31",
    ) -> None:  # fmt: skip
        """One entry of a list; paper is the kind of document, '' for a mere statement."""
        row = (lane, name, entry, paper, economy, refuted, since, until)
        for column, cell in zip(ENTRIES.names, row, strict=True):
            self.entries[column].append(cell)

    def close(self, lane: int, name: str) -> None:
        """A list that is complete."""
        self.closed["lane"].append(lane)
        self.closed["name"].append(name)

    def arrow(self) -> dict[str, pa.Table]:
        """The tables as Arrow."""
        lanes = pa.table({"lane": pa.array(range(self.lanes), pa.int64())})
        given = (("facts", self.facts, FACTS), ("entries", self.entries, ENTRIES), ("closed", self.closed, CLOSED))
        return {"lanes": lanes, **{n: pa.table(columns, schema) for n, columns, schema in given}}


def ask(tables: Tables, rules: Sequence[Rule], words: Vocabulary, on: str, session: Any = None) -> dict[str, list[str]]:
    """key of a rule -> the verdict of every lane; on DuckDB in this process, or on the Spark session that is given."""
    connection = _spark(session, tables) if session is not None else _duckdb(tables)
    found: dict[str, list[str]] = {}
    for start in range(0, len(rules), BATCH):
        part = rules[start : start + BATCH]
        wide = _Wide(connection, part, words, on)
        columns = {f"v{n}": _verdict(rule, wide) for n, rule in enumerate(part)}
        answer = wide.table.select("lane", **columns).order_by("lane").to_pyarrow()
        for n, rule in enumerate(part):
            found[rule.key] = answer[f"v{n}"].to_pylist()
    return found


def _duckdb(tables: Tables) -> Any:
    connection = ibis.duckdb.connect(autoinstall_known_extensions=False, autoload_known_extensions=False)
    for name, table in tables.arrow().items():
        connection.con.register(name, table)
    return connection


def _spark(session: Any, tables: Tables) -> Any:
    for name, table in tables.arrow().items():
        session.createDataFrame(table.to_pandas() if not table.num_rows else table).createOrReplaceTempView(name)
    return ibis.pyspark.connect(session)


class _Wide:
    """One row a lane, with a column for every fact and every question about a list that some rules ask."""

    def __init__(self, connection: Any, rules: Iterable[Rule], words: Vocabulary, on: str) -> None:
        self.words, self.on = words, on
        self.facts, self.entries, self.closed = (connection.table(n) for n in ("facts", "entries", "closed"))
        self._asked: dict[tuple[Any, ...], str] = {}
        self._sums: dict[str, dict[str, Any]] = {"facts": {}, "entries": {}, "closed": {}}
        for rule in rules:
            self._prepare(rule)
        table = connection.table("lanes")
        for name, sums in self._sums.items():
            if sums:
                found = getattr(self, name).group_by("lane").aggregate(**sums)
                table = table.left_join(found, "lane").drop("lane_right")
        self.table = table

    def column(self, *key: Any) -> Any:
        return self.table[self._asked[key]]

    def yes(self, *key: Any) -> Any:
        """A count of matching rows as true or false, never unknown."""
        return self.column(*key).fill_null(0) > 0

    def _ask(self, table: str, key: tuple[Any, ...], value: Any) -> None:
        if key not in self._asked:
            name = self._asked[key] = f"c{len(self._asked)}"
            self._sums[table][name] = value

    def within(self, fact: str, entry: str) -> tuple[list[str], list[str]]:
        """The entries of a list that say this one, and those too coarse to say."""
        word = self.words.word(fact)
        if word.items != "words":
            return [entry], []
        told = {v: self.words.matches(word, v, entry) for v in word.values}
        return [v for v, t in told.items() if t], [v for v, t in told.items() if t is None]

    def listed(self, fact: str) -> bool:
        word = self.words.word(fact)
        return word.type == "list"

    def _prepare(self, rule: Rule) -> None:
        for condition in (rule.applies, rule.demands):
            for name in names(condition) if condition else ():
                if not self.listed(name):
                    mine = self.facts.name == name
                    self._ask("facts", ("number", name), self.facts.number.max(where=mine))
                    self._ask("facts", ("text", name), self.facts.text.max(where=mine))
                    continue
                self._ask("closed", ("closed", name), self.closed.count(where=self.closed.name == name))
                self._ask("entries", ("any", name), self._rows(self.entries.name == name, False))
        for condition in (rule.applies, rule.demands):
            for test in tests(condition) if condition else ():
                if test.op == "has":
                    for entry in _entries(test):
                        of_list = self.entries.name == test.fact
                        mine = of_list & (self.entries.entry == entry)
                        inside, coarse = self.within(test.fact, entry)
                        self._ask("entries", ("not", test.fact, entry), self._rows(mine, True))
                        said = of_list & self.entries.entry.isin(inside)
                        self._ask("entries", ("said", test.fact, entry), self._rows(said, False))
                        if coarse:
                            vague = of_list & self.entries.entry.isin(coarse)
                            self._ask("entries", ("vague", test.fact, entry), self._rows(vague, False))
        for test in tests(rule.demands) if rule.demands else ():
            if self.shown(rule, test.fact):
                self._ask("entries", ("shown any", rule.key, test.fact), self._shown(rule, test.fact, None))
                for entry in _entries(test) if test.op == "has" else ():
                    for how in ("direct", "full", "free"):
                        key = (how, rule.key, test.fact, entry)
                        self._ask("entries", key, self._shown(rule, test.fact, entry, how))

    def shown(self, rule: Rule, fact: str) -> bool:
        """Whether a demand asks for entries of a list that documents show."""
        word = self.words.word(fact)
        if word.type != "list" or word.items == "words" or rule.demands is None:
            return False
        return any(t.fact == fact and t.op == "has" for t in tests(rule.demands))

    def _rows(self, mine: Any, refuted: bool) -> Any:
        e = self.entries
        return e.count(where=mine & (e.refuted == refuted) & (e.since <= self.on) & (e.until >= self.on))

    def _shown(self, rule: Rule, fact: str, entry: str | None, how: str = "direct") -> Any:
        """How many documents of a lane show an entry to this rule."""
        e = self.entries
        direct = (e.name == fact) & self._counts(rule, fact)
        if entry is None:
            return self._rows(direct, False)
        hits = direct & (e.entry == entry)
        for name, have, kind, economy, becomes, worked in rule.carried if how != "direct" else ():
            if name == fact and becomes == entry and not (worked and how == "free"):
                hits = hits | ((e.name == fact) & (e.entry == have) & (e.paper == kind) & (e.economy == economy))
        return self._rows(hits, False)

    def _counts(self, rule: Rule, fact: str) -> Any:
        e = self.entries
        if rule.stated:
            idle = [kind for name, kind in rule.idle if name == fact]
            return e.paper.notin(idle) if idle else ibis.literal(True)
        each = [
            (e.paper == kind) if places is None else (e.paper == kind) & e.economy.isin([*places, "-"])
            for kind, places in rule.kinds
        ]
        return reduce(operator.or_, each, ibis.literal(False))


def _entries(test: Test) -> tuple[str, ...]:
    return test.value if isinstance(test.value, tuple) else (test.value,)


def _verdict(rule: Rule, wide: _Wide) -> Any:
    """CASE: the first that holds is the verdict.

    Whether a NOT is unknown is never asked: Ibis writes that as `NOT x IS NULL`, which means another thing.
    """
    applies = _truth(rule.applies, wide, None) if rule.applies else ibis.literal(True)
    if rule.demands is None:
        return ibis.cases((~applies, "not_applicable"), (applies, "undecided"), else_="unproven")
    direct = _truth(rule.demands, wide, (rule, "direct"))
    full = _truth(rule.demands, wide, (rule, "full"))
    free = _free(rule.demands, wide, rule)
    good = "undecided" if rule.asks else "met"
    left = "undecided" if rule.asks else "residual"
    return ibis.cases(
        (~applies, "not_applicable"),
        (applies & direct, good),
        (applies & full & free, good),
        (applies & full, left),
        (applies & ~direct, "unmet"),
        else_="unproven",
    )


How = tuple[Rule, str] | None


def _truth(condition: Condition, wide: _Wide, how: How) -> Any:
    """A condition as an SQL expression whose NULL is unknown."""
    if isinstance(condition, Test):
        return _test(condition, wide, how)
    if isinstance(condition, Not):
        return ~_truth(condition.part, wide, how)
    parts = [_truth(p, wide, how) for p in condition.parts]
    return reduce(operator.and_ if isinstance(condition, Both) else operator.or_, parts)


def _free(condition: Condition, wide: _Wide, rule: Rule) -> Any:
    """Whether a demand that holds rests on nothing that leaves work."""
    if isinstance(condition, Test) and condition.op == "has" and wide.shown(rule, condition.fact):
        each = [wide.yes("free", rule.key, condition.fact, e) for e in _entries(condition)]
        return reduce(operator.and_ if condition.every else operator.or_, each)
    if isinstance(condition, (Test, Not)):
        return _truth(condition, wide, (rule, "full")).fill_null(False)
    parts = [_free(p, wide, rule) for p in condition.parts]
    return reduce(operator.and_ if isinstance(condition, Both) else operator.or_, parts)


def _test(test: Test, wide: _Wide, how: How) -> Any:
    word, name = wide.words.word(test.fact), test.fact
    if word.type == "list":
        return _list_test(test, wide, how)
    number, text = wide.column("number", name), wide.column("text", name)
    said = text if word.type in ("word", "text", "date") else number
    if test.op == "known":
        return said.notnull()
    if test.op == "is":
        return number == 1.0
    if test.op == "in":
        return reduce(operator.or_, [_same(word, said, v, wide) for v in test.value])
    if isinstance(test.value, Name):
        if word.type in ("word", "date"):
            raise ValueError(f"{test}: SQL compares amounts and texts of two facts, not words or dates")
        other = test.value.name
        return OPERATORS[test.op](said, wide.column("text" if said is text else "number", other))
    if test.op in ("==", "!="):
        same = _same(word, said, test.value, wide)
        return same if test.op == "==" else ~same
    if word.type == "date":
        return _dates(test.op, said, test.value)
    return OPERATORS[test.op](said, _number(test.value, wide))


def _number(value: Any, wide: _Wide) -> float:
    return float(wide.words.units.base(value)) if isinstance(value, Quantity) else float(value)


def _same(word: Any, said: Any, value: Any, wide: _Wide) -> Any:
    """Equality; a word may lie within another, and one too coarse to say is unknown."""
    if word.type == "word":
        inside = [v for v in word.values if wide.words.matches(word, v, value)]
        coarse = [v for v in word.values if wide.words.matches(word, v, value) is None]
        return ibis.cases(
            (said.isnull(), UNKNOWN),
            (said.isin(inside), True),
            (said.isin(coarse) if coarse else ibis.literal(False), UNKNOWN),
            else_=False,
        )
    if word.type == "date":
        (a, b), (c, d) = _days(said), span(value)
        apart = (b < c) | (a > d)
        same = (a == b) & (a == c) & (a == d)
        return ibis.cases((said.isnull(), UNKNOWN), (apart, False), (same, True), else_=UNKNOWN)
    if word.type == "text":
        return said == value
    return said == (float(value) if isinstance(value, bool) else _number(value, wide))


def _days(said: Any) -> tuple[Any, Any]:
    """First and last day of a date written as year, month or day; the last as text that sorts behind all its days."""
    length = said.length()
    first = ibis.cases((length == 4, said + "-01-01"), (length == 7, said + "-01"), else_=said)
    thirty = said.right(2).isin(["04", "06", "09", "11"])
    february = said.right(2) == "02"
    year = said.left(4).cast("int64")
    leap = ((year % 4 == 0) & (year % 100 != 0)) | (year % 400 == 0)
    month = ibis.cases(
        (thirty, said + "-30"), (february & leap, said + "-29"), (february, said + "-28"), else_=said + "-31"
    )
    last = ibis.cases((length == 4, said + "-12-31"), (length == 7, month), else_=said)
    return first, last


def _dates(op: str, said: Any, value: str) -> Any:
    (a, b), (c, d) = _days(said), span(value)
    if op in ("<", ">="):
        less = ibis.cases((said.isnull(), UNKNOWN), (b < c, True), (a >= d, False), else_=UNKNOWN)
        return less if op == "<" else ~less
    more = ibis.cases((said.isnull(), UNKNOWN), (a > d, True), (b <= c, False), else_=UNKNOWN)
    return more if op == ">" else ~more


def _list_test(test: Test, wide: _Wide, how: How) -> Any:
    name, shown = test.fact, how is not None and wide.shown(how[0], test.fact)
    closed = wide.yes("closed", name)
    if test.op == "known":
        if shown:
            assert how is not None
            return wide.yes("shown any", how[0].key, name) | closed
        return wide.yes("any", name) | closed
    word = wide.words.word(name)
    each = []
    for entry in _entries(test):
        said, no = wide.yes("said", name, entry), wide.yes("not", name, entry)
        if shown:
            assert how is not None
            held = wide.yes(how[1], how[0].key, name, entry)
        else:
            held = said
        if word.items != "words":
            each.append(ibis.cases((held, True), ((closed & ~said) | no, False), else_=UNKNOWN))
            continue
        vague = wide.yes("vague", name, entry) if wide.within(name, entry)[1] else ibis.literal(False)
        each.append(ibis.cases((held, True), (closed & vague, UNKNOWN), (closed | no, False), else_=UNKNOWN))
    return reduce(operator.and_ if test.every else operator.or_, each)
