"""Network captures: CAN frames where the link is SocketCAN, else the packets of charging over power line.

Recognized are the link's management messages (SLAC), SDP, V2GTP messages by type and by the event code at its fixed
place, TLS records and the ends of connections. Bodies stay opaque; addresses are only compared, never kept in a result.
Reading order: Note, Capture.frames(), _ethernet(), Stream.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .text import Row

if TYPE_CHECKING:
    from .recording import Recording

MOST_NOTES = 300_000
MOST_STREAMS = 256
LONGEST = 70_000  # V2GTP message or waiting bytes of one stream
ETHERNET, RAW, COOKED, COOKED2, SOCKETCAN = 1, 101, 113, 276, 227


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
        self.sdp_ports: set[int] = set()
        self.v2g_ports: set[int] = set()

    def frames(self, recording: Recording) -> Iterator[tuple[int, Row | str]]:
        """CAN frames of a SocketCAN link; everything else becomes notes."""
        import dpkt  # type: ignore[import-untyped]

        self.sdp_ports = {15118}
        with recording.path.open("rb") as file:
            reader: Any = dpkt.pcap.UniversalReader(file)
            link = reader.datalink()
            for number, (stamp, packet) in enumerate(reader, 1):
                time = round(float(stamp) * 1e6)
                if link == SOCKETCAN:
                    yield number, _socketcan(packet, time)
                    continue
                self.count += 1
                self.same = self.same and self.first in (None, time)
                self.first = time if self.first is None else self.first
                self.last = max(self.last, time)
                self._packet(link, packet, number, time)

    def _packet(self, link: int, packet: bytes, number: int, time: int) -> None:
        if link == ETHERNET and len(packet) >= 14:
            kind, source, rest = int.from_bytes(packet[12:14], "big"), packet[6:12], packet[14:]
            if kind == 0x8100 and len(rest) >= 4:
                kind, rest = int.from_bytes(rest[2:4], "big"), rest[4:]
        elif link == COOKED and len(packet) >= 16:
            kind, source, rest = int.from_bytes(packet[14:16], "big"), packet[6:12], packet[16:]
        elif link == COOKED2 and len(packet) >= 20:
            kind, source, rest = int.from_bytes(packet[0:2], "big"), packet[12:18], packet[20:]
        elif link == RAW and packet[:1] and packet[0] >> 4 == 6:
            kind, source, rest = 0x86DD, b"", packet
        else:
            return
        if kind == 0x88E1 and len(rest) >= 3:
            self._note(Note(number, time, "slac", self._end(source), int.from_bytes(rest[1:3], "little")))
        elif kind == 0x86DD and len(rest) >= 40:
            self._ipv6(rest, number, time, source)

    def _ipv6(self, packet: bytes, number: int, time: int, station: bytes) -> None:
        length, following = int.from_bytes(packet[4:6], "big"), packet[6]
        source, target = packet[8:24], packet[24:40]
        body = packet[40 : 40 + length] if length else packet[40:]
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


def _socketcan(packet: bytes, time: int) -> Row | str:
    if len(packet) < 8:
        return "packet is shorter than a frame"
    word, length = int.from_bytes(packet[0:4], "big"), packet[4]
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
    return Row(time, "can", word & (0x1FFFFFFF if extended else 0x7FF), data, extended)
