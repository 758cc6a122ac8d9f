"""A small exchange to ask: two organizations, every role in each, one project each; builders for what is sent."""

import io
import zipfile
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from carnet.catalog import Catalog, open_catalog
from carnet.doors.server.accounts import digest, secret
from carnet.doors.server.demo import folder_of
from carnet.doors.server.exchange import Exchange
from carnet.doors.server.packing import from_zip
from carnet.doors.server.policy import Caller
from carnet.doors.server.server import create_server, open_exchange
from carnet.doors.server.settings import Settings
from carnet.store import people

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
PASSWORD = "correct horse battery"
BESIDE = ("/api/", "/roads/stac", "/roads/sharing", "/epcis/", "/log/", "/organizations/", "/.well-known/")
PERSONS = ("owner", "engineer", "reviewer", "auditor", "partner")


@cache
def library() -> Catalog:
    return open_catalog()


def settings(home: Path, **more: Any) -> Settings:
    """Cheap passwords and no limits, so that tests are about what they are about."""
    plain = {"database": f"sqlite:///{home}/exchange.sqlite", "argon_memory_kib": 8, "argon_time": 1}
    return Settings(**{"home": home, "rate": 1e6, "burst": 10**6, "uploads_at_once": 64, **plain, **more})


def zipped(files: dict[str, bytes | str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, raw in files.items():
            packed.writestr(name, raw)
    return buffer.getvalue()


PROJECT = """\
carnet: project/1
id: small
title: {title}
review: {{day: "2027-02-01", event: placed_on_market, known: "2026-11-21"}}
markets: [sg]
subjects:
  car:
    kind: vehicle
    facts: {{vehicle.category: M1, vehicle.powertrain: bev}}
"""


def project(title: str = "Small car") -> bytes:
    """A project of one car that goes to one market."""
    return zipped({"project.yaml": PROJECT.format(title=title)})


def example(name: str) -> bytes:
    """One of the examples with its evidence, as a folder."""
    (_, text), *files = folder_of(EXAMPLES / f"{name}.yaml")
    return zipped({"project.yaml": text, **dict(files)})


@dataclass
class Organization:
    """One tenant: its people's ids and tokens by role, and its project."""

    id: str
    ids: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    project: str = ""
    review: str = ""


@dataclass
class House:
    """A running exchange, a client to ask it with, and two organizations in it."""

    exchange: Exchange
    client: TestClient
    ours: Organization
    theirs: Organization

    def ask(self, method: str, path: str, role: str = "owner", org: Organization | None = None, **options: Any) -> Any:
        """A request to /api/v1, or beside it, as somebody of ours (or of `org`); role '' sends no token."""
        headers = dict(options.pop("headers", {}))
        if role:
            headers["Authorization"] = f"Bearer {(org or self.ours).tokens[role]}"
        address = path if path.startswith(BESIDE) else f"/api/v1{path}"
        return self.client.request(method, address, headers=headers, **options)


def caller(org: Organization, role: str) -> Caller:
    return Caller(org.ids[role], org.id, role, role)


def settle(exchange: Exchange, name: str) -> Organization:
    """An organization with somebody in every role, a machine, and a project with a kept review."""
    owner = exchange.begin(name, f"owner@{name}.example", "Owner", PASSWORD)
    org = Organization(owner["organization"], {"owner": owner["id"]})
    boss = caller(org, "owner")
    for role in PERSONS[1:]:
        org.ids[role] = exchange.add_user(boss, f"{role}@{name}.example", role.title(), role, PASSWORD)["id"]
    for role in PERSONS:
        org.tokens[role] = exchange.add_token(caller(org, role), "token", f"machine of {role}", None)[1]
    client, key = exchange.add_token(boss, "client", "machine", None)
    org.ids["service"], access = client["id"], secret("access")
    with exchange.store.change("2026-11-21T10:00:00+00:00") as tx:
        row = {"id": f"t-{name}", "organization": org.id, "kind": "access", "name": "machine", "role": "service"}
        people.add_token(tx, {**row, "client": client["id"], "digest": digest(access), "created_by": client["id"]})
    org.tokens["service"], org.tokens["client_secret"] = access, key
    _, made, _ = exchange.add_project(caller(org, "engineer"), from_zip(io.BytesIO(project(f"Car of {name}"))), "", "")
    org.project = made["id"]
    return org


def build(home: Path, **more: Any) -> House:
    exchange = open_exchange(settings(home, **more), library())
    _, gate = create_server(exchange)
    client = TestClient(gate, raise_server_exceptions=False, base_url="http://localhost")
    return House(exchange, client, settle(exchange, "ours"), settle(exchange, "theirs"))
