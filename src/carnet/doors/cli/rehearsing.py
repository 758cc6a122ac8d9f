"""carnet charge rehearse: two twins, a twin and a recording, a twin and a device, or two twins and a gateway."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .console import err, out, write_file
from .options import one_of

if TYPE_CHECKING:
    from ...charging.circuit import Battery, Supply
    from ...charging.diverge import Difference
    from ...charging.judgement import Judgement
    from ...charging.rehearse import Fault, Rehearsal

RECORDED = "recorded"


def rehearse(
    vehicle: Annotated[
        str, typer.Option("--vehicle", help="VOLTS,AMPERES of the battery, or a subject of --project.")
    ] = "",
    charger: Annotated[
        str, typer.Option("--charger", help="VOLTS,AMPERES of the charger, or a subject of --project.")
    ] = "",
    protocol: Annotated[str, typer.Option("--protocol", help="Which protocol both speak, e.g. chademo-1.x.")] = "",
    through: Annotated[
        str, typer.Option("--through", help="Another protocol the charger speaks: a gateway translates in between.")
    ] = "",
    partner: Annotated[
        Path | None,
        typer.Option(
            "--partner",
            metavar="LOG",
            help="A recording plays the side that is not given; give the other as VOLTS,AMPERES or 'recorded'.",
        ),
    ] = None,
    live: Annotated[
        str,
        typer.Option(
            "--live",
            metavar="[INTERFACE:]CHANNEL",
            help="Talk on a real bus of python-can; the side that is not given is the device on it.",
        ),
    ] = "",
    project: Annotated[Path | None, typer.Option("--project", help="The project file the subjects stand in.")] = None,
    fault: Annotated[
        list[str] | None, typer.Option("--fault", help="Something that goes wrong, e.g. lose:BCL@20.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same bytes.")] = 0,
    seconds: Annotated[float, typer.Option("--seconds", help="Stop at the charger after this long.")] = 20.0,
    log: Annotated[Path | None, typer.Option("--log", metavar="FILE", help="Write the session as candump.")] = None,
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write a page with the curve.")] = None,
    format: Annotated[str, typer.Option("--format", help="human, json or sarif")] = "human",
) -> None:
    """Let a vehicle and a charger talk frame by frame, and say what comes of it."""
    from ...charging import rehearse as stage
    from ...charging.protocol import library
    from ...errors import BadInput

    one_of(format, "--format", ("human", "json", "sarif"))
    faults = [stage.fault(text) for text in fault or ()]
    if sum(map(bool, (through, partner, live))) > 1:
        raise BadInput("--through, --partner and --live exclude each other: a session has one other side")
    if partner is not None:
        _with_recording(partner, vehicle, charger, faults).show(log, html, format)
        return
    if not live and not (vehicle and charger):
        raise BadInput("--vehicle and --charger are needed; only --partner and --live leave one side to somebody else")
    if live and not (vehicle or charger):
        raise BadInput("--live: give --vehicle, --charger or both: the sides our twins play")
    battery, supply, spoken = _sides(project, vehicle, charger)
    protocol = protocol or spoken
    if not protocol:
        raise BadInput("--protocol is needed: which protocol do both speak? For example --protocol chademo-1.x")
    if not through:
        stage.fitting(faults, stage.playable(protocol, library()))
    if live:
        _on_a_bus(live, protocol, battery, supply, faults, seconds).show(log, html, format)
        return
    assert battery is not None
    assert supply is not None
    if through:
        _across(protocol, through, battery, supply, faults, seed, seconds).show(log, html, format)
        return
    result = stage.rehearse(protocol, battery, supply, faults, seed=seed, stop_after_s=seconds)
    Told(result.protocol, result.outcome, result.reason, {"": result}, _numbers_of(result)).show(log, html, format)


@dataclass
class Told:
    """An answer ready to be shown in every form."""

    title: str
    outcome: str
    reason: str
    buses: dict[str, Rehearsal]
    plain: dict[str, Any]
    schema: str = "carnet/rehearsal/1"
    lines: tuple[str, ...] = ()
    differences: tuple[Difference, ...] = ()
    simulated: str = " (simulated)"

    def show(self, log: Path | None, html: Path | None, format: str) -> None:
        from ... import __version__
        from ...charging.backend import reports
        from ...charging.pages import rehearsal_page, rehearsal_sarif

        judged = {name: bus.judgement() for name, bus in self.buses.items()}
        if log is not None:
            for name, bus in self.buses.items():
                path = log.with_name(f"{log.stem}-{name}{log.suffix}") if name else log
                write_file(path, bus.candump())
                err(f"wrote {path}")
        last = list(judged.values())[-1].session.ended_by.rule
        told = f"{self.title}: {self.outcome}: {self.reason}"
        codes = reports().says(last)
        if html is not None:
            named = [(f"Bus of the {name}" if name else "", one) for name, one in judged.items()]
            lines = (*self.lines, *((f"Back end: {codes}",) if codes else ()))
            write_file(
                html, rehearsal_page(self.title, f"{self.outcome}: {self.reason}", lines, named, self.differences)
            )
            err(f"wrote {html}")
        if format == "json":
            out(json.dumps(self._json(judged, reports().plain(last)), ensure_ascii=False, indent=2))
        elif format == "sarif":
            out(rehearsal_sarif(self.outcome, self.reason, list(judged.values()), __version__).rstrip("\n"))
        else:
            self._human(told, codes, judged)
        if self.outcome == "fails":
            raise typer.Exit(1)

    def _json(self, judged: dict[str, Judgement], codes: Any) -> dict[str, Any]:
        plain = {"schema": self.schema, **self.plain, "outcome": self.outcome, "reason": self.reason, "back_end": codes}
        if list(judged) == [""]:
            return plain | {"judgement": judged[""].plain()}
        return plain | {"judgements": {name: one.plain() for name, one in judged.items()}}

    def _human(self, told: str, codes: str, judged: dict[str, Judgement]) -> None:
        from ...charging.report import human

        out(f"{told}{self.simulated}")
        for line in self.lines:
            out(line)
        if codes:
            out(f"back end: {codes}")
        if self.differences:
            out("where the twin and the log part:")
        for one in self.differences:
            at = f" (line {one.line})" if one.line else ""
            out(f"  {one.kind:8} {one.says}{at}")
        for name, judgement in judged.items():
            out(f"\nbus of the {name}\n{human(judgement)}" if name else f"\n{human(judgement)}")


def _numbers_of(result: Rehearsal) -> dict[str, Any]:
    return {
        "protocol": result.protocol,
        "power_kw": result.peak_power_kw,
        "voltage_v": result.peak_voltage,
        "current_a": result.peak_current,
        "energy_kwh": result.energy_kwh,
        "frames": len(result.frames),
    }


def _across(
    vehicle: str, charger: str, battery: Battery, supply: Supply, faults: list[Fault], seed: int, seconds: float
) -> Told:
    """A rehearsal across a gateway: both buses are judged."""
    from ...charging.gateway import cross

    crossing = cross(vehicle, charger, battery, supply, stop_after_s=seconds, seed=seed, faults=faults)
    made = crossing.synthesized
    return Told(
        f"{vehicle} through a gateway to {charger}",
        crossing.outcome,
        crossing.reason,
        {"vehicle": crossing.vehicle_bus, "charger": crossing.charger_bus},
        {"vehicle": vehicle, "charger": charger, "power_kw": crossing.power_kw, "synthesized": list(made)},
        "carnet/crossing/1",
        (f"highest power {crossing.power_kw:g} kW; {len(made)} signals synthesized",),
    )


def _with_recording(partner: Path, vehicle: str, charger: str, faults: list[Fault]) -> Told:
    """One side is played, the other is a recording; both accounts of the played side are compared."""
    from ...charging.circuit import Battery, Supply
    from ...charging.diverge import diverge
    from ...charging.judgement import mask
    from ...charging.listen import listen
    from ...charging.partner import play
    from ...errors import BadInput

    if bool(vehicle) == bool(charger):
        raise BadInput(
            "--partner: give --vehicle or --charger, the side our twin plays; the recording plays the other. "
            f"Write VOLTS,AMPERES, or {RECORDED!r} for the limits the log declares"
        )
    numbers = (
        None
        if RECORDED in (vehicle, charger)
        else _numbers(vehicle or charger, "--vehicle" if vehicle else "--charger")
    )
    limits = None if numbers is None else Battery(*numbers) if vehicle else Supply(*numbers)
    met = play(listen(partner), "vehicle" if vehicle else "charger", limits, faults)
    differences = diverge(met)
    result = met.rehearsal
    notes = [
        *met.notes,
        f"the recorded side waited {met.waited_s:g} s for the twin and left out {met.hurried_s:g} s of waiting",
    ]
    if not differences:
        notes.append("the twin did what the recorded one did, within 1 s and 2 %")
    told = {"file": mask(partner.name), "twin": met.side, "notes": notes}
    return Told(
        f"{result.protocol}, our {met.side} against the recording",
        result.outcome,
        result.reason,
        {"": result},
        _numbers_of(result) | {"partner": told | {"differences": [d.plain() for d in differences]}},
        lines=tuple(f"note: {text}" for text in notes),
        differences=tuple(differences),
    )


def _on_a_bus(
    live: str, protocol: str, battery: Battery | None, supply: Supply | None, faults: list[Fault], seconds: float
) -> Told:
    """Our twins in real time on a channel of python-can."""
    from ...charging.live import talk
    from .wire import CanWire

    with CanWire(live) as wire:
        err(f"talking {protocol} on {live}; press Ctrl+C to stop")
        result = talk(protocol, wire, battery, supply, faults, stop_after_s=seconds)
    ours = " and ".join(s for s, given in (("vehicle", battery), ("charger", supply)) if given is not None)
    title = f"{result.protocol} on {live}, our {ours}"
    plain = _numbers_of(result) | {"live": live}
    return Told(title, result.outcome, result.reason, {"": result}, plain, simulated="")


def _sides(project: Path | None, vehicle: str, charger: str) -> tuple[Battery | None, Supply | None, str]:
    """Battery and supply as given or as declared; None for a side that is not given."""
    from ...charging.circuit import Battery, Supply

    if project is not None:
        return _declared(project, vehicle, charger)
    battery = Battery(*_numbers(vehicle, "--vehicle")) if vehicle else None
    supply = Supply(*_numbers(charger, "--charger")) if charger else None
    return battery, supply, ""


def _numbers(text: str, option: str) -> tuple[float, float]:
    from ...errors import BadInput

    try:
        volts, amperes = (float(part) for part in text.split(","))
    except ValueError:
        raise BadInput(f"{option}: {text!r} is not VOLTS,AMPERES such as 400,125; or name a --project") from None
    if not 0 < volts <= 1500 or not 0 < amperes <= 3000:
        raise BadInput(f"{option}: {text!r} is out of range; volts up to 1500, amperes up to 3000")
    return volts, amperes


def _declared(project: Path, vehicle: str, charger: str) -> tuple[Battery | None, Supply | None, str]:
    """Battery and supply from the facts of subjects, and the protocol when only one can be spoken."""
    from ... import app as engine
    from ...charging.circuit import Battery, Supply
    from ...charging.protocol import library
    from ...charging.survey import side
    from ...errors import BadInput, nearest

    opened, catalog = engine.open_project(project)
    found: dict[str, Any] = {}
    for name, kind in ((vehicle, "vehicle"), (charger, "charger")):
        if not name:
            continue
        subject = next((s for s in opened.subjects if s.id == name and s.kind == kind), None)
        if subject is None:
            raise BadInput(f"{project}: no {kind} is called {name!r}; {nearest(name, [s.id for s in opened.subjects])}")
        one = side(opened, subject, catalog, kind)
        if one.max_voltage is None or (one.max_current is None and one.max_power is None):
            raise BadInput(f"{project}: {name} does not declare its highest DC voltage and current or power")
        found[kind] = one
    amperes = {k: s.max_current or 1000 * (s.max_power or 0) / s.max_voltage for k, s in found.items()}
    battery = supply = None
    if "vehicle" in found:
        battery = Battery(found["vehicle"].max_voltage, amperes["vehicle"])
    if "charger" in found:
        one = found["charger"]
        supply = Supply(one.max_voltage, amperes["charger"], one.min_voltage or 0.0, one.max_power or float("inf"))
    says = [s.protocols for s in found.values() if s.protocols]
    spoken = [p.protocol for p in library().protocols.values() if p.plays and says and p.standard in says[-1]]
    return battery, supply, spoken[0] if len(spoken) == 1 else ""


__all__ = ["rehearse"]
