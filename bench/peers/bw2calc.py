"""bw2calc on the system of bench/carbon_system.py, with pypardiso, the solver it recommends. Prints JSON.

    PEER_PYTHON bench/peers/bw2calc.py FOLDER

Reads a.npz, b.npz, w.npy, fg.npz from FOLDER. A line on stdin, such as "full_draw 10", is measured so many times and
answered by one line; so the caller can take turns with it. What takes hours the caller extrapolates.
"""

import json
import sys
import time
import warnings
from pathlib import Path

warnings.filterwarnings("ignore")
sys.path = [
    p for p in sys.path if Path(p or ".").resolve() != Path(__file__).resolve().parent
]  # not this file's own name

import bw2calc as bc  # noqa: E402
import bw_processing as bwp  # noqa: E402
import numpy as np  # noqa: E402
import scipy.sparse as sp  # noqa: E402
from stats_arrays import LognormalUncertainty, NoUncertainty  # noqa: E402


def package(a, b, w, log_sd=None):
    """A datapackage in memory; log_sd per stored exchange of `a` makes it uncertain."""
    a, b = a.tocoo(), b.tocoo()
    made = bwp.create_datapackage()
    indices = np.array(list(zip(a.row, a.col, strict=True)), dtype=bwp.INDICES_DTYPE)
    extra = {}
    if log_sd is not None:
        spread = np.zeros(a.nnz, dtype=bwp.UNCERTAINTY_DTYPE)
        varies = log_sd > 0
        spread["uncertainty_type"] = np.where(varies, LognormalUncertainty.id, NoUncertainty.id)
        spread["loc"] = np.where(varies, np.log(np.abs(a.data)), np.abs(a.data))
        spread["scale"] = np.where(varies, log_sd, np.nan)
        for key in ("shape", "minimum", "maximum"):
            spread[key] = np.nan
        extra = {"distributions_array": spread}
    made.add_persistent_vector(
        matrix="technosphere_matrix",
        name="t",
        indices_array=indices,
        data_array=np.abs(a.data),
        flip_array=a.data < 0,
        **extra,
    )
    made.add_persistent_vector(
        matrix="biosphere_matrix",
        name="b",
        indices_array=np.array(list(zip(b.row, b.col, strict=True)), dtype=bwp.INDICES_DTYPE),
        data_array=b.data,
    )
    flows = np.arange(len(w))
    made.add_persistent_vector(
        matrix="characterization_matrix",
        name="c",
        indices_array=np.array(list(zip(flows, flows, strict=True)), dtype=bwp.INDICES_DTYPE),
        data_array=w,
    )
    return made


def main(folder):
    """Build everything, say ready, then answer one measurement per line of stdin until it ends."""
    a, b, w = sp.load_npz(folder / "a.npz"), sp.load_npz(folder / "b.npz"), np.load(folder / "w.npy")
    n = a.shape[0]
    target = n - 1
    plain = package(a, b, w)

    def cold():
        lca = bc.LCA({target: 1}, data_objs=[plain])
        lca.lci()
        lca.lcia()
        return float(lca.score)

    kept = bc.LCA({target: 1}, data_objs=[plain])
    kept.lci(factorize=True)
    kept.lcia()
    places = iter(range(1_000_000))

    def warm():
        kept.lci({next(places) % n: 1})
        kept.lcia()
        return float(kept.score)

    def drawing(matrix, flows, spread, demand):
        lca = bc.LCA(demand, data_objs=[package(matrix, flows, w, spread)], use_distributions=True, seed_override=1)
        lca.lci()
        lca.lcia()

        def draw():
            next(lca)
            return float(lca.score)

        return draw

    whole, flows = sp.load_npz(folder / "fg.npz"), sp.load_npz(folder / "fgb.npz")
    spread = np.where(a.tocoo().row == a.tocoo().col, 0.0, 0.1)
    measures = {
        "cold": cold,
        "warm": warm,
        "foreground_draw": drawing(whole, flows, np.load(folder / "fgsd.npy"), {n: 1}),
        "full_draw": drawing(a, b, spread, {target: 1}),
    }
    cold()
    print(json.dumps({"ready": True, "pardiso": bool(bc.PYPARDISO)}), flush=True)
    for line in sys.stdin:
        name, times = line.split()
        seconds, scores = [], []
        for _ in range(int(times)):
            start = time.perf_counter()
            scores.append(measures[name]())
            seconds.append(time.perf_counter() - start)
        print(json.dumps({"seconds": seconds, "scores": scores}), flush=True)


main(Path(sys.argv[1]))
