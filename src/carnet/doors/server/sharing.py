"""Road data to whoever holds an agreement's token: the Delta Sharing protocol, and Arrow streams with a receipt.

    /roads/sharing/{organization}/{purpose}/shares...          what an unmodified client asks
    /roads/sharing/{organization}/{purpose}/delivery           POST: an Arrow stream, its receipt in a header
    /roads/files/{organization}/{agreement}/{file}?until&tag   what a query named; bound to the token, for minutes

The purpose stands in the address: it is what the recipient declares, it is judged, and it is logged. Errors are
{"errorCode", "message"}. A token that opens nothing is answered alike, whatever the reason.
Reading order: create_sharing(), Asked.
Source: Delta Sharing protocol 1.0 (remembered); RFC 9110 (ranges).
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from ...errors import BadInput, CarnetError
from ...ledger.plain import canonical
from .asking import ARROW
from .exchange import Exchange
from .problems import Refusal

if TYPE_CHECKING:
    from ...roads.sharing import Session

LINES, PARQUET = "application/x-ndjson; charset=utf-8", "application/vnd.apache.parquet"
PURPOSE = re.compile(r"[a-z][a-z_]{0,59}")
RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")
CHUNK, MOST_BODY = 1 << 20, 64 * 1024
# What a client may ask for beside the table as it is; asked for, it is refused rather than overlooked.
NOT_OFFERED = ("version", "timestamp", "startingVersion", "endingVersion")


def base_of(exchange: Exchange, request: Request) -> str:
    """The address others know us by: as set, else as asked."""
    return exchange.settings.public_address or f"{request.url.scheme}://{request.headers.get('host', 'localhost')}"


def error(status: int, code: str, message: str, **headers: str) -> JSONResponse:
    return JSONResponse({"errorCode": code, "message": message}, status, headers=headers)


def lines(rows: list[dict[str, Any]], version: int) -> Response:
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    return Response(text, media_type=LINES, headers={"Delta-Table-Version": str(version)})


class Asked:
    """The questions; `find` opens the session of a request."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange, self.lakes = exchange, exchange.lakes

    def find(self, request: Request) -> Session:
        """What the token opens; raises Refusal."""
        where = request.path_params
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        found = None
        if scheme.lower() == "bearer" and PURPOSE.fullmatch(where["purpose"]):
            found = self.lakes.session(where["organization"], token.strip(), where["purpose"])
        address = request.client.host if request.client else ""
        name = f"agreement {where['organization']} {found.agreement.id}" if found else f"address {address}"
        self.exchange.accounts.pace(name)
        if found is None:
            raise Refusal("unknown-caller", "the token opens nothing here")
        return found

    def shares(self, request: Request) -> Response:
        return JSONResponse(self.find(request).shares())

    def share(self, request: Request) -> Response:
        return JSONResponse(self.find(request).share(request.path_params["share"]))

    def schemas(self, request: Request) -> Response:
        return JSONResponse(self.find(request).schemas(request.path_params["share"]))

    def tables(self, request: Request) -> Response:
        where = request.path_params
        return JSONResponse(self.find(request).tables(where["share"], where["schema"]))

    def all_tables(self, request: Request) -> Response:
        return JSONResponse(self.find(request).tables(request.path_params["share"]))

    def _names(self, request: Request) -> tuple[str, str, str]:
        where = request.path_params
        return where["share"], where["schema"], where["table"]

    def version(self, request: Request) -> Response:
        number = self.find(request).version(*self._names(request))
        return Response(headers={"Delta-Table-Version": str(number)})

    def metadata(self, request: Request) -> Response:
        session, names = self.find(request), self._names(request)
        return lines(self.lakes.metadata(session, *names), session.version(*names))

    async def query(self, request: Request) -> Response:
        asked = await _object(request)
        return await run_in_threadpool(self._query, request, asked)

    def _query(self, request: Request, asked: dict[str, Any]) -> Response:
        session, names = self.find(request), self._names(request)
        for name in NOT_OFFERED:
            if asked.get(name) is not None:
                raise Refusal("bad-request", f"{name}: only the table as it is now is shared")
        organization = request.path_params["organization"]
        url = f"{base_of(self.exchange, request)}/roads/files/{organization}"
        rows = self.lakes.query(session, *names, url)
        for row in rows:
            if "file" in row:
                name = row["file"]["url"].rpartition("/")[2]
                row["file"]["url"] += "?" + self.lakes.signed(session.lake, session.agreement.id, name)
        return lines(rows, session.version(*names))

    async def delivery(self, request: Request) -> Response:
        asked = await _object(request)
        return await run_in_threadpool(self._delivery, request, asked)

    def _delivery(self, request: Request, asked: dict[str, Any]) -> Response:
        from ...roads.license.deliver import Ask

        session = self.find(request)
        known = {"columns", "aggregates", "first_day", "last_day", "segments", "spatial"}
        texts = ("first_day", "last_day", "spatial")
        wrong = [
            n
            for n, v in asked.items()
            if n not in known
            or (n in texts and not isinstance(v, str))
            or (n not in texts and not (isinstance(v, list) and all(isinstance(i, str) for i in v)))
        ]
        days = [asked[n] for n in ("first_day", "last_day") if asked.get(n)]
        if wrong or not all(_is_day(d) for d in days):
            raise Refusal(
                "bad-request", f"say {', '.join(sorted(known))}: lists of text, days as 2026-11-21, text; "
                f"not understood: {', '.join(n[:40] for n in wrong) or 'a day'}"
            )  # fmt: skip
        segments = asked.get("segments")
        ask = Ask(
            session.agreement.id, session.agreement.recipient, purposes=session.purposes,
            spatial=asked.get("spatial", ""), columns=tuple(asked.get("columns", ())),
            aggregates=tuple(asked.get("aggregates", ())), first_day=asked.get("first_day", ""),
            last_day=asked.get("last_day", ""), segments=None if segments is None else tuple(segments),
        )  # fmt: skip
        payload, receipt = self.lakes.deliver(session, ask)
        told = base64.urlsafe_b64encode(canonical(receipt)).decode().rstrip("=")

        def parts() -> Iterator[bytes]:
            for start in range(0, len(payload), CHUNK):
                if not self.lakes.open(session):
                    raise ConnectionAbortedError("the agreement was revoked while it was delivered")
                yield payload[start : start + CHUNK]

        return StreamingResponse(parts(), media_type=ARROW, headers={"Carnet-Receipt": told})

    def file(self, request: Request) -> Response:
        where, given = request.path_params, request.query_params
        self.exchange.accounts.pace(f"address {request.client.host if request.client else ''}")
        raw = self.lakes.fetch(
            where["organization"], where["agreement"], where["file"], given.get("until", ""), given.get("tag", "")
        )
        if raw is None:
            raise Refusal("not-found", "this address opens nothing, or no more; ask the table again")
        return ranged(raw, request.headers.get("range", ""))


