"""carnet portfolio: thousands of variants in many markets at once, as counts, a heat map, full cells, or what moves."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ...errors import BadInput
from .console import err, out, terminal, write_all
from .options import EventOption, Known, NoCache, On, With, day, event, one_of
from .tables import table

if TYPE_CHECKING:
    from ...app.portfolio import Answer

FAIL = ("not_applicable", "met", "residual", "undecided", "unproven", "unmet", "never")
SHADES = " .:-=+*#%@"
Codes = Annotated[
    str, typer.Option("--markets", metavar="CODES", help="Markets, as th,vn,ae; narrows what files name.")
]


def portfolio(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="Tables of variants (CSV, Parquet, XLSX) and project files.")
    ],
    markets: Codes = "",
    kind: Annotated[
        str, typer.Option("--kind", metavar="KIND", help="What the rows are, when no column says so.")
    ] = "",
    on: On = "",
    versus: Annotated[
        str, typer.Option("--versus", metavar="DATE", help="Show what moves from --on to this day.")
    ] = "",
    known: Known = "",
    event_: EventOption = "",
    where: Annotated[
        str, typer.Option("--where", metavar="CONDITION", help="Only products known to be so: vehicle.category == M1")
    ] = "",
    topic: Annotated[list[str], typer.Option("--topic", metavar="TOPIC", help="Only these topics.")] = [],  # noqa: B006
    verdict: Annotated[str, typer.Option("--verdict", help="Only these cells in --csv, --parquet and --xlsx.")] = "",
    voluntary: Annotated[
        list[str], typer.Option("--voluntary", metavar="NAME", help="Review this voluntary text as if it bound.")
    ] = [],  # noqa: B006
    why: Annotated[str, typer.Option("--why", metavar="ROW", help="Explain one row of a table, cell by cell.")] = "",
    format: Annotated[str, typer.Option("--format", help="human or json")] = "human",
    csv: Annotated[Path | None, typer.Option("--csv", metavar="FILE", help="Write every cell as CSV.")] = None,
    parquet: Annotated[
        Path | None, typer.Option("--parquet", metavar="FILE", help="Write every cell as Parquet.")
    ] = None,
    xlsx: Annotated[Path | None, typer.Option("--xlsx", metavar="FILE", help="Write every cell as a workbook.")] = None,
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write a page with the heat map.")] = None,
    fail_on: Annotated[
        str, typer.Option("--fail-on", metavar="LEVEL", help="Exit with 1 at this verdict or worse: " + ", ".join(FAIL))
    ] = "unmet",
    with_: With = [],  # noqa: B006
    no_cache: NoCache = False,
) -> None:
    """Review thousands of variants in many markets at once; one row of a table is one product."""
    from ...app import portfolio as engine

    one_of(format, "--format", ("human", "json"))
    one_of(fail_on, "--fail-on", FAIL)
    if verdict:
        one_of(verdict, "--verdict", FAIL[:-1])
    begun = time.perf_counter()
    opened = engine.open_portfolio(
        files,
        markets=[m.strip() for m in markets.split(",") if m.strip()],
        kind=kind,
        on=day(on, "--on"),
        known=day(known, "--known"),
        event=event(event_),
        named=voluntary,
        where=where,
        topics=topic,
        overlays=with_,
        cache=not no_cache,
    )
    read = time.perf_counter() - begun
    if why:
        out(_explained(opened, why, on))
        return
    begun = time.perf_counter()
    answer = opened.ask(_full(on))
    found = engine.contract(answer, time.perf_counter() - begun)
    moved = engine.moves(answer, opened.ask(_full(day(versus, "--versus")))) if versus else None
    _write(answer, found, moved, verdict, csv, parquet, xlsx, html)
    if format == "json":
        out(json.dumps({**found, **({"diff": moved} if moved else {})}, ensure_ascii=False, indent=2))
    else:
        out(human(answer, found, moved))
        err(f"read in {read:.2f} s, judged in {found['seconds']:.2f} s")
    level = FAIL.index(fail_on)
    if any(n and FAIL.index(v) >= level for v, n in found["counts"].items()):
        raise typer.Exit(1)


def _full(text: str) -> str:
    """A date option as the first day it can mean."""
    from ...words import span

    return span(text)[0] if text else ""


def _explained(opened: Any, id: str, on: str) -> str:
    """One row as the interpreter sees it."""
    from ... import app as engine
    from ...errors import Unheard, nearest

    project = opened.project_of(id, _full(on))
    if project is None:
        near = nearest(id, [i for g in opened.groups if g.table for i in g.table.ids])
        raise Unheard(f"--why: no row has the id {id!r}" + (f"; {near}" if near else "") + " Give the id of a row.")
    rows = [[f.market, f.verdict, f.id, f.because] for f in engine.judge_project(project, opened.catalog).findings]
    return table(["market", "verdict", "finding", "because"], rows, [6, 14, 30, 60])


def human(answer: Answer, found: dict[str, Any], moved: dict[str, Any] | None) -> str:
    """Counts, the heat map of topics and markets, and what moves."""
    day = f"on {found['on']}" if found["on"] else "on each file's own day"
    size = f"{found['variants']:,} variants, {found['subjects']:,} subjects"
    head = f"{size}, {len(found['by_market'])} markets, {found['cells']:,} cells {day}"
    counts = [[v.replace("_", " "), f"{n:,}", _percent(n, found["cells"])] for v, n in found["counts"].items()]
    lines = [head, "", table(["verdict", "cells", "share"], counts, [14, 15, 7]), ""]
    topics, markets, shares = answer.shares()
    if topics:
        lines += ["met or residual, of every hundred cells that apply (- where nothing applies)", ""]
        lines += _heat(topics, markets, shares)
    if moved is not None:
        lines += ["", _moved(moved)]
    return "\n".join(lines)


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "-"


def _heat(topics: list[str], markets: list[str], shares: list[list[float | None]]) -> list[str]:
    shown = terminal()
    across = max(1, (max(shown["width"], 80) - 24) // 5)
    lines = []
    for start in range(0, len(markets), across):
        part = range(start, min(start + across, len(markets)))
        lines.append(" " * 24 + "".join(markets[n].rjust(5) for n in part))
        for topic, row in zip(topics, shares, strict=True):
            lines.append(topic[:23].ljust(24) + "".join(_shade(row[n], shown["color"]) for n in part))
        lines.append("")
    return lines[:-1]


def _shade(value: float | None, color: bool) -> str:
    if value is None:
        return "-".rjust(5)
    text = f"{value:.0f}".rjust(4)
    if color:
        step = 16 + 36 * (5 - round(value / 20)) + 6 * round(value / 20) + 1  # from red to green in the 6x6x6 cube
        return f"\x1b[48;5;{step}m\x1b[38;5;16m{text} \x1b[0m"
    return text + SHADES[min(9, int(value // 10))]


def _moved(moved: dict[str, Any]) -> str:
    since = f"From {moved['on'] or 'each own day'} to {moved['versus']}: "
    if not moved["moved"]:
        return since + "no cell moves."
    lines = [since + f"{moved['moved']:,} cells move.", ""]
    lines += [f"  {_word(m['from'])} -> {_word(m['to'])}: {m['cells']:,}" for m in moved["moves"]]
    rows = [
        [
            r["market"],
            r["rule"],
            f"{_word(r['from'])} -> {_word(r['to'])}",
            f"{r['products']:,}",
            ", ".join(r["first"][:3]),
        ]
        for r in moved["rules"][:30]
    ]
    lines += ["", table(["market", "requirement", "moves", "products", "such as"], rows, [6, 34, 26, 9, 30])]
    if len(moved["rules"]) > 30:
        lines.append(f"and {len(moved['rules']) - 30} more: --format json shows all")
    return "\n".join(lines)


def _word(verdict: str | None) -> str:
    return (verdict or "no cell").replace("_", " ")


def _write(
    answer: Answer,
    found: dict[str, Any],
    moved: dict[str, Any] | None,
    verdict: str,
    csv: Path | None,
    parquet: Path | None,
    xlsx: Path | None,
    html: Path | None,
) -> None:
    from ...app import portfolio_out as outputs

    cells = sum(found["counts"].values()) if not verdict else found["counts"][verdict]
    if xlsx and cells > outputs.MOST_SHEET_ROWS:
        raise BadInput(
            f"--xlsx: {cells:,} cells; a sheet holds {outputs.MOST_SHEET_ROWS:,}. "
            "Use --parquet or --csv, or narrow with --verdict or --topic."
        )
    jobs = (
        (csv, lambda: outputs.csv_bytes(answer, verdict)),
        (parquet, lambda: outputs.parquet_bytes(answer, verdict)),
        (xlsx, lambda: outputs.xlsx_bytes(answer, verdict)),
        (html, lambda: outputs.page(answer, found, moved)),
    )
    write_all([(path, make) for path, make in jobs if path])
