"""/me, /users, /tokens, /clients and the OAuth 2 token endpoint."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Header, Request, Response

from ...store import people as kept
from . import shapes
from .accounts import basic
from .asking import Cursor, House, IfMatch, Most, Who, address, after, etag, if_match, operation, page
from .policy import ACTIONS
from .problems import Refusal

router = APIRouter(tags=["people"])


@operation(router, "POST", "/token", None, ["unknown-caller"], response_model=shapes.AccessToken)
def access_token(
    request: Request,
    exchange: House,
    grant_type: Annotated[str, Form(max_length=60)] = "",
    client_id: Annotated[str, Form(max_length=200)] = "",
    client_secret: Annotated[str, Form(max_length=200)] = "",
    authorization: Annotated[str, Header(max_length=1000)] = "",
) -> dict[str, Any]:
    """OAuth 2.0 client credentials: an access token for a machine, by form or Basic."""
    if grant_type != "client_credentials":
        raise Refusal(
            "bad-request",
            "grant_type is client_credentials; nothing else is granted here",
            error="unsupported_grant_type" if grant_type else "invalid_request",
        )
    named = basic(authorization) or (client_id, client_secret)
    if not all(named):
        raise Refusal(
            "unknown-caller", "send client_id and client_secret, by form or Basic", error="invalid_client",
            headers={"WWW-Authenticate": 'Basic realm="carnet"'},
        )  # fmt: skip
    return exchange.accounts.access_token(*named, address(request))


@operation(router, "GET", "/me", "self.read", response_model=shapes.Me)
def me(exchange: House, who: Who) -> dict[str, Any]:
    """Who the token belongs to, and what the role lets it do."""
    known = exchange.may(who, "self.read")
    actions = sorted(a for a, roles in ACTIONS.items() if known.role in roles)
    return {
        "id": known.id, "organization": known.organization, "role": known.role, "name": known.name, "actions": actions,
    }  # fmt: skip


@operation(router, "GET", "/users", "people.read", response_model=shapes.Users)
def list_users(exchange: House, who: Who, cursor: Cursor = "", limit: Most = 50) -> dict[str, Any]:
    """The people of the organization."""
    known = exchange.may(who, "people.read")
    with exchange.store.look() as view:
        return page(kept.users(view, known.organization, after(cursor), limit + 1), limit)


@operation(router, "POST", "/users", "people.write", ["conflict"], status=201, response_model=shapes.User)
def add_user(exchange: House, who: Who, new: shapes.NewUser, response: Response) -> dict[str, Any]:
    """Add a person with a role."""
    row = exchange.add_user(who, new.email, new.name, new.role, new.password)
    response.headers["ETag"] = etag(row["revision"])
    return row


@operation(
    router, "PATCH", "/users/{user_id}", "people.write", ["conflict", "not-found", "stale", "say-which"],
    response_model=shapes.User,
)  # fmt: skip
def change_user(
    exchange: House, who: Who, user_id: str, change: shapes.UserChange, response: Response, match: IfMatch = ""
) -> dict[str, Any]:
    """Change a name, a role or a password, or disable somebody. Asks for If-Match."""
    new = {k: v for k, v in change.model_dump(exclude_unset=True).items() if v is not None}
    row = exchange.change_user(who, user_id, if_match(match), new)
    response.headers["ETag"] = etag(row["revision"])
    return row


@operation(router, "GET", "/tokens", "token.write", response_model=shapes.Tokens)
def list_tokens(exchange: House, who: Who, cursor: Cursor = "", limit: Most = 50) -> dict[str, Any]:
    """One's own tokens; an owner sees all of the organization."""
    known = exchange.may(who, "token.write")
    with exchange.store.look() as view:
        rows = kept.tokens(view, known.organization, after(cursor), 1000)
    mine = [r for r in rows if known.role == "owner" or r["user"] == known.id]
    return page(mine[: limit + 1], limit)


@operation(router, "POST", "/tokens", "token.write", status=201, response_model=shapes.TokenMade)
def add_token(exchange: House, who: Who, new: shapes.NewToken) -> dict[str, Any]:
    """A token of one's own; its secret is shown only here."""
    row, secret = exchange.add_token(who, "token", new.name, new.days)
    return {**row, "secret": secret}


@operation(router, "POST", "/clients", "people.write", status=201, response_model=shapes.TokenMade)
def add_client(exchange: House, who: Who, new: shapes.NewClient) -> dict[str, Any]:
    """A machine: its id is client_id; its secret is shown only here. A customer's machine is a partner."""
    row, secret = exchange.add_token(who, "client", new.name, None, new.role)
    return {**row, "secret": secret}


@operation(router, "DELETE", "/tokens/{token_id}", "token.write", ["not-found"], status=204, response_class=Response)
def revoke_token(exchange: House, who: Who, token_id: str) -> Response:
    """Revoke one's own token; an owner revokes any, machines included."""
    exchange.revoke_token(who, token_id)
    return Response(status_code=204)
