"""De-facto standards: what is installed where, shares over time, how locked in, how fast, and what if.

Input is the user's own table: one row per thing or per count, with economy, year, option (a coupler, protocol, battery
specification, swap interface, update back end, diagnostics or parts network) and a number. Shares are of the installed
base. Nothing is filled in: a year without rows stays empty, too few years give no curve.
Reading order: Base, base(), shares(), indices(), cross(), Curve, fit().
Sources: Herfindahl-Hirschman index as the sum of squared shares, 0 to 1; logistic growth; F. Bass, A new product growth
model (1969), cited not quoted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

LEAST_YEARS = 5  # fewer points than this give no curve
DRAWS, SEED = 2000, 20261121
HIGH_MARK = 0.5
WORST = 0.1  # a curve further off than this, as a share of the highest value, is none


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a dataset: so many of an option in an economy in a year."""

    economy: str
    year: int
    option: str
    count: float


@dataclass(frozen=True, slots=True)
class Base:
    """The installed base: (economy, option) -> year -> count; years without a row are absent."""

    stock: Mapping[tuple[str, str], Mapping[int, float]]

    @property
    def economies(self) -> list[str]:
        return sorted({e for e, _ in self.stock})

    def options(self, economy: str) -> list[str]:
        return sorted(o for e, o in self.stock if e == economy)

    def years(self, economy: str) -> list[int]:
        return sorted({y for (e, _), series in self.stock.items() if e == economy for y in series})


def base(rows: Iterable[Row], added: bool) -> Base:
    """Rows -> the installed base; `added` when a row says what came that year instead of what stands."""
    found: dict[tuple[str, str], dict[int, float]] = {}
    for row in rows:
        series = found.setdefault((row.economy, row.option), {})
        series[row.year] = series.get(row.year, 0.0) + row.count
    if added:
        whole = {e: sorted({y for (x, _), s in found.items() if x == e for y in s}) for e, _ in found}
        for (economy, _), series in found.items():
            total = 0.0
            for year in whole[economy]:
                total += series.get(year, 0.0)
                series[year] = total
    return Base(found)


def shares(installed: Base, economy: str, year: int) -> dict[str, float]:
    """Option -> its share of the installed base in that year; empty when nothing stands there."""
    counts = {o: installed.stock[economy, o].get(year, 0.0) for o in installed.options(economy)}
    total = sum(counts.values())
    return {o: n / total for o, n in counts.items()} if total > 0 else {}


def indices(installed: Base, economy: str) -> list[dict[str, Any]]:
    """Per year: HHI, effective number of options, leader, and the share of what came that went against the leader.

    switching  of what was added since the year before, the share that is not of the leader of the year before; None
               without a year before, or when the base did not grow
    """
    found: list[dict[str, Any]] = []
    leader, before = "", 0
    for year in installed.years(economy):
        now = shares(installed, economy, year)
        if not now:
            continue
        hhi = sum(s * s for s in now.values())
        switching = None
        if leader:
            came = {
                o: max(0.0, installed.stock[economy, o].get(year, 0.0) - installed.stock[economy, o].get(before, 0.0))
                for o in installed.options(economy)
            }
            total = sum(came.values())
            switching = 1 - came.get(leader, 0.0) / total if total > 0 else None
        leader = min(now, key=lambda o: (-now[o], o))
        before = year
        found.append(
            {
                "year": year,
                "hhi": hhi,
                "effective": 1 / hhi,
                "leader": leader,
                "leader_share": now[leader],
                "switching": switching,
            }
        )
    return found


def cross(one: Base, other: Base, economy: str) -> list[dict[str, Any]]:
    """Per year: how likely a thing of one side meets its own option on the other, and where all met at best.

    The cross-side lock-in: each side's share of an option, multiplied and summed; 1 when both use one option alone.
    """
    found = []
    for year in sorted(set(one.years(economy)) & set(other.years(economy))):
        a, b = shares(one, economy, year), shares(other, economy, year)
        if a and b:
            found.append({"year": year, "match": sum(a.get(o, 0.0) * b.get(o, 0.0) for o in a.keys() | b.keys())})
    return found


