"""Open a recording whatever it is, and hand it out in chunks of frames.

The format is found by content: magic bytes for binary ones, else the text parser that reads most of the first lines.
Nothing a file holds raises: what cannot be read is skipped, counted and named with its first line.
Reading order: open_recording(), Recording.chunks().
"""

from __future__ import annotations

import codecs
import gzip
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...errors import BadInput, Problem
from ...waist import Place
from ..frames import Clock, Frames, Skips, frames
from .formats import PARSERS
from .text import CandumpLog, Parser, Row

SAMPLE_BYTES, SAMPLE_LINES = 256 * 1024, 400
LONGEST_LINE = 64 * 1024
CHUNK_ROWS = 50_000
CHUNK_BYTES = 8 * 1024 * 1024
MOST_CHANNELS = 64
MOST_US = 10**17  # three thousand years: no clock counts that far
ARCHIVES = {
    b"PK\x03\x04": "ZIP",
    b"7z\xbc\xaf": "7-Zip",
    b"Rar!": "RAR",
    b"\xfd7zXZ\x00": "XZ",
    b"BZh": "bzip2",
    b"\x28\xb5\x2f\xfd": "Zstandard",
}
BINARY = ("blf", "mf4", "pcap", "pcapng", "parquet")


@dataclass
class Recording:
    """A recording under reading: what it is, and what the reading has found so far."""

    path: Path
    format: str
    parser: Parser | None = None
    encoding: str = "utf-8"
    packed: bool = False
    skips: Skips = field(default_factory=Skips)
    notes: list[str] = field(default_factory=list)
    channels: list[str] = field(default_factory=list)
    clock: Clock | None = None
    count: int = 0
    untimed: int = 0
    packets: Any = None  # of a network capture: what runs beside CAN

    def chunks(self, swift: bool = True) -> Iterator[Frames]:
        """The frames, chunk by chunk. `swift` allows the compiled parser where there is one."""
        if self.parser is None and self.format not in BINARY:
            return
        if self.format in BINARY:
            from .binary import records

            source = records(self)
        elif swift and isinstance(self.parser, CandumpLog) and self.encoding == "utf-8":
            from .swift import candump_chunks

            source = candump_chunks(self)
        else:
            source = self._text()
        for chunk in source:
            if len(chunk):
                yield self._finish(chunk)
        self._conclude()

    def channel(self, name: str) -> int:
        """The index of a bus by the tool's name; the 65th and later share one."""
        if name in self.channels:
            return self.channels.index(name)
        if len(self.channels) >= MOST_CHANNELS:
            return MOST_CHANNELS - 1
        self.channels.append(name)
        return len(self.channels) - 1

    def timing(self) -> str:
        """'judged', or why times say nothing."""
        if self.clock is None or self.count == 0:
            return "not possible: no frames"
        if self.untimed:
            return "not possible: the frames have no time stamps"
        if self.clock.lifted > 0.05 * self.count:
            return "not possible: the time stamps are out of order, perhaps differences to the frame before"
        if self.clock.same:
            return "not possible: all time stamps are equal, only the order is known"
        return "judged"

    def open(self) -> gzip.GzipFile | io.BufferedReader[Any]:
        return gzip.open(self.path, "rb") if self.packed else self.path.open("rb")

    def row(self, line: int, row: Row) -> tuple[int, int, int, int, bytes] | None:
        """A parsed row as numbers; None, counted, when the identifier fits no CAN frame."""
        identifier = row.id
        if 0x1FFFFFFF < identifier <= 0xFFFFFFFF:
            # SocketCAN and some loggers leave their flag bits on top of the identifier: 29 bits, remote, error.
            if identifier & 0x60000000:
                self.skips.add(line, "error frame" if identifier & 0x20000000 else "remote frame")
                return None
            identifier &= 0x1FFFFFFF
            self._flag("flags")
        if not 0 <= identifier <= 0x1FFFFFFF:
            self.skips.add(line, "identifier has more than 29 bits" if identifier > 0 else "identifier is negative")
            return None
        if row.extended is not None and row.extended != (identifier > 0x7FF) and identifier > 0x7FF:
            self._flag("extended")
        if row.time is None:
            self.untimed += 1
        elif abs(row.time) >= MOST_US:
            self.skips.add(line, "time stamp is impossible")
            return None
        return line, row.time or 0, self.channel(row.channel), identifier, row.data

    _flags: dict[str, int] = field(default_factory=dict)

    def _flag(self, what: str) -> None:
        self._flags[what] = self._flags.get(what, 0) + 1

    def _text(self) -> Iterator[Frames]:
        assert self.parser is not None
        rows: list[tuple[int, int, int, int, bytes]] = []
        for number, line in self.lines():
            if line is None:
                self.skips.add(number, f"line is longer than {LONGEST_LINE} bytes")
                continue
            got = self.parser.read(line)
            if got is None:
                continue
            if isinstance(got, str):
                self.skips.add(number, got)
            elif (row := self.row(number, got)) is not None:
                rows.append(row)
                if len(rows) >= CHUNK_ROWS:
                    yield frames(rows)
                    rows = []
        yield frames(rows)

    def lines(self) -> Iterator[tuple[int, str | None]]:
        """Numbered lines without their ends; None for one that is too long."""
        decoder = codecs.getincrementaldecoder(self.encoding)("replace")
        rest, number, skipping = "", 0, False
        try:
            with self.open() as file:
                while True:
                    raw = file.read(1 << 20)
                    text = rest + decoder.decode(raw, final=not raw)
                    parts = text.split("\n")
                    rest = parts.pop() if raw else ""
                    for part in parts:
                        number += 1
                        yield (
                            number,
                            (None if skipping or len(part) > LONGEST_LINE else part.strip().strip("\x00\ufeff")),
                        )
                        skipping = False
                    if len(rest) > LONGEST_LINE:
                        rest, skipping = "", True
                    if not raw:
                        return
        except (OSError, EOFError, zlib.error) as error:
            self.skips.add(number + 1, f"the file breaks off: {error}")

    def _finish(self, chunk: Frames) -> Frames:
        if self.clock is None:
            self.clock = Clock(self.parser.wrap_us if self.parser else 0)
        chunk.time = self.clock.repair(chunk.time)
        self.count += len(chunk)
        return chunk

    def _conclude(self) -> None:
        if self.clock is not None and not self.untimed:
            self.notes += [n for n in self.clock.repairs() if n not in self.notes]
        if n := self._flags.get("flags"):
            self.notes.append(f"{n} identifiers carried flag bits above the 29 of an identifier; they were removed")
        if n := self._flags.get("extended"):
            self.notes.append(
                f"{n} frames have 29-bit identifiers but are not marked as extended; the identifier decides"
            )
        self._flags.clear()


