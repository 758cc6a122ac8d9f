"""The because of a verdict, in one sentence that names facts, values and documents.

Reading order: because_yes, because_no, because_unknown.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..condition import UNKNOWN, Condition, Name, Not, Outcome, Test, evaluate
from ..words import Listed

if TYPE_CHECKING:
    from .recognize import Blocked, Held
    from .view import View

MOST_REASONS = 3


def because_yes(outcome: Outcome, view: View, used: Sequence[Held] = (), via: Sequence[str] = ()) -> str:
    """Why a demand holds."""
    parts = []
    for held in used:
        if held.via:
            what = f"{held.evidence or 'the evidence'} counts as {held.entry} through {' and '.join(held.via)}"
            parts.append(what + (f"; still to do: {'; '.join(held.residual)}" if held.residual else ""))
        else:
            kind = spoken(held.kinds[0]) if held.kinds else "evidence"
            parts.append(f"{held.evidence} ({kind}) shows {held.entry}" if held.evidence else f"{held.entry} is stated")
    for test, truth, value in outcome.tests:
        if (truth is True and test.op != "has" and value is not UNKNOWN) or (
            truth is True and test.op == "has" and not used
        ):
            parts.append(_is(test, value, view))
    parts = list(dict.fromkeys(parts))
    return _sentence(parts) if parts else "Every test of it holds."


def because_no(condition: Condition, view: View) -> str:
    """Which tests decided against, each the way it stands in the condition."""
    parts = []
    for test, excluded in _against(condition, view, wanted=True):
        value = view.look(test.fact)
        parts.append(_is(test, value, view) + (", which it excludes" if excluded else f", asked is {_asked(test)}"))
        parts += _reason(test, view)
    return _sentence(list(dict.fromkeys(parts)))


def _reason(test: Test, view: View) -> list[str]:
    """What the surveyor who stated a fact says of it: `session.reason` beside `session.outcome`."""
    name = f"{test.fact.partition('.')[0]}.reason"
    said = view.look(name) if name in view.words and name != test.fact else UNKNOWN
    return [str(said)] if said is not UNKNOWN else []


def _against(condition: Condition, view: View, *, wanted: bool) -> list[tuple[Test, bool]]:
    """The tests that keep a condition from being what is wanted, and whether they stand under a `not`."""
    if evaluate(condition, view.look, view.words).truth is not (not wanted):
        return []
    if isinstance(condition, Test):
        return [(condition, not wanted)]
    if isinstance(condition, Not):
        return _against(condition.part, view, wanted=not wanted)
    return [found for part in condition.parts for found in _against(part, view, wanted=wanted)]


def because_unknown(
    outcome: Outcome,
    view: View,
    accepted: Sequence[str] = (),
    idle: Sequence[tuple[Held, str]] = (),
    blocked: Sequence[Blocked] = (),
) -> str:
    """Which facts nobody has stated or shown, what is in hand, and why that does not do."""
    parts = []
    for test, truth, _ in outcome.tests:
        if truth is not None:
            continue
        holder = view.holder(test.fact)
        whose = f" for {holder.id}" if holder else ""
        if holder and (holder.id, test.fact) in view.index.disputed:
            said = view.index.disputed[(holder.id, test.fact)]
            parts.append(
                f"{test.fact} is disputed{whose}: "
                + ", ".join(f"{f.value} ({f.origin.name or 'the project'})" for f in said)
            )
        elif test.op == "has" and accepted:
            kinds = " or ".join(spoken(a) for a in accepted)
            parts.append(f"no {kinds} shows {_asked(test)}{whose}")
        elif holder is None:
            parts.append(f"{test.fact} is asked, but no {' or '.join(view.words.word(test.fact).about)} is described")
        else:
            parts.append(
                f"{test.fact} is not stated{whose}"
                if test.op != "has"
                else f"{test.fact} does not list {_asked(test)}{whose}"
            )
    parts = list(dict.fromkeys(parts))
    more = [why for _, why in idle if why][:MOST_REASONS]
    more += [
        f"{b.recognition} does not help: {b.why}"
        for b in blocked
        if "declared" in b.why or "asks who" in b.why or "carries a" in b.why
    ][:MOST_REASONS]
    text = _sentence(parts)
    return text + (" In hand: " + _sentence(list(dict.fromkeys(more)), first=False) if more else "")


def spoken(word: str) -> str:
    """A word of the library as people write it."""
    return word.replace("_", " ")


def _is(test: Test, value: Any, view: View) -> str:
    holder = view.holder(test.fact)
    of = f"{holder.id}: " if holder and holder.id != view.subject.id else ""
    if isinstance(value, Listed):
        shown = ", ".join(value.entries) or "empty"
        return f"{of}{test.fact} is {shown}"
    if value is UNKNOWN:
        return f"{of}{test.fact} is not stated"
    if isinstance(value, bool):
        return f"{of}{test.fact} is {'true' if value else 'false'}"
    return f"{of}{test.fact} is {value}"


def _asked(test: Test) -> str:
    if isinstance(test.value, Name):
        return f"{test.op} {test.value.name}"
    if isinstance(test.value, tuple):
        joined = " and " if test.every else " or "
        return joined.join(str(v) for v in test.value)
    if test.op in ("is", "known"):
        return "true" if test.op == "is" else "any value"
    return str(test.value) if test.op in ("==", "has") else f"{test.op} {test.value}"


def _sentence(parts: list[str], first: bool = True) -> str:
    """Parts joined and closed; only words are capitalized, never an id."""
    text = "; ".join(parts)
    if not text:
        return ""
    if first and text.startswith("no "):
        text = "N" + text[1:]
    return text if text.endswith(".") else text + "."
