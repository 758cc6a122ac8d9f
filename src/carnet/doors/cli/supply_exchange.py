"""The commands of carnet supply that speak with others: export, identity, ask, answer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from .console import err, out, write_file
from .options import On, With, day, one_of

Format = Annotated[str, typer.Option("--format", help="human or json")]
Source = Annotated[Path, typer.Argument(metavar="FOLDER", help="The chain, or the project that names it.")]
From = Annotated[
    Path, typer.Option("--from", metavar="FOLDER", help="The folder with the chain, or the project file that names it.")
]
Lot = Annotated[str, typer.Argument(metavar="LOT", help="The name of a lot.")]
FORMATS = ("epcis", "epcis-xml", "untp", "catenax", "battery-pass", "csv", "xlsx")


def _library(with_: list[Path]) -> Any:
    from ... import app as engine

    return engine.library(None, with_)


def _show(found: dict[str, Any], format: str, text: str) -> None:
    one_of(format, "--format", ("human", "json"))
    out(json.dumps(found, ensure_ascii=False, indent=2) if format == "json" else text)


def export(
    source: Source,
    to: Annotated[Path, typer.Option("--to", metavar="PATH", help="The file, or the folder of several.")],
    at: Annotated[str, typer.Option("--at", metavar="MOMENT", help="The moment of writing.")] = "",
    format: Annotated[str, typer.Option("--format", help=", ".join(FORMATS))] = "epcis",
    lot: Annotated[str, typer.Option("--lot", help="Only what led to this lot; needed for passports.")] = "",
    category: Annotated[str, typer.Option("--category", help="ev, lmt, industrial or stationary")] = "ev",
    issuer: Annotated[
        str, typer.Option("--issuer", metavar="DID", help="Who will sign a UNTP traceability event.")
    ] = "",
    with_: With = [],  # noqa: B006
) -> None:
    """Write a chain, or what led to one lot: events in JSON or XML, tables, or a battery's passport."""
    from ...errors import BadInput
    from ...ledger.integrity import is_moment
    from ...supply import desk

    one_of(format, "--format", FORMATS)
    if format not in ("csv", "xlsx") and not is_moment(at):
        raise BadInput(f"--at: {at!r} is not a moment with its zone, such as 2026-11-21T12:00:00Z")
    files = desk.export(source, _library(with_), format=format, at=at, lot=lot, category=category, issuer=issuer)
    single = len(files) == 1 and to.suffix
    if not single:
        to.mkdir(parents=True, exist_ok=True)
    for name, raw in files.items():
        target = to if single else to / name
        write_file(target, raw)
        err(f"wrote {target}")


def identity(
    lot: Lot,
    source: From = Path(),
    on: On = "",
    format: Format = "human",
    with_: With = [],  # noqa: B006
) -> None:
    """One battery under every identification scheme, and what each regime asks, by date."""
    from ...supply import desk

    found = desk.identify(source, lot, _library(with_), on=day(on, "--on"))
    lines = []
    for one in found["codes"]:
        stands = "not stated" if one["code"] is None else "valid" if one["valid"] else "; ".join(one["problems"])
        lines.append(f"{one['scheme']:22} {stands}")
        lines += [f"    {name}: {part}" for name, part in (one.get("segments") or {}).items()]
        lines += [f"    question: {one['asks']}"] if one["asks"] else []
    for duty in found["duties"]:
        word = {True: "binds", False: "does not bind yet", None: "day unknown"}[duty["binds"]]
        lines.append(
            f"{duty['applies_from']:10} {duty['market'].upper():3} {duty['duty']} ({duty['standing']}; {word})"
        )
    _show(found, format, "\n".join(lines))


def ask(
    lot: Lot,
    source: From = Path(),
    on: On = "",
    tier: Annotated[int | None, typer.Option("--tier", help="Ask only the suppliers of this tier.")] = None,
    letters: Annotated[
        Path | None, typer.Option("--letters", metavar="DIR", help="Write each question to send.")
    ] = None,
    format: Format = "human",
    with_: With = [],  # noqa: B006
) -> None:
    """The questions that would lessen the unknown, by tier; with --on the open ones are kept as asked that day."""
    from ...supply import desk
    from ...supply.inquiries import letter

    moment, library = day(on, "--on"), _library(with_)
    before = desk.ask(source, lot, library, tier=tier)[0] if letters else None
    found, kept = desk.ask(source, lot, library, on=moment, tier=tier)
    if letters and before:
        letters.mkdir(parents=True, exist_ok=True)
        sent = [r for r in before["requests"] if r["state"] == "open" and tier in (None, r["tier"])]
        for number, one in enumerate(sent, 1):
            write_file(letters / f"question-{number:03}.txt", letter(one, lot, moment))
        err(f"wrote {len(sent)} questions into {letters}")
    lines = [
        f"tier {t['tier'] or '?'}: {t['open']} open, {t['asked']} asked, {t['answered']} answered, "
        f"{t['verified']} verified (up to {t['share']:.1%} unknown)"
        for t in found["tiers"]
    ]
    lines += [f"  {r['state']:8} {r['id']}  {r['actor'] or r['facility'] or '?'}" for r in found["requests"]]
    _show(found, format, "\n".join(lines) or "nobody has to be asked")
    if kept:
        err(f"kept in {kept}")


def answer(
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="Its id, as carnet supply ask prints it.")],
    on: Annotated[str, typer.Option("--on", metavar="DATE", help="The day the answer came, or was verified.")],
    source: From = Path(),
    verified: Annotated[bool, typer.Option("--verified", help="The answer was verified, not only given.")] = False,
    with_: With = [],  # noqa: B006
) -> None:
    """Note that a question was answered, or that its answer was verified. The answer itself goes into the tables."""
    from ...supply import desk

    step = "verified" if verified else "answered"
    kept = desk.answer_request(source, question, _library(with_), step=step, on=day(on, "--on"))
    out(f"{question}: {step} on {on} ({kept})")
