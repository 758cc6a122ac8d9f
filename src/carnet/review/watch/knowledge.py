"""How old the knowledge of each market is, topic by topic, for the kinds of things a project brings.

The last day on which somebody looked at a source of a rule of that topic; what is remembered was never looked at, and
a topic without a rule is not 'nothing is asked' but 'nobody knows'. Reading order: known().
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from ...catalog import Catalog
from ...waist import Project
from ...words import span
from .nouns import Known


def known(catalog: Catalog, project: Project, today: str) -> Iterator[Known]:
    """One row per market and topic, the most neglected first within a market."""
    for market in project.markets:
        kinds = {s.kind for s in project.subjects if not s.stands_in or market in s.stands_in}
        asked = {t for t, row in catalog.topics.items() if kinds & set(row["ask_for"])}
        rules = [r for r in catalog.requirements(market) if kinds & set(r.about)]
        rows = []
        for topic in sorted(asked | {r.topic for r in rules}):
            mine = [r for r in rules if r.topic == topic]
            seen = [d for r in mine for d in (r.source.seen, *(s.seen for s in r.status)) if d and d <= project.known]
            last = max(seen, default=None)
            rows.append(
                Known(
                    market=market,
                    topic=topic,
                    rules=sum(1 for r in mine if r.demands),
                    remembered=sum(1 for r in mine if r.source.read == "remembered"),
                    seen=last,
                    days=_days(last, today) if last else None,
                )
            )
        yield from sorted(rows, key=lambda k: (k.days is not None, -(k.days or 0), k.topic))


def _days(seen: str, today: str) -> int:
    return (date.fromisoformat(today) - date.fromisoformat(span(seen)[0])).days
