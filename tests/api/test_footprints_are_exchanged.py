"""The standard footprint interface over HTTPS: the mandatory public cases, versions 2 and 3, and our calls back."""

from __future__ import annotations

import json
import ssl
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from carnet.doors.server import outbound
from carnet.doors.server.gate import Gate, Metrics
from carnet.doors.server.outbound import Guard, NotSent, public, sound_base
from carnet.doors.server.pact import create_pact
from carnet.doors.server.problems import Refusal
from carnet.doors.server.server import open_exchange
from carnet.doors.server.tls import local_certificate
from carnet.doors.server.vault import Vault
from carnet.errors import Broken
from tests.api.house import Organization, caller, library, settings, settle
from tests.api.papers import footprint, older
from tests.api.postgres import free_port

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "carbon" / "schemas"


@dataclass
class There:
    """The served interface, the exchange behind it, and how a customer signs in."""

    base: str
    port: int
    exchange: Any
    org: Organization
    client: str
    secret: str
    offered: list[dict[str, Any]]
    http: httpx.Client

    def token(self) -> str:
        answer = self.http.post(
            f"{self.base}/auth/token", data={"grant_type": "client_credentials"}, auth=(self.client, self.secret)
        )
        return str(answer.json()["access_token"])

    def get(self, path: str, token: str = "", **options: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token or self.token()}"}
        return self.http.get(f"{self.base}{path}", headers=headers, **options)

    def event(self, document: Any, major: str = "3", token: str = "") -> httpx.Response:
        headers = {
            "Authorization": f"Bearer {token or self.token()}",
            "Content-Type": "application/cloudevents+json; charset=UTF-8",
        }
        return self.http.post(f"{self.base}/{major}/events", content=json.dumps(document), headers=headers)


@contextmanager
def secure(app: Any, certificate: tuple[Path, Path]) -> Iterator[int]:
    port = free_port()
    config = uvicorn.Config(
        app, host="127.0.0.1", port=port, log_level="error", lifespan="off", ssl_certfile=str(certificate[0]),
        ssl_keyfile=str(certificate[1]),
    )  # fmt: skip
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 20
    while not server.started and time.monotonic() < until:
        time.sleep(0.02)
    yield port
    server.should_exit = True
    thread.join(10)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory) -> tuple[Path, Path]:
    return local_certificate(tmp_path_factory.mktemp("tls"))


