"""Asking others: only hosts an owner named, only addresses that are public, the address that was checked and no other.

The server asks nobody by itself. What it sends goes to a counterpart's base address over HTTPS: the name is resolved,
every address it gives must be public (private, loopback, link-local, metadata and reserved ranges are refused unless
the operator listed the host), and the connection is made to the very address that was checked. No redirect is followed,
an answer is read up to a limit, and everything has an end in time.
Reading order: Guard, sound_base(), ask().
"""

from __future__ import annotations

import base64
import http.client
import ipaddress
import json
import socket
import ssl
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from .problems import Refusal

SECONDS, MOST_ANSWER, MOST_ADDRESS = 10.0, 1024 * 1024, 300


class NotSent(Exception):
    """It could not be sent; the sentence says why. `again` is False when trying later is of no use."""

    def __init__(self, says: str, *, again: bool = True) -> None:
        super().__init__(says)
        self.again = again


@dataclass(frozen=True)
class Guard:
    """Where we may connect: hosts (as host:port) allowed to lie in private ranges, and who signs their certificates."""

    private: frozenset[str] = frozenset()
    authorities: Path | None = None

    def address(self, host: str, port: int) -> tuple[int, Any]:
        """(family, socket address) of a host that may be asked; raises NotSent."""
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            raise NotSent(f"the name {host} leads to no address") from None
        if f"{host}:{port}" not in self.private:
            for _, _, _, _, there in found:
                if not public(str(there[0])):
                    raise NotSent(
                        f"{host} leads to {there[0]}, which is not a public address. The operator may list "
                        f"{host}:{port} in CARNET_PRIVATE_HOSTS.",
                        again=False,
                    )
        family, _, _, _, there = found[0]
        return family, there


def public(text: str) -> bool:
    """Whether an address belongs to the public network, however it is written."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if inner is None and address in ipaddress.ip_network("64:ff9b::/96"):
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return inner.is_global and not inner.is_multicast
    return address.is_global and not address.is_multicast


def sound_base(text: str) -> str:
    """A base address of somebody else, without a slash at its end; refuses what is no plain HTTPS address."""
    says = "write an address such as https://api.example.com, without user, query or fragment"
    if len(text) > MOST_ADDRESS or any(ord(c) <= 32 or ord(c) > 126 or c == "\\" for c in text):
        raise Refusal("bad-input", says)
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise Refusal("bad-input", says) from None
    plain = not (parts.username or parts.password or parts.query or parts.fragment)
    if parts.scheme != "https" or not parts.hostname or not plain or port == 0 or "/../" in f"{parts.path}/":
        raise Refusal("bad-input", says)
    return text.rstrip("/")


class _Pinned(http.client.HTTPSConnection):
    """A connection to one checked address, under the name it was asked by."""

    def __init__(self, host: str, port: int, there: tuple[int, Any], context: ssl.SSLContext) -> None:
        super().__init__(host, port, timeout=SECONDS, context=context)
        self._there, self._tls = there, context

    def connect(self) -> None:
        family, address = self._there
        plain = socket.socket(family, socket.SOCK_STREAM)
        plain.settimeout(SECONDS)
        try:
            plain.connect(address)
            self.sock = self._tls.wrap_socket(plain, server_hostname=self.host)
        except BaseException:
            plain.close()
            raise


def ask(guard: Guard, url: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
    """POST to an address; (status, answer up to a limit). Raises NotSent."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or 443
    context = ssl.create_default_context(cafile=str(guard.authorities) if guard.authorities else None)
    connection = _Pinned(host, port, guard.address(host, port), context)
    until = time.monotonic() + 2 * SECONDS
    try:
        connection.request("POST", parts.path or "/", body, {**headers, "User-Agent": "carnet", "Connection": "close"})
        answer = connection.getresponse()
        raw = b""
        while block := answer.read1(65536):
            raw += block
            if len(raw) > MOST_ANSWER:
                raise NotSent(f"{host} answered with more than {MOST_ANSWER:,} bytes", again=False)
            if time.monotonic() > until:
                raise NotSent(f"{host} did not finish its answer in time")
        return answer.status, raw
    except (OSError, http.client.HTTPException) as error:
        raise NotSent(f"{host} could not be asked: {str(error)[:120] or type(error).__name__}") from None
    finally:
        connection.close()


def bearer(guard: Guard, auth: str, client_id: str, secret: str) -> str:
    """An access token of a counterpart, by client credentials; raises NotSent."""
    basic = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
    headers = {
        "Authorization": f"Basic {basic}",
        "Content-Type": "application/x-www-form-urlencoded",
        "Accept": "application/json",
    }
    status, raw = ask(guard, auth, urlencode({"grant_type": "client_credentials"}).encode(), headers)
    if status != 200:
        raise NotSent(f"{urlsplit(auth).hostname} gave no token: status {status}", again=status >= 500 or status == 429)
    try:
        token = json.loads(raw)["access_token"]
    except (ValueError, KeyError, TypeError, RecursionError):
        token = None
    if not isinstance(token, str) or not token or len(token) > 8000 or not token.isprintable() or not token.isascii():
        raise NotSent(f"{urlsplit(auth).hostname} answered without an access token", again=False)
    return token
