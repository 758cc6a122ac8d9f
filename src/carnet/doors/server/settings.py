"""How one server is set up: from the environment and the options of `carnet serve`; nothing else reads either.

Reading order: Settings, from_environment().
"""

from __future__ import annotations

import datetime
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ...errors import BadInput

MEBI = 1024 * 1024


@dataclass(frozen=True)
class Settings:
    """Everything a server is told. Sizes in bytes, rates per second and caller, times in seconds."""

    home: Path
    database: str
    upload_bytes: int = 64 * MEBI
    body_bytes: int = MEBI
    rate: float = 50.0
    burst: int = 200
    in_flight: int = 64
    uploads_at_once: int = 4
    session_seconds: int = 12 * 3600
    access_seconds: int = 3600
    argon_memory_kib: int = 65536
    argon_time: int = 3
    secure_cookies: bool = False
    drain_seconds: int = 20
    checkpoint_seconds: int = 60
    callback_seconds: float = 2.0
    public_address: str = ""  # the HTTPS address others know us by
    private_hosts: frozenset[str] = frozenset()  # host:port that may lie in a private range
    authorities: Path | None = None  # certificates of authorities that counterparts may use
    roads: Path | None = None  # the folder with one lake of road data per organization

    @property
    def log_folder(self) -> Path:
        return self.home / "log"

    @property
    def roads_folder(self) -> Path:
        return self.roads or self.home / "roads"

    @property
    def work_folder(self) -> Path:
        return self.home / "work"


def from_environment(environ: Mapping[str, str] = os.environ, home: Path | None = None) -> Settings:
    """Settings from the environment, all of them named CARNET_...; raises BadInput."""
    folder = (home or Path(environ.get("CARNET_HOME", "carnet-exchange"))).resolve()
    return Settings(
        home=folder,
        database=environ.get("CARNET_DATABASE") or f"sqlite:///{folder}/exchange.sqlite",
        rate=float(_number(environ, "CARNET_RATE", 50)),
        burst=max(200, 4 * _number(environ, "CARNET_RATE", 50)),
        upload_bytes=_number(environ, "CARNET_UPLOAD_MIB", 64) * MEBI,
        public_address=environ.get("CARNET_PUBLIC_ADDRESS", "").rstrip("/"),
        private_hosts=frozenset(environ.get("CARNET_PRIVATE_HOSTS", "").split()),
        authorities=Path(environ["CARNET_AUTHORITIES"]) if environ.get("CARNET_AUTHORITIES") else None,
        roads=Path(environ["CARNET_ROADS"]).resolve() if environ.get("CARNET_ROADS") else None,
    )


def _number(environ: Mapping[str, str], name: str, otherwise: int) -> int:
    text = environ.get(name, "")
    if text and (not text.isascii() or not text.isdigit() or not 0 < int(text) < 10**7):
        raise BadInput(f"{name}={text!r}: write a whole number above zero")
    return int(text) if text else otherwise


def now(seconds: float = 0) -> str:
    """The moment, in UTC with microseconds, `seconds` from now."""
    moment = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=seconds)
    return moment.isoformat(timespec="microseconds")
