"""Sessions over power line, judged by what can be seen without decoding bodies: order, times, silence, ends.

Phases and limits stand in data/protocols. Under TLS only the link, SDP, the handshake and the ends of the connection
remain. What only the encoded body tells (a failed check, a refused payment) is said to be open, never guessed.
Reading order: packet_sessions(), Case.judge(), Case.ending(), issues(). talk.py names the messages.
"""

from __future__ import annotations

from dataclasses import dataclass

from .judgement import Ending, Issue, Session
from .protocol import Library, Protocol
from .readers.capture import Capture
from .talk import EVCC, SECC, Said, Talk, tables, talks_of

MICRO = 1e-6
# Loops in which one side keeps asking until the other is done: messages, the time limit in the table, what is done.
LOOPS = (
    ("CableCheck", "cable_check", "the cable check"),
    ("PreCharge", "precharge", "the precharge"),
    ("ContractAuthentication", "authorization", "the authorization"),
    ("Authorization", "authorization", "the authorization"),
    ("ChargeParameterDiscovery", "parameters", "the exchange of limits"),
)
IDLE_S = 5  # a pause of the vehicle worth saying

Found = tuple[Ending, str, str]


def packet_sessions(capture: Capture, library: Library) -> list[Session]:
    """The sessions in a network capture; none when nothing of charging over power line was seen."""
    protocols = tables(library)
    found = []
    for talk in talks_of(capture, protocols):
        protocol, name = generation(talk, protocols)
        case = Case(talk, protocol or protocols[0], name, talk.said[0].time, capture.last, timed=not capture.same)
        found.append(case.judge())
    return found


def generation(talk: Talk, protocols: list[Protocol]) -> tuple[Protocol | None, str]:
    """The table that fits, and its name; only the link or SDP leaves it open."""
    for protocol in protocols:
        assert protocol.packets is not None
        if protocol.packets.root is not None and protocol.packets.root.byte in talk.roots:
            return protocol, protocol.generation
    rooted = [p for p in protocols if p.packets is not None and p.packets.root is not None]
    newest = next((p for p in protocols if p not in rooted), None)
    common = {code for p in rooted if p.packets is not None for code in p.packets.payload_types}
    if newest is not None and ((talk.types - common) or talk.newest_tls):
        return newest, newest.generation
    if talk.tls:
        secure = next((p for p in reversed(rooted)), None)
        return secure, f"{secure.generation} (under TLS)" if secure is not None else "unknown"
    return None, "unknown"


def core(name: str) -> str:
    """'DC_PreChargeReq' -> 'PreCharge': the word both dialects share."""
    return name.removesuffix("Req").removesuffix("Res").removeprefix("DC_").removeprefix("AC_")


