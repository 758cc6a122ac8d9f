"""The library in the browser: lists, search, one row with its history, and why a rule says what it says."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from ... import app as engine
from ...catalog import query
from ...errors import CarnetError
from ..server.problems import of_error
from ..server.work import asked_of
from .shell import House, Visitor, render

router = APIRouter()
Text = Annotated[str, Query(max_length=300)]
AT_ONCE = 100
LISTS = ("requirements", "standards", "recognitions", "signals", "documents", "effort", "economies", "unions", "topics")


@router.get("/library")
def library_page(
    request: Request, exchange: House, who: Visitor, list: Text = "requirements", market: Text = "", topic: Text = "",
    text: Text = "", start: Annotated[int, Query(ge=0, le=10**6)] = 0,
) -> Response:  # fmt: skip
    """Rows of one list, narrowed; or what a search finds in all of them."""
    exchange.may(who, "catalog.read")
    catalog = exchange.desk.catalog
    try:
        rows: Any = query.search(catalog, text) if text else query.rows(catalog, list, market, "", topic)
    except CarnetError as error:
        raise of_error(error) from None
    places = [*catalog.economies.values(), *catalog.unions.values()]
    spoken = {r["_market"] for r in catalog.table("requirements")}
    return render(
        request, "library.html.jinja", who, rows=rows[start : start + AT_ONCE], total=len(rows), start=start,
        step=AT_ONCE, lists=LISTS, chosen={"list": list, "market": market, "topic": topic, "text": text},
        markets=sorted((p["name"], p["id"]) for p in places if p["id"] in spoken), topics=sorted(catalog.topics),
        name=catalog.name, version=catalog.version, seen=catalog.last_seen,
    )  # fmt: skip


@router.get("/library/row")
def row_page(
    request: Request, exchange: House, who: Visitor, id: Text, on: Text = "", known: Text = "", market: Text = ""
) -> Response:
    """One row: where it stands on a day, its history as a timeline, sources, relations; for a rule also why."""
    exchange.may(who, "catalog.read")
    catalog, asked = exchange.desk.catalog, asked_of(on, known, "")
    try:
        found = query.show(catalog, id, asked.on, asked.known)
        why: list[dict[str, Any]] = []
        if found["table"] == "requirements":
            empty = engine.empty_project(catalog, on=asked.on, known=asked.known)
            why = engine.explain(found["id"], empty, catalog, market)[:1]
    except CarnetError as error:
        raise of_error(error) from None
    return render(request, "row.html.jinja", who, found=found, why=why, asked=asked, name=catalog.name)
