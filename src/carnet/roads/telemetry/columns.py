"""Packets -> an Arrow table with the names of the signal catalog, one row per packet or rejected stretch.

Each leaf is filled from the fields of every edition that says it. A value that is escaped, out of range or without
meaning is null; `quality` says which and why. Groups (motors, packs, stacks) are lists of structs in the order sent.
Reading order: table(), Column, _scalar(), _lists(), quality.
Units are those of data/roads/telemetry/*.yaml; a positive current charges the battery; times are UTC.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa  # type: ignore[import-untyped]

from . import kernel as k
from .decode import Packets, moments
from .form import ROOT, Item, Leaf
from .program import Listing, Segment, shift

Ints = npt.NDArray[np.int64]
OK, ABNORMAL, INVALID, RANGE, MEANING = range(5)
STATES = ("ok", "abnormal", "invalid", "out_of_range", "no_meaning")
MASKED = "masked"


@dataclass
class Raw:
    """The raw numbers of one item at some rows, what they are worth, and where they stood."""

    raw: Ints
    state: npt.NDArray[np.int8]
    at: Ints


@dataclass
class Words:
    """Few different words over many rows: codes into a list of words."""

    codes: Ints
    words: list[Any]

    def array(self, good: npt.NDArray[np.bool_]) -> pa.Array:
        indices = pa.array(self.codes.astype(np.int32), mask=~good)
        return pa.DictionaryArray.from_arrays(indices, pa.array(self.words, pa.string()))


@dataclass
class Quality:
    """What was not given: (packet, leaf, state), and problems for `decode`."""

    packet: list[Ints] = field(default_factory=list)
    leaf: list[str] = field(default_factory=list)
    state: list[npt.NDArray[np.int8]] = field(default_factory=list)
    problems: list[tuple[Ints, Ints, Ints, Ints, Item]] = field(default_factory=list)

    def note(self, item: Item, leaves: list[str], packets: Ints, found: Raw) -> None:
        bad = np.flatnonzero(found.state)
        if not len(bad):
            return
        for leaf in leaves:
            self.packet.append(packets[bad])
            self.leaf += [leaf]
            self.state.append(found.state[bad])
        wrong = bad[found.state[bad] >= RANGE]
        if len(wrong):
            code = np.where(found.state[wrong] == RANGE, k.OUT_OF_RANGE, k.NO_MEANING).astype(np.int64)
            self.problems.append((packets[wrong], found.at[wrong], code, found.raw[wrong], item))


def read(data: npt.NDArray[np.uint8], at: Ints, item: Item, width: int) -> Raw:
    """Raw numbers and their states: escapes first, then the range, then the table of values."""
    raw = k.gather(data, at, 0, width)
    state = np.zeros(len(raw), np.int8)
    if item.values:
        table = np.full(256, MEANING, np.int8)
        table[list(item.values)] = OK
        state = table[np.minimum(raw, 255)]
    if item.range:
        low, high = item.range
        state[(raw < low) | (raw > high)] = RANGE
    if item.escapes:
        top = (1 << 8 * width) - 1
        state[raw == top - 1] = ABNORMAL
        state[raw == top] = INVALID
    return Raw(raw, state, at)


def physical(item: Item, raw: Ints) -> tuple[Ints, int]:
    """(whole numbers, divisor): the value in the field's unit is numbers / divisor."""
    m, b, power = shift(item)
    return raw * m + b, power


