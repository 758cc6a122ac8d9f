"""The footprint engine beside bw2calc on one synthetic system of 20,000 processes and about 390,000 exchanges.

    python bench/carbon_engine.py [--peer PYTHON] [--sample 50] [--draws 10000]

The peer (bench/peers/bw2calc.lock, with pypardiso) runs in its own environment and prints JSON; what would take it
hours is timed on `sample` draws or solves and extrapolated, which the result says. Both start from arrays in memory.
The floor beside each figure is what the arithmetic alone costs here: reading the stored exchanges once per sweep,
drawing the normals.
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import numpy as np
import scipy.sparse as sp
from carbon_system import system

from carnet.carbon.system import System, foreground_draws, monte_carlo

FOREGROUND, LINKS, VARIANTS, METHODS = 40, 50, 10_000, 8


def timed(run, times=5):
    """(best seconds, last answer)."""
    best, answer = float("inf"), None
    for _ in range(times):
        start = time.perf_counter()
        answer = run()
        best = min(best, time.perf_counter() - start)
    return best, answer


def foreground(n):
    """(technosphere of 40 processes in a chain, 2,000 links to the background, their log-sd)."""
    random = np.random.default_rng(5)
    own = np.eye(FOREGROUND) - np.diag(np.full(FOREGROUND - 1, 0.5), -1)
    rows = np.concatenate([random.choice(n, LINKS, replace=False) for _ in range(FOREGROUND)])
    columns = np.repeat(np.arange(FOREGROUND), LINKS)
    links = sp.csc_matrix((random.lognormal(-1, 1, rows.size), (rows, columns)), shape=(n, FOREGROUND))
    return own, links, np.full(links.nnz, 0.2)


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--peer", help="a Python with the peer installed")
    asked.add_argument("--sample", type=int, default=50)
    asked.add_argument("--draws", type=int, default=10_000)
    options = asked.parse_args()
    a, b, w = system()
    n = a.shape[0]
    own, links, log_sd = foreground(n)
    target = np.zeros(n)
    target[-1] = 1
    System(a, b).intensities(w)  # compiled once, kept by numba
    t, f = a.tocoo(), b.tocoo()

    def cold():
        made = System(
            sp.csc_matrix((t.data, (t.row, t.col)), shape=a.shape),
            sp.csc_matrix((f.data, (f.row, f.col)), shape=b.shape),
        )
        return made.score(target, w)

    ours = {}
    ours["cold"], score = timed(cold)
    made = System(a, b)
    intensities = made.intensities(w)
    demand = sp.csr_matrix(([1.0], ([0], [n - 1])), shape=(1, n))
    ours["warm"], _ = timed(lambda: [demand.data @ intensities[demand.indices] for _ in range(1000)])
    ours["warm"] /= 1000
    ours["foreground"], drawn = timed(
        lambda: foreground_draws(
            intensities, own, links, np.zeros(FOREGROUND), np.eye(FOREGROUND)[0], log_sd, options.draws, 1
        ),
        3,
    )
    spread = np.full(a.nnz, 0.1)
    monte_carlo(made, target, w, spread, 2, 1)
    ours["full"], scores = timed(lambda: monte_carlo(made, target, w, spread, options.draws, 1), 1)
    random = np.random.default_rng(1)
    parts = (
        random.random(VARIANTS * 200),
        random.integers(0, n, VARIANTS * 200),
        np.arange(0, VARIANTS * 200 + 1, 200),
    )
    variants = sp.csr_matrix(parts, shape=(VARIANTS, n))
    hubs = np.arange(300)

    def eight():
        out = []
        for method in range(METHODS):
            changed = a.copy()
            mine = np.isin(changed.indices, hubs[method * 10 : method * 10 + 10])
            changed.data[mine] *= np.where(changed.data[mine] < 0, 1.0 + 0.05 * method, 1.0)
            out.append(System(changed, b).scores(variants, w))
        return out

    ours["variants"], _ = timed(eight, 2)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    ours["vehicles_648"], _ = timed(lambda: monte_carlo(made, variants[:648], w, spread, 1000, 1), 1)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    result = {
        "machine": platform.processor() or platform.machine(), "cores": 2, "python": platform.python_version(),
        "exchanges": int(a.nnz + b.nnz), "score": score, "ours_seconds": ours, "draws": options.draws,
        "peak_mb": peak, "peak_mb_before_the_648_vehicles": before / 1024,
        "floor_seconds": floors(a, options.draws, log_sd.size), "full_mean": float(scores.mean()),
        "full_sd": float(scores.std()),
        "foreground_mean": float(drawn.mean()), "foreground_sd": float(drawn.std()),
    }  # fmt: skip
    if options.peer:
        result |= beside(options, a, b, w, own, links, log_sd, result, intensities)
    print(json.dumps(result, indent=1))


def floors(a, draws, links):
    """What the arithmetic alone costs: one pass over the exchanges, and the normals of all draws."""
    x = np.random.default_rng(0).random(a.shape[0])
    one, _ = timed(lambda: a.T @ x)
    random = np.random.default_rng(0)
    normal, _ = timed(lambda: np.exp(random.standard_normal(1_000_000)))
    return {"one_pass": one, "foreground": normal * draws * links / 1e6, "full": normal * draws * a.nnz / 1e6 / 2}


def beside(options, a, b, w, own, links, log_sd, result, intensities):
    """The peer's numbers and the ratios."""
    n = a.shape[0]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        whole = sp.bmat([[a, -links], [None, sp.csc_matrix(own)]], format="csc")
        flows = sp.hstack([b, sp.csc_matrix((b.shape[0], FOREGROUND))], format="csc")
        coo = whole.tocoo()
        where = {(r, c): s for r, c, s in zip(links.tocoo().row, links.tocoo().col + n, log_sd, strict=True)}
        sd = np.array([where.get((r, c), 0.0) for r, c in zip(coo.row, coo.col, strict=True)])
        for name, matrix in (("a", a), ("b", b), ("fg", coo), ("fgb", flows)):
            sp.save_npz(folder / f"{name}.npz", matrix)
        np.save(folder / "w.npy", w)
        np.save(folder / "fgsd.npy", sd)
        peer = Path(__file__).parent / "peers" / "bw2calc.py"
        run = subprocess.run(
            [options.peer, str(peer), place, str(options.sample)], capture_output=True, text=True, check=False
        )
    if run.returncode:
        raise SystemExit(run.stderr[-2000:])
    theirs = json.loads(run.stdout.strip().splitlines()[-1])
    ours = result["ours_seconds"]
    per_method = theirs["cold"] + VARIANTS * theirs["warm"]
    return {
        "peer": theirs,
        "agreement": abs(theirs["score"] - result["score"]) / abs(theirs["score"]),
        "times_faster": {
            "cold": theirs["cold"] / ours["cold"],
            "warm": theirs["warm"] / ours["warm"],
            "foreground": theirs["foreground_draw"] * options.draws / ours["foreground"],
            "full": theirs["full_draw"] * options.draws / ours["full"],
            "variants": per_method * METHODS / ours["variants"],
        },
        "extrapolated": f"peer's draws and variants from {options.sample} draws and 20 warm scores",
    }


if __name__ == "__main__":
    main()
