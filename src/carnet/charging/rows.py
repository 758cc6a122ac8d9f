"""The rows of a protocol file: signals, frames, stages, waits, stops, relations, plays. Nothing here decides anything.

One message is one block, one signal one line; how they are laid over each other and found is in `protocol`.
Reading order: Signal, Frame, Message; Stage, Wait, Stop; Play, Act. Bits count from 0, least significant first.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from ..errors import nearest

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
    plausible: tuple[Plausible, ...] = ()
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
