"""carnet init, schema and doctor: how one begins."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from .console import err, out, write_file
from .options import one_of

SCHEMAS = ("project", "disclosure", "dossier")


def init(
    path: Annotated[Path, typer.Argument(help="The project file to write.")] = Path("project.yaml"),
    force: Annotated[bool, typer.Option("--force", help="Overwrite a file that is there.")] = False,
) -> None:
    """Write a commented project file to start from."""
    from ... import app as engine
    from ...errors import BadInput

    if path.exists() and not force:
        raise BadInput(f"{path}: is there already. Choose another name, or overwrite it with --force.")
    write_file(path, engine.project_template())
    err(f"wrote {path}; next: carnet review {path}")


def schema(what: Annotated[str, typer.Argument(help=", ".join(SCHEMAS))] = "project") -> None:
    """Print the JSON Schema of a file or an output, for editors and checkers."""
    from ... import app as engine

    one_of(what, "schema", SCHEMAS)
    out(json.dumps(engine.json_schema(what), ensure_ascii=False, indent=2))


def doctor() -> None:
    """Look whether everything a review needs is here: library, fonts, file rights."""
    from ... import app as engine

    worst = 0
    for ok, says in engine.doctor():
        out(f"{'ok  ' if ok else 'LOOK'} {says}")
        worst = max(worst, 0 if ok else 1)
    raise typer.Exit(worst)
