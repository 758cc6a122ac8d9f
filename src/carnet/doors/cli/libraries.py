"""carnet check and carnet catalog: judge a library, look into it, compare two of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from .console import err, out
from .options import Known, On, With, day, one_of

app = typer.Typer(
    help="Look into the library: what each market demands, what changed, what is stale.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
Format = Annotated[str, typer.Option("--format", help="human or json")]
MarketOption = Annotated[str, typer.Option("--market", metavar="CODE", help="Only what this economy or union hears.")]


def check(
    path: Annotated[
        Path | None,
        typer.Argument(help="A library, or a folder laid over the built-in one; the built-in one when left out."),
    ] = None,
) -> None:
    """Check a library: it loads, every example holds, every rule is dated, sourced and proven."""
    from ... import app as engine

    problems, counted = engine.check_library(path)
    for problem in problems:
        out(str(problem))
    if problems:
        err(f"{len(problems)} problems")
        raise typer.Exit(2)
    out(counted)


def _open(with_: list[Path]) -> Any:
    from ... import app as engine

    return engine.library(None, with_)


def _print(value: Any, text: str, format: str) -> None:
    one_of(format, "--format", ("human", "json"))
    out(json.dumps(value, ensure_ascii=False, indent=2) if format == "json" else text)


@app.command("list")
def list_(
    what: Annotated[
        str, typer.Argument(help="requirements, standards, recognitions, signals, effort, economies ...")
    ] = "requirements",
    market: MarketOption = "",
    about: Annotated[str, typer.Option("--about", metavar="KIND", help="Only about this kind of subject.")] = "",
    topic: Annotated[str, typer.Option("--topic", metavar="TOPIC", help="Only on this topic.")] = "",
    standard: Annotated[str, typer.Option("--standard", metavar="TEXT", help="Only what names this standard.")] = "",
    format: Format = "human",
    with_: With = [],  # noqa: B006
) -> None:
    """List rows of the library, narrowed by market, subject, topic or standard."""
    from ...catalog import query
    from .tables import rows_text

    found = query.rows(_open(with_), what, market, about, topic, standard)
    _print({"schema": "carnet/catalog-list/1", "list": what, "rows": found}, rows_text(found, what), format)


@app.command()
def show(
    id: Annotated[str, typer.Argument(help="The id of any row, or a printed standard.")],
    on: On = "",
    known: Known = "",
    format: Format = "human",
    with_: With = [],  # noqa: B006
) -> None:
    """Show one row: status history, where it stands on a day, sources, relations, what speaks of it."""
    from ...catalog import query
    from .explain import row_text

    found = query.show(_open(with_), id, day(on, "--on"), day(known, "--known"))
    _print(found, row_text(found), format)


@app.command()
def search(
    text: Annotated[list[str], typer.Argument(help="Words that must all occur.")],
    format: Format = "human",
    with_: With = [],  # noqa: B006
) -> None:
    """Search the whole library for words, titles first."""
    from ...catalog import query
    from .tables import rows_text

    found = query.search(_open(with_), " ".join(text))
    _print({"schema": "carnet/catalog-list/1", "list": "search", "rows": found}, rows_text(found, "rows"), format)


@app.command()
def diff(
    a: Annotated[str, typer.Argument(help="A library folder or a day of knowledge, such as 2026-06-01.")],
    b: Annotated[str, typer.Argument(help="The other library folder or day.")],
    projects: Annotated[
        list[Path] | None, typer.Argument(help="Project files: how many verdicts would change.")
    ] = None,
    on: On = "",
    format: Format = "human",
) -> None:
    """Compare two libraries or two days of knowledge, and say which projects change verdict."""
    from ... import app as engine
    from .explain import diff_text

    found = engine.catalog_diff(a, b, projects or [], day(on, "--on"))
    _print(found, diff_text(found), format)


@app.command()
def stale(
    older: Annotated[str, typer.Option("--older", metavar="DAYS", help="Not looked at for this long.")] = "180d",
    on: On = "",
    format: Format = "human",
    with_: With = [],  # noqa: B006
) -> None:
    """Sources nobody has looked at for long, or ever. Without --on the day is the latest one seen."""
    from ...catalog import query
    from .explain import stale_text

    catalog = _open(with_)
    found = query.stale(catalog, query.parse_days(older), day(on, "--on") or catalog.last_seen)
    _print(
        {"schema": "carnet/stale/1", "older_days": query.parse_days(older), "sources": found},
        stale_text(found, older),
        format,
    )


@app.command()
def quality(format: Format = "human", with_: With = []) -> None:  # noqa: B006
    """How well the library was read: shares by class of source, by reading and by market."""
    from ...catalog import query
    from .explain import quality_text

    found = query.quality(_open(with_))
    _print(found, quality_text(found), format)
