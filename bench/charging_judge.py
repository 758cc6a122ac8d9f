"""From candump text to full verdict, beside python-can + cantools which only decode. One core; two for the cache.

    python bench/charging_judge.py [FRAMES] [--peer PYTHON] [--rounds N] [--keep FILE]

Promise: text to verdict at least 24 times the peer's decode rate; from our Parquet cache at least 100 times. The log
is a rehearsed session whose energy transfer is repeated with uneven time stamps. Peer, text and cache take turns
in every round; rates are frames per second of wall clock, medians of the rounds; the peer gets 100,000 frames.
Text is pinned to one core, as the peer is by nature. Exit 1 when a promise is not kept or the verdicts differ.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from carnet.charging.judge import judge
from carnet.charging.protocol import library
from carnet.charging.readers import open_recording
from carnet.charging.readers.binary import keep
from carnet.charging.rehearse import Battery, Supply, rehearse

PEER = Path(__file__).parent / "peers" / "python_can_cantools.py"
PROMISED = {"text": 24, "cache": 100}
PART = 100_000


def write_log(path: Path, frames: int) -> None:
    lines = [
        line.split(" ", 1)[1]
        for line in rehearse("gbt27930-2015", Battery(400, 100), Supply(500, 125)).candump().splitlines()
    ]
    body = lines[300:1200]
    step = 7_000  # microseconds, a usual bus load of this family
    with path.open("w") as file:
        for n in range(frames):
            line = lines[n] if n < 300 else body[(n - 300) % len(body)]
            stamp = n * step + n * 7919 % 997
            file.write(f"({1_700_000_000 + stamp // 1_000_000}.{stamp % 1_000_000:06d}) {line}\n")


def write_table(path: Path) -> None:
    table = library().protocol("gbt27930-2015")
    rows = ['VERSION ""', "NS_ :", "BS_:", "BU_: X"]
    for message in table.messages.values():
        if message.frame.via != "frame":
            continue
        rows.append(f"BO_ {message.frame.id | 0x80000000} {message.name}: {max(message.frame.lengths)} X")
        rows += [
            f' SG_ {s.name} : {s.bit}|{s.bits}@1+ ({s.scale:g},{s.offset:g}) [0|0] "" X'
            for s in message.signals
            if s.bits <= 32
        ]
    path.write_text("\n".join(rows) + "\n")


def rate(path: Path, cores: set[int]) -> float:
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        begin = time.perf_counter()
        frames = judge(path, engine="swift").frames
        return frames / (time.perf_counter() - begin)
    finally:
        os.sched_setaffinity(0, before)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("frames", nargs="?", type=int, default=4_000_000)
    parser.add_argument("--peer", default=sys.executable)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args()
    cores = sorted(os.sched_getaffinity(0))
    rates: dict[str, list[float]] = {"peer": [], "text": [], "cache": []}
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        log, part, table, cache = (Path(folder, n) for n in ("big.log", "part.log", "table.dbc", "big.parquet"))
        write_log(log, options.frames)
        write_log(part, min(options.frames, PART))
        write_table(table)
        keep(open_recording(log), cache)
        same = judge(part, engine="swift").plain() == judge(part, engine="reference").plain()
        same &= judge(log, engine="swift").session.plain() == judge(cache, engine="swift").session.plain()
        for _ in range(options.rounds):
            run = subprocess.run(
                [options.peer, str(PEER), str(part), str(table)], check=True, capture_output=True, text=True
            )
            peer = json.loads(run.stdout)
            rates["peer"].append(peer["frames"] / peer["seconds"])
            rates["text"].append(rate(log, {cores[0]}))
            rates["cache"].append(rate(cache, set(cores[:2])))
    middle = {name: statistics.median(found) for name, found in rates.items()}
    result = {
        "bench": "charging_judge",
        "frames": options.frames,
        "rounds": options.rounds,
        "cores": len(cores),
        "load_before": round(load, 1),
        "frames_per_s": {name: round(value) for name, value in middle.items()},
        "spread": {name: [round(min(found)), round(max(found))] for name, found in rates.items()},
        "times_peer": {name: round(middle[name] / middle["peer"], 1) for name in PROMISED},
        "promised": PROMISED,
        "verdicts_identical": same,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    text = json.dumps(result, indent=2)
    print(text)
    if options.keep:
        options.keep.write_text(text + "\n")
    kept = all(middle[name] >= least * middle["peer"] for name, least in PROMISED.items())
    return 0 if kept and same else 1


if __name__ == "__main__":
    sys.exit(main())
