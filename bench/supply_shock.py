"""Ten thousand coupled shocks with a certified gap, beside the straightforward loop that solves each with HiGHS.

    python bench/supply_shock.py [--draws 10000] [--sample 200]

The loop is timed on a sample of the same draws (a fresh model per draw, and again with one model kept warm) and
extrapolated, which the result says. Every sampled optimum must lie between our two sides.
"""

from __future__ import annotations

import argparse
import json
import sys
import time

import numpy as np

from carnet.supply.draws import Uncertain, draw, evaluate, summary
from carnet.supply.shock import Line, Plan


def line() -> Line:
    """Six materials, twelve origins, three chemistries."""
    rng = np.random.default_rng(3)
    recipes = np.array(
        [
            [0.087, 0.097, 0.0],
            [0.98, 0.85, 1.2],
            [0.0, 0.66, 0.43],
            [0.0, 0.08, 0.4],
            [0.0, 0.08, 0.0],
            [0.35, 0.25, 0.0],
        ]
    )
    mix = np.array([600.0, 300.0, 100.0])
    need = recipes @ mix
    supply = np.zeros((12, 6))
    for m in range(6):
        supply[2 * m, m], supply[2 * m + 1, m] = 0.7 * need[m], 0.3 * need[m]
    names = tuple(f"origin-{n}" for n in range(12))
    materials = ("Li", "graphite", "Ni", "Mn", "Co", "Cu")
    return Line(
        materials, names, ("LFP", "NMC", "Na"), supply, rng.uniform(0, 0.2, 12), recipes, mix, 0.15, np.full(6, 4.0)
    )


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--draws", type=int, default=10_000)
    asked.add_argument("--sample", type=int, default=200)
    asked.add_argument("--weeks", type=int, default=52)
    options = asked.parse_args()
    one = line()
    shocks = [Uncertain(f"origin-{n}", (0.0, 0.9), (0, 30), (4, 26), chance=0.25) for n in range(12)]
    keep = draw(one, shocks, options.weeks, options.draws, 1)
    Plan(one, options.weeks).solve(keep[0])
    start = time.perf_counter()
    found = evaluate(one, keep, gap=0.01)
    ours = time.perf_counter() - start
    sample = keep[: options.sample]
    start = time.perf_counter()
    exact = np.array([Plan(one, options.weeks).solve(k)[0] for k in sample])
    fresh = (time.perf_counter() - start) * options.draws / len(sample)
    warm_plan = Plan(one, options.weeks)
    start = time.perf_counter()
    for k in sample:
        warm_plan.solve(k)
    warm = (time.perf_counter() - start) * options.draws / len(sample)
    inside = bool(
        ((found["low"][: len(sample)] <= exact + 1e-7) & (exact <= found["high"][: len(sample)] + 1e-7)).all()
    )
    result = {
        **summary(found),
        "ours_s": round(ours, 2),
        "loop_s_extrapolated": round(fresh, 1),
        "loop_warm_s_extrapolated": round(warm, 1),
        "times": round(fresh / ours, 1),
        "times_warm": round(warm / ours, 1),
        "sampled_optima_inside": inside,
    }
    json.dump(result, sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    main()
