"""Supply chains in the browser: tables read on the spot, and what a blow costs, with sliders that need no scripts."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Request, Response, UploadFile
from fastapi.concurrency import run_in_threadpool
from markupsafe import Markup

from ... import drawing
from ...errors import CarnetError
from ...waist import Place, Project, Subject
from ..server.demo import examples
from ..server.problems import Refusal, of_error
from .shell import House, Sender, Visitor, render

router = APIRouter()
MOST_LINE, MOST_FILES, MOST_WEEKS = 64 * 1024, 50, 520
SUBJECT = "pack"


@router.get("/supply")
def supply_page(request: Request, exchange: House, who: Visitor) -> Response:
    """A place to bring a chain, and a line with its sliders at rest."""
    exchange.may(who, "catalog.read")
    return render(request, "supply.html.jinja", who, **_nothing(), **_line(_example()))


def _nothing() -> dict[str, Any]:
    return {"chapter": None, "lots": [], "lot": ""}


def _example() -> str:
    try:
        path = examples() / "supply" / "line.yaml"
        return path.read_text(encoding="utf-8") if path.is_file() else ""
    except CarnetError:
        return ""  # the examples were not installed: the field is empty


@router.post("/supply")
def read_chain(
    request: Request, exchange: House, who: Sender, files: Annotated[list[UploadFile], File()],
    lot: Annotated[str, Form(max_length=200)] = "",
) -> Response:  # fmt: skip
    """Read the tables and documents of a chain and show one lot. Nothing is kept: the files are gone with the page."""
    exchange.may(who, "catalog.read")
    with tempfile.TemporaryDirectory(prefix="carnet-chain-") as name:
        folder = Path(name) / "chain"
        folder.mkdir()
        for number, file in enumerate(files[:MOST_FILES]):
            plain = Path((file.filename or "").replace("\\", "/")).name[:120]
            (folder / (plain if plain not in ("", ".", "..") else f"file-{number}")).write_bytes(file.file.read())
        shown = _chain(exchange, Path(name), lot)
    return render(request, "supply.html.jinja", who, **shown, **_line(_example()))


def _chain(exchange: Any, folder: Path, lot: str) -> dict[str, Any]:
    """The chapter of one lot (the one last made when none is named) and the lots there are."""
    from ...supply import desk
    from ...supply.chapter import chapter

    catalog = exchange.desk.catalog
    try:
        chain = desk.open_chain(folder / "chain", catalog)
        used = {f["lot"] for f in chain["flows"] if f["way"] == "in"}
        lots = sorted((str(r["id"]) for r in chain["lots"]), key=lambda i: (i in used, i))
        chosen = lot or lots[0]
        if chosen not in lots:
            raise Refusal("bad-input", f"no lot is called {chosen!r}; there are {', '.join(lots[:20])}")
        day = catalog.last_seen
        project = Project(
            "chain", "chain", "", day, day, "placed_on_market", (), folder=str(folder),
            subjects=(Subject(SUBJECT, "battery_pack", Place("chain", 1)),),
            extra=(("supply", {"chain": "chain", "lots": {SUBJECT: chosen}}),),
        )  # fmt: skip
        return {"chapter": chapter(project, catalog), "lots": lots[:200], "lot": chosen}
    except CarnetError as error:
        raise of_error(error, folder / "chain") from None


@router.post("/supply/shock")
async def shock(request: Request, exchange: House, who: Sender) -> Response:
    """What is lost when every group sends only the share its slider says, for some weeks."""
    exchange.may(who, "catalog.read")
    form = await request.form(max_files=0, max_fields=200)
    given = {str(k): str(v) for k, v in form.multi_items()}
    found = await run_in_threadpool(_line, given.get("line", ""), given)
    return render(request, "supply.html.jinja", who, **_nothing(), **found)


def _line(text: str, given: dict[str, str] | None = None) -> dict[str, Any]:
    """A line as text, its sliders, and when they were moved what that costs."""
    from ...reading import read, shape
    from ...supply.forms import LineForm
    from ...supply.shock import Shock, report

    rest: dict[str, Any] = {"line": text, "sliders": [], "first": 2, "weeks": 12, "whole": 52, "found": None}
    if not text.strip():
        return {**rest, "picture": ""}
    if len(text) > MOST_LINE:
        raise Refusal("too-large", f"a line of more than {MOST_LINE:,} characters is read by carnet supply shock")
    with tempfile.TemporaryDirectory(prefix="carnet-line-") as name:
        path = Path(name) / "line.yaml"
        path.write_text(text, encoding="utf-8", errors="replace")
        try:
            form = shape(read(path, "line"), LineForm)
            line = form.line()
        except CarnetError as error:
            raise of_error(error, Path(name)) from None
    groups = sorted({line.groups.get(o, o) for o in line.origins})
    whole = min(form.weeks, MOST_WEEKS)
    asked = given or {}
    keep = {g: _number(asked.get(f"keep:{g}", "100"), 100) for g in groups}
    first, weeks = _number(asked.get("first", "2"), whole - 1), max(1, _number(asked.get("weeks", "12"), whole))
    rest |= {"sliders": list(keep.items()), "first": first, "weeks": weeks, "whole": whole}
    if given is None:
        return {**rest, "picture": ""}
    blows = [Shock(g, share / 100, first, min(weeks, whole - first)) for g, share in keep.items() if share < 100]
    try:
        found = report(line, blows, whole)
    except CarnetError as error:
        raise of_error(error) from None
    output = [100 * share for share in found["output"]]
    picture = drawing.lines([("output", [float(w) for w in range(whole)], output)], "week", "%", "Output by week")
    return {**rest, "found": found, "picture": Markup(picture)}  # noqa: S704


def _number(text: str, most: int) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 6:
        raise Refusal("bad-input", f"{text[:20]!r} is no whole number from 0 to {most}")
    return min(int(text), most)
