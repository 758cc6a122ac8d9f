"""What a loss of supply costs in output: a closed-form bound, the best any plan could do, and what firms would do.

The line makes products week by week from materials that come from origins (economies, suppliers, ports); stocks cover
a while, some origins have room for more, and products of another chemistry may take over a part. Three answers frame
the truth: `bound` needs no model of behavior, `plan` is a linear program that knows the future, `weekly` does not.
Reading order: Line, Shock, bound(), plan(), weekly(), report(). Units: materials and products per week, losses 0 to 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..errors import BadInput, nearest

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Line:
    """What is made of what, and where it comes from.

    origins    (o,) names; groups: name -> the economy, port or actor it belongs to, which a shock may name instead
    supply     (o, m) units per week that each origin sends of each material
    spare      (o,) how much more an origin can send, as a share of its supply
    recipes    (m, p) units of material per unit of product
    mix        (p,) units of product per week; they serve the same need
    switch     share of the mix that may move to other products
    stock      (m,) weeks of need in store at the start
    ramp       weeks until spare supply and switched products are fully there
    """

    materials: tuple[str, ...]
    origins: tuple[str, ...]
    products: tuple[str, ...]
    supply: Array
    spare: Array
    recipes: Array
    mix: Array
    switch: float
    stock: Array
    ramp: float = 8.0
    groups: Mapping[str, str] = field(default_factory=dict)

    @property
    def need(self) -> Array:
        """(m,) units per week that the mix takes."""
        found: Array = self.recipes @ self.mix
        return found


@dataclass(frozen=True)
class Shock:
    """One blow: what it names (origin, group or material), what share of supply stays, and for which weeks.

    keep  0 removes, 0.4 limits to 40 %; an export license is a limit on the origin it stands for
    """

    target: str
    keep: float
    first_week: int
    weeks: int
    material: str = ""


def kept(line: Line, shocks: Sequence[Shock], weeks: int) -> Array:
    """(weeks, o, m) the share of supply that stays; raises BadInput for a name the line does not know."""
    found = np.ones((weeks, len(line.origins), len(line.materials)))
    for shock in shocks:
        origins = [i for i, o in enumerate(line.origins) if shock.target in (o, line.groups.get(o))]
        materials = [i for i, m in enumerate(line.materials) if shock.material in ("", m)]
        if shock.target in line.materials:
            origins, materials = list(range(len(line.origins))), [line.materials.index(shock.target)]
        if not origins or not materials:
            known = [*line.origins, *line.groups.values(), *line.materials]
            near = nearest(shock.target, known)
            raise BadInput(f"no origin, group or material is called {shock.target!r}" + (f"; {near}" if near else ""))
        if not 0.0 <= shock.keep <= 1.0:
            raise BadInput(f"the shock on {shock.target!r} keeps {shock.keep:g}; a share lies between 0 and 1")
        span = slice(max(0, shock.first_week), max(0, shock.first_week) + shock.weeks)
        for o in origins:
            for m in materials:
                found[span, o, m] = np.minimum(found[span, o, m], shock.keep)
    return found


def available(line: Line, keep: Array, *, spare: bool = True, ramp: bool = False) -> Array:
    """(..., weeks, m) units that can arrive each week; unhurt origins send more if they can and may.

    ramp  spare supply comes up over the ramp weeks after the first blow, not at once
    """
    base: Array = np.einsum("...wom,om->...wm", keep, line.supply)
    if not spare:
        return base
    hurt = (keep < 1.0).any(axis=-3, keepdims=True)
    more = np.where(hurt, 0.0, line.supply * line.spare[:, None])
    extra = np.broadcast_to(more, keep.shape).sum(axis=-2)
    if not ramp:
        return np.asarray(base + extra)
    blow = (keep < 1.0).any(axis=(-1, -2))
    after = np.maximum(np.cumsum(np.cumsum(blow, axis=-1) > 0, axis=-1) - 1, 0)
    return np.asarray(base + extra * np.minimum(after / max(line.ramp, 1e-9), 1.0)[..., None])


def bound(line: Line, keep: Array) -> tuple[Array, Array]:
    """(least, most) share of output lost, by arithmetic alone; leading axes are draws.

    Least: everything that arrives plus all stock, spread over the weeks at will, made into the thriftiest products.
    Most: no stock, no spare, no other product; the scarcest material decides each week.
    """
    weeks = keep.shape[-3]
    whole = line.mix.sum()
    most_of = np.minimum(line.mix + line.switch * whole, whole)
    supply = available(line, keep).sum(axis=-2) + line.stock * line.need
    outputs = [_most(row, most_of * weeks, whole * weeks, supply[..., m]) for m, row in enumerate(line.recipes)]
    least = 1.0 - np.minimum.reduce(outputs) / (whole * weeks)
    tight = available(line, keep, spare=False)
    ratio = np.where(line.need > 0, tight / np.where(line.need > 0, line.need, 1.0), 1.0)
    most = 1.0 - np.minimum(ratio.min(axis=-1), 1.0).mean(axis=-1)
    return np.maximum(least, 0.0), np.maximum(most, 0.0)


def _most(row: Array, most_of: Array, whole: float, material: Array) -> Array:
    """(...) the most output that this much of one material allows, the thriftiest products first, each to its limit."""
    left, store, made = np.full(material.shape, float(whole)), material.astype(float), np.zeros(material.shape)
    for p in np.argsort(row):
        can = store / row[p] if row[p] > 0 else np.inf
        more = np.maximum(np.minimum(np.minimum(left, most_of[p]), can), 0.0)
        made, left, store = made + more, left - more, store - more * row[p]
    return made


def program(line: Line, weeks: int) -> tuple[Array, Any, Array, Array]:
    """(objective, A, upper, columns of stock) of the plan: maximize output; only `upper` depends on the shock.

    Rows: materials used up to each week (m per week), then total output per week, then each product per week.
    """
    from scipy.sparse import block_array, csr_array, eye_array, kron

    p = line.recipes.shape[1]
    until = csr_array(np.tril(np.ones((weeks, weeks))))
    used = kron(until, csr_array(line.recipes))
    total = kron(eye_array(weeks), csr_array(np.ones((1, p))))
    matrix = block_array([[used], [total]]).tocsr()
    whole = line.mix.sum()
    most_of = np.minimum(line.mix + line.switch * whole, whole)
    return np.ones(weeks * p), matrix, np.tile(most_of, weeks), np.full(weeks, whole)


def limits(line: Line, keep: Array, whole: Array) -> Array:
    """(..., rows) right-hand side of the plan: what has arrived by each week and the stock, then the need."""
    arrived = np.cumsum(available(line, keep), axis=-2) + line.stock * line.need
    lead = arrived.shape[:-2]
    return np.concatenate([arrived.reshape(*lead, -1), np.broadcast_to(whole, (*lead, len(whole)))], axis=-1)


class Plan:
    """The linear program, loaded once; each shock only changes its limits and starts from the last answer (HiGHS)."""

    def __init__(self, line: Line, weeks: int) -> None:
        import highspy

        self.line, self.weeks = line, weeks
        self.objective, self.matrix, self.most_of, self.whole = program(line, weeks)
        rows, columns = self.matrix.shape
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = columns, rows
        lp.col_cost_, lp.col_lower_, lp.col_upper_ = -self.objective, np.zeros(columns), self.most_of
        lp.row_lower_, lp.row_upper_ = np.full(rows, -highspy.kHighsInf), np.ones(rows)
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_, lp.a_matrix_.index_ = self.matrix.indptr, self.matrix.indices
        lp.a_matrix_.value_ = self.matrix.data
        self.solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
        self.solver.setOptionValue("output_flag", False)
        self.solver.passModel(lp)
        self._rows = np.arange(rows, dtype=np.int32)
        self._lower = np.full(rows, -highspy.kHighsInf)
        self._ok = highspy.HighsModelStatus.kOptimal

    def solve(self, keep: Array) -> tuple[float, Array]:
        """(share of output lost, prices of the limits); the prices bound every other shock from one side."""
        upper = limits(self.line, keep, self.whole)
        self.solver.changeRowsBounds(len(upper), self._rows, self._lower, upper)
        self.solver.run()
        if self.solver.getModelStatus() != self._ok:
            raise BadInput("the plan has no answer: are supplies and recipes finite numbers?")
        output = -self.solver.getInfo().objective_function_value
        prices = -np.array(self.solver.getSolution().row_dual)
        return float(max(0.0, 1.0 - output / (self.whole.sum() or 1.0))), np.maximum(prices, 0.0)

    def price(self, prices: Array, upper: Array) -> Array:
        """The most output that prices of answers allow under other limits (weak duality).

        prices (rows,) or (rows, k), upper (..., rows) -> (...) or (..., k)
        """
        reduced = np.maximum(self.objective - (self.matrix.T @ prices).T, 0.0)
        return np.asarray(upper @ prices + reduced @ self.most_of)


def plan(line: Line, keep: Array) -> float:
    """Share of output lost by the best plan that knows the future."""
    return Plan(line, keep.shape[-3]).solve(keep)[0]


def weekly(line: Line, keep: Array) -> tuple[Array, Array]:
    """(share lost, output of every week as a share of need) week by week, without foresight; leading axes are draws.

    Firms serve the need as long as stock lasts, scale every product down by what is scarcest for it, and move to other
    products only over the ramp weeks and only as far as materials are there.
    """
    arrive = available(line, keep, ramp=True)
    lead, weeks = keep.shape[:-3], keep.shape[-3]
    whole = float(line.mix.sum())
    store = np.broadcast_to(line.stock * line.need, (*lead, len(line.materials))).copy()
    found = np.zeros((*lead, weeks))
    short_for = np.zeros(lead)
    for week in range(weeks):
        store = store + arrive[..., week, :]
        want = line.mix
        made = _make(store, line.recipes, np.broadcast_to(want, (*lead, len(want))))
        store = store - made @ line.recipes.T
        missing = whole - made.sum(axis=-1)
        short_for = np.where(missing > 1e-9 * whole, short_for + 1, short_for)
        room = line.switch * whole * np.minimum(short_for / max(line.ramp, 1e-9), 1.0)
        for p in np.argsort(line.recipes.sum(axis=0)):
            more = np.zeros((*lead, len(want)))
            more[..., p] = np.maximum(np.minimum(missing, room), 0.0)
            extra = _make(store, line.recipes, more)
            store = store - extra @ line.recipes.T
            missing, room = missing - extra.sum(axis=-1), room - extra.sum(axis=-1)
        found[..., week] = 1.0 - missing / whole
        store = np.maximum(store, 0.0)
    return np.asarray(1.0 - found.mean(axis=-1)), found


def _make(store: Array, recipes: Array, want: Array) -> Array:
    """(..., p) what is made when every product is scaled by the scarcest material it needs."""
    need = want @ recipes.T
    ratio = np.minimum(np.where(need > 1e-12, store / np.where(need > 1e-12, need, 1.0), 1.0), 1.0)
    scale = np.ones_like(want)
    for p in range(recipes.shape[1]):
        uses = recipes[:, p] > 0
        if uses.any():
            scale[..., p] = ratio[..., uses].min(axis=-1)
    return np.asarray(want * np.maximum(scale, 0.0))


def report(line: Line, shocks: Sequence[Shock], weeks: int) -> dict[str, Any]:
    """The JSON of `carnet supply shock`: three answers and the interval they span, output by week, when it is back."""
    keep = kept(line, shocks, weeks)
    least, most = bound(line, keep)
    best = plan(line, keep)
    lost, path = weekly(line, keep)
    hit = [w for w in range(weeks) if path[w] < 0.99]
    low, high = min(float(least), best), max(float(most), float(lost))
    return {
        "schema": "carnet/shock/1",
        "weeks": weeks,
        "bound": {"low": float(least), "high": float(most)},
        "plan": best,
        "week_by_week": float(lost),
        "interval": [low, high],
        "output": [round(float(x), 6) for x in path],
        "stops_in_week": hit[0] if hit else None,
        "back_in_week": hit[-1] + 1 if hit and hit[-1] + 1 < weeks else None,
        "assumptions": [
            "demand stays as it is",
            "stock is where it is needed",
            "unhurt origins send what they can",
        ],
    }
