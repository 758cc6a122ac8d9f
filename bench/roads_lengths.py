"""Lengths of trips, beside movingpandas in its own environment.

    python bench/roads_lengths.py [--peer PYTHON] [--trips 200] [--points 1000]

Both get the same positions in memory and give one length a trip; the peer (bench/peers/movingpandas.lock) builds its
trajectories from a table first, as its users do. Lengths must agree within half a percent: ours are on the sphere, the
peer's on the ellipsoid. In turns, medians of five.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import csv

from carnet.roads.trips import trip_lengths

PEER = """
import sys, json, time, warnings
warnings.filterwarnings("ignore")
import pandas as pd, geopandas as gpd, movingpandas as mpd
table = pd.read_csv(sys.argv[1], parse_dates=["time"])
for line in sys.stdin:
    start = time.perf_counter()
    points = gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(table.x, table.y), crs=4326)
    found = mpd.TrajectoryCollection(points, "trip", t="time")
    lengths = {t.id: t.get_length() for t in found.trajectories}
    print(json.dumps({"seconds": time.perf_counter() - start, "lengths": lengths}), flush=True)
"""


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--peer", help="a Python with the peer installed")
    asked.add_argument("--trips", type=int, default=200)
    asked.add_argument("--points", type=int, default=1000)
    options = asked.parse_args()
    chance = np.random.default_rng(1)
    rows = options.trips * options.points
    step = chance.normal(0, 1e-4, (options.trips, options.points, 2)).cumsum(axis=1)
    points = (step + chance.uniform((8, 47), (12, 53), (options.trips, 1, 2))).reshape(rows, 2)
    names = np.repeat([f"t{n:05d}" for n in range(options.trips)], options.points)
    moment = 1_770_000_000_000_000 + np.tile(np.arange(options.points) * 100_000, options.trips)
    table = pa.table(
        {"trip": names, "time": pa.array(moment, pa.timestamp("us")), "x": points[:, 0], "y": points[:, 1]}
    )

    def ours() -> tuple[float, dict[str, float]]:
        start = time.perf_counter()
        found, meters = trip_lengths(table["trip"], np.column_stack([table["x"], table["y"]]), "wgs84")
        return time.perf_counter() - start, dict(zip(found, meters.tolist(), strict=True))

    out = {"bench": "roads_lengths", "machine": platform.machine(), "trips": options.trips, "positions": rows}
    mine, theirs = [ours()[0]], []
    if options.peer:
        file = Path(tempfile.mkdtemp()) / "trips.csv"
        csv.write_csv(table, file)
        command = [options.peer, "-c", PEER, str(file)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as peer:
            assert peer.stdin is not None
            assert peer.stdout is not None
            for _ in range(6):
                seconds, own = ours()
                peer.stdin.write("go\n")
                peer.stdin.flush()
                said = json.loads(peer.stdout.readline())
                worst = max(abs(said["lengths"][t] / own[t] - 1) for t in own)
                assert worst < 0.005, worst
                mine.append(seconds)
                theirs.append(said["seconds"])
            peer.stdin.close()
        out |= {"peer_s": round(statistics.median(theirs[1:]), 4), "worst_difference": round(worst, 5)}
    else:
        mine += [ours()[0] for _ in range(5)]
    out["ours_s"] = round(statistics.median(mine[1:]), 5)
    if theirs:
        out["times"] = round(out["peer_s"] / out["ours_s"], 1)
    print(json.dumps(out))


if __name__ == "__main__":
    main()
