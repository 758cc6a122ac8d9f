"""The compiled walk: the same as reference.py, over columns and arrays of numbers, bit for bit.

`walk` takes frames until they are used up, a session ends or the buffer of events is full. A payload that comes again
is looked at once; its repeats are counted and settled when the bytes change. Nothing here allocates or approximates.
Reading order: walk(), _deliver(), _look(), _relations(), _energy(), _control(), _data(). This module is long because
what is compiled together reads as one piece.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numba.core.options
import numpy as np

from .record import HISTOGRAM, KEPT_BYTES, LENGTHS, MOST_UNKNOWN, SERIES
from .state import (
    ABORT,
    BROKEN,
    BROKEN_LINE,
    COMPLETE,
    COUNT,
    CTS,
    DONE,
    E_GAPS,
    E_SAMPLES,
    EOMA,
    EVENTS,
    FIRST_LINE,
    FIRST_TIME,
    FRAMES,
    FULL,
    HAVE,
    LAST_LINE,
    LAST_TIME,
    PROGRESS,
    RAN,
    RTS,
    S_LENGTH,
    SKIP,
    SPLIT,
    STRAY,
    STRAY_LINE,
    STRIDE,
    UNANSWERED,
    UNANSWERED_LINE,
    UNKNOWN,
    VERSION,
    WRONG,
    WRONG_LINE,
)
from .tables import ABSENT, CONTROL, DATA, HASH

# Nothing here allocates, so reference counting is switched off: with it a frame takes 2 us, without 0.02 us
# (bench/charging_judge.py). Inlining keeps the arrays in registers instead of passing some forty of them on.
# The switch has no public name; a numba that does not know it still walks rightly, only slowly (a test looks).
UNCOUNTED = "_nrt"


def knows(option: str) -> bool:
    """Whether the installed numba takes this option."""
    return hasattr(getattr(numba.core.options, "DefaultOptions", None), option)


OPTIONS: dict[str, Any] = {"cache": True, "nogil": True} | ({UNCOUNTED: False} if knows(UNCOUNTED) else {})
F = TypeVar("F", bound=Callable[..., Any])


def _outer(function: F) -> F:
    return cast("F", numba.njit(**OPTIONS)(function))


def _inner(function: F) -> F:
    return cast("F", numba.njit(**OPTIONS, forceinline=True)(function))


@_inner
def _find(key: Any, keys: Any, what: Any) -> Any:
    place = (key * np.int64(2654435761) & np.int64(0xFFFFFFFF)) >> 20
    for _ in range(HASH):
        if keys[place] == key:
            return what[place]
        if keys[place] < 0:
            return ABSENT
        place = (place + 1) % HASH
    return ABSENT


@_inner
def _bits(work: Any, bit: Any, bits: Any) -> Any:
    """The raw number at bits [bit, bit + bits) of a byte buffer; at most 56 bits."""
    first = bit >> 3
    last = (bit + bits + 7) >> 3
    value = np.uint64(0)
    for i in range(first, last):
        value |= np.uint64(work[i]) << np.uint64(8 * (i - first)) if i - first < 8 else np.uint64(0)
    value >>= np.uint64(bit & 7)
    return np.int64(value & ((np.uint64(1) << np.uint64(bits)) - np.uint64(1)))


@_inner
def _take(head: Any, work: Any, bit: Any, bits: Any) -> Any:
    """A raw number: from the first eight bytes as one number, else from the buffer."""
    if bit + bits <= 64:
        return np.int64((head >> np.uint64(bit)) & ((np.uint64(1) << np.uint64(bits)) - np.uint64(1)))
    return _bits(work, bit, bits)


@_inner
def _emit(state: Any, time: Any, line: Any, message: Any, kind: Any, length: Any, gap: Any, payload: Any) -> None:
    n = state.session[COUNT]
    state.events[n, 0] = time
    state.events[n, 1] = line
    state.events[n, 2] = message
    state.events[n, 3] = kind
    state.events[n, 4] = length
    state.events[n, 5] = gap
    state.payload[n] = payload
    state.session[COUNT] = n + 1


@_inner
def _matches(tables: Any, state: Any, phase: Any, message: Any, length: Any, head: Any) -> Any:
    for a in range(len(tables.atoms)):
        if tables.atoms[a, 0] == phase and tables.atoms[a, 1] == message:
            if tables.atoms[a, 4] < 0:
                return True
            bit, bits = tables.atoms[a, 2], tables.atoms[a, 3]
            if bit + bits <= 8 * length and _take(head, state.work, bit, bits) == tables.atoms[a, 4]:
                return True
    return False


@_inner
def _lose(state: Any, side: Any, time: Any) -> None:
    """A packet that will not be finished."""
    state.open[side, 0] = 0
    if state.open[side, 5] == 0 and state.open[side, 6] == 0:
        state.packets[UNANSWERED] += 1
        if state.packets[UNANSWERED_LINE] == 0:
            state.packets[UNANSWERED_LINE] = state.open[side, 4]
        if state.packets[UNANSWERED] == 1:
            _emit(state, time, state.open[side, 4], state.open[side, 1], 3, 0, 0, np.uint64(0))
    else:
        state.packets[BROKEN] += 1
        if state.packets[BROKEN_LINE] == 0:
            state.packets[BROKEN_LINE] = state.open[side, 4]


@_outer
def give_up(tables: Any, state: Any) -> None:
    """Payloads still to be counted, and packets still open when the session ends, in the order they were opened."""
    for message in range(len(state.again)):
        _settle(tables, state, message)
    first = 0
    if state.open[0, 0] and state.open[1, 0] and state.open[1, 7] < state.open[0, 7]:
        first = 1
    for k in range(2):
        side = first if k == 0 else 1 - first
        if state.open[side, 0]:
            _lose(state, side, state.session[LAST_TIME])


@_inner
def _settle(tables: Any, state: Any, message: Any) -> None:
    """Count the samples of a payload that came again and again; only its first time was looked at."""
    times = state.again[message, 1]
    if times == 0:
        return
    line = state.again[message, 2]
    for s in range(tables.message[message, 0], tables.message[message, 1]):
        if state.good[s] == 1:
            state.signal[s, 0] += times
            state.signal[s, 3] = line
        elif state.good[s] == 2:
            state.signal[s, 8] += times
    state.again[message, 1] = 0


@_inner
def _value(tables: Any, state: Any, s: Any) -> Any:
    return state.signal[s, 2] * tables.scaling[s, 0] + tables.scaling[s, 1]


@_inner
def _relations(tables: Any, state: Any, message: Any, line: Any, time: Any) -> None:
    version = state.session[VERSION]
    for r in range(tables.message[message, 5], tables.message[message, 6]):
        if state.relation[r, 6] == version and tables.relation[r, 3] == 0:  # no value moved: the same answer as before
            if state.relation[r, 7]:
                state.relation[r, 0] += 1
                if time - state.since[r] > state.relation[r, 3]:
                    state.relation[r, 3] = time - state.since[r]
                    state.relation[r, 4] = line
            continue
        left, right = tables.relation[r, 0], tables.relation[r, 1]
        excess = 0.0
        hit = False
        if tables.relation[r, 3]:
            if state.previous[left] >= 0 and state.signal[left, 0] > 0:
                excess = (state.previous[left] - state.signal[left, 2]) * tables.scaling[left, 0] - tables.limits[r, 2]
                hit = excess > 0
        else:
            known = (tables.relation[r, 5] == 1 or state.signal[left, 0] > 0) and (
                tables.relation[r, 6] == 1 or state.signal[right, 0] > 0
            )
            if known and tables.relation[r, 2] >= 0:
                gate = tables.relation[r, 2]
                if state.signal[gate, 0] == 0:
                    known = False
                else:
                    value = tables.limits[r, 3] * _value(tables, state, gate)
                    if not np.isnan(tables.limits[r, 4]) and not value < tables.limits[r, 4]:
                        known = False
                    if not np.isnan(tables.limits[r, 5]) and not value > tables.limits[r, 5]:
                        known = False
            if known:
                a = (
                    tables.limits[r, 0]
                    if tables.relation[r, 5] == 1
                    else tables.limits[r, 0] * _value(tables, state, left)
                )
                b = (
                    tables.limits[r, 1]
                    if tables.relation[r, 6] == 1
                    else tables.limits[r, 1] * _value(tables, state, right)
                )
                difference = abs(a - b) if tables.relation[r, 4] else a - b
                excess = difference - tables.limits[r, 2]
                hit = excess > 1e-9
        state.relation[r, 6] = version
        state.relation[r, 7] = 1 if hit else 0
        if not hit:
            state.since[r] = -1
            continue
        if state.since[r] < 0:
            state.since[r] = time
        if state.relation[r, 0] == 0:
            state.relation[r, 1] = line
            state.relation[r, 2] = time
        state.relation[r, 0] += 1
        if state.relation[r, 0] == 1 or excess > state.worst[r]:
            state.worst[r] = excess
            state.relation[r, 5] = line
        if time - state.since[r] > state.relation[r, 3]:
            state.relation[r, 3] = time - state.since[r]
            state.relation[r, 4] = line


@_inner
def _energy(tables: Any, state: Any, time: Any) -> None:
    u, i = tables.energy[1], tables.energy[2]
    if state.signal[u, 0] == 0 or state.signal[i, 0] == 0:
        return
    voltage = tables.signs[0] * _value(tables, state, u)
    current = tables.signs[1] * _value(tables, state, i)
    running = True
    if tables.energy[4] >= 0:
        running = state.signal[tables.energy[4], 0] > 0 and state.signal[tables.energy[4], 2] != 0
    state.session[E_SAMPLES] += 1
    if state.session[HAVE]:
        gap = time - state.sample_time[0]
        if gap > tables.energy[5]:
            state.session[E_GAPS] += 1
        elif running and state.session[RAN] == 1:
            state.sums[0] += (state.sums[1] * state.sums[2] + voltage * current) * 0.5 * gap
    state.session[HAVE] = 1
    state.session[RAN] = 1 if running else 0
    state.sample_time[0] = time
    state.sums[1] = voltage
    state.sums[2] = current
    if state.session[SKIP] == 0:
        if state.session[S_LENGTH] == SERIES:
            for k in range(SERIES // 2):
                for c in range(4):
                    state.series[k, c] = state.series[2 * k, c]
            state.session[S_LENGTH] = SERIES // 2
            state.session[STRIDE] *= 2
        n = state.session[S_LENGTH]
        state.series[n, 0] = time
        state.series[n, 1] = state.signal[u, 2]
        state.series[n, 2] = state.signal[i, 2]
        state.series[n, 3] = (
            state.signal[tables.energy[3], 2] if tables.energy[3] >= 0 and state.signal[tables.energy[3], 0] > 0 else -1
        )
        state.session[S_LENGTH] = n + 1
    state.session[SKIP] += 1
    if state.session[SKIP] >= state.session[STRIDE]:
        state.session[SKIP] = 0


@_inner
def _sample(tables: Any, state: Any, s: Any, raw: Any, line: Any) -> None:
    everything = (np.int64(1) << tables.signal[s, 1]) - 1
    good = True
    if tables.signal[s, 7] > tables.signal[s, 6]:
        good = False
        for v in range(tables.signal[s, 6], tables.signal[s, 7]):
            if tables.values[v] == raw:
                good = True
                break
    elif tables.signal[s, 9] and raw == everything:
        good = False
    elif tables.signal[s, 2] == 2:
        number = np.int64(0)
        place = np.int64(1)
        for d in range(tables.signal[s, 1] // 4):
            digit = raw >> (4 * d) & 15
            if digit > 9:
                good = False
            number += digit * place
            place *= 10
        if tables.signal[s, 3] and not tables.signal[s, 4] <= number <= tables.signal[s, 5]:
            good = False
    elif tables.signal[s, 3]:
        good = tables.signal[s, 4] <= raw <= tables.signal[s, 5]
    if not good:
        named = False
        for v in range(tables.signal[s, 6], tables.signal[s, 7]):
            if tables.values[v] == raw:
                named = True
        state.good[s] = 0
        if not (tables.link[2] and raw == everything and not named):
            state.good[s] = 2
            state.signal[s, 8] += 1
            if state.signal[s, 8] == 1:
                state.signal[s, 9] = line
                state.signal[s, 10] = raw
        return
    if state.signal[s, 0] == 0:
        state.signal[s, 1] = raw
        state.signal[s, 4] = raw
        state.signal[s, 6] = raw
        state.signal[s, 5] = line
        state.signal[s, 7] = line
    if raw < state.signal[s, 4]:
        state.signal[s, 4] = raw
        state.signal[s, 5] = line
    if raw > state.signal[s, 6]:
        state.signal[s, 6] = raw
        state.signal[s, 7] = line
    if state.signal[s, 2] != raw or state.signal[s, 0] == 0:
        state.session[VERSION] += 1
    state.good[s] = 1
    state.signal[s, 0] += 1
    state.signal[s, 2] = raw
    state.signal[s, 3] = line


@_inner
def _deliver(
    tables: Any, state: Any, message: Any, length: Any, line: Any, time: Any, priority: Any, head: Any
) -> None:
    """A whole message, its bytes in state.work."""
    if state.message[message, 0] > 0:
        gap = time - state.message[message, 3]
        whole = np.uint64(gap) // np.uint64(1000)  # without a sign it is a multiplication
        state.gaps[message, min(np.int64(whole), np.int64(HISTOGRAM - 1))] += 1
        if gap > state.message[message, 5]:
            state.message[message, 5] = gap
            state.message[message, 6] = line
        if tables.message[message, 2] > 0 and gap > tables.message[message, 2]:
            _emit(state, time, line, message, 2, length, gap, head)
    else:
        state.message[message, 1] = time
        state.message[message, 2] = line
    state.message[message, 0] += 1
    state.message[message, 3] = time
    state.message[message, 4] = line
    slot = min(length, LENGTHS - 1)
    if state.lengths[message, slot, 0] == 0:
        state.lengths[message, slot, 1] = line
    state.lengths[message, slot, 0] += 1
    if priority:
        state.message[message, 9] += 1
        if state.message[message, 10] == 0:
            state.message[message, 10] = line
    wanted = tables.fill[message]
    if length < 8:
        wanted &= (np.uint64(1) << np.uint64(8 * length)) - np.uint64(1)
    if head & wanted != wanted:
        state.message[message, 7] += 1
        if state.message[message, 8] == 0:
            state.message[message, 8] = line
    same = state.again[message, 0] == length and state.head[message] == head and length <= KEPT_BYTES
    if same and length > 8:
        for i in range(8, length):
            if state.kept[message, i] != state.work[i]:
                same = False
                break
    if same:
        if state.again[message, 1] == 0:
            for s in range(tables.message[message, 0], tables.message[message, 1]):
                state.previous[s] = state.signal[s, 2] if state.signal[s, 0] > 0 else -1
        state.again[message, 1] += 1
        state.again[message, 2] = line
    else:
        _look(tables, state, message, length, line, time, head)
    if tables.message[message, 6] > tables.message[message, 5]:
        _relations(tables, state, message, line, time)
    if tables.energy[0] == message:
        _energy(tables, state, time)
    if state.again[message, 3] != state.session[PROGRESS] or state.again[message, 1] == 0:
        if state.session[PROGRESS] == 0 and _matches(tables, state, 0, message, length, head):
            state.session[PROGRESS] = 1
        if state.session[PROGRESS] == 1 and _matches(tables, state, 1, message, length, head):
            state.session[PROGRESS] = 2
        state.again[message, 3] = state.session[PROGRESS]


@_inner
def _look(tables: Any, state: Any, message: Any, length: Any, line: Any, time: Any, head: Any) -> None:
    """A payload that differs from the one before: keep it, tell what changed, sample its values."""
    _settle(tables, state, message)
    state.again[message, 0] = length
    state.head[message] = head
    keep = min(length, KEPT_BYTES)
    for i in range(min(keep, 8)):
        state.kept[message, i] = np.uint8((head >> np.uint64(8 * i)) & np.uint64(255))
    for i in range(8, keep):
        state.kept[message, i] = state.work[i]
    state.kept_length[message] = keep
    key = np.uint64(0)
    total = 8 * length
    for s in range(tables.message[message, 0], tables.message[message, 1]):
        state.previous[s] = state.signal[s, 2] if state.signal[s, 0] > 0 else -1
        state.good[s] = 0
        bit, bits, watch = tables.signal[s, 0], tables.signal[s, 1], tables.signal[s, 8]
        if bit + bits > total or bits > 56:
            continue
        if watch > 0 and bit + bits <= 64:
            raw = _take(head, state.work, bit, bits)
            if watch > 1:
                raw = 1 if raw >= watch - 1 else 0
            key |= np.uint64(raw) << np.uint64(bit)
    if state.message[message, 0] == 1:
        _emit(state, time, line, message, 0, length, 0, head)
    elif key != state.watch[message]:
        _emit(state, time, line, message, 1, length, 0, head)
    state.watch[message] = key
    for s in range(tables.message[message, 0], tables.message[message, 1]):
        bit, bits = tables.signal[s, 0], tables.signal[s, 1]
        if tables.signal[s, 2] > 0 and bit + bits <= total:
            _sample(tables, state, s, _take(head, state.work, bit, bits), line)


@_inner
def _wrong(state: Any, line: Any) -> None:
    state.packets[WRONG] += 1
    if state.packets[WRONG_LINE] == 0:
        state.packets[WRONG_LINE] = line


@_inner
def _control(tables: Any, state: Any, side: Any, length: Any, line: Any, time: Any) -> None:
    if length < 8:
        _wrong(state, line)
        return
    kind = state.work[0]
    if kind in (16, 32):
        state.packets[RTS] += 1
        if state.open[side, 0]:
            _lose(state, side, time)
        total = np.int64(state.work[1]) | np.int64(state.work[2]) << 8
        parts = np.int64(state.work[3])
        number = np.int64(state.work[5]) | np.int64(state.work[6]) << 8 | np.int64(state.work[7]) << 16
        message = -1
        for t in range(len(tables.numbers)):
            if tables.numbers[t, 0] == side and tables.numbers[t, 1] == number:
                message = tables.numbers[t, 2]
        if message < 0 or total < 9 or total > 1785 or parts != (total + 6) // 7:
            _wrong(state, line)
            return
        state.open[side, 0] = 1
        state.open[side, 1] = message
        state.open[side, 2] = total
        state.open[side, 3] = parts
        state.open[side, 4] = line
        state.open[side, 5] = 1 if kind == 32 else 0
        state.open[side, 6] = 0
        state.open[side, 7] = state.session[FRAMES]
        for i in range(parts + 1):
            state.parts[side, i] = 0
    elif kind == 17:
        state.packets[CTS] += 1
        if state.open[1 - side, 0]:
            state.open[1 - side, 5] = 1
    elif kind == 19:
        state.packets[EOMA] += 1
    elif kind == 255:
        state.packets[ABORT] += 1
        if state.open[side, 0]:
            _lose(state, side, time)
        if state.open[1 - side, 0]:
            _lose(state, 1 - side, time)
    else:
        _wrong(state, line)


@_inner
def _data(tables: Any, state: Any, side: Any, length: Any, line: Any, time: Any, payload: Any) -> None:
    part = np.int64(payload & np.uint64(255))
    if state.open[side, 0] == 0 or length < 8 or part < 1 or part > state.open[side, 3]:
        state.packets[STRAY] += 1
        if state.packets[STRAY_LINE] == 0:
            state.packets[STRAY_LINE] = line
        return
    place = 7 * (part - 1)
    for i in range(7):
        state.buffer[side, place + i] = np.uint8((payload >> np.uint64(8 * i + 8)) & np.uint64(255))
    if state.parts[side, part] == 0:
        state.parts[side, part] = 1
        state.open[side, 6] += 1
    if state.open[side, 6] == state.open[side, 3]:
        state.open[side, 0] = 0
        state.packets[COMPLETE] += 1
        for i in range(state.open[side, 2]):
            state.work[i] = state.buffer[side, i]
        head = np.uint64(0)
        for i in range(8):
            head |= np.uint64(state.work[i]) << np.uint64(8 * i)
        _deliver(tables, state, state.open[side, 1], state.open[side, 2], line, time, False, head)


@_outer
def walk(lines: Any, times: Any, ids: Any, lengths: Any, payloads: Any, start: Any, tables: Any, state: Any) -> Any:
    """Walk from frame `start`; returns (next frame, why it stopped)."""
    mask, wide, silence = tables.link[0], tables.link[1] == 1, tables.link[3]
    for n in range(start, len(ids)):
        number = np.int64(ids[n])
        extended = number > 0x7FF
        if extended != wide:
            continue
        what = _find(number & mask, tables.keys, tables.what)
        line, time, length = lines[n], times[n], np.int64(lengths[n])
        if what == ABSENT:
            if wide:
                low = number & 0xFFFF
                for p in range(len(tables.peers)):
                    if tables.peers[p] == low:
                        _unknown(state, number, line)
                        break
            continue
        if state.session[COUNT] > EVENTS - 16:
            return n, FULL
        payload = payloads[n]
        if length < 8:
            payload &= (np.uint64(1) << np.uint64(8 * length)) - np.uint64(1)
        if CONTROL <= what < DATA:
            for i in range(8):
                state.work[i] = np.uint8((payload >> np.uint64(8 * i)) & np.uint64(255))
        if state.session[FRAMES] > 0:
            if time - state.session[LAST_TIME] > silence:
                return n, SPLIT
            if state.session[PROGRESS] == 2 and what < CONTROL and _matches(tables, state, 2, what, length, payload):
                return n, SPLIT
        else:
            state.session[FIRST_TIME] = time
            state.session[FIRST_LINE] = line
        state.session[FRAMES] += 1
        state.session[LAST_TIME] = time
        state.session[LAST_LINE] = line
        if what >= DATA:
            _data(tables, state, what - DATA, length, line, time, payload)
        elif what >= CONTROL:
            _control(tables, state, what - CONTROL, length, line, time)
        else:
            priority = wide and ((number ^ tables.message[what, 3]) & ~mask) != 0
            _deliver(tables, state, what, length, line, time, priority, payload)
    return len(ids), DONE


@_inner
def _unknown(state: Any, number: Any, line: Any) -> None:
    known = state.session[UNKNOWN]
    for k in range(known):
        if state.unknown[k, 0] == number:
            state.unknown[k, 1] += 1
            return
    if known < MOST_UNKNOWN:
        state.unknown[known, 0] = number
        state.unknown[known, 1] = 1
        state.unknown[known, 2] = line
        state.session[UNKNOWN] = known + 1
