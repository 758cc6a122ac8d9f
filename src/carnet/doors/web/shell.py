"""What every page stands in: templates, styles, the visitor's session, forms that only we may send, problems as pages.

A page is plain HTML under a strict policy: no inline script or style, nothing from elsewhere. htmx, when scripts run,
replaces a part of a page by the same part of the answer a plain form would get.
Reading order: render(), visitor(), checked(), problem_page(), the static files.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined

from ...dossier import wording
from ...dossier.html import PARTS, finished
from ...dossier.html import TEMPLATES as DOSSIER_TEMPLATES
from ...dossier.html import environment as dossier_environment
from ...waist import Finding
from ..server.asking import exchange_of, house
from ..server.exchange import Exchange
from ..server.policy import Caller, Thing, decide
from ..server.problems import TITLES, Refusal
from . import tongues

HERE = Path(__file__).parent
PACKAGED_HTMX = HERE.parents[1] / "_third_party" / "htmx" / "htmx.min.js"
COOKIE, TONGUE = "carnet_session", "carnet_language"
router = APIRouter()


@cache
def environment(language: str) -> Environment:
    """The templates in one language; the dossier's own parts (marks, sources) are used as they are."""
    found = Environment(
        autoescape=True,
        loader=ChoiceLoader([FileSystemLoader(HERE / "templates"), FileSystemLoader(DOSSIER_TEMPLATES)]),
        undefined=StrictUndefined,
        finalize=finished,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.tests.update(PARTS)
    found.globals.update(dossier_environment().globals)
    say = tongues.speaker(language)
    found.globals.update(spoken_words(say))
    found.globals.update(
        _=say,
        language=language,
        asset=asset,
        q=lambda **given: urlencode({name: value for name, value in given.items() if value}),
        quote=lambda text: quote(str(text), safe=""),
        moment=moment,
    )
    return found


def spoken_words(say: Callable[[str], str]) -> dict[str, Any]:
    """The fixed words of a dossier in the visitor's language: verdicts, standings, forces, how a source was read."""
    standings = {key: say(word) for key, word in wording.STANDINGS.items()}
    forces = {key: say(word) for key, word in wording.FORCES.items()}

    def standing_and_force(finding: Finding) -> str:
        if finding.standing is None and finding.force is None:
            return say("standing and force not known")
        return f"{standings[finding.standing]}, {forces[finding.force]}"

    return {
        "MARKS": {v: replace(m, word=say(m.word), means=say(m.means)) for v, m in wording.MARKS.items()},
        "STANDINGS": standings,
        "STATES": {key: (say(word), shape) for key, (word, shape) in wording.STATES.items()},
        "REPORTED": say(wording.REPORTED),
        "standing_and_force": standing_and_force,
    }


def moment(text: str) -> str:
    """'2026-11-21 22:17' in UTC."""
    return text[:16].replace("T", " ")


def language_of(request: Request) -> str:
    """The language of the visitor: what they chose, else what the browser prefers, else English."""
    chosen = request.cookies.get(TONGUE, "")
    if chosen in tongues.LANGUAGES:
        return chosen
    for part in request.headers.get("accept-language", "").split(","):
        code = part.split(";")[0].strip().lower().partition("-")[0]
        if code in tongues.OFFERED:
            return code
    return "en"


def render(request: Request, template: str, who: Caller | None, status: int = 200, **context: Any) -> HTMLResponse:
    """A page."""
    language = language_of(request)

    def may(action: str) -> bool:
        return decide(who, action, Thing(who.organization, shared=True) if who else None) == "yes"

    text = environment(language).get_template(template).render(
        who=who, may=may, csrf=who.csrf if who else "", path=request.url.path, languages=tongues.OFFERED, **context
    )  # fmt: skip
    return HTMLResponse(text, status)


def visitor(request: Request) -> Caller:
    """Who is signed in; anybody else is sent to the sign-in page and back."""
    exchange = exchange_of(request)
    found = exchange.accounts.by_session(request.cookies.get(COOKIE, ""))
    if found is None:
        back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        raise Elsewhere("/login?" + urlencode({"next": back}) if request.method == "GET" else "/login")
    exchange.accounts.pace(found.id)
    return found


class Elsewhere(Exception):
    """The answer is another page."""

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.address = address


def same_site(request: Request) -> None:
    """Raises unless a form was sent from one of our own pages, as the browser says."""
    site = request.headers.get("sec-fetch-site", "")
    origin = request.headers.get("origin", "")
    foreign = site not in ("", "same-origin", "none") or (
        origin not in ("", "null") and origin.partition("://")[2] != request.headers.get("host", "")
    )
    if foreign or origin == "null":
        raise Refusal("not-allowed", "this form was sent from another site; open the page here and send it again")


def checked(request: Request, who: Annotated[Caller, Depends(visitor)], csrf: Annotated[str, Form()] = "") -> Caller:
    """The visitor, for a form that carries the secret of their session."""
    same_site(request)
    if not who.csrf or not hmac.compare_digest(csrf.encode(), who.csrf.encode()):
        raise Refusal("not-allowed", "this form belongs to another session; open the page again and send it once more")
    return who


House = Annotated[Exchange, Depends(house)]
Visitor = Annotated[Caller, Depends(visitor)]
Sender = Annotated[Caller, Depends(checked)]


def seen(address: str) -> RedirectResponse:
    """After a form: look at the result, so that reloading repeats nothing."""
    return RedirectResponse(address, 303)


def local(address: str) -> str:
    """An address of our own, for coming back after signing in; anything else leads to the projects."""
    sound = address.startswith("/") and not address.startswith(("//", "/\\")) and "\\" not in address
    return address if sound and all(32 < ord(c) < 127 for c in address) else "/projects"


def problem_page(request: Request, refusal: Refusal) -> Response:
    """A problem as a page, with every sentence of it."""
    who = exchange_of(request).accounts.by_session(request.cookies.get(COOKIE, ""))
    title = TITLES[refusal.kind][1]
    name = getattr(request.state, "request_id", "")
    page = render(request, "problem.html.jinja", who, refusal.status, title=title, refusal=refusal, request_id=name)
    page.headers.update(refusal.headers)
    return page


# the few files


def _files() -> dict[str, tuple[str, bytes]]:
    style = (DOSSIER_TEMPLATES / "page.css").read_bytes() + b"\n" + (HERE / "static" / "carnet.css").read_bytes()
    vendored = PACKAGED_HTMX if PACKAGED_HTMX.is_file() else HERE.parents[3] / "third_party" / "htmx" / "htmx.min.js"
    return {
        "carnet.css": ("text/css; charset=utf-8", style),
        "carnet.svg": ("image/svg+xml", (HERE / "static" / "carnet.svg").read_bytes()),
        "htmx.min.js": ("text/javascript; charset=utf-8", vendored.read_bytes()),
    }


@cache
def files() -> dict[str, tuple[str, bytes]]:
    return _files()


@cache
def asset(name: str) -> str:
    """The address of a file; it changes with the content, so that it can be kept for ever."""
    return f"/static/{hashlib.sha256(files()[name][1]).hexdigest()[:12]}/{name}"


@router.get("/static/{digest}/{name}")
def static(digest: str, name: str) -> Response:
    if name not in files() or asset(name) != f"/static/{digest}/{name}":
        raise Refusal("not-found", "there is nothing at this address")
    media, raw = files()[name]
    return Response(raw, media_type=media, headers={"Cache-Control": "public, max-age=31536000, immutable"})


@router.get("/language/{code}")
def speak(code: str, request: Request, next: str = "/projects") -> Response:
    """Choose a language."""
    answer = seen(local(next))
    if code in tongues.LANGUAGES:
        secure = exchange_of(request).settings.secure_cookies
        answer.set_cookie(TONGUE, code, max_age=31536000, httponly=True, samesite="lax", secure=secure)
    return answer
