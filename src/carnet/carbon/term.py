"""The term, the atom of a footprint, and the numbers a method asks for by name.

Reading order: Missing, Term, parameter().
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..errors import BadInput, Problem
from ..waist import Place
from .inventory import PROPERTIES, Inventory
from .nouns import Method
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
