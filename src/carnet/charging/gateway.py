"""A gateway in rehearsal: a real vehicle twin of one family, a real charger twin of the other, two faces in between.

Each bus carries one real twin and one face of the gateway. A face says only what the other bus has said, by the rows of
the mapping; rounding is toward less power, a limit is never raised, and a stop on one bus becomes a stop on the other.
Reading order: Crossing, cross(), _carry(), _steps().
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..errors import BadInput, nearest
from .converge import Mapping, MapRow, converge, mapping
from .protocol import Library, Protocol, library
from .reasons import explain, given_up, limits
from .rehearse import LONGEST_S, OF_VEHICLE, STEP_US, Bus, Fault, Rehearsal
from .twins import Battery, Supply, Twin, World

CAUTIOUS_V = 50.0


@dataclass
class Crossing:
    """Both buses of a crossed session and what came of it."""

    vehicle_bus: Rehearsal
    charger_bus: Rehearsal
    outcome: str
    reason: str
    power_kw: float
    synthesized: tuple[str, ...]


def cross(
    vehicle: str,
    charger: str,
    battery: Battery,
    supply: Supply,
    stop_after_s: float = 20.0,
    seed: int = 0,
    rating_a: float = 125.0,
    tables: Library | None = None,
    faults: Sequence[Fault] = (),
) -> Crossing:
    """A vehicle speaking one protocol charges at a charger speaking another, through the gateway.

    A fault goes to the bus that knows its message or its side; `dead:gateway` silences both faces.
    """
    tables = tables or library()
    mine, theirs = tables.protocol(vehicle), tables.protocol(charger)
    table = mapping(mine, theirs)
    car = World(battery, Supply(battery.max_voltage, 0.0, CAUTIOUS_V), math.inf)
    # Until the vehicle has spoken its face asks for nothing; where a family states no highest current, the gateway's
    # own rating stands in, and every request stays below it.
    post = World(Battery(supply.max_voltage, rating_a), supply, stop_after_s, asked=0.0)
    noise = random.Random(seed)  # noqa: S311 - noise, not secrets
    near, far = shared_out(faults, mine, theirs)
    left = Bus(mine, tables.families[mine.family], car, near, noise)
    right = Bus(theirs, tables.families[theirs.family], post, far, noise)
    for world in (car, post):
        world.flag("plugged")
    link = Link(left, right, table)
    while car.now < LONGEST_S * 1e6:
        link.carry()
        link.steps()
        left.tick()
        if link.awake:
            right.tick()
            post.step(STEP_US / 1e6)
            right.measure()
        link.flow()
        left.measure()
        link.watch()
        for world in (car, post):
            world.now += STEP_US
        if (left.over() or car.acts.get("over")) and (right.over() or not link.awake):
            break
        if (left.over() and car.now - left.last > 5e6) or (car.started is None and car.now > 150e6):
            break
    for bus in (left, right):
        bus.result.frames.sort(key=lambda row: row[0])
        bus.result.energy_kwh = round(bus.world.delivered_kwh, 4)
    return link.result()


def shared_out(
    faults: Sequence[Fault], vehicle: Protocol, charger: Protocol
) -> tuple[tuple[Fault, ...], tuple[Fault, ...]]:
    """The faults of the vehicle's bus and those of the charger's; raises BadInput for one that belongs to neither."""
    near: list[Fault] = []
    far: list[Fault] = []
    for one in faults:
        name = one.what.partition(".")[0]
        if one.kind in ("lose", "late", "wrong"):
            home = [bus for bus, protocol in ((near, vehicle), (far, charger)) if name in protocol.messages]
            if not home:
                known = [*vehicle.messages, *charger.messages]
                raise BadInput(f"--fault {one.kind}:{one.what}: neither bus has a message {name}{nearest(name, known)}")
            home[0].append(one)
        elif one.kind == "dead" and one.what == "gateway":
            near.append(replace(one, what="charger"))
            far.append(replace(one, what="vehicle"))
        elif one.kind in OF_VEHICLE or one.what == "vehicle":
            near.append(one)
        else:
            far.append(one)
    return tuple(near), tuple(far)


class Link:
    """What the gateway knows and does between its two faces."""

    def __init__(self, left: Bus, right: Bus, table: Mapping) -> None:
        self.left, self.right, self.table = left, right, table
        self.charger_face: Twin = left.charger  # what the vehicle sees
        self.vehicle_face: Twin = right.vehicle  # what the charger sees
        self.known: set[str] = set()
        self.awake = True
        self.failed: tuple[str, Bus] | None = None  # the first bus on which somebody gave up
        self.stopped = ""  # the first fault a real side reported, in the words of its table
        self.dead_us = min(
            (f.at_s * 1e6 for f in left.faults if f.kind == "dead" and f.what == "charger"), default=math.inf
        )
        for face, protocol in ((self.charger_face, left.protocol), (self.vehicle_face, right.protocol)):
            for stop in protocol.stops:
                face.seen.watch(stop.when)
        limits = self._rows(right.protocol, "supply.")
        needs = self._rows(left.protocol, "battery.max_voltage")
        self.limits = {r.source.lstrip("-").partition(".")[0] for r in limits}
        self.needs = {r.source.lstrip("-").partition(".")[0] for r in needs}
        # Nothing is stated before the real side has stated it.
        self.first_words = {
            n for n, m in left.protocol.messages.items() if m.frame.sender == "charger" and self._states(n, "supply.")
        }
        self.first_needs = {
            n for n, m in right.protocol.messages.items() if m.frame.sender == "vehicle" and self._states(n, "battery.")
        }
        self.charger_face.hold = set(self.first_words)
        self.vehicle_face.hold = set(self.first_needs)

    def _rows(self, protocol: Protocol, sets: str) -> list[MapRow]:
        return [
            r
            for r in self.table.rows
            if r.sets.startswith(sets) and r.source.lstrip("-").partition(".")[0] in protocol.messages
        ]

    def _states(self, message: str, sets: str) -> bool:
        return any(r.sets.startswith(sets) and r.to.partition(".")[0] == message for r in self.table.rows)

    @property
    def alive(self) -> bool:
        return self.left.world.now < self.dead_us

    def carry(self) -> None:
        """Every value heard becomes the other face's, by the rows of the mapping."""
        if not self.alive:
            return
        for row in self.table.rows:
            sign, source = (-1.0, row.source[1:]) if row.source.startswith("-") else (1.0, row.source)
            message, _, name = source.partition(".")
            for bus, twin, target in (
                (self.left, self.charger_face, self.right.world),
                (self.right, self.vehicle_face, self.left.world),
            ):
                payload = twin.payloads.get(message)
                if payload is None or message not in bus.protocol.messages or not row.sets:
                    continue
                if bus.protocol.messages[message].frame.sender == twin.side:
                    continue
                signal = bus.protocol.messages[message].signal(name)
                if signal.bit + signal.bits > 8 * len(payload):
                    continue
                raw = int.from_bytes(payload, "little") >> signal.bit & (1 << signal.bits) - 1
                value = abs(sign * float(signal.value(raw)))
                value = float(math.floor(value)) if row.round == "down" else value
                value = min(value, row.most) if row.most is not None else value
                self._set(target, row.sets, value)
                self.known.add(message)

    def _set(self, world: World, quantity: str, value: float) -> None:
        holder, _, name = quantity.partition(".")
        if not name:
            setattr(world, holder, value)
        else:
            setattr(getattr(world, holder), name, value)

    def steps(self) -> None:
        """The sequence: nobody states limits, readiness or closing before the real side has."""
        car, post = self.left.world, self.right.world
        if not self.alive:
            return
        self._stops()
        if self.limits <= self.known:
            self.charger_face.hold -= self.first_words
        if self.needs <= self.known:
            self.vehicle_face.hold -= self.first_needs
        ready = self.limits <= self.known and self.needs <= self.known
        # the vehicle's face permits and gets ready only when the real vehicle has
        permitted = ready and (car.acts.get("vehicle_ready") or car.acts.get("permitted"))
        for name in ("vehicle_ready", "permitted"):
            post.flag(f"never_{name}", 0 if permitted else 1)
        # the charger's face is ready, or closes, only when the real charger has checked the insulation
        checked = post.acts.get("charger_ready") or (
            post.acts.get("insulated") and "charger_ready" not in {a.id for a in self.right.charger.acts}
        )
        names = {a.id for a in self.charger_face.acts}
        for name in ("charger_ready",) if "charger_ready" in names else ("insulated",):
            car.flag(f"never_{name}", 0 if checked else 1)
        # the vehicle's face closes and asks only when the real vehicle does
        asks = car.acts.get("asking") or car.acts.get("delivering")
        post.flag("never_asking", 0 if asks else 1)
        for name, source, target in (("vehicle_stop", car, post), ("charger_stop", post, car), ("hot", car, post)):
            if source.flags.get(name) and not target.flags.get(name):
                target.flag(name)
                target.flag("relayed")
        if self.left.vehicle.gave_up or self.left.charger.gave_up:
            post.flag("vehicle_stop")
        if self.right.charger.gave_up or self.right.vehicle.gave_up:
            car.flag("charger_stop")

    def _stops(self) -> None:
        """A stop that a real side says on its bus becomes a stop of the face on the other bus."""
        for face, bus, side, other in (
            (self.charger_face, self.left, "vehicle", self.right.world),
            (self.vehicle_face, self.right, "charger", self.left.world),
        ):
            said = next(
                (s for s in bus.protocol.stops if s.side == side and s.kind != "answer" and face.seen.holds(s.when)),
                None,
            )
            if said is None or other.flags.get(f"{side}_stop") or bus.world.flags.get("relayed"):
                continue
            other.flag(f"{side}_stop")
            other.flag("relayed")
            if said.kind in ("fault", "error") and not self.stopped:
                self.stopped = said.says

    def flow(self) -> None:
        """The current of the real charger is the current of the vehicle."""
        car, post = self.left.world, self.right.world
        if car.acts.get("delivering") and car.started is None:
            car.started = car.now
        car.current = post.current if post.acts.get("delivering") else 0.0
        power = car.quantity("battery_voltage", "vehicle") * car.current
        car.delivered_kwh += power * STEP_US / 1e6 / 3.6e6
        car.battery.soc = min(100.0, car.battery.soc + power * STEP_US / 1e6 / 3.6e6 / car.battery.energy_kwh * 100)
        if car.current > 0 and car.battery.soc >= car.battery.stop_at_soc:
            car.flag("full")
            car.flag("vehicle_stop")

    def watch(self) -> None:
        """Who gave up first, and on which bus."""
        for name, bus in (("vehicle's", self.left), ("charger's", self.right)):
            if self.failed is None and (bus.vehicle.gave_up or bus.charger.gave_up):
                self.failed = name, bus

    def result(self) -> Crossing:
        car, post = self.left.world, self.right.world
        made = tuple(
            x.to
            for x in converge(self.left.protocol.protocol, self.right.protocol.protocol).labels
            if x.how == "synthesized"
        )
        if post.supply.max_voltage < car.battery.max_voltage:
            needs, gives = car.battery.max_voltage, post.supply.max_voltage
            outcome, says = "fails", f"the vehicle needs {needs:g} V; the charger gives at most {gives:g} V"
        elif car.flags.get("hot"):
            outcome, says = "fails", "the vehicle stopped because its battery is too hot"
        elif any(f.kind == "insulation" for f in self.right.faults):
            outcome, says = "fails", explain(self.right)[1]
        elif self.failed is not None:
            outcome, says = "fails", f"on the {self.failed[0]} bus {given_up(self.failed[1])}"
        elif post.delivered_kwh <= 0:
            outcome, says = "fails", explain(self.right)[1]
        elif self.stopped:
            outcome, says = "fails", self.stopped
        else:
            outcome, says = limits(car.battery, post.supply)
            says = says.replace("the session ran", "the session ran through the gateway")
        self.left.result.outcome = self.right.result.outcome = outcome
        return Crossing(self.left.result, self.right.result, outcome, says, self.right.result.peak_power_kw, made)
