"""One line of text -> one frame, for every text format we know.

Each parser is a class with `read(line)`: a Row, None for a line that says nothing (header, comment, blank), or a
sentence why the line cannot be used. `wrap_us` is where the tool's clock starts again.
Formats: candump (log and screen style), GVRET/SavvyCAN CSV, python-can CSV, Vector ASC, PEAK TRC, tables of USB-CAN
tools (Chinese, English, Russian locale), "Rcvd msgID" text of hobby tools. Times are microseconds, None if absent.
"""

from __future__ import annotations

import base64
import binascii
import re
from datetime import UTC, datetime
from typing import ClassVar, NamedTuple, Protocol

DAY_US = 86_400_000_000
_SECONDS = re.compile(r"-?\d{1,15}(?:[.,]\d{1,9})?")


class Row(NamedTuple):
    time: int | None
    channel: str
    id: int
    data: bytes
    extended: bool | None = None  # as the tool says; None when it says nothing


class Parser(Protocol):
    name: str
    wrap_us: int

    def read(self, line: str) -> Row | str | None: ...


def seconds(text: str) -> int:
    """'12.345678' -> 12345678, exactly."""
    sign = -1 if text.startswith("-") else 1
    whole, _, part = text.lstrip("-").replace(",", ".").partition(".")
    return sign * (int(whole or 0) * 1_000_000 + int((part + "000000")[:6]))


def clock(text: str) -> int | None:
    """'21:11:45:171' or '00:01:29.209' -> microseconds of the day; None for anything else."""
    match = re.fullmatch(r"(\d{1,2}):(\d{2}):(\d{2})(?:[.:,](\d{1,9}))?", text)
    if not match:
        return None
    hours, minutes, secs, part = match.groups()
    return ((int(hours) * 60 + int(minutes)) * 60 + int(secs)) * 1_000_000 + int(((part or "") + "000000")[:6])


def octets(text: str, length: int | None) -> bytes | str:
    """Hexadecimal bytes however they are separated; a sentence when they are fewer than the length says."""
    found = re.findall(r"[0-9A-Fa-f]{1,2}", text)
    if length is not None and len(found) < length:
        return "fewer data bytes than the length says"
    count = len(found) if length is None else length
    if count > 8:
        return "more than 8 data bytes (CAN FD)"
    return bytes(int(x, 16) for x in found[:count])


class CandumpLog:
    """(1703560121.247259) can0 1826F456#010100"""

    name, wrap_us = "candump log", 0
    _line = re.compile(r"\((-?\d{1,15}\.\d{1,9})\)\s+(\S{1,32})\s+([0-9A-Fa-f]{1,8})#(#?)(\S*)(?:\s+[RT])?")

    def read(self, line: str) -> Row | str | None:
        match = self._line.fullmatch(line)
        if not match:
            return None if not line or line.startswith("#") else "not a line of this format"
        time, channel, identifier, fd, data = match.groups()
        if fd:
            return "CAN FD frame"
        if data[:1] in ("R", "r"):
            return "remote frame"
        data = data.replace(".", "")
        if len(data) % 2 or len(data) > 16:
            return "data bytes are not whole" if len(data) % 2 else "more than 8 data bytes (CAN FD)"
        try:
            return Row(seconds(time), channel, int(identifier, 16), bytes.fromhex(data), len(identifier) > 3)
        except ValueError:
            return "data bytes are not hexadecimal"


class CandumpScreen:
    """(2022-06-02 22:43:42.714008)  can1  700   [8]  01 02 00 00 06 00 00 00"""

    name, wrap_us = "candump screen", 0
    _line = re.compile(
        r"(?:\(([^)]{1,40})\)\s+)?(\S{1,32})\s+(?:[RT]X\s+\S\s+\S\s+)?([0-9A-Fa-f]{1,8})\s+\[(\d{1,2})\]\s*(.*)"
    )

    def read(self, line: str) -> Row | str | None:
        match = self._line.fullmatch(line)
        if not match:
            return None if not line else "not a line of this format"
        stamp, channel, identifier, length, rest = match.groups()
        if "remote" in rest:
            return "remote frame"
        data = octets(rest.partition("'")[0], int(length))
        if isinstance(data, str):
            return data
        time: int | None = None
        if stamp:
            try:
                time = seconds(stamp) if _SECONDS.fullmatch(stamp) else _date(stamp)
            except ValueError:
                return "time stamp cannot be read"
        return Row(time, channel, int(identifier, 16), data, len(identifier) > 3)


def _date(stamp: str) -> int:
    moment = datetime.fromisoformat(stamp.strip()).replace(tzinfo=UTC)
    return int(moment.timestamp()) * 1_000_000 + moment.microsecond


