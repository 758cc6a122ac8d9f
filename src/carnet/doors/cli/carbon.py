"""carnet carbon: footprints under many methods, why they differ, what a fleet owes, papers for a customer's system."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from . import carbon_audit
from .console import err, out, write_all
from .options import Known, NoCache, On, With, day, one_of

app = typer.Typer(
    help="Footprints of one inventory under every market's method, and what national rules ask.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
carbon_audit.mount(app)
Target = Annotated[
    Path, typer.Argument(metavar="PROJECT", help="A project file that names inventories, or an inventory.")
]
Methods = Annotated[
    str, typer.Option("--methods", metavar="IDS", help="Methods, as a,b,c; every one that fits when left out.")
]
Format = Annotated[str, typer.Option("--format", help="human or json")]
Assume = Annotated[
    list[str],
    typer.Option("--assume", metavar="METHOD:PARAMETER=VALUE", help="Set an open parameter (may be repeated)."),
]
Draws = Annotated[int, typer.Option("--draws", min=100, max=1_000_000, help="Draws for the interval.")]
Seed = Annotated[int, typer.Option("--seed", min=0, help="The seed of the draws.")]
Threshold = Annotated[
    list[str],
    typer.Option("--threshold", metavar="NAME=VALUE UNIT", help="The chance to pass it (may be repeated)."),
]


def _asked(
    project: Path, methods: str, assume: list[str], draws: int, seed: int, threshold: list[str], on: str, known: str,
    with_: list[Path], cache: bool, compare: bool, sensitivity: int = 0,
) -> dict[str, Any]:  # fmt: skip
    from ... import app as engine
    from ...carbon import desk

    return desk.footprints(
        project,
        [m.strip() for m in methods.split(",") if m.strip()],
        engine.library(project, with_, cache=cache),
        on=day(on, "--on"),
        known=day(known, "--known"),
        assume=assume,
        compare=compare,
        draws=draws,
        seed=seed,
        overlays=with_,
        thresholds=[_threshold(t) for t in threshold],
        sensitivity=sensitivity,
    )


def _threshold(text: str) -> tuple[str, float, str]:
    from ...errors import BadInput

    name, equals, rest = text.partition("=")
    value, _, unit = rest.strip().partition(" ")
    try:
        return name.strip(), float(value), unit.strip() if equals and unit.strip() else _no_unit()
    except ValueError:
        raise BadInput(f"--threshold {text}: write NAME=VALUE UNIT, for example class-a='0.05 kgCO2e/kWh'") from None


def _no_unit() -> str:
    raise ValueError


@app.command()
def footprint(
    project: Target,
    methods: Methods = "",
    format: Format = "human",
    assume: Assume = [],  # noqa: B006
    threshold: Threshold = [],  # noqa: B006
    sensitivity: Annotated[
        int, typer.Option("--sensitivity", metavar="N", min=0, help="The N exchanges that move the number most.")
    ] = 0,
    draws: Draws = 2000,
    seed: Seed = 20260101,
    on: On = "",
    known: Known = "",
    with_: With = [],  # noqa: B006
    no_cache: NoCache = False,
) -> None:
    """The footprint under each method: value, stages, gases, interval, data quality, every factor with its source."""
    one_of(format, "--format", ("human", "json"))
    answer = _asked(
        project, methods, assume, draws, seed, threshold, on, known, with_, not no_cache, compare=False,
        sensitivity=sensitivity,
    )  # fmt: skip
    if format == "json":
        out(json.dumps(answer, ensure_ascii=False, indent=2))
    else:
        from ...carbon.wording import footprint_text

        out(footprint_text(answer))


@app.command()
def compare(
    project: Target,
    methods: Methods = "",
    format: Format = "human",
    assume: Assume = [],  # noqa: B006
    threshold: Threshold = [],  # noqa: B006
    draws: Draws = 2000,
    seed: Seed = 20260101,
    on: On = "",
    known: Known = "",
    with_: With = [],  # noqa: B006
    no_cache: NoCache = False,
) -> None:
    """Why methods differ: the ledger from the first method to each other, whose lines add up to the gap exactly."""
    one_of(format, "--format", ("human", "json"))
    answer = _asked(project, methods, assume, draws, seed, threshold, on, known, with_, not no_cache, compare=True)
    if format == "json":
        out(json.dumps(answer, ensure_ascii=False, indent=2))
    else:
        from ...carbon.wording import ledger_text

        out(ledger_text(answer))


@app.command()
def reach(
    project: Target,
    methods: Methods = "",
    limit: Annotated[
        list[str],
        typer.Option("--limit", metavar="METHOD=VALUE UNIT", help="all=... for all; in % of today (may be repeated)."),
    ] = [],  # noqa: B006
    alternatives: Annotated[int, typer.Option("--alternatives", min=0, max=50, help="Further choices to show.")] = 0,
    format: Format = "human",
    assume: Assume = [],  # noqa: B006
    draws: Draws = 2000,
    seed: Seed = 20260101,
    on: On = "",
    known: Known = "",
    with_: With = [],  # noqa: B006
    no_cache: NoCache = False,
) -> None:
    """The cheapest of an inventory's options that bring it under the limits of all named methods; 1 if none does."""
    from ... import app as engine
    from ...carbon.reach import reached

    one_of(format, "--format", ("human", "json"))
    answer = reached(
        project,
        [m.strip() for m in methods.split(",") if m.strip()],
        engine.library(project, with_, cache=not no_cache),
        limits=limit,
        on=day(on, "--on"),
        known=day(known, "--known"),
        assume=assume,
        alternatives=alternatives,
        draws=draws,
        seed=seed,
        overlays=with_,
    )
    if format == "json":
        out(json.dumps(answer, ensure_ascii=False, indent=2))
    else:
        from ...carbon.decisions_wording import reach_text

        out(reach_text(answer))
    if any(row["state"] == "out_of_reach" for row in answer["results"]):
        raise typer.Exit(1)


