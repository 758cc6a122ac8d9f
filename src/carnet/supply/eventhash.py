"""The id an event gives itself: a hash over what happened, the same however it was written down.

Fields in one order, lists sorted, times in UTC to the millisecond, keys in one spelling, extensions last; what does not
belong to the event itself (its id, when it was recorded, comments, a later error declaration) is left out.
Reading order: ORDER, prehash(), event_hash().
Source: GS1 CBV 2.0, section 8.9; checked against the vectors of the reference implementation.
"""

from __future__ import annotations

import datetime
import hashlib
import re
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from .keys import canonical

CBV, VOC = "https://ref.gs1.org/cbv/", "https://gs1.org/voc/"
_QUANTITY = ("epcClass", "quantity", "uom")
_METADATA = (
    "time", "startTime", "endTime", "deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "bizRules",
)  # fmt: skip
_REPORT = (
    "type", "exception", "deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "time", "microorganism",
    "chemicalSubstance", "value", "component", "stringValue", "booleanValue", "hexBinaryValue", "uriValue", "minValue",
    "maxValue", "meanValue", "sDev", "percRank", "percValue", "uom", "coordinateReferenceSystem",
)  # fmt: skip
ORDER = (
    "type", "eventTime", "eventTimeZoneOffset", "certificationInfo", "epcList", "parentID", "inputEPCList", "childEPCs",
    "quantityList", "childQuantityList", "inputQuantityList", "outputEPCList", "outputQuantityList", "action",
    "transformationID", "bizStep", "disposition", "persistentDisposition", "readPoint", "bizLocation",
    "bizTransactionList", "sourceList", "destinationList", "sensorElementList", "ilmd",
)  # fmt: skip
IGNORED = frozenset({"eventID", "recordTime", "errorDeclaration", "@context", "rdfs:comment", "comment"})
_WORDS = {
    "bizStep": ("BizStep-", "bizstep"),
    "disposition": ("Disp-", "disp"),
    "bizTransactionType": ("BTT-", "btt"),
    "sourceOrDestinationType": ("SDT-", "sdt"),
    "component": ("Comp-", "comp"),
}
_TIMES = frozenset({"time", "startTime", "endTime", "eventTime"})
_BARE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)")


def event_hash(event: Mapping[str, Any], prefixes: Mapping[str, str]) -> str:
    """The hash id (ni:) of an event; prefixes are those of the document's context."""
    text = prehash(event, prefixes)
    return f"ni:///sha-256;{hashlib.sha256(text.encode()).hexdigest()}?ver=CBV2.0"


def prehash(event: Mapping[str, Any], prefixes: Mapping[str, str]) -> str:
    """What is hashed, as one line of text."""
    parts = [_field(name, event[name], prefixes) for name in ORDER if event.get(name) not in (None, [], {})]
    return "".join(parts) + _extensions(event, frozenset(ORDER) | IGNORED, prefixes)


def _field(name: str, value: Any, prefixes: Mapping[str, str]) -> str:
    if name == "type":
        return f"eventType={_expand(str(value), prefixes)}"
    if name in ("eventTime",):
        return f"{name}={utc(value)}"
    if name in ("epcList", "inputEPCList", "outputEPCList", "childEPCs"):
        return name + "".join(sorted(f"epc={canonical(str(e))}" for e in value))
    if name.endswith("uantityList"):
        return name + "".join(sorted(f"quantityElement{_plain(q, _QUANTITY, prefixes)}" for q in value))
    if name in ("bizStep", "disposition"):
        return f"{name}={_word(name, value, prefixes)}"
    if name == "persistentDisposition":
        sides = [(s, value[s]) for s in ("set", "unset") if value.get(s)]
        return name + "".join(
            "".join(sorted(f"{s}={_word('disposition', v, prefixes)}" for v in words)) for s, words in sides
        )
    if name in ("readPoint", "bizLocation"):
        known = frozenset({"id"})
        return f"{name}id={canonical(str(value.get('id', '')))}" + _extensions(value, known, prefixes)
    if name in ("bizTransactionList", "sourceList", "destinationList"):
        return name + "".join(sorted(_typed(name, v, prefixes) for v in value))
    if name == "sensorElementList":
        return name + "".join(sorted(_sensor(v, prefixes) for v in value))
    if name == "ilmd":
        return name + _extensions(value, frozenset(), prefixes)
    if isinstance(value, list):  # certificationInfo may be one or several
        return "".join(sorted(f"{name}={canonical(str(v))}" for v in value))
    return f"{name}={canonical(_scalar(value))}"