@dataclass(frozen=True, slots=True)
class Curve:
    """A fitted curve: its kind, parameters with standard errors, and the values with a 90 % interval by year."""

    kind: str  # logistic (shares) or bass (counts)
    parameters: dict[str, tuple[float, float]]
    years: tuple[int, ...]
    low: tuple[float, ...]
    mid: tuple[float, ...]
    high: tuple[float, ...]
    points: int

    @property
    def rises(self) -> bool:
        """Whether it goes up."""
        return self.mid[-1] >= self.mid[0]


def fit(kind: str, years: list[int], values: list[float], until: int) -> tuple[Curve | None, str]:
    """(curve, '') or (None, why there is none). Logistic for shares 0 to 1, Bass for counts; needs SciPy.

    The interval holds the middle 90 % of curves drawn from the normal distribution of the fitted parameters, so it
    speaks of the fit alone, not of what may change the world.
    """
    if len(years) < LEAST_YEARS:
        return None, f"{len(years)} years are known; a curve needs at least {LEAST_YEARS}"
    if max(values) - min(values) < 1e-9 * max(1.0, abs(max(values))):
        return None, "nothing changed over these years"
    from scipy.optimize import curve_fit

    t, y = np.asarray(years, float) - years[0], np.asarray(values, float)
    model = _logistic if kind == "logistic" else _bass
    if kind == "logistic":
        rate = 0.5 if values[-1] >= values[0] else -0.5  # a share that falls is a curve too, run backwards
        start = [max(max(values), 0.9), rate, float(t.mean())]
        bounds = (
            [max(values), *((1e-3, -60.0) if rate > 0 else (-5.0, -60.0))],
            [1.0 + 1e-9, 5.0 if rate > 0 else -1e-3, 120.0],
        )
        names = ("ceiling", "rate", "middle")
    else:
        start, bounds = [1.5 * max(values), 0.02, 0.4], ([max(values), 1e-6, 1e-6], [1e3 * max(values), 1.0, 3.0])
        names = ("market", "innovation", "imitation")
    if bounds[0][0] >= bounds[1][0]:
        return None, "it has the whole market already"
    try:
        best, covariance = curve_fit(model, t, y, p0=start, bounds=bounds, max_nfev=20_000)
    except (RuntimeError, ValueError):
        return None, "no curve of this kind fits these years"
    if not np.all(np.isfinite(covariance)):
        return None, "these years do not settle the curve"
    off = float(np.sqrt(np.mean((model(t, *best) - y) ** 2)) / max(values))
    if off > WORST:
        return None, f"no curve of this kind fits these years: it is off by {off:.0%} of the highest on average"
    span = np.arange(years[0], max(until, years[-1]) + 1)
    draws = np.random.default_rng(SEED).multivariate_normal(best, covariance, DRAWS, method="svd")
    draws = np.clip(draws, bounds[0], bounds[1])
    many = np.array([model(span - years[0], *d) for d in draws])
    low, high = np.quantile(many, [0.05, 0.95], axis=0)
    errors = np.sqrt(np.diag(covariance))
    shown = {n: (float(b), float(e)) for n, b, e in zip(names, best, errors, strict=True)}
    if "middle" in shown:
        shown["middle"] = (shown["middle"][0] + years[0], shown["middle"][1])
    mid = model(span - years[0], *best)
    return Curve(
        kind,
        shown,
        tuple(int(v) for v in span),
        tuple(float(v) for v in np.minimum(low, mid)),
        tuple(float(v) for v in mid),
        tuple(float(v) for v in np.maximum(high, mid)),
        len(years),
    ), ""


def _logistic(t: Any, ceiling: float, rate: float, middle: float) -> Any:
    return ceiling / (1 + np.exp(-np.clip(rate * (t - middle), -500, 500)))


def _bass(t: Any, market: float, innovation: float, imitation: float) -> Any:
    """How many have adopted by t: Bass's closed form, counted from the year before the first."""
    fade = np.exp(-(innovation + imitation) * (t + 1))
    return market * (1 - fade) / (1 + imitation / innovation * fade)


def half(curve: Curve) -> dict[str, int | None]:
    """The first year at one half or more (rising) or under it (falling): by the middle curve and by the edges of the
    interval that come earliest and latest; None within the years."""

    def first(values: tuple[float, ...]) -> int | None:
        reached = ((v >= HIGH_MARK) == curve.rises for v in values)
        return next((y for y, hit in zip(curve.years, reached, strict=True) if hit), None)

    early, late = (curve.high, curve.low) if curve.rises else (curve.low, curve.high)
    return {"mid": first(curve.mid), "early": first(early), "late": first(late)}
