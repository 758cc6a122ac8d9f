"""The condition language: one line, readable aloud, three-valued.

    charger.rated_power >= 22 kW and charger.location in [public, fleet]
    battery.tested_to has "UN R100.03" or not known(battery.passport)

Kleene's logic: an unknown fact makes a test unknown, and only what cannot be changed by it is decided. Units are
carried, names must be in the vocabulary, nothing is ever evaluated as Python. This is the readable interpreter: it
explains one cell. What the language cannot say goes into `asks:`, a question to a human.
Reading order: the nodes (Both, Either, Not, Test), parse(), evaluate(), Outcome.
Source of the logic: S. C. Kleene, Introduction to Metamathematics, section 64 (strong three-valued logic; remembered).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from .errors import nearest
from .waist import Quantity
from .words import Listed, Vocabulary, Word, span

UNKNOWN: Any = None  # what a look-up answers when nobody has said
Truth = bool | None
MOST_CHARACTERS, MOST_DEPTH = 4000, 30


@dataclass(frozen=True, slots=True)
class Name:
    """Another fact on the right-hand side of a comparison."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Test:
    """One test on one fact: op is ==, !=, <, <=, >, >=, in, has, known or is (a yes_no fact standing alone)."""

    fact: str
    op: str
    value: Any = None
    every: bool = False  # `has all`
    quoted: bool = False  # the fact's values are text, dates or standards, not words of a closed list

    def __str__(self) -> str:
        if self.op == "is":
            return self.fact
        if self.op == "known":
            return f"known({self.fact})"
        if isinstance(self.value, tuple):
            how = f"has {'all' if self.every else 'any'}" if self.op == "has" else self.op
            return f"{self.fact} {how} [{', '.join(_show(v, self.quoted) for v in self.value)}]"
        return f"{self.fact} {self.op} {_show(self.value, self.quoted)}"


@dataclass(frozen=True, slots=True)
class Not:
    part: Condition

    def __str__(self) -> str:
        return f"not {self.part}" if isinstance(self.part, Test) else f"not ({self.part})"


@dataclass(frozen=True, slots=True)
class Both:
    parts: tuple[Condition, ...]

    def __str__(self) -> str:
        return " and ".join(f"({p})" if isinstance(p, Either) else str(p) for p in self.parts)


@dataclass(frozen=True, slots=True)
class Either:
    parts: tuple[Condition, ...]

    def __str__(self) -> str:
        return " or ".join(str(p) for p in self.parts)


Condition = Test | Not | Both | Either


def _show(value: Any, quoted: bool) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value if not quoted and re.fullmatch(r"[A-Za-z]\w*", value) else f'"{value}"'
    return format(value, "f") if isinstance(value, Decimal) else str(value)


_TOKEN = re.compile(
    r"""\s*(?:(?P<text>"[^"]*")|(?P<op><=|>=|==|!=|<|>)|(?P<mark>[()\[\],])
    |(?P<number>-?\d+(?:\.\d+)?(?:\s*(?!(?:and|or)\b)[A-Za-z°%µ][^\s()\[\],"<>=!]*)?)(?![\w.])
    |(?P<name>[A-Za-z_][\w.]*))""",
    re.X,
)


def _joined(kind: type[Both] | type[Either], parts: list[Condition]) -> Condition:
    """Parts under one `and` or `or`; parentheses that change nothing leave no trace."""
    flat = [p for part in parts for p in (part.parts if isinstance(part, kind) else (part,))]
    return flat[0] if len(flat) == 1 else kind(tuple(flat))


