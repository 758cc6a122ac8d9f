"""The pages: server-rendered, working without scripts, loading nothing from elsewhere.

`pages()` gives one router for the server to include; every page calls the exchange, which asks the policy.
"""

from __future__ import annotations

from fastapi import APIRouter, FastAPI, Request, Response


def pages() -> APIRouter:
    """Every page and the few files they need."""
    from . import atlas, library, office, projects, reviews, roads, rooms, shell, start, supply, variants, watching

    router = APIRouter(include_in_schema=False)
    for room in (shell, start, projects, reviews, rooms, roads, supply, library, atlas, office, variants, watching):
        router.include_router(room.router)
    return router


def install(app: FastAPI) -> None:
    """Problems of pages are shown as pages."""
    from .shell import Elsewhere, problem_page, seen

    app.state.problem_page = problem_page

    @app.exception_handler(Elsewhere)
    async def _elsewhere(_: Request, error: Elsewhere) -> Response:
        return seen(error.address)
