"""What to ask or show next: the cheapest question that can move a verdict.

Of joined tests every unknown one must be answered, so the cheapest comes first; of alternatives the one with the
fewest unknown facts is asked, since answering half of another settles nothing.
Reading order: cheapest(), settling(), to_show().
"""

from __future__ import annotations

from ..condition import Condition, Either, Not, Test, evaluate
from ..waist import Requirement
from ..words import EFFORTS
from .case import ACTS
from .phrases import spoken
from .view import View


def cheapest(missing: tuple[str, ...], view: View) -> tuple[str, str]:
    """The cheapest question among the missing facts, and what asking costs."""
    rows = sorted((view.words.word(n) for n in missing), key=lambda w: EFFORTS.index(w.effort))
    if not rows:
        return "", ""
    holder = view.holder(rows[0].name)
    of = f" ({holder.id})" if holder else ""
    return (rows[0].ask or f"What is {rows[0].name}?") + of, rows[0].effort


def to_show(rule: Requirement, demands: Condition, view: View) -> tuple[str, str]:
    """What to ask or show next for a demand that is not proven, and what that costs."""
    missing = settling(demands, view)
    plain = tuple(n for n in missing if view.words.word(n).type != "list")
    lists = [t for t in _positive(demands) if t.op == "has" and t.fact in missing]
    if plain or not lists or not rule.evidence:
        return cheapest(plain or missing, view)
    entries = [e for t in lists for e in (t.value if isinstance(t.value, tuple) else (t.value,))]
    holder = view.holder(lists[0].fact)
    kinds = spoken(" or ".join(rule.evidence))
    whose = holder.id if holder else view.subject.id
    effort = "approve" if set(rule.evidence) & set(ACTS) else "test"
    return f"Is there a {kinds} to {' or '.join(dict.fromkeys(entries))} for {whose}?", effort


def _positive(condition: Condition) -> list[Test]:
    if isinstance(condition, Test):
        return [condition]
    if isinstance(condition, Not):
        return []
    return [t for p in condition.parts for t in _positive(p)]


def settling(condition: Condition, view: View) -> tuple[str, ...]:
    """The unknown facts worth asking for: all that are joined, and of alternatives those of the shortest."""
    outcome = evaluate(condition, view.look, view.words)
    if outcome.truth is not None:
        return ()
    if isinstance(condition, Test):
        return outcome.missing
    if isinstance(condition, Not):
        return settling(condition.part, view)
    parts = [found for part in condition.parts if (found := settling(part, view))]
    if isinstance(condition, Either):
        return min(parts, key=len, default=())
    return tuple(dict.fromkeys(n for part in parts for n in part))
