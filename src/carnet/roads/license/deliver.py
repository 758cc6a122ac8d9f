"""Deliver: decide, project, count, sign. What leaves holds physically only what the agreement allows.

    decide (before anything is read) -> Plan -> the store reads by the plan -> project() checks again -> receipt

Ends of trips are cut by columns that were measured when the trip came in, so a window in time cannot move the ends.
Trips and vehicles get names that only this recipient sees. Aggregates exist for whole cells (segment and day) only:
whoever could choose finer filters could subtract one answer from another.
Reading order: Ask, Plan, plan(), project(), aggregate(), Counter, receipt().
Distances in m, times in s; pseudonyms are 16 hexadecimal digits of HMAC-SHA256.
"""

from __future__ import annotations

import hashlib
import hmac
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]

from ...errors import BadInput, CarnetError
from ...ledger.keys import Signer
from ...ledger.log import Log, append_to
from ...ledger.plain import canonical
from .agreement import Agreement, Book
from .evaluate import Decision, Request, World, decide, moment

PSEUDONYMS = ("trip", "vehicle")
# Columns no agreement can open: they would undo trimming or pseudonyms. Raw positions lie in another table altogether.
NEVER = frozenset(
    {"from_start_m", "to_end_m", "from_start_s", "to_end_s", "edge_mm", "edge_ms", "longitude", "latitude", "run"}
)
AGGREGATES = ("vehicles", "kilometers", "mean_speed")


class Denied(CarnetError):
    """The agreement does not allow it; the sentence says which rule."""

    exit_code = 1


@dataclass(frozen=True)
class Ask:
    """A request for data: who, what for, where it goes, which columns or aggregates."""

    agreement: str
    recipient: str
    action: str = "read"
    purposes: tuple[str, ...] = ()
    spatial: str = ""
    columns: tuple[str, ...] = ()
    aggregates: tuple[str, ...] = ()
    first_day: str = ""
    last_day: str = ""
    segments: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Plan:
    """What the store may read: columns, days, segments, and the cut of the ends."""

    agreement: Agreement
    columns: tuple[str, ...]
    aggregates: tuple[str, ...]
    segments: frozenset[str] | None
    first_day: str
    last_day: str
    decision: Decision


def plan(book: Book, ask: Ask, *, at: str, meter: Counter, log: Log | None = None, file: Path | None = None) -> Plan:
    """Decide before anything is read; raises Denied. Every decision is written to the log, the refused ones too."""
    agreement = book.get(ask.agreement)
    world = World(
        {
            "dateTime": (at,),
            "count": (str(meter.deliveries(ask.agreement) + 1),),
            "elapsedTime": (str((moment(at) - moment(agreement.made)).total_seconds()),),
            "recipient": (ask.recipient,),
            **({"purpose": ask.purposes} if ask.purposes else {}),
            **({"spatial": (ask.spatial,)} if ask.spatial else {}),
        },
        duties=meter.duties,
    )
    decision = decide(agreement.rules, Request(ask.action, ask.recipient, agreement.dataset), world)
    why = decision.because
    if book.revoked(ask.agreement):
        decision, why = Decision(False, "the agreement is revoked", decision.reports), "the agreement is revoked"
    outside = _outside(agreement, ask)
    if decision.allowed and outside:
        decision, why = Decision(False, outside, decision.reports), outside
    if log is not None and file is not None:
        body = {
            "agreement": ask.agreement,
            "recipient": ask.recipient,
            "action": ask.action,
            "purposes": list(ask.purposes),
            "allowed": decision.allowed,
            "because": why,
        }
        append_to(file, log, at, "roads.decision", body)
    if not decision.allowed:
        raise Denied(f"agreement {ask.agreement!r}: {why}")
    limits = agreement.projection
    mine = None if limits.segments is None else frozenset(limits.segments)
    wanted = None if ask.segments is None else frozenset(ask.segments)
    segments = mine if wanted is None else wanted if mine is None else mine & wanted
    return Plan(
        agreement,
        ask.columns,
        ask.aggregates,
        segments,
        max(ask.first_day, limits.first_day),
        min(filter(None, (ask.last_day, limits.last_day)), default=""),
        decision,
    )


def _outside(agreement: Agreement, ask: Ask) -> str:
    """The first thing asked for that the projection does not hold."""
    limits = agreement.projection
    for name in ask.columns:
        if name not in limits.columns or name in NEVER:
            return f"the field {name!r} is not part of it; it gives {', '.join(limits.columns) or 'no field'}"
    for name in ask.aggregates:
        if name not in limits.aggregates or name not in AGGREGATES:
            return f"the aggregate {name!r} is not part of it; it gives {', '.join(limits.aggregates) or 'none'}"
    if bool(ask.columns) == bool(ask.aggregates):
        return "ask either for fields or for aggregates"
    return ""


