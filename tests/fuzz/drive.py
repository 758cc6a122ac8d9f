"""Drive one target with atheris: python -m tests.fuzz.drive TARGET CORPUS [libFuzzer options]."""

import sys

import atheris

with atheris.instrument_imports(
    include=[
        "carnet.reading",
        "carnet.condition",
        "carnet.quantity",
        "carnet.words",
        "carnet.project",
        "carnet.review",
        "carnet.ledger",
    ]
):
    from tests.fuzz.targets import TARGETS

target = TARGETS[sys.argv.pop(1)]
target(b"")  # what is built once is built before the clock of the first run starts
atheris.Setup(sys.argv, target)
atheris.Fuzz()
