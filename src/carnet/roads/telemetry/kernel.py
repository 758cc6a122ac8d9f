"""The two loops over bytes: find the frames of a stream, walk the body of each packet. Compiled by numba.

find() tests the check of a candidate in constant time from the running XOR of the whole buffer, so that a hostile
stream of start bytes costs no more than any other. walk() runs the programs of `program`; a block that fails leaves no
rows behind. Neither interprets a value: that is done afterwards, column by column.
Reading order: find(), walk(), gather(). Positions are bytes from the start of the buffer.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

HEAD = 24
# What can be wrong, as numbers; `problems` has the sentences.
CUT_HEAD, CUT_BODY, LENGTH_LIE, WRONG_CHECK, LOST, NO_START, UNKNOWN_COMMAND, UNKNOWN_BLOCK, BLOCK_SHORT = range(9)
TWICE, TRAILING, ENCRYPTED, BODY_SHORT, AFTER_LAST, OUT_OF_RANGE, NO_MEANING, BAD_TIME = range(9, 17)
UNKNOWN_ANSWER, ODD_HEX, NOT_TEXT = range(17, 20)
PACKET, STRETCH = 0, 1
SLOTS = 16
LONGEST = 70_000  # no frame is longer, so older bytes that begin none never will


@numba.njit(cache=True)
def _edition(buf: Any, p: int, start: Any) -> int:
    for e in range(start.shape[0]):
        if buf[p] == start[e, 0] and buf[p + 1] == start[e, 1]:
            return e
    return -1


@numba.njit(cache=True)
def _next(
    buf: Any, xor: Any, p: int, end: int, start: Any, commands: Any, answers: Any, codes: Any, longest: Any
) -> int:
    """The next place where a whole, plausible frame with a right check begins, or `end`."""
    while p + HEAD < end:
        e = _edition(buf, p, start)
        if e >= 0 and commands[e, buf[p + 2]] and answers[e, buf[p + 3]] and codes[e, buf[p + 21]]:
            n = (np.int64(buf[p + 22]) << 8) | np.int64(buf[p + 23])
            last = p + HEAD + n
            if n <= longest[e] and last < end and (xor[last] ^ xor[p + 2]) == buf[last]:
                return p
        p += 1
    return end


@numba.njit(cache=True)
def find(
    buf: Any,
    xor: Any,
    starts: Any,
    ends: Any,
    final: bool,
    start: Any,
    commands: Any,
    answers: Any,
    codes: Any,
    longest: Any,
    out: Any,
) -> Any:
    """Frames and rejected stretches of a buffer made of independent segments.

    xor    (n + 1,)  running XOR: xor[i] covers bytes 0..i-1
    out    (k, 6)    kind, position, length, edition, problem (-1 none), announced length
    returns (rows written, bytes used of the last segment)
    """
    row, used = 0, 0
    for s in range(starts.shape[0]):
        p, end = starts[s], ends[s]
        open_ended = s == starts.shape[0] - 1 and not final
        while p < end:
            e = _edition(buf, p, start) if p + 1 < end else -1
            if e < 0:
                q = _next(buf, xor, p + 1, end, start, commands, answers, codes, longest)
                if open_ended and q == end:
                    if end - p <= LONGEST:
                        break
                    q = end - LONGEST
                out[row] = (STRETCH, p, q - p, -1, NO_START, 0)
                row, p = row + 1, q
                continue
            if end - p <= HEAD:
                if open_ended:
                    break
                out[row] = (STRETCH, p, end - p, e, CUT_HEAD, 0)
                row, p = row + 1, end
                continue
            n = (np.int64(buf[p + 22]) << 8) | np.int64(buf[p + 23])
            last = p + HEAD + n
            if last < end and n <= longest[e]:
                right = (xor[last] ^ xor[p + 2]) == buf[last]
                after = last + 1 == end or (last + 2 < end and _edition(buf, last + 1, start) >= 0)
                if right or after:
                    out[row] = (PACKET, p, 25 + n, e, -1 if right else WRONG_CHECK, n)
                    row, p = row + 1, last + 1
                    continue
            q = _next(buf, xor, p + 1, end, start, commands, answers, codes, longest)
            cut = last >= end and n <= longest[e]
            if q == end and open_ended:
                if cut or end - p <= LONGEST:
                    break
                q = end - LONGEST
            out[row] = (STRETCH, p, q - p, e, CUT_BODY if cut and q == end else LENGTH_LIE if last >= q else LOST, n)
            row, p = row + 1, q
        used = p
    return row, used


@numba.njit(cache=True)
def walk(
    buf: Any,
    frames: Any,
    first: int,
    code: Any,
    body: Any,
    answer: Any,
    block: Any,
    again: Any,
    final: Any,
    flags: Any,
    rid: Any,
    pkt: Any,
    pos: Any,
    cnt: Any,
    wid: Any,
    problems: Any,
) -> Any:
    """Walk packets from `first` on; rows go to rid/pkt/pos/cnt/wid, problems to (packet, position, code, a, b).

    flags  (2,)  the answer flag that marks a command, the encryption code that means none
    returns (next packet, rows, problems); stops early when the arrays could overflow
    """
    row, bad = 0, 0
    slots = np.zeros(SLOTS, np.int64)
    seen = np.zeros(256, np.int64) - 1
    for i in range(first, frames.shape[0]):
        at, length, e, wrong = frames[i, 1], frames[i, 2], frames[i, 3], frames[i, 4]
        if row + 2 * length + 8 > rid.shape[0] or bad + length // 2 + 4 > problems.shape[0]:
            return i, row, bad
        if frames[i, 0] == STRETCH:
            problems[bad] = (i, at, wrong, frames[i, 5], length)
            bad += 1
            continue
        if wrong >= 0:
            problems[bad] = (i, at + length - 1, wrong, np.int64(buf[at + length - 1]), length)
            bad += 1
            continue
        n, end = length - 25, at + length - 1
        p: Any = at + HEAD
        command = np.int64(buf[at + 2])
        if body[e, command] < 0:
            problems[bad] = (i, at + 2, UNKNOWN_COMMAND, command, n)
            bad += 1
            continue
        if buf[at + 21] != flags[e, 1]:
            problems[bad] = (i, at + 21, ENCRYPTED, np.int64(buf[at + 21]), n)
            bad += 1
            continue
        is_answer = buf[at + 3] != flags[e, 0]
        if is_answer and n == 0:
            continue
        pc = answer[e] if is_answer and n == 6 else body[e, command]
        block_id: Any = np.int64(0)
        back, block_row, block_at, loop_left, closed = -1, row, p, np.int64(0), False
        while True:
            op, a, b, c, d = code[pc, 0], code[pc, 1], code[pc, 2], code[pc, 3], code[pc, 4]
            need = np.int64(0)
            if op == 1:
                need = b
            elif op == 3:
                need = slots[b] * c
            elif op == 4:
                need = slots[b] * slots[c]
            if p + need > end:
                problems[bad] = (i, block_at, BLOCK_SHORT if back >= 0 else BODY_SHORT, block_id, p + need - end)
                bad += 1
                row = block_row
                break
            if op == 1:
                rid[row], pkt[row], pos[row], cnt[row], wid[row] = a, i, p, 1, b
                row, p, pc = row + 1, p + b, pc + 1
            elif op == 2:
                value, top = np.int64(0), np.int64(1)
                for k in range(c):
                    value = (value << 8) | np.int64(buf[p - b + k])
                    top <<= 8
                slots[a] = 0 if d == 1 and value >= top - 2 else value
                pc += 1
            elif op == 3:
                rid[row], pkt[row], pos[row], cnt[row], wid[row] = a, i, p, slots[b], c
                if d >= 0:
                    slots[d] = 0
                    for k in range(slots[b]):
                        slots[d] += 0 if buf[p + k] >= 254 else buf[p + k]
                row, p, pc = row + 1, p + need, pc + 1
            elif op == 4:
                rid[row], pkt[row], pos[row], cnt[row], wid[row] = a, i, p, slots[b], slots[c]
                row, p, pc = row + 1, p + need, pc + 1
            elif op == 5:
                loop_left = slots[a]
                pc = pc + 1 if loop_left > 0 else b
            elif op == 6:
                loop_left -= 1
                pc = a + 1 if loop_left > 0 else pc + 1
            elif op == 7:
                rid[row], pkt[row], pos[row], cnt[row], wid[row] = a, i, p, end - p, 1
                row, p, pc = row + 1, end, pc + 1
            else:
                if op == 0 and back < 0:
                    if p < end:
                        problems[bad] = (i, p, TRAILING, end - p, 0)
                        bad += 1
                    break
                if op == 0:
                    if seen[block_id] == i and not again[e, block_id]:
                        problems[bad] = (i, block_at, TWICE, block_id, p - block_at)
                        bad += 1
                        row = block_row
                    seen[block_id] = i
                    closed = final[e, block_id]
                else:
                    back = pc + 1
                if p >= end:
                    pc, back = back, -1
                    continue
                if closed:
                    problems[bad] = (i, p, AFTER_LAST, end - p, block_id)
                    bad += 1
                    break
                block_id, block_at, block_row = np.int64(buf[p]), p, row
                if block[e, block_id] < 0:
                    problems[bad] = (i, p, UNKNOWN_BLOCK, block_id, end - p)
                    bad += 1
                    break
                pc = block[e, block_id]
                p += 1
    return frames.shape[0], row, bad


@numba.njit(cache=True)
def gather(buf: Any, at: Any, offset: int, width: int) -> Any:
    """Big-endian numbers of `width` bytes at the given positions."""
    out = np.empty(at.shape[0], np.int64)
    for i in range(at.shape[0]):
        out[i] = 0
        for k in range(width):
            out[i] = (out[i] << 8) | np.int64(buf[at[i] + offset + k])
    return out


@numba.njit(cache=True)
def spread(at: Any, count: Any, width: Any, total: int) -> Any:
    """The position of every element of every list."""
    out = np.empty(total, np.int64)
    row = 0
    for i in range(at.shape[0]):
        for j in range(count[i]):
            out[row] = at[i] + j * width[i]
            row += 1
    return out
