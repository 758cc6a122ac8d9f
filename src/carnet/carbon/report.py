"""The answer of the room, as plain data: the contract `carnet/footprint/1`.

    {"schema", "results": [{"method", "standing", "functional_unit", "value", "unit", "stages", "gases", ...}],
    "ledger"}

Values are unrounded; `shown` is rounded as the method asks. `what_if` is true for every result that must not be read
as one under the text, and `because` says why. A method that needs a property nobody stated is listed under `missing`,
not guessed.
Reading order: report(), result(), passes(), factor_rows().
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .demands import demands
from .footprint import Footprint, footprint, primary_share, quality, used
from .inventory import Inventory
from .ledger import ledger
from .methods import duties
from .nouns import Method
from .register import energy_register
from .rounding import significant
from .sensitivity import rows as sensitive
from .system import Array
from .tables import Tables
from .terms import Missing
from .uncertainty import DRAWS, SEED, interval

SCHEMA = "carnet/footprint/1"


def report(
    inventory: Inventory,
    methods: Sequence[Method],
    tables: Tables,
    *,
    on: str,
    known: str,
    draws: int = DRAWS,
    seed: int = SEED,
    compare: bool = False,
    thresholds: Sequence[tuple[str, float, str]] = (),
    sensitivity: int = 0,
) -> dict[str, Any]:
    """Footprints of one inventory under many methods, and with `compare` the ledgers from the first to each other."""
    results, missing, computed = [], [], []
    for method in methods:
        try:
            found = footprint(inventory, method, tables)
        except Missing as error:
            missing.append({"method": method.id, "says": str(error)})
            continue
        computed.append(method)
        results.append(
            result(
                found,
                tables,
                on=on,
                known=known,
                draws=draws,
                seed=seed,
                thresholds=thresholds,
                sensitivity=sensitivity,
            )
        )
    ledgers = [ledger(inventory, computed[0], other, tables) for other in computed[1:]] if compare else []
    return {
        "schema": SCHEMA,
        "inventory": inventory.id,
        "digest": inventory.digest,
        "tables": tables.digest,
        "on": on,
        "known": known,
        "results": results,
        "missing": missing,
        "ledger": ledgers,
    }


def result(
    found: Footprint,
    tables: Tables,
    *,
    on: str,
    known: str,
    draws: int,
    seed: int,
    thresholds: Sequence[tuple[str, float, str]] = (),
    sensitivity: int = 0,
) -> dict[str, Any]:
    """One footprint as plain data."""
    method, inventory = found.method, found.inventory
    rating, rated = quality(found)
    spread, values = interval(found, tables, draws, seed)
    flows = dict(zip(tables.gases.flows, found.by_flow(), strict=True))
    gases: dict[str, float] = {}
    for flow, amount in flows.items():
        name = tables.gases.formula[tables.gases.gas[flow]]
        if amount:
            gases[name] = gases.get(name, 0.0) + float(amount)
    stages = found.sums(lambda t: t.stage)
    return {
        "method": method.id,
        "title": method.form.title,
        "document": method.form.document,
        "standing": method.standing(on, known),
        "what_if": method.what_if(on, known),
        "because": why_what_if(method, on, known),
        "read": method.read(),
        "conflict": method.form.conflict,
        "functional_unit": method.form.functional_unit.title,
        "value": found.value,
        "shown": significant(found.value, method.form.rounding.digits),
        "unit": found.unit,
        "per_declared_unit": {
            "value": found.total,
            "unit": f"kgCO2e/{inventory.form.product.declared_unit}",
            "divisor": found.divisor,
        },
        "stages": {s: stages.get(s, 0.0) for s, how in method.form.boundary.stages.items() if how == "counted"},
        "gases": gases,
        "biogenic": biogenic(found, tables),
        "regions": {k or "unknown": v for k, v in sorted(found.sums(lambda t: _region(t)).items())},
        "interval": {
            "p5": spread.p5,
            "p50": spread.p50,
            "p95": spread.p95,
            "deviation": spread.sd,
            "first_order_deviation": spread.first_order_sd,
            "draws": spread.draws,
            "seed": spread.seed,
        },
        "passes": passes(found, values, thresholds),
        "primary_data_share": primary_share(found),
        "dqr": rating,
        "dqr_scale": list(method.form.data_quality.scale),
        "dqr_coverage": rated,
        "upstream": upstream(found),
        "exempted_share": found.exempted,
        "allocation": found.allocation,
        "open": [{"parameter": o.parameter, "options": o.options, "why": o.why} for o in method.form.open],
        "clock": duties(method),
        "assumed": [{"parameter": p, "value": v} for p, v in method.assumed],
        "defaults": [{"parameter": k, "value": v} for k, v in found.defaults.items()],
        "contributions": contributions(found),
        "factors": factor_rows(found),
        "energy": energy_register(found, tables),
        "demands": demands(found, on),
        "sensitivity": sensitive(found, tables, sensitivity) if sensitivity else [],
        "notes": found.notes,
    }


def _region(term: Any) -> str:
    return str(term.node[1])


def why_what_if(method: Method, on: str, known: str) -> list[str]:
    """Why a result is a what-if, in sentences; empty when it is not."""
    said = []
    standing = method.standing(on, known)
    if standing not in ("in_force", "published", "superseded"):
        said.append(f"the text stands as {standing or 'unknown'} on {on}")
    if method.form.open:
        said.append(f"{len(method.form.open)} parameters are open: {', '.join(o.parameter for o in method.form.open)}")
    if method.assumed:
        said.append(f"assumed by the caller: {', '.join(f'{p} = {v}' for p, v in method.assumed)}")
    return said


def biogenic(found: Footprint, tables: Tables) -> dict[str, float]:
    """Carbon that is not fossil, by origin, whether or not the method counts it, in the method's unit."""
    table = tables.gases
    raw = found.counted @ found.mass
    out: dict[str, float] = {}
    for i, flow in enumerate(table.flows):
        if table.origin[flow] != "fossil" and raw[i]:
            weight = table.sets[found.method.form.gwp.set].get(table.gas[flow], 0.0) * table.sign[flow]
            out[table.origin[flow]] = out.get(table.origin[flow], 0.0) + float(raw[i]) * weight / found.divisor
    return out


