"""Packs grow old, come back, and become packs again: cohorts by year, with every R-stage as a flow of its own.

Each year's sales leave the fleet by a Weibull life. What leaves is exported with its vehicle, used again, rebuilt, put
to a second life, or collected; what is collected is recycled by a mix of processes; the rest is lost. Recovered metal
meets the demand of the new year. Scrap of our own making (pre-consumer) and metal from used packs (post-consumer) are
kept apart. All is linear in the sales, so an answer can be checked by its balance: what leaves is what arrives.
Reading order: Fleet, Loop, run(), Result, content(), solve_for(). Units: kWh for packs, kg for materials.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ..errors import BadInput
from .tables import Tables

Array = np.ndarray[Any, Any]
# What each R-stage is here, from keeping to losing.
STAGES = {
    "R0": "refused: packs not needed because sales are fewer",
    "R1": "rethought: packs shared in swap pools beyond one per vehicle (negative: more packs)",
    "R2": "reduced: material not needed because cells hold less of it",
    "R3": "reused in another vehicle as they are",
    "R4": "repaired: packs that stay in use because their life is longer",
    "R5": "refurbished for another vehicle",
    "R6": "remanufactured into new packs",
    "R7": "repurposed to a second life",
    "R8": "recycled for their materials",
    "R9": "recovered as energy or lost",
}


@dataclass(frozen=True)
class Fleet:
    """What is sold: kWh per year and chemistry, from the first year on."""

    first_year: int
    sales: Mapping[str, Sequence[float]]  # chemistry -> kWh of each year
    life_years: float = 14.0
    life_shape: float = 3.5
    pool: float = 1.0  # packs per vehicle; above 1 in swap pools
    refused: float = 0.0  # share of sales that will not be needed
    longer_life: float = 0.0  # years gained by repair


@dataclass(frozen=True)
class Loop:
    """What happens to what leaves. Shares are of the packs at that point; they are named, not guessed."""

    exported: float = 0.0  # with the used vehicle, out of reach
    reused: float = 0.0
    refurbished: float = 0.0
    remanufactured: float = 0.0
    repurposed: float = 0.0
    second_life_years: int = 8
    collected: float = 0.9
    delay_years: int = 1
    processes: Mapping[str, float] = field(default_factory=lambda: {"hydro": 1.0})
    reading: str = "mid"  # low, mid or high of the recovery table
    scrap: float = 0.04  # of what is made, as production scrap
    reduced: float = 0.0  # less material per kWh than the table says


@dataclass(frozen=True)
class Result:
    """By year: packs (kWh) at each R-stage, and per material demand, recovered pre- and post-consumer (kg)."""

    years: tuple[int, ...]
    packs: dict[str, Array]
    demand: dict[str, Array]
    pre: dict[str, Array]
    post: dict[str, Array]
    notes: tuple[str, ...] = ()

    def content(self, material: str, year: int) -> dict[str, float]:
        """Recycled share of the material in the packs of a year, pre- and post-consumer apart."""
        at = self.years.index(year)
        demand = float(self.demand[material][at]) if material in self.demand else 0.0
        if demand <= 0.0:
            return {"pre_consumer": 0.0, "post_consumer": 0.0, "total": 0.0}
        post = min(1.0, float(self.post[material][at]) / demand)
        pre = min(1.0 - post, float(self.pre[material][at]) / demand)
        return {"pre_consumer": pre, "post_consumer": post, "total": pre + post}


def survival(fleet: Fleet, years: int) -> Array:
    """(years + 1,) share of a cohort still in use after so many years (Weibull, mean life as stated)."""
    from math import gamma

    life = fleet.life_years + fleet.longer_life
    scale = life / gamma(1 + 1 / fleet.life_shape)
    found: Array = np.exp(-((np.arange(years + 1) / scale) ** fleet.life_shape))
    return found


def run(fleet: Fleet, loop: Loop, tables: Tables) -> Result:
    """Every year of the sales; raises BadInput for shares that make no sense or names the tables do not know."""
    _check(fleet, loop, tables)
    years = len(next(iter(fleet.sales.values())))
    alive = survival(fleet, years)
    dies = -np.diff(alive)  # share of a cohort that leaves in its n-th year
    intensity = _intensity(fleet, tables)
    materials = sorted({m for chemistry in intensity.values() for m in chemistry})
    packs = {stage: np.zeros(years) for stage in STAGES} | {
        k: np.zeros(years) for k in ("sold", "left", "exported", "collected")
    }
    demand, pre, post = ({m: np.zeros(years) for m in materials} for _ in range(3))
    rate = {m: recovery_rate(tables, loop, m) for m in materials}
    for chemistry, planned in fleet.sales.items():
        sold = np.asarray(planned, float) * (1 - fleet.refused)
        packs["R0"] += np.asarray(planned, float) * fleet.refused
        packs["R1"] -= sold * (fleet.pool - 1.0)
        made = sold * fleet.pool
        flows = _flows(made, dies, loop, years)
        for name, flow in flows.items():
            packs[name] += flow
        packs["sold"] += made
        if fleet.longer_life:
            packs["R4"] += np.convolve(made, survival(fleet, years) - survival(replace(fleet, longer_life=0.0), years))[
                :years
            ]
        fresh = made - flows["R3"] - flows["R5"] - flows["R6"]  # these replace new packs
        for material, per_kwh in intensity[chemistry].items():
            kg = per_kwh * (1 - loop.reduced)
            demand[material] += fresh * kg
            pre[material] += fresh * kg * loop.scrap / (1 - loop.scrap) * rate[material]
            post[material] += flows["R8"] * kg * rate[material]
    packs["R2"] = packs["sold"] * loop.reduced
    known = {(r["process"], r["material"]) for r in tables["recovery"].rows}
    silent = [m for m in materials if not any((p, m) in known or p == "direct" for p in loop.processes)]
    notes = tuple(f"{m}: no recovery rate is known, so none is regained" for m in silent)
    return Result(tuple(range(fleet.first_year, fleet.first_year + years)), packs, demand, pre, post, notes)


def _flows(made: Array, dies: Array, loop: Loop, years: int) -> dict[str, Array]:
    """Where the packs of one chemistry go, in kWh per year. Reused packs live on and leave once more."""
    left = np.convolve(made, np.concatenate([[0.0], dies]))[:years]
    exported = left * loop.exported
    here = left - exported
    found = {name: here * share for name, share in _kept(loop).items()}
    rest = here - sum(found.values())
    later = np.zeros(years)
    n = loop.second_life_years
    if n < years:  # reused, rebuilt and repurposed packs come back after their second life
        later[n:] = np.sum(list(found.values()), axis=0)[: years - n]
    collected = (rest + later) * loop.collected
    recycled = np.zeros(years)
    d = loop.delay_years
    recycled[d:] = collected[: years - d] if d else collected
    return {
        **found,
        "left": left,
        "exported": exported,
        "collected": collected,
        "R8": recycled,
        "R9": (rest + later) * (1 - loop.collected),
    }


def _kept(loop: Loop) -> dict[str, float]:
    return {"R3": loop.reused, "R5": loop.refurbished, "R6": loop.remanufactured, "R7": loop.repurposed}


def _check(fleet: Fleet, loop: Loop, tables: Tables) -> None:
    lengths = {len(s) for s in fleet.sales.values()}
    if len(lengths) != 1:
        raise BadInput("the sales of every chemistry must cover the same years, at least one")
    shares = {k: v for k, v in vars(loop).items() if isinstance(v, float)} | {"refused": fleet.refused}
    for name, value in shares.items():
        if not 0.0 <= value <= 1.0 or (name == "scrap" and value >= 1.0):
            raise BadInput(f"{name} is {value:g}; a share lies between 0 and 1")
    if sum(_kept(loop).values()) > 1.0:
        raise BadInput("reused, refurbished, remanufactured and repurposed packs are together more than all")
    known = {r["process"] for r in tables["recovery"].rows}
    for process in loop.processes:
        if process not in known:
            raise BadInput(f"no recycling process is called {process!r}; known: {', '.join(sorted(known))}")
    if abs(sum(loop.processes.values()) - 1.0) > 1e-9:
        raise BadInput(
            f"the processes share {sum(loop.processes.values()):g} of what is collected; they must share all (1)"
        )
    chemistries = {r["chemistry"] for r in tables["intensity"].rows}
    for chemistry in fleet.sales:
        if chemistry not in chemistries:
            raise BadInput(f"no chemistry is called {chemistry!r}; known: {', '.join(sorted(chemistries))}")


def _intensity(fleet: Fleet, tables: Tables) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for row in tables["intensity"].rows:
        if row["chemistry"] in fleet.sales and row["material"] != "cathode_active_material":
            found.setdefault(row["chemistry"], {})[row["material"]] = row.number("kg_per_kwh") or 0.0
    return found


def recovery_rate(tables: Tables, loop: Loop, material: str) -> float:
    """Share of a material that the mix of processes regains; direct recycling keeps a cathode's metals together."""
    total = 0.0
    for process, share in loop.processes.items():
        rows = tables["recovery"].where(process=process, material=material)
        if not rows and process == "direct":
            rows = tables["recovery"].where(process=process, material="cathode_active_material")
        if rows:
            total += share * (rows[0].number(loop.reading) or 0.0)
    return total


