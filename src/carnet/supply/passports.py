"""Passport documents of others, read into claims and written from them: one table of paths serves both ways.

A document is recognized by where it holds values that the table knows; which standard it follows and in which edition
is data. Values are taken as they stand: a document says them, so their method is `taken_over` until more is shown.
Reading order: Kind, newest(), recognize(), take(), write().
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ..waist import Place
from .lots import Chain
from .tables import Tables

_STEP = re.compile(r"([^\[\]]+)(?:\[([^\]=]+)(?:=([^\]]*))?\])?")


@dataclass(frozen=True)
class Kind:
    """One kind of document: family, edition, submodel, and its paths (path, key, shape)."""

    format: str
    version: str
    part: str
    paths: tuple[tuple[str, str, str], ...]
    needed: frozenset[str] = frozenset()  # paths that the published schema wants


@lru_cache(maxsize=4)
def kinds(folder: Any = None) -> tuple[Kind, ...]:
    """Every kind of document the table knows."""
    rows = Tables(folder)["passportpaths"].rows
    names = dict.fromkeys((r["format"], r["version"], r["part"]) for r in rows)
    paths: dict[tuple[str, str, str], list[tuple[str, str, str]]] = {name: [] for name in names}
    for r in rows:
        paths[r["format"], r["version"], r["part"]].append((r["path"], r["key"], r["shape"]))
    needed = {r["path"] for r in rows if r["needed"] == "yes"}
    return tuple(Kind(*n, tuple(found), frozenset(p for p, _, _ in found if p in needed)) for n, found in paths.items())


def newest(some: Iterable[Kind]) -> list[Kind]:
    """Of every part its newest edition: older ones are read, never written."""
    found: dict[str, Kind] = {}
    for kind in sorted(some, key=lambda k: [int(n) if n.isdigit() else 0 for n in k.version.split(".")]):
        found[kind.part] = kind
    return [kind for kind in kinds() if kind in found.values()]


def recognize(plain: Any) -> Kind | None:
    """The kind whose paths the document holds most of, at least two and a third of them; None when no kind fits."""
    if not isinstance(plain, dict):
        return None
    best: tuple[float, Kind] | None = None
    for kind in kinds():
        named = [(p, k) for p, k, _ in kind.paths if k[0] not in "=@"]
        found = sum(look(plain, p) is not None for p, _ in named)
        if found >= min(2, len(named)) and found * 3 >= len(named) and (best is None or found / len(named) > best[0]):
            best = (found / len(named), kind)
    return best[1] if best else None


def values(kind: Kind, plain: Mapping[str, Any]) -> dict[str, Any]:
    """Passport key -> value, for every path of the kind that the document fills."""
    found = {}
    for path, key, shape in kind.paths:
        value = look(plain, path)
        if value is not None and key[0] not in "=@":
            found[key] = unshape(value, shape)
    return found


def take(kind: Kind, plain: Mapping[str, Any], name: str, chain: Chain) -> int:
    """Every value of the document as a claim about the battery it names; returns how many."""
    found = values(kind, plain)
    battery = str(found.get("battery_id") or name.rpartition("/")[2].rpartition(".")[0])
    chain.ensure("lots", {"id": battery}, Place(name))
    for key, value in found.items():
        row = {"lot": battery, "property": key, "value": _text(value), "method": "taken_over", "evidence": name}
        chain.add("claims", row, Place(name))
    return len(found)


def write(kind: Kind, claims: Mapping[str, Any], at: str) -> tuple[dict[str, Any], list[str]]:
    """(document, keys that its schema wants and the passport has no value for). `at` is the moment of writing."""
    document: dict[str, Any] = {}
    missing: dict[str, None] = {}
    for path, key, shape in kind.paths:
        if key[0] == "=":
            value: Any = int(key[1:]) if key[1:].isdigit() else key[1:]
        elif key == "@time":
            value = at
        elif key in claims:
            value = shaped(claims[key], shape)
        else:
            if path in kind.needed:
                missing[key] = None
            continue
        put(document, path, value)
    return document, list(missing)


def look(plain: Any, path: str) -> Any:
    """The value at a path, or None."""
    for step in path.split("/"):
        name, item, wanted = _step(step)
        plain = plain.get(name) if isinstance(plain, dict) else None
        if item is not None:
            rows = plain if isinstance(plain, list) else []
            if wanted is None:
                plain = rows[int(item)] if int(item) < len(rows) else None
            else:
                plain = next((r for r in rows if isinstance(r, dict) and r.get(item) == wanted), None)
    return plain


def put(document: dict[str, Any], path: str, value: Any) -> None:
    """Set the value at a path, making what lies between."""
    here: Any = document
    steps = path.split("/")
    for n, step in enumerate(steps):
        name, item, wanted = _step(step)
        last = n == len(steps) - 1
        if item is None:
            if last:
                here[name] = value
            else:
                here = here.setdefault(name, {})
            continue
        rows = here.setdefault(name, [])
        if wanted is None:
            while len(rows) <= int(item):
                rows.append({})
            if last:
                rows[int(item)] = value
            here = rows[int(item)]
        else:
            found = next((r for r in rows if r.get(item) == wanted), None)
            if found is None:
                found = {item: wanted}
                rows.append(found)
            here = found


def _step(step: str) -> tuple[str, str | None, str | None]:
    match = _STEP.fullmatch(step)
    if not match:
        raise ValueError(f"{step!r} is no step of a path")
    return match[1], match[2], match[3]


def shaped(value: Any, shape: str) -> Any:
    """A value as a document wants it written."""
    text = str(value)
    if shape == "moment":
        return text if "T" in text else f"{(text + '-01-01')[:10]}T00:00:00Z"
    if shape == "day":
        return (text + "-01-01")[:10]
    if shape == "month":
        return f"--{int(text):02}" if text.isdigit() and 1 <= int(text) <= 12 else text
    if shape == "status":
        return text.capitalize()
    if shape == "number":
        return float(text)
    if shape == "text":
        return text
    if shape == "yes_no":
        return text.lower() in ("true", "yes")
    return text.upper() if shape == "upper" else text.lower() if shape == "lower" else value


def unshape(value: Any, shape: str) -> Any:
    """A value as our claims have it."""
    if shape == "month" and isinstance(value, str) and value.startswith("--"):
        return value[2:4].lstrip("0")
    if shape in ("status", "upper") and isinstance(value, str):
        return value.lower()
    return value


def _text(value: Any) -> str:
    import json

    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
