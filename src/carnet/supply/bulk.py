"""Many event documents at once: two processes read, check and turn them into typed tables, document by document.

A process hands back Arrow, which costs little to move. What the quick reader declines is read again by the strict one
in the process that asked. The outcome is that of reading the documents in turn.
Reading order: read_documents(), read_one(), tables_of().
"""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from ..waist import Place
from . import events
from .columns import merge, to_arrow
from .epcis import Rejected, Words
from .epcisfast import read_bytes
from .lots import Chain

WORKERS = 2
MENTIONED = frozenset({"lots", "facilities", "events"})  # of these the first mention counts


@dataclass
class Document:
    """What one document came to; `tables` is None when it has to be read by the strict reader."""

    name: str
    digest: str
    tables: dict[str, Any] | None = None
    accepted: int = 0
    rejected: tuple[Rejected, ...] = ()
    notes: tuple[Rejected, ...] = field(default=())


def read_documents(
    paths: Sequence[tuple[str, Path]], words: Words, *, workers: int = WORKERS, pool: Any = None
) -> Iterator[Document]:
    """(name, path) -> what each came to, in order. A pool that is already running may be given."""
    if pool is not None:
        yield from pool.map(read_one, paths, [words] * len(paths))
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as own:
        yield from own.map(read_one, paths, [words] * len(paths))


def read_one(named: tuple[str, Path], words: Words) -> Document:
    """One document into typed tables of its own."""
    name, path = named
    raw = path.read_bytes()
    found = Document(name, "sha256:" + hashlib.sha256(raw).hexdigest())
    gc.disable()  # a million small rows are made and none is in a circle; looking for circles takes a third of the time
    try:
        document = read_bytes(raw, name, words)
        if document is None:
            return found
        chain = Chain()
        for number, event in document.events:
            events.from_event(event, document.prefixes, Place(name, number), chain)
        found.tables, found.accepted = to_arrow(chain), len(document.events)
        found.rejected, found.notes = document.rejected, document.notes
    finally:
        gc.enable()
    return found


def tables_of(documents: Sequence[Document]) -> dict[str, Any]:
    """The typed tables of all documents as one set."""
    return merge([d.tables or {} for d in documents], MENTIONED)
