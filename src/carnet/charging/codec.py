"""One codec for every message of every table: payloads to values and back, one by one or in columns.

`decode` takes an (n, width) array of bytes and gives one column per signal; `encode` takes values and gives the bytes,
with unused bits as the link says. An impossible value is named with field, value and limit; nothing is clipped.
Laws: decode(encode(x)) == x for every value on the grid of its signal.
Reading order: decode(), encode(), packets() and frames_of() for the transport protocol.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from .protocol import Message, Protocol, Signal

Value = float | int | str | bytes | tuple[float, ...]


class Unencodable(ValueError):
    """A value that does not fit its signal; the sentence names field, value and limit."""


def decode(message: Message, payloads: npt.NDArray[np.uint8]) -> dict[str, Any]:
    """Columns of physical values, one per signal that fits the payloads' width.

    payloads  (n, width)  bytes of n messages of one length
    returns   name -> (n,) numbers; texts and bytes as lists; a repeating signal as (n, k)
    """
    n, width = payloads.shape
    columns: dict[str, Any] = {}
    for signal in message.signals:
        if signal.kind in ("text", "bytes"):
            start, size = signal.bit // 8, signal.bits // 8
            if start + size <= width:
                rows = [payloads[i, start : start + size].tobytes() for i in range(n)]
                columns[signal.name] = [r.decode("latin-1") for r in rows] if signal.kind == "text" else rows
        elif signal.kind == "repeat":
            step = -(-signal.bits // 8)
            starts = range(signal.bit // 8, width - step + 1, step)
            cells = [physical(signal, raw(payloads, 8 * s, signal.bits)) for s in starts]
            columns[signal.name] = np.stack(cells, axis=1) if cells else np.empty((n, 0))
        elif signal.bit + signal.bits <= 8 * width:
            columns[signal.name] = physical(signal, raw(payloads, signal.bit, signal.bits))
    return columns


def raw(payloads: npt.NDArray[np.uint8], bit: int, bits: int) -> npt.NDArray[np.uint64]:
    """The raw numbers at bits [bit, bit + bits), at most 56 bits, of every row."""
    first, last = bit >> 3, (bit + bits + 7) >> 3
    number = np.zeros(len(payloads), np.uint64)
    for i in range(first, last):
        number |= payloads[:, i].astype(np.uint64) << np.uint64(8 * (i - first))
    return (number >> np.uint64(bit & 7)) & np.uint64((1 << bits) - 1)


def physical(signal: Signal, numbers: npt.NDArray[np.uint64]) -> npt.NDArray[np.float64]:
    """Raw numbers as physical values, rounded to the digits that scale and offset can make."""
    if signal.kind == "bcd":
        digits = [
            (numbers >> np.uint64(4 * d) & np.uint64(15)).astype(np.float64) * 10**d for d in range(signal.bits // 4)
        ]
        return np.asarray(sum(digits), np.float64)
    return np.asarray(np.round(numbers.astype(np.float64) * signal.scale + signal.offset, signal.decimals), np.float64)


def encode(protocol: Protocol, name: str, values: Mapping[str, Value], length: int | None = None) -> bytes:
    """The payload of a message; what is not given stays unused. Raises Unencodable, KeyError for a wrong name."""
    message = protocol.messages[name]
    known = {s.name for s in message.signals}
    if strange := sorted(set(values) - known):
        raise KeyError(f"{name} has no signal {strange[0]!r}; it has {', '.join(sorted(known))}")
    repeat = next((s for s in message.signals if s.kind == "repeat"), None)
    if length is None:
        length = max(message.frame.lengths, default=0)
        if repeat is not None:
            given = values.get(repeat.name, ())
            length = -(-repeat.bits // 8) * (len(given) if isinstance(given, tuple) else 0)
    assert protocol.link is not None
    number = (1 << 8 * length) - 1 if protocol.link.unused_bits else 0
    for signal in message.signals:
        if signal.name not in values:
            continue
        for bit, bits, part in _parts(name, signal, values[signal.name]):
            if bit + bits > 8 * length:
                if length < max(message.frame.lengths, default=length):
                    continue  # a shorter form of the message leaves its last signals out
                raise Unencodable(f"{name}.{signal.name}: bit {bit + bits} does not fit {length} bytes")
            mask = ((1 << bits) - 1) << bit
            number = number & ~mask | part << bit
    return number.to_bytes(length, "little")


def _parts(name: str, signal: Signal, value: Value) -> list[tuple[int, int, int]]:
    """(bit, bits, raw) of a value; several for a repeating signal."""
    if signal.kind == "repeat":
        cells = value if isinstance(value, tuple) else (value,)
        step = 8 * -(-signal.bits // 8)
        parts = []
        for i, cell in enumerate(cells):
            parts.append((signal.bit + i * step, signal.bits, number_of(name, signal, cell)))
            if step > signal.bits:  # what shares the bytes with a repeated value: a group number, 0 when none is known
                parts.append((signal.bit + i * step + signal.bits, step - signal.bits, 0))
        return parts
    return [(signal.bit, signal.bits, number_of(name, signal, value))]


def number_of(name: str, signal: Signal, value: object) -> int:
    """The raw number of a value; raises Unencodable naming field, value and limit."""
    full, size = f"{name}.{signal.name}", signal.bits // 8
    if signal.kind in ("text", "bytes"):
        octets = (
            value.encode("latin-1", "replace")
            if isinstance(value, str)
            else bytes(value)
            if isinstance(value, bytes)
            else None
        )
        if octets is None or len(octets) != size:
            raise Unencodable(f"{full}: {value!r} is not {size} characters or bytes")
        return int.from_bytes(octets, "little")
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value or abs(value) == float("inf"):
        raise Unencodable(f"{full}: {value!r} is not a number")
    if signal.kind == "bcd":
        digits = signal.bits // 4
        if value != int(value) or not 0 <= value < 10**digits:
            raise Unencodable(f"{full}: {value} does not fit {digits} decimal digits")
        return sum(int(d) << 4 * i for i, d in enumerate(reversed(str(int(value)))))
    exact = (value - signal.offset) / signal.scale
    result = round(exact)
    most = (1 << signal.bits) - 1
    if not 0 <= result <= most:
        low, high = sorted((signal.value(0), signal.value(most)))
        raise Unencodable(
            f"{full}: {value} {signal.unit}".rstrip()
            + f" does not fit {signal.bits} bits at {signal.scale:g} {signal.unit}".rstrip()
            + f" ({low} to {high} {signal.unit}".rstrip()
            + ")"
        )
    if abs(exact - result) > 1e-6:
        raise Unencodable(
            f"{full}: {value} {signal.unit}".rstrip()
            + f" is not a multiple of {abs(signal.scale):g}; the nearest is {signal.value(result)}"
        )
    if signal.values and result not in signal.values:
        known = ", ".join(f"{k} {v}" for k, v in signal.values.items())
        raise Unencodable(f"{full}: {value} means nothing; known: {known}")
    if signal.range is not None and not signal.range[0] <= value <= signal.range[1]:
        raise Unencodable(
            f"{full}: {value} {signal.unit}".rstrip() + f" is outside {signal.range[0]:g} to {signal.range[1]:g}"
        )
    return result


def frames_of(protocol: Protocol, name: str, payload: bytes) -> list[tuple[int, bytes]]:
    """The frames (identifier, data) a message is sent as; of a packet only what its sender sends."""
    message = protocol.messages[name]
    if message.frame.via == "frame":
        return [(message.frame.id, payload)]
    assert protocol.transport is not None
    side, number = message.frame.sender, message.frame.id >> 8 & 0x3FF00
    parts = -(-len(payload) // 7)
    if not 9 <= len(payload) <= 1785:
        raise Unencodable(f"{name}: a packet has 9 to 1785 bytes, not {len(payload)}")
    request = bytes([16, len(payload) & 255, len(payload) >> 8, parts, 255]) + number.to_bytes(3, "little")
    data = [bytes([i + 1]) + payload[7 * i : 7 * i + 7].ljust(7, b"\xff") for i in range(parts)]
    return [(protocol.transport.control[side], request), *((protocol.transport.data[side], d) for d in data)]


def clear_to_send(protocol: Protocol, name: str, parts: int) -> tuple[int, bytes]:
    """The receiver's answer to a request: send all parts."""
    return _reply(protocol, name, bytes([17, parts, 1, 255, 255]))


def acknowledge(protocol: Protocol, name: str, size: int) -> tuple[int, bytes]:
    """The receiver's answer to the last part: all has come."""
    return _reply(protocol, name, bytes([19, size & 255, size >> 8, -(-size // 7), 255]))


def _reply(protocol: Protocol, name: str, head: bytes) -> tuple[int, bytes]:
    assert protocol.transport is not None
    message = protocol.messages[name]
    side = "charger" if message.frame.sender == "vehicle" else "vehicle"
    number = message.frame.id >> 8 & 0x3FF00
    return protocol.transport.control[side], head + number.to_bytes(3, "little")  # type: ignore[index]
