"""/roads/stac: the catalog of road data as STAC API 1.0; /api/v1/roads: agreements, deliveries, feed, coverage, export.

The catalog shows a caller what their organization has; data are delivered under an agreement only (sharing.py).
Reading order: stac (landing to search), then api (agreements to export).
"""

from __future__ import annotations

import json
import re
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from ...errors import CarnetError, Unheard
from .asking import OPEN, Cursor, House, Key, Most, Who, after_number, operation, page
from .exchange import Exchange
from .policy import Caller
from .problems import Refusal, of_error
from .sharing import base_of

stac = APIRouter(prefix="/roads/stac", tags=["stac"])
api = APIRouter(prefix="/api/v1/roads", tags=["roads"])
GEO, OPENAPI = "application/geo+json", "application/vnd.oai.openapi+json;version=3.0"
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)")
OBJECT: dict[str, Any] = {"schema": {"type": "object"}}
Text = Annotated[str, Query(max_length=4000)]
Name = Annotated[str, Path(max_length=100)]
Purpose = Annotated[str, Query(pattern="^[a-z][a-z_]{0,59}$", description="What the data are wanted for.")]
Day = Annotated[str, Query(pattern=r"^(\d{4}-\d{2}-\d{2})?$")]


class Sort(BaseModel):
    """One rule of order."""

    field: str = Field(max_length=200)
    direction: Literal["asc", "desc"] = "asc"


class Search(BaseModel):
    """What is searched for; the room says what it does not understand."""

    model_config = ConfigDict(extra="allow")
    collections: list[str] | None = None
    ids: list[str] | None = None
    bbox: list[float] | str | None = None  # text is refused by the room, with its sentence
    intersects: dict[str, Any] | None = None
    datetime: str | None = None
    limit: int | None = None
    token: str | None = None
    sortby: list[Sort] | None = None
    filter: dict[str, Any] | None = None
    filter_lang: str | None = Field(None, alias="filter-lang")


class NewAgreement(BaseModel):
    """A template, who receives, which network, and what narrows it."""

    model_config = ConfigDict(extra="forbid")
    id: str = Field(pattern="^[a-z0-9][a-z0-9._-]{0,99}$")
    template: str = Field(max_length=100)
    recipient: str = Field(min_length=1, max_length=200)
    dataset: str = Field(max_length=100)
    segments: list[str] | None = None
    classes: list[str] | None = None
    first_day: str = Field("", pattern=r"^(\d{4}-\d{2}-\d{2})?$")
    last_day: str = Field("", pattern=r"^(\d{4}-\d{2}-\d{2})?$")


class Items(BaseModel):
    """A page."""

    items: list[dict[str, Any]]
    next: str | None


def seen(exchange: Exchange, who: Caller | None) -> Any:
    """The lake of the caller's organization."""
    return exchange.lakes.mine(who, "road.read")[1]


def root_of(exchange: Exchange, request: Request) -> str:
    return f"{base_of(exchange, request)}/roads/stac"


def told(work: Any, media: str = "application/json") -> Response:
    """What the room answers; what it does not know is 404, what it does not understand 400, as STAC wants it."""
    try:
        found = work()
    except Unheard as error:
        raise of_error(error) from None
    except CarnetError as error:
        raise Refusal("bad-request", str(error)) from None
    return Response(json.dumps(found, ensure_ascii=False), media_type=media)


def answers(media: str) -> dict[str, Any]:
    return {media: OBJECT}


@operation(stac, "GET", "", "road.read", answers=answers("application/json"), response_class=Response)
def landing(exchange: House, who: Who, request: Request) -> Response:
    """What this is, what it conforms to, where to go."""
    from ...roads import stac as room

    lake = seen(exchange, who)
    return told(lambda: room.landing(lake, root_of(exchange, request)))


@operation(stac, "GET", "/conformance", "road.read", answers=answers("application/json"), response_class=Response)
def conformance(exchange: House, who: Who) -> Response:
    """The conformance classes."""
    from ...roads import stac as room

    exchange.may(who, "road.read")
    return told(room.conformance)


