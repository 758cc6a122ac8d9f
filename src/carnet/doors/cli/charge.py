"""carnet charge: read a charging log, judge it, rehearse a session, converge two families, match two subjects."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .console import err, out, write_file
from .matching import match
from .options import one_of
from .rehearsing import rehearse

if TYPE_CHECKING:
    from ...charging.judgement import Judgement

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
    format: Annotated[str, typer.Option("--format", help="human, json, jsonl, sarif, md or junit")] = "human",
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
    from ...charging.report import human, junit, markdown, page, sarif

    one_of(format, "--format", ("human", "json", "jsonl", "sarif", "md", "junit"))
    one_of(fail_on, "--fail-on", FAIL)
    if html is not None and len(files) > 1:
        from ...errors import BadInput

        raise BadInput("--html takes one recording; judge them one by one")
    judgements = [judge_file(path) for path in files]
    if html is not None:
        write_file(html, page(judgements[0]))
        err(f"wrote {html}")
    if format == "human":
        out("\n".join(human(j, everything=everything) + _back_end(j) for j in judgements))
    elif format == "json":
        plain = [j.plain() for j in judgements]
        out(json.dumps(plain[0] if len(plain) == 1 else plain, ensure_ascii=False, indent=2))
    elif format == "jsonl":
        out("\n".join(json.dumps(j.plain(), ensure_ascii=False) for j in judgements))
    elif format == "md":
        out(markdown(judgements))
    elif format == "junit":
        out(junit(judgements, fail_on))
    else:
        out(sarif(judgements, __version__))
    if fail_on != "never":
        counted = FAIL[: FAIL.index(fail_on) + 1]
        if any(i.level in counted for j in judgements for s in j.sessions for i in s.issues):
            raise typer.Exit(1)


def _back_end(judgement: Judgement) -> str:
    """What the charger's back end should have heard; empty when the recording does not show the end."""
    from ...charging.backend import reports

    says = reports().says(judgement.session.ended_by.rule) if judgement.sessions else ""
    return f"  back end: {says}\n" if says else ""


app.command()(rehearse)


@app.command()
def converge(
    vehicle: Annotated[str, typer.Argument(help="Protocol of the vehicle, e.g. gbt27930-2015.")],
    charger: Annotated[str, typer.Argument(help="Protocol of the charger, e.g. chademo-1.x.")],
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write the whole mapping as a page.")
    ] = None,
    format: Annotated[str, typer.Option("--format", help="human or json")] = "human",
) -> None:
    """Lay two protocols side by side: what a gateway carries, computes, synthesizes and loses."""
    from ...charging.converge import converge as lay

    one_of(format, "--format", ("human", "json"))
    found = lay(vehicle, charger)
    if html is not None:
        from ...charging.pages import converge_page

        write_file(html, converge_page(found))
        err(f"wrote {html}")
    counts = {how: found.count(how) for how in ("carried", "computed", "synthesized", "lost")}
    if format == "json":
        plain = {
            "schema": "carnet/convergence/1",
            "vehicle": vehicle,
            "charger": charger,
            "counts": counts,
            "signals": [
                {"from": x.signal, "to": x.to, "how": x.how, "side": x.side, "note": x.note} for x in found.labels
            ],
            "sequence": [{"phase": p, "how": h, "slack_s": s, "why": w} for p, h, s, w in found.sequence],
            "layers": [layer.model_dump() for layer in found.layers],
        }
        out(json.dumps(plain, ensure_ascii=False, indent=2))
        return
    lines = [f"vehicle {vehicle} at charger {charger}: " + ", ".join(f"{n} {how}" for how, n in counts.items())]
    for label in found.labels:
        arrow = f"{label.signal or '(nothing)'} -> {label.to or '(nothing)'}"
        lines.append(f"  {label.how:11} {label.side:7} {arrow}" + (f"  {label.note}" if label.note else ""))
    for phase, how, slack, why in found.sequence:
        lines.append(f"  {phase}: {how}" + (f"; {slack:g} s to spare: {why}" if slack is not None else ""))
    for layer in found.layers:
        known = {True: "same", False: "differs", None: f"unknown, published in {layer.published_in}"}[layer.same]
        lines.append(f"  {layer.layer}: {layer.a or 'not public'} | {layer.b or 'not public'}: {known}")
    out("\n".join(lines))


app.command()(match)
