"""The net: activities that need tokens and yield tokens, and the tokens that are demanded.

An activity is a hyperedge: it can start when every token it needs is there, and it ends with every token it yields. A
token that several activities yield can be had in several ways (OR); an activity that needs several wants them all
(AND). What two markets both need is one token and is paid for once. Nothing here knows a market or a document: names
are kept only to be shown.
Reading order: Activity, Net, net(). Weeks are whole numbers from the first day of the plan; money is plain numbers of
one currency (decimals stay outside, in `money`).
Source: directed hypergraphs, G. Gallo et al. (1993), Discrete Applied Mathematics 42 (cited, not quoted).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import BadInput

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

FOREVER = 1 << 20  # weeks; nothing is planned so far ahead


@dataclass(frozen=True, slots=True)
class Activity:
    """One thing that can be done: what it needs and yields, what it costs, how long it takes, and where.

    cost, weeks  (low, high)
    likely       the cost somebody quoted as the likely one; the half of the range stands for it when nobody did
    after        activities that come first if they are done at all
    lab, load    the laboratory it fills, and how many of its places
    start        no earlier than this week
    until        its yield is no longer accepted after this week
    """

    id: str
    needs: tuple[str, ...] = ()
    yields: tuple[str, ...] = ()
    cost: tuple[float, float] = (0.0, 0.0)
    weeks: tuple[float, float] = (0.0, 0.0)
    after: tuple[str, ...] = ()
    lab: str = ""
    load: int = 1
    start: int = 0
    until: int = FOREVER
    likely: float | None = None


@dataclass(frozen=True, slots=True)
class Lists:
    """A list of whole numbers per row, end to end: row i is items[starts[i]:starts[i + 1]]."""

    starts: Ints
    items: Ints

    def __getitem__(self, row: int) -> Ints:
        return self.items[self.starts[row] : self.starts[row + 1]]

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def rows(self) -> Ints:
        """The row of every item."""
        return np.repeat(np.arange(len(self)), np.diff(self.starts))

    def turned(self, columns: int) -> Lists:
        """The rows of every item value: who names it."""
        order = np.argsort(self.items, kind="stable")
        return lists(np.bincount(self.items, minlength=columns), self.rows[order])


def lists(counts: Iterable[int] | Ints, items: Any) -> Lists:
    """Lists from how many items each row has, and all items."""
    starts = np.concatenate([[0], np.cumsum(np.asarray(counts, dtype=np.int64))]).astype(np.int64)
    return Lists(starts, np.asarray(items, dtype=np.int64))


@dataclass(frozen=True, slots=True)
class Net:
    """A whole problem as arrays. `due` of a demand and `capacity` of a laboratory count in weeks and places.

    capacity  (laboratories, weeks): places in each week; the last column holds for all later weeks
    """

    names: tuple[str, ...]
    tokens: tuple[str, ...]
    labs: tuple[str, ...]
    cost_low: Floats
    cost_high: Floats
    cost_likely: Floats
    weeks_low: Ints
    weeks_high: Ints
    needs: Lists
    yields: Lists
    after: Lists
    lab: Ints
    load: Ints
    start: Ints
    until: Ints
    held: Bools
    demands: Ints
    due: Ints
    capacity: Ints
    providers: Lists = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "providers", self.yields.turned(len(self.tokens)))

    @property
    def size(self) -> int:
        return len(self.names)

    def weeks(self, basis: str) -> Ints:
        """Durations to plan with: `low`, `high`, or `middle` of the range, in whole weeks."""
        if basis == "middle":
            return np.asarray(-(-(self.weeks_low + self.weeks_high) // 2))
        return self.weeks_low if basis == "low" else self.weeks_high

    def cost(self, basis: str) -> Floats:
        """Costs to decide with. The middle weighs a range for a decision; it is never shown as an amount."""
        if basis == "middle":
            return self.cost_likely
        return self.cost_low if basis == "low" else self.cost_high

    def places(self, lab: int, week: int) -> int:
        """How many places a laboratory has in a week."""
        return int(self.capacity[lab, min(week, self.capacity.shape[1] - 1)])


def net(
    activities: Sequence[Activity],
    demands: Mapping[str, int] | Iterable[str],
    held: Iterable[str] = (),
    capacity: Mapping[str, int | Sequence[int]] = {},
) -> Net:
    """Named activities -> arrays; raises BadInput with a sentence for what cannot be planned.

    demands   token -> the week by which it is due (or just the tokens)
    held      tokens in hand today
    capacity  laboratory -> places a week, one number or one per week (the last holds on)
    """
    wanted = dict(demands) if isinstance(demands, Mapping) else dict.fromkeys(demands, FOREVER)
    check(activities, capacity)
    number = {a.id: i for i, a in enumerate(activities)}
    token: dict[str, int] = {}
    for name in (*(t for a in activities for t in (*a.yields, *a.needs)), *wanted, *held):
        token.setdefault(name, len(token))
    labs = {name: i for i, name in enumerate(capacity)}
    longest = max((len(c) if isinstance(c, Sequence) else 1 for c in capacity.values()), default=1)
    table = np.ones((len(labs), longest), dtype=np.int64)
    for name, places in capacity.items():
        row = list(places) if isinstance(places, Sequence) else [places]
        table[labs[name]] = row + [row[-1]] * (longest - len(row))
    mask = np.zeros(len(token), dtype=bool)
    mask[[token[t] for t in held]] = True

    def whole(values: Iterable[float]) -> Ints:
        return np.array([ceil(v) for v in values], dtype=np.int64)

    def refer(groups: Iterable[Sequence[str]], index: Mapping[str, int]) -> Lists:
        found = [sorted({index[name] for name in group if name in index}) for group in groups]
        return lists([len(g) for g in found], [i for g in found for i in g])

    return Net(
        names=tuple(number),
        tokens=tuple(token),
        labs=tuple(labs),
        cost_low=np.array([a.cost[0] for a in activities], dtype=float),
        cost_high=np.array([a.cost[1] for a in activities], dtype=float),
        cost_likely=np.array([sum(a.cost) / 2 if a.likely is None else a.likely for a in activities], dtype=float),
        weeks_low=whole(a.weeks[0] for a in activities),
        weeks_high=whole(a.weeks[1] for a in activities),
        needs=refer((a.needs for a in activities), token),
        yields=refer((a.yields for a in activities), token),
        after=refer((a.after for a in activities), number),
        lab=np.array([labs.get(a.lab, -1) for a in activities], dtype=np.int64),
        load=np.array([a.load for a in activities], dtype=np.int64),
        start=np.array([a.start for a in activities], dtype=np.int64),
        until=np.array([a.until for a in activities], dtype=np.int64),
        held=mask,
        demands=np.array([token[t] for t in wanted], dtype=np.int64),
        due=np.array(list(wanted.values()), dtype=np.int64),
        capacity=table,
    )


def check(activities: Sequence[Activity], capacity: Mapping[str, int | Sequence[int]]) -> None:
    """Refuse what no plan can mean: efforts below zero or upside down, activities named twice, unknown laboratories."""
    seen: set[str] = set()
    complaints = []
    for a in activities:
        for what, (low, high) in (("cost", a.cost), ("weeks", a.weeks)):
            if not (low == low and high == high) or high in (float("inf"),):
                complaints.append(f"activity {a.id!r}: its {what} is not a number. Give low and high.")
            elif low < 0:
                complaints.append(f"activity {a.id!r}: {what} of {low:g} is below zero. An effort is zero or more.")
            elif high < low:
                complaints.append(f"activity {a.id!r}: {what} runs from {low:g} down to {high:g}. Swap low and high.")
        if a.id in seen:
            complaints.append(f"activity {a.id!r} is named twice. Give each activity its own id.")
        if a.lab and a.lab not in capacity:
            complaints.append(f"activity {a.id!r}: nobody says how many places laboratory {a.lab!r} has a week.")
        elif a.lab and a.load > max(_row(capacity[a.lab])):
            complaints.append(
                f"activity {a.id!r} fills {a.load} places; laboratory {a.lab!r} never has more than "
                f"{max(_row(capacity[a.lab]))}."
            )
        seen.add(a.id)
    for name, places in capacity.items():
        if not _row(places) or min(_row(places)) < 0:
            complaints.append(f"laboratory {name!r}: its places a week must be zero or more.")
    if complaints:
        raise BadInput("\n".join(complaints))


def _row(places: int | Sequence[int]) -> list[int]:
    return list(places) if isinstance(places, Sequence) else [places]
