"""The command line: one binary, every command a thin door to app.py. Heavy imports wait until a command needs them."""

from __future__ import annotations

import sys

from .console import guarded


def main() -> None:
    """The console script `carnet`."""
    from .tree import app

    sys.exit(guarded(lambda: app(standalone_mode=False)))
