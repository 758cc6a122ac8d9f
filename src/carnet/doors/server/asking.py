"""What routes share: who calls, which house, pages and cursors, revisions, and how an operation is described.

`operation` is the only way a route is added: it names the action the policy is asked for and every problem it may
answer with, so that the OpenAPI document is true and the authorization matrix can be made from it.
Reading order: House, Who, operation(), page(), etag(), if_match().
"""

from __future__ import annotations

import base64
import csv
import io
import json
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.concurrency import run_in_threadpool

from .exchange import Exchange
from .policy import ACTIONS, Caller
from .problems import MEDIA, TITLES, Refusal
from .shapes import Problem


async def house(request: Request) -> Exchange:
    """The exchange; asynchronous only so that the framework needs no thread to ask for it."""
    return exchange_of(request)


def exchange_of(request: Request) -> Exchange:
    found: Exchange = request.app.state.exchange
    return found


def address(request: Request) -> str:
    return request.client.host if request.client else ""


async def caller(request: Request) -> Caller | None:
    """Who sent the bearer token: at once when it was seen a moment ago, else asked of the database in a thread."""
    exchange = exchange_of(request)
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    known = exchange.accounts.remembered(token.strip()) if scheme.lower() == "bearer" else None
    if known is None:
        return await run_in_threadpool(look_up, request)
    exchange.accounts.pace(known.id)
    return known


def look_up(request: Request) -> Caller | None:
    """Who sent the bearer token; None without one. A token nobody has is an error, not nobody."""
    exchange = exchange_of(request)
    text = request.headers.get("authorization", "")
    if not text:
        exchange.accounts.pace(f"address {address(request)}")
        return None
    scheme, _, token = text.partition(" ")
    found = exchange.accounts.by_token(token.strip()) if scheme.lower() == "bearer" else None
    if found is None:
        exchange.accounts.pace(f"address {address(request)}")
        raise Refusal(
            "unknown-caller",
            "this token is not known, or it ended; make a new one",
            headers={"WWW-Authenticate": 'Bearer realm="carnet", error="invalid_token"'},
        )
    exchange.accounts.pace(found.id)
    return found


async def paced(request: Request) -> None:
    """For what everybody may read without a token: not too often from one address."""
    exchange_of(request).accounts.pace(f"address {address(request)}")


OPEN = [Depends(paced)]
House = Annotated[Exchange, Depends(house)]
Who = Annotated[Caller | None, Depends(caller)]
Key = Annotated[str, Header(alias="Idempotency-Key", max_length=200, description="The same key, the same answer.")]
IfMatch = Annotated[str, Header(alias="If-Match", max_length=40, description='The ETag of what you change, as "3".')]
Cursor = Annotated[str, Query(max_length=200, description="`next` of the page before.")]
Most = Annotated[int, Query(ge=1, le=200, description="At most so many items.")]


