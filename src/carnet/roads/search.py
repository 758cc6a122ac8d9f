"""What a search of the catalog asks: a box, an interval, names, a condition in CQL2, an order.

Every part becomes a test of one item; a part that is not understood is refused, never left out. A property an item does
not have makes a condition unknown, and unknown is not a hit. Reading order: tests(), ordered(), _check(), _holds().
Source: STAC API 1.0.0, item-search; OGC CQL2 JSON, basic (remembered).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from ..errors import BadInput, nearest


def tests(asked: Mapping[str, Any]) -> list[Callable[[Mapping[str, Any]], bool]]:
    tests: list[Callable[[Mapping[str, Any]], bool]] = []
    if asked.get("bbox") and asked.get("intersects"):
        raise BadInput("search: give bbox or intersects, not both")
    if names := asked.get("collections"):
        tests.append(lambda f: f["collection"] in names)
    if ids := asked.get("ids"):
        tests.append(lambda f: f["id"] in ids)
    box = asked.get("bbox") or (_around(asked["intersects"]) if asked.get("intersects") else None)
    if box:
        w, s, e, n = _box(box)
        tests.append(
            lambda f: (
                "bbox" in f and f["bbox"][0] <= e and f["bbox"][2] >= w and f["bbox"][1] <= n and f["bbox"][3] >= s
            )
        )
    if asked.get("datetime"):
        first, last = _interval(str(asked["datetime"]))
        tests.append(lambda f: _overlaps(f["properties"], first, last))
    if asked.get("filter") is not None:
        if asked.get("filter-lang", "cql2-json") != "cql2-json":
            raise BadInput("search: filter-lang is cql2-json")
        condition = asked["filter"]
        _check(condition, 0)
        tests.append(lambda f: _holds(condition, f) is True)
    return tests


def _box(raw: Any) -> tuple[float, float, float, float]:
    if (
        not isinstance(raw, (list, tuple))
        or len(raw) not in (4, 6)
        or not all(isinstance(v, (int, float)) for v in raw)
    ):
        raise BadInput(f"search: bbox {str(raw)[:60]} is not west, south, east, north")
    w, s, e, n = (raw[0], raw[1], raw[2], raw[3]) if len(raw) == 4 else (raw[0], raw[1], raw[3], raw[4])
    if s > n or w > e:
        raise BadInput(f"search: bbox {list(raw)}: south exceeds north, or west exceeds east")
    return w, s, e, n


def _around(geometry: Any) -> list[float]:
    """The box of a GeoJSON geometry: outlines are boxes, so nothing finer could be answered."""
    points: list[list[float]] = []
    waiting = [geometry.get("coordinates")] if isinstance(geometry, Mapping) else []
    while waiting and len(points) < 100_000:
        here = waiting.pop()
        if isinstance(here, list) and len(here) >= 2 and all(isinstance(v, (int, float)) for v in here):
            points.append(here)
        elif isinstance(here, list):
            waiting += here
    if not points:
        raise BadInput("search: intersects is no GeoJSON geometry with coordinates")
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    return [min(xs), min(ys), max(xs), max(ys)]


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(f"search: datetime {text[:40]!r} is no moment of RFC 3339") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _interval(text: str) -> tuple[datetime | None, datetime | None]:
    parts = text.split("/")
    if len(parts) > 2:
        raise BadInput(f"search: datetime {text[:60]!r} has more than two ends")
    ends = [None if p in ("", "..") else _moment(p) for p in parts]
    first, last = ends[0], ends[-1]
    if first is None and last is None:
        raise BadInput("search: datetime is open at both ends")
    if first and last and first > last:
        raise BadInput(f"search: datetime {text[:60]!r} ends before it begins")
    return first, last


def _overlaps(properties: Mapping[str, Any], first: datetime | None, last: datetime | None) -> bool:
    if not properties.get("start_datetime"):
        return False
    begin, end = _moment(properties["start_datetime"]), _moment(properties["end_datetime"])
    return (last is None or begin <= last) and (first is None or end >= first)


def ordered(found: list[dict[str, Any]], sortby: Any) -> list[dict[str, Any]]:
    rules = sortby.split(",") if isinstance(sortby, str) else sortby
    found = sorted(found, key=lambda f: f["id"])
    for rule in reversed(rules):
        name = rule.get("field", "") if isinstance(rule, Mapping) else str(rule).lstrip("+-")
        down = rule.get("direction") == "desc" if isinstance(rule, Mapping) else str(rule).startswith("-")
        found = sorted(found, key=lambda f: _rank(_value(name, f)), reverse=down)
    return found


def _rank(value: Any) -> tuple[int, float, str]:
    if isinstance(value, (int, float)):
        return (1, float(value), "")
    return (0, 0.0, "") if value is None else (2, 0.0, str(value))


def _value(name: str, feature: Mapping[str, Any]) -> Any:
    name = name.removeprefix("properties.")
    return feature[name] if name in ("id", "collection") else feature["properties"].get(name)


_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: bool(a == b),
    "<>": lambda a, b: bool(a != b),
    "<": lambda a, b: bool(a < b),
    "<=": lambda a, b: bool(a <= b),
    ">": lambda a, b: bool(a > b),
    ">=": lambda a, b: bool(a >= b),
}


def _check(condition: Any, depth: int) -> None:
    """Refuse what _holds would not understand."""
    if depth > 20 or not isinstance(condition, Mapping) or not isinstance(condition.get("args"), list):
        raise BadInput(f"search: filter is not understood: {str(condition)[:60]}")
    op, args = condition.get("op"), condition["args"]
    if op in ("and", "or", "not"):
        for part in args:
            _check(part, depth + 1)
        if op == "not" and len(args) != 1:
            raise BadInput("search: filter: not takes one condition")
    elif op in (*_COMPARE, "between", "in", "isNull"):
        if not args or not isinstance(args[0], Mapping) or "property" not in args[0]:
            raise BadInput(f"search: filter: {op} compares a property, such as {{'property': 'carnet:km'}}")
        if len(args) != {"between": 3, "isNull": 1}.get(str(op), 2):
            raise BadInput(f"search: filter: {op} has {len(args)} arguments")
    else:
        raise BadInput(
            f"search: filter: no operator is called {op!r}; {nearest(str(op), [*_COMPARE, 'and', 'or', 'not', 'in'])}"
        )


def _holds(condition: Mapping[str, Any], feature: Mapping[str, Any]) -> bool | None:
    op, args = condition["op"], condition["args"]
    if op in ("and", "or"):
        found = [_holds(a, feature) for a in args]
        stop = op == "or"
        return stop if stop in found else None if None in found else not stop
    if op == "not":
        inner = _holds(args[0], feature)
        return None if inner is None else not inner
    left = _value(str(args[0]["property"]), feature)
    if op == "isNull":
        return left is None
    if left is None:
        return None
    try:
        if op == "between":
            return bool(args[1] <= left <= args[2])
        if op == "in":
            return left in args[1]
        return _COMPARE[op](left, args[1])
    except TypeError:
        return None
