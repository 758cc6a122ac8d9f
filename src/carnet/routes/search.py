"""The search: the cheapest plan that keeps every date, the soonest plan, and the front between them.

The choice (`master`) knows no time, so its cost is a bound. Each choice is tried on the calendar (`schedule`); what
fails there comes back as a cut that every workable plan obeys: a circle that proves itself, a chain of work that is
too long, a laboratory that is too full. When the calendar accepts the cheapest choice, the plan is proven. When the
tries run out, the best plan found is shown with its gap.
Reading order: Answer, Search.cheapest(), Search.soonest(), Search.front().
Source: logic-based Benders decomposition, J. N. Hooker (2007), Operations Research 55 (cited, not quoted).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from .master import Budget, Cut, Master, OutOfTime, energy, window
from .net import FOREVER, Bools, Floats, Ints, Net
from .reach import NEVER, derivation, earliest, founded, latest
from .repair import repaired
from .schedule import Schedule, _Order, schedule
from .timetable import timetable

MOST_ROUNDS = 60
MANY = 5_000  # activities, from which on the front is content with plans that are nearly proven
NEAR = 1e-3
ROOMY = 0.985
LEAST = 0.7  # of the weeks of the cheapest plan: how soon plans of a large problem are looked for
EXACT = 24  # so many chosen activities at most are placed by the exact timetable


@dataclass(frozen=True, slots=True)
class Answer:
    """A plan: what is done and when, its deciding cost and the least any plan can have, both in the plan's money.

    proven  True when cost == bound was shown; otherwise `gap` says how far from it the plan can be at most
    """

    chosen: Bools
    cost: float
    bound: float
    schedule: Schedule

    @property
    def gap(self) -> float:
        """The share of the cost that a better plan could save at most; 0 when proven."""
        return max(0.0, (self.cost - self.bound) / self.cost) if self.cost > self.bound + 1e-6 else 0.0

    @property
    def proven(self) -> bool:
        return self.gap == 0.0

    @property
    def weeks(self) -> int:
        return self.schedule.weeks


class Search:
    """One net, one way to weigh costs and weeks; every question of it shares rows and cuts."""

    def __init__(self, net: Net, *, cost: str = "middle", weeks: str = "high", seconds: float = 10.0) -> None:
        self.net, self.seconds = net, seconds
        self.cost, self.weeks = net.cost(cost), net.weeks(weeks)
        self.unit = _unit(self.cost)
        idle = self.cost == 0
        self.trifle = self.unit / 2 / max(1, int(idle.sum()))  # of equally dear plans the one with fewer works
        self.master = Master(net, self.cost + self.trifle * idle, seconds)
        self.reach = earliest(net, self.weeks, cost=self.cost)
        self.loops: list[Cut] = []
        self._wanted = set(net.demands.tolist())
        self._demanded = {int(a) for t in self._wanted for a in net.providers[t]}

    def cheapest(
        self, deadline: int = FOREVER, *, forbid: Bools | None = None, budget: Budget | None = None
    ) -> Answer | None:
        """The cheapest plan that ends by `deadline` and keeps every due week; None when it is proven there is none.

        forbid  activities that may not be done
        """
        due = np.minimum(self.net.due, deadline)
        late = latest(self.net, self.weeks, due)
        usable = (self.reach.end < NEVER) & (self.reach.end <= late)
        if forbid is not None:
            usable &= ~forbid
        cuts: list[Cut] = []
        limits = energy(self.net, self.weeks, self.reach.end, late, usable)  # taken in when a choice breaks one
        best: Answer | None = None
        bound = 0.0
        last: Bools | None = None
        for _ in range(MOST_ROUNDS):
            try:
                choice = self.master.choose(usable, [*self.loops, *cuts], budget)
            except OutOfTime as stop:
                bound = max(bound, stop.bound)
                break
            if choice.chosen is None:
                return None
            bound = max(bound, self._bound(choice.bound))
            fresh = self._loops(choice.chosen)
            if fresh:
                self.loops += fresh
                continue
            last = choice.chosen
            broken = [c for c in limits if _breaks(choice.chosen, c)]
            if broken:
                cuts += limits
                limits = []
                continue
            found, fresh = self._calendar(choice.chosen, due, usable, late)
            if found is not None:
                best = Answer(found[0], self._price(found[0], budget), bound, found[1])
                break
            if not fresh:
                break
            cuts += fresh
        if best is None:
            best = self._fallback(due, usable, cuts, last, budget)
            if best is None:
                raise Unsettled(deadline)
        return replace(best, bound=min(bound, best.cost))

    @property
    def floor(self) -> int:
        """No plan ends before this week, whatever it costs."""
        return max((int(self.reach.token[t]) for t in self.net.demands), default=0)

    def _bound(self, bound: float) -> float:
        """What a bound with trifles says of the true cost, which is a whole number of units."""
        if self.unit == 0:
            return bound
        return float(np.ceil((bound - self.unit / 2) / self.unit - 1e-6) * self.unit)

    def _price(self, chosen: Bools, budget: Budget | None) -> float:
        cost = float(self.cost @ chosen)
        if budget is None:
            return cost
        rises = np.sort(budget.rise[chosen])[::-1]
        return cost + float(rises[: int(budget.gamma)].sum())

    def soonest(self) -> tuple[Answer | None, int]:
        """(the cheapest of the plans that end soonest, the week before which no plan can end)."""
        floor = self.floor
        if floor >= NEVER:
            return None, floor
        first = self.cheapest()
        if first is None:
            return None, floor
        best, low, high = first, floor, first.weeks
        quick = derivation(self.net, self.reach)
        rushed = schedule(self.net, self.weeks, quick)
        if rushed.late == 0 and rushed.weeks < high:
            best, high = Answer(quick, float(self.cost @ quick), first.bound, rushed), rushed.weeks
        while low < high:
            middle = (low + high) // 2
            try:
                found = self.cheapest(middle)
            except Unsettled:
                low = middle + 1
                continue
            if found is None:
                low = middle + 1
                floor = max(floor, low)
            else:
                best, high = found, min(middle, found.weeks)
        if best.weeks <= high:
            again = self._try(best.weeks)
            best = again or best
        return best, min(floor, best.weeks) if floor < best.weeks else best.weeks

    def _try(self, deadline: int) -> Answer | None:
        try:
            return self.cheapest(deadline)
        except Unsettled:
            return None

    def front(self, points: int = 10, deadline: int = FOREVER) -> list[Answer]:
        """Plans none of which is both dearer and later than another: from the soonest to the cheapest.

        Between the two ends so many deadlines are tried that no more than `points` plans come back; all of them when
        there are fewer weeks than points.
        """
        cheap = self.cheapest(deadline)
        if cheap is not None and self.net.size > MANY:
            return self._coarse(cheap, points, deadline)
        quick, _ = self.soonest()
        if cheap is None or quick is None:
            return []
        found = {quick.weeks: quick}
        span = cheap.weeks - quick.weeks
        steps = max(1, points - 1)
        wanted = [quick.weeks + (span * n) // steps if span > steps else quick.weeks + n for n in range(1, steps + 1)]
        for plan in (self._try(week) for week in wanted if week < cheap.weeks):
            if plan is not None:
                found.setdefault(plan.weeks, plan)
                found[plan.weeks] = min(found[plan.weeks], plan, key=lambda p: (p.cost, -p.bound))
        return undominated([*found.values(), cheap])

    def _coarse(self, cheap: Answer, points: int, deadline: int) -> list[Answer]:
        """The front of a large problem at evenly spaced deadlines, each with its gap; the soonest is not proven."""
        before = self.master.seconds, self.master.slack
        self.master.seconds, self.master.slack = min(self.seconds, 2.5), NEAR
        low = max(self.floor, int(LEAST * cheap.weeks))
        weeks = {cheap.weeks - ((cheap.weeks - low) * n) // max(1, points - 1) for n in range(1, points)}
        found = [cheap]
        for week in sorted(weeks):
            if low <= week < min(cheap.weeks, deadline + 1):
                plan = self._try(week)
                if plan is not None:
                    self.master.start = plan.chosen  # it keeps every later deadline too
                    found.append(replace(plan, bound=max(plan.bound, cheap.bound)))
        self.master.seconds, self.master.slack = before
        self.master.start = None
        return undominated(found)

    def _loops(self, chosen: Bools) -> list[Cut]:
        """Circles that prove themselves: each token of one needs a provider that does not rest on the circle."""
        net = self.net
        there = founded(net, chosen)
        wanted = np.zeros(len(net.tokens), dtype=bool)
        wanted[net.demands] = True
        needy = chosen[net.needs.rows]
        wanted[net.needs.items[needy]] = True
        baseless = wanted & ~there
        if not baseless.any():
            return []
        outside: list[int] = []
        inside = set(np.flatnonzero(~there).tolist())
        for token in inside:
            outside += [a for a in net.providers[token].tolist() if not inside & set(net.needs[a].tolist())]
        entries = tuple(sorted(set(outside)))
        cuts = []
        demanded = set(net.demands.tolist())
        for t in np.flatnonzero(baseless).tolist():
            if t in demanded:
                cuts.append(Cut(entries, (1.0,) * len(entries), 1.0))
            else:
                users = [a for a in np.flatnonzero(chosen).tolist() if t in net.needs[a]]
                for user in users:
                    others = tuple(e for e in entries if e != user)
                    cuts.append(Cut((*others, user), (*(1.0,) * len(others), -1.0), 0.0))
        return cuts

    def _calendar(
        self, chosen: Bools, due: Ints, usable: Bools, late: Ints
    ) -> tuple[tuple[Bools, Schedule] | None, list[Cut]]:
        """(what is really needed of a choice and when, or None), and the cuts that say why it does not work."""
        net = self.net
        needed = derivation(net, earliest(net, self.weeks, chosen, self.cost))
        order = _Order(net, self.weeks, needed, due)
        by = order.reach.by
        slow = [
            (int(by[t]), d)
            for t, d in zip(net.demands.tolist(), due.tolist(), strict=True)
            if by[t] >= 0 and order.ends[int(by[t])] > d
        ]
        slow += [(a, int(net.until[a])) for a in order.acts if order.ends[a] > net.until[a]]
        if slow:
            return None, [self._chain(order, a, week, needed, usable) for a, week in slow[:20]]
        plan = schedule(net, self.weeks, needed, due)
        if plan.late == 0:
            return (needed, plan), []
        full = self._windows(needed, due, usable, late)
        if full:
            return None, full
        if needed.sum() <= EXACT:
            exact = timetable(net, self.weeks, needed, due, self.seconds)
            if exact is not None and exact.late == 0:
                return (needed, exact), []
            if exact is None:
                return None, [self._no_good(needed, usable)]
        return None, []

    def _chain(self, order: _Order, last: int, week: int, needed: Bools, usable: Bools) -> Cut:
        """A chain of work that ends too late: a link must go, or a token on it come from one who can be in time."""
        net = self.net
        links, left = [last], week
        rescuers: list[int] = []
        a = last
        while True:
            left -= int(self.weeks[a])
            leads = [b for b in order.before[a] if order.ends[b] > net.start[a]]
            if not leads:
                break
            b = max(leads, key=lambda c: order.ends[c])
            if b not in order.wishes[a]:
                tokens = [int(t) for t in net.needs[a] if order.reach.by[t] == b]
                rescuers += [
                    int(c)
                    for t in tokens
                    for c in net.providers[t]
                    if c != b and usable[c] and self.reach.end[c] <= left
                ]
            links.append(b)
            a = b
        if last in self._demanded:
            tokens = [int(t) for t in net.yields[last] if t in self._wanted]
            rescuers += [
                int(c)
                for t in tokens
                for c in net.providers[t]
                if c != last and usable[c] and self.reach.end[c] <= week
            ]
        if any(needed[c] for c in rescuers):
            return self._no_good(needed, usable)
        return _no_good_cut(links, rescuers)

    def _windows(self, needed: Bools, due: Ints, usable: Bools, late: Ints) -> list[Cut]:
        """Laboratories that the choice overfills between two weeks, whatever the order."""
        net, found = self.net, []
        for lab in range(len(net.labs)):
            mine = np.flatnonzero((net.lab == lab) & needed & (self.weeks > 0))
            if not len(mine):
                continue
            may = np.flatnonzero((net.lab == lab) & usable & (self.weeks > 0))
            firsts = np.unique(self.reach.end[mine] - self.weeks[mine])[:12]
            lasts = np.unique(late[mine])[-12:]
            for first in firsts.tolist():
                for last in lasts.tolist():
                    if last <= first or last >= FOREVER // 2:
                        continue
                    if window(net, self.weeks, self.reach.end, late, mine, lab, first, last) is not None:
                        cut = window(net, self.weeks, self.reach.end, late, may, lab, first, last)
                        if cut is not None:
                            found.append(cut)
        return found[:20]

    def _no_good(self, needed: Bools, usable: Bools) -> Cut:
        """This very choice fits no timetable: leave one out, or bring a token from elsewhere."""
        links = np.flatnonzero(needed).tolist()
        tokens = {int(t) for a in links for t in (*self.net.needs[a], *self.net.yields[a])}
        others = [int(b) for t in tokens for b in self.net.providers[t] if usable[b] and not needed[b]]
        return _no_good_cut(links, others)

    def _fallback(
        self, due: Ints, usable: Bools, cuts: list[Cut], choice: Bools | None, budget: Budget | None
    ) -> Answer | None:
        """A plan that works, near the last choice or as fast as can be; no proof."""
        net = self.net
        best: Answer | None = None
        if net.size > MANY and budget is None and choice is not None:  # leave room at once: moving by hand costs more
            tight = [replace(c, least=c.least * ROOMY) if c.lab >= 0 else c for c in [*self.loops, *cuts]]
            try:
                roomy = self.master.choose(usable, tight).chosen
                choice = roomy if roomy is not None else choice
            except OutOfTime:
                pass
        if choice is not None:
            found = repaired(net, self.weeks, self.cost, choice, usable, due)
            if found is not None:
                best = Answer(found[0], self._price(found[0], budget), 0.0, found[1])
        quick = derivation(net, earliest(net, self.weeks, usable))
        rushed = schedule(net, self.weeks, quick, due)
        if budget is None and rushed.late == 0:
            fast = Answer(quick, float(self.cost @ quick), 0.0, rushed)
            best = fast if best is None or fast.cost < best.cost else best
        return best


class Unsettled(Exception):
    """Neither a plan by that week nor a proof that there is none was found in the time given."""

    def __init__(self, deadline: int) -> None:
        self.deadline = deadline
        super().__init__(f"whether a plan ends by week {deadline} could not be settled in the time given")


def _breaks(chosen: Bools, cut: Cut) -> bool:
    members = np.array(cut.activities, dtype=np.int64)
    return bool(chosen[members] @ np.array(cut.weights) < cut.least - 1e-6)


def undominated(plans: list[Answer]) -> list[Answer]:
    """Those than which none is both cheaper and sooner, the soonest first."""
    kept: list[Answer] = []
    for plan in sorted(plans, key=lambda p: (p.weeks, p.cost)):
        if not kept or plan.cost < kept[-1].cost - 1e-9:
            kept.append(plan)
    return kept


def _no_good_cut(links: list[int], others: list[int]) -> Cut:
    members = tuple(dict.fromkeys(links))
    elsewhere = tuple(o for o in dict.fromkeys(others) if o not in set(members))
    return Cut((*members, *elsewhere), (*(-1.0,) * len(members), *(1.0,) * len(elsewhere)), 1.0 - len(members))


def _unit(cost: Floats) -> float:
    """The largest of 0.5, 0.05, 0.005 of which every cost is a multiple; 0 when none is."""
    for unit in (0.5, 0.05, 0.005):
        parts = cost / unit
        if np.allclose(parts, np.round(parts), rtol=0, atol=1e-6):
            return unit
    return 0.0
