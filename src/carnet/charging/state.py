"""Everything the compiled walk remembers, as arrays: a log of any length passes in the same memory.

Reading order: State, the names of its columns, empty().
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .record import HISTOGRAM, KEPT_BYTES, LENGTHS, MOST_UNKNOWN, SERIES
from .tables import Names

EVENTS = 4096
PACKET = 1792  # 256 parts of 7 bytes
DONE, SPLIT, FULL = 0, 1, 2


class State(NamedTuple):
    """Everything the walk remembers.

    session   (17,) frames, first and last time and line, progress, events, events lost, energy gaps, energy samples,
                    series length, stride, skip, unknown identifiers, energy sample present, it ran, version of values
    packets   (14,) rts cts eoma abort complete, unanswered + line, broken + line, stray + line, wrong + line, spare
    message   (m, 11) count, first and last time and line, longest gap and line, filler and line, priority and line
    lengths   (m, 64, 2), gaps (m, 1024), kept (m, 64), kept_length (m,)
    signal    (s, 11) count, first, last + line, low + line, high + line, bad + line, bad raw
    previous  (s,) last valid value before this message, -1 none
    good      (s,) what the last payload said: 0 nothing, 1 a valid value, 2 none
    again     (m, 4) length of the last payload, how often it came again, line of that, progress then;  head (m,)
    relation  (r, 8) count, first line and time, longest, longest line, worst line, version looked at, hit then;
                     since (r,) -1 none;  worst (r,)
    open      (2, 8) per side: active, message, total, parts, line, answered, got;  parts (2, 256);  buffer (2, 1792)
    events    (4096, 6) time, line, message, kind, length, gap;  payload (4096,)
    sums      (3,) energy, voltage and current of the last sample;  sample_time (1,)
    """

    session: Any
    packets: Any
    message: Any
    watch: Any
    lengths: Any
    gaps: Any
    kept: Any
    kept_length: Any
    signal: Any
    previous: Any
    good: Any
    again: Any
    head: Any
    relation: Any
    since: Any
    worst: Any
    open: Any
    parts: Any
    buffer: Any
    events: Any
    payload: Any
    sums: Any
    sample_time: Any
    series: Any
    unknown: Any
    work: Any


FRAMES, FIRST_TIME, FIRST_LINE, LAST_TIME, LAST_LINE, PROGRESS, COUNT, LOST = range(8)
E_GAPS, E_SAMPLES, S_LENGTH, STRIDE, SKIP, UNKNOWN, HAVE, RAN, VERSION = range(8, 17)
(
    RTS,
    CTS,
    EOMA,
    ABORT,
    COMPLETE,
    UNANSWERED,
    UNANSWERED_LINE,
    BROKEN,
    BROKEN_LINE,
    STRAY,
    STRAY_LINE,
    WRONG,
    WRONG_LINE,
) = range(13)


def empty(names: Names) -> State:
    m, s, r = len(names.messages), max(len(names.signals), 1), max(len(names.relations), 1)
    return State(
        np.zeros(17, np.int64),
        np.zeros(14, np.int64),
        np.zeros((m, 11), np.int64),
        np.zeros(m, np.uint64),
        np.zeros((m, LENGTHS, 2), np.int64),
        np.zeros((m, HISTOGRAM), np.int64),
        np.zeros((m, KEPT_BYTES), np.uint8),
        np.zeros(m, np.int64),
        np.zeros((s, 11), np.int64),
        np.full(s, -1, np.int64),
        np.zeros(s, np.int64),
        np.full((m, 4), (-1, 0, 0, -1), np.int64),
        np.zeros(m, np.uint64),
        np.full((r, 8), (0, 0, 0, 0, 0, 0, -1, 0), np.int64),
        np.full(r, -1, np.int64),
        np.zeros(r, np.float64),
        np.zeros((2, 8), np.int64),
        np.zeros((2, 256), np.uint8),
        np.zeros((2, PACKET), np.uint8),
        np.zeros((EVENTS, 6), np.int64),
        np.zeros(EVENTS, np.uint64),
        np.zeros(3, np.float64),
        np.zeros(1, np.int64),
        np.zeros((SERIES, 4), np.int64),
        np.zeros((MOST_UNKNOWN, 3), np.int64),
        np.zeros(PACKET, np.uint8),
    )
