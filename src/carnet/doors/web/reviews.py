"""The review of a project: the grid and its findings, one finding, two days compared, exposure, talk and sign-off."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Query, Request, Response

from ... import app as engine
from ...catalog import Catalog
from ...catalog.dates import EVER, NEVER, Dates, later, when
from ...dossier import FORMATS
from ...dossier.view import Board, gravest_first
from ...errors import CarnetError
from ...review.change import differences
from ...store import projects as kept
from ...waist import EVENTS, VERDICTS, Dossier
from ...words import span
from ..server.problems import Refusal, of_error
from ..server.reviewing import MEDIA
from ..server.work import Asked, asked_of
from .projects import names
from .shell import House, Sender, Visitor, render, seen

router = APIRouter(prefix="/projects/{project_id}")
AT_ONCE = 100
MONTHS = 60  # how far the slider of days reaches to either side
Text = Annotated[str, Query(max_length=300)]
Field = Annotated[str, Form(max_length=10_000)]


class Days:
    """The days, the event and the version a page was asked for."""

    def __init__(
        self, on: Text = "", known: Text = "", event: Text = "", version: Annotated[int, Query(ge=0, le=10**6)] = 0
    ) -> None:
        self.asked: Asked = asked_of(on, known, event)
        self.version = version

    @property
    def query(self) -> dict[str, str]:
        found = {"on": self.asked.on, "known": self.asked.known, "event": self.asked.event}
        return {k: v for k, v in {**found, "version": str(self.version or "")}.items() if v}


Asking = Annotated[Days, Depends(Days)]


def turning_days(dossier: Dossier, catalog: Catalog) -> list[str]:
    """The days on which a text about these subjects begins, changes or ends, as known; the day of the review too."""
    project = dossier.project
    kinds = {s.kind for s in project.subjects}
    dated = Dates(catalog, project.known)
    days = {span(project.on)[0]}
    for market in project.markets:
        for rule in catalog.requirements(market):
            if kinds.intersection(rule.about):
                known = (s for s in rule.status if s.seen is None or s.seen <= project.known)
                days |= {first for first, _ in (when(step, dated) for step in known) if EVER < first < NEVER}
    here = span(project.on)[0]
    return sorted(d for d in days if later(here, -MONTHS) <= d <= later(here, MONTHS))


@router.get("/review")
def review_page(
    request: Request, exchange: House, who: Visitor, project_id: str, days: Asking, market: Text = "",
    subject: Text = "", verdict: Text = "", topic: Text = "", text: Text = "",
    start: Annotated[int, Query(ge=0, le=10**6)] = 0, turn: Annotated[str, Query(pattern=r"^\d{0,3}$")] = "",
) -> Response:  # fmt: skip
    """The grid of markets and subjects, and the findings one asked for; `turn` is the place on the slider of days."""
    path, version = exchange.open(who, project_id, days.version)
    dossier, catalog = exchange.desk.dossier(path, days.asked)
    turns = turning_days(dossier, catalog)
    if turn and int(turn) < len(turns) and turns[int(turn)] != dossier.project.on:
        query = {**days.query, "on": turns[int(turn)], "market": market, "subject": subject, "verdict": verdict}
        return seen(f"/projects/{project_id}/review?{urlencode({k: v for k, v in query.items() if v})}")
    board = Board(dossier, catalog)
    words = text.lower().split()
    chosen = [
        f
        for f in gravest_first(dossier.findings)
        if market in ("", f.market)
        and subject in ("", "+".join(board.key(f.about)))
        and (verdict == f.verdict or (not verdict and f.verdict != "not_applicable"))
        and topic in ("", f.topic)
        and all(w in f"{f.title} {f.because} {f.rule}".lower() for w in words)
    ]
    filters = {"market": market, "subject": subject, "verdict": verdict, "topic": topic, "text": text}
    with exchange.store.look() as view:
        versions = kept.versions(view, project_id, 0, 200)
    return render(
        request, "review.html.jinja", who, project_id=project_id, project=dossier.project, dossier=dossier, board=board,
        findings=chosen[start : start + AT_ONCE], total=len(chosen), start=start, step=AT_ONCE, filters=filters,
        days=days.query, version=version, versions=versions, EVENT_NAMES=EVENTS, VERDICTS=tuple(reversed(VERDICTS)),
        topics=sorted({f.topic for f in dossier.findings}), formats=list(FORMATS), turns=turns,
        link=lambda **more: "?" + urlencode({k: v for k, v in {**days.query, **filters, **more}.items() if v}),
    )  # fmt: skip


@router.get("/finding")
def finding_page(
    request: Request, exchange: House, who: Visitor, project_id: str, days: Asking, id: Text, market: Text = ""
) -> Response:
    """Why: the rule, the facts and where they come from, the history, what would change it, and what people said."""
    path, version = exchange.open(who, project_id, days.version)
    dossier, catalog = exchange.desk.dossier(path, days.asked)
    try:
        found = engine.explain(id, dossier, catalog, market)
    except CarnetError as error:
        raise of_error(error, path.parent) from None
    shown = [f for f in dossier.findings if id in (f.id, f.rule) and market in ("", f.market)]
    with exchange.store.look() as view:
        comments = [c for c in kept.comments(view, project_id, "", 1000) if c["finding"] == id]
    return render(
        request, "one.html.jinja", who, project_id=project_id, project=dossier.project, board=Board(dossier, catalog),
        why=found, findings={(f.id, f.market): f for f in shown}, id=id, market=market, days=days.query,
        comments=[c for c in comments if market in ("", c["market"])], people=names(exchange, who), version=version,
    )  # fmt: skip


def kept_days(reviews: list[dict[str, Any]], id: str) -> Days | None:
    """The days, event and version of a kept review; None when none was named; refuses one that is not there."""
    if not id:
        return None
    found = next((r for r in reviews if r["id"] == id), None)
    if found is None:
        raise Refusal("not-found", "there is no such kept review of this project")
    return Days(found["day"], found["known"], found["event"], found["version"])


@router.get("/compare")
def compare_page(
    request: Request, exchange: House, who: Visitor, project_id: str, days: Asking, to_on: Text = "",
    to_known: Text = "", to_event: Text = "", to_version: Annotated[int, Query(ge=0, le=10**6)] = 0,
    review: Text = "", to_review: Text = "",
) -> Response:  # fmt: skip
    """What changes between two days, two days of knowledge, two events, two versions or two kept reviews."""
    with exchange.store.look() as view:
        exchange.find(view, who, "project.read", project_id)
        reviews = kept.reviews(view, project_id, "", 200)
    days = kept_days(reviews, review) or days
    after_days = kept_days(reviews, to_review) or Days(to_on, to_known, to_event, to_version)
    first, _ = exchange.open(who, project_id, days.version)
    second, _ = exchange.open(who, project_id, after_days.version)
    before, after = exchange.desk.contract(first, days.asked), exchange.desk.contract(second, after_days.asked)
    rows: list[dict[str, Any]] = differences(before["findings"], after["findings"])
    order = {"worse": 0, "new": 1, "standing": 2, "gone": 3, "better": 4}
    rows.sort(key=lambda r: (order[r["change"]], r["market"], r["id"]))
    with exchange.store.look() as view:
        versions = kept.versions(view, project_id, 0, 200)
    return render(
        request, "compare.html.jinja", who, project_id=project_id, project=before, after=after, rows=rows,
        days=days.query, later=after_days.query, reviews=reviews,
        chosen={"review": review, "to_review": to_review}, versions=versions, EVENT_NAMES=EVENTS,
        counts={change: sum(r["change"] == change for r in rows) for change in order},
    )  # fmt: skip


@router.get("/exposure")
def exposure_page(request: Request, exchange: House, who: Visitor, project_id: str, days: Asking) -> Response:
    """What does not bind today, the nearest first: adopted, draft, announced, signal."""
    path, version = exchange.open(who, project_id, days.version)
    dossier, catalog = exchange.desk.dossier(path, days.asked)
    board = Board(dossier, catalog)
    near = ("in_force", "published", "adopted", "draft", "announced", "signal", "superseded", "withdrawn")
    lanes = {s: [e for e in dossier.exposure if e.standing == s] for s in near}
    return render(
        request, "exposure.html.jinja", who, project_id=project_id, project=dossier.project, board=board,
        lanes={s: rows for s, rows in lanes.items() if rows}, days=days.query, version=version,
    )  # fmt: skip


@router.get("/dossier.{format}")
def dossier(exchange: House, who: Visitor, project_id: str, days: Asking, format: str) -> Response:
    """The dossier as a file."""
    path, _ = exchange.open(who, project_id, days.version)
    if format not in FORMATS:
        raise Refusal("not-found", f"there is no form {format[:20]!r}; there are {', '.join(FORMATS)}")
    raw = exchange.desk.rendered(path, days.asked, format)
    headers = {"Content-Disposition": f'attachment; filename="{project_id}{FORMATS[format].suffix}"'}
    return Response(raw, media_type=MEDIA[format], headers=headers)


@router.post("/reviews")
def keep(
    exchange: House, who: Sender, project_id: str, on: Field = "", known: Field = "", event: Field = "",
    version: Annotated[int, Form()] = 0,
) -> Response:  # fmt: skip
    exchange.keep_review(who, project_id, version, asked_of(on, known, event), "")
    return seen(f"/projects/{project_id}#reviews")


@router.post("/approvals")
def decide(
    exchange: House, who: Sender, project_id: str, review: Field, decision: Field, note: Field = ""
) -> Response:  # fmt: skip
    if decision not in ("approved", "refused"):
        raise Refusal("bad-input", "a review is approved or refused")
    exchange.approve(who, project_id, review, decision, note, "")
    return seen(f"/projects/{project_id}#reviews")


@router.post("/comments")
def comment(
    exchange: House, who: Sender, project_id: str, body: Field = "", finding: Field = "", market: Field = ""
) -> Response:  # fmt: skip
    if not body.strip():
        raise Refusal("bad-input", "a comment has words")
    exchange.comment(who, project_id, market[:200], finding[:300], body, "")
    where = f"/finding?{urlencode({'id': finding, 'market': market})}#comments" if finding else "#comments"
    return seen(f"/projects/{project_id}{where}")
