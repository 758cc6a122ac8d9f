"""Message tables, session steps and detection traits, read from data/protocols/*.yaml.

One file is one protocol of one generation; `based_on` names the sister it differs from. A Family is the union of its
generations: the walkers extract with the union, because a generation is known only after the handshake.
Reading order: Signal, Message, Protocol, Library. Bits count from 0, least significant first, little endian.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from ..catalog.library import builtin
from ..errors import BadData, Problem, nearest
from ..reading import read, shape

Side = Literal["vehicle", "charger"]
Read = Literal["verbatim", "summary", "inferred", "remembered"]


def _hexadecimal(raw: Any) -> Any:
    if isinstance(raw, str):
        try:
            return int(raw, 16)
        except ValueError:
            raise ValueError(f'{raw!r} is not a hexadecimal number such as "1826F456"') from None
    return raw


Hex = Annotated[int, BeforeValidator(_hexadecimal)]
Octets = Annotated[bytes, BeforeValidator(lambda raw: bytes.fromhex(raw) if isinstance(raw, str) else raw)]


class Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Signal(Row):
    """One value inside a message: raw = bits [bit, bit + bits), value = raw * scale + offset."""

    name: str
    bit: int = Field(ge=0)
    bits: int = Field(ge=1, le=136)
    scale: float = 1
    offset: float = 0
    unit: str = ""
    range: tuple[float, float] | None = None
    values: dict[int, str] = {}
    kind: Literal["number", "text", "bytes", "bcd", "repeat"] = "number"
    mask: bool = False  # personal data
    watch: bool | str = False  # True: every change is an event; ">=50": crossing it is
    spn: int | None = None
    read: Read | None = None
    means: str = ""

    @property
    def decimals(self) -> int:
        """Digits after the point that the scale and the offset can make."""
        return max(len(f"{x:.9f}".rstrip("0").partition(".")[2]) for x in (self.scale, self.offset))

    def value(self, raw: int) -> float | int:
        """The physical value of a raw one, without dust of binary fractions."""
        if self.kind == "bcd":
            return sum((raw >> 4 * d & 15) * int(10**d) for d in range(self.bits // 4))
        result: float = round(raw * self.scale + self.offset, self.decimals)
        return int(result) if self.decimals == 0 else result

    def valid(self, raw: int, unused_bits: int) -> bool:
        """Whether a raw value may be believed: named, in range, and not the filler that means 'not given'."""
        if self.values:
            return raw in self.values
        if unused_bits and self.bits >= 8 and raw == (1 << self.bits) - 1:
            return False
        return self.range is None or self.range[0] <= self.value(raw) <= self.range[1]

    def filler(self, raw: int, unused_bits: int) -> bool:
        """Whether a raw value only says that nothing is given."""
        return bool(unused_bits) and raw == (1 << self.bits) - 1 and raw not in self.values


class Frame(Row):
    id: Hex
    sender: Side = Field(alias="from")
    via: Literal["frame", "transport"] = "frame"
    lengths: tuple[int, ...] = ()
    cycle_ms: int = 0
    optional: bool = False
    filler: Octets = b""  # bits that should be 1
    most: int = 0


class Message(Row):
    """One message of the table with its signals in order."""

    name: str = ""
    means: str = ""
    frame: Frame
    stage: str = ""
    clause: str = ""
    read: Read | None = None
    signals: tuple[Signal, ...] = ()

    def signal(self, name: str) -> Signal:
        for one in self.signals:
            if one.name == name:
                return one
        raise KeyError(f"{self.name} has no signal {name!r}; {nearest(name, [s.name for s in self.signals])}")


class Link(Row):
    bus: str
    identifier_bits: int
    bit_rate: int
    identifier_mask: Hex
    peers: dict[Side, Hex] = {}
    unused_bits: Literal[0, 1] = 0


class Transport(Row):
    kind: Literal["rts_cts"]
    control: dict[Side, Hex]
    data: dict[Side, Hex]
    timers_s: dict[str, float]
    source: str = ""


class Trait(Row):
    says: str
    when: str
    weight: int


class Plausible(Row):
    signal: str
    range: tuple[float, float]
    says: str


class Detect(Row):
    messages: tuple[str, ...] = ()
    at_least: int = 1
    needs_any: tuple[str, ...] = ()
    traits: tuple[Trait, ...] = ()
    plausible: Plausible | None = None
    unknown_between_peers: bool = False
    says: str = ""


class Sessions(Row):
    began: str
    ended: str
    restarts: str
    silence_s: float
    stop_grace_s: float


class Stage(Row):
    name: str
    phase: str
    begins: str
    says: str = ""
    closing: bool = False


class Wait(Row):
    id: str
    since: str
    until: str
    owes: Side = Field(alias="from")
    watched_by: Side
    within_s: float
    slack_s: float = 0
    exact: bool = True  # False: measured from the nearest thing on the bus, never a violation by itself
    read: Read | None = None
    says: str


class Watchdog(Row):
    message: str
    within_s: float
    owes: Side = Field(alias="from")
    watched_by: Side
    since: str = ""
    until: str = ""


class Stop(Row):
    """What a stop on the bus means; `blames` is who answers for it when nothing else on the bus says otherwise."""

    id: str
    side: Side
    when: str
    kind: Literal["normal", "fault", "timeout", "error", "answer", "unnamed"]
    blames: Literal["vehicle", "charger", "both", "unknown"]
    says: str
    by: Literal["", "user"] = ""
    awaited: str = ""
    needs: str = ""
    repeats: bool = False
    evidence: bool = False  # an overdue debt of one side decides before `blames` does


class Gate(Row):
    signal: str
    below: float | None = None
    above: float | None = None


class Relation(Row):
    """A hit is left - right > slack when message `at` arrives; `previous` compares with the signal's own last value."""

    id: str
    at: str
    left: str
    right: str = "0"
    previous: bool = False
    slack: float = 0
    both_ways: bool = False
    for_s: float = 0
    gate: Gate | None = None
    blames: Side = Field(alias="from")
    says: str


