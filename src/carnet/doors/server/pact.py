"""The standard HTTP interface for footprints, versions 3 and 2, as an application of its own: only over HTTPS.

    POST /auth/token   GET /3/footprints   GET /3/footprints/{id}   POST /3/events   and the same under /2

Errors are {"code", "message"} with the codes of the specification; a token endpoint's are those of OAuth 2.
Reading order: create_pact(), Secure, list_footprints().
Source: PACT Technical Specifications 2.3 and 3.0; RFC 6749, section 4.4; RFC 8288 (Link).
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ...errors import BadInput
from ...store import footprints as kept
from .accounts import basic
from .exchange import Exchange
from .offers import Offers, shown, visible
from .policy import Caller
from .problems import Refusal

AT_ONCE, MOST = 100, 1000
MAJORS = ("3", "2")
CODES = {
    400: "BadRequest", 401: "BadRequest", 403: "AccessDenied", 404: "NotFound", 405: "NotImplemented",
    413: "BadRequest", 422: "BadRequest", 429: "BadRequest", 500: "InternalError", 503: "InternalError",
}  # fmt: skip


def error(status: int, message: str, code: str = "", **headers: str) -> JSONResponse:
    """An error as the specification writes it."""
    body = {"code": code or CODES.get(status, "InternalError"), "message": message}
    return JSONResponse(body, status, headers={"Cache-Control": "no-store", **headers})


class Secure:
    """Refuses whatever came in the clear before anything is read, so that no token is worth anything there."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and scope.get("scheme") != "https":
            await error(403, "this interface is spoken over HTTPS only")(scope, receive, send)
            return
        await self.app(scope, receive, send)


