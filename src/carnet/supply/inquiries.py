"""Questions to suppliers followed through: open, asked, answered, verified, by tier and in every tier.

The table `requests` remembers; the trace says what is still open. A question that was answered by naming the origin
no longer appears in the trace, but stays in the table. A state never skips the one before it, and days go forward.
Reading order: summary(), ask(), answer(), letter().
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..errors import BadInput, nearest
from .asking import requests, state
from .lots import Chain
from .trace import Tracer

STATES = ("open", "asked", "answered", "verified")
ORDER = ("asked", "answered", "verified")


def summary(tracer: Tracer, lot: str) -> dict[str, Any]:
    """The JSON of `carnet supply ask`: every question about a lot with its state, counted by tier."""
    found = requests(tracer, lot)
    known = {r["id"] for r in found}
    upstream = {tracer.names[n] for n in tracer.graph.upstream(tracer.node(lot)) if n < tracer.graph.lots}
    tier = {a["id"]: a["tier"] for a in tracer.chain["actors"]}
    closed = [
        {"id": r["id"], "lot": r["id"].rpartition(":")[0], "question": "", "share": 0.0, "facility": None,
         "actor": r["actor"], "tier": tier.get(r["actor"]), "state": state(r)}
        for r in tracer.chain["requests"]
        if r["id"] not in known and r["id"].rpartition(":")[0] in upstream
    ]  # fmt: skip
    tiers: dict[Any, dict[str, Any]] = {}
    for row in [*found, *closed]:
        count = tiers.setdefault(row["tier"], {"tier": row["tier"], **dict.fromkeys(STATES, 0), "share": 0.0})
        count[row["state"]] += 1
        count["share"] = max(count["share"], row["share"])
    ranked = sorted(tiers.values(), key=lambda t: (t["tier"] is None, t["tier"] or 0))
    return {"schema": "carnet/requests/1", "lot": lot, "tiers": ranked, "requests": [*found, *closed]}


def ask(chain: Chain, found: Sequence[dict[str, Any]], on: str, tier: int | None = None) -> list[dict[str, Any]]:
    """The table of requests with every open question (of one tier, if asked) marked as asked on a day."""
    rows = [dict(r) for r in chain["requests"]]
    known = {r["id"]: r for r in rows}
    for one in found:
        if one["state"] != "open" or (tier is not None and one["tier"] != tier):
            continue
        if one["id"] in known:
            known[one["id"]]["asked"] = on
        else:
            rows.append({"id": one["id"], "actor": one["actor"], "asked": on, "answered": None, "verified": None})
    return rows


def answer(chain: Chain, id: str, step: str, on: str) -> list[dict[str, Any]]:
    """The table of requests with one question a step further; raises BadInput when it skips a step or goes back."""
    rows = [dict(r) for r in chain["requests"]]
    row = next((r for r in rows if r["id"] == id), None)
    if row is None:
        near = nearest(id, [r["id"] for r in rows])
        raise BadInput(f"no question is called {id!r}" + (f"; {near}" if near else "; ask it first"))
    before = ORDER[ORDER.index(step) - 1]
    if not row[before]:
        raise BadInput(f"{id}: it cannot be {step}, it was not {before}")
    if row[step]:
        raise BadInput(f"{id}: it is {step} since {row[step]}")
    if on < row[before]:
        raise BadInput(f"{id}: it cannot be {step} on {on}, it was {before} on {row[before]}")
    row[step] = on
    return rows


def letter(one: dict[str, Any], lot: str, on: str) -> str:
    """A question as plain text to send."""
    who = one["actor"] or one["facility"] or "to whom it may concern"
    return (
        f"To: {who}\nAbout: {one['id']}\nOf: {on}\n\n{one['question']}\n\n"
        f"This is unknown for up to {one['share']:.1%} of one element of {lot}. Please name the document that shows "
        f"the answer, who issued it and until when it is valid, and quote {one['id']}.\n"
    )
