"""A verifier's pack: one zip with all a result rests on, and the way to compute it again bit for bit.

    manifest.json            what was asked: methods, assumptions, days, draws, seed; digest of every other file
    inventories/<id>/...     each inventory as written, with its sheets, suppliers' figures and reports
    tables/<n>/...           methods, factors and rules, as the computing engine read them, in the order they were laid
    result.json              the answer; audit.json the trail of every number; numbers.csv the same for a spreadsheet
    README.txt               how to check it

The same inputs give the same bytes: names are sorted, times are fixed, nothing is compressed. A database of the maker's
own is not packed, its license may forbid it; the solved items it gave are, in `<file>.solved.json`.
Reading order: pack(), contents(), answer(); `recompute` reads it again.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy
import scipy

from .. import __version__
from ..catalog import Catalog, library
from ..errors import BadInput
from . import desk, inventory_reader, methods
from .adapters import solved
from .audit import audit
from .footprint import footprint
from .inventory import Inventory
from .report import report
from .tables import FOLDERS, Tables, open_tables
from .terms import Missing
from .uncertainty import DRAWS, SEED

SCHEMA = "carnet/verifier-pack/1"
README = """\
A verifier's pack of a product carbon footprint, made by Carnet {version}.

    carnet carbon verify {name}

reads every file of this pack, compares its digest with manifest.json, computes the footprint again from the
inventories and tables in here, and compares every number of result.json bit for bit. It ends with exit code 5 when
anything differs. result.json holds the answer, audit.json and numbers.csv the trail of every number.
"""


def pack(
    path: Path,
    names: Sequence[str],
    catalog: Catalog,
    *,
    on: str = "",
    known: str = "",
    assume: Sequence[str] = (),
    draws: int = DRAWS,
    seed: int = SEED,
    overlays: Sequence[Path] = (),
) -> tuple[bytes, dict[str, Any]]:
    """(the zip, its manifest) of a project's inventories or of one inventory file."""
    tables = open_tables(overlays)
    found, day, knowing = desk.located(path, catalog, tables, on, known)
    files: dict[str, bytes] = {}
    listed: list[dict[str, Any]] = []
    again = []
    for subject, _, where in found:
        # Read once more under its own name: places in the pack must not tell where the maker's folders lie.
        told = on if where == path else day
        read = inventory_reader.read_inventory(where, tables, on=told, name=where.name)
        again.append(read)
        if any(one["id"] == read.id for one in listed):
            raise BadInput(f"{path}: two inventories are called {read.id!r}; give each its own id")
        chosen = list(names) or list(read.form.methods) or desk.fitting(tables, read)
        listed.append({"id": read.id, "subject": subject, "file": where.name, "read_on": told, "methods": chosen})
        files |= {f"inventories/{read.id}/{name}": raw for name, raw in contents(read, where).items()}
    for number, root in enumerate((library.builtin(), *overlays)):
        files |= {f"tables/{number}/{name}": raw for name, raw in table_files(root).items()}
    asked = {
        "inventories": listed,
        "assume": list(assume),
        "on": day,
        "known": knowing,
        "draws": draws,
        "seed": seed,
        "tables": 1 + len(overlays),
    }
    answers = answer(list(zip(listed, again, strict=True)), asked, tables)
    files["result.json"] = canonical(answers["results"])
    files["audit.json"] = canonical(answers["audits"])
    files["numbers.csv"] = spreadsheet(answers["audits"])
    files["README.txt"] = README.format(version=__version__, name="PACK").encode()
    manifest = {
        "schema": SCHEMA,
        "engine": {"carnet": __version__, "numpy": numpy.__version__, "scipy": scipy.__version__},
        **asked,
        "tables_digest": tables.digest,
        "files": {name: digest(raw) for name, raw in sorted(files.items())},
    }
    files["manifest.json"] = canonical(manifest)
    return zipped(files), manifest


def contents(read: Inventory, where: Path) -> dict[str, bytes]:
    """The inventory and the files it names, by their names beside it; databases as their solved items."""
    found = {where.name: where.read_bytes()}
    databases = {b.file for b in read.form.background}
    for name, _ in read.files:
        if name in databases:
            found[solved.name_of(name)] = solved.written(read, name)
        else:
            found[Path(name).as_posix()] = (where.parent / name).read_bytes()
    return found


def table_files(root: Path) -> dict[str, bytes]:
    """Methods, factors and rules of a library, by their names in it."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for folder in FOLDERS
        for path in sorted((root / folder).rglob("*"))
        if path.is_file() and path.suffix in (".yaml", ".csv")
    }


def answer(
    inventories: Sequence[tuple[dict[str, Any], Inventory]], asked: dict[str, Any], tables: Tables
) -> dict[str, list[dict[str, Any]]]:
    """{results, audits}: what the pack holds and what a verifier computes again."""
    results, audits = [], []
    for one, read in inventories:
        chosen = methods.chosen(tables, list(one["methods"]), list(asked["assume"]))
        found = report(
            read, chosen, tables, on=asked["on"], known=asked["known"], draws=asked["draws"], seed=asked["seed"],
            compare=len(chosen) > 1,
        )  # fmt: skip
        results.append({**found, "subject": one["subject"]})
        for method in chosen:
            try:
                audits.append(audit(footprint(read, method, tables), tables, on=asked["on"], known=asked["known"]))
            except Missing:
                continue  # listed under `missing` of the result
    return {"results": results, "audits": audits}


def canonical(value: Any) -> bytes:
    """JSON with sorted names and every digit of every number."""
    return (json.dumps(value, sort_keys=True, ensure_ascii=False, indent=1) + "\n").encode()


def digest(raw: bytes) -> str:
    return "sha256:" + hashlib.sha256(raw).hexdigest()


def spreadsheet(audits: Sequence[dict[str, Any]]) -> bytes:
    """Every number of every method as CSV."""
    columns = (
        "inventory", "method", "process", "item", "region", "part", "stage", "amount", "unit", "value", "result_unit",
        "share", "data", "factor", "factor_value", "factor_digest", "source", "license", "verification", "place",
    )  # fmt: skip
    held = io.StringIO(newline="")
    sheet = csv.DictWriter(held, columns, extrasaction="ignore", lineterminator="\n")
    sheet.writeheader()
    for one in audits:
        for row in one["numbers"]:
            told = {**row, "inventory": one["inventory"], "method": one["method"], "result_unit": one["unit"]}
            sheet.writerow({k: _cell(v) for k, v in told.items()})
    return held.getvalue().encode()


def _cell(value: Any) -> Any:
    """A cell no spreadsheet takes for a formula."""
    return "'" + value if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t") else value


def zipped(files: dict[str, bytes]) -> bytes:
    """The same bytes for the same files, on every machine."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_STORED) as archive:
        for name, raw in sorted(files.items()):
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.external_attr = 0o644 << 16
            entry.create_system = 3
            archive.writestr(entry, raw)
    return held.getvalue()
