"""The tree of commands, one line each; every command lives in the module named after what it is for."""

from __future__ import annotations

import typer

from . import (
    admin,
    carbon,
    charge,
    ecosystem,
    evidence,
    explain,
    libraries,
    portfolio,
    reviewing,
    roads,
    route,
    serve,
    start,
    supply,
    swap,
    watch,
)

app = typer.Typer(
    name="carnet",
    help="The open interoperability and compliance engine for new-energy vehicles that cross borders.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.command("init")(start.init)
app.command("review")(reviewing.review)
app.command("why")(explain.why)
app.command("words")(explain.words)
app.command("documents")(reviewing.documents)
app.command("portfolio")(portfolio.portfolio)
app.command("check")(libraries.check)
app.command("schema")(start.schema)
app.command("doctor")(start.doctor)
app.command("serve")(serve.serve)
app.add_typer(admin.app, name="admin")
app.add_typer(evidence.app, name="evidence")
app.add_typer(charge.app, name="charge")
app.add_typer(swap.app, name="swap")
app.add_typer(carbon.app, name="carbon")
app.add_typer(supply.app, name="supply")
app.add_typer(roads.app, name="roads")
libraries.app.command("check")(libraries.check)
libraries.app.command("graph")(ecosystem.graph)
libraries.app.command("diffusion")(ecosystem.diffusion)
libraries.app.command("recognize")(ecosystem.recognize)
libraries.app.command("gap")(ecosystem.gap)
app.add_typer(route.app, name="route")
app.add_typer(watch.app, name="watch")
app.add_typer(libraries.app, name="catalog")


@app.callback(invoke_without_command=True)
def _root(version: bool = typer.Option(False, "--version", help="Print the version and stop.")) -> None:
    """One project file in, a reviewed dossier out. `carnet init` writes a commented project to start from."""
    if version:
        from ... import __version__

        typer.echo(f"carnet {__version__}")
        raise typer.Exit(0)
