"""One value of a paper, in and out: what stands in a document, as a canonical word, and back.

Reading order: taken(), told(), number().
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from ...errors import BadInput
from .. import form

MOST_DIGITS = 40


def taken(value: Any, row: form.FieldRow, table: form.ExchangeFile) -> Any:
    low, high = table.rating_best_to_worst
    if row.type in ("number", "float"):
        return number(value)
    if row.type in ("rating", "rating_float"):
        return 1 + (number(value) - low) * 4 / (high - low)
    if row.type == "unit":
        back = {name: unit for unit, name in table.units.items()}
        if not isinstance(value, str) or value not in back:
            raise ValueError(f"no unit is called {value!r}; known: {', '.join(back)}")
        return back[value]
    if row.type == "flag":
        return bool(value)
    if row.type == "sources":
        rows = value if isinstance(value, list) else []
        return tuple(f"{r.get('name', '')} {r.get('version', '')}".strip() for r in rows if isinstance(r, dict))
    if row.type == "texts":
        back = {name: word for word, name in row.words.items()}
        return tuple(back.get(str(v), str(v)) for v in value) if isinstance(value, list) else (str(value),)
    if row.type == "first_text":
        return (str(value),)
    return str(value)


def number(value: Any) -> Decimal:
    """A decimal text or a JSON number; raises ValueError for anything else."""
    if isinstance(value, bool) or not isinstance(value, (str, Decimal, int, float)):
        raise ValueError(f"{value!r} is not a number")
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        raise ValueError(f"{str(value)[:40]!r} is not a number") from None
    if not found.is_finite() or abs(found.adjusted()) > MOST_DIGITS:
        raise ValueError(f"{value!r} is not a number of at most 40 digits")
    return found


def told(value: Any, row: form.FieldRow, table: form.ExchangeFile) -> Any:
    low, high = table.rating_best_to_worst
    if row.type.startswith("rating"):
        value = low + (Decimal(str(value)) - 1) * (high - low) / 4
    if row.type in ("number", "float", "rating", "rating_float"):
        exact = Decimal(str(value))
        if table.numbers == "decimal_text" and row.type in ("number", "rating"):
            return plain_decimal(exact)
        return int(exact) if exact == exact.to_integral_value() and abs(exact) < 10**15 else float(exact)
    if row.type == "unit":
        if value not in table.units:
            raise BadInput(f"{table.exchange} has no unit for {value}; it knows {', '.join(table.units)}")
        return table.units[value]
    if row.type == "time":
        return value if "T" in value else f"{value}T00:00:00Z"
    if row.type == "texts":
        return [row.words.get(v, row.otherwise or v) for v in value]
    if row.type == "sources":
        return [{"name": v, "version": "see name"} for v in value]
    if row.type == "first_text":
        return value[0]
    if row.type == "country":
        return str(value).upper()
    return value


def plain_decimal(value: Decimal) -> str:
    """A decimal without exponent and without trailing zeros."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
