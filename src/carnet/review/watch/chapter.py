"""A watch list as a chapter of the dossier: a time line of steps and papers, and the tables behind it.

Reading order: shown().
"""

from __future__ import annotations

from datetime import date

from ...chapter import Chapter, Figure, Part, Table, Text
from ...drawing import gantt
from .nouns import Due, Watch

MOST_ROWS = 40
MONTH = 365.2425 / 12


def shown(found: Watch) -> Chapter:
    """The chapter; what it does not show for length it counts."""
    names = dict(found.markets)
    signals = len({h.row.signal for h in found.heard})
    lead = (
        f"After {found.since} and up to {found.until}: {len(found.due)} dated steps, {len(found.moves)} verdicts that "
        f"move, {len(found.endings)} papers that end; {signals} signals to look at again."
    )
    parts: list[Part] = [*_line(found)]
    if found.due:
        rows = [
            (_day(e), names.get(e.market, e.market) or "-", e.id, _becomes(e), (e.would or "-").replace("_", " "))
            for e in found.due[:MOST_ROWS]
        ]
        parts.append(
            Table(
                "Dated steps",
                ("day", "market", "text", "becomes", "as papers stand"),
                tuple(rows),
                _more(len(found.due)),
            )
        )
    if found.moves:
        rows = [
            (m.day, names.get(m.market, m.market), m.finding, _word(m.before), _word(m.after))
            for m in found.moves[:MOST_ROWS]
        ]
        heads = ("day", "market", "finding", "from", "to")
        parts.append(Table("Verdicts that move", heads, tuple(rows), _more(len(found.moves))))
    if found.endings:
        ends = [(e.day, e.evidence, e.standard, e.how, e.rule or "-") for e in found.endings[:MOST_ROWS]]
        parts.append(
            Table("Papers", ("day", "paper", "standard", "how", "rule"), tuple(ends), _more(len(found.endings)))
        )
    if not (found.due or found.moves or found.endings):
        parts.append(Text("Nothing dated falls into these days, as far as the library knows."))
    never = sorted({(names.get(k.market, k.market), k.topic.replace("_", " ")) for k in found.known if k.days is None})
    if never:
        note = "A topic without a known rule is a question, not the absence of a rule."
        by: dict[str, list[str]] = {}
        for market, topic in never:
            by.setdefault(market, []).append(topic)
        parts.append(
            Table(
                "Topics nobody looked at", ("market", "topics"), tuple((m, ", ".join(t)) for m, t in by.items()), note
            )
        )
    return Chapter("watch", "Watch list", lead, tuple(parts))


def _line(found: Watch) -> list[Figure]:
    """The dated things on a time line of months; an uncertain day is as long as what it can mean."""
    rows = [
        (
            f"{e.id} ({e.market or 'text'})",
            _months(found.since, e.first),
            max(_months(found.since, e.last), 0.0),
            "step",
        )
        for e in found.due[:MOST_ROWS]
    ]
    rows += [
        (e.evidence, _months(found.since, e.day), _months(found.since, e.day), "paper")
        for e in found.endings
        if e.how == "expires"
    ]
    if not rows:
        return []
    drawn = [
        (name, max(a, 0.0), max(b, a + 0.15), kind) for name, a, b, kind in sorted(rows, key=lambda r: (r[1], r[0]))
    ]
    alt = "; ".join(f"{name} after {a:.1f} months" for name, a, _, _ in drawn)
    return [Figure("What falls when", gantt(drawn, f"months after {found.since}"), alt)]


def _months(since: str, day: str) -> float:
    return (date.fromisoformat(day) - date.fromisoformat(since)).days / MONTH


def _day(e: Due) -> str:
    return e.first if e.certain else f"{e.first} to {e.last}"


def _becomes(e: Due) -> str:
    said = e.step.standing.replace("_", " ") + (f" for {e.step.event.replace('_', ' ')}" if e.step.event else "")
    return said + ("; reported, not read" if e.reported else "") + ("; sources disagree" if e.conflict else "")


def _word(verdict: str | None) -> str:
    return (verdict or "no finding").replace("_", " ")


def _more(count: int) -> str:
    return f"and {count - MOST_ROWS} more: carnet watch" if count > MOST_ROWS else ""
