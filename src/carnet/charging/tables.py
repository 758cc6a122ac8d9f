"""A family's tables as arrays, so that the compiled walker can look everything up by number.

What is a name or a physical range in the YAML is a row number or a raw bound here; nothing is decided that the
tables do not say. Reading order: Tables (what each array holds), compile_family().
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from .guard import parse
from .protocol import Family, Relation, Side, Signal
from .reference import threshold

SIDES: tuple[Side, Side] = ("vehicle", "charger")
HASH = 4096
ABSENT, CONTROL, DATA = -1, 10_000, 20_000  # CONTROL and DATA + number of the side
UNSET = np.nan


class Tables(NamedTuple):
    """Arrays of one family; m is a message, s a signal, r a relation.

    keys, what        (4096,) open-addressed hash: masked identifier -> message, CONTROL + side or DATA + side
    numbers           (t, 3)  transport: side, parameter group, message
    message           (m, 7)  first and last + 1 signal, watchdog us, identifier, sender, first and last + 1 relation
    fill              (m,)    bits of the first eight bytes that should be 1
    signal            (s, 10) bit, bits, kind, has range, low, high, first and last + 1 value, watch, filler is absent;
                              kind 0 is not sampled, 1 number, 2 decimal digits; watch 0 none, 1 every change,
                              else threshold + 1
    scaling           (s, 2)  scale, offset
    values            (v,)    the raw values that mean something
    relation          (r, 7)  left, right, gate (-1 none), previous, both ways, left is constant, right is constant
    limits            (r, 8)  left sign or constant, right sign or constant, slack, gate sign, below, above, 0, 0
    link              (4,)    identifier mask, 29 bits, unused bits, silence us
    peers             (p,)    low 16 bits between the two sides
    energy            (6,)    message, voltage, current, soc, only while, longest gap us
    signs             (2,)    of voltage and current
    atoms             (a, 5)  0 began 1 ended 2 restarts, message, bit, bits, value (-1 any)
    """

    keys: Any
    what: Any
    numbers: Any
    message: Any
    fill: Any
    signal: Any
    scaling: Any
    values: Any
    relation: Any
    limits: Any
    link: Any
    peers: Any
    energy: Any
    signs: Any
    atoms: Any


@dataclass(frozen=True)
class Names:
    """What the row numbers stand for."""

    messages: tuple[str, ...]
    signals: tuple[str, ...]
    relations: tuple[str, ...]


def slot(key: int) -> int:
    """Where an identifier's search begins in the hash."""
    return (key * 2654435761 & 0xFFFFFFFF) >> 20


