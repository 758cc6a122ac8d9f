"""What can be reached, and how soon: the bounds that no plan can beat.

earliest() is the best case of every activity with unlimited laboratories (a token is there when its first provider is
done, an activity starts when its last need is there), by Knuth's form of Dijkstra; latest() is the last week in which
an activity still helps some demand. founded() tells which tokens a chosen set really derives, so that a circle of
recognitions never proves itself.
Reading order: Reach, earliest(), latest(), founded(), derivation().
Source: D. E. Knuth (1977), A generalization of Dijkstra's algorithm, Information Processing Letters 6 (cited).
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np

from .net import FOREVER, Bools, Floats, Ints, Net

NEVER = FOREVER * 8


@dataclass(frozen=True, slots=True)
class Reach:
    """The best case: `end` of each activity, `token` (when each is there), and `by` whom (-1: in hand or never)."""

    end: Ints
    token: Ints
    by: Ints


def earliest(net: Net, weeks: Ints, chosen: Bools | None = None, cost: Floats | None = None) -> Reach:
    """How soon everything can be, laboratories unlimited; NEVER when it cannot.

    chosen  only these activities are done (all when left out)
    cost    of two that end in the same week the cheaper is named first
    """
    waiting = np.diff(net.needs.starts).tolist()
    ready, lasts, until = net.start.tolist(), weeks.tolist(), net.until.tolist()
    ties = cost.tolist() if cost is not None else [0.0] * net.size
    may = chosen.tolist() if chosen is not None else [True] * net.size
    token, by, end = [NEVER] * len(net.tokens), [-1] * len(net.tokens), [NEVER] * net.size
    users = net.needs.turned(len(net.tokens))
    starts, items = users.starts.tolist(), users.items.tolist()
    gives, given = net.yields.starts.tolist(), net.yields.items.tolist()
    queue: list[tuple[int, float, int]] = []

    def begin(a: int) -> None:
        done = ready[a] + lasts[a]
        if may[a] and done <= until[a]:
            heapq.heappush(queue, (done, ties[a], a))

    for t in np.flatnonzero(net.held).tolist():
        token[t] = 0
        for a in items[starts[t] : starts[t + 1]]:
            waiting[a] -= 1
    for a in range(net.size):
        if waiting[a] == 0:
            begin(a)
    while queue:
        week, _, a = heapq.heappop(queue)
        if end[a] <= week:
            continue
        end[a] = week
        for t in given[gives[a] : gives[a + 1]]:
            if token[t] == NEVER:
                token[t], by[t] = week, a
                for user in items[starts[t] : starts[t + 1]]:
                    waiting[user] -= 1
                    ready[user] = max(ready[user], week)
                    if waiting[user] == 0:
                        begin(user)
    return Reach(np.array(end, dtype=np.int64), np.array(token, dtype=np.int64), np.array(by, dtype=np.int64))


def latest(net: Net, weeks: Ints, due: Ints) -> Ints:
    """The last week in which each activity may end and still help a demand in time; -1 when it helps none."""
    token = np.full(len(net.tokens), -1, dtype=np.int64)
    np.maximum.at(token, net.demands, due)
    end = np.full(net.size, -1, dtype=np.int64)
    queue = [(-int(token[t]), int(t)) for t in np.unique(net.demands)]
    heapq.heapify(queue)
    done = np.zeros(len(net.tokens), dtype=bool)
    while queue:
        week, t = heapq.heappop(queue)
        if done[t] or net.held[t]:
            continue
        done[t] = True
        for a in net.providers[t]:
            if end[a] >= 0:
                continue
            end[a] = min(-week, int(net.until[a]))
            for need in net.needs[a]:
                if end[a] - weeks[a] > token[need]:
                    token[need] = end[a] - weeks[a]
                    heapq.heappush(queue, (-int(token[need]), int(need)))
    return end


def founded(net: Net, chosen: Bools) -> Bools:
    """The tokens that the chosen activities derive from what is in hand."""
    return np.asarray(earliest(net, np.zeros(net.size, dtype=np.int64), chosen).token < NEVER)


def derivation(net: Net, reach: Reach) -> Bools:
    """The activities that the demands rest on when every token comes from the one that brings it first."""
    kept = np.zeros(net.size, dtype=bool)
    seen = net.held.copy()
    stack = net.demands.tolist()
    while stack:
        t = stack.pop()
        if seen[t]:
            continue
        seen[t] = True
        a = int(reach.by[t])
        if a >= 0 and not kept[a]:
            kept[a] = True
            stack += net.needs[a].tolist()
    return kept