def leaf_values(item: Item, leaf: Leaf, found: Raw) -> tuple[Any, npt.NDArray[np.bool_]]:
    """The values of one leaf and which of them hold."""
    good = found.state == OK
    raw = found.raw
    if leaf.always:
        return Words(np.zeros(len(raw), np.int64), [leaf.always]), good
    if leaf.void_bit is not None:
        good = good & ((raw >> leaf.void_bit) & 1 == 0)
    if leaf.bits:
        raw = (raw >> leaf.bits[0]) & ((1 << leaf.bits[1]) - 1)
    table: dict[int, Any] = leaf.values or (item.values if not leaf.bits else {})
    if table:
        keys = np.array(sorted(table), np.int64)
        at = np.minimum(np.searchsorted(keys, raw), len(keys) - 1)
        good = good & (keys[at] == raw)
        words = [table[int(key)] for key in keys]
        if all(isinstance(w, bool) for w in words):
            return np.array(words, np.bool_)[at], good
        if all(isinstance(w, int) for w in words):
            return np.array(words, np.int64)[at], good
        return Words(at, words), good
    if leaf.within:
        good = good & (raw >= leaf.within[0]) & (raw <= leaf.within[1])
    if leaf.above is not None:
        return raw > leaf.above, good
    numbers, power = physical(item, raw)
    numbers = numbers * leaf.times + leaf.plus * power
    if power == 1 or leaf.times % power == 0:
        return numbers // power, good
    return numbers / power, good


@dataclass
class Column:
    """One leaf over all packets, filled edition by edition."""

    n: int
    values: Any = None
    mask: Any = None
    words: dict[str, int] | None = None

    def put(self, packets: Ints, values: Any, good: npt.NDArray[np.bool_]) -> None:
        if isinstance(values, Words):
            self.words = self.words or {}
            known = np.array([self.words.setdefault(w, len(self.words)) for w in values.words], np.int64)
            values = known[values.codes] if len(known) else values.codes
        if self.values is None:
            self.values, self.mask = np.zeros(self.n, values.dtype), np.ones(self.n, np.bool_)
        elif values.dtype != self.values.dtype:
            both = np.result_type(values.dtype, self.values.dtype)
            self.values, values = self.values.astype(both), values.astype(both)
        self.values[packets], self.mask[packets] = values, ~good

    def array(self) -> pa.Array:
        if self.words is not None:
            return Words(self.values, list(self.words)).array(~self.mask)
        return pa.array(self.values, mask=self.mask)


def _array(values: Any, good: npt.NDArray[np.bool_]) -> pa.Array:
    return values.array(good) if isinstance(values, Words) else pa.array(values, mask=~good)


def signed(packets: Packets, place: Segment, rows: Ints, item: Item, values: Any) -> Any:
    """The sign a bit of another field of the same segment gives."""
    if not item.minus_when:
        return values
    name, bit = item.minus_when
    offset = next(o for o, i in place.fields if i.name == name)
    minus = (packets.data[packets.pos[rows] + offset] >> bit) & 1
    return np.where(minus == 1, -values, values)


def table(packets: Packets, *, personal: bool = False) -> tuple[pa.Table, Quality]:
    """The Arrow table of some packets and what it leaves out. VIN, ICCID and positions are masked unless `personal`."""
    n, quality = len(packets), Quality()
    scalars: dict[str, Column] = {}
    arrays: dict[str, pa.Array] = {}
    for rid, rows in packets.rows.items():
        place = packets.programs.places[rid]
        if isinstance(place, Segment) and place.group is None:
            _fixed(packets, place, rows, scalars, quality, personal)
        elif isinstance(place, Listing) and place.group is None:
            for leaf in place.item.as_:
                _merge(arrays, ROOT + leaf.leaf, _list(packets, place, rows, leaf, quality, n, personal))
    by_group: dict[int, list[int]] = {}
    for rid in packets.rows:
        group = packets.programs.places[rid].group
        if group is not None:
            by_group.setdefault(id(group), []).append(rid)
    for rids in by_group.values():
        for name, column in _group(packets, sorted(rids), quality, n).items():
            _merge(arrays, name, column)
    _derive(packets, arrays, scalars, n)
    columns = {**_head(packets, personal), **{name: c.array() for name, c in scalars.items()}, **arrays}
    head = list(_head_names())
    order = head + sorted(name for name in columns if name not in head)
    return pa.table({name: columns[name] for name in order}), quality


def _head_names() -> tuple[str, ...]:
    return ("offset", "length", "line", "edition", "command", "answer", "encryption", "time", "vin", "ok")