def compile_family(family: Family) -> tuple[Tables, Names]:
    """The arrays of a family and the names behind their rows."""
    elder = family.elder
    assert elder.link is not None
    assert elder.sessions is not None
    names = tuple(family.messages)
    index = {name: number for number, name in enumerate(names)}
    rows = [(name, signal) for name in names for signal in family.messages[name].signals]
    signals = tuple(f"{name}.{signal.name}" for name, signal in rows)
    where = {full: number for number, full in enumerate(signals)}
    mask = elder.link.identifier_mask

    keys = np.full(HASH, -1, np.int64)
    what = np.full(HASH, ABSENT, np.int64)
    entries = [(m.frame.id & mask, index[n]) for n, m in family.messages.items()]
    if elder.transport is not None:
        entries += [
            (identifier & mask, CONTROL + SIDES.index(side)) for side, identifier in elder.transport.control.items()
        ]
        entries += [(identifier & mask, DATA + SIDES.index(side)) for side, identifier in elder.transport.data.items()]
    for key, number in entries:
        place = slot(key)
        while keys[place] >= 0 and keys[place] != key:
            place = (place + 1) % HASH
        keys[place], what[place] = key, number
    numbers = [
        (SIDES.index(m.frame.sender), m.frame.id >> 8 & 0x3FF00, index[n])
        for n, m in family.messages.items()
        if m.frame.via == "transport"
    ]

    relations = {r.id: r for p in (elder, *family.generations) for r in p.relations}
    ordered = sorted(relations.values(), key=lambda r: index[r.at])
    dogs = {w.message: round(w.within_s * 1e6) for w in elder.watchdogs}
    message = np.zeros((len(names), 7), np.int64)
    fill = np.zeros(len(names), np.uint64)
    for name, number in index.items():
        row = family.messages[name]
        mine = [i for i, (n, _) in enumerate(rows) if n == name]
        rules = [i for i, r in enumerate(ordered) if r.at == name]
        first, last = (mine[0], mine[-1] + 1) if mine else (0, 0)
        begin, end = (rules[0], rules[-1] + 1) if rules else (0, 0)
        message[number] = (first, last, dogs.get(name, 0), row.frame.id, SIDES.index(row.frame.sender), begin, end)
        fill[number] = int.from_bytes(row.frame.filler[:8], "little")

    values: list[int] = []
    signal = np.zeros((max(len(rows), 1), 10), np.int64)
    scaling = np.zeros((max(len(rows), 1), 2), np.float64)
    for number, (_, one) in enumerate(rows):
        signal[number] = _signal(one, values, elder.link.unused_bits)
        scaling[number] = (one.scale, one.offset)

    relation = np.zeros((max(len(ordered), 1), 7), np.int64)
    limits = np.full((max(len(ordered), 1), 8), UNSET, np.float64)
    for number, rule in enumerate(ordered):
        relation[number], limits[number] = _relation(rule, where)

    energy = np.array([-1, -1, -1, -1, -1, 0], np.int64)
    signs = np.ones(2, np.float64)
    if (curve := elder.energy) is not None:
        energy[:] = (
            index[curve.at],
            where[curve.voltage.lstrip("-")],
            where[curve.current.lstrip("-")],
            where.get(curve.soc, -1),
            where.get(curve.only_while, -1),
            round(curve.longest_gap_s * 1e6),
        )
        signs[:] = [-1 if name.startswith("-") else 1 for name in (curve.voltage, curve.current)]

    atoms = []
    for phase, guard in enumerate((elder.sessions.began, elder.sessions.ended, elder.sessions.restarts)):
        for part in parse(guard):
            atom = part[0]
            if atom.signal:
                meant = family.messages[atom.message].signal(atom.signal)
                atoms.append((phase, index[atom.message], meant.bit, meant.bits, atom.value))
            else:
                atoms.append((phase, index[atom.message], 0, 0, -1))
    link = (mask, elder.link.identifier_bits == 29, elder.link.unused_bits, round(elder.sessions.silence_s * 1e6))
    tables = Tables(
        keys,
        what,
        _table(numbers, 3),
        message,
        fill,
        signal,
        scaling,
        np.array(values or [-1], np.int64),
        relation,
        limits,
        np.array(link, np.int64),
        np.array(list(elder.link.peers.values()) or [-1], np.int64),
        energy,
        signs,
        _table(atoms, 5),
    )
    return tables, Names(names, signals, tuple(r.id for r in ordered))


def _table(rows: Sequence[tuple[int, ...]], width: int) -> npt.NDArray[np.int64]:
    return np.array(rows, np.int64).reshape(-1, width) if rows else np.full((1, width), -1, np.int64)


def _signal(one: Signal, values: list[int], unused: int) -> tuple[int, ...]:
    sampled = one.kind in ("number", "bcd") and one.bits <= 32
    kind = (2 if one.kind == "bcd" else 1) if sampled else 0
    first = len(values)
    if sampled:
        values.extend(sorted(one.values))
    low, high = 0, (1 << min(one.bits, 62)) - 1
    if one.range is not None and sampled:
        if one.kind == "bcd":
            low, high = int(one.range[0]), int(one.range[1])
        else:
            ends = sorted((edge - one.offset) / one.scale for edge in one.range)
            low, high = max(0, math.ceil(ends[0] - 1e-6)), math.floor(ends[1] + 1e-6)
    watch = 0 if not one.watch else 1 if one.watch is True else threshold(one) + 1
    absent = unused and one.bits >= 8 and not one.values
    return (one.bit, one.bits, kind, one.range is not None, low, high, first, len(values), watch, bool(absent))


def _relation(rule: Relation, where: dict[str, int]) -> tuple[tuple[int, ...], tuple[float, ...]]:
    def side(name: str) -> tuple[int, float, bool]:
        sign, bare = (-1.0, name[1:]) if name.startswith("-") else (1.0, name)
        return (where[bare], sign, False) if "." in bare else (-1, sign * float(bare), True)

    left, right = side(rule.left), side(rule.right)
    gate = side(rule.gate.signal) if rule.gate is not None else (-1, 1.0, False)
    below = rule.gate.below if rule.gate is not None and rule.gate.below is not None else UNSET
    above = rule.gate.above if rule.gate is not None and rule.gate.above is not None else UNSET
    numbers = (left[0], right[0], gate[0], rule.previous, rule.both_ways, left[2], right[2])
    return numbers, (left[1], right[1], rule.slack, gate[1], below, above, 0.0, 0.0)
