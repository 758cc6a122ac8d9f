"""From a decided plan to an answer: what the engine may read, what the delivery holds, the receipt that proves it.

    plan (license.deliver) -> Query -> engine -> project or aggregate -> Arrow stream + signed receipt

The engine is asked only for rows the plan allows; the projection then checks them once more, so that a mistake in one
of the two lets nothing out. Boxes become lists of segments, because frames hold no coordinates.
Reading order: within(), window(), question(), answer(), deliver(), pieces().
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]

from ..errors import BadInput
from ..ledger.keys import Signer
from ..ledger.log import open_log
from ..store.road_queries import Engine, Query, Where, open_duckdb
from .lake import Lake
from .license.agreement import Book
from .license.deliver import Ask, Counter, Denied, Plan, aggregate, cut, plan, project, receipt, serialize
from .network.nouns import Network

FOR_CELLS = ("vehicle", "speed_kmh", "driven_m")
ORIGIN = "carnet roads"


def within(network: Network, box: Sequence[float]) -> tuple[str, ...]:
    """Segments that pass through a box (west, south, east, north) of the network's frame."""
    west, south, east, north = box
    if not (west <= east and south <= north):
        raise BadInput(f"box {tuple(box)}: give west, south, east, north in this order")
    a, b, owner = network.pieces
    first, last = np.zeros(len(a)), np.ones(len(a))
    step = b - a
    with np.errstate(divide="ignore", invalid="ignore"):
        for axis, low, high in ((0, west, east), (1, south, north)):  # the part of each piece between two lines
            enter, leave = (low - a[:, axis]) / step[:, axis], (high - a[:, axis]) / step[:, axis]
            flat = step[:, axis] == 0
            beside = flat & ((a[:, axis] < low) | (a[:, axis] > high))
            first = np.maximum(first, np.where(flat, 0.0, np.minimum(enter, leave)))
            last = np.where(beside, -1.0, np.minimum(last, np.where(flat, 1.0, np.maximum(enter, leave))))
    return tuple(network.segments[n].id for n in np.unique(owner[first <= last]).tolist())


def window(
    lake: Lake, network: str, box: Sequence[float], columns: Sequence[str], first_day: str = "", last_day: str = ""
) -> pa.Table:
    """The frames of a box and some days, for who holds the data; only row groups that can hold them are read."""
    days = [Where("day", ">=", first_day)] if first_day else []
    days += [Where("day", "<=", last_day)] if last_day else []
    tests = (Where("segment", "in", within(lake.network(network), box)), *days)
    return open_duckdb(lake.frames(network)).scan(Query(columns=tuple(columns), tests=tests))


def question(plan_: Plan, known: Sequence[str] = ()) -> Query:
    """The widest rows a plan lets the engine read; `known` are the fields the frames hold.

    Beside the fields asked for come those that enforcement needs; none of them is delivered.
    """
    limits = plan_.agreement.projection
    ends = cut(plan_, known)
    tests = [Where("segment", "known")]
    if plan_.segments is not None:
        tests.append(Where("segment", "in", tuple(sorted(plan_.segments))))
    if limits.classes is not None:
        tests.append(Where("road_class", "in", limits.classes))
    tests += [Where(column, ">=", least) for column, least in ends]
    if plan_.first_day:
        tests.append(Where("day", ">=", plan_.first_day))
    if plan_.last_day:
        tests.append(Where("day", "<=", plan_.last_day))
    wanted = plan_.columns or FOR_CELLS
    needed = ["segment", *(name for name, _ in ends)]
    if limits.classes is not None:
        needed.append("road_class")
    if plan_.first_day or plan_.last_day or not plan_.columns:
        needed.append("time")
    return Query(columns=tuple(dict.fromkeys((*wanted, *needed))), tests=tuple(tests))


def answer(plan_: Plan, engine: Engine, secret: bytes) -> pa.Table:
    """What may leave: rows under pseudonyms, or aggregates above the floor."""
    found = (
        engine.scan(question(plan_, engine.columns)) if engine.files else engine.ask(question(plan_, engine.columns))
    )
    return project(plan_, found, secret) if plan_.columns else aggregate(plan_, found)


def deliver(lake: Lake, network: str, ask: Ask, *, at: str, signer: Signer) -> tuple[bytes, dict[str, Any]]:
    """(the delivered Arrow stream, its signed receipt); raises Denied before anything is read.

    Agreements lie in agreements/, decisions and deliveries in log.jsonl of the lake.
    """
    book, file = Book(lake.folder / "agreements"), lake.folder / "log.jsonl"
    log = open_log(file, ORIGIN)
    meter = Counter.of(log)
    allowed = plan(book, ask, at=at, meter=meter, log=log, file=file)
    if allowed.agreement.dataset != network:
        raise BadInput(f"agreement {ask.agreement!r} is about {allowed.agreement.dataset!r}, not about {network!r}")
    table = answer(allowed, open_duckdb(lake.frames(network)), lake.secret())
    payload = serialize(table)
    if book.revoked(ask.agreement):
        allowed = plan(book, ask, at=at, meter=meter, log=log, file=file)  # revoked meanwhile: refused, and logged
    return payload, receipt(allowed, payload, table.num_rows, at=at, signer=signer, log=log, file=file, meter=meter)


def pieces(book: Book, agreement: str, payload: bytes, size: int = 1 << 20) -> Iterator[bytes]:
    """A delivered stream in pieces, each sent only while the agreement is open; raises Denied in the middle."""
    for start in range(0, len(payload), size):
        if book.revoked(agreement):
            raise Denied(f"agreement {agreement!r}: the agreement is revoked")
        yield payload[start : start + size]
