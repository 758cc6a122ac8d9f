"""A judgement as a chapter: the verdict, the stages, the curves, the issues and the last values, for a page or a print.

Reading order: shown(), session_parts().
"""

from __future__ import annotations

from pathlib import PurePath

from .. import drawing
from ..chapter import Chapter, Figure, Listing, Part, Table, Text
from .judgement import Judgement, Session, mask

CURVES = (("voltage", "V", "Voltage"), ("current", "A", "Current"), ("soc", "%", "State of charge"))


def shown(judgement: Judgement) -> Chapter:
    """A recorded file with every session in it; the one with most energy, else the longest, first."""
    name = PurePath(mask(judgement.file)).name
    sessions = sorted(judgement.sessions, key=lambda s: s is not judgement.session)
    lead = ending(sessions[0]) if sessions else "No charging protocol was recognized in this recording."
    parts: list[Part] = [Text(f"{judgement.format}, {judgement.frames:,} frames read.")]
    remarks = [f"skipped {r['count']} from line {r['line']}: {r['reason']}" for r in judgement.skipped]
    remarks += [f"repaired: {r}" for r in judgement.repairs] + list(judgement.notes)
    if remarks:
        parts.append(Listing(tuple(mask(r) for r in remarks)))
    for number, session in enumerate(sessions, 1):
        parts += session_parts(session, f"Session {number}" if len(sessions) > 1 else "Session")
    return Chapter("charging-log", f"Charging session: {name}", mask(lead), tuple(parts))


def ending(session: Session) -> str:
    """How the session ended, in one sentence."""
    return session.story[-1].strip() if session.story else session.ended_by.says


def session_parts(session: Session, title: str) -> list[Part]:
    """One session: what it reached, its stages over time, its curves, issues and last values."""
    about = f"{title}: {session.family} {session.generation}".strip()
    parts: list[Part] = [
        Text(
            f"{about}; reached {session.reached or 'nothing'}. Ended by {session.ended_by.side} "
            f"({session.ended_by.rule}); responsible: {session.responsible}, {session.confidence}. "
            f"Timing: {session.timing}."
        ),
    ]
    if session.story[:-1]:
        parts.append(Listing(tuple(mask(line.strip()) for line in session.story[:-1])))
    if session.timing == "judged":
        parts += [part for part in (_stages(session, title), *(_curve(session, *c) for c in CURVES)) if part]
    energy, stated = session.energy["integral_kwh"], session.energy["declared_kwh"]
    if energy is not None or stated is not None:
        integral = "unknown" if energy is None else f"{energy:g} kWh"
        declared = "none" if stated is None else f"{stated:g} kWh"
        parts.append(Text(f"Energy by the output: {integral}. Declared: {declared}."))
    rows = tuple((i.level, i.rule, mask(i.message), str(i.line or "")) for i in session.issues)
    parts.append(
        Table("Issues", ("Level", "Rule", "What", "Line"), rows, numeric=(3,))
        if rows
        else Text("No issues were found.")
    )
    if session.values:
        values = tuple(
            (n, mask(f"{v['value']} {v['unit']}").strip(), str(v["line"])) for n, v in session.values.items()
        )
        parts.append(Table("Last valid values", ("Signal", "Value", "Line"), values, numeric=(2,)))
    return parts


def _stages(session: Session, title: str) -> Figure | None:
    stages = [s for s in session.stages if s["from"] is not None and s["to"] is not None]
    if not stages or not session.duration:
        return None
    svg = drawing.gantt([(s["name"], s["from"], s["to"], "stage") for s in stages], "s", f"{title}: stages over time")
    said = "; ".join(f"{s['name']} {s['from']:.1f} to {s['to']:.1f} s" for s in stages)
    return Figure(f"{title}: stages over time", svg, said)


def _curve(session: Session, key: str, unit: str, name: str) -> Figure | None:
    points = [(s["time"], s[key]) for s in session.series]
    known = [(float(t), float(v)) for t, v in points if t is not None and v is not None]
    if len(known) < 2:
        return None
    xs, ys = [t for t, _ in known], [v for _, v in known]
    svg = drawing.lines([(name, xs, ys)], "s", unit, f"{name} over time")
    return Figure(name, svg, f"{name} from {ys[0]:g} to {ys[-1]:g} {unit}; lowest {min(ys):g}, highest {max(ys):g}.")
