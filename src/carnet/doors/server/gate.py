"""What every request passes first: a name for it, limits on its size and on how many at once, safe headers, counting.

Written against ASGI itself so that nothing is read before it is allowed: a body that says it is too large is refused
by its header, one that turns out too large is cut off. While the server drains, new requests hear 503.
Reading order: Gate, Metrics.
"""

from __future__ import annotations

import re
import secrets
import threading
import time
from collections import Counter
from contextlib import suppress
from typing import Any

from starlette.middleware.gzip import GZipMiddleware

from .problems import MEDIA, Refusal, body
from .settings import Settings

_ID = re.compile(rb"[A-Za-z0-9._-]{8,64}")
UPLOADS = re.compile(r"^/((api/v1/)?projects(/[^/]+/versions)?|charging|portfolio|supply|epcis/capture)$")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
)


class Metrics:
    """Counts for Prometheus; paths only as templates, so that no id and no tenant shows."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.requests: Counter[tuple[str, str, int]] = Counter()
        self.seconds: Counter[float] = Counter()
        self.total_seconds, self.count, self.in_flight, self.uploads, self.shed = 0.0, 0, 0, 0, 0

    def saw(self, method: str, route: str, status: int, seconds: float) -> None:
        with self._lock:
            self.requests[(method, route, status)] += 1
            self.count += 1
            self.total_seconds += seconds
            for edge in BUCKETS:
                if seconds <= edge:
                    self.seconds[edge] += 1

    def text(self) -> str:
        """The exposition format, version 0.0.4."""
        with self._lock:
            lines = ["# HELP carnet_requests_total Requests answered.", "# TYPE carnet_requests_total counter"]
            for (method, route, status), number in sorted(self.requests.items()):
                labels = f'method="{method}",route="{route}",status="{status}"'
                lines.append(f"carnet_requests_total{{{labels}}} {number}")
            lines += ["# HELP carnet_request_seconds How long answers took.", "# TYPE carnet_request_seconds histogram"]
            lines += [f'carnet_request_seconds_bucket{{le="{edge}"}} {self.seconds[edge]}' for edge in BUCKETS]
            lines += [
                f'carnet_request_seconds_bucket{{le="+Inf"}} {self.count}',
                f"carnet_request_seconds_sum {self.total_seconds:.6f}",
                f"carnet_request_seconds_count {self.count}",
                "# HELP carnet_requests_in_flight Requests being answered now.",
                "# TYPE carnet_requests_in_flight gauge",
                f"carnet_requests_in_flight {self.in_flight}",
                "# HELP carnet_requests_shed_total Requests refused because too many were under way.",
                "# TYPE carnet_requests_shed_total counter",
                f"carnet_requests_shed_total {self.shed}",
            ]
        return "\n".join(lines) + "\n"


class Gate:
    """ASGI middleware around the whole application."""

    def __init__(self, app: Any, settings: Settings, metrics: Metrics) -> None:
        self.app, self.settings, self.metrics = app, settings, metrics
        self.packed = GZipMiddleware(app, minimum_size=500, compresslevel=9)
        self.draining = False

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, headers = time.perf_counter(), dict(scope["headers"])
        asked = headers.get(b"x-request-id", b"")
        name = asked.decode() if _ID.fullmatch(asked) else secrets.token_hex(8)
        scope.setdefault("state", {})["request_id"] = name
        limit = self.settings.upload_bytes if UPLOADS.match(scope["path"]) else self.settings.body_bytes
        status, begun, taken, cut = 500, False, 0, False

        async def answer(message: Any) -> None:
            nonlocal status, begun
            if taken > limit and not cut:
                return  # whatever the application makes of a body that was cut off, the answer is ours
            if message["type"] == "http.response.start":
                status, begun = message["status"], True
                there = {key for key, _ in message["headers"]}
                extra = [(b"x-request-id", name.encode()), *HEADERS]
                if b"content-security-policy" not in there:
                    extra.append((b"content-security-policy", POLICY.encode()))
                if b"cache-control" not in there:
                    extra.append((b"cache-control", b"no-store"))
                message = {**message, "headers": [*message["headers"], *extra]}
            await send(message)

        async def refuse(refusal: Refusal) -> None:
            raw = body(refusal, name)
            more = [(k.lower().encode(), v.encode()) for k, v in refusal.headers.items()]
            start = [(b"content-type", MEDIA.encode()), (b"content-length", str(len(raw)).encode()), *more]
            await answer({"type": "http.response.start", "status": refusal.status, "headers": start})
            await answer({"type": "http.response.body", "body": raw})

        async def take() -> Any:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > limit:
                raise _TooLarge
            return message

        small = scope["path"] in ("/health", "/ready", "/metrics")
        upload = scope["method"] == "POST" and bool(UPLOADS.match(scope["path"]))
        full = self.metrics.in_flight >= self.settings.in_flight or (
            upload and self.metrics.uploads >= self.settings.uploads_at_once
        )
        if not small and (self.draining or full):
            self.metrics.shed += 1
            why = "the server is going down" if self.draining else "too many requests are under way"
            await refuse(Refusal("busy", f"{why}; try again in a moment", headers={"Retry-After": "1"}))
            return
        self.metrics.in_flight += 1
        self.metrics.uploads += upload
        try:
            refused = _said_too_large(headers, limit)
            if refused:
                await refuse(refused)
            else:
                # Style and script are packed; a page is not: it holds a secret beside what others may have written.
                app = self.packed if scope["path"].startswith("/static/") else self.app
                with suppress(_TooLarge):
                    await app(scope, take, answer)
                if taken > limit and not begun:
                    cut = True
                    await refuse(_too_large(limit))
        finally:
            self.metrics.in_flight -= 1
            self.metrics.uploads -= upload
            method = scope["method"] if scope["method"] in METHODS else "other"
            self.metrics.saw(method, template(scope), status, time.perf_counter() - began)


def template(scope: Any) -> str:
    """The address of a request with its parameters by name; 'unknown' where no route answered."""
    if "endpoint" not in scope:
        return "unknown"
    named = {str(value): "{" + name + "}" for name, value in scope.get("path_params", {}).items()}
    parts = [named.get(part, part) for part in scope["path"].split("/")]
    last, dot, suffix = parts[-1].partition(".")
    parts[-1] = f"{last}.{named[suffix]}" if dot and suffix in named else parts[-1]
    return "/".join(parts)


class _TooLarge(Exception):
    """The body went on beyond its limit."""


def _too_large(limit: int) -> Refusal:
    return Refusal("too-large", f"the request is larger than {limit:,} bytes", headers={"Connection": "close"})


def _said_too_large(headers: dict[bytes, bytes], limit: int) -> Refusal | None:
    text = headers.get(b"content-length", b"0")
    if not text.isdigit() or len(text) > 15:
        return Refusal("bad-request", "the Content-Length is no number")
    return _too_large(limit) if int(text) > limit else None
