"""Check a verifier's pack: every digest, then every number computed again from what lies in it.

Reading order: verify(), differences().
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import numpy
import scipy

from .. import __version__
from ..errors import BadInput
from . import inventory_reader
from .adapters.archive import Files
from .pack import SCHEMA, answer, canonical, digest, spreadsheet
from .tables import open_tables

MOST_DIFFERENCES = 50


def verify(path: Path) -> dict[str, Any]:
    """{ok, changed, differs, engine}; raises BadInput when the file is no pack."""
    try:
        opened = Files(path)
        manifest = json.loads(opened.read("manifest.json"))
        if not isinstance(manifest, dict) or manifest.get("schema") != SCHEMA:
            raise ValueError(f"its manifest is not of {SCHEMA}")
        stated = {str(k): str(v) for k, v in dict(manifest["files"]).items()}
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise BadInput(f"{path}: is no verifier's pack that can be read: {error}") from None
    held: dict[str, bytes] = {}
    changed = []
    for name in sorted({*stated, *opened.sizes} - {"manifest.json"}):
        says = "was added" if name not in stated else "is missing" if name not in opened.sizes else ""
        if not says:
            try:
                held[name] = opened.read(name)
                says = "" if digest(held[name]) == stated[name] else "was changed"
            except ValueError as error:
                says = f"is damaged: {error}"
        if says:
            changed.append({"file": name, "says": says})
    whole = all(name in held for name in stated)
    differs, note = _again(manifest, held) if whole else ([], "it was not computed again: files are missing")
    here = {"carnet": __version__, "numpy": numpy.__version__, "scipy": scipy.__version__}
    return {
        "schema": "carnet/verifier-answer/1",
        "pack": path.name,
        "ok": not changed and not differs and not note,
        "changed": changed,
        "differs": differs,
        "note": note,
        "engine": {"pack": manifest.get("engine", {}), "here": here},
        "files": len(held),
        "numbers": held.get("numbers.csv", b"").count(b"\n") - 1,
    }


def _again(manifest: dict[str, Any], held: dict[str, bytes]) -> tuple[list[dict[str, Any]], str]:
    """(every number that differs, why nothing could be computed)."""
    with tempfile.TemporaryDirectory(prefix="carnet-verify-") as folder:
        root = Path(folder)
        for name, raw in held.items():
            target = root / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(raw)
        try:
            for one in manifest["inventories"]:
                if f"inventories/{one['id']}/{one['file']}" not in held:
                    raise ValueError(f"its manifest names the inventory {one['id']!r}, which is not in it")
            roots = [root / "tables" / str(n) for n in range(int(manifest["tables"]))]
            tables = open_tables(roots[1:], base=roots[0])
            read = [
                (
                    one,
                    inventory_reader.read_inventory(
                        root / "inventories" / one["id"] / one["file"], tables, on=str(one["read_on"]), name=one["file"]
                    ),
                )
                for one in manifest["inventories"]
            ]
            found = answer(read, manifest, tables)
            results, audits = json.loads(held["result.json"]), json.loads(held["audit.json"])
        except (BadInput, KeyError, TypeError, ValueError) as error:
            return [], f"it could not be computed again: {str(error)[:2000]}"
    differs = [
        *differences(json.loads(canonical(results)), json.loads(canonical(found["results"])), "result"),
        *differences(json.loads(canonical(audits)), json.loads(canonical(found["audits"])), "audit"),
    ]
    if held.get("numbers.csv") != spreadsheet(found["audits"]):
        differs.append({"path": "numbers.csv", "pack": "as packed", "recomputed": "another table"})
    return differs[:MOST_DIFFERENCES], ""


def differences(packed: Any, found: Any, path: str) -> list[dict[str, Any]]:
    """Every place where two answers differ, down to the number."""
    if isinstance(packed, dict) and isinstance(found, dict):
        return [
            row
            for key in sorted({*packed, *found})
            for row in differences(packed.get(key), found.get(key), f"{path}.{key}")
        ]
    if isinstance(packed, list) and isinstance(found, list) and len(packed) == len(found):
        return [
            row for n, (a, b) in enumerate(zip(packed, found, strict=True)) for row in differences(a, b, f"{path}[{n}]")
        ]
    return [] if packed == found else [{"path": path, "pack": packed, "recomputed": found}]
