"""Why two methods give different numbers, line by line, to the last bit.

The second method is put on section by section: boundary, electricity, allocation, ... After each step the footprint
is computed anew, and the line is the difference. The lines add up because each starts where the one before ended;
they add up exactly because every total is first rounded to one binary grid, fine enough to lie below the last digit
of any factor (2**-40 of the largest total) and coarse enough that sums of such numbers are exact in floating point in
any order. What one line gets depends on the order of the steps, which is fixed and stated.
Reading order: CAUSES, ledger(), grid().
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from .footprint import footprint
from .inventory import Inventory
from .nouns import Method
from .rounding import significant
from .tables import Tables

# A cause and the sections of a method that make it, in the order in which the second method is put on.
CAUSES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("service_life", ("parameters",)),
    ("boundary", ("boundary",)),
    ("electricity", ("electricity",)),
    ("allocation", ("allocation",)),
    ("recycling", ("recycling",)),
    ("biogenic_and_land_use", ("origins",)),
    ("gwp", ("gwp",)),
    ("cut_off", ("cut_off",)),
    ("functional_unit", ("functional_unit",)),
    ("rounding", ("rounding",)),
)


def grid(*values: float) -> float:
    """The step of a binary grid on which these values, and sums of some dozens of them, are exact."""
    largest = max((abs(v) for v in values), default=0.0)
    return math.ldexp(1.0, math.frexp(largest)[1] - 40) if largest else 1.0


def on(step: float, value: float) -> float:
    """A value moved to the grid."""
    return round(value / step) * step


def ledger(inventory: Inventory, first: Method, second: Method, tables: Tables) -> dict[str, Any]:
    """{from, to, unit, basis, lines: [{cause, delta}], gap}; the deltas add up to the gap exactly.

    Two methods of one unit are compared in it, rounding included. Methods of different units are compared on what one
    declared unit of the product emits; the lines of functional unit and rounding are then zero.
    """
    a, b = footprint(inventory, first, tables), footprint(inventory, second, tables)
    same = a.unit == b.unit
    worn, totals = first, [a.value if same else a.total]
    for cause, sections in CAUSES[:-1]:
        worn = put_on(worn, first, second, cause, sections, same)
        found = footprint(inventory, worn, tables)
        totals.append(found.value if same else found.total)
    shown = [
        significant(t, m.form.rounding.digits) if same else t for t, m in ((totals[0], first), (totals[-1], second))
    ]
    step = grid(*totals, *shown)
    totals, shown = [on(step, t) for t in totals], [on(step, t) for t in shown]
    lines = [{"cause": cause, "delta": totals[i + 1] - totals[i]} for i, (cause, _) in enumerate(CAUSES[:-1])]
    lines.append({"cause": CAUSES[-1][0], "delta": (shown[1] - totals[-1]) - (shown[0] - totals[0])})
    return {
        "from": first.id,
        "to": second.id,
        "unit": b.unit if same else f"kgCO2e/{inventory.form.product.declared_unit}",
        "basis": "functional unit" if same else "declared unit of the product",
        "first": shown[0],
        "second": shown[1],
        "lines": lines,
        "gap": shown[1] - shown[0],
    }


def put_on(worn: Method, first: Method, second: Method, cause: str, sections: tuple[str, ...], same: bool) -> Method:
    """The method worn so far with some sections of the second put on.

    Numbers that only the first functional unit divides by stay until that is changed; when the units differ nothing is
    divided here, so the functional unit changes with the numbers.
    """
    new = {s: getattr(second.form, s) for s in sections}
    if cause == "service_life" and same:
        kept = {
            n: p
            for n, p in first.form.parameters.items()
            if n in first.form.functional_unit.per and n not in second.form.functional_unit.per
        }
        new["parameters"] = {**kept, **second.form.parameters}
    elif cause == "service_life":
        new["functional_unit"] = second.form.functional_unit
    elif cause == "functional_unit":
        new["parameters"] = second.form.parameters
    return replace(worn, form=worn.form.model_copy(update=new))
