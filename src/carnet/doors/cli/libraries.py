"""carnet check and carnet catalog: judge a library, look into it, compare two of them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .console import err, out
from .options import Known, NoCache, On, With, day

app = typer.Typer(help="Look into the library: what each market demands, what changed, what is stale.", no_args_is_help=True, rich_markup_mode=None)
Format = Annotated[str, typer.Option("--format", help="human or json.")]


def check(
    path: Annotated[Path | None, typer.Argument(help="A library folder, or a folder laid over the built-in library; the built-in one when left out.")] = None,
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
