"""Run the tests marked `hard` and keep what they showed in bench/runs/<day>-hard[-<only>].json.

A hard test states its figures with pytest's `record_property("executions", 200_000)`; they land beside its outcome.
The file names the commit and the machine, because a figure without them says nothing. Reading order: main(), figures().
"""

import datetime
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main(only: list[str]) -> int:
    """Run all hard tests, or those whose names match the words of `only`; returns pytest's exit code."""
    select = ["-k", " or ".join(only)] if only else []
    with tempfile.TemporaryDirectory() as scratch:
        report = Path(scratch) / "report.xml"
        keep = [f"--junitxml={report}", "-o", "junit_family=xunit1"]  # the older family keeps figures with their test
        command = [sys.executable, "-m", "pytest", "-m", "hard", *keep, *select]
        code = subprocess.run(command, cwd=ROOT, check=False).returncode
        if not report.exists():
            return code
        tests, seconds = figures(report)
    day = datetime.datetime.now(datetime.UTC).date().isoformat()
    result = {
        "what": "make hard" + (f" ONLY={' '.join(only)}" if only else ""),
        "day": day,
        "commit": git("rev-parse", "HEAD"),
        "uncommitted": bool(git("status", "--porcelain", "--untracked-files=no")),
        "machine": machine(),
        "passed": code == 0,
        "seconds": seconds,
        "tests": tests,
    }
    words = "-".join(re.sub(r"\W+", "_", word) for word in only)
    path = ROOT / "bench" / "runs" / (f"{day}-hard-{words}.json" if words else f"{day}-hard.json")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"written: {path.relative_to(ROOT)} ({len(tests)} tests)")
    return code


def figures(report: Path) -> tuple[list[dict[str, object]], float]:
    """Every test of a JUnit report with outcome, seconds and recorded figures; and the seconds of all."""
    suite = next(ET.parse(report).iter("testsuite"))
    tests: list[dict[str, object]] = []
    for case in suite.iter("testcase"):
        ends = [tag for tag in ("failure", "error", "skipped") if case.find(tag) is not None]
        tests.append(
            {
                "test": f"{case.get('classname')}::{case.get('name')}",
                "outcome": ends[0] if ends else "passed",
                "seconds": float(case.get("time", "0")),
                "figures": {p.get("name", ""): number(p.get("value", "")) for p in case.iter("property")},
            }
        )
    return tests, float(suite.get("time", "0"))


def number(text: str) -> object:
    """A recorded figure as the number it was, if it was one."""
    return json.loads(text) if re.fullmatch(r"-?\d+(\.\d+)?", text) else text


def machine() -> dict[str, object]:
    """What the figures were taken on; no host name."""
    cpu = platform.processor()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        found = re.search(r"^model name\s*:\s*(.+)$", cpuinfo.read_text(), re.MULTILINE)
        cpu = found.group(1) if found else cpu
    return {"cpu": cpu, "cores": os.cpu_count(), "system": platform.system(), "python": platform.python_version()}


def git(*words: str) -> str:
    """What git says, or nothing outside a checkout."""
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
