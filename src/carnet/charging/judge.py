"""The front door: a recording in, a judgement out.

    judge("session.log").session.ended_by.says

Small recordings are walked by the readable reference, large ones by the compiled walker; both give the same record.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from .judgement import Judgement, mask
from .protocol import Library, library
from .readers import Recording, open_recording
from .sessions import Walked, walk
from .verdict import sessions_of

SMALL_BYTES = 3_000_000  # up to here the readable walker is done before the compiled one is loaded (1.2 s)
WITHOUT_COMPILING = ("unknown",)


def judge(
    path: Path | str, tables: Library | None = None, engine: Literal["auto", "swift", "reference"] = "auto"
) -> Judgement:
    """Read a recording and judge every session in it; raises BadInput only when the file cannot be opened."""
    tables = tables or library()
    recording = open_recording(path)
    if engine == "auto":
        engine = "reference" if recording.path.stat().st_size < SMALL_BYTES and not recording.packed else "swift"
    return judged(recording, walk(recording, tables, engine), tables)


def judge_all(paths: Iterable[Path | str], tables: Library | None = None) -> list[Judgement]:
    """One judgement per recording, in the order given."""
    return [judge(path, tables) for path in paths]


def judged(recording: Recording, walked: Walked, tables: Library) -> Judgement:
    """The judgement on what was walked."""
    timing = recording.timing()
    step = recording.clock.step if recording.clock else 0
    sessions = []
    for record in walked.records:
        channel = (
            recording.channels[record.channel] if record.channel < len(recording.channels) else str(record.channel)
        )
        session = sessions_of(record, tables, timing, step, channel)
        if session is not None:
            sessions.append(session)
    notes = list(walked.notes)
    if recording.packets is not None:
        from .ccs import packet_sessions

        sessions += packet_sessions(recording.packets, tables)
    sessions.sort(key=lambda s: s.lines)
    if not sessions:
        notes.append(
            "no charging protocol was recognized"
            + (f" among {walked.identifiers} identifiers" if walked.identifiers else "")
        )
        if recording.packets is not None and any(n.kind == "slac" for n in recording.packets.notes):
            notes.append(
                "power line modems talk, but no vehicle and charger look for each other: "
                "so it is where the pilot line alone controls the charge"
            )
    if walked.lost:
        notes.append(f"{walked.lost} further sessions were not judged")
    count = recording.count + (recording.packets.count if recording.packets is not None else 0)
    return Judgement(
        mask(str(recording.path)), recording.format, count, recording.skips.listed(), sessions, recording.notes, notes
    )
