"""Policies in the ODRL 2.2 information model, read from JSON-LD in its usual compact shape or from triples.

    Policy -> Rule (permission, prohibition, obligation) -> action, assignee, target, constraints, duties

Terms of the vocabulary lose their namespace, everything else keeps its full name. What the reader does not understand
is refused: a policy we misread could let something out.
Reading order: Constraint, Logic, Rule, Policy, from_json(), from_triples().
Source: W3C ODRL Information Model 2.2 (remembered).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from ...catalog.library import builtin
from ...errors import BadInput, nearest
from ...reading import read, shape

Kind = Literal["permission", "prohibition", "obligation"]
OPERATORS = ("eq", "neq", "lt", "lteq", "gt", "gteq", "isA", "hasPart", "isPartOf", "isAllOf", "isAnyOf", "isNoneOf")
LOGIC = ("and", "or", "xone", "andSequence")
MOST_RULES, MOST_DEPTH = 10_000, 20


class Operand(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    decided_by: Literal["request", "clock", "meter"]
    means: str
    type: Literal["word", "moment", "number"] = "word"


class Vocabulary(BaseModel):
    """Actions and operands of data/roads/licenses/vocabulary.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    sources: dict[str, dict[str, str]]
    source: str
    namespaces: tuple[str, ...]
    included_in: dict[str, str]
    operands: dict[str, Operand]

    def includes(self, wide: str, narrow: str) -> bool:
        """Whether an action is another or included in it."""
        seen: set[str] = set()
        while narrow != wide and narrow in self.included_in and narrow not in seen:
            seen.add(narrow)
            narrow = self.included_in[narrow]
        return narrow == wide

    def term(self, name: str) -> str:
        """A term without the vocabulary's namespace."""
        for space in self.namespaces:
            if name.startswith(space):
                return name[len(space) :]
        return name


@lru_cache(maxsize=2)
def vocabulary(root: Path | None = None) -> Vocabulary:
    path = (root or builtin()) / "roads" / "licenses" / "vocabulary.yaml"
    return shape(read(path, f"data/roads/licenses/{path.name}"), Vocabulary)


@dataclass(frozen=True, slots=True)
class Constraint:
    """left op right: one test on the circumstances of a request."""

    left: str
    op: str
    right: tuple[str, ...]
    uid: str = ""

    def __str__(self) -> str:
        return f"{self.left} {self.op} {', '.join(self.right)}"


@dataclass(frozen=True, slots=True)
class Logic:
    """Constraints joined by and, or, xone."""

    op: str
    parts: tuple[Test, ...]
    uid: str = ""

    def __str__(self) -> str:
        return f" {self.op} ".join(f"({p})" if isinstance(p, Logic) else str(p) for p in self.parts)


Test = Constraint | Logic


@dataclass(frozen=True, slots=True)
class Rule:
    """One permission, prohibition or duty. Empty action, assignee or target: any."""

    kind: Kind
    uid: str = ""
    action: str = ""
    assignee: str = ""
    assigner: str = ""
    target: str = ""
    tests: tuple[Test, ...] = ()
    duties: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True)
class Policy:
    """A set, offer or agreement. `conflict` is perm, prohibit or invalid (when left out, prohibit)."""

    uid: str
    rules: tuple[Rule, ...]
    kind: str = "Set"
    conflict: str = "prohibit"


