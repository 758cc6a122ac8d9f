"""Vehicles of open data sets as declared sides, so that a whole market can be matched against one connector.

Two shapes are read: one JSON file with a list under `data` (ports by short names), and a folder of files, one per trim,
each laid over its model's base.json. What a data set does not say stays unknown: a voltage class is no voltage.
Reading order: vehicles(), _listed(), _trims().
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..errors import BadInput, Problem
from ..waist import Place
from .match import Side

MOST_BYTES = 64 * 1024 * 1024


def vehicles(path: Path) -> Iterator[tuple[str, Side]]:
    """Name and declared side of every vehicle; raises BadInput when the path holds no such data set."""
    if path.is_dir():
        yield from _trims(path)
        return
    plain = _json(path)
    rows = plain.get("data") if isinstance(plain, dict) else None
    if not isinstance(rows, list):
        raise BadInput(
            [
                Problem(
                    Place(str(path)),
                    "is no vehicle data set: a list under 'data' is missing",
                    "Give a data file or a folder of them.",
                )
            ]
        )
    for row in rows:
        if isinstance(row, dict):
            yield _listed(row)


def _json(path: Path) -> Any:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise BadInput([Problem(Place(str(path)), f"has more than {MOST_BYTES:,} bytes", "Split it.")])
        return json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise BadInput([Problem(Place(str(path)), f"cannot be read as JSON: {error}", "Check the file.")]) from None


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0 else None


def _listed(row: dict[str, Any]) -> tuple[str, Side]:
    name = " ".join(str(row.get(k) or "") for k in ("brand", "model", "variant")).strip()
    charger = row.get("dc_charger")
    charger = charger if isinstance(charger, dict) else {}
    ports = tuple(str(p) for p in charger.get("ports") or () if isinstance(p, str))
    return name, Side(ports, couplers_complete=True, max_power=_number(charger.get("max_power")))


def _trims(folder: Path) -> Iterator[tuple[str, Side]]:
    for base_path in sorted(folder.rglob("base.json")):
        base = _json(base_path)
        if not isinstance(base, dict):
            continue
        for path in sorted(base_path.parent.glob("*/*.json")):
            own = _json(path)
            if isinstance(own, dict):
                yield _trim({**base, **own})


def _trim(row: dict[str, Any]) -> tuple[str, Side]:
    def named(key: str) -> str:
        value = row.get(key)
        return str(value.get("name", "")) if isinstance(value, dict) else str(value or "")

    ports = tuple(
        str(p.get("connector")) for p in row.get("charge_ports") or () if isinstance(p, dict) and p.get("connector")
    )
    charging = row.get("charging")
    dc = charging.get("dc") if isinstance(charging, dict) else None
    power = _number(dc.get("max_power_kw")) if isinstance(dc, dict) else None
    name = " ".join(x for x in (named("make"), named("model"), named("trim"), str(row.get("year") or "")) if x)
    return name, Side(ports, couplers_complete=True, max_power=power)
