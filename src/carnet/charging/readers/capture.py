"""Network captures: CAN frames where the link is SocketCAN, else the packets of charging over power line.

Recognized are the link's management messages (SLAC), SDP, V2GTP messages by type and by the event code at its fixed
place, TLS records and the ends of connections. Bodies stay opaque; addresses are only compared, never kept in a result.
Reading order: Note, Capture.frames(), _network(), Stream. packets.py reads the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .packets import Packet, packets
from .text import Row

if TYPE_CHECKING:
    from .recording import Recording

MOST_NOTES = 300_000
MOST_STREAMS = 256
LONGEST = 70_000  # V2GTP message or waiting bytes of one stream
NULL, ETHERNET, RAW, LOOP, COOKED, SOCKETCAN, IPV6, COOKED2 = 0, 1, 101, 108, 113, 227, 229, 276
CAN_KINDS = (b"\x00\x0c", b"\x00\x0d")  # classic and FD in a cooked header
VLAN = (0x8100, 0x88A8, 0x9100)
FRAGMENT = 44
EXTENSIONS = (0, 43, FRAGMENT, 60)


@dataclass(frozen=True, slots=True)
class Note:
    """One thing seen: number of the packet, when, what, from which end (an opaque number), first bytes of a message."""

    number: int
    time: int
    kind: str  # slac, sdp, v2g, tls, open, close, reset
    end: int
    code: int = 0
    octets: bytes = b""


@dataclass(slots=True)
class Stream:
    """One direction of a connection, put in order as far as the packets allow."""

    expected: int | None = None
    waiting: bytearray = field(default_factory=bytearray)
    tls: bool = False


class Capture:
    """What a network capture holds beside CAN."""

    def __init__(self) -> None:
        self.notes: list[Note] = []
        self.count = 0
        self.lost = 0
        self.first: int | None = None
        self.last = 0
        self.same = True
        self.ends: dict[bytes, int] = {}
        self.streams: dict[tuple[bytes, bytes], Stream] = {}
        self.sdp_ports: set[int] = {15118}
        self.v2g_ports: set[int] = set()

    def frames(self, recording: Recording) -> Iterator[tuple[int, Row | str]]:
        """CAN frames of SocketCAN and cooked links; everything else becomes notes."""
        with recording.path.open("rb") as file:
            for number, packet in enumerate(packets(file), 1):
                can = _can(packet)
                if can is not None:
                    bus = "can" if packet.link == SOCKETCAN else "cooked"
                    yield number, _socketcan(can, packet.time, bus, cooked=packet.link != SOCKETCAN)
                    continue
                self.count += 1
                self.same = self.same and self.first in (None, packet.time)
                self.first = packet.time if self.first is None else self.first
                self.last = max(self.last, packet.time)
                self._packet(packet, number)

    def _packet(self, packet: Packet, number: int) -> None:
        place = _network(packet)
        if place is None:
            return
        kind, source, rest = place
        if kind == 0x88E1 and len(rest) >= 3:
            self._note(Note(number, packet.time, "slac", self._end(source), int.from_bytes(rest[1:3], "little")))
        elif kind == 0x86DD and len(rest) >= 40:
            self._ipv6(rest, number, packet.time, source)

    def _ipv6(self, packet: bytes, number: int, time: int, station: bytes) -> None:
        length, following = int.from_bytes(packet[4:6], "big"), packet[6]
        source, target = packet[8:24], packet[24:40]
        body = packet[40 : 40 + length] if length else packet[40:]
        for _ in range(8):  # headers between the address and the content
            if following not in EXTENSIONS or len(body) < 8:
                break
            size = 8 if following == FRAGMENT else 8 + 8 * body[1]
            if following == FRAGMENT and int.from_bytes(body[2:4], "big") & 0xFFF8:
                return  # a later piece has no ports
            following, body = body[0], body[size:]
        if following == 17 and len(body) >= 8:
            ports = int.from_bytes(body[0:2], "big"), int.from_bytes(body[2:4], "big")
            payload = body[8:]
            if self.sdp_ports & set(ports) and payload[:2] == b"\x01\xfe" and len(payload) >= 8:
                code = int.from_bytes(payload[2:4], "big")
                if code == 0x9001 and len(payload) >= 26:
                    self.v2g_ports.add(int.from_bytes(payload[24:26], "big"))
                self._note(Note(number, time, "sdp", self._end(station or source), code, payload[:8] + payload[-2:]))
        elif following == 6 and len(body) >= 20:
            self._tcp(source, target, body, number, time, station)

    def _tcp(self, source: bytes, target: bytes, body: bytes, number: int, time: int, station: bytes) -> None:
        offset, flags = (body[12] >> 4) * 4, body[13]
        sequence, payload = int.from_bytes(body[4:8], "big"), body[offset:]
        key = source + body[0:2], target + body[2:4]
        end = self._end(station or source)
        stream = self.streams.get(key)
        if stream is None:
            if len(self.streams) >= MOST_STREAMS:
                self.lost += 1
                return
            stream = self.streams[key] = Stream()
        ours = bool(self.v2g_ports & {int.from_bytes(body[0:2], "big"), int.from_bytes(body[2:4], "big")})
        if flags & 2:
            stream.expected, stream.waiting = (sequence + 1) & 0xFFFFFFFF, bytearray()
            if ours and not flags & 16:
                self._note(Note(number, time, "open", end))
        if payload:
            fresh = self._in_order(stream, sequence, payload)
            if fresh and (ours or stream.waiting or fresh[:2] == b"\x01\xfe" or stream.tls):
                self._take(stream, fresh, number, time, end)
        if flags & 4 and (ours or stream.expected is not None):
            self._note(Note(number, time, "reset", end))
        elif flags & 1:
            self._note(Note(number, time, "close", end))

    def _in_order(self, stream: Stream, sequence: int, payload: bytes) -> bytes:
        """The part of a segment that has not come before; a hole drops what was waiting."""
        if stream.expected is None:
            stream.expected = sequence
        ahead = (sequence - stream.expected) & 0xFFFFFFFF
        if ahead >= 0x80000000:  # repeated
            known = 0x100000000 - ahead
            if known >= len(payload):
                return b""
            payload = payload[known:]
        elif ahead:
            stream.waiting = bytearray()
            stream.expected = sequence
        stream.expected = (stream.expected + len(payload)) & 0xFFFFFFFF
        return payload

    def _take(self, stream: Stream, fresh: bytes, number: int, time: int, end: int) -> None:
        stream.waiting += fresh
        while len(stream.waiting) >= 8:
            head = bytes(stream.waiting[:8])
            if head[:2] == b"\x01\xfe":
                size = 8 + int.from_bytes(head[4:8], "big")
                if size > LONGEST:
                    stream.waiting = bytearray()
                    return
                if len(stream.waiting) < size:
                    return
                self._note(
                    Note(
                        number,
                        time,
                        "v2g",
                        end,
                        int.from_bytes(head[2:4], "big"),
                        bytes(stream.waiting[: min(size, 40)]),
                    )
                )
            elif head[0] in (20, 21, 22, 23, 24) and head[1] == 3:
                size = 5 + int.from_bytes(head[3:5], "big")
                stream.tls = True
                if len(stream.waiting) < size and size <= LONGEST:
                    return
                record = bytes(stream.waiting[: min(size, 512)])
                newest = b"\x00\x2b\x00\x02\x03\x04" in record and record[5:6] == b"\x02"
                self._note(Note(number, time, "tls", end, head[0] + (256 if newest else 0)))
            else:
                stream.waiting = bytearray()
                return
            del stream.waiting[:size]
        if len(stream.waiting) > LONGEST:
            stream.waiting = bytearray()

    def _end(self, address: bytes) -> int:
        return self.ends.setdefault(address, len(self.ends)) if len(self.ends) < 4096 else self.ends.get(address, 4096)

    def _note(self, note: Note) -> None:
        if len(self.notes) < MOST_NOTES:
            self.notes.append(note)
        else:
            self.lost += 1


def _can(packet: Packet) -> bytes | None:
    """The frame of a CAN link, None when the packet is of another kind."""
    if packet.link == SOCKETCAN:
        return packet.data
    if packet.link == COOKED and packet.data[14:16] in CAN_KINDS:
        return packet.data[16:]
    if packet.link == COOKED2 and packet.data[0:2] in CAN_KINDS:
        return packet.data[20:]
    return None


def _network(packet: Packet) -> tuple[int, bytes, bytes] | None:
    """(ethertype, address of the sender, what follows); None when the link is none of ours."""
    data = packet.data
    if packet.link == ETHERNET and len(data) >= 14:
        kind, source, rest = int.from_bytes(data[12:14], "big"), data[6:12], data[14:]
    elif packet.link == COOKED and len(data) >= 16:
        kind, source, rest = int.from_bytes(data[14:16], "big"), data[6:12], data[16:]
    elif packet.link == COOKED2 and len(data) >= 20:
        kind, source, rest = int.from_bytes(data[0:2], "big"), data[12:18], data[20:]
    elif packet.link in (RAW, IPV6) and data[:1] and data[0] >> 4 == 6:
        kind, source, rest = 0x86DD, b"", data
    elif packet.link in (NULL, LOOP) and len(data) > 4 and data[4] >> 4 == 6:
        kind, source, rest = 0x86DD, b"", data[4:]
    else:
        return None
    while kind in VLAN and len(rest) >= 4:
        kind, rest = int.from_bytes(rest[2:4], "big"), rest[4:]
    return kind, source, rest


def _likely(word: int) -> bool:
    """Whether flags and identifier of a frame go together: 29 bits are marked, 11 bits are not."""
    return word >> 29 == 4 or word <= 0x7FF


def _socketcan(packet: bytes, time: int, bus: str, *, cooked: bool) -> Row | str:
    if len(packet) < 8:
        return "packet is shorter than a frame"
    word, length = int.from_bytes(packet[0:4], "big"), packet[4]
    other = int.from_bytes(packet[0:4], "little")
    if cooked and not _likely(word) and _likely(other):  # cooked links may keep the order of the machine
        word = other
    if word & 0x20000000:
        return "error frame"
    if word & 0x40000000:
        return "remote frame"
    if length > 8:
        return "CAN FD frame"
    data = packet[8 : 8 + length]
    if len(data) < length:
        return "fewer data bytes than the length says"
    extended = bool(word & 0x80000000)
    return Row(time, bus, word & (0x1FFFFFFF if extended else 0x7FF), data, extended)