def _head(packets: Packets, personal: bool) -> dict[str, pa.Array]:
    n, is_packet = len(packets), packets.is_packet
    tables = packets.programs.editions
    edition = packets.frames[:, 3]

    def named(values: Any, kind: str) -> pa.Array:
        names: list[str] = []
        codes = np.zeros(n, np.int64)
        for e, edition_ in enumerate(tables):
            here = is_packet & (edition == e)
            codes[here] = values[here].astype(np.int64) + 256 * e
            rows = [edition_.command(c) if kind == "commands" else getattr(edition_, kind).get(c) for c in range(256)]
            names += [str(getattr(row, "name", row) or f"{code:#04x}") for code, row in enumerate(rows)]
        return _short(codes, names, is_packet)

    seconds, valid = packets.time
    vin = pa.nulls(n, pa.string())
    if personal:
        texts = [
            _text(packets.data[at + 4 : at + 21].tobytes()) if ok else None
            for at, ok in zip(packets.frames[:, 1], is_packet, strict=True)
        ]
        vin = pa.array(texts, pa.string())
    elif n:
        vin = Words(np.zeros(n, np.int64), [MASKED]).array(is_packet)
    lines = pa.array(packets.lines) if len(packets.lines) else pa.nulls(n, pa.int64())
    return {
        "offset": pa.array(packets.frames[:, 1] + packets.base),
        "length": pa.array(packets.frames[:, 2]),
        "line": lines,
        "edition": _short(np.maximum(edition, 0), [t.edition for t in tables], edition >= 0),
        "command": named(packets.head(2), "commands"),
        "answer": named(packets.head(3), "answers"),
        "encryption": named(packets.head(21), "encryption"),
        "time": pa.array(seconds, mask=~valid).cast(pa.timestamp("s", "UTC")),
        "vin": vin,
        "ok": pa.array(~packets.refused),
    }


def _short(codes: Ints, names: list[str], good: npt.NDArray[np.bool_]) -> pa.Array:
    """A dictionary that holds only the words in use."""
    used, which = np.unique(np.where(good, codes, codes[good][0] if good.any() else 0), return_inverse=True)
    return Words(which, [names[c] for c in used]).array(good)


def _text(raw: bytes) -> str:
    """Fixed-width text: filler zeros and spaces at the end are no part of it; other bytes show as \\x.."""
    return raw.rstrip(b"\0 ").decode("ascii", "backslashreplace")


def _fixed(
    packets: Packets, place: Segment, rows: Ints, scalars: dict[str, Column], quality: Quality, personal: bool
) -> None:
    who = packets.pkt[rows]
    for offset, item in place.fields:
        at = packets.pos[rows] + offset
        names = [ROOT + leaf.leaf for leaf in item.as_]
        if item.text or item.time:
            if item.name == "time" or not names:
                continue
            values, good = _texts(packets, place, at, item, personal)
            scalars.setdefault(names[0], Column(len(packets))).put(who, values, good)
            continue
        if not names and not item.count:
            continue
        found = read(packets.data, at, item, item.bytes)
        quality.note(item, names, who, found)
        for leaf, name in zip(item.as_, names, strict=True):
            if leaf.flags:
                scalars.setdefault(name, Column(len(packets))).put(who, *_flags(leaf, found))
                continue
            values, good = leaf_values(item, leaf, found)
            if item.personal and not personal:
                values, good = np.zeros(len(values)), np.zeros(len(values), np.bool_)
            scalars.setdefault(name, Column(len(packets))).put(who, signed(packets, place, rows, item, values), good)


def _texts(packets: Packets, place: Segment, at: Ints, item: Item, personal: bool) -> tuple[Any, npt.NDArray[np.bool_]]:
    if item.personal and not personal:
        return Words(np.zeros(len(at), np.int64), [MASKED]), np.ones(len(at), np.bool_)
    if item.time:
        zone = packets.programs.editions[place.edition]
        seconds, good = moments(packets.data, at, zone.year_zero, zone.utc_offset_minutes)
        return _counted(np.datetime_as_string(seconds.astype("datetime64[s]"), timezone="UTC").tolist()), good
    return _counted([_text(packets.data[p : p + item.text].tobytes()) for p in at]), np.ones(len(at), np.bool_)


