"""How far every text has come on a day: the same answer as `stand`, asked once per stretch between a text's dates.

Reading order: Calendar.stand(), Calendar.recognizer().
"""

from __future__ import annotations

from bisect import bisect_right

from ...catalog import Catalog
from ...catalog.dates import Dates, Stand, stand, when
from ...waist import Event, Requirement, Status
from ..recognize import Recognizer


class Calendar:
    """The library's texts for one event, as known by a day."""

    def __init__(self, catalog: Catalog, event: Event, known: str) -> None:
        self.catalog, self.event, self.known = catalog, event, known
        self.dated = Dates(catalog, known)
        self._edges: dict[str, list[str]] = {}
        self._stands: dict[tuple[str, int], Stand] = {}
        self._recognizers: dict[tuple[str, int], Recognizer] = {}
        self._moves = sorted({d for r in catalog.recognitions for d in self._days(r.status)})

    def _days(self, status: tuple[Status, ...]) -> list[str]:
        return [day for step in status for day in when(step, self.dated)]

    def stand(self, rule: Requirement, on: str) -> Stand:
        """Where a rule stands on a day."""
        key = (rule.id, self.stretch(rule, on))
        if key not in self._stands:
            self._stands[key] = stand(rule.status, on, self.event, self.known, self.dated)
        return self._stands[key]

    def stretch(self, rule: Requirement, on: str) -> int:
        """Which of the stretches between its dates a day lies in; nothing changes within one."""
        if rule.id not in self._edges:
            self._edges[rule.id] = sorted(set(self._days(rule.status)))
        return bisect_right(self._edges[rule.id], on)

    def forget(self, rule: str) -> None:
        """A rule was rewritten."""
        self._edges.pop(rule, None)
        for key in [k for k in self._stands if k[0] == rule]:
            del self._stands[key]

    def recognizer(self, market: str, on: str) -> Recognizer:
        """The recognitions that work in a market on a day."""
        key = (market, bisect_right(self._moves, on))
        if key not in self._recognizers:
            self._recognizers[key] = Recognizer(self.catalog, market, on, self.event, self.known, self.dated)
        return self._recognizers[key]