def create_pact(exchange: Exchange) -> Secure:
    """The application."""
    offers = exchange.offers

    def caller(request: Request) -> Caller:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        found = exchange.accounts.by_token(token.strip()) if scheme.lower() == "bearer" else None
        exchange.accounts.pace(found.id if found else f"address {request.client.host if request.client else ''}")
        if found is None:
            raise Refusal("unknown-caller", "the access token is not known, or it ended; ask for a new one")
        return found

    async def token(request: Request) -> Response:
        form = await request.form(max_fields=20, max_files=0)
        address = request.client.host if request.client else ""
        if form.get("grant_type") != "client_credentials":
            return oauth(400, "unsupported_grant_type" if form.get("grant_type") else "invalid_request",
                         "grant_type is client_credentials")  # fmt: skip
        named = basic(request.headers.get("authorization", "")) or (
            str(form.get("client_id", "")), str(form.get("client_secret", ""))
        )  # fmt: skip
        try:
            made = await run_in_threadpool(exchange.accounts.access_token, *named, address)
        except Refusal as refusal:
            if refusal.status == 429:
                return oauth(429, "slow_down", refusal.detail, **refusal.headers)
            return oauth(401, "invalid_client", refusal.detail, **{"WWW-Authenticate": 'Basic realm="carnet"'})
        return JSONResponse(made, headers={"Cache-Control": "no-store"})

    def listed(request: Request) -> Response:
        return list_footprints(request, caller(request), offers)

    def one(request: Request) -> Response:
        known = exchange.may(caller(request), "footprint.read")
        with exchange.store.look() as view:
            row = kept.footprint(view, known.organization, request.path_params["id"].lower())
        if row is None:
            raise Refusal("not-found", "there is no footprint with this id here")
        if not visible(row, known):
            raise Refusal("not-allowed", "this footprint was not offered to you")
        return JSONResponse({"data": said(shown(row)["body"], request, offers)})

    async def told(request: Request) -> Response:
        media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        known = await run_in_threadpool(caller, request)
        if media not in ("application/cloudevents+json", "application/json"):
            raise Refusal("bad-request", "send the event as application/cloudevents+json")
        from ...ledger.plain import Refused, parse

        try:
            document = parse(await request.body())
        except Refused as refused:
            raise Refusal("bad-request", f"the event is not JSON: {refused}") from None
        await run_in_threadpool(offers.take_event, known, document, request.path_params["major"])
        return Response(status_code=200)

    def discovered(request: Request) -> Response:
        base = f"https://{request.headers.get('host', '')}"
        return JSONResponse(
            {
                "issuer": base,
                "token_endpoint": f"{base}/auth/token",
                "grant_types_supported": ["client_credentials"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
                "response_types_supported": ["token"],
            }
        )

    routes = [
        Route("/auth/token", token, methods=["POST"]),
        Route("/.well-known/openid-configuration", discovered, methods=["GET"]),
        Route("/{major:version}/footprints", listed, methods=["GET"]),
        Route("/{major:version}/footprints/{id}", one, methods=["GET"]),
        Route("/{major:version}/events", told, methods=["POST"]),
    ]
    return Secure(Starlette(routes=routes, exception_handlers=_handlers()))


def oauth(status: int, word: str, says: str, **headers: str) -> JSONResponse:
    body = {"error": word, "error_description": says}
    return JSONResponse(body, status, headers={"Cache-Control": "no-store", **headers})


def list_footprints(request: Request, known: Caller, offers: Offers) -> Response:
    """The footprints that were offered to the caller and fit the criteria, a page at a time."""
    from ...carbon.exchange.serving import criteria, filtered

    exchange, major = offers.exchange, request.path_params["major"]
    exchange.may(known, "footprint.read")
    given = [(name, value) for name, value in request.query_params.multi_items()]
    filters = [value for name, value in given if name == "$filter"]
    if filters and major != "2":
        raise Refusal("bad-request", "$filter is not part of version 3; use productId, companyId, geography, ...")
    limit, offset = number(request, "limit", AT_ONCE), number(request, "offset", 0)
    with exchange.store.look() as view:
        rows = offers.seen_by(view, known)
    documents = [row["body"] for row in rows]
    for text in filters:
        documents = filtered(text, documents)
    wanted = criteria(given)
    fitting = []
    for document in documents:
        if wanted.match(document):
            try:
                fitting.append(said(document, request, offers))
            except BadInput:  # it cannot be said in this version, so it is not offered in it
                continue
    page = fitting[offset : offset + min(limit, MOST)]
    headers = {}
    if offset + len(page) < len(fitting):
        query = [(n, v) for n, v in given if n not in ("offset", "limit")]
        query += [("limit", str(limit)), ("offset", str(offset + len(page)))]
        address = f"https://{request.headers.get('host', '')}{quote(request.url.path)}?{urlencode(query)}"
        headers["Link"] = f'<{address}>; rel="next"'
    return JSONResponse({"data": page}, headers=headers)


def said(document: dict[str, Any], request: Request, offers: Offers) -> dict[str, Any]:
    """A document in the version that was asked for; raises BadInput when it cannot be said there."""
    from ...carbon.exchange.serving import in_version

    return in_version(document, request.path_params["major"], offers.tables)


def number(request: Request, name: str, otherwise: int) -> int:
    text = request.query_params.get(name, "")
    if text and (not text.isascii() or not text.isdigit() or len(text) > 9):
        raise Refusal("bad-request", f"{name}: write a whole number")
    return int(text) if text else otherwise


def _handlers() -> Any:
    from ...carbon.exchange.serving import Malformed

    async def refused(_: Request, refusal: Any) -> Response:
        status = 400 if refusal.status == 422 else refusal.status
        challenge = {"WWW-Authenticate": 'Bearer realm="carnet"'} if status == 401 else {}
        return error(status, refusal.detail, **{**challenge, **refusal.headers})

    async def malformed(_: Request, found: Any) -> Response:
        return error(400, str(found))

    async def unsayable(_: Request, found: Any) -> Response:
        return error(404, f"this footprint cannot be said in the version asked for: {found}")

    async def http(_: Request, found: Any) -> Response:
        return error(
            found.status_code, "there is nothing at this address" if found.status_code == 404 else found.detail
        )

    async def mistake(_: Request, found: Any) -> Response:
        return error(500, "Carnet made a mistake; nothing was changed")

    return {Refusal: refused, Malformed: malformed, BadInput: unsayable, HTTPException: http, Exception: mistake}


def _register() -> None:
    from starlette.convertors import Convertor, register_url_convertor

    class Version(Convertor[str]):
        regex = "[23]"

        def convert(self, value: str) -> str:
            return value

        def to_string(self, value: str) -> str:
            return value

    register_url_convertor("version", Version())


_register()
