"""A chapter: what a room has to say beyond its facts, as plain parts that every output can show.

A room that has something to show offers `chapter(project, catalog)` in its own chapter.py; the dossier and the web
render the parts without knowing the room. Reading order: Text, Listing, Table, Figure, Chapter.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Text:
    """One paragraph of plain text."""

    text: str


@dataclass(frozen=True, slots=True)
class Listing:
    """Points that have no order."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text under named columns; `numeric` names the columns, by position, that hold numbers."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""
    numeric: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """A drawing of `carnet.drawing` and, for those who cannot see it, the same in words with its numbers."""

    title: str
    svg: str
    alt: str
    note: str = ""


Part = Text | Listing | Table | Figure


@dataclass(frozen=True, slots=True)
class Chapter:
    """A room's chapter of a dossier: the lead says the answer, the parts show where it comes from."""

    id: str
    title: str
    lead: str
    parts: tuple[Part, ...] = ()


__all__ = ["Chapter", "Figure", "Listing", "Part", "Table", "Text"]
