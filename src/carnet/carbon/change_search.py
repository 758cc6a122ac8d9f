"""The cheapest changes that bring a product under its limits in every chosen market.

Options are priced by the adjoint: the intensities of the background are solved once per method, and a variant is a dot
product. Options whose effects depend on each other (a smaller pack that also needs cleaner cells) are found by
comparing pairs with singles and grouped; each group offers its allowed combinations as columns, exactly one is chosen,
and between groups effects add up. So the search is an exact integer program for HiGHS. What it chooses is computed
again from the changed inventory; should that lie over a limit, the choice is forbidden and the search goes on.
Money is the objective when every option is priced; else the number of changes is, and the answer says so.
Reading order: Limit, search(), Space, solve().
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations
from typing import Any

import numpy as np

from ..errors import BadInput
from .nouns import Method
from .options import Scorer, Workshop, independent
from .system import Array

MOST_OPTIONS, MOST_COLUMNS, MOST_CUTS = 200, 20_000, 500
SAME = 1e-9  # of the largest value: effects closer than this are one


@dataclass(frozen=True, slots=True)
class Limit:
    """A method's value must not exceed this, in the method's unit."""

    method: Method
    name: str
    value: float
    unit: str


@dataclass(slots=True)
class Space:
    """Everything the integer program knows.

    today    (m,)     values without any change
    alone    (o, m)   change of the values by each option alone
    columns           allowed combinations of each group, the empty one first; groups follow each other
    group    (c,)     the group of each column
    effect   (c, m)   change of the values by each column
    """

    today: Array
    alone: Array
    columns: list[tuple[int, ...]]
    group: list[int]
    effect: Array
    conflicts: list[tuple[int, int]]

    @property
    def groups(self) -> int:
        return self.group[-1] + 1 if self.group else 0


def space(shop: Workshop, scorers: Sequence[Scorer]) -> Space:
    """Effects of all options alone, and of all allowed combinations of those that depend on each other."""
    count = len(shop.options)
    if count > MOST_OPTIONS:
        raise BadInput(f"{shop.base.file}: {count} options are too many to compare in pairs; at most {MOST_OPTIONS}")

    def values(chosen: tuple[int, ...]) -> Array:
        made = shop.made(chosen)
        return np.array([s.value(made) for s in scorers])

    today = values(())
    alone = np.array([values((n,)) - today for n in range(count)]).reshape(count, len(scorers))
    near = SAME * np.maximum(np.abs(today), np.abs(alone).max(axis=0, initial=0.0))
    cut_off = any(s.limited for s in scorers)
    leader = list(range(count))

    def head(n: int) -> int:
        while leader[n] != n:
            leader[n] = leader[leader[n]]
            n = leader[n]
        return n

    for i, j in combinations(range(count), 2):
        if (i, j) in shop.conflicts or (independent(shop.options, i, j) and not cut_off):
            continue
        if head(i) != head(j) and np.any(np.abs(values((i, j)) - today - alone[i] - alone[j]) > near):
            leader[head(j)] = head(i)
    members: dict[int, list[int]] = {}
    for n in range(count):
        members.setdefault(head(n), []).append(n)
    columns: list[tuple[int, ...]] = []
    group: list[int] = []
    for number, those in enumerate(members.values()):
        for chosen in _allowed(those, shop.conflicts):
            columns.append(chosen)
            group.append(number)
            if len(columns) > MOST_COLUMNS:
                names = ", ".join(shop.options[n].id for n in those)
                raise BadInput(
                    f"{shop.base.file}: options {names} change each other's effect in too many combinations. "
                    "Say which exclude each other (excludes: [...]), or ask for fewer at once."
                )
    effect = np.array([alone[c[0]] if len(c) == 1 else values(c) - today if c else 0 * today for c in columns])
    return Space(today, alone, columns, group, effect.reshape(len(columns), len(scorers)), sorted(shop.conflicts))


def _allowed(those: list[int], conflicts: set[tuple[int, int]]) -> list[tuple[int, ...]]:
    """Every combination without a conflict, the empty one first, at most one more than may be used."""
    found: list[tuple[int, ...]] = [()]
    for n in those:
        for chosen in list(found):
            if not any((min(n, other), max(n, other)) in conflicts for other in chosen):
                found.append((*chosen, n))
                if len(found) > MOST_COLUMNS:
                    return found
    return found


@dataclass(frozen=True, slots=True)
class Choice:
    """What the integer program says: the options chosen, its objective, the bound it proved."""

    chosen: tuple[int, ...]
    objective: float
    bound: float


def solve(
    found: Space,
    room: Array,
    price: Array,
    tie: Array,
    forbidden: Sequence[tuple[int, ...]] = (),
    nearest: bool = False,
) -> Choice | None:
    """The cheapest columns within `room` (m,), the change each value may make; of equals, the least of `tie`.

    price, tie  (o,)  of the options; None when nothing fits. With `nearest` the largest excess is made small instead.
    """
    prices = np.array([sum(price[n] for n in c) for c in found.columns])
    ties = np.array([sum(tie[n] for n in c) for c in found.columns])
    if nearest:
        return _run(found, room, np.zeros(len(prices)), forbidden, None, slack=1.0)
    first = _run(found, room, prices, forbidden, None)
    if first is None:
        return None
    second = _run(found, room, ties, forbidden, (prices, first.objective))
    return Choice((second or first).chosen, first.objective, first.bound)


def _run(
    found: Space,
    room: Array,
    cost: Array,
    forbidden: Sequence[tuple[int, ...]],
    keep: tuple[Array, float] | None,
    slack: float = 0.0,
) -> Choice | None:
    import highspy

    solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    for name, value in (("output_flag", False), ("mip_rel_gap", 0.0), ("mip_abs_gap", 0.0), ("threads", 1)):
        solver.setOptionValue(name, value)
    infinite, many = highspy.kHighsInf, len(found.columns)
    for n in range(many):
        solver.addVar(0.0, 1.0)
        solver.changeColIntegrality(n, highspy.HighsVarType.kInteger)
        solver.changeColCost(n, float(cost[n]))
    if slack:
        solver.addVar(0.0, infinite)
        solver.changeColCost(many, slack)
    of = [[n for n, g in enumerate(found.group) if g == number] for number in range(found.groups)]
    for those in of:
        solver.addRow(1.0, 1.0, len(those), np.array(those, np.int32), np.ones(len(those)))
    for m in range(found.today.size):
        scale = max(float(np.abs(found.effect[:, m]).max(initial=0.0)), abs(float(room[m])), 1e-300)
        line = np.append(found.effect[:, m] / scale, [-abs(found.today[m]) / scale] if slack else [])
        used = np.flatnonzero(line)
        solver.addRow(-infinite, float(room[m]) / scale, used.size, used.astype(np.int32), line[used])
    holds = [[n for n, c in enumerate(found.columns) if option in c] for option in range(found.alone.shape[0])]
    for i, j in found.conflicts:
        both = np.array([*holds[i], *holds[j]], np.int32)
        solver.addRow(-infinite, 1.0, both.size, both, np.ones(both.size))
    for chosen in forbidden:
        mine = [next(n for n in those if found.columns[n] == _part(found, those, chosen)) for those in of]
        solver.addRow(-infinite, len(mine) - 1.0, len(mine), np.array(mine, np.int32), np.ones(len(mine)))
    if keep is not None:
        used = np.flatnonzero(keep[0])
        if used.size:
            most = keep[1] + 1e-9 * max(1.0, abs(keep[1]))
            solver.addRow(-infinite, most, used.size, used.astype(np.int32), keep[0][used])
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    values, info = solver.getSolution().col_value, solver.getInfo()
    taken = tuple(sorted(o for n in range(many) if values[n] > 0.5 for o in found.columns[n]))
    return Choice(taken, float(info.objective_function_value), float(info.mip_dual_bound))


def _part(found: Space, those: list[int], chosen: tuple[int, ...]) -> tuple[int, ...]:
    """The options of a choice that belong to one group of columns."""
    members = {o for n in those for o in found.columns[n]}
    return tuple(o for o in chosen if o in members)


def search(shop: Workshop, limits: Sequence[Limit], alternatives: int = 0) -> dict[str, Any]:
    """The cheapest options under all limits, as plain data; `alternatives` further choices follow in order of cost."""
    scorers = [Scorer(limit.method, shop.base, shop.tables) for limit in limits]
    found = space(shop, scorers)
    bound = np.array([limit.value for limit in limits])
    unpriced = [o.id for o in shop.options if o.cost is None]
    ones = np.ones(len(shop.options))
    price = ones if unpriced else np.array([float(o.cost or 0) for o in shop.options])
    forbidden: list[tuple[int, ...]] = []
    choices: list[dict[str, Any]] = []
    first: Choice | None = None
    while len(choices) <= alternatives:
        choice = solve(found, bound - found.today, price, ones, forbidden)
        if choice is None:
            break
        if len(forbidden) > MOST_CUTS:
            raise BadInput(f"{shop.base.file}: {MOST_CUTS} choices lie so near a limit that none is certain")
        forbidden.append(choice.chosen)
        made = shop.made(choice.chosen)
        values = np.array([s.value(made) for s in scorers])
        if np.all(values <= bound):
            first = first or choice
            choices.append(_choice(shop, choice.chosen, values, limits))
    state = "out_of_reach" if not choices else "already" if np.all(found.today <= bound) else "reached"
    answer: dict[str, Any] = {
        "state": state,
        "objective": "changes" if unpriced else "cost",
        "because": f"nobody has priced {', '.join(unpriced)}, so changes are counted" if unpriced else "",
        "currency": shop.currency,
        "per": shop.base.form.product.declared_unit,
        "limits": [
            {"method": x.method.id, "name": x.name, "limit": x.value, "unit": x.unit, "today": float(today)}
            for x, today in zip(limits, found.today, strict=True)
        ],
        "choice": choices[0] if choices else None,
        "alternatives": choices[1:],
        "options": [_row(shop, n, found, limits) for n in range(len(shop.options))],
        "excludes": [[shop.options[i].id, shop.options[j].id] for i, j in found.conflicts],
        "proof": {
            "solver": "HiGHS",
            "optimal": bool(choices),
            "objective": first.objective if first else None,
            "bound": first.bound if first else None,
            "columns": len(found.columns),
            "groups": found.groups,
            "refused": len(forbidden) - len(choices),
        },
    }
    if not choices:
        best = solve(found, bound - found.today, price, ones, nearest=True)
        chosen = best.chosen if best else ()
        made = shop.made(chosen)
        answer["nearest"] = _choice(shop, chosen, np.array([s.value(made) for s in scorers]), limits)
    return answer


def _choice(shop: Workshop, chosen: tuple[int, ...], values: Array, limits: Sequence[Limit]) -> dict[str, Any]:
    """What is changed, what it costs, and the values of the changed inventory."""
    picked = [shop.options[n] for n in chosen]
    priced = [o.cost for o in picked if o.cost is not None]
    return {
        "changes": [o.id for o in picked],
        "cost": format(sum(priced, Decimal(0)), "f") if len(priced) == len(picked) else None,
        "unpriced": [o.id for o in picked if o.cost is None],
        "values": [
            {"method": x.method.id, "name": x.name, "value": float(v), "unit": x.unit, "within": bool(v <= x.value)}
            for x, v in zip(limits, values, strict=True)
        ],
    }


def _row(shop: Workshop, number: int, found: Space, limits: Sequence[Limit]) -> dict[str, Any]:
    """An option with what it does alone."""
    option = shop.options[number]
    return {
        "option": option.id,
        "title": option.block.title,
        "kind": option.block.kind,
        "cost": None if option.cost is None else format(option.cost, "f"),
        "alone": [
            {"method": x.method.id, "name": x.name, "change": float(c), "unit": x.unit}
            for x, c in zip(limits, found.alone[number], strict=True)
        ],
        "place": str(option.place),
    }
