"""A twin driven by a recorded partner: one side's messages come from a log, our twin plays the other side.

The recorded side is in `recorded`, the log in `listen`; where the twin and the original of its side part is found by
`diverge`. What the log has measured (voltage, and the current of a recorded charger) is not computed again.
Reading order: play(), Encounter, Played.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

from .circuit import Battery, Supply, World
from .guard import Atom
from .listen import Ear, Heard, Milestones, Said, refused, text
from .protocol import Library, Side, library
from .reasons import explained
from .recorded import PATIENCE_S, Recorded
from .rehearse import Bus, Fault, Rehearsal

AFTER_US = 500_000  # how long the twin may answer the last recorded message
FRESH_US = 500_000  # a measurement older than this is none


class Played(Bus):
    """The bus between our twin and the recording."""

    def __init__(self, heard: Heard, side: Side, world: World, faults: Sequence[Fault], tables: Library) -> None:
        family = tables.families[heard.protocol.family]
        super().__init__(heard.protocol, family, world, faults, random.Random(0))  # noqa: S311 - no secret
        self.side, self.heard = side, heard
        self.sayings = Milestones(heard.protocol, tables, side)
        self.ear = Ear("charger" if side == "vehicle" else "vehicle", heard.protocol, tables)
        other: Side = "charger" if side == "vehicle" else "vehicle"
        self.partner = Recorded(getattr(self, other), heard, tables, self.sayings)
        setattr(self, other, self.partner)
        self.pending = sorted((s for said in heard.sides.values() for s in said), key=lambda s: s.line)
        self.frames_heard = self.measured_at = 0

    def tick(self) -> None:
        self._measured()
        super().tick()
        for _, identifier, data in self.result.frames[self.frames_heard :]:
            self.ear.world.now = self.world.now
            before = len(self.ear.said)
            self.ear.hear(identifier, data)
            for said in self.ear.said[before:]:
                self.sayings.take(said)
        self.frames_heard = len(self.result.frames)

    def _measured(self) -> None:
        """Voltage of the circuit, and the current when the charger is the recorded side, as the log has them."""
        energy, now = self.protocol.energy, self.world.now - self.partner.shift
        world = self.world
        if world.measured is not None and now - self.measured_at > FRESH_US:
            world.measured = 0.0
        while energy is not None and self.pending and self.pending[0].time <= now:
            said = self.pending.pop(0)
            if said.name != energy.at:
                continue
            self.measured_at = said.time
            for key, name in (("voltage", energy.voltage), ("measured", energy.current)):
                if key == "measured" and self.side == "charger":
                    continue
                signal = self.protocol.messages[said.name].signal(name.lstrip("-").partition(".")[2])
                if signal.bit + signal.bits <= 8 * len(said.payload):
                    raw = int.from_bytes(said.payload, "little") >> signal.bit & (1 << signal.bits) - 1
                    setattr(world, key, abs(float(signal.value(raw))))

    def over(self) -> bool:
        done = self.partner.position >= len(self.partner.script)
        last = self.partner.script[-1].time + self.partner.shift if self.partner.script else 0
        return super().over() or (done and self.world.now > last + AFTER_US)


@dataclass
class Encounter:
    """What came of it: the dialogue, and what is needed to lay both accounts of our side beside each other."""

    side: Side
    rehearsal: Rehearsal
    heard: Heard
    twin: list[Said]
    reached: dict[Atom, Said]  # what the twin fulfilled
    played: dict[int, int]  # line of a step of the recorded side -> when it was said again
    waited_s: float  # how long the recorded side waited for the twin altogether
    hurried_s: float  # how much of its waiting it left out
    notes: tuple[str, ...]

    @property
    def timed(self) -> bool:
        return self.heard.session.timing == "judged"


def play(
    heard: Heard,
    side: Side,
    limits: Battery | Supply | None = None,
    faults: Sequence[Fault] = (),
    tables: Library | None = None,
) -> Encounter:
    """Let our twin play one side against the recorded other; without limits it gets those the original declared."""
    tables = tables or library()
    supply = limits if isinstance(limits, Supply) else _supply(heard, side == "charger")
    battery = limits if isinstance(limits, Battery) else _battery(heard, side == "vehicle", supply.max_voltage)
    world = World(battery, supply, math.inf)
    world.flag("plugged")
    bus = Played(heard, side, world, faults, tables)
    bus.run()
    bus.result.energy_kwh = round(world.delivered_kwh, 4)
    bus.result.outcome, bus.result.reason = explained(bus)
    partner = bus.partner
    waited, hurried = (round(x / 1e6, 3) for x in (partner.waited, partner.hurried))
    return Encounter(
        side, bus.result, heard, bus.ear.said, bus.sayings.reached, partner.played, waited, hurried, _notes(bus)
    )


def _notes(bus: Played) -> tuple[str, ...]:
    """What the reader must know to believe the comparison."""
    session, partner = bus.heard.session, bus.partner
    notes = []
    if session.timing != "judged":
        notes.append(f"the log gives the order only ({session.timing.partition(': ')[2]}); the pace is the table's")
    if any(i.rule == "capture.starts_late" for i in session.issues):
        notes.append("the log begins after the handshake: what was said before is missing for the twin, too")
    if partner.waived:
        steps = ", ".join(sorted(text(a) for a in partner.waived))
        notes.append(f"the recorded {partner.side} went on after {PATIENCE_S:g} s without {steps}")
    if partner.stop is not None and bus.world.flags.get(f"{bus.side}_stop"):
        line = partner.stop[0]
        notes.append(f"the recorded {bus.side} stopped by itself (line {line}), so the twin was told to stop there")
    if bus.protocol.plays is not None and bus.protocol.plays.gives_up_by != "reports":
        notes.append("pilot lines are not in the log; they are inferred from what followed, else they follow the table")
    return tuple(notes)


def _battery(heard: Heard, needed: bool, reach: float) -> Battery:
    """The vehicle's limits as the log declares them; a recorded vehicle that never said is one the charger reaches."""
    volts = heard.value("vehicle_max_voltage") or heard.value("vehicle_target_voltage")
    amperes = heard.value("vehicle_max_current") or heard.value("charger_max_current")
    if needed and (not volts or not amperes):
        raise refused(heard.path, "does not show the vehicle's highest voltage", "Give --vehicle VOLTS,AMPERES.")
    return Battery(volts or (reach if math.isfinite(reach) else 1.0), amperes or math.inf)


def _supply(heard: Heard, needed: bool) -> Supply:
    volts, amperes = heard.value("charger_max_voltage"), heard.value("charger_max_current")
    if needed and (not volts or not amperes):
        raise refused(heard.path, "does not show the charger's limits", "Give --charger VOLTS,AMPERES.")
    return Supply(volts or math.inf, amperes or math.inf, heard.value("charger_min_voltage") or 0.0)
