"""Footprints on offer, counterparts, events received and events to be sent.

A body is the JSON text of a document as it was brought; a counterpart's secret lies here sealed, never in the clear.
Reading order: footprints, counterparts, events, the outbox.
"""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa

from . import tables as t
from .engine import Change, View

Row = dict[str, Any]


def _footprint(row: Row) -> Row:
    return {**row, "body": json.loads(row["body"]), "recipients": json.loads(row["recipients"])}


def add_footprint(tx: Change, row: Row, digest: str) -> Row:
    """Offer a document; its number orders the list. `row` holds id, organization, format, state, body, recipients."""
    last = tx.run(
        sa.select(sa.func.max(t.footprints.c.number)).where(t.footprints.c.organization == row["organization"])
    ).scalar()
    whole = {**row, "number": (last or 0) + 1, "created_by": tx.actor, "created_at": tx.at}
    tx.add(
        t.footprints, {**whole, "body": json.dumps(row["body"]), "recipients": json.dumps(row["recipients"])}
    )  # fmt: skip
    tx.log("footprint.offered", about=row["id"], format=row["format"], digest=digest)
    return whole


def footprint(view: View, organization: str, id: str) -> Row | None:
    found = view.get(t.footprints, organization=organization, id=id)
    return _footprint(found) if found else None


def footprints(view: View, organization: str, after: int = 0, most: int = 1000) -> list[Row]:
    question = sa.select(t.footprints).where(t.footprints.c.organization == organization, t.footprints.c.number > after)
    return [_footprint(r) for r in view.all(question.order_by(t.footprints.c.number).limit(most))]


def deprecate(tx: Change, id: str) -> None:
    tx.run(sa.update(t.footprints).where(t.footprints.c.id == id).values(state="deprecated"))
    tx.log("footprint.deprecated", about=id)


def add_counterpart(tx: Change, row: Row) -> Row:
    """Know where somebody's events are sent, and as whom we sign in there."""
    whole = {**row, "created_by": tx.actor, "created_at": tx.at, "revoked_at": None}
    tx.add(t.counterparts, whole)
    tx.log("counterpart.added", about=row["id"], base=row["base"])
    return whole


def counterpart(view: View, organization: str, id: str) -> Row | None:
    return view.get(t.counterparts, organization=organization, id=id)


def counterparts(view: View, organization: str, after: str = "", most: int = 1000) -> list[Row]:
    question = sa.select(t.counterparts).where(
        t.counterparts.c.organization == organization, t.counterparts.c.id > after
    )
    return view.all(question.order_by(t.counterparts.c.id).limit(most))


def revoke_counterpart(tx: Change, id: str) -> None:
    tx.run(sa.update(t.counterparts).where(t.counterparts.c.id == id).values(revoked_at=tx.at))
    gone = sa.update(t.outbox).where(t.outbox.c.counterpart == id, t.outbox.c.next_at.is_not(None))
    tx.run(gone.values(next_at=None, says="the counterpart was removed"))
    tx.log("counterpart.removed", about=id)


def received(view: View, organization: str, source: str, event: str) -> Row | None:
    return view.get(t.events, organization=organization, source=source, event=event)


def add_event(tx: Change, row: Row) -> None:
    tx.add(t.events, {**row, "received_at": tx.at})
    tx.log("event.received", about=row["id"], kind_of=row["kind"], source=row["source"])


def events(view: View, organization: str, after: str = "", most: int = 100) -> list[Row]:
    question = sa.select(t.events).where(t.events.c.organization == organization, t.events.c.id > after)
    return [{**r, "body": json.loads(r["body"])} for r in view.all(question.order_by(t.events.c.id).limit(most))]


def put_out(tx: Change, id: str, organization: str, counterpart: str, path: str, body: Row | list[Row]) -> None:
    """Leave an event, or a batch of them, to be sent; it is sent after the change is durable."""
    row = {"id": id, "organization": organization, "counterpart": counterpart, "path": path, "body": json.dumps(body)}
    tx.add(t.outbox, {**row, "tries": 0, "next_at": tx.at, "done_at": None, "says": "", "created_at": tx.at})


def due(view: View, at: str, most: int = 20) -> list[Row]:
    """What should be sent by now, with where it goes."""
    question = (
        sa.select(
            t.outbox, t.counterparts.c.base, t.counterparts.c.auth, t.counterparts.c.client_id, t.counterparts.c.secret
        )
        .join(t.counterparts, t.counterparts.c.id == t.outbox.c.counterpart)
        .where(t.outbox.c.next_at <= at)
        .order_by(t.outbox.c.next_at)
        .limit(most)
    )
    return view.all(question)


def tried(tx: Change, id: str, tries: int, next_at: str | None, done_at: str | None, says: str) -> None:
    """Remember how sending went; nothing more is tried when neither another time nor a success is given."""
    tx.run(
        sa.update(t.outbox).where(t.outbox.c.id == id).values(tries=tries, next_at=next_at, done_at=done_at, says=says)
    )


def sent(view: View, organization: str, after: str = "", most: int = 100) -> list[Row]:
    question = sa.select(t.outbox).where(t.outbox.c.organization == organization, t.outbox.c.id > after)
    return [{**r, "body": json.loads(r["body"])} for r in view.all(question.order_by(t.outbox.c.id).limit(most))]
