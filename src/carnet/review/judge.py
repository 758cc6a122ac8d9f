"""Judge one requirement for one subject in one market: the readable way, one cell at a time.

Applicability first, then the demand on what evidence shows directly, then on what recognitions carry. The result is a
verdict with its because, what is missing, which documents and recognitions it rests on, and the cheapest question.
How far the text has come is not decided here (see `review`): examples, what-ifs and exposure judge the same way.
Reading order: Judged, judge(), _judge(), _demands().
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..condition import Condition, Outcome, evaluate, names, tests
from ..waist import VERDICTS, Requirement, Subject, Verdict
from .asking import cheapest, settling, to_show
from .case import Case
from .hand import carried_over, counting, documents, shown, stated, used_by
from .phrases import because_no, because_unknown, because_yes
from .view import MOST_VIEWS, View, views


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
    found = [
        _judge(rule, applies, demands, view, case) for view in views(case.index, words, subject, asked, case.market)
    ]
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
                "not_applicable", f"It does not apply: {because_no(applies, view)}", outcomes=tuple(trail), view=view
            )
        if outcome.truth is None:
            because = f"Whether it applies is not known: {because_unknown(outcome, view)}"
            question, effort = cheapest(settling(applies, view), view)
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
    held, idle = counting(rule, view, case, tuple(wanted)) if rule.evidence else (stated(view, case, tuple(wanted)), [])
    direct = View(view.index, words, view.subject, view.chosen, shown(held))
    outcome = evaluate(demands, direct.look, words)
    if outcome.truth is True:
        used = used_by(demands, direct, held)
        played = _simulated(demands, direct, case)
        only = f" Only a simulation says so: {', '.join(played)}." if played else ""
        return Judged(
            "residual" if played else "met",
            because_yes(outcome, direct, used) + only,
            evidence=documents(used),
            residual=tuple(f"show by measurement what was simulated: {name}" for name in played),
            outcomes=(*trail, ("demands", outcome)),
            view=direct,
        )
    carried, blocked = carried_over(rule, wanted, view, case, held, idle) if rule.evidence else ({}, [])
    if carried:
        both = {n: [*held.get(n, []), *carried.get(n, [])] for n in {*held, *carried, *wanted}}
        full = View(view.index, words, view.subject, view.chosen, shown(both))
        second = evaluate(demands, full.look, words)
        if second.truth is True:
            used = used_by(demands, full, both)
            via = tuple(dict.fromkeys(v for h in used for v in h.via))
            residual = tuple(dict.fromkeys(r for h in used for r in h.residual))
            verdict: Verdict = "residual" if residual else "met"
            because = because_yes(second, full, used, via=via)
            return Judged(
                verdict,
                because,
                evidence=documents(used),
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
        because = "".join(f"{who} did not pass {entry}. " for who, entry in failed) + because_no(demands, direct)
        papers = tuple(dict.fromkeys(who for who, _ in failed))
        return Judged("unmet", because, evidence=papers, outcomes=tuple(trail), view=direct)
    question, effort = to_show(rule, demands, direct)
    entries = [e for group in wanted.values() for e in group]
    stuck = {b.entry for b in blocked}  # a recognition speaks of these: what holds it up belongs into the because
    idle = [(h, why) for h, why in idle if case.catalog.speaks_to(h.entry, entries) or h.entry in stuck]
    because = because_unknown(outcome, direct, rule.evidence, idle, blocked)
    papers = tuple(dict.fromkeys(h.evidence for h, _ in idle if h.evidence))
    return Judged(
        "unproven",
        because,
        outcome.missing,
        papers,
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


def _simulated(demands: Condition, view: View, case: Case) -> list[str]:
    """The facts a demand rests on that nobody measured or declared: a simulation never certifies."""
    kinds = case.catalog.evidence_kinds
    found = []
    for name in dict.fromkeys(names(demands)):
        said = view.said(name)
        if said and all(f.origin.kinds and all(kinds[k]["simulated"] for k in f.origin.kinds) for f in said):
            found.append(name)
    return found
