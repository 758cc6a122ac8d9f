"""/audit: the organization's part of the one log, proofs, the signed checkpoint, and the check of the whole."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Path

from ...ledger.log import proven
from ...store import trail
from . import shapes
from .asking import Cursor, House, Most, Who, after_number, operation, page
from .problems import Refusal
from .settings import now

router = APIRouter(prefix="/audit", tags=["audit"])


def entry(row: dict[str, Any]) -> dict[str, Any]:
    body = json.loads(bytes(row["line"]))["body"]
    return {**row, "body": {k: v for k, v in body.items() if k not in ("organization", "actor", "about")}}


@operation(router, "GET", "/entries", "audit.read", response_model=shapes.LogEntries)
def entries(exchange: House, who: Who, cursor: Cursor = "", limit: Most = 50) -> dict[str, Any]:
    """What people and machines of the organization did, newest first."""
    known = exchange.may(who, "audit.read")
    before = after_number(cursor) if cursor else None
    with exchange.store.look() as view:
        found = trail.entries(view, known.organization, before, limit + 1)
    return page([entry(row) for row in found], limit, "number")


@operation(router, "GET", "/entries/{number}/proof", "audit.read", ["not-found"], response_model=shapes.LogProof)
def proof(exchange: House, who: Who, number: Annotated[int, Path(ge=0, le=2**53)]) -> dict[str, Any]:
    """An entry with the proof that it stands in the log under a signed checkpoint."""
    known = exchange.may(who, "audit.read")
    with exchange.store.look() as view:
        found = trail.entry(view, known.organization, number)
        if found is None:
            raise Refusal("not-found", f"the log holds no entry {number} of your organization")
        tree = exchange.keeper.tree(view)
        checkpoint, note = exchange.keeper.now(view, now())
    if tree.root(checkpoint.size) != checkpoint.root:
        raise Refusal("broken", "the tree of the log is not the tree of its entries: ask for /log/verification")
    return {**proven(tree, checkpoint.size, number, bytes(found["line"])), "checkpoint": note}


@operation(router, "GET", "/checkpoint", "audit.read", response_model=shapes.Checkpoint)
def checkpoint(exchange: House, who: Who) -> dict[str, Any]:
    """The log as it is now, signed: keep it, and nobody can rewrite the past unnoticed."""
    exchange.may(who, "audit.read")
    with exchange.store.look() as view:
        _, note = exchange.keeper.now(view, now())
    return {"note": note, "key": exchange.keeper.signer.public.multibase}


@operation(router, "GET", "/verification", "audit.read", response_model=shapes.LogVerification)
def verification(exchange: House, who: Who) -> dict[str, Any]:
    """The whole log read again: entries, tree, checkpoints inside and outside the database, rows and contents."""
    return exchange.verify(who)
