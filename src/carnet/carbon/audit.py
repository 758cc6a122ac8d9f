"""An auditor's trail: every number with exchange, factor, source, license, verification, digest; and what is missing.

The rows add up to the footprint. The ratings are told on the scale of every exchange format that has one, the upstream
coverage by category of scope 3, the energy by process, and each report of a third party against the method's choices.
A gap says how much of the result it touches, so that the largest comes first.
Reading order: audit(), numbers(), quality_by_format(), upstream(), gaps().
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import Any

from .chain import emitted, share_read
from .footprint import Footprint, primary_share, quality, used
from .nouns import Factor
from .register import energy_register
from .tables import Tables
from .third_party import compared, speaks_for

SCHEMA = "carnet/carbon-audit/1"
# Categories of scope 3 that lie upstream, by the kind of a term.
CATEGORY = {"electricity": "3.3", "fuel": "3.3", "transport": "3.4"}
CATEGORIES = {
    "3.1": "purchased goods and services",
    "3.2": "capital goods",
    "3.3": "fuels and energy",
    "3.4": "upstream transport",
}


def audit(found: Footprint, tables: Tables, *, on: str, known: str) -> dict[str, Any]:
    """The trail of one footprint as plain data."""
    rows = numbers(found, on)
    reports = compared(found, on)
    energy = energy_register(found, tables)
    return {
        "schema": SCHEMA,
        "inventory": found.inventory.id,
        "digest": found.inventory.digest,
        "files": dict(found.inventory.files),
        "tables": tables.digest,
        "method": found.method.id,
        "value": found.value,
        "unit": found.unit,
        "numbers": rows,
        "factors": factor_trail(found, on),
        "primary_data_share": primary_share(found),
        "quality": quality_by_format(found, tables),
        "upstream": upstream(found),
        "energy": energy,
        "third_party": reports,
        "gaps": gaps(found, tables, rows, reports, energy, on=on, known=known),
    }


def row_digest(factor: Factor) -> str:
    """'sha256:...' of what a factor says, wherever it is written."""
    said = {
        "id": factor.id, "region": factor.region, "unit": factor.unit, "flows": factor.flows, "spread": factor.spread,
        "needs": [(n.item, n.region, n.amount, n.unit, n.spread) for n in factor.needs],
        "source": factor.source.number, "license": factor.license,
    }  # fmt: skip
    return "sha256:" + hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def verification(item: str, process: str, factor: Factor | None, carried: dict[str, dict[str, Any]]) -> str:
    """How far a number was verified, in words: by a report, by its publication, or by nobody."""
    supplier = item.removeprefix("supplier.") if item.startswith("supplier.") else ""
    for about in (supplier, process, "product"):
        if about and about in carried:
            one = carried[about]
            sure = "" if one["carries"] else ", open points"
            return f"{one['report']} ({one['assurance'].replace('_', ' ')}{sure})"
    if supplier:
        return (factor.note if factor else "") or "supplier's word"
    if factor is None:
        return "maker's word"
    return "reported, not read" if factor.source.reported else "published, read"


def numbers(found: Footprint, on: str) -> list[dict[str, Any]]:
    """One row per term that counts; the values add up to the footprint."""
    background, carried = found.background, speaks_for(found, on)
    intensity: Any = background.system.intensities(found.weights) if background.factors else []
    rows = []
    for term, value in zip(found.terms, found.by_term, strict=True):
        if not value:
            continue
        at = None if term.flow else background.index[term.node]
        factor = None if at is None else background.factors[at]
        rows.append(
            {
                "process": term.process,
                "item": term.node[0],
                "region": term.node[1],
                "part": term.part,
                "stage": term.stage,
                "amount": term.amount,
                "unit": term.unit,
                "value": float(value) / found.divisor,
                "share": float(value) / found.total if found.total else 0.0,
                "place": str(term.place),
                "data": term.data or "not stated",
                "ratings": dict(term.ratings),
                "factor": factor.id if factor else "",
                "factor_value": float(intensity[at]) if at is not None else None,
                "factor_digest": row_digest(factor) if factor else "",
                "source": factor.source.number if factor else "the inventory",
                "license": factor.license if factor else "the maker's own",
                "verification": verification(term.node[0], term.process, factor, carried),
            }
        )
    return rows


def factor_trail(found: Footprint, on: str) -> list[dict[str, Any]]:
    """Every factor of the chain: where it is written, its source, license, reading, verification, digest, share."""
    carried = speaks_for(found, on)
    emits: dict[str, float] = {}
    for one in emitted(found):
        if one.factor:
            emits[row_digest(one.factor)] = emits.get(row_digest(one.factor), 0.0) + one.value
    rows = [
        {
            "id": f.id,
            "region": f.region,
            "source": f.source.number,
            "class": f.source.grade,
            "read": f.source.read,
            "seen": f.source.seen,
            "license": f.license,
            "verification": verification(f.id, "", f, {k: v for k, v in carried.items() if k != "product"}),
            "lumped": f.lumped,
            "exchanges": [
                {
                    "item": n.item,
                    "region": n.region,
                    "amount": n.amount,
                    "unit": n.unit,
                    "source": (n.source or f.source).number,
                    "read": (n.source or f.source).read,
                }
                for n in f.needs
            ],
            "emits_share": emits.get(row_digest(f), 0.0) / found.value if found.value else 0.0,
            "place": str(f.place),
            "digest": row_digest(f),
        }
        for f in used(found)
    ]
    return sorted(rows, key=lambda r: (-abs(float(str(r["emits_share"]))), str(r["id"]), str(r["region"])))


def quality_by_format(found: Footprint, tables: Tables) -> dict[str, dict[str, Any]]:
    """The data-quality rating on the scale of every exchange format that has a method: rating and its coverage."""
    answers = {}
    for name, table in sorted(tables.formats.items()):
        if table.method in tables.methods:
            rule = tables.methods[table.method].form.data_quality
            form = found.method.form.model_copy(update={"data_quality": rule})
            rating, coverage = quality(replace(found, method=replace(found.method, form=form)))
            answers[name] = {
                "scale": list(rule.scale),
                "indicators": list(rule.indicators),
                "over": rule.over,
                "rating": rating,
                "coverage": coverage,
            }
    return answers


def upstream(found: Footprint) -> dict[str, dict[str, Any]]:
    """Category of scope 3 -> inputs, how many have a supplier's own figure, their share by size and of the result."""
    capital = {i.place for p in found.inventory.processes for i in p.inputs if i.capital}
    sizes: dict[str, list[float]] = {c: [0, 0, 0.0, 0.0] for c in CATEGORIES}
    for term, value in zip(found.terms, found.by_term, strict=True):
        if term.flow or term.part not in ("input", "virgin", "recycled", "contract", "on_site", "direct_line"):
            continue
        row = sizes["3.2" if term.place in capital else CATEGORY.get(term.kind, "3.1")]
        own = term.node[0] in found.inventory.data_of
        row[0] += 1
        row[1] += own
        row[2] += abs(float(value))
        row[3] += abs(float(value)) if own else 0.0
    whole = sum(abs(float(v)) for v in found.by_term)
    return {
        category: {
            "title": CATEGORIES[category],
            "inputs": int(count),
            "with_supplier_figure": int(own),
            "share_by_size": covered / size if size else 0.0,
            "share_of_result": size / whole if whole else 0.0,
        }
        for category, (count, own, size, covered) in sizes.items()
    }


