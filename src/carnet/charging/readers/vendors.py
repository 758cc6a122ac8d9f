"""Text formats of two vendors' tools: Vector ASC with its bases and relative times, PEAK TRC from 1.0 to 2.1."""

from __future__ import annotations

import re

from .text import Row, octets, seconds


class Asc:
    """0.002 1  1826F456x  Rx   d 3 01 01 00      or, on a FD channel,     0.002 CANFD 1 Rx 1826F456x 0 0 3 3 01 01 00

    The head says whether numbers are hexadecimal and whether times count from the line before.
    """

    name, wrap_us = "Vector ASC", 0
    _line = re.compile(
        r"(\d{1,12}\.\d{1,9})\s+(\d{1,3})\s+([0-9A-Fa-f]{1,10})(x?)\s+(?:Rx|Tx|TxRq)\s+([dr])(?:\s+([0-9A-Fa-f]{1,2})\s*(.*))?",
        re.IGNORECASE,
    )
    _flexible = re.compile(
        r"(\d{1,12}\.\d{1,9})\s+CANFD\s+(\d{1,3})\s+(?:Rx|Tx|TxRq)\s+([0-9A-Fa-f]{1,10})(x?)\s+(?:[^\s\d]\S*\s+)?"
        r"([01])\s+[01]\s+([0-9A-Fa-f]{1,2})\s+(\d{1,2})\s*(.*)",
        re.IGNORECASE,
    )
    _head = re.compile(
        r"(date |base |internal|no internal|begin|end|start of|//"
        r"|\d+\.\d+ +(start|\d+ +statistic|can +\d+ +status|\d+ +canstatus)).*",
        re.IGNORECASE,
    )
    _error = re.compile(r"\d+\.\d+\s+(canfd\s+)?\d+\s+(rx\s+)?errorframe.*", re.IGNORECASE)

    def __init__(self) -> None:
        self.base, self.relative, self.now = 16, False, 0

    def read(self, line: str) -> Row | str | None:
        if match := self._line.fullmatch(line):
            time, channel, identifier, extended, kind, length, rest = match.groups()
            now = self._stamp(time)
            if kind.lower() == "r":
                return "remote frame"
            return self._row(now, channel, identifier, extended, length or "0", rest or "")
        if match := self._flexible.fullmatch(line):
            time, channel, identifier, extended, switched, _, size, rest = match.groups()
            now = self._stamp(time)
            if switched == "1" or int(size) > 8:
                return "CAN FD frame"
            return self._row(now, channel, identifier, extended, f"{int(size)}", rest)
        if self.relative and (stamp := re.match(r"(\d{1,12}\.\d{1,9})\s", line)):
            self._stamp(stamp[1])  # every event moves the clock on
        if line.lower().startswith("base "):
            self.base, self.relative = (10 if "dec" in line.lower() else 16), "relative" in line.lower()
        if self._error.fullmatch(line):
            return "error frame"
        return None if not line or self._head.fullmatch(line) else "not a line of this format"

    def _stamp(self, time: str) -> int:
        self.now = self.now + seconds(time) if self.relative else seconds(time)
        return self.now

    def _row(self, now: int, channel: str, identifier: str, extended: str, length: str, rest: str) -> Row | str:
        try:
            count = int(length, self.base)
            parts = rest.split()[:count]
            if count > 8:
                return "more than 8 data bytes (CAN FD)"
            if len(parts) < count:
                return "fewer data bytes than the length says"
            data = bytes(int(p, self.base) for p in parts)
            return Row(now, f"channel{channel}", int(identifier, self.base), data, bool(extended))
        except ValueError:
            return "data bytes cannot be read"


class Trc:
    """1)      2.4  Rx     1826F456  3  01 01 00     (1.x)    or    1      2.4 DT 1826F456 Rx 3 01 01 00     (2.x)"""

    name, wrap_us = "PEAK TRC", 0
    _old = re.compile(
        r"\d{1,12}\)\s+(-?\d{1,14}(?:\.\d{1,6})?)\s+(?:(\d{1,2})\s+)?(?:(Rx|Tx|Warng|Error)\s+)?([0-9A-Fa-f]{1,8})\s+(?:-\s+)?(\d{1,2})\s*(.*)"
    )
    _new = re.compile(
        r"\d{1,12}\s+(-?\d{1,14}(?:\.\d{1,6})?)\s+(DT|FD|FB|FE|BI|RR|ST|EC|ER|EV)\s+(?:(\d{1,2})\s+)?([0-9A-Fa-f]{1,8})\s+(Rx|Tx)\s+(?:-\s+)?(\d{1,2})\s*(.*)"
    )

    def read(self, line: str) -> Row | str | None:
        if not line or line.startswith(";"):
            return None
        if match := self._old.fullmatch(line):
            time, bus, kind, identifier, length, rest = match.groups()
            if kind in ("Warng", "Error"):
                return "error frame"
        elif match := self._new.fullmatch(line):
            time, kind, bus, identifier, _, length, rest = match.groups()
            if kind == "RR":
                return "remote frame"
            if kind[0] == "E":
                return "error frame"
            if kind != "DT":
                return "not a data frame" if kind[0] == "S" else "CAN FD frame"
        else:
            return "not a line of this format"
        if rest.startswith("RTR"):
            return "remote frame"
        data = octets(rest, int(length))
        return (
            data
            if isinstance(data, str)
            else Row(seconds(time) // 1000, f"bus{bus or 1}", int(identifier, 16), data, len(identifier) > 4)
        )
