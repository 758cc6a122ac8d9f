"""The nouns of a supply chain as typed tables: who, where, which lot, what happened, who vouches for it.

A lot is an amount of one material that is handled as one. An event takes amounts from lots and makes lots; what goes
in and out are flows. Certificates vouch for lots, facilities or actors; claims say single properties; credits are the
books of mass balance and book-and-claim, which never mix with what physically flowed.
Reading order: Column, TABLES, Chain.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..waist import Place

SOURCES = ("primary", "pre_consumer", "post_consumer")
KG_PER_UNIT = {"KGM": 1.0, "GRM": 1e-3, "MGM": 1e-6, "TNE": 1e3, "kg": 1.0, "g": 1e-3, "mg": 1e-6, "t": 1e3}


@dataclass(frozen=True)
class Column:
    """One column: its type (text, number, share, date, moment, economy, word), if it is needed, what it means."""

    type: str
    needed: bool
    means: str
    words: tuple[str, ...] = ()
    refers: str = ""  # the table whose id it names


TABLES: dict[str, dict[str, Column]] = {
    "actors": {
        "id": Column("text", True, "our name for the actor"),
        "name": Column("text", False, "its name"),
        "economy": Column("economy", False, "where it is registered"),
        "tier": Column("whole", False, "1 delivers to us, 2 to a tier 1, and so on"),
    },
    "facilities": {
        "id": Column("text", True, "our name for the place"),
        "actor": Column("text", False, "who runs it", refers="actors"),
        "economy": Column("economy", False, "where it stands"),
        "stage": Column("text", False, "mine, refine, precursor, cathode, cell, pack, recycle ..."),
        "port": Column("text", False, "the port or route it ships by"),
    },
    "lots": {
        "id": Column("text", True, "our name for the lot"),
        "material": Column("text", False, "what it is"),
        "kg": Column("number", False, "its mass when made"),
        "facility": Column("text", False, "where it was made", refers="facilities"),
        "economy": Column("economy", False, "of a lot that begins a chain: where it was dug or collected"),
        "source": Column("word", False, "of a lot that begins a chain: primary, or from which waste", SOURCES),
        "kgco2e_per_kg": Column("number", False, "of a lot that begins a chain: its footprint to here"),
        "version_of": Column("text", False, "the lot that was reworked into this one", refers="lots"),
    },
    "contents": {
        "lot": Column("text", True, "the lot", refers="lots"),
        "element": Column("text", True, "element symbol or graphite"),
        "share": Column("share", True, "kilogram of it per kilogram of the lot"),
    },
    "events": {
        "id": Column("text", True, "our name for the event"),
        "time": Column("moment", False, "when it ended"),
        "facility": Column("text", False, "where", refers="facilities"),
        "kgco2e": Column("number", False, "what it emitted by itself"),
        "custody": Column("text", False, "the chain-of-custody model (data/supply/custody)"),
    },
    "flows": {
        "event": Column("text", True, "the event", refers="events"),
        "lot": Column("text", True, "the lot", refers="lots"),
        "way": Column("word", True, "in or out", ("in", "out")),
        "kg": Column("number", False, "how much; the whole lot when empty"),
    },
    "certificates": {
        "id": Column("text", True, "its number"),
        "about": Column("text", True, "the lot, facility or actor it vouches for"),
        "scheme": Column("text", False, "under which scheme"),
        "valid_from": Column("date", False, "first day"),
        "valid_to": Column("date", False, "last day; empty means unknown, never for ever"),
    },
    "claims": {
        "lot": Column("text", True, "the lot or battery", refers="lots"),
        "property": Column("text", True, "what is said of it (a passport key, or a word of your own)"),
        "value": Column("text", True, "the value"),
        "method": Column("text", False, "how it was found: measured, computed, declared, taken_over"),
        "evidence": Column("text", False, "the document that shows it"),
    },
    "credits": {
        "account": Column("text", True, "whose book: site, material and scheme"),
        "time": Column("moment", True, "when"),
        "way": Column("word", True, "in, out, retired or expired", ("in", "out", "retired", "expired")),
        "kg": Column("number", True, "how much"),
        "element": Column("text", False, "of which element"),
        "lot": Column("text", False, "the lot that gave or got the credit", refers="lots"),
        "economy": Column("economy", False, "the origin it stands for"),
        "source": Column("word", False, "primary, or from which waste", SOURCES),
    },
    "requests": {
        "id": Column("text", True, "the question's name, as `carnet supply trace` prints it"),
        "actor": Column("text", False, "whom it went to", refers="actors"),
        "asked": Column("date", False, "the day it was asked"),
        "answered": Column("date", False, "the day an answer came"),
        "verified": Column("date", False, "the day the answer was verified"),
    },
}
KEYS = {"flows": ("event", "lot", "way"), "contents": ("lot", "element"), "claims": ("lot", "property")}
_EMPTY: dict[str, dict[str, Any]] = {table: dict.fromkeys(columns) for table, columns in TABLES.items()}


@dataclass
class Chain:
    """A supply chain as read: rows of every table, each row with the place it was written."""

    rows: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: {name: [] for name in TABLES})
    places: dict[str, list[Place]] = field(default_factory=lambda: {name: [] for name in TABLES})
    originals: dict[str, str] = field(default_factory=dict)  # file -> digest
    _known: dict[str, set[str]] = field(default_factory=dict)

    def __getitem__(self, table: str) -> list[dict[str, Any]]:
        return self.rows[table]

    def add(self, table: str, row: Mapping[str, Any], place: Place) -> None:
        empty = _EMPTY[table]
        whole = {**empty, **row}
        self.rows[table].append(whole if len(whole) == len(empty) else {name: whole[name] for name in empty})
        self.places[table].append(place)
        if table in self._known:
            self._known[table].add(row["id"])

    def ensure(self, table: str, row: Mapping[str, Any], place: Place) -> None:
        """Add a thing that a document only mentions, unless it is known."""
        known = self._known.get(table)
        if known is None:
            known = self._known[table] = {r["id"] for r in self.rows[table]}
        if row["id"] not in known:
            known.add(row["id"])
            self.add(table, row, place)

    def index(self, table: str) -> dict[str, int]:
        """Id -> number of its row."""
        return {row["id"]: n for n, row in enumerate(self.rows[table])}

    def where(self, table: str, number: int) -> Place:
        return self.places[table][number]

    @property
    def counts(self) -> dict[str, int]:
        return {name: len(rows) for name, rows in self.rows.items() if rows}