def allowed_rows(plan_: Plan, frames: pa.Table, columns: Iterable[str]) -> pa.Table:
    """The rows a delivery may speak of (matched, inside the cut, in place and time), with these columns only."""
    limits = plan_.agreement.projection
    tests: list[Any] = [pc.is_valid(frames["segment"])]
    for name, least in cut(plan_, frames.column_names):
        tests.append(pc.greater_equal(frames[name], least))
    if plan_.segments is not None:
        tests.append(pc.is_in(_words(frames["segment"]), pa.array(sorted(plan_.segments), pa.string())))
    if limits.classes is not None:
        tests.append(pc.is_in(_words(frames["road_class"]), pa.array(list(limits.classes), pa.string())))
    if plan_.first_day:
        tests.append(pc.greater_equal(frames["time"], _midnight(plan_.first_day, frames)))
    if plan_.last_day:
        tests.append(pc.less(frames["time"], _midnight(plan_.last_day, frames, 1)))
    keep = tests[0]
    for test in tests[1:]:
        keep = pc.and_(keep, test)
    found = frames.select(list(dict.fromkeys(columns)))
    whole = pc.all(pc.fill_null(keep, False)).as_py() is not False  # nothing to take away: no copy
    return found if whole else found.filter(pc.fill_null(keep, False))


def cut(plan_: Plan, known: Iterable[str]) -> list[tuple[str, float]]:
    """(column, its least value) that take the ends of trips away.

    Frames that hold edge_mm and edge_ms, the distance and time to the nearer end in whole thousandths, rounded down,
    are asked for those two; older ones for both ends apart. The rows that stay are the same.
    """
    limits = plan_.agreement.projection
    names = set(known)
    found: list[tuple[str, float]] = []
    for least, edge, ends in (
        (limits.trim_m, "edge_mm", ("from_start_m", "to_end_m")),
        (limits.trim_s, "edge_ms", ("from_start_s", "to_end_s")),
    ):
        if least and edge in names:
            found.append((edge, math.ceil(round(least * 1000, 6))))
        elif least:
            found += [(end, least) for end in ends]
    return found


def _words(column: Any) -> Any:
    return column.cast(pa.string()) if pa.types.is_dictionary(column.type) else column


def _midnight(day: str, frames: pa.Table, later: int = 0) -> Any:
    """The first moment of a day (or of one later), in the type of the frames' time."""
    found = datetime.fromisoformat(day).replace(tzinfo=UTC) + timedelta(days=later)
    return pa.scalar(found, pa.timestamp("us", "UTC")).cast(frames["time"].type)


def project(plan_: Plan, frames: pa.Table, secret: bytes) -> pa.Table:
    """The rows and columns of a delivery; whatever was read beyond them is gone."""
    missing = [c for c in plan_.columns if c not in frames.column_names]
    if missing:
        raise BadInput(
            f"the frames hold no field called {missing[0]!r}; they hold {', '.join(sorted(frames.column_names))}"
        )
    rows = allowed_rows(plan_, frames, plan_.columns)
    out = {}
    for name in plan_.columns:
        column = rows[name]
        if name in PSEUDONYMS:
            column = _pseudonyms(column, secret, plan_.agreement.recipient, name)
        elif pa.types.is_dictionary(column.type):
            column = _used(column)
        out[name] = column
    return pa.table(out).replace_schema_metadata({"carnet:agreement": plan_.agreement.id})


def pseudonym(secret: bytes, recipient: str, kind: str, name: str) -> str:
    """The name of a trip or vehicle for one recipient; another recipient sees another."""
    key = hmac.new(secret, f"{recipient}\0{kind}".encode(), hashlib.sha256).digest()
    return hmac.new(key, name.encode(), hashlib.sha256).hexdigest()[:16]


def _pseudonyms(column: Any, secret: bytes, recipient: str, kind: str) -> Any:
    coded = _used(column)
    names = [pseudonym(secret, recipient, kind, n) for n in coded.dictionary.to_pylist()]
    return pa.DictionaryArray.from_arrays(coded.indices, pa.array(names, pa.string()))