def _typed(name: str, value: Mapping[str, Any], prefixes: Mapping[str, str]) -> str:
    key = name.removesuffix("List")
    words = "bizTransactionType" if key == "bizTransaction" else "sourceOrDestinationType"
    kind = f"type={_word(words, value['type'], prefixes)}" if value.get("type") else ""
    return f"{kind}{key}={canonical(str(value.get(key, '')))}"


def _sensor(value: Mapping[str, Any], prefixes: Mapping[str, str]) -> str:
    found = "sensorElement"
    if "sensorMetadata" in value:
        found += "sensorMetadata" + _plain(value["sensorMetadata"], _METADATA, prefixes)
    found += "".join(sorted("sensorReport" + _plain(r, _REPORT, prefixes) for r in value.get("sensorReport", [])))
    return found + _extensions(value, frozenset({"sensorMetadata", "sensorReport"}), prefixes)


def _plain(value: Mapping[str, Any], order: tuple[str, ...], prefixes: Mapping[str, str]) -> str:
    found = ""
    for name in order:
        if name not in value or value[name] in (None, ""):
            continue
        one = value[name]
        if name in _TIMES:
            shown = utc(one)
        elif name in ("type", "exception"):
            shown = VOC + one if _BARE.fullmatch(str(one)) else _expand(str(one), prefixes)
        elif name == "component":
            shown = _word(name, one, prefixes)
        else:
            shown = canonical(_scalar(one))
        found += f"{name}={shown}"
    return found + _extensions(value, frozenset(order), prefixes)


def _extensions(value: Mapping[str, Any], known: frozenset[str], prefixes: Mapping[str, str]) -> str:
    """What others added, as {namespace}name=value, sorted."""
    found = [_extension(n, v, prefixes) for n, v in value.items() if n not in known and n not in IGNORED]
    return "".join(sorted(found))


def _extension(name: str, value: Any, prefixes: Mapping[str, str]) -> str:
    shown = _named(name, prefixes)
    if isinstance(value, list):
        return "".join(sorted(_extension(name, v, prefixes) for v in value))
    if isinstance(value, dict):
        inner = [_extension(n, v, prefixes) for n, v in value.items() if n not in IGNORED]
        return shown + "".join(sorted(inner))
    return f"{shown}={_scalar(value)}"


def _named(name: str, prefixes: Mapping[str, str]) -> str:
    prefix, colon, local = name.partition(":")
    if colon and prefix in prefixes:
        return f"{{{prefixes[prefix]}}}{local}"
    if name.startswith(("http://", "https://")):
        at = max(name.rfind("/"), name.rfind("#")) + 1
        return f"{{{name[:at]}}}{name[at:]}"
    return name


def _expand(text: str, prefixes: Mapping[str, str]) -> str:
    prefix, colon, local = text.partition(":")
    return prefixes[prefix] + local if colon and prefix in prefixes and not local.startswith("//") else text


def _word(kind: str, value: Any, prefixes: Mapping[str, str]) -> str:
    """A word of the core vocabulary as an address, from its bare, prefixed or URN form."""
    short, urn = _WORDS[kind]
    text = str(value)
    if _BARE.fullmatch(text):
        return f"{CBV}{short}{text}"
    if text.startswith(f"urn:epcglobal:cbv:{urn}:"):
        return f"{CBV}{short}{text.rpartition(':')[2]}"
    return re.sub(r"^https?://ns\.gs1\.org/cbv/", CBV, _expand(text, {"cbv": CBV, **prefixes}))


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        text = format(Decimal(repr(value)), "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    return str(value)


def utc(text: Any) -> str:
    """A moment with its zone as UTC to the millisecond, rounded half up; raises ValueError."""
    match = _MOMENT.fullmatch(str(text))
    if not match:
        raise ValueError(f"{str(text)[:40]!r} is not a moment such as 2026-11-21T12:00:00Z")
    zone = "+00:00" if match[3] == "Z" else match[3]
    moment = datetime.datetime.fromisoformat(match[1] + zone).astimezone(datetime.UTC)
    thousandths = int((Decimal("0" + (match[2] or ".0")) * 1000).quantize(Decimal(1), ROUND_HALF_UP))
    moment += datetime.timedelta(milliseconds=thousandths)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}Z"
