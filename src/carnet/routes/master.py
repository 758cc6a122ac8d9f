"""The choice of activities as an integer program: cheapest set in which every demand and every need has a provider.

Rows say: a demand has a provider; whoever is chosen has a provider for each need; laboratories have room for their
work before the last useful week; and the cuts that the search adds (`search`). Whatever falls apart into separate
pieces is solved piece by piece, equal pieces once. Every answer is a lower bound for the problem with time.
Reading order: Cut, Choice, Master.choose(), solve().
Source: HiGHS, Q. Huangfu and J. A. J. Hall (2018), Mathematical Programming Computation 10 (used, not copied).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from .net import FOREVER, Bools, Floats, Ints, Net

WHOLE = 6_000  # columns, up to which a program is not taken apart


@dataclass(frozen=True, slots=True)
class Cut:
    """sum of weights over activities >= least"""

    activities: tuple[int, ...]
    weights: tuple[float, ...]
    least: float
    lab: int = -1  # the laboratory whose places it counts, if it does


@dataclass(frozen=True, slots=True)
class Choice:
    """A chosen set, its cost, and the least cost that any set can have; `chosen` is None when none exists.

    proven  False when the time ran out before this was known
    """

    chosen: Bools | None
    cost: float
    bound: float
    proven: bool = True


@dataclass(frozen=True, slots=True)
class Budget:
    """Uncertain costs: at most `gamma` of the chosen activities reach the top of their range."""

    gamma: float
    rise: Floats


class Master:
    """The integer program of one net: rows are made once, asked many times with other limits and cuts."""

    def __init__(self, net: Net, cost: Floats, seconds: float = 10.0) -> None:
        self.net, self.cost, self.seconds = net, cost, seconds
        self.slack = 0.0  # the share of the cost within which a piece is good enough; 0 asks for proof
        self.start: Bools | None = None  # a plan that is known to work: the search for a better one begins there
        self.asked = 0
        needs = net.needs
        self._users, self._wants = needs.rows, needs.items
        keep = ~net.held[self._wants]
        self._users, self._wants = self._users[keep], self._wants[keep]
        self._kept: dict[bytes, tuple[Floats, float, float, bool] | None] = {}

    def choose(self, usable: Bools, cuts: Sequence[Cut] = (), budget: Budget | None = None) -> Choice:
        """The cheapest set of usable activities under the cuts (with the dearest rises of the budget counted in)."""
        net = self.net
        wanted = np.unique(net.demands[~net.held[net.demands]])
        live = self._live(usable, wanted)
        if live is None:
            return Choice(None, np.inf, np.inf)
        columns = np.flatnonzero(live)
        at = np.full(net.size, -1, dtype=np.int64)
        at[columns] = np.arange(len(columns))
        users = live[self._users]
        pairs = np.unique(np.stack([self._wants[users], self._users[users]]), axis=1)
        tokens = np.concatenate([wanted, pairs[0]])
        owner = np.concatenate([np.full(len(wanted), -1), pairs[1]])
        rows, items = _spread(net, tokens)
        seen = live[items]
        rows, items = rows[seen], at[items[seen]]
        values = np.ones(len(rows))
        mine = np.flatnonzero(owner >= 0)
        rows = np.concatenate([rows, mine])
        items = np.concatenate([items, at[owner[mine]]])
        values = np.concatenate([values, -np.ones(len(mine))])
        least = (owner < 0).astype(float)
        matrix = sparse.csr_array((values, (rows, items)), shape=(len(tokens), len(columns)))
        if cuts:
            extra, limits = _cut_rows(cuts, at, len(columns))
            matrix = sparse.vstack([matrix, extra], format="csr")
            least = np.concatenate([least, limits])
        if budget is not None and budget.gamma > 0:
            return self._with_budget(matrix, least, columns, budget)
        return self._by_pieces(matrix, least, columns)

    def _live(self, usable: Bools, wanted: Ints) -> Bools | None:
        """What the demands can rest on and has providers for all it needs; None when a demand has none."""
        net = self.net
        live = usable.copy()
        provided = self.provided(live)
        while True:  # drop whoever needs what nobody brings
            lame = ~provided[self._wants] & live[self._users]
            if not lame.any():
                break
            live[np.unique(self._users[lame])] = False
            provided = self.provided(live)
        if not provided[wanted].all():
            return None
        useful = np.zeros(len(net.tokens), dtype=bool)
        useful[wanted] = True
        kept = np.zeros(net.size, dtype=bool)
        rows = net.yields.rows
        while True:
            fresh = np.zeros(net.size, dtype=bool)
            fresh[rows[useful[net.yields.items]]] = True
            fresh &= live & ~kept
            if not fresh.any():
                return kept
            kept |= fresh
            useful[self._wants[fresh[self._users]]] = True

    def provided(self, live: Bools) -> Bools:
        """The tokens that are in hand or have a live provider."""
        found = self.net.held.copy()
        found[self.net.yields.items[live[self.net.yields.rows]]] = True
        return found

    def _by_pieces(self, matrix: Any, least: Floats, columns: Ints) -> Choice:
        cost = self.cost[columns]
        if len(columns) <= WHOLE:
            return self._at_once(matrix, least, columns)
        count, label = _pieces(matrix)
        chosen = np.zeros(self.net.size, dtype=bool)
        total, bound, proven = 0.0, 0.0, True
        order = np.argsort(label[matrix.shape[0] :], kind="stable")
        of_row = np.argsort(label[: matrix.shape[0]], kind="stable")
        column_starts = np.searchsorted(label[matrix.shape[0] :][order], np.arange(count + 1))
        row_starts = np.searchsorted(label[: matrix.shape[0]][of_row], np.arange(count + 1))
        for piece in range(count):
            rows = of_row[row_starts[piece] : row_starts[piece + 1]]
            inside = order[column_starts[piece] : column_starts[piece + 1]]
            if not len(inside):
                if (least[rows] > 0).any():
                    return Choice(None, np.inf, np.inf)
                continue
            part = matrix[rows][:, inside]
            found = self._remembered(part, least[rows], cost[inside], columns[inside])
            if found is None:
                return Choice(None, np.inf, np.inf)
            values, worth, below, sure = found
            chosen[columns[inside[values > 0.5]]] = True
            total, bound, proven = total + worth, bound + below, proven and sure
        return Choice(chosen, total, min(bound, total), proven)

    def _at_once(self, matrix: Any, least: Floats, columns: Ints) -> Choice:
        """A small program is faster in one piece."""
        chosen = np.zeros(self.net.size, dtype=bool)
        if not len(columns):
            return Choice(chosen, 0.0, 0.0) if (least <= 0).all() else Choice(None, np.inf, np.inf)
        found = self._remembered(matrix, least, self.cost[columns], columns)
        if found is None:
            return Choice(None, np.inf, np.inf)
        chosen[columns[found[0] > 0.5]] = True
        return Choice(chosen, found[1], found[2], found[3])

    def _remembered(
        self, part: Any, least: Floats, cost: Floats, columns: Ints
    ) -> tuple[Floats, float, float, bool] | None:
        """The answer to one piece, asked once."""
        arrays = (part.indptr, part.indices, part.data, least, cost)
        key = b"|".join((f"{self.slack}".encode(), *(a.tobytes() for a in arrays)))
        if key not in self._kept:
            self.asked += 1
            ones = np.ones(len(cost))
            begun = None if self.start is None else self.start[columns].astype(float)
            self._kept[key] = solve(part, least, cost, ones, ones, self.seconds, self.slack, begun)
        return self._kept[key]

    def _with_budget(self, matrix: Any, least: Floats, columns: Ints, budget: Budget) -> Choice:
        """Bertsimas and Sim (2004): one column for the common rise, one per activity for what exceeds it."""
        n, m = len(columns), matrix.shape[0]
        rise = budget.rise[columns]
        eye = sparse.identity(n, format="csr")
        top = sparse.hstack([matrix, sparse.csr_array((m, n + 1))])
        ones = sparse.csr_array(np.ones((n, 1)))
        below = sparse.hstack([sparse.diags_array(-rise), eye, ones])
        whole = sparse.vstack([top, below], format="csr")
        cost = np.concatenate([self.cost[columns], np.ones(n), [budget.gamma]])
        limits = np.concatenate([least, np.zeros(n)])
        upper = np.concatenate([np.ones(n), np.full(n + 1, np.inf)])
        whole_numbers = np.concatenate([np.ones(n), np.zeros(n + 1)])
        found = solve(whole, limits, cost, upper, whole_numbers, self.seconds)
        if found is None:
            return Choice(None, np.inf, np.inf)
        values, worth, bound, sure = found
        chosen = np.zeros(self.net.size, dtype=bool)
        chosen[columns[values[:n] > 0.5]] = True
        return Choice(chosen, worth, bound, sure)


def _spread(net: Net, tokens: Ints) -> tuple[Ints, Ints]:
    """(row, provider) for each provider of each token in turn."""
    starts, ends = net.providers.starts[tokens], net.providers.starts[tokens + 1]
    counts = ends - starts
    rows = np.repeat(np.arange(len(tokens)), counts)
    offsets = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
    return rows, net.providers.items[np.repeat(starts, counts) + offsets]


def _cut_rows(cuts: Sequence[Cut], at: Ints, columns: int) -> tuple[Any, Floats]:
    rows, items, values = [], [], []
    for number, cut in enumerate(cuts):
        for a, weight in zip(cut.activities, cut.weights, strict=True):
            if at[a] >= 0:
                rows.append(number)
                items.append(at[a])
                values.append(weight)
    matrix = sparse.csr_array((values, (rows, items)), shape=(len(cuts), columns))
    return matrix, np.array([c.least for c in cuts])


def _pieces(matrix: Any) -> tuple[int, Ints]:
    """How many separate pieces, and the piece of every row, then of every column."""
    from scipy.sparse.csgraph import connected_components

    graph = sparse.block_array([[None, matrix], [matrix.T, None]], format="csr")
    graph.data = np.abs(graph.data)
    count, label = connected_components(graph, directed=False)
    return int(count), np.asarray(label, dtype=np.int64)


def solve(
    matrix: Any,
    least: Floats,
    cost: Floats,
    upper: Floats,
    whole: Floats,
    seconds: float,
    slack: float = 0.0,
    start: Floats | None = None,
) -> tuple[Floats, float, float, bool] | None:
    """(values, cost, bound, proven) of min cost x over matrix x >= least; None when there is no answer.

    slack  the share of the cost within which an answer is good enough
    start  values that are known to work
    """
    import highspy

    rows, columns = matrix.shape
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = columns, rows
    lp.col_cost_, lp.col_lower_ = cost, np.zeros(columns)
    lp.col_upper_ = np.where(np.isinf(upper), highspy.kHighsInf, upper)
    lp.row_lower_, lp.row_upper_ = least, np.full(rows, highspy.kHighsInf)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_, lp.a_matrix_.index_ = matrix.indptr, matrix.indices
    lp.a_matrix_.value_ = matrix.data
    lp.integrality_ = [highspy.HighsVarType.kInteger if w else highspy.HighsVarType.kContinuous for w in whole]
    solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    for option, value in (("output_flag", False), ("mip_rel_gap", slack), ("mip_abs_gap", 0.0), ("threads", 1)):
        solver.setOptionValue(option, value)
    solver.setOptionValue("time_limit", float(seconds))
    solver.passModel(lp)
    if start is not None:
        known = highspy.HighsSolution()
        known.col_value = list(start)
        solver.setSolution(known)
    solver.run()
    status = solver.getModelStatus()
    if status in (highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible):
        return None
    info = solver.getInfo()
    values = np.array(solver.getSolution().col_value)
    if info.primal_solution_status != 2:  # no whole-number answer in the time given
        raise OutOfTime(max(0.0, float(info.mip_dual_bound)))
    proven = status == highspy.HighsModelStatus.kOptimal and slack == 0.0
    worth = float(np.round(values * whole) @ (cost * whole) + values @ (cost * (1 - whole)))
    bound = worth if proven or not whole.any() else min(worth, float(info.mip_dual_bound))
    return values, worth, bound, proven


class OutOfTime(Exception):
    """The time ran out before any answer was found; the bound still holds."""

    def __init__(self, bound: float) -> None:
        self.bound = bound
        super().__init__("no answer in the time given")


def energy(net: Net, weeks: Ints, soon: Ints, late: Ints, usable: Bools) -> list[Cut]:
    """Laboratories have only so many places before the last useful week of their work: one row each, if it can bind.

    soon, late  the best-case first end and the last useful end of each activity
    """
    found = []
    for lab in range(len(net.labs)):
        mine = np.flatnonzero((net.lab == lab) & usable & (weeks > 0))
        if not len(mine):
            continue
        last = int(late[mine].max())
        if last >= FOREVER // 2:
            continue
        first = int((soon[mine] - weeks[mine]).min())
        cut = window(net, weeks, soon, late, mine, lab, first, last)
        if cut is not None:
            found.append(cut)
    return found


def window(net: Net, weeks: Ints, soon: Ints, late: Ints, mine: Ints, lab: int, first: int, last: int) -> Cut | None:
    """The work that must lie between two weeks fits the places there; None when it always does.

    Counted is the least overlap of an activity with the window, be it done as early or as late as it can.
    """
    length = weeks[mine]
    left = np.minimum(soon[mine], last) - np.maximum(soon[mine] - length, first)
    right = np.minimum(late[mine], last) - np.maximum(late[mine] - length, first)
    work = np.clip(np.minimum(left, right), 0, None) * net.load[mine]
    places = sum(net.places(lab, w) for w in range(max(first, 0), last))
    if work.sum() <= places:
        return None
    inside = work > 0
    return Cut(tuple(mine[inside].tolist()), tuple((-work[inside]).tolist()), -float(places), lab)
