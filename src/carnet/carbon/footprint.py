"""One inventory under one method: the footprint, where it comes from, and what it rests on.

Terms times intensities give kilograms of every flow; the method's weights make them kgCO2e; its boundary masks stages
and kinds; its cut-off leaves out what the maker asked to leave out; its functional unit divides. No step knows a
method.
Reading order: Footprint, footprint(), then the small steps.
Amounts in kgCO2e for one declared unit until `divisor` turns them into the method's unit.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..errors import BadInput, Problem
from ..waist import Place
from .background import Background, build
from .inventory import Inventory
from .nouns import Factor, Method
from .system import Array
from .tables import Tables
from .terms import Term, opened, parameter


@dataclass(slots=True)
class Footprint:
    """The result of one method, before rounding.

    mass      (t, f)  kg of every flow by term, chain included
    weights   (f,)    kgCO2e per kg of flow, 0 where the origin does not count
    counted   (t,)    1 where the boundary counts a term and the cut-off keeps it, else 0
    total     kgCO2e for one declared unit; `value` is total / divisor, in `unit`
    """

    method: Method
    inventory: Inventory
    terms: list[Term]
    background: Background
    mass: Array
    weights: Array
    counted: Array
    divisor: float
    unit: str
    exempted: float
    allocation: dict[str, str]
    defaults: dict[str, Any]
    notes: list[str] = field(default_factory=list)

    @property
    def by_term(self) -> Array:
        """kgCO2e of every term that counts, for one declared unit."""
        return (self.mass @ self.weights) * self.counted

    @property
    def total(self) -> float:
        return float(self.by_term.sum())

    @property
    def value(self) -> float:
        return self.total / self.divisor

    def sums(self, key: Any) -> dict[str, float]:
        """The value split by a property of the terms, in the method's unit."""
        found: dict[str, float] = {}
        for term, amount in zip(self.terms, self.by_term, strict=True):
            name = key(term)
            found[name] = found.get(name, 0.0) + float(amount) / self.divisor
        return found

    def by_flow(self) -> Array:
        """(f,) the value split by flow."""
        found: Array = (self.counted @ self.mass) * self.weights / self.divisor
        return found


def footprint(inventory: Inventory, method: Method, tables: Tables) -> Footprint:
    """Apply a method to an inventory; raises BadInput for what cannot be computed, Missing for what is not stated."""
    defaults: dict[str, Any] = {}
    terms, rules = opened(inventory, method, tables)
    order = list(method.form.electricity.factors)
    nodes = [t.node for t in terms if not t.flow]
    try:
        background = build(inventory, nodes, order, tables.gases, tables.units)
    except BadInput as error:
        at = next((t.place for t in terms if not t.flow and t.node[0] in str(error)), Place(inventory.file))
        raise BadInput([Problem(at, f"{method.id}: {error}")]) from None
    flows = {name: i for i, name in enumerate(tables.gases.flows)}
    chain = background.per_flow() if nodes else np.zeros((len(flows), 0))
    mass = np.zeros((len(terms), len(flows)))
    for row, term in enumerate(terms):
        if term.flow:
            mass[row, flows[term.node[0]]] = term.amount
        else:
            mass[row] = term.amount * chain[:, background.index[term.node]]
    weights = np.array(tables.gases.weights(method.form.gwp, method.form.origins))
    counted = np.array([within(term, method) for term in terms], dtype=np.float64)
    divisor = divisor_of(inventory, method, tables, defaults)
    unit = unit_of(inventory, method)
    found = Footprint(method, inventory, terms, background, mass, weights, counted, divisor, unit, 0.0, rules, defaults)
    cut_off(found)
    found.notes += remarks(found, tables)
    return found


def divisor_of(inventory: Inventory, method: Method, tables: Tables, defaults: dict[str, Any] | None = None) -> float:
    """How many functional units one declared unit delivers; raises BadInput when that is nothing."""
    divisor = 1.0
    for name in method.form.functional_unit.per:
        divisor *= parameter(inventory, method, name, tables, defaults)
    if divisor <= 0:
        raise BadInput(
            [
                Problem(
                    Place(inventory.file),
                    f"{method.id} divides by {' x '.join(method.form.functional_unit.per)}, which is {divisor:g}",
                    "State properties of the product that are above zero.",
                )
            ]
        )
    return divisor


def unit_of(inventory: Inventory, method: Method) -> str:
    """The unit of a method's value for this product."""
    rule = method.form.functional_unit
    return rule.unit if rule.per else f"{rule.unit}/{inventory.form.product.declared_unit}"


def within(term: Term, method: Method) -> bool:
    """True when the boundary counts the stage and the kind of a term."""
    boundary = method.form.boundary
    return (
        boundary.stages.get(term.stage, "left_out") == "counted"
        and boundary.kinds.get(term.kind, "counted") == "counted"
    )


def cut_off(found: Footprint) -> None:
    """Leave out what the maker asked to leave out, smallest first, as far as the method allows."""
    left, found.exempted, kept = exempt(found.terms, found.by_term, found.counted, found.method)
    found.counted[left] = 0.0
    if kept:
        names = ", ".join(found.terms[i].node[0] for i in kept)
        found.notes.append(f"not left out, because the method does not allow it: {names}")


