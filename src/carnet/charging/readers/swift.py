"""The compiled parser for candump logs: bytes to columns without making a Python object per line.

It takes exactly the plain lines the readable parser takes, with the same result; every other line is left to that
parser, so the two never disagree. Blocks end at a line end; a line longer than the limit is skipped.
Reading order: candump_chunks(), _parse().
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar, cast

import numba
import numpy as np

from ..frames import Frames, frames
from .text import Row

if TYPE_CHECKING:
    from .recording import Recording

NAME_BYTES = 32
F = TypeVar("F", bound=Callable[..., Any])


def _compiled(function: F) -> F:
    return cast("F", numba.njit(cache=True, nogil=True)(function))


def candump_chunks(recording: Recording) -> Iterator[Frames]:
    """Blocks of the file as Frames, in order; what the compiled parser passes over goes line by line."""
    from .recording import CHUNK_BYTES, LONGEST_LINE

    assert recording.parser is not None
    names: list[bytes] = []
    known = np.zeros((64, NAME_BYTES), np.uint8)
    known_length = np.zeros(64, np.int64)
    base, rest, skipping = 0, b"", False
    with recording.open() as file:
        while True:
            try:
                raw = file.read(CHUNK_BYTES)
            except (OSError, EOFError, zlib.error) as error:
                recording.skips.add(base + 1, f"the file breaks off: {error}")
                raw = b""
            block = rest + raw
            if raw:
                cut = block.rfind(b"\n") + 1
                rest, block = block[cut:], block[:cut]
                if len(rest) > LONGEST_LINE:
                    rest, skipping_next = b"", True
                else:
                    skipping_next = False
            else:
                rest, skipping_next = b"", False
            if block:
                if not block.endswith(b"\n"):
                    block += b"\n"
                if skipping:
                    recording.skips.add(base + 1, f"line is longer than {LONGEST_LINE} bytes")
                    base += 1
                    block = block[block.find(b"\n") + 1 :]
                    skipping = False
                data = np.frombuffer(block, np.uint8)
                start = 0
                while start < len(data):
                    most = max(16, (len(data) - start) // 22 + 1)
                    out = Frames(
                        np.empty(most, np.int64),
                        np.empty(most, np.int64),
                        np.empty(most, np.int16),
                        np.empty(most, np.uint32),
                        np.empty(most, np.uint8),
                        np.empty(most, np.uint64),
                    )
                    odd = np.empty((most, 3), np.int64)
                    n, odds, lines, end, stopped = _parse(
                        data,
                        start,
                        base,
                        known,
                        known_length,
                        len(names),
                        out.line,
                        out.time,
                        out.channel,
                        out.id,
                        out.length,
                        out.payload,
                        odd,
                    )
                    chunk = out.pick(slice(0, n))
                    slow: list[tuple[int, int, int, int, bytes]] = []
                    for line, begin, close in odd[:odds].tolist():
                        row = _slowly(recording, line, block[begin:close])
                        if row is not None:
                            slow.append(row)
                    while len(recording.channels) > len(names) and len(names) < 63:
                        _learn(recording.channels[len(names)].encode()[:NAME_BYTES], names, known, known_length)
                    yield _merged(chunk, slow)
                    base += lines
                    start = end
                    if stopped:  # a new bus name: learn it, then go on at that line
                        close = block.find(b"\n", start)
                        base += 1
                        row = _slowly(recording, base, block[start:close])
                        while len(recording.channels) > len(names) and len(names) < 63:
                            _learn(recording.channels[len(names)].encode()[:NAME_BYTES], names, known, known_length)
                        if row is not None:
                            yield frames([row])
                        start = close + 1
            skipping = skipping or skipping_next
            if not raw:
                return


def _learn(name: bytes, names: list[bytes], known: Any, known_length: Any) -> None:
    known[len(names), : len(name)] = np.frombuffer(name, np.uint8)
    known_length[len(names)] = len(name)
    names.append(name)


def _slowly(recording: Recording, line: int, raw: bytes) -> tuple[int, int, int, int, bytes] | None:
    from .recording import LONGEST_LINE

    assert recording.parser is not None
    if len(raw) > LONGEST_LINE:
        recording.skips.add(line, f"line is longer than {LONGEST_LINE} bytes")
        return None
    got = recording.parser.read(raw.decode("utf-8", "replace").strip().strip("\x00\ufeff"))
    if isinstance(got, str):
        recording.skips.add(line, got)
    return recording.row(line, got) if isinstance(got, Row) else None


def _merged(chunk: Frames, slow: list[tuple[int, int, int, int, bytes]]) -> Frames:
    if not slow:
        return chunk
    more = frames(slow)
    both = Frames(
        *(
            np.concatenate((getattr(chunk, f), getattr(more, f)))
            for f in ("line", "time", "channel", "id", "length", "payload")
        )
    )
    return both.pick(np.argsort(both.line, kind="stable"))


@_compiled
def _parse(
    data: Any,
    start: int,
    base: int,
    known: Any,
    known_length: Any,
    names: int,
    line_: Any,
    time_: Any,
    channel_: Any,
    id_: Any,
    length_: Any,
    payload_: Any,
    odd: Any,
) -> Any:
    """Lines of data[start:] -> columns; returns (frames, odd lines, lines, end, stopped at a new bus name)."""
    n = odds = lines = 0
    i, end = start, len(data)
    most = len(line_)
    while i < end:
        if n >= most or odds >= most:
            return n, odds, lines, i, False
        p = i
        good = data[p] == 40  # (
        p += 1
        time = np.int64(0)
        digits = 0
        while good and p < end and 48 <= data[p] <= 57 and digits < 11:  # more are left to the other parser
            time = time * 10 + (data[p] - 48)
            p += 1
            digits += 1
        good = good and digits > 0 and p < end and data[p] == 46
        p += 1
        digits = 0
        while good and p < end and 48 <= data[p] <= 57 and digits < 9:
            if digits < 6:
                time = time * 10 + (data[p] - 48)
            p += 1
            digits += 1
        good = good and digits > 0
        for _ in range(digits, 6):
            time *= 10
        good = good and p + 2 < end and data[p] == 41 and data[p + 1] == 32
        p += 2
        name = p
        while good and p < end and data[p] > 32 and data[p] < 127 and p - name < 33:
            p += 1
        size = p - name
        good = good and 0 < size <= 32 and p < end and data[p] == 32
        channel = -1
        if good:
            for c in range(names):
                if known_length[c] == size:
                    same = True
                    for k in range(size):
                        if known[c, k] != data[name + k]:
                            same = False
                            break
                    if same:
                        channel = c
                        break
        p += 1
        identifier = np.int64(0)
        digits = 0
        while good and p < end and digits < 9:
            c = data[p]
            if 48 <= c <= 57:
                v = c - 48
            elif 65 <= c <= 70:
                v = c - 55
            elif 97 <= c <= 102:
                v = c - 87
            else:
                break
            identifier = identifier * 16 + v
            digits += 1
            p += 1
        good = good and 0 < digits <= 8 and p < end and data[p] == 35 and identifier <= 0x1FFFFFFF
        extended_digits = digits > 3
        p += 1
        payload = np.uint64(0)
        nibbles = 0
        while good and p < end and nibbles < 17:
            c = data[p]
            if 48 <= c <= 57:
                v = c - 48
            elif 65 <= c <= 70:
                v = c - 55
            elif 97 <= c <= 102:
                v = c - 87
            else:
                break
            # high nibble first within each byte
            shift = (nibbles >> 1) * 8 + (4 if nibbles % 2 == 0 else 0)
            if nibbles < 16:
                payload |= np.uint64(v) << np.uint64(shift)
            nibbles += 1
            p += 1
        good = good and nibbles <= 16 and nibbles % 2 == 0
        if good and p < end and data[p] == 13:
            p += 1
        good = good and p < end and data[p] == 10 and (extended_digits or identifier <= 0x7FF)
        if good and channel < 0 and names < 63:
            return n, odds, lines, i, True
        lines += 1
        if good and channel >= 0:
            line_[n] = base + lines
            time_[n] = time
            channel_[n] = channel
            id_[n] = identifier
            length_[n] = nibbles >> 1
            payload_[n] = payload
            n += 1
            i = p + 1
        else:
            q = i
            while q < end and data[q] != 10:
                q += 1
            odd[odds, 0] = base + lines
            odd[odds, 1] = i
            odd[odds, 2] = q
            odds += 1
            i = q + 1
    return n, odds, lines, end, False
