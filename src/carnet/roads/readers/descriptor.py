"""Protobuf messages decoded by the description that travels with them, as logs do: a FileDescriptorSet.

Only what the description says is read; fields it does not know are skipped. Nested messages become dictionaries,
repeated fields lists, words of an enumeration stay numbers. Reading order: Described, described(), Described.decode().
Source: Protocol Buffers, descriptor.proto and Encoding (remembered).
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .protobuf import Cut, fields, signed, varint

MOST_DEPTH = 32
# kinds of descriptor.proto
DOUBLE, FLOAT, INT64, UINT64, INT32, FIXED64, FIXED32, BOOL, STRING, GROUP, MESSAGE, BYTES, UINT32, ENUM = range(1, 15)
SFIXED32, SFIXED64, SINT32, SINT64 = range(15, 19)
FIXED = {DOUBLE: "<d", FLOAT: "<f", FIXED64: "<Q", FIXED32: "<I", SFIXED32: "<i", SFIXED64: "<q"}


@dataclass(frozen=True, slots=True)
class Form:
    """One field of a message."""

    name: str
    kind: int
    repeated: bool
    of: str


@dataclass
class Described:
    """The messages of a description, by full name."""

    messages: dict[str, dict[int, Form]] = field(default_factory=dict)

    def decode(self, name: str, raw: bytes, depth: int = 0) -> dict[str, Any]:
        """One message as plain data; raises Cut."""
        forms = self.messages.get(name)
        if forms is None:
            raise Cut(f"the description holds no message {name!r}")
        if depth > MOST_DEPTH:
            raise Cut(f"messages lie deeper than {MOST_DEPTH}")
        out: dict[str, Any] = {}
        for number, value in fields(raw):
            form = forms.get(number)
            if form is None:
                continue
            found = self._values(form, value, depth)
            if form.repeated:
                out.setdefault(form.name, []).extend(found)
            else:
                out[form.name] = found[-1] if found else None
        return out

    def _values(self, form: Form, value: int | bytes, depth: int) -> list[Any]:
        if form.kind in (STRING, BYTES, MESSAGE):
            if isinstance(value, int):
                raise Cut(f"{form.name} is a number where its description says something else")
            if form.kind == MESSAGE:
                return [self.decode(form.of, value, depth + 1)]
            return [value.decode("utf-8", "replace") if form.kind == STRING else value]
        if form.kind == GROUP:
            raise Cut(f"{form.name} is a group, which is not read")
        if form.kind in FIXED:
            size = struct.calcsize(FIXED[form.kind])
            if isinstance(value, int) or len(value) % size:
                raise Cut(f"{form.name} has no whole number of values")
            return [v for (v,) in struct.iter_unpack(FIXED[form.kind], value)]
        if isinstance(value, int):
            return [_whole(form.kind, value)]
        found, at = [], 0
        while at < len(value):
            one, at = varint(value, at)
            found.append(_whole(form.kind, one))
        return found


def _whole(kind: int, value: int) -> Any:
    if kind == BOOL:
        return bool(value)
    if kind in (SINT32, SINT64):
        return signed(value)
    return value - (1 << 64) if kind in (INT32, INT64, ENUM) and value >> 63 else value


def described(raw: bytes) -> Described:
    """The messages of a FileDescriptorSet; raises Cut."""
    found = Described()
    for number, file in fields(raw):
        if number == 1 and isinstance(file, bytes):
            said = list(fields(file))
            package = next((_text(v) for n, v in said if n == 2), "")
            for n, message in said:
                if n == 4:
                    _message(found, message, package, 0)
    return found


def _message(found: Described, raw: Any, outer: str, depth: int) -> None:
    if not isinstance(raw, bytes) or depth > MOST_DEPTH:
        raise Cut("a description of a message is none")
    said = list(fields(raw))
    own = next((_text(v) for n, v in said if n == 1), "")
    name = f"{outer}.{own}" if outer else own
    forms: dict[int, Form] = {}
    for number, value in said:
        if number == 2 and isinstance(value, bytes):
            row: dict[int, Any] = dict(fields(value))
            place, kind = row.get(3), row.get(5, 0)
            if not isinstance(place, int) or not isinstance(kind, int):
                raise Cut(f"a field of {name} has no number")
            forms[place] = Form(_text(row.get(1, b"")), kind, row.get(4) == 3, _text(row.get(6, b"")).lstrip("."))
        elif number == 3:
            _message(found, value, name, depth + 1)
    found.messages[name] = forms


def _text(raw: Any) -> str:
    return raw.decode("utf-8", "replace") if isinstance(raw, bytes) else ""


def reader(schema: bytes, name: str) -> Callable[[bytes], dict[str, Any]]:
    """What decodes messages of a name; raises Cut when the description does not hold it."""
    found = described(schema)
    if name not in found.messages:
        raise Cut(f"the description holds no message {name!r}")
    return lambda raw: found.decode(name, raw)
