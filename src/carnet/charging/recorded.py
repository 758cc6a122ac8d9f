"""The recorded side of a session played again: what it says, when, and what it waits for.

It keeps its own delays, counted from what it had heard before: it never answers what our twin has not said yet (while
it waits it repeats its last words, and after PATIENCE_S it goes on all the same), and it does not dawdle when our twin
is quicker than the original was. A stop that the original of our side made by itself (a person, a limit, a fault) is
told to the twin, because its cause is not on the bus; timeouts and answers the twin must find by itself. Pilot lines
are in no log: they are inferred from what followed, else they follow the acts of the table.
Reading order: Recorded, traces(). Times in microseconds.
"""

from __future__ import annotations

import math

from .codec import frames_of, number_of
from .guard import Atom, parse
from .listen import Heard, Milestones, Said
from .protocol import Library, Side
from .record import Event
from .twins import Sending, Twin
from .walker import State

PATIENCE_S = 5.0
TOLD = ("normal", "fault", "error", "unnamed")


class Recorded(Twin):
    """The recorded side: says what it said, with its own delays, never ahead of what it answered."""

    def __init__(self, twin: Twin, heard: Heard, tables: Library, spoken: Milestones) -> None:
        super().__init__(twin.side, twin.protocol, tables.families[twin.protocol.family], twin.world)
        self.script = heard.sides[self.side]
        self.other: Side = "charger" if self.side == "vehicle" else "vehicle"
        self.position, self.shift, self.held = 0, 0, -1
        self.waited = self.hurried = 0
        self.spoken = spoken  # what our twin has fulfilled
        self.needs = _reactions(heard, self.other, tables)
        self.met = 0  # so many of the needs, in order, are fulfilled
        self.waived: set[Atom] = set()
        self.own = Milestones(heard.protocol, tables, self.side)
        self.own_lines = sorted(said.line for said, _ in heard.needs(self.side, tables))
        self.played: dict[int, int] = {}  # line of an own milestone -> when it was said again
        self.stop = _own_stop(heard, self.other)
        self.stops = [s.when for s in heard.protocol.stops if s.side == self.other]
        for guard in self.stops:
            self.seen.watch(guard)
        self.traces = traces(self)
        self.wires = _wires(twin, heard, self.other, tables)

    def act(self) -> None:
        """Done when the recording shows it, or lets it be inferred; the rest follows the table."""
        mine = self.acts
        for act in mine:
            if self.world.acts.get(act.id) or not self.seen.holds(act.since):
                continue
            if act.id in self.traces:
                self.world.acts[act.id] = int(self.seen.holds(self.traces[act.id]))
            elif act.id in self.wires:
                self.world.acts[act.id] = int(self.world.now - self.shift >= self.wires[act.id])
        self.acts = [a for a in mine if a.id not in self.traces and a.id not in self.wires]
        super().act()
        self.acts = mine

    def send(self) -> list[tuple[int, bytes]]:
        now, frames = self.world.now, list[tuple[int, bytes]]()
        self._keep_up()
        while self.position < len(self.script):
            said = self.script[self.position]
            via = self.protocol.messages[said.name].frame.via
            if said.time + self.shift > now or (via == "transport" and self.packet is not None):
                break
            if self.stop is not None and said.line > self.stop[0]:
                self.world.flag(f"{self.other}_stop")
                if self.stop[1]:
                    self.world.flag("user")
            if self._waits(said.line):
                return frames + self._again()
            frames += self._begin(said) if via == "transport" else frames_of(self.protocol, said.name, said.payload)
            if self.own.take(said):
                self.played[said.line] = now
            self._later(said.name)
            self.position += 1
        return frames

    def _later(self, name: str) -> None:
        self.next[name] = self.world.now + max(self.protocol.messages[name].frame.cycle_ms, 10) * 1000

    def _keep_up(self) -> None:
        """When our twin is ahead of the original, the recorded side skips the words with which it only waited."""
        before = self.met
        while self.met < len(self.needs) and (
            self.needs[self.met][1] in self.spoken.reached or self.needs[self.met][1] in self.waived
        ):
            self.met += 1
        if self.met == before or self.held >= 0 or self.packet is not None:
            return
        said, atom = self.needs[self.met - 1]
        reached = self.spoken.reached.get(atom)
        target = next((i for i, s in enumerate(self.script) if s.line > said.line), len(self.script))
        here = self.script[self.position].line if self.position < len(self.script) else math.inf
        if reached is None or target <= self.position or any(here <= x <= said.line for x in self.own_lines):
            return
        shift = reached.time - said.time
        if shift < self.shift:
            self.hurried += self.shift - shift
            self.shift, self.position = shift, target

    def _begin(self, said: Said) -> list[tuple[int, bytes]]:
        request, *rest = frames_of(self.protocol, said.name, said.payload)
        self.packet = Sending(said.name, rest, self.world.now)
        return [request]

    def _waits(self, line: int) -> bool:
        """Whether our twin still owes what the recorded side had heard before this line."""
        now = self.world.now
        owed = []
        for said, atom in self.needs[self.met :]:
            if said.line >= line:
                break
            if atom not in self.spoken.reached and atom not in self.waived:
                owed.append(atom)
        untold = self.stop is not None and line > self.stop[0] and not any(map(self.seen.holds, self.stops))
        if (owed or untold) and self.held < 0:
            self.held = now
        if (owed or untold) and now - self.held <= PATIENCE_S * 1e6:
            return True
        self.waived.update(owed)
        if self.held >= 0:
            self.shift += now - self.held
            self.waited += now - self.held
            self.held = -1
        return False

    def _again(self) -> list[tuple[int, bytes]]:
        """While it waits it repeats what it said in the last second before."""
        recent: dict[str, Said] = {}
        for said in reversed(self.script[: self.position]):
            if self.script[self.position].time - said.time > 1_000_000:
                break
            recent.setdefault(said.name, said)
        frames = []
        for name, said in recent.items():
            message = self.protocol.messages[name]
            if self.world.now < self.next[name] or (message.frame.via == "transport" and self.packet is not None):
                continue
            self._later(name)
            frames += (
                self._begin(said) if message.frame.via == "transport" else frames_of(self.protocol, name, said.payload)
            )
        return frames

    def give_up(self) -> None:
        """A recording has given up already, or it has not."""


