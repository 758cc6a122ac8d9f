"""carnet evidence: keep a register of documents, seal a review's inputs, verify that nothing changed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from .console import err, out, write_file
from .options import EventOption, Known, NoCache, On, With, day, event, one_of

app = typer.Typer(
    help="Register documents with their digests; seal and verify a review.", no_args_is_help=True, rich_markup_mode=None
)


@app.command()
def register(
    project: Annotated[Path, typer.Argument(help="The project file.")],
    xlsx: Annotated[
        Path | None, typer.Option("--xlsx", metavar="FILE", help="Export the register to this workbook.")
    ] = None,
    import_: Annotated[
        Path | None, typer.Option("--import", metavar="FILE", help="Import rows of a workbook into the project file.")
    ] = None,
    format: Annotated[str, typer.Option("--format", help="human or json")] = "human",
) -> None:
    """Show the register with each file's digest as it is now; export it to, or import it from, a workbook."""
    from ... import app as engine

    one_of(format, "--format", ("human", "json"))
    if import_:
        text, count = engine.import_register(project, import_)
        write_file(project, text)
        err(f"{count} documents written into {project}")
    rows = engine.register(project)
    if xlsx:
        from ...ledger.register import to_xlsx

        write_file(xlsx, to_xlsx(rows))
        err(f"wrote {xlsx}")
    if format == "json":
        out(json.dumps({"schema": "carnet/register/1", "evidence": rows}, ensure_ascii=False, indent=2))
    else:
        from .tables import table

        shown = [
            [
                r["id"],
                r["kind"],
                r["standard"] or r["approval"],
                r["expires"] or "unknown",
                r["state"],
                r["found"] or "-",
            ]
            for r in rows
        ]
        out(
            table(
                ["document", "kind", "shows", "expires", "state", "digest of the file now"],
                shown,
                [18, 16, 20, 10, 12, 71],
            )
        )


@app.command()
def seal(
    project: Annotated[Path, typer.Argument(help="The project file.")],
    output: Annotated[
        Path | None,
        typer.Option("--output", metavar="FILE", help="Where the seal goes; PROJECT.seal.json when left out."),
    ] = None,
    on: On = "",
    known: Known = "",
    event_: EventOption = "",
    with_: With = [],  # noqa: B006
    no_cache: NoCache = False,
) -> None:
    """Seal a review: the digests of its inputs, library and engine, and of the dossier they gave."""
    from ... import app as engine

    sealed = engine.seal_project(
        project,
        on=day(on, "--on"),
        known=day(known, "--known"),
        event=event(event_),
        overlays=with_,
        cache=not no_cache,
    )
    target = output or project.with_suffix(".seal.json")
    write_file(target, json.dumps(sealed, ensure_ascii=False, indent=2) + "\n")
    out(f"{target}: {len(sealed['inputs'])} inputs sealed, {sealed['digest']}")


@app.command()
def verify(
    seal_file: Annotated[Path, typer.Argument(metavar="SEAL", help="A seal made by carnet evidence seal.")],
    project: Annotated[
        Path | None, typer.Option("--project", metavar="FILE", help="The project file; beside the seal when left out.")
    ] = None,
    format: Annotated[str, typer.Option("--format", help="human or json")] = "human",
    with_: With = [],  # noqa: B006
) -> None:
    """Verify a seal: read every input again, review again, compare. Exit 5 when anything changed."""
    from ... import app as engine

    one_of(format, "--format", ("human", "json"))
    result: dict[str, Any] = engine.verify_seal(seal_file, project, with_)
    if format == "json":
        out(json.dumps(result, ensure_ascii=False, indent=2))
    else:
        for claim in result["claims"]:
            out(f"{'ok     ' if claim['valid'] else 'BROKEN '} {claim['id']}: {claim['message']}")
        out("valid: everything is as it was sealed" if result["valid"] else "not valid")
    if not result["valid"]:
        raise typer.Exit(5)