@dataclass(frozen=True)
class Target:
    """A recycled-content target, from the table or the project's own."""

    id: str
    material: str
    share: float
    year: int
    market: str = ""
    standing: str = ""
    asks: str = ""


def targets(tables: Tables, market: str = "") -> list[Target]:
    """Recycled-content targets of the table (of one market, if asked)."""
    return [
        Target(
            r["id"],
            r["material"],
            float(r["amount"]) / 100,
            int(r["applies_from"][:4]),
            r["market"],
            r["standing"],
            r["asks"],
        )
        for r in tables["targets"].where(measure="recycled_content")
        if market in ("", r["market"])
    ]


def against(result: Result, wanted: Sequence[Target]) -> list[dict[str, Any]]:
    """Each target beside what the loop gives in its year; a material the packs do not hold makes a target idle."""
    found = []
    for target in wanted:
        row: dict[str, Any] = {
            "id": target.id,
            "material": target.material,
            "share": target.share,
            "year": target.year,
            "asks": target.asks,
        }
        if target.year not in result.years:
            found.append({**row, "met": None, "why": "the sales do not reach that year"})
        elif target.material not in result.demand or not result.demand[target.material].any():
            found.append({**row, "met": None, "why": f"the packs hold no {target.material}"})
        else:
            content = result.content(target.material, target.year)
            found.append({**row, **content, "met": content["total"] >= target.share - 1e-12, "why": ""})
    return found


