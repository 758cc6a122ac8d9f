"""What was said over power line: the packets of a capture as named messages with a speaker, cut into sessions.

Names come from the event code at its fixed place behind the header (data/protocols, `packets`); a body is never read.
A choice of protocol opens a session; what belongs to the end of a connection stays with it, the rest is the next try.
Reading order: Said, Talk, named(), talks_of().
"""

from __future__ import annotations

from dataclasses import dataclass, field

from .protocol import Library, Protocol
from .readers.capture import Capture, Note

EVCC, SECC = "vehicle", "charger"
FROM_CHARGER = ("SDP response", "SLAC_PARM.CNF", "SLAC_MATCH.CNF", "ATTEN_CHAR.IND")
LINK_BEGINS = ("SLAC_PARM.REQ", "SLAC_MATCH.REQ", "MNBC_SOUND.IND")


@dataclass(frozen=True, slots=True)
class Said:
    """A named thing: what, by whom, when, in which packet."""

    name: str
    side: str
    time: int
    number: int
    octets: bytes = b""

    @property
    def is_message(self) -> bool:
        return self.name.endswith(("Req", "Res", "message"))

    @property
    def is_close(self) -> bool:
        return self.name in ("connection closed", "connection reset")


@dataclass(slots=True)
class Talk:
    """The packets of one session."""

    said: list[Said] = field(default_factory=list)
    roots: set[int] = field(default_factory=set)
    types: set[int] = field(default_factory=set)
    tls: bool = False
    newest_tls: bool = False

    @property
    def messages(self) -> list[Said]:
        return [s for s in self.said if s.is_message]

    @property
    def spoken(self) -> bool:
        return self.tls or any(s.is_message for s in self.said)


def tables(library: Library) -> list[Protocol]:
    return [p for p in library.protocols.values() if p.packets is not None]


def body_name(octets: bytes, protocol: Protocol) -> str:
    """The name behind the event code of a message with a session number and no signature; '' when it is elsewhere."""
    packets = protocol.packets
    assert packets is not None
    exi = octets[8:]
    if len(exi) < 6 or packets.root is None or exi[1] != packets.root.byte:
        return ""
    bits = int.from_bytes(exi, "big")
    total = 8 * len(exi)

    def take(start: int, count: int) -> int:
        return bits >> (total - start - count) & ((1 << count) - 1) if start + count <= total else -1

    length = take(18, 8)
    after = 26 + 8 * length
    if length > 8 or take(after + 1, 2) != 2:  # a notification or a signature stands in between
        return ""
    code = take(after + 4, 6)
    return packets.body_names[code] if 0 <= code < len(packets.body_names) else ""


def root_name(note: Note, protocol: Protocol) -> str:
    """The name behind the event code of the root element, in a dialect that sends each message as its own element."""
    names = protocol.packets.root_names.get(note.code) if protocol.packets is not None else None
    exi = note.octets[8:10]
    return names.get(exi[1] >> 2, "") if names and len(exi) == 2 and exi[0] == 0x80 else ""


def named(note: Note, talk: Talk, protocols: list[Protocol]) -> str:
    """What a V2GTP message is called."""
    exi = note.octets[8:]
    if note.code == 0x8001 and exi[:1] == b"\x80" and exi[1:2] in (b"\x00", b"\x40"):
        return "SupportedAppProtocolReq" if exi[1] == 0 else "SupportedAppProtocolRes"
    for protocol in protocols:
        if name := body_name(note.octets, protocol):
            talk.roots.add(exi[1])
            return name
    talk.types.add(note.code)
    for protocol in protocols:
        if name := root_name(note, protocol):
            return name
    roots = {p.packets.root.byte for p in protocols if p.packets is not None and p.packets.root is not None}
    if exi[1:2] and exi[1] in roots and note.code == 0x8001:
        talk.roots.add(exi[1])
        return "signed message"
    return next(
        (
            p.packets.payload_types[note.code]
            for p in reversed(protocols)
            if p.packets is not None and note.code in p.packets.payload_types
        ),
        "unknown message",
    )


class Listener:
    """Follows the notes of a capture and keeps in mind which end is the vehicle."""

    def __init__(self, protocols: list[Protocol]) -> None:
        self.protocols = protocols
        self.slac = {code: n for p in protocols if p.packets is not None for code, n in p.packets.slac.items()}
        self.vehicle: int | None = None

    def hear(self, note: Note, talk: Talk) -> Said | None:
        """The note as something said; None when it says nothing."""
        name = self._name(note, talk)
        if not name:
            return None
        side = SECC if name.endswith("Res") or name in FROM_CHARGER else EVCC
        if name.startswith(("secured", "connection")) or name.endswith("message"):
            side = EVCC if note.end == self.vehicle else SECC
        return Said(name, side, note.time, note.number, note.octets[:8])

    def _name(self, note: Note, talk: Talk) -> str:
        name = ""
        if note.kind == "slac":
            name = self.slac.get(note.code, "")
            if name in LINK_BEGINS:
                self.vehicle = note.end
        elif note.kind == "sdp":
            name = "SDP request" if note.code == 0x9000 else "SDP response"
            self.vehicle = note.end if note.code == 0x9000 else self.vehicle
        elif note.kind == "v2g":
            name = named(note, talk, self.protocols)
            if name.endswith("Req"):
                self.vehicle = note.end
            elif name.endswith("Res") and self.vehicle == note.end:
                self.vehicle = None
        elif note.kind == "tls":
            talk.tls = True
            talk.newest_tls |= note.code >= 256
            name = "secured alert" if note.code % 256 == 21 else "secured record"
        elif note.kind == "open":
            self.vehicle, name = note.end, "connection opened"
        elif note.kind in ("close", "reset") and talk.spoken:
            name = "connection closed" if note.kind == "close" else "connection reset"
        return name


def talks_of(capture: Capture, protocols: list[Protocol]) -> list[Talk]:
    """The sessions in a network capture, and a last attempt that did not come as far as a message."""
    listener = Listener(protocols)
    talks: list[Talk] = []
    talk = Talk()
    for note in capture.notes:
        choice = note.kind == "v2g" and note.code == 0x8001 and note.octets[8:10] == b"\x80\x00"
        if (choice and talk.messages) or (talk.tls and note.kind == "sdp" and note.code == 0x9000):
            talk, rest = cut(talk)
            talks.append(talk)
            talk = rest
        if (said := listener.hear(note, talk)) is not None:
            talk.said.append(said)
    talk, rest = cut(talk)
    talks.append(talk)
    if any(s.name in ("SLAC_MATCH.REQ", "SDP request") for s in rest.said):
        talks.append(rest)
    return [t for t in talks if t.said]


def cut(talk: Talk) -> tuple[Talk, Talk]:
    """A session up to the end of its connection, and what came after it: the next attempt."""
    spoken = [i for i, s in enumerate(talk.said) if s.is_message or s.name.startswith("secured")]
    end = spoken[-1] + 1 if spoken else len(talk.said)
    rest = talk.said[end:]
    fresh = next((i for i, s in enumerate(rest) if s.name in ("connection opened", "SDP request")), len(rest))
    own = [s for s in rest[:fresh] if s.is_close]
    rest = [s for s in rest if s not in own]
    while rest and rest[0].name.startswith("connection"):  # tries to connect again that nobody answered
        own.append(rest.pop(0))
    talk.said = talk.said[:end] + own
    return talk, Talk(rest)
