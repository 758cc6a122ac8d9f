"""Frames as columns, the clock that repairs their times, and the list of what was skipped.

A reader hands out chunks of Frames, so a log of any size passes through a fixed amount of memory.
Times are whole microseconds that never fall; what had to be repaired for that is reported, never hidden.
Reading order: Frames, Skips, Clock.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
MOST_LISTED = 1000  # different (reason) rows kept; beyond that only counted


@dataclass(slots=True)
class Frames:
    """Some CAN frames in the order of the file.

    line     (n,)  line of a text file or number of the record, from 1
    time     (n,)  microseconds
    channel  (n,)  index of the bus
    id       (n,)  identifier, 11 or 29 bits
    length   (n,)  0..8
    payload  (n,)  the data bytes as one little-endian number
    """

    line: Ints
    time: Ints
    channel: npt.NDArray[np.int16]
    id: npt.NDArray[np.uint32]
    length: npt.NDArray[np.uint8]
    payload: npt.NDArray[np.uint64]

    def __len__(self) -> int:
        return len(self.id)

    def pick(self, which: Any) -> Frames:
        return Frames(
            self.line[which],
            self.time[which],
            self.channel[which],
            self.id[which],
            self.length[which],
            self.payload[which],
        )


def frames(rows: list[tuple[int, int, int, int, bytes]]) -> Frames:
    """Frames from rows of (line, time in microseconds, channel, identifier, data)."""
    n = len(rows)
    result = Frames(
        np.empty(n, np.int64),
        np.empty(n, np.int64),
        np.empty(n, np.int16),
        np.empty(n, np.uint32),
        np.empty(n, np.uint8),
        np.empty(n, np.uint64),
    )
    for i, (line, time, channel, identifier, data) in enumerate(rows):
        result.line[i], result.time[i], result.channel[i], result.id[i] = line, time, channel, identifier
        result.length[i] = len(data)
        result.payload[i] = int.from_bytes(data, "little")
    return result


@dataclass(slots=True)
class Skips:
    """Lines or records that could not be used: reason -> first line and how many."""

    rows: dict[str, list[int]] = field(default_factory=dict)

    def add(self, line: int, reason: str, count: int = 1) -> None:
        row = self.rows.setdefault(reason if len(self.rows) < MOST_LISTED else "further reasons", [line, 0])
        row[0] = min(row[0], line)
        row[1] += count

    def listed(self) -> list[dict[str, Any]]:
        return [
            {"line": line, "reason": reason, "count": count}
            for reason, (line, count) in sorted(self.rows.items(), key=lambda r: r[1][0])
        ]


class Clock:
    """Times that never fall: unwraps a counter, carries over a restart, lifts what came out of order."""

    SAMPLED = 100_000  # chunks below this size always take part in finding the smallest step
    RESTART_US = 1_000_000  # a step back of more than this is a restart of the tool, less is disorder

    DAY_US = 86_400_000_000
    LEAP_US = 400 * DAY_US  # a step of more than this is the clock being set, not a pause

    def __init__(self, wrap_us: int = 0) -> None:
        self.wrap = wrap_us
        self.last_raw: int | None = None
        self.offset = 0
        self.last = 0
        self.first: int | None = None
        self.wraps = self.restarts = self.leaps = self.lifted = self.negative = 0
        self.steps: set[int] = set()
        self.same = True
        self.step = 0  # smallest step seen, microseconds

    def repair(self, raw: Ints) -> Ints:
        """Raw times of the next frames -> times that never fall."""
        if not len(raw):
            return raw
        goes_on = self.last_raw is not None and raw[0] >= max(self.last_raw, 0) and raw[0] + self.offset >= self.last
        goes_on = goes_on and raw[-1] - (self.last_raw or 0) <= self.LEAP_US
        if goes_on and not (raw[1:] < raw[:-1]).any():  # the usual case: nothing to repair
            return self._advance(raw, raw + self.offset if self.offset else raw)
        self.negative += int((raw < 0).sum())
        before = np.concatenate(([raw[0] if self.last_raw is None else self.last_raw], raw[:-1]))
        step = raw - before
        wrapped = step < -(self.wrap // 2) if self.wrap else np.zeros(len(raw), bool)
        restarted = ~wrapped & (step < -self.RESTART_US)
        self.wraps += int(wrapped.sum())
        self.restarts += int(restarted.sum())
        leapt = step > self.LEAP_US
        self.leaps += int(leapt.sum())
        moved = np.where(wrapped, self.wrap, np.where(restarted, -step, np.where(leapt, self.DAY_US - step, 0)))
        shift = moved.cumsum() + self.offset
        lifted = raw + shift
        if self.first is not None:
            lifted[0] = max(int(lifted[0]), self.last)
        time = np.maximum.accumulate(lifted)
        self.lifted += int((time != raw + shift).sum())
        self.offset = int(shift[-1])
        return self._advance(raw, time)

    def _advance(self, raw: Ints, time: Ints) -> Ints:
        """Remember where the clock stands, and the smallest step of the first frames."""
        if self.first is None or self.same or len(time) < self.SAMPLED:
            steps = np.diff(time, prepend=time[0] if self.first is None else self.last)
            positive = steps[steps > 0]
            if len(positive):
                self.same = False
                smallest = int(positive.min())
                self.step = min(self.step, smallest) if self.step else smallest
        self.first = int(time[0]) if self.first is None else self.first
        self.last_raw, self.last = int(raw[-1]), int(time[-1])
        return time

    def repairs(self) -> list[str]:
        """What was repaired, in sentences."""
        says = []
        if self.wraps:
            says.append(f"the time counter wrapped {self.wraps} times; the times were continued")
        if self.negative:
            says.append(f"{self.negative} times are negative; only differences are used")
        if self.restarts:
            says.append(f"the clock was set back {self.restarts} times; how long the breaks were is unknown")
        if self.leaps:
            says.append(f"the clock leapt ahead by more than a year {self.leaps} times; a day was put in its place")
        if self.lifted:
            says.append(f"{self.lifted} times were out of order and were lifted to the one before")
        return says
