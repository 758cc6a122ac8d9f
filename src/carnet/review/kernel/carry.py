"""Recognitions, for a kind of document instead of one document: what it becomes in a market, and under which condition.

The links are those of `recognize`; a condition on the product is not answered here but kept, as a node that holds for
the lanes that satisfy it.
Reading order: Carried, Carrier.becomes(), with_series().
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from ...catalog import Catalog
from ...condition import UNKNOWN, Condition
from ...waist import Evidence, Recognition
from ..recognize import MOST_LINKS, Held, Recognizer, fact_of
from .graph import ONE, Graph
from .papers import Voice

Compiled = Callable[[Condition, Evidence], int]  # the node of the lanes on which a recognition's condition is true


@dataclass(frozen=True, slots=True)
class Carried:
    """An entry a voice comes to show: as which kinds (empty: any), with work left or not, for the lanes of `when`."""

    entry: str
    kinds: tuple[str, ...]
    worked: bool
    when: int = ONE


class Carrier:
    """What every voice becomes in one market with the recognitions that work there on the day."""

    def __init__(self, recognizer: Recognizer, catalog: Catalog, graph: Graph, compiled: Compiled) -> None:
        self.recognizer, self.catalog, self.graph, self.compiled = recognizer, catalog, graph, compiled
        self.older = any(r.gives == "older_series" for r in recognizer.live)
        self._known: dict[tuple[Voice, tuple[str, ...]], list[Carried]] = {}

    @property
    def live(self) -> tuple[str, ...]:
        """The recognitions at work, as a name for what is computed with them."""
        return tuple(r.id for r in self.recognizer.live)

    def becomes(self, voice: Voice, wanted: tuple[str, ...]) -> list[Carried]:
        """Everything a voice comes to show for a rule that wants these entries."""
        series = tuple(w for w in wanted if self.older and self.catalog.standards.get(w, {}).get("family"))
        key = (voice, series)
        if key not in self._known:
            self._known[key] = self._links(voice, series)
        return self._known[key]

    def _links(self, voice: Voice, wanted: tuple[str, ...]) -> list[Carried]:
        found: dict[tuple[str, tuple[str, ...], int], Held] = {}
        start = Held(voice.entry, "", voice.kinds, voice.paper.issuer_economy if voice.paper else "")
        frontier = [(start, ONE)]
        for _ in range(MOST_LINKS):
            fresh: list[tuple[Held, int]] = []
            for item, when in frontier:
                for recognition in self.recognizer.live:
                    if recognition.id in item.via:
                        continue
                    for entry in self.recognizer.gives(recognition, item.entry, wanted):
                        then = self._holds(recognition, item, voice, when)
                        if then is None:
                            continue
                        left = (*item.residual, *recognition.residual, *recognition.conditions)
                        new = Held(entry, "", recognition.as_kinds, item.issued_in, (*item.via, recognition.id), left)
                        key = (new.entry, new.kinds, then)
                        if key not in found or (found[key].residual and not new.residual):
                            found[key] = new
                            fresh.append((new, then))
            if not fresh:
                break
            frontier = fresh
        return [Carried(h.entry, h.kinds, bool(h.residual), when) for (_, _, when), h in found.items()]

    def _holds(self, recognition: Recognition, item: Held, voice: Voice, when: int) -> int | None:
        """The lanes for which a recognition carries an item; None when it does for none."""
        plain = replace(recognition, when="")
        if self.recognizer.refused(plain, item, voice.paper, lambda _: UNKNOWN):
            return None
        if not recognition.when or voice.paper is None:
            return when
        node = self.compiled(self.catalog.condition(recognition.when), voice.paper)
        both = self.graph.both((when, node))
        return both or None


def of_document(evidence: Evidence, name: str) -> object:
    """A fact a recognition may ask of a document."""
    return fact_of(evidence, name)


def with_series(entry: str, wanted: str, catalog: Catalog) -> bool:
    """Whether an entry shows a text that a rule names without its series."""
    row, have = catalog.standards.get(wanted), catalog.standards.get(entry)
    if row is None or row["series"] is not None or not row["family"]:
        return False
    return bool(have and have["family"] == row["family"] and have["series"] is not None)
