"""carnet route: the cheapest and the fastest proven way to close what the review found open."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from ...errors import BadInput
from .console import out, write_all
from .options import NoCache, With, one_of

OBJECTIVES = ("cost", "time", "pareto")
FORMATS = ("human", "json", "md")

app = typer.Typer(help="Plan the certification of a project.", no_args_is_help=True, rich_markup_mode=None)

Inputs = Annotated[
    Path | None,
    typer.Option("--inputs", metavar="FILE", help="A route file: laboratories, quotations, rates, deadlines, options."),
]
Quotes = Annotated[
    Path | None, typer.Option("--quotes", metavar="FILE", help="Quotations that stand instead of the library's ranges.")
]


@app.callback()
def _route() -> None:
    """Certification routes."""


@app.command()
def plan(
    project: Annotated[Path, typer.Argument(help="The project file.")],
    objective: Annotated[str, typer.Option("--objective", help=", ".join(OBJECTIVES))] = "cost",
    deadline: Annotated[str, typer.Option("--deadline", metavar="DATE", help="Every market is open by then.")] = "",
    market: Annotated[str, typer.Option("--market", metavar="CODES", help="Only these of its markets.")] = "",
    basis: Annotated[str, typer.Option("--basis", help="Decide by the low, middle or high end of costs.")] = "middle",
    points: Annotated[int, typer.Option("--points", min=2, max=100, help="Plans of the front at most.")] = 10,
    seconds: Annotated[float, typer.Option("--seconds", min=0.1, help="Time for each proof.")] = 10.0,
    without: Annotated[
        list[str],
        typer.Option(
            "--without", metavar="STEP", help="What changes if this step or recognition fails (may be repeated)."
        ),
    ] = [],  # noqa: B006
    inputs: Inputs = None,
    quotes: Quotes = None,
    format: Annotated[str, typer.Option("--format", help=", ".join(FORMATS))] = "human",
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write the plan as one HTML page.")
    ] = None,
    with_: With = [],  # noqa: B006
    no_cache: NoCache = False,
) -> None:
    """Plan which tests, approvals and adaptations to do, when, at what cost, and why."""
    from ...app import routing
    from ...app.routing_out import markdown, page, terminal
    from ...routes.plan import Ask

    one_of(objective, "--objective", OBJECTIVES)
    one_of(basis, "--basis", ("low", "middle", "high"))
    one_of(format, "--format", FORMATS)
    found = routing.plan_project(
        project,
        Ask(objective, basis, points, seconds),
        deadline=deadline,
        inputs=inputs,
        quotes=quotes,
        markets=[m.strip() for m in market.split(",") if m.strip()],
        overlays=with_,
        cache=not no_cache,
    )
    title = found.dossier.project.title or found.dossier.project.id
    if without:
        told = found.without(without)
        ground = found.plan.ground
        plain = {"schema": "carnet/route-without/1", **told.plain(ground.currency)}
        text = routing.told_without(told, ground.currency, ground.works)
        out(json.dumps(plain, ensure_ascii=False, indent=2) if format == "json" else text)
        return
    if format == "json":
        out(json.dumps(found.plain(), ensure_ascii=False, indent=2))
    else:
        out((markdown if format == "md" else terminal)(found.chapter(), title))
    if html:
        write_all([(html, lambda: page(found.chapter(), title))])


@app.command()
def compare(
    project: Annotated[list[Path], typer.Argument(help="One project file, or several that are alternatives.")],
    inputs: Inputs = None,
    quotes: Quotes = None,
    importer: Annotated[
        str, typer.Option("--both-ways", metavar="A,B", help="The product from A to B, and from B to A.")
    ] = "",
    bundles: Annotated[bool, typer.Option("--bundles", help="Each subject of the project added in turn.")] = False,
    format: Annotated[str, typer.Option("--format", help=", ".join(FORMATS))] = "human",
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write the comparison as a page.")] = None,
    with_: With = [],  # noqa: B006
) -> None:
    """Compare ways to market: variants, upgrade against redesign under dated scenarios, bundles, both directions."""
    from ...app import comparing
    from ...app.routing_out import markdown, page, terminal

    one_of(format, "--format", FORMATS)
    if len(project) > 1 and (importer or bundles):
        raise BadInput("--both-ways and --bundles ask for one project file")
    found = comparing.compare(
        project, inputs=inputs, quotes=quotes, both_ways=importer, bundles=bundles, overlays=with_
    )
    if format == "json":
        out(json.dumps(found.plain(), ensure_ascii=False, indent=2))
    else:
        out((markdown if format == "md" else terminal)(found.chapter(), found.title))
    if html:
        write_all([(html, lambda: page(found.chapter(), found.title))])