@operation(stac, "GET", "/api", None, answers=answers(OPENAPI), response_class=Response, dependencies=OPEN)
def described(request: Request) -> Response:
    """The description of this catalog's operations, in the older form that its clients read."""
    whole = request.app.openapi()
    paths: dict[str, Any] = {}
    for path, methods in whole["paths"].items():
        if path.startswith(stac.prefix):
            paths[path] = {m: _older(o) for m, o in methods.items()}
    found = {
        "openapi": "3.0.3",
        "info": {"title": "Open test-road data", "version": whole["info"]["version"]},
        "paths": paths,
        "components": {"securitySchemes": whole["components"]["securitySchemes"]},
    }
    return told(lambda: found, OPENAPI)


def _older(operation: dict[str, Any]) -> dict[str, Any]:
    """An operation without the schemas that OpenAPI 3.0 could not read."""
    found: dict[str, Any] = {"summary": operation.get("summary", ""), "security": operation.get("security", [])}
    listed = operation.get("parameters", [])
    found["parameters"] = [
        {"name": p["name"], "in": p["in"], "required": p.get("required", False), "schema": {"type": _kind(p)}}
        for p in listed
    ]
    if "requestBody" in operation:
        found["requestBody"] = {"content": {"application/json": OBJECT}}
    found["responses"] = {status: {"description": r["description"]} for status, r in operation["responses"].items()}
    return found


def _kind(parameter: dict[str, Any]) -> str:
    return str(parameter.get("schema", {}).get("type", "string"))


@operation(stac, "GET", "/collections", "road.read", answers=answers("application/json"), response_class=Response)
def collections(exchange: House, who: Who, request: Request) -> Response:
    """Every network."""
    from ...roads import stac as room

    lake = seen(exchange, who)
    return told(lambda: room.collections(lake, root_of(exchange, request)))


@operation(
    stac, "GET", "/collections/{collection_id}", "road.read", ["not-found"], answers=answers("application/json"),
    response_class=Response,
)  # fmt: skip
def collection(exchange: House, who: Who, request: Request, collection_id: Name) -> Response:
    """One network."""
    from ...roads import stac as room

    lake = seen(exchange, who)
    _known(lake, collection_id)
    return told(lambda: room.collection(lake, collection_id, root_of(exchange, request)))


def _known(lake: Any, name: str) -> None:
    if name not in lake.networks():
        raise Refusal("not-found", "there is no such collection here")


@operation(
    stac, "GET", "/collections/{collection_id}/items", "road.read", ["not-found"], answers=answers(GEO),
    response_class=Response,
)  # fmt: skip
def items(
    exchange: House, who: Who, request: Request, collection_id: Name, bbox: Text = "", datetime: Text = "",
    limit: Annotated[int, Query()] = 10, token: Text = "", sortby: Text = "",
) -> Response:  # fmt: skip
    """The runs on one network."""
    lake = seen(exchange, who)
    _known(lake, collection_id)
    asked = _asked({"bbox": bbox, "datetime": datetime, "token": token, "sortby": sortby})
    path = f"/collections/{collection_id}/items"
    return _found(lake, request, exchange, {"collections": [collection_id], "limit": limit, **asked}, path)


@operation(
    stac, "GET", "/collections/{collection_id}/items/{item_id}", "road.read", ["not-found"], answers=answers(GEO),
    response_class=Response,
)  # fmt: skip
def item(exchange: House, who: Who, request: Request, collection_id: Name, item_id: Name) -> Response:
    """One run."""
    from ...roads import stac as room

    lake = seen(exchange, who)
    return told(lambda: room.one(lake, collection_id, item_id, root_of(exchange, request)), GEO)


@operation(stac, "GET", "/search", "road.read", answers=answers(GEO), response_class=Response)
def search(
    exchange: House, who: Who, request: Request, collections: Text = "", ids: Text = "", bbox: Text = "",
    intersects: Text = "", datetime: Text = "", limit: Annotated[int, Query()] = 10, token: Text = "",
    sortby: Text = "", filter: Text = "",
    lang: Annotated[str, Query(alias="filter-lang", max_length=40)] = "",
) -> Response:  # fmt: skip
    """Runs by collections, ids, box, geometry, time and filter, sorted, in pages."""
    lake = seen(exchange, who)
    given = {
        "collections": collections, "ids": ids, "bbox": bbox, "intersects": intersects, "datetime": datetime,
        "token": token, "sortby": sortby, "filter": filter, "filter-lang": lang,
    }  # fmt: skip
    return _found(lake, request, exchange, {"limit": limit, **_asked(given)}, "/search")


