"""The house keeps its shape: imports go down, modules stay readable, and inner rooms see only what they are given."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SRC = ROOT / "src" / "carnet"
MODULES = sorted(SRC.rglob("*.py"))

# Names that say nothing about what is inside.
NOWHERE = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "misc"}
LONG = 500
# Rooms that get the day, the text and the files as arguments and look nowhere else.
GIVEN_EVERYTHING = (
    "waist.py", "words.py", "condition.py", "quantity.py", "errors.py",
    "catalog", "review", "dossier", "routes", "charging", "swapping", "carbon", "supply", "roads",
)  # fmt: skip
CLOCK = {"now", "today", "utcnow", "time", "time_ns", "monotonic", "localtime", "gmtime"}
CLOCKS = {"datetime", "date", "time", "dt"}
NETWORK = {"socket", "urllib.request", "http.client", "requests", "httpx", "aiohttp", "ftplib", "smtplib"}


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imports(path: Path) -> list[str]:
    """Every module a file imports; relative ones begin with a dot."""
    found = []
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found.append("." * node.level + (node.module or ""))
    return found


def outward_looks(module: ast.Module) -> list[str]:
    """Where code reads the clock, the environment or the network by itself."""
    found = []
    for node in ast.walk(module):
        if isinstance(node, ast.Attribute):
            owner = node.value.attr if isinstance(node.value, ast.Attribute) else getattr(node.value, "id", "")
            if (owner in CLOCKS and node.attr in CLOCK) or (owner == "os" and node.attr in {"environ", "getenv"}):
                found.append(f"{node.lineno}: {owner}.{node.attr}")
        elif isinstance(node, ast.Import):
            found += [f"{node.lineno}: {alias.name}" for alias in node.names if alias.name in NETWORK]
        elif isinstance(node, ast.ImportFrom) and node.module in NETWORK:
            found.append(f"{node.lineno}: {node.module}")
    return found


def test_imports_go_one_way():
    run = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()", "--no-logo"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert run.returncode == 0, run.stdout + run.stderr
    assert " 0 broken" in run.stdout


def test_the_waist_needs_only_the_standard_library():
    asked = [*imports(SRC / "chapter.py"), *(m for m in imports(SRC / "waist.py") if m != ".chapter")]

    assert [module for module in asked if module.partition(".")[0] not in sys.stdlib_module_names] == []


def test_no_module_is_named_after_nothing():
    tests = sorted((ROOT / "tests").rglob("*.py"))
    parts = {path: set(path.relative_to(ROOT).with_suffix("").parts) for path in MODULES + tests}

    assert [name(path) for path, words in parts.items() if words & NOWHERE] == []


def test_a_long_module_says_why_in_its_head():
    long = [path for path in MODULES if len(path.read_text(encoding="utf-8").splitlines()) > LONG]

    silent = [name(path) for path in long if not re.search(r"\b[Ll]ong\b", ast.get_docstring(tree(path)) or "")]

    assert silent == [], f"over {LONG} lines: look for the second noun, or say in the docstring why it is long"


def test_every_module_has_a_head():
    written = [path for path in MODULES if path.read_text(encoding="utf-8").strip()]

    assert [name(path) for path in written if not ast.get_docstring(tree(path))] == []


def test_inner_rooms_read_no_clock_no_environment_and_no_network():
    inner = [path for path in MODULES if path.relative_to(SRC).parts[0] in GIVEN_EVERYTHING]

    looks = [f"{name(path)}:{look}" for path in inner for look in outward_looks(tree(path))]

    assert inner
    assert looks == [], "pass it as an argument: on=, known="


@pytest.mark.parametrize(
    "line",
    [
        "import datetime; datetime.date.today()",
        "from datetime import datetime; datetime.now()",
        "import time; time.time()",
        "import os; os.environ['CARNET_ON']",
        "from urllib.request import urlopen",
    ],
)
def test_a_look_outward_is_noticed(line):
    assert len(outward_looks(ast.parse(line))) == 1


def test_nothing_is_evaluated_as_python():
    calls = [(path, n.func) for path in MODULES for n in ast.walk(tree(path)) if isinstance(n, ast.Call)]
    plain = [(path, called) for path, called in calls if isinstance(called, ast.Name)]

    assert [f"{name(p)}:{c.lineno}" for p, c in plain if c.id in {"eval", "exec", "compile"}] == []


def test_there_is_one_yaml_reader():
    readers = [name(path) for path in MODULES if "yaml" in imports(path)]

    assert set(readers) <= {"src/carnet/reading.py"}
