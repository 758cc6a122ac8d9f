"""bw2calc on the system of bench/carbon_system.py, with pypardiso, the solver it recommends. Prints JSON.

    PEER_PYTHON bench/peers/bw2calc.py FOLDER SAMPLE

Reads a.npz, b.npz, w.npy, fg.npz from FOLDER; draws and solves are timed on SAMPLE iterations, the caller extrapolates.
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


def timed(run, times):
    """Median seconds of `times` runs."""
    found = []
    for _ in range(times):
        start = time.perf_counter()
        run()
        found.append(time.perf_counter() - start)
    return float(np.median(found))


def main(folder, sample):
    a, b, w = sp.load_npz(folder / "a.npz"), sp.load_npz(folder / "b.npz"), np.load(folder / "w.npy")
    n = a.shape[0]
    plain = package(a, b, w)
    target = n - 1

    def cold():
        lca = bc.LCA({target: 1}, data_objs=[plain])
        lca.lci()
        lca.lcia()
        return lca

    lca = cold()
    out = {"score": float(lca.score), "pardiso": bool(bc.PYPARDISO), "cold": timed(cold, 3)}
    lca = bc.LCA({target: 1}, data_objs=[plain])
    lca.lci(factorize=True)
    lca.lcia()
    places = iter(range(10_000))

    def warm():
        lca.lci({next(places): 1})
        lca.lcia()
        return lca.score

    out["warm"] = timed(warm, 20)
    out["scores"] = [float(warm()) for _ in range(3)]

    whole, flows, log_sd = sp.load_npz(folder / "fg.npz"), sp.load_npz(folder / "fgb.npz"), np.load(folder / "fgsd.npy")
    drawn = bc.LCA({n: 1}, data_objs=[package(whole, flows, w, log_sd)], use_distributions=True, seed_override=1)
    drawn.lci()
    drawn.lcia()
    scores = []

    def draw():
        next(drawn)
        scores.append(drawn.score)

    out["foreground_draw"] = timed(draw, sample)
    out["foreground_mean"], out["foreground_sd"] = float(np.mean(scores)), float(np.std(scores))

    spread = np.where(a.tocoo().row == a.tocoo().col, 0.0, 0.1)
    drawn = bc.LCA({target: 1}, data_objs=[package(a, b, w, spread)], use_distributions=True, seed_override=1)
    drawn.lci()
    drawn.lcia()
    scores = []
    out["full_draw"] = timed(draw, sample)
    out["full_mean"], out["full_sd"] = float(np.mean(scores)), float(np.std(scores))
    print(json.dumps(out))


main(Path(sys.argv[1]), int(sys.argv[2]))
