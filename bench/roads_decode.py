"""Packets to Arrow columns, beside the public pure-Python decoder in its own environment.

    python bench/roads_decode.py [--peer PYTHON] [--packets 100000]

Both read the same packets of our own encoder. The peer (rtm_con, see bench/peers/rtm_con.lock) runs in the environment
of the given interpreter and prints JSON; without --peer only our own rate is measured. One process, one core each.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from carnet.roads.telemetry.columns import table
from carnet.roads.telemetry.decode import decode
from carnet.roads.telemetry.packet import Block
from tests.roads.packets import OLD, edition, filled, position, report, vehicle

PEER = """
import json, sys, time
from rtm_con import msg
frames = [bytes.fromhex(line) for line in sys.stdin]
start = time.perf_counter()
for frame in frames:
    msg.parse(frame)
print(json.dumps({"packets": len(frames), "seconds": time.perf_counter() - start}))
"""


def frames(number: int) -> list[bytes]:
    """Reports with the usual blocks: vehicle, one motor, position, extremes, alarms, 96 cells, 24 probes."""
    known = edition(OLD).blocks
    cells = {"index": 1, "voltage": 600, "current": 0, "cells": 96, "first_cell": 1, "cells_here": 96}
    rest = [
        Block(2, filled(known[2].of, 1)), position(), Block(6, filled(known[6].of)), Block(7, filled(known[7].of, 0)),
        Block(8, {"subsystems": 1, "subsystem": [{**cells, "voltages": [Decimal("3.3")] * 96}]}),
        Block(9, {"subsystems": 1, "subsystem": [{"index": 1, "probes": 24, "temperatures": [25] * 24}]}),
    ]  # fmt: skip
    several = [report(vehicle(speed=Decimal(n) / 10), *rest) for n in range(100)]
    return [several[n % 100] for n in range(number)]


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--peer", help="a Python with the peer installed")
    asked.add_argument("--packets", type=int, default=100_000)
    options = asked.parse_args()
    packets = frames(options.packets)
    raw = b"".join(packets)
    table(decode(raw[: 20 * len(packets[0])])[0])  # compiled once, kept by numba
    best = float("inf")
    for _ in range(3):
        start = time.perf_counter()
        found, _ = decode(raw)
        columns, _ = table(found)
        best = min(best, time.perf_counter() - start)
    assert columns.num_rows == len(packets)
    result = {
        "bench": "roads_decode", "machine": platform.machine(), "packets": len(packets), "seconds": round(best, 4),
        "packets_per_s": round(len(packets) / best), "bytes_per_s": round(len(raw) / best),
    }  # fmt: skip
    if options.peer:
        lines = "\n".join(p.hex() for p in packets[:2000])
        answer = subprocess.run([options.peer, "-c", PEER], input=lines, capture_output=True, text=True, check=True)
        peer = json.loads(answer.stdout)
        result["peer_packets_per_s"] = round(peer["packets"] / peer["seconds"])
        result["times"] = round(result["packets_per_s"] / result["peer_packets_per_s"], 1)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
