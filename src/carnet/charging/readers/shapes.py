"""Tables of USB-CAN tools, found by the names of their columns, and lines that are frames by their shape alone.

Chinese, English and Russian tools export tables with any separator and any order of columns; what no name tells is
left to Loose, which takes any line with an identifier, a length and that many bytes.
"""

from __future__ import annotations

import re
from typing import ClassVar

from .text import DAY_US, SECONDS, Row, clock, octets, seconds


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
            "相对时间",
            "系统时间",
            "system time",
        ),
        "id": (
            "id",
            "帧id",
            "frame id",
            "frameid",
            "can id",
            "id号",
            "arbitration id",
            "arbitration_id",
            "identifier",
            "canid",
        ),
        "length": ("len", "dlc", "length", "数据长度", "长度", "datalen", "data length"),
        "data": ("data", "数据", "帧数据", "data bytes", "d0", "d1", "data0", "data1", "byte0", "byte1", "b0", "b1"),
        "channel": ("channel", "通道", "bus", "通道号", "can通道", "源通道", "can channel"),
    }
    _bytes = re.compile(r"\s*(?:(?:0[xX])?[0-9A-Fa-f]{2}[\s,;]*){0,8}")
    _prefix = re.compile(r"0[xX](?=[0-9A-Fa-f]{1,2}\b)")
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
        if len(cells) <= max(at["data"], at["id"], at.get("length", 0)):
            return "fewer columns than the header"
        if not cells[at["data"]] and "length" in at and cells[at["length"]].strip("0x") != "":
            return "fewer columns than the header"
        if any("远程" in cell or cell.lower().startswith("remote") for cell in cells[: at["data"]]):
            return "remote frame"
        try:
            length = int(cells[at["length"]].lstrip("[").rstrip("]"), 0) if "length" in at else None
            identifier = int(cells[at["id"]].replace(" ", "").lower().removeprefix("0x").rstrip("hx"), 16)
        except ValueError:
            return "identifier or length cannot be read"
        if length is not None and length < 0:
            return "identifier or length cannot be read"
        text = " ".join(cells[at["data"] :]).removeprefix("x|")
        if length is None and not self._bytes.fullmatch(text):
            return "data bytes cannot be read"
        data = octets(self._prefix.sub(" ", text), length)
        if isinstance(data, str):
            return data
        time = self._time(cells[at["time"]]) if "time" in at else None
        return Row(time, cells[at["channel"]] if "channel" in at else "can", identifier, data)

    def _header(self, line: str) -> bool:
        for separator in ("\t", ";", ",", r"\s{2,}"):
            split = re.compile(separator)
            named = [c.strip().lower() for c in split.split(line)]
            cells = [re.sub(r"[(\[（【].*?[)\]）】]", "", c).strip() for c in named]
            found = {
                what: cells.index(name)
                for what, names in self.COLUMNS.items()
                if (name := next((n for n in names if n in cells), None))
            }
            if {"id", "data"} <= found.keys():
                self.columns, self.split = found, split
                if "time" in found:
                    unit = re.search(r"[(\[（]\s*(ms|us|µs|s)\s*[)\]）]", named[found["time"]])
                    self.unit_us = {"ms": 1000, "us": 1, "µs": 1, "s": 1_000_000}[unit[1]] if unit else 0
                return True
        return False

    def _time(self, cell: str) -> int | None:
        if cell.startswith("0x"):
            try:
                return int(cell, 16) * self.TICK_US
            except ValueError:
                return None
        if self.unit_us and SECONDS.fullmatch(cell):
            self.wrap_us = 0
            return seconds(cell) * self.unit_us // 1_000_000
        if (of_day := clock(cell.split(" ")[-1].split("T")[-1])) is not None:
            self.wrap_us = DAY_US
            return of_day
        if cell.isdigit() and cell.isascii() and len(cell) < 16:
            return int(cell) * self.TICK_US
        return seconds(cell) if SECONDS.fullmatch(cell) else None


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
        stamp = self._time(words[0]) if words else None
        while len(words) > 3 and words[-1].lower() in ("r", "t", "rx", "tx"):
            words.pop()
        if len(words) > 3 and "." in words[-1] and SECONDS.fullmatch(words[-1]):
            stamp = self._time(words.pop())  # some write the time behind the bytes
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
                return Row(stamp, "can", int(names[-1][1], 16), data)
        return "not a line of this format"

    def _time(self, word: str) -> int | None:
        word = word.strip("()[]")
        if (of_day := clock(word)) is not None:
            return of_day
        return seconds(word) if "." in word and SECONDS.fullmatch(word) else None
