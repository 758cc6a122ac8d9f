"""carnet review and carnet documents: the main job and the technical file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .console import out, terminal, write_all
from .options import EventOption, Known, NoCache, On, With, day, event, one_of

if TYPE_CHECKING:
    from ...catalog import Catalog
    from ...waist import Dossier

FORMATS = ("human", "json", "jsonl", "sarif", "junit", "md")
FAIL = ("not_applicable", "met", "residual", "undecided", "unproven", "unmet", "never")


def review(
    projects: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[PROJECT]...", help="Project files; several are compared side by side."),
    ] = None,
    product: Annotated[
        list[str],
        typer.Option("--product", help="Review a product without a project file (may be repeated to compare)."),
    ] = [],  # noqa: B006
    market: Annotated[
        str,
        typer.Option(
            "--market", metavar="CODES", help="Markets, as th,vn,ae; with a project: only these of its markets."
        ),
    ] = "",
    set_: Annotated[
        list[str], typer.Option("--set", metavar="FACT=VALUE", help="State a fact for --product (may be repeated).")
    ] = [],  # noqa: B006
    on: On = "",
    known: Known = "",
    event_: EventOption = "",
    format: Annotated[str, typer.Option("--format", help=", ".join(FORMATS))] = "human",
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write the dossier as one HTML file.")
    ] = None,
    pdf: Annotated[Path | None, typer.Option("--pdf", metavar="FILE", help="Write the dossier as PDF.")] = None,
    xlsx: Annotated[
        Path | None,
        typer.Option("--xlsx", metavar="FILE", help="Write findings, evidence register and action list as a workbook."),
    ] = None,
    fail_on: Annotated[
        str, typer.Option("--fail-on", metavar="LEVEL", help="Exit with 1 at this verdict or worse: " + ", ".join(FAIL))
    ] = "unmet",
    baseline: Annotated[
        Path | None, typer.Option("--baseline", metavar="FILE", help="Show what changed since this kept JSON result.")
    ] = None,
    change: Annotated[
        list[str],
        typer.Option(
            "--change",
            metavar="FACT=VALUE",
            help="What this design change does to evidence and verdicts (may be repeated).",
        ),
    ] = [],  # noqa: B006
    with_: With = [],  # noqa: B006
    no_cache: NoCache = False,
) -> None:
    """Review a project: what each market requires, what is met and by which evidence, what to ask next."""
    from ... import app as engine
    from ...errors import BadInput

    one_of(format, "--format", FORMATS)
    one_of(fail_on, "--fail-on", FAIL)
    asked: dict[str, Any] = {
        "on": day(on, "--on"),
        "known": day(known, "--known"),
        "event": event(event_),
        "overlays": with_,
        "cache": not no_cache,
    }
    markets = [m.strip() for m in market.split(",") if m.strip()]
    if bool(projects) == bool(product):
        raise BadInput(
            "give either a project file (carnet review project.yaml) or --product with --market; "
            "carnet init writes a project to start from"
        )
    several = len(projects or product) > 1
    if several and format not in ("human", "json"):
        raise BadInput(f"--format {format} does not go with several alternatives; use human or json")
    _refuse(several, {"--html": html, "--pdf": pdf, "--xlsx": xlsx, "--baseline": baseline, "--change": change})
    _refuse(bool(change), {"--html": html, "--pdf": pdf, "--xlsx": xlsx, "--baseline": baseline}, "--change")
    _refuse(bool(projects), {"--set": set_}, "a project file; use --change, or state it in the file")
    if product and not markets:
        raise BadInput("--product needs --market, for example --market th,vn,ae")
    if projects:
        found = [engine.review_project(p, **asked) for p in projects]
        if markets:
            found = [(engine.only_markets(d, markets, c), c) for d, c in found]
    else:
        found = [engine.product_dossier([p], markets, facts=set_, **asked) for p in product]
    if len(found) > 1:
        _side_by_side(found, format)
        return
    dossier, catalog = found[0]
    if change and not projects:
        raise BadInput("--change asks for a project file; with --product use --set")
    if change and projects:
        _change(engine.changed(projects[0], change, dossier, catalog), format)
        return
    if baseline:
        _baseline(engine.since(dossier, catalog, _read_json(baseline, "--baseline")), format)
    else:
        _print(dossier, catalog, format, fail_on)
    _files(dossier, catalog, html, pdf, xlsx)
    if fail_on != "never" and any(FAIL.index(f.verdict) >= FAIL.index(fail_on) for f in dossier.findings):
        raise typer.Exit(1)


def _refuse(when: bool, options: dict[str, Any], beside: str = "several alternatives") -> None:
    """An option that would be silently ignored is refused."""
    from ...errors import BadInput

    given = [name for name, value in options.items() if value]
    if when and given:
        raise BadInput(f"{given[0]} does not go with {beside}")


def _files(dossier: Dossier, catalog: Catalog, html: Path | None, pdf: Path | None, xlsx: Path | None) -> None:
    from ... import dossier as renderings

    wanted = [
        (path, renderings.FORMATS[name].function)
        for path, name in ((html, "html"), (pdf, "pdf"), (xlsx, "xlsx"))
        if path
    ]
    write_all([(path, lambda make=make: make(dossier, catalog)) for path, make in wanted])  # type: ignore[misc]


def _print(dossier: Dossier, catalog: Catalog, format: str, fail_on: str) -> None:
    from ... import dossier as renderings

    options: dict[str, Any] = {"fail_on": fail_on} if format == "junit" else {}
    if format == "human":
        options = terminal()
    text = renderings.FORMATS[format].function(dossier, catalog, **options)
    out(text if isinstance(text, str) else text.decode("utf-8"))


def _side_by_side(found: list[tuple[Dossier, Catalog]], format: str) -> None:
    from ... import app as engine
    from .tables import side_by_side

    table = engine.compare([d for d, _ in found], found[0][1])
    out(json.dumps(table, ensure_ascii=False, indent=2) if format == "json" else side_by_side(table))


def _change(effect: dict[str, Any], format: str) -> None:
    from .tables import change_text

    out(json.dumps(effect, ensure_ascii=False, indent=2) if format == "json" else change_text(effect))


def _baseline(rows: list[dict[str, Any]], format: str) -> None:
    from .tables import differences_text

    result = {"schema": "carnet/difference/1", "changed": rows}
    out(json.dumps(result, ensure_ascii=False, indent=2) if format == "json" else differences_text(rows))


def _read_json(path: Path, option: str) -> Any:
    from ...errors import BadInput

    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadInput(f"{option} {path}: cannot be read: {error.strerror}. Give a file that exists.") from None
    except (ValueError, RecursionError):
        raise BadInput(
            f"{option} {path}: is not JSON. Make it with carnet review P --format json > kept.json"
        ) from None


def documents(
    project: Annotated[Path, typer.Argument(metavar="PROJECT", help="The project file.")],
    market: Annotated[str, typer.Option("--market", metavar="CODES", help="Only these markets.")] = "",
    draft: Annotated[
        str,
        typer.Option(
            "--draft",
            metavar="WHAT",
            help="Draft a document: interface:SUBJECT, compatibility:PAIR or specification:MARKET.",
        ),
    ] = "",
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write the drafted document as HTML.")
    ] = None,
    pdf: Annotated[
        Path | None, typer.Option("--pdf", metavar="FILE", help="Write the drafted document as PDF.")
    ] = None,
    format: Annotated[str, typer.Option("--format", help="human or json")] = "human",
    on: On = "",
    known: Known = "",
    with_: With = [],  # noqa: B006
    no_cache: NoCache = False,
) -> None:
    """The technical file: which documents each market expects, which are there, which run out; or draft one of them."""
    from ... import app as engine
    from ...dossier.json import contract
    from .tables import documents_text

    one_of(format, "--format", ("human", "json"))
    dossier, catalog = engine.review_project(
        project, on=day(on, "--on"), known=day(known, "--known"), overlays=with_, cache=not no_cache
    )
    if market:
        dossier = engine.only_markets(dossier, [m.strip() for m in market.split(",")], catalog)
    if draft:
        from ...dossier.documents import drafted

        made = drafted(draft, dossier, catalog, engine.survey(dossier.project, catalog))
        if not html and not pdf:
            out(made.text())
        write_all([(path, make) for path, make in ((html, made.html), (pdf, made.pdf)) if path])
        return
    rows = contract(dossier, catalog)["completeness"]
    if format == "json":
        out(
            json.dumps(
                {
                    "schema": "carnet/documents/1",
                    "project": dossier.project.id,
                    "on": dossier.project.on,
                    "documents": rows,
                },
                ensure_ascii=False,
                indent=2,
            )
        )
    else:
        out(documents_text(rows, dict(dossier.names)))
