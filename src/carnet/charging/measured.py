"""What a session measured: its energy, the last valid values, the curve; and what is said of one nobody can read.

Personal data leaves as stars. Reading order: energy(), values(), series(), unread().
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from .judgement import Ending, Issue, Session
from .protocol import Protocol
from .record import Record

if TYPE_CHECKING:
    from .verdict import Case

KWH = 3.6e12  # V * A * microseconds in one kWh


def energy(case: Case) -> dict[str, float | None]:
    """Integrated and declared energy, kWh."""
    record, rule = case.record, case.family.elder.energy
    integral = round(record.energy / KWH, 4) if case.timed and record.energy_samples > 1 else None
    stated = None
    if (
        rule is not None
        and rule.declared
        and (signal := record.signals.get(rule.declared)) is not None
        and signal.count
    ):
        message, _, name = rule.declared.partition(".")
        stated = float(case.family.messages[message].signal(name).value(signal.last))
    return {"integral_kwh": integral, "declared_kwh": stated}


def values(case: Case) -> dict[str, dict[str, Any]]:
    """The last valid sample of every signal; personal data as stars."""
    result: dict[str, dict[str, Any]] = {}
    for name, row in case.protocol.messages.items():
        stats = case.record.messages.get(name)
        if stats is None:
            continue
        for signal in row.signals:
            full = f"{name}.{signal.name}"
            if signal.kind in ("text", "bytes") or signal.bits > 32:
                start, size = signal.bit // 8, signal.bits // 8
                raw = stats.kept[start : start + size]
                if len(raw) < size or set(raw) <= {0xFF} or set(raw) <= {0}:
                    continue
                text = (
                    "*" * size
                    if signal.mask
                    else raw.hex().upper()
                    if signal.kind == "bytes"
                    else "".join(chr(b) if 32 <= b < 127 else "." for b in raw)
                )
                result[full] = {"value": text, "unit": "", "line": stats.last_line}
            elif (seen := case.record.signals.get(full)) is not None and seen.count:
                value: Any = "*" * 8 if signal.mask else signal.value(seen.last)
                result[full] = {"value": value, "unit": signal.unit, "line": seen.last_line}
    return result


def series(case: Case) -> list[dict[str, float | None]]:
    """Voltage, current and state of charge over time, for the curve."""
    rule = case.family.elder.energy
    if rule is None:
        return []

    @cache  # a curve says the same few values over and over
    def scaled(name: str, raw: int) -> float:
        message, _, signal = name.lstrip("-").partition(".")
        return float(case.family.messages[message].signal(signal).value(raw)) * (-1 if name.startswith("-") else 1)

    reference = case.record.signals.get(rule.soc_reference) if rule.soc_reference else None
    share = 100 / reference.last if reference is not None and reference.last else 1
    return [
        {
            "time": case.seconds(time),
            "voltage": scaled(rule.voltage, u),
            "current": scaled(rule.current, i),
            "soc": scaled(rule.soc, s) * share if s >= 0 else None,
        }
        for time, u, i, s in case.record.series
    ]


def unread(record: Record, sisters: list[Protocol], timing: str, channel: str) -> Session:
    """A session of a family whose messages stand in no public table."""
    sister = sisters[0]
    first = min(line for _, line in record.unknown.values())
    count = sum(c for c, _ in record.unknown.values())
    texts = " or ".join(p.published_in for p in sisters)
    says = f"{sister.detect.says}. Not public: {', '.join(sister.not_public)}. Published in {texts}"
    return Session(
        sister.family,
        " or ".join(p.generation for p in sisters),
        [],
        "",
        Ending("unknown", "undecoded", says),
        "unknown",
        "open",
        timing,
        {},
        {
            "rts": record.packets.rts,
            "cts": record.packets.cts,
            "eoma": record.packets.eoma,
            "abort": record.packets.abort,
        },
        [Issue("incomplete", "undecoded", f"{count} frames with numbers that stand in no public table", first)],
        {"integral_kwh": None, "declared_kwh": None},
        story=[says],
        channel=channel,
        lines=(record.first_line or first, record.last_line or first),
    )