class Energy(Row):
    at: str
    voltage: str
    current: str
    declared: str = ""
    soc: str = ""
    soc_reference: str = ""
    only_while: str = Field("", alias="while")
    longest_gap_s: float = 5


Choice = float | str | list[Any]


class Play(Row):
    """One message a twin sends: from one guard until another, with values of its model."""

    send: str
    when: str = ""
    until: str = ""
    values: dict[str, Choice] = {}


class Act(Row):
    """Something a side does that takes its time; `act.<id>=1` holds once it is done."""

    id: str
    side: Side
    since: str
    takes_s: float


class GivesUp(Row):
    send: str
    signal: str


class Plays(Row):
    """How twins play both sides."""

    gives_up_by: Literal["reports"] | dict[Side, GivesUp] = "reports"
    acts: tuple[Act, ...] = ()
    vehicle: tuple[Play, ...] = ()
    charger: tuple[Play, ...] = ()


class Recognized(Row):
    name: str
    id: Hex
    mask: Hex
    means: str = ""


class Root(Row):
    byte: int
    says: str = ""


class Packets(Row):
    slac_ethertype: int
    sdp_port: int
    slac: dict[int, str] = {}
    payload_types: dict[int, str]
    root: Root | None = None
    body_names: tuple[str, ...] = ()
    root_names: dict[int, dict[int, str]] = {}  # payload type -> event code of the root element -> name


class Protocol(Row):
    """One generation of one family, complete (its `based_on` already laid under it)."""

    protocol: str
    family: str
    generation: str
    title: str
    standard: str
    decoded: bool
    source: str
    sources: dict[str, dict[str, str]] = {}
    based_on: str = ""
    read: Read = "remembered"
    clause_read: Read = "remembered"
    without: tuple[str, ...] = ()
    without_rules: tuple[str, ...] = ()
    without_signals: tuple[str, ...] = ()
    public: tuple[str, ...] = ()
    not_public: tuple[str, ...] = ()
    published_in: str = ""
    link: Link | None = None
    transport: Transport | None = None
    detect: Detect = Detect()
    sessions: Sessions | None = None
    stages: tuple[Stage, ...] = ()
    waits: tuple[Wait, ...] = ()
    watchdogs: tuple[Watchdog, ...] = ()
    stops: tuple[Stop, ...] = ()
    relations: tuple[Relation, ...] = ()
    energy: Energy | None = None
    compare: dict[str, str] = {}
    plays: Plays | None = None
    messages: dict[str, Message] = {}
    recognized: tuple[Recognized, ...] = ()
    packets: Packets | None = None
    timers_s: dict[str, float] = {}


class Practice(Row):
    rule: str
    seen: str
    because: str


class Cycle(Row):
    tolerated_above_percent: float
    violation_above_percent: float


class Practices(Row):
    practice: tuple[Practice, ...]
    cycle: Cycle


