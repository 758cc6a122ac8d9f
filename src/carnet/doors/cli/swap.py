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
    from ...swapping.station import FAMILIES
    from ...swapping.survey import survey, swaps

    one_of(format, "--format", ("human", "json"))
    opened, catalog = engine.open_project(project)
    found = swaps(opened, catalog)
    facts: dict[str, dict[str, object]] = {s.subject.id: {} for s in found}
    for fact in survey(opened, catalog):
        value = list(fact.value) if isinstance(fact.value, tuple) else fact.value
        facts[fact.subject][fact.name.partition(".")[2]] = value
    if format == "json":
        pairs = {
            s.subject.id: {
                **facts[s.subject.id],
                "result": s.found.result or "unproven",
                "parameters": [
                    {
                        "id": c.parameter.id,
                        "group": c.parameter.group,
                        "verdict": c.verdict,
                        "says": c.says,
                        "missing": list(c.missing),
                    }
                    for c in s.found.checks
                ],
                "adaptations": list(s.found.adaptations),
                "station": [line.plain() for line in s.lines],
            }
            for s in found
        }
        out(json.dumps({"schema": "carnet/swap-match/1", "pairs": pairs}, ensure_ascii=False, indent=2))
        return
    lines = []
    for swap in found:
        lines.append(f"{swap.subject.id}: {swap.found.result or 'unproven'}")
        lines += [f"  {c.verdict:10} {c.parameter.title}: {c.says}" for c in swap.found.checks]
        lines += [f"  adapt: {text}" for text in swap.found.adaptations]
        lines += [f"  ask: {name}" for name in swap.found.undeclared]
        for family, title in FAMILIES.items():
            lines.append(f"  {title}")
            for line in swap.lines:
                if line.item.family == family and line.verdict != "not_applicable":
                    voluntary = ", voluntary" if line.item.optional else ""
                    lines.append(f"    {line.verdict:8} {line.item.title} ({line.item.where}{voluntary}): {line.says}")
    out("\n".join(lines) if lines else "no swapping pairs in this project")
