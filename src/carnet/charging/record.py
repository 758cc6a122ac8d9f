"""What the walk over the frames of one session leaves behind: counts, values, events; both walkers fill the same.

Times are microseconds, lines count from 1, values are raw numbers. A record is bounded: events and series are capped.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

MOST_EVENTS = 20_000
MOST_UNKNOWN = 32
SERIES = 1024
LENGTHS = 64  # lengths from 63 on share a slot
KEPT_BYTES = 64
HISTOGRAM = 1024  # milliseconds; the last slot takes what is longer

Kind = Literal["seen", "changed", "gap", "unanswered"]


@dataclass(slots=True)
class SignalStats:
    """Valid samples of one signal, and how many were not."""

    first: int = 0
    last: int = 0
    last_line: int = 0
    low: int = 0
    low_line: int = 0
    high: int = 0
    high_line: int = 0
    count: int = 0
    bad: int = 0
    bad_line: int = 0
    bad_raw: int = 0


@dataclass(slots=True)
class MessageStats:
    """One message of the table in one session."""

    count: int = 0
    first_time: int = 0
    first_line: int = 0
    last_time: int = 0
    last_line: int = 0
    lengths: dict[int, tuple[int, int]] = field(default_factory=dict)  # length -> (count, first line)
    longest_gap: int = 0
    longest_gap_line: int = 0
    gaps_ms: dict[int, int] = field(default_factory=dict)
    filler: int = 0
    filler_line: int = 0
    priority: int = 0
    priority_line: int = 0
    kept: bytes = b""  # the last payload, at most KEPT_BYTES


@dataclass(frozen=True, slots=True)
class Event:
    """Something that may move the session on: a first message, a change of a watched signal, a silence, no answer."""

    time: int
    line: int
    message: str
    kind: Kind
    payload: int = 0  # first 8 bytes, little endian
    length: int = 0
    gap: int = 0


@dataclass(slots=True)
class Hits:
    """How often a relation of the table was broken, and the longest time in one piece."""

    count: int = 0
    first_line: int = 0
    first_time: int = 0
    worst: float = 0
    worst_line: int = 0
    longest: int = 0
    longest_line: int = 0


@dataclass(slots=True)
class Packets:
    """The transport protocol: how often each control frame came and what went wrong."""

    rts: int = 0
    cts: int = 0
    eoma: int = 0
    abort: int = 0
    complete: int = 0
    unanswered: int = 0
    unanswered_line: int = 0
    broken: int = 0
    broken_line: int = 0
    stray: int = 0
    stray_line: int = 0
    wrong: int = 0
    wrong_line: int = 0


@dataclass(slots=True)
class Record:
    """One session on one bus in one family."""

    channel: int = 0
    family: str = ""
    frames: int = 0
    first_time: int = 0
    first_line: int = 0
    last_time: int = 0
    last_line: int = 0
    restarted: bool = False  # began where another session had ended
    messages: dict[str, MessageStats] = field(default_factory=dict)
    signals: dict[str, SignalStats] = field(default_factory=dict)  # "BCL.demand_current"
    events: list[Event] = field(default_factory=list)
    events_lost: int = 0
    relations: dict[str, Hits] = field(default_factory=dict)
    packets: Packets = field(default_factory=Packets)
    energy: float = 0.0  # V * A * microseconds
    energy_gaps: int = 0
    energy_samples: int = 0
    unknown: dict[int, tuple[int, int]] = field(default_factory=dict)  # identifier -> (count, first line)
    series: list[tuple[int, int, int, int]] = field(default_factory=list)  # time, raw voltage, raw current, raw SOC
    stride: int = 1
