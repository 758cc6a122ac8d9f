"""Tables -> programs: what the kernel walks, and what the columns find at the end of the walk.

A body or block becomes a few steps: take a run of fixed fields (a Segment), note a count, take a list, loop a group.
The kernel knows only these steps; every row it puts down says which segment or list it saw, in which packet and where.
Reading order: Segment, Listing, Programs, build(). Offsets are bytes from the start of a segment.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from .form import Edition, Item, editions

END, SEGMENT, COUNT, LIST, LIST_TEXT, LOOP, NEXT, REST, BLOCKS = range(9)
WIDTH = 6
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Segment:
    """A run of fields of fixed width: (offset, item) pairs, and the group they repeat in."""

    edition: int
    fields: tuple[tuple[int, Item], ...]
    group: Item | None = None
    first: bool = False  # the segment that begins an element of the group
    of: int = -1  # the block it belongs to, -1 outside of blocks


@dataclass(frozen=True)
class Listing:
    """A list of values of one item; `width` 0 means one opaque run of bytes."""

    edition: int
    item: Item
    width: int
    group: Item | None = None
    block: bool = False  # the block's own code stands before its length
    of: int = -1


@dataclass
class Programs:
    """All editions as arrays for the kernel. `places[rid]` tells what a row of that id is."""

    editions: tuple[Edition, ...]
    code: Ints
    body: npt.NDArray[np.int32]
    answer: npt.NDArray[np.int32]
    block: npt.NDArray[np.int32]
    repeatable: npt.NDArray[np.bool_]
    last: npt.NDArray[np.bool_]
    start: npt.NDArray[np.uint8]
    known_command: npt.NDArray[np.bool_]
    known_answer: npt.NDArray[np.bool_]
    known_encryption: npt.NDArray[np.bool_]
    longest: Ints
    places: list[Segment | Listing] = field(default_factory=list)


class _Builder:
    def __init__(self, number: int, places: list[Segment | Listing], code: list[list[int]]) -> None:
        self.number, self.places, self.code = number, places, code

    def emit(self, op: int, *rest: int) -> int:
        self.code.append([op, *rest, *[0] * (WIDTH - 1 - len(rest))])
        return len(self.code) - 1

    def place(self, what: Segment | Listing) -> int:
        self.places.append(what)
        return len(self.places) - 1

    def program(self, items: tuple[Item, ...], ranged: bool = False, of: int = -1) -> int:
        """The entry of the program for these items."""
        entry = len(self.code)
        self.slots: dict[str, int] = {}
        self.of = of
        self.items(items, None, ranged)
        self.emit(END)
        return entry

    def slot(self, name: str) -> int:
        return self.slots.setdefault(name, len(self.slots))

    def items(self, items: tuple[Item, ...], group: Item | None, ranged: bool = False) -> None:
        run: list[Item] = []
        first = True
        wanted = {i.list for i in items} | {i.text_of for i in items} | {i.times for i in items}
        for item in items:
            if item.width and not (item.list or item.rest):
                run.append(item)
                continue
            first = self.run(run, group, first, wanted)
            run = []
            self.one(item, group, ranged)
        self.run(run, group, first, wanted)

    def run(self, run: list[Item], group: Item | None, first: bool, wanted: set[str]) -> bool:
        """One segment and the counts in it; says whether the next segment is the first of its group."""
        if not run:
            return first
        offsets = np.cumsum([0, *(i.width for i in run)]).tolist()
        rid = self.place(
            Segment(self.number, tuple(zip(offsets, run, strict=False)), group, first and group is not None, self.of)
        )
        self.emit(SEGMENT, rid, offsets[-1])
        for offset, item in zip(offsets, run, strict=False):
            if item.name in wanted:
                self.emit(COUNT, self.slot(item.name), offsets[-1] - offset, item.bytes, int(item.escapes))
        return False

    def one(self, item: Item, group: Item | None, ranged: bool) -> None:
        if item.blocks:
            self.emit(BLOCKS)
        elif item.rest:
            self.emit(REST, self.place(Listing(self.number, item, 0, group, of=self.of)))
        elif item.group:
            loop = self.emit(LOOP, self.slot(item.times), 0)
            self.items(item.of, item)
            self.emit(NEXT, loop)
            self.code[loop][2] = len(self.code)
        elif item.text_of:
            rid = self.place(Listing(self.number, item, -1, group, of=self.of))
            self.emit(LIST_TEXT, rid, self.slot(item.list), self.slot(item.text_of))
        else:
            width = 1 if item.opaque else item.width
            rid = self.place(Listing(self.number, item, 0 if item.opaque else width, group, ranged, self.of))
            self.emit(LIST, rid, self.slot(item.list), width, self.slot(item.sum) if item.sum else -1)


@lru_cache(maxsize=2)
def build(tables: tuple[Edition, ...] | None = None) -> Programs:
    """Every edition compiled into one set of arrays."""
    tables = tables or editions()
    n = len(tables)
    code: list[list[int]] = []
    places: list[Segment | Listing] = []
    full = (n, 256)
    made = Programs(
        tables, np.zeros((0, WIDTH), np.int64), np.full(full, -1, np.int32), np.full(n, -1, np.int32),
        np.full(full, -1, np.int32), np.zeros(full, np.bool_), np.zeros(full, np.bool_), np.zeros((n, 2), np.uint8),
        np.zeros(full, np.bool_), np.zeros(full, np.bool_), np.zeros(full, np.bool_), np.zeros(n, np.int64), places,
    )  # fmt: skip
    for number, table in enumerate(tables):
        builder = _Builder(number, places, code)
        bodies = {name: builder.program(items) for name, items in table.bodies.items()}
        made.answer[number] = builder.program((Item.model_validate({"name": "time", "time": True}),))
        for first, command in table.commands.items():
            for value in range(first, (command.to or first) + 1):
                made.body[number, value] = bodies[command.body]
        for first, block in table.blocks.items():
            entry = builder.program(block.of, block.to is not None, first)
            for value in range(first, (block.to or first) + 1):
                made.block[number, value] = entry
                made.last[number, value], made.repeatable[number, value] = block.last, block.to is not None
        made.start[number] = np.frombuffer(table.start, np.uint8)
        made.longest[number] = table.longest_body
        made.known_command[number] = made.body[number] >= 0
        for value in table.answers:
            made.known_answer[number, value] = True
        for value in table.encryption:
            made.known_encryption[number, value] = True
    made.code = np.array(code, np.int64)
    return made


def shift(item: Item) -> tuple[int, int, int]:
    """(m, b, 10**k): value = (raw * m + b) / 10**k, exact in whole numbers."""
    power = 10**item.decimals
    return round(item.scale * power), item.offset * power, power