def _counted(texts: list[str]) -> Words:
    known: dict[str, int] = {}
    codes = [known.setdefault(t, len(known)) for t in texts]
    return Words(np.array(codes, np.int64), list(known))


def _flags(leaf: Leaf, found: Raw) -> tuple[Any, npt.NDArray[np.bool_]]:
    """Alarm bits as words joined by '; '; an empty text says that none is set. Nameless bits keep their number."""
    kinds, which = np.unique(found.raw, return_inverse=True)
    said = ["; ".join(leaf.flags.get(b, f"bit {b}") for b in range(64) if value >> b & 1) for value in kinds.tolist()]
    return Words(which, said), found.state == OK


def _merge(arrays: dict[str, pa.Array], name: str, column: pa.Array) -> None:
    """Two editions never fill the same packet, so the one that is there counts."""
    if name in arrays:
        import pyarrow.compute as pc  # type: ignore[import-untyped]

        first = arrays[name]
        if first.type != column.type:
            fields = {
                f.name: f
                for kind in (first.type, column.type)
                if pa.types.is_struct(kind.value_type)
                for f in kind.value_type
            }
            kind = pa.list_(pa.struct(list(fields.values()))) if fields else first.type
            first, column = (_widen(c, kind) for c in (first, column))
        arrays[name] = pc.if_else(pc.is_valid(first), first, column)
    else:
        arrays[name] = column


def _widen(column: pa.Array, kind: Any) -> pa.Array:
    if not pa.types.is_struct(kind.value_type):
        return column.cast(kind)
    values = column.values
    have = {f.name: values.field(f.name) for f in values.type}
    parts = [have.get(f.name, pa.nulls(len(values), f.type)) for f in kind.value_type]
    wide = pa.StructArray.from_arrays(parts, fields=list(kind.value_type))
    return pa.ListArray.from_arrays(column.offsets, wide, mask=column.is_null())


def _offsets(packets: Ints, counts: Ints, n: int) -> tuple[pa.Array, npt.NDArray[np.bool_]]:
    """List offsets for n packets when only some have a list, and which have none."""
    total = np.zeros(n, np.int64)
    np.add.at(total, packets, counts)
    missing = np.ones(n, np.bool_)
    missing[packets] = False
    return pa.array(np.concatenate([[0], np.cumsum(total)]).astype(np.int32)), missing


def elements(packets: Packets, place: Listing, rows: Ints) -> Ints:
    """The position of every element of these lists."""
    counts = packets.cnt[rows]
    return np.asarray(k.spread(packets.pos[rows], counts, packets.wid[rows], int(counts.sum())))


def _values(packets: Packets, place: Listing, rows: Ints, leaf: Leaf, quality: Quality, personal: bool) -> pa.Array:
    """Every element of these lists, one after the other."""
    item = place.item
    if item.text or item.text_of:
        width = packets.wid[rows].repeat(packets.cnt[rows])
        at = elements(packets, place, rows)
        return pa.array([_text(packets.data[p : p + w].tobytes()) for p, w in zip(at, width, strict=True)], pa.string())
    found = read(packets.data, elements(packets, place, rows), item, place.width)
    if item.code:
        return pa.array([f"{code:#010x}" for code in found.raw.tolist()], pa.string())
    quality.note(item, [ROOT + leaf.leaf], packets.pkt[rows].repeat(packets.cnt[rows]), found)
    values, good = leaf_values(item, leaf, found)
    return _array(values, good)


def _list(
    packets: Packets, place: Listing, rows: Ints, leaf: Leaf, quality: Quality, n: int, personal: bool
) -> pa.Array:
    who, counts = packets.pkt[rows], packets.cnt[rows]
    if place.width == 0:
        return _opaque(packets, place, rows, n, personal)
    offsets, missing = _offsets(who, counts, n)
    return pa.ListArray.from_arrays(
        offsets, _values(packets, place, rows, leaf, quality, personal), mask=pa.array(missing)
    )


