"""carnet carbon audit, pack, verify: what an auditor asks for, in one file that can be checked by anybody.

`mount` puts the commands on the application of the room.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from .console import err, out, write_file
from .options import Known, NoCache, On, With, day, one_of

Target = Annotated[
    Path, typer.Argument(metavar="PROJECT", help="A project file that names inventories, or an inventory.")
]
Methods = Annotated[
    str, typer.Option("--methods", metavar="IDS", help="Methods, as a,b; those the inventory names when left out.")
]
Format = Annotated[str, typer.Option("--format", help="human or json")]
Assume = Annotated[
    list[str],
    typer.Option("--assume", metavar="METHOD:PARAMETER=VALUE", help="Set an open parameter (may be repeated)."),
]


def mount(app: typer.Typer) -> None:
    """Add the three commands."""
    app.command()(audit)
    app.command()(pack)
    app.command()(verify)


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def audit(
    project: Target,
    methods: Methods = "",
    format: Format = "human",
    assume: Assume = [],  # noqa: B006
    on: On = "",
    known: Known = "",
    with_: With = [],  # noqa: B006
    no_cache: NoCache = False,
) -> None:
    """Every number with its factor, source, license, verification and digest, and what is missing for an audit."""
    from ... import app as engine
    from ...carbon.trail import audits, text

    one_of(format, "--format", ("human", "json"))
    library = engine.library(project, with_, cache=not no_cache)
    found = audits(
        project,
        _split(methods),
        library,
        on=day(on, "--on"),
        known=day(known, "--known"),
        assume=assume,
        overlays=with_,
    )
    out(json.dumps(found, ensure_ascii=False, indent=2) if format == "json" else text(found))


def pack(
    project: Target,
    output: Annotated[
        Path | None, typer.Option("--output", metavar="FILE", help="Where it goes; PROJECT.pack.zip when left out.")
    ] = None,
    methods: Methods = "",
    assume: Assume = [],  # noqa: B006
    draws: Annotated[int, typer.Option("--draws", min=100, max=1_000_000, help="Draws for the interval.")] = 2000,
    seed: Annotated[int, typer.Option("--seed", min=0, help="The seed of the draws.")] = 20260101,
    on: On = "",
    known: Known = "",
    with_: With = [],  # noqa: B006
    no_cache: NoCache = False,
) -> None:
    """Put all a footprint rests on into one zip that a verifier can compute again."""
    from ... import app as engine
    from ...carbon import pack as packing

    made, manifest = packing.pack(
        project,
        _split(methods),
        engine.library(project, with_, cache=not no_cache),
        on=day(on, "--on"),
        known=day(known, "--known"),
        assume=assume,
        draws=draws,
        seed=seed,
        overlays=with_,
    )
    target = output or project.with_suffix(".pack.zip")
    write_file(target, made)
    out(f"{target}: {len(manifest['files'])} files, {packing.digest(made)}")


def verify(
    file: Annotated[Path, typer.Argument(metavar="PACK", help="A pack made by carnet carbon pack.")],
    format: Format = "human",
) -> None:
    """Check every digest of a pack and compute it again, bit for bit. Exit 5 when anything differs."""
    from ...carbon.recompute import verify as check

    one_of(format, "--format", ("human", "json"))
    found = check(file)
    if format == "json":
        out(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        out(_verdict(found))
    if not found["ok"]:
        if found["engine"]["pack"] != found["engine"]["here"]:
            err(f"packed by {_engine(found['engine']['pack'])}, computed here by {_engine(found['engine']['here'])}")
        raise typer.Exit(5)


def _engine(parts: dict[str, Any]) -> str:
    return ", ".join(f"{name} {version}" for name, version in parts.items())


def _verdict(found: dict[str, Any]) -> str:
    if found["ok"]:
        return (
            f"{found['pack']}: {found['files']} files as packed, {found['numbers']} numbers computed again bit for bit"
        )
    lines = [f"{found['pack']}: does not agree"]
    lines += [f"  {row['file']} {row['says']}" for row in found["changed"]]
    lines += [f"  {row['path']}: packed {row['pack']!r}, computed {row['recomputed']!r}" for row in found["differs"]]
    return "\n".join([*lines, *([f"  {found['note']}"] if found["note"] else [])])
