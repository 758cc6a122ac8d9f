"""Couplers, adapters and upgrades, read from data/couplers/*.yaml."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field

from ..catalog.library import builtin
from ..reading import read, shape
from .protocol import Read, Row


class Coupler(Row):
    """A coupler as the standards define it: what mates, what wakes it, what runs over it, what it carries."""

    id: str
    title: str
    names: tuple[str, ...]
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


class Upgrade(Row):
    id: str
    when: Literal["plug", "protocol", "voltage"]
    says: str
    kind: Literal["incremental", "redesign"]
    step: str = ""


class Couplers(Row):
    sources: dict[str, dict[str, str]]
    couplers: tuple[Coupler, ...]
    adapters: tuple[Adapter, ...] = ()
    upgrades: tuple[Upgrade, ...] = Field(default=())

    def named(self, name: str) -> Coupler | None:
        """The coupler of a printed name; None for one the table does not know."""
        wanted = " ".join(name.split()).casefold()
        return next((c for c in self.couplers if wanted in {n.casefold() for n in (*c.names, c.title, c.id)}), None)


@lru_cache(maxsize=4)
def couplers(root: Path | None = None) -> Couplers:
    path = (root or builtin()) / "couplers" / "couplers.yaml"
    return shape(read(path, "couplers/couplers.yaml"), Couplers)
