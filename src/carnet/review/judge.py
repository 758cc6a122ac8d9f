"""Judge one requirement for one subject in one market: the readable way, one cell at a time.

Applicability first, then the demand on what evidence shows directly, then on what recognitions carry. The result is a
verdict with its because, what is missing, which documents and recognitions it rests on, and the cheapest question.
How far the text has come is not decided here (see `review`): examples, what-ifs and exposure judge the same way.
Reading order: Case, Judged, judge(), then the three steps _applies, _demands, _carried.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from ..catalog import EVERYWHERE, Catalog
from ..condition import Condition, Either, Not, Outcome, Test, evaluate, names, tests
from ..waist import VERDICTS, Evidence, Fact, Project, Requirement, Subject, Verdict
from ..words import EFFORTS
from .phrases import because_no, because_unknown, because_yes
from .recognize import Blocked, Held, Recognizer
from .view import MOST_VIEWS, Index, View, views

# Kinds of evidence by which an authority speaks: they count at home; elsewhere only through a recognition.
ACTS = ("type_approval", "registration", "licence")
PROOF = ("tested_to", "approvals")  # lists that only certain kinds of documents can fill (data/words/evidence.yaml)


@dataclass(frozen=True, slots=True)
class Case:
    """Everything a judgement stands on besides the rule and the subject."""

    catalog: Catalog
    project: Project
    index: Index
    market: str
    recognizer: Recognizer | None
    evidence: dict[str, Evidence] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Judged:
    """The answer to one rule, before its standing is considered."""

    verdict: Verdict
    because: str
    missing: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    via: tuple[str, ...] = ()
    residual: tuple[str, ...] = ()
    question: str = ""
    effort: str = ""
    outcomes: tuple[tuple[str, Outcome], ...] = ()  # ('applies' | 'demands', outcome), for `why`
    view: View | None = None


def judge(rule: Requirement, subject: Subject, case: Case) -> Judged:
    """The worst answer over every choice of related subjects."""
    words = case.catalog.words
    applies = case.catalog.condition(rule.applies) if rule.applies else None
    demands = case.catalog.condition(rule.demands) if rule.demands else None
    asked = [n for c in (applies, demands) if c for n in names(c)]
    found = [_judge(rule, applies, demands, view, case) for view in views(case.index, words, subject, asked)]
    worst = max(found, key=lambda j: VERDICTS.index(j.verdict))
    if len(found) == MOST_VIEWS and worst.verdict in ("not_applicable", "met", "residual"):
        because = f"More than {MOST_VIEWS:,} combinations of related things were not all judged. {worst.because}"
        return replace(worst, verdict="undecided", because=because, question="Can the project be split?")
    if len(found) > 1 and worst.view and worst.view.chosen and len({j.verdict for j in found}) > 1:
        failing = ", ".join(s.id for s in worst.view.chosen.values())
        worst = replace(worst, because=f"With {failing}: {worst.because}")
    if rule.asks and worst.verdict in ("met", "residual"):
        return replace(
            worst,
            verdict="undecided",
            question=rule.asks,
            because=f"{worst.because} A question stays open: {rule.asks}",
        )
    return worst


def _judge(rule: Requirement, applies: Condition | None, demands: Condition | None, view: View, case: Case) -> Judged:
    words, trail = case.catalog.words, []
    if applies:
        outcome = evaluate(applies, view.look, words)
        trail.append(("applies", outcome))
        if outcome.truth is False:
            return Judged(
                "not_applicable", f"It does not apply: {because_no(outcome, view)}", outcomes=tuple(trail), view=view
            )
        if outcome.truth is None:
            because = f"Whether it applies is not known: {because_unknown(outcome, view)}"
            question, effort = _question(outcome.missing, view)
            return Judged(
                "unproven", because, outcome.missing, question=question, effort=effort, outcomes=tuple(trail), view=view
            )
    if demands is None:
        return Judged(
            "undecided",
            f"Nobody has answered yet: {rule.asks}",
            question=rule.asks,
            effort="ask_authority",
            outcomes=tuple(trail),
            view=view,
        )
    return _demands(rule, demands, view, case, trail)


def _demands(rule: Requirement, demands: Condition, view: View, case: Case, trail: list[tuple[str, Outcome]]) -> Judged:
    words = case.catalog.words
    wanted = {
        t.fact: _wanted(demands, t.fact)
        for t in tests(demands)
        if t.op == "has" and words.word(t.fact).items != "words"
    }
    held, idle = _held(rule, view, case, tuple(wanted)) if rule.evidence else (_said(view, case, tuple(wanted)), [])
    direct = View(view.index, words, view.subject, view.chosen, _shown(held))
    outcome = evaluate(demands, direct.look, words)
    if outcome.truth is True:
        used = _used(demands, direct, held)
        return Judged(
            "met",
            because_yes(outcome, direct, used),
            evidence=_documents(used),
            outcomes=(*trail, ("demands", outcome)),
            view=direct,
        )
    carried, blocked = _carried(rule, wanted, view, case, held, idle) if rule.evidence else ({}, [])
    if carried:
        both = {n: [*held.get(n, []), *carried.get(n, [])] for n in {*held, *carried, *wanted}}
        full = View(view.index, words, view.subject, view.chosen, _shown(both))
        second = evaluate(demands, full.look, words)
        if second.truth is True:
            used = _used(demands, full, both)
            via = tuple(dict.fromkeys(v for h in used for v in h.via))
            residual = tuple(dict.fromkeys(r for h in used for r in h.residual))
            verdict: Verdict = "residual" if residual else "met"
            because = because_yes(second, full, used, via=via)
            return Judged(
                verdict,
                because,
                evidence=_documents(used),
                via=via,
                residual=residual,
                outcomes=(*trail, ("demands", second)),
                view=full,
            )
    trail.append(("demands", outcome))
    if outcome.truth is False:
        failed = [
            (f.origin.name, e) for n in wanted for f in view.said(n) if f.refuted for e in f.value if e in wanted[n]
        ]
        because = "".join(f"{who} did not pass {entry}. " for who, entry in failed) + because_no(outcome, direct)
        documents = tuple(dict.fromkeys(who for who, _ in failed))
        return Judged("unmet", because, evidence=documents, outcomes=tuple(trail), view=direct)
    question, effort = _show_question(rule, demands, outcome, direct)
    entries = [e for group in wanted.values() for e in group]
    stuck = {b.entry for b in blocked}  # a recognition speaks of these: what holds it up belongs into the because
    idle = [(h, why) for h, why in idle if case.catalog.speaks_to(h.entry, entries) or h.entry in stuck]
    because = because_unknown(outcome, direct, rule.evidence, idle, blocked)
    documents = tuple(dict.fromkeys(h.evidence for h, _ in idle if h.evidence))
    return Judged(
        "unproven",
        because,
        outcome.missing,
        documents,
        question=question,
        effort=effort,
        outcomes=tuple(trail),
        view=direct,
    )


def _wanted(condition: Condition, fact: str) -> tuple[str, ...]:
    found: list[str] = []
    for test in tests(condition):
        if test.fact == fact and test.op == "has":
            found += test.value if isinstance(test.value, tuple) else [test.value]
    return tuple(found)


def _held(
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
        if not counts[name]:
            idle += [
                (Held(e.standard or e.approval, e.id, (e.kind,)), f"{e.id} does not count: {'; '.join(e.problems)}")
                for e in _spoiled(view, name, case)
            ]
    return counts, idle


def _said(view: View, case: Case, facts: tuple[str, ...]) -> dict[str, list[Held]]:
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


def _spoiled(view: View, name: str, case: Case) -> list[Evidence]:
    """Documents about the holder that do not count on the day."""
    holder = view.holder(name)
    if holder is None:
        return []
    return [e for e in case.evidence.values() if e.problems and holder.id in e.about and (e.standard or e.approval)]


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
            f"{held.evidence} is a {_plain(kind)} to {held.entry}; accepted here: {_plain(' or '.join(rule.evidence))}"
        )
    if kind in ACTS:
        if not held.issued_in:
            return f"{held.evidence} does not say in which economy it was granted"
        if held.issued_in not in home:
            return f"{held.evidence} was granted in {case.catalog.name(held.issued_in)}"
    return ""


def _carried(
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
            and not case.evidence[h.evidence].problems
            and holder
            and holder.id in case.evidence[h.evidence].about
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


def _shown(held: dict[str, list[Held]]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(dict.fromkeys(h.entry for h in items)) for name, items in held.items()}


def _used(condition: Condition, view: View, held: dict[str, list[Held]]) -> list[Held]:
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
    parts = [_used(part, view, held) for part in condition.parts if not _idles(part, view)]
    return min(parts, key=_work, default=[]) if isinstance(condition, Either) else [h for part in parts for h in part]


def _idles(condition: Condition, view: View) -> bool:
    """Whether a part does not hold, so that nothing rests on it."""
    return evaluate(condition, view.look, view.words).truth is not True


def _work(used: list[Held]) -> tuple[int, int]:
    """How much is left to do, and by how many links it came."""
    return len({r for h in used for r in h.residual}), sum(len(h.via) for h in used)


def _documents(used: list[Held]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(h.evidence for h in used if h.evidence))


def _question(missing: tuple[str, ...], view: View) -> tuple[str, str]:
    """The cheapest question among the missing facts, and what asking costs."""
    rows = sorted((view.words.word(n) for n in missing), key=lambda w: EFFORTS.index(w.effort))
    if not rows:
        return "", ""
    holder = view.holder(rows[0].name)
    of = f" ({holder.id})" if holder else ""
    return (rows[0].ask or f"What is {rows[0].name}?") + of, rows[0].effort


def _show_question(rule: Requirement, demands: Condition, outcome: Outcome, view: View) -> tuple[str, str]:
    """What to ask or show next for a demand that is not proven."""
    plain = tuple(n for n in outcome.missing if view.words.word(n).type != "list")
    if plain:
        return _question(plain, view)
    lists = [t for t in _positive(demands) if t.op == "has" and t.fact in outcome.missing]
    if not lists:
        return _question(outcome.missing, view)
    entries = [e for t in lists for e in (t.value if isinstance(t.value, tuple) else (t.value,))]
    holder = view.holder(lists[0].fact)
    kinds = _plain(" or ".join(rule.evidence)) or "statement"
    effort = "approve" if set(rule.evidence) & set(ACTS) else "test" if rule.evidence else "ask_maker"
    return (
        f"Is there a {kinds} to {' or '.join(dict.fromkeys(entries))} for {holder.id if holder else view.subject.id}?",
        effort,
    )


def _positive(condition: Condition) -> list[Test]:
    if isinstance(condition, Test):
        return [condition]
    if isinstance(condition, Not):
        return []
    return [t for p in condition.parts for t in _positive(p)]


def _plain(kind: str) -> str:
    return kind.replace("_", " ")
