"""From one format to another, with what was lost on the way; and from a computed footprint into a paper.

A loss is one line: the word, where it stood, and why it did not arrive as it was. A word the target has no place for is
`dropped`; one that means something else there is `changed`; one the target demands and nobody stated is `filled`.
Reading order: convert(), losses(), paper_of().
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from ...errors import BadInput, Unheard, nearest
from .. import form
from ..footprint import Footprint, primary_share
from ..tables import Tables
from .paper import Paper, number, read, recognized, unwritten, write

NAMESPACE = uuid.UUID("5b1f3a52-5a3c-5b0c-9c1f-6f0a7f5d2c11")
YEARS_VALID = 3


def format_of(tables: Tables, name: str) -> form.ExchangeFile:
    """The table of a format; raises Unheard naming the nearest."""
    if name not in tables.formats:
        near = nearest(name, tables.formats)
        raise Unheard(
            f"no exchange format is called {name!r}"
            + (f"; {near}" if near else "")
            + f". Known: {', '.join(sorted(tables.formats))}"
        )
    return tables.formats[name]


def convert(
    document: Any, target: str, tables: Tables, given: Mapping[str, str] | None = None
) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """(the document in the target format, its losses); `given` states words the document lacks."""
    table = format_of(tables, target)
    if table.rows:
        raise BadInput(f"{table.exchange} is written from an inventory, stage by stage: use --export with a project")
    paper = read(document, recognized(document, tables.formats))
    came = dict(paper.words)
    told = state(paper, table, given or {})
    if paper.format != table.exchange:
        told += derived(paper, table)
    made = write(paper, table)
    lost = losses(Paper(paper.format, came, paper.kept), table, tables.formats)
    said = {row["word"] for row in told}
    return made, [row for row in lost if row["word"] not in said or row["loss"] != "filled"] + told


def state(paper: Paper, table: form.ExchangeFile, given: Mapping[str, str]) -> list[dict[str, str]]:
    """Words a caller states for what a document lacks; raises Unheard for a word the format does not have."""
    there = {f.key: f for f in table.fields}
    told = []
    for key, text in given.items():
        if key not in there:
            near = nearest(key, there)
            raise Unheard(f"{table.exchange} has no word {key!r}" + (f"; {near}" if near else ""))
        row = there[key]
        number_like = row.type in ("number", "float", "rating", "rating_float")
        listed = row.type in ("texts", "first_text", "sources")
        try:
            value: Any = number(text) if number_like else tuple(text.split(",")) if listed else text
        except ValueError as error:
            raise BadInput(f"{key}: {error}") from None
        paper.words[key] = text in ("true", "yes") if row.type == "flag" else value
        told.append({"word": key, "loss": "filled", "where": row.path, "why": f"stated by the caller: {text}"})
    return told


def derived(paper: Paper, table: form.ExchangeFile) -> list[dict[str, str]]:
    """What follows from the words that are there, for a format that demands it: told, never silent."""
    told = []

    def put_in(key: str, value: Any, why: str) -> None:
        row = next((f for f in table.fields if f.key == key), None)
        if row and key in table.needs and paper.words.get(key) in (None, "", ()):
            paper.words[key] = value
            told.append({"word": key, "loss": "filled", "where": row.path, "why": why})

    words = paper.words
    if words.get("unit") == "kg":
        put_in("mass", Decimal(1), "one kilogram weighs one kilogram")
    if words.get("period_to"):
        day = str(words["period_to"])
        put_in(
            "valid_until",
            f"{int(day[:4]) + YEARS_VALID}{day[4:]}",
            f"{YEARS_VALID} years after the reference period, as these formats say where nothing is stated",
        )
    if words.get("packaging"):
        put_in("packaging_included", True, "packaging is stated with an amount")
    if "uptake" in words and "total_excluding" in words:
        put_in("total_including", words["total_excluding"] + words["uptake"], "the total and its biogenic uptake")
    return told


def losses(paper: Paper, table: form.ExchangeFile, formats: Mapping[str, form.ExchangeFile]) -> list[dict[str, str]]:
    """What does not arrive as it was."""
    source = {f.key: f for f in formats[paper.format].fields}
    there = {f.key: f for f in table.fields}
    found = [
        {"word": key, "loss": "dropped", "where": there[key].path, "why": why}
        for key, why in unwritten(paper, table).items()
    ]
    for key in paper.words:
        if key not in there:
            found.append(
                {
                    "word": key,
                    "loss": "dropped",
                    "where": source[key].path if key in source else key,
                    "why": f"{table.exchange} has no place for it",
                }
            )
        elif paper.format != table.exchange:
            for row in (source.get(key), there[key]):
                if row is not None and row.loses:
                    found.append({"word": key, "loss": "changed", "where": row.path, "why": row.loses})
            if there[key].type == "first_text" and len(paper.words[key]) > 1:
                found.append(
                    {
                        "word": key,
                        "loss": "dropped",
                        "where": there[key].path,
                        "why": f"only the first of {', '.join(paper.words[key])} fits",
                    }
                )
            if there[key].words or there[key].otherwise:
                unsaid = [v for v in paper.words[key] if v not in there[key].words]
                if unsaid:
                    found.append(
                        {
                            "word": key,
                            "loss": "changed",
                            "where": there[key].path,
                            "why": f"{', '.join(unsaid)} becomes {there[key].otherwise!r}",
                        }
                    )
            if (
                there[key].type.startswith("rating")
                and formats[paper.format].rating_best_to_worst != table.rating_best_to_worst
            ):
                low, high = table.rating_best_to_worst
                found.append(
                    {
                        "word": key,
                        "loss": "changed",
                        "where": there[key].path,
                        "why": f"moved linearly to the scale {low} to {high}",
                    }
                )
    if paper.format != table.exchange:
        found += [
            {
                "word": "",
                "loss": "dropped",
                "where": path,
                "why": f"unknown to us, so it cannot be placed in {table.exchange}",
            }
            for path in sorted(paper.kept)
        ]
        rated = [f.key for f in table.fields if f.type.startswith("rating")]
        if any(k in paper.words for k in rated) and not all(k in paper.words for k in rated):
            lacking = [k for k in rated if k not in paper.words]
            found.append(
                {
                    "word": "rating",
                    "loss": "dropped",
                    "where": "",
                    "why": f"{table.exchange} takes ratings whole; {', '.join(lacking)} is not stated",
                }
            )
    found += [
        {"word": f.key, "loss": "filled", "where": f.path, "why": f"nobody stated it; {f.default!r} stands in"}
        for f in table.fields
        if f.default is not None and not paper.words.get(f.key)
    ]
    found += [
        {"word": "", "loss": "filled", "where": f.path, "why": f"the format demands it; {f.value!r} is written"}
        for f in table.fixed
    ]
    return found


def paper_of(found: Footprint, table: form.ExchangeFile, tables: Tables, *, created: str) -> Paper:
    """A computed footprint -> the words of a paper for its declared unit. The identity follows from inventory and
    method."""
    inventory, shaped, product = found.inventory, found.inventory.form, found.inventory.form.product
    parts = by_origin(found, tables)
    uptake = parts.get("uptake", 0.0)
    excluding = sum(v for k, v in parts.items() if k != "uptake")
    packaging = sum(float(v) for t, v in zip(found.terms, found.by_term, strict=True) if t.stage == "packaging")
    words: dict[str, Any] = {
        "id": str(uuid.uuid5(NAMESPACE, f"{inventory.digest}/{found.method.id}/{table.exchange}/{created}")),
        "created": created,
        "company": shaped.company,
        "company_ids": tuple(shaped.company_ids),
        "product": product.name,
        "product_description": product.description,
        "product_ids": tuple(product.ids),
        "product_classes": tuple(product.classes),
        "cpc": product.cpc,
        "comment": (
            f"Computed under {found.method.form.document}; factors and their sources are in the verifier's pack."
        ),
        "unit": product.declared_unit,
        "amount": Decimal(1),
        "country": shaped.place.upper() if shaped.place else "",
        "boundary_text": ", ".join(s for s, how in found.method.form.boundary.stages.items() if how == "counted"),
        "total_excluding": _decimal(excluding),
        "total_including": _decimal(excluding + uptake),
        "fossil": _decimal(parts.get("fossil", 0.0)),
        "land_use": _decimal(parts.get("land_use", 0.0)),
        "land_management": _decimal(parts.get("biogenic", 0.0)),
        "uptake": _decimal(uptake),
        "biogenic_other": _decimal(parts.get("biogenic_methane", 0.0)),
        "aircraft": _decimal(parts.get("aircraft", 0.0)),
        "packaging_included": found.method.form.boundary.stages.get("packaging") == "counted",
        "packaging": _decimal(packaging),
        "gwp_sets": (found.method.form.gwp.set.upper(),),
        "exempted": _decimal(found.exempted * 100),
        "exempted_text": "None exempted"
        if not found.exempted
        else "Flows the maker marked as minor, within the method's cut-off",
        "allocation_text": "; ".join(f"{p}: {rule}" for p, rule in sorted(found.allocation.items())),
        "sources": tuple(sorted({f.source.number for f in found.background.factors})),
        "primary_share": _decimal(primary_share(found) * 100),
    }
    for key, name in (("mass", "mass"), ("carbon_biogenic", "biogenic_carbon_content")):
        if name in inventory.properties:
            words[key] = _decimal(inventory.properties[name])
    if "carbon_content" in inventory.properties:
        words["carbon_total"] = _decimal(inventory.properties["carbon_content"])
        words["carbon_fossil"] = _decimal(
            inventory.properties["carbon_content"] - inventory.properties.get("biogenic_carbon_content", 0.0)
        )
    if shaped.period:
        words["period_from"], words["period_to"] = shaped.period.start, shaped.period.to
        years = found.method.form.validity.years if found.method.form.validity else YEARS_VALID
        words["valid_from"], words["valid_until"] = (
            created,
            f"{int(shaped.period.to[:4]) + years}{shaped.period.to[4:]}",
        )
    words |= ratings(found)
    return Paper(table.exchange, {k: v for k, v in words.items() if v not in (None, "", ())})


def ratings(found: Footprint) -> dict[str, Decimal]:
    """Mean rating per indicator, 1 to 5, weighted by size, of what is rated; nothing when nothing is."""
    out = {}
    for indicator in found.method.form.data_quality.indicators:
        rows = [
            (abs(float(v)), dict(t.ratings)[indicator])
            for t, v in zip(found.terms, found.by_term, strict=True)
            if indicator in dict(t.ratings)
        ]
        weight = sum(w for w, _ in rows)
        if weight:
            out[f"rating_{indicator}"] = _decimal(sum(w * r for w, r in rows) / weight)
    return out


def by_origin(found: Footprint, tables: Tables) -> dict[str, float]:
    """kgCO2e of one declared unit by origin, whether or not the method counts the origin."""
    raw = found.counted @ found.mass
    table = tables.gases.sets[found.method.form.gwp.set]
    out: dict[str, float] = {}
    for i, flow in enumerate(tables.gases.flows):
        if raw[i]:
            gas = tables.gases.gas[flow]
            origin = tables.gases.origin[flow]
            out[origin] = out.get(origin, 0.0) + float(raw[i]) * table.get(gas, 0.0) * tables.gases.sign[flow]
    return out


def _decimal(value: float) -> Decimal:
    """Twelve significant digits: enough for any factor, and the same text on every machine."""
    return Decimal(format(value, ".12g"))