def gaps(
    found: Footprint,
    tables: Tables,
    rows: list[dict[str, Any]],
    reports: list[dict[str, Any]],
    energy: list[dict[str, Any]],
    *,
    on: str,
    known: str,
) -> list[dict[str, Any]]:
    """What an auditor would ask for, each with the share of the result it touches (None: all of it, or no share)."""
    form, method = found.inventory.form, found.method
    said: list[dict[str, Any]] = []

    def gap(name: str, says: str, share: float | None = None) -> None:
        said.append({"gap": name, "says": says, "share": share})

    unread = 1 - share_read(found)
    if unread > 1e-12:
        gap("not_read", "factors or amounts along the chain that only memory or the press speaks for", min(unread, 1.0))
    for name, says, wrong in (
        ("data_not_stated", "amounts that do not say whether they are primary or secondary", "not stated"),
        ("proxy_data", "amounts that stand in for something else", "proxy"),
    ):
        share = sum(abs(r["share"]) for r in rows if r["data"] == wrong)
        if share:
            gap(name, says, share)
    unrated = sum(abs(r["share"]) for r in rows if not r["ratings"] and r["item"] not in found.inventory.data_of)
    if unrated:
        gap("not_rated", "amounts without a data-quality rating", unrated)
    if method.form.company_specific:
        stages = set(method.form.company_specific.stages)
        share = sum(abs(r["share"]) for r in rows if r["stage"] in stages and r["data"] != "primary")
        if share:
            gap("company_data", f"{method.id} asks for company data in {', '.join(sorted(stages))}", share)
    claimed = [r for r in energy if r["supply"] == "contract"]
    if bare := [r for r in claimed if not r["certificate"]]:
        gap("no_certificate", f"contracts without a certificate: {', '.join(sorted({r['process'] for r in bare}))}")
    if open_ := [c.id for c in form.certificates if not c.retired]:
        gap("not_retired", f"certificates that are not retired: {', '.join(open_)}")
    for key, what in (("period", "the period"), ("plant", "the plant"), ("company", "the company")):
        if not getattr(form, key):
            gap(f"no_{key}", f"the inventory does not state {what}")
    if form.period and form.period.volume is None:
        gap("no_volume", "period.volume is not stated, so certificates cannot be held against production")
    if not any(r["about"] == "product" and r["carries"] is not False for r in reports):
        need = "is mandatory" if method.form.verification.mandatory else "is not mandatory"
        gap("not_verified", f"no report of a third party carries this number; under {method.id} verification {need}")
    for report in reports:
        off = [p["point"] for p in report["points"] if p["agrees"] is False]
        if off:
            gap("report_differs", f"{report['report']} made other choices than {method.id}: {', '.join(off)}")
    if not any(r.capital for p in found.inventory.processes for r in p.inputs):
        gap("no_capital_goods", "no input is marked as capital goods (scope 3, category 2)")
    if method.form.open:
        gap("open_parameters", f"{len(method.form.open)} parameters of {method.id} are open: its text is not final")
    if found.defaults:
        gap("defaults", f"defaults stood in: {', '.join(f'{k} = {v}' for k, v in found.defaults.items())}")
    if found.exempted:
        gap("left_out", "flows left out within the cut-off", found.exempted)
    return sorted(said, key=lambda g: (-(g["share"] if g["share"] is not None else 1.0), g["gap"]))