@dataclass(frozen=True)
class Family:
    """The generations of one family and the union of their messages, in table order."""

    name: str
    generations: tuple[Protocol, ...]

    @cached_property
    def elder(self) -> Protocol:
        """The generation the others are written as differences from."""
        return next(p for p in self.generations if p.decoded and not p.based_on)

    @cached_property
    def messages(self) -> dict[str, Message]:
        union: dict[str, Message] = {}
        for protocol in (self.elder, *self.generations):
            for name, message in protocol.messages.items():
                known = union.get(name)
                if known is None:
                    union[name] = message
                    continue
                fresh = [s for s in message.signals if s.name not in {k.name for k in known.signals}]
                lengths = tuple(dict.fromkeys((*known.frame.lengths, *message.frame.lengths)))
                union[name] = known.model_copy(
                    update={
                        "signals": (*known.signals, *fresh),
                        "frame": known.frame.model_copy(update={"lengths": lengths}),
                    }
                )
        return union


@dataclass(frozen=True)
class Library:
    """All protocols, families and tolerated practices of one data folder."""

    protocols: dict[str, Protocol]
    practices: Practices

    @cached_property
    def families(self) -> dict[str, Family]:
        """The families whose frames can be decoded."""
        names = dict.fromkeys(p.family for p in self.protocols.values() if p.decoded)
        return {n: Family(n, tuple(p for p in self.protocols.values() if p.family == n)) for n in names}

    def protocol(self, id: str) -> Protocol:
        if id not in self.protocols:
            raise BadData(
                f"no protocol is called {id!r}; {nearest(id, self.protocols)} "
                f"Known: {', '.join(sorted(self.protocols))}"
            )
        return self.protocols[id]

    def tolerated(self, rule: str) -> Practice | None:
        """The practice that excuses a rule, if one does."""
        for one in self.practices.practice:
            if one.rule == rule or (one.rule.endswith("*") and rule.startswith(one.rule[:-1])):
                return one
        return None


@lru_cache(maxsize=4)
def library(root: Path | None = None) -> Library:
    """Read data/protocols; raises BadData with every problem and place."""
    folder = (root or builtin()) / "protocols"
    plain: dict[str, tuple[Any, Any]] = {}
    practices: Practices | None = None
    for path in sorted(folder.glob("*.yaml")):
        document = read(path, f"protocols/{path.name}")
        if path.stem == "practice":
            practices = shape(document, Practices)
            continue
        plain[str(document.plain.get("protocol", path.stem))] = (document, document.plain)
    protocols: dict[str, Protocol] = {}
    for name, (document, own) in plain.items():
        if own.get("based_on") and own["based_on"] not in plain:
            raise BadData(
                [
                    Problem(
                        document.at(("based_on",)),
                        f"no protocol is called {own['based_on']!r}",
                        nearest(own["based_on"], plain),
                    )
                ]
            )
        document.plain = _named(_laid_over(plain[own["based_on"]][1], own) if own.get("based_on") else own)
        protocols[name] = shape(document, Protocol)
    if practices is None:
        raise BadData(f"{folder}: practice.yaml is missing")
    return Library(protocols, practices)


_BY_ID = ("waits", "stops", "relations")


def _laid_over(elder: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """The elder's table with what the younger says laid over it."""
    result = {**elder, **own}
    gone, silent = set(own.get("without", ())), set(own.get("without_rules", ()))
    for key in _BY_ID:
        rows = {row["id"]: row for row in (*own.get(key, ()), *elder.get(key, ()))}
        rows.update({row["id"]: row for row in own.get(key, ())})
        result[key] = [row for name, row in rows.items() if name not in silent]
    if elder.get("plays"):
        result["plays"] = _plays_over(elder["plays"], own.get("plays") or {}, gone)
    messages = {k: dict(v) for k, v in elder.get("messages", {}).items() if k not in gone}
    for name, message in (own.get("messages") or {}).items():
        known = messages.get(name, {})
        signals = {s["name"]: s for s in (*known.get("signals", ()), *message.get("signals", ()))}
        messages[name] = {**known, **message, "signals": list(signals.values())}
    absent = set(own.get("without_signals", ()))
    for name, message in messages.items():
        kept = [s for s in message.get("signals", ()) if f"{name}.{s['name']}" not in absent]
        messages[name] = {**message, "signals": kept}
    result["messages"] = messages
    return result


def _plays_over(elder: dict[str, Any], own: dict[str, Any], gone: set[str]) -> dict[str, Any]:
    plays = {**elder, **own}
    for key, name in (("acts", "id"), ("vehicle", "send"), ("charger", "send")):
        rows = {row[name]: row for row in elder.get(key, ())}
        rows.update({row[name]: row for row in own.get(key, ())})
        plays[key] = [row for word, row in rows.items() if word not in gone]
    return plays


def _named(plain: dict[str, Any]) -> dict[str, Any]:
    messages = {k: {**v, "name": k} for k, v in (plain.get("messages") or {}).items()}
    return {**plain, "messages": messages}
