"""carnet charge: read a charging log, judge it, rehearse a session, converge two families, match two subjects."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from .console import err, out, write_file
from .options import one_of

app = typer.Typer(
    help="Judge a recorded charging session; rehearse, converge and match.", no_args_is_help=True, rich_markup_mode=None
)


@app.callback()
def _charge() -> None:
    """Charging: what happened in a recording, and what would happen between two sides."""


FAIL = ("violation", "tolerated", "incomplete", "never")


@app.command()
def judge(
    files: Annotated[list[Path], typer.Argument(help="Recordings: candump, GVRET, ASC, BLF, TRC, MF4, pcap ...")],
    format: Annotated[str, typer.Option("--format", help="human, json, jsonl or sarif")] = "human",
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write a page with the curve.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Show every session, not only the main one.")] = False,
    fail_on: Annotated[
        str,
        typer.Option(
            "--fail-on", metavar="LEVEL", help="Exit 1 from this level on: violation, tolerated, incomplete, never."
        ),
    ] = "violation",
) -> None:
    """Say why a recorded session stopped, whose fault it was, and what else was wrong."""
    from ... import __version__
    from ...charging.judge import judge as judge_file
    from ...charging.report import human, page, sarif

    one_of(format, "--format", ("human", "json", "jsonl", "sarif"))
    one_of(fail_on, "--fail-on", FAIL)
    if html is not None and len(files) > 1:
        from ...errors import BadInput

        raise BadInput("--html takes one recording; judge them one by one")
    judgements = [judge_file(path) for path in files]
    if html is not None:
        write_file(html, page(judgements[0]))
        err(f"wrote {html}")
    if format == "human":
        out("\n".join(human(j, everything=everything) for j in judgements))
    elif format == "json":
        plain = [j.plain() for j in judgements]
        out(json.dumps(plain[0] if len(plain) == 1 else plain, ensure_ascii=False, indent=2))
    elif format == "jsonl":
        out("\n".join(json.dumps(j.plain(), ensure_ascii=False) for j in judgements))
    else:
        out(sarif(judgements, __version__))
    if fail_on != "never":
        counted = FAIL[: FAIL.index(fail_on) + 1]
        if any(i.level in counted for j in judgements for s in j.sessions for i in s.issues):
            raise typer.Exit(1)
