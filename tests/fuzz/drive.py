"""Drive one target with atheris: python -m tests.fuzz.drive TARGET CORPUS [libFuzzer options].

All of the product is instrumented but the modules that numba compiles: what is instrumented cannot be compiled.
"""

import sys
from pathlib import Path

import atheris

SOURCE = Path(__file__).resolve().parents[2] / "src"
COMPILED = [
    ".".join(path.relative_to(SOURCE).with_suffix("").parts)
    for path in SOURCE.rglob("*.py")
    if "import numba" in path.read_text(encoding="utf-8")
]

with atheris.instrument_imports(include=["carnet"], exclude=COMPILED):
    from tests.fuzz.targets import SEEDS, TARGETS

name = sys.argv.pop(1)
target = TARGETS[name]
for seed in (b"", *(path.read_bytes() for path in sorted((SEEDS / name).iterdir()))):
    target(seed)  # what is built or compiled once is so before the clock of the first run starts
atheris.Setup(sys.argv, target)
atheris.Fuzz()
