"""/epcis: supply-chain events in and out, whole or not at all, each organization its own.

    POST /epcis/capture        202 and the job; GET /epcis/capture/{id} says how it went, event by event
    GET  /epcis/events         with the usual query parameters, a page at a time

An event is taken by the room's strict reader or refused with its rule and sentence; one that is refused refuses the
whole document. The same event again changes nothing; the same id with another content is refused.
Reading order: capture(), taken(), events(), Question.
Source: GS1 EPCIS 2.0, capture and query interfaces, HTTP binding (remembered).
"""

from __future__ import annotations

import hashlib
import json
import re
from functools import cache
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool

from ...ledger.plain import Refused, canonical, parse
from ...store import chain as kept
from ...store.engine import Change
from .accounts import new_id
from .asking import Cursor, House, Most, Who, after, caller, cursor, exchange_of, operation, page
from .exchange import Exchange, Row
from .policy import Caller
from .problems import Refusal
from .settings import now

router = APIRouter(prefix="/epcis", tags=["epcis"])
VERSIONS = {
    "GS1-EPCIS-Version": "2.0.0", "GS1-EPCIS-Min": "2.0.0", "GS1-EPCIS-Max": "2.0.0", "GS1-CBV-Version": "2.0.0",
    "GS1-CBV-Min": "2.0.0", "GS1-CBV-Max": "2.0.0", "GS1-Extensions": "",
}  # fmt: skip
MEDIA = ("application/json", "application/ld+json")
MOST_ERRORS = 1000
OBJECT = {"application/json": {"schema": {"type": "object"}}}
Id = Annotated[str, Path(max_length=80)]
Ask = Annotated[str, Query(max_length=4000)]

# Which columns a parameter asks for one of several values, and of which things it speaks.
EQUAL = {
    "eventType": "kind", "EQ_action": "action", "EQ_bizStep": "biz_step", "EQ_disposition": "disposition",
    "EQ_readPoint": "read_point", "EQ_bizLocation": "biz_location", "EQ_eventID": "event",
}  # fmt: skip
EPCS = {"MATCH_epc": ("epc", "child"), "MATCH_parentID": ("parent",), "MATCH_inputEPC": ("input",),
        "MATCH_outputEPC": ("output",), "MATCH_anyEPC": ("epc", "child", "parent", "input", "output"),
        "MATCH_epcClass": ("class",), "MATCH_inputEPCClass": ("input_class",),
        "MATCH_outputEPCClass": ("output_class",),
        "MATCH_anyEPCClass": ("class", "input_class", "output_class")}  # fmt: skip
SPANS = {
    f"{sign}_{word}": (column, sign.lower())
    for sign in ("GE", "LT")
    for word, column in (("eventTime", "event_time"), ("recordTime", "record_time"))
}
OTHERS = {"perPage", "nextPageToken", "orderBy", "orderDirection"}
WORDS, AS_WRITTEN = ("biz_step", "disposition"), ("kind", "action", "event")
LISTS = (
    ("epcList", "epc"), ("childEPCs", "child"), ("inputEPCList", "input"), ("outputEPCList", "output"),
)  # fmt: skip
CLASSES = (("quantityList", "class"), ("childQuantityList", "class"), ("inputQuantityList", "input_class"),
           ("outputQuantityList", "output_class"))  # fmt: skip
_CORE = re.compile(r"urn:epcglobal:cbv:[a-z]+:(.+)|https?://(?:ref|ns)\.gs1\.org/cbv/[A-Za-z]+-(.+)|cbv:[A-Za-z]+-(.+)")


@cache
def words() -> Any:
    """The core vocabulary, read when it is first needed."""
    from ...supply.epcis import Words
    from ...supply.tables import Tables

    return Words(Tables()["eventwords"])


def told(found: Any, status: int = 200, **headers: str) -> Response:
    text = json.dumps(found, ensure_ascii=False)
    return Response(text, status, {**VERSIONS, **headers}, "application/json")


