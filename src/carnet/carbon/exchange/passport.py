"""The carbon section of a battery passport: one row per stage of the life cycle, in kgCO2e per kWh delivered."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ...errors import BadInput
from .. import form
from ..footprint import Footprint
from .paper import Paper, Unreadable, number
from .paths import get, put


def section(
    found: Footprint, table: form.ExchangeFile, *, plant: str, rulebook: str, declaration: str
) -> dict[str, Any]:
    """The section of a computed footprint; raises BadInput when its unit or its stages do not fit the section.

    rulebook, declaration  links to the method and to the declaration, which the section demands
    """
    if not found.unit.endswith("/kWh"):
        raise BadInput(
            f"{table.exchange} holds a footprint per kWh delivered; "
            f"{found.method.id} gives {found.unit}. Use a method of "
            "batteries."
        )
    missing = [
        name for name, value in (("plant", plant), ("rulebook", rulebook), ("declaration", declaration)) if not value
    ]
    if missing:
        raise BadInput(
            f"{table.exchange} needs {', '.join(missing)}. A footprint is "
            "declared per model and plant, with its rulebook and "
            "declaration."
        )
    stages = found.sums(lambda t: t.stage)
    counted = [s for s, how in found.method.form.boundary.stages.items() if how == "counted"]
    unplaced = [s for s in counted if s not in table.stages]
    if unplaced:
        raise BadInput(f"{table.exchange} has no stage for {', '.join(unplaced)}")
    negative = [s for s in counted if stages.get(s, 0.0) < 0]
    if negative:
        raise BadInput(
            f"{table.exchange} holds no negative stage, but "
            f"{', '.join(negative)} is below zero: credits of recycling "
            "exceed its burdens"
        )

    def link(title: str, content: str) -> list[dict[str, str]]:
        return [{"contentType": "URL", "header": title, "content": content}]

    rows = [
        {
            "lifecycle": table.stages[stage],
            "value": stages.get(stage, 0.0),
            "unit": table.row_unit,
            "type": table.row_type,
            "manufacturingPlant": [{"facility": plant}],
            "rulebook": link(found.method.form.document, rulebook),
            "declaration": link("Carbon footprint declaration", declaration),
        }
        for stage in counted
    ]
    document: dict[str, Any] = {}
    put(document, table.rows, rows)
    return document


HELD = ("unit", "amount", "total_excluding", "fossil", "product", "company")


def losses(words: dict[str, Any], table: form.ExchangeFile) -> list[dict[str, str]]:
    """What a footprint says that the section has no place for."""
    return [
        {"word": key, "loss": "dropped", "where": table.rows, "why": f"{table.exchange} has no place for it"}
        for key in words
        if key not in HELD
    ]


def read_rows(document: Any, table: form.ExchangeFile) -> Paper:
    """A section -> a paper of one kWh: the sum of its rows of total climate change."""
    rows = get(document, table.rows)
    if not isinstance(rows, list) or not rows:
        raise Unreadable(f"{table.rows} is empty")
    total = Decimal(0)
    for row in rows:
        if not isinstance(row, dict) or row.get("type") != table.row_type:
            continue
        try:
            total += number(row.get("value"))
        except ValueError as error:
            raise Unreadable(f"{table.rows}: {error}") from None
    others = [r for r in rows if not isinstance(r, dict) or r.get("type") != table.row_type]
    plants = {
        p.get("facility", "")
        for row in rows
        if isinstance(row, dict)
        for p in row.get("manufacturingPlant", [])
        if isinstance(p, dict)
    }
    return Paper(
        table.exchange,
        {
            "unit": "kWh",
            "amount": Decimal(1),
            "total_excluding": total,
            "fossil": total,
            "product": "battery, per kWh",
            "company": ", ".join(sorted(plants)),
        },
        {f"{table.rows}, rows of another kind": others} if others else {},
    )
