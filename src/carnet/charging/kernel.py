"""The fast walker: drives the compiled walk and turns its arrays into the Record the reference would leave.

Reading order: Walker.feed(), Walker.close(). The arrays stand in state.py, the walk itself in compiled.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from .compiled import give_up, walk
from .frames import Frames
from .protocol import Family
from .record import (
    MOST_EVENTS,
    Event,
    Hits,
    Kind,
    MessageStats,
    Packets,
    Record,
    SignalStats,
)
from .state import (
    COUNT,
    E_GAPS,
    E_SAMPLES,
    FIRST_LINE,
    FIRST_TIME,
    FRAMES,
    LAST_LINE,
    LAST_TIME,
    S_LENGTH,
    SPLIT,
    STRIDE,
    UNKNOWN,
    empty,
)
from .tables import Names, Tables, compile_family

KINDS: tuple[Kind, ...] = ("seen", "changed", "gap", "unanswered")


def _fixed(column: Any) -> Any:
    """A view that cannot be written: columns of a cache are that already, and one kind needs one compilation."""
    view = column.view()
    view.flags.writeable = False
    return view


class Walker:
    """Walks the frames of one bus for one family; `feed` yields the record of each session that ends on the way."""

    def __init__(self, family: Family, channel: int) -> None:
        self.family, self.channel = family, channel
        self.tables, self.names = _compiled_by_name(family)
        self.reset(restarted=False)

    def reset(self, *, restarted: bool) -> None:
        self.state = empty(self.names)
        self.state.session[STRIDE] = 1
        self.events: list[Event] = []
        self.lost = 0
        self.restarted = restarted

    def feed(self, chunk: Frames) -> Iterator[Record]:
        """Take a chunk; yield each session that is over."""
        line, time, identifier = _fixed(chunk.line), _fixed(chunk.time), _fixed(chunk.id)
        length, payload = _fixed(chunk.length), _fixed(chunk.payload)
        start = 0
        while start < len(chunk):
            start, why = walk(line, time, identifier, length, payload, start, self.tables, self.state)
            self._drain()
            if why == SPLIT:
                yield self.close()
                self.reset(restarted=True)

    def close(self) -> Record:
        """The record of the session so far."""
        give_up(self.tables, self.state)
        self._drain()
        return self._record()

    def _drain(self) -> None:
        state, count = self.state, int(self.state.session[COUNT])
        for (time, line, message, kind, length, gap), payload in zip(
            state.events[:count].tolist(), state.payload[:count].tolist(), strict=True
        ):
            if len(self.events) < MOST_EVENTS:
                self.events.append(Event(time, line, self.names.messages[message], KINDS[kind], payload, length, gap))
            else:
                self.lost += 1
        state.session[COUNT] = 0

    def _record(self) -> Record:
        state, names = self.state, self.names
        one = state.session.tolist()
        record = Record(
            channel=self.channel,
            family=self.family.name,
            frames=one[FRAMES],
            first_time=one[FIRST_TIME],
            first_line=one[FIRST_LINE],
            last_time=one[LAST_TIME],
            last_line=one[LAST_LINE],
            restarted=self.restarted,
            events=self.events,
            events_lost=self.lost,
            energy=float(state.sums[0]),
            energy_gaps=one[E_GAPS],
            energy_samples=one[E_SAMPLES],
            stride=one[STRIDE],
            packets=Packets(*state.packets[:13].tolist()),
        )
        order = sorted((int(row[2]), int(row[1]), number) for number, row in enumerate(state.message) if row[0])
        for _, _, number in order:
            row = state.message[number].tolist()
            slots = np.nonzero(state.gaps[number])[0].tolist()
            lengths = np.nonzero(state.lengths[number, :, 0])[0].tolist()
            stats = MessageStats(*row[:5])
            stats.lengths = {n: (int(state.lengths[number, n, 0]), int(state.lengths[number, n, 1])) for n in lengths}
            stats.longest_gap, stats.longest_gap_line = row[5], row[6]
            stats.gaps_ms = {n: int(state.gaps[number, n]) for n in slots}
            stats.filler, stats.filler_line, stats.priority, stats.priority_line = row[7:11]
            stats.kept = bytes(state.kept[number, : int(state.kept_length[number])].tolist())
            record.messages[names.messages[number]] = stats
        for number, name in enumerate(names.signals):
            row = state.signal[number].tolist()
            if row[0] or row[8]:
                record.signals[name] = SignalStats(
                    row[1], row[2], row[3], row[4], row[5], row[6], row[7], row[0], row[8], row[9], row[10]
                )
        for number, name in enumerate(names.relations):
            row = state.relation[number].tolist()
            if row[0]:
                record.relations[name] = Hits(
                    row[0], row[1], row[2], float(state.worst[number]), row[5], row[3], row[4]
                )
        record.unknown = {key: (count, line) for key, count, line in state.unknown[: one[UNKNOWN]].tolist()}
        record.series = [tuple(row) for row in state.series[: one[S_LENGTH]].tolist()]
        return record


_FAMILIES: dict[int, tuple[Family, Tables, Names]] = {}


def _compiled_by_name(family: Family) -> tuple[Tables, Names]:
    """Compile a family once; kept by identity, because a family is not hashable by content."""
    known = _FAMILIES.get(id(family))
    if known is None or known[0] is not family:
        known = (family, *compile_family(family))
        _FAMILIES[id(family)] = known
    return known[1], known[2]
