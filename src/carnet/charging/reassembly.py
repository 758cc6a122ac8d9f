"""The transport protocol, frame by frame: long messages put together again, and what went wrong on the way.

Point to point between vehicle and charger: a request to send, clearance, data frames, an acknowledgement; also the
broadcast form. One packet can be open for each side. The compiled walk does the same in compiled.py.
Source: SAE J1939-21 as used between charger and vehicle (cited, not quoted).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from .record import Packets
from .rows import Side

OTHER: dict[Side, Side] = {"vehicle": "charger", "charger": "vehicle"}
MOST_PACKET = 1785
REQUEST, CLEAR, DONE, BROADCAST, ABORT = 16, 17, 19, 32, 255


@dataclass(slots=True)
class Packet:
    """A packet on its way: which message, how long, which parts have come."""

    message: str
    total: int
    parts: int
    line: int
    answered: bool = False
    got: dict[int, bytes] = field(default_factory=dict)


class Reassembler:
    """Puts packets together; `unanswered` is called with message, line and time for the first one nobody answered."""

    def __init__(
        self,
        messages: Mapping[tuple[Side, int], str],
        count: Packets,
        unanswered: Callable[[str, int, int], None],
    ) -> None:
        self.messages, self.count, self.unanswered = messages, count, unanswered
        self.open: dict[Side, Packet] = {}

    def control(self, side: Side, payload: bytes, line: int, time: int) -> None:
        """A control frame of a side."""
        count = self.count
        kind = payload[0] if len(payload) == 8 else -1
        if kind in (REQUEST, BROADCAST):
            count.rts += 1
            if side in self.open:
                self._lose(self.open.pop(side), time)
            total, parts = payload[1] | payload[2] << 8, payload[3]
            name = self.messages.get((side, payload[5] | payload[6] << 8 | payload[7] << 16))
            if name is None or not 9 <= total <= MOST_PACKET or parts != -(-total // 7):
                self._wrong(line)
                return
            self.open[side] = Packet(name, total, parts, line, answered=kind == BROADCAST)
        elif kind == CLEAR:
            count.cts += 1
            if OTHER[side] in self.open:
                self.open[OTHER[side]].answered = True
        elif kind == DONE:
            count.eoma += 1
        elif kind == ABORT:
            count.abort += 1
            for one in (side, OTHER[side]):
                if one in self.open:
                    self._lose(self.open.pop(one), time)
        else:
            self._wrong(line)

    def data(self, side: Side, payload: bytes, line: int) -> tuple[str, bytes] | None:
        """A data frame of a side; the message and its bytes when it was the last one missing."""
        packet = self.open.get(side)
        if packet is None or len(payload) < 8 or not 1 <= payload[0] <= packet.parts:
            self.count.stray += 1
            self.count.stray_line = self.count.stray_line or line
            return None
        packet.got[payload[0]] = payload[1:]
        if len(packet.got) < packet.parts:
            return None
        del self.open[side]
        self.count.complete += 1
        return packet.message, b"".join(packet.got[i] for i in range(1, packet.parts + 1))[: packet.total]

    def close(self, time: int) -> None:
        """Packets still open when the session ends, in the order they were opened."""
        for packet in self.open.values():
            self._lose(packet, time)
        self.open = {}

    def _wrong(self, line: int) -> None:
        self.count.wrong += 1
        self.count.wrong_line = self.count.wrong_line or line

    def _lose(self, packet: Packet, time: int) -> None:
        """A packet that will not be finished."""
        count = self.count
        if packet.answered or packet.got:
            count.broken += 1
            count.broken_line = count.broken_line or packet.line
            return
        count.unanswered += 1
        count.unanswered_line = count.unanswered_line or packet.line
        if count.unanswered == 1:
            self.unanswered(packet.message, packet.line, time)
