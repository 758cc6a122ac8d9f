"""carnet supply: import, check, trace, concentration, shock, circularity, passport - a chain of lots from a folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from . import supply_exchange
from .console import err, out, write_all, write_file
from .options import On, With, day, one_of

app = typer.Typer(
    help="Where every gram comes from, what is unknown, what would stop the line, and how the loop closes.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
Format = Annotated[str, typer.Option("--format", help="human or json")]
From = Annotated[
    Path, typer.Option("--from", metavar="FOLDER", help="The folder with the chain, or the project file that names it.")
]
Lot = Annotated[str, typer.Argument(metavar="LOT", help="The name of a lot.")]


def _library(with_: list[Path]) -> Any:
    from ... import app as engine

    return engine.library(None, with_)


def _show(found: dict[str, Any], format: str, text: str) -> None:
    one_of(format, "--format", ("human", "json"))
    out(json.dumps(found, ensure_ascii=False, indent=2) if format == "json" else text)


@app.command("import")
def import_(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Tables, EPCIS, traceability and passport documents.")],
    to: Annotated[Path | None, typer.Option("--to", metavar="DIR", help="Where the checked chain is kept.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")] = False,
    format: Format = "human",
    with_: With = [],  # noqa: B006
) -> None:
    """Take documents in, whole or not at all: every refused row with its rule; the original bytes are kept."""
    from ...supply import desk
    from ...supply.importing import keep

    result = desk.read_folder(folder, _library(with_))
    found = result.contract()
    lines = [f"{r['document']}:{r['row']}: {r['rule']}: {r['message']}" for r in found["rejected"]]
    lines += [f"note: {r['document']}:{r['row']}: {r['message']}" for r in found["notes"]]
    lines.append(f"{found['accepted']} accepted, {len(found['rejected'])} refused")
    _show(found, format, "\n".join(lines))
    if found["rejected"]:
        raise typer.Exit(2)
    if not dry_run:
        if to is None:
            err("nothing was kept: give --to DIR, or --dry-run")
            raise typer.Exit(2)
        keep(folder, result, to)
        err(f"kept in {to}")


for _command in (supply_exchange.export, supply_exchange.identity, supply_exchange.ask, supply_exchange.answer):
    app.command()(_command)


@app.command()
def check(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="The chain, or the project that names it.")],
    format: Format = "human",
    with_: With = [],  # noqa: B006
) -> None:
    """Find what cannot be true: circles, mass from nowhere, double use, effect before cause. Exit 1 if there is any."""
    from ...supply import desk

    found = desk.check(folder, _library(with_))
    lines = [f"{p['kind'].replace('_', ' ')}: {p['message']}" for p in found["problems"]]
    _show(found, format, "\n".join(lines) or "nothing wrong was found")
    if found["problems"]:
        raise typer.Exit(1)


@app.command()
def trace(
    lot: Lot,
    source: From = Path(),
    direction: Annotated[str, typer.Option("--direction", help="up (made of) or down (went into)")] = "up",
    on: On = "",
    format: Format = "human",
    with_: With = [],  # noqa: B006
) -> None:
    """Trace a lot: origins per element, recycled share, footprint, what is unknown and whom to ask."""
    from ...supply import desk

    one_of(direction, "--direction", ("up", "down"))
    found = desk.trace(source, lot, _library(with_), direction=direction, on=day(on, "--on"))
    _show(found, format, _trace_text(found))


def _trace_text(found: dict[str, Any]) -> str:
    if found["direction"] == "down":
        return "\n".join(f"{r['share']:8.2%}  {r['element']:9} {r['lot']}" for r in found["lots"]) or "it went nowhere"
    lines = [f"{found['lot']}: {found['kgco2e']:.6g} kgCO2e ({found['kgco2e_known_share']:.1%} of the mass states one)"]
    lines += [
        f"  {o['element']:9} {o['economy'].upper():3} {o['share']:8.2%}  (up to {o['high']:.2%})  {o['kind']}"
        for o in found["origins"]
    ]
    unknown = found["unknown"]
    lines.append(f"  unknown       {unknown['share']:8.2%}  ({unknown['high']:.2%} if only certificates count)")
    for element, kinds in found["recycled"].items():
        for kind, shares in kinds.items():
            pre, post = shares["pre_consumer"], shares["post_consumer"]
            lines.append(f"  recycled {element}: {post:.2%} post-consumer, {pre:.2%} pre-consumer ({kind})")
    lines += [f"  ask {r['actor'] or r['facility'] or '?'}: {r['question']} [{r['state']}]" for r in found["requests"]]
    return "\n".join(lines)


@app.command()
def concentration(
    mineral: Annotated[str, typer.Argument(metavar="[MINERAL]", help="All minerals when left out.")] = "",
    stage: Annotated[str, typer.Option("--stage", help="mine, refine or smelt")] = "mine",
    year: Annotated[str, typer.Option("--year")] = "",
    source: Annotated[Path | None, typer.Option("--from", metavar="FOLDER", help="A chain of your own.")] = None,
    lot: Annotated[str, typer.Option("--lot", help="The lot of that chain to set beside the world.")] = "",
    by: Annotated[str, typer.Option("--by", help="economy, actor, facility, stage or port")] = "economy",
    format: Format = "human",
    with_: With = [],  # noqa: B006
) -> None:
    """Sum of squared shares with bounds, effective number, largest shares, single points of failure."""
    from ...supply import desk

    one_of(by, "--by", ("economy", "actor", "facility", "stage", "port"))
    found = desk.concentrate(
        _library(with_), mineral=mineral, stage=stage, year=year, source=source, lot=lot, by=by
    )  # fmt: skip
    lines = [
        f"{w['material']:17} {w['stage']:7} {w['year']}  {w['hhi_low']:.4f} to {w['hhi_high']:.4f}  "
        f"{w['top1'].upper()} {w['top1_share']:.1%}, three largest {w['top3_share']:.1%}"
        for w in found["world"]
    ]
    lines += [
        f"own {o['element']:9} by {o['by']}  {o['hhi_low']:.4f} to {o['hhi_high']:.4f}  "
        f"{o['top1']} {o['top1_share']:.1%}"
        for o in found["own"]
    ]
    lines += [f"single point: all {p['element']} passes {p['name']}" for p in found.get("single_points", [])]
    _show(found, format, "\n".join(lines))


@app.command()
def shock(
    file: Annotated[Path, typer.Argument(metavar="LINE", help="A YAML file: origins, products, stocks, shocks.")],
    draws: Annotated[int, typer.Option("--draws", min=0, max=1_000_000, help="Draw the shocks from their ranges.")] = 0,
    seed: Annotated[int, typer.Option("--seed", min=0)] = 1,
    format: Format = "human",
) -> None:
    """What a loss of supply costs in output: bound, best plan and week by week, as an interval."""
    from ...supply import desk

    found = desk.shock(file, draws=draws, seed=seed)
    low, high = found["interval"]
    lines = [
        f"output lost over {found['weeks']} weeks: {low:.2%} to {high:.2%}",
        f"  best plan {found['plan']:.2%}, week by week {found['week_by_week']:.2%}",
        f"  bound {found['bound']['low']:.2%} to {found['bound']['high']:.2%}",
        f"  stops in week {found['stops_in_week']}, back in week {found['back_in_week']}",
    ]
    if "draws" in found:
        d = found["draws"]
        lines.append(f"  {d['draws']} draws: mean {d['mean'][0]:.2%} to {d['mean'][1]:.2%}, gap at most {d['gap']:.2%}")
    _show(found, format, "\n".join(lines))


@app.command()
def circularity(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="LOOP", help="A YAML file: sales by year and what happens after, or economies with plants."
        ),
    ],
    market: Annotated[str, typer.Option("--market", metavar="CODE", help="Targets of one market only.")] = "",
    solve: Annotated[str, typer.Option("--solve", metavar="TARGET", help="A target's id, or Li=6%@2031.")] = "",
    what: Annotated[str, typer.Option("--what", help="The share to solve for.")] = "collected",
    format: Format = "human",
) -> None:
    """Recycled content by year against targets; --solve finds the share that just meets one; or a joint plant."""
    from ...supply import desk

    found = desk.circularity(file, market=market, solve=solve, what=what)
    lines = _joint_text(found) if found["schema"] == "carnet/joint/1" else []
    for t in found.get("targets", ()):
        word = {True: "met", False: "missed", None: "no answer"}[t["met"]]
        reached = f"{t['total']:.2%} of {t['share']:.0%}" if "total" in t else t["why"]
        lines.append(f"{t['id']:14} {t['material']:3} {t['year']}  {word:9} {reached}")
    if "solved" in found:
        s = found["solved"]
        lines.append(f"{s['what']} = {s['value']:.4f} just meets it" if s["value"] is not None else s["why"])
    lines += found.get("notes", ())
    _show(found, format, "\n".join(lines))


def _joint_text(found: dict[str, Any]) -> list[str]:
    together, unit = found["together"], found["currency"]
    if together["cost"] is None:
        return ["the sites cannot take all tonnes, even together"]
    lines = [f"together: {together['cost']:,.0f} {unit} a year with {', '.join(together['sites'])}"]
    for economy, alone in found["alone"].items():
        cost = "cannot" if alone is None else f"{alone:,.0f} {unit}"
        gain = f", gains {found['gains'][economy]:,.0f} by joining" if found["gains"] else ""
        lines.append(f"  {economy.upper()} alone: {cost}{gain}")
    if found["saving"] is None:
        return [*lines, "some cannot recycle alone, so no saving is stated"]
    return [*lines, f"joining {'pays' if found['pays'] else 'does not pay'}: {found['saving']:,.0f} {unit} a year"]


@app.command()
def passport(
    lot: Lot,
    source: From = Path(),
    category: Annotated[str, typer.Option("--category", help="ev, lmt, industrial or stationary")] = "ev",
    role: Annotated[str, typer.Option("--role", help="public, legitimate_interest or authority")] = "authority",
    on: On = "",
    export: Annotated[str, typer.Option("--export", metavar="FORMAT", help="BatteryPass, UNTP or CatenaX.")] = "",
    at: Annotated[str, typer.Option("--at", metavar="MOMENT", help="The moment of writing, for --export.")] = "",
    to: Annotated[Path | None, typer.Option("--to", metavar="DIR", help="Where exported documents go.")] = None,
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="The passport as a page.")] = None,
    format: Format = "human",
    with_: With = [],  # noqa: B006
) -> None:
    """The battery passport: fields with method and evidence, coverage per access group, what to do next."""
    from ...errors import BadInput
    from ...supply import desk
    from ...supply.page import page
    from ...supply.passport import export as write

    moment = day(on, "--on")
    tracer, fields, found = desk.passports(source, lot, _library(with_), category=category, on=moment, role=role)
    if export:
        if not at or to is None:
            raise BadInput("--export needs --at MOMENT, such as 2026-11-21T12:00:00Z, and --to DIR")
        for part, document in write(tracer, lot, fields, export, at).items():
            to.mkdir(parents=True, exist_ok=True)
            write_file(to / f"{part}.json", json.dumps(document, ensure_ascii=False, indent=2) + "\n")
            err(f"wrote {to / part}.json")
    if html:
        identifier = next((str(f.value) for f in fields if f.key == "battery_id" and f.filled), lot)
        write_all([(html, lambda: page(lot, identifier, role, fields, moment))])
    c = found["coverage"]
    lines = [f"{lot}: {c['shown']} of {c['fields']} mandatory fields are shown by evidence, {c['filled']} are filled"]
    lines += [f"  {access}: {g['shown']} of {g['fields']}" for access, g in c["groups"].items()]
    lines += [f"  next: {w['work']} ({w['from']}): {', '.join(w['fields'])}" for w in found["work"][:8]]
    _show(found, format, "\n".join(lines))


@app.command()
def template(
    table: Annotated[str, typer.Argument(metavar="TABLE", help="lots, flows, events, contents, certificates ...")],
) -> None:
    """Print the head of a table to fill in, with what each column means on stderr."""
    from ...supply.lots import TABLES
    from ...supply.templates import write_csv

    one_of(table, "TABLE", tuple(TABLES))
    out(write_csv(table, []).decode())
    for name, column in TABLES[table].items():
        err(f"{name}{' (needed)' if column.needed else ''}: {column.means}")
