"""The exchange of footprints between hosts, without the wire: criteria, versions of a document, events.

Criteria of one name are alternatives, of several names they all must hold; matching ignores case. A request for
footprints is answered by an event that carries them or says why there are none. Two major versions are spoken; what a
document holds beyond the version asked for is left out by the exchange tables, never guessed.
Reading order: Criteria, in_version(), read_event(), answer().
Source: PACT Technical Specifications 2.3 and 3.0 (ListFootprints, Action Events); CloudEvents 1.0.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ...errors import BadInput

if TYPE_CHECKING:
    from ..tables import Tables

Document = dict[str, Any]
LISTS = ("productId", "companyId", "geography", "classification", "status")
MOMENTS = ("validOn", "validAfter", "validBefore")
PLACES = {
    "productId": ("productIds",),
    "companyId": ("companyIds",),
    "classification": ("productClassifications", "productCategoryCpc"),
    "status": ("status",),
    "geography": ("geographyCountry", "geographyRegionOrSubregion", "geographyRegion", "geographyCountrySubdivision"),
}
# What an event is called in each major version.
KINDS = {
    "3": {
        "created": "org.wbcsd.pact.ProductFootprint.RequestCreatedEvent.3",
        "fulfilled": "org.wbcsd.pact.ProductFootprint.RequestFulfilledEvent.3",
        "rejected": "org.wbcsd.pact.ProductFootprint.RequestRejectedEvent.3",
        "published": "org.wbcsd.pact.ProductFootprint.PublishedEvent.3",
    },
    "2": {
        "created": "org.wbcsd.pathfinder.ProductFootprintRequest.Created.v1",
        "fulfilled": "org.wbcsd.pathfinder.ProductFootprintRequest.Fulfilled.v1",
        "rejected": "org.wbcsd.pathfinder.ProductFootprintRequest.Rejected.v1",
        "published": "org.wbcsd.pathfinder.ProductFootprint.Published.v1",
    },
}
MOST_VALUES, MOST_TEXT = 100, 2000
YEARS_VALID = 3  # of a document that does not say until when it holds


class Malformed(ValueError):
    """A request that cannot be read; the sentence says what and where."""


@dataclass(frozen=True)
class Criteria:
    """What somebody asks for."""

    lists: Mapping[str, frozenset[str]] = field(default_factory=dict)
    moments: Mapping[str, datetime.datetime] = field(default_factory=dict)

    def match(self, document: Document) -> bool:
        """Whether a document holds at least one value of every list and fits every moment."""
        for name, wanted in self.lists.items():
            if not wanted.intersection(_values(document, name)):
                return False
        if not self.moments:
            return True
        start, end = validity(document)
        on, after, before = (self.moments.get(m) for m in MOMENTS)
        return (
            (on is None or start <= on <= end)
            and (after is None or start > after)
            and (before is None or end < before)
        )  # fmt: skip


def criteria(given: Iterable[tuple[str, str]]) -> Criteria:
    """Criteria from pairs of name and value, as a query string or an event gives them; raises Malformed."""
    known = {name.lower(): name for name in (*LISTS, *MOMENTS)}
    lists: dict[str, set[str]] = {}
    moments: dict[str, datetime.datetime] = {}
    for raw, value in given:
        name = known.get(raw.lower())
        if name is None:
            continue
        if len(value) > MOST_TEXT or len(lists.get(name, ())) >= MOST_VALUES:
            raise Malformed(f"{name}: at most {MOST_VALUES} values of {MOST_TEXT} characters are read")
        if name in MOMENTS:
            moments[name] = moment(value, name)
        else:
            lists.setdefault(name, set()).add(value.lower())
    return Criteria({n: frozenset(v) for n, v in lists.items()}, moments)


_FILTER = re.compile(r"\s*(created|updated)\s+(ge|gt|le|lt|eq)\s+(\d{4}-\d\d-\d\dT\S+)\s*$")
_PRODUCT = re.compile(r"\s*productIds/any\(\s*\w+\s*:\s*\(?\s*\w+\s+eq\s+'([^']{1,500})'\s*\)?\s*\)\s*$")
_EQUALS = re.compile(
    r"\s*(pcf/geographyCountry|pcf/geographyRegionOrSubregion|productCategoryCpc)\s+eq\s+'([^']*)'\s*$"
)
_ORDER = {
    "ge": lambda a, b: a >= b, "gt": lambda a, b: a > b, "le": lambda a, b: a <= b, "lt": lambda a, b: a < b,
    "eq": lambda a, b: a == b,
}  # fmt: skip


def filtered(text: str, documents: Sequence[Document]) -> list[Document]:
    """Documents that an OData filter of version 2 keeps; raises Malformed for what is not read.

    Read are `created` and `updated` against a moment without quotation marks, `productIds/any(...)` and equality of
    geography and category, joined by `and`.
    """
    kept = list(documents)
    for part in re.split(r"\s+and\s+", text):
        if found := _FILTER.match(part):
            name, word, at = found[1], found[2], moment(found[3], found[1])
            kept = [d for d in kept if d.get(name) and _ORDER[word](moment(str(d[name]), name), at)]
        elif found := _PRODUCT.match(part):
            kept = [d for d in kept if found[1].lower() in _values(d, "productId")]
        elif found := _EQUALS.match(part):
            keys = found[1].split("/")
            kept = [d for d in kept if str(_at(d, keys)) == found[2]]
        else:
            raise Malformed(
                f"$filter: {part.strip()[:80]!r} is not read. Write created ge 2026-01-01T00:00:00Z (no quotation "
                "marks around a moment), productIds/any(p:(p eq 'urn:...')) or pcf/geographyCountry eq 'DE', "
                "joined by and"
            )
    return kept


def _at(document: Document, keys: Sequence[str]) -> Any:
    here: Any = document
    for key in keys:
        here = here.get(key) if isinstance(here, dict) else None
    return here


def _values(document: Document, name: str) -> set[str]:
    pcf = document.get("pcf")
    found: set[str] = set()
    for place in (document, pcf if isinstance(pcf, dict) else {}):
        for key in PLACES[name]:
            value = place.get(key)
            found |= {str(v).lower() for v in (value if isinstance(value, list) else [value]) if v is not None}
    return found


def moment(text: str, name: str) -> datetime.datetime:
    """A moment with its zone; raises Malformed naming the field."""
    try:
        found = datetime.datetime.fromisoformat(text.strip())
    except ValueError:
        raise Malformed(f"{name}: {text[:40]!r} is no moment; write 2026-01-01T00:00:00Z") from None
    return found if found.tzinfo else found.replace(tzinfo=datetime.UTC)


def validity(document: Document) -> tuple[datetime.datetime, datetime.datetime]:
    """From when until when a document holds: as it says, else three years from the end of its reference period."""
    pcf = document.get("pcf")
    period = pcf if isinstance(pcf, dict) else {}
    first = document.get("validityPeriodStart") or period.get("referencePeriodEnd") or document.get("created")
    try:
        start = moment(str(first), "validityPeriodStart")
        last = document.get("validityPeriodEnd")
        end = moment(str(last), "validityPeriodEnd") if last else start.replace(year=start.year + YEARS_VALID)
    except Malformed:
        return datetime.datetime.max.replace(tzinfo=datetime.UTC), datetime.datetime.min.replace(tzinfo=datetime.UTC)
    except ValueError:  # the last day of February
        end = start + datetime.timedelta(days=365 * YEARS_VALID)
    return start, end


def formats(major: str, tables: Tables) -> list[str]:
    """The exchange tables of a major version, the newest first."""
    return sorted((name for name in tables.formats if name.startswith(f"pact-{major}.")), reverse=True)


def in_version(document: Document, major: str, tables: Tables) -> Document:
    """The document in a major version: as it is, or converted; raises BadInput when it cannot be said there."""
    if str(document.get("specVersion", "")).startswith(f"{major}."):
        return document
    from .convert import convert

    found, _ = convert(document, formats(major, tables)[0], tables)
    state = document.get("status")
    return {**found, "status": state} if state else found


def is_footprint(document: Any, tables: Tables) -> str:
    """The name of the format of an offered document; raises Malformed for anything but a footprint of this exchange."""
    from .paper import recognized

    if not isinstance(document, dict):
        raise Malformed("a footprint is one JSON object")
    name: str = recognized(document, tables.formats).exchange
    if not name.startswith("pact-"):
        raise Malformed(f"this is {name}; bring a footprint of version 2 or 3 (carnet carbon convert makes one)")
    return name


@dataclass(frozen=True)
class Event:
    """What somebody told or asked us."""

    major: str
    kind: str
    id: str
    source: str
    data: Mapping[str, Any]


def read_event(document: Any, major: str) -> Event:
    """A CloudEvent in structured mode; raises Malformed naming the member that is wrong."""
    if not isinstance(document, dict):
        raise Malformed("an event is one JSON object")
    for name in ("type", "specversion", "id", "source", "time"):
        value = document.get(name)
        if not isinstance(value, str) or not value or len(value) > MOST_TEXT:
            raise Malformed(f"{name}: a text is needed here")
    if document["specversion"] != "1.0":
        raise Malformed(f"specversion: {document['specversion'][:20]!r} is not 1.0")
    moment(document["time"], "time")
    kind = next((k for k, name in KINDS[major].items() if name == document["type"]), "")
    if not kind:
        raise Malformed(f"type: {document['type'][:80]!r} is no event of version {major}")
    data = document.get("data")
    if not isinstance(data, dict):
        raise Malformed("data: an object is needed here")
    _SHAPES[kind](data, major)
    return Event(major, kind, document["id"], document["source"], data)


def _published(data: Mapping[str, Any], major: str) -> None:
    names = data.get("pfIds")
    if not isinstance(names, list) or not names or not all(isinstance(n, str) and n for n in names):
        raise Malformed("data.pfIds: a list of ids is needed here")


def _fulfilled(data: Mapping[str, Any], major: str) -> None:
    _answered(data, major)
    found = data.get("pfs")
    if not isinstance(found, list) or not found or not all(isinstance(p, dict) for p in found):
        raise Malformed("data.pfs: a list of footprints is needed here")


def _answered(data: Mapping[str, Any], major: str) -> None:
    if not isinstance(data.get("requestEventId"), str):
        raise Malformed("data.requestEventId: the id of the request is needed here")


def _created(data: Mapping[str, Any], major: str) -> None:
    wanted(data, major)


_SHAPES = {"published": _published, "fulfilled": _fulfilled, "rejected": _answered, "created": _created}


def wanted(data: Mapping[str, Any], major: str) -> Criteria:
    """The criteria of a request; in version 2 they stand as a fragment of a footprint."""
    fragment = data.get("pf") if major == "2" and isinstance(data.get("pf"), dict) else None
    given: dict[str, Any] = dict(data)
    if fragment is not None:
        assert isinstance(fragment, Mapping)
        given = {"productId": fragment.get("productIds"), "companyId": fragment.get("companyIds")}
    pairs: list[tuple[str, str]] = []
    for name in (*LISTS, *MOMENTS):
        value = given.get(name)
        values = value if isinstance(value, list) else [] if value is None else [value]
        if not all(isinstance(v, str) for v in values):
            raise Malformed(f"data.{name}: texts are needed here")
        pairs += [(name, v) for v in values]
    return criteria(pairs)


def answer(event: Event, offered: Sequence[Document], name: str, source: str, at: str, tables: Tables) -> Document:
    """The event that answers a request: the footprints that fit and are active, or that there are none."""
    found = wanted(event.data, event.major)
    asked = bool(found.lists or found.moments)
    fitting, unsaid = [], ""
    for document in offered:
        if asked and found.match(document):
            try:
                fitting.append(in_version(document, event.major, tables))
            except BadInput as error:
                unsaid = f"a footprint fits, but cannot be said in version {event.major}: {error}"
    data: Document = {"requestEventId": event.id}
    if fitting:
        data["pfs"] = fitting
        kind = "fulfilled"
    else:
        says = (unsaid or "no footprint fits the request") if asked else "the request names nothing to look for"
        data["error"] = {"code": "NotFound" if asked else "BadRequest", "message": says}
        kind = "rejected"
    return written(event.major, kind, name, source, at, data)


def written(major: str, kind: str, name: str, source: str, at: str, data: Document) -> Document:
    """An event of ours."""
    return {
        "type": KINDS[major][kind], "specversion": "1.0", "id": name, "source": source, "time": at, "data": data,
    }  # fmt: skip
