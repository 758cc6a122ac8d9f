"""What a method demands of the data behind a number, and whether the inventory keeps it.

The number itself does not change; a reader must know that it is not one the method would accept. Verdicts are those of
a review: met, unmet, unproven (something is not stated), undecided (a human question).
Reading order: demands(), then one function per demand.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..words import span
from .footprint import Footprint, quality
from .methods import months_after
from .terms import Term

MOST = 5  # places shown of each demand


def demands(found: Footprint, on: str) -> list[dict[str, Any]]:
    """Every demand of the method on data, with its verdict, the share of the result it touches, and places."""
    rows = [*company_data(found), *ratings(found), *age(found, on), *verification(found)]
    return [
        {"demand": demand, "verdict": verdict, "says": says, "share": share, "places": [str(t.place) for t in terms]}
        for demand, verdict, says, share, terms in rows
    ]


Row = tuple[str, str, str, float | None, list[Term]]


def company_data(found: Footprint) -> Iterator[Row]:
    """Stages whose amounts must be the company's own."""
    rule = found.method.form.company_specific
    if rule is None:
        return
    sizes = [abs(float(v)) for v in found.by_term]
    whole = sum(sizes)
    lacking = []
    for size, term in zip(sizes, found.terms, strict=True):
        own = found.inventory.data_of.get(term.node[0], (0.0, None))[0]
        if size and term.stage in rule.stages and term.data != "primary" and own < 1:
            lacking.append((size * (1 - own), term))
    stages = ", ".join(rule.stages)
    if not lacking:
        yield "company_data", "met", f"the amounts of {stages} are the company's own", 0.0, []
        return
    lacking.sort(key=lambda pair: (-pair[0], str(pair[1].place)))
    unsaid = sum(1 for _, t in lacking if not t.data)
    says = f"{found.method.id} asks for company data in {stages}; {len(lacking)} amounts are not said to be primary"
    verdict = "unproven" if unsaid == len(lacking) else "unmet"
    yield "company_data", verdict, says, sum(s for s, _ in lacking) / whole, [t for _, t in lacking[:MOST]]


def ratings(found: Footprint) -> Iterator[Row]:
    """Ratings by the method's indicators of every input above its threshold."""
    rule = found.method.form.data_quality
    if not rule.indicators:
        return
    sizes = [abs(float(v)) for v in found.by_term]
    whole = sum(sizes)
    lacking: list[tuple[float, Term]] = []
    for size, term in zip(sizes, found.terms, strict=True):
        known = found.inventory.data_of.get(term.node[0], (0.0, None))[1]
        absent = {i for i in rule.indicators if i not in dict(term.ratings)}
        if whole and size and size / whole >= rule.over and known is None and absent:
            lacking.append((size, term))
    lacking.sort(key=lambda pair: (-pair[0], str(pair[1].place)))
    over = f" above {rule.over:.0%} of the result" if rule.over else ""
    if lacking:
        says = f"{len(lacking)} inputs{over} lack a rating by {', '.join(rule.indicators)}"
        yield "data_quality", "unproven", says, sum(s for s, _ in lacking) / whole, [t for _, t in lacking[:MOST]]
    else:
        yield "data_quality", "met", f"every input{over} is rated ({quality(found)[0]})", 0.0, []


def age(found: Footprint, on: str) -> Iterator[Row]:
    """A number holds for so many years after its period."""
    rule, period = found.method.form.validity, found.inventory.form.period
    if rule is None:
        return
    if period is None:
        yield "validity", "unproven", f"the period is not stated; a number holds {rule.years} years after it", None, []
        return
    until = months_after(span(period.to)[1], 12 * rule.years)
    verdict = "met" if on <= until else "unmet"
    yield "validity", verdict, f"the period ends on {period.to}; the number holds until {until}", None, []


def verification(found: Footprint) -> Iterator[Row]:
    """A check by others, where the method makes it a duty: nothing computed here can show it."""
    rule = found.method.form.verification
    if rule.mandatory:
        yield "verification", "unproven", f"verification is mandatory: by {rule.by}", None, []
