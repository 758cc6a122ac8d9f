"""One row of a factor file as a Factor, with everything that is wrong with it.

Reading order: make_factor(), check_factor(), log_spread().
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ..errors import Problem, nearest
from ..waist import Place, Source
from . import form
from .nouns import Factor, Need, kind_of

if TYPE_CHECKING:
    from .tables import Tables

FIVE_PERCENT = 1.6448536269514722  # the standard normal's 95 % quantile: `low` and `high` are taken as 5 % and 95 %


def make_factor(
    row: form.FactorRow, source: Source, place: Place, own: bool = False, sources: dict[str, Source] | None = None
) -> tuple[Factor, list[Problem]]:
    """A row -> a Factor, with what is wrong with it."""
    problems = []
    if not row.license:
        problems.append(
            Problem(
                place,
                f"factor {row.id!r} has no license",
                "Say under which license its number may be used; a bare number of a paper or a law is a fact.",
            )
        )
    given = row.rest or row
    flows = tuple(sorted((name, float(amount)) for name, amount in given.flows.items()))
    value = given.value
    if not row.inputs and value is None:
        problems.append(Problem(place, f"factor {row.id!r} has neither a value nor inputs"))
    if value is not None and not flows:
        problems.append(
            Problem(
                place,
                f"factor {row.id!r} has a value but no flows",
                f"Say what it is made of, such as flows: {{co2e: {value}}}.",
            )
        )
    if value is not None and given.low is not None and given.high is not None and not given.low <= value <= given.high:
        problems.append(Problem(place, f"factor {row.id!r}: {value} does not lie between {given.low} and {given.high}"))
    spread = log_spread(given.low, value, given.high, row.geometric_sd) if value else (0.0, 0.0)
    needs = tuple(
        Need(
            i.item,
            i.region,
            float(i.amount),
            i.unit,
            log_spread(i.low, float(i.amount), i.high, None),
            (sources or {}).get(i.source),
        )
        for i in row.inputs
    )
    made = Factor(
        row.id,
        row.region,
        row.title,
        row.unit,
        flows,
        spread,
        needs,
        kind_of(row.id, row.material),
        row.material,
        not row.inputs and not row.direct,
        row.direct,
        row.recycled_as,
        row.license,
        row.basis,
        row.year,
        source,
        place,
        own,
        row.note or (row.rest.note if row.rest else ""),
    )
    return made, problems


def check_factor(factor: Factor, items: set[str], tables: Tables) -> list[Problem]:
    """References of one factor: unit, flows, inputs, recycled route."""
    found = []
    try:
        tables.units.dimension(factor.unit)
    except ValueError as error:
        found.append(Problem(factor.place, f"factor {factor.id!r}: {error}"))
    for flow, _ in factor.flows:
        if flow not in tables.gases.flows:
            found.append(
                Problem(
                    factor.place,
                    f"factor {factor.id!r}: no flow is called {flow!r}"
                    + (f"; {near}" if (near := nearest(flow, tables.gases.flows)) else ""),
                )
            )
    for item in [n.item for n in factor.needs] + ([factor.recycled_as] if factor.recycled_as else []):
        if item not in items:
            found.append(
                Problem(
                    factor.place,
                    f"factor {factor.id!r}: no item is called {item!r}"
                    + (f"; {near}" if (near := nearest(item, items)) else ""),
                )
            )
    return found


def log_spread(low: float | None, value: float, high: float | None, geometric_sd: float | None) -> tuple[float, float]:
    """Log standard deviations below and above the median, from a 5 % to 95 % range or a geometric standard
    deviation."""
    if low is not None and high is not None and 0 < low <= value <= high:
        return (math.log(value / low) / FIVE_PERCENT, math.log(high / value) / FIVE_PERCENT)
    if geometric_sd is not None and geometric_sd >= 1:
        return (math.log(geometric_sd), math.log(geometric_sd))
    return (0.0, 0.0)