class _Parser:
    """Recursive descent over tokens; every refusal is a ValueError with a sentence."""

    def __init__(self, text: str, words: Vocabulary) -> None:
        if len(text) > MOST_CHARACTERS:
            raise ValueError(f"a condition of {len(text)} characters is longer than {MOST_CHARACTERS}; split the rule")
        self.text, self.words, self.tokens, self.at, self.depth = text, words, [], 0, 0
        where = 0
        while where < len(text.rstrip()):
            match = _TOKEN.match(text, where)
            if not match:
                raise ValueError(f"cannot read {text[where : where + 20]!r} in {text!r}")
            self.tokens.append((str(match.lastgroup), match[str(match.lastgroup)]))
            where = match.end()

    def peek(self) -> str:
        return self.tokens[self.at][1] if self.at < len(self.tokens) else ""

    def kind(self) -> str:
        return self.tokens[self.at][0] if self.at < len(self.tokens) else "end"

    def take(self, expected: str = "") -> str:
        found = self.peek()
        if not found or (expected and found != expected):
            raise ValueError(f"expected {expected or 'more'!r} but found {found or 'the end'!r} in {self.text!r}")
        self.at += 1
        return found

    def either(self) -> Condition:
        self.depth += 1
        if self.depth > MOST_DEPTH:
            raise ValueError(f"parentheses nest deeper than {MOST_DEPTH}; split the rule")
        parts = [self.both()]
        while self.peek() == "or":
            self.take()
            parts.append(self.both())
        self.depth -= 1
        return _joined(Either, parts)

    def both(self) -> Condition:
        parts = [self.one()]
        while self.peek() == "and":
            self.take()
            parts.append(self.one())
        return _joined(Both, parts)

    def one(self) -> Condition:
        negative = False
        while self.peek() == "not":
            self.take()
            negative = not negative
        if self.peek() == "(":
            self.take()
            inner = self.either()
            self.take(")")
        else:
            inner = self.test()
        return Not(inner) if negative else inner

    def test(self) -> Condition:
        if self.peek() == "known":
            self.take()
            self.take("(")
            name = self.fact()
            self.take(")")
            return Test(name.name, "known")
        word = self.fact()
        op = self.peek()
        quoted = word.type in ("text", "date") or (word.type == "list" and word.items != "words")
        if op == "in":
            self.take()
            if word.type == "list":
                raise ValueError(f"{word.name} is a list; use has")
            return Test(word.name, "in", self.listing(word), quoted=quoted)
        if op == "has":
            self.take()
            if word.type != "list":
                raise ValueError(f"{word.name} is not a list; use == or in")
            if self.peek() in ("any", "all"):
                every = self.take() == "all"
                return Test(word.name, "has", self.listing(word), every, quoted)
            return Test(word.name, "has", self.literal(word), quoted=quoted)
        if op in ("==", "!=", "<", "<=", ">", ">="):
            self.take()
            return self.comparison(word, op, quoted)
        if word.type != "yes_no":
            raise ValueError(f"{word.name} is not a yes-or-no fact; compare it, for example with == or >=")
        return Test(word.name, "is")

    def comparison(self, word: Word, op: str, quoted: bool) -> Condition:
        if word.type == "list":
            raise ValueError(f"{word.name} is a list; use has")
        if op not in ("==", "!=") and word.type in ("word", "text", "yes_no"):
            raise ValueError(f"{word.name} has no order; use == or in, not {op}")
        if self.kind() == "name" and "." in self.peek():
            other = self.fact()
            if other.type != word.type:
                raise ValueError(
                    f"{word.name} is a {word.type} and {other.name} a {other.type}; they cannot be compared"
                )
            if word.type == "quantity" and self.words.units.dimension(word.unit) != self.words.units.dimension(
                other.unit
            ):
                raise ValueError(
                    f"{word.name} is in {word.unit} and {other.name} in {other.unit}; they cannot be compared"
                )
            return Test(word.name, op, Name(other.name))
        return Test(word.name, op, self.literal(word), quoted=quoted)

    def fact(self) -> Word:
        if self.kind() != "name":
            raise ValueError(f"expected a fact name but found {self.peek() or 'the end'!r} in {self.text!r}")
        return self.words.word(self.take())

    def listing(self, word: Word) -> tuple[Any, ...]:
        self.take("[")
        rows = [self.literal(word)]
        while self.peek() == ",":
            self.take()
            rows.append(self.literal(word))
        self.take("]")
        return tuple(rows)

    def literal(self, word: Word) -> Any:
        kind, text = self.kind(), self.take()
        if kind == "text":
            raw: Any = text[1:-1]
        elif text in ("true", "false"):
            raw = text == "true"
        elif kind == "number" and word.type == "quantity":
            raw = text
        elif kind == "number":
            if not re.fullmatch(r"-?\d+(\.\d+)?", text):
                raise ValueError(f"{word.name} has no unit, but {text!r} was found in {self.text!r}")
            raw = int(text) if "." not in text else Decimal(text)
        elif kind == "name":
            raw = text
            if word.type in ("text", "date") or (word.type == "list" and word.items != "words"):
                raise ValueError(f'{word.name}: write {text} in quotes: "{text}"')
        else:
            raise ValueError(f"{word.name}: expected a value but found {text!r} in {self.text!r}")
        if word.type == "list":
            (raw,) = self.words.value(word.name, [raw])
            return raw
        return self.words.value(word.name, raw)