def open_recording(path: Path | str) -> Recording:
    """Find the format of a file; raises BadInput only when the file cannot be opened."""
    path = Path(path)
    try:
        if path.is_dir():
            raise BadInput(
                [
                    Problem(
                        Place(str(path)),
                        "is a folder; give the recordings in it",
                        "For example: carnet charge judge FOLDER/*.log",
                    )
                ]
            )
        with path.open("rb") as file:
            head = file.read(SAMPLE_BYTES)
        packed = head[:2] == b"\x1f\x8b"
        if packed:
            with gzip.open(path, "rb") as unpacked:
                try:
                    head = unpacked.read(SAMPLE_BYTES)
                except (EOFError, OSError, zlib.error):
                    head = b""
    except OSError as error:
        raise BadInput(
            [
                Problem(
                    Place(str(path)),
                    f"cannot be read: {error.strerror or error}",
                    "Check the path and its permissions.",
                )
            ]
        ) from None
    if archive := next((name for start, name in ARCHIVES.items() if head.startswith(start)), ""):
        recording = Recording(path, "unknown")
        recording.skips.add(1, f"an archive ({archive}); unpack it and judge what is in it")
        return recording
    if kind := _magic(head):
        recording = Recording(path, kind, packed=packed)
        if kind in BINARY and packed:
            recording.skips.add(1, "a packed binary recording; unpack it first")
            recording.format = "unknown"
        return recording
    encoding = _encoding(head)
    text = head.decode(encoding, "replace").split("\n")
    sample = [line.strip().strip("\x00\ufeff") for line in (text[:-1] or text)[:SAMPLE_LINES]]
    best: tuple[int, Parser | None] = (0, None)
    for kind_of in PARSERS:
        parser = kind_of()
        hits = sum(isinstance(parser.read(line), Row) for line in sample if len(line) <= LONGEST_LINE)
        if hits > best[0]:
            best = (hits, parser)
    if best[1] is None:
        return Recording(path, "unknown", CandumpLog(), encoding, packed)
    return Recording(path, best[1].name, type(best[1])(), encoding, packed)


def _magic(head: bytes) -> str:
    if head[:4] == b"LOGG":
        return "blf"
    if head[:3] == b"MDF" or head[:8].startswith(b"UnFinMF"):
        return "mf4"
    if head[:4] in (b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\xc3\xd4", b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\x3c\x4d"):
        return "pcap"
    if head[:4] == b"\x0a\x0d\x0d\x0a":
        return "pcapng"
    return "parquet" if head[:4] == b"PAR1" else ""


def _encoding(head: bytes) -> str:
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    whole = head if len(head) < SAMPLE_BYTES else head[: head.rfind(b"\n") + 1]
    for encoding in ("utf-8", "gbk"):
        try:
            whole.decode(encoding)
            return encoding
        except UnicodeDecodeError:
            continue
    return "latin-1"
