"""carnet roads changes, fresh, usage: what moved in the books of road data, what is late, who took how much.

`mount` puts the commands on the application of the room.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from .console import out
from .options import one_of

Format = Annotated[str, typer.Option("--format", help="human or json")]
LakeOption = Annotated[Path, typer.Option("--lake", metavar="DIR", help="The folder of road data.")]


def mount(app: typer.Typer) -> None:
    """Add the three commands."""
    for command in (changes, fresh, usage):
        app.command()(command)


def changes(
    lake: LakeOption = Path("lake"),
    after: Annotated[str, typer.Option("--after", metavar="CURSOR", help="The cursor of the last look.")] = "",
    network: Annotated[str, typer.Option("--network", help="Only this network.")] = "",
    format: Format = "human",
) -> None:
    """What came in since a cursor, oldest first, and the cursor for the next look."""
    from ...roads.feed import since
    from ...roads.lake import Lake

    one_of(format, "--format", ("human", "json"))
    found = since(Lake(lake), after, network=network, most=1000)
    if format == "json":
        out(as_json(found))
        return
    for row in found["changes"]:
        out(f"{row['number']:>6}  {row['kind']:<8} {row['network']}  {row['id']}  {row['at'] or 'moment not given'}")
    out(f"cursor {found['cursor']}" + (", more to come" if found["more"] else ""))


def fresh(
    network: Annotated[str, typer.Argument(help="The network.")],
    promise: Annotated[
        str, typer.Option("--promise", metavar="DURATION", help="Declare how often it is renewed, such as P1D or PT6H.")
    ] = "",
    at: Annotated[str, typer.Option("--at", metavar="MOMENT", help="The moment of the look, with its zone; now.")] = "",
    lake: LakeOption = Path("lake"),
    format: Format = "human",
) -> None:
    """How often a data set was promised, and whether it is late. Exit 1 when it is late."""
    from ...roads import feed
    from ...roads.lake import Lake

    one_of(format, "--format", ("human", "json"))
    here = moment(at) if at else now()
    if promise:
        feed.promise(Lake(lake), network, promise, here)
    found = feed.freshness(Lake(lake), network, here)
    if format == "json":
        out(as_json(found))
    elif found["late"] is None:
        out(f"{network}: no update frequency is declared; declare one with --promise P1D")
    else:
        out(f"{network}: {'late' if found['late'] else 'in time'}; promised {found['declared']}, due {found['due']}")
    raise typer.Exit(1 if found["late"] else 0)


def usage(
    agreement: Annotated[str, typer.Argument(help="The agreement.")],
    lake: LakeOption = Path("lake"),
    format: Format = "human",
) -> None:
    """What was used of an agreement, day by day, from the log alone."""
    from ...roads.books import usage as used
    from ...roads.lake import Lake

    one_of(format, "--format", ("human", "json"))
    found = used(Lake(lake), agreement)
    if format == "json":
        out(as_json(found))
        return
    for day_, row in [*((d["day"], d) for d in found["days"]), ("in all", found["total"])]:
        out(
            f"{day_:<10}  {row['deliveries']} deliveries, {row['rows']:,} rows, {row['bytes']:,} bytes;"
            f" {row['allowed']} allowed, {row['denied']} denied"
        )


def now() -> str:
    from datetime import UTC, datetime

    return datetime.now(UTC).isoformat(timespec="seconds")


def moment(text: str) -> str:
    from ...errors import BadInput
    from ...roads.license.evaluate import moment

    try:
        return moment(text).isoformat()
    except ValueError:
        raise BadInput(f"--at: {text!r} is no moment such as 2026-11-21T12:00:00+00:00") from None


def as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)
