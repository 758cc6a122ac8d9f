"""Bytes -> packets: where each stands, what it is, what was refused and why. Values wait for `columns`.

A Stream keeps what the last chunk left unfinished, so a packet may arrive in any number of pieces. Every byte is either
in a packet that was read, or in a problem with its offset.
Reading order: Packets, decode(), Stream, read_capture(). Offsets count from the first byte of the capture.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from . import kernel as k
from .capture import CHUNK, Chunk, chunks
from .problems import REMARKS
from .program import Programs, Segment, build

Ints = npt.NDArray[np.int64]


@dataclass
class Packets:
    """The packets and rejected stretches of some bytes.

    frames    (n, 6)  kind, position, length, edition, problem, announced length
    rid, pkt, pos, cnt, wid  (r,)  what the walk saw: place id, packet, position, elements, bytes of each
    problems  (p, 5)  packet, position, code, and two numbers; sorted by packet
    base      offset of data[0] in the capture;  lines (n,) line of each frame, or empty
    """

    data: npt.NDArray[np.uint8]
    frames: Ints
    rid: npt.NDArray[np.int32]
    pkt: Ints
    pos: Ints
    cnt: Ints
    wid: Ints
    problems: Ints
    programs: Programs
    base: int = 0
    lines: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    odd: list[tuple[int, int]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.frames)

    @cached_property
    def refused(self) -> npt.NDArray[np.bool_]:
        """(n,) True where bytes of the packet were not read."""
        out = np.zeros(len(self), np.bool_)
        real = ~np.isin(self.problems[:, 2], list(REMARKS))
        out[self.problems[real, 0]] = True
        return out

    @cached_property
    def is_packet(self) -> npt.NDArray[np.bool_]:
        return np.asarray(self.frames[:, 0] == k.PACKET)

    def head(self, offset: int) -> npt.NDArray[np.uint8]:
        """(n,) one byte of each frame's head; zero for stretches."""
        return np.where(self.is_packet, self.data[np.where(self.is_packet, self.frames[:, 1] + offset, 0)], 0)

    @cached_property
    def rows(self) -> dict[int, Ints]:
        """Place id -> the rows of the walk that belong to it, in order."""
        order = np.argsort(self.rid, kind="stable")
        sorted_ = self.rid[order]
        cuts = np.flatnonzero(np.diff(sorted_)) + 1
        groups = np.split(order, cuts) if len(order) else []
        return {int(self.rid[g[0]]): g for g in groups}

    @cached_property
    def time(self) -> tuple[Ints, npt.NDArray[np.bool_]]:
        """(seconds since 1970 in UTC, whether the packet says a valid time)."""
        seconds, valid = np.zeros(len(self), np.int64), np.zeros(len(self), np.bool_)
        for rid, rows in self.rows.items():
            place = self.programs.places[rid]
            if not isinstance(place, Segment) or place.group:
                continue
            for offset, item in place.fields:
                if item.time and item.name == "time":
                    table = self.programs.editions[place.edition]
                    stamp, good = moments(self.data, self.pos[rows] + offset, table.year_zero, table.utc_offset_minutes)
                    seconds[self.pkt[rows]], valid[self.pkt[rows]] = stamp, good
        return seconds, valid

    def body(self, number: int) -> bytes:
        """The bytes of one frame."""
        _, at, length, *_ = self.frames[number]
        return self.data[at : at + length].tobytes()


def moments(
    data: npt.NDArray[np.uint8], at: Ints, year_zero: int, offset_minutes: int
) -> tuple[Ints, npt.NDArray[np.bool_]]:
    """Six bytes (year, month, day, hour, minute, second) -> seconds since 1970 in UTC, and whether they are a time."""
    y, m, d, h, mi, s = (data[at + i].astype(np.int64) for i in range(6))
    good = (m >= 1) & (m <= 12) & (d >= 1) & (h < 24) & (mi < 60) & (s < 60) & (y < 100)
    month = np.where(good, (y + year_zero - 1970) * 12 + m - 1, 0).astype("datetime64[M]")
    day = month.astype("datetime64[D]") + np.where(good, d - 1, 0)
    good &= day.astype("datetime64[M]") == month
    seconds = day.astype("datetime64[s]").astype(np.int64) + h * 3600 + mi * 60 + s - offset_minutes * 60
    return np.where(good, seconds, 0), good