@operation(
    router, "POST", "/capture", "chain.write", ["no-such-media"], status=202, answers=OBJECT, response_class=Response,
)  # fmt: skip
async def capture(request: Request) -> Response:
    """Capture a document or one event. The answer names the job; what was wrong, event by event, stands there."""
    exchange = exchange_of(request)
    who = await caller(request)
    exchange.may(who, "chain.write")
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media not in MEDIA:
        raise Refusal("no-such-media", f"events are read as {' or '.join(MEDIA)}")
    raw = await request.body()
    row = await run_in_threadpool(taken, exchange, who, raw)
    limit = str(exchange.settings.body_bytes)
    more = {"Location": f"/epcis/capture/{row['id']}", "GS1-EPCIS-Capture-File-Size-Limit": limit}
    return told(job(row), 202, **more)


# The body is read as it came, so the framework cannot describe it: an EPCIS document or one event.
router.routes[-1].openapi_extra["requestBody"] = {  # type: ignore[attr-defined]
    "required": True, "content": {media: {"schema": {"type": "object"}} for media in MEDIA}
}  # fmt: skip


def taken(exchange: Exchange, who: Caller | None, raw: bytes) -> Row:
    """The job of a capture: every event of it is kept, or none."""
    from ...supply.epcis import KNOWN_PREFIXES, read_document

    known = exchange.may(who, "chain.write")
    try:
        plain = parse(raw)
    except Refused as refused:
        raise Refusal("bad-request", f"the document is not JSON: {refused}") from None
    document = read_document(plain, "document", words())
    own = {k: v for k, v in document.prefixes.items() if k not in KNOWN_PREFIXES}
    errors = [{"event": r.row, "rule": r.rule, "says": r.message} for r in document.rejected]
    digest = "sha256:" + hashlib.sha256(raw).hexdigest()
    row = {"id": new_id("cap"), "organization": known.organization, "digest": digest}
    with exchange.store.change(now(), known.id, known.organization) as tx:
        rows: list[Row] = []
        for number, event in document.events if not errors else ():
            made = written(tx, known.organization, row["id"], event, document.prefixes, own)
            there = kept.known(tx, known.organization, made["event"])
            if made["digest"] in there or any(r["digest"] == made["digest"] for r in rows):
                continue  # it was captured before, and changes nothing
            if there and "errorDeclaration" not in event:
                says = f"another event with the id {made['event'][:120]!r} was captured before"
                errors.append({"event": number, "rule": "eventID", "says": says})
            else:
                rows.append(made)
        state = "refused" if errors else "taken"
        whole = {**row, "state": state, "events": 0 if errors else len(rows), "errors": errors[:MOST_ERRORS]}
        kept.add_capture(tx, whole)
        if not errors:
            kept.add_events(tx, rows)
        return {**whole, "created_at": tx.at}


def written(tx: Change, organization: str, job: str, event: Any, prefixes: Any, own: dict[str, str]) -> Row:
    """An event as it is kept and asked for."""
    from ...supply.eventhash import event_hash, utc

    name = event.get("eventID") or event_hash(event, prefixes)
    body = {**event, "eventID": name, "recordTime": utc(tx.at)}
    bare = {k: v for k, v in event.items() if k != "recordTime"}
    return {
        "id": new_id("ev"),
        "organization": organization,
        "capture": job,
        "event": str(name),
        "digest": "sha256:" + hashlib.sha256(canonical({"event": bare, "prefixes": own})).hexdigest(),
        "kind": str(event["type"]),
        "action": event.get("action"),
        "biz_step": spelled("biz_step", event.get("bizStep")),
        "disposition": spelled("disposition", event.get("disposition")),
        "read_point": spelled("read_point", _id(event.get("readPoint"))),
        "biz_location": spelled("biz_location", _id(event.get("bizLocation"))),
        "event_time": utc(event["eventTime"]),
        "record_time": body["recordTime"],
        "prefixes": json.dumps(own),
        "body": json.dumps(body, ensure_ascii=False),
        "things": things(event),
    }


