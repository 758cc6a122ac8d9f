"""Promise: `carnet --help` in 0.3 s, a cold review of the flagship in 1.5 s, the whole library from its cache in 0.3 s.

Each figure stands beside a peer and a floor in the same run, commands taken in turn so that a drifting machine hits
all alike; medians and ratios are quoted.

    carnet --help                 beside  an empty Typer app (the floor of the option parser)
    carnet review FLAGSHIP        beside  PyYAML's C loader reading the same library (what a tool without a compiled
                                          library must do before it can think)
    library from its cache        beside  the same PyYAML reading

Run: python bench/cold_start.py [runs] [--keep]; --keep writes bench/runs/<day>-cold-start.json.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FLAGSHIP = "heavy-truck-corridor.yaml"
CARNET = "from carnet.doors.cli import main; main()"
FLOOR = """
import typer
app = typer.Typer()
@app.command()
def a(): ...
app(["--help"])
"""
READ_ALL = """
import pathlib, sys, yaml
for p in sorted(pathlib.Path(sys.argv[1]).rglob("*.yaml")):
    yaml.load(p.read_bytes(), Loader=yaml.CSafeLoader)
"""
LOAD = """
import pathlib, sys, time
from carnet.catalog import open_catalog
start = time.perf_counter()
open_catalog(cache=pathlib.Path(sys.argv[1])).words
print(time.perf_counter() - start)
"""


def timed(command: list[str], folder: Path) -> float:
    """Wall seconds of one whole process."""
    start = time.perf_counter()
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    took = time.perf_counter() - start
    if done.returncode not in (0, 1):
        raise SystemExit(done.stderr.decode())
    return took


def main(runs: int) -> dict[str, object]:
    """Every figure: median seconds, the peer's, the ratio."""
    python = sys.executable
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "examples"
        shutil.copytree(ROOT / "examples", folder)
        review = [python, "-c", CARNET, "review", FLAGSHIP]
        first = timed(review, folder)  # compiles the library: cold means a cold process, not a first installation
        commands = {
            "help": [python, "-c", CARNET, "--help"],
            "help_floor": [python, "-c", FLOOR],
            "review": review,
            "review_without_cache": [*review, "--no-cache"],
            "read_library": [python, "-c", READ_ALL, str(ROOT / "data")],
            "python": [python, "-c", "pass"],
        }
        seconds: dict[str, list[float]] = {name: [] for name in commands}
        loads = []
        for _ in range(runs):
            for name, command in commands.items():
                seconds[name].append(timed(command, folder))
            load = [python, "-c", LOAD, str(folder / ".carnet")]
            loads.append(float(subprocess.run(load, capture_output=True, check=True, cwd=folder).stdout))
    median = {name: round(statistics.median(values), 4) for name, values in seconds.items()}
    median["library_from_cache"] = round(statistics.median(loads), 4)
    median["first_review_ever"] = round(first, 4)
    reading = median["read_library"] - median["python"]
    limits = {"help": 0.3, "review": 1.5, "library_from_cache": 0.3}
    return {
        "bench": "cold_start",
        "machine": {"cores": os.cpu_count(), "cpu": platform.machine(), "python": platform.python_version()},
        "runs": runs,
        "median_seconds": median,
        "promises": {name: {"limit": limit, "met": median[name] <= limit} for name, limit in limits.items()},
        "ratios": {
            "help over the floor of the option parser": round(median["help"] / median["help_floor"], 2),
            "PyYAML reading the library over ours from the cache": round(reading / median["library_from_cache"], 1),
            "PyYAML reading the library over our whole review": round(median["read_library"] / median["review"], 2),
        },
    }


if __name__ == "__main__":
    numbers = [a for a in sys.argv[1:] if a.isdigit()]
    text = json.dumps(main(int(numbers[0]) if numbers else 7), indent=2)
    print(text)
    if "--keep" in sys.argv:
        target = ROOT / "bench" / "runs" / f"{datetime.now(UTC):%Y-%m-%d}-cold-start.json"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text + "\n", encoding="utf-8")