def _opaque(packets: Packets, place: Listing, rows: Ints, n: int, personal: bool) -> pa.Array:
    """Bytes nobody described: one value per packet, or a list of blocks with their code."""
    hidden = place.item.personal and not personal
    parts = [
        b"" if hidden else packets.data[p : p + c].tobytes()
        for p, c in zip(packets.pos[rows], packets.cnt[rows], strict=True)
    ]
    if not place.block:
        out: list[bytes | None] = [None] * n
        for who, part in zip(packets.pkt[rows], parts, strict=True):
            out[who] = part
        return pa.array(out, pa.binary())
    offsets, missing = _offsets(packets.pkt[rows], np.ones(len(rows), np.int64), n)
    codes = pa.array(packets.data[packets.pos[rows] - 3])
    return pa.ListArray.from_arrays(
        offsets,
        pa.StructArray.from_arrays([codes, pa.array(parts, pa.binary())], ["block", "bytes"]),
        mask=pa.array(missing),
    )


def _group(packets: Packets, rids: list[int], quality: Quality, n: int) -> dict[str, pa.Array]:
    """The elements of one group as a list of structs, and the lists in it joined per packet."""
    places = [packets.programs.places[r] for r in rids]
    first = next(r for r, p in zip(rids, places, strict=True) if isinstance(p, Segment) and p.first)
    rows = packets.rows[first]
    who = packets.pkt[rows]
    offsets, missing = _offsets(who, np.ones(len(rows), np.int64), n)
    group = packets.programs.places[first].group
    assert group is not None
    fields: dict[str, pa.Array] = {}
    whole: dict[str, pa.Array] = {}
    for rid, place in zip(rids, places, strict=True):
        mine = packets.rows[rid]
        if isinstance(place, Segment):
            for offset, item in place.fields:
                if not item.as_:
                    continue
                found = read(packets.data, packets.pos[mine] + offset, item, item.bytes)
                quality.note(item, [f"{ROOT}{group.leaf}.{leaf.leaf}" for leaf in item.as_], packets.pkt[mine], found)
                for leaf in item.as_:
                    values, good = leaf_values(item, leaf, found)
                    fields[leaf.leaf] = _array(values, good)
            continue
        for leaf in place.item.as_:
            full = leaf.model_copy(update={"leaf": f"{group.leaf}.{leaf.leaf}"})
            values = _values(packets, place, mine, full, quality, False)
            inner = pa.array(np.concatenate([[0], np.cumsum(packets.cnt[mine])]).astype(np.int32))
            fields[leaf.leaf] = pa.ListArray.from_arrays(inner, values)
            if leaf.all:
                all_offsets, none = _offsets(packets.pkt[mine], packets.cnt[mine], n)
                whole[ROOT + leaf.all] = pa.ListArray.from_arrays(all_offsets, values, mask=pa.array(none))
    struct = pa.StructArray.from_arrays(list(fields.values()), list(fields))
    return {ROOT + group.leaf: pa.ListArray.from_arrays(offsets, struct, mask=pa.array(missing)), **whole}


def _derive(packets: Packets, arrays: dict[str, pa.Array], scalars: dict[str, Column], n: int) -> None:
    """Extremes an edition leaves to the receiver: highest and lowest of a list, and their places."""
    for number, edition in enumerate(packets.programs.editions):
        for rule in edition.derived:
            source = arrays.get(ROOT + rule.from_)
            if source is None:
                continue
            here = (packets.frames[:, 3] == number) & ~source.is_null().to_numpy(zero_copy_only=False)
            offsets = source.offsets.to_numpy().astype(np.int64)
            here &= np.diff(offsets) > 0
            who = np.flatnonzero(here)
            if not len(who):
                continue
            values = source.values.to_numpy(zero_copy_only=False).astype(np.float64)
            sign = -1.0 if rule.take.endswith("max") else 1.0
            ranked = np.where(np.isnan(values), np.inf, sign * values)
            starts, ends = offsets[who], offsets[who + 1]
            places = np.array([int(np.argmin(ranked[a:b])) for a, b in zip(starts, ends, strict=True)], np.int64)
            found = values[starts + places]
            column = scalars.setdefault(ROOT + rule.leaf, Column(n))
            column.put(who, places if rule.take.startswith("place") else found, ~np.isnan(found))
