"""Repair a choice that fits no calendar: the cheapest work to do elsewhere leaves the laboratories that are too full.

No proof is made here; the answer is a plan that works and costs little more than the choice it came from.
Reading order: repaired(), _Moves.
"""

from __future__ import annotations

import numpy as np

from .net import FOREVER, Bools, Floats, Ints, Net
from .reach import derivation, earliest
from .schedule import Schedule, schedule

SHARES = (1.0, 0.99, 0.98, 0.965, 0.95, 0.93, 0.9, 0.85, 0.8)


def repaired(
    net: Net, weeks: Ints, cost: Floats, chosen: Bools, usable: Bools, due: Ints
) -> tuple[Bools, Schedule] | None:
    """A plan near the choice that keeps every date, or None when the ways around run out."""
    last = int(due.max(initial=0))
    if last >= FOREVER or not len(net.labs):
        return None
    moves = _Moves(net, weeks, cost, chosen, usable, last)
    for share in SHARES:
        if not moves.shed(share):
            continue
        now = derivation(net, earliest(net, weeks, moves.now, cost))
        plan = schedule(net, weeks, now, due)
        if plan.late == 0:
            return now, plan
    return None


class _Moves:
    """A choice in work: who brings what, how full each laboratory is, and what doing it another way would cost."""

    def __init__(self, net: Net, weeks: Ints, cost: Floats, chosen: Bools, usable: Bools, last: int) -> None:
        self.net, self.usable, self.now = net, usable.tolist(), chosen.copy()
        self.price, self.lab = cost.tolist(), net.lab.tolist()
        self.work = (weeks * net.load).tolist()
        self.room = [sum(net.places(i, w) for w in range(last)) for i in range(len(net.labs))]
        self.full = [float((weeks * net.load)[chosen & (net.lab == i)].sum()) for i in range(len(net.labs))]
        self.providers = [net.providers[t].tolist() for t in range(len(net.tokens))]
        self.needs = [[n for n in net.needs[a].tolist() if not net.held[n]] for a in range(net.size)]
        self.users = net.needs.turned(len(net.tokens))
        self.demanded = set(net.demands.tolist())

    def shed(self, share: float) -> bool:
        """Bring every laboratory down to a share of its places, cheapest moves first; False when nothing moves."""
        over = {i for i in range(len(self.room)) if self.full[i] > share * self.room[i]}
        if not over:
            return True
        moves, moved = [], False
        for a in np.flatnonzero(self.now).tolist():
            if self.lab[a] in over and self.work[a]:
                extra, taken = self._instead(a, share)
                if extra < float("inf"):
                    moves.append(((extra - self.price[a]) / self.work[a], a))
        for _, a in sorted(moves):
            if self.full[self.lab[a]] <= share * self.room[self.lab[a]]:
                continue
            extra, taken = self._instead(a, share)
            if extra == float("inf"):
                continue
            self._set(a, False)
            moved = True
            for b in taken:
                if not self.now[b]:
                    self._set(b, True)
        return moved

    def _set(self, a: int, on: bool) -> None:
        self.now[a] = on
        if self.lab[a] >= 0:
            self.full[self.lab[a]] += self.work[a] if on else -self.work[a]

    def _instead(self, a: int, share: float) -> tuple[float, list[int]]:
        """What it costs to have by other ways all that rests on one activity, and the activities that takes."""
        total = 0.0
        whole: list[int] = []
        for token in self.net.yields[a].tolist():
            wanted = token in self.demanded or any(self.now[u] for u in self.users[token])
            if not wanted or any(self.now[b] for b in self.providers[token] if b != a):
                continue
            extra, taken = self._bring(token, frozenset((a,)), share)
            total, whole = total + extra, [*whole, *taken]
            if total == float("inf"):
                break
        return total, whole

    def _bring(self, token: int, path: frozenset[int], share: float) -> tuple[float, list[int]]:
        best: tuple[float, list[int]] = (float("inf"), [])
        for b in self.providers[token]:
            if b in path or not self.usable[b]:
                continue
            if self.now[b]:
                return 0.0, []
            lab = self.lab[b]
            if lab >= 0 and self.full[lab] + self.work[b] > share * self.room[lab]:
                continue
            extra, taken = self.price[b], [b]
            for need in self.needs[b]:
                more, also = self._bring(need, path | {b}, share)
                extra, taken = extra + more, [*taken, *also]
            if extra < best[0]:
                best = (extra, taken)
        return best
