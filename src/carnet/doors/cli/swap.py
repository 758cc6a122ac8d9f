"""carnet swap: does the pack fit, and what does the station's review still lack."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from .console import out
from .options import one_of

app = typer.Typer(help="Match packs, vehicles and swap stations.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def _swap() -> None:
    """Battery swapping."""


@app.command()
def match(
    project: Annotated[Path, typer.Argument(help="The project file.")],
    format: Annotated[str, typer.Option("--format", help="human or json")] = "human",
) -> None:
    """Say for every swapping pair whether the pack fits, could be adapted or not, or what is undeclared."""
    from ... import app as engine
    from ...swapping.survey import survey

    one_of(format, "--format", ("human", "json"))
    opened, catalog = engine.open_project(project)
    pairs: dict[str, dict[str, object]] = {s.id: {} for s in opened.subjects if s.kind == "pair" and s.way == "swap"}
    for fact in survey(opened, catalog):
        pairs[fact.subject][fact.name.partition(".")[2]] = (
            list(fact.value) if isinstance(fact.value, tuple) else fact.value
        )
    if format == "json":
        out(json.dumps({"schema": "carnet/swap-match/1", "pairs": pairs}, ensure_ascii=False, indent=2))
        return
    lines = []
    for pair, facts in pairs.items():
        lines.append(f"{pair}: {facts.get('fits', 'unproven')}")
        for name, sign in (("blocked_by", "against"), ("undeclared", "ask"), ("station_items_open", "open")):
            entries = facts.get(name)
            lines += [f"  {sign}: {text}" for text in entries] if isinstance(entries, list) else []
    out("\n".join(lines) if lines else "no swapping pairs in this project")
