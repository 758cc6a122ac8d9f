"""What a vehicle's telemetry really carries, beside what the interface asks: fields, rate, quality.

A field is asked when its block is not optional, or when that block was seen at all; lists of faults are never asked.
Its presence is the share of reports that carry it, its quality the share of values that are neither escaped nor out of
range. The interval is measured between realtime reports of one session; late reports repair gaps and count apart.
Reading order: Field, Pack, Observer. Times in seconds, shares from 0 to 1.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from .columns import INVALID, OK, RANGE, elements, read
from .decode import Packets
from .form import ROOT, Edition
from .lines import Summary
from .program import Segment

SCHEMA = "carnet/telemetry-report/1"
LONGEST_S, MOST_JUMPS = 86_400, 100
_CODE = re.compile(r"[0-9A-Z]{24}")


@dataclass
class Field:
    """One field over all reports."""

    seen: int = 0
    values: int = 0
    escaped: int = 0
    wrong: int = 0


@dataclass
class Pack:
    """A pack as logins name it: the key that other rooms know it by, and when it was seen (seconds since 1970, UTC)."""

    first: int
    last: int
    logins: int = 0

    def object(self, code: str) -> dict[str, Any]:
        return {
            "code": code,
            "well_formed": bool(_CODE.fullmatch(code)),
            "first_login": datetime.fromtimestamp(self.first, UTC).isoformat(),
            "last_login": datetime.fromtimestamp(self.last, UTC).isoformat(),
            "logins": self.logins,
        }


@dataclass
class Observer:
    """Collects over the pieces of a capture."""

    summary: Summary = field(default_factory=Summary)
    reports: Counter[str] = field(default_factory=Counter)
    blocks: Counter[tuple[str, int]] = field(default_factory=Counter)
    fields: dict[tuple[str, int, str], Field] = field(default_factory=lambda: defaultdict(Field))
    signed: int = 0
    encrypted: int = 0
    packs: dict[str, Pack] = field(default_factory=dict)
    clock: list[dict[str, Any]] = field(default_factory=list)
    clocks: dict[bytes, int] = field(default_factory=dict)
    gaps: list[int] = field(default_factory=list)
    _last: dict[bytes, int] = field(default_factory=dict)

    def add(self, packets: Packets) -> None:
        """Look at one piece."""
        self.summary.add(packets)
        blocks = _blocks(packets)
        tables = packets.programs.editions
        for e, edition in enumerate(tables):
            here = packets.is_packet & (packets.frames[:, 3] == e) & ~packets.refused
            named = np.array([bool((c := edition.command(i)) and c.body == "report") for i in range(256)])
            self.reports[edition.edition] += int((here & named[packets.head(2)]).sum())
        for (e, code), who in blocks.items():
            self.blocks[tables[e].edition, code] += len(np.unique(who))
            self.signed += len(who) if tables[e].blocks.get(code) and tables[e].blocks[code].last else 0
        self._fields(packets)
        self._times(packets)
        flags = packets.head(21)
        for e, edition in enumerate(tables):
            ciphers = [c for c, name in edition.encryption.items() if name != "none" and c < 0xFE]
            self.encrypted += int((np.isin(flags, ciphers) & packets.is_packet & (packets.frames[:, 3] == e)).sum())

    def _fields(self, packets: Packets) -> None:
        for rid, rows in packets.rows.items():
            place = packets.programs.places[rid]
            if place.of < 0:
                continue
            edition, who = packets.programs.editions[place.edition].edition, packets.pkt[rows]
            if isinstance(place, Segment):
                for offset, item in place.fields:
                    if item.as_ and item.bytes:
                        found = read(packets.data, packets.pos[rows] + offset, item, item.bytes)
                        self._count(self.fields[edition, place.of, item.name], who, found.state)
            elif place.item.as_ and place.width > 0 and not place.item.text:
                found = read(packets.data, elements(packets, place, rows), place.item, place.width)
                self._count(self.fields[edition, place.of, place.item.name], who[packets.cnt[rows] > 0], found.state)

    @staticmethod
    def _count(target: Field, who: npt.NDArray[np.int64], state: npt.NDArray[np.int8]) -> None:
        target.seen += len(np.unique(who))
        target.values += len(state)
        target.escaped += int(((state > OK) & (state <= INVALID)).sum())
        target.wrong += int((state >= RANGE).sum())

    def _times(self, packets: Packets) -> None:
        seconds, valid = packets.time
        for i in np.flatnonzero(packets.is_packet & valid & ~packets.refused).tolist():
            edition = packets.programs.editions[packets.frames[i, 3]]
            frame = packets.body(i)
            command = edition.command(frame[2])
            if command is None or command.late:
                continue
            who = frame[4:21]
            self._clock(who, int(seconds[i]), int(packets.frames[i, 1]) + packets.base)
            if command.body != "report":
                self._last.pop(who, None)
                self._codes(frame, edition, command.body, int(seconds[i]))
                continue
            if who in self._last and seconds[i] > self._last[who]:
                self.gaps.append(int(seconds[i]) - self._last[who])
            self._last[who] = max(int(seconds[i]), self._last.get(who, 0))

    def _clock(self, who: bytes, now: int, offset: int) -> None:
        """A clock that goes back, or ahead by more than a day, with the packet that shows it."""
        step = now - self.clocks.get(who, now)
        self.clocks[who] = now
        if (step < 0 or step > LONGEST_S) and len(self.clock) < MOST_JUMPS:
            self.clock.append(
                {"offset": offset, "says": f"the clock goes {'back' if step < 0 else 'ahead'} by {abs(step):,} s"}
            )

    def _codes(self, frame: bytes, edition: Edition, body: str, now: int) -> None:
        """Pack codes of a login: the join to battery traceability."""
        from .packet import Refused
        from .packet import read as read_packet

        wanted = [i.name for i in edition.bodies[body] for leaf in i.as_ if leaf.leaf == "Telemetry.PackCodes"]
        if not wanted:
            return
        try:
            codes = read_packet(frame).fields.get(wanted[0], [])
        except Refused:
            return
        for raw in codes:
            code = raw.strip(b"\0 ").decode("ascii", "backslashreplace").upper()
            if code:
                pack = self.packs.setdefault(code, Pack(now, now))
                pack.first, pack.last, pack.logins = min(pack.first, now), max(pack.last, now), pack.logins + 1

    def report(self, tables: Iterable[Edition]) -> dict[str, Any]:
        """The report as plain data; masked by nature, for it holds no value of any packet but pack codes."""
        rows: list[dict[str, Any]] = []
        for edition in tables:
            if not self.reports[edition.edition]:
                continue
            for code, block in edition.blocks.items():
                if not block.optional or self.blocks[edition.edition, code]:
                    rows += self._block(edition, code)
        asked = [r for r in rows if r["asked"]]
        present = [r for r in asked if r["present"] > 0]
        values = sum(f.values for f in self.fields.values())
        bad = sum(f.escaped for f in self.fields.values())
        total = self.summary.packets + self.summary.stretches
        limits = [t.longest_period_s for t in tables if self.reports[t.edition]]
        gaps = np.array(self.gaps or [0])
        return {
            "schema": SCHEMA,
            "editions": sorted(k for k, n in self.reports.items() if n),
            "reports": sum(self.reports.values()),
            "interval_s": {
                "median": float(np.median(gaps)) if self.gaps else None,
                "regular": float(np.percentile(gaps, 95, method="higher")) if self.gaps else None,
                "longest": int(gaps.max()) if self.gaps else None,
                "asked": min(limits, default=None),
                "longer_than_asked": int((gaps > min(limits)).sum()) if self.gaps and limits else 0,
            },
            "fields_asked": len(asked),
            "fields_present": len(present),
            "missing": [f"{r['block']}: {r['field']}" for r in asked if r["present"] == 0],
            "invalid_share": round(bad / values, 6) if values else None,
            "rejected_share": round(1 - self.summary.ok / total, 6) if total else None,
            "signed": self.signed > 0,
            "encrypted": self.encrypted > 0,
            "pack_codes": sorted(self.packs),
            "packs": [pack.object(code) for code, pack in sorted(self.packs.items())],
            "clock_jumps": self.clock,
            "late": self.summary.late,
            "duplicates": self.summary.duplicates,
            "clock_went_back": self.summary.clock_back,
            "fields": rows,
        }

    def _block(self, edition: Edition, code: int) -> list[dict[str, Any]]:
        block, total = edition.blocks[code], self.reports[edition.edition]
        rows = []
        items = [i for item in block.of for i in (item.of if item.group else (item,))]
        for item in items:
            if not item.as_ or item.opaque or item.text:
                continue
            found = self.fields.get((edition.edition, code, item.name), Field())
            rows.append(
                {
                    "edition": edition.edition,
                    "block": block.name,
                    "field": item.name,
                    "leaf": ROOT + item.as_[0].leaf,
                    "asked": not item.list,
                    "present": round(found.seen / total, 6),
                    "escaped": round(found.escaped / found.values, 6) if found.values else 0.0,
                    "out_of_range": round(found.wrong / found.values, 6) if found.values else 0.0,
                }
            )
        return rows


def _blocks(packets: Packets) -> dict[tuple[int, int], npt.NDArray[np.int64]]:
    """(edition, block) -> the packets that carry it."""
    found: dict[tuple[int, int], npt.NDArray[np.int64]] = {}
    for rid, rows in packets.rows.items():
        place = packets.programs.places[rid]
        if place.of >= 0:
            key = (place.edition, place.of)
            found[key] = np.union1d(found.get(key, packets.pkt[rows]), packets.pkt[rows])
    return found