class Gvret:
    """3016672,00000100,false,Rx,0,8,00,00,00,00,B3,01,F0,00,"""

    name, wrap_us = "GVRET CSV", 1 << 32
    _line = re.compile(
        r"(-?\d{1,19}),(?:0x)?([0-9A-Fa-f]{1,16}),(true|false|[01]),(?:(?:Rx|Tx),)?(\d{1,3}),(\d{1,3})((?:,[0-9A-Fa-f]{1,2})*),*",
        re.IGNORECASE,
    )

    def read(self, line: str) -> Row | str | None:
        match = self._line.fullmatch(line)
        if not match:
            return None if not line or line.lower().startswith("time stamp,") else "not a line of this format"
        time, identifier, extended, bus, length, data = match.groups()
        got = octets(data, int(length))
        return (
            got
            if isinstance(got, str)
            else Row(int(time), f"bus{bus}", int(identifier, 16), got, extended.lower() in ("true", "1"))
        )


class PythonCan:
    """timestamp,arbitration_id,extended,remote,error,dlc,data with base64 data"""

    name, wrap_us = "python-can CSV", 0
    _line = re.compile(
        r"(-?\d{1,15}(?:\.\d{1,12})?),0x([0-9A-Fa-f]{1,8}),([01]),([01]),([01]),(\d{1,2}),([A-Za-z0-9+/=]*)"
    )

    def read(self, line: str) -> Row | str | None:
        match = self._line.fullmatch(line)
        if not match:
            return None if not line or line.startswith("timestamp,") else "not a line of this format"
        time, identifier, extended, remote, error, _, data = match.groups()
        if remote == "1" or error == "1":
            return "remote frame" if remote == "1" else "error frame"
        try:
            raw = base64.b64decode(data, validate=True)
        except (binascii.Error, ValueError):
            return "data bytes are not base64"
        return (
            Row(seconds(time), "can", int(identifier, 16), raw, extended == "1")
            if len(raw) <= 8
            else "more than 8 data bytes (CAN FD)"
        )


class Asc:
    """0.002000 1  1826F456x       Rx   d 3 01 01 00"""

    name, wrap_us = "Vector ASC", 0
    _line = re.compile(
        r"(\d{1,12}\.\d{1,9})\s+(\d{1,3})\s+([0-9A-Fa-f]{1,8})(x?)\s+(?:Rx|Tx|TxRq)\s+([dr])\s+([0-9A-Fa-f]{1,2})\s*(.*)",
        re.IGNORECASE,
    )
    _head = re.compile(
        r"(date |base |internal|no internal|begin|end|start of|//"
        r"|\d+\.\d+ +(start|\d+ +statistic|\d+ +canstatus|canfd )).*",
        re.IGNORECASE,
    )

    def __init__(self) -> None:
        self.base, self.relative, self.now = 16, False, 0

    def read(self, line: str) -> Row | str | None:
        match = self._line.fullmatch(line)
        if not match:
            if line.lower().startswith("base "):
                self.base, self.relative = (10 if "dec" in line.lower() else 16), "relative" in line.lower()
            if re.match(r"\d+\.\d+\s+\d+\s+errorframe", line, re.IGNORECASE):
                return "error frame"
            return None if not line or self._head.fullmatch(line) else "not a line of this format"
        time, channel, identifier, extended, kind, length, rest = match.groups()
        self.now = self.now + seconds(time) if self.relative else seconds(time)
        if kind.lower() == "r":
            return "remote frame"
        count = int(length, self.base if self.base == 16 else 10)
        parts = rest.split()[:count]
        if count > 8:
            return "more than 8 data bytes (CAN FD)"
        if len(parts) < count:
            return "fewer data bytes than the length says"
        try:
            return Row(
                self.now,
                f"channel{channel}",
                int(identifier, self.base),
                bytes(int(p, self.base) for p in parts),
                bool(extended),
            )
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


class Received:
    """Rcvd msgID: 0x102; 01; B1; 00; 00; 00; 08; 28; 00  00:02:05.182"""

    name, wrap_us = "Rcvd msgID text", DAY_US
    _line = re.compile(
        r"Rcvd msgID:\s*0x([0-9A-Fa-f]{1,8});\s*((?:[0-9A-Fa-f]{2};?\s*)*?)\s+(\d{1,2}:\d{2}:\d{2}\.\d{1,6})"
    )

    def read(self, line: str) -> Row | str | None:
        match = self._line.fullmatch(line)
        if not match:
            return None if not line else "not a line of this format"
        data = octets(match[2], None)
        return data if isinstance(data, str) else Row(clock(match[3]), "can", int(match[1], 16), data)


