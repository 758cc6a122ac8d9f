"""What a project gives: review, findings, why, comparison, exposure, dossiers, evidence, seal, sign-off."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi import Path as Part
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from ... import app as engine
from ...dossier import FORMATS
from ...errors import CarnetError
from ...ledger.seal import seal as make_seal
from ...review.change import differences
from ...store import projects as kept
from . import shapes
from .asking import LINES, Cursor, House, Key, Most, Who, after, operation, page, rows, unchanged
from .exchange import Exchange
from .policy import Caller
from .problems import Refusal, of_error
from .projects import _mark
from .work import Asked, asked_of

router = APIRouter(tags=["review"])
DOSSIER = {"application/json": {"schema": {"$ref": "#/components/schemas/Dossier"}}}
MEDIA = {
    "human": "text/plain; charset=utf-8", "json": "application/json", "jsonl": "application/x-ndjson",
    "sarif": "application/sarif+json", "junit": "application/xml", "md": "text/markdown; charset=utf-8",
    "html": "text/html; charset=utf-8", "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}  # fmt: skip
Day = Annotated[str, Query(max_length=30, description="A day, such as 2027-02-18.")]
EventName = Annotated[str, Query(max_length=30, description="new_type, all_new, placed_on_market or in_use.")]
Word = Annotated[str, Query(max_length=200)]
VersionNumber = Annotated[int, Query(ge=0, le=1_000_000, description="A version; 0 is the newest.")]
NOT_FOUND = ["not-found"]


def reviewed(
    exchange: Exchange, who: Caller | None, id: str, version: int, asked: Asked
) -> tuple[Path, dict[str, Any], dict[str, Any]]:
    """(project file, version, the dossier as the contract has it)."""
    path, row = exchange.open(who, id, version)
    return path, row, exchange.desk.contract(path, asked)


@operation(
    router, "GET", "/projects/{project_id}/review", "project.read", NOT_FOUND, answers=DOSSIER, response_class=Response,
    more={304: "You hold this dossier already."},
)  # fmt: skip
def review(
    exchange: House, who: Who, request: Request, project_id: str, version: VersionNumber = 0, on: Day = "",
    known: Day = "", event: EventName = "",
) -> Response:  # fmt: skip
    """The whole dossier as JSON, on a day of the law and a day of knowledge."""
    path, _ = exchange.open(who, project_id, version)
    raw = exchange.desk.rendered(path, asked_of(on, known, event), "json")
    tag = f'"{kept.digest(raw)[7:39]}"'
    return unchanged(request, tag) or Response(raw, media_type="application/json", headers={"ETag": tag})


@operation(
    router, "GET", "/projects/{project_id}/review/progress", "project.read", NOT_FOUND, response_class=Response,
    answers={"text/event-stream": {"schema": {"type": "object"}}},
)  # fmt: skip
async def progress(
    exchange: House, who: Who, project_id: str, version: VersionNumber = 0, on: Day = "", known: Day = "",
    event: EventName = "",
) -> Response:  # fmt: skip
    """How a review gets on, as server-sent events: `part` for each part of the work, then `done` with its counts."""
    path, _ = await run_in_threadpool(exchange.open, who, project_id, version)
    asked, loop = asked_of(on, known, event), asyncio.get_running_loop()
    said: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()

    def tell(kind: str, what: Any) -> None:
        loop.call_soon_threadsafe(said.put_nowait, (kind, what))

    def work() -> None:
        try:
            exchange.desk.dossier(path, asked, lambda part: tell("part", part))
            tell("done", exchange.desk.contract(path, asked)["counts"])
        except Refusal as refusal:
            tell("failed", refusal.detail)
        except Exception:
            tell("failed", "the review could not be made; please report it")
            raise

    async def stream() -> AsyncIterator[bytes]:
        task = loop.run_in_executor(None, work)
        kind = ""
        while kind not in ("done", "failed"):
            try:
                kind, what = await asyncio.wait_for(said.get(), 15)
                yield f"event: {kind}\ndata: {json.dumps(what, ensure_ascii=False)}\n\n".encode()
            except TimeoutError:
                yield b": still at work\n\n"
        await task

    return StreamingResponse(stream(), media_type="text/event-stream")


@operation(
    router, "GET", "/projects/{project_id}/dossier.{format}", "project.read", NOT_FOUND, response_class=Response,
    answers={m.partition(";")[0]: {"schema": {"type": "string", "format": "binary"}} for m in MEDIA.values()},
)  # fmt: skip
def dossier(
    exchange: House, who: Who, project_id: str, format: Annotated[str, Part(max_length=10)],
    version: VersionNumber = 0, on: Day = "", known: Day = "", event: EventName = "",
) -> Response:  # fmt: skip
    """The dossier as a file: human, json, jsonl, sarif, junit, md, html, pdf or xlsx."""
    path, _ = exchange.open(who, project_id, version)
    if format not in FORMATS:
        raise Refusal("not-found", f"there is no form {format[:20]!r}; there are {', '.join(FORMATS)}")
    raw = exchange.desk.rendered(path, asked_of(on, known, event), format)
    headers = {"Content-Disposition": f'attachment; filename="{project_id}{FORMATS[format].suffix}"'}
    if format == "html":  # the page carries its style and its own policy; it may load nothing
        headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    return Response(raw, media_type=MEDIA[format], headers=headers)


def chosen(
    findings: list[dict[str, Any]], market: str = "", subject: str = "", verdict: str = "", topic: str = "", q: str = ""
) -> list[dict[str, Any]]:
    """Findings narrowed by what a reader asks for."""
    words = q.lower().split()
    return [
        f
        for f in findings
        if market in ("", f["market"])
        and (not subject or subject in f["about"])
        and verdict in ("", f["verdict"])
        and topic in ("", f["topic"])
        and all(w in f"{f['title']} {f['because']} {f['rule']} {f['topic']}".lower() for w in words)
    ]


@operation(
    router, "GET", "/projects/{project_id}/findings", "project.read", [*NOT_FOUND, "not-acceptable"], answers=LINES,
    response_class=Response,
)  # fmt: skip
def findings(
    exchange: House, who: Who, request: Request, project_id: str, version: VersionNumber = 0, on: Day = "",
    known: Day = "", event: EventName = "", market: Word = "", subject: Word = "", verdict: Word = "",
    topic: Word = "", q: Word = "", cursor: Cursor = "", limit: Most = 50,
) -> Response:  # fmt: skip
    """Findings, narrowed; a page of JSON, or all of them as lines or CSV by Accept."""
    _, _, plain = reviewed(exchange, who, project_id, version, asked_of(on, known, event))
    return rows(request, chosen(plain["findings"], market, subject, verdict, topic, q), cursor, limit)


@operation(
    router, "GET", "/projects/{project_id}/exposure", "project.read", [*NOT_FOUND, "not-acceptable"], answers=LINES,
    response_class=Response,
)  # fmt: skip
def exposure(
    exchange: House, who: Who, request: Request, project_id: str, version: VersionNumber = 0, on: Day = "",
    known: Day = "", event: EventName = "", market: Word = "", cursor: Cursor = "", limit: Most = 50,
) -> Response:  # fmt: skip
    """What does not bind today: signals, announcements, drafts, and the event that would make them bind."""
    _, _, plain = reviewed(exchange, who, project_id, version, asked_of(on, known, event))
    return rows(request, [e for e in plain["exposure"] if market in ("", e["market"])], cursor, limit)


@operation(
    router, "GET", "/projects/{project_id}/why", "project.read", NOT_FOUND, response_model=shapes.Rows
)  # fmt: skip
def why(
    exchange: House, who: Who, project_id: str, id: Annotated[str, Query(min_length=1, max_length=300)],
    market: Word = "", version: VersionNumber = 0, on: Day = "", known: Day = "", event: EventName = "",
) -> dict[str, Any]:  # fmt: skip
    """Why: the rule, its source and history, each fact and where it comes from, what would change it."""
    path, _ = exchange.open(who, project_id, version)
    dossier, catalog = exchange.desk.dossier(path, asked_of(on, known, event))
    try:
        return {"items": engine.explain(id, dossier, catalog, market), "next": None}
    except CarnetError as error:
        raise of_error(error, path.parent) from None


@operation(
    router, "GET", "/projects/{project_id}/compare", "project.read", NOT_FOUND, response_model=shapes.Rows
)  # fmt: skip
def compare(
    exchange: House, who: Who, project_id: str, version: VersionNumber = 0, on: Day = "", known: Day = "",
    event: EventName = "", to_version: VersionNumber = 0, to_on: Day = "", to_known: Day = "", to_event: EventName = "",
) -> dict[str, Any]:  # fmt: skip
    """What changes between two days, two days of knowledge, two events or two versions."""
    _, _, before = reviewed(exchange, who, project_id, version, asked_of(on, known, event))
    _, _, later = reviewed(exchange, who, project_id, to_version, asked_of(to_on, to_known, to_event))
    return {"items": differences(before["findings"], later["findings"]), "next": None}


@operation(
    router, "GET", "/projects/{project_id}/evidence", "project.read", [*NOT_FOUND, "not-acceptable"], answers=LINES,
    response_class=Response,
)  # fmt: skip
def evidence(
    exchange: House, who: Who, request: Request, project_id: str, version: VersionNumber = 0, cursor: Cursor = "",
    limit: Most = 50,
) -> Response:  # fmt: skip
    """The evidence register: each document with its digest as recorded and as it is now."""
    path, _ = exchange.open(who, project_id, version)
    return rows(request, register(exchange, path), cursor, limit)


def register(exchange: Exchange, path: Path) -> list[dict[str, Any]]:
    """The register of a project that lies in its folder."""
    from ...ledger.register import rows as listed
    from ...project.files import digest

    project, _ = exchange.desk.project(path, lenient=True)
    found = {}
    for one in project.evidence:
        if one.file:
            try:
                found[one.file] = digest(path.parent, one.file)
            except ValueError:
                found[one.file] = ""
    return listed(project, found)


@operation(router, "POST", "/projects/{project_id}/seal", "project.read", NOT_FOUND, response_model=shapes.Json)
def seal(
    exchange: House, who: Who, project_id: str, version: VersionNumber = 0, on: Day = "", known: Day = "",
    event: EventName = "",
) -> dict[str, Any]:  # fmt: skip
    """The seal of a review: the digests of everything it was made from. Nothing is stored."""
    path, _, plain = reviewed(exchange, who, project_id, version, asked_of(on, known, event))
    return make_seal(plain, path, {i["path"]: i["digest"] for i in plain["inputs"]})


@operation(router, "POST", "/projects/{project_id}/verify", "project.read", NOT_FOUND, response_model=shapes.Json)
def verify(
    exchange: House, who: Who, project_id: str, sealed: dict[str, Any], version: VersionNumber = 0
) -> dict[str, Any]:  # fmt: skip
    """A seal, or a dossier kept as JSON, checked against the files here and a fresh review."""
    from ...ledger.seal import read
    from ...ledger.seal import verify as check

    path, _ = exchange.open(who, project_id, version)
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        file.write(json.dumps(sealed))
        file.flush()
        try:
            claims = read(Path(file.name))
        except CarnetError:
            raise Refusal(
                "bad-input", "this is neither a seal (carnet/seal/1) nor a dossier; make one with .../seal"
            ) from None
    again, why_not = None, ""
    try:
        again = exchange.desk.contract(path, asked_of(claims["on"], claims["known"], claims["event"]))
    except Refusal as error:
        why_not = error.detail
    return check(claims, path.parent, again, why_not)


@operation(router, "GET", "/projects/{project_id}/reviews", "project.read", NOT_FOUND, response_model=shapes.Reviews)
def list_reviews(
    exchange: House, who: Who, project_id: str, cursor: Cursor = "", limit: Most = 50
) -> dict[str, Any]:  # fmt: skip
    """Reviews somebody kept."""
    with exchange.store.look() as view:
        exchange.find(view, who, "project.read", project_id)
        return page(kept.reviews(view, project_id, after(cursor), limit + 1), limit)


@operation(
    router, "POST", "/projects/{project_id}/reviews", "review.keep", [*NOT_FOUND, "key-reused"], status=201,
    response_model=shapes.Review,
)  # fmt: skip
def keep_review(
    exchange: House, who: Who, project_id: str, new: shapes.NewReview, response: Response, key: Key = ""
) -> dict[str, Any]:
    """Keep a review with the digest of its dossier, so that it can be signed off."""
    asked = asked_of(new.on, new.known, new.event)
    _, row, again = exchange.keep_review(who, project_id, new.version or 0, asked, key)
    _mark(response, again)
    return row


@operation(router, "GET", "/projects/{project_id}/comments", "project.read", NOT_FOUND, response_model=shapes.Comments)
def list_comments(
    exchange: House, who: Who, project_id: str, cursor: Cursor = "", limit: Most = 50
) -> dict[str, Any]:  # fmt: skip
    """What people said about the project and its findings."""
    with exchange.store.look() as view:
        exchange.find(view, who, "project.read", project_id)
        return page(kept.comments(view, project_id, after(cursor), limit + 1), limit)


@operation(
    router, "POST", "/projects/{project_id}/comments", "comment.write", [*NOT_FOUND, "key-reused"], status=201,
    response_model=shapes.Comment,
)  # fmt: skip
def add_comment(
    exchange: House, who: Who, project_id: str, new: shapes.NewComment, response: Response, key: Key = ""
) -> dict[str, Any]:
    """Say something about the project, or about one finding of one market."""
    _, row, again = exchange.comment(who, project_id, new.market, new.finding, new.body, key)
    _mark(response, again)
    return row


@operation(
    router, "GET", "/projects/{project_id}/approvals", "project.read", NOT_FOUND, response_model=shapes.Approvals
)  # fmt: skip
def list_approvals(
    exchange: House, who: Who, project_id: str, cursor: Cursor = "", limit: Most = 50
) -> dict[str, Any]:  # fmt: skip
    """Who signed which review off, or refused it."""
    with exchange.store.look() as view:
        exchange.find(view, who, "project.read", project_id)
        return page(kept.approvals(view, project_id, after(cursor), limit + 1), limit)


@operation(
    router, "POST", "/projects/{project_id}/approvals", "review.approve",
    [*NOT_FOUND, "key-reused", "conflict", "same-person"], status=201, response_model=shapes.Approval,
)  # fmt: skip
def approve(
    exchange: House, who: Who, project_id: str, new: shapes.NewApproval, response: Response, key: Key = ""
) -> dict[str, Any]:
    """Sign a kept review off, or refuse it. Never by the person who brought the version."""
    _, row, again = exchange.approve(who, project_id, new.review, new.decision, new.note, key)
    _mark(response, again)
    return row
