"""Files a project points to: found inside the project's folder, whole, readable, digested.

A path is relative and stays inside the folder, so that a project can be packed and sent. A PDF is only looked at for
its frame (header and trailer): nothing in it is executed or rendered.
"""

from __future__ import annotations

import hashlib
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from ..errors import nearest

MOST_EVIDENCE_BYTES = 512 * 1024 * 1024


def inside(folder: Path, name: str) -> Path:
    """The path of a file the project names; raises ValueError with a sentence when it leaves the folder."""
    path = Path(name)
    if path.is_absolute() or ".." in path.parts:
        raise ValueError(
            f"{name!r} leaves the project's folder; keep the file beside the project and name it from there"
        )
    found = folder / path
    if not found.resolve().is_relative_to(folder.resolve()):
        raise ValueError(f"{name!r} is a link that leaves the project's folder; copy the file beside the project")
    return found


def digest(folder: Path, name: str) -> str:
    """'sha256:...' of a file of the project; raises ValueError with a sentence."""
    shown = name if len(name) <= 80 else name[:77] + "..."
    if "\0" in name:
        raise ValueError(f"{shown!r} is a name no file can have; write the path as it stands on disk")
    try:
        return _digest(inside(folder, name), name)
    except (OSError, RuntimeError) as error:  # RuntimeError: links that go round in a circle
        why = getattr(error, "strerror", None) or "its links go round in a circle"
        raise ValueError(f"{shown!r} cannot be read: {why}; check its name and permissions") from None


def _digest(path: Path, name: str) -> str:
    if not path.is_file():
        near = nearest(path.name, [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else [])
        raise ValueError(f"there is no file {name!r}" + (f"; {near}" if near else ""))
    size = path.stat().st_size
    if size > MOST_EVIDENCE_BYTES:
        raise ValueError(f"{name!r} has {size:,} bytes; at most {MOST_EVIDENCE_BYTES:,} are read as evidence")
    total = hashlib.sha256()
    with path.open("rb") as file:
        head = file.read(1024)
        total.update(head)
        tail = head
        while block := file.read(1 << 20):
            total.update(block)
            tail = (tail + block)[-2048:]
    if path.suffix.lower() == ".pdf" and not (b"%PDF-" in head and b"%%EOF" in tail and b"startxref" in tail):
        raise ValueError(f"{name!r} cannot be read as a PDF: its header or its end is missing; export it again")
    return "sha256:" + total.hexdigest()


def money(cost: dict[str, Any]) -> dict[str, Any]:
    """A cost range with decimal text; raises ValueError when it is no range."""
    try:
        low, high = Decimal(cost["low"]), Decimal(cost["high"])
        mid = Decimal(cost["mid"]) if cost.get("mid") is not None else None
    except InvalidOperation:
        raise ValueError('amounts are decimal text, such as low: "40000"') from None
    if not all(amount is None or amount.is_finite() for amount in (low, mid, high)):
        raise ValueError('amounts are decimal text, such as low: "40000"')
    if not 0 <= low <= high or (mid is not None and not low <= mid <= high):
        raise ValueError(
            f"runs from {low} to {high}"
            + (f" with {mid} in the middle" if mid is not None else "")
            + "; low must not exceed high, nor be negative"
        )
    return cost
