"""Two markets, requirement by requirement: identical, equivalent with tests left, different, or not known.

Asked is what evidence made for the rules of B says for each rule of A. Tests are compared one by one: the same test is
identical; standards are compared by their recorded relations; limits on one fact by which is stricter. What cannot be
compared is unknown with its question, and a topic on which B has no known rule is unknown, never absent.
Different is only what contradicts: no value of a fact satisfies both, or a limit of A that B's does not reach.
Reading order: Pair, compare(), pair(), demand().
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..condition import Both, Condition, Either, Test
from ..waist import Quantity, Recognition, Requirement
from .catalog import Catalog
from .crosswalk import GRADES, related
from .dates import GONE, Dates, stand

LEAST, MOST = (">=", ">"), ("<=", "<")


@dataclass(frozen=True, slots=True)
class Pair:
    """One rule of A beside the rule of B that comes closest to it.

    pairs   (wanted by A, shown for B) standards that may stand for each other, with the tests left
    legal   recognitions in force that already carry evidence of B to A for such standards
    """

    rule: Requirement
    standing: str
    grade: str
    because: str
    other: Requirement | None = None
    residual: tuple[str, ...] = ()
    question: str = ""
    pairs: tuple[tuple[str, str, tuple[str, ...]], ...] = ()
    legal: tuple[str, ...] = ()


def compare(catalog: Catalog, a: str, b: str, on: str, known: str, topic: str = "") -> list[Pair]:
    """Every rule of A that demands something on that day (or is on its way), each with its counterpart of B."""
    catalog.market(a)
    catalog.market(b)
    dated = Dates(catalog, known)
    mine, theirs = (
        [
            (r, s.now)
            for r in catalog.requirements(code)
            if r.status
            and r.demands
            and topic in ("", r.topic)
            and (s := stand(r.status, on, "placed_on_market", known, dated)).now not in (None, *GONE)
        ]
        for code in (a, b)
    )
    live = [
        r
        for r in catalog.recognitions
        if a in catalog.members(r.accepted_in)
        and b in catalog.members(r.issued_in or ("any",))
        and r.gives != "nothing"
        and stand(r.status, on, "placed_on_market", known, dated).now in ("in_force", "published")
    ]
    found = []
    for rule, standing in mine:
        near = [o for o, _ in theirs if o.topic == rule.topic and set(o.about) & set(rule.about)]
        ranked = sorted((pair(catalog, rule, other) for other in near), key=lambda p: GRADES.index(p.grade))
        best = ranked[0] if ranked else _alone(catalog, rule, b)
        found.append(
            Pair(
                rule,
                str(standing),
                best.grade,
                best.because,
                best.other,
                best.residual,
                best.question,
                best.pairs,
                _legal(best, live),
            )
        )
    return found


def _alone(catalog: Catalog, rule: Requirement, b: str) -> Pair:
    name = catalog.name(b)
    return Pair(
        rule,
        "",
        "unknown",
        f"the library knows no rule of {name} on {rule.topic.replace('_', ' ')} for this; "
        "that is not the absence of a rule",
        question=f"What does {name} ask on {rule.topic.replace('_', ' ')} of a {' or '.join(rule.about)}?",
    )


def _legal(best: Pair, live: list[Recognition]) -> tuple[str, ...]:
    shown = {have for _, have, _ in best.pairs}
    wanted = {want for want, _, _ in best.pairs}
    found = []
    for recognition in live:
        if isinstance(recognition.gives, tuple):
            hit = any(w in wanted and _fits(h, shown) for w, h in recognition.gives)
        else:
            hit = any(_fits(s, shown) for s in recognition.standards)
        if hit:
            found.append(recognition.id)
    return tuple(found)


def _fits(pattern: str, shown: set[str]) -> bool:
    return any(s.startswith(pattern[:-1]) if pattern.endswith("*") else s == pattern for s in shown)


def pair(catalog: Catalog, rule: Requirement, other: Requirement) -> Pair:
    """A rule of A beside one rule of B."""
    if rule.id == other.id:
        return Pair(rule, "", "identical", "both inherit the same text", other, pairs=_same(catalog, rule))
    grade, because, residual, pairs = demand(
        catalog, catalog.condition(rule.demands), catalog.condition(other.demands)
    )  # fmt: skip
    if apart := _apart(catalog, rule, other):
        return Pair(rule, "", "unknown", apart, other, question=f"Which rule there answers {rule.id}? {apart}.")
    if grade in ("identical", "equivalent"):
        scopes = [str(catalog.condition(r.applies)) if r.applies else "" for r in (rule, other)]
        if scopes[0] != scopes[1]:
            grade = "equivalent"
            said = [s or "everything" for s in scopes]
            residual = (*residual, f"check the scope: here it binds {said[0]}, there {said[1]}")
        if rule.evidence and other.evidence and not set(other.evidence) & set(rule.evidence):
            grade = "equivalent"
            kinds = [" or ".join(k).replace("_", " ") for k in (rule.evidence, other.evidence)]
            residual = (*residual, f"a {kinds[0]} where there a {kinds[1]} counts")
        if rule.asks or other.asks:
            asked = rule.asks or other.asks
            return Pair(rule, "", "unknown", f"{because}; a question stays open", other, residual, asked, pairs)
    question = "" if grade != "unknown" else f"Does what {other.id} asks show what {rule.id} asks? {because}."
    return Pair(rule, "", grade, because, other, tuple(dict.fromkeys(residual)), question, pairs)


def _apart(catalog: Catalog, rule: Requirement, other: Requirement) -> str:
    """In words: why two rules cannot bind the same product; nothing when they can."""
    if not rule.applies or not other.applies:
        return ""
    sides = [[t for t in _tests(catalog.condition(r.applies)) if t] for r in (rule, other)]
    for mine in sides[0]:
        for theirs in sides[1]:
            if mine.fact != theirs.fact or not {mine.op, theirs.op} <= {"in", "=="}:
                continue
            word = catalog.words.word(mine.fact)
            values = [(x, y) for x in _listed(mine.value) for y in _listed(theirs.value)]
            if word.type == "word" and not any(_overlap(catalog, mine.fact, x, y) for x, y in values):
                return f"here it binds {mine}, there {theirs}: not the same products"
    return ""


def _overlap(catalog: Catalog, fact: str, x: str, y: str) -> bool:
    word = catalog.words.word(fact)
    return catalog.words.matches(word, x, y) is not False or catalog.words.matches(word, y, x) is not False


def _same(catalog: Catalog, rule: Requirement) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    found = []
    for test in _tests(catalog.condition(rule.demands)):
        if test is not None and test.op == "has":
            found += [(str(v), str(v), ()) for v in _listed(test.value)]
    return tuple(found)


Answer = tuple[str, str, tuple[str, ...], tuple[tuple[str, str, tuple[str, ...]], ...]]


def demand(catalog: Catalog, mine: Condition, theirs: Condition) -> Answer:
    """(grade, why, tests left, standards that pair) of one demand beside another; the gravest of its parts."""
    if str(mine) == str(theirs):
        pairs = [
            (str(v), str(v), ()) for t in _tests(mine) if t is not None and t.op == "has" for v in _listed(t.value)
        ]
        return "identical", "both demand the same", (), tuple(pairs)
    ours, others = _tests(mine), _tests(theirs)
    if None in ours or None in others:
        return "unknown", "the conditions join their tests in ways that cannot be compared one by one", (), ()
    parts = [_part(catalog, t, [o for o in others if o is not None]) for t in ours if t is not None]
    worst = max(parts, key=lambda p: GRADES.index(p[0]))
    residual = tuple(r for p in parts for r in p[2])
    pairs_found = tuple(pr for p in parts for pr in p[3])
    return worst[0], worst[1], residual, pairs_found


def _tests(condition: Condition) -> list[Test | None]:
    """The tests of a plain conjunction; alternatives between `has` tests of one fact are one test; else None."""
    if isinstance(condition, Test):
        return [condition]
    if isinstance(condition, Both):
        return [t for part in condition.parts for t in _tests(part)]
    if isinstance(condition, Either):
        parts = condition.parts
        if all(isinstance(p, Test) and p.op == "has" and not p.every for p in parts):
            plain = [p for p in parts if isinstance(p, Test)]
            if len({p.fact for p in plain}) == 1:
                return [Test(plain[0].fact, "has", tuple(v for p in plain for v in _listed(p.value)))]
    return [None]


def _listed(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


def _part(catalog: Catalog, mine: Test, others: list[Test]) -> Answer:
    """One test of A beside the tests of B: the best counterpart on the same fact counts."""
    alike = [o for o in others if o.fact == mine.fact]
    if mine.op == "has" and catalog.words.word(mine.fact).items == "standards":
        lists = [o for o in others if o.op == "has" and catalog.words.word(o.fact).items == "standards"]
        answers = [_standards(catalog, mine, o) for o in lists]
    else:
        answers = [_limits(catalog, mine, o) for o in alike]
    if not answers:
        return "unknown", f"nothing there is said of {mine}", (), ()
    return min(answers, key=lambda p: GRADES.index(p[0]))


def _standards(catalog: Catalog, mine: Test, other: Test) -> Answer:
    """Whatever B accepts must stand for something A accepts; with `has all`, each of A's must be stood for."""
    wanted, shown = [[str(v) for v in _listed(t.value)] for t in (mine, other)]
    outer, inner = (wanted, shown) if mine.every else (shown, wanted)
    pairs, grades, said = [], [], []
    for one in outer:
        best = min(
            ((related(catalog, s, w), w, s) for x in inner for w, s in [((one, x) if mine.every else (x, one))]),
            key=lambda r: GRADES.index(r[0].grade),
        )
        grades.append(best[0])
        said.append(best[0].because)
        if best[0].grade in ("identical", "equivalent"):
            pairs.append((best[1], best[2], best[0].residual))
    worst = max(grades, key=lambda g: GRADES.index(g.grade))
    residual = tuple(r for g in grades for r in g.residual)
    return worst.grade, "; ".join(dict.fromkeys(said)), residual, tuple(pairs)


