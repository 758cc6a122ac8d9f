"""The tables of data/supply: a YAML card and a CSV beside it, read together, the digest checked.

Every row keeps the source its `source` column names, so that an answer can show where a number comes from and how it
was read. Numbers stay text here; who computes with them says how they are read.
Reading order: Row, Table, read_table(), Tables.
"""

from __future__ import annotations

import csv
import hashlib
import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .. import reading
from ..catalog import library
from ..errors import BadData, BadInput, Problem
from ..waist import Place, Source

NAMES = (
    "production", "midstream", "materials", "intensity", "recovery", "targets", "passport", "codes", "identifiers",
    "custody", "shocks", "eventwords", "passportpaths",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table: its cells as text, where it stands, and its source."""

    cells: dict[str, str]
    place: Place
    source: Source

    def __getitem__(self, name: str) -> str:
        return self.cells[name]

    def number(self, name: str) -> float | None:
        """The cell as a number; None when it is empty."""
        return float(self.cells[name]) if self.cells[name] else None


@dataclass(frozen=True, slots=True)
class Table:
    """A card with its rows."""

    name: str
    title: str
    license: str
    digest: str
    columns: dict[str, dict[str, str]]
    rows: tuple[Row, ...]
    sources: dict[str, Source] = field(default_factory=dict)

    def where(self, **cells: str) -> tuple[Row, ...]:
        """The rows whose cells are so."""
        return tuple(r for r in self.rows if all(r.cells[k] == v for k, v in cells.items()))


def read_table(folder: Path, name: str) -> Table:
    """Card and CSV of one table; raises BadData with every problem."""
    card_path = folder / f"{name}.yaml"
    try:
        document = reading.read(card_path, f"data/supply/{name}.yaml")
    except BadInput as error:
        raise BadData(error.problems) from None
    card: dict[str, Any] = document.plain
    shown = f"data/supply/{card.get('file', '')}"
    path = folder / str(card.get("file", ""))
    if not path.is_file() or path.parent != folder:
        raise BadData([Problem(document.at(("file",)), "the table it names is not beside the card", "Add it.")])
    raw = path.read_bytes()
    found = "sha256:" + hashlib.sha256(raw).hexdigest()
    problems = []
    if found != card.get("digest"):
        problems.append(
            Problem(
                document.at(("digest",)),
                f"{shown} has the digest {found}, not the one recorded",
                "Record it again, or restore the table.",
            )
        )
    sources = {key: _source(key, block) for key, block in card.get("sources", {}).items()}
    reader = csv.DictReader(io.StringIO(raw.decode("utf-8")))
    columns: dict[str, dict[str, str]] = card["columns"]
    if list(reader.fieldnames or []) != list(columns):
        hint = f"Columns: {', '.join(columns)}"
        problems.append(Problem(Place(shown), "its columns are not those of the card", hint))
        raise BadData(problems)
    rows = []
    for cells in reader:
        place = Place(shown, reader.line_num)
        if None in cells or None in cells.values():
            problems.append(Problem(place, f"has another number of cells than the {len(columns)} columns"))
            continue
        if cells["source"] not in sources:
            problems.append(Problem(place, f"no source of the card is called {cells['source']!r}"))
            continue
        rows.append(Row(cells, place, sources[cells["source"]]))
    if len(rows) != card.get("rows"):
        problems.append(Problem(document.at(("rows",)), f"{shown} has {len(rows)} rows, not {card.get('rows')}"))
    if problems:
        raise BadData(problems)
    return Table(name, card["title"], card["license"], found, columns, tuple(rows), sources)


def _source(id: str, block: dict[str, Any]) -> Source:
    return Source(
        id=id,
        number=block["number"],
        title=block.get("title", ""),
        publisher=block.get("publisher", ""),
        issued=block.get("issued", ""),
        seen=block.get("seen"),
        grade=block.get("class", "none"),
        read=block.get("read", "remembered"),
        note=block.get("note", ""),
    )


class Tables:
    """The supply tables of one library, each read when it is first asked for."""

    def __init__(self, root: Path | None = None) -> None:
        self.folder = (root or library.builtin()) / "supply"
        self._read: dict[str, Table] = {}

    def __getitem__(self, name: str) -> Table:
        if name not in self._read:
            self._read[name] = read_table(self.folder, name)
        return self._read[name]

    def digest(self) -> str:
        """One digest over every table, for the record of a result."""
        total = hashlib.sha256()
        for name in NAMES:
            total.update(f"{name} {self[name].digest}\n".encode())
        return "sha256:" + total.hexdigest()
