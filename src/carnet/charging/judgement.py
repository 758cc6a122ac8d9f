"""The judgement of a recording and its JSON, `carnet/judgement/1`.

A Session is one connection from handshake to release; the Judgement's own fields are those of the session with the most
energy, else the longest. Everything here is plain data; personal data is masked before it gets here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Literal

SCHEMA = "carnet/judgement/1"
Level = Literal["violation", "tolerated", "incomplete"]
LEVELS: tuple[Level, ...] = ("violation", "tolerated", "incomplete")


@dataclass(frozen=True, slots=True)
class Issue:
    """One deviation: what the rule is, what happened, where it shows first."""

    level: Level
    rule: str
    message: str
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Ending:
    """Who stopped first, by which rule, and the frame that says it."""

    side: str
    rule: str
    says: str = ""
    line: int | None = None
    time: float | None = None
    octets: str = ""

    def plain(self) -> dict[str, Any]:
        """The contract's object; without a frame its three members are null."""
        octets = None if self.line is None else self.octets
        return {"side": self.side, "rule": self.rule, "frame": {"line": self.line, "time": self.time, "bytes": octets}}


@dataclass(slots=True)
class Session:
    """The verdict on one session."""

    family: str
    generation: str
    stages: list[dict[str, Any]]
    reached: str
    ended_by: Ending
    responsible: str
    confidence: str
    timing: str
    values: dict[str, dict[str, Any]]
    transport: dict[str, int]
    issues: list[Issue]
    energy: dict[str, float | None]
    story: list[str] = field(default_factory=list)
    series: list[dict[str, float | None]] = field(default_factory=list)
    channel: str = ""
    start: float = 0.0
    duration: float = 0.0
    lines: tuple[int, int] = (0, 0)
    energized: float = 0.0

    def plain(self) -> dict[str, Any]:
        return {
            "family": self.family,
            "generation": self.generation,
            "stages": self.stages,
            "reached": self.reached,
            "ended_by": self.ended_by.plain(),
            "responsible": self.responsible,
            "confidence": self.confidence,
            "timing": self.timing,
            "values": self.values,
            "transport": self.transport,
            "issues": [{"level": i.level, "rule": i.rule, "message": i.message, "line": i.line} for i in self.issues],
            "energy": self.energy,
        }


NOTHING = Session(
    "none",
    "",
    [],
    "",
    Ending("unknown", "none"),
    "unknown",
    "open",
    "not possible: no charging protocol was recognized",
    {},
    {"rts": 0, "cts": 0, "eoma": 0, "abort": 0},
    [],
    {"integral_kwh": None, "declared_kwh": None},
)


@dataclass(slots=True)
class Judgement:
    """The verdict on a recording."""

    file: str
    format: str
    frames: int
    skipped: list[dict[str, Any]]
    sessions: list[Session]
    repairs: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def session(self) -> Session:
        """The session with the most energy, else the longest, else with most frames; NOTHING when there is none."""
        if not self.sessions:
            return NOTHING
        return max(self.sessions, key=lambda s: (s.energized, s.duration, s.lines[1] - s.lines[0]))

    def plain(self) -> dict[str, Any]:
        """The JSON contract, keys in its order."""
        return {
            "schema": SCHEMA,
            "file": mask(self.file),
            "format": self.format,
            "frames": self.frames,
            "skipped": self.skipped,
            **self.session.plain(),
            "sessions": [
                s.plain()
                | {"channel": mask(s.channel), "start": s.start, "duration": s.duration, "lines": list(s.lines)}
                for s in self.sessions
            ],
            "repairs": self.repairs,
            "notes": self.notes,
        }


_VIN = re.compile(
    r"(?<![A-Z0-9])(?=[A-HJ-NPR-Z0-9]{0,16}[0-9])(?=[A-HJ-NPR-Z0-9]{0,16}[A-HJ-NPR-Z])[A-HJ-NPR-Z0-9]{17}(?![A-Z0-9])"
)
_ICCID = re.compile(r"(?<!\d)89\d{16,18}[0-9A-F]?(?!\d)")


def mask(text: str) -> str:
    """Text with vehicle identification numbers and SIM card numbers made unreadable."""
    return _ICCID.sub(lambda m: "*" * len(m[0]), _VIN.sub("*" * 17, text))
