"""/projects: bring a folder, list, versions, files, sharing with partners."""

from __future__ import annotations

import io
import zipfile
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Path, Request, Response, UploadFile

from ...store import projects as kept
from . import shapes
from .asking import (
    Cursor,
    House,
    IfMatch,
    Key,
    Most,
    Who,
    after,
    after_number,
    etag,
    if_match,
    operation,
    page,
    unchanged,
)
from .exchange import Exchange
from .packing import from_zip
from .policy import Caller
from .problems import Refusal

router = APIRouter(tags=["projects"])
Archive = Annotated[UploadFile, File(description="The folder of the project, packed as .zip.")]
ProjectFile = Annotated[str, Form(max_length=240, description="Which file is the project, when there are several.")]


def seen_by(known: Caller) -> str:
    return known.id if known.role == "partner" else ""


@operation(router, "GET", "/projects", "project.read", response_model=shapes.Projects, quick=True)
def list_projects(exchange: House, who: Who, cursor: Cursor = "", limit: Most = 50) -> dict[str, Any]:
    """The projects you can see."""
    known = exchange.may(who, "project.read", None)
    with exchange.store.look() as view:
        return page(kept.projects(view, known.organization, seen_by(known), after(cursor), limit + 1), limit)


@operation(
    router, "POST", "/projects", "project.write", ["key-reused"], status=201, response_model=shapes.Project
)  # fmt: skip
def add_project(
    exchange: House,
    who: Who,
    response: Response,
    archive: Archive,
    title: Annotated[str, Form(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")] = "",
    project_file: ProjectFile = "",
    key: Key = "",
) -> dict[str, Any]:
    """Upload the folder of a project. It is read at once; every problem it has comes back, and nothing is kept."""
    exchange.may(who, "project.write")
    _, row, again = exchange.add_project(who, from_zip(archive.file, project_file), title, key)
    response.headers.update({"ETag": etag(row["revision"]), "Location": f"/api/v1/projects/{row['id']}"})
    _mark(response, again)
    return row


def _mark(response: Response, again: bool) -> None:
    if again:
        response.headers["Idempotency-Replayed"] = "true"


@operation(
    router, "GET", "/projects/{project_id}", "project.read", ["not-found"], response_model=shapes.Project,
    more={304: "You hold this state already."}, quick=True,
)  # fmt: skip
def get_project(exchange: House, who: Who, project_id: str, request: Request, response: Response) -> Any:
    """One project; its ETag is its revision."""
    with exchange.store.look() as view:
        row = exchange.find(view, who, "project.read", project_id)
    response.headers["ETag"] = etag(row["revision"])
    return unchanged(request, etag(row["revision"])) or row


@operation(
    router, "PATCH", "/projects/{project_id}", "project.write", ["not-found", "stale", "say-which"],
    response_model=shapes.Project,
)  # fmt: skip
def change_project(
    exchange: House, who: Who, project_id: str, change: shapes.ProjectChange, response: Response, match: IfMatch = ""
) -> dict[str, Any]:
    """Give it another title. Asks for If-Match."""
    row = exchange.rename(who, project_id, change.title, if_match(match))
    response.headers["ETag"] = etag(row["revision"])
    return row


@operation(
    router, "GET", "/projects/{project_id}/versions", "project.read", ["not-found"], response_model=shapes.Versions
)
def list_versions(
    exchange: House, who: Who, project_id: str, cursor: Cursor = "", limit: Most = 50
) -> dict[str, Any]:  # fmt: skip
    """Every version, the first one first."""
    with exchange.store.look() as view:
        exchange.find(view, who, "project.read", project_id)
        return page(kept.versions(view, project_id, after_number(cursor), limit + 1), limit, "number")


@operation(
    router, "POST", "/projects/{project_id}/versions", "project.write",
    ["not-found", "stale", "say-which", "key-reused"], status=201, response_model=shapes.Version,
)  # fmt: skip
def add_version(
    exchange: House,
    who: Who,
    project_id: str,
    response: Response,
    archive: Archive,
    note: Annotated[str, Form(max_length=2000, pattern=r"^[^\x00]*$")] = "",
    project_file: ProjectFile = "",
    match: IfMatch = "",
    key: Key = "",
) -> dict[str, Any]:
    """Upload a new version of the folder. Asks for If-Match, so that two people do not overwrite each other."""
    with exchange.store.look() as view:
        exchange.find(view, who, "project.write", project_id)
    folder = from_zip(archive.file, project_file)
    _, row, again = exchange.add_version(who, project_id, folder, note, key, if_match(match))
    _mark(response, again)
    return row


def version_of(exchange: Exchange, who: Caller | None, project_id: str, number: int) -> dict[str, Any]:
    with exchange.store.look() as view:
        exchange.find(view, who, "project.read", project_id)
        row = kept.version(view, project_id, number)
    if row is None:
        raise Refusal("not-found", f"the project has no version {number}")
    return row


Number = Annotated[int, Path(ge=1, le=1_000_000)]


@operation(
    router, "GET", "/projects/{project_id}/versions/{number}/files", "project.read", ["not-found"],
    response_model=shapes.Files,
)  # fmt: skip
def list_files(exchange: House, who: Who, project_id: str, number: Number) -> dict[str, Any]:
    """Every file of a version with its digest."""
    row = version_of(exchange, who, project_id, number)
    with exchange.store.look() as view:
        return {"items": kept.files(view, row["id"]), "next": None}


@operation(
    router, "GET", "/projects/{project_id}/versions/{number}/archive", "project.read", ["not-found"],
    response_class=Response, answers={"application/zip": {"schema": {"type": "string", "format": "binary"}}},
)  # fmt: skip
def get_archive(exchange: House, who: Who, project_id: str, number: Number) -> Response:
    """The folder of a version as .zip; the same version gives the same bytes."""
    row = version_of(exchange, who, project_id, number)
    buffer = io.BytesIO()
    with exchange.store.look() as view, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        for file in kept.files(view, row["id"]):
            member = zipfile.ZipInfo(file["path"], (1980, 1, 1, 0, 0, 0))
            member.external_attr = 0o644 << 16
            packed.writestr(member, kept.content(view, row["id"], file["path"]) or b"", zipfile.ZIP_DEFLATED)
    headers = {"Content-Disposition": f'attachment; filename="{project_id}-{number}.zip"'}
    return Response(buffer.getvalue(), media_type="application/zip", headers=headers)


@operation(
    router, "PUT", "/projects/{project_id}/partners/{user_id}", "project.share", ["not-found"], status=204,
    response_class=Response,
)  # fmt: skip
def share(exchange: House, who: Who, project_id: str, user_id: str) -> Response:
    """Let a partner see this project."""
    exchange.share(who, project_id, user_id, shared=True)
    return Response(status_code=204)


@operation(
    router, "DELETE", "/projects/{project_id}/partners/{user_id}", "project.share", ["not-found"], status=204,
    response_class=Response,
)  # fmt: skip
def unshare(exchange: House, who: Who, project_id: str, user_id: str) -> Response:
    """Let a partner see this project no longer."""
    exchange.share(who, project_id, user_id, shared=False)
    return Response(status_code=204)
