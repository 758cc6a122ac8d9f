"""One input as its terms: the emission itself, the supplies of electricity, or the parts of the circular formula.

Reading order: parts(), _circular().
Source: the circular footprint formula in the notation of Recommendation (EU) 2021/2279 (remembered; own words).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from .inventory import Input, Inventory
from .nouns import Factor, Method, kind_of
from .tables import Tables
from .term import Term


def parts(
    one: Input, amount: float, process: str, inventory: Inventory, method: Method, tables: Tables
) -> Iterator[Term]:
    """One input -> its terms: the emission itself, the supplies of electricity, or the parts of the circular
    formula."""
    factor = None if one.flow else inventory.find(one.item, one.region)
    kind = "emission" if one.flow else kind_of(one.item, factor.material if factor else "")
    base = Term(
        process,
        (one.item, one.region),
        amount,
        one.unit,
        one.stage,
        kind,
        "input",
        one.place,
        one.flow,
        one.leave_out,
        one.data,
        one.ratings,
        one.geometric_sd,
    )
    if one.supply:
        rest = 1.0
        for supply in one.supply:
            if supply.kind in method.form.electricity.accepts:
                rest -= supply.share
                yield replace(
                    base,
                    node=(supply.item, supply.region or one.region),
                    amount=amount * supply.share,
                    part=supply.kind,
                )
        if rest > 1e-12:
            yield replace(base, amount=amount * rest)
    elif one.recycled:
        yield from _circular(base, one, factor, method, inventory, tables)
    else:
        yield base


def _circular(
    base: Term, one: Input, factor: Factor | None, method: Method, inventory: Inventory, tables: Tables
) -> Iterator[Term]:
    """The circular footprint formula, term by term; R1, R2, R3 of the input, A and B of the method.

    material  (1 - R1) Ev + R1 (A Erec + (1 - A) Ev Qsin/Qp) + (1 - A) R2 (ErecEoL - Ev* Qsout/Qp)
    energy    (1 - B) R3 (Eburn - gained * Esub)        disposal  (1 - R2 - R3) Ed
    """
    r, rule = one.recycled, method.form.recycling
    assert r is not None
    material = factor.material if factor else ""
    a = float(rule.a.get(material, rule.a["default"]))
    b = float(rule.b)
    route = factor.recycled_as if factor else ""

    def part(name: str, item: str, coefficient: float, stage: str = "") -> Iterator[Term]:
        if item and coefficient != 0.0:
            found = inventory.find(item, one.region)
            scale = (
                1.0
                if (name == "energy" and item == r.energy_item) or found is None or factor is None
                else _same(factor, found, tables)
            )
            kind = kind_of(item, found.material if found else "")
            region = (
                one.region
                if (item, one.region) in inventory.factors or (found and found.needs) or item == one.item
                else ""
            )
            yield replace(
                base,
                node=(item, region),
                amount=base.amount * coefficient * scale,
                stage=stage or base.stage,
                kind=kind,
                part=name,
                unit=found.unit if found else base.unit,
            )

    yield from part("virgin", one.item, (1 - r.content) + r.content * (1 - a) * r.quality_in)
    yield from part("recycled", r.recycled_item or route, r.content * a)
    yield from part("recovery", r.recovered_item or route, (1 - a) * r.recovered, "end_of_life")
    yield from part("credit", r.replaced_item or one.item, -(1 - a) * r.recovered * r.quality_out, "end_of_life")
    yield from part("energy", r.burned_item, (1 - b) * r.energy, "end_of_life")
    if rule.energy_credit:
        yield from part("energy", r.energy_item, -(1 - b) * r.energy * r.energy_gained, "end_of_life")
    yield from part("disposal", r.disposal_item, 1 - r.recovered - r.energy, "end_of_life")


def _same(factor: Factor, other: Factor, tables: Tables) -> float:
    """Routes of one material are given per the same amount; kilograms stay kilograms."""
    return tables.units.factor(factor.unit, other.unit)
