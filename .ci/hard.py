"""Run the tests marked `hard`, suite by suite, and keep what they showed in bench/runs/<day>-hard.json.

    python .ci/hard.py                 every suite
    python .ci/hard.py fuzz load       these suites
    python .ci/hard.py crash kills     those of a suite whose names match the other words

A suite has a limit of time; one that reaches it is interrupted and says so. A hard test states its figures with
pytest's `record_property("executions", 200_000)`: they land beside its outcome, whole numbers are summed for the suite.
There is one file a day: a suite that runs again takes the place of its earlier result. Each result names the commit and
the machine, because a figure without them says nothing. Reading order: SUITES, main(), run(), figures().
"""

import contextlib
import datetime
import importlib.util
import json
import os
import platform
import re
import signal
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SCHEMA = "carnet/hard/1"
ATHERIS = "atheris==3.0.0"  # no wheel for every machine we lock for, so it is fetched when it is needed


@dataclass(frozen=True)
class Suite:
    """Files or folders of tests, or a command that prints its figures as a JSON object in its last line."""

    minutes: int
    paths: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    needs: dict[str, str] = field(default_factory=dict)  # a module and the pinned package that brings it


SUITES = {
    "faults": Suite(20, ("tests/crash/test_faults_of_the_disk_leave_old_or_new.py",)),
    "histories": Suite(15, ("tests/api/test_histories_are_linearizable.py",)),
    "crash": Suite(75, ("tests/crash/test_killed_servers_keep_their_word.py",)),
    "load": Suite(20, ("tests/crash/test_overload_is_shed.py",)),
    "api": Suite(60, ("tests/api/test_the_document_is_true.py",)),
    "page": Suite(10, ("tests/browser",)),
    "fuzz": Suite(180, ("tests/fuzz",), needs={"atheris": ATHERIS}),
    "mutation": Suite(60, command=(".ci/mutation.py",)),
    "scale": Suite(60),  # every other test that is marked, wherever it stands
}


def main(only: list[str]) -> int:
    """Run the suites that were named, or all; 0 when every one passed."""
    named = [word for word in only if word in SUITES] or list(SUITES)
    words = [word for word in only if word not in SUITES]
    codes = {}
    for name in named:
        print(f"== {name}: at most {SUITES[name].minutes} minutes", flush=True)
        missing = install(SUITES[name].needs)
        result = run(SUITES[name], words) if not missing else {"outcome": "not run", "missing": missing}
        if result["outcome"] == "nothing":
            continue
        codes[name] = result["outcome"]
        keep(name, {"commit": commit(), "day": today(), "words": words, **result})
    for name, outcome in codes.items():
        print(f"{name:12} {outcome}")
    return 0 if codes and all(outcome == "passed" for outcome in codes.values()) else 1


def install(needs: dict[str, str]) -> list[str]:
    """Fetch what a suite needs and the locks do not hold; what is still missing, as sentences."""
    missing = []
    for module, package in needs.items():
        if importlib.util.find_spec(module):
            continue
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--disable-pip-version-check"]
        done = subprocess.run([*pip, package], capture_output=True, text=True, check=False)
        importlib.invalidate_caches()
        if done.returncode or not importlib.util.find_spec(module):
            says = (done.stderr.strip().splitlines() or ["pip said nothing"])[-1]
            missing.append(f"{package} is missing and cannot be installed: {says}")
            print(missing[-1], file=sys.stderr)
    return missing


