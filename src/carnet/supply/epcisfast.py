"""EPCIS documents quickly: what is surely good is taken at one look, all else is left to the readable rules in `epcis`.

Two sound shortcuts, no second set of rules. Keys that stand twice are excluded by counting: a text holds at least as
many key endings as its objects hold keys, and exactly as many only when none was lost. An event of plain fields, each
of which passes the same patterns and word lists, is good; any other is judged (and explained) by `event_problems`.
Reading order: read_bytes(), Look.
The claim, held by a property test: the outcome is that of parse() and read_document() on every document.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import numpy as np

from ..ledger.plain import MOST_DEPTH, MOST_DIGITS
from .epcis import FIELDS, MOMENT, UNIT, URI, ZONE, EventDocument, Words, named, read_document, whole_problems

MOST_KEPT = 100_000  # names remembered as good
MOST_NAME = 2048
# Most names, by a pattern that is cheap to try; what it does not match is tried with the whole one.
_COMMON = re.compile(r"(?:urn|https|http|ni):[!#-;=?-\[\]_a-z~]+")
_KINDS = (b'"EPCISDocument"', b'"EPCISQueryDocument"')
_ACTIONS = frozenset({"OBSERVE", "ADD", "DELETE"})
_ENVELOPE = 8  # levels that a document may have around its events
_URI, _URIS, _MOMENT, _ZONE, _PLACE, _QUANTITIES, _ACTION, _OBJECT, _KIND, _STEP, _DISPOSITION = range(11)
_PLAIN = {
    "type": _KIND, "eventTime": _MOMENT, "recordTime": _MOMENT, "eventTimeZoneOffset": _ZONE, "eventID": _URI,
    "action": _ACTION, "bizStep": _STEP, "disposition": _DISPOSITION, "readPoint": _PLACE, "bizLocation": _PLACE,
    "epcList": _URIS, "childEPCs": _URIS, "inputEPCList": _URIS, "outputEPCList": _URIS, "parentID": _URI,
    "transformationID": _URI, "quantityList": _QUANTITIES, "childQuantityList": _QUANTITIES,
    "inputQuantityList": _QUANTITIES, "outputQuantityList": _QUANTITIES, "ilmd": _OBJECT,
}  # fmt: skip
_BY_KIND = {kind: {n: c for n, c in _PLAIN.items() if n in fields} for kind, (fields, _) in FIELDS.items()}
_NEEDED = {kind: ("eventTime", "eventTimeZoneOffset", *needed) for kind, (_, needed) in FIELDS.items()}


class _Odd(ValueError):
    """Something that only the strict reader may judge."""


def read_bytes(raw: bytes, name: str, words: Words) -> EventDocument | None:
    """As read_document(parse(raw)); None when that has to be asked instead, because something is odd."""
    if not any(kind in raw[:4096] for kind in _KINDS):
        return None
    ends = key_ends(raw)
    if ends is None:
        return None
    look = Look(words)
    try:
        plain = json.loads(raw.decode(), parse_float=_number, parse_int=_whole, parse_constant=_refuse)
        found = read_document(plain, name, words, look)
        keys = look.keys + look.count(plain, _ENVELOPE)
    except (ValueError, RecursionError):
        return None
    return found if keys == ends else None


def key_ends(raw: bytes) -> int | None:
    """How often a quotation mark stands before a colon; None when a blank ever does, because that may hide a key."""
    letters = np.frombuffer(raw, np.uint8)
    colon, before = letters[1:] == ord(":"), letters[:-1]
    if (colon & (before <= ord(" "))).any():
        return None
    return int((colon & (before == ord('"'))).sum())


def _number(literal: str) -> float:
    value = float(literal) if len(literal) <= MOST_DIGITS else math.inf
    if math.isinf(value):
        raise _Odd
    return value


def _whole(literal: str) -> int:
    if len(literal) > MOST_DIGITS:
        raise _Odd
    return int(literal)


def _refuse(literal: str) -> Any:
    raise _Odd


class Look:
    """One look at each event of a document; `keys` counts what the events hold."""

    def __init__(self, words: Words) -> None:
        self.words, self.keys = words, 0
        self.kept: set[str] = set()
        self.zones: set[str] = set()
        self.units: set[str] = set()
        self.first: Any = None
        self.prefixes: Mapping[str, str] = {}
        self.lists = {_STEP: words["bizStep"], _DISPOSITION: words["disposition"]}

    def __call__(self, prefixes: Mapping[str, str]) -> Callable[[Any], bool]:
        self.prefixes = prefixes
        return self.good

    def good(self, event: Any) -> bool:
        """True only when event_problems finds nothing; whatever it is, its keys are counted."""
        if self.first is None:
            self.first = event
        found = self._good(event) if isinstance(event, dict) else 0
        self.keys += found or self.count(event, 0, events=True)
        return found > 0

    def _good(self, event: dict[str, Any]) -> int:
        """How many keys a surely good event holds; 0 when that is not sure."""
        kind = event.get("type")
        fields = _BY_KIND.get(kind) if isinstance(kind, str) else None
        if fields is None:
            return 0
        for name in _NEEDED[kind]:  # type: ignore[index]
            if name not in event:
                return 0
        keys = len(event)
        for name, value in event.items():
            check = fields.get(name)
            if check == _URI:
                if not self._uri(value):
                    return 0
            elif check == _QUANTITIES:
                more = self._quantities(value)
                if not more:
                    return 0
                keys += more - 1
            elif check == _MOMENT:
                if not _moment(value):
                    return 0
            elif check == _URIS:
                if type(value) is not list or not all(map(self._uri, value)) or len(set(value)) != len(value):
                    return 0
            elif check == _PLACE:
                if type(value) is not dict or len(value) != 1 or not self._known(value.get("id")):
                    return 0
                keys += 1
            elif check == _ZONE:
                if type(value) is not str:
                    return 0
                if value not in self.zones:
                    if not ZONE.fullmatch(value):
                        return 0
                    self.zones.add(value)
            elif check in (_STEP, _DISPOSITION):
                if type(value) is not str or value not in self.lists[check]:
                    return 0
            elif check == _ACTION:
                if type(value) is not str or value not in _ACTIONS:
                    return 0
            elif check == _OBJECT:
                if type(value) is not dict:
                    return 0
                keys += self.count(value, _ENVELOPE)
            elif check is None:
                if name[0] == "@" or not named(name, self.prefixes):
                    return 0
                keys += self.count(value, _ENVELOPE)
        for _ in whole_problems(event, kind):  # type: ignore[arg-type]
            return 0
        return keys

    def _uri(self, value: Any) -> bool:
        if type(value) is not str or len(value) > MOST_NAME:
            return False
        return _COMMON.fullmatch(value) is not None or URI.fullmatch(value) is not None

    def _known(self, value: Any) -> bool:
        """As _uri, for names that come again and again."""
        if type(value) is not str:
            return False
        if value in self.kept:
            return True
        if not self._uri(value):
            return False
        if len(self.kept) < MOST_KEPT:
            self.kept.add(value)
        return True

    def _quantities(self, value: Any) -> int:
        """One more than the keys of good quantities; 0 when that is not sure."""
        if type(value) is not list:
            return 0
        keys = 1
        for one in value:
            if type(one) is not dict or len(one) != 3:
                return 0
            unit, amount = one.get("uom"), one.get("quantity")
            if (type(amount) is not int and type(amount) is not float) or amount < 0:
                return 0
            if not self._uri(one.get("epcClass")):
                return 0
            if type(unit) is not str:
                return 0
            if unit not in self.units:
                if not UNIT.fullmatch(unit):
                    return 0
                self.units.add(unit)
            keys += 3
        return keys

    def count(self, value: Any, depth: int, *, events: bool = False) -> int:
        """The keys in a value, without those of the events when it is the document."""
        keys, waiting = 0, [(value, depth)]
        while waiting:
            here, depth = waiting.pop()
            if type(here) is dict:
                keys += len(here)
                inside: Any = here.values()
            elif type(here) is list:
                inside = here
                if not events and self.first is not None and here and here[0] is self.first:
                    continue
            else:
                continue
            if depth >= MOST_DEPTH - 2 * _ENVELOPE:
                raise _Odd
            waiting += [(one, depth + 1) for one in inside if type(one) is dict or type(one) is list]
        return keys


def _moment(value: Any) -> bool:
    if type(value) is not str or not MOMENT.fullmatch(value):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True
