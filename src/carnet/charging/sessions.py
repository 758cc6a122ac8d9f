"""A recording -> the records of its sessions, per bus and family.

Every family of the library walks every bus; which one really speaks there is decided afterwards from what was found.
A tool that wrote the data bytes in reverse order is noticed by the plausibility row of the table and turned around.
Reading order: walk(), Turn.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np

from .frames import Frames
from .protocol import Family, Library
from .readers import Recording
from .record import Record
from .rows import Message, Plausible

Engine = Literal["swift", "reference"]
MOST_SESSIONS = 2_000
SAMPLED = 20_000  # frames of a chunk whose identifiers are counted; fewer from the ninth chunk on


class Walks(Protocol):
    def feed(self, chunk: Frames) -> Iterator[Record]: ...
    def close(self) -> Record: ...


@dataclass
class Walked:
    """Everything found in one recording."""

    records: list[Record] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    identifiers: int = 0  # different ones seen, at most counted to a thousand
    lost: int = 0


def walk(recording: Recording, library: Library, engine: Engine = "swift") -> Walked:
    """Walk all frames once, in a fixed amount of memory."""
    found = Walked()
    walkers: dict[tuple[int, str], Walks] = {}
    turn = Turn(library)
    seen: set[int] = set()
    chunks = recording.chunks(swift=engine == "swift")
    for number, chunk in enumerate(ahead(chunks) if engine == "swift" else chunks):
        if len(seen) < 1000:
            seen.update(np.unique(chunk.id[: SAMPLED if number < 8 else SAMPLED // 40]).tolist())
        busses = np.unique(chunk.channel).tolist() if len(recording.channels) > 1 else [0]
        for channel in busses:
            part = chunk if len(busses) == 1 else chunk.pick(chunk.channel == channel)
            part = turn.straight(part, channel, found)
            for name, family in library.families.items():
                walker = walkers.get((channel, name))
                if walker is None:
                    walker = walkers[channel, name] = _walker(family, channel, engine)
                for record in walker.feed(part):
                    _keep(found, record)
    for walker in walkers.values():
        record = walker.close()
        if record.frames or record.unknown:
            _keep(found, record)
    found.identifiers = len(seen)
    return found


def ahead(chunks: Iterator[Frames], depth: int = 2) -> Iterator[Frames]:
    """The same chunks, the next ones being read while this one is walked: both release the interpreter's lock."""
    waiting: queue.Queue[Frames | BaseException | None] = queue.Queue(depth)
    stop = threading.Event()

    def read() -> None:
        last: BaseException | None = None
        try:
            for chunk in chunks:
                while not stop.is_set():
                    try:
                        waiting.put(chunk, timeout=0.5)
                        break
                    except queue.Full:
                        continue
                if stop.is_set():
                    return
        except BaseException as error:  # noqa: BLE001 - handed to the reader's own thread below
            last = error
        while not stop.is_set():
            try:
                waiting.put(last, timeout=0.5)
                return
            except queue.Full:
                continue

    thread = threading.Thread(target=read, name="carnet-read", daemon=True)
    thread.start()
    try:
        while True:
            item = waiting.get()
            if item is None:
                return
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        stop.set()
        thread.join()


def _keep(found: Walked, record: Record) -> None:
    if len(found.records) < MOST_SESSIONS:
        found.records.append(record)
    else:
        found.lost += 1


def _walker(family: Family, channel: int, engine: Engine) -> Walks:
    if engine == "reference":
        from .reference import Walker

        return Walker(family, channel)
    from .kernel import Walker as Swift

    return Swift(family, channel)


class Turn:
    """Decides once per bus, from its first telling frames, whether data bytes stand in reverse order."""

    ENOUGH = 3
    HARDLY, MOSTLY = 0.2, 0.8  # of the frames in which a value is plausible

    def __init__(self, library: Library) -> None:
        self.families = [
            [(f.messages[r.signal.partition(".")[0]], r) for r in f.elder.detect.plausible]
            for f in library.families.values()
        ]
        self.decided: dict[int, bool] = {}

    def straight(self, chunk: Frames, channel: int, found: Walked) -> Frames:
        """The chunk with its bytes in the order of the bus."""
        if channel not in self.decided:
            self._decide(chunk, channel, found)
        return reverse(chunk) if self.decided.get(channel) else chunk

    def _decide(self, chunk: Frames, channel: int, found: Walked) -> None:
        """Reversed is a bus on which a rule hardly ever holds as written and every rule mostly holds turned around."""
        for rules in self.families:
            shares, broken = [], ""
            for message, rule in rules:
                named = chunk.id == message.frame.id
                if not named.any():
                    continue
                mine = chunk.pick(named & (chunk.length == 8))
                if len(mine) >= self.ENOUGH:
                    shares.append((self._share(mine, message, rule), self._share(reverse(mine), message, rule)))
                    broken = broken or (rule.says if shares[-1][0] < self.HARDLY else "")
            if not shares:
                continue
            self.decided[channel] = bool(broken) and all(turned > self.MOSTLY for _, turned in shares)
            if self.decided[channel]:
                found.notes.append(f"the data bytes stand in reverse order; they were turned around, because {broken}")

    def _share(self, frames: Frames, message: Message, rule: Plausible) -> float:
        signal = message.signal(rule.signal.partition(".")[2])
        raw = (frames.payload >> np.uint64(signal.bit)) & np.uint64((1 << signal.bits) - 1)
        value = raw.astype(np.float64) * signal.scale + signal.offset
        return float(((value >= rule.range[0]) & (value <= rule.range[1])).mean())


def reverse(chunk: Frames) -> Frames:
    """The same frames with their data bytes in reverse order."""
    turned = chunk.payload.byteswap() >> (np.uint64(8) * (np.uint64(8) - chunk.length.astype(np.uint64))) % np.uint64(
        64
    )
    turned = np.where(chunk.length == 0, np.uint64(0), turned)
    return Frames(chunk.line, chunk.time, chunk.channel, chunk.id, chunk.length, turned)
