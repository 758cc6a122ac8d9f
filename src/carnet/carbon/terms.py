"""An inventory under one method, opened into terms: so much of an item, in a stage, for one declared unit.

    share of co-products -> amount -> supply of electricity -> circular footprint formula -> terms

A method changes factors in these four steps and nothing else, so every method is the same code with other numbers. A
total is the sum of its terms; the terms are what the ledger, the contributions and the draws work on.
Reading order: Term, parameter(), shares(), opened().
Source: the circular footprint formula in the notation of Recommendation (EU) 2021/2279 (remembered; own words).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from ..errors import BadInput, Problem
from ..waist import Place
from .inventory import PROPERTIES, Input, Inventory, Process
from .nouns import Factor, Method, kind_of
from .tables import Tables


class Missing(BadInput):
    """A method asks for a property of the product that the inventory does not state."""


@dataclass(frozen=True, slots=True)
class Term:
    """`amount` of a node (or of a flow, when `flow`) for one declared unit of the product.

    part  input, virgin, recycled, recovery, credit, energy, disposal, substitution: why it stands here
    """

    process: str
    node: tuple[str, str]
    amount: float
    unit: str
    stage: str
    kind: str
    part: str
    place: Place
    flow: bool = False
    leave_out: bool = False
    data: str = ""
    ratings: tuple[tuple[str, int], ...] = ()
    geometric_sd: float | None = None


def parameter(
    inventory: Inventory, method: Method, name: str, tables: Tables, used: dict[str, Any] | None = None
) -> float:
    """A number by name: the method's own, else the product's; raises Missing with what to state."""
    row = method.form.parameters.get(name)
    if row is None:
        if name not in inventory.properties:
            raise Missing(
                [
                    Problem(
                        Place(inventory.file),
                        f"{method.id} needs {name}, which the product does not state",
                        "State it in the product block.",
                    )
                ]
            )
        return inventory.properties[name]
    if row.value is not None:
        return float(row.value)
    if row.by:
        word = getattr(inventory.form.product, row.by)
        found = row.values.get(word)
        if found is None and row.default is None:
            has = f"{row.by} {word!r} is none of {', '.join(row.values)}" if word else f"the product states no {row.by}"
            raise Missing(
                [
                    Problem(
                        Place(inventory.file),
                        f"{method.id} looks {name} up by {row.by}, but {has}",
                        f"State product.{row.by}.",
                    )
                ]
            )
    else:
        value = inventory.properties.get(row.taken_from)
        found = (
            value * tables.units.factor(PROPERTIES[row.taken_from], row.unit)
            if value is not None and row.unit
            else value
        )
    if found is None:
        if row.default is None:
            raise Missing(
                [
                    Problem(
                        Place(inventory.file),
                        f"{method.id} needs {row.taken_from or name}, which the product does not state",
                        f"State product.{row.taken_from or name}.",
                    )
                ]
            )
        if used is not None:
            used[name] = row.default
        return float(row.default)
    return float(found)


def shares(process: Process, method: Method) -> tuple[float, str]:
    """(share of the burdens that the main product bears, by which rule), in the method's order of rules."""
    others = process.co_products
    if not others:
        return 1.0, ""
    rule = method.form.allocation
    order = list(rule.order)
    prices = [p for p in (process.price, *(c.price for c in others)) if p]
    limit = rule.economic_over_price_ratio
    if (
        limit is not None
        and len(prices) == len(others) + 1
        and _price_ratio(process, prices) > limit
        and "economic" in order
    ):
        order = ["economic", *(o for o in order if o != "economic")]
    for name in order:
        if name == "substitute" and all(c.substitutes for c in others):
            return 1.0, "substitute"
        if name == "physical":
            weights = [process.shared_by, *(c.shared_by for c in others)]
            if all(weights) and len({w[1] for w in weights if w}) == 1:
                total = sum(w[0] for w in weights if w)
                return (weights[0][0] / total if weights[0] and total else 1.0), "physical"
        if name == "economic" and process.price is not None and all(c.price is not None for c in others):
            worth = process.price * process.amount
            total = worth + sum((c.price or 0) * c.amount for c in others)
            return (worth / total if total else 1.0), "economic"
    raise BadInput(
        [
            Problem(
                process.place,
                f"process {process.id!r} has co-products, but nothing to share its burdens by",
                f"{method.id} asks for {', then '.join(rule.order)}: give "
                "substitutes, shared_by or price of every product.",
            )
        ]
    )


def _price_ratio(process: Process, prices: list[float]) -> float:
    return max(prices) / min(prices)


def opened(inventory: Inventory, method: Method, tables: Tables) -> tuple[list[Term], dict[str, str]]:
    """(the terms of one declared unit, the allocation rule used by each process with co-products)."""
    first = inventory.processes[0]
    unit = inventory.form.product.declared_unit
    try:
        demand = {first.id: tables.units.factor(unit, first.unit)}
    except ValueError as error:
        raise BadInput(
            [Problem(first.place, f"the declared unit is {unit}, but process {first.id!r} makes {first.unit}: {error}")]
        ) from None
    by_id = {p.id: p for p in inventory.processes}
    terms: list[Term] = []
    rules: dict[str, str] = {}
    for name in _order(by_id, first.id):
        process = by_id[name]
        runs = demand[name] / process.amount
        share, rule = shares(process, method)
        if rule:
            rules[name] = rule
        if rule == "substitute":
            for co in process.co_products:
                factor = inventory.find(co.substitutes, co.region)
                amount = -runs * co.amount * (tables.units.factor(co.unit, factor.unit) if factor else 1.0)
                terms.append(
                    Term(
                        name,
                        (co.substitutes, co.region),
                        amount,
                        factor.unit if factor else co.unit,
                        process.stage,
                        kind_of(co.substitutes, factor.material if factor else ""),
                        "substitution",
                        co.place,
                    )
                )
        for one in process.inputs:
            amount = one.amount * runs * share
            for key in one.per:
                amount *= parameter(inventory, method, key, tables)
            if one.item in by_id:
                demand[one.item] = demand.get(one.item, 0.0) + amount
            else:
                terms += _parts(one, amount, name, inventory, method, tables)
    return terms, rules


def _order(by_id: dict[str, Process], first: str) -> list[str]:
    """Processes the product needs, users before what they use."""
    found: list[str] = []
    seen: set[str] = set()

    def walk(id: str) -> None:
        if id in seen:
            return
        seen.add(id)
        for one in by_id[id].inputs:
            if one.item in by_id:
                walk(one.item)
        found.append(id)

    walk(first)
    return found[::-1]


def _parts(
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
