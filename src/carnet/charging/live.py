"""A rehearsal in real time on a real bus: our twin against a device, or both twins for others to listen to.

The twins are those of `rehearse`; only the clock and the bus are real. What the device says is heard frame by frame,
its limits are learned from it, and what no frame shows (pilot lines) follows the table or what the device lets infer.
This module opens nothing: a door hands in the Wire, which knows the channel and the time.
Reading order: Wire, Device, Live, talk().
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Sequence
from typing import Protocol as Shape

from .circuit import Battery, Supply, World
from .protocol import Library, Protocol, Side, library
from .reasons import explained
from .recorded import traces
from .rehearse import Bus, Fault, Rehearsal, playable
from .twins import Twin

TICK_US = 10_000
FRESH_US = 500_000  # a measurement older than this is none


class Wire(Shape):
    """A bus somebody has opened, and a clock that runs with it."""

    def now(self) -> float:
        """Seconds, rising."""

    def send(self, identifier: int, data: bytes) -> None:
        """Put a frame on the bus."""

    def receive(self, until: float) -> tuple[int, bytes] | None:
        """The next frame of others; None when none came until then."""


class Device(Twin):
    """The other side when it is real: heard, never played."""

    def __init__(self, twin: Twin, tables: Library) -> None:
        super().__init__(twin.side, twin.protocol, tables.families[twin.protocol.family], twin.world)
        self.traces = traces(self)
        self.spoke = False
        self.measured_at = 0

    def act(self) -> None:
        """Done when the device shows it; what no frame shows follows the table."""
        if self.world.measured is not None and self.world.now - self.measured_at > FRESH_US:
            self.world.measured = 0.0
        mine = self.acts
        for act in mine:
            if act.id in self.traces and not self.world.acts.get(act.id) and self.seen.holds(act.since):
                self.world.acts[act.id] = int(self.seen.holds(self.traces[act.id]))
        self.acts = [a for a in mine if a.id not in self.traces]
        super().act()
        self.acts = mine

    def send(self) -> list[tuple[int, bytes]]:
        return []

    def hear(self, identifier: int, data: bytes) -> list[tuple[int, bytes]]:
        super().hear(identifier, data)
        return []

    def give_up(self) -> None:
        """A device gives up by itself."""

    def learn(self, name: str, payload: bytes) -> None:
        """Its limits, its voltage and its current become those of the circuit."""
        world, battery, supply = self.world, self.world.battery, self.world.supply
        known = {
            key: value for key, text in self.protocol.compare.items() if (value := self._value(text, name, payload))
        }
        if self.side == "vehicle":
            battery.max_voltage = known.get("vehicle_max_voltage", battery.max_voltage)
            battery.max_current = known.get("vehicle_max_current", battery.max_current)
        else:
            supply.max_voltage = known.get("charger_max_voltage", supply.max_voltage)
            supply.max_current = known.get("charger_max_current", supply.max_current)
            supply.min_voltage = known.get("charger_min_voltage", supply.min_voltage)
            energy = self.protocol.energy
            if energy is not None and name == energy.at:
                world.voltage = self._value(energy.voltage, name, payload)
                world.measured = self._value(energy.current, name, payload) or 0.0
                self.measured_at = world.now

    def _value(self, text: str, name: str, payload: bytes) -> float | None:
        message, _, signal = text.lstrip("-").partition(".")
        if message != name:
            return None
        row = self.protocol.messages[name].signal(signal)
        if row.bit + row.bits > 8 * len(payload):
            return None
        raw = int.from_bytes(payload, "little") >> row.bit & (1 << row.bits) - 1
        return abs(float(row.value(raw)))


class Live(Bus):
    """The bus of our twins, wired to a channel."""

    def __init__(
        self, protocol: Protocol, world: World, faults: Sequence[Fault], ours: Sequence[Side], wire: Wire,
        tables: Library, patience_s: float,
    ) -> None:  # fmt: skip
        super().__init__(protocol, tables.families[protocol.family], world, faults, random.Random(0))  # noqa: S311
        self.wire, self.patience, self.start = wire, patience_s, wire.now()
        self.devices = [Device(t, tables) for t in (self.vehicle, self.charger) if t.side not in ours]
        for device in self.devices:
            setattr(self, device.side, device)

    def run(self) -> None:
        world, last = self.world, self.wire.now()
        due = last
        while not self.over():
            self.tick()
            due = max(due + TICK_US / 1e6, self.wire.now())
            while (frame := self.wire.receive(due)) is not None:
                self._arrived(*frame)
            now = self.wire.now()
            world.step(now - last)
            self.measure()
            world.now, last = round((now - self.start) * 1e6), now
        # The order is the order on this side of the bus; times never fall.
        times = itertools.accumulate((time for time, _, _ in self.result.frames), max)
        self.result.frames = [(t, i, d) for t, (_, i, d) in zip(times, self.result.frames, strict=True)]

    def over(self) -> bool:
        waits = self.devices and not any(d.spoke for d in self.devices)
        if waits or not self.result.frames:
            return self.world.now > self.patience * 1e6
        return super().over()

    def _arrived(self, identifier: int, data: bytes) -> None:
        """A frame of somebody else: kept, heard by all, answered by our side at once."""
        self.world.now = max(self.world.now, round((self.wire.now() - self.start) * 1e6))
        self.result.frames.append((self.world.now, identifier, data))
        self.last = self.world.now
        for twin in (self.vehicle, self.charger):
            for answer in twin.hear(identifier, data):
                self._put(twin, *answer)
        for device in self.devices:
            listener = self.charger if device.side == "vehicle" else self.vehicle
            for name, payload in listener.payloads.items():
                if listener.heard[name] == self.world.now and self.protocol.messages[name].frame.sender == device.side:
                    device.spoke = True
                    device.learn(name, payload)

    def _put(self, twin: Twin, identifier: int, data: bytes) -> None:
        before = len(self.result.frames)
        super()._put(twin, identifier, data)
        for _, number, octets in self.result.frames[before:]:
            self.wire.send(number, octets)


def talk(
    protocol_id: str,
    wire: Wire,
    battery: Battery | None,
    supply: Supply | None,
    faults: Sequence[Fault] = (),
    stop_after_s: float = 20.0,
    patience_s: float = 60.0,
    tables: Library | None = None,
) -> Rehearsal:
    """Play the sides whose numbers are given; the other one is a device on the channel."""
    tables = tables or library()
    protocol = playable(protocol_id, tables)
    world = World(
        battery or Battery(supply.max_voltage if supply else 1.0, math.inf),
        supply or Supply(math.inf, math.inf, 0.0),
        stop_after_s if supply is not None else math.inf,
    )
    world.measured = 0.0 if supply is None else None
    world.flag("plugged")
    ours: list[Side] = [s for s, given in (("vehicle", battery), ("charger", supply)) if given is not None]  # type: ignore[misc]
    bus = Live(protocol, world, faults, ours, wire, tables, patience_s)
    bus.run()
    result = bus.result
    result.energy_kwh = round(world.delivered_kwh, 4)
    silent = [d.side for d in bus.devices if not d.spoke]
    if silent:
        says = f"no {silent[0]} speaking {protocol.title} was heard within {patience_s:g} s"
        result.outcome, result.reason = "fails", says
    else:
        result.outcome, result.reason = explained(bus)
    return result
