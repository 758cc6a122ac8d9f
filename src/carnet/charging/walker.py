"""The state machine of a session, driven by the steps of the table: stages entered, debts met, stops said.

It reads the events of a Record in order, whoever walked the frames. Order is by position: times may all be equal.
Reading order: Point, Replay, replay().
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from .guard import Atom, messages, parse
from .protocol import Family, Protocol, Stage, Stop, Wait
from .record import Event, Record
from .reference import extract, threshold


@dataclass(frozen=True, slots=True)
class Point:
    """A place in the session: which event, when, on which line."""

    index: int
    time: int
    line: int
    event: Event


@dataclass(slots=True)
class Debt:
    """A wait of the table that began: who owed what, since when, and when it came."""

    wait: Wait
    since: Point
    met: Point | None = None


@dataclass(slots=True)
class Replay:
    """What the events say, in the order of the table."""

    stages: list[tuple[Stage, Point]] = field(default_factory=list)
    debts: list[Debt] = field(default_factory=list)
    stops: list[tuple[Point, Stop]] = field(default_factory=list)
    first: dict[str, Point] = field(default_factory=dict)  # guard -> when it held first
    gaps: list[Event] = field(default_factory=list)
    alive: dict[str, bool] = field(default_factory=dict)  # message -> its watchdog was awake at the gap


class State:
    """The atoms of all guards, kept up to date event by event."""

    def __init__(self, family: Family) -> None:
        self.family = family
        self.payload: dict[str, tuple[bytes, int]] = {}
        self.latched: set[Atom] = set()
        self.last: dict[Atom, int | bool] = {}
        self.risen: dict[Atom, int] = defaultdict(int)
        self.atoms: dict[str, set[Atom]] = defaultdict(set)

    def watch(self, guard: str) -> None:
        for part in parse(guard):
            for atom in part:
                self.atoms[atom.message].add(atom)

    def take(self, event: Event) -> None:
        name = event.message
        self.payload[name] = (event.payload.to_bytes(8, "little")[: min(8, event.length)], event.length)
        for atom in self.atoms[name]:
            if atom.then is None or not atom.signal:
                continue
            raw = self.raw(atom)
            if raw is None:
                continue
            if atom.op == "=":
                if self.last.get(atom) == atom.value and raw == atom.then:
                    self.latched.add(atom)
                self.last[atom] = raw
            else:
                high = raw >= atom.value
                if high and not self.last.get(atom, False):
                    self.risen[atom] += 1
                    if self.risen[atom] >= atom.then:
                        self.latched.add(atom)
                self.last[atom] = high

    def raw(self, atom: Atom) -> int | None:
        if atom.message not in self.payload:
            return None
        payload, length = self.payload[atom.message]
        if atom.signal == "length":
            return length
        signal = self.family.messages[atom.message].signal(atom.signal)
        return extract(signal, payload) if signal.bit + signal.bits <= 8 * len(payload) else None

    def holds(self, guard: str) -> bool:
        return any(all(self._atom(atom) for atom in part) for part in parse(guard))

    def _atom(self, atom: Atom) -> bool:
        if not atom.signal:
            return atom.message in self.payload
        if atom.then is not None:
            return atom in self.latched
        raw = self.raw(atom)
        if raw is None:
            return False
        return {"=": raw == atom.value, ">": raw > atom.value, "<": raw < atom.value, ">=": raw >= atom.value}[atom.op]


def replay(record: Record, family: Family, protocol: Protocol) -> Replay:
    """Walk the events of a record through the steps of one generation."""
    result, state = Replay(), State(family)
    guards = {s.begins for s in protocol.stages} | {s.when for s in protocol.stops}
    guards |= {g for s in protocol.stops for g in (s.awaited, s.needs) if g}
    for wait in protocol.waits:
        guards |= {wait.since, wait.until}
    for dog in protocol.watchdogs:
        guards |= {g for g in (dog.since, dog.until) if g}
    about: dict[str, list[str]] = defaultdict(list)
    for guard in sorted(guards):
        state.watch(guard)
        for message in messages(guard):
            about[message].append(guard)
    open_debts: list[Debt] = []
    for index, event in enumerate(record.events):
        point = Point(index, event.time, event.line, event)
        if event.kind == "gap":
            watching = next((d for d in protocol.watchdogs if d.message == event.message), None)
            awake = (
                watching is not None
                and (not watching.since or watching.since in result.first)
                and not (watching.until and state.holds(watching.until))
            )
            if awake:
                result.gaps.append(event)
            continue
        if event.kind == "unanswered":
            continue
        state.take(event)
        for guard in about[event.message]:
            if guard not in result.first and state.holds(guard):
                result.first[guard] = point
        for debt in open_debts:
            if debt.met is None and event.message in messages(debt.wait.until) and state.holds(debt.wait.until):
                debt.met = point
        for wait in protocol.waits:
            since = result.first.get(wait.since)
            if since is point:
                debt = Debt(wait, point, point if state.holds(wait.until) else None)
                open_debts.append(debt)
        open_debts = [d for d in open_debts if d.met is None] if len(open_debts) > 64 else open_debts
        result.debts += [d for d in open_debts if d.since is point]
    for stage in protocol.stages:
        if stage.begins in result.first:
            result.stages.append((stage, result.first[stage.begins]))
    result.stops = sorted(
        ((result.first[s.when], s) for s in protocol.stops if s.when in result.first), key=lambda row: row[0].index
    )
    return result


__all__ = ["Debt", "Point", "Replay", "State", "replay", "threshold"]
