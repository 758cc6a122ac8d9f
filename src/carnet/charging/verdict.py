"""From the record of a session to its verdict: how far it came, who stopped first and why, what else was wrong.

Three levels stay apart: a *violation* breaks the table, a *tolerated* practice breaks it as real devices do and others
live with (data/protocols/practice.yaml), *incomplete* says that the capture cannot show it.
Reading order: sessions_of(), Case.judge(), Case.ending(). generation.py says which edition is spoken, checks.py what
breaks the table, measured.py what the values were.
"""

from __future__ import annotations

from dataclasses import dataclass

from . import checks, measured
from .generation import generation, mixed, recognized, undecoded
from .judgement import Ending, Issue, Session
from .protocol import Family, Library, Protocol, Side, Stop
from .record import Record
from .walker import Debt, Point, Replay, replay

MICRO = 1e-6
SILENT_S = 1.5  # a side that says nothing for this long while the other goes on has fallen silent
BYTES = {"vehicle": "vehicle", "charger": "charger"}


@dataclass
class Case:
    """One session on the table: the record, the generation, the replay of its events."""

    record: Record
    family: Family
    protocol: Protocol
    library: Library
    timing: str
    step_us: int
    replay: Replay
    ends_file: bool = True

    @property
    def timed(self) -> bool:
        return self.timing == "judged"

    @property
    def charging(self) -> Point | None:
        """When energy transfer began, if it did."""
        return next((p for s, p in self.replay.stages if s.phase == "energy_transfer"), None)

    def sender(self, message: str) -> Side:
        return self.family.messages[message].frame.sender

    def seconds(self, time: int) -> float:
        return round((time - self.record.first_time) * MICRO, 6)

    def stages(self) -> list[tuple[str, str, Point]]:
        """Stages entered, in order: name, what it means, when. Closing ones only count once energy was transferred."""
        rows = sorted(self.replay.stages, key=lambda row: (row[1].index, self.protocol.stages.index(row[0])))
        stops = [p.index for p, s in self.final_stops() if s.kind != "answer"]
        if self.charging is None and stops:  # what one side does after the other has given up is no progress
            rows = [row for row in rows if row[1].index <= stops[0]]
        result: list[tuple[str, str, Point]] = []
        furthest = -1
        for stage, point in rows:
            place = self.protocol.stages.index(stage)
            if place > furthest and not (stage.closing and self.charging is None):
                furthest = place
                result.append((stage.name, stage.says, point))
        return result

    # -- who stopped first --------------------------------------------------------------------------------------

    def ending(self) -> tuple[Ending, str, str, list[Issue]]:
        """(ending, responsible, confidence, issues that the search for it found)."""
        stops = self.final_stops()
        if stops:
            return self.by_stop(stops)
        return self.without_stop()

    def final_stops(self) -> list[tuple[Point, Stop]]:
        """Stops after which no energy transfer began: earlier ones were overcome."""
        start = self.charging
        return [
            (p, s)
            for p, s in self.replay.stops
            if start is None or p.index >= start.index or (s.kind == "fault" and p.index >= start.index)
        ]

    def by_stop(self, stops: list[tuple[Point, Stop]]) -> tuple[Ending, str, str, list[Issue]]:
        point, stop = next(((p, s) for p, s in stops if s.kind != "answer"), stops[0])
        if stop.kind == "unnamed":  # a reason the same side gives later is the reason
            point, stop = next(
                ((point, s) for p, s in stops if s.side == stop.side and s.kind not in ("unnamed", "answer")),
                (point, stop),
            )
        says, confidence = stop.says, "certain"
        issues: list[Issue] = []
        responsible: str = stop.blames
        if stop.kind == "answer":
            confidence = "likely"
            says += "; the first stop of the other side is not in the recording"
        elif stop.kind == "timeout":
            responsible, confidence, says, issues = self.timeout(point, stop)
        elif stop.evidence:
            responsible, confidence, why = self.evidence(point, stop)
            says += why
        elif responsible == "unknown":
            confidence = "open"
        elif stop.kind in ("error", "unnamed"):
            confidence = "likely"
        return self._ending(stop.side, stop.id, says, point), responsible, confidence, issues

    def _ending(self, side: str, rule: str, says: str, point: Point) -> Ending:
        octets = point.event.payload.to_bytes(8, "little")[: point.event.length].hex().upper()
        return Ending(side, rule, says, point.line, self.seconds(point.time), octets)

    def timeout(self, point: Point, stop: Stop) -> tuple[str, str, str, list[Issue]]:
        """A reported timeout is believed after looking: was the message absent, was the reporter's own part done?"""
        reporter = stop.side
        other = "charger" if reporter == "vehicle" else "vehicle"
        awaited, needs = self.replay.first.get(stop.awaited), self.replay.first.get(stop.needs)
        if awaited is not None and awaited.index < point.index and not stop.repeats:
            says = f"{stop.says}, yet it is on the bus in line {awaited.line}"
            return (
                reporter,
                "likely",
                says,
                [
                    Issue(
                        "violation",
                        f"report.{stop.id}",
                        f"the {reporter} reports a timeout of a message that had come",
                        point.line,
                    )
                ],
            )
        stream = stop.awaited.partition(".")[0]
        if stop.repeats and awaited is not None and self.timed and not self.silent(stream, point):
            says = f"{stop.says}, yet it kept coming"
            text = f"the {reporter} reports a silence of {stream} that is not on the bus"
            return reporter, "likely", says, [Issue("violation", f"report.{stop.id}", text, point.line)]
        if needs is None or needs.index > point.index:
            packets, message = self.record.packets, stop.needs.partition(".")[0]
            if packets.unanswered and self.sender(message) == reporter and packets.unanswered_line < point.line:
                return (
                    other,
                    "certain",
                    f"{stop.says}; the {other} never answered the request to send {message} "
                    f"(first in line {packets.unanswered_line})",
                    [],
                )
            if self.sender(message) == reporter:
                return (
                    reporter,
                    "likely",
                    f"{stop.says}; but the {reporter} itself had not sent {message}, which must come before",
                    [],
                )
            return other, "likely", stop.says, []
        return stop.blames, "certain", stop.says, []

    def evidence(self, point: Point, stop: Stop) -> tuple[str, str, str]:
        """Whose debt was overdue when a fault without an address was reported."""
        unsent = self.unsent(stop.side)
        if unsent:
            return (
                stop.side,
                "likely",
                f"; the {stop.side} itself had never sent {unsent}, without which nothing begins",
            )
        for dog in self.protocol.watchdogs:
            if dog.owes != stop.side and dog.message in self.record.messages and self.silent(dog.message, point):
                return (
                    dog.owes,
                    "likely",
                    f"; the {dog.owes} had sent no {dog.message} for more than {dog.within_s:g} s",
                )
        overdue = [d for d in self.replay.debts if self.overdue(d, point)]
        if overdue:
            debt = max(overdue, key=lambda d: d.since.index)
            waited = f" after {self.seconds(point.time) - self.seconds(debt.since.time):.1f} s" if self.timed else ""
            return (
                debt.wait.owes,
                "likely",
                f"; the {debt.wait.owes} owed {debt.wait.says} and had not delivered it{waited}",
            )
        other = "vehicle" if stop.side == "charger" else "charger"
        broken = [i for i in checks.sender_faults(self, other) if i.line is not None and i.line <= point.line]
        if broken:
            return "unknown", "open", f"; the {other} did not keep to the table before: {broken[0].message}"
        return stop.blames, ("open" if stop.blames == "unknown" else "likely"), ""

    def unsent(self, side: Side) -> str:
        """A message of the first stage that a side must send and that is nowhere in the session."""
        first = self.protocol.stages[0].name if self.protocol.stages else ""
        return next(
            (
                name
                for name, row in self.protocol.messages.items()
                if row.stage == first and row.frame.sender == side and row.frame.cycle_ms and not row.frame.optional
                if name not in self.record.messages
            ),
            "",
        )

    def silent(self, message: str, at: Point) -> bool:
        """Whether a watched stream had stayed away for its whole time when something was said."""
        dog = next((d for d in self.protocol.watchdogs if d.message == message), None)
        stats = self.record.messages.get(message)
        if dog is None or stats is None or not self.timed:
            return False
        limit = round(dog.within_s * 0.95e6)
        if stats.last_time <= at.time:
            return at.time - stats.last_time >= limit
        return any(
            e.message == message and e.time >= at.time and at.time - (e.time - e.gap) >= limit for e in self.replay.gaps
        )

    def overdue(self, debt: Debt, at: Point) -> bool:
        if debt.since.index >= at.index or (debt.met is not None and debt.met.index <= at.index):
            return False
        return not self.timed or (at.time - debt.since.time) * MICRO > debt.wait.within_s + debt.wait.slack_s

    def without_stop(self) -> tuple[Ending, str, str, list[Issue]]:
        """No side said stop: a side fell silent, a debt ran out, or the capture simply ends."""
        record = self.record
        last = {
            side: max((m.last_time, m.last_line, n) for n, m in record.messages.items() if self.sender(n) == side)
            for side in BYTES
            if any(self.sender(n) == side for n in record.messages)
        }
        if self.timed and len(last) == 2:
            for side, (time, line, name) in last.items():
                if (record.last_time - time) * MICRO > SILENT_S and self.within_cycle(name, time):
                    on = (record.last_time - time) * MICRO
                    says = f"the {side} fell silent after {name} in line {line}; the other side went on for {on:.1f} s"
                    octets = (
                        record.messages[name].kept[:8].hex().upper()
                        if self.family.messages[name].frame.via == "frame"
                        else ""
                    )
                    return Ending(side, "silence", says, line, self.seconds(time), octets), side, "likely", []
        final = (
            Point(len(record.events), record.last_time, record.last_line, record.events[-1]) if record.events else None
        )
        overdue = [d for d in self.replay.debts if final is not None and self.timed and self.overdue(d, final)]
        if overdue and final is not None:
            debt = max(overdue, key=lambda d: d.since.index)
            says = f"nobody said stop; the {debt.wait.owes} owed {debt.wait.says} and it never came"
            sure = debt.wait.exact
            return (
                self._ending("unknown", debt.wait.id, says, debt.since),
                debt.wait.owes if sure else "unknown",
                "likely" if sure else "open",
                [],
            )
        unanswered = record.packets.unanswered
        if unanswered and not record.packets.complete:
            event = next((e for e in record.events if e.kind == "unanswered"), None)
            side = self.sender(event.message) if event else "vehicle"
            other = "charger" if side == "vehicle" else "vehicle"
            says = f"the {other} never answered the {side}'s request to send {event.message if event else 'a packet'}"
            return Ending("unknown", "transport.unanswered", says, record.packets.unanswered_line), other, "likely", []
        if len(last) == 1:
            side = next(iter(last))
            other = "charger" if side == "vehicle" else "vehicle"
            says = f"only the {side} is heard; the {other} is absent or was not captured"
            return (
                self.at_last_frame("one_sided", says),
                "unknown",
                "open",
                [Issue("incomplete", "capture.one_sided", says, record.first_line)],
            )
        says = "the recording ends while the session goes on"
        return (
            self.at_last_frame("capture_ends", says),
            "unknown",
            "open",
            [Issue("incomplete", "capture.ends", says, record.last_line)],
        )

    def at_last_frame(self, rule: str, says: str) -> Ending:
        """Nobody ended it: the last frame of the session stands for the place."""
        record = self.record
        name = next((n for n, m in record.messages.items() if m.last_line == record.last_line), "")
        whole = name and self.family.messages[name].frame.via == "frame"
        octets = record.messages[name].kept[:8].hex().upper() if whole else ""
        return Ending("unknown", rule, says, record.last_line, self.seconds(record.last_time), octets)

    def within_cycle(self, name: str, time: int) -> bool:
        """Whether that message was a running stream, so that its absence means something."""
        return self.record.messages[name].count >= 3

    # -- the whole ----------------------------------------------------------------------------------------------

    def judge(self, channel: str) -> Session:
        record = self.record
        ending, responsible, confidence, found = self.ending()
        issues = sorted(
            {*found, *mixed(self), *checks.all_issues(self, ending)},
            key=lambda i: (("violation", "tolerated", "incomplete").index(i.level), i.line or 0, i.rule),
        )
        stages = self.stages()
        rows = []
        for number, (name, _, point) in enumerate(stages):
            until = stages[number + 1][2].time if number + 1 < len(stages) else record.last_time
            rows.append(
                {
                    "name": name,
                    "from": self.seconds(point.time) if self.timed else None,
                    "to": self.seconds(until) if self.timed else None,
                }
            )
        energy = measured.energy(self)
        return Session(
            family=record.family,
            generation=self.protocol.generation,
            stages=rows,
            reached=stages[-1][0] if stages else "",
            ended_by=ending
            if self.timed
            else Ending(ending.side, ending.rule, ending.says, ending.line, None, ending.octets),
            responsible=responsible,
            confidence=confidence,
            timing=self.timing,
            values=measured.values(self),
            transport={
                "rts": record.packets.rts,
                "cts": record.packets.cts,
                "eoma": record.packets.eoma,
                "abort": record.packets.abort,
            },
            issues=issues,
            energy=energy,
            story=self.story(stages, ending, responsible, confidence),
            series=measured.series(self),
            channel=channel,
            start=round(record.first_time * MICRO, 6),
            duration=self.seconds(record.last_time) if self.timed else 0.0,
            lines=(record.first_line, record.last_line),
            energized=energy["integral_kwh"] or 0.0,
        )

    def story(
        self, stages: list[tuple[str, str, Point]], ending: Ending, responsible: str, confidence: str
    ) -> list[str]:
        """The timeline in plain words."""
        lines = []
        for name, says, point in stages:
            when = f"{self.seconds(point.time):9.2f} s  " if self.timed else ""
            lines.append(f"{when}line {point.line}: {name}: {says}")
        where = f"line {ending.line}: " if ending.line else ""
        when = f"{ending.time:9.2f} s  " if ending.time is not None and self.timed else ""
        blame = {"both": "both sides answer for it", "unknown": "who answers for it is open"}.get(
            responsible, f"the {responsible} answers for it"
        )
        lines.append(f"{when}{where}{ending.says} ({blame}, {confidence})")
        return lines


def sessions_of(record: Record, library: Library, timing: str, step_us: int, channel: str) -> Session | None:
    """The verdict on one record; None when its frames are no charging session."""
    family = library.families[record.family]
    sisters = undecoded(record, library)
    if not recognized(record, family):
        return measured.unread(record, sisters, timing, channel) if sisters else None
    protocol, _ = generation(record, family)
    return Case(record, family, protocol, library, timing, step_us, replay(record, family, protocol)).judge(channel)
