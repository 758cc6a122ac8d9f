"""Where our twin and the recorded original of its side part: who said what the other did not, when, and how.

Compared are the conditions of the table (who fulfilled them, after which delay) and the values that decide: limits,
demands, outputs. A delay counts from the last thing the other side had newly said, in each account by itself, so that
a slow partner makes nobody late. The first row is where they part; what follows may only be its consequence.
Reading order: Difference, diverge().
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from .codec import decode
from .guard import Atom
from .listen import Heard, Said, text
from .partner import Encounter
from .protocol import Library, Protocol, Side, Signal, library

Kind = Literal["unsaid", "added", "later", "earlier", "value"]
LATE_S = 1.0  # below this two devices of one kind differ anyway
SHARE = 0.02  # of the larger value; below this numbers count as the same


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing our side did otherwise than the original; `line` is where the log has it."""

    kind: Kind
    what: str
    says: str
    line: int | None = None
    recorded: float | str | None = None
    twin: float | str | None = None

    def plain(self) -> dict[str, Any]:
        return {k: getattr(self, k) for k in ("kind", "what", "says", "line", "recorded", "twin")}


def diverge(met: Encounter, tables: Library | None = None) -> list[Difference]:
    """Every difference, in the order of the log; what the log does not have comes last."""
    tables = tables or library()
    rows = _conditions(met, tables) + _values(met.heard, met.side, met.twin)
    return sorted(rows, key=lambda d: (d.line is None, d.line or 0))


def _conditions(met: Encounter, tables: Library) -> list[Difference]:
    protocol, side = met.heard.protocol, met.side
    original = {atom: said for said, atom in met.heard.needs(side, tables)}
    marks = sorted((said.line, said.time) for said, _ in met.heard.needs(_other(side), tables))
    rows = []
    for atom, said in original.items():
        says = _says(protocol, atom)
        if atom not in met.reached:
            rows.append(
                Difference("unsaid", text(atom), f"the recorded {side} said {says}; the twin did not", said.line)
            )
            continue
        before = [(line, time) for line, time in marks if line < said.line and line in met.played]
        if not before or not met.timed:
            continue
        line, time = before[-1]
        was, now = (said.time - time) / 1e6, (met.reached[atom].time - met.played[line]) / 1e6
        if now >= 0 and abs(now - was) >= LATE_S:
            kind: Kind = "later" if now > was else "earlier"
            sentence = f"{says}: {was:.1f} s after the {_other(side)}'s last step in the log, {now:.1f} s by the twin"
            rows.append(Difference(kind, text(atom), sentence, said.line, round(was, 3), round(now, 3)))
    for atom in met.reached:
        if atom not in original:
            sentence = f"the twin said {_says(protocol, atom)}; the recorded {side} did not"
            rows.append(Difference("added", text(atom), sentence))
    return rows


def _other(side: Side) -> Side:
    return "charger" if side == "vehicle" else "vehicle"


def _says(protocol: Protocol, atom: Atom) -> str:
    """A condition in words: the message, and what the value is called."""
    if not atom.signal:
        return atom.message
    signal = protocol.messages[atom.message].signal(atom.signal)
    if atom.op == "=" and atom.then is not None:
        return f"{text(atom)} ({signal.values.get(atom.then, atom.then)})"
    return f"{text(atom)} ({signal.values[atom.value]})" if atom.value in signal.values else text(atom)


def _values(heard: Heard, side: Side, twin: list[Said]) -> list[Difference]:
    """Signals whose range differs: the limits and settings a side gave, the peaks it reached."""
    rows = []
    ours, theirs = _ranges(heard.protocol, twin), _ranges(heard.protocol, heard.sides[side])
    decides = _deciding(heard.protocol)
    for key, (low, high, line, signal) in theirs.items():
        if key not in ours or key not in decides:
            continue
        mine_low, mine_high = ours[key][:2]
        same = _close(low, mine_low, signal) and _close(high, mine_high, signal)
        if not same:
            was, now = _shown(low, high, signal), _shown(mine_low, mine_high, signal)
            rows.append(Difference("value", key, f"{key}: {was} in the log, {now} by the twin", line, was, now))
    return rows


def _deciding(protocol: Protocol) -> set[str]:
    """The signals that the tables compare, integrate or hold against each other; a battery's own story is not among."""
    names = [*protocol.compare.values(), *(n for r in protocol.relations if not r.previous for n in (r.left, r.right))]
    if protocol.energy is not None:
        names += [protocol.energy.voltage, protocol.energy.current]
    names += [f"{m}.{s.name}" for m, row in protocol.messages.items() for s in row.signals if s.watch]
    return {n.lstrip("-") for n in names}


def _close(a: float, b: float, signal: Signal) -> bool:
    if signal.values:
        return a == b
    return abs(a - b) <= max(abs(signal.scale), SHARE * max(abs(a), abs(b)))


def _shown(low: float, high: float, signal: Signal) -> str:
    def one(value: float) -> str:
        return signal.values.get(int(value), f"{value:g}") if signal.values else f"{value:g}"

    unit = f" {signal.unit}" if signal.unit else ""
    low, high = sorted((low, high), key=abs)
    return f"{one(low)}{unit}" if low == high else f"{one(low)} to {one(high)}{unit}"


def _ranges(protocol: Protocol, said: list[Said]) -> dict[str, tuple[float, float, int, Signal]]:
    """Lowest and highest valid value of every comparable signal, and the line that showed it first."""
    import numpy as np

    assert protocol.link is not None
    found: dict[str, tuple[float, float, int, Signal]] = {}
    grouped: dict[tuple[str, int], list[Said]] = {}
    for one in said:
        grouped.setdefault((one.name, len(one.payload)), []).append(one)
    for (name, _), rows in grouped.items():
        message = protocol.messages[name]
        columns = decode(message, np.array([list(r.payload) for r in rows], np.uint8))
        for signal in message.signals:
            if signal.kind != "number" or signal.mask or signal.name not in columns:
                continue
            numbers = [round((v - signal.offset) / signal.scale) for v in columns[signal.name].tolist()]
            valid = [signal.value(n) for n in numbers if signal.valid(n, protocol.link.unused_bits)]
            if not valid:
                continue
            key = f"{name}.{signal.name}"
            low, high, line, _ = found.get(key, (min(valid), max(valid), rows[0].line, signal))
            found[key] = (min(low, *valid), max(high, *valid), line, signal)
    return found
