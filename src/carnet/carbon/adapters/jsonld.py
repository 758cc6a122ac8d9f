"""openLCA's JSON-LD: a zip of processes/, flows/ and unit_groups/, one JSON file each; versions 1 and 2 of the schema.

Amounts are moved to the reference unit of their flow. A provider is the one an exchange names, else the only process
that makes the flow. A process with two products is refused: allocate it where it was made.
Source: the openLCA schema (CC0); read by our own code.
"""

from __future__ import annotations

import json
from typing import Any

from .archive import Files
from .foreign import Builder, Flow, Foreign, Product, finite


def read(files: Files) -> Foreign:
    """Files -> the system; raises ValueError with a sentence."""
    units = _units(files)
    processes = [_load(files, name) for name in files.named(".json") if "/processes/" in f"/{name}"]
    if not processes:
        raise ValueError("holds no processes/*.json")
    builder = Builder()
    columns: dict[str, int] = {}
    makers: dict[str, list[str]] = {}
    for process in processes:
        reference = _reference(process)
        flow = reference.get("flow") or {}
        amount = _amount(reference, units)
        key = str(process.get("@id"))
        location = process.get("location") or {}
        place = str(location.get("code") or location.get("name") or "") if isinstance(location, dict) else ""
        unit = str(flow.get("refUnit") or (reference.get("unit") or {}).get("name") or "")
        columns[key] = builder.process(Product(key, str(process.get("name", "")), place, unit), amount)
        makers.setdefault(str(flow.get("@id")), []).append(key)
    for process in processes:
        column, reference = columns[str(process.get("@id"))], _reference(process)
        for exchange in process.get("exchanges", []):
            if exchange is not reference:
                _exchange(builder, exchange, column, str(process.get("name", "")), units, makers)
    return builder.done()


def _exchange(
    builder: Builder,
    exchange: dict[str, Any],
    column: int,
    process: str,
    units: dict[str, float],
    makers: dict[str, list[str]],
) -> None:
    flow = exchange.get("flow") or {}
    key, name, kind = str(flow.get("@id")), str(flow.get("name", "")), str(flow.get("flowType", ""))
    amount = _amount(exchange, units)
    into = bool(exchange.get("isInput", exchange.get("input", False)))
    if kind == "ELEMENTARY_FLOW":
        if not into:
            unit = str(flow.get("refUnit") or (exchange.get("unit") or {}).get("name") or "")
            builder.emission(Flow(key, name, unit, str(flow.get("category", ""))), column, amount)
        return
    avoided = bool(exchange.get("isAvoidedProduct", exchange.get("avoidedProduct", False)))
    if kind == "PRODUCT_FLOW" and not into and not avoided:
        raise ValueError(f"process {process!r} makes {name!r} beside its product; allocate it before you export it")
    if kind == "WASTE_FLOW" and into:
        raise ValueError(f"process {process!r} treats {name!r} beside its product; allocate it before you export it")
    provider = str((exchange.get("defaultProvider") or {}).get("@id", ""))
    if not provider:
        makes = makers.get(key, [])
        if len(makes) > 1:
            raise ValueError(f"process {process!r} takes {name!r}, which {len(makes)} processes make; name a provider")
        provider = makes[0] if makes else ""
    builder.input(provider or key, column, -amount if avoided else amount, name)


def _reference(process: dict[str, Any]) -> dict[str, Any]:
    exchanges = process.get("exchanges")
    found = [
        e
        for e in (exchanges if isinstance(exchanges, list) else [])
        if isinstance(e, dict) and (e.get("isQuantitativeReference") or e.get("quantitativeReference"))
    ]
    if len(found) != 1:
        raise ValueError(f"process {str(process.get('name'))[:80]!r} has {len(found)} reference products, not one")
    return found[0]


def _amount(exchange: dict[str, Any], units: dict[str, float]) -> float:
    """The amount in the reference unit of its flow."""
    raw = exchange.get("amount", 0)
    if isinstance(raw, bool) or not isinstance(raw, (int, float)):
        raise ValueError(f"the amount {str(raw)[:40]!r} is no number")
    unit = exchange.get("unit") or {}
    if not isinstance(unit, dict):
        raise ValueError("an exchange has a unit that is no object")
    return finite(float(raw), "amount") * units.get(str(unit.get("@id")), 1.0)


def _units(files: Files) -> dict[str, float]:
    """Unit id -> how many reference units of its group one of it is."""
    found: dict[str, float] = {}
    for name in files.named(".json"):
        if "/unit_groups/" in f"/{name}":
            for unit in _load(files, name).get("units", []):
                found[str(unit.get("@id"))] = finite(float(unit.get("conversionFactor", 1.0)), name)
    return found


def _load(files: Files, name: str) -> dict[str, Any]:
    try:
        document = json.loads(files.read(name).decode("utf-8-sig"))
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise ValueError(f"{name}: {str(error)[:80]}") from None
    if not isinstance(document, dict):
        raise ValueError(f"{name} holds no object")
    return document
