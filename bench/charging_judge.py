"""From candump text to full verdict, beside python-can + cantools which only decode. One core; two for the cache.

    python bench/charging_judge.py [FRAMES] [--peer PYTHON]

Promise: text to verdict at least 24 times the peer's decode rate; from our Parquet cache at least 100 times.
The log is a rehearsed session whose energy transfer is repeated with running time stamps. Rates are frames per second,
the best of three; the peer gets the first 200,000 frames.
"""

import argparse
import json
import os
import resource
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
            stamp = n * step
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


def best(path: Path, runs: int = 3) -> float:
    judge(path, engine="swift")
    took = []
    for _ in range(runs):
        begin = time.perf_counter()
        frames = judge(path, engine="swift").frames
        took.append(frames / (time.perf_counter() - begin))
    return max(took)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("frames", nargs="?", type=int, default=2_000_000)
    parser.add_argument("--peer", default=sys.executable)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        log, part, table, cache = (Path(folder, n) for n in ("big.log", "part.log", "table.dbc", "big.parquet"))
        write_log(log, options.frames)
        write_log(part, min(options.frames, 200_000))
        write_table(table)
        peer = json.loads(
            subprocess.run(
                [options.peer, str(PEER), str(part), str(table)], check=True, capture_output=True, text=True
            ).stdout
        )
        peer_rate = peer["frames"] / peer["seconds"]
        keep(open_recording(log), cache)
        text, cached = best(log), best(cache)
    result = {
        "bench": "charging_judge",
        "frames": options.frames,
        "cores": os.cpu_count(),
        "peer_frames_per_s": round(peer_rate),
        "text_frames_per_s": round(text),
        "cache_frames_per_s": round(cached),
        "text_times_peer": round(text / peer_rate, 1),
        "cache_times_peer": round(cached / peer_rate, 1),
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