@dataclass
class Case:
    """One session on the table."""

    talk: Talk
    table: Protocol
    name: str
    start: int
    end: int  # time of the capture's last packet
    timed: bool

    def seconds(self, time: int) -> float:
        return round((time - self.start) * MICRO, 6)

    def stages(self) -> list[tuple[str, str, Said]]:
        """Stages entered, in order; closing ones only once energy flowed."""
        rows: list[tuple[str, str, Said]] = []
        furthest, energized = -1, False
        for said in self.talk.said:
            for place, stage in enumerate(self.table.stages):
                if stage.closing and not energized:
                    continue
                energized |= place == furthest and stage.phase == "energy_transfer"
                if place > furthest and any(_begins(said.name, word.strip()) for word in stage.begins.split("|")):
                    furthest = place
                    rows.append((stage.name, stage.says, said))
        return rows

    def judge(self) -> Session:
        said, stages = self.talk.said, self.stages()
        ending, responsible, confidence = self.ending()
        rows = []
        for index, (name, _, first) in enumerate(stages):
            until = stages[index + 1][2].time if index + 1 < len(stages) else said[-1].time
            rows.append(
                {
                    "name": name,
                    "from": self.seconds(first.time) if self.timed else None,
                    "to": self.seconds(until) if self.timed else None,
                }
            )
        counts: dict[str, list[int]] = {}
        for one in said:
            row = counts.setdefault(one.name, [0, 0])
            row[0], row[1] = row[0] + 1, one.number
        story = [f"{self.seconds(s.time):9.2f} s  packet {s.number}: {n}: {says}" for n, says, s in stages]
        blame = "who answers for it is open" if responsible == "unknown" else f"the {responsible} answers for it"
        at = f"{ending.time:9.2f} s  " if ending.time is not None else ""
        where = f"packet {ending.line}: " if ending.line is not None else ""
        story.append(f"{at}{where}{ending.says} ({blame}, {confidence})")
        return Session(
            "ccs",
            self.name,
            rows,
            stages[-1][0] if stages else "",
            ending,
            responsible,
            confidence,
            "judged" if self.timed else "not possible: all time stamps are equal, only the order is known",
            {n.replace(" ", "_"): {"value": c, "unit": "messages", "line": line} for n, (c, line) in counts.items()},
            {"rts": 0, "cts": 0, "eoma": 0, "abort": 0},
            issues(self),
            {"integral_kwh": None, "declared_kwh": None},
            story,
            channel="ethernet",
            start=round(self.start * MICRO, 6),
            duration=self.seconds(said[-1].time) if self.timed else 0.0,
            lines=(said[0].number, said[-1].number),
        )

    # -- who stopped first --------------------------------------------------------------------------------------

    def frame(self, side: str, rule: str, says: str, said: Said) -> Ending:
        time = self.seconds(said.time) if self.timed else None
        return Ending(side, rule, says, said.number, time, said.octets.hex().upper())

    def ending(self) -> Found:
        """Who stopped first, as far as the outside of the messages shows it."""
        messages = self.talk.messages
        if not messages:
            return self.protected() if self.talk.tls else self.link()
        last = messages[-1]
        stop = next((m for m in messages if core(m.name) == "SessionStop"), None)
        if stop is not None:
            return self.session_stop(stop)
        if last.name == "PowerDeliveryReq" and not any(core(m.name) in ("PreCharge", "ChargeLoop") for m in messages):
            earlier = _before(messages, last)
            says = f"the vehicle broke off after {earlier}: it asked for the end of power before any flowed"
            return self.frame(EVCC, "broken_off", says + self.pause(last), last), "unknown", "open"
        closes = [s for s in self.talk.said if s.is_close and s.number > last.number]
        if closes:
            return self.closed(last, closes[0])
        waited = (self.end - last.time) * MICRO
        if last.name.endswith("Req") and self.timed and waited >= self.limit(last):
            says = f"the charger did not answer {last.name}, or the capture ends there"
            return self.frame(SECC, "no_response", says, last), SECC, "open"
        if last.name.endswith("Req"):
            says = f"the recording ends while the session goes on, after {last.name}"
        else:
            says = f"the last message is {last.name}; no further request and no end of the connection was captured"
        return self.frame("unknown", "capture_ends", says, last), "unknown", "open"

    def session_stop(self, stop: Said) -> Found:
        """The vehicle ended it in due form; before energy flowed that is a failure of somebody."""
        if any(stage.phase == "energy_transfer" for stage in self.table.stages if stage.name in self.reached()):
            return self.frame(EVCC, "session_stop", "the vehicle ended the session", stop), EVCC, "certain"
        before = _before(self.talk.messages, stop)
        responsible, confidence, why = self.loop()
        says = f"the vehicle ended the session before energy flowed, after {before}{why}"
        return self.frame(EVCC, "session_stop", says, stop), responsible, confidence

    def closed(self, last: Said, first: Said) -> Found:
        """A connection that ends without the message that should end it."""
        how = "reset" if first.name.endswith("reset") else "closed"
        rule = f"connection_{how}"
        responsible, confidence, why = self.loop()
        if last.name.endswith("Req") and first.side == EVCC:
            waited = (first.time - last.time) * MICRO
            tries = sum(s.name == "connection opened" and s.number > first.number for s in self.talk.said)
            says = f"the charger did not answer {last.name}; the vehicle {how} the connection"
            if self.timed:
                says += f" after {waited:.1f} s (limit {self.limit(last):g} s)"
            if tries:
                says += f" and tried {tries} times in vain to connect again"
            sure = tries or not self.timed or waited >= self.limit(last)
            return self.frame(SECC, "no_response", says, last), SECC, "likely" if sure else "open"
        says = f"the {first.side} {how} the connection after {last.name}"
        if last.name.endswith("Req"):
            says += " without an answer"
        if core(last.name) in ("ContractAuthentication", "Authorization") and why:
            return self.frame(first.side, rule, says + why, first), "unknown", "open"
        if responsible == "unknown" and (first.side == SECC or not why):
            responsible, confidence = first.side, "likely"
        return self.frame(first.side, rule, says + why, first), responsible, confidence

    def protected(self) -> Found:
        """Under TLS: who said goodbye first; why stays in the encrypted part."""
        said = self.talk.said
        records = [s for s in said if s.name.startswith("secured")]
        closes = [s for s in said if s.is_close and s.number >= records[0].number]
        if not closes:
            says = "the protected connection goes on when the capture ends"
            return self.frame("unknown", "capture_ends", says, said[-1]), "unknown", "open"
        goodbye = records[-1] if closes[0].time - records[-1].time < 1_000_000 else closes[0]
        says = f"the {goodbye.side} ended the protected connection; what was said before is encrypted"
        return self.frame(goodbye.side, "tls_end", says, goodbye), "unknown", "open"

    def link(self) -> Found:
        """Sessions that did not come as far as a message."""
        said = self.talk.said
        names = [s.name for s in said]

        def last(name: str) -> Said:
            return next(s for s in reversed(said) if s.name == name)

        if "SDP response" in names:
            opened = "connection opened" in names
            says = "the charger gave its address, but " + (
                "no message followed on the connection" if opened else "no messages were captured"
            )
            return self.frame("unknown", "no_connection", says, last("SDP response")), "unknown", "open"
        if "SDP request" in names:
            asked = last("SDP request")
            count = names.count("SDP request")
            says = f"the charger never answered {count} SDP request{'s' if count > 1 else ''}"
            waited = (self.end - asked.time) * MICRO
            if self.timed and waited < 1:
                return (
                    self.frame("unknown", "capture_ends", says + "; the capture ends there", asked),
                    "unknown",
                    "open",
                )
            return self.frame(SECC, "sdp_unanswered", says, asked), SECC, "likely"
        if "SLAC_MATCH.CNF" in names:
            says = (
                "the link was matched, but no SDP request was captured: "
                "the vehicle did not go on, or the network is hidden from this capture"
            )
            return self.frame("unknown", "no_sdp", says, last("SLAC_MATCH.CNF")), "unknown", "open"
        if "SLAC_MATCH.REQ" in names:
            says = "the charger did not confirm the match"
            return self.frame(SECC, "slac_match_unanswered", says, last("SLAC_MATCH.REQ")), SECC, "likely"
        if "ATTEN_CHAR.IND" in names:
            says = "the charger measured the attenuation, but the vehicle did not ask for the match"
            return self.frame(EVCC, "slac_no_match", says, last("ATTEN_CHAR.IND")), EVCC, "likely"
        if "SLAC_PARM.CNF" in names:
            tries = names.count("SLAC_PARM.REQ")
            says = "the charger answered the first link message, but the sounding did not come to an end"
            says += f"; the vehicle began {tries} times" if tries > 1 else ""
            return self.frame("unknown", "slac_sounding", says, said[-1]), "unknown", "open"
        if "SLAC_PARM.REQ" in names:
            says = f"the charger never answered {names.count('SLAC_PARM.REQ')} requests for the link"
            return self.frame(SECC, "slac_unanswered", says, last("SLAC_PARM.REQ")), SECC, "likely"
        says = "only parts of the link's management were captured"
        return self.frame("unknown", "capture_ends", says, said[-1]), "unknown", "open"

    # -- times --------------------------------------------------------------------------------------------------

    def reached(self) -> set[str]:
        return {name for name, _, _ in self.stages()}

    def limit(self, request: Said) -> float:
        """How long the answer to a request may take, in s."""
        word = core(request.name).replace("ChargeLoop", "CurrentDemand")
        return self.table.timers_s.get(word, self.table.timers_s.get("other", 2))

    def pause(self, said: Said) -> str:
        """A long silence of the vehicle before it said this."""
        before = [m for m in self.talk.messages if m.number < said.number]
        idle = (said.time - before[-1].time) * MICRO if before and self.timed else 0
        return f"; for {idle:.1f} s before, it had sent no request" if idle > IDLE_S else ""

    def loop(self) -> tuple[str, str, str]:
        """Whether the session was in a loop that did not end, and whether that took longer than it may."""
        last = core(self.talk.messages[-1].name)
        if last in ("SessionStop", "PowerDelivery") and len(self.talk.messages) > 1:
            words = [core(m.name) for m in self.talk.messages]
            last = next((w for w in reversed(words) if w not in ("SessionStop", "PowerDelivery")), last)
        for word, timer, what in LOOPS:
            rows = [m for m in self.talk.messages if core(m.name) == word]
            if word != last or len(rows) < 3 or not self.timed:
                continue
            lasted, limit = (rows[-1].time - rows[0].time) * MICRO, self.table.timers_s.get(timer, 0)
            if limit and lasted > limit:
                return SECC, "likely", f"; the charger did not finish {word} in {lasted:.1f} s (limit {limit:g} s)"
            bound = f" (limit {limit:g} s)" if limit else ""
            why = f"; {what} had run for {lasted:.1f} s{bound}, its result is in the encoded body"
            return "unknown", "open", why
        return "unknown", "open", ""