def _limits(catalog: Catalog, mine: Test, other: Test) -> Answer:
    """Two tests of one fact: the same, B's at least as strict, or not."""
    if str(mine) == str(other):
        return "identical", f"both demand {mine}", (), ()
    if mine.op == "in" and other.op in ("in", "=="):
        inside = set(_listed(other.value)) <= set(_listed(mine.value))
        apart = not set(_listed(other.value)) & set(_listed(mine.value))
        return _said(mine, other, inside, apart)
    if mine.op == "==" and other.op == "==":
        return _said(mine, other, False, mine.value != other.value)
    if isinstance(mine.value, Quantity) and isinstance(other.value, Quantity):
        units = catalog.words.units
        a, b = units.base(mine.value), units.base(other.value)
        if mine.op in LEAST and other.op in LEAST:
            inside = b > a or (b == a and not (mine.op == ">" and other.op == ">="))
            return _said(mine, other, inside, not inside)
        if mine.op in MOST and other.op in MOST:
            inside = b < a or (b == a and not (mine.op == "<" and other.op == "<="))
            return _said(mine, other, inside, not inside)
    return "unknown", f"{mine} and {other} cannot be compared", (), ()


def _said(mine: Test, other: Test, inside: bool, apart: bool) -> Answer:
    if inside:
        return "equivalent", f"{other} is at least as strict as {mine}", (), ()
    if apart:
        return "different", f"here {mine}, there {other}", (), ()
    return "unknown", f"{other} leaves open whether {mine}", (), ()
