"""From the problem to the plan: solve it, prove it, and say of every step what it is for.

Costs decide by the middle of their range (or the quoted middle), weeks by their upper end, so that a date holds when
everything takes as long as it may. What is printed are the ranges themselves.
Reading order: Ask, Plan, make_plan(), Planner.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

import numpy as np

from ..errors import BadInput
from .clash import Demand, smallest
from .money import NOTHING, Range, total
from .net import FOREVER, Bools, Net, net
from .nouns import Goal, Ground, Work
from .reach import earliest
from .schedule import Schedule, schedule
from .search import Answer, Search, Unsettled

OBJECTIVES = ("cost", "time", "pareto")
MANY = 1_000  # activities, from which on equally cheap plans are not searched for the soonest


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked of a plan.

    basis  by which end of the cost ranges is decided: low, middle or high
    """

    objective: str = "cost"
    basis: str = "middle"
    points: int = 10
    seconds: float = 10.0


@dataclass(frozen=True, slots=True)
class Point:
    """One plan of the front, in the plan's ranges."""

    cost: Range
    weeks: Range
    deciding: float
    gap: float
    chosen: Bools


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan with everything that explains it. Steps are works with their first and last week."""

    ground: Ground
    net: Net
    ask: Ask
    answer: Answer
    steps: tuple[tuple[Work, int, int], ...]
    cost: Range
    weeks: Range
    front: tuple[Point, ...] = ()
    dropped: tuple[Goal, ...] = ()  # goals that no choice of steps reaches: their markets stay closed on this point
    opens: tuple[tuple[str, int], ...] = ()  # market -> the week in which its last open point is closed
    serves: Mapping[str, tuple[Goal, ...]] = field(default_factory=dict)  # work -> the goals that rest on it here
    grounds: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # work -> on what ground it is a way
    waits: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # work -> the works it waits for

    @property
    def unpriced(self) -> tuple[Work, ...]:
        return tuple(w for w, _, _ in self.steps if not w.priced and w.kind not in ("answer", "wait"))

    def undated(self, market: str) -> int:
        """How many works for a market have no known duration: its day can be no more than a floor."""
        served = {w.id for w in self.unpriced if w.weeks is None}
        return sum(any(g.market == market for g in self.serves.get(w, ())) for w in served)

    @property
    def quoted(self) -> bool:
        """Whether every priced step of the plan was quoted by somebody."""
        return all(w.quoted for w, _, _ in self.steps if w.priced)


def make_plan(ground: Ground, ask: Ask) -> Plan:
    """The plan of a problem; raises BadInput naming the smallest set of demands that clash."""
    return Planner(ground, ask).plan()


class Planner:
    """One problem, prepared once; `worth` and `compare` ask it again with other limits."""

    def __init__(self, ground: Ground, ask: Ask) -> None:
        self.ground, self.ask = ground, ask
        demands: dict[str, int] = {}
        self.dropped: list[Goal] = []
        whole = net(
            ground.activities, dict.fromkeys((g.token for g in ground.goals), FOREVER), ground.held, ground.capacity
        )
        reachable = Search(whole).reach.token
        at = {t: i for i, t in enumerate(whole.tokens)}
        for goal in ground.goals:
            if reachable[at[goal.token]] >= FOREVER:
                self.dropped.append(goal)
            else:
                demands[goal.token] = goal.due
        for token in ground.required:
            demands.setdefault(token, FOREVER)
        self.net = net(ground.activities, demands, ground.held, ground.capacity)
        self.search = Search(self.net, cost=ask.basis, seconds=ask.seconds)

    def plan(self) -> Plan:
        """The plan for the objective, with its front when that was asked."""
        front: list[Answer] = []
        try:
            if self.ask.objective == "time":
                answer, _ = self.search.soonest()
            elif self.ask.objective == "pareto":
                front = self.search.front(self.ask.points)
                answer = front[-1] if front else None
            else:
                answer = cheap_and_soon(self.search)
        except Unsettled as stop:
            raise BadInput(f"{stop}; give it longer with --seconds") from None
        if answer is None:
            raise BadInput(self.clash())
        return self.told(answer, front)

    def apart(self, market: str) -> tuple[Answer | None, set[str]]:
        """The plan without one market, and the works it then holds."""
        kept = {g.token: g.due for g in self.ground.goals if g.market != market and g not in self.dropped}
        kept |= dict.fromkeys(self.ground.required, FOREVER)
        less = net(self.ground.activities, kept, self.ground.held, self.ground.capacity)
        answer = cheap_and_soon(Search(less, cost=self.ask.basis, seconds=self.ask.seconds))
        names = {n for i, n in enumerate(less.names) if answer.chosen[i]} if answer is not None else set()
        return answer, names

    def told(self, answer: Answer, front: Sequence[Answer] = ()) -> Plan:
        """An answer in people's words."""
        timed = self.held_late(answer)
        serves, grounds = self.resting(answer)
        works = self.ground.works
        steps = [
            (works[name], int(timed.begin[i]), int(timed.end[i]))
            for i, name in enumerate(self.net.names)
            if answer.chosen[i] and name in works
        ]
        steps.sort(key=lambda s: (s[1], s[2], s[0].id))
        return Plan(
            ground=self.ground,
            net=self.net,
            ask=self.ask,
            answer=replace(answer, schedule=timed),
            steps=tuple(steps),
            cost=self.cost(answer.chosen),
            weeks=self.weeks(answer.chosen, timed.weeks),
            front=tuple(Point(self.cost(a.chosen), self.weeks(a.chosen), a.cost, a.gap, a.chosen) for a in front),
            dropped=tuple(self.dropped),
            opens=self.opens(answer, timed),
            serves=serves,
            grounds=grounds,
            waits=self.waits(answer),
        )

    def waits(self, answer: Answer) -> dict[str, tuple[str, ...]]:
        """Which chosen works come before each chosen work."""
        names, works = self.net.names, self.ground.works
        found = {}
        for a in np.flatnonzero(answer.chosen).tolist():
            before = [names[b] for b in self.net.after[a].tolist() if answer.chosen[b]]
            if names[a] in works and before:
                found[names[a]] = tuple(b for b in before if b in works)
        return found

    def resting(self, answer: Answer) -> tuple[dict[str, tuple[Goal, ...]], dict[str, tuple[str, ...]]]:
        """For each work of an answer, the goals that rest on it and the ground on which it is a way."""
        reach = earliest(self.net, self.search.weeks, answer.chosen, self.search.cost)
        at = {t: i for i, t in enumerate(self.net.tokens)}
        serves: dict[str, dict[str, Goal]] = {}
        grounds: dict[str, dict[str, None]] = {}
        for goal in self.ground.goals:
            if goal in self.dropped:
                continue
            stack: list[tuple[int, str]] = [(at[goal.token], "")]
            seen: set[int] = set()
            while stack:
                token, said = stack.pop()
                a = int(reach.by[token])
                if a < 0 or a in seen:
                    continue
                seen.add(a)
                name = self.net.names[a]
                said = self.ground.ways.get(name, said)
                if name in self.ground.works:
                    serves.setdefault(name, {})[goal.token] = goal
                    grounds.setdefault(name, {})[said] = None
                stack += [(int(n), said) for n in self.net.needs[a]]
        return {w: tuple(g.values()) for w, g in serves.items()}, {w: tuple(g) for w, g in grounds.items()}

    def held_late(self, answer: Answer) -> Schedule:
        """What stays valid only for a time is done so late that it still holds when its markets open."""
        starts = self.net.start.copy()
        opens = dict(self.opens(answer, answer.schedule))
        moved = False
        for i, name in enumerate(self.net.names):
            work = self.ground.works.get(name)
            if work is None or not work.hold or not answer.chosen[i]:
                continue
            needed = max((opens.get(m, 0) for m in work.markets), default=0)
            soonest = needed - work.hold - int(self.search.weeks[i])
            if soonest > answer.schedule.begin[i]:
                starts[i], moved = soonest, True
        if not moved:
            return answer.schedule
        later = schedule(replace(self.net, start=starts), self.search.weeks, answer.chosen)
        return later if later.late == 0 and later.weeks <= answer.schedule.weeks else answer.schedule

    def cost(self, chosen: Bools) -> Range:
        works = [self.ground.works.get(n) for i, n in enumerate(self.net.names) if chosen[i]]
        parts = [w.cost for w in works if w is not None and w.cost is not None]
        return total(parts) if parts else NOTHING

    def named(self, names: Iterable[str]) -> Range:
        """The range of some works' costs."""
        works = [self.ground.works[n] for n in sorted(names) if n in self.ground.works]
        return total([w.cost for w in works if w.cost is not None])

    def weeks(self, chosen: Bools, longest: int | None = None) -> Range:
        """From everything at its shortest to everything at its longest."""
        short = schedule(self.net, self.net.weeks("low"), chosen).weeks
        long_ = schedule(self.net, self.net.weeks("high"), chosen).weeks if longest is None else longest
        return Range(Decimal(min(short, long_)), Decimal(long_))

    def opens(self, answer: Answer, timed: Schedule) -> tuple[tuple[str, int], ...]:
        """Market -> the week in which the last of its goals is reached."""
        token: dict[str, int] = {}
        for i in np.flatnonzero(answer.chosen):
            for t in self.net.yields[int(i)]:
                name = self.net.tokens[int(t)]
                token[name] = min(token.get(name, FOREVER), int(timed.end[i]))
        found: dict[str, int] = {}
        for goal in self.ground.goals:
            if goal.token in token:
                found[goal.market] = max(found.get(goal.market, 0), token[goal.token])
        return tuple(found.items())

    def clash(self) -> str:
        """The smallest set of demands, dates and laboratories that no plan can keep together, in a sentence."""
        demands = [
            Demand(
                f"{g.finding.title} ({g.market}, {'+'.join(g.finding.about)})"
                + (f" by {self._dated(g)}" if g.due < FOREVER else ""),
                token=g.token,
                due=g.due,
            )
            for g in self.ground.goals
            if g not in self.dropped
        ]
        demands += [Demand(f"required: {t}", token=t) for t in self.ground.required]
        labs = [Demand(f"the places of laboratory {n}", lab=n) for n in self.ground.capacity]
        found = smallest([*demands, *labs], self._possible)
        if len(found) == 1 and found[0].token and found[0].due < FOREVER:
            at = self.net.tokens.index(found[0].token)
            soonest = self.ground.route.day(int(self.search.reach.token[at]))
            return f"no plan reaches this: {found[0].says}; the soonest day for it alone is {soonest}"
        return "these demands clash; each goes without the others: " + "; ".join(d.says for d in found)

    def _dated(self, goal: Goal) -> str:
        """The day by which a goal is wanted, as it was written."""
        route = self.ground.route
        return min(d for d in (route.deadline, route.deadlines.get(goal.market, "")) if d)

    def _possible(self, demands: Sequence[Demand]) -> bool:
        """Whether a plan keeps these demands; what is not settled counts as possible."""
        labs = {d.lab for d in demands if d.lab}
        capacity = {n: c if n in labs else 10**6 for n, c in self.ground.capacity.items()}
        wanted = {d.token: d.due for d in demands if d.token}
        if not wanted:
            return True
        try:
            return (
                Search(
                    net(self.ground.activities, wanted, self.ground.held, capacity), cost=self.ask.basis, seconds=2.0
                ).cheapest()
                is not None
            )
        except Unsettled:
            return True


def cheap_and_soon(search: Search, forbid: Bools | None = None) -> Answer | None:
    """The cheapest plan, and of equally cheap ones the one that ends first (for problems of one dossier's size)."""
    answer = search.cheapest(forbid=forbid)
    if answer is None or search.net.size > MANY:
        return answer
    low, high = search.floor, answer.weeks
    while low < high:
        middle = (low + high) // 2
        try:
            found = search.cheapest(middle, forbid=forbid)
        except Unsettled:
            found = None
        if found is not None and found.cost <= answer.cost + 1e-6:
            answer, high = replace(found, bound=min(answer.bound, found.cost)), min(middle, found.weeks)
        else:
            low = middle + 1
    return answer
