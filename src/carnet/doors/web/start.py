"""Signing in and out, and the very first visit: an organization and its owner, by the code the server printed."""

from __future__ import annotations

import hmac
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from ...store import people
from ..server.asking import address
from ..server.problems import Refusal
from .shell import COOKIE, House, Sender, local, render, same_site, seen

router = APIRouter()
Word = Annotated[str, Form(max_length=300)]


def signed_in(exchange: House, key: str, to: str) -> Response:
    answer = seen(to)
    settings = exchange.settings
    answer.set_cookie(
        COOKIE, key, max_age=settings.session_seconds, httponly=True, samesite="lax", secure=settings.secure_cookies
    )  # fmt: skip
    return answer


@router.get("/")
def home() -> Response:
    return seen("/projects")


@router.get("/login")
def login_page(request: Request, exchange: House, next: str = "") -> Response:
    with exchange.store.look() as view:
        empty = not people.organizations(view)
    return render(request, "login.html.jinja", None, next=next, email="", wrong="", empty=empty)


@router.post("/login")
def login(request: Request, exchange: House, email: Word = "", password: Word = "", next: Word = "") -> Response:
    """Begin a session; the page comes back with the sentence when email and password do not belong together."""
    same_site(request)
    try:
        key, _ = exchange.accounts.sign_in(email, password, address(request))
    except Refusal as refusal:
        page = render(
            request, "login.html.jinja", None, refusal.status, next=next, email=email, wrong=refusal.detail, empty=False
        )  # fmt: skip
        page.headers.update(refusal.headers)
        return page
    return signed_in(exchange, key, local(next))


@router.post("/logout")
def logout(request: Request, exchange: House, who: Sender) -> Response:
    exchange.accounts.sign_out(request.cookies.get(COOKIE, ""))
    answer = seen("/login")
    answer.delete_cookie(COOKIE)
    return answer


@router.post("/password")
def new_password(request: Request, exchange: House, who: Sender, old: Word = "", new: Word = "") -> Response:
    """Another password for oneself; every other session of one's own ends."""
    return signed_in(exchange, exchange.accounts.new_password(who, old, new, address(request)), "/tokens")


@router.get("/welcome")
def welcome_page(request: Request, exchange: House, code: str = "") -> Response:
    _first(request, exchange, code)
    return render(request, "welcome.html.jinja", None, code=code, wrong="", said={})


@router.post("/welcome")
def welcome(
    request: Request, exchange: House, code: Word = "", organization: Word = "", name: Word = "", email: Word = "",
    password: Word = "",
) -> Response:  # fmt: skip
    """The first organization and its owner."""
    same_site(request)
    _first(request, exchange, code)
    said = {"organization": organization, "name": name, "email": email}
    try:
        if not organization.strip() or not name.strip():
            raise Refusal("bad-input", "an organization and a person have names")
        exchange.begin(organization.strip(), email, name.strip(), password)
    except Refusal as refusal:
        return render(
            request, "welcome.html.jinja", None, refusal.status, code=code, wrong=refusal.detail, said=said
        )  # fmt: skip
    key, _ = exchange.accounts.sign_in(email, password, address(request))
    return signed_in(exchange, key, "/projects")


def _first(request: Request, exchange: House, code: str) -> None:
    """Raises unless nobody is here yet and the code is the one this server printed."""
    expected = getattr(request.app.state, "welcome_code", "")
    with exchange.store.look() as view:
        empty = not people.organizations(view)
    if not empty or not expected or not hmac.compare_digest(code.encode(), expected.encode()):
        raise Refusal("not-found", "there is nothing to set up here; sign in, or ask an owner to add you")