class Counterpart:
    """Somebody else's host: gives tokens, takes events."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.batches: list[list[dict[str, Any]]] = []
        self.tokens, self.status, self.seen = 0, 200, []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        headers = dict(scope["headers"])
        self.seen.append((scope["path"], headers))
        status, answer = 200, b""
        if scope["path"] == "/auth/token":
            self.tokens += 1
            answer = b'{"access_token":"there","token_type":"Bearer"}'
        elif headers.get(b"authorization") != b"Bearer there":
            status = 401
        else:
            status = self.status
            if status == 200:
                told = json.loads(body)
                (self.batches if isinstance(told, list) else self.events).append(told)
        await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"text/plain")]})
        await send({"type": "http.response.body", "body": answer})


@pytest.fixture(scope="module")
def counterpart(certificate) -> Iterator[tuple[Counterpart, int]]:
    there = Counterpart()
    with secure(there, certificate) as port:
        yield there, port


@pytest.fixture(scope="module")
def there(tmp_path_factory, certificate, counterpart) -> Iterator[There]:
    _, port = counterpart
    home = tmp_path_factory.mktemp("exchange")
    exchange = open_exchange(
        settings(home, private_hosts=frozenset({f"127.0.0.1:{port}"}), authorities=certificate[0],
                 public_address="https://works.example"), library())  # fmt: skip
    org = settle(exchange, "works")
    owner = caller(org, "owner")
    client, key = exchange.add_token(owner, "client", "customer", None, "partner")
    other, _ = exchange.add_token(owner, "client", "another customer", None, "partner")
    documents = [
        footprint(),
        footprint(productIds=["urn:gtin:4712345060002"], country="DE", validityPeriodStart="2024-01-01T00:00:00Z"),
        footprint(productIds=["urn:gtin:4712345060003"], companyIds=["urn:uuid:51131fb5-42a2-4267-a402-0ecfefef0002"]),
    ]
    for document in documents:
        exchange.offers.offer(owner, document, [], "")
    exchange.offers.offer(owner, older(), [], "")
    hidden = footprint(productIds=["urn:gtin:4712345060009"])
    exchange.offers.offer(owner, hidden, [other["id"]], "")
    exchange.offers.add_counterpart(
        owner,
        {"name": "Customer", "base": f"https://127.0.0.1:{port}", "auth": "", "client_id": "us", "secret": "s3cret",
         "client": client["id"]},
    )  # fmt: skip
    trust = ssl.create_default_context(cafile=str(certificate[0]))
    with (
        secure(Gate(create_pact(exchange), exchange.settings, Metrics()), certificate) as ours,
        httpx.Client(verify=trust) as http,
    ):
        yield There(
            f"https://127.0.0.1:{ours}", ours, exchange, org, client["id"], key, [*documents, hidden], http
        )  # fmt: skip
    exchange.store.close()


def ids(answer: httpx.Response) -> set[str]:
    assert answer.status_code == 200, answer.text
    return {row["id"] for row in answer.json()["data"]}


# signing in (cases 1, 2, 18, 19)


def test_a_machine_gets_a_token(there):
    answer = there.http.post(
        f"{there.base}/auth/token", data={"grant_type": "client_credentials"}, auth=(there.client, there.secret)
    )

    assert answer.status_code == 200
    assert answer.json()["token_type"] == "Bearer"
    assert answer.json()["expires_in"] > 0
    discovered = there.http.get(f"{there.base}/.well-known/openid-configuration").json()
    assert discovered["token_endpoint"] == f"{there.base}/auth/token"


@pytest.mark.parametrize("auth", [("nobody", "wrong"), None])
def test_wrong_credentials_get_none(there, auth):
    answer = there.http.post(f"{there.base}/auth/token", data={"grant_type": "client_credentials"}, auth=auth)

    assert answer.status_code in (400, 401)
    assert answer.json()["error"] == "invalid_client"
    assert "access_token" not in answer.text


# reading (cases 3 to 8)


def test_one_footprint_by_its_id(there):
    answer = there.get(f"/3/footprints/{there.offered[0]['id']}")

    assert answer.status_code == 200
    assert answer.json()["data"] == there.offered[0]


def test_all_that_were_offered_to_the_caller(there):
    found = ids(there.get("/3/footprints"))

    assert {d["id"] for d in there.offered[:3]} <= found
    assert there.offered[3]["id"] not in found


def test_what_was_offered_to_others_is_denied(there):
    answer = there.get(f"/3/footprints/{there.offered[3]['id']}")

    assert (answer.status_code, answer.json()["code"]) == (403, "AccessDenied")


def test_pages_are_linked(there):
    first = there.get("/3/footprints?limit=2")
    link = first.links["next"]["url"]
    rest = there.http.get(link, headers={"Authorization": f"Bearer {there.token()}"})

    assert len(ids(first)) == 2
    assert link.startswith(there.base)
    assert {d["id"] for d in there.offered[:3]} <= ids(first) | ids(rest)
    assert not ids(first) & ids(rest)
    assert "next" not in rest.links
    assert there.get("/3/footprints?limit=0").json()["data"] == []


@pytest.mark.parametrize("major", ["2", "3"])
@pytest.mark.parametrize("path", ["footprints", "footprints/b1f8c0d2-7c4e-4e67-9a9c-2e4c12345678"])
def test_a_wrong_token_reads_nothing(there, major, path):
    answer = there.get(f"/{major}/{path}", token="invalid-access-token")

    assert answer.status_code in (400, 401)
    assert set(answer.json()) == {"code", "message"}


@pytest.mark.parametrize("major", ["2", "3"])
def test_an_id_nobody_has_is_not_found(there, major):
    answer = there.get(f"/{major}/footprints/non-existent-id")

    assert answer.status_code == 404
    assert answer.json()["code"] == "NotFound"


# in the clear (cases 9 to 11, 17)


def test_the_port_does_not_speak_plain_http(there):
    for method, path in (("POST", "/auth/token"), ("GET", "/3/footprints"), ("POST", "/3/events")):
        with pytest.raises(httpx.HTTPError):
            httpx.request(method, f"http://127.0.0.1:{there.port}{path}", timeout=5)


async def _plain(app: Any) -> int:
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b""}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "scheme": "http", "method": "GET", "path": "/3/footprints", "headers": []}
    await app(scope, receive, send)
    assert b'"data"' not in sent[1]["body"]
    return int(sent[0]["status"])


def test_behind_a_plain_proxy_nothing_is_said(there):
    import asyncio

    assert asyncio.run(_plain(create_pact(there.exchange))) == 403


# criteria (cases 20 to 39)

CRITERIA: list[tuple[str, set[int]]] = [
    ("productId=urn:gtin:4712345060001", {0}),
    ("productId=URN:GTIN:4712345060001", {0}),
    ("productid=urn:gtin:4712345060001", {0}),
    ("companyId=urn:uuid:51131fb5-42a2-4267-a402-0ecfefef0002", {2}),
    ("geography=de", {1}),
    ("geography=CN&geography=DE&companyId=urn:uuid:51131fb5-42a2-4267-a402-0ecfefef0002", {2}),
    ("classification=urn:eclass:0173-1%2301-AAA123%23005", {0, 1, 2}),
    ("validOn=2024-06-01T00:00:00Z", {1}),
    ("validOn=2028-06-01T00:00:00Z", {0, 1, 2}),
    ("validAfter=2025-01-01T00:00:00Z", {0, 2}),
    ("validBefore=2030-01-01T00:00:00Z&classification=urn:eclass:0173-1%2301-AAA123%23005", {0, 1, 2}),
    ("status=Active&classification=urn:eclass:0173-1%2301-AAA123%23005", {0, 1, 2}),
    ("status=active&productId=urn:gtin:4712345060003", {2}),
    ("productId=urn:gtin:4712345060001&productId=urn:gtin:4712345060002", {0, 1}),
    ("companyId=urn:uuid:x&companyId=urn:uuid:51131fb5-42a2-4267-a402-0ecfefef0002&companyId=urn:uuid:y", {2}),
    ("productId=urn:bogus:product:nonexistent123", set()),
    ("companyId=urn:bogus:company:nonexistent456", set()),
    ("geography=XX", set()),
    ("classification=urn:bogus:classification:nonexistent789", set()),
    ("validOn=1900-01-01T00:00:00Z", set()),
    ("validAfter=2099-12-31T23:59:59Z", set()),
    ("validBefore=1900-01-01T00:00:00Z", set()),
    ("status=BogusStatusValue", set()),
    ("companyId=urn:bogus:company:1&productId=urn:gtin:4712345060001", set()),
]


@pytest.mark.parametrize(("query", "wanted"), CRITERIA)
def test_criteria_choose(there, query, wanted):
    assert ids(there.get(f"/3/footprints?{query}")) == {there.offered[n]["id"] for n in wanted}


@pytest.mark.parametrize(
    "query", ["$filter=created ge '2023-01-15T10:15:30Z'", "validOn=yesterday", "limit=-1", "limit=many", "offset=x"]
)
def test_what_cannot_be_read_is_refused(there, query):
    answer = there.get(f"/3/footprints?{query}")

    assert (answer.status_code, answer.json()["code"]) == (400, "BadRequest")


# events (cases 12 to 16)


def created(product: str, **data: Any) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": str(uuid.uuid4()),
        "source": "https://webhook.example.com",
        "time": "2026-05-19T10:30:00Z",
        "type": "org.wbcsd.pact.ProductFootprint.RequestCreatedEvent.3",
        "data": {"productId": [product], "comment": "Please send PCF data for this year.", **data},
    }


def answered(there: There, other: Counterpart, request: str) -> dict[str, Any]:
    there.exchange.sender.flush()
    return next(e for e in other.events if e["data"].get("requestEventId") == request)


def test_a_request_is_answered_with_the_footprint(there, counterpart):
    asked = created("urn:gtin:4712345060001")

    answer = there.event(asked)

    assert (answer.status_code, answer.content) == (200, b"")
    reply = answered(there, counterpart[0], asked["id"])
    assert reply["type"] == "org.wbcsd.pact.ProductFootprint.RequestFulfilledEvent.3"
    assert reply["data"]["pfs"] == [there.offered[0]]
    assert reply["source"] == "https://works.example"


def test_a_request_for_nothing_we_have_is_rejected(there, counterpart):
    asked = created("urn:null")
    assert there.event(asked).status_code == 200

    reply = answered(there, counterpart[0], asked["id"])

    assert reply["type"] == "org.wbcsd.pact.ProductFootprint.RequestRejectedEvent.3"
    assert reply["data"]["error"]["code"] == "NotFound"


def test_what_was_offered_to_others_is_not_sent_either(there, counterpart):
    asked = created("urn:gtin:4712345060009")
    there.event(asked)

    assert "pfs" not in answered(there, counterpart[0], asked["id"])["data"]


def test_version_two_asks_and_is_answered_in_version_two(there, counterpart):
    asked = {
        **created(""),
        "type": "org.wbcsd.pathfinder.ProductFootprintRequest.Created.v1",
        "data": {"pf": {"productIds": ["urn:gtin:4712345060100"]}, "comment": "Please"},
    }
    assert there.event(asked, "2").status_code == 200

    reply = answered(there, counterpart[0], asked["id"])

    assert reply["type"] == "org.wbcsd.pathfinder.ProductFootprintRequest.Fulfilled.v1"
    assert reply["data"]["pfs"][0]["specVersion"].startswith("2.")


def test_the_same_event_is_answered_once(there, counterpart):
    asked = created("urn:gtin:4712345060002")
    assert [there.event(asked).status_code for _ in range(3)] == [200, 200, 200]
    there.exchange.sender.flush()
    there.exchange.sender.flush()

    assert sum(e["data"].get("requestEventId") == asked["id"] for e in counterpart[0].events) == 1


def test_news_is_taken_and_nothing_is_said(there):
    news = {
        **created(""), "type": "org.wbcsd.pact.ProductFootprint.PublishedEvent.3",
        "data": {"pfIds": ["urn:gtin:4712345060507"]},
    }  # fmt: skip

    answer = there.event(news)

    assert (answer.status_code, answer.content) == (200, b"")
    kept = there.exchange.store
    with kept.look() as view:
        from carnet.store import footprints

        assert any(e["event"] == news["id"] for e in footprints.events(view, there.org.id))


def test_a_wrong_token_tells_nothing(there):
    answer = there.event(created("urn:gtin:4712345060001"), token="invalid-access-token")

    assert answer.status_code in (400, 401)


@pytest.mark.parametrize(
    "change",
    [
        {"type": "org.example.Other"}, {"specversion": "0.3"}, {"id": ""}, {"time": "noon"}, {"data": []},
        {"source": 4}, {"data": {"productId": "x", "geography": [3]}},
    ],
)  # fmt: skip
def test_an_event_that_is_none_is_refused(there, change):
    answer = there.event({**created("urn:gtin:4712345060001"), **change})

    assert (answer.status_code, answer.json()["code"]) == (400, "BadRequest")


def test_what_is_no_json_is_refused(there):
    headers = {"Authorization": f"Bearer {there.token()}", "Content-Type": "application/cloudevents+json"}
    for raw in (b"", b"{", b'{"a":1,"a":2}', b"[" * 5000, b"\xff\xfe\x00"):
        assert there.http.post(f"{there.base}/3/events", content=raw, headers=headers).status_code == 400


# version 2


def test_version_two_is_spoken_as_far_as_it_can(there):
    answer = there.get("/2/footprints")
    one = answer.json()["data"][0]

    assert answer.status_code == 200
    assert one["specVersion"].startswith("2.")
    assert there.get(f"/2/footprints/{one['id']}").status_code == 200
    lost = there.get(f"/2/footprints/{there.offered[0]['id']}")
    assert (lost.status_code, lost.json()["code"]) == (404, "NotFound")
    assert "which nobody stated" in lost.json()["message"]


def test_version_two_filters(there):
    assert there.get("/2/footprints?$filter=created ge 2020-01-15T10:15:30Z").json()["data"]
    assert there.get("/2/footprints?$filter=created ge 2030-01-15T10:15:30Z").json()["data"] == []
    one = there.get("/2/footprints?$filter=productIds/any(p:(p eq 'urn:gtin:4712345060100'))").json()["data"]
    assert len(one) == 1
    assert there.get("/2/footprints?$filter=created ge '2023-01-15T10:15:30Z'").status_code == 400
    assert there.get("/2/footprints?$filter=drop table").status_code == 400


def test_answers_follow_the_official_schemas(there):
    if not SHARED.is_dir():
        pytest.skip("real recordings not found at ../shared/data: skipped")
    import jsonschema
    import yaml

    for major, name in (("3", "pact-openapi_v3_0.yaml"), ("2", "pact-openapi_v2_3.yaml")):
        document = yaml.safe_load((SHARED / name).read_text(encoding="utf-8"))
        schema = {"$ref": "#/components/schemas/ProductFootprint", "components": document["components"]}
        for row in there.get(f"/{major}/footprints").json()["data"]:
            jsonschema.Draft202012Validator(schema).validate(row)


# our calls


def test_a_failing_counterpart_is_tried_again_later(there, counterpart):
    other, _ = counterpart
    other.status = 503
    asked = created("urn:gtin:4712345060003")
    there.event(asked)
    there.exchange.sender.flush()
    other.status = 200
    from carnet.store import footprints

    with there.exchange.store.look() as view:
        row = next(r for r in footprints.sent(view, there.org.id, "", 500)
                   if r["body"]["data"].get("requestEventId") == asked["id"])  # fmt: skip

    assert (row["tries"], row["done_at"]) == (1, None)
    assert row["next_at"] is not None
    assert "503" in row["says"]


def test_news_of_ours_reaches_the_counterpart(there, counterpart):
    new = footprint(productIds=["urn:gtin:4712345060777"])
    there.exchange.offers.offer(caller(there.org, "engineer"), new, [], "")
    there.exchange.sender.flush()

    assert any(e["data"].get("pfIds") == [new["id"]] for e in counterpart[0].events)
    there.exchange.offers.deprecate(caller(there.org, "engineer"), new["id"])
    assert there.get(f"/3/footprints/{new['id']}").json()["data"]["status"] == "Deprecated"


def test_what_will_change_is_sent_as_a_batch(there, counterpart):
    other, _ = counterpart
    owner = caller(there.org, "owner")
    with there.exchange.store.look() as view:
        from carnet.store import footprints

        row = footprints.counterparts(view, there.org.id)[0]
    count = there.exchange.offers.tell_changes(owner, row["id"], there.org.project, 60)
    there.exchange.sender.flush()

    path, headers = next((p, h) for p, h in reversed(other.seen) if p == "/events")
    assert path == "/events"
    assert headers[b"content-type"].startswith(b"application/cloudevents-batch+json")
    [batch] = other.batches
    assert len(batch) == count
    assert all(e["specversion"] == "1.0" for e in batch)


ADDRESSES = [
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "255.255.255.255",
    "100.64.0.1", "224.0.0.1", "::1", "::", "fe80::1", "fc00::1", "fd00:ec2::254", "::ffff:127.0.0.1",
    "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:db8::1", "ff02::1", "198.18.0.1", "192.0.2.1",
    "203.0.113.5", "240.0.0.1", "not an address", "fe80::1%eth0",
]  # fmt: skip


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_inner_address_is_public(address):
    assert not public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946"])
def test_a_public_address_is(address):
    assert public(address)


BASES = [
    "http://api.example.com", "ftp://api.example.com", "https://", "https://user:pw@api.example.com",
    "https://api.example.com/?a=1", "https://api.example.com/#f", "https://api.example.com:0", "https://a b",
    "https://api.example.com:99999", "https://api.example.com\r\nX: y", "https://api.example.com/../x",
    "//api.example.com", "https://api.example.com\\@127.0.0.1", "javascript:alert(1)", "https://" + "a" * 400,
]  # fmt: skip


@pytest.mark.parametrize("base", BASES)
def test_a_base_is_a_plain_https_address(base):
    with pytest.raises(Refusal):
        sound_base(base)


def test_a_name_that_leads_inside_is_not_asked(monkeypatch):
    monkeypatch.setattr(outbound.socket, "getaddrinfo", lambda *_, **__: [(2, 1, 6, "", ("169.254.169.254", 443))])

    with pytest.raises(NotSent, match="not a public address"):
        outbound.ask(Guard(), "https://innocent.example/3/events", b"", {})


def test_one_inner_address_among_public_ones_is_enough_to_refuse(monkeypatch):
    found = [(2, 1, 6, "", ("93.184.216.34", 443)), (2, 1, 6, "", ("10.0.0.8", 443))]
    monkeypatch.setattr(outbound.socket, "getaddrinfo", lambda *_, **__: found)

    with pytest.raises(NotSent):
        Guard().address("rebinding.example", 443)


def test_a_secret_is_sealed_for_its_counterpart(tmp_path):
    vault = Vault(tmp_path)
    raw = vault.seal("s3cret", "k-1")

    assert b"s3cret" not in raw
    assert Vault(tmp_path).open(raw, "k-1") == "s3cret"
    with pytest.raises(Broken):
        vault.open(raw, "k-2")
    with pytest.raises(Broken):
        vault.open(raw[:-1] + bytes([raw[-1] ^ 1]), "k-1")
