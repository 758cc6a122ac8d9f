"""What hostile bytes are thrown at: one function per parser, which may answer or refuse but never stumble.

Each takes bytes and returns nothing; whatever escapes is our mistake. The seeds in seeds/<name>/ are replayed by every
test run (test_seeds_replay.py) and grown by `make hard ONLY=fuzz` (test_fuzz_hard.py), which needs atheris.

To add a target: write a function into the module of its room in this folder (or a new module), name it in the module's
TARGETS, put at least five seeds into seeds/<name>/. A module may also say LIMITS, {name: {"rss_mb": .., "max_len": ..,
"timeout": .., "runs": ..}}, where the usual ones do not fit. drive.py runs one target by hand.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

from .core import catalog

__all__ = ["LIMITS", "ROOMS", "SEEDS", "TARGETS", "USUAL", "catalog", "limits"]

SEEDS = Path(__file__).parent.parent / "seeds"
USUAL = {"rss_mb": 512, "max_len": 4096, "timeout": 1, "runs": 200_000}

ROOMS: tuple[ModuleType, ...] = tuple(
    importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__)
)
TARGETS: dict[str, Callable[[bytes], None]] = {one.__name__: one for room in ROOMS for one in room.TARGETS}
LIMITS: dict[str, dict[str, int]] = {
    name: USUAL | limits for room in ROOMS for name, limits in getattr(room, "LIMITS", {}).items()
}


def limits(name: str) -> dict[str, int]:
    """What a target may take, and how often it is run."""
    return LIMITS.get(name, USUAL)
