"""EPCIS 2.0 in JSON-LD, strictly: every event is taken whole or refused with a rule and a sentence.

Stricter than the published schema: prefixes must be declared, event ids unique, quantities real and not negative, an
aggregation has a parent, a transformation both sides. Contexts are known by name and never fetched. What is odd but
allowed (a hash id that does not match, a record from before its event) is a note.
Reading order: Rejected, read_document(), event_problems(), FIELDS.
Source: GS1 EPCIS 2.0 (cited, not quoted); field tables are ours and held against the published schema in tests.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .eventhash import event_hash
from .tables import Table

CONTEXTS = frozenset(
    f"https://{host}/{path}epcis-context.jsonld"
    for host, path in (
        ("ref.gs1.org", "standards/epcis/2.0.0/"),
        ("ref.gs1.org", "standards/epcis/"),
        ("gs1.github.io", "EPCIS/"),
    )
)
KNOWN_PREFIXES = {"cbv": "https://ref.gs1.org/cbv/", "gs1": "https://gs1.org/voc/", "rdfs": "", "xsd": "", "epcis": ""}
EVENTS = ("ObjectEvent", "AggregationEvent", "TransactionEvent", "TransformationEvent", "AssociationEvent")
MOST_EVENTS = 5_000_000

URI = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[^\s<>\"{}|\\^`]+")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)")
ZONE = re.compile(r"[+-](?:(?:0\d|1[0-3]):[0-5]\d|14:00)")
UNIT = re.compile(r"[A-Z0-9]{2,3}")
_HASH_ID = re.compile(r"ni:///sha-256;[0-9a-f]{64}\?ver=CBV2\.0")

Found = tuple[str, str]  # (rule, sentence)
Surely = Callable[[Mapping[str, str]], Callable[[Any], bool]]


@dataclass(frozen=True)
class Rejected:
    """One row that was not taken: document, number of the event (0: the document itself), rule and sentence."""

    document: str
    row: int
    rule: str
    message: str


@dataclass(frozen=True)
class EventDocument:
    """What a document holds: its events (number, event) that hold, what was refused, and what is only odd."""

    name: str
    prefixes: Mapping[str, str] = field(default_factory=dict)
    events: tuple[tuple[int, Mapping[str, Any]], ...] = ()
    rejected: tuple[Rejected, ...] = ()
    notes: tuple[Rejected, ...] = ()


class Words:
    """The words of the core vocabulary by the list they stand in."""

    def __init__(self, table: Table) -> None:
        self._lists: dict[str, frozenset[str]] = {}
        for name in {r["list"] for r in table.rows}:
            self._lists[name] = frozenset(r["word"] for r in table.rows if r["list"] == name)

    def __getitem__(self, name: str) -> frozenset[str]:
        return self._lists[name]


def read_document(plain: Any, name: str, words: Words, surely: Surely | None = None) -> EventDocument:
    """A capture document, query document or single event; nothing is raised for what it holds.

    surely  told the document's prefixes, gives a look at one event that is True only when event_problems finds nothing
    """
    if not isinstance(plain, dict):
        return _refused(name, "document", "it is not an object")
    prefixes, wrong = read_context(plain.get("@context"))
    if wrong:
        return _refused(name, "context", wrong)
    kind = plain.get("type")
    notes: list[Rejected] = []
    if kind == "EPCISDocument":
        problems = list(_document_problems(plain))
        body = plain.get("epcisBody")
        events = body.get("eventList", [body["event"]] if "event" in body else None) if isinstance(body, dict) else None
    elif kind == "EPCISQueryDocument":
        problems = []
        events = _path(plain, "epcisBody", "queryResults", "resultsBody", "eventList")
    elif isinstance(kind, str) and (kind in EVENTS or ":" in kind):
        problems, events = [], [plain]
    else:
        return _refused(name, "type", f"{_short(kind)} is neither an EPCIS document nor an event")
    if problems:
        return EventDocument(name, prefixes, rejected=tuple(Rejected(name, 0, r, m) for r, m in problems))
    if not isinstance(events, list):
        return _refused(name, "events", "it has no list of events")
    if len(events) > MOST_EVENTS:
        return _refused(name, "events", f"it holds {len(events):,} events; at most {MOST_EVENTS:,} are read")
    taken, rejected = [], []
    seen: dict[str, int] = {}
    good = surely(prefixes) if surely else lambda event: False
    for number, event in enumerate(events, 1):
        found = [] if good(event) else list(event_problems(event, prefixes, words))
        own = event.get("eventID") if isinstance(event, dict) else None
        if isinstance(own, str) and "errorDeclaration" not in event:
            if own in seen:
                found.append(("eventID", f"the id {_short(own)} is already that of event {seen[own]}"))
            seen.setdefault(own, number)
        if found:
            rejected += [Rejected(name, number, rule, message) for rule, message in found]
            continue
        taken.append((number, event))
        if "recordTime" in event or (isinstance(own, str) and own.startswith("ni:")):
            notes += [Rejected(name, number, rule, message) for rule, message in _oddities(event, prefixes)]
    return EventDocument(name, prefixes, tuple(taken), tuple(rejected), tuple(notes))


def read_context(context: Any) -> tuple[dict[str, str], str]:
    """(declared prefixes, what is wrong with the context or '')."""
    parts = context if isinstance(context, list) else [context]
    prefixes, known = dict(KNOWN_PREFIXES), False
    for part in parts:
        if isinstance(part, str):
            if part in CONTEXTS:
                known = True
            else:
                return {}, f"the context {_short(part)} is not bundled, and nothing is fetched"
        elif isinstance(part, dict):
            prefixes.update({k: v for k, v in part.items() if isinstance(v, str) and not k.startswith("@")})
        else:
            return {}, f"{_short(part)} is no context"
    return prefixes, "" if known else "it does not name the EPCIS context"


def _document_problems(plain: Mapping[str, Any]) -> Iterator[Found]:
    if not re.fullmatch(r"\d+(\.\d+)*", str(plain.get("schemaVersion", ""))):
        yield "schemaVersion", f"{_short(plain.get('schemaVersion'))} is no version such as '2.0'"
    elif not str(plain["schemaVersion"]).startswith("2"):
        yield "schemaVersion", f"version {plain['schemaVersion']} is not read here; only 2 is"
    if "creationDate" not in plain:
        yield "creationDate", "it does not say when it was made"
    else:
        yield from _moment(plain["creationDate"], "creationDate")
    body = plain.get("epcisBody")
    if not isinstance(body, dict) or not ("eventList" in body or "event" in body):
        yield "epcisBody", "it has no body with a list of events"


def event_problems(event: Any, prefixes: Mapping[str, str], words: Words) -> Iterator[Found]:
    """Everything that keeps an event from being taken."""
    if not isinstance(event, dict):
        yield "event", f"{_short(event)} is not an event"
        return
    if "@context" in event:
        own, wrong = read_context([next(iter(CONTEXTS)), *_list(event["@context"])])
        if wrong:
            yield "context", wrong
            return
        prefixes = {**prefixes, **own}
    kind = event.get("type")
    if not isinstance(kind, str) or (kind not in FIELDS and not named(kind, prefixes)):
        yield "type", f"{_short(kind)} is no kind of event"
        return
    known, needed = FIELDS.get(kind, (_ANY, ()))
    for name in (*_NEEDED, *needed):
        if name not in event:
            yield name, f"the field {name!r} is missing"
    for name, value in event.items():
        check = known.get(name)
        if check is not None:
            yield from check(value, name, words)
        elif not named(name, prefixes):
            prefix = name.partition(":")[0]
            if ":" in name:
                yield name, f"the prefix {prefix!r} is not declared in the context"
            else:
                yield name or "field", f"an event of type {kind} has no field {name!r}"
    yield from whole_problems(event, kind)


def whole_problems(event: Mapping[str, Any], kind: str) -> Iterator[Found]:
    """What an event must have together."""
    things = bool(event.get("epcList")) or bool(event.get("quantityList"))
    action = event.get("action")
    if kind == "ObjectEvent":
        if not things and "epcList" not in event and not (event.get("sensorElementList") and event.get("readPoint")):
            yield "things", "it names no thing and no quantity, nor a sensor at a read point"
        if "ilmd" in event and action != "ADD":
            yield "ilmd", "data of an instance or lot belong to its first event (action ADD)"
    elif kind in ("AggregationEvent", "AssociationEvent"):
        if not event.get("childEPCs") and not event.get("childQuantityList") and action != "DELETE":
            yield "children", "it names no child"
        if "parentID" not in event and action in ("ADD", "DELETE"):
            yield "parentID", "the parent is missing; only an observation may leave it out"
    elif kind == "TransactionEvent":
        if not things and "epcList" not in event and action != "DELETE":
            yield "things", "it names no thing and no quantity"
    elif kind == "TransformationEvent":
        inputs = event.get("inputEPCList") or event.get("inputQuantityList")
        outputs = event.get("outputEPCList") or event.get("outputQuantityList")
        if not inputs and not outputs:
            yield "things", "it has neither input nor output"
        elif not (inputs and outputs) and "transformationID" not in event:
            side = "output" if inputs else "input"
            yield "transformationID", f"it has no {side}; then a transformation id must join it to the other part"


def _oddities(event: Mapping[str, Any], prefixes: Mapping[str, str]) -> Iterator[Found]:
    own = event.get("eventID", "")
    if _HASH_ID.fullmatch(own):
        found = event_hash(event, prefixes)
        if found != own:
            yield "eventID", f"the hash id does not match the event as it stands, which gives {found}"
    recorded = event.get("recordTime")
    if recorded and _when(recorded) < _when(event["eventTime"]):
        yield "recordTime", f"it was recorded {recorded}, before it happened {event['eventTime']}: is a clock wrong?"


def _when(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text)


# --- single fields -----------------------------------------------------------------------------------------------

Check = Callable[[Any, str, Words], Iterator[Found]]


def _moment(value: Any, name: str, words: Words | None = None) -> Iterator[Found]:
    try:
        if isinstance(value, str) and MOMENT.fullmatch(value):
            datetime.datetime.fromisoformat(value)
            return
    except ValueError:
        pass
    yield name, f"{_short(value)} is not a moment with its zone, such as 2026-11-21T12:00:00Z"


def _zone(value: Any, name: str, words: Words) -> Iterator[Found]:
    if not isinstance(value, str) or not ZONE.fullmatch(value):
        yield name, f"{_short(value)} is not an offset such as +01:00"


def _uri(value: Any, name: str, words: Words | None = None) -> Iterator[Found]:
    if not isinstance(value, str) or len(value) > 2048 or not URI.fullmatch(value):
        yield name, f"{_short(value)} is not an address or name (URI)"


def _uris(value: Any, name: str, words: Words) -> Iterator[Found]:
    if not isinstance(value, list):
        yield name, "it is not a list"
        return
    for one in value:
        yield from _uri(one, name)
    if len(set(map(str, value))) != len(value):
        yield name, "one of its names stands twice"


def _uri_or_uris(value: Any, name: str, words: Words) -> Iterator[Found]:
    yield from _uris(value, name, words) if isinstance(value, list) else _uri(value, name)


def _text(value: Any, name: str, words: Words) -> Iterator[Found]:
    if not isinstance(value, str):
        yield name, f"{_short(value)} is not text"


def _yes_no(value: Any, name: str, words: Words) -> Iterator[Found]:
    if not isinstance(value, bool):
        yield name, f"{_short(value)} is neither true nor false"


def _number(value: Any, name: str, words: Words) -> Iterator[Found]:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        yield name, f"{_short(value)} is not a number"


def _hex(value: Any, name: str, words: Words) -> Iterator[Found]:
    if not isinstance(value, str) or not re.fullmatch(r"[A-Fa-f0-9]*", value):
        yield name, f"{_short(value)} is not hexadecimal"


def _action(value: Any, name: str, words: Words) -> Iterator[Found]:
    if value not in ("OBSERVE", "ADD", "DELETE"):
        yield name, f"{_short(value)} is not one of OBSERVE, ADD, DELETE"


def _word(listed: str) -> Check:
    def check(value: Any, name: str, words: Words) -> Iterator[Found]:
        if isinstance(value, str) and value in words[listed]:
            return
        if not isinstance(value, str) or not URI.fullmatch(value):
            yield name, f"{_short(value)} is no word of the vocabulary, nor an address of another one"

    return check


def _place(value: Any, name: str, words: Words) -> Iterator[Found]:
    if not isinstance(value, dict) or "id" not in value:
        yield name, "it has no id"
    else:
        yield from _uri(value["id"], f"{name}.id")


def _quantities(value: Any, name: str, words: Words) -> Iterator[Found]:
    if not isinstance(value, list):
        yield name, "it is not a list"
        return
    for one in value:
        if not isinstance(one, dict) or "epcClass" not in one:
            yield name, "a quantity names no class of things (epcClass)"
            continue
        extra = set(one) - {"epcClass", "quantity", "uom"}
        if extra:
            yield name, f"a quantity has no field {sorted(extra)[0]!r}"
        yield from _uri(one["epcClass"], f"{name}.epcClass")
        amount, unit = one.get("quantity"), one.get("uom")
        if amount is not None:
            if isinstance(amount, bool) or not isinstance(amount, (int, float)) or amount < 0:
                yield f"{name}.quantity", f"{_short(amount)} is not an amount of zero or more"
            elif unit is None and amount != int(amount):
                yield f"{name}.uom", f"{amount} pieces: a broken number needs a unit"
        if unit is not None and (not isinstance(unit, str) or not UNIT.fullmatch(unit)):
            yield f"{name}.uom", f"{_short(unit)} is no unit code such as KGM"
        if unit is not None and amount is None:
            yield f"{name}.quantity", "a unit without an amount"


def _typed(key: str, listed: str, *, typed: bool) -> Check:
    check_word = _word(listed)

    def check(value: Any, name: str, words: Words) -> Iterator[Found]:
        if not isinstance(value, list):
            yield name, "it is not a list"
            return
        for one in value:
            if not isinstance(one, dict) or key not in one or (typed and "type" not in one) or set(one) - {key, "type"}:
                yield name, f"a row has {key!r} and {'needs' if typed else 'may have'} a type, and nothing else"
                continue
            yield from _uri(one[key], f"{name}.{key}")
            if "type" in one:
                yield from check_word(one["type"], f"{name}.type", words)

    return check


def _persistent(value: Any, name: str, words: Words) -> Iterator[Found]:
    if not isinstance(value, dict) or not set(value) or set(value) - {"set", "unset"}:
        yield name, "it has neither 'set' nor 'unset', or something else"
        return
    for side, listed in value.items():
        if not isinstance(listed, list) or not listed or len(set(map(str, listed))) != len(listed):
            yield f"{name}.{side}", "it is not a list of different words"
            continue
        for one in listed:
            yield from _word("disposition")(one, f"{name}.{side}", words)


def _object(value: Any, name: str, words: Words) -> Iterator[Found]:
    if not isinstance(value, dict):
        yield name, "it is not an object"


def _declaration(value: Any, name: str, words: Words) -> Iterator[Found]:
    if not isinstance(value, dict) or "declarationTime" not in value:
        yield name, "it does not say when the error was declared"
        return
    yield from _moment(value["declarationTime"], f"{name}.declarationTime")
    if "reason" in value:
        yield from _word("errorReason")(value["reason"], f"{name}.reason", words)
    if "correctiveEventIDs" in value:
        yield from _uris(value["correctiveEventIDs"], f"{name}.correctiveEventIDs", words)


def _sensors(value: Any, name: str, words: Words) -> Iterator[Found]:
    if not isinstance(value, list):
        yield name, "it is not a list"
        return
    for one in value:
        reports = one.get("sensorReport") if isinstance(one, dict) else None
        if not isinstance(reports, list) or not reports:
            yield name, "a sensor reports nothing"
            continue
        yield from _members(one.get("sensorMetadata", {}), f"{name}.sensorMetadata", _METADATA, words)
        for report in reports:
            if not isinstance(report, dict) or not ("type" in report or "exception" in report):
                yield f"{name}.sensorReport", "a report does not say what was measured (type)"
                continue
            yield from _members(report, f"{name}.sensorReport", _REPORT, words)


def _members(value: Any, name: str, known: Mapping[str, Check], words: Words) -> Iterator[Found]:
    if not isinstance(value, dict):
        yield name, "it is not an object"
        return
    for key, one in value.items():
        if key in known:
            yield from known[key](one, f"{name}.{key}", words)
        elif ":" not in key:
            yield name, f"it has no field {key!r}"


_METADATA: dict[str, Check] = {
    "time": _moment, "startTime": _moment, "endTime": _moment, "deviceID": _uri, "deviceMetadata": _uri,
    "rawData": _uri, "dataProcessingMethod": _uri, "bizRules": _uri,
}  # fmt: skip
_REPORT: dict[str, Check] = {
    "type": _word("measurementType"), "exception": _word("sensorAlertType"), "deviceID": _uri, "deviceMetadata": _uri,
    "rawData": _uri, "dataProcessingMethod": _uri, "bizRules": _uri, "time": _moment, "microorganism": _uri,
    "chemicalSubstance": _uri, "coordinateReferenceSystem": _uri, "value": _number, "component": _word("component"),
    "stringValue": _text, "booleanValue": _yes_no, "hexBinaryValue": _hex, "uriValue": _uri, "minValue": _number,
    "maxValue": _number, "meanValue": _number, "sDev": _number, "percRank": _number, "percValue": _number, "uom": _text,
}  # fmt: skip
_NEEDED = ("eventTime", "eventTimeZoneOffset")
_EVERY: dict[str, Check] = {
    "@context": lambda value, name, words: iter(()), "type": _text, "eventTime": _moment, "recordTime": _moment,
    "eventTimeZoneOffset": _zone, "eventID": _uri, "certificationInfo": _uri_or_uris, "errorDeclaration": _declaration,
}  # fmt: skip
_WHY: dict[str, Check] = {
    "bizStep": _word("bizStep"), "disposition": _word("disposition"), "readPoint": _place, "bizLocation": _place,
    "bizTransactionList": _typed("bizTransaction", "bizTransactionType", typed=False),
    "sourceList": _typed("source", "sourceOrDestinationType", typed=True),
    "destinationList": _typed("destination", "sourceOrDestinationType", typed=True), "sensorElementList": _sensors,
}  # fmt: skip
_CHILDREN: dict[str, Check] = {
    "parentID": _uri, "childEPCs": _uris, "childQuantityList": _quantities, "action": _action,
}  # fmt: skip
_TRANSFORMED: dict[str, Check] = {
    "inputEPCList": _uris, "inputQuantityList": _quantities, "outputEPCList": _uris, "outputQuantityList": _quantities,
    "transformationID": _uri, "persistentDisposition": _persistent, "ilmd": _object,
}  # fmt: skip
_THINGS: dict[str, Check] = {"epcList": _uris, "quantityList": _quantities, "action": _action}
_OBJECT: dict[str, Check] = {**_THINGS, "persistentDisposition": _persistent, "ilmd": _object}
_ANY: dict[str, Check] = {**_EVERY, **_WHY, **_OBJECT, **_CHILDREN, **_TRANSFORMED}
# Kind of event -> (its fields, those it must have beside the time).
FIELDS: dict[str, tuple[dict[str, Check], tuple[str, ...]]] = {
    "ObjectEvent": ({**_EVERY, **_WHY, **_OBJECT}, ("action",)),
    "AggregationEvent": ({**_EVERY, **_WHY, **_CHILDREN}, ("action",)),
    "TransactionEvent": ({**_EVERY, **_WHY, **_THINGS, "parentID": _uri}, ("action", "bizTransactionList")),
    "TransformationEvent": ({**_EVERY, **_WHY, **_TRANSFORMED}, ()),
    "AssociationEvent": ({**_EVERY, **_WHY, **_CHILDREN}, ("action", "parentID")),
}


def named(name: str, prefixes: Mapping[str, str]) -> bool:
    """True for a name of somebody else's vocabulary: a full address, or a prefix that was declared."""
    prefix, colon, local = name.partition(":")
    return bool(colon and local) and (prefix in prefixes or prefix in ("http", "https", "urn"))


def _path(plain: Any, *keys: str) -> Any:
    for key in keys:
        plain = plain.get(key) if isinstance(plain, dict) else None
    return plain


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _refused(name: str, rule: str, message: str) -> EventDocument:
    return EventDocument(name, rejected=(Rejected(name, 0, rule, message),))


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
