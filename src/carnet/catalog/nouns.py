"""Compiled rows -> the nouns of waist.py.

A row is a dict as the files hold it, with its place and its file's sources; a noun is frozen and typed. Nothing is
decided here. Reading order: vocabulary(), source(), status(), then one function per noun.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ..quantity import Unit, Units
from ..waist import Place, Recognition, Requirement, Source, Status, Step
from ..words import Vocabulary, Word

Row = dict[str, Any]


def place(row: Row) -> Place:
    return Place(*row["_at"])


def vocabulary(tables: dict[str, list[Row]]) -> Vocabulary:
    """The words of a library; raises ValueError for a unit nobody defined."""
    units = Units(
        {
            r["id"]: Unit(r["id"], r["dimension"], Decimal(r["factor"]), Decimal(r["offset"]))
            for r in tables.get("units", [])
        }
    )
    words = [word(r) for r in tables.get("facts", [])]
    for one in words:
        if one.unit:
            try:
                units.dimension(one.unit)
            except ValueError as error:
                raise ValueError(f"{one.name}: {error}") from None
    return Vocabulary(words, units, {r["id"]: r["family"] for r in tables.get("kinds", [])})


def word(row: Row) -> Word:
    kind = row["type"] or (
        "list" if row["list"] else "quantity" if row["unit"] else "word" if row["values"] else "text"
    )
    return Word(
        name=row["id"],
        about=tuple(row["about"]),
        type=kind,
        unit=row["unit"],
        values=tuple(row["values"]),
        within=row["within"],
        items=row["list"],
        stated_by=row["stated_by"],
        means=row["means"],
        ask=row["ask"],
        effort=row["effort"],
        place=place(row),
    )


def source(row: Row, name: str) -> Source:
    """One source of the row's file."""
    if name not in row["_sources"]:
        return Source(name, "not stated")
    found = row["_sources"][name]
    return Source(
        id=name,
        number=found["number"],
        title=found["title"],
        publisher=found["publisher"],
        issued=found["issued"] or "",
        seen=found["seen"],
        grade=found["class"],
        read=found["read"],
        note=found["note"],
    )


def status(rows: list[Row]) -> tuple[Status, ...]:
    return tuple(_status(r) for r in rows)


def _status(row: Row) -> Status:
    start = row["from"]
    waits = isinstance(start, dict)
    return Status(
        standing=row["standing"],
        start=None if waits else start,
        event=row["event"],
        after=start["after"] if waits else None,
        months=start["months"] if waits else 0,
        source=row["source"],
        seen=row["seen"],
        note=row["note"],
    )


def listed(value: str | list[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def requirement(row: Row, inherited: tuple[str, ...] = ()) -> Requirement:
    return Requirement(
        id=row["id"],
        market=row["_market"],
        title=row["title"],
        topic=row["topic"],
        about=listed(row["about"]),
        place=place(row),
        source=source(row, row["source"]),
        sources=tuple(source(row, name) for name in row["_sources"]),
        applies=row["applies"],
        demands=row["demands"],
        asks=row["asks"],
        asked=row["asked"] or "",
        evidence=tuple(row["evidence"]),
        granted_in=tuple(row["granted_in"]),
        force=row["force"],
        status=status(row["status"]),
        clause=row["clause"],
        documents=tuple(row["documents"]),
        effort=tuple(row["effort"]),
        binds_when=row["binds_when"],
        next_look=row["next_look"],
        conflict=row["conflict"],
        note=row["note"],
        examples=tuple(row["examples"]),
        inherited=inherited,
    )


def recognition(row: Row) -> Recognition:
    gives = row["gives"]
    return Recognition(
        id=row["id"],
        title=row["title"],
        accepted_in=tuple(row["accepted_in"]),
        place=place(row),
        source=source(row, row["source"]),
        kinds=tuple(row["accepts"]["kinds"]),
        standards=tuple(row["accepts"]["standards"]),
        issued_in=tuple(row["accepts"]["issued_in"]),
        gives=gives if isinstance(gives, str) else tuple((p["for"], p["with"]) for p in gives),
        as_kinds=tuple(row["as_kinds"]),
        when=row["when"],
        conditions=tuple(row["conditions"]),
        residual=tuple(row["residual"]),
        strength=row["strength"],
        status=status(row["status"]),
        note=row["note"],
    )


def step(row: Row) -> Step:
    return Step(
        id=row["id"],
        title=row["title"],
        about=listed(row["about"]),
        cost=row["cost"],
        weeks=row["weeks"],
        source=source(row, row["source"]),
        shared=row["shared"],
        valid=row["valid"],
        yields=tuple(row["yields"]),
        confidence=row["confidence"],
        note=row["note"],
    )
