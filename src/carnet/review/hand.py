"""What is in hand for a demand: documents that count, what they become through recognitions, what does not do and why.

A rule that names kinds of evidence counts only documents of these kinds; an act of an authority counts at home and
where the rule says it may be granted. What does not count is kept with its reason, for the because.
Reading order: counting(), stated(), carried_over(), used_by().
"""

from __future__ import annotations

from dataclasses import replace

from ..catalog import EVERYWHERE, Catalog
from ..condition import Condition, Either, Not, Test, evaluate
from ..waist import Evidence, Fact, Requirement
from .case import ACTS, PROOF, Case
from .phrases import spoken
from .recognize import Blocked, Held
from .view import View


def counting(
    rule: Requirement, view: View, case: Case, facts: tuple[str, ...]
) -> tuple[dict[str, list[Held]], list[tuple[Held, str]]]:
    """What evidence shows that this rule accepts, by fact; and what is there but does not count, with why."""
    speaks_from = () if rule.market == EVERYWHERE else (rule.market,)
    home = case.catalog.members([case.market, *speaks_from, *rule.granted_in])
    counts: dict[str, list[Held]] = {}
    idle: list[tuple[Held, str]] = []
    for name in facts:
        counts[name] = []
        for fact in view.said(name):
            if fact.refuted:
                continue
            for entry in fact.value:
                held = _as_held(entry, fact, case)
                why = "" if fact.origin.kind in ("example", "what_if") else _idle(rule, held, fact, home, case)
                if why:
                    idle.append((held, why))
                else:
                    counts[name].append(held)
        holder = view.holder(name)
        for evidence, why in _spoiled(holder.id, case) if holder else ():
            entry = evidence.standard or evidence.approval
            idle.append((Held(entry, evidence.id, (evidence.kind,)), f"{evidence.id} does not count: {why}"))
    return counts, idle


def stated(view: View, case: Case, facts: tuple[str, ...]) -> dict[str, list[Held]]:
    """What counts where a rule asks no kind of evidence: every statement, and what a document of its kind can show."""
    counts: dict[str, list[Held]] = {}
    for name in facts:
        what = name.rpartition(".")[2]
        counts[name] = []
        for fact in view.said(name):
            states = [s for k in fact.origin.kinds for s in case.catalog.evidence_kinds[k]["states"]]
            idle = what in PROOF and fact.origin.kinds and what not in states
            if not fact.refuted and not idle:
                counts[name] += [_as_held(entry, fact, case) for entry in fact.value]
    return counts


def _spoiled(subject: str, case: Case) -> list[tuple[Evidence, str]]:
    """Documents about a subject that do not count for it on the day, each with its reasons."""
    about = [e for e in case.evidence.values() if subject in e.about and (e.standard or e.approval)]
    return [(e, "; ".join(why)) for e in about if (why := e.against(subject))]


def _as_held(entry: str, fact: Fact, case: Case) -> Held:
    evidence = case.evidence.get(fact.origin.name) if fact.origin.kind == "evidence" else None
    return Held(entry, evidence.id if evidence else "", fact.origin.kinds, evidence.issuer_economy if evidence else "")


def _idle(rule: Requirement, held: Held, fact: Fact, home: set[str], case: Case) -> str:
    """Why an entry does not count directly for this rule, or nothing."""
    if not held.evidence:
        return f"{held.entry} is stated by {fact.origin.name or 'the project'}, but no document shows it"
    kind = held.kinds[0] if held.kinds else ""
    if kind not in rule.evidence:
        return (
            f"{held.evidence} is a {spoken(kind)} to {held.entry}; accepted here: {spoken(' or '.join(rule.evidence))}"
        )
    if kind in ACTS:
        if not held.issued_in:
            return f"{held.evidence} does not say in which economy it was granted"
        if held.issued_in not in home:
            return f"{held.evidence} was granted in {case.catalog.name(held.issued_in)}"
    return ""


def carried_over(
    rule: Requirement,
    wanted: dict[str, tuple[str, ...]],
    view: View,
    case: Case,
    held: dict[str, list[Held]],
    idle: list[tuple[Held, str]],
) -> tuple[dict[str, list[Held]], list[Blocked]]:
    """Entries that recognitions make of what is in hand, by fact."""
    if case.recognizer is None or not wanted:
        return {}, []
    carried: dict[str, list[Held]] = {}
    blocked: list[Blocked] = []
    for name, entries in wanted.items():
        holder = view.holder(name)
        in_hand = [
            h
            for h, _ in idle
            if h.evidence
            and holder
            and holder.id in case.evidence[h.evidence].about
            and not case.evidence[h.evidence].against(holder.id)
        ]
        found, stuck = case.recognizer.carried([*held.get(name, []), *in_hand], case.evidence, entries, view.look)
        found = [h for h in found if not h.kinds or set(h.kinds) & set(rule.evidence)]
        carried[name] = found + _without_series([*held.get(name, []), *found], entries, case.catalog)
        blocked += [b for b in stuck if b not in blocked]
    return ({n: h for n, h in carried.items() if h}), blocked


def _without_series(held: list[Held], wanted: tuple[str, ...], catalog: Catalog) -> list[Held]:
    """A rule that names a text without its series: any series shown counts, with the series left to check."""
    found = []
    for want in wanted:
        row = catalog.standards.get(want)
        if row is None or row["series"] is not None or not row["family"]:
            continue
        for item in held:
            have = catalog.standards.get(item.entry)
            if have and have["family"] == row["family"] and have["series"] is not None:
                check = f"check: the rule names no series of {want}; {item.entry} was shown"
                found.append(replace(item, entry=want, residual=(*item.residual, check)))
    return found


def shown(held: dict[str, list[Held]]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(dict.fromkeys(h.entry for h in items)) for name, items in held.items()}


def used_by(condition: Condition, view: View, held: dict[str, list[Held]]) -> list[Held]:
    """The entries a demand that holds rests on: all that it joins, and of alternatives the one with the least work."""
    if isinstance(condition, Not) or evaluate(condition, view.look, view.words).truth is not True:
        return []
    if isinstance(condition, Test):
        if condition.op != "has":
            return []
        wanted = condition.value if isinstance(condition.value, tuple) else (condition.value,)
        groups = [(w,) for w in wanted] if condition.every else [wanted]
        fitting = [[h for h in held.get(condition.fact, []) if h.entry in group] for group in groups]
        return [min(choice, key=lambda h: _work([h])) for choice in fitting if choice]
    parts = [used_by(part, view, held) for part in condition.parts if not _idles(part, view)]
    return min(parts, key=_work, default=[]) if isinstance(condition, Either) else [h for part in parts for h in part]


def _idles(condition: Condition, view: View) -> bool:
    """Whether a part does not hold, so that nothing rests on it."""
    return evaluate(condition, view.look, view.words).truth is not True


def _work(used: list[Held]) -> tuple[int, int]:
    """How much is left to do, and by how many links it came."""
    return len({r for h in used for r in h.residual}), sum(len(h.via) for h in used)


def documents(used: list[Held]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(h.evidence for h in used if h.evidence))
