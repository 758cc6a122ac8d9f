"""Sessions over power line, judged by what can be seen without decoding bodies: order, times, silence, ends.

Names come from the event code at its fixed place behind the header (data/protocols, `packets`), phases and limits
from the same tables. Under TLS only the link, SDP, the handshake and the ends of the connection remain.
Reading order: named(), packet_sessions(), Talk.judge().
"""

from __future__ import annotations

from dataclasses import dataclass, field

from .judgement import Ending, Issue, Session
from .protocol import Library, Protocol
from .readers.capture import Capture, Note

MICRO = 1e-6
EVCC, SECC = "vehicle", "charger"


@dataclass(frozen=True, slots=True)
class Said:
    """A named thing: what, by whom, when, in which packet."""

    name: str
    side: str
    time: int
    number: int
    octets: bytes = b""


@dataclass(slots=True)
class Talk:
    """The packets of one session."""

    said: list[Said] = field(default_factory=list)
    roots: set[int] = field(default_factory=set)
    types: set[int] = field(default_factory=set)
    tls: bool = False
    newest_tls: bool = False

    @property
    def messages(self) -> list[Said]:
        return [s for s in self.said if _is_message(s)]


def _is_message(said: Said) -> bool:
    return said.name.endswith(("Req", "Res", "message"))


def body_name(octets: bytes, protocol: Protocol) -> str:
    """The name behind the event code of a message with a session number and no signature; '' when it is elsewhere."""
    packets = protocol.packets
    assert packets is not None
    exi = octets[8:]
    if len(exi) < 6 or packets.root is None or exi[1] != packets.root.byte:
        return ""
    bits = int.from_bytes(exi, "big")
    total = 8 * len(exi)

    def take(start: int, count: int) -> int:
        return bits >> (total - start - count) & ((1 << count) - 1) if start + count <= total else -1

    length = take(18, 8)
    after = 26 + 8 * length
    if length > 8 or take(after + 1, 2) != 2:  # a notification or a signature stands in between
        return ""
    code = take(after + 4, 6)
    return packets.body_names[code] if 0 <= code < len(packets.body_names) else ""


def tables(library: Library) -> list[Protocol]:
    return [p for p in library.protocols.values() if p.packets is not None]


def named(note: Note, talk: Talk, protocols: list[Protocol]) -> str:
    """What a V2GTP message is called."""
    exi = note.octets[8:]
    if note.code == 0x8001 and exi[:1] == b"\x80" and exi[1:2] in (b"\x00", b"\x40"):
        return "SupportedAppProtocolReq" if exi[1] == 0 else "SupportedAppProtocolRes"
    for protocol in protocols:
        if name := body_name(note.octets, protocol):
            assert protocol.packets is not None
            talk.roots.add(exi[1])
            return name
    talk.types.add(note.code)
    roots = {p.packets.root.byte for p in protocols if p.packets is not None and p.packets.root is not None}
    if exi[1:2] and exi[1] in roots and note.code == 0x8001:
        talk.roots.add(exi[1])
        return "signed message"
    return next(
        (
            p.packets.payload_types[note.code]
            for p in reversed(protocols)
            if p.packets is not None and note.code in p.packets.payload_types
        ),
        "unknown message",
    )


def packet_sessions(capture: Capture, library: Library) -> list[Session]:
    """The sessions in a network capture; none when nothing of charging over power line was seen."""
    protocols = tables(library)
    slac = {code: name for p in protocols if p.packets is not None for code, name in p.packets.slac.items()}
    talks: list[Talk] = []
    talk = Talk()
    vehicle: int | None = None
    for note in capture.notes:
        first = (
            note.kind == "v2g" and note.code == 0x8001 and note.octets[8:10] == b"\x80\x00"
        )  # a choice of protocol opens a session
        if (first and talk.messages) or (talk.tls and note.kind == "sdp" and note.code == 0x9000):
            talk, rest = _cut(talk)
            talks.append(talk)
            talk = rest
        name = ""
        if note.kind == "slac":
            name = slac.get(note.code, "")
            if name in ("SLAC_PARM.REQ", "SLAC_MATCH.REQ", "MNBC_SOUND.IND"):
                vehicle = note.end
        elif note.kind == "sdp":
            name = "SDP request" if note.code == 0x9000 else "SDP response"
            vehicle = note.end if note.code == 0x9000 else vehicle
        elif note.kind == "v2g":
            name = named(note, talk, protocols)
            if name.endswith("Req"):
                vehicle = note.end
            elif name.endswith("Res") and vehicle == note.end:
                vehicle = None
        elif note.kind == "tls":
            talk.tls = True
            talk.newest_tls |= note.code >= 256
            name = "secured alert" if note.code % 256 == 21 else "secured record"
        elif note.kind == "open":
            vehicle, name = note.end, "connection opened"
        elif note.kind in ("close", "reset") and (talk.messages or talk.tls):
            name = "connection closed" if note.kind == "close" else "connection reset"
        if name:
            side = (
                SECC
                if name.endswith("Res") or name in ("SDP response", "SLAC_PARM.CNF", "SLAC_MATCH.CNF", "ATTEN_CHAR.IND")
                else EVCC
            )
            if name.startswith(("secured", "connection")) or name.endswith("message"):
                side = EVCC if note.end == vehicle else SECC
            talk.said.append(Said(name, side, note.time, note.number, note.octets[:8]))
    talk, rest = _cut(talk)
    talks += [t for t in (talk, rest) if t is talk or any(s.name in ("SLAC_MATCH.REQ", "SDP request") for s in t.said)]
    return [_judge(t, capture, protocols) for t in talks if t.said]


