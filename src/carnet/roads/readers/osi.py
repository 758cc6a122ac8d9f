"""OSI traces: length-prefixed SensorView or GroundTruth messages -> where every moving object was.

Only time, identity, position and speed are read; everything else is skipped by its length. A message that cannot be
read ends the trace, because its length can no longer be trusted; what came before stays.
Reading order: Trace, read_osi(), check(). Positions in m of the scene's own frame, times in microseconds of its clock.
Source: ASAM OSI 3.x, osi_sensorview, osi_groundtruth, osi_object (field numbers remembered, checked on public traces).
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...errors import BadInput
from .protobuf import Cut, fields

MOST_MESSAGE, MOST_BYTES, MOST_FOUND = 64 * 1024 * 1024, 4 * 1024**3, 1000
FASTEST_MS = 100.0
VIEW_TRUTH, TRUTH_TIME, TRUTH_HOST, TRUTH_MOVING = 7, 2, 3, 5
OBJECT_ID, OBJECT_BASE, BASE_POSITION, BASE_VELOCITY = 1, 2, 2, 4


@dataclass
class Trace:
    """Rows (time, object, x, y, speed in m/s, whether it is the host), and what was refused."""

    rows: list[tuple[int, str, float, float, float, bool]] = field(default_factory=list)
    messages: int = 0
    refused: list[tuple[str, str]] = field(default_factory=list)


def read_osi(path: Path) -> Trace:
    """The moving objects of a trace; raises BadInput when its first message is none."""
    trace = Trace()
    try:
        if path.stat().st_size > MOST_BYTES:
            raise BadInput(f"{path}: is larger than {MOST_BYTES:,} bytes; split it")
        with path.open("rb") as file:
            while head := file.read(4):
                place = f"byte {file.tell() - len(head)}"
                size = struct.unpack("<I", head)[0] if len(head) == 4 else 0
                raw = file.read(size) if 0 < size <= MOST_MESSAGE else b""
                if not raw or len(raw) < size:
                    trace.refused.append((place, f"a message announces {size:,} bytes, {len(raw):,} are there"))
                    break
                try:
                    trace.rows += _truth(raw)
                    trace.messages += 1
                except (Cut, struct.error) as error:
                    trace.refused.append((place, str(error)))
                    break
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror}. Check the path and its permissions.") from None
    if not trace.messages:
        why = trace.refused[0][1] if trace.refused else "it is empty"
        raise BadInput(f"{path}: is no trace of length-prefixed messages: {why}")
    return trace


def _truth(raw: bytes) -> Iterator[tuple[int, str, float, float, float, bool]]:
    said = list(fields(raw))
    inner = next((v for n, v in said if n == VIEW_TRUTH and isinstance(v, bytes)), None)
    if inner is not None:
        said = list(fields(inner))
    first = dict(reversed(said))
    time = _time(first.get(TRUTH_TIME))
    host = _identity(first.get(TRUTH_HOST))
    for number, value in said:
        if number == TRUTH_MOVING and isinstance(value, bytes):
            found: dict[int, Any] = dict(fields(value))
            name = _identity(found.get(OBJECT_ID))
            base: dict[int, Any] = dict(fields(found.get(OBJECT_BASE) or b""))
            x, y = _vector(base.get(BASE_POSITION))
            vx, vy = _vector(base.get(BASE_VELOCITY))
            if math.isfinite(x) and math.isfinite(y):
                yield time, name, x, y, math.hypot(vx, vy), name == host


def _time(raw: Any) -> int:
    said: dict[int, Any] = dict(fields(raw)) if isinstance(raw, bytes) else {}
    seconds, nanos = said.get(1, 0), said.get(2, 0)
    if not isinstance(seconds, int) or not isinstance(nanos, int) or seconds >= 1 << 40:
        raise Cut("a time is none")
    return seconds * 1_000_000 + nanos // 1000


def _identity(raw: Any) -> str:
    said: dict[int, Any] = dict(fields(raw)) if isinstance(raw, bytes) else {}
    return str(said.get(1, 0))


def _vector(raw: Any) -> tuple[float, float]:
    said: dict[int, Any] = dict(fields(raw)) if isinstance(raw, bytes) else {}
    return tuple(struct.unpack("<d", said[k])[0] if isinstance(said.get(k), bytes) else 0.0 for k in (1, 2))  # type: ignore[return-value]


def check(trace: Trace) -> list[dict[str, Any]]:
    """What is wrong with a trace as a recording: the clock, the host, objects that jump or appear twice."""
    found: list[dict[str, Any]] = [{"place": place, "says": reason} for place, reason in trace.refused]
    hosts = {name for _, name, *_, host in trace.rows if host}
    if not hosts:
        found.append({"place": "trace", "says": "no message says which object is the host"})
    elif len(hosts) > 1:
        found.append({"place": "trace", "says": f"the host changes between {len(hosts)} objects"})
    last: dict[str, tuple[int, float, float, float]] = {}
    clock = None
    for number, (time, name, x, y, speed, _) in enumerate(trace.rows, 1):
        place = f"row {number}"
        if clock is not None and time < clock:
            found.append({"place": place, "says": f"the clock goes back by {(clock - time) / 1e6:g} s"})
        clock = time
        before = last.get(name)
        if before is not None and before[0] == time:
            found.append({"place": place, "says": f"object {name} stands twice at the same moment"})
        elif before is not None and time > before[0]:
            fast = math.hypot(x - before[1], y - before[2]) / ((time - before[0]) / 1e6)
            said = max(speed, before[3])
            if fast > (2 * said + 20.0 if said else FASTEST_MS):  # a trace need not say speeds
                says = f"object {name} moves at {fast:.0f} m/s and says {speed:.0f} m/s"
                found.append({"place": place, "says": says})
        last[name] = (time, x, y, speed)
        if len(found) >= MOST_FOUND:
            found.append({"place": place, "says": f"more than {MOST_FOUND} findings; the rest is not looked at"})
            break
    return found