def _begins(name: str, word: str) -> bool:
    if word == "SLAC":
        return name.startswith("SLAC_PARM")
    if word == "SDP":
        return name.startswith("SDP")
    return name == word or name in (f"{word}Req", f"{word}Res")


def _before(messages: list[Said], stop: Said) -> str:
    earlier = [m.name for m in messages if m.number < stop.number]
    return earlier[-1] if earlier else "nothing"


def issues(case: Case) -> list[Issue]:
    """What is missing from the capture, and answers, pauses and loops that took too long."""
    said, table = case.talk.said, case.table
    found: list[Issue] = []
    if case.talk.messages and not any(s.name.startswith("SLAC") for s in said):
        found.append(Issue("incomplete", "capture.starts_late", "not captured: slac", said[0].number))
    if case.talk.tls:
        first = next(s.number for s in said if s.name.startswith("secured"))
        found.append(Issue("incomplete", "tls", "the messages are encrypted and were not read", first))
    if not case.timed:
        return found
    pending: Said | None = None
    answered: Said | None = None
    slow: dict[str, tuple[int, float, int]] = {}
    idle: tuple[float, int] | None = None
    for one in case.talk.messages:
        if one.name.endswith("Req"):
            if answered is not None and (gap := (one.time - answered.time) * MICRO) > table.timers_s["sequence"]:
                idle = (gap, one.number)
            pending = one
        elif pending is not None and core(one.name) == core(pending.name):
            if (took := (one.time - pending.time) * MICRO) > case.limit(pending):
                count, worst, line = slow.get(core(one.name), (0, 0.0, one.number))
                slow[core(one.name)] = (count + 1, max(worst, took), line)
            pending, answered = None, one
    for word, (count, worst, line) in slow.items():
        text = f"{count} answers to {word} came late, the slowest after {worst:.2f} s"
        found.append(Issue("violation", f"response.{word}", text, line))
    if pending is not None:
        after = [s.time for s in said if s.is_close and s.number > pending.number] or [case.end]
        if (waited := (after[0] - pending.time) * MICRO) > case.limit(pending):
            text = f"{core(pending.name)} was not answered in {waited:.1f} s; {case.limit(pending):g} s are allowed"
            found.append(Issue("violation", f"response.none.{core(pending.name)}", text, pending.number))
    if idle is not None:
        found.append(Issue("violation", "sequence", f"the vehicle sent no request for {idle[0]:.1f} s", idle[1]))
    for word, timer, _ in LOOPS[:2]:
        rows = [m for m in case.talk.messages if core(m.name) == word]
        if rows and (lasted := (rows[-1].time - rows[0].time) * MICRO) > table.timers_s.get(timer, 1e9):
            text = f"{word} ran for {lasted:.1f} s; at most {table.timers_s[timer]:g} s are allowed"
            found.append(Issue("violation", timer, text, rows[0].number))
    return found
