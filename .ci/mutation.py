"""Change the cores of Carnet one place at a time and count how many changes some test notices.

    python .ci/mutation.py [core ...]      the cores of .ci/mutation.toml, or those named

mutmut runs in an environment of its own that sees the project's packages, on a copy of the sources, so that neither
the checkout nor its settings know of it. The last line printed is a JSON object: for each core the mutants that were
killed, survived, ran out of time, met no test or were not tried before the minutes were over, and the names of
survivors. The score is killed and timed out over all that were tried. Ends with 1 when a core is below LEAST.
Reading order: main(), environment(), mutate().
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import tomllib
import venv
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
MUTMUT, LEAST = "mutmut==3.8.1", 80.0
ENDS = {0: "survived", 1: "killed", 3: "killed", 5: "no tests", 33: "no tests", 34: "skipped", 36: "timed out",
        24: "timed out", 152: "timed out", 255: "timed out", None: "not tried"}  # fmt: skip


def main(names: list[str]) -> int:
    cores = tomllib.loads((ROOT / ".ci" / "mutation.toml").read_text("utf-8"))["cores"]
    with tempfile.TemporaryDirectory() as folder:
        python = environment(Path(folder) / "venv")
        if python is None:
            print(f"{MUTMUT} is missing and cannot be installed", file=sys.stderr)
            return 1
        found = {}
        for name in names or list(cores):
            found[name] = mutate(Path(folder) / name, python, cores[name])
            print(name, {k: v for k, v in found[name].items() if k != "survivors"}, flush=True)
    print(json.dumps(found, ensure_ascii=False))
    return 0 if all(core["score"] >= LEAST for core in found.values()) else 1


def environment(folder: Path) -> Path | None:
    """An environment with mutmut that finds the project's packages after its own; None when it cannot be made."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    done = subprocess.run([python, "-m", "pip", "install", "--quiet", MUTMUT], check=False, capture_output=True)
    if done.returncode:
        return None
    site = next(folder.glob("lib/python*/site-packages"))
    (site / "project.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return python


def mutate(folder: Path, python: Path, core: dict[str, Any]) -> dict[str, Any]:
    """What became of the mutants of one file."""
    folder.mkdir()
    for part in ("src", "tests"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__", "seeds", "golden"))
    mutants = folder / "mutants"
    mutants.mkdir()
    for part in ("data", "examples", "third_party"):
        (folder / part).symlink_to(ROOT / part)
        (mutants / part).symlink_to(ROOT / part)
    settings = {
        "source_paths": ["src"], "only_mutate": [core["file"]], "pytest_add_cli_args_test_selection": core["tests"],
        "pytest_add_cli_args": ["-p", "no:cacheprovider"], "use_git_change_detection": False,
    }  # fmt: skip
    lines = [f"{key} = {json.dumps(value)}" for key, value in settings.items()]
    pytest = ["[tool.pytest.ini_options]", 'pythonpath = ["."]', 'markers = ["hard: long"]']
    pytest.append('addopts = ["--import-mode=importlib", "-m", "not hard"]')
    (folder / "pyproject.toml").write_text("\n".join(["[tool.mutmut]", *lines, *pytest]) + "\n", encoding="utf-8")
    process = subprocess.Popen(
        [python, "-m", "mutmut", "run", "--max-children", str(os.cpu_count() or 1)], cwd=folder,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
        env={**os.environ, "PYTHONPATH": ""},
    )  # fmt: skip
    try:
        said, _ = process.communicate(timeout=60 * core["minutes"])
    except subprocess.TimeoutExpired:
        said = ""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            said, _ = process.communicate(timeout=20)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    meta = mutants / f"{core['file']}.meta"
    if not meta.exists():
        return {"score": 0.0, "says": said[-2000:]}
    codes = json.loads(meta.read_text("utf-8"))["exit_code_by_key"]
    ends = {key: ENDS.get(code, "killed" if code else "survived") for key, code in codes.items()}
    count = {word: list(ends.values()).count(word) for word in sorted(set(ENDS.values()))}
    tried = sum(number for word, number in count.items() if word not in ("not tried", "skipped"))
    caught = count["killed"] + count["timed out"]
    survivors = sorted(key for key, end in ends.items() if end in ("survived", "no tests"))
    return {**count, "score": round(100 * caught / tried, 1) if tried else 0.0, "survivors": survivors,
            **({} if tried else {"says": said[-2000:]})}  # fmt: skip


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