def _id(place: Any) -> Any:
    return place.get("id") if isinstance(place, dict) else place


def spelled(column: str, value: Any) -> str | None:
    """A value in the one spelling by which it is kept and asked for."""
    from ...supply.keys import canonical as one_spelling

    if value is None:
        return None
    text = str(value)
    if column in AS_WRITTEN:
        return text
    if column in WORDS:
        found = _CORE.fullmatch(text)
        return (found[1] or found[2] or found[3]) if found else text
    return one_spelling(text) if text.startswith(("urn:epc:", "http")) else text


def things(event: Any) -> list[tuple[str, str]]:
    """(role, name) of everything an event speaks of."""
    found = [(role, _id(thing)) for name, role in LISTS for thing in event.get(name) or ()]
    found += [(role, q.get("epcClass")) for name, role in CLASSES for q in event.get(name) or ()]
    found.append(("parent", event.get("parentID")))
    return [(role, spelled("thing", name) or "") for role, name in found if isinstance(name, str)]


def job(row: Row) -> Row:
    """A capture as the interface says it."""
    return {
        "captureID": row["id"],
        "createdAt": row["created_at"],
        "finishedAt": row["created_at"],
        "running": False,
        "success": row["state"] == "taken",
        "captureErrorBehaviour": "rollback",
        "events": row["events"],
        "errors": [
            {"type": "epcisException:ValidationException", "title": e["rule"], "status": 400,
             "detail": f"event {e['event']}: {e['says']}" if e["event"] else e["says"], "event": e["event"]}
            for e in row["errors"]
        ],
    }  # fmt: skip


@operation(router, "GET", "/capture", "chain.read", answers=OBJECT, response_class=Response)
def jobs(exchange: House, who: Who, cursor: Cursor = "", limit: Most = 30) -> Response:
    """Every capture, in the order of time."""
    known = exchange.may(who, "chain.read")
    with exchange.store.look() as view:
        found = page(kept.captures(view, known.organization, after(cursor), limit + 1), limit)
    return told({"items": [job(r) for r in found["items"]], "next": found["next"]})


@operation(router, "GET", "/capture/{capture_id}", "chain.read", ["not-found"], answers=OBJECT, response_class=Response)
def one_job(exchange: House, who: Who, capture_id: Id) -> Response:
    """How a capture went: taken, or refused with every reason."""
    known = exchange.may(who, "chain.read")
    with exchange.store.look() as view:
        row = kept.capture(view, known.organization, capture_id)
    if row is None:
        raise Refusal("not-found", "there is no such capture here")
    return told(job(row))


class Question:
    """The parameters of a query, understood; raises Refusal for one that is not."""

    def __init__(self, given: list[tuple[str, str]]) -> None:
        from ...supply.eventhash import utc

        self.equal: dict[str, list[str]] = {}
        self.spans: list[tuple[str, str, str]] = []
        self.things: list[tuple[tuple[str, ...], list[str]]] = []
        for name, text in given:
            values = [v for v in text.split(",") if v]
            if not text:
                continue
            if name in EQUAL:
                column = EQUAL[name]
                self.equal[column] = [spelled(column, v) or "" for v in values]
            elif name in EPCS:
                if "*" in text or "urn:epc:idpat:" in text:
                    raise Refusal("bad-request", f"{name}: patterns are not asked for here; name the things")
                self.things.append((EPCS[name], [spelled("thing", v) or "" for v in values]))
            elif name in SPANS:
                try:
                    self.spans.append((*SPANS[name], utc(text.replace(" ", "+"))))
                except ValueError as error:
                    raise Refusal("bad-request", f"{name}: {error}") from None
            elif name not in OTHERS:
                every = ", ".join([*EQUAL, *EPCS, *SPANS, *sorted(OTHERS)])
                raise Refusal("bad-request", f"{name[:60]!r} is no parameter that is asked here; there are {every}")


