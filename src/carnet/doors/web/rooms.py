"""The rooms in the browser: the chapters of a project, and a charging log read on the spot."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, File, Request, Response, UploadFile

from ..server.problems import Refusal
from .reviews import Asking
from .shell import House, Sender, Visitor, render

router = APIRouter()
MOST_LOG = 64 * 1024 * 1024


@router.get("/projects/{project_id}/rooms")
def rooms_page(request: Request, exchange: House, who: Visitor, project_id: str, days: Asking) -> Response:
    """What each room shows beside its facts, for the project on its day."""
    path, version = exchange.open(who, project_id, days.version)
    dossier, _ = exchange.desk.dossier(path, days.asked)
    return render(
        request, "rooms.html.jinja", who, project_id=project_id, project=dossier.project, dossier=dossier,
        days=days.query, version=version,
    )  # fmt: skip


@router.get("/charging")
def charging_page(request: Request, exchange: House, who: Visitor) -> Response:
    """A place to bring a log."""
    exchange.may(who, "catalog.read")
    return render(request, "charging.html.jinja", who, chapter=None, name="")


@router.post("/charging")
def read_log(
    request: Request, exchange: House, who: Sender, log: Annotated[UploadFile, File()]
) -> Response:  # fmt: skip
    """Read a log and show the verdict. Nothing is kept: the file is gone when the page is made."""
    from ...charging.judge import judge
    from ...charging.session_chapter import shown

    exchange.may(who, "catalog.read")
    name = Path(log.filename or "log").name[:120]
    with tempfile.TemporaryDirectory(prefix="carnet-log-") as folder:
        path = Path(folder) / (name if name not in ("", ".", "..") else "log")
        size = 0
        with path.open("wb") as file:
            while block := log.file.read(1 << 20):
                size += len(block)
                if size > MOST_LOG:
                    raise Refusal("too-large", f"a log of more than {MOST_LOG:,} bytes is read by carnet charge judge")
                file.write(block)
        chapter: Any = shown(judge(path))
    return render(request, "charging.html.jinja", who, chapter=chapter, name=name)
