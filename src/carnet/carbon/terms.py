"""An inventory under one method, opened into terms: so much of an item, in a stage, for one declared unit.

    share of co-products -> amount -> supply of electricity -> circular footprint formula -> terms

A method changes factors in these four steps and nothing else, so every method is the same code with other numbers. A
total is the sum of its terms; the terms are what the ledger, the contributions and the draws work on.
Reading order: term (Term, parameter()), shares(), opened(), then circular.
"""

from __future__ import annotations

from ..errors import BadInput, Problem
from .circular import parts
from .inventory import Inventory, Process
from .nouns import Method, kind_of
from .tables import Tables
from .term import Missing, Term, parameter

__all__ = ["Missing", "Term", "opened", "parameter", "shares"]


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
                terms += parts(one, amount, name, inventory, method, tables)
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
