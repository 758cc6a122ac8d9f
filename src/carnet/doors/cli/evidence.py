"""carnet evidence: keep a register of documents, seal reviews and batteries, disclose in part, verify all of it."""

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


Seed = Annotated[
    Path | None, typer.Option("--seed", metavar="FILE", help="The signer's secret: 32 bytes, or 64 hexadecimal digits.")
]


def _seed(path: Path | None) -> bytes:
    """The secret of a file; the sentence never shows what the file holds."""
    from ...errors import BadInput

    if path is None:
        raise BadInput("--seed: name the file with the signer's secret (32 bytes, or 64 hexadecimal digits)")
    try:
        raw = path.read_bytes()[:200]
    except OSError as error:
        raise BadInput(f"--seed: {path} cannot be read: {error.strerror}") from None
    if len(raw) == 32:
        return raw
    try:
        found = bytes.fromhex(raw.decode("ascii").strip())
    except ValueError:
        found = b""
    if len(found) != 32:
        raise BadInput(f"--seed: {path} holds neither 32 bytes nor 64 hexadecimal digits")
    return found


def _moment(at: str) -> str:
    from ...errors import BadInput
    from ...ledger.integrity import is_moment

    if not is_moment(at):
        raise BadInput(f"--at: {at!r} is not a moment with its zone, such as 2026-11-21T12:00:00Z")
    return at


def _bundle(source: Path, lot: str, seed: Path | None, log: Path | None, origin: str, at: str, to: Path) -> None:
    from ... import app as engine
    from ...errors import BadInput
    from ...supply import desk

    if log is None or not origin:
        raise BadInput(
            "a sealed battery is written into a log: give --log FILE and --origin NAME, such as maker.example/log"
        )
    library = engine.library(None, [])
    raw = desk.seal(source, lot, library, seed=_seed(seed), log=log, origin=origin, at=_moment(at))
    write_file(to, raw)
    out(f"{to}: {len(raw):,} bytes sealed, its claims are in {log}")


@app.command()
def disclose(
    lot: Annotated[str, typer.Argument(metavar="LOT", help="The lot whose making is shown.")],
    source: Annotated[Path, typer.Option("--from", metavar="FOLDER", help="The chain, or the project that names it.")],
    to: Annotated[Path, typer.Option("--to", metavar="FILE", help="Where the disclosure goes (.json).")],
    at: Annotated[str, typer.Option("--at", metavar="MOMENT", help="The moment of signing.")],
    seed: Seed = None,
    show: Annotated[
        str, typer.Option("--show", metavar="FIELDS", help="What to show, by commas; the rest stays hidden.")
    ] = "lot,event,time",
    with_: With = [],  # noqa: B006
) -> None:
    """Show some of how a lot was made and hide the rest: the hidden masses still balance, and anybody can check it."""
    import hashlib

    from ... import app as engine
    from ...ledger.keys import Signer
    from ...supply import desk
    from ...supply.disclosing import disclose as disclosed

    secret = _seed(seed)
    chain = desk.open_chain(source, engine.library(None, with_))
    hidden = hashlib.sha512(b"carnet disclosure\0" + secret).digest()  # salts are not drawn from the signing key itself
    names = [n.strip() for n in show.split(",")]
    found = disclosed(chain, lot, names, Signer(secret), hidden, _moment(at))
    write_file(to, json.dumps(found, ensure_ascii=False, indent=2) + "\n")
    out(f"{to}: {len(found['disclosure']['shown'])} of {found['disclosure']['count']} fields shown")


@app.command()
def seal(
    project: Annotated[Path, typer.Argument(help="The project file, or with --lot the folder of a chain.")],
    output: Annotated[
        Path | None,
        typer.Option("--output", metavar="FILE", help="Where the seal goes; PROJECT.seal.json when left out."),
    ] = None,
    on: On = "",
    known: Known = "",
    event_: EventOption = "",
    with_: With = [],  # noqa: B006
    no_cache: NoCache = False,
    lot: Annotated[
        str, typer.Option("--lot", help="Seal the trace and passport of one battery into a bundle (.zip).")
    ] = "",
    seed: Seed = None,
    log: Annotated[
        Path | None, typer.Option("--log", metavar="FILE", help="The log its claims are written into.")
    ] = None,
    origin: Annotated[str, typer.Option("--origin", metavar="NAME", help="The name of that log.")] = "",
    at: Annotated[str, typer.Option("--at", metavar="MOMENT", help="The moment of sealing a bundle.")] = "",
) -> None:
    """Seal a review (digests of inputs, library, engine, dossier), or with --lot a battery's claims as a bundle."""
    from ... import app as engine

    if lot:
        _bundle(project, lot, seed, log, origin, at, output or Path(f"{lot}.zip"))
        return
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
    result = _disclosed(seal_file) or engine.verify_seal(seal_file, project, with_)
    if format == "json":
        out(json.dumps(result, ensure_ascii=False, indent=2))
    else:
        for claim in result["claims"]:
            out(f"{'ok     ' if claim['valid'] else 'BROKEN '} {claim['id']}: {_said(claim)}")
        for problem in result.get("problems", []):
            out(f"BROKEN  {problem}")
        out("valid: everything is as it was sealed" if result["valid"] else "not valid")
    if not result["valid"]:
        raise typer.Exit(5)


def _said(claim: dict[str, Any]) -> str:
    """One claim in words: a seal has a message, a bundle says who, since when and whether it recomputes."""
    if "message" in claim:
        return str(claim["message"])
    if claim.get("problems"):
        return "; ".join(claim["problems"])
    parts = [f"signed by {claim['signer']}"]
    parts += [f"in the log since {claim['logged_at']}"] if claim["logged_at"] else []
    parts += ["recomputed equal"] if claim["recomputed"] else []
    if "shown" in claim:
        parts.append(f"hidden masses balance with a loss of {claim['loss_g']} g")
        parts += [f"{name} = {value}" for name, value in claim["shown"].items()]
    return ", ".join(parts)


def _disclosed(path: Path) -> dict[str, Any] | None:
    """The verification of a disclosure; None when the file is none."""
    from ...ledger.plain import Refused, parse
    from ...supply import disclosing

    try:
        if path.suffix != ".json" or path.stat().st_size > 64 * 1024 * 1024:
            return None
        found = parse(path.read_bytes())
    except (OSError, Refused):
        return None
    if not isinstance(found, dict) or found.get("schema") != disclosing.SCHEMA:
        return None
    return disclosing.verify(found)