def run(suite: Suite, words: list[str]) -> dict[str, Any]:
    """What one suite showed."""
    with tempfile.TemporaryDirectory() as scratch:
        report = Path(scratch) / "report.xml"
        if suite.command:
            command = [sys.executable, *suite.command]
        else:
            select = ["-k", " or ".join(words)] if words else []
            others = [p for s in SUITES.values() if s is not suite for p in s.paths]
            paths = list(suite.paths) or ["tests", *(f"--ignore={p}" for p in others)]
            style = [f"--junitxml={report}", "-o", "junit_family=xunit1"]  # the older family keeps figures by test
            command = [sys.executable, "-m", "pytest", "-m", "hard", *style, *select, *paths]
        code, seconds, printed = limited(command, suite.minutes * 60, capture=bool(suite.command))
        if code == 5 and not suite.command:  # pytest: no test was selected
            return {"outcome": "nothing"}
        tests = figures(report) if report.exists() else []
    outcome = "passed" if code == 0 else "timed out" if code is None else "failed"
    result: dict[str, Any] = {"outcome": outcome, "seconds": round(seconds, 1), "limit_minutes": suite.minutes}
    if suite.command:
        last = (printed.strip().splitlines() or [""])[-1]
        with contextlib.suppress(ValueError):
            result["figures"] = json.loads(last)
        return result
    counts = Counter(str(test["outcome"]) for test in tests)
    if outcome == "passed" and counts["skipped"]:
        result["outcome"] = "skipped in part"
    return {**result, "counts": dict(sorted(counts.items())), "figures": summed(tests), "tests": tests}


def limited(command: list[str], seconds: float, *, capture: bool) -> tuple[int | None, float, str]:
    """(exit code or None when the time was over, seconds, what it printed); its children end with it."""
    began = datetime.datetime.now(datetime.UTC)
    pipe = subprocess.PIPE if capture else None
    process = subprocess.Popen(command, cwd=ROOT, stdout=pipe, text=True, start_new_session=True)
    code: int | None
    try:
        printed, _ = process.communicate(timeout=seconds)
        code = process.returncode
    except subprocess.TimeoutExpired:
        code, printed = None, ""
        process.send_signal(signal.SIGINT)  # pytest still writes its report
        with contextlib.suppress(subprocess.TimeoutExpired):
            printed, _ = process.communicate(timeout=60)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    return code, (datetime.datetime.now(datetime.UTC) - began).total_seconds(), printed or ""


def figures(report: Path) -> list[dict[str, Any]]:
    """Every test of a JUnit report with outcome, seconds and recorded figures."""
    tests = []
    for case in next(ET.parse(report).iter("testsuite")).iter("testcase"):
        ends = [tag for tag in ("failure", "error", "skipped") if case.find(tag) is not None]
        tests.append(
            {
                "test": f"{case.get('classname')}::{case.get('name')}",
                "outcome": ends[0] if ends else "passed",
                "seconds": float(case.get("time", "0")),
                "figures": {p.get("name", ""): number(p.get("value", "")) for p in case.iter("property")},
            }
        )
    return tests


def summed(tests: list[dict[str, Any]]) -> dict[str, int]:
    """The whole numbers of a suite's tests, summed by name."""
    total: Counter[str] = Counter()
    for test in tests:
        for name, value in test["figures"].items():
            if isinstance(value, int):
                total[name] += value
    return dict(sorted(total.items()))


def number(text: str) -> object:
    """A recorded figure as the number it was, if it was one."""
    return json.loads(text) if re.fullmatch(r"-?\d+(\.\d+)?", text) else text


def keep(name: str, result: dict[str, Any]) -> None:
    """Put the result of a suite into the file of the day."""
    path = ROOT / "bench" / "runs" / f"{today()}-hard.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    kept = json.loads(path.read_text("utf-8")) if path.exists() else {}
    if kept.get("schema") != SCHEMA:
        kept = {"schema": SCHEMA, "what": "make hard", "day": today(), "suites": {}}
    kept["machine"] = machine()
    kept["suites"][name] = result
    kept["suites"] = {suite: kept["suites"][suite] for suite in SUITES if suite in kept["suites"]}
    kept["passed"] = all(suite["outcome"] == "passed" for suite in kept["suites"].values())
    kept["seconds"] = round(sum(suite.get("seconds", 0) for suite in kept["suites"].values()), 1)
    path.write_text(json.dumps(kept, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"written: {path.relative_to(ROOT)} ({name})", flush=True)


def today() -> str:
    return datetime.datetime.now(datetime.UTC).date().isoformat()


def commit() -> str:
    """The commit, marked when the checkout holds more than it."""
    more = "+" if git("status", "--porcelain", "--untracked-files=no") else ""
    return git("rev-parse", "HEAD") + more


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
