"""Couplers, adapters, generations and upgrades, read from data/couplers/*.yaml."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field

from ..catalog.library import builtin
from ..reading import read, shape
from .protocol import Read, Row, Side


class Coupler(Row):
    """A coupler as the standards define it: what mates, what wakes it, what runs over it, what it carries."""

    id: str
    title: str
    names: tuple[str, ...]
    called: tuple[str, ...] = ()
    standard: str
    supplies: Literal["ac", "dc"]
    plug: str
    pilot: str
    protocols: tuple[str, ...]
    max_voltage: float
    max_current: float
    max_power: float
    regions: tuple[str, ...] = ()
    source: str
    limits_read: Read

    @property
    def limits_known(self) -> bool:
        """What only memory says of a limit bounds nothing."""
        return self.limits_read != "remembered"

    def spoken_of(self, text: str) -> bool:
        """Whether a phrase about a market's connectors means this one."""
        return any(re.search(rf"(?<![\w/.]){re.escape(word)}(?![\w/]|[ .]\d)", text) for word in self.called)


class Adapter(Row):
    """What lets a connector meet a foreign inlet; `gateway` when the messages are translated, too."""

    id: str
    title: str
    inlet: str
    connector: str
    protocol: Literal["same", "gateway"]
    max_voltage: float
    max_current: float
    source: str
    read: Read
    note: str = ""


class Generations(Row):
    """How the generations of one stack get on with each other."""

    protocols: tuple[str, ...]
    talk: Literal["elder", "agreed"]
    usual: tuple[str, ...] = ()
    says: str
    source: str
    read: Read


class Upgrade(Row):
    """What bridges a gap, whose work it is, and which steps price it."""

    id: str
    when: Literal["plug", "protocol", "voltage", "on_board"]
    about: Side
    toward: tuple[str, ...] = ()
    says: str
    kind: Literal["incremental", "redesign"]
    steps: tuple[str, ...] = ()


class Couplers(Row):
    sources: dict[str, dict[str, str]]
    couplers: tuple[Coupler, ...]
    adapters: tuple[Adapter, ...] = ()
    generations: tuple[Generations, ...] = ()
    upgrades: tuple[Upgrade, ...] = Field(default=())

    def named(self, name: str) -> Coupler | None:
        """The coupler of a printed name; None for one the table does not know."""
        wanted = " ".join(name.split()).casefold()
        return next((c for c in self.couplers if wanted in {n.casefold() for n in (*c.names, c.title, c.id)}), None)

    def stack(self, protocols: Iterable[str]) -> Generations | None:
        """The stack a set of protocols belongs to; None when they belong to none or to several."""
        wanted = set(protocols)
        return next((g for g in self.generations if wanted and wanted <= set(g.protocols)), None)

    def bridges(self, when: str, toward: Iterable[str] = ()) -> tuple[Upgrade, ...]:
        """What bridges a gap, in the table's order."""
        wanted = set(toward)
        return tuple(u for u in self.upgrades if u.when == when and (not u.toward or wanted & set(u.toward)))


@lru_cache(maxsize=4)
def couplers(root: Path | None = None) -> Couplers:
    path = (root or builtin()) / "couplers" / "couplers.yaml"
    return shape(read(path, "couplers/couplers.yaml"), Couplers)