@app.command()
def rules(
    fleet: Annotated[Path, typer.Argument(metavar="FLEET", help="A fleet file (carnet: fleet/1).")],
    market: Annotated[str, typer.Option("--market", metavar="CODES", help="Markets, as a,b; all when left out.")] = "",
    what_if: Annotated[
        Path | None,
        typer.Option("--what-if", metavar="FILE", help="Policies to compare on this fleet (carnet: policies/1)."),
    ] = None,
    years: Annotated[str, typer.Option("--years", metavar="YEARS", help="As 2026 or 2026-2030; instead of --on.")] = "",
    format: Format = "human",
    on: On = "",
    with_: With = [],  # noqa: B006
    no_cache: NoCache = False,
) -> None:
    """What a fleet owes or earns under each market's rules on vehicle carbon, by year."""
    from ... import app as engine
    from ...carbon import desk

    one_of(format, "--format", ("human", "json"))
    catalog = engine.library(None, with_, cache=not no_cache)
    days = _days(years) if years else [day(on, "--on") or catalog.last_seen]
    if what_if:
        _policies(fleet, what_if, days, with_, format)
        return
    answers = desk.rules(fleet, catalog, days, [m.strip() for m in market.split(",") if m.strip()], with_)
    if format == "json":
        whole = {"schema": answers[0]["schema"], "fleet": answers[0]["fleet"], "days": answers}
        out(json.dumps(whole, ensure_ascii=False, indent=2))
    else:
        from ...carbon.wording import rules_text

        out(
            rules_text(
                answers, {code: catalog.name(code) for a in answers for code in {r["market"] for r in a["rules"]}}
            )
        )


def _policies(fleet: Path, what_if: Path, days: list[str], with_: list[Path], format: str) -> None:
    from ...carbon.fleets import read_fleet
    from ...carbon.policy import compared, read_policies
    from ...carbon.tables import open_tables

    tables = open_tables(with_)
    title, policies = read_policies(what_if, read_fleet(fleet), tables)
    answers = [compared(title, policies, tables, on) for on in days]
    if format == "json":
        out(json.dumps({"schema": answers[0]["schema"], "title": title, "days": answers}, ensure_ascii=False, indent=2))
    else:
        from ...carbon.decisions_wording import policies_text

        out("\n".join(policies_text(answer) for answer in answers))


