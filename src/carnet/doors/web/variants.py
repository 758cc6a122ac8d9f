"""Many variants at once: a table of products is read on the spot, shown as a heat map, and what another day moves."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Request, Response, UploadFile

from ... import drawing
from ...chapter import Chapter, Figure, Part, Table, Text
from ...errors import CarnetError
from ...waist import VERDICTS
from ...words import span
from ..server.problems import Refusal, of_error
from ..server.work import asked_of
from .shell import House, Sender, Visitor, render

router = APIRouter()
MOST_TABLE = 16 * 1024 * 1024
MOST_RULES = 60
Field = Annotated[str, Form(max_length=400)]


@router.get("/portfolio")
def portfolio_page(request: Request, exchange: House, who: Visitor) -> Response:
    """A place to bring a table."""
    exchange.may(who, "catalog.read")
    return render(request, "portfolio.html.jinja", who, chapter=None)


@router.post("/portfolio")
def read_table(
    request: Request, exchange: House, who: Sender, table: Annotated[UploadFile, File()], markets: Field = "",
    kind: Field = "", on: Field = "", versus: Field = "",
) -> Response:  # fmt: skip
    """Read a table and show its verdicts. Nothing is kept."""
    from ...app.portfolio import moves, open_portfolio

    exchange.may(who, "catalog.read")
    asked, other = asked_of(on, "", ""), asked_of(versus, "", "")
    name = Path(table.filename or "variants.csv").name[:120]
    with tempfile.TemporaryDirectory(prefix="carnet-table-") as folder:
        path = Path(folder) / (name if name not in ("", ".", "..") else "variants.csv")
        raw = table.file.read(MOST_TABLE + 1)
        if len(raw) > MOST_TABLE:
            raise Refusal("too-large", f"a table of more than {MOST_TABLE:,} bytes is read by carnet portfolio")
        path.write_bytes(raw)
        codes = [m.strip() for m in markets.split(",") if m.strip()]
        try:
            opened = open_portfolio([path], markets=codes, kind=kind.strip(), on=asked.on, cache=False)
            answer = opened.ask(span(asked.on)[0] if asked.on else "")
            moved = moves(answer, opened.ask(span(other.on)[0])) if other.on else None
        except CarnetError as error:
            raise of_error(error, Path(folder)) from None
    return render(request, "portfolio.html.jinja", who, chapter=shown(name, answer, moved))


def shown(name: str, answer: Any, moved: dict[str, Any] | None) -> Chapter:
    """The answer as a chapter: counts, the heat map, markets, and what moves."""
    topics, markets, shares = answer.shares()
    names = [answer.catalog.name(m) for m in markets]
    counts = {v: n for v, n in answer.counts.items() if n}
    parts: list[Part] = [
        Figure(
            "Percent of the applicable cells that are met, by topic and market",
            drawing.heat([t.replace("_", " ") for t in topics], names, shares, "%", f"{name}: met by topic and market"),
            "; ".join(
                f"{topic.replace('_', ' ')}: "
                + ", ".join(f"{m} {drawing.short(v)} %" for m, v in zip(names, row, strict=True) if v is not None)
                for topic, row in zip(topics, shares, strict=True)
                if any(v is not None for v in row)
            ),
        ),
        Table(
            "Verdicts by market", ("Market", *(v.replace("_", " ") for v in reversed(VERDICTS))),
            tuple(
                (answer.catalog.name(m), *(f"{row[v]:,}" for v in reversed(VERDICTS)))
                for m, row in answer.by("market").items()
            ),
            numeric=tuple(range(1, 1 + len(VERDICTS))),
        ),
    ]  # fmt: skip
    if moved is not None:
        parts.append(Text(f"On {moved['versus']} {moved['moved']:,} cells have another verdict."))
        rows = tuple(
            (answer.catalog.name(r["market"]), f"{r['title']} ({r['rule']})", str(r["from"] or "–"),
             str(r["to"] or "–"), f"{r['products']:,}", ", ".join(r["first"][:5]))
            for r in moved["rules"][:MOST_RULES]
        )  # fmt: skip
        heads = ("Market", "Rule", "Before", "After", "Products", "Among them")
        more = len(moved["rules"]) - MOST_RULES
        note = f"{more} more rules move; carnet portfolio lists them all." if more > 0 else ""
        parts.append(Table("What moves", heads, rows, note, (4,)))
    lead = f"{answer.variants:,} variants: " + ", ".join(f"{n:,} {v.replace('_', ' ')}" for v, n in counts.items())
    return Chapter("portfolio", f"Portfolio: {name}", f"{lead}.", tuple(parts))
