"""How far a text has come on a day, for an event, as far as it was known.

A status is a list of dated steps. A step counts when it was seen by the day of knowledge (what is remembered counts
always and is shown as such), when its event binds the event under review, and when its day has come. Days known only
to the month or year leave a stretch in which the answer is uncertain, and that is said.
Reading order: binds(), when(), Stand, stand(), Dates.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..waist import Event, Source, Standing, Status
from ..words import month_days, span

if TYPE_CHECKING:
    from .catalog import Catalog

NEVER, EVER = "9999-12-31", "0000-00-00"
BINDING = ("in_force", "published")
GONE = ("superseded", "withdrawn")
Dated = Callable[[str], str | None]  # id of a text -> the day it came into force, if known

# A date for a wider event binds the narrower ones too: a new type is also a new vehicle, a new vehicle is placed on
# the market, and what binds things in use binds new ones. The other way round it does not.
_BOUND_BY: dict[str, tuple[str, ...]] = {
    "new_type": ("new_type", "all_new", "placed_on_market", "in_use"),
    "all_new": ("all_new", "placed_on_market", "in_use"),
    "placed_on_market": ("placed_on_market", "all_new", "in_use"),
    "in_use": ("in_use",),
}
_SAYS = {
    "new_type": "new types",
    "all_new": "all new vehicles",
    "placed_on_market": "what is placed on the market",
    "in_use": "what is in use",
}


def binds(step: Event | None, review: Event) -> bool:
    """Whether a step for one event binds a review for another."""
    return step is None or step in _BOUND_BY[review]


def when(step: Status, dated: Dated) -> tuple[str, str]:
    """First and last day on which the step can begin."""
    if step.start == "unknown":
        return EVER, EVER
    if step.start is not None:
        return span(step.start)
    start = dated(step.after or "")
    if not start:
        return NEVER, NEVER
    first, last = span(start)
    return later(first, step.months), later(last, step.months)


def later(day: str, months: int) -> str:
    """The same day so many months on, or the last of that month."""
    year, month, date = (int(p) for p in day.split("-"))
    total = year * 12 + month - 1 + months
    year, month = divmod(total, 12)
    return f"{year:04d}-{month + 1:02d}-{min(date, month_days(year, month + 1)):02d}"


@dataclass(frozen=True, slots=True)
class Stand:
    """Where a text stands: now None means that nothing was known of it.

    certain   False when the day of a step is known too coarsely to say
    since     the written date of the step that counts
    next      the next step that would change it for this event: (date, standing, note)
    notes     sentences to show: unknown start, remembered, for other events
    """

    now: Standing | None
    certain: bool = True
    since: str = ""
    next: tuple[str, str, str] | None = None
    notes: tuple[str, ...] = ()
    step: Status | None = None


def stand(status: tuple[Status, ...], on: str, event: Event, known: str, dated: Dated) -> Stand:
    """Where a text stands on a day for an event, as known by a day."""
    steps = [s for s in status if s.seen is None or s.seen <= known]
    if not steps:
        return Stand(None)
    begun: list[tuple[str, int, Status]] = []
    maybe: list[tuple[str, int, Status]] = []
    ahead: list[tuple[str, int, Status]] = []
    others: list[tuple[str, int, Status]] = []
    for number, step in enumerate(steps):
        first, last = when(step, dated)
        bucket = others if not binds(step.event, event) else begun if last <= on else maybe if first <= on else ahead
        bucket.append((first, number, step))
    current = max(begun, key=lambda b: b[:2], default=None)
    notes = [_other(step, first, on) for first, _, step in others if first != NEVER]
    following = min(ahead, key=lambda b: b[:2], default=None)
    soon = (_written(following[2], dated), following[2].standing, _says(following[2])) if following else None
    if maybe:
        first, _, step = max(maybe, key=lambda b: b[:2])
        before: Standing = current[2].standing if current else "adopted"
        if step.standing != before:
            since = _written(step, dated)
            notes.append(f"{step.standing} since {since}, known no closer than that")
            # What may be gone may as well still bind: it stays, in doubt.
            shown = before if step.standing in GONE else step.standing
            return Stand(shown, False, since, soon, tuple(notes), step)
        current = (first, 0, step)
    if current is None:
        # A day of force is set but has not come, or binds another event only: the text is adopted, not in force.
        waiting = following or max(others, key=lambda b: b[:2])
        standing = "adopted" if waiting[2].standing in BINDING else waiting[2].standing
        return Stand(
            standing,
            True,
            "",
            soon or (_written(waiting[2], dated), waiting[2].standing, _says(waiting[2])),
            tuple(notes),
            waiting[2],
        )
    step = current[2]
    if step.start == "unknown" and step.standing in BINDING:
        notes.append("in force since a day nobody has recorded")
    return Stand(step.standing, True, _written(step, dated), soon, tuple(notes), step)


def _written(step: Status, dated: Dated) -> str:
    if step.start is not None:
        return step.start
    first, _ = when(step, dated)
    return f"{step.months} months after {step.after}" + (f" ({first})" if first != NEVER else ", whose day is not set")


def _says(step: Status) -> str:
    return f"for {_SAYS[step.event]}" if step.event else ""


def _other(step: Status, first: str, on: str) -> str:
    begun = "since" if first <= on else "from"
    day = "a day not recorded" if first == EVER else step.start or first
    return f"for {_SAYS[str(step.event)]} {step.standing.replace('_', ' ')} {begun} {day}"


def reported(step: Status | None, source: Source, sources: tuple[Source, ...]) -> bool:
    """True when the step rests on what nobody read in an official or professional text."""
    named = {s.id: s for s in sources}
    return named.get(step.source, source).reported if step else source.reported


class Dates:
    """The day a text came into force, by its id or printed form, for steps that wait for another text."""

    def __init__(self, catalog: Catalog, known: str) -> None:
        self.catalog, self.known = catalog, known
        self._index: dict[str, list[dict[str, object]]] | None = None

    def __call__(self, text: str) -> str | None:
        if self._index is None:
            self._index = {}
            for table in ("standards", "requirements"):
                for row in self.catalog.table(table):
                    for key in (row["id"], row.get("short", "")):
                        self._index.setdefault(key, row["status"])
        for step in self._index.get(text, []):
            start, seen = step["from"], step["seen"]
            if (
                step["standing"] == "in_force"
                and isinstance(start, str)
                and start != "unknown"
                and (not seen or str(seen) <= self.known)
            ):
                return start
        return None
