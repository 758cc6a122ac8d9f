"""The register of electricity: which process took how much, by which supply, on which certificate, and nothing twice.

One declared unit of the product is written down; with the production volume of the period, claims are held against
what each certificate holds. A supply that the method does not accept is listed and counted as grid.
"""

from __future__ import annotations

from typing import Any

from ..errors import BadInput, Problem
from ..waist import Place
from .footprint import Footprint
from .tables import Tables


def energy_register(found: Footprint, tables: Tables) -> list[dict[str, Any]]:
    """Rows per process and supply; raises BadInput when a certificate is claimed for more than it holds."""
    inventory = found.inventory
    period = inventory.form.period
    accepted = found.method.form.electricity.accepts
    rows = []
    claimed: dict[str, float] = {}
    sites = {p.id: p.site for p in inventory.processes}
    dated = {"from": period.start if period else "", "to": period.to if period else ""}
    supplies = {(p.id, i.place): i for p in inventory.processes for i in p.inputs if i.item.startswith("electricity")}
    size: dict[Any, float] = {}
    for term in found.terms:
        if (term.process, term.place) in supplies:
            size[(term.process, term.place)] = size.get((term.process, term.place), 0.0) + term.amount
    for (process, place), amount in size.items():
        one = supplies[(process, place)]
        rest = 1.0
        kilowatt_hours = amount * tables.units.factor(one.unit, "kWh")
        for supply in one.supply:
            rest -= supply.share
            claimed[supply.certificate] = claimed.get(supply.certificate, 0.0) + kilowatt_hours * supply.share
            rows.append(
                {
                    "process": process,
                    "site": sites.get(process, ""),
                    **dated,
                    "region": one.region,
                    "supply": supply.kind,
                    "item": supply.item,
                    "kwh": kilowatt_hours * supply.share,
                    "certificate": supply.certificate,
                    "counts": supply.kind in accepted,
                    "place": str(place),
                }
            )
        if rest > 1e-12:
            rows.append(
                {
                    "process": process,
                    "site": sites.get(process, ""),
                    **dated,
                    "region": one.region,
                    "supply": "grid",
                    "item": one.item,
                    "kwh": kilowatt_hours * rest,
                    "certificate": "",
                    "counts": True,
                    "place": str(place),
                }
            )
    volume = float(period.volume) if period and period.volume is not None else None
    problems = []
    for certificate in inventory.form.certificates:
        text, unit = certificate.energy.split()[0], certificate.energy.split()[-1]
        holds = float(text) * tables.units.factor(unit, "kWh")
        wants = claimed.get(certificate.id, 0.0) * (volume if volume is not None else 1.0)
        if wants > holds * (1 + 1e-9):
            problems.append(
                Problem(
                    Place(inventory.file),
                    f"certificate {certificate.id!r} holds {holds:g} kWh, but {wants:g} kWh are claimed on it"
                    + (f" by {volume:g} products" if volume is not None else " by one product"),
                    "The same kilowatt-hour cannot be claimed twice; lower the shares, or add certificates.",
                )
            )
        if period and (certificate.start > period.start or certificate.to < period.to):
            found.notes.append(
                f"certificate {certificate.id} runs {certificate.start} to "
                f"{certificate.to} and does not cover the period "
                f"{period.start} to {period.to}"
            )
    if problems:
        raise BadInput(problems)
    if inventory.form.certificates and volume is None:
        found.notes.append("period.volume is not stated, so certificates were held against one product only")
    return rows