def decode(
    raw: bytes | npt.NDArray[np.uint8], base: int = 0, chunk: Chunk | None = None, *, final: bool = True
) -> tuple[Packets, int]:
    """(packets, bytes used). When not final, an unfinished frame at the end stays unused for the next call."""
    programs = build()
    data = np.frombuffer(raw, np.uint8) if isinstance(raw, bytes) else raw
    starts = chunk.starts if chunk else np.zeros(1, np.int64)
    ends = chunk.ends if chunk else np.array([len(data)], np.int64)
    xor = np.zeros(len(data) + 1, np.uint8)
    np.bitwise_xor.accumulate(data, out=xor[1:])
    frames = np.zeros((len(data) // 12 + 3 * len(starts) + 4, 6), np.int64)
    count, used = k.find(
        data, xor, starts, ends, final, programs.start, programs.known_command, programs.known_answer,
        programs.known_encryption, programs.longest, frames,
    )  # fmt: skip
    frames = frames[:count].copy()
    walked = _walk(programs, data, frames)
    lines = np.zeros(0, np.int64)
    if chunk is not None and len(chunk.lines):
        lines = chunk.lines[np.searchsorted(starts, frames[:, 1], side="right") - 1]
    found = Packets(data, frames, *walked, programs=programs, base=base, lines=lines, odd=chunk.odd if chunk else [])
    found.problems = _with_times(found)
    return found, int(used)


def _with_times(found: Packets) -> Ints:
    """The problems, and with them times that are none and answers nobody knows."""
    rows = [found.problems]
    for rid, mine in found.rows.items():
        place = found.programs.places[rid]
        if isinstance(place, Segment):
            for offset, item in place.fields:
                if item.time:
                    table = found.programs.editions[place.edition]
                    _, good = moments(found.data, found.pos[mine] + offset, table.year_zero, table.utc_offset_minutes)
                    bad = mine[~good]
                    rows.append(_rows(found.pkt[bad], found.pos[bad] + offset, k.BAD_TIME))
    answers = found.head(3)
    edition = np.where(found.is_packet, found.frames[:, 3], 0)
    odd = np.flatnonzero(found.is_packet & ~found.programs.known_answer[edition, answers])
    rows.append(_rows(odd, found.frames[odd, 1] + 3, k.UNKNOWN_ANSWER, answers[odd].astype(np.int64)))
    joined = np.concatenate(rows)
    return np.asarray(joined[np.argsort(joined[:, 0], kind="stable")])


def _rows(packets: Ints, at: Ints, code: int, a: Any = 0) -> Ints:
    out = np.zeros((len(packets), 5), np.int64)
    out[:, 0], out[:, 1], out[:, 2], out[:, 3] = packets, at, code, a
    return out


def _walk(
    programs: Programs, data: npt.NDArray[np.uint8], frames: Ints
) -> tuple[npt.NDArray[np.int32], Ints, Ints, Ints, Ints, Ints]:
    """Run the kernel, with more room whenever it asks for it."""
    flags = np.array([[_code(t.answers, "command"), _code(t.encryption, "none")] for t in programs.editions], np.int64)
    room = len(data) // 6 + 140_000
    done = 0
    parts: list[list[Any]] = []
    problems: list[Ints] = []
    kernel: Any = k.walk
    while done < len(frames):
        arrays: list[Any] = [np.empty(room, np.int32), *(np.empty(room, np.int64) for _ in range(4))]
        bad = np.zeros((len(frames) + room // 8 + 40_000, 5), np.int64)
        done, rows, count = kernel(
            data, frames, done, programs.code, programs.body, programs.answer, programs.block, programs.repeatable,
            programs.last, flags, *arrays, bad,
        )  # fmt: skip
        parts.append([a[:rows] for a in arrays])
        problems.append(bad[:count])
    if not parts:
        empty = np.zeros(0, np.int64)
        return (np.zeros(0, np.int32), empty, empty, empty, empty, np.zeros((0, 5), np.int64))
    joined = [np.concatenate(p) if len(parts) > 1 else p[0] for p in zip(*parts, strict=True)]
    rid, pkt, pos, cnt, wid = joined
    return rid, pkt, pos, cnt, wid, np.concatenate(problems)


def _code(table: dict[int, str], name: str) -> int:
    return next(code for code, says in table.items() if says == name)


class Stream:
    """Packets from a byte stream that arrives in pieces."""

    def __init__(self) -> None:
        self._rest = b""
        self._at = 0

    def feed(self, raw: bytes) -> Packets:
        """The packets completed by these bytes."""
        return self._take(self._rest + raw, final=False)

    def end(self) -> Packets:
        """What is left, refused if it is unfinished."""
        return self._take(self._rest, final=True)

    def _take(self, raw: bytes, *, final: bool) -> Packets:
        found, used = decode(raw, self._at, final=final)
        self._rest = raw[used:]
        self._at += used
        return found


def read_capture(path: Path, size: int = CHUNK) -> Iterator[Packets]:
    """The packets of a file of any form and size, in pieces that fit into memory."""
    stream, base, streaming = Stream(), 0, False
    for chunk in chunks(path, build().editions, size):
        if chunk.final:
            found, used = decode(chunk.data, base, chunk)
            base += used if len(chunk.data) else 0
            yield found
        else:
            streaming = True
            yield stream.feed(chunk.data.tobytes())
    if streaming:
        yield stream.end()
