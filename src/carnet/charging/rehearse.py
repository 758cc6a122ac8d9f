"""Rehearse a session: two twins on a virtual bus, with faults when asked, and a reason a fitter understands.

    rehearse("gbt27930-2015", Battery(max_voltage=410, max_current=150), Supply(max_voltage=750, max_current=250))

The log can be written as candump and is judged by our own judge. Same inputs and seed, same bytes.
A rehearsal is simulation: it shows that two declared sides can work, it never certifies them.
Reading order: Fault, Rehearsal, rehearse().
"""

from __future__ import annotations

import random
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import BadInput, nearest
from .judgement import Judgement
from .protocol import Family, Library, Protocol, library
from .reasons import explain
from .twins import Battery, Supply, Twin, World

STEP_US = 10_000
FRAME_US = 600  # frames follow each other at this distance
LONGEST_S = 400.0
MOST_S = 300.0  # the rest of LONGEST_S is for the start and the end of the session
QUIET_S = 3.0
PATIENCE_S = 150.0  # nothing delivered after this long: nothing will be
ENDING_S = 20.0
BUS = "vcan0"
START_S = 1_700_000_000
FAULTS = ("lose", "late", "wrong", "stop", "hot", "overvoltage", "overcurrent", "insulation", "weak", "dead")
OF_VEHICLE = ("hot", "overvoltage", "overcurrent")  # what the vehicle notices and stops for
ABOVE_V, ABOVE_A = 15.0, 25.0
_FAULT = re.compile(r"(\w+)(?::([\w.]+))?(?:=(-?\d+(?:\.\d+)?))?(?:@(\d+(?:\.\d+)?))?")


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that goes wrong.

    lose:BCL@20      the frames of BCL from 20 s on are lost       late:CCS=2@20   CCS comes 2 s late once at 20 s
    wrong:109.status=38@20  the raw value is falsified             stop:vehicle@20 that side stops by itself
    hot@20           the battery gets too hot                      insulation      the insulation check never ends well
    overvoltage@20   the voltage rises above the battery's limit   overcurrent@20  the current rises above the demand
    weak=10@20       the charger gives at most 10 A from 20 s on   dead:charger@20 that side falls silent
    """

    kind: str
    what: str = ""
    value: float = 0.0
    at_s: float = 0.0


def fault(text: str) -> Fault:
    """A fault as written; raises BadInput with the forms it may have."""
    match = _FAULT.fullmatch(text)
    if not match or match[1] not in FAULTS:
        near = nearest(match[1], FAULTS) if match else ""
        raise BadInput(
            f"--fault {text!r} cannot be read; {near + ' ' if near else ''}"
            "write for example lose:BCL@20, wrong:BCL.mode=7@20, hot@30"
        )
    return Fault(match[1], match[2] or "", float(match[3] or 0), float(match[4] or 0))


def fitting(faults: Sequence[Fault], protocol: Protocol) -> Sequence[Fault]:
    """The faults, all of which can happen in this protocol; raises BadInput for one that would change nothing."""
    for one in faults:
        name, _, signal = one.what.partition(".")
        if one.kind in ("stop", "dead") and one.what not in ("vehicle", "charger"):
            raise BadInput(f"--fault {one.kind}: say which side, {one.kind}:vehicle or {one.kind}:charger")
        if one.kind not in ("lose", "late", "wrong"):
            continue
        if name not in protocol.messages:
            near = nearest(name, protocol.messages)
            raise BadInput(
                f"--fault {one.kind}: {protocol.protocol} has no message {name!r}"
                + (f"; {near}" if near else ".")
                + f" It has: {', '.join(protocol.messages)}"
            )
        if one.kind == "wrong":
            signals = {s.name: s for s in protocol.messages[name].signals}
            if signal not in signals:
                near = nearest(signal, signals)
                raise BadInput(
                    f"--fault wrong: {name} has no signal {signal!r}"
                    + (f"; {near}" if near else ".")
                    + f" It has: {', '.join(signals)}"
                )
            if not 0 <= one.value < 1 << signals[signal].bits:
                raise BadInput(
                    f"--fault wrong: the raw value {one.value:.15g} does not fit the {signals[signal].bits} bits of "
                    f"{name}.{signal} (0 to {(1 << signals[signal].bits) - 1})"
                )
    return faults


@dataclass
class Rehearsal:
    """What came of it: the frames, the outcome in one word, the reason in a sentence."""

    protocol: str
    frames: list[tuple[int, int, bytes]] = field(default_factory=list)  # microseconds, identifier, data
    outcome: str = "works"
    reason: str = ""
    peak_power_kw: float = 0.0
    peak_voltage: float = 0.0
    peak_current: float = 0.0
    energy_kwh: float = 0.0

    def candump(self) -> str:
        """The log as candump writes it."""
        rows = []
        for time, identifier, data in self.frames:
            name = f"{identifier:08X}" if identifier > 0x7FF else f"{identifier:03X}"
            rows.append(f"({START_S + time // 1_000_000}.{time % 1_000_000:06d}) {BUS} {name}#{data.hex().upper()}")
        return "\n".join(rows) + "\n"

    def judgement(self, tables: Library | None = None) -> Judgement:
        """Our own judge on our own log."""
        from .judge import judge

        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, f"rehearsal-{self.protocol}.log")
            path.write_text(self.candump(), encoding="ascii")
            result = judge(path, tables)
        result.file = path.name
        return result


def rehearse(
    protocol_id: str,
    battery: Battery,
    supply: Supply,
    faults: Sequence[Fault] = (),
    seed: int = 0,
    stop_after_s: float = 20.0,
    tables: Library | None = None,
) -> Rehearsal:
    """Let the twins talk until the session is over, nobody talks any more, or the time is up."""
    if not 0 < stop_after_s <= MOST_S:
        raise BadInput(f"a rehearsal lasts up to {MOST_S:.0f} s of simulated time; {stop_after_s:g} s does not fit")
    tables = tables or library()
    protocol = playable(protocol_id, tables)
    family = tables.families[protocol.family]
    world = World(battery, supply, stop_after_s)
    world.flag("plugged")
    bus = Bus(protocol, family, world, faults, random.Random(seed))  # noqa: S311 - noise, not secrets
    bus.run()
    result = bus.result
    result.energy_kwh = round(world.delivered_kwh, 4)
    result.outcome, result.reason = explain(bus)
    return result


def playable(protocol_id: str, tables: Library) -> Protocol:
    """A protocol whose frames stand in the tables; raises BadInput naming what is not public of another."""
    protocol = tables.protocol(protocol_id)
    if protocol.plays is None:
        raise BadInput(
            f"{protocol_id} is known by name only and cannot be rehearsed: "
            f"{', '.join(protocol.not_public) or 'no frames'}"
        )
    return protocol


class Bus:
    """The virtual bus: carries every frame to both sides, unless a fault says otherwise."""

    def __init__(
        self, protocol: Protocol, family: Family, world: World, faults: Sequence[Fault], noise: random.Random
    ) -> None:
        self.protocol, self.world, self.faults, self.noise = protocol, world, faults, noise
        self.vehicle, self.charger = (Twin(side, protocol, family, world) for side in ("vehicle", "charger"))
        self.result = Rehearsal(protocol.protocol)
        self.held: list[tuple[int, Twin, int, bytes]] = []
        self.late_done: set[Fault] = set()
        self.busy = self.last = 0

    def run(self) -> None:
        world = self.world
        while world.now < LONGEST_S * 1e6 and not self.over():
            self.tick()
            world.step(STEP_US / 1e6)
            self.measure()
            world.now += STEP_US
        self.result.frames.sort(key=lambda row: row[0])

    def tick(self) -> None:
        """One step of talking: troubles, acts, frames, giving up."""
        world = self.world
        self._troubles()
        self.busy = max(self.busy, world.now)
        before = len(self.result.frames)
        for twin in (self.charger, self.vehicle):
            twin.act()
            for identifier, data in twin.send():
                self._carry(twin, identifier, data)
        for due, twin, identifier, data in [h for h in self.held if h[0] <= world.now]:
            self.held.remove((due, twin, identifier, data))
            self._put(twin, identifier, data)
        for twin in (self.vehicle, self.charger):
            twin.give_up()
        if len(self.result.frames) > before:
            self.last = world.now
        if any(world.flags.get(f) for f in ("vehicle_stop", "charger_stop", "hot")):
            world.flag("stopping")
        if world.flags.get("hot"):
            world.flag("vehicle_stop")

    def over(self) -> bool:
        """Whether the session has come to its end, or nothing more will come of it."""
        world = self.world
        if world.acts.get("over") or world.now - self.last > QUIET_S * 1e6 or self._given_up():
            return True
        return world.started is None and world.now > PATIENCE_S * 1e6

    def measure(self) -> None:
        world, result = self.world, self.result
        voltage = world.quantity("battery_voltage", "vehicle")
        if world.current > 0:
            result.peak_voltage = max(result.peak_voltage, round(voltage, 1))
            result.peak_current = max(result.peak_current, round(world.current, 1))
            result.peak_power_kw = max(result.peak_power_kw, round(voltage * world.current / 1000, 3))

    def _given_up(self) -> bool:
        """Some seconds after a side has given up or stopped the session is over, whatever is still missing."""
        flags = self.world.flags
        patience = QUIET_S if flags.get("given_up") else ENDING_S if flags.get("stopping") else 0
        if not patience:
            return False
        flags.setdefault("stopped_at", self.world.now)
        return self.world.now - flags["stopped_at"] > patience * 1e6

    def _troubles(self) -> None:
        world = self.world
        for one in self.faults:
            if world.now < one.at_s * 1e6:
                continue
            if one.kind == "stop":
                world.flag(f"{one.what or 'charger'}_stop")
            elif one.kind == "hot":
                world.battery.temperature_c = 60.0
                world.flag("hot")
            elif one.kind in OF_VEHICLE:
                if not world.flags.get(one.kind) and one.kind == "overvoltage":
                    world.voltage = world.battery.max_voltage + ABOVE_V
                elif not world.flags.get(one.kind):
                    world.current = world.demand + ABOVE_A
                world.flag(one.kind)
                world.flag("vehicle_stop")
            elif one.kind == "insulation":
                world.flag("never_insulated")
                world.flag("charger_fault" if world.now > 8e6 + one.at_s * 1e6 else "testing")
                if world.flags.get("charger_fault"):
                    world.flag("charger_stop")
            elif one.kind == "weak":
                world.supply.max_current = min(world.supply.max_current, one.value)

    def _carry(self, twin: Twin, identifier: int, data: bytes) -> None:
        """Onto the bus, or lost, late or falsified on the way."""
        name = next((n for n, m in self.protocol.messages.items() if m.frame.id == identifier), "")
        if not name and self.protocol.transport is not None and identifier in self.protocol.transport.control.values():
            number = int.from_bytes(data[5:8], "little")
            name = next((n for n, m in self.protocol.messages.items() if m.frame.id >> 8 & 0x3FF00 == number), "")
        for one in self.faults:
            if self.world.now < one.at_s * 1e6:
                continue
            if (one.kind == "lose" and one.what == name) or (one.kind == "dead" and one.what == twin.side):
                return
            if one.kind == "late" and one.what == name and one not in self.late_done:
                self.held.append((self.world.now + round(one.value * 1e6), twin, identifier, data))
                twin.next[name] = self.world.now + round(one.value * 1e6) + 1
                self.late_done.add(one)
                return
            if one.kind == "wrong" and one.what.partition(".")[0] == name and name:
                signal = self.protocol.messages[name].signal(one.what.partition(".")[2])
                raw = int(one.value) & (1 << signal.bits) - 1
                number = int.from_bytes(data, "little") & ~(((1 << signal.bits) - 1) << signal.bit) | raw << signal.bit
                data = number.to_bytes(len(data), "little")
        self._put(twin, identifier, data)

    def _put(self, twin: Twin, identifier: int, data: bytes) -> None:
        queue = [(twin, identifier, data)]
        while queue:
            source, number, octets = queue.pop(0)
            self.busy += FRAME_US + self.noise.randrange(0, 50)
            self.result.frames.append((self.busy, number, octets))
            for listener in (self.vehicle, self.charger):
                for answer in listener.hear(number, octets):
                    if not any(
                        f.kind == "dead" and f.what == listener.side and self.world.now >= f.at_s * 1e6
                        for f in self.faults
                    ):
                        queue.append((listener, *answer))
            del source


__all__ = ["Battery", "Fault", "Rehearsal", "Supply", "fault", "fitting", "rehearse"]
