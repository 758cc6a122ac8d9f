"""The main session of a log as whole messages, side by side, and the conditions of the table each side fulfilled.

Packets are put together, priorities are taken as the table has them, and a log without usable times gets the order of
the log at the pace of the table. Nothing here judges.
Reading order: Said, listen(), Heard, Milestones. Times in microseconds from the session's first message.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from ..errors import BadInput, Problem
from ..waist import Place
from .guard import Atom, messages, parse
from .judge import judge
from .judgement import Session
from .protocol import Library, Protocol, Side, library
from .readers import open_recording
from .record import Event
from .sessions import Turn, Walked
from .twins import Battery, Supply, Twin, World
from .walker import State


@dataclass(frozen=True, slots=True)
class Said:
    """One whole message of a log: when, on which line, what."""

    time: int
    line: int
    name: str
    payload: bytes


@dataclass
class Heard:
    """The main session of a log, message by message and side by side."""

    path: Path
    protocol: Protocol
    session: Session
    sides: dict[Side, list[Said]] = field(default_factory=dict)

    def value(self, name: str) -> float | None:
        """The last valid value of a quantity both sides compare, without its sign; None when the log has none."""
        known = self.session.values.get(self.protocol.compare.get(name, "").lstrip("-"))
        return None if known is None else abs(float(known["value"]))

    def needs(self, side: Side, tables: Library) -> list[tuple[Said, Atom]]:
        """What one side fulfilled first by which message, in order."""
        found = Milestones(self.protocol, tables, side)
        return [(said, atom) for said in self.sides[side] for atom in found.take(said)]


class Ear(Twin):
    """A silent listener that keeps what the other side says, packets put together."""

    def __init__(self, side: Side, protocol: Protocol, tables: Library) -> None:
        super().__init__(side, protocol, tables.families[protocol.family], World(Battery(1, 1), Supply(1, 1)))
        self.said: list[Said] = []
        self.line = 0

    def _take(self, name: str, payload: bytes) -> None:
        if self.protocol.messages[name].frame.sender != self.side:
            self.said.append(Said(self.world.now, self.line, name, payload))


def listen(path: Path | str, tables: Library | None = None) -> Heard:
    """The main session of a recording as messages; raises BadInput when there is none that a twin could answer."""
    tables, path = tables or library(), Path(path)
    session = judge(path, tables).session
    spoken = [p for p in tables.protocols.values() if (p.family, p.generation) == (session.family, session.generation)]
    if not spoken or spoken[0].plays is None:
        raise refused(path, "holds no session on a CAN bus that a twin could answer", "carnet charge judge says why.")
    protocol = spoken[0]
    recording, turn, found = open_recording(path), Turn(tables), Walked()
    ears: dict[Side, Ear] = {"vehicle": Ear("charger", protocol, tables), "charger": Ear("vehicle", protocol, tables)}
    names, start = _identifiers(protocol), -1
    assert protocol.link is not None
    for chunk in recording.chunks(swift=False):
        busses = [i for i, name in enumerate(recording.channels) if name == session.channel] or [0]
        part = turn.straight(chunk.pick(chunk.channel == busses[0]), busses[0], found)
        for line, time, identifier, length, number in zip(
            part.line.tolist(), part.time.tolist(), part.id.tolist(), part.length.tolist(), part.payload.tolist(),
            strict=True,
        ):  # fmt: skip
            whole = names.get(identifier & protocol.link.identifier_mask)
            if whole is None or not session.lines[0] <= line <= session.lines[1]:
                continue
            start = time if start < 0 else start
            for ear in ears.values():
                ear.line, ear.world.now = line, time - start
                ear.hear(whole, number.to_bytes(8, "little")[:length])
    sides = {side: ear.said for side, ear in ears.items()}
    return Heard(path, protocol, session, sides if session.timing == "judged" else _paced(sides, protocol))


def _paced(sides: dict[Side, list[Said]], protocol: Protocol) -> dict[Side, list[Said]]:
    """For a log without usable times: the order of the log at the pace of the table."""
    now, due = 0, dict[str, int]()
    paced: dict[Side, list[Said]] = {side: [] for side in sides}
    everything = [(side, one) for side, rows in sides.items() for one in rows]
    for side, said in sorted(everything, key=lambda row: row[1].line):
        now = max(now, due.get(said.name, 0))
        due[said.name] = now + protocol.messages[said.name].frame.cycle_ms * 1000
        paced[side].append(replace(said, time=now))
    return paced


def refused(path: Path, says: str, then: str) -> BadInput:
    return BadInput([Problem(Place(str(path)), says, then)])


def _identifiers(protocol: Protocol) -> dict[int, int]:
    """Masked identifier -> the identifier of the table, whatever priority a device sends."""
    assert protocol.link is not None
    known = [m.frame.id for m in protocol.messages.values()]
    if protocol.transport is not None:
        known += [*protocol.transport.control.values(), *protocol.transport.data.values()]
    return {identifier & protocol.link.identifier_mask: identifier for identifier in known}


class Milestones:
    """The conditions of the table that the messages of one side have fulfilled, each with when and on which line."""

    def __init__(self, protocol: Protocol, tables: Library, side: Side) -> None:
        assert protocol.plays is not None
        plays = protocol.plays.vehicle if side == "vehicle" else protocol.plays.charger
        played = {p.send for p in plays}
        self.state = State(tables.families[protocol.family])
        self.atoms: list[Atom] = []
        for atom in (a for guard in _guards(protocol) for part in parse(guard) for a in part):
            if atom.message in played and atom not in self.atoms and atom.signal != "length":
                self.atoms.append(atom)
                self.state.watch(text(atom))
        self.reached: dict[Atom, Said] = {}

    def take(self, said: Said) -> list[Atom]:
        """What this message newly fulfills."""
        number = int.from_bytes(said.payload[:8], "little")
        self.state.take(Event(said.time, said.line, said.name, "changed", number, len(said.payload)))
        fresh = [
            a for a in self.atoms if a.message == said.name and a not in self.reached and self.state.holds(text(a))
        ]
        self.reached.update((a, said) for a in fresh)
        return fresh


def text(atom: Atom) -> str:
    """An atom as the tables write it."""
    if not atom.signal:
        return atom.message
    mark = "" if atom.then is None else f"{'@' if atom.op == '>=' else '>'}{atom.then}"
    return f"{atom.message}.{atom.signal}{atom.op}{atom.value}{mark}"


def _guards(protocol: Protocol) -> list[str]:
    """What moves a session on. Stops are not among it, nor what leans on something no bus shows."""
    assert protocol.plays is not None
    stops = {m for s in protocol.stops for m in messages(s.when)}
    guards = [s.begins for s in protocol.stages] + [g for w in protocol.waits for g in (w.since, w.until)]
    guards += [a.since for a in protocol.plays.acts if not messages(a.since) & {"act", "model"}]
    return [g for g in guards if not (messages(g) & stops and "." not in g)]
