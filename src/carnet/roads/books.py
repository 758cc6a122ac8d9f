"""The provider's books as plain lists: agreements with their state, usage, deliveries, decisions, from the log alone.

Nothing is counted twice and nothing is kept beside the log: what stands here can be proved from it entry by entry.
A page goes on after the number of the last entry seen. Reading order: agreements(), usage(), receipts(), decisions().
"""

from __future__ import annotations

from collections import Counter as Count
from collections.abc import Iterable
from typing import Any

from ..errors import BadInput
from ..ledger.log import Entry, open_log
from .lake import Lake
from .license.agreement import Agreement, Book, words
from .license.deliver import Counter
from .license.evaluate import moment
from .query import ORIGIN

MOST = 1000


def agreements(lake: Lake, at: str, *, network: str = "", recipient: str = "") -> dict[str, Any]:
    """Every agreement with its state on a moment, open, ended or revoked, and what was used of it."""
    book = Book(lake.folder / "agreements")
    used = Counter.of(open_log(lake.folder / "log.jsonl", ORIGIN)).used
    rows = [
        {
            "id": a.id,
            "dataset": a.dataset,
            "provider": a.provider,
            "recipient": a.recipient,
            "template": a.template or None,
            "made": a.made,
            "until": a.until,
            "state": state(book, a, at),
            "means": list(words(a)),
            "used": used.get(a.id, {"deliveries": 0, "rows": 0, "bytes": 0}),
        }
        for a in (book.all() if book.folder.is_dir() else [])
        if (not network or a.dataset == network) and (not recipient or a.recipient == recipient)
    ]
    return {"schema": "carnet/agreements/1", "at": at, "agreements": rows}


def state(book: Book, agreement: Agreement, at: str) -> str:
    """open, ended or revoked."""
    if book.revoked(agreement.id):
        return "revoked"
    return "open" if moment(agreement.made) <= moment(at) < moment(agreement.until) else "ended"


def usage(lake: Lake, agreement: str) -> dict[str, Any]:
    """What was used of an agreement, in all and day by day, with decisions that let nothing out."""
    Book(lake.folder / "agreements").get(agreement)
    days: dict[str, Count[str]] = {}
    total: Count[str] = Count()
    for entry in _entries(lake, ("roads.delivery", "roads.decision"), agreement):
        more: Count[str] = Count()
        if entry.kind == "roads.delivery":
            more.update({"deliveries": 1, "rows": int(entry.body["rows"]), "bytes": int(entry.body["bytes"])})
        else:
            more["allowed" if entry.body["allowed"] else "denied"] += 1
        total.update(more)
        days.setdefault(entry.at[:10], Count()).update(more)
    names = ("deliveries", "rows", "bytes", "allowed", "denied")
    return {
        "schema": "carnet/usage/1",
        "agreement": agreement,
        "total": {n: total[n] for n in names},
        "days": [{"day": day, **{n: row[n] for n in names}} for day, row in sorted(days.items())],
    }


def receipts(lake: Lake, agreement: str, *, after: int = -1, most: int = 100) -> dict[str, Any]:
    """Deliveries of an agreement after an entry of the log, oldest first."""
    return _page(lake, "roads.delivery", "carnet/receipts/1", agreement, after, most)


def decisions(lake: Lake, agreement: str, *, after: int = -1, most: int = 100) -> dict[str, Any]:
    """Decisions on an agreement after an entry of the log, the refused ones too."""
    return _page(lake, "roads.decision", "carnet/decisions/1", agreement, after, most)


def _page(lake: Lake, kind: str, schema: str, agreement: str, after: int, most: int) -> dict[str, Any]:
    if not 1 <= most <= MOST:
        raise BadInput(f"most {most}: ask for 1 to {MOST} entries at once")
    Book(lake.folder / "agreements").get(agreement)
    found = [e for e in _entries(lake, (kind,), agreement) if e.index > after]
    rows = [{"entry": e.index, "at": e.at, **e.body} for e in found[:most]]
    last = rows[-1]["entry"] if rows else after
    return {"schema": schema, "agreement": agreement, "entries": rows, "after": last, "more": len(found) > most}


def _entries(lake: Lake, kinds: Iterable[str], agreement: str) -> list[Entry]:
    log = open_log(lake.folder / "log.jsonl", ORIGIN)
    return [e for e in log.entries if e.kind in kinds and e.body.get("agreement") == agreement]
