"""When each chosen activity is done: an order that keeps needs, `after` and the places of the laboratories.

Serial scheduling: in the order of urgency every activity starts in the first week in which what it needs is there and
its laboratory has room for as long as it lasts. Several orders are tried; each answer is a plan that works, and it is
proven best when it ends no later than a bound (`reach`) allows.
Reading order: Schedule, schedule(), _serial().
Source: R. Kolisch (1996), serial and parallel schedule generation, European J. of Operational Research 90 (cited).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .net import FOREVER, Bools, Ints, Net
from .reach import NEVER, earliest


@dataclass(frozen=True, slots=True)
class Schedule:
    """Start and end week of each chosen activity (-1 when not chosen), and the last end that a demand waits for."""

    begin: Ints
    end: Ints
    weeks: int
    late: int  # by how many weeks the latest demand misses its week; 0 when all are in time


def schedule(net: Net, weeks: Ints, chosen: Bools, due: Ints | None = None, tries: int = 4) -> Schedule:
    """The best of several orders; the chosen activities must derive every demand."""
    due = net.due if due is None else due
    order = _Order(net, weeks, chosen, due)
    best: Schedule | None = None
    for urgency in order.urgencies()[:tries]:
        found = _serial(order, urgency)
        if best is None or (found.late, found.weeks) < (best.late, best.weeks):
            best = found
        if best.late == 0 and (best.weeks <= order.bound or due.max(initial=0) < FOREVER):
            break
    assert best is not None  # urgencies() is never empty
    return best


class _Order:
    """Who waits for whom among the chosen."""

    def __init__(self, net: Net, weeks: Ints, chosen: Bools, due: Ints) -> None:
        self.net, self.weeks, self.due = net, weeks, due
        self.reach = earliest(net, weeks, chosen)
        self.acts = np.flatnonzero(chosen & (self.reach.end < NEVER)).tolist()
        inside = set(self.acts)
        self.before: dict[int, list[int]] = {}
        for a in self.acts:
            by = {int(self.reach.by[t]) for t in net.needs[a] if not net.held[t]}
            self.before[a] = sorted(by - {-1})
        self.wishes: dict[int, list[int]] = {a: [] for a in self.acts}
        for a in self.acts:  # wishes of order are kept unless they turn against the needs
            for b in [int(b) for b in net.after[a] if int(b) in inside]:
                if b in self.before[a] or not self._leads(a, b):
                    self.wishes[a].append(b)
                    self.before[a] = list(dict.fromkeys([*self.before[a], b]))
        line = self._sorted()
        self.line = line
        self.ends: dict[int, int] = {}  # how soon each can end when laboratories have room for all
        for a in line:
            self.ends[a] = max([int(net.start[a]), *(self.ends[b] for b in self.before[a])]) + int(weeks[a])
        self.tail = dict.fromkeys(self.acts, FOREVER)
        for t, week in zip(net.demands.tolist(), due.tolist(), strict=True):
            a = int(self.reach.by[t])
            if a in self.tail:
                self.tail[a] = min(self.tail[a], week)
        longest = dict.fromkeys(self.acts, 0)  # weeks of work that wait for the end of each
        for a in reversed(line):
            self.tail[a] = min(self.tail[a], int(net.until[a]))
            for b in self.before[a]:
                self.tail[b] = min(self.tail[b], self.tail[a] - int(weeks[a]))
                longest[b] = max(longest[b], longest[a] + int(weeks[a]))
        self.longest = longest
        self.bound = max((self.ends.get(int(self.reach.by[t]), 0) for t in net.demands), default=0)

    def _sorted(self) -> list[int]:
        """The chosen activities, what leads before what follows."""
        count = {a: len(b) for a, b in self.before.items()}
        follow: dict[int, list[int]] = {a: [] for a in self.acts}
        for a, leads in self.before.items():
            for b in leads:
                follow[b].append(a)
        ready = [a for a in self.acts if count[a] == 0]
        line = []
        while ready:
            a = ready.pop()
            line.append(a)
            for b in follow[a]:
                count[b] -= 1
                if count[b] == 0:
                    ready.append(b)
        return line

    def _leads(self, a: int, b: int) -> bool:
        """Whether b waits for a already, directly or not."""
        stack, seen = [b], set()
        while stack:
            c = stack.pop()
            if c == a:
                return True
            if c not in seen:
                seen.add(c)
                stack += self.before[c]
        return False

    def urgencies(self) -> Sequence[Mapping[int, tuple[float, ...]]]:
        """Orders worth trying, most urgent first."""
        w, net = self.weeks, self.net
        late = {
            a: (float(self.tail[a] - w[a] - self.longest[a] * (self.tail[a] >= FOREVER // 2)), float(a))
            for a in self.acts
        }
        work = {a: (-float(self.longest[a] + w[a]), float(a)) for a in self.acts}
        early = {a: (float(self.reach.end[a] - w[a]), -float(self.longest[a]), float(a)) for a in self.acts}
        bulk = {a: (late[a][0] - float(net.load[a] * w[a]), float(a)) for a in self.acts}
        return [late, work, bulk, early]


def _serial(order: _Order, urgency: Mapping[int, tuple[float, ...]]) -> Schedule:
    import heapq

    net, weeks = order.net, order.weeks
    count = {a: len(order.before[a]) for a in order.acts}
    follow: dict[int, list[int]] = {a: [] for a in order.acts}
    for a, leads in order.before.items():
        for b in leads:
            follow[b].append(a)
    begin, end = np.full(net.size, -1, dtype=np.int64), np.full(net.size, -1, dtype=np.int64)
    room = _Room(net)
    queue = [(urgency[a], a) for a in order.acts if count[a] == 0]
    heapq.heapify(queue)
    while queue:
        _, a = heapq.heappop(queue)
        soon = max([int(net.start[a]), *(int(end[b]) for b in order.before[a])])
        begin[a] = room.take(int(net.lab[a]), int(net.load[a]), soon, int(weeks[a]))
        end[a] = begin[a] + weeks[a]
        for b in follow[a]:
            count[b] -= 1
            if count[b] == 0:
                heapq.heappush(queue, (urgency[b], b))
    last, late = 0, 0
    by = order.reach.by[net.demands]
    for a, due in zip(by.tolist(), order.due.tolist(), strict=True):
        if a >= 0:
            last, late = max(last, int(end[a])), max(late, int(end[a]) - due)
    for a in order.acts:
        late = max(late, int(end[a]) - int(net.until[a]))
    return Schedule(begin, end, last, late)


class _Room:
    """The free places of every laboratory by week, as far ahead as is needed."""

    def __init__(self, net: Net) -> None:
        self.net = net
        self.free: list[Ints] = [row.copy() for row in net.capacity]

    def take(self, lab: int, load: int, soon: int, weeks: int) -> int:
        """Fill places for so many weeks from the first week with room at or after `soon`; the week it starts."""
        if lab < 0 or weeks == 0:
            return soon
        start = soon
        while True:
            self._stretch(lab, start + weeks)
            full = np.flatnonzero(self.free[lab][start : start + weeks] < load)
            if not len(full):
                self.free[lab][start : start + weeks] -= load
                return start
            start += int(full[-1]) + 1
            if start > FOREVER:
                return FOREVER

    def _stretch(self, lab: int, weeks: int) -> None:
        have = len(self.free[lab])
        if have < weeks:
            more = np.full(max(weeks - have, have), self.net.places(lab, FOREVER), dtype=np.int64)
            self.free[lab] = np.concatenate([self.free[lab], more])
