"""One packet as a plain tree, read and written field by field: the readable twin of the kernel, and the encoder.

    read(frame) -> Packet(command=2, fields={"time": ..., "blocks": [Block(1, {"speed": Decimal("42.5"), ...}), ...]})

Values are in the units of the tables, as exact decimals; escapes are the words 'abnormal' and 'invalid'; times, texts
and bytes nobody described stay bytes. write(read(frame)) gives the same bytes, escapes and unknown values included.
Reading order: Block, Packet, read(), write(). It shares the tables with the kernel and no code.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from .form import Edition, Item, editions

HEAD, LEAST = 24, 25
ESCAPES = ("abnormal", "invalid")


@dataclass(frozen=True)
class Block:
    """One block of a report: its code and its fields."""

    code: int
    fields: dict[str, Any]


@dataclass(frozen=True)
class Packet:
    """One frame. `code` is the 17 bytes that name the vehicle or platform; `fields` are those of the body."""

    edition: str
    command: int
    fields: dict[str, Any]
    answer: int = 0xFE
    code: bytes = b"\0" * 17
    encryption: int = 1
    shape: str = field(default="body", compare=False)


class Refused(ValueError):
    """A packet that does not follow its tables; the sentence says where and why."""


def read(frame: bytes, tables: tuple[Edition, ...] | None = None) -> Packet:
    """The tree of one frame; raises Refused."""
    table = next((t for t in tables or editions() if frame[:2] == t.start), None)
    if table is None or len(frame) < LEAST:
        raise Refused("no frame begins here")
    length = int.from_bytes(frame[22:24], "big")
    if length + LEAST != len(frame):
        raise Refused(f"the frame announces {length + LEAST} bytes and has {len(frame)}")
    check = 0
    for byte in frame[2:-1]:
        check ^= byte
    if check != frame[-1]:
        raise Refused("the check byte is not the XOR of the frame")
    command = table.command(frame[2])
    if command is None:
        raise Refused(f"command {frame[2]:#04x} is not in {table.edition}")
    if table.encryption.get(frame[21]) != "none":
        raise Refused("the data unit is encrypted")
    answered = table.answers.get(frame[3]) != "command"
    body, shape = table.bodies[command.body], "body"
    if answered and length in (0, 6):
        body, shape = (_TIME if length else ()), "answer"
    reader = _Reader(table, frame[HEAD:-1])
    fields = reader.items(body)
    if reader.at < length:
        raise Refused(f"{length - reader.at} bytes follow the end of the body")
    return Packet(table.edition, frame[2], fields, frame[3], frame[4:21], frame[21], shape)


_TIME = (Item.model_validate({"name": "time", "time": True}),)


def write(packet: Packet, tables: tuple[Edition, ...] | None = None) -> bytes:
    """The frame of a tree, with its length and check; raises Refused for a value that does not fit."""
    table = next(t for t in tables or editions() if t.edition == packet.edition)
    command = table.command(packet.command)
    if command is None:
        raise Refused(f"command {packet.command:#04x} is not in {table.edition}")
    items = table.bodies[command.body] if packet.shape == "body" else _TIME if packet.fields else ()
    body = _Writer(table).items(items, packet.fields)
    if len(body) > table.longest_body:
        raise Refused(f"the body has {len(body)} bytes; at most {table.longest_body} fit")
    head = bytes([packet.command, packet.answer]) + packet.code.ljust(17, b"\0")[:17] + bytes([packet.encryption])
    rest = head + len(body).to_bytes(2, "big") + body
    check = 0
    for byte in rest:
        check ^= byte
    return table.start + rest + bytes([check])


def _value(item: Item, raw: int, width: int) -> Any:
    top = (1 << 8 * width) - 1
    if item.escapes and raw >= top - 1:
        return ESCAPES[raw - top + 1]
    if item.scale == 1 and not item.offset:
        return raw
    return Decimal(raw) * Decimal(str(item.scale)) + item.offset


def _raw(item: Item, value: Any, width: int) -> bytes:
    top = (1 << 8 * width) - 1
    if value in ESCAPES:
        return (top - 1 + ESCAPES.index(value)).to_bytes(width, "big")
    raw = (Decimal(str(value)) - item.offset) / Decimal(str(item.scale))
    if raw != int(raw) or not 0 <= raw <= top:
        low, high = item.offset, Decimal(top) * Decimal(str(item.scale)) + item.offset
        raise Refused(
            f"{item.name}: {value} {item.unit} does not fit {8 * width} bits at {item.scale} ({low} to {high})"
        )
    return int(raw).to_bytes(width, "big")


class _Reader:
    def __init__(self, table: Edition, data: bytes) -> None:
        self.table, self.data, self.at = table, data, 0

    def take(self, n: int) -> bytes:
        if self.at + n > len(self.data):
            raise Refused(f"{n} bytes are needed at {HEAD + self.at}, {len(self.data) - self.at} are left")
        self.at += n
        return self.data[self.at - n : self.at]

    def items(self, items: tuple[Item, ...]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for item in items:
            if item.blocks:
                found["blocks"] = self.blocks()
            elif item.rest:
                found[item.name] = self.take(len(self.data) - self.at)
            elif item.group:
                found[item.group] = [self.items(item.of) for _ in range(_count(found, item.times))]
            elif item.list:
                found[item.name] = self.listing(item, found)
            elif item.time or item.text:
                found[item.name] = self.take(item.width)
            else:
                found[item.name] = _value(item, int.from_bytes(self.take(item.bytes), "big"), item.bytes)
        return found

    def listing(self, item: Item, found: dict[str, Any]) -> Any:
        many = _count(found, item.list)
        if item.opaque:
            return self.take(many)
        if item.text or item.text_of:
            width = item.text or _count(found, item.text_of)
            return [self.take(width) for _ in range(many)]
        values = [_value(item, int.from_bytes(self.take(item.bytes), "big"), item.bytes) for _ in range(many)]
        if item.sum:
            found[f"#{item.sum}"] = sum(v for v in values if isinstance(v, int))
        return values

    def blocks(self) -> list[Block]:
        found: list[Block] = []
        while self.at < len(self.data):
            code = self.take(1)[0]
            block = self.table.block(code)
            if block is None:
                raise Refused(f"block {code:#04x} is not in {self.table.edition}")
            found.append(Block(code, self.items(block.of)))
            if block.last:
                break
        return found


def _count(found: dict[str, Any], name: str) -> int:
    value = found.get(f"#{name}", found.get(name, 0))
    return value if isinstance(value, int) else 0


class _Writer:
    def __init__(self, table: Edition) -> None:
        self.table = table

    def items(self, items: tuple[Item, ...], fields: dict[str, Any]) -> bytes:
        out = bytearray()
        for item in items:
            if item.blocks:
                for block in fields.get("blocks", []):
                    known = self.table.block(block.code)
                    if known is None:
                        raise Refused(f"block {block.code:#04x} is not in {self.table.edition}")
                    out.append(block.code)
                    out += self.items(known.of, block.fields)
            elif item.group:
                for element in fields[item.group]:
                    out += self.items(item.of, element)
            else:
                out += self.one(item, fields[item.name])
        return bytes(out)

    def one(self, item: Item, value: Any) -> bytes:
        if item.rest or (item.list and item.opaque):
            return bytes(value)
        if item.list and (item.text or item.text_of):
            return b"".join(value)
        if item.list:
            return b"".join(_raw(item, v, item.bytes) for v in value)
        if item.time or item.text:
            raw = bytes(value)
            if len(raw) > item.width:
                raise Refused(f"{item.name}: {len(raw)} bytes do not fit {item.width}")
            return raw.ljust(item.width, b"\0")
        return _raw(item, value, item.bytes)
