"""Which family and which generation a record speaks, by the traits of the tables.

Reading order: recognized(), undecoded(), generation(), mixed().
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .checks import issue
from .guard import Atom, parse
from .judgement import Issue
from .protocol import Family, Library, Protocol
from .record import Record

if TYPE_CHECKING:
    from .verdict import Case

SIGN = 3  # the weight from which a single trait tells a generation


def recognized(record: Record, family: Family) -> bool:
    """Whether the messages that make the family certain are there."""
    rule = family.elder.detect
    found = [m for m in rule.messages if m in record.messages]
    if len(found) >= rule.at_least and (not rule.needs_any or any(m in found for m in rule.needs_any)):
        return True
    return record.packets.rts > 0 and record.packets.wrong < record.packets.rts


def undecoded(record: Record, library: Library) -> list[Protocol]:
    """The recognized but undecoded sisters that frames between the known peers point to; none tells them apart."""
    if sum(count for count, _ in record.unknown.values()) < 3:
        return []
    return [p for p in library.protocols.values() if p.family == record.family and p.detect.unknown_between_peers]


def generation(record: Record, family: Family) -> tuple[Protocol, list[str]]:
    """The generation the record speaks, by the traits of the table; the elder one when nothing tells."""
    best: tuple[int, Protocol, list[str]] = (0, family.elder, [])
    for protocol in sorted((p for p in family.generations if p.decoded), key=lambda p: p is not family.elder):
        hits = [t for t in protocol.detect.traits if _trait(t.when, record)]
        score = sum(t.weight for t in hits)
        if score > best[0]:
            best = (score, protocol, [t.says for t in hits])
    return best[1], best[2]


def mixed(case: Case) -> list[Issue]:
    """Strong signs of another generation than the one spoken: devices of two ages met."""
    record, found = case.record, []
    for protocol in case.family.generations:
        if protocol is case.protocol or not protocol.decoded:
            continue
        signs = [t.says for t in protocol.detect.traits if t.weight >= SIGN and _trait(t.when, record)]
        if signs:
            text = f"there are signs of {protocol.standard} too: {'; '.join(signs)}"
            found.append(issue(case, "generation.mixed", text, record.first_line))
    return found


def _trait(guard: str, record: Record) -> bool:
    return any(all(_trait_atom(a, record) for a in part) for part in parse(guard))


def _trait_atom(atom: Atom, record: Record) -> bool:
    stats = record.messages.get(atom.message)
    if stats is None or not atom.signal:
        return stats is not None
    if atom.signal == "length":
        return atom.value in stats.lengths
    signal = record.signals.get(f"{atom.message}.{atom.signal}")
    if signal is None or not signal.count:
        return False
    return {
        "=": signal.last == atom.value,
        ">": signal.last > atom.value,
        "<": signal.last < atom.value,
        ">=": signal.last >= atom.value,
    }[atom.op]
