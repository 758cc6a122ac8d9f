"""A chain, or the part of it that led to one lot, written for others in their format.

Events go out in JSON and XML, tables as CSV and workbook, a battery's passport in the formats of data/supply, and its
transformations as an unsigned traceability credential. The moment of writing is given; the same chain gives the same
bytes.
Reading order: FORMATS, part_of(), write().
"""

from __future__ import annotations

import datetime
import io
import json
from typing import Any

from ..errors import BadInput
from . import events, passport, templates
from .epcisxml import write_xml
from .lots import TABLES, Chain
from .tables import Tables
from .trace import Tracer

# What `--format` takes -> (its passport format, or nothing; whether it needs a lot)
FORMATS = {
    "epcis": ("", False),
    "epcis-xml": ("", False),
    "csv": ("", False),
    "xlsx": ("", False),
    "untp": ("UNTP", True),
    "battery-pass": ("BatteryPass", True),
    "catenax": ("CatenaX", True),
}
TRACEABILITY = "https://test.uncefact.org/vocabulary/untp/dte/working/"


def part_of(chain: Chain, tracer: Tracer, lot: str) -> Chain:
    """The rows that led to one lot; who and what nothing else names is left out."""
    nodes = tracer.graph.upstream(tracer.node(lot)).tolist()
    lots = {tracer.names[n] for n in nodes if n < tracer.graph.lots}
    made = {chain["events"][n - tracer.graph.lots]["id"] for n in nodes if n >= tracer.graph.lots}
    rows = {name: list(chain[name]) for name in TABLES}
    rows["lots"] = [{**r, "version_of": r["version_of"] if r["version_of"] in lots else None}
                    for r in rows["lots"] if r["id"] in lots]  # fmt: skip
    rows["events"] = [r for r in rows["events"] if r["id"] in made]
    rows["flows"] = [r for r in rows["flows"] if r["event"] in made and r["lot"] in lots]
    for name in ("contents", "claims", "credits"):
        rows[name] = [r for r in rows[name] if r["lot"] in lots]
    places = {r["facility"] for name in ("lots", "events") for r in rows[name]}
    rows["facilities"] = [r for r in rows["facilities"] if r["id"] in places]
    actors = {r["actor"] for r in rows["facilities"]}
    rows["requests"] = [r for r in rows["requests"] if r["id"].rpartition(":")[0] in lots | made]
    rows["actors"] = [r for r in rows["actors"] if r["id"] in actors | {q["actor"] for q in rows["requests"]}]
    named = lots | places | actors
    rows["certificates"] = [r for r in rows["certificates"] if r["about"] in named]
    found = Chain(originals=dict(chain.originals))
    for name, kept in rows.items():
        for row in kept:
            found.add(name, row, chain.where(name, 0))
    return found


def write(
    chain: Chain, format: str, at: str, tables: Tables, *, lot: str = "", category: str = "ev", on: str = "",
    issuer: str = "",
) -> dict[str, bytes]:  # fmt: skip
    """File name -> bytes; raises BadInput with what is missing.

    issuer  id (a DID) of who will sign the traceability credential; without one, none is written
    """
    whole, needs_lot = FORMATS[format]
    if needs_lot and not lot:
        raise BadInput(f"--format {format} is about one battery: name it with --lot")
    tracer = Tracer(chain, on)
    part = part_of(chain, tracer, lot) if lot else chain
    if format == "csv":
        return {f"{name}.csv": templates.write_csv(name, part[name]) for name in TABLES if part[name]}
    if format == "xlsx":
        return {"chain.xlsx": write_xlsx(part)}
    if format == "epcis":
        return {"chain.jsonld": _json(events.to_document(part, at))}
    if format == "epcis-xml":
        return {"chain.xml": write_xml(events.to_document(part, at)).encode()}
    fields = passport.build(tracer, lot, tables, category, on)
    found = {f"{name}.json": _json(one) for name, one in passport.export(tracer, lot, fields, whole, at).items()}
    if format == "untp" and issuer:
        name = {"id": issuer, "name": issuer}
        made = events.to_credential(part, name, at, f"urn:carnet:trace:{lot}", TRACEABILITY)
        found["DigitalTraceabilityEvent.json"] = _json(made)
    return found


def write_xlsx(chain: Chain) -> bytes:
    """A workbook with one sheet for each table that has rows; every text is text, nothing is a formula."""
    import xlsxwriter  # type: ignore[import-untyped]

    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    book.set_properties({"created": datetime.datetime(1980, 1, 1)})  # noqa: DTZ001 - a workbook has no zone
    for table, columns in TABLES.items():
        if not chain[table]:
            continue
        sheet = book.add_worksheet(table)
        for at, name in enumerate(columns):
            sheet.write_string(0, at, name)
        for number, row in enumerate(chain[table], 1):
            for at, name in enumerate(columns):
                value = row[name]
                if isinstance(value, (int, float)):
                    sheet.write_number(number, at, value)
                elif value is not None:
                    sheet.write_string(number, at, str(value))
    book.close()
    return buffer.getvalue()


def _json(document: Any) -> bytes:
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()