def passes(found: Footprint, values: Array, thresholds: Sequence[tuple[str, float, str]]) -> list[dict[str, Any]]:
    """The chance to lie at or below each threshold of the method, the inventory and the caller, unit by unit."""
    rows = [(t.id, float(t.value), t.unit) for t in found.method.form.thresholds]
    rows += [(t.id, float(t.value), t.unit) for t in found.inventory.form.thresholds]
    return [
        {
            "threshold": name,
            "limit": limit,
            "unit": unit,
            "probability": float(np.mean(values <= limit)),
            "passes": found.value <= limit,
        }
        for name, limit, unit in [*rows, *thresholds]
        if unit == found.unit
    ]


def upstream(found: Footprint) -> dict[str, float]:
    """How much of what is bought has a supplier's own figure, by count and by size: scope 3, purchased goods and
    energy."""
    bought = [
        (t, abs(float(v)))
        for t, v in zip(found.terms, found.by_term, strict=True)
        if not t.flow and t.part in ("input", "virgin")
    ]
    whole = sum(v for _, v in bought)
    own = [(t, v) for t, v in bought if t.node[0] in found.inventory.data_of]
    return {
        "inputs": len(bought),
        "with_supplier_figure": len(own),
        "share_by_size": sum(v for _, v in own) / whole if whole else 0.0,
    }


def contributions(found: Footprint, most: int = 20) -> list[dict[str, Any]]:
    """The largest terms, each with where it is written and its share of the result."""
    whole = found.value
    rows = sorted(zip(found.terms, found.by_term, strict=True), key=lambda pair: (-abs(pair[1]), str(pair[0].place)))
    return [
        {
            "process": t.process,
            "item": t.node[0],
            "region": t.node[1],
            "stage": t.stage,
            "part": t.part,
            "amount": t.amount,
            "unit": t.unit,
            "value": float(v) / found.divisor,
            "share": float(v) / found.divisor / whole if whole else 0.0,
            "place": str(t.place),
        }
        for t, v in rows[:most]
        if v
    ]


def factor_rows(found: Footprint) -> list[dict[str, Any]]:
    """Every factor the result rests on: its number with chain, its source, its license and whether anybody read it."""
    background = found.background
    total: Any = background.system.intensities(found.weights) if background.factors else []
    at = {(f.id, f.region): float(total[i]) for i, f in enumerate(background.factors)}
    rows = [
        {
            "id": f.id,
            "region": f.region,
            "value": at[(f.id, f.region)],
            "unit": f"kgCO2e/{f.unit}",
            "source": f.source.number,
            "class": f.source.grade,
            "seen": f.source.seen,
            "read": f.source.read,
            "verified": not f.source.reported,
            "license": f.license,
            "lumped": f.lumped,
            "own": f.own,
            "place": str(f.place),
        }
        for f in used(found)
    ]
    return sorted(rows, key=lambda r: (str(r["id"]), str(r["region"])))
