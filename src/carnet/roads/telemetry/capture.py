"""Captures as files: a raw stream, or text with one packet in hexadecimal per line (also CSV from a platform).

Text keeps its lines apart: a packet cut short in one line must not swallow the next. Offsets count the bytes of the
packets, not the digits; the line is kept beside them.
Reading order: Chunk, chunks().
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ...errors import BadInput
from . import kernel as k
from .form import Edition

CHUNK = 32 * 1024 * 1024
_DIGITS = re.compile(rb"[0-9A-Fa-f]+(?:[ :][0-9A-Fa-f]{2})*")


@dataclass(slots=True)
class Chunk:
    """Some bytes of a capture.

    starts, ends  (s,)  independent segments; a stream has one
    lines         (s,)  the line of each segment, or empty for a stream
    odd           lines that could not be used: (line, problem code)
    """

    data: npt.NDArray[np.uint8]
    starts: npt.NDArray[np.int64]
    ends: npt.NDArray[np.int64]
    lines: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    odd: list[tuple[int, int]] = field(default_factory=list)
    final: bool = True


def is_text(head: bytes, tables: tuple[Edition, ...]) -> bool:
    """Whether a file begins like text: it holds the start bytes as digits, and no control characters."""
    if any(b < 9 or 13 < b < 32 for b in head[:4096]):
        return False
    wanted = [t.start.hex().encode() for t in tables]
    return any(w in head.lower() for w in wanted) or not any(t.start in head for t in tables)


def chunks(path: Path, tables: tuple[Edition, ...], size: int = CHUNK) -> Iterator[Chunk]:
    """The chunks of a capture; raises BadInput when the file cannot be read."""
    try:
        with path.open("rb") as file:
            head = file.read(65536)
            file.seek(0)
            if is_text(head, tables):
                yield from _text(file, tables, size)
            else:
                while raw := file.read(size):
                    data = np.frombuffer(raw, np.uint8)
                    yield Chunk(data, np.zeros(1, np.int64), np.array([len(raw)]), final=False)
    except OSError as error:
        raise BadInput(
            f"{path}: cannot be read: {error.strerror or error}. Check the path and its permissions."
        ) from None


def _text(file: object, tables: tuple[Edition, ...], size: int) -> Iterator[Chunk]:
    marks = tuple(t.start.hex().encode() for t in tables)
    parts: list[bytes] = []
    lines: list[int] = []
    odd: list[tuple[int, int]] = []
    total = 0
    for number, line in enumerate(_lines(file), 1):
        packet, wrong = _packet(line, marks)
        if wrong >= 0 and (packet or line.strip()) and not (wrong == k.NOT_TEXT and number == 1):
            odd.append((number, wrong))  # the first line may be a header
        if packet:
            parts.append(packet)
            lines.append(number)
            total += len(packet)
        if total >= size:
            yield _joined(parts, lines, odd)
            parts, lines, odd, total = [], [], [], 0
    if parts or odd:
        yield _joined(parts, lines, odd)


def _lines(file: object) -> Iterator[bytes]:
    """Lines of a file, none longer than a frame could be in digits."""
    while line := file.readline(1 << 20):  # type: ignore[attr-defined]
        yield line


def _packet(line: bytes, marks: tuple[bytes, ...]) -> tuple[bytes, int]:
    """(the bytes of the longest run of digits that begins like a frame, a problem code or -1)."""
    best = b""
    for run in _DIGITS.findall(line):
        digits = run.replace(b" ", b"").replace(b":", b"")
        if len(digits) > len(best) and digits[:4].lower() in marks:
            best = digits
    if not best:
        return b"", k.NOT_TEXT
    even = best[: len(best) // 2 * 2]
    return bytes.fromhex(even.decode()), -1 if len(best) == len(even) else k.ODD_HEX


def _joined(parts: list[bytes], lines: list[int], odd: list[tuple[int, int]]) -> Chunk:
    ends = np.cumsum([len(p) for p in parts], dtype=np.int64)
    starts = np.concatenate([np.zeros(1, np.int64), ends[:-1]]) if len(ends) else ends
    return Chunk(np.frombuffer(b"".join(parts), np.uint8), starts, ends, np.array(lines, np.int64), odd)
