"""Packets of a network capture, pcap and pcapng, one after the other: link type, time, bytes.

Written here because the library at hand keeps one interface per file, while captures of a charger's bus and network
together have several, each with its own link type and clock. A block that cannot be right ends the reading.
Reading order: packets(), _classic(), _next_generation().
Source: the pcapng format, draft-ietf-opsawg-pcapng (cited, not quoted).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import IO, NamedTuple

LONGEST_BLOCK = 16 * 1024 * 1024
SECTION, INTERFACE, SIMPLE, ENHANCED, OLD = 0x0A0D0D0A, 1, 3, 6, 2
TICKS, OFFSET = 9, 14  # options of an interface: resolution of its clock, seconds to add


class Packet(NamedTuple):
    """One packet: link type, microseconds, bytes."""

    link: int
    time: int
    data: bytes


class Broken(ValueError):
    """The file cannot be read on from here."""


def packets(file: IO[bytes]) -> Iterator[Packet]:
    """The packets in the order of the file; raises Broken where it breaks off."""
    magic = file.read(4)
    return _next_generation(file) if magic == b"\x0a\x0d\x0d\x0a" else _classic(file, magic)


def _classic(file: IO[bytes], magic: bytes) -> Iterator[Packet]:
    order = "<" if magic in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    divisor = 1000 if magic in (b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\x3c\x4d") else 1
    head = file.read(20)
    if len(head) < 20:
        raise Broken("no header")
    link = struct.unpack(order + "I", head[16:20])[0] & 0xFFFF
    while row := file.read(16):
        if len(row) < 16:
            raise Broken("half a packet header")
        seconds, part, size, _ = struct.unpack(order + "IIII", row)
        if size > LONGEST_BLOCK:
            raise Broken("a packet of impossible size")
        data = file.read(size)
        yield Packet(link, seconds * 1_000_000 + part // divisor, data)
        if len(data) < size:
            raise Broken("half a packet")


def _next_generation(file: IO[bytes]) -> Iterator[Packet]:
    order = _section(file)
    interfaces: list[tuple[int, int, int]] = []  # link type, ticks per second, microseconds to add
    last = 0
    while head := file.read(8):
        if len(head) < 8:
            raise Broken("half a block")
        kind, size = struct.unpack(order + "II", head)
        if kind == SECTION:
            file.seek(-4, 1)
            order, interfaces = _section(file), []
            continue
        if size < 12 or size % 4 or size > LONGEST_BLOCK:
            raise Broken("a block of impossible size")
        body = file.read(size - 8)
        if len(body) < size - 8:
            raise Broken("half a block")
        body = body[:-4]
        if kind == INTERFACE and len(body) >= 8:
            interfaces.append(_interface(body, order))
        elif kind in (ENHANCED, OLD) and len(body) >= 20:
            number, high, low, size = struct.unpack(order + "IIII", body[:16])
            number = number if kind == ENHANCED else struct.unpack(order + "H", body[:2])[0]
            if number >= len(interfaces):
                raise Broken("a packet of an unknown interface")
            link, ticks, more = interfaces[number]
            last = (high << 32 | low) * 1_000_000 // ticks + more
            yield Packet(link, last, body[20 : 20 + size])
        elif kind == SIMPLE and interfaces:
            yield Packet(interfaces[0][0], last, body[4:])


def _section(file: IO[bytes]) -> str:
    """The byte order of a section; its head is read whole. The file stands behind the block's type."""
    head = file.read(8)
    if len(head) < 8 or head[4:8] not in (b"\x4d\x3c\x2b\x1a", b"\x1a\x2b\x3c\x4d"):
        raise Broken("no head of a section")
    order = "<" if head[4:8] == b"\x4d\x3c\x2b\x1a" else ">"
    size: int = struct.unpack(order + "I", head[:4])[0]
    if size < 28 or size > LONGEST_BLOCK:
        raise Broken("a head of impossible size")
    file.read(size - 12)
    return order


def _interface(body: bytes, order: str) -> tuple[int, int, int]:
    link = struct.unpack(order + "H", body[:2])[0]
    ticks, more, at = 1_000_000, 0, 8
    while at + 4 <= len(body):
        code, size = struct.unpack(order + "HH", body[at : at + 4])
        value = body[at + 4 : at + 4 + size]
        if code == TICKS and size >= 1 and value:
            power = value[0] & 0x7F
            ticks = (2 if value[0] & 0x80 else 10) ** min(power, 60)
        elif code == OFFSET and len(value) == 8:
            more = struct.unpack(order + "q", value)[0] * 1_000_000
        at += 4 + size + (-size % 4)
        if code == 0:
            break
    return link, ticks, more
