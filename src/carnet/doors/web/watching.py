"""What changes for a project: dated steps, verdicts that move, papers that end, texts to look at again; feeds.

The day it starts from is the day the project's knowledge ends; nothing here reads the clock.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from ...chapter import Chapter, Part, Table
from ...errors import CarnetError
from ..server.exchange import Exchange
from ..server.policy import Caller
from ..server.problems import Refusal, of_error
from .shell import House, Visitor, render

router = APIRouter(prefix="/projects/{project_id}")
Months = Annotated[int, Query(ge=1, le=120)]
FEEDS = {
    "ics": "text/calendar; charset=utf-8", "atom": "application/atom+xml; charset=utf-8",
    "json": "application/feed+json; charset=utf-8",
}  # fmt: skip


@router.get("/watch")
def watch_page(request: Request, exchange: House, who: Visitor, project_id: str, months: Months = 24) -> Response:
    """The next steps of the texts that touch the project."""
    found = watched(exchange, who, project_id, months)
    return render(
        request, "watch.html.jinja", who, project_id=project_id, project=found["projects"][0], months=months,
        chapter=shown(found),
    )  # fmt: skip


@router.get("/watch.{form}")
def feed(exchange: House, who: Visitor, project_id: str, form: str, months: Months = 24) -> Response:
    """The same as a calendar or a feed."""
    from ...review.watch.calendar import calendar
    from ...review.watch.feeds import atom, json_feed

    if form not in FEEDS:
        raise Refusal("not-found", f"there is no form {form[:20]!r}; there are {', '.join(FEEDS)}")
    found = watched(exchange, who, project_id, months)
    text = {"ics": calendar, "atom": atom, "json": json_feed}[form](found)
    headers = {"Content-Disposition": f'attachment; filename="{project_id}-watch.{form}"'}
    return Response(text, media_type=FEEDS[form], headers=headers)


def watched(exchange: Exchange, who: Caller, project_id: str, months: int) -> dict[str, Any]:
    """The contract carnet/watch/1 of the newest version of a project the visitor may read."""
    from ...app.watching import watch_projects

    path, _ = exchange.open(who, project_id)
    try:
        return watch_projects([path], months=months, cache=False)
    except CarnetError as error:
        raise of_error(error, path.parent) from None


def shown(found: dict[str, Any]) -> Chapter:
    """The watch list as tables, the nearest first."""
    steps = tuple(
        (
            row["day"] if row["day"] == row["last_day"] else f"{row['day']} – {row['last_day']}",
            row["market_name"] or row["market"] or "–", f"{row['title']} ({row['id']})",
            row["standing"].replace("_", " ") + (f", {row['event'].replace('_', ' ')}" if row["event"] else ""),
            (row["source"] or {}).get("number", "–") + (" · reported, not read" if row["reported"] else ""),
        )
        for row in sorted(found["transitions"], key=lambda r: (r["day"], r["id"]))
    )  # fmt: skip
    moves = tuple(
        (row["day"], row["market"], f"{row['title']} ({row['finding']})",
         f"{_word(row['from'])} → {_word(row['to'])}", row["because"])
        for row in sorted(found["moves"], key=lambda r: (r["day"], r["finding"]))
    )  # fmt: skip
    papers = tuple((r["day"], r["evidence"], r["how"], r["standard"], r["because"]) for r in found["evidence"])
    looks = tuple(
        (r["next_look"] or "–", r["market"] or "–", r["title"], r["standing"].replace("_", " "), r["binds_when"] or "–")
        for r in sorted(found["signals"], key=lambda r: (r["next_look"] or "9999", r["id"]))
    )
    parts: list[Part] = [
        Table("Dated steps", ("Day", "Market", "Text", "Becomes", "Source"), steps),
        Table("Verdicts that move", ("Day", "Market", "Finding", "Moves", "Why"), moves),
        Table("Papers that end", ("Day", "Paper", "How", "Shows", "Why"), papers),
        Table("Look again", ("When", "Market", "What", "Standing", "Would bind when"), looks),
    ]
    lead = (
        f"From {found['from']} to {found['until']}: {len(steps)} dated steps, {len(moves)} verdicts that move, "
        f"{len(papers)} papers that end, {len(looks)} signals."
    )
    return Chapter("watch", "What changes", lead, tuple(p for p in parts if isinstance(p, Table) and p.rows))


def _word(verdict: str | None) -> str:
    return (verdict or "no finding").replace("_", " ")