def solve_for(
    fleet: Fleet, loop: Loop, tables: Tables, target: Target, what: str = "collected", *, tolerance: float = 1e-9
) -> dict[str, Any]:
    """The least value of one share of the loop with which a target is met; says so when none does."""
    shares = [name for name, value in vars(loop).items() if isinstance(value, float)]
    if what not in shares:
        raise BadInput(f"{what!r} is no share of the loop; shares: {', '.join(shares)}")
    if not fleet.first_year <= target.year < fleet.first_year + len(next(iter(fleet.sales.values()))):
        raise BadInput(f"the sales do not reach {target.year}; give sales up to that year")

    def reach(value: float) -> float:
        result = run(fleet, _with(loop, what, value), tables)
        return result.content(target.material, target.year)["total"] if target.material in result.demand else 0.0

    low, high = reach(0.0), reach(1.0)
    answer: dict[str, Any] = {
        "target": target.id,
        "material": target.material,
        "share": target.share,
        "year": target.year,
        "what": what,
    }
    if max(low, high) < target.share:
        return {
            **answer,
            "value": None,
            "best": max(low, high),
            "why": f"even at its best, {max(low, high):.4f} is reached",
        }
    return {
        **answer,
        "value": _least(reach, target.share, rising=high >= low, tolerance=tolerance),
        "best": max(low, high),
        "why": "",
    }


def _with(loop: Loop, what: str, value: float) -> Loop:
    changed: dict[str, Any] = {what: value}
    return replace(loop, **changed)


def _least(reach: Callable[[float], float], share: float, *, rising: bool, tolerance: float) -> float:
    """Bisection on a monotone answer; for a falling one, the most that still meets it."""
    low, high = 0.0, 1.0
    if rising and reach(0.0) >= share:
        return 0.0
    if not rising and reach(1.0) >= share:
        return 1.0
    while high - low > tolerance:
        middle = (low + high) / 2
        met = reach(middle) >= share
        if rising:
            low, high = (low, middle) if met else (middle, high)
        else:
            low, high = (middle, high) if met else (low, middle)
    return high if rising else low