def _cut(talk: Talk) -> tuple[Talk, Talk]:
    """A session, and what came after its last message and the end of its connection: the next attempt."""
    spoken = [i for i, s in enumerate(talk.said) if _is_message(s) or s.name.startswith("secured")]
    end = spoken[-1] + 1 if spoken else len(talk.said)
    while end < len(talk.said) and talk.said[end].name.startswith("connection"):
        end += 1
    rest = Talk(talk.said[end:])
    talk.said = talk.said[:end]
    return talk, rest


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


def _judge(talk: Talk, capture: Capture, protocols: list[Protocol]) -> Session:
    protocol, name = generation(talk, protocols)
    table = protocol or protocols[0]
    start = talk.said[0].time
    timed = not capture.same
    stages: list[tuple[str, str, Said]] = []
    furthest = -1
    energized = False
    for said in talk.said:
        for place, stage in enumerate(table.stages):
            if stage.closing and not energized:
                continue
            energized |= place == furthest and stage.phase == "energy_transfer"
            if place > furthest and any(_begins(said.name, word.strip()) for word in stage.begins.split("|")):
                furthest = place
                stages.append((stage.name, stage.says, said))
    ending, responsible, confidence = _ending(talk, table, timed, start, capture.last)
    issues = _issues(talk, table, timed)
    rows = []
    for index, (stage_name, _, said) in enumerate(stages):
        until = stages[index + 1][2].time if index + 1 < len(stages) else talk.said[-1].time
        rows.append(
            {
                "name": stage_name,
                "from": round((said.time - start) * MICRO, 6) if timed else None,
                "to": round((until - start) * MICRO, 6) if timed else None,
            }
        )
    counts: dict[str, list[int]] = {}
    for said in talk.said:
        row = counts.setdefault(said.name, [0, 0])
        row[0], row[1] = row[0] + 1, said.number
    story = [f"{(s.time - start) * MICRO:9.2f} s  packet {s.number}: {n}: {says}" for n, says, s in stages]
    story.append(f"{ending.says} (responsible: {responsible}, {confidence})")
    return Session(
        "ccs",
        name,
        rows,
        stages[-1][0] if stages else "",
        ending,
        responsible,
        confidence,
        "judged" if timed else "not possible: all time stamps are equal, only the order is known",
        {n.replace(" ", "_"): {"value": c, "unit": "messages", "line": line} for n, (c, line) in counts.items()},
        {"rts": 0, "cts": 0, "eoma": 0, "abort": 0},
        issues,
        {"integral_kwh": None, "declared_kwh": None},
        story,
        channel="ethernet",
        start=round(start * MICRO, 6),
        duration=round((talk.said[-1].time - start) * MICRO, 6) if timed else 0.0,
        lines=(talk.said[0].number, talk.said[-1].number),
    )


def _begins(name: str, word: str) -> bool:
    if word == "SLAC":
        return name.startswith("SLAC_PARM")
    if word == "SDP":
        return name.startswith("SDP")
    return name == word or name in (f"{word}Req", f"{word}Res")


def _frame(side: str, rule: str, says: str, said: Said, start: int, timed: bool) -> Ending:
    return Ending(
        side,
        rule,
        says,
        said.number,
        round((said.time - start) * MICRO, 6) if timed else None,
        said.octets.hex().upper(),
    )


