"""The catalog of road data as STAC API 1.0 answers: plain functions that return what a server sends.

A collection is a network, an item is a run. An item's geometry is the outline of its network, never of its trips: where
somebody drove is delivered under an agreement, not found in a catalog. Maps that do not say where they lie have none.
Reading order: landing(), collections(), collection(), items(), search(), Filter. Ids of pages are plain numbers.
Source: STAC API 1.0.0, core, collections, features, item-search, sort, filter (remembered); OGC CQL2 JSON subset.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np

from ..errors import BadInput, Unheard, nearest
from .coverage import coverage
from .lake import Lake
from .network.projection import Undecided, of

VERSION, MOST = "1.0.0", 1000
CONFORMS = (
    "https://api.stacspec.org/v1.0.0/core",
    "https://api.stacspec.org/v1.0.0/collections",
    "https://api.stacspec.org/v1.0.0/ogcapi-features",
    "https://api.stacspec.org/v1.0.0/item-search",
    "https://api.stacspec.org/v1.0.0/item-search#sort",
    "https://api.stacspec.org/v1.0.0/item-search#filter",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
    "http://www.opengis.net/spec/cql2/1.0/conf/basic-cql2",
    "http://www.opengis.net/spec/cql2/1.0/conf/cql2-json",
)
Link = dict[str, str]


def link(rel: str, href: str, kind: str = "application/json", **more: str) -> Link:
    return {"rel": rel, "href": href, "type": kind, **more}


def landing(lake: Lake, root: str) -> dict[str, Any]:
    """The first page: what this is, what it conforms to, where to go."""
    children = [link("child", f"{root}/collections/{name}", title=name) for name in lake.networks()]
    return {
        "type": "Catalog",
        "stac_version": VERSION,
        "id": "carnet-roads",
        "title": "Open test-road data",
        "description": "Networks of test roads and the runs recorded on them.",
        "conformsTo": list(CONFORMS),
        "links": [
            link("self", root),
            link("root", root),
            link("conformance", f"{root}/conformance"),
            link("data", f"{root}/collections"),
            link("service-desc", f"{root}/api", "application/vnd.oai.openapi+json;version=3.0"),
            link("search", f"{root}/search", "application/geo+json", method="GET"),
            link("search", f"{root}/search", "application/geo+json", method="POST"),
            *children,
        ],
    }


def conformance() -> dict[str, Any]:
    return {"conformsTo": list(CONFORMS)}


def outline(lake: Lake, name: str) -> list[float] | None:
    """west, south, east, north of a network in degrees; None for a map that does not say where it lies, or is empty."""
    network = lake.network(name)
    if not network.segments:
        return None
    points = np.concatenate([s.points for s in network.segments])
    if network.frame != "wgs84":
        try:
            points = of(network).degrees(points)
        except Undecided:
            return None
    found = [round(float(v), 6) for v in (*points.min(axis=0), *points.max(axis=0))]
    return found if np.isfinite(found).all() else None


def collection(lake: Lake, name: str, root: str) -> dict[str, Any]:
    """One network as a collection; raises Unheard."""
    found = coverage(lake, name)
    cards = [c for c in lake.runs() if c["network"] == name]
    licenses = sorted({c["license"] for c in cards})
    moments = [m for c in cards for m in (c["first"], c["last"]) if m]
    return {
        "type": "Collection",
        "stac_version": VERSION,
        "id": name,
        "title": name,
        "description": f"Road network of {found['network_km']:.3f} km, {found['observed_km']:.3f} km observed.",
        "license": "other",
        "keywords": ["test road", "road network"],
        "extent": {
            "spatial": {"bbox": [outline(lake, name) or [-180.0, -90.0, 180.0, 90.0]]},
            "temporal": {"interval": [[min(moments, default=None), max(moments, default=None)]]},
        },
        "summaries": {
            "carnet:license": licenses,
            "carnet:network_km": {"minimum": found["network_km"], "maximum": found["network_km"]},
            "carnet:observed_km": {"minimum": found["observed_km"], "maximum": found["observed_km"]},
            "carnet:road_class": sorted({r["class"] for r in found["by_class"] if r["kind"] == "road_class"}),
        },
        "links": [
            link("self", f"{root}/collections/{name}"),
            link("root", root),
            link("parent", root),
            link("items", f"{root}/collections/{name}/items", "application/geo+json"),
        ],
    }


def collections(lake: Lake, root: str) -> dict[str, Any]:
    return {
        "collections": [collection(lake, name, root) for name in lake.networks()],
        "links": [link("self", f"{root}/collections"), link("root", root)],
    }


def item(lake: Lake, card: Mapping[str, Any], root: str) -> dict[str, Any]:
    """One run as an item."""
    box = outline(lake, card["network"])
    where = f"{root}/collections/{card['network']}"
    row: dict[str, Any] = {
        "type": "Feature",
        "stac_version": VERSION,
        "stac_extensions": [],
        "id": card["run"],
        "collection": card["network"],
        "geometry": None if box is None else _polygon(box),
        "properties": {
            "datetime": None if card["first"] else "1970-01-01T00:00:00Z",
            "start_datetime": card["first"],
            "end_datetime": card["last"],
            "license": "other",
            "carnet:license": card["license"],
            "carnet:economy": card["economy"],
            "carnet:km": card["km"],
            "carnet:frames": card["frames"],
            "carnet:trips": card["trips"],
            "carnet:matched_share": card["matched_share"],
            "carnet:datum": card["datum"],
        },
        "links": [
            link("self", f"{where}/items/{card['run']}", "application/geo+json"),
            link("collection", where),
            link("parent", where),
            link("root", root),
        ],
        "assets": {
            "frames": {
                "href": f"{root}/offers/{card['network']}",
                "type": "application/json",
                "title": "Frames, under an agreement",
                "roles": ["data"],
            }
        },
    }
    if box is not None:
        row["bbox"] = box
    if not card["first"]:
        del row["properties"]["start_datetime"], row["properties"]["end_datetime"]
    return row


def _polygon(box: Sequence[float]) -> dict[str, Any]:
    w, s, e, n = box
    return {"type": "Polygon", "coordinates": [[[w, s], [e, s], [e, n], [w, n], [w, s]]]}


def one(lake: Lake, name: str, id: str, root: str) -> dict[str, Any]:
    """One item; raises Unheard."""
    for card in lake.runs():
        if card["network"] == name and card["run"] == id:
            return item(lake, card, root)
    raise Unheard(f"no run {id!r} is in the collection {name!r}")


def search(lake: Lake, asked: Mapping[str, Any], root: str, path: str = "/search") -> dict[str, Any]:
    """Items by collections, ids, bbox, intersects, datetime and filter, sorted and in pages; raises BadInput."""
    known = {
        "collections",
        "ids",
        "bbox",
        "intersects",
        "datetime",
        "limit",
        "token",
        "sortby",
        "filter",
        "filter-lang",
    }
    for key in asked:
        if key not in known:
            raise BadInput(f"search: nothing is called {key!r}; {nearest(key, known)}")
    limit = asked.get("limit", 10)
    if isinstance(limit, bool) or not isinstance(limit, int) or not 1 <= limit <= MOST:
        raise BadInput(f"search: limit {limit!r} is not 1 to {MOST}")
    found = [item(lake, card, root) for card in lake.runs()]
    for test in _tests(asked):
        found = [f for f in found if test(f)]
    found = _sorted(found, asked.get("sortby") or [])
    start = _token(asked.get("token"))
    page = found[start : start + limit]
    links = [link("self", f"{root}{path}", "application/geo+json"), link("root", root)]
    if start + limit < len(found):
        links.append(link("next", f"{root}{path}?token={start + limit}&limit={limit}", "application/geo+json"))
    if start:
        links.append(link("prev", f"{root}{path}?token={max(0, start - limit)}&limit={limit}", "application/geo+json"))
    return {
        "type": "FeatureCollection",
        "features": page,
        "links": links,
        "numberMatched": len(found),
        "numberReturned": len(page),
    }


def _token(token: Any) -> int:
    text = str(token or "0")
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise BadInput(f"search: token {text[:20]!r} is not one we gave out")
    return int(text)


def _tests(asked: Mapping[str, Any]) -> list[Callable[[Mapping[str, Any]], bool]]:
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


def _sorted(found: list[dict[str, Any]], sortby: Any) -> list[dict[str, Any]]:
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