def traces(twin: Twin) -> dict[str, str]:
    """Act -> what shows on the bus that it is done: a message that begins with it, or a value it turns."""
    found: dict[str, str] = {}
    for play in twin.plays:
        atoms = parse(play.when)[0] if play.when and "|" not in play.when else ()
        if len(atoms) == 1 and atoms[0].message == "act":
            found.setdefault(atoms[0].signal, play.send)
        for name, choice in play.values.items():
            for row in choice if isinstance(choice, list) else ():
                if isinstance(row, list) and str(row[0]).startswith("act.") and isinstance(row[1], int | float):
                    signal = twin.protocol.messages[play.send].signal(name)
                    raw = number_of(play.send, signal, row[1])
                    found.setdefault(parse(str(row[0]))[0][0].signal, f"{play.send}.{name}={raw}")
    return found


def _wires(twin: Twin, heard: Heard, other: Side, tables: Library) -> dict[str, int]:
    """Act of the recorded side that no frame shows -> when it must have been done at the latest.

    Our side's original did something it may only do afterwards, and that shows: the latest time is that, less what it
    takes.
    """
    protocol, found = heard.protocol, dict[str, int]()
    assert protocol.plays is not None
    ours = Twin(other, protocol, tables.families[protocol.family], twin.world)
    shown = traces(ours)
    everything = sorted((s for rows in heard.sides.values() for s in rows), key=lambda s: s.line)
    for act in twin.acts:
        for then in ours.acts:
            if then.since != f"act.{act.id}=1" or then.id not in shown:
                continue
            state = State(tables.families[protocol.family])
            began = False
            for said in everything:
                number = int.from_bytes(said.payload[:8], "little")
                state.take(Event(said.time, said.line, said.name, "changed", number, len(said.payload)))
                began = began or state.holds(act.since)
                if began and state.holds(shown[then.id]):
                    found[act.id] = said.time - round(then.takes_s * 1e6)
                    break
    return found


def _own_stop(heard: Heard, side: Side) -> tuple[int, bool] | None:
    """The line on which the original of our side stopped by itself, and whether a person did it."""
    ended = heard.session.ended_by
    row = next((s for s in heard.protocol.stops if s.id == ended.rule), None)
    if row is None or row.side != side or row.kind not in TOLD or ended.line is None:
        return None
    return ended.line, row.by == "user"


def _reactions(heard: Heard, side: Side, tables: Library) -> list[tuple[Said, Atom]]:
    """What one side fulfilled first, as far as the other may have waited for it.

    Left out are the values with which a message first appeared, which answered nobody, and measured values that rose:
    both sides see the circuit itself, not the frame about it.
    """
    first: dict[str, int] = {}
    for said in heard.sides[side]:
        first.setdefault(said.name, said.line)
    return [
        (said, atom)
        for said, atom in heard.needs(side, tables)
        if not atom.signal or (said.line != first[said.name] and not (atom.op == ">=" and atom.then is not None))
    ]