def _ending(talk: Talk, table: Protocol, timed: bool, start: int, end: int) -> tuple[Ending, str, str]:
    """Who stopped first, as far as the outside of the messages shows it."""
    said = talk.said
    messages = talk.messages
    closes = [s for s in said if s.name in ("connection closed", "connection reset", "secured alert")]
    if messages:
        last = messages[-1]
        stop = next((m for m in messages if m.name == "SessionStopReq"), None)
        energy = any(m.name.startswith(("CurrentDemand", "ChargingStatus")) for m in messages)
        energy = energy or "energy" in _phases(talk, table)
        if stop is not None:
            says = "the vehicle ended the session" + (
                "" if energy else f" before energy flowed, after {_before(messages, stop)}"
            )
            responsible, confidence, why = (EVCC, "certain", "") if energy else _overrun(talk, table, timed)
            return _frame(EVCC, "session_stop", says + why, stop, start, timed), responsible, confidence
        if last.name == "PowerDeliveryReq" and not any(m.name.startswith("PreCharge") for m in messages):
            earlier = _before(messages, last)
            says = f"the vehicle broke off after {earlier}: it asked for the end of power before any flowed"
            return _frame(EVCC, "broken_off", says, last, start, timed), "unknown", "open"
        if closes and closes[0].time >= last.time and closes[0].name != "secured alert":
            first = closes[0]
            if last.name.endswith("Req") and first.side == EVCC:
                says = f"the charger did not answer {last.name}; the vehicle closed the connection"
                return _frame(SECC, "no_response", says, last, start, timed), SECC, "likely"
            how = "reset" if first.name.endswith("reset") else "closed"
            responsible, confidence, why = _overrun(talk, table, timed)
            says = f"the {first.side} {how} the connection after {last.name}{why}"
            return (
                _frame(first.side, f"connection_{how}", says, first, start, timed),
                responsible if responsible != "unknown" else first.side,
                confidence if responsible != "unknown" else "likely",
            )
        if last.name.endswith("Req") and timed and (end - last.time) * MICRO < table.timers_s.get("other", 2):
            says = f"the recording ends while the session goes on, after {last.name}"
            return _frame("unknown", "capture_ends", says, last, start, timed), "unknown", "open"
        if last.name.endswith("Req"):
            says = f"the charger did not answer {last.name}, or the capture ends there"
            return _frame(SECC, "no_response", says, last, start, timed), SECC, "open"
        says = f"the last message is {last.name}; no further request and no end of the connection was captured"
        return _frame("unknown", "capture_ends", says, last, start, timed), "unknown", "open"
    if talk.tls:
        first_close = next(iter(closes), None)
        alert = next((s for s in said if s.name == "secured alert"), None)
        if first_close is not None:
            says = f"the {first_close.side} ended the protected connection; what was said before is encrypted"
            return _frame(first_close.side, "tls_end", says, alert or first_close, start, timed), "unknown", "open"
        return (
            _frame(
                "unknown",
                "capture_ends",
                "the protected connection goes on when the capture ends",
                said[-1],
                start,
                timed,
            ),
            "unknown",
            "open",
        )
    return _link(said, start, timed)


def _phases(talk: Talk, table: Protocol) -> list[str]:
    return [
        st.name
        for st in table.stages
        for s in talk.said
        if any(_begins(s.name, w.strip()) for w in st.begins.split("|"))
    ]


def _before(messages: list[Said], stop: Said) -> str:
    earlier = [m.name for m in messages if m.number < stop.number]
    return earlier[-1] if earlier else "nothing"


LOOPS = (("CableCheck", "cable_check"), ("PreCharge", "precharge"))


def _overrun(talk: Talk, table: Protocol, timed: bool) -> tuple[str, str, str]:
    """Whether a loop of the charger's ran longer than it may."""
    for word, timer in LOOPS:
        rows = [m for m in talk.messages if m.name.startswith(word)]
        later = (
            any(
                m.time > rows[-1].time
                and m.name.startswith(("PreCharge", "CurrentDemand"))
                and not m.name.startswith(word)
                for m in talk.messages
            )
            if rows
            else True
        )
        if rows and not later and timed:
            lasted, limit = (rows[-1].time - rows[0].time) * MICRO, table.timers_s.get(timer, 0)
            if limit and lasted > limit:
                return SECC, "likely", f"; the charger did not finish {word} in {lasted:.1f} s (limit {limit:g} s)"
            return (
                "unknown",
                "open",
                f"; {word} had run for {lasted:.1f} s (limit {limit:g} s), its result is in the encoded body",
            )
    return "unknown", "open", ""