class _Reader:
    """Plain nested data -> Policy; every refusal says what was not understood."""

    def __init__(self, words: Vocabulary) -> None:
        self.words = words
        self.rules = 0

    def policy(self, raw: Mapping[str, Any]) -> Policy:
        known = {"@context", "@type", "@id", "type", "uid", "profile", "conflict", "permission", "prohibition"}
        known |= {"obligation", "assigner", "assignee", "target", "action", "inheritFrom", "about", "title"}
        for key in raw:
            if (
                key.partition(":")[0] not in ("dct", "dc", "rdfs", "schema", "carnet")
                and self.words.term(key) not in known
            ):
                raise BadInput(f"policy: the key {key!r} is not understood; {nearest(key, known)}")
        plain = {self.words.term(k): v for k, v in raw.items()}
        if plain.get("inheritFrom"):
            raise BadInput("policy: inheritFrom is not read; write the inherited rules into the policy")
        common: dict[str, Any] = {k: plain[k] for k in ("assigner", "assignee", "target", "action") if k in plain}
        rules = tuple(
            self.rule(kind, {**common, **one}, 0)
            for kind in ("permission", "prohibition", "obligation")
            for one in _many(plain.get(kind))
        )
        conflict = self.words.term(str(_one(plain.get("conflict"), "prohibit")))
        if conflict not in ("perm", "prohibit", "invalid"):
            raise BadInput(f"policy: conflict {conflict!r} is not perm, prohibit or invalid")
        uid = _one(plain.get("uid") or plain.get("@id"), "")
        kind = self.words.term(_one(plain.get("@type") or plain.get("type"), "Set"))
        return Policy(str(uid), rules, kind, conflict)

    def rule(self, kind: Any, raw: Mapping[str, Any], depth: int) -> Rule:
        self.rules += 1
        if self.rules > MOST_RULES or depth > MOST_DEPTH:
            raise BadInput(f"policy: more than {MOST_RULES} rules, or rules nested deeper than {MOST_DEPTH}")
        if not isinstance(raw, Mapping):
            raise BadInput(f"policy: a {kind} is {raw!r}, not an object")
        plain = {self.words.term(k): v for k, v in raw.items()}
        known = {"@type", "type", "@id", "uid", "action", "assignee", "assigner", "target", "constraint", "duty"}
        known |= {"remedy", "consequence", "relation", "function"}
        for key in plain:
            if key not in known:
                raise BadInput(f"policy: the key {key!r} of a {kind} is not understood; {nearest(key, known)}")
        action, refined = self.action(plain.get("action"))
        target, narrowed = self.asset(plain.get("target"))
        party, wider = self.asset(plain.get("assignee"))
        tests = tuple(self.test(t, depth) for t in _many(plain.get("constraint")))
        duties = tuple(self.rule("obligation", d, depth + 1) for k in ("duty", "remedy") for d in _many(plain.get(k)))
        return Rule(
            kind=kind,
            uid=str(_one(plain.get("uid") or plain.get("@id"), "")),
            action=action,
            assignee=party,
            assigner=self.asset(plain.get("assigner"))[0],
            target=target,
            tests=(*tests, *refined, *narrowed, *wider),
            duties=duties,
        )

    def action(self, raw: Any) -> tuple[str, tuple[Test, ...]]:
        first = _many(raw)
        if len(first) > 1:
            raise BadInput("policy: a rule names several actions; write one rule for each")
        if not first:
            return "", ()
        one = first[0]
        if not isinstance(one, Mapping):
            return self.words.term(str(one)), ()
        plain = {self.words.term(k): v for k, v in one.items()}
        name = plain.get("rdf:value") or plain.get("value") or plain.get("@id")
        while isinstance(name, Mapping):
            name = name.get("@id")
        if not isinstance(name, str):
            raise BadInput(f"policy: the action {one!r} has no name")
        return self.words.term(name), tuple(self.test(t, 0) for t in _many(plain.get("refinement")))

    def asset(self, raw: Any) -> tuple[str, tuple[Test, ...]]:
        many = _many(raw)
        if len(many) > 1:
            raise BadInput("policy: a rule names several targets or parties; write one rule for each")
        if not many:
            return "", ()
        one = many[0]
        if not isinstance(one, Mapping):
            return str(one), ()
        plain = {self.words.term(k): v for k, v in one.items()}
        tests = tuple(self.test(t, 0) for t in _many(plain.get("refinement")))
        return str(plain.get("uid") or plain.get("source") or plain.get("@id") or ""), tests

    def test(self, raw: Any, depth: int) -> Test:
        if depth > MOST_DEPTH or not isinstance(raw, Mapping):
            raise BadInput(f"policy: a constraint is not understood: {str(raw)[:60]!r}")
        plain = {self.words.term(k): v for k, v in raw.items()}
        uid = str(_one(plain.get("uid") or plain.get("@id"), ""))
        for op in LOGIC:
            if op in plain:
                inner = plain[op]
                parts = inner.get("@list", inner) if isinstance(inner, Mapping) else inner
                return Logic(op, tuple(self.test(p, depth + 1) for p in _many(parts)), uid)
        op = self.words.term(str(_id(_one(plain.get("operator"), ""))))
        if op not in OPERATORS:
            raise BadInput(f"policy: no operator is called {op!r}; {nearest(op, OPERATORS)}")
        left = self.words.term(str(_id(_one(plain.get("leftOperand"), ""))))
        values = _many(plain.get("rightOperand") or plain.get("rightOperandReference"))
        return Constraint(left, op, tuple(_literal(v) for v in values), uid)


def _many(raw: Any) -> list[Any]:
    return [] if raw is None else raw if isinstance(raw, list) else [raw]


def _one(raw: Any, default: Any) -> Any:
    many = _many(raw)
    return many[0] if many else default


def _id(raw: Any) -> Any:
    return raw.get("@id", "") if isinstance(raw, Mapping) else raw


def _literal(raw: Any) -> str:
    if isinstance(raw, Mapping):
        return str(raw.get("@value", raw.get("@id", "")))
    return str(raw)


def from_json(raw: Mapping[str, Any], words: Vocabulary | None = None) -> Policy:
    """A policy in compact JSON-LD; raises BadInput for what is not understood."""
    if not isinstance(raw, Mapping):
        raise BadInput("policy: is not an object")
    return _Reader(words or vocabulary()).policy(raw)


def from_triples(triples: Iterable[tuple[str, str, str]], uid: str, words: Vocabulary | None = None) -> Policy:
    """A policy from statements (subject, predicate, object): every term by its full name, literals by their value."""
    words = words or vocabulary()
    about: dict[str, dict[str, list[str]]] = {}
    for subject, predicate, value in triples:
        about.setdefault(subject, {}).setdefault(words.term(predicate), []).append(value)
    keep = {"permission", "prohibition", "obligation", "duty", "remedy", "constraint", "refinement", *LOGIC}
    fields = {"action", "assignee", "assigner", "target", "conflict", "leftOperand", "operator", "rightOperand"}

    def nested(node: str, depth: int) -> dict[str, Any]:
        if depth > MOST_DEPTH:
            raise BadInput(f"policy: {node} nests deeper than {MOST_DEPTH}")
        plain: dict[str, Any] = {"uid": node}
        for key, values in about.get(node, {}).items():
            if key in keep:
                plain[key] = [nested(v, depth + 1) for v in values]
            elif key in fields:
                plain[key] = values if len(values) > 1 else values[0]
        return plain

    return _Reader(words).policy(nested(uid, 0))
