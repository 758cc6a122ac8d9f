"""/catalog: the library asked alone: lists, one row, search, differences between two days of knowledge, why."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from ... import app as engine
from ...catalog import query
from ...errors import CarnetError
from ..cli.options import day
from . import shapes
from .asking import LINES, Cursor, House, Most, Who, operation, rows
from .problems import of_error
from .reviewing import Day, EventName, Word

router = APIRouter(prefix="/catalog", tags=["catalog"])
Needed = Annotated[str, Query(min_length=1, max_length=300)]


@operation(router, "GET", "/search", "catalog.read", ["not-acceptable"], answers=LINES, response_class=Response)
def search(
    exchange: House, who: Who, request: Request, q: Needed, cursor: Cursor = "", limit: Most = 50
) -> Response:  # fmt: skip
    """Rows that hold every word, titles first; at most 40."""
    exchange.may(who, "catalog.read")
    return rows(request, query.search(exchange.desk.catalog, q), cursor, limit)


@operation(router, "GET", "/row", "catalog.read", ["not-found"], response_model=shapes.Json)
def show(exchange: House, who: Who, id: Needed, on: Day = "", known: Day = "") -> dict[str, Any]:
    """One row: status history, where it stands on a day, sources, relations, what speaks of it."""
    exchange.may(who, "catalog.read")
    try:
        return query.show(exchange.desk.catalog, id, day(on, "on"), day(known, "known"))
    except CarnetError as error:
        raise of_error(error) from None


@operation(router, "GET", "/diff", "catalog.read", response_model=shapes.Rows)
def diff(exchange: House, who: Who, before: Day, after: Day, on: Day = "") -> dict[str, Any]:
    """What differs between two days of knowledge."""
    exchange.may(who, "catalog.read")
    try:
        catalog = exchange.desk.catalog
        found = query.diff(catalog, catalog, day(before, "before"), day(after, "after"), day(on, "on"))
    except CarnetError as error:
        raise of_error(error) from None
    return {"items": found, "next": None}


@operation(router, "GET", "/why", "catalog.read", ["not-found"], response_model=shapes.Rows)
def why(
    exchange: House, who: Who, id: Needed, market: Word = "", on: Day = "", known: Day = "", event: EventName = ""
) -> dict[str, Any]:
    """Why, for a rule of the library: in our words, its source and history, what shows it."""
    from .work import asked_of

    exchange.may(who, "catalog.read")
    asked = asked_of(on, known, event)
    catalog = exchange.desk.catalog
    try:
        empty = engine.empty_project(catalog, on=asked.on, known=asked.known, event=asked.event)
        return {"items": engine.explain(id, empty, catalog, market), "next": None}
    except CarnetError as error:
        raise of_error(error) from None


@operation(
    router, "GET", "/{list_name}", "catalog.read", ["not-found", "not-acceptable"], answers=LINES,
    response_class=Response,
)  # fmt: skip
def list_rows(
    exchange: House, who: Who, request: Request, list_name: str, market: Word = "", about: Word = "", topic: Word = "",
    standard: Word = "", cursor: Cursor = "", limit: Most = 50,
) -> Response:  # fmt: skip
    """requirements, standards, recognitions, signals, effort, documents, economies, unions, topics, products, kinds."""
    exchange.may(who, "catalog.read")
    try:
        return rows(
            request, query.rows(exchange.desk.catalog, list_name, market, about, topic, standard), cursor, limit
        )  # fmt: skip
    except CarnetError as error:
        raise of_error(error) from None
