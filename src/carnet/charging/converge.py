"""Two families side by side: what a gateway carries, computes, synthesizes and loses, signal by signal.

The mapping is data (data/protocols/converge); this module counts what it leaves open and reads the gateway's rows.
Reading order: Mapping, Label, converge().
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field

from ..catalog.library import builtin
from ..errors import BadInput, nearest
from ..reading import read, shape
from .protocol import Library, Protocol, Row, Side, library

How = Literal["carried", "computed", "synthesized", "lost"]


class MapRow(Row):
    """One signal that becomes another; a minus turns the sign of a current."""

    source: str = Field(alias="from")
    to: str
    how: Literal["carried", "computed"]
    round: Literal["", "down"] = ""
    most: float | None = None
    sets: str = ""
    note: str = ""


class SequenceRow(Row):
    phase: str
    carried: str
    budget_s: float | None = None
    need_s: float | None = None
    says: str = ""


class Layer(Row):
    layer: str
    a: str | None
    b: str | None
    same: bool | None
    published_in: str = ""


class Mapping(Row):
    between: tuple[str, str]
    source: str
    sources: dict[str, dict[str, str]]
    rows: tuple[MapRow, ...]
    sequence: tuple[SequenceRow, ...]
    layers: tuple[Layer, ...]


@dataclass(frozen=True, slots=True)
class Label:
    """What becomes of one signal on its way: carried, computed, synthesized or lost."""

    signal: str
    to: str
    how: How
    side: Side
    note: str = ""


@dataclass(frozen=True, slots=True)
class Convergence:
    """One direction for the vehicle's and one for the charger's signals, the sequence, the slack, the layers."""

    vehicle: str
    charger: str
    labels: tuple[Label, ...]
    sequence: tuple[tuple[str, str, float | None, str], ...]  # phase, how, slack in seconds, why
    layers: tuple[Layer, ...]

    def count(self, how: How) -> int:
        return sum(label.how == how for label in self.labels)


@lru_cache(maxsize=4)
def mappings(root: Path | None = None) -> tuple[Mapping, ...]:
    folder = (root or builtin()) / "protocols" / "converge"
    return tuple(shape(read(p, f"protocols/converge/{p.name}"), Mapping) for p in sorted(folder.glob("*.yaml")))


def mapping(one: Protocol, other: Protocol) -> Mapping:
    """The mapping between two families; raises BadInput when the library has none."""
    for row in mappings():
        if {one.family, other.family} == set(row.between):
            return row
    raise BadInput(
        f"no mapping between {one.protocol} and {other.protocol} is known; "
        f"{nearest(one.family, [f for m in mappings() for f in m.between])}"
    )


def converge(vehicle: str, charger: str, tables: Library | None = None) -> Convergence:
    """A vehicle of one protocol at a charger of the other: every signal of both sides labeled."""
    tables = tables or library()
    mine, theirs = tables.protocol(vehicle), tables.protocol(charger)
    table = mapping(mine, theirs)
    labels: list[Label] = []
    for side, sender, receiver in (("vehicle", mine, theirs), ("charger", theirs, mine)):
        labels += _labels(side, sender, receiver, table)  # type: ignore[arg-type]
    sequence = tuple(
        (
            s.phase,
            s.carried,
            None if s.budget_s is None or s.need_s is None else round(s.budget_s - s.need_s, 3),
            s.says,
        )
        for s in table.sequence
    )
    return Convergence(vehicle, charger, tuple(labels), sequence, table.layers)


def _labels(side: Side, sender: Protocol, receiver: Protocol, table: Mapping) -> list[Label]:
    """The signals of one side: from the protocol it speaks to the one the other side understands."""
    out = {f"{n}.{s.name}" for n, m in sender.messages.items() if m.frame.sender == side for s in m.signals}
    into = {f"{n}.{s.name}" for n, m in receiver.messages.items() if m.frame.sender == side for s in m.signals}
    rows = [r for r in table.rows if r.source.lstrip("-") in out and r.to in into]
    labels = [Label(r.source.lstrip("-"), r.to, r.how, side, r.note) for r in rows]
    labels += [Label(name, "", "lost", side) for name in sorted(out - {r.source.lstrip("-") for r in rows})]
    labels += [Label("", name, "synthesized", side) for name in sorted(into - {r.to for r in rows})]
    return labels
