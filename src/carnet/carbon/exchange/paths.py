"""Follow a dotted path into plain JSON: `a.b`, `a[].b` (the first of a list), `a[*].b` (every one)."""

from __future__ import annotations

from typing import Any


def get(document: Any, path: str) -> Any:
    """The value at a path, a list for [*]; None when the way ends early."""
    here = document
    steps = path.split(".")
    for number, step in enumerate(steps):
        name, bracket, kind = step.partition("[")
        if not isinstance(here, dict) or name not in here:
            return None
        here = here[name]
        if bracket:
            if not isinstance(here, list):
                return None
            if kind == "*]":
                rest = ".".join(steps[number + 1 :])
                return [value for value in (get(one, rest) for one in here) if value is not None]
            if not here:
                return None
            here = here[0]
    return here


def put(document: dict[str, Any], path: str, value: Any) -> None:
    """Set the value at a path, making the way; a [*] takes a list, one entry each."""
    here = document
    steps = path.split(".")
    for number, step in enumerate(steps[:-1]):
        name, bracket, kind = step.partition("[")
        if not bracket:
            here = here.setdefault(name, {})
            continue
        if kind == "*]":
            rest = ".".join(steps[number + 1 :])
            rows: list[dict[str, Any]] = []
            for one in value:
                row: dict[str, Any] = {}
                put(row, rest, one)
                rows.append(row)
            here[name] = rows
            return
        rows = here.setdefault(name, [{}])
        here = rows[0]
    here[steps[-1]] = value


def leaves(document: Any, path: str = "") -> list[str]:
    """Every path that ends in a value; lists count as [*] or, of single objects, as the first."""
    if isinstance(document, dict) and document:
        return [leaf for name, value in document.items() for leaf in leaves(value, f"{path}.{name}" if path else name)]
    if isinstance(document, list) and document and all(isinstance(one, dict) for one in document):
        mark = "[]" if len(document) == 1 else "[*]"
        return sorted({leaf for one in document for leaf in leaves(one, path + mark)})
    return [path]
