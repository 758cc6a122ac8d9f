"""One line of text -> one frame: what every text format shares, and the formats of open tools.

Each parser is a class with `read(line)`: a Row, None for a line that says nothing (header, comment, blank), or a
sentence why the line cannot be used. `wrap_us` is where the tool's clock starts again.
Here: candump (log and screen style), GVRET/SavvyCAN CSV, python-can CSV, SLCAN. Vendors' formats stand in vendors.py,
tables and loose shapes in shapes.py, the list of all in formats.py. Times are microseconds, None if absent.
"""

from __future__ import annotations

import base64
import binascii
import re
from datetime import UTC, datetime
from typing import NamedTuple, Protocol

DAY_US = 86_400_000_000
SECONDS = re.compile(r"-?\d{1,15}(?:[.,]\d{1,9})?")


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
        data = data.replace(".", "").partition("_")[0]  # behind it stands a length code above 8
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
        if "remote" in rest or "ERRORFRAME" in rest:
            return "remote frame" if "remote" in rest else "error frame"
        data = octets(rest.partition("'")[0], int(length))
        if isinstance(data, str):
            return data
        time: int | None = None
        if stamp:
            try:
                time = seconds(stamp) if SECONDS.fullmatch(stamp) else _date(stamp)
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
        if isinstance(got, str):
            return got
        number = int(identifier, 16)
        if number >> 31 == 0x1FFFFFFFF:  # a 32-bit number with its flag, printed as a negative one of 64 bits
            number &= 0xFFFFFFFF
        return Row(int(time), f"bus{bus}", number, got, extended.lower() in ("true", "1"))


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


class Slcan:
    """T1826F4563010100 or t1028 0001020304050607, perhaps with four digits of milliseconds behind"""

    name, wrap_us = "SLCAN", 60_000_000  # the adapters' stamp counts one minute
    _line = re.compile(r"(?:t([0-9A-Fa-f]{3})|T([0-9A-Fa-f]{8}))([0-8])((?:[0-9A-Fa-f]{2})*)")

    def read(self, line: str) -> Row | str | None:
        if not line:
            return None
        if line[0] in "rR" and re.fullmatch(r"[rR][0-9A-Fa-f]{4,13}", line):
            return "remote frame"
        match = self._line.fullmatch(line)
        if not match:
            return "not a line of this format"
        short, long, length, data = match.groups()
        count, digits = 2 * int(length), len(data)
        if digits not in (count, count + 4):
            return "the number of data bytes is not the length"
        stamp = int(data[count:], 16) * 1000 if digits > count else None
        return Row(stamp, "can", int(short or long, 16), bytes.fromhex(data[:count]), short is None)
