"""What a database gave an inventory, without the database: the solved items with their gases, and its digest.

Beside a missing database `lab.zip` a file `lab.zip.solved.json` stands in, so that a result can be computed again by
somebody who has no license for the database. It says which bytes it was solved from.
Reading order: name_of(), written(), taken().
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ...waist import Place, Source
from ..inventory import Inventory
from ..nouns import Factor, kind_of

SCHEMA = "carnet/solved-items/1"
MOST_BYTES = 16 * 2**20


def name_of(file: str) -> str:
    """Where the solved items of a database lie."""
    return f"{Path(file).as_posix()}.solved.json"


def written(read: Inventory, file: str) -> bytes:
    """The solved items of one database of an inventory."""
    blocks = [b for b in read.form.background if b.file == file]
    digest = dict(read.files)[file]
    items = [
        {"id": f.id, "title": f.title, "unit": f.unit, "class": f.material, "flows": dict(f.flows), "basis": f.basis}
        for block in blocks
        for name in block.items
        if (f := read.factors.get((f"{block.id}.{name}", "")))
    ]
    notes = [n for n in read.notes if any(n.startswith(f"background {b.id}: ") for b in blocks)]
    told = {"schema": SCHEMA, "digest": digest, "items": items, "notes": notes}
    return (json.dumps(told, sort_keys=True, ensure_ascii=False, indent=1) + "\n").encode()


def taken(path: Path, block_id: str, license: str, source: Source, place: Place) -> tuple[list[Factor], str, list[str]]:
    """(factors, digest of the database, notes) from a file of solved items; raises ValueError with a sentence."""
    if path.stat().st_size > MOST_BYTES:
        raise ValueError(f"{path.name} is larger than {MOST_BYTES:,} bytes")
    told: Any = json.loads(path.read_bytes().decode("utf-8"))
    if not isinstance(told, dict) or told.get("schema") != SCHEMA:
        raise ValueError(f"{path.name} is not of {SCHEMA}")
    made = [
        Factor(
            str(row["id"]), "", str(row["title"]), str(row["unit"]),
            tuple(sorted((str(k), float(v)) for k, v in row["flows"].items())), (0.0, 0.0), (),
            kind_of(str(row["id"]), str(row["class"])), str(row["class"]), True, False, "", license,
            str(row["basis"]), "", source, place, True,
        )
        for row in told["items"]
        if str(row["id"]).startswith(block_id + ".")
    ]  # fmt: skip
    return (
        made,
        str(told["digest"]),
        [str(n) for n in told.get("notes", []) if n.startswith(f"background {block_id}: ")],
    )
