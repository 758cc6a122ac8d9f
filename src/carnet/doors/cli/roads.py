"""carnet roads: decode telemetry, bring recordings in, count coverage, offer, decide and deliver road data."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from . import road_books
from .console import err, out, write_file
from .options import Known, On, With, day, one_of
from .road_books import as_json, moment, now

app = typer.Typer(
    help="Test roads: telemetry, networks, trips, coverage, licenses and deliveries.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
road_books.mount(app)
Personal = Annotated[
    bool, typer.Option("--personal", help="Show VIN, ICCID and positions, which are masked otherwise.")
]
Format = Annotated[str, typer.Option("--format", help="human or json")]
LakeOption = Annotated[Path, typer.Option("--lake", metavar="DIR", help="The folder of road data.")]


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
        out(as_json(report) if format == "json" else door.words(report))
    raise typer.Exit(1 if summary["refused"] else 0)


def _print_lines(rows: Iterator[dict[str, Any]]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for row in rows:
        out(json.dumps(row, ensure_ascii=False, separators=(",", ":")))
    return row


@app.command()
def network(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="OpenDRIVE (.xodr), OpenStreetMap (.osm.pbf) or GeoParquet (.parquet)."),
    ],
    lake: LakeOption = Path("lake"),
    geoparquet: Annotated[
        Path | None, typer.Option("--geoparquet", metavar="FILE", help="Write the network to this file too.")
    ] = None,
    name: Annotated[str, typer.Option("--name", help="The name of the network; the file's when left out.")] = "",
    format: Format = "human",
) -> None:
    """Bring a road network in; what cannot be read is named road by road."""
    from ...roads.lake import Lake
    from ...roads.network.opendrive import read_opendrive
    from ...roads.network.openstreetmap import read_pbf
    from ...roads.readers.geoparquet import read_network, write_network

    one_of(format, "--format", ("human", "json"))
    if file.suffix == ".parquet":
        found = read_network(file, name)
    else:
        found = read_pbf(file, name) if file.name.endswith(".pbf") else read_opendrive(file, name)
    Lake(lake).add_network(found)
    if geoparquet:
        write_network(found, geoparquet)
        err(f"wrote {geoparquet}: {len(found.segments)} segments")
    row = {
        "schema": "carnet/network/1",
        "network": found.id,
        "frame": found.frame,
        "segments": len(found.segments),
        "network_km": found.length_mm / 1_000_000,
        "refused": [{"place": p, "reason": r} for p, r in found.refused],
        "remarks": [{"place": p, "says": r} for p, r in found.remarks],
    }
    if format == "json":
        out(as_json(row))
    else:
        out(f"{found.id}: {len(found.segments)} segments, {row['network_km']:.3f} km, frame {found.frame}")
        for place, reason in found.refused:
            out(f"  refused  {place}: {reason}")
    raise typer.Exit(1 if found.refused else 0)


@app.command()
def look(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A scenario (.xosc), a log (.mcap) or a trace (.osi).")],
    lake: Annotated[
        Path | None, typer.Option("--lake", metavar="DIR", help="Keep the events of a scenario in this folder.")
    ] = None,
    format: Format = "human",
) -> None:
    """What a scenario, a log or a trace holds, and what is wrong with it. Exit 1 when something is."""
    from ...errors import BadInput
    from ...roads.lake import Lake

    one_of(format, "--format", ("human", "json"))
    if file.suffix == ".xosc":
        from ...roads.readers.scenario import read_scenario

        found = read_scenario(file).object()
        rows = [f"{e['story']}: {e['event']} on {', '.join(t['kind'] for t in e['triggers'])}" for e in found["events"]]
        odd = [f"{place}: {reason}" for place, reason in found["refused"]]
        if lake:
            err(f"kept as {Lake(lake).add_scenario(found)}")
    elif file.suffix == ".mcap":
        from ...roads.readers.measurement import topics

        found = {"schema": "carnet/log/1", "topics": topics(file)}
        rows = [f"{t['topic']}: {t['messages']} messages, {t['encoding']}" for t in found["topics"] if t["decoded"]]
        odd = [t["reason"] for t in found["topics"] if not t["decoded"]]
    elif file.suffix == ".osi":
        from ...roads.readers.osi import check, read_osi

        trace = read_osi(file)
        found = {"schema": "carnet/trace/1", "messages": trace.messages, "rows": len(trace.rows)}
        found["findings"] = check(trace)
        rows = [f"{trace.messages} messages, {len(trace.rows)} positions"]
        odd = [f"{f['place']}: {f['says']}" for f in found["findings"]]
    else:
        raise BadInput(f"{file}: is looked at by its ending: .xosc, .mcap or .osi")
    out(as_json(found) if format == "json" else "\n".join([*rows, *(f"odd  {o}" for o in odd)]))
    raise typer.Exit(1 if odd else 0)


@app.command()
def ingest(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A recording: CSV, Parquet or telemetry.")],
    network: Annotated[str, typer.Option("--network", help="The network it was driven on.")],
    economy: Annotated[str, typer.Option("--economy", help="Where it was recorded (ISO alpha-2).")],
    license: Annotated[str, typer.Option("--license", help="The license or agreement it comes under, by name.")],
    lake: LakeOption = Path("lake"),
    mapping: Annotated[
        Path | None, typer.Option("--mapping", metavar="FILE", help="How the columns are called (CSV and Parquet).")
    ] = None,
    datum: Annotated[str, typer.Option("--datum", help="The datum, when the recording does not say it.")] = "",
    at: Annotated[str, typer.Option("--at", metavar="MOMENT", help="When it comes in, with its zone; now.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Work everything out and write no run.")] = False,
    format: Format = "human",
) -> None:
    """Bring a recording in: whole or not at all. A stopped ingest goes on where it was when it is called again."""
    from ... import app as engine
    from ...roads.ingest import Source
    from ...roads.ingest import ingest as bring
    from ...roads.lake import Lake
    from ...roads.positions import load_mapping

    one_of(format, "--format", ("human", "json"))
    if datum:
        one_of(datum, "--datum", ("wgs84", "gcj02", "bd09", "cgcs2000", "local"))
    engine.library().market(economy)
    source = Source(file, network, economy, license, load_mapping(mapping) if mapping else None, datum)
    card = bring(
        Lake(lake), source, dry=dry_run, at=moment(at) if at else now(),
        progress=lambda n, of: err(f"batch {n} of {of}") if of > 1 else None,
    )  # fmt: skip
    if format == "json":
        out(as_json(card))
        return
    word = "dry run" if dry_run else "new" if card["new"] else "was there"
    out(f"run {card['run']} ({word}): {card['trips']} trips, {card['frames']} frames, {card['km']:.3f} km")
    out(f"matched {100 * card['matched_share']:.1f} % of the positions")
    for text in card.get("hints", []):
        out(f"  hint  {text}")
    for row in card["refused"]:
        out(f"  left out  {row['rows']} rows: {row['reason']}" + (f" (first: {row['first']})" if row["first"] else ""))


@app.command()
def coverage(
    network: Annotated[str, typer.Argument(help="The network.")],
    lake: LakeOption = Path("lake"),
    first: Annotated[str, typer.Option("--from", metavar="DAY", help="The first day that counts.")] = "",
    last: Annotated[str, typer.Option("--to", metavar="DAY", help="The last day that counts.")] = "",
    format: Format = "human",
) -> None:
    """Kilometers observed of a network: the union of what was driven, so driving it again changes nothing."""
    from ...roads.coverage import coverage as count
    from ...roads.lake import Lake

    one_of(format, "--format", ("human", "json"))
    found = count(Lake(lake), network, day(first, "--from"), day(last, "--to"))
    if format == "json":
        out(as_json(found))
        return
    out(f"{network}: {found['observed_km']:.3f} of {found['network_km']:.3f} km observed")
    for row in found["by_class"]:
        out(f"  {row['class']:<16} {row['observed_km']:>12.3f} of {row['network_km']:.3f} km")


@app.command()
def gaps(
    network: Annotated[str, typer.Argument(help="The network.")],
    domain: Annotated[list[str], typer.Option("--domain", metavar="GROUP=TERM,...", help="The declared domain.")],
    lake: LakeOption = Path("lake"),
    least_km: Annotated[float, typer.Option("--least", help="Kilometers a cell needs.")] = 1.0,
    prices: Annotated[
        Path | None, typer.Option("--prices", metavar="FILE", help="What a kilometer costs; gives the cheapest plan.")
    ] = None,
    format: Format = "human",
) -> None:
    """Cells of a declared domain that lack kilometers, and the open road that fills each. Exit 1 when there are any."""
    from ...errors import BadInput
    from ...roads.coverage import gaps as search
    from ...roads.filling import load_prices
    from ...roads.lake import Lake

    one_of(format, "--format", ("human", "json"))
    declared: dict[str, list[str]] = {}
    for text in domain:
        group, sign, terms = text.partition("=")
        if not sign or not terms:
            raise BadInput(f"--domain: {text!r} is not GROUP=TERM,TERM such as area=motorway,minor")
        declared.setdefault(group, []).extend(terms.split(","))
    found = search(Lake(lake), network, declared, least_km, prices=load_prices(prices) if prices else None)
    if format == "json":
        out(as_json(found))
    else:
        for row in found["gaps"]:
            cell = ", ".join(f"{k} {v}" for k, v in row["cell"].items())
            fill = ", ".join(f"{r['segment']} ({r['km']:.3f} km)" for r in row["fill_with"]) or "no open road"
            out(f"{cell}: {row['observed_km']:.3f} km; fill with {fill}")
        plan = found.get("plan")
        if plan:
            names = ", ".join(r["segment"] for r in plan["segments"]) or "no road"
            out(f"cheapest for all ({plan['method']}): {names}: {plan['km']:.3f} km, {plan['cost']} {plan['currency']}")
        for group in found["not_measured"]:
            out(f"{group}: a network cannot show it; state it from the runs")
    raise typer.Exit(1 if found["gaps"] else 0)


@app.command()
def offers(
    compare: Annotated[list[str], typer.Option("--compare", help="Two agreements to compare in words.")] = [],  # noqa: B006
    book: Annotated[Path | None, typer.Option("--book", metavar="DIR", help="The folder of agreements.")] = None,
    format: Format = "human",
) -> None:
    """License templates to start from, the agreements of a folder, or two of them compared in plain words."""
    from ...errors import BadInput
    from ...roads.license.agreement import Book, templates
    from ...roads.license.agreement import compare as told

    one_of(format, "--format", ("human", "json"))
    if compare:
        if len(compare) != 2 or book is None:
            raise BadInput("--compare: name two agreements of a --book, such as --compare a --compare b --book DIR")
        rows = told(Book(book).get(compare[0]), Book(book).get(compare[1]))
        out(as_json({"schema": "carnet/comparison/1", "says": rows}) if format == "json" else "\n".join(rows))
        return
    if book is not None:
        found = [a.object() for a in Book(book).all()]
        human = "\n".join(f"{a['id']}: {a['recipient']} may use {a['dataset']} until {a['until'][:10]}" for a in found)
    else:
        found = [{"id": name, **row.model_dump(mode="json")} for name, row in templates().items()]
        human = "\n".join(f"{a['id']}: {a['title']}. {a['means']}" for a in found)
    out(as_json({"schema": "carnet/offers/1", "offers": found}) if format == "json" else human)


@app.command()
def agree(
    template: Annotated[str, typer.Argument(help="A license template; carnet roads offers lists them.")],
    id: Annotated[str, typer.Option("--id", help="The name of the agreement.")],
    provider: Annotated[str, typer.Option("--provider", help="Who gives.")],
    recipient: Annotated[str, typer.Option("--recipient", help="Who receives.")],
    network: Annotated[str, typer.Option("--network", help="The network it is about.")],
    at: Annotated[str, typer.Option("--at", metavar="MOMENT", help="When it is made, with its zone.")],
    lake: LakeOption = Path("lake"),
) -> None:
    """Make an agreement from a template; it is written out in full and never changed."""
    from ...roads.license.agreement import Book
    from ...roads.license.agreement import agree as make

    made = make(template, id=id, provider=provider, recipient=recipient, dataset=network, made=moment(at))
    Book(lake / "agreements").add(made)
    out(f"agreement {id}: {recipient} may use {network} until {made.until[:10]}")


@app.command()
def revoke(
    id: Annotated[str, typer.Argument(help="The agreement.")],
    at: Annotated[str, typer.Option("--at", metavar="MOMENT", help="When, with its zone.")],
    lake: LakeOption = Path("lake"),
) -> None:
    """Close an agreement for ever; the next look finds it closed."""
    from ...roads.license.agreement import Book

    Book(lake / "agreements").revoke(id, moment(at))
    out(f"agreement {id}: revoked")


@app.command()
def query(
    network: Annotated[str, typer.Argument(help="The network.")],
    agreement: Annotated[str, typer.Option("--agreement", help="The agreement that allows it.")],
    recipient: Annotated[str, typer.Option("--recipient", help="Who asks.")],
    output: Annotated[Path, typer.Option("--output", metavar="FILE", help="Where the Arrow stream goes.")],
    key: Annotated[
        Path, typer.Option("--key", metavar="FILE", help="The provider's key in multibase, for the receipt.")
    ],
    at: Annotated[str, typer.Option("--at", metavar="MOMENT", help="The moment of the request, with its zone.")],
    purpose: Annotated[list[str], typer.Option("--for", help="What it is wanted for (may be repeated).")] = [],  # noqa: B006
    columns: Annotated[str, typer.Option("--columns", help="Fields, with commas between.")] = "",
    aggregates: Annotated[str, typer.Option("--aggregates", help="Aggregates, with commas between.")] = "",
    first: Annotated[str, typer.Option("--from", metavar="DAY")] = "",
    last: Annotated[str, typer.Option("--to", metavar="DAY")] = "",
    lake: LakeOption = Path("lake"),
) -> None:
    """Fetch what an agreement allows, with a signed receipt on stdout. Exit 1 when it is denied."""
    from ...errors import BadInput
    from ...ledger.keys import BadKey, Signer
    from ...roads.lake import Lake
    from ...roads.license.deliver import Ask
    from ...roads.query import deliver

    try:
        signer = Signer.from_multibase(key.read_text(encoding="utf-8").strip())
    except (OSError, ValueError, BadKey) as error:
        raise BadInput(f"{key}: holds no key that can sign: {error}") from None
    ask = Ask(
        agreement,
        recipient,
        purposes=tuple(purpose),
        columns=tuple(filter(None, columns.split(","))),
        aggregates=tuple(filter(None, aggregates.split(","))),
        first_day=day(first, "--from"),
        last_day=day(last, "--to"),
    )
    payload, signed = deliver(Lake(lake), network, ask, at=moment(at), signer=signer)
    write_file(output, payload)
    err(f"wrote {output}: {signed['rows']} rows")
    out(as_json(signed))


@app.command()
def export(
    origin: Annotated[str, typer.Option("--from", metavar="ECONOMY", help="Where the data are.")],
    target: Annotated[str, typer.Option("--to", metavar="ECONOMY", help="Where they would go; a query counts too.")],
    purpose: Annotated[str, typer.Option("--for", metavar="PURPOSE", help="What they are wanted for.")] = "",
    facts: Annotated[
        Path | None, typer.Option("--facts", metavar="FILE", help="What is known of the data: road_data.*: value.")
    ] = None,
    on: On = "",
    known: Known = "",
    with_: With = [],  # noqa: B006
    format: Format = "human",
) -> None:
    """May these data go from one economy to another? Answered from the rules of the catalog. Exit 1 unless yes."""
    from ... import app as engine
    from ...errors import BadInput
    from ...reading import read
    from ...roads.export import may_export

    one_of(format, "--format", ("human", "json"))
    stated = read(facts).plain if facts else {}
    if not isinstance(stated, dict):
        raise BadInput(f"{facts}: write one fact a line, such as road_data.positions: true")
    found = may_export(
        engine.library(None, with_), origin, target, stated,
        purpose=purpose, on=day(on, "--on"), known=day(known, "--known"),
    )  # fmt: skip
    if format == "json":
        out(as_json(found))
    else:
        out(f"{origin} -> {target}: {found['may']}: {found['because']}")
        for row in found["rules"]:
            reported = " (reported, not read)" if row["reported"] else ""
            out(f"  {row['verdict']:<14} {row['rule']}: {row['title']}{reported}")
    raise typer.Exit(0 if found["may"] == "yes" else 1)


@app.command()
def sheet(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run sheet in YAML.")],
    output: Annotated[Path | None, typer.Option("--output", metavar="FILE", help="Write JSON to this file.")] = None,
    format: Format = "human",
) -> None:
    """A run as evidence for several regimes at once, with what is missing. Exit 1 when something is."""
    from ...roads.sheets import load_run
    from ...roads.sheets import sheet as judge

    one_of(format, "--format", ("human", "json"))
    found = judge(load_run(run))
    if output:
        write_file(output, as_json(found) + "\n")
        err(f"wrote {output}")
    if format == "json":
        out(as_json(found))
    else:
        for row in found["regimes"]:
            out(f"{row['regime']}: {row['shown']} of {len(row['items'])} items shown")
            for item in row["items"]:
                if item["missing"]:
                    out(f"  missing  {item['item']}: {'; '.join(item['missing'])}")
    missing = any(i["missing"] for r in found["regimes"] for i in r["items"])
    raise typer.Exit(1 if missing else 0)
