"""The exact timetable of a small chosen set: a whole-number program with one column per activity and starting week.

Used when the quick orders (`schedule`) miss a date and no bound says why: either a timetable that keeps every date
comes back, or the proof that this choice has none.
Reading order: timetable().
Source: A. A. B. Pritsker, L. J. Watters and P. M. Wolfe (1969), Management Science 16 (cited, not quoted).
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

from .master import OutOfTime, _solve
from .net import FOREVER, Bools, Ints, Net
from .schedule import Schedule, _Order

MOST_COLUMNS = 6_000


def timetable(net: Net, weeks: Ints, chosen: Bools, due: Ints, seconds: float) -> Schedule | None:
    """A schedule that keeps every due week, or None when it is proven that the chosen set has none.

    When the program is too large or the time runs out, a schedule comes back that is late: nothing is proven.
    """
    nothing = Schedule(np.full(net.size, -1), np.full(net.size, -1), FOREVER, FOREVER)
    bringers = np.zeros(len(net.tokens), dtype=np.int64)
    np.add.at(bringers, net.yields.items[chosen[net.yields.rows]], 1)
    if (bringers[net.needs.items[chosen[net.needs.rows]]] > 1).any() or (bringers[net.demands] > 1).any():
        return nothing  # who brings a token first is open, so one fixed order would prove nothing
    order = _Order(net, weeks, chosen, due)
    acts = order.line
    first = {a: int(order.reach.end[a] - weeks[a]) for a in acts}
    for a in acts:
        first[a] = max([first[a], *(first[b] + int(weeks[b]) for b in order.before[a])])
    span = {a: (first[a], min(int(order.tail[a]), 1000) - int(weeks[a])) for a in acts}
    if any(low > high for low, high in span.values()):
        return None
    column = {}
    for a in acts:
        for week in range(span[a][0], span[a][1] + 1):
            column[a, week] = len(column)
    if len(column) > MOST_COLUMNS:
        return nothing
    entries: list[tuple[int, int, float]] = []
    least: list[float] = []
    for a in acts:  # starts once
        entries += [(len(least), column[a, w], 1.0) for w in range(span[a][0], span[a][1] + 1)]
        least.append(1.0)
        entries += [(len(least), column[a, w], -1.0) for w in range(span[a][0], span[a][1] + 1)]
        least.append(-1.0)
        for b in order.before[a]:  # by any week: a has started only if b has ended
            for week in range(span[a][0], span[a][1] + 1):
                ended = [column[b, w] for w in range(span[b][0], span[b][1] + 1) if w + weeks[b] <= week]
                started = [column[a, w] for w in range(span[a][0], week + 1)]
                entries += [(len(least), c, 1.0) for c in ended] + [(len(least), c, -1.0) for c in started]
                least.append(0.0)
    for lab in range(len(net.labs)):
        mine = [a for a in acts if net.lab[a] == lab and weeks[a] > 0]
        last = max((span[a][1] + int(weeks[a]) for a in mine), default=0)
        for week in range(last):
            busy = [
                (len(least), column[a, w], -float(net.load[a]))
                for a in mine
                for w in range(max(span[a][0], week - int(weeks[a]) + 1), min(span[a][1], week) + 1)
            ]
            if busy:
                entries += busy
                least.append(-float(net.places(lab, week)))
    rows, items, values = zip(*entries, strict=True)
    matrix = sparse.csr_array((values, (rows, items)), shape=(len(least), len(column)))
    n = len(column)
    try:
        found = _solve(matrix, np.array(least), np.zeros(n), np.ones(n), np.ones(n), seconds)
    except OutOfTime:
        return nothing
    if found is None:
        return None
    begin, end = np.full(net.size, -1, dtype=np.int64), np.full(net.size, -1, dtype=np.int64)
    for (a, week), c in column.items():
        if found[0][c] > 0.5:
            begin[a], end[a] = week, week + weeks[a]
    last = max((int(end[order.reach.by[t]]) for t in net.demands if order.reach.by[t] >= 0), default=0)
    return Schedule(begin, end, last, 0)