def _days(text: str) -> list[str]:
    from ...errors import BadInput

    first, dash, last = text.partition("-")
    if not (first.isdigit() and len(first) == 4 and (not dash or (last.isdigit() and len(last) == 4))):
        raise BadInput(f"--years {text}: write a year or two, as 2026 or 2026-2030")
    span = range(int(first), int(last or first) + 1)
    if not 1 <= len(span) <= 50:
        raise BadInput(f"--years {text}: the first year comes first, and at most 50 are shown")
    return [f"{year}-07-01" for year in span]


@app.command()
def ownership(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Vehicles with costs and use (carnet: ownership/1).")],
    format: Format = "human",
    on: On = "",
    with_: With = [],  # noqa: B006
    no_cache: NoCache = False,
) -> None:
    """What owning buses or trucks costs and emits, and the cheapest purchase that keeps the market's rule."""
    from ... import app as engine
    from ...carbon.ownership import owned
    from ...carbon.ownership_file import read_ownership
    from ...carbon.tables import open_tables

    one_of(format, "--format", ("human", "json"))
    catalog = engine.library(None, with_, cache=not no_cache)
    tables = open_tables(with_)
    shaped = read_ownership(file, tables.items())
    catalog.market(shaped.market)
    answer = owned(shaped, tables, day(on, "--on") or catalog.last_seen)
    if format == "json":
        out(json.dumps(answer, ensure_ascii=False, indent=2))
    else:
        from ...carbon.decisions_wording import ownership_text

        out(ownership_text(answer))


@app.command()
def methods(format: Format = "human", with_: With = []) -> None:  # noqa: B006
    """Every method known: how far its text has come, how it was read, which parameters are open."""
    from ...carbon.desk import last_seen
    from ...carbon.tables import open_tables
    from ...carbon.wording import methods_rows, methods_text

    one_of(format, "--format", ("human", "json"))
    tables = open_tables(with_)
    rows = methods_rows(tables, last_seen(tables))
    out(json.dumps(rows, ensure_ascii=False, indent=2) if format == "json" else methods_text(rows))


@app.command()
def items(
    words: Annotated[str, typer.Argument(help="Part of a name; all when left out.")] = "",
    format: Format = "human",
    with_: With = [],  # noqa: B006
) -> None:
    """Every item of the background with its number, unit, source and how it was read."""
    from ...carbon.tables import open_tables
    from ...carbon.wording import items_rows, items_text

    one_of(format, "--format", ("human", "json"))
    rows = items_rows(open_tables(with_), words)
    out(json.dumps(rows, ensure_ascii=False, indent=2) if format == "json" else items_text(rows))


@app.command()
def convert(
    document: Annotated[
        Path, typer.Argument(metavar="FILE", help="A footprint document, or an inventory with --export.")
    ],
    to: Annotated[str, typer.Option("--to", metavar="FORMAT", help="The format to write, such as pact-3.0.")],
    export: Annotated[
        bool, typer.Option("--export", help="FILE is an inventory or a project: compute and write it.")
    ] = False,
    output: Annotated[
        Path | None, typer.Option("--output", metavar="FILE", help="Write here instead of stdout.")
    ] = None,
    on: On = "",
    link: Annotated[
        list[str], typer.Option("--link", metavar="NAME=VALUE", help="A word it lacks: carbon_biogenic=0.01.")
    ] = [],  # noqa: B006
    with_: With = [],  # noqa: B006
) -> None:
    """A footprint in another exchange format, with a report of every loss on stderr."""
    from ... import app as engine
    from ...carbon import desk

    links = dict(part.split("=", 1) for part in link if "=" in part)
    if export:
        made, lost = desk.exported(
            document, to, engine.library(document, with_), on=day(on, "--on"), links=links, overlays=with_
        )
    else:
        made, lost = desk.converted(document, to, with_, links)
    text = json.dumps(made, ensure_ascii=False, indent=2)
    if output:
        write_all([(output, lambda: text + "\n")])
    else:
        out(text)
    for row in lost:
        err(f"{row['loss']}: {row['word'] or row['where']}: {row['why']}")
