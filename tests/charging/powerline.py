"""Builders for captures of charging over power line: packets of our own making, with the event codes of the tables."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from pathlib import Path

from carnet.charging.protocol import library

CAR, POLE = b"\x02\x00\x00\x00\x00\x01", b"\x02\x00\x00\x00\x00\x02"
NUMBERS = {name: code for code, name in library().protocol("din70121").packets.slac.items()}
PORT = 55_000


def exi(name: str, protocol: str = "din70121") -> tuple[int, bytes]:
    """(payload type, a body that names itself and says nothing else)."""
    packets = library().protocol(protocol).packets
    if name == "SupportedAppProtocolReq":
        return 0x8001, b"\x80\x00" + bytes(8)
    if name == "SupportedAppProtocolRes":
        return 0x8001, b"\x80\x40" + bytes(8)
    for kind, names in packets.root_names.items():
        for code, known in names.items():
            if known == name:
                return kind, bytes([0x80, code << 2]) + bytes(12)
    bits = f"{0x80:08b}{packets.root.byte:08b}00{8:08b}" + "0" * 64 + "0100"
    bits += f"{packets.body_names.index(name):06b}"
    return 0x8001, int(bits.ljust(160, "0"), 2).to_bytes(20, "big")


def checked(source: bytes, target: bytes, next_header: int, body: bytes) -> bytes:
    return struct.pack(">IHBB", 6 << 28, len(body), next_header, 64) + source + target + body


def address(station: bytes) -> bytes:
    return b"\xfe\x80" + bytes(8) + station


@dataclass
class Line:
    """A capture under construction; times run on as things are said."""

    protocol: str = "din70121"
    vlan: bool = False
    now: float = 100.0
    rows: list[tuple[float, bytes]] = field(default_factory=list)
    sequence: dict[bytes, int] = field(default_factory=lambda: {CAR: 1000, POLE: 9000})

    def put(self, source: bytes, target: bytes, kind: int, rest: bytes, after: float = 0.02) -> Line:
        tag = struct.pack(">HH", 0x8100, 7) if self.vlan else b""
        self.now += after
        self.rows.append((self.now, target + source + tag + struct.pack(">H", kind) + rest))
        return self

    def slac(self, *names: str) -> Line:
        for name in names:
            charger = name in ("SLAC_PARM.CNF", "ATTEN_CHAR.IND", "SLAC_MATCH.CNF")
            source, target = (POLE, CAR) if charger else (CAR, POLE)
            self.put(source, target, 0x88E1, b"\x01" + struct.pack("<H", NUMBERS[name]) + bytes(40))
        return self

    def linked(self) -> Line:
        sounding = ["MNBC_SOUND.IND"] * 3
        self.slac("SLAC_PARM.REQ", "SLAC_PARM.CNF", *sounding, "ATTEN_CHAR.IND", "SLAC_MATCH.REQ", "SLAC_MATCH.CNF")
        return self

    def sdp(self, *, answered: bool = True) -> Line:
        ask = b"\x01\xfe\x90\x00" + struct.pack(">I", 2) + b"\x10\x00"
        answer = b"\x01\xfe\x90\x01" + struct.pack(">I", 20) + address(POLE) + struct.pack(">H", PORT) + b"\x10\x00"
        for source, target, ports, text in ((CAR, POLE, (50_000, 15_118), ask), (POLE, CAR, (15_118, 50_000), answer)):
            if source is POLE and not answered:
                break
            body = struct.pack(">HHHH", *ports, 8 + len(text), 0) + text
            self.put(source, target, 0x86DD, checked(address(source), address(target), 17, body), 0.1)
        return self

    def tcp(self, source: bytes, flags: int, text: bytes = b"", after: float = 0.05) -> Line:
        target = POLE if source is CAR else CAR
        ports = (49_152, PORT) if source is CAR else (PORT, 49_152)
        number = self.sequence[source]
        body = struct.pack(">HHIIBBHHH", *ports, number, 0, 5 << 4, flags, 8192, 0, 0) + text
        self.sequence[source] = number + len(text) + (flags & 3 > 0)
        return self.put(source, target, 0x86DD, checked(address(source), address(target), 6, body), after)

    def connect(self) -> Line:
        return self.tcp(CAR, 2).tcp(POLE, 18)

    def say(self, *names: str, after: float = 0.05) -> Line:
        for name in names:
            kind, body = exi(name, self.protocol)
            text = struct.pack(">HHI", 0x01FE, kind, len(body)) + body
            self.tcp(CAR if name.endswith("Req") else POLE, 24, text, after)
        return self

    def ask(self, *words: str, after: float = 0.05) -> Line:
        for word in words:
            self.say(f"{word}Req", f"{word}Res", after=after)
        return self

    def close(self, source: bytes, after: float = 0.05) -> Line:
        return self.tcp(source, 17, after=after)

    def idle(self, seconds: float) -> Line:
        """Something that says nothing, so that the capture goes on."""
        return self.put(CAR, POLE, 0x0806, bytes(40), seconds)

    def pcap(self, path: Path) -> Path:
        head = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
        rows = [struct.pack("<IIII", int(t), round(t % 1 * 1e6), len(p), len(p)) + p for t, p in self.rows]
        path.write_bytes(head + b"".join(rows))
        return path

    def pcapng(self, path: Path) -> Path:
        """Two interfaces: an empty CAN one first, then the network with a clock of nanoseconds."""

        def block(kind: int, body: bytes) -> bytes:
            body += bytes(-len(body) % 4)
            return struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)

        out = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
        out += block(1, struct.pack("<HHI", 227, 0, 0)) + block(
            1, struct.pack("<HHI", 1, 0, 0) + struct.pack("<HHB3x", 9, 1, 9) + bytes(4)
        )
        for t, packet in self.rows:
            ticks = round(t * 1e9)
            head = struct.pack("<IIIII", 1, ticks >> 32, ticks & 0xFFFFFFFF, len(packet), len(packet))
            out += block(6, head + packet)
        path.write_bytes(out)
        return path