@operation(stac, "POST", "/search", "road.read", answers=answers(GEO), response_class=Response)
def search_by(exchange: House, who: Who, request: Request, asked: Search) -> Response:
    """The same, with the question as a body."""
    lake = seen(exchange, who)
    given = asked.model_dump(exclude_none=True, by_alias=True)
    return _found(lake, request, exchange, given, "/search", post=True)


def _asked(given: dict[str, str]) -> dict[str, Any]:
    """The parameters of an address as the room takes them; what is left out stays out."""
    found: dict[str, Any] = {k: v for k, v in given.items() if v and k in ("datetime", "token", "sortby")}
    for name in ("collections", "ids"):
        if given.get(name):
            found[name] = given[name].split(",")
    if given.get("bbox"):
        try:
            found["bbox"] = [float(v) for v in given["bbox"].split(",")]
        except ValueError:
            raise Refusal("bad-request", f"bbox {given['bbox'][:60]!r} is not numbers with commas between") from None
    if given.get("filter-lang"):
        found["filter-lang"] = given["filter-lang"]
    elif given.get("filter") and not given["filter"].lstrip().startswith("{"):
        raise Refusal("bad-request", "filter: write CQL2 as JSON and say filter-lang=cql2-json")
    for name in ("intersects", "filter"):
        if given.get(name):
            found[name] = _plain(name, given[name])
    return found


def _plain(name: str, text: str) -> Any:
    from ...ledger.plain import Refused, parse

    try:
        return parse(text.encode("utf-8", "replace"))
    except Refused as refused:
        raise Refusal("bad-request", f"{name}: is not JSON: {refused}") from None


def _found(
    lake: Any, request: Request, exchange: Exchange, asked: dict[str, Any], path: str, *, post: bool = False
) -> Response:
    """A page of items whose links keep the question."""
    from ...roads import stac as room

    root, asked = root_of(exchange, request), _written(asked)

    def work() -> dict[str, Any]:
        found = room.search(lake, asked, root, path)
        for link in found["links"]:
            if link["rel"] in ("next", "prev"):
                token = link["href"].partition("token=")[2].partition("&")[0]
                link.update(_onward(request, root + path, asked, token, post=post))
        return found

    return told(work, GEO)


def _written(asked: dict[str, Any]) -> dict[str, Any]:
    """The question in the form the room takes: strict moments, one list of coordinates, no page beyond the largest."""
    from ...roads.stac import MOST

    found = dict(asked)
    if found.get("limit", 1) > MOST:
        found["limit"] = MOST  # the standard lets a server give less than it is asked for
    if found.get("datetime"):
        ends = found["datetime"].upper().split("/")
        if not all(end in ("", "..") or MOMENT.fullmatch(end) for end in ends):
            raise Refusal("bad-request", f"datetime {found['datetime'][:60]!r} is not made of moments of RFC 3339")
        found["datetime"] = "/".join(ends)
    shape = found.get("intersects")
    if isinstance(shape, dict) and isinstance(shape.get("geometries"), list):
        parts = [g.get("coordinates") for g in shape["geometries"] if isinstance(g, dict)]
        found["intersects"] = {"type": "GeometryCollection", "coordinates": parts}
    return found


def _onward(request: Request, address: str, asked: dict[str, Any], token: str, *, post: bool) -> dict[str, Any]:
    if post:
        return {"href": address, "method": "POST", "body": {**asked, "token": token}, "merge": False}
    kept = [(k, v) for k, v in request.query_params.multi_items() if k != "token"]
    return {"href": f"{address}?{urlencode([*kept, ('token', token)])}", "method": "GET"}


# agreements and what comes of them


@operation(api, "GET", "/networks", "road.read", response_model=Items)
def networks(exchange: House, who: Who) -> dict[str, Any]:
    """Every network with its length and what of it was observed."""
    from ...roads.coverage import coverage

    lake = seen(exchange, who)
    return {"items": [coverage(lake, name) for name in lake.networks()], "next": None}


