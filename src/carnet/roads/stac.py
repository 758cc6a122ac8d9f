"""The catalog of road data as STAC API 1.0 answers: plain functions that return what a server sends.

A collection is a network, an item is a run. An item's geometry is the outline of its network, never of its trips: where
somebody drove is delivered under an agreement, not found in a catalog. Maps that do not say where they lie have none.
Reading order: landing(), collections(), collection(), one(), search(). Ids of pages are plain numbers.
Source: STAC API 1.0.0, core, collections, features, item-search, sort, filter (remembered); OGC CQL2 JSON subset.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..errors import BadInput, Unheard, nearest
from .coverage import coverage
from .lake import Lake
from .network.projection import Undecided, of
from .search import ordered, tests

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
    for test in tests(asked):
        found = [f for f in found if test(f)]
    found = ordered(found, asked.get("sortby") or [])
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
