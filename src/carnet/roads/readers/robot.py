"""Messages of the robot operating system, decoded by the definition text that a log carries: both wire forms.

The first generation packs values without gaps; the second uses CDR: four bytes of head, then every value at a multiple
of its size. Names of messages are looked up with and without their package. Reading order: Definition, definition(),
reader(). Source: ROS msg definitions, rosbag wire form and OMG CDR 1.x (remembered).
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .protobuf import Cut

SIZES = {
    "bool": "?", "byte": "b", "char": "B", "int8": "b", "uint8": "B", "int16": "h", "uint16": "H", "int32": "i",
    "uint32": "I", "int64": "q", "uint64": "Q", "float32": "f", "float64": "d",
}  # fmt: skip
MOST_DEPTH, MOST_VALUES = 32, 50_000_000
_FIELD = re.compile(r"([A-Za-z][\w/]*)(<=\d+)?(\[(<=)?(\d*)\])?\s+([A-Za-z]\w*)")


@dataclass(frozen=True, slots=True)
class Field:
    """One field: count is None for one value, -1 for as many as the message says."""

    name: str
    kind: str
    count: int | None


Definition = dict[str, tuple[Field, ...]]


def definition(name: str, text: str) -> Definition:
    """Every message of a definition, the first under its own name; raises Cut for a line we cannot read."""
    found: Definition = {}
    own = name
    for part in re.split(r"^=+\s*$", text, flags=re.M):
        rows: list[Field] = []
        for raw in part.splitlines():
            line = raw.partition("#")[0].strip()
            if line.startswith("MSG:"):
                own = line[4:].strip()
                continue
            if not line or re.match(r"[\w/]+(<=\d+)?\s+\w+\s*=", line):
                continue  # nothing, or a constant
            match = _FIELD.match(line)
            if match is None:
                raise Cut(f"the definition holds the line {line[:40]!r}, which is none")
            kind, _, many, upto, count, label = match.groups()
            rows.append(Field(label, kind, None if not many else int(count) if count and not upto else -1))
        found.setdefault(own, tuple(rows))
    return found


class _Cursor:
    """A place in a message; `gaps` says that values lie at multiples of their size."""

    def __init__(self, raw: bytes, order: str, start: int, gaps: bool, widest: int = 8) -> None:
        self.raw, self.order, self.at, self.start, self.gaps, self.widest = raw, order, start, start, gaps, widest

    def take(self, code: str, count: int = 1) -> tuple[Any, ...]:
        size = struct.calcsize(code)
        if self.gaps and count:
            self.at += -(self.at - self.start) % min(size, self.widest)
        if count > MOST_VALUES or self.at + size * count > len(self.raw):
            raise Cut(f"the message ends at {len(self.raw)}, {count} values at {self.at} are announced")
        found = struct.unpack_from(f"{self.order}{count}{code}", self.raw, self.at)
        self.at += size * count
        return found

    def text(self) -> str:
        (size,) = self.take("I")
        if self.at + size > len(self.raw):
            raise Cut(f"a text at {self.at} announces {size} bytes")
        raw = self.raw[self.at : self.at + size]
        self.at += size
        return (raw[:-1] if self.gaps else raw).decode("utf-8", "replace")


def _decode(known: Definition, name: str, at: _Cursor, depth: int) -> dict[str, Any]:
    if depth > MOST_DEPTH:
        raise Cut(f"messages lie deeper than {MOST_DEPTH}")
    return {f.name: _field(known, name, f, at, depth) for f in known[name]}


def _field(known: Definition, name: str, f: Field, at: _Cursor, depth: int) -> Any:
    count = 1 if f.count is None else at.take("I")[0] if f.count < 0 else f.count
    found: list[Any]
    if f.kind in SIZES:
        found = list(at.take(SIZES[f.kind], count))
    elif f.kind in ("time", "duration") and not at.gaps:
        found = [{"sec": s, "nsec": n} for s, n in (at.take("I", 2) for _ in range(_some(count, at)))]
    elif f.kind in ("string", "wstring"):
        found = [at.text() for _ in range(_some(count, at))]
    else:
        inner = _named(known, name, f.kind)
        found = [_decode(known, inner, at, depth + 1) for _ in range(_some(count, at))]
    return found[0] if f.count is None else found


def _some(count: int, at: _Cursor) -> int:
    if count > len(at.raw):
        raise Cut(f"{count} values are announced at {at.at} of {len(at.raw)} bytes")
    return count


def _named(known: Definition, outer: str, kind: str) -> str:
    package = outer.partition("/")[0]
    last = kind.rpartition("/")[2]
    tries = (kind, f"{package}/{kind}", kind.replace("/msg/", "/"), "std_msgs/Header" if kind == "Header" else kind)
    for one in tries:
        if one in known:
            return one
    near = [
        n for n in known if n.rpartition("/")[2] == last and n.partition("/")[0] in (kind.partition("/")[0], package)
    ]
    if len(near) != 1:
        raise Cut(f"the definition does not hold {kind!r}")
    return near[0]


def reader(encoding: str, name: str, text: str) -> Callable[[bytes], dict[str, Any]]:
    """What decodes messages of one kind (ros1 or cdr); raises Cut when the definition cannot be read."""
    known = definition(name, text)

    def decode(raw: bytes) -> dict[str, Any]:
        if encoding == "ros1":
            return _decode(known, name, _Cursor(raw, "<", 0, False), 0)
        if len(raw) < 4 or raw[1] not in (0, 1, 6, 7):
            raise Cut("the message has no head of a CDR form that is read")
        at = _Cursor(raw, "<" if raw[1] & 1 else ">", 4, True, 4 if raw[1] >= 6 else 8)
        return _decode(known, name, at, 0)

    return decode