def exempt(terms: list[Term], amounts: Array, counted: Array, method: Method) -> tuple[list[int], float, list[int]]:
    """(terms left out, their share, terms that stay although the maker asked), for kgCO2e by term."""
    rule = method.form.cut_off
    asked = [i for i, term in enumerate(terms) if term.leave_out and counted[i]]
    whole = float(amounts.sum()) if asked else 0.0
    left: list[int] = []
    kept: list[int] = []
    share = 0.0
    if whole == 0:
        return left, share, kept
    for i in sorted(asked, key=lambda i: (abs(amounts[i]), i)):
        own = abs(float(amounts[i])) / abs(whole)
        fits = (
            rule.allowed
            and (rule.each is None or own <= rule.each)
            and (rule.total is None or share + own <= rule.total)
        )
        (left if fits else kept).append(i)
        share += own if fits else 0.0
    return left, share, kept


def remarks(found: Footprint, tables: Tables) -> list[str]:
    """What a reader must know before trusting the number."""
    said, method, inventory = [], found.method, found.inventory
    for key, words in method.form.applies_to.items():
        has = getattr(inventory.form.product, key)
        if has and has not in words:
            said.append(f"{method.id} speaks of {key} {', '.join(words)}; the product is {has}")
    lumped = sorted({f.id for f in used(found) if f.lumped and not f.id.startswith("electricity") and not f.own})
    if lumped:
        said.append(f"{len(lumped)} factors are lumped and follow no grid: {', '.join(lumped)}")
    whole = sum(abs(float(x)) for x in found.by_flow())
    unsplit = sum(
        abs(float(x))
        for x, name in zip(found.by_flow(), tables.gases.flows, strict=True)
        if tables.gases.gas[name] == "co2e"
    )
    if whole and unsplit:
        said.append(
            f"{unsplit / whole:.0%} of the result is CO2e whose gases "
            "nobody split; it cannot follow a change of the GWP set"
        )
    said += mixes(found)
    if any(k == "electricity" and v != "counted" for k, v in method.form.boundary.kinds.items()) and lumped:
        said.append("electricity does not count here, but lumped factors still carry theirs")
    missing = set(tables.gases.missing(method.form.gwp.set))
    without = sorted(
        {
            n
            for n, i in zip(tables.gases.flows, range(len(tables.gases.flows)), strict=True)
            if tables.gases.gas[n] in missing and found.mass[:, i].any()
        }
    )
    if without:
        said.append(f"the set {method.form.gwp.set} has no number for {', '.join(without)}: counted as nothing")
    silent = sum(1 for t in found.terms if not t.data and t.part == "input")
    if silent:
        said.append(f"{silent} inputs do not say where their amount comes from; they count as secondary")
    exact = sum(1 for t in found.terms if t.geometric_sd is None and not t.ratings and t.part in ("input", "virgin"))
    if exact:
        said.append(f"{exact} inputs state neither a rating nor a spread; their amounts are taken as exact")
    said += list(inventory.notes)
    return said


def mixes(found: Footprint) -> list[str]:
    """Economies whose grid is not the mix the method asks for first, and what stands in for it."""
    order = list(found.method.form.electricity.factors)
    stands: dict[str, list[str]] = {}
    for factor in used(found):
        if factor.id in order[1:]:
            stands.setdefault(factor.id, []).append(factor.region)
    return [
        f"no {order[0]} is known for {', '.join(sorted(regions))}: {name} stands in"
        + (", so what others bought by contract is counted again" if order[0].endswith(".residual") else "")
        for name, regions in stands.items()
    ]


def used(found: Footprint) -> list[Factor]:
    """Every factor the result rests on, once, in the order of the columns."""
    seen: dict[int, Factor] = {}
    reach = np.zeros(len(found.background.factors))
    for i, term in enumerate(found.terms):
        if not term.flow and found.counted[i]:
            reach[found.background.index[term.node]] = 1
    changed = True
    while changed:
        changed = False
        for row, column, *_ in found.background.inputs:
            if reach[column] and not reach[row]:
                reach[row], changed = 1, True
    for at, factor in enumerate(found.background.factors):
        if reach[at]:
            seen.setdefault(id(factor), factor)
    return list(seen.values())


def primary_share(found: Footprint) -> float:
    """Share of the counted result that rests on primary data, by absolute size."""
    sizes = np.abs(found.by_term)
    whole = float(sizes.sum())
    part = 0.0
    for size, term in zip(sizes, found.terms, strict=True):
        known = found.inventory.data_of.get(term.node[0])
        part += float(size) * (known[0] if known else 1.0 if term.data == "primary" else 0.0)
    return part / whole if whole else 0.0


def quality(found: Footprint) -> tuple[float | None, float]:
    """(mean rating of what is rated, weighted by size; the share of the result that is rated)."""
    rule = found.method.form.data_quality
    low, high = rule.scale
    sizes = np.abs(found.by_term)
    whole = float(sizes.sum())
    total = weight = 0.0
    for size, term in zip(sizes, found.terms, strict=True):
        known = found.inventory.data_of.get(term.node[0], (0.0, None))[1]
        ratings = [r for name, r in term.ratings if name in rule.indicators]
        rating = known if known is not None else sum(ratings) / len(ratings) if ratings else None
        if rating is not None and whole and float(size) / whole >= rule.over:
            rating = low + (rating - 1) * (high - low) / 4  # ratings are written 1 to 5
            total += rating * float(size)
            weight += float(size)
    return (total / weight if weight else None), (weight / whole if whole else 0.0)
