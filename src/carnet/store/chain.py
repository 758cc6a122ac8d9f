"""Captured supply-chain events and their jobs; credentials issued or held.

A body is the JSON text of an event as it was captured, with its id and the moment of its recording; what it is asked by
stands in columns, the things it speaks of in a table of their own. A refused capture leaves its reasons only.
Reading order: add_capture(), add_events(), events(); then credentials.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from . import tables as t
from .engine import Change, View

Row = dict[str, Any]
COLUMNS = {
    "kind": t.chain_events.c.kind,
    "action": t.chain_events.c.action,
    "biz_step": t.chain_events.c.biz_step,
    "disposition": t.chain_events.c.disposition,
    "read_point": t.chain_events.c.read_point,
    "biz_location": t.chain_events.c.biz_location,
    "event": t.chain_events.c.event,
    "event_time": t.chain_events.c.event_time,
    "record_time": t.chain_events.c.record_time,
}


def add_capture(tx: Change, row: Row) -> None:
    """A job and how it went; `row` holds id, organization, state, digest, events, errors."""
    whole = {**row, "errors": json.dumps(row["errors"]), "created_by": tx.actor, "created_at": tx.at}
    tx.add(t.captures, whole)
    tx.log(f"chain.{row['state']}", about=row["id"], digest=row["digest"], events=row["events"])


def capture(view: View, organization: str, id: str) -> Row | None:
    found = view.get(t.captures, organization=organization, id=id)
    return {**found, "errors": json.loads(found["errors"])} if found else None


def captures(view: View, organization: str, after: str = "", most: int = 100) -> list[Row]:
    question = sa.select(t.captures).where(t.captures.c.organization == organization, t.captures.c.id > after)
    return [{**r, "errors": json.loads(r["errors"])} for r in view.all(question.order_by(t.captures.c.id).limit(most))]


def known(view: View, organization: str, event: str) -> list[str]:
    """Digests of the records with this event id."""
    question = sa.select(t.chain_events.c.digest).where(
        t.chain_events.c.organization == organization, t.chain_events.c.event == event
    )
    return [str(r["digest"]) for r in view.all(question)]


def add_events(tx: Change, rows: Sequence[Row]) -> None:
    """Take events in; `things` of a row are (role, name)."""
    if not rows:
        return
    mine = t.chain_events.c.organization == rows[0]["organization"]
    last = tx.run(sa.select(sa.func.max(t.chain_events.c.number)).where(mine)).scalar() or 0
    plain = [{k: v for k, v in row.items() if k != "things"} for row in rows]
    tx.run(sa.insert(t.chain_events), [{**row, "number": last + n} for n, row in enumerate(plain, 1)])
    things = [
        {"event": row["id"], "role": role, "name": name} for row in rows for role, name in sorted(set(row["things"]))
    ]  # fmt: skip
    if things:
        tx.run(sa.insert(t.chain_things), things)


def events(
    view: View,
    organization: str,
    equal: dict[str, list[str]],
    spans: Sequence[tuple[str, str, str]],
    things: Sequence[tuple[tuple[str, ...], list[str]]],
    *,
    order: str = "number",
    down: bool = False,
    skip: int = 0,
    most: int = 30,
) -> list[Row]:
    """Events of an organization.

    equal   column -> one of these values
    spans   (column, "ge" or "lt", moment)
    things  (roles, names): it speaks of one of the names in one of the roles
    """
    table = t.chain_events
    question = sa.select(table).where(table.c.organization == organization)
    for column, values in equal.items():
        question = question.where(COLUMNS[column].in_(values))
    for column, sign, moment in spans:
        question = question.where(COLUMNS[column] >= moment if sign == "ge" else COLUMNS[column] < moment)
    for roles, names in things:
        spoken = sa.select(t.chain_things.c.event).where(
            t.chain_things.c.role.in_(roles), t.chain_things.c.name.in_(names)
        )
        question = question.where(table.c.id.in_(spoken))
    by = table.c.number if order == "number" else COLUMNS[order]
    keys = (by.desc(), table.c.number.desc()) if down else (by, table.c.number)
    return [
        {**r, "body": json.loads(r["body"]), "prefixes": json.loads(r["prefixes"])}
        for r in view.all(question.order_by(*keys).offset(skip).limit(most))
    ]


def add_credential(tx: Change, row: Row) -> Row:
    """Keep a credential; `row` holds id, organization, number, way, kinds, issuer, about, token, shown."""
    whole = {**row, "created_by": tx.actor, "created_at": tx.at, "revoked_at": None}
    tx.add(t.credentials, whole)
    tx.log(f"credential.{row['way']}", about=row["id"], kinds=row["kinds"], issuer=row["issuer"])
    return whole


def next_number(tx: Change, organization: str) -> int:
    """The place of the organization's next credential in its status list."""
    last = tx.run(
        sa.select(sa.func.max(t.credentials.c.number)).where(t.credentials.c.organization == organization)
    ).scalar()
    return 0 if last is None else int(last) + 1


def credential(view: View, id: str, organization: str = "") -> Row | None:
    """A credential by its id: one's own, or anybody's when no organization is named."""
    return view.get(t.credentials, id=id, **({"organization": organization} if organization else {}))


def credentials(view: View, organization: str, after: int = -1, most: int = 100) -> list[Row]:
    question = sa.select(t.credentials).where(
        t.credentials.c.organization == organization, t.credentials.c.number > after
    )
    return view.all(question.order_by(t.credentials.c.number).limit(most))


def first_issued(view: View, organization: str) -> Row | None:
    """The credential with which an organization began to issue: its issuer is the organization's name for ever."""
    question = sa.select(t.credentials).where(
        t.credentials.c.organization == organization, t.credentials.c.way == "issued"
    )
    return view.one(question.order_by(t.credentials.c.number).limit(1))


def last_revoked(view: View, organization: str) -> str:
    """The moment of the latest revocation; '' when there was none."""
    question = sa.select(sa.func.max(t.credentials.c.revoked_at)).where(t.credentials.c.organization == organization)
    return str(view.run(question).scalar() or "")


def revoked(view: View, organization: str) -> list[int]:
    """The places in the status list that are set."""
    question = sa.select(t.credentials.c.number).where(
        t.credentials.c.organization == organization,
        t.credentials.c.way == "issued",
        t.credentials.c.revoked_at.is_not(None),
    )
    return [int(r["number"]) for r in view.all(question)]


def revoke_credential(tx: Change, id: str) -> None:
    tx.run(sa.update(t.credentials).where(t.credentials.c.id == id).values(revoked_at=tx.at))
    tx.log("credential.revoked", about=id)
