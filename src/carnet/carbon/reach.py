"""`carnet carbon reach`: from files and limits to the cheapest changes, as plain data.

A limit is written for a method (`pact-3.0=60 kgCO2e/kWh`), for all methods of its unit (`all=...`), or as a share of
today's value (`pact-3.0=80 %`). What is not limited by the caller is limited by the thresholds of the method and of the
inventory; a method without any limit is refused, because "as low as possible" is not a limit.
Reading order: reached(), limits_of().
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..catalog import Catalog
from ..errors import BadInput, nearest
from . import desk, methods
from .change_search import Limit, search
from .footprint import footprint, unit_of
from .inventory import Inventory
from .nouns import Method
from .options import Scorer, open_workshop
from .report import why_what_if
from .tables import Tables, open_tables
from .uncertainty import DRAWS, SEED, draw

SCHEMA = "carnet/carbon-reach/1"
LIMIT = re.compile(r"\s*(\S+?)\s*=\s*(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)\s*(\S.*)")


def reached(
    path: Path,
    names: Sequence[str],
    catalog: Catalog,
    *,
    limits: Sequence[str] = (),
    on: str = "",
    known: str = "",
    assume: Sequence[str] = (),
    alternatives: int = 0,
    draws: int = DRAWS,
    seed: int = SEED,
    overlays: Sequence[Path] = (),
) -> dict[str, Any]:
    """For every inventory with options: the cheapest changes under all limits of the named methods."""
    if not names:
        raise BadInput("name the methods whose limits must be kept: --methods a,b")
    tables = open_tables(overlays)
    found, day, knowing = desk.inventories(path, catalog, tables, on, known)
    rows = []
    for subject, read in found:
        if not read.form.options:
            continue
        where = path if read.file == str(path) else path.parent / read.file
        shop = open_workshop(where, read, tables, day)
        chosen = methods.chosen(tables, list(names), list(assume))
        wanted = [limit for method in chosen for limit in limits_of(method, read, tables, limits)]
        answer = search(shop, wanted, alternatives)
        picked = (answer["choice"] or answer["nearest"])["changes"]
        made = shop.made([n for n, o in enumerate(shop.options) if o.id in picked])
        for limit, row in zip(wanted, answer["limits"], strict=True):
            row["standing"] = limit.method.standing(day, knowing)
            row["because"] = why_what_if(limit.method, day, knowing)
            row["what_if"] = limit.method.what_if(day, knowing)
            for word, inventory in (("probability_today", read), ("probability_after", made)):
                values = draw(footprint(inventory, limit.method, tables), tables, draws, seed)
                row[word] = float(np.mean(values <= limit.value))
        rows.append({"inventory": read.id, "subject": subject, "digest": read.digest, **answer})
    if not rows:
        raise BadInput(f"{path}: names no options. Write under options what could be changed, and what it costs.")
    return {"schema": SCHEMA, "tables": tables.digest, "on": day, "known": knowing, "results": rows}


def limits_of(method: Method, read: Inventory, tables: Tables, said: Sequence[str]) -> list[Limit]:
    """The limits of one method: the caller's, else those of the method and of the inventory in its unit."""
    unit = unit_of(read, method)
    own: list[Limit] = []
    for text in said:
        match = LIMIT.fullmatch(text)
        if not match:
            raise BadInput(f"--limit {text}: write METHOD=VALUE UNIT, for example all='60 kgCO2e/kWh' or all='80 %'")
        who, value, written = match[1], float(match[2]), match[3].strip()
        if who not in ("all", *tables.methods):
            near = nearest(who, ["all", *tables.methods])
            raise BadInput(f"--limit {text}: no method is called {who!r}" + (f"; {near}" if near else ""))
        if who not in ("all", method.id):
            continue
        if written == "%":
            value, written = Scorer(method, read, tables).value(read) * value / 100, unit
        if written == unit:
            own.append(Limit(method, text, value, unit))
        elif who == method.id:
            raise BadInput(f"--limit {text}: {method.id} gives {unit}, not {written}")
    if not own:
        rows = [(t.id, float(t.value), t.unit) for t in method.form.thresholds]
        rows += [(t.id, float(t.value), t.unit) for t in read.form.thresholds]
        own = [Limit(method, name, value, unit) for name, value, of in rows if of == unit]
    if not own:
        raise BadInput(
            f"{method.id} has no limit in {unit}. Say one: --limit {method.id}='VALUE {unit}', "
            f"or thresholds: in {read.file}"
        )
    return own