def _used(column: Any) -> Any:
    """Texts as one dictionary of exactly the words that occur: a word left over would tell what was left out."""
    chunked = column if isinstance(column, pa.ChunkedArray) else pa.chunked_array([column])
    if not pa.types.is_dictionary(chunked.type):
        chunked = chunked.dictionary_encode()
    coded = chunked.unify_dictionaries().combine_chunks()
    if isinstance(coded, pa.ChunkedArray):  # combine_chunks of no chunk at all
        coded = coded.chunk(0) if coded.num_chunks else pa.array([], pa.string()).dictionary_encode()
    lost = len(coded.dictionary)
    codes = (coded.indices.fill_null(lost) if coded.null_count else coded.indices).to_numpy(zero_copy_only=False)
    seen = np.bincount(codes, minlength=lost + 1)[:lost] > 0
    if seen.all():
        return coded
    place = np.append(np.cumsum(seen, dtype=np.int32) - np.int32(1), np.int32(0))
    kept = coded.dictionary.filter(pa.array(seen))
    return pa.DictionaryArray.from_arrays(pa.array(place[codes], mask=codes == lost), kept)


def aggregate(plan_: Plan, frames: pa.Table) -> pa.Table:
    """Values per segment and day; a cell with fewer vehicles than the floor does not exist in the answer."""
    rows = allowed_rows(plan_, frames, ("segment", "time", "vehicle", "speed_kmh", "driven_m"))
    cells = pa.table(
        {
            "segment": _words(rows["segment"]),
            "day": pc.strftime(rows["time"], format="%Y-%m-%d"),
            "vehicle": _words(rows["vehicle"]),
            "speed_kmh": rows["speed_kmh"],
            "driven_m": rows["driven_m"],
        }
    )
    found = cells.group_by(["segment", "day"]).aggregate(
        [("vehicle", "count_distinct"), ("driven_m", "sum"), ("speed_kmh", "mean")]
    )
    found = found.filter(pc.greater_equal(found["vehicle_count_distinct"], plan_.agreement.projection.floor))
    have = {
        "vehicles": found["vehicle_count_distinct"],
        "kilometers": pc.divide(found["driven_m_sum"], 1000.0),
        "mean_speed": found["speed_kmh_mean"],
    }
    order = pc.sort_indices(found, sort_keys=[("segment", "ascending"), ("day", "ascending")])
    out = pa.table({"segment": found["segment"], "day": found["day"], **{n: have[n] for n in plan_.aggregates}})
    return out.take(order).replace_schema_metadata({"carnet:agreement": plan_.agreement.id})


@dataclass
class Counter:
    """What each agreement has used, exactly; rebuilt from the log, so it cannot drift from it."""

    used: dict[str, dict[str, int]] = field(default_factory=dict)
    duties: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, log: Log) -> Counter:
        """The counts a log tells."""
        counter = cls()
        for entry in log.entries:
            if entry.kind == "roads.delivery":
                counter.add(str(entry.body["agreement"]), int(entry.body["rows"]), int(entry.body["bytes"]))
            elif entry.kind == "roads.duty":
                counter.duties[str(entry.body["duty"])] = str(entry.body["state"])
        return counter

    def deliveries(self, agreement: str) -> int:
        return self.used.get(agreement, {}).get("deliveries", 0)

    def add(self, agreement: str, rows: int, size: int) -> None:
        row = self.used.setdefault(agreement, {"deliveries": 0, "rows": 0, "bytes": 0})
        row["deliveries"] += 1
        row["rows"] += rows
        row["bytes"] += size


def serialize(table: pa.Table) -> bytes:
    """The delivered file: an Arrow IPC stream."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


def receipt(
    plan_: Plan, payload: bytes, rows: int, *, at: str, signer: Signer, log: Log, file: Path, meter: Counter
) -> dict[str, Any]:
    """The signed receipt of a delivery; it is in the log, and counted, before the file may leave."""
    body: dict[str, Any] = {
        "agreement": plan_.agreement.id,
        "recipient": plan_.agreement.recipient,
        "rows": rows,
        "bytes": len(payload),
        "fields": list(plan_.columns or ("segment", "day", *plan_.aggregates)),
        "digest": "sha256:" + hashlib.sha256(payload).hexdigest(),
        "duties": [d.action for d in plan_.decision.duties],
    }
    entry = append_to(file, log, at, "roads.delivery", body)
    meter.add(plan_.agreement.id, rows, len(payload))
    unsigned = {"schema": "carnet/delivery/1", "at": at, "entry": entry.index, **body, "signer": signer.issuer}
    return {**unsigned, "signature": signer.sign(canonical(unsigned)).hex()}


def receipt_holds(signed: Mapping[str, Any], payload: bytes, key: Any) -> bool:
    """Whether a receipt is the signer's and speaks of this file."""
    unsigned = {k: v for k, v in signed.items() if k != "signature"}
    right = signed.get("digest") == "sha256:" + hashlib.sha256(payload).hexdigest()
    try:
        signature = bytes.fromhex(str(signed.get("signature", "")))
    except ValueError:
        return False
    return bool(right and key.verify(signature, canonical(unsigned)))
