"""The application: routes, problems, the OpenAPI document, health, and the tasks that run beside.

Reading order: open_exchange(), create_server(), answer_problems(), describe().
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from starlette.exceptions import HTTPException

from ... import __version__
from ...app.libraries import json_schema
from ...catalog import Catalog, open_catalog
from ...errors import CarnetError
from ...store.engine import open_store
from . import auditing, catalog, credentials, footprints, people, projects, reviewing, roads, supply, tiles
from .exchange import Exchange
from .gate import Gate, Metrics
from .problems import MEDIA, Refusal, body, of_error
from .settings import Settings, now
from .sharing import create_sharing
from .witness import Keeper
from .work import Desk

log = logging.getLogger("carnet.server")
TURN_SECONDS = 0.0005  # a writing thread waits for the busy loop at every call to the database; 5 ms each is too long
KINDS = {400: "bad-request", 404: "not-found", 405: "no-such-method", 415: "no-such-media", 413: "too-large"}


def open_exchange(settings: Settings, library: Catalog | None = None) -> Exchange:
    """Everything a server needs, opened: key, database, library; raises BadInput or BadData with a sentence."""
    settings.home.mkdir(parents=True, exist_ok=True)
    keeper = Keeper(settings.log_folder)
    found = library or open_catalog((), settings.home / "library")
    return Exchange(settings, open_store(settings.database, keeper), keeper, Desk(settings.work_folder, found))


def create_server(exchange: Exchange, pages: APIRouter | None = None) -> tuple[FastAPI, Gate]:
    """(the application, the gate around it): serve the gate."""
    metrics = Metrics()

    @asynccontextmanager
    async def alive(_: FastAPI) -> AsyncIterator[None]:
        sys.setswitchinterval(TURN_SECONDS)
        tasks = [asyncio.create_task(_export_regularly(exchange)), asyncio.create_task(_send_regularly(exchange))]
        yield
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await asyncio.to_thread(exchange.keeper.export, exchange.store, now())

    app = FastAPI(
        title="Carnet exchange", version=__version__, lifespan=alive, docs_url=None, redoc_url=None,
        openapi_url="/api/v1/openapi.json", redirect_slashes=False,
    )  # fmt: skip
    app.state.exchange = exchange
    for room in (projects, reviewing, footprints, people, catalog, auditing):  # most asked first
        app.include_router(room.router, prefix="/api/v1")  # each level of routers costs every request a search
    for router in (roads.api, roads.stac, supply.router, credentials.api, credentials.names, tiles.router):
        app.include_router(router)
    app.include_router(_health(exchange, metrics))
    if pages is not None:
        app.include_router(pages)
    app.mount("/roads", create_sharing(exchange))  # last: it answers what nothing else under /roads does
    answer_problems(app)
    describe(app)
    gate = Gate(app, exchange.settings, metrics)
    app.state.gate = gate
    return app, gate


async def _export_regularly(exchange: Exchange) -> None:
    while True:
        await asyncio.sleep(exchange.settings.checkpoint_seconds)
        try:
            await asyncio.to_thread(exchange.keeper.export, exchange.store, now())
        except Exception:  # the next round tries again; the log itself is not affected
            log.exception("the checkpoint could not be exported")


async def _send_regularly(exchange: Exchange) -> None:
    while True:
        await asyncio.sleep(exchange.settings.callback_seconds)
        try:
            await asyncio.to_thread(exchange.sender.flush)
        except Exception:  # what was not sent is still in the outbox
            log.exception("the outbox could not be emptied")


def _health(exchange: Exchange, metrics: Metrics) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/health")
    def health() -> dict[str, str]:
        return {"status": "alive", "engine": f"carnet {__version__}"}

    @router.get("/ready")
    def ready(request: Request) -> Response:
        if request.app.state.gate.draining:
            raise Refusal("busy", "the server is going down", headers={"Retry-After": "5"})
        try:
            exchange.store.alive()
        except Exception:
            log.exception("the database does not answer")
            raise Refusal("busy", "the database does not answer", headers={"Retry-After": "5"}) from None
        return Response('{"status":"ready"}', media_type="application/json")

    @router.get("/metrics")
    def measured() -> Response:
        return Response(metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")

    return router


def answer_problems(app: FastAPI) -> None:
    """Everything that goes wrong leaves as problem details, or as a page for a browser that asked for one."""

    def send(request: Request, refusal: Refusal) -> Response:
        name = getattr(request.state, "request_id", "")
        as_page = getattr(request.app.state, "problem_page", None)
        if as_page and not request.url.path.startswith("/api/") and "text/html" in request.headers.get("accept", ""):
            page: Response = as_page(request, refusal)
            return page
        return Response(body(refusal, name), refusal.status, refusal.headers, MEDIA)

    @app.exception_handler(Refusal)
    async def _refused(request: Request, error: Refusal) -> Response:
        return send(request, error)

    @app.exception_handler(CarnetError)
    async def _ours(request: Request, error: CarnetError) -> Response:
        return send(request, of_error(error))

    @app.exception_handler(RequestValidationError)
    async def _shape(request: Request, error: RequestValidationError) -> Response:
        rows = [
            {"place": ".".join(str(p) for p in e["loc"]), "says": str(e["msg"]), "hint": ""} for e in error.errors()
        ]
        says = "; ".join(f"{r['place']}: {r['says']}" for r in rows[:5])
        return send(request, Refusal("bad-input", says, errors=rows))

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> Response:
        kind = KINDS.get(error.status_code, "bad-request" if error.status_code < 500 else "our-mistake")
        says = {
            404: "there is nothing at this address", 405: f"this address is not asked with {request.method}"
        }.get(error.status_code, str(error.detail))  # fmt: skip
        return send(request, Refusal(kind, says, headers=dict(error.headers or {})))

    @app.exception_handler(Exception)
    async def _mistake(request: Request, error: Exception) -> Response:
        log.error("request %s failed", getattr(request.state, "request_id", ""), exc_info=error)
        return send(request, Refusal("our-mistake", "please report it with the request id; nothing was changed"))


def describe(app: FastAPI) -> None:
    """The OpenAPI 3.1 document: how to sign in, and the dossier's published schema."""

    def made() -> dict[str, Any]:
        if not app.openapi_schema:
            document = get_openapi(
                title=app.title, version=app.version, openapi_version="3.1.0", routes=app.routes,
                description="Projects in, reviewed dossiers out. Every problem follows RFC 9457.",
            )  # fmt: skip
            parts = document.setdefault("components", {})
            parts["securitySchemes"] = {
                "bearer": {"type": "http", "scheme": "bearer"},
                "client": {
                    "type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": "/api/v1/token", "scopes": {}}}
                },
            }  # fmt: skip
            parts["schemas"]["Dossier"] = _inside(json_schema("dossier"), "#/components/schemas/Dossier")
            parts["schemas"].pop("HTTPValidationError", None)
            parts["schemas"].pop("ValidationError", None)
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = made  # type: ignore[method-assign]


def _inside(schema: Any, here: str) -> Any:
    """A schema put into another document: its own references point to where it now stands."""
    if isinstance(schema, dict):
        return {
            k: here + v[1:] if k == "$ref" and isinstance(v, str) and v.startswith("#") else _inside(v, here)
            for k, v in schema.items()
            if k not in ("$schema", "$id")
        }
    return [_inside(v, here) for v in schema] if isinstance(schema, list) else schema
