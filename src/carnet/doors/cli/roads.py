"""carnet roads: decode telemetry, and what the exchange of test-road data asks of the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from .console import err, out
from .options import one_of

app = typer.Typer(
    help="Test roads: telemetry, networks, trips, coverage, licenses and deliveries.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
Personal = Annotated[
    bool, typer.Option("--personal", help="Show VIN, ICCID and positions, which are masked otherwise.")
]


@app.command()
def decode(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A capture: raw stream, or text with packets in hexadecimal.")
    ],
    format: Annotated[str, typer.Option("--format", help="human, json or jsonl")] = "human",
    parquet: Annotated[
        Path | None, typer.Option("--parquet", metavar="FILE", help="Write columns to this file.")
    ] = None,
    personal: Personal = False,
) -> None:
    """Decode telemetry packets; every byte that is refused is named with offset and reason. Exit 1 when some are."""
    from ...roads.telemetry import door

    one_of(format, "--format", ("human", "json", "jsonl"))
    if parquet:
        rows = door.to_parquet(file, parquet, personal=personal)
        err(f"wrote {parquet}: {rows} rows")
    if format == "jsonl":
        summary = _print_lines(door.lines(file, personal=personal))
    else:
        report = door.report(file)
        summary = report["capture"]
        out(json.dumps(report, ensure_ascii=False, indent=2) if format == "json" else door.words(report))
    raise typer.Exit(1 if summary["refused"] else 0)


def _print_lines(rows: Iterator[dict[str, Any]]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for row in rows:
        out(json.dumps(row, ensure_ascii=False, separators=(",", ":")))
    return row
