"""Decide a request under a policy: what each rule says about it, and whether it is allowed. Deny by default.

A permission is active when every premise is satisfied and none of its duties is violated; a prohibition when no premise
is known to fail. What cannot be decided (an operand nobody gave a value) never helps the request: it keeps a
permission inactive and a prohibition active.
Reading order: Request, World, Report, evaluate(), Decision, decide().
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from .policy import Constraint, Logic, Policy, Rule, Test, Vocabulary, vocabulary

Truth = bool | None
FULFILLED, VIOLATED, OPEN = "fulfilled", "violated", "open"


@dataclass(frozen=True, slots=True)
class Request:
    """Who wants to do what with what."""

    action: str
    assignee: str
    target: str


@dataclass(frozen=True, slots=True)
class World:
    """The circumstances: values of operands, memberships (thing -> collections), states of duties by their uid."""

    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    member_of: Mapping[str, frozenset[str]] = field(default_factory=dict)
    duties: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Premise:
    """One premise of a rule: target, party, action or constraint, and its truth (None: nobody knows)."""

    kind: str
    truth: Truth
    says: str
    seen: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """What one rule says about a request."""

    rule: Rule
    premises: tuple[Premise, ...]
    conditions: tuple[tuple[Rule, str], ...]
    active: bool

    @property
    def because(self) -> str:
        """Why, in one sentence."""
        name = self.rule.kind
        failed = [p for p in self.premises if p.truth is not True]
        if self.active:
            undecided = [p for p in failed if p.truth is None]
            return f"{name} applies" + (f"; not known: {undecided[0].says}" if undecided else "")
        if failed:
            return f"{name} does not apply: {failed[0].says}" + (" is not known" if failed[0].truth is None else "")
        duty = next(rule for rule, state in self.conditions if state == VIOLATED)
        return f"{name} does not apply: the duty to {duty.action} is violated"


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer to a request, with every rule's report and the duties that go with it."""

    allowed: bool
    because: str
    reports: tuple[Report, ...]
    duties: tuple[Rule, ...] = ()


def evaluate(policy: Policy, request: Request, world: World, words: Vocabulary | None = None) -> tuple[Report, ...]:
    """What every permission and prohibition of the policy says about a request."""
    words = words or vocabulary()
    return tuple(_rule(rule, request, world, words) for rule in policy.rules if rule.kind != "obligation")


def _rule(rule: Rule, request: Request, world: World, words: Vocabulary) -> Report:
    premises = []
    for kind, wanted, given in (("target", rule.target, request.target), ("party", rule.assignee, request.assignee)):
        if wanted:
            premises.append(Premise(kind, _within(given, wanted, world), f"{kind} is {wanted}", (given,)))
    if rule.action:
        truth = words.includes(rule.action, words.term(request.action))
        premises.append(Premise("action", truth, f"action is {rule.action}", (request.action,)))
    for test in rule.tests:
        seen = world.values.get(test.left, ()) if isinstance(test, Constraint) else ()
        premises.append(Premise("constraint", _test(test, world, words), str(test), seen))
    conditions = tuple((duty, world.duties.get(duty.uid, OPEN)) for duty in rule.duties)
    if rule.kind == "permission":
        active = all(p.truth is True for p in premises) and all(state != VIOLATED for _, state in conditions)
    else:
        active = all(p.truth is not False for p in premises)
    return Report(rule, tuple(premises), conditions, active)


def _within(thing: str, wanted: str, world: World) -> bool:
    """Whether a thing is the wanted one or a member of it, however deep."""
    waiting, seen = [thing], set()
    while waiting:
        here = waiting.pop()
        if here == wanted:
            return True
        if here not in seen:
            seen.add(here)
            waiting += world.member_of.get(here, frozenset())
    return False


def _test(test: Test, world: World, words: Vocabulary) -> Truth:
    if isinstance(test, Logic):
        truths = [_test(p, world, words) for p in test.parts]
        if not truths:
            return None
        if test.op == "or":
            return True if True in truths else None if None in truths else False
        if test.op == "xone":
            return None if None in truths else truths.count(True) == 1
        return False if False in truths else None if None in truths else True
    operand = words.operands.get(test.left)
    given = world.values.get(test.left)
    if operand is None or given is None or not test.right:
        return None
    if operand.type == "word":
        return _words(test, given, world)
    if len(given) != 1 or len(test.right) != 1 or test.op not in ("eq", "neq", "lt", "lteq", "gt", "gteq"):
        return None
    order = _order(operand.type, given[0], test.right[0])
    if order is None:
        return None
    return {
        "eq": order == 0,
        "neq": order != 0,
        "lt": order < 0,
        "lteq": order <= 0,
        "gt": order > 0,
        "gteq": order >= 0,
    }[test.op]


def _words(test: Constraint, given: tuple[str, ...], world: World) -> Truth:
    """Words and names: sets on both sides; membership counts for isA and isPartOf."""
    have, want = set(given), set(test.right)
    if test.op in ("eq", "neq"):
        same = have == want
        return same if test.op == "eq" else not same
    if test.op == "isAnyOf":
        return bool(have) and have <= want
    if test.op == "isNoneOf":
        return not have & want
    if test.op == "isAllOf":
        return have == want
    if test.op == "hasPart":
        return want <= have
    if test.op in ("isA", "isPartOf"):
        return bool(have) and all(any(_within(h, w, world) for w in want) for h in have)
    return None


def _order(kind: str, left: str, right: str) -> int | None:
    try:
        if kind == "number":
            a, b = Decimal(left), Decimal(right)
            if not (a.is_finite() and b.is_finite()):
                return None
            return (a > b) - (a < b)
        x, y = moment(left), moment(right)
        return (x > y) - (x < y)
    except (ValueError, InvalidOperation):
        return None


def moment(text: str) -> datetime:
    """A moment with its zone; without one it is UTC. Raises ValueError."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def decide(policy: Policy, request: Request, world: World, words: Vocabulary | None = None) -> Decision:
    """Allowed only when a permission is active and no prohibition is; nothing said means no."""
    reports = evaluate(policy, request, world, words)
    permits = [r for r in reports if r.active and r.rule.kind == "permission"]
    forbids = [r for r in reports if r.active and r.rule.kind == "prohibition"]
    if forbids and not (permits and policy.conflict == "perm"):
        return Decision(False, forbids[0].because, reports)
    if not permits:
        reasons = [r.because for r in reports if r.rule.kind == "permission"]
        return Decision(False, reasons[0] if reasons else "no permission speaks of it", reports)
    owed = tuple(d for r in permits for d, state in r.conditions if state == OPEN)
    return Decision(True, permits[0].because, reports, owed)