def parse(text: str, words: Vocabulary) -> Condition:
    """Text -> condition; raises ValueError with a sentence naming the nearest right thing."""
    parser = _Parser(text, words)
    found = parser.either()
    if parser.at < len(parser.tokens):
        near = nearest(parser.peek(), ("and", "or", "in", "has"))
        raise ValueError(f"did not expect {parser.peek()!r} in {text!r}" + (f"; {near}" if near else ""))
    return found


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a condition came to, and by which tests.

    missing  the facts whose value would decide it, when it is unknown
    tests    every test with its truth and the value it saw, in reading order
    """

    truth: Truth
    tests: tuple[tuple[Test, Truth, Any], ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def deciding(self) -> tuple[Test, ...]:
        """The tests that came out false (the reason of a no), or true when all did."""
        wanted = False if self.truth is False else self.truth
        return tuple(t for t, truth, _ in self.tests if truth is wanted)


Look = Callable[[str], Any]


def evaluate(condition: Condition, look: Look, words: Vocabulary) -> Outcome:
    """The truth of a condition over the facts that `look(name)` answers (UNKNOWN when nobody has said)."""
    if isinstance(condition, Test):
        value = look(condition.fact)
        truth = _test(condition, value, look, words)
        missing = (
            ()
            if truth is not None
            else tuple(n for n in _names(condition) if look(n) is UNKNOWN or isinstance(look(n), Listed))
        )
        return Outcome(truth, ((condition, truth, value),), missing or ((condition.fact,) if truth is None else ()))
    if isinstance(condition, Not):
        inner = evaluate(condition.part, look, words)
        return Outcome(None if inner.truth is None else not inner.truth, inner.tests, inner.missing)
    parts = [evaluate(p, look, words) for p in condition.parts]
    stop = isinstance(condition, Either)
    truths = [p.truth for p in parts]
    truth = stop if stop in truths else None if None in truths else not stop
    tests = tuple(t for p in parts for t in p.tests)
    missing = tuple(dict.fromkeys(m for p in parts if p.truth is None for m in p.missing)) if truth is None else ()
    return Outcome(truth, tests, missing)


def _names(test: Test) -> tuple[str, ...]:
    return (test.fact, test.value.name) if isinstance(test.value, Name) else (test.fact,)


def names(condition: Condition) -> Iterator[str]:
    """Every fact name a condition speaks of."""
    if isinstance(condition, Test):
        yield from _names(condition)
    elif isinstance(condition, Not):
        yield from names(condition.part)
    else:
        for part in condition.parts:
            yield from names(part)


def tests(condition: Condition) -> Iterator[Test]:
    """Every single test of a condition."""
    if isinstance(condition, Test):
        yield condition
    elif isinstance(condition, Not):
        yield from tests(condition.part)
    else:
        for part in condition.parts:
            yield from tests(part)


def _test(test: Test, value: Any, look: Look, words: Vocabulary) -> Truth:
    if test.op == "known":
        return value is not UNKNOWN and not (isinstance(value, Listed) and not value.entries and not value.complete)
    if value is UNKNOWN:
        return None
    word = words.word(test.fact)
    if test.op == "is":
        return bool(value)
    if test.op == "in":
        return _some([_equal(word, value, v, words) for v in test.value])
    if test.op == "has":
        wanted = test.value if isinstance(test.value, tuple) else (test.value,)
        found = [_has(word, value, w, words) for w in wanted]
        return _every(found) if test.every else _some(found)
    other = look(test.value.name) if isinstance(test.value, Name) else test.value
    return None if other is UNKNOWN else _compare(word, test.op, value, other, words)


def _has(word: Word, listed: Listed, wanted: str, words: Vocabulary) -> Truth:
    found = _some([words.matches(word, e, wanted) if word.values else e == wanted for e in listed.entries])
    if found or (listed.complete and wanted not in listed.claimed):
        return found
    return False if wanted in listed.refuted else None


def _compare(word: Word, op: str, left: Any, right: Any, words: Vocabulary) -> Truth:
    if op in ("==", "!="):
        same = _equal(word, left, right, words)
        return same if op == "==" or same is None else not same
    if word.type == "date":
        return _before(op, left, right)
    if isinstance(left, Quantity):
        order = words.units.compare(left, right)
    else:
        order = (left > right) - (left < right)
    return {"<": order < 0, "<=": order <= 0, ">": order > 0, ">=": order >= 0}[op]


def _before(op: str, left: str, right: str) -> Truth:
    """Dates known only to the month or year leave an order unknown when they overlap."""
    (a, b), (c, d) = span(left), span(right)
    if op in ("<", ">="):
        less = True if b < c else False if a >= d else None
        return less if op == "<" or less is None else not less
    more = True if a > d else False if b <= c else None
    return more if op == ">" or more is None else not more


def _equal(word: Word, left: Any, right: Any, words: Vocabulary) -> Truth:
    if isinstance(left, Quantity):
        return words.units.compare(left, right) == 0
    if word.type == "word":
        return words.matches(word, left, right)
    if word.type == "date":
        (a, b), (c, d) = span(left), span(right)
        return False if b < c or d < a else True if a == b == c == d else None
    return bool(left == right)


def _some(truths: list[Truth]) -> Truth:
    return True if True in truths else None if None in truths else False


def _every(truths: list[Truth]) -> Truth:
    return False if False in truths else None if None in truths else True
