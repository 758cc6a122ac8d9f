"""Message tables, session steps and detection traits, read from data/protocols/*.yaml.

One file is one protocol of one generation; `based_on` names the sister it differs from. A Family is the union of its
generations: the walkers extract with the union, because a generation is known only after the handshake.
Reading order: Signal, Message, Protocol, Library. Bits count from 0, least significant first, little endian.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from pydantic import Field

from ..catalog.library import builtin
from ..errors import BadData, Problem, nearest
from ..reading import read, shape
from .rows import (
    Act,
    Choice,
    Cycle,
    Detect,
    Energy,
    Frame,
    Gate,
    GivesUp,
    Link,
    Message,
    Packets,
    Plausible,
    Play,
    Plays,
    Practice,
    Practices,
    Read,
    Recognized,
    Relation,
    Root,
    Row,
    Sessions,
    Side,
    Signal,
    Stage,
    Stop,
    Trait,
    Transport,
    Wait,
    Watchdog,
)


class Protocol(Row):
    """One generation of one family, complete (its `based_on` already laid under it)."""

    protocol: str
    family: str
    generation: str
    title: str
    standard: str
    decoded: bool
    source: str
    sources: dict[str, dict[str, str]] = Field(default_factory=dict)
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
    compare: dict[str, str] = Field(default_factory=dict)
    plays: Plays | None = None
    messages: dict[str, Message] = Field(default_factory=dict)
    recognized: tuple[Recognized, ...] = ()
    packets: Packets | None = None
    timers_s: dict[str, float] = Field(default_factory=dict)


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
                f"no protocol is called {id!r}"
                + (f"; {near}" if (near := nearest(id, self.protocols)) else ".")
                + f" Known: {', '.join(sorted(self.protocols))}"
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


__all__ = [
    "Act",
    "Choice",
    "Cycle",
    "Detect",
    "Energy",
    "Family",
    "Frame",
    "Gate",
    "GivesUp",
    "Library",
    "Link",
    "Message",
    "Packets",
    "Plausible",
    "Play",
    "Plays",
    "Practice",
    "Practices",
    "Protocol",
    "Read",
    "Recognized",
    "Relation",
    "Root",
    "Row",
    "Sessions",
    "Side",
    "Signal",
    "Stage",
    "Stop",
    "Trait",
    "Transport",
    "Wait",
    "Watchdog",
    "library",
]
