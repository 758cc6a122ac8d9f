"""Deterministic twins of a vehicle and a charger that talk frame by frame on a virtual bus with simulated time.

What a twin sends, when and with which values stands in the tables (`plays`); `circuit` holds the battery and the power
stage; this module holds what is left: the bus remembered, packets, and who gives up when. Nothing here is random.
Reading order: Seen, Twin.send(), Twin.hear(), Twin.give_up(). Simulated time in microseconds.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from .circuit import Battery, Supply, World
from .codec import Value, acknowledge, clear_to_send, encode, frames_of
from .guard import Atom, parse
from .protocol import Choice, Family, Play, Protocol, Side, Signal, Wait
from .walker import State

TAKE_AGAIN_US = 1_250_000  # a request nobody answers is given up after this long


class Seen(State):
    """A twin's memory of the bus, its acts and its model."""

    def __init__(self, family: Family, world: World) -> None:
        super().__init__(family)
        self.world = world

    def raw(self, atom: Atom) -> int | None:
        if atom.message == "act":
            return int(bool(self.world.acts.get(atom.signal, 0)))
        if atom.message == "model":
            return int(self.world.fits) if atom.signal == "fits" else self.world.flags.get(atom.signal, 0)
        return super().raw(atom)

    def holds(self, guard: str) -> bool:
        return not guard or super().holds(guard)


@dataclass
class Sending:
    """A packet waiting for the receiver's word."""

    name: str
    rest: list[tuple[int, bytes]]
    since: int


