"""The map: one tile per economy, colored by how far its texts on a topic have come on a day."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from markupsafe import Markup

from ... import drawing
from ...catalog import Catalog
from ...catalog.dates import Dates, stand
from ...drawing import PALETTE
from ...words import span
from ..server.problems import Refusal
from ..server.work import asked_of
from .shell import House, Visitor, render

router = APIRouter()
LAYOUT = Path(__file__).with_name("tiles.csv")
ACROSS = 13
# What a tile can say, the firmest first.
RANKS = ("in_force", "published", "adopted", "draft", "announced", "signal")
ASKED, SILENT = "asked", "silent"
COLORS = dict(
    zip(
        (r.replace("_", " ") for r in (*RANKS, ASKED, SILENT)),
        (PALETTE[n] for n in (0, 5, 2, 1, 6, 4, 3, 7)),
        strict=True,
    )
)
Text = Annotated[str, Query(max_length=100)]


@router.get("/map")
def map_page(
    request: Request, exchange: House, who: Visitor, topic: Text = "", kind: Text = "", on: Text = "", known: Text = ""
) -> Response:
    """Every economy the library speaks of, by the firmest text on a topic about a kind of product."""
    exchange.may(who, "catalog.read")
    catalog, asked = exchange.desk.catalog, asked_of(on, known, "")
    topic, kind = topic or "reess_safety", kind or "battery_pack"
    if topic not in catalog.topics or kind not in {k["id"] for k in catalog.table("kinds")}:
        raise Refusal("bad-input", "the library knows no such topic or kind; choose one of the lists")
    day, seen = span(asked.on or catalog.last_seen)[0], span(asked.known or catalog.last_seen)[1]
    found = {code: firmest(catalog, code, topic, kind, day, seen) for code in spoken_of(catalog)}
    rows = sorted((catalog.name(code), code, rank, ids) for code, (rank, ids) in found.items())
    places = layout(tuple(sorted(found)))
    order = [*RANKS, ASKED, SILENT]
    cells = sorted(
        ((code, catalog.name(code), *places[code], rank.replace("_", " ")) for code, (rank, _) in found.items()),
        key=lambda c: order.index(c[4].replace(" ", "_")),
    )
    return render(
        request, "map.html.jinja", who, picture=Markup(drawing.tiles(cells, f"Economies by {topic}", COLORS)),  # noqa: S704
        rows=rows, topic=topic, kind=kind, on=day, known=seen, topics=sorted(catalog.topics),
        kinds=[k["id"] for k in catalog.table("kinds")],
    )  # fmt: skip


def spoken_of(catalog: Catalog) -> list[str]:
    """The economies that have rules or questions of their own."""
    return sorted({r["_market"] for r in catalog.table("requirements")} & set(catalog.economies))


def firmest(
    catalog: Catalog, code: str, topic: str, kind: str, on: str, known: str
) -> tuple[str, tuple[str, ...]]:  # fmt: skip
    """(how firm the firmest text is, the rules that are as firm); a question without a text is 'asked'."""
    dated = Dates(catalog, known)
    best: dict[str, list[str]] = {}
    for rule in catalog.requirements(code):
        if rule.topic != topic or kind not in rule.about:
            continue
        now = stand(rule.status, on, "placed_on_market", known, dated).now if rule.status else None
        best.setdefault(now if now in RANKS else ASKED if not rule.status else SILENT, []).append(rule.id)
    rank = next((r for r in (*RANKS, ASKED) if r in best), SILENT)
    return rank, tuple(best.get(rank, ()))


@cache
def layout(codes: tuple[str, ...]) -> dict[str, tuple[int, int]]:
    """Column and row of each economy's tile; one that has no place in the file stands in the rows below."""
    with LAYOUT.open(encoding="utf-8") as file:
        placed = {row["economy"]: (int(row["column"]), int(row["row"])) for row in csv.DictReader(file)}
    below = max(row for _, row in placed.values()) + 1
    others = [code for code in codes if code not in placed]
    return placed | {code: (n % ACROSS, below + n // ACROSS) for n, code in enumerate(others)}