@operation(api, "GET", "/networks/{network_id}/coverage", "road.read", ["not-found"], response_model=dict[str, Any])
def covered(exchange: House, who: Who, network_id: Name, first: Day = "", last: Day = "") -> dict[str, Any]:
    """Kilometers observed by class between two days: the union of what was driven."""
    from ...roads.coverage import coverage

    lake = seen(exchange, who)
    _known(lake, network_id)
    try:
        return coverage(lake, network_id, first, last)
    except (CarnetError, ValueError) as error:
        raise Refusal("bad-input", str(error)) from None


@operation(api, "GET", "/offers", "road.read", response_model=Items)
def offers(exchange: House, who: Who) -> dict[str, Any]:
    """The license templates an agreement starts from."""
    from ...roads.license.agreement import templates

    exchange.may(who, "road.read")
    rows = [{"id": name, **row.model_dump(mode="json")} for name, row in templates().items()]
    return {"items": rows, "next": None}


@operation(api, "GET", "/agreements", "agreement.read", response_model=Items)
def agreements(exchange: House, who: Who) -> dict[str, Any]:
    """Every agreement: its policy, what it may physically contain, its state and what was used."""
    return {"items": exchange.lakes.agreements(who), "next": None}


@operation(
    api, "POST", "/agreements", "agreement.write", ["key-reused", "conflict", "not-found"], status=201,
    response_model=dict[str, Any],
)  # fmt: skip
def agree(exchange: House, who: Who, new: NewAgreement, response: Response, key: Key = "") -> dict[str, Any]:
    """Make an agreement; nothing of it can be changed later, only revoked."""
    _, row, again = exchange.lakes.agree(who, new.model_dump(exclude_none=True), key)
    if again:
        response.headers["Idempotency-Replayed"] = "true"
    return row


@operation(
    api, "DELETE", "/agreements/{agreement_id}", "agreement.write", ["not-found"], status=204, response_class=Response
)
def revoke(exchange: House, who: Who, agreement_id: Name) -> Response:
    """Revoke an agreement: its token, the addresses it was given and what is under way close at once."""
    exchange.lakes.revoke(who, agreement_id)
    return Response(status_code=204)


@operation(
    api, "GET", "/agreements/{agreement_id}/profile", "agreement.write", ["not-found"], response_model=dict[str, Any]
)
def profile(
    exchange: House, who: Who, request: Request, agreement_id: Name, purpose: Purpose = "research"
) -> dict[str, Any]:
    """The profile file for the recipient's client, for one purpose; it holds the token."""
    return exchange.lakes.profile(who, agreement_id, purpose, base_of(exchange, request))


@operation(api, "GET", "/deliveries", "agreement.read", response_model=Items)
def deliveries(exchange: House, who: Who, cursor: Cursor = "", limit: Most = 50) -> dict[str, Any]:
    """Every decision and delivery, newest first, as the log of the road data says."""
    before = after_number(cursor) if cursor else None
    rows = [r for r in exchange.lakes.deliveries(who) if before is None or r["number"] < before]
    return page(rows[: limit + 1], limit, "number")


@operation(api, "GET", "/changes", "road.read", response_model=Items)
def changes(exchange: House, who: Who, cursor: Cursor = "", limit: Most = 50) -> dict[str, Any]:
    """Runs in the order in which they came into sight; keep the last `number` as your place."""
    rows = exchange.lakes.changes(who, after_number(cursor), limit + 1)
    return page(rows, limit, "number")


@operation(api, "GET", "/export", "road.read", ["not-found"], response_model=dict[str, Any])
def export(
    exchange: House, who: Who,
    origin: Annotated[str, Query(alias="from", pattern="^[a-z]{2}$")],
    target: Annotated[str, Query(alias="to", pattern="^[a-z]{2}$")],
    purpose: Annotated[str, Query(alias="for", max_length=100)] = "", on: Day = "", known: Day = "",
) -> dict[str, Any]:  # fmt: skip
    """May road data go from one economy to another for a purpose? Nothing is stated of the data here."""
    from ...roads.export import may_export

    exchange.may(who, "road.read")
    try:
        return may_export(exchange.desk.catalog, origin, target, {}, purpose=purpose, on=on, known=known)
    except CarnetError as error:
        raise of_error(error) from None
    except ValueError as error:
        raise Refusal("bad-input", str(error)) from None
