"""What shows how a pair charges: its recorded log, else a rehearsal with the declared numbers, else nothing.

A recording is measurement, a rehearsal is simulation; both end as a judged session, so that facts and chapter read the
same. A pair whose project names a gateway is rehearsed across it, and the vehicle's bus is what is shown.
Reading order: Showing, shown().
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from ..errors import BadInput
from ..waist import Project, Subject
from .circuit import Battery, Supply
from .judge import judge
from .judgement import Session
from .match import Match, Side
from .protocol import library

STOP_AFTER_S = 20.0


@dataclass(frozen=True)
class Showing:
    """A session, by what it is shown, and what it came to."""

    by: Literal["recording", "rehearsal"]
    session: Session
    outcome: str = ""  # of a rehearsal: works, limited, fails
    reason: str = ""
    power_kw: float = 0.0
    voltage: float = 0.0
    current: float = 0.0
    through: str = ""  # the protocol on the charger's side of a gateway

    @property
    def moved(self) -> bool:
        """Whether energy flowed: measured where values are known, else by the stage that was reached."""
        if self.by == "rehearsal":
            return self.outcome != "fails"
        if (self.session.energy["integral_kwh"] or 0) > 0 or self.power_kw > 0:
            return True
        opaque = self.session.family not in library().families
        return opaque and phase(self.session, "energy_transfer")


def phase(session: Session, wanted: str) -> bool:
    """Whether a session went through a phase of the vocabulary."""
    names = {s["name"] for s in session.stages}
    return any(
        s.phase == wanted and s.name in names
        for p in library().protocols.values()
        if p.family == session.family
        for s in p.stages
    )


def shown(project: Project, pair: Subject, sides: tuple[Side, Side], found: Match) -> Showing | None:
    """The best that shows this pair; None when parameters alone must do."""
    if pair.log:
        try:
            return _recorded(Path(project.folder, pair.log))
        except BadInput:
            pass  # the loader has complained about the file already
    if found.outcome in ("", "fails"):
        return None
    return _rehearsed(sides, found)


def _recorded(path: Path) -> Showing:
    try:
        state = path.stat()
    except OSError:
        raise BadInput(f"{path}: cannot be read") from None
    return _judged(path, state.st_size, state.st_mtime_ns)


@lru_cache(maxsize=8)
def _judged(path: Path, size: int, changed: int) -> Showing:
    session = judge(path).session
    series = session.series
    peak = max(((s["voltage"] or 0) * (s["current"] or 0) for s in series), default=0.0) / 1000
    volts = max((s["voltage"] or 0 for s in series), default=0.0)
    return Showing(
        "recording",
        session,
        "",
        session.ended_by.says,
        peak,
        volts,
        max((s["current"] or 0 for s in series), default=0.0),
    )


def _rehearsed(sides: tuple[Side, Side], found: Match) -> Showing | None:
    """A rehearsal with the declared numbers; None when one is missing or the protocol has no frames to play."""
    vehicle, charger = sides
    if vehicle.max_voltage is None or charger.max_voltage is None or not found.current:
        return None
    mine, theirs = _playable(vehicle.protocols or found.protocols), _playable(charger.protocols or found.protocols)
    if found.gateway:
        spoken = (mine[-1], theirs[-1]) if mine and theirs else None
    else:
        both = _playable(found.protocols)
        spoken = (both[-1], "") if both and not found.adapter else None
    if spoken is None:
        return None
    battery = (vehicle.max_voltage, vehicle.max_current or found.current)
    supply = (charger.max_voltage, charger.max_current or found.current, charger.min_voltage or 0.0)
    return _run(*spoken, battery, supply, charger.max_power or float("inf"))


def _playable(standards: tuple[str, ...]) -> list[str]:
    return [p.protocol for p in library().protocols.values() if p.standard in standards and p.plays is not None]


@lru_cache(maxsize=64)
def _run(
    vehicle: str, charger: str, battery: tuple[float, float], supply: tuple[float, float, float], power_kw: float
) -> Showing | None:
    from .gateway import cross
    from .rehearse import rehearse

    car, post = Battery(*battery), Supply(*supply, power_kw)
    if not charger:
        one = rehearse(vehicle, car, post, stop_after_s=STOP_AFTER_S)
        session = one.judgement().session
        numbers = (one.peak_power_kw, one.peak_voltage, one.peak_current)
        return Showing("rehearsal", session, one.outcome, one.reason, *numbers)
    try:
        crossing = cross(vehicle, charger, car, post, stop_after_s=STOP_AFTER_S)
    except BadInput:
        return None  # no mapping between the two families is known
    bus = crossing.vehicle_bus
    session = bus.judgement().session
    numbers = (crossing.power_kw, bus.peak_voltage, bus.peak_current)
    return Showing("rehearsal", session, crossing.outcome, crossing.reason, *numbers, through=charger)
