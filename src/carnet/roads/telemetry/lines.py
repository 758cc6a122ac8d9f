"""Packets as JSON lines: one object per packet or rejected stretch, then a summary of the capture.

    {"schema": "carnet/packet/1", "offset", "edition", "command", "time", "vin", "ok", "problems", "signals"}

`ok` is true when every byte was read; a value left out for being out of range is a problem of a packet that is ok.
Elements of a group carry their number: Vehicle.Powertrain.ElectricMotor.Motor1.Speed. Escaped values are null.
Reading order: objects(), Summary. Times are in the zone of the sender.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import numpy as np

from . import kernel as k
from .columns import MASKED, Quality, table
from .decode import Packets
from .form import ROOT, Edition, Item
from .problems import REMARKS, says

SCHEMA, SUMMARY = "carnet/packet/1", "carnet/packet-summary/1"
_HEAD = ("offset", "length", "line", "edition", "command", "answer", "encryption", "time", "vin", "ok")
_PERSONAL = ("CurrentLocation.Longitude", "CurrentLocation.Latitude")


def problems(packets: Packets, quality: Quality) -> dict[int, list[dict[str, Any]]]:
    """Packet -> its problems with offset and reason, in the order of the bytes."""
    rows: list[tuple[int, int, int, int, int, Item | None]] = [
        (int(p), int(at), int(code), int(a), int(b), None) for p, at, code, a, b in packets.problems
    ]
    for who, places, codes, raws, of in quality.problems:
        rows += [(int(p), int(o), int(c), int(r), 0, of) for p, o, c, r in zip(who, places, codes, raws, strict=True)]
    found: dict[int, list[dict[str, Any]]] = {}
    for p, at, code, a, b, item in sorted(rows, key=lambda r: (r[0], r[1], r[2])):
        edition = packets.frames[p, 3]
        known = packets.programs.editions[edition] if edition >= 0 else None
        found.setdefault(p, []).append({"offset": at + packets.base, "reason": says(code, a, b, known, item)})
    return found


def objects(packets: Packets, *, personal: bool = False) -> Iterator[dict[str, Any]]:
    """One object per packet or rejected stretch."""
    arrow, quality = table(packets, personal=personal)
    why = problems(packets, quality)
    signals: list[dict[str, Any]] = [{} for _ in range(len(packets))]
    for name in arrow.column_names:
        if name not in _HEAD:
            _fill(signals, name, arrow[name], _instances(packets))
    for who, leaf in zip(quality.packet, quality.leaf, strict=True):
        if leaf in arrow.column_names:
            for p in np.unique(who).tolist():
                signals[p].setdefault(leaf, None)
    if not personal:
        _mask(signals)
    zones = [timezone(timedelta(minutes=t.utc_offset_minutes)) for t in packets.programs.editions]
    seconds, valid = packets.time
    heads = {name: arrow[name].to_pylist() for name in ("edition", "command", "answer", "vin", "ok", "line")}
    for i in range(len(packets)):
        zone = zones[packets.frames[i, 3]] if valid[i] else UTC
        row = {
            "schema": SCHEMA,
            "offset": int(packets.frames[i, 1]) + packets.base,
            "edition": heads["edition"][i],
            "command": heads["command"][i],
            "answer": heads["answer"][i],
            "time": datetime.fromtimestamp(int(seconds[i]), zone).isoformat() if valid[i] else None,
            "vin": heads["vin"][i],
            "ok": heads["ok"][i],
            "problems": why.get(i, []),
            "signals": dict(sorted(signals[i].items())),
        }
        if heads["line"][i] is not None:
            row["line"] = heads["line"][i]
        yield row


def _instances(packets: Packets) -> dict[str, str]:
    """The leaf of each group -> the word its elements are numbered with."""
    found: dict[str, str] = {}

    def gather(items: tuple[Item, ...]) -> None:
        for item in items:
            if item.group:
                found[ROOT + item.leaf] = item.instance

    for edition in packets.programs.editions:
        for block in edition.blocks.values():
            gather(block.of)
    return found


def _fill(signals: list[dict[str, Any]], name: str, column: Any, instances: dict[str, str]) -> None:
    """Put the values of one column where they belong; only what is there is looked at."""
    there = np.flatnonzero(column.is_valid().to_numpy(zero_copy_only=False))
    for i, value in zip(there.tolist(), column.take(there).to_pylist(), strict=True):
        if name in instances:
            for n, element in enumerate(value, 1):
                number = element.get("Number")
                label = _label(name, instances[name], n if number is None else number)
                for leaf, one in element.items():
                    if leaf != "Number" and one is not None:
                        signals[i][f"{label}.{leaf}"] = one
        elif isinstance(value, bytes):
            signals[i][name] = value.hex()
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            signals[i][name] = [{"block": f"{v['block']:#04x}", "bytes": v["bytes"].hex()} for v in value]
        else:
            signals[i][name] = value


def _label(name: str, instance: str, number: int) -> str:
    """Vehicle.A.Pack -> Vehicle.A.Pack3; Vehicle.A.ElectricMotor -> Vehicle.A.ElectricMotor.Motor3."""
    return f"{name}{number}" if name.endswith(f".{instance}") else f"{name}.{instance}{number}"


def _mask(signals: list[dict[str, Any]]) -> None:
    """Say that a position was there, and nothing more."""
    for row in signals:
        if f"{ROOT}CurrentLocation.IsValid" in row:
            for leaf in _PERSONAL:
                row[ROOT + leaf] = MASKED


@dataclass
class Summary:
    """What a capture held, counted over all its pieces."""

    packets: int = 0
    ok: int = 0
    stretches: int = 0
    total_bytes: int = 0
    refused_bytes: int = 0
    late: int = 0
    duplicates: int = 0
    clock_back: int = 0
    editions: Counter[str] = field(default_factory=Counter)
    commands: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    odd_lines: list[dict[str, Any]] = field(default_factory=list)
    _seen: set[int] = field(default_factory=set)
    _last: dict[bytes, int] = field(default_factory=dict)

    def add(self, packets: Packets) -> None:
        """Count one piece of the capture."""
        tables = packets.programs.editions
        self.packets += int(packets.is_packet.sum())
        self.stretches += int((~packets.is_packet).sum())
        self.ok += int((~packets.refused).sum())
        self.total_bytes += int(packets.frames[:, 2].sum())
        self.refused_bytes += _refused_bytes(packets)
        self.odd_lines += [{"line": line, "reason": says(code, 0, 0, None)} for line, code in packets.odd]
        for code, many in zip(*np.unique(packets.problems[:, 2], return_counts=True), strict=True):
            self.reasons[REASONS[int(code)]] += int(many)
        seconds, valid = packets.time
        for i in np.flatnonzero(packets.is_packet).tolist():
            edition: Edition = tables[packets.frames[i, 3]]
            frame = packets.body(i)
            command = edition.command(frame[2])
            self.editions[edition.edition] += 1
            self.commands[command.name if command else f"{frame[2]:#04x}"] += 1
            digest = hash(frame)
            self.duplicates += digest in self._seen
            self._seen.add(digest)
            late = bool(command and command.late)
            self.late += late
            if valid[i] and not late and not packets.refused[i]:
                who = frame[4:21]
                self.clock_back += int(seconds[i]) < self._last.get(who, 0)
                self._last[who] = int(seconds[i])

    def object(self, name: str) -> dict[str, Any]:
        """The last object of the lines."""
        return {
            "schema": SUMMARY,
            "file": name,
            "packets": self.packets,
            "ok": self.ok,
            "refused": self.packets + self.stretches - self.ok,
            "stretches": self.stretches,
            "bytes": self.total_bytes,
            "refused_bytes": self.refused_bytes,
            "late": self.late,
            "duplicates": self.duplicates,
            "clock_went_back": self.clock_back,
            "vehicles": len(self._last),
            "editions": dict(sorted(self.editions.items())),
            "commands": dict(sorted(self.commands.items())),
            "reasons": dict(sorted(self.reasons.items())),
            "lines_without_packet": self.odd_lines,
        }


def _refused_bytes(packets: Packets) -> int:
    """Bytes that were not read: whole stretches, bodies of untrusted packets, and what follows a broken block."""
    total = 0
    ends = packets.frames[:, 1] + packets.frames[:, 2]
    for p, at, code, a, b in packets.problems.tolist():
        if code in REMARKS or code == k.BAD_TIME:
            continue
        if packets.frames[p, 0] == k.STRETCH or code == k.WRONG_CHECK:
            total += int(packets.frames[p, 2])
        elif code in (k.UNKNOWN_COMMAND, k.ENCRYPTED):
            total += b
        elif code in (k.TRAILING, k.AFTER_LAST):
            total += a
        else:
            total += int(ends[p]) - 1 - at
    return total


REASONS = (
    "head cut short", "body cut short", "length runs into the next frame", "wrong check", "wrong length and check",
    "no start bytes", "unknown command", "unknown block", "block too short", "block stands twice",
    "bytes after the body", "encrypted", "body too short", "bytes after the last block", "out of range",
    "no meaning", "no time", "unknown answer flag", "odd digits", "no packet in line",
)  # fmt: skip
