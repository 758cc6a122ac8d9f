"""The tables of telemetry editions, as written in data/roads/telemetry/<edition>.yaml.

An edition is its frame (start bytes, commands, answers, encryption), the bodies of its commands and the blocks of a
report. A body or block is a list of items in the order of the stream; an Item is a field, a list, a group or the rest.
Reading order: Leaf, Item, Block, Edition, editions(). Units stand beside each field; raw numbers are big-endian.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from ...catalog.library import builtin
from ...errors import BadData, Problem
from ...reading import read, shape

ROOT = "Vehicle."


def _number(raw: Any) -> Any:
    return int(raw, 0) if isinstance(raw, str) else raw


Code = Annotated[int, BeforeValidator(_number)]


class Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Leaf(Row):
    """What a field becomes: value of the leaf = value of the field * times + plus, or by the table of values."""

    leaf: str
    times: int = 1
    plus: int = 0
    unit: str = ""
    bits: tuple[int, int] | None = None  # first bit and how many
    values: dict[Code, bool | int | str] = {}
    else_null: bool = False
    void_bit: int | None = None
    flags: dict[Code, str] = {}
    within: tuple[int, int] | None = None
    above: int | None = None
    always: str = ""
    all: str = ""  # also the whole of all groups of a packet, one after the other


class Item(Row):
    """One step of the stream."""

    name: str = ""
    bytes: int = Field(0, ge=0, le=8)
    scale: float = 1
    offset: int = 0
    unit: str = ""
    range: tuple[int, int] | None = None
    values: dict[Code, str] = {}
    escapes: bool = True
    personal: bool = False
    minus_when: tuple[str, int] | None = None
    as_: tuple[Leaf, ...] = Field((), alias="as")
    count: bool = False
    time: bool = False
    text: int = 0
    text_of: str = ""
    list: str = ""  # the field that counts it
    sum: str = ""
    opaque: bool = False
    code: bool = False
    rest: bool = False
    blocks: bool = False
    group: str = ""
    times: str = ""
    leaf: str = ""
    instance: str = ""
    number: str = ""
    of: tuple[Item, ...] = ()

    @property
    def decimals(self) -> int:
        """Digits after the point that the scale makes."""
        return len(f"{self.scale:.9f}".rstrip("0").partition(".")[2])

    @property
    def width(self) -> int:
        """Bytes of one value."""
        return 6 if self.time else self.text or self.bytes

    @model_validator(mode="after")
    def _one_kind(self) -> Item:
        kinds = [bool(self.group), self.blocks, self.rest, bool(self.list), self.time and not self.list]
        if sum(kinds) > 1:
            raise ValueError(f"{self.name or self.group}: is more than one of group, blocks, rest, list and time")
        if not any(kinds) and not self.width:
            raise ValueError(f"{self.name}: says neither its bytes nor its text")
        return self


class Block(Row):
    name: str
    of: tuple[Item, ...]
    to: Code | None = None
    last: bool = False
    optional: bool = False  # only where the thing it speaks of is fitted, or beyond what is asked


class Command(Row):
    name: str
    body: str
    late: bool = False
    to: Code | None = None


class Derived(Row):
    leaf: str
    from_: str = Field(alias="from")
    take: Literal["max", "min", "place_of_max", "place_of_min"]


class Edition(Row):
    """One edition of the interface."""

    edition: str
    source: str
    sources: dict[str, dict[str, str]]
    start: Annotated[bytes, BeforeValidator(lambda raw: bytes.fromhex(raw) if isinstance(raw, str) else raw)]
    utc_offset_minutes: int
    year_zero: int
    longest_body: int
    longest_period_s: int
    late_days: int
    answers: dict[Code, str]
    encryption: dict[Code, str]
    commands: dict[Code, Command]
    bodies: dict[str, tuple[Item, ...]]
    blocks: dict[Code, Block]
    derived: tuple[Derived, ...] = ()

    @model_validator(mode="after")
    def _known_bodies(self) -> Edition:
        for code, command in self.commands.items():
            if command.body not in self.bodies:
                raise ValueError(f"command {code:#04x} names the body {command.body!r}, which is not in the table")
        return self

    @property
    def zone(self) -> str:
        """'+08:00': the zone of its times."""
        hours, minutes = divmod(abs(self.utc_offset_minutes), 60)
        return f"{'-' if self.utc_offset_minutes < 0 else '+'}{hours:02d}:{minutes:02d}"

    def command(self, code: int) -> Command | None:
        """The command of a code, also when it lies in a range."""
        found: Command | None = _ranged(self.commands, code)
        return found

    def block(self, code: int) -> Block | None:
        """The block of a code, also when it lies in a range."""
        found: Block | None = _ranged(self.blocks, code)
        return found


def _ranged(table: Mapping[int, Any], code: int) -> Any:
    if code in table:
        return table[code]
    return next((row for first, row in table.items() if row.to is not None and first <= code <= row.to), None)


class OverlayLeaf(Row):
    datatype: str
    unit: str = ""
    means: str
    instances: str = ""


class Overlay(Row):
    base: str
    source: str
    sources: dict[str, dict[str, str]]
    leaves: dict[str, OverlayLeaf]


@lru_cache(maxsize=4)
def editions(root: Path | None = None) -> tuple[Edition, ...]:
    """Every edition of data/roads/telemetry, in the order of their names; raises BadData with every problem."""
    found, problems = [], []
    for path in sorted(((root or builtin()) / "roads" / "telemetry").glob("*.yaml")):
        document = read(path, f"data/roads/telemetry/{path.name}")
        if "edition" not in document.plain:
            continue
        edition = shape(document, Edition)
        if len(edition.start) != 2:
            problems.append(
                Problem(document.at(("start",)), f"{len(edition.start)} start bytes; a frame begins with two")
            )
        found.append(edition)
    if problems or not found:
        raise BadData(problems or f"{root or builtin()}: roads/telemetry holds no edition")
    return tuple(found)


@lru_cache(maxsize=4)
def overlay(root: Path | None = None) -> Overlay:
    """The leaves our tables add to the signal catalog they name."""
    path = (root or builtin()) / "roads" / "telemetry" / "overlay.yaml"
    return shape(read(path, f"data/roads/telemetry/{path.name}"), Overlay)