class Table:
    """A table of a USB-CAN tool: the header names the columns, in Chinese or English, with any separator."""

    name, wrap_us = "USB-CAN table", (1 << 32) * 100
    COLUMNS: ClassVar[dict[str, tuple[str, ...]]] = {
        "time": (
            "time stamp",
            "timestamp",
            "接收时间标识",
            "时间标识",
            "time scale",
            "时间戳",
            "时间",
            "time",
            "time id",
            "abs time",
        ),
        "id": ("id", "帧id", "frame id", "can id", "id号", "arbitration id", "arbitration_id", "identifier", "canid"),
        "length": ("len", "dlc", "length", "数据长度", "长度"),
        "data": ("data", "数据", "data bytes", "d0", "d1", "data0", "data1", "byte0", "byte1", "b0", "b1"),
        "channel": ("channel", "通道", "bus", "通道号", "can通道", "源通道", "can channel"),
    }
    TICK_US = 100  # these tools count tenths of a millisecond

    def __init__(self) -> None:
        self.columns: dict[str, int] = {}
        self.split = re.compile("\t")
        self.unit_us = 0  # what the header says one of its times is; 0 when it does not

    def read(self, line: str) -> Row | str | None:
        if not line:
            return None
        line = line.replace("\x00", "  ")  # one tool ends its cells with NUL
        if not self.columns:
            return None if self._header(line) else "comes before the header of the table"
        cells = [c.strip() for c in self.split.split(line)]
        at = self.columns
        if len(cells) <= at["data"] or (not cells[at["data"]] and cells[at["length"]].strip("0x") != ""):
            return "fewer columns than the header"
        if any("远程" in cell or cell.lower().startswith("remote") for cell in cells[: at["data"]]):
            return "remote frame"
        try:
            length = int(cells[at["length"]], 0)
            identifier = int(cells[at["id"]].removeprefix("0x"), 16)
        except ValueError:
            return "identifier or length cannot be read"
        data = octets(" ".join(cells[at["data"] :]).removeprefix("x|"), length)
        if isinstance(data, str):
            return data
        time = self._time(cells[at["time"]]) if "time" in at else None
        return Row(time, cells[at["channel"]] if "channel" in at else "can", identifier, data)

    def _header(self, line: str) -> bool:
        for separator in ("\t", ";", ",", r"\s{2,}"):
            split = re.compile(separator)
            named = [c.strip().lower() for c in split.split(line)]
            cells = [re.sub(r"[(\[].*?[)\]]", "", c).strip() for c in named]
            found = {
                what: cells.index(name)
                for what, names in self.COLUMNS.items()
                if (name := next((n for n in names if n in cells), None))
            }
            if {"id", "length", "data"} <= found.keys():
                self.columns, self.split = found, split
                if "time" in found:
                    unit = re.search(r"[(\[]\s*(ms|us|µs|s)\s*[)\]]", named[found["time"]])
                    self.unit_us = {"ms": 1000, "us": 1, "µs": 1, "s": 1_000_000}[unit[1]] if unit else 0
                return True
        return False

    def _time(self, cell: str) -> int | None:
        if cell.startswith("0x"):
            try:
                return int(cell, 16) * self.TICK_US
            except ValueError:
                return None
        if self.unit_us and _SECONDS.fullmatch(cell):
            self.wrap_us = 0
            return seconds(cell) * self.unit_us // 1_000_000
        if (of_day := clock(cell)) is not None:
            self.wrap_us = DAY_US
            return of_day
        if cell.isdigit() and len(cell) < 16:
            return int(cell) * self.TICK_US
        return seconds(cell) if _SECONDS.fullmatch(cell) else None


class Loose:
    """Any line that ends in a length and that many bytes, with an identifier before them; for tools we do not know."""

    name, wrap_us = "frames in text", DAY_US
    _split = re.compile(r"[\s,;|]+")
    _octet = re.compile(r"(?:0x)?([0-9A-Fa-f]{2})")
    _identifier = re.compile(r"(?:0x)?([0-9A-Fa-f]{3}|[0-9A-Fa-f]{8})[xh]?", re.IGNORECASE)
    _length = re.compile(r"[\[(]?(?:0x0?)?([0-8])[\])]?")

    def read(self, line: str) -> Row | str | None:
        if not line or len(line) > 400:
            return None if not line else "not a line of this format"
        words = [w for w in self._split.split(line) if w]
        start = len(words)
        while start and len(words) - start < 8 and self._octet.fullmatch(words[start - 1]):
            start -= 1
        for first in range(start, len(words)):
            length = self._length.fullmatch(words[first - 1]) if first else None
            if length is None or int(length[1]) != len(words) - first:
                continue
            names = [m for w in words[: first - 1] if (m := self._identifier.fullmatch(w))]
            if names:
                data = bytes(int(m[1], 16) for w in words[first:] if (m := self._octet.fullmatch(w)))
                return Row(self._time(words[0]), "can", int(names[-1][1], 16), data)
        return "not a line of this format"

    def _time(self, word: str) -> int | None:
        word = word.strip("()[]")
        if (of_day := clock(word)) is not None:
            return of_day
        return seconds(word) if "." in word and _SECONDS.fullmatch(word) else None


PARSERS: tuple[type[Parser], ...] = (CandumpLog, CandumpScreen, Gvret, PythonCan, Asc, Trc, Received, Table, Loose)