def ranged(raw: bytes, asked: str) -> Response:
    """The bytes, or the part of them that a Range header asks for."""
    headers = {"Accept-Ranges": "bytes"}
    found = RANGE.fullmatch(asked)
    if not found or not (found[1] or found[2]):
        return Response(raw, media_type=PARQUET, headers=headers)
    if found[1]:
        start, end = int(found[1]), min(int(found[2] or len(raw) - 1), len(raw) - 1)
    else:
        start, end = max(0, len(raw) - int(found[2])), len(raw) - 1
    if start > end:
        return Response(status_code=416, headers={"Content-Range": f"bytes */{len(raw)}"})
    headers["Content-Range"] = f"bytes {start}-{end}/{len(raw)}"
    return Response(raw[start : end + 1], 206, headers, PARQUET)


def _is_day(text: str) -> bool:
    from datetime import date

    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


async def _object(request: Request) -> dict[str, Any]:
    """The body as an object; empty counts as {}."""
    from ...ledger.plain import Refused, parse

    raw = await request.body()
    try:
        found = parse(raw, most=MOST_BODY) if raw.strip() else {}
    except Refused as refused:
        raise Refusal("bad-request", f"the body is not JSON: {refused}") from None
    if not isinstance(found, dict):
        raise Refusal("bad-request", "the body is an object")
    return found


def create_sharing(exchange: Exchange) -> Starlette:
    """The application, to be mounted at /roads."""
    asked = Asked(exchange)
    root = "/sharing/{organization}/{purpose}"
    share, table = f"{root}/shares/{{share}}", f"{root}/shares/{{share}}/schemas/{{schema}}/tables/{{table}}"
    read: list[tuple[str, Callable[[Request], Response]]] = [
        (f"{root}/shares", asked.shares),
        (share, asked.share),
        (f"{share}/schemas", asked.schemas),
        (f"{share}/all-tables", asked.all_tables),
        (f"{share}/schemas/{{schema}}/tables", asked.tables),
        (f"{table}/version", asked.version),
        (f"{table}/metadata", asked.metadata),
        ("/files/{organization}/{agreement}/{file}", asked.file),
    ]
    routes = [Route(path, call, methods=["GET"]) for path, call in read]
    routes += [Route(f"{table}/query", asked.query, methods=["POST"])]
    routes += [Route(f"{root}/delivery", asked.delivery, methods=["POST"])]
    return Starlette(routes=routes, exception_handlers=_handlers())


def _handlers() -> Any:
    from ...roads.license.deliver import Denied
    from ...roads.sharing import Unknown

    codes = {400: "INVALID_PARAMETER_VALUE", 401: "UNAUTHENTICATED", 404: "RESOURCE_DOES_NOT_EXIST",
             429: "RESOURCE_EXHAUSTED"}  # fmt: skip

    async def refused(_: Request, refusal: Any) -> Response:
        headers = {"WWW-Authenticate": 'Bearer realm="carnet"'} if refusal.status == 401 else refusal.headers
        return error(refusal.status, codes.get(refusal.status, "INTERNAL_ERROR"), refusal.detail, **headers)

    async def denied(_: Request, found: Any) -> Response:
        return error(403, "PERMISSION_DENIED", str(found))

    async def unknown(_: Request, found: Any) -> Response:
        return error(404, "RESOURCE_DOES_NOT_EXIST", str(found))

    async def wrong(_: Request, found: Any) -> Response:
        return error(400, "INVALID_PARAMETER_VALUE", str(found))

    async def http(_: Request, found: Any) -> Response:
        return error(found.status_code, codes.get(found.status_code, "MALFORMED_REQUEST"), "this is not asked here")

    async def mistake(_: Request, found: Any) -> Response:
        return error(500, "INTERNAL_ERROR", "Carnet made a mistake; nothing was delivered")

    return {
        Refusal: refused, Denied: denied, Unknown: unknown, BadInput: wrong, HTTPException: http,
        CarnetError: mistake, Exception: mistake,
    }  # fmt: skip