def _link(said: list[Said], start: int, timed: bool) -> tuple[Ending, str, str]:
    """Sessions that did not come as far as a message."""
    names = [s.name for s in said]

    def last(name: str) -> Said:
        return next(s for s in reversed(said) if s.name == name)

    if "SDP response" in names:
        return (
            _frame(
                "vehicle",
                "no_connection",
                "the charger gave its address, but no messages were captured",
                last("SDP response"),
                start,
                timed,
            ),
            "unknown",
            "open",
        )
    if "SDP request" in names:
        says = f"the charger never answered {names.count('SDP request')} SDP requests"
        return _frame(SECC, "sdp_unanswered", says, last("SDP request"), start, timed), SECC, "likely"
    if "SLAC_MATCH.CNF" in names:
        says = (
            "the link was matched, but no SDP request was captured: "
            "the vehicle did not go on, or the network is hidden from this capture"
        )
        return _frame("unknown", "no_sdp", says, last("SLAC_MATCH.CNF"), start, timed), "unknown", "open"
    if "SLAC_MATCH.REQ" in names:
        return (
            _frame(
                SECC,
                "slac_match_unanswered",
                "the charger did not confirm the match",
                last("SLAC_MATCH.REQ"),
                start,
                timed,
            ),
            SECC,
            "likely",
        )
    if "ATTEN_CHAR.IND" in names:
        says = "the charger measured the attenuation, but the vehicle did not ask for the match"
        return _frame(EVCC, "slac_no_match", says, last("ATTEN_CHAR.IND"), start, timed), EVCC, "likely"
    if "SLAC_PARM.CNF" in names:
        says = "the charger answered the first link message, but the sounding did not come to an end"
        return _frame("unknown", "slac_sounding", says, said[-1], start, timed), "unknown", "open"
    if "SLAC_PARM.REQ" in names:
        says = f"the charger never answered {names.count('SLAC_PARM.REQ')} requests for the link"
        return _frame(SECC, "slac_unanswered", says, last("SLAC_PARM.REQ"), start, timed), SECC, "likely"
    return Ending("unknown", "capture_ends", "only parts of the link's management were captured"), "unknown", "open"


def _issues(talk: Talk, table: Protocol, timed: bool) -> list[Issue]:
    issues: list[Issue] = []
    if talk.messages and not any(s.name.startswith("SLAC") for s in talk.said):
        issues.append(Issue("incomplete", "capture.starts_late", "not captured: slac", talk.said[0].number))
    if talk.tls:
        issues.append(
            Issue(
                "incomplete",
                "tls",
                "the messages are encrypted and were not read",
                next(s.number for s in talk.said if s.name.startswith("secured")),
            )
        )
    if not timed:
        return issues
    pending: Said | None = None
    slow: dict[str, tuple[int, float, int]] = {}
    idle: tuple[float, int] | None = None
    answered: Said | None = None
    for said in talk.messages:
        if said.name.endswith("Req"):
            if answered is not None and (gap := (said.time - answered.time) * MICRO) > table.timers_s.get(
                "sequence", 60
            ):
                idle = (gap, said.number)
            pending = said
        elif pending is not None and said.name == f"{pending.name[:-3]}Res":
            word = pending.name[:-3]
            limit = table.timers_s.get(
                "CurrentDemand" if word == "CurrentDemand" else "PowerDelivery" if word == "PowerDelivery" else "other",
                2,
            )
            took = (said.time - pending.time) * MICRO
            if took > limit:
                count, worst, line = slow.get(word, (0, 0.0, said.number))
                slow[word] = (count + 1, max(worst, took), line)
            pending, answered = None, said
    for word, (count, worst, line) in slow.items():
        issues.append(
            Issue(
                "violation",
                f"response.{word}",
                f"{count} answers to {word} came late, the slowest after {worst:.2f} s",
                line,
            )
        )
    if idle is not None:
        issues.append(Issue("violation", "sequence", f"the vehicle sent no request for {idle[0]:.1f} s", idle[1]))
    for word, timer in LOOPS:
        rows = [m for m in talk.messages if m.name.startswith(word)]
        if rows and (lasted := (rows[-1].time - rows[0].time) * MICRO) > table.timers_s.get(timer, 1e9):
            issues.append(
                Issue(
                    "violation",
                    timer,
                    f"{word} ran for {lasted:.1f} s; at most {table.timers_s[timer]:g} s are allowed",
                    rows[0].number,
                )
            )
    return issues
