"""The office: people and their roles, tokens and machines, and the log with its verification."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request, Response

from ...store import people, trail
from ..server.auditing import entry
from ..server.policy import Caller
from ..server.settings import now
from .projects import names
from .shell import House, Sender, Visitor, render, seen

router = APIRouter()
Word = Annotated[str, Form(max_length=300)]


@router.get("/audit")
def audit_page(
    request: Request, exchange: House, who: Visitor, before: Annotated[int | None, Query(ge=0)] = None, verify: str = ""
) -> Response:
    """What was done, newest first; and, asked for, the whole log read again."""
    exchange.may(who, "audit.read")
    checked = exchange.verify(who) if verify else None
    with exchange.store.look() as view:
        rows = [entry(r) for r in trail.entries(view, who.organization, before, 101)]
        _, note = exchange.keeper.now(view, now())
    following = rows[99]["number"] if len(rows) > 100 else None
    return render(
        request, "audit.html.jinja", who, rows=rows[:100], following=following, checked=checked, note=note,
        key=exchange.keeper.signer.public.multibase, people=names(exchange, who),
    )  # fmt: skip


def _people(request: Request, exchange: House, who: Caller, made: dict[str, Any] | None = None) -> Response:
    exchange.may(who, "people.read")
    with exchange.store.look() as view:
        users = people.users(view, who.organization)
        clients = [t for t in people.tokens(view, who.organization) if t["kind"] == "client"]
        organization = people.organization(view, who.organization)
    return render(
        request, "people.html.jinja", who, users=users, clients=clients, organization=organization, made=made,
        roles=("owner", "engineer", "reviewer", "auditor", "partner"),
    )  # fmt: skip


@router.get("/people")
def people_page(request: Request, exchange: House, who: Visitor) -> Response:
    return _people(request, exchange, who)


@router.post("/people")
def add_person(
    exchange: House, who: Sender, email: Word = "", name: Word = "", role: Word = "", password: Word = ""
) -> Response:  # fmt: skip
    exchange.add_user(who, email, name.strip() or email, role, password)
    return seen("/people")


@router.post("/people/{user_id}")
def change_person(
    exchange: House, who: Sender, user_id: str, revision: Annotated[int, Form()], role: Word = "", disabled: Word = ""
) -> Response:
    new: dict[str, Any] = {"role": role} if role in ("owner", "engineer", "reviewer", "auditor", "partner") else {}
    if disabled:
        new["disabled"] = disabled == "yes"
    exchange.change_user(who, user_id, revision, new)
    return seen("/people")


@router.post("/machines")
def add_machine(request: Request, exchange: House, who: Sender, name: Word = "") -> Response:
    row, key = exchange.add_token(who, "client", name.strip() or "machine", None)
    return _people(request, exchange, who, {**row, "secret": key})


def _tokens(request: Request, exchange: House, who: Caller, made: dict[str, Any] | None = None) -> Response:
    exchange.may(who, "token.write")
    with exchange.store.look() as view:
        mine = [t for t in people.tokens(view, who.organization) if t["user"] == who.id]
    return render(request, "tokens.html.jinja", who, tokens=mine, made=made)


@router.get("/tokens")
def tokens_page(request: Request, exchange: House, who: Visitor) -> Response:
    return _tokens(request, exchange, who)


@router.post("/tokens")
def add_token(request: Request, exchange: House, who: Sender, name: Word = "") -> Response:
    """The secret is shown on the page that answers, and nowhere else."""
    row, key = exchange.add_token(who, "token", name.strip() or "token", 90)
    return _tokens(request, exchange, who, {**row, "secret": key})


@router.post("/tokens/{token_id}/revoke")
def revoke(exchange: House, who: Sender, token_id: str, back: Word = "/tokens") -> Response:
    exchange.revoke_token(who, token_id)
    return seen("/people" if back == "/people" else "/tokens")
