"""/footprints, /counterparts, /events, /sendings: what is offered, to whom, and what passed between us and others."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response

from ...store import footprints as kept
from . import footprint_shapes as shapes
from .asking import Cursor, House, Key, Most, Who, after, after_number, operation, page
from .offers import shown, visible

router = APIRouter(tags=["footprints"])


@operation(router, "GET", "/footprints", "footprint.read", response_model=shapes.Footprints)
def list_footprints(exchange: House, who: Who, cursor: Cursor = "", limit: Most = 50) -> dict[str, Any]:
    """The footprints you may see, in the order they were offered."""
    known = exchange.may(who, "footprint.read")
    with exchange.store.look() as view:
        rows = kept.footprints(view, known.organization, after_number(cursor), 100_000)
    return page([shown(r) for r in rows if visible(r, known)][: limit + 1], limit, "number")


@operation(
    router, "POST", "/footprints", "footprint.write", ["key-reused", "conflict"], status=201,
    response_model=shapes.Footprint,
)  # fmt: skip
def offer(exchange: House, who: Who, new: shapes.NewFootprint, response: Response, key: Key = "") -> dict[str, Any]:
    """Offer a footprint document of version 2 or 3, to everybody's machines here or to those named."""
    _, row, again = exchange.offers.offer(who, new.document, new.recipients, key)
    if again:
        response.headers["Idempotency-Replayed"] = "true"
    return shown(row)


@operation(
    router, "PATCH", "/footprints/{footprint_id}", "footprint.write", ["not-found"], response_model=shapes.Footprint
)
def deprecate(exchange: House, who: Who, footprint_id: str, change: shapes.FootprintChange) -> dict[str, Any]:
    """Say that a footprint no longer counts; it stays readable as deprecated."""
    return shown(exchange.offers.deprecate(who, footprint_id))


@operation(router, "GET", "/counterparts", "counterpart.read", response_model=shapes.Counterparts)
def list_counterparts(exchange: House, who: Who, cursor: Cursor = "", limit: Most = 50) -> dict[str, Any]:
    """Those whose events we answer, without their secrets."""
    known = exchange.may(who, "counterpart.read")
    with exchange.store.look() as view:
        return page(kept.counterparts(view, known.organization, after(cursor), limit + 1), limit)


@operation(router, "POST", "/counterparts", "counterpart.write", status=201, response_model=shapes.Counterpart)
def add_counterpart(exchange: House, who: Who, new: shapes.NewCounterpart) -> dict[str, Any]:
    """Say where somebody's events are sent and as whom we sign in there; `client` is the machine they ask us with."""
    return exchange.offers.add_counterpart(who, new.model_dump())


@operation(
    router, "DELETE", "/counterparts/{counterpart_id}", "counterpart.write", ["not-found"], status=204,
    response_class=Response,
)  # fmt: skip
def remove_counterpart(exchange: House, who: Who, counterpart_id: str) -> Response:
    """Send nothing there any more."""
    exchange.offers.remove_counterpart(who, counterpart_id)
    return Response(status_code=204)


@operation(
    router, "POST", "/counterparts/{counterpart_id}/requests", "counterpart.write", ["not-found"], status=202,
    response_model=dict[str, Any],
)  # fmt: skip
def request(exchange: House, who: Who, counterpart_id: str, new: shapes.NewRequest) -> dict[str, Any]:
    """Ask them for footprints of products; their answer comes as an event."""
    return exchange.offers.request(who, counterpart_id, new.version, new.productId, new.comment)


@operation(
    router, "POST", "/counterparts/{counterpart_id}/watch", "counterpart.write", ["not-found"], status=202,
    response_model=shapes.Told,
)  # fmt: skip
def tell_changes(exchange: House, who: Who, counterpart_id: str, new: shapes.NewWatch) -> dict[str, Any]:
    """Send them what will change for a project: dated steps, papers that end, texts to look at again."""
    return {"events": exchange.offers.tell_changes(who, counterpart_id, new.project, new.months)}


@operation(router, "GET", "/events", "counterpart.read", response_model=shapes.ReceivedEvents)
def list_events(exchange: House, who: Who, cursor: Cursor = "", limit: Most = 50) -> dict[str, Any]:
    """What others told or asked us, each once."""
    known = exchange.may(who, "counterpart.read")
    with exchange.store.look() as view:
        return page(kept.events(view, known.organization, after(cursor), limit + 1), limit)


@operation(router, "GET", "/sendings", "counterpart.read", response_model=shapes.Sendings)
def list_sendings(exchange: House, who: Who, cursor: Cursor = "", limit: Most = 50) -> dict[str, Any]:
    """What was or will be sent, how often it was tried and what came of it."""
    known = exchange.may(who, "counterpart.read")
    with exchange.store.look() as view:
        return page(kept.sent(view, known.organization, after(cursor), limit + 1), limit)

