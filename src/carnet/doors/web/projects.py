"""The projects: a list, bringing a folder or a new version of it, and the page of one project."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Request, Response, UploadFile

from ...store import people
from ...store import projects as kept
from ..server.exchange import Exchange
from ..server.packing import Folder, from_files, from_zip
from ..server.policy import Caller
from ..server.problems import Refusal
from ..server.projects import seen_by
from ..server.reviewing import register
from .shell import House, Sender, Visitor, render, seen

router = APIRouter()
Files = Annotated[list[UploadFile] | None, File()]
Word = Annotated[str, Form(max_length=300)]
MANY = 200


def brought(files: list[UploadFile] | None, file: str) -> Folder:
    """The folder of a form: one zip, or the files of a chosen folder with their paths."""
    given = [f for f in files or [] if f.filename]
    if not given:
        raise Refusal("bad-input", "choose the folder of the project, or a .zip of it")
    if len(given) == 1 and (given[0].filename or "").lower().endswith(".zip"):
        return from_zip(given[0].file, file)
    return from_files([((f.filename or ""), f.file.read()) for f in given], file)


def names(exchange: Exchange, who: Caller) -> dict[str, str]:
    """Who is who in the organization, machines included."""
    with exchange.store.look() as view:
        found = {u["id"]: u["name"] for u in people.users(view, who.organization)}
        return found | {t["id"]: t["name"] for t in people.tokens(view, who.organization) if t["kind"] == "client"}


@router.get("/projects")
def list_page(request: Request, exchange: House, who: Visitor, after: str = "") -> Response:
    with exchange.store.look() as view:
        rows = kept.projects(view, who.organization, seen_by(who), after, 51)
    following = rows[49]["id"] if len(rows) > 50 else ""
    return render(
        request, "projects.html.jinja", who, rows=rows[:50], following=following, people=names(exchange, who)
    )  # fmt: skip


@router.post("/projects")
def bring(
    exchange: House, who: Sender, files: Files = None, title: Word = "", project_file: Word = ""
) -> Response:  # fmt: skip
    exchange.may(who, "project.write")
    _, row, _ = exchange.add_project(who, brought(files, project_file.strip()), title.strip(), "")
    return seen(f"/projects/{row['id']}")


@router.get("/projects/{project_id}")
def project_page(request: Request, exchange: House, who: Visitor, project_id: str) -> Response:
    with exchange.store.look() as view:
        row = exchange.find(view, who, "project.read", project_id)
        versions = kept.versions(view, project_id, 0, MANY)
        reviews = kept.reviews(view, project_id, "", MANY)
        approvals = kept.approvals(view, project_id, "", MANY)
        comments = kept.comments(view, project_id, "", MANY)
        partners = [u for u in people.users(view, who.organization) if u["role"] == "partner"]
        shared = {u["id"] for u in kept.shared_with(view, project_id)}
    by_review: dict[str, list[dict[str, Any]]] = {}
    for approval in approvals:
        by_review.setdefault(approval["review"], []).append(approval)
    return render(
        request, "project.html.jinja", who, project=row, versions=versions[::-1], reviews=reviews[::-1],
        approvals=by_review, catalog=exchange.desk.catalog.digest, comments=comments,
        partners=partners, shared=shared, people=names(exchange, who),
        brought={v["number"]: v["created_by"] for v in versions},
    )  # fmt: skip


@router.post("/projects/{project_id}/versions")
def bring_version(
    exchange: House, who: Sender, project_id: str, revision: Annotated[int, Form()], files: Files = None,
    note: Word = "", project_file: Word = "",
) -> Response:  # fmt: skip
    with exchange.store.look() as view:
        exchange.find(view, who, "project.write", project_id)
    exchange.add_version(who, project_id, brought(files, project_file.strip()), note, "", revision)
    return seen(f"/projects/{project_id}")


@router.post("/projects/{project_id}/partners")
def share(
    exchange: House, who: Sender, project_id: str, user: Word, shared: Word = ""
) -> Response:  # fmt: skip
    exchange.share(who, project_id, user, shared=shared == "yes")
    return seen(f"/projects/{project_id}#partners")


@router.get("/projects/{project_id}/evidence")
def evidence_page(request: Request, exchange: House, who: Visitor, project_id: str, version: int = 0) -> Response:
    """The register, and a calendar of what runs out when."""
    path, found = exchange.open(who, project_id, version)
    rows = register(exchange, path)
    dated = sorted((r for r in rows if r["expires"]), key=lambda r: r["expires"])
    calendar: dict[str, list[dict[str, Any]]] = {}
    for row in dated:
        calendar.setdefault(row["expires"][:4], []).append(row)
    project, _ = exchange.desk.project(path, lenient=True)
    return render(
        request, "evidence.html.jinja", who, project_id=project_id, project=project, rows=rows, calendar=calendar,
        undated=[r for r in rows if not r["expires"]], version=found,
    )  # fmt: skip