class Twin:
    """One side: sends by its plays, remembers what it hears, gives up when a debt runs out."""

    def __init__(self, side: Side, protocol: Protocol, family: Family, world: World) -> None:
        assert protocol.plays is not None
        self.side, self.protocol, self.world = side, protocol, world
        self.plays: tuple[Play, ...] = protocol.plays.vehicle if side == "vehicle" else protocol.plays.charger
        self.acts = [a for a in protocol.plays.acts if a.side == side]
        self.seen = Seen(family, world)
        for guard in self._guards():
            self.seen.watch(guard)
        self.next: dict[str, int] = defaultdict(int)
        self.since: dict[str, int] = {}
        self.packet: Sending | None = None
        self.coming: dict[str, Any] = {}
        self.forced: dict[str, dict[str, Value]] = {}
        self.debts: dict[str, int] = {}
        self.heard: dict[str, int] = {}
        self.gave_up: str = ""
        self.count: dict[str, int] = defaultdict(int)
        self.hold: set[str] = set()  # messages a gateway does not send yet
        self.payloads: dict[str, bytes] = {}

    def _guards(self) -> list[str]:
        guards = [g for p in self.plays for g in (p.when, p.until) if g] + [a.since for a in self.acts]
        for play in self.plays:
            for choice in play.values.values():
                if isinstance(choice, list):
                    guards += [str(row[0]) for row in choice if isinstance(row, list)]
        guards += [g for w in self.protocol.waits for g in (w.since, w.until)]
        return guards + [g for d in self.protocol.watchdogs for g in (d.since, d.until) if g]

    def act(self) -> None:
        """Finish what takes its time."""
        for act in self.acts:
            if self.world.acts.get(act.id):
                continue
            if act.id not in self.since:
                if self.seen.holds(act.since):
                    self.since[act.id] = self.world.now
            elif self.world.now - self.since[act.id] >= act.takes_s * 1e6 and not self.world.flags.get(
                f"never_{act.id}"
            ):
                self.world.acts[act.id] = 1
                self.world.version += 1

    def send(self) -> list[tuple[int, bytes]]:
        """The frames this side puts on the bus now."""
        frames: list[tuple[int, bytes]] = []
        for play in self.plays:
            if play.send in self.hold:
                continue
            message = self.protocol.messages[play.send]
            if (
                self.world.now < self.next[play.send]
                or not self.seen.holds(play.when)
                or (play.until and self.seen.holds(play.until))
            ):
                continue
            if message.frame.via == "transport" and self.packet is not None:
                continue
            self.next[play.send] = self.world.now + message.frame.cycle_ms * 1000
            payload = encode(self.protocol, play.send, self.values(play))
            self.count[play.send] += 1
            if message.frame.via == "transport":
                request, *rest = frames_of(self.protocol, play.send, payload)
                self.packet = Sending(play.send, rest, self.world.now)
                frames.append(request)
            else:
                frames += frames_of(self.protocol, play.send, payload)
        for name, values in list(self.forced.items()):  # a report of a timeout goes on until the end
            message = self.protocol.messages[name]
            if self.world.now >= self.next[name] and not any(p.send == name for p in self.plays):
                self.next[name] = self.world.now + message.frame.cycle_ms * 1000
                frames += frames_of(self.protocol, name, encode(self.protocol, name, values))
        if self.packet is not None and self.world.now - self.packet.since > TAKE_AGAIN_US:
            assert self.protocol.transport is not None
            number = self.protocol.messages[self.packet.name].frame.id >> 8 & 0x3FF00
            frames.append((self.protocol.transport.control[self.side], b"\xff" * 5 + number.to_bytes(3, "little")))
            self.packet = None
        return frames

    def values(self, play: Play) -> dict[str, Value]:
        """The values of a message now, on the grid of each signal and rounded toward less."""
        message, result = self.protocol.messages[play.send], {}
        for name, choice in play.values.items():
            result[name] = self._fit(message.signal(name), self._choose(choice))
        result.update(self.forced.get(play.send, {}))
        return result

    def _choose(self, choice: Choice) -> float:
        if isinstance(choice, list):
            for row in choice:
                if not isinstance(row, list):
                    return self._choose(row)
                if self.seen.holds(str(row[0])):
                    return self._choose(row[1])
            return 0.0
        return self.world.quantity(choice, self.side) if isinstance(choice, str) else float(choice)

    def _fit(self, signal: Signal, value: float) -> Value:
        low, high = sorted((float(signal.value(0)), float(signal.value((1 << signal.bits) - 1))))
        if signal.range is not None:
            low, high = max(low, signal.range[0]), min(high, signal.range[1])
        bounded = min(max(value, low), high)
        steps = (bounded - signal.offset) / signal.scale
        whole = math.floor(steps + 1e-9) if value >= 0 else math.ceil(steps - 1e-9)
        return signal.value(max(0, min(whole, (1 << signal.bits) - 1)))

    def hear(self, identifier: int, data: bytes) -> list[tuple[int, bytes]]:
        """Take a frame of either side; returns what the transport protocol answers at once."""
        transport, messages = self.protocol.transport, self.protocol.messages
        if transport is not None and identifier in (*transport.control.values(), *transport.data.values()):
            return self._packet(identifier, data)
        name = next((n for n, m in messages.items() if m.frame.id == identifier), None)
        if name is not None:
            self._take(name, data)
        return []

    def _take(self, name: str, payload: bytes) -> None:
        from .record import Event

        number = int.from_bytes(payload[:8], "little")
        self.seen.take(Event(self.world.now, 0, name, "changed", number, len(payload)))
        self.heard[name] = self.world.now
        self.payloads[name] = payload
        if self.protocol.messages[name].frame.sender != self.side:
            self._learn(name, payload)

    def _learn(self, name: str, payload: bytes) -> None:
        """The charger's power stage follows the demand it hears; both stop the current when a stop is said."""
        energy = self.protocol.energy
        if energy is None or self.side != "charger":
            return
        asked = self.protocol.compare.get("demand_current", "")
        message, _, signal = asked.lstrip("-").partition(".")
        if message == name:
            row = self.protocol.messages[name].signal(signal)
            raw = int.from_bytes(payload, "little") >> row.bit & (1 << row.bits) - 1
            self.world.demand = abs(float(row.value(raw)))

    def _packet(self, identifier: int, data: bytes) -> list[tuple[int, bytes]]:
        transport = self.protocol.transport
        assert transport is not None
        other: Side = "charger" if self.side == "vehicle" else "vehicle"
        if identifier == transport.control[other] and self.packet is not None and data[0] == 17:
            first, parts = data[2], data[1]
            answer = self.packet.rest[first - 1 : first - 1 + parts]
            if first - 1 + parts >= len(self.packet.rest):
                self.packet = None
            return answer
        if identifier == transport.control[other] and data[0] == 16:
            number = int.from_bytes(data[5:8], "little")
            name = next(
                (
                    n
                    for n, m in self.protocol.messages.items()
                    if m.frame.via == "transport" and m.frame.id >> 8 & 0x3FF00 == number
                ),
                None,
            )
            if name is None:
                return []
            self.coming = {"name": name, "size": data[1] | data[2] << 8, "parts": {}}
            return [clear_to_send(self.protocol, name, data[3])]
        if identifier == transport.data[other] and self.coming:
            self.coming["parts"][data[0]] = data[1:]
            name, size, parts = self.coming["name"], self.coming["size"], self.coming["parts"]
            if len(parts) == -(-size // 7):
                self.coming = {}
                self._take(name, b"".join(parts[i] for i in sorted(parts))[:size])
                return [acknowledge(self.protocol, name, size)]
        if identifier == transport.control[self.side] and data[0] == 16:
            # its own request: what it has sent it knows, so that its own steps can lean on it
            number = int.from_bytes(data[5:8], "little")
            name = next(
                (
                    n
                    for n, m in self.protocol.messages.items()
                    if m.frame.via == "transport" and m.frame.id >> 8 & 0x3FF00 == number
                ),
                None,
            )
            if name is not None:
                self.heard.setdefault(name, self.world.now)
        return []

    # -- giving up ----------------------------------------------------------------------------------------------

    def give_up(self) -> None:
        """Look at every debt of the other side; the first that runs out is reported in the family's way."""
        if self.gave_up or self.world.flags.get("vehicle_stop") or self.world.flags.get("charger_stop"):
            return
        for wait in self.protocol.waits:
            if wait.watched_by != self.side:
                continue
            if wait.id not in self.debts:
                if self.seen.holds(wait.since):
                    self.debts[wait.id] = self.world.now
                continue
            if self.seen.holds(wait.until):
                self.debts[wait.id] = 1 << 62
            elif self.world.now - self.debts[wait.id] > (wait.within_s + wait.slack_s) * 1e6:
                self._report(wait.until, wait)
                return
        for dog in self.protocol.watchdogs:
            if dog.watched_by != self.side or dog.message not in self.heard or self.seen.holds(dog.until):
                continue
            if (not dog.since or self.seen.holds(dog.since)) and self.world.now - self.heard[
                dog.message
            ] > dog.within_s * 1e6:
                self._report(dog.message, None)
                return

    def _report(self, awaited: str, wait: Wait | None) -> None:
        plays = self.protocol.plays
        assert plays is not None
        self.gave_up = wait.id if wait is not None else awaited
        if plays.gives_up_by != "reports":
            way = plays.gives_up_by[self.side]
            self.forced.setdefault(way.send, {})[way.signal] = 1
        else:
            for stop in self.protocol.stops:
                same = stop.awaited == awaited or stop.awaited.partition(".")[0] == awaited.partition(".")[0]
                if stop.kind == "timeout" and stop.side == self.side and same:
                    atom = parse(stop.when)[0][0]
                    message = self.protocol.messages[atom.message]
                    quiet = {s.name: 0.0 for s in message.signals}
                    self.forced[atom.message] = {**quiet, atom.signal: float(atom.value)}
                    break
        self.world.flag("stopping")
        self.world.flag("given_up")


__all__ = ["Battery", "Seen", "Sending", "Supply", "Twin", "World"]