@operation(router, "GET", "/events", "chain.read", answers=OBJECT, response_class=Response)
def events(
    exchange: House, who: Who, request: Request,
    eventType: Ask = "", EQ_bizStep: Ask = "", EQ_disposition: Ask = "", EQ_action: Ask = "",  # noqa: N803
    EQ_readPoint: Ask = "", EQ_bizLocation: Ask = "", EQ_eventID: Ask = "",  # noqa: N803
    GE_eventTime: Ask = "", LT_eventTime: Ask = "", GE_recordTime: Ask = "", LT_recordTime: Ask = "",  # noqa: N803
    MATCH_epc: Ask = "", MATCH_parentID: Ask = "", MATCH_inputEPC: Ask = "", MATCH_outputEPC: Ask = "",  # noqa: N803
    MATCH_anyEPC: Ask = "", MATCH_epcClass: Ask = "", MATCH_inputEPCClass: Ask = "",  # noqa: N803
    MATCH_outputEPCClass: Ask = "", MATCH_anyEPCClass: Ask = "",  # noqa: N803
    perPage: Annotated[int, Query(ge=1, le=1000)] = 30, nextPageToken: Ask = "",  # noqa: N803
    orderBy: Annotated[str, Query(pattern="^(eventTime|recordTime)?$")] = "",  # noqa: N803
    orderDirection: Annotated[str, Query(pattern="^(ASC|DESC)?$")] = "",  # noqa: N803
) -> Response:  # fmt: skip
    """Events that fit every parameter; several values of one parameter stand with commas between."""
    known = exchange.may(who, "chain.read")
    asked = Question(request.query_params.multi_items())
    skip = after(nextPageToken) or "0"
    if not skip.isdigit() or len(skip) > 9:
        raise Refusal("bad-request", "nextPageToken is not one of ours; take it of the page before")
    order = {"eventTime": "event_time", "recordTime": "record_time"}.get(orderBy, "number")
    with exchange.store.look() as view:
        rows = kept.events(
            view, known.organization, asked.equal, asked.spans, asked.things, order=order,
            down=orderDirection == "DESC", skip=int(skip), most=perPage + 1,
        )  # fmt: skip
    shown, prefixes = together(rows[:perPage])
    headers = {}
    if len(shown) < len(rows):
        token = cursor(str(int(skip) + len(shown)))
        address = request.url.include_query_params(nextPageToken=token)
        headers = {"Link": f'<{address.path}?{address.query}>; rel="next"', "nextPageToken": token}
    return told(answer(shown, prefixes), 200, **headers)


@operation(router, "GET", "/events/{event_id:path}", "chain.read", ["not-found"], answers=OBJECT,
           response_class=Response)  # fmt: skip
def one_event(exchange: House, who: Who, event_id: Annotated[str, Path(max_length=2048)]) -> Response:
    """Every record of one event, its later declarations of error included."""
    known = exchange.may(who, "chain.read")
    with exchange.store.look() as view:
        rows = kept.events(view, known.organization, {"event": [event_id]}, (), ())
    if not rows:
        raise Refusal("not-found", "there is no event with this id here")
    return told(answer(*together(rows)))


def together(rows: list[Row]) -> tuple[list[Row], dict[str, str]]:
    """As many rows from the first on as one context can speak for, and its prefixes."""
    prefixes: dict[str, str] = {}
    for n, row in enumerate(rows):
        if any(prefixes.get(k, v) != v for k, v in row["prefixes"].items()):
            return rows[:n], prefixes
        prefixes |= row["prefixes"]
    return rows, prefixes


def answer(rows: list[Row], prefixes: dict[str, str]) -> Row:
    """A query document."""
    from ...supply.events import CONTEXT

    results = {
        "queryName": "SimpleEventQuery", "resultsBody": {"eventList": [r["body"] for r in rows]}
    }  # fmt: skip
    return {
        "@context": [CONTEXT, *([prefixes] if prefixes else [])],
        "type": "EPCISQueryDocument",
        "schemaVersion": "2.0",
        "creationDate": now()[:19] + "Z",
        "epcisBody": {"queryResults": results},
    }
