"""The footprint engine beside bw2calc on one synthetic system of 20,000 processes and about 390,000 exchanges.

    python bench/carbon_engine.py [--peer PYTHON] [--rounds 7] [--sample 56] [--draws 10000]

The peer (bench/peers/bw2calc.lock, with pypardiso) runs in its own environment and takes turns with us, round by
round, so that a busy machine slows both; medians of the rounds are compared, and the best of each beside them. What
would take the peer hours is timed on `sample` draws or warm scores in all and extrapolated, which the result says.
Both start from arrays in memory.
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
from statistics import median

sys.path.insert(0, str(Path(__file__).parent))
import numpy as np
import scipy.sparse as sp
from carbon_system import system

from carnet.carbon.system import System, foreground_draws, monte_carlo

FOREGROUND, LINKS, VARIANTS, METHODS = 40, 50, 10_000, 8
SPREAD = 0.1


class Peer:
    """The other engine in its own process, asked one measurement at a time."""

    def __init__(self, python: str, folder: Path) -> None:
        script = Path(__file__).parent / "peers" / "bw2calc.py"
        self.process = subprocess.Popen(
            [python, str(script), str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.about = self._answer()

    def _answer(self):
        line = self.process.stdout.readline()
        while line and not line.startswith("{"):
            line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"the peer ended with exit code {self.process.wait()}")
        return json.loads(line)

    def measure(self, name, times=1):
        """(seconds of each, scores)."""
        self.process.stdin.write(f"{name} {times}\n")
        self.process.stdin.flush()
        answer = self._answer()
        return answer["seconds"], answer["scores"]

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def timed(run):
    start = time.perf_counter()
    answer = run()
    return time.perf_counter() - start, answer


def foreground(n):
    """(technosphere of 40 processes in a chain, 2,000 links to the background, their log-sd)."""
    random = np.random.default_rng(5)
    own = np.eye(FOREGROUND) - np.diag(np.full(FOREGROUND - 1, 0.5), -1)
    rows = np.concatenate([random.choice(n, LINKS, replace=False) for _ in range(FOREGROUND)])
    columns = np.repeat(np.arange(FOREGROUND), LINKS)
    links = sp.csc_matrix((random.lognormal(-1, 1, rows.size), (rows, columns)), shape=(n, FOREGROUND))
    return own, links, np.full(links.nnz, 0.2)


def many_vehicles(n):
    random = np.random.default_rng(1)
    size = VARIANTS * 200
    parts = (random.random(size), random.integers(0, n, size), np.arange(0, size + 1, 200))
    return sp.csr_matrix(parts, shape=(VARIANTS, n))


class Ours:
    """What is measured of our engine, each a function without arguments."""

    def __init__(self, a, b, w, draws_per_round):
        self.a, self.b, self.w, self.n, self.draws = a, b, w, a.shape[0], draws_per_round
        self.t, self.f = a.tocoo(), b.tocoo()
        self.target = np.zeros(self.n)
        self.target[-1] = 1
        self.made = System(a, b)
        self.intensities = self.made.intensities(w)
        self.own, self.links, self.log_sd = foreground(self.n)
        self.variants_of = many_vehicles(self.n)
        self.spread = np.full(a.nnz, SPREAD)
        self.round = 0

    def cold(self):
        made = System(
            sp.csc_matrix((self.t.data, (self.t.row, self.t.col)), shape=self.a.shape),
            sp.csc_matrix((self.f.data, (self.f.row, self.f.col)), shape=self.b.shape),
        )
        return made.score(self.target, self.w)

    def warm(self):
        demand = sp.csr_matrix(([1.0], ([0], [self.n - 1])), shape=(1, self.n))
        return [demand.data @ self.intensities[demand.indices] for _ in range(1000)]

    def foreground(self):
        self.round += 1
        demand = np.eye(FOREGROUND)[0]
        return foreground_draws(
            self.intensities, self.own, self.links, np.zeros(FOREGROUND), demand, self.log_sd, self.draws, self.round
        )

    def full(self):
        self.round += 1
        return monte_carlo(self.made, self.target, self.w, self.spread, self.draws, self.round)

    def variants(self):
        hubs, out = np.arange(300), []
        for method in range(METHODS):
            changed = self.a.copy()
            mine = np.isin(changed.indices, hubs[method * 10 : method * 10 + 10])
            changed.data[mine] *= np.where(changed.data[mine] < 0, 1.0 + 0.05 * method, 1.0)
            out.append(System(changed, self.b).scores(self.variants_of, self.w))
        return out


def floors(ours):
    """What the arithmetic alone costs: one pass over the exchanges, and the factors of all draws of a round."""
    x = np.random.default_rng(0).random(ours.n)
    random = np.random.default_rng(0)
    one = min(timed(lambda: ours.a.T @ x)[0] for _ in range(5))
    normal = min(timed(lambda: np.exp(random.standard_normal(1_000_000)))[0] for _ in range(3)) / 1e6
    look = min(timed(lambda: [x[-1] * 1.0 for _ in range(1000)])[0] for _ in range(5)) / 1000
    scores = min(timed(lambda: ours.variants_of @ x)[0] for _ in range(3))
    return {
        "cold": one,
        "warm": look,
        "foreground": normal * ours.draws * ours.log_sd.size,
        "full": normal * ours.draws * ours.a.nnz / 2,
        "variants": METHODS * (one + scores),
        "says": "cold: one pass over the exchanges; warm: one look-up; variants: per method one pass and the products "
        "of all variants; foreground, full: the factors of a round",
    }


def save(folder, ours):
    whole = sp.bmat([[ours.a, -ours.links], [None, sp.csc_matrix(ours.own)]], format="csc")
    flows = sp.hstack([ours.b, sp.csc_matrix((ours.b.shape[0], FOREGROUND))], format="csc")
    coo, links = whole.tocoo(), ours.links.tocoo()
    where = {(r, c): s for r, c, s in zip(links.row, links.col + ours.n, ours.log_sd, strict=True)}
    sd = np.array([where.get((r, c), 0.0) for r, c in zip(coo.row, coo.col, strict=True)])
    for name, matrix in (("a", ours.a), ("b", ours.b), ("fg", coo), ("fgb", flows)):
        sp.save_npz(folder / f"{name}.npz", matrix)
    np.save(folder / "w.npy", ours.w)
    np.save(folder / "fgsd.npy", sd)


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--peer", help="a Python with the peer installed")
    asked.add_argument("--rounds", type=int, default=7)
    asked.add_argument("--sample", type=int, default=56)
    asked.add_argument("--draws", type=int, default=10_000)
    options = asked.parse_args()
    a, b, w = system()
    ours = Ours(a, b, w, max(1, options.draws // options.rounds))
    monte_carlo(ours.made, ours.target, w, ours.spread, 2, 1)  # compiled once, kept by numba
    took: dict[str, list[float]] = {name: [] for name in ("cold", "warm", "foreground", "full", "variants")}
    theirs: dict[str, list[float]] = {}
    best: dict[str, float] = {}
    their_best: dict[str, float] = {}
    scores: dict[str, list[float]] = {"foreground": [], "full": [], "foreground_draw": [], "full_draw": []}
    score = ours.cold()
    with tempfile.TemporaryDirectory() as place:
        peer = None
        if options.peer:
            save(Path(place), ours)
            peer = Peer(options.peer, Path(place))
        each = max(1, options.sample // options.rounds)
        for _ in range(options.rounds):
            for name, times in (("cold", 3), ("warm", each), ("foreground_draw", each), ("full_draw", each)):
                own = name.removesuffix("_draw")
                runs = [timed(getattr(ours, own)) for _ in range(3 if own == "cold" else 1)]
                answer = runs[-1][1]
                took[own].append(median(seconds for seconds, _ in runs))
                best[own] = min(best.get(own, 1e9), *(seconds for seconds, _ in runs), 1e9)
                if own in ("foreground", "full"):
                    scores[own] += list(answer)
                if peer is not None:
                    seconds, found = peer.measure(name, times)
                    theirs.setdefault(name, []).append(median(seconds))
                    their_best[name] = min(their_best.get(name, 1e9), *seconds, 1e9)
                    scores.setdefault(name, []).extend(found)
            took["variants"].append(timed(ours.variants)[0])
            best["variants"] = min(took["variants"])
        if peer:
            peer.end()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    crowd, _ = timed(lambda: monte_carlo(ours.made, ours.variants_of[:648], w, ours.spread, 1000, 1))
    seconds = {name: median(values) for name, values in took.items()}
    seconds["warm"] /= 1000
    best["warm"] /= 1000
    result = {
        "machine": platform.processor() or platform.machine(),
        "cores": 2,
        "python": platform.python_version(),
        "exchanges": int(a.nnz + b.nnz),
        "rounds": options.rounds,
        "draws_per_round": ours.draws,
        "score": score,
        "ours_seconds": {**seconds, "vehicles_648": crowd},
        "floor_seconds": floors(ours),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "peak_mb_before_the_648_vehicles": before / 1024,
        **{f"{k}_mean": float(np.mean(scores[k])) for k in ("foreground", "full")},
        **{f"{k}_sd": float(np.std(scores[k])) for k in ("foreground", "full")},
    }
    if theirs:
        mid = {name: median(values) for name, values in theirs.items()}
        result |= {
            "peer_seconds": mid,
            "peer_score": scores["cold"][0],
            "agreement": abs(scores["cold"][0] - score) / abs(scores["cold"][0]),
            **{f"peer_{k}_mean": float(np.mean(scores[f"{k}_draw"])) for k in ("foreground", "full")},
            **{f"peer_{k}_sd": float(np.std(scores[f"{k}_draw"])) for k in ("foreground", "full")},
            "times_faster": ratios(seconds, mid, ours.draws),
            "times_faster_best_of_rounds": ratios(best, their_best, ours.draws),
            "extrapolated": f"the peer's draws and variants, from {options.sample} draws and warm scores in all",
        }
    print(json.dumps(result, indent=1))


def ratios(ours, theirs, draws):
    """How many times faster, draws counted alike; the peer solves every variant of every method."""
    return {
        "cold": theirs["cold"] / ours["cold"],
        "warm": theirs["warm"] / ours["warm"],
        "foreground": theirs["foreground_draw"] * draws / ours["foreground"],
        "full": theirs["full_draw"] * draws / ours["full"],
        "variants": (theirs["cold"] + VARIANTS * theirs["warm"]) * METHODS / ours["variants"],
    }


if __name__ == "__main__":
    main()
