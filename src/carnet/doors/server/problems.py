"""What goes wrong, as HTTP: problem details whose sentences are those of the command line.

    {"type": "urn:carnet:problem:bad-input", "title": ..., "status": 422, "detail": "project.yaml:3:1: ...",
     "errors": [{"place": "project.yaml:3:1", "says": ..., "hint": ...}], "request_id": ...}

Reading order: TITLES, Refusal, of_error(), body().
Source: RFC 9457.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ...errors import BadInput, Broken, CarnetError, Unheard, UnknownEconomy

MEDIA = "application/problem+json"

# kind: (status, title). The kind is the last part of `type` and has its line in docs/server-problems.md.
TITLES = {
    "bad-request": (400, "The request cannot be read"),
    "unknown-caller": (401, "Sign in first"),
    "not-allowed": (403, "Your role does not allow this"),
    "not-found": (404, "There is no such thing here"),
    "no-such-method": (405, "This address is not asked in this way"),
    "not-acceptable": (406, "It is not written in any of the forms you accept"),
    "conflict": (409, "It does not fit what is there"),
    "same-person": (409, "A second person signs off"),
    "stale": (412, "Somebody changed it in the meantime"),
    "too-large": (413, "The request is too large"),
    "no-such-media": (415, "The request is written in a form that is not read here"),
    "bad-input": (422, "The input cannot be used as it is"),
    "key-reused": (422, "The idempotency key was used for another request"),
    "say-which": (428, "Say which state you change"),
    "too-many": (429, "Too many requests"),
    "our-mistake": (500, "Carnet made a mistake"),
    "broken": (500, "An integrity check failed"),
    "busy": (503, "The server is busy or going down"),
}


class Refusal(Exception):
    """A request that is answered with a problem."""

    def __init__(
        self,
        kind: str,
        detail: str,
        *,
        errors: list[dict[str, str]] | None = None,
        headers: dict[str, str] | None = None,
        error: str = "",
    ) -> None:
        super().__init__(detail)
        self.error = error  # the word OAuth 2 has for it
        self.kind, self.detail, self.errors, self.headers = kind, detail, errors or [], headers or {}
        self.status = TITLES[kind][0]


def of_error(error: CarnetError, folder: Path | None = None) -> Refusal:
    """Our own errors as refusals; the folder in which the server keeps a project is not shown."""
    hidden = f"{folder}/" if folder else ""

    def shown(text: str) -> str:
        return text.replace(hidden, "") if hidden else text

    detail = shown(str(error))
    if isinstance(error, UnknownEconomy | Unheard):
        return Refusal("not-found", detail)
    if isinstance(error, BadInput):
        rows = [{"place": shown(str(p.place)), "says": shown(p.says), "hint": shown(p.hint)} for p in error.problems]
        return Refusal("bad-input", detail, errors=rows)
    return Refusal("broken" if isinstance(error, Broken) else "our-mistake", detail)


def body(refusal: Refusal, request_id: str) -> bytes:
    """The problem as it is sent."""
    status, title = TITLES[refusal.kind]
    plain: dict[str, Any] = {
        "type": f"urn:carnet:problem:{refusal.kind}",
        "title": title,
        "status": status,
        "detail": refusal.detail,
        "request_id": request_id,
    }
    if refusal.error:
        plain |= {"error": refusal.error, "error_description": refusal.detail}
    if refusal.errors:
        plain["errors"] = refusal.errors
    return json.dumps(plain, ensure_ascii=False).encode("utf-8", "replace")
