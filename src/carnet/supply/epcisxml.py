"""EPCIS in XML, read into the form of its JSON so that one set of rules judges both, and written from it.

The 2.0 spelling and, because it is the same event, the 1.2 spelling with its `extension` wrappers. A document type
with anything in it (entities, a subset, an address) is refused before it is read; depth, size and number of elements
have limits. Words of the core vocabulary get their short form, so that a wrong one is found.
Reading order: read_xml(), to_plain(), write_xml().
Source: GS1 EPCIS 2.0, section 9.5 (XML bindings, cited from use in published examples, not quoted).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from ..ledger.plain import Refused
from .epcis import EVENTS

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
OURS = "urn:carnet:supply:"
NAMESPACES = frozenset({"", "urn:epcglobal:epcis:xsd:2", "urn:epcglobal:epcis:xsd:1",
                        "urn:epcglobal:epcis-query:xsd:2", "urn:epcglobal:epcis-query:xsd:1"})  # fmt: skip
SCHEMA_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
MOST_BYTES, MOST_ELEMENTS, MOST_DEPTH, MOST_TEXT = 256 * 1024 * 1024, 20_000_000, 64, 1024 * 1024
WRAPPERS = frozenset({"extension", "baseExtension"})
LISTS = {
    "epcList": "epc", "childEPCs": "epc", "inputEPCList": "epc", "outputEPCList": "epc",
    "correctiveEventIDs": "correctiveEventID",
}  # fmt: skip
QUANTITIES = ("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList")
TYPED = {"bizTransactionList": "bizTransaction", "sourceList": "source", "destinationList": "destination"}
NUMBERS = frozenset(
    {"value", "minValue", "maxValue", "meanValue", "sDev", "percRank", "percValue", "quantity"}
)  # fmt: skip
_PLAIN_OURS = frozenset({"kgco2e", "kgco2e_per_kg", "contents", "contents_by_lot"})
_NUMBER = re.compile(r"[+-]?\d{1,30}(?:\.\d{1,30})?(?:[eE][+-]?\d{1,3})?")
# A word of the core vocabulary: as URN, with the usual prefix, or as an address.
_WORD = re.compile(
    r"(?:urn:epcglobal:cbv:(?:bizstep|disp|btt|sdt|er):"
    r"|(?:cbv:|https://ref\.gs1\.org/cbv/)(?:BizStep|Disp|BTT|SDT|ER|Comp)-|(?:gs1:|https://gs1\.org/voc/))([A-Za-z0-9_]+)"
)


@dataclass
class Element:
    """One element: its namespace and name, attributes by (namespace, name), children, and its own text."""

    space: str
    name: str
    attributes: dict[tuple[str, str], str]
    children: list[Element] = field(default_factory=list)
    text: str = ""

    @property
    def known(self) -> bool:
        return self.space in NAMESPACES

    def child(self, *names: str) -> Element | None:
        here: Element | None = self
        for name in names:
            here = next((c for c in here.children if c.known and c.name == name), None) if here else None
        return here


def read_xml(raw: bytes) -> tuple[Element, dict[str, str]]:
    """(root, namespace -> prefix) of a document; raises Refused with a sentence and a line."""
    if len(raw) > MOST_BYTES:
        raise Refused(f"the XML has {len(raw):,} bytes; at most {MOST_BYTES:,} are read")
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    tree = _Tree(parser)
    try:
        parser.Parse(raw, True)
    except Refused:
        raise
    except expat.ExpatError as error:
        said = expat.ErrorString(error.code)
        raise Refused(f"line {error.lineno}: it is not XML here: {said}") from None
    except (UnicodeError, ValueError, LookupError) as error:
        raise Refused(f"it is not XML: {type(error).__name__}") from None
    if tree.root is None:
        raise Refused("it holds no element")
    return tree.root, tree.prefixes


class _Tree:
    """What the parser tells, built into elements; a refusal stops the parser."""

    def __init__(self, parser: expat.XMLParserType) -> None:
        self.parser, self.count = parser, 0
        self.open: list[Element] = []
        self.prefixes: dict[str, str] = {}
        self.root: Element | None = None
        parser.StartDoctypeDeclHandler = self.doctype
        parser.EntityDeclHandler = self.entity
        parser.StartNamespaceDeclHandler = self.namespace
        parser.StartElementHandler = self.start
        parser.EndElementHandler = self.end
        parser.CharacterDataHandler = self.characters

    def refuse(self, says: str) -> None:
        raise Refused(f"line {self.parser.CurrentLineNumber}: {says}")

    def doctype(self, name: str, system: str | None, public: str | None, subset: int) -> None:
        if system or public or subset:
            self.refuse("it brings a document type with entities or an address; such documents are not read")

    def entity(self, *said: Any) -> None:
        self.refuse("it declares an entity; such documents are not read")

    def namespace(self, prefix: str | None, uri: str | None) -> None:
        uri = uri or ""
        if uri and uri not in self.prefixes:
            taken = set(self.prefixes.values())
            name = prefix or "ns"
            while name in taken or name in ("http", "https", "urn"):
                name += "_"
            self.prefixes[uri] = name

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.count += 1
        if self.count > MOST_ELEMENTS or len(self.open) >= MOST_DEPTH:
            self.refuse(f"it has more than {MOST_ELEMENTS:,} elements, or is deeper than {MOST_DEPTH}")
        element = Element(*_split(name), {_split(k): v for k, v in attributes.items()})
        if self.open:
            self.open[-1].children.append(element)
        else:
            self.root = element
        self.open.append(element)

    def end(self, name: str) -> None:
        element = self.open.pop()
        element.text = element.text.strip()

    def characters(self, text: str) -> None:
        if self.open and (text.strip() or self.open[-1].text):
            if len(self.open[-1].text) + len(text) > MOST_TEXT:
                self.refuse(f"a text is longer than {MOST_TEXT:,} characters")
            self.open[-1].text += text


def _split(name: str) -> tuple[str, str]:
    space, _, local = name.rpartition(" ")
    return space, local


# --- to the form of JSON -----------------------------------------------------------------------------------------


def to_plain(raw: bytes) -> dict[str, Any]:
    """A document as its JSON form has it; raises Refused when it is no document of events."""
    root, prefixes = read_xml(raw)
    names = {uri: prefix for uri, prefix in prefixes.items() if uri not in NAMESPACES}
    head = {"@context": [CONTEXT, {prefix: uri for uri, prefix in names.items() if prefix not in ("cbv", "gs1")}]}
    if not root.known:
        raise Refused(f"its root {root.name[:60]!r} is of the namespace {root.space[:80]!r}, which is not EPCIS")
    if root.name in EVENTS:
        return {**head, **_event(root, names)}
    if root.name not in ("EPCISDocument", "EPCISQueryDocument"):
        raise Refused(f"its root {root.name[:60]!r} is neither an EPCIS document nor an event")
    body = root.child("EPCISBody")
    if root.name == "EPCISQueryDocument":
        listed = body.child("QueryResults", "resultsBody", "EventList") if body else None
        if listed is None:
            raise Refused("it is a question (a query), not an answer with events")
    else:
        listed = body.child("EventList") if body else None
        if listed is None:
            raise Refused("it has no body with a list of events")
    said = {k[1]: v for k, v in root.attributes.items() if k[0] == ""}
    events = [_event(e, names) for e in _unwrapped(listed) if e.known or e.children]
    return {
        **head,
        "type": "EPCISDocument",
        **{k: said[k] for k in ("schemaVersion", "creationDate") if k in said},
        "epcisBody": {"eventList": events},
    }


def _unwrapped(element: Element) -> Iterator[Element]:
    """The children, those in wrappers of the older spelling too."""
    for child in element.children:
        if child.known and child.name in WRAPPERS:
            yield from _unwrapped(child)
        else:
            yield child


def _event(element: Element, names: Mapping[str, str]) -> dict[str, Any]:
    kind = element.name if element.known else f"{names.get(element.space, 'ns')}:{element.name}"
    event: dict[str, Any] = {"type": kind}
    for child in _unwrapped(element):
        if not child.known:
            _put(event, _name(child, names), _extension(child, names))
        elif child.name in LISTS:
            event[child.name] = [c.text for c in _unwrapped(child)]
        elif child.name in QUANTITIES:
            event[child.name] = [_quantity(c) for c in _unwrapped(child)]
        elif child.name in TYPED:
            event[child.name] = [_typed(c, TYPED[child.name]) for c in _unwrapped(child)]
        elif child.name in ("readPoint", "bizLocation", "errorDeclaration", "ilmd"):
            event[child.name] = _object(child, names)
        elif child.name == "persistentDisposition":
            sides: dict[str, Any] = {}
            for c in child.children:
                sides.setdefault(c.name, []).append(_word(c.text))
            event[child.name] = sides
        elif child.name == "sensorElementList":
            event[child.name] = [_sensor(c, names) for c in child.children]
        else:
            _put(event, child.name, _word(child.text) if child.name in ("bizStep", "disposition") else child.text)
    return event


def _put(target: dict[str, Any], name: str, value: Any) -> None:
    """Set a member; what stands several times becomes a list."""
    if name not in target:
        target[name] = value
    elif isinstance(target[name], list):
        target[name].append(value)
    else:
        target[name] = [target[name], value]


def _name(element: Element, names: Mapping[str, str]) -> str:
    return f"{names[element.space]}:{element.name}" if element.space in names else element.name


def _extension(element: Element, names: Mapping[str, str]) -> Any:
    """What others added: text, or an object of what it holds."""
    if not element.children:
        if element.space == OURS and element.name in _PLAIN_OURS:
            try:
                return json.loads(element.text)
            except (ValueError, RecursionError):
                return element.text
        return element.text
    found: dict[str, Any] = {}
    for child in element.children:
        _put(found, _name(child, names), _extension(child, names))
    return found


def _object(element: Element, names: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for child in _unwrapped(element):
        if child.known and child.name in LISTS:
            found[child.name] = [c.text for c in child.children]
        elif child.known and child.name == "reason":
            found[child.name] = _word(child.text)
        else:
            _put(found, _name(child, names) if not child.known else child.name, _extension(child, names))
    return found


def _quantity(element: Element) -> dict[str, Any]:
    return {c.name: _number(c.text) if c.name in NUMBERS else c.text for c in element.children}


def _typed(element: Element, key: str) -> dict[str, Any]:
    kind = element.attributes.get(("", "type"))
    return {**({"type": _word(kind)} if kind is not None else {}), key: element.text}


def _sensor(element: Element, names: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for child in element.children:
        if child.known and child.name == "sensorReport":
            found.setdefault("sensorReport", []).append(_attributes(child, names))
        elif child.known and child.name == "sensorMetadata":
            found["sensorMetadata"] = _attributes(child, names)
        else:
            _put(found, _name(child, names), _extension(child, names))
    return found


def _attributes(element: Element, names: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for (space, name), text in element.attributes.items():
        if space == SCHEMA_INSTANCE:
            continue
        if space:
            found[f"{names.get(space, 'ns')}:{name}"] = text
        elif name in NUMBERS:
            found[name] = _number(text)
        elif name == "booleanValue":
            found[name] = {"true": True, "1": True, "false": False, "0": False}.get(text, text)
        else:
            found[name] = _word(text) if name in ("type", "exception", "component") else text
    for child in element.children:
        _put(found, _name(child, names), _extension(child, names))
    return found


def _word(text: str) -> str:
    match = _WORD.fullmatch(text)
    return match[1] if match else text


def _number(text: str) -> Any:
    """A number as JSON would have it; what is none stays text, which the rules refuse."""
    if not _NUMBER.fullmatch(text):
        return text
    value = float(text)
    return value if abs(value) < 1e300 else text


# --- writing -----------------------------------------------------------------------------------------------------

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<epcis:EPCISDocument xmlns:epcis="urn:epcglobal:epcis:xsd:2" '
    f'xmlns:carnet="{OURS}" schemaVersion="2.0" creationDate='
)
_FIRST = (
    "eventTime", "recordTime", "eventTimeZoneOffset", "eventID", "inputEPCList", "inputQuantityList", "outputEPCList",
    "outputQuantityList", "epcList", "action", "transformationID", "bizStep", "disposition", "readPoint", "bizLocation",
    "quantityList", "ilmd",
)  # fmt: skip


def write_xml(document: Mapping[str, Any]) -> str:
    """A capture document of `events.to_document` as XML, which reads back the same."""
    lines = [_HEAD + quoteattr(document["creationDate"]) + ">", "<EPCISBody><EventList>"]
    for event in document["epcisBody"]["eventList"]:
        rows = [_written(name, event[name]) for name in _FIRST if name in event]
        rows += [_written(name, value) for name, value in event.items() if name not in _FIRST and name != "type"]
        lines.append(f"<{event['type']}>{''.join(rows)}</{event['type']}>")
    return "\n".join([*lines, "</EventList></EPCISBody>", "</epcis:EPCISDocument>"]) + "\n"


def _written(name: str, value: Any) -> str:
    if name in LISTS:
        inner = "".join(f"<{LISTS[name]}>{escape(one)}</{LISTS[name]}>" for one in value)
    elif name in QUANTITIES:
        inner = "".join(
            "<quantityElement>"
            + "".join(f"<{k}>{escape(_said(v))}</{k}>" for k, v in one.items())
            + "</quantityElement>"
            for one in value
        )
    elif isinstance(value, dict) and not name.startswith("carnet:"):
        inner = "".join(_written(k, v) for k, v in value.items())
    else:
        inner = escape(_said(value))
    return f"<{name}>{inner}</{name}>"


def _said(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