def operation(
    router: APIRouter,
    method: str,
    path: str,
    action: str | None,
    problems: Sequence[str] = (),
    *,
    status: int = 200,
    answers: dict[str, Any] | None = None,
    more: dict[int, str] | None = None,
    quick: bool = False,
    **options: Any,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add a route.

    action    what the policy is asked for; None where nobody needs to sign in
    problems  kinds of problem it may answer with, beside those every operation may
    answers   media types of the answer and their schemas, where it is not one JSON model
    more      other statuses without a body, as 304
    quick     it reads a row or two: on the embedded database that is done at once, without a thread
    """
    assert action is None or action in ACTIONS
    kinds = {*problems, "bad-input", "too-many", "busy", "bad-request", "too-large"}
    kinds |= {"unknown-caller"} if action else set()
    kinds |= {"not-allowed"} if action and len(ACTIONS[action]) < 6 else set()
    responses: dict[int | str, dict[str, Any]] = {}
    for kind in sorted(kinds):
        number, title = TITLES[kind]
        there = responses.get(number, {}).get("description", "")
        described: dict[str, Any] = {"description": f"{there}; {title}" if there else title, "model": Problem}
        described["content"] = {MEDIA: {"schema": {"$ref": "#/components/schemas/Problem"}}}
        if number in (429, 503):
            described["headers"] = {"Retry-After": {"schema": {"type": "string"}, "description": "Seconds to wait."}}
        responses[number] = described
    for number, says in (more or {}).items():
        responses[number] = {"description": says}
    if answers:
        responses[status] = {"description": "The answer.", "content": answers}
    extra: dict[str, Any] = {"x-action": action or "open"}
    if action:
        extra["security"] = [{"bearer": []}, {"client": []}]
    add = router.api_route(
        path, methods=[method], status_code=status, responses=responses, openapi_extra=extra, **options
    )  # fmt: skip
    return (lambda call: add(_at_once(call))) if quick else add


def _at_once(call: Callable[..., Any]) -> Callable[..., Any]:
    """The same route without a thread where the database is a file: a hop between threads costs more than the row."""

    @wraps(call)
    async def asked(**given: Any) -> Any:
        if given["exchange"].store.kind == "sqlite":
            return call(**given)
        return await run_in_threadpool(call, **given)

    return asked


def page(rows: list[dict[str, Any]], most: int, key: str = "id") -> dict[str, Any]:
    """A page of rows that were asked for with one more than `most`."""
    more = len(rows) > most
    return {"items": rows[:most], "next": cursor(str(rows[most - 1][key])) if more else None}


def cursor(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def after(text: str) -> str:
    """What a cursor stands for; refuses one we did not make."""
    try:
        found = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("ascii") if text else ""
    except ValueError:
        found = "\0"
    if (text and cursor(found) != text) or any(ord(c) < 32 for c in found):
        raise Refusal("bad-request", "the cursor is not one of ours; take `next` of the page before")
    return found


def after_number(text: str) -> int:
    found = after(text)
    if found and (not found.isdigit() or len(found) > 15):
        raise Refusal("bad-request", "the cursor is not one of ours; take `next` of the page before")
    return int(found or 0)


def etag(revision: int | str) -> str:
    return f'"{revision}"'


def if_match(text: str) -> int | None:
    """The revision of an If-Match header; None without one."""
    if not text:
        return None
    number = text.strip().removeprefix("W/").strip('"')
    if not number.isdigit() or len(number) > 12:
        return -1  # no revision of ours: it is stale
    return int(number)


def unchanged(request: Request, tag: str) -> Response | None:
    """304 when the caller holds this state already."""
    held = [t.strip().removeprefix("W/") for t in request.headers.get("if-none-match", "").split(",")]
    return Response(status_code=304, headers={"ETag": tag}) if tag in held or "*" in held else None


ARROW = "application/vnd.apache.arrow.stream"
LINES = {
    "application/json": {"schema": {"$ref": "#/components/schemas/Rows"}},
    "application/x-ndjson": {"schema": {"type": "string"}},
    "text/csv": {"schema": {"type": "string"}},
    ARROW: {"schema": {"type": "string", "format": "binary"}},
}


def rows(request: Request, found: list[dict[str, Any]], at: str, most: int) -> Response:
    """Plain rows as a page of JSON, or all of them as lines, CSV or an Arrow stream, as the caller accepts."""
    accepted = request.headers.get("accept", "*/*").lower()
    if "application/x-ndjson" in accepted:
        text = "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in found)
        return Response(text, media_type="application/x-ndjson")
    if ARROW in accepted:
        return Response(arrow(found), media_type=ARROW)
    if "text/csv" in accepted:
        return Response(table(found), media_type="text/csv; charset=utf-8")
    if not any(wanted in accepted for wanted in ("*/*", "application/*", "application/json")):
        raise Refusal("not-acceptable", f"rows are written as {', '.join(LINES)}")
    start = after_number(at)
    following = cursor(str(start + most)) if start + most < len(found) else None
    text = json.dumps({"items": found[start : start + most], "next": following}, ensure_ascii=False)
    return Response(text, media_type="application/json")


def arrow(found: list[dict[str, Any]]) -> bytes:
    """Rows as an Arrow IPC stream: text columns, lists and objects as JSON text, so that every row fits one schema."""
    try:
        import pyarrow as pa  # type: ignore[import-untyped]
    except ModuleNotFoundError:
        raise Refusal("not-acceptable", "Arrow is not installed on this server; ask for CSV or JSON lines") from None
    names = list(dict.fromkeys(name for row in found for name in row))
    columns = {n: pa.array([_plain_text(row.get(n)) for row in found], pa.string()) for n in names}
    sink = pa.BufferOutputStream()
    whole = pa.table(columns) if names else pa.table({"id": pa.array([], pa.string())})
    with pa.ipc.new_stream(sink, whole.schema) as writer:
        writer.write_table(whole)
    return bytes(sink.getvalue())


def _plain_text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def table(found: list[dict[str, Any]]) -> str:
    """CSV of flat rows; a cell that a spreadsheet would take for a formula begins with an apostrophe."""
    names = list(dict.fromkeys(name for row in found for name in row))
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(names)
    for row in found:
        writer.writerow([_cell(row.get(name)) for name in names])
    return buffer.getvalue()


def _cell(value: Any) -> str:
    text = "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return "'" + text if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
