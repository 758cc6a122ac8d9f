"""The exact timetable of a small chosen set: a whole-number program with one column per activity and starting week.

Used when the quick orders (`schedule`) miss a date and no bound says why: either a timetable that keeps every date
comes back, or the proof that this choice has none.
Reading order: timetable(), _Rows.
Source: A. A. B. Pritsker, L. J. Watters and P. M. Wolfe (1969), Management Science 16 (cited, not quoted).
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from scipy import sparse

from .master import OutOfTime, solve
from .net import FOREVER, Bools, Ints, Net
from .schedule import Schedule, _Order

MOST_COLUMNS = 6_000


def timetable(net: Net, weeks: Ints, chosen: Bools, due: Ints, seconds: float) -> Schedule | None:
    """A schedule that keeps every due week, or None when it is proven that the chosen set has none.

    When the program is too large or the time runs out, a schedule comes back that is late: nothing is proven.
    """
    nothing = Schedule(np.full(net.size, -1), np.full(net.size, -1), FOREVER, FOREVER)
    order = _Order(net, weeks, chosen, due)
    limits = [int(d) for d in due if d < FOREVER]
    horizon = max(limits) if len(limits) == len(due) else sum(int(weeks[a]) + int(net.start[a]) for a in order.acts)
    span = {}
    for a in order.acts:
        soon = int(order.reach.end[a] - weeks[a])
        span[a] = range(soon, min(int(net.until[a]), horizon) - int(weeks[a]) + 1)
        if not span[a]:
            return None
    column = {(a, w): 0 for a in order.acts for w in span[a]}
    if len(column) > MOST_COLUMNS:
        return nothing
    column = {key: i for i, key in enumerate(column)}
    rows = _Rows()

    def ended(b: int, week: int) -> list[int]:
        return [column[b, w] for w in span[b] if w + weeks[b] <= week]

    def bringers(t: int) -> list[int]:
        return [int(b) for b in net.providers[t] if int(b) in span]

    for a in order.acts:
        once = [column[a, w] for w in span[a]]
        rows.add(once, (), 1.0)
        rows.add((), once, -1.0)
        waits = [bringers(int(t)) for t in net.needs[a] if not net.held[t]]
        waits += [[b] for b in order.wishes[a]]
        for those in waits:  # whoever has started finds one of those ended
            for week in span[a]:
                started = [column[a, w] for w in span[a] if w <= week]
                rows.add([c for b in those for c in ended(b, week)], started, 0.0)
    for t, week in zip(net.demands.tolist(), due.tolist(), strict=True):
        if not net.held[t] and week < FOREVER:
            rows.add([c for b in bringers(t) for c in ended(b, week)], (), 1.0)
    for lab in range(len(net.labs)):
        mine = [a for a in order.acts if net.lab[a] == lab and weeks[a] > 0]
        for week in range(max((span[a][-1] + int(weeks[a]) for a in mine), default=0)):
            busy = [(column[a, w], int(net.load[a])) for a in mine for w in span[a] if w <= week < w + weeks[a]]
            rows.add((), [c for c, _ in busy], -float(net.places(lab, week)), [load for _, load in busy])
    n = len(column)
    try:
        found = solve(rows.matrix(n), np.array(rows.least), np.zeros(n), np.ones(n), np.ones(n), seconds)
    except OutOfTime:
        return nothing
    if found is None:
        return None
    begin, end = np.full(net.size, -1, dtype=np.int64), np.full(net.size, -1, dtype=np.int64)
    for (a, week), c in column.items():
        if found[0][c] > 0.5:
            begin[a], end[a] = week, week + weeks[a]
    done = [min((int(end[b]) for b in bringers(t)), default=0) for t in net.demands.tolist() if not net.held[t]]
    return Schedule(begin, end, max(done, default=0), 0)


class _Rows:
    """Rows of `sum of plus - sum of minus >= least`."""

    def __init__(self) -> None:
        self.entries: list[tuple[int, int, float]] = []
        self.least: list[float] = []

    def add(self, plus: Iterable[int], minus: Iterable[int], least: float, load: Iterable[int] = ()) -> None:
        row = len(self.least)
        self.entries += [(row, c, 1.0) for c in plus]
        taken = list(minus)
        self.entries += [(row, c, -float(w)) for c, w in zip(taken, list(load) or [1] * len(taken), strict=True)]
        self.least.append(least)

    def matrix(self, columns: int) -> sparse.csr_array:
        rows, items, values = zip(*self.entries, strict=True)
        return sparse.csr_array((values, (rows, items)), shape=(len(self.least), columns))
