"""The OpenAPI document is true: requests made from it hear no 5xx, no undocumented status, no other shape."""

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode, checks

from tests.api.house import House, build
from tests.api.test_authorization_matrix import rows

SMOKE, HARD, ENOUGH = 6, 640, 20_000  # examples per operation; those without parameters are soon exhausted
# A key that was sent before, a revision or a cursor that is not ours: refused, though the form is right.
CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]


SENT: Counter[str] = Counter()


@pytest.fixture(scope="module")
def asked(tmp_path_factory) -> Iterator[House]:
    house = build(tmp_path_factory.mktemp("document"))
    yield house
    house.exchange.store.close()


@pytest.fixture(scope="module")
def document(asked: House) -> Any:
    return schemathesis.openapi.from_asgi("/api/v1/openapi.json", asked.client.app)


OPTIONS = {
    "deadline": None,
    "suppress_health_check": list(HealthCheck),
    "phases": (Phase.explicit, Phase.generate),
    "derandomize": True,
    "database": None,
}


def send(case: Any, asked: House) -> None:
    """One request; every other one about the project that is there, by the owner."""
    chance = random.Random(repr(case.as_curl_command()))
    if chance.random() < 0.7:
        for name, value in (("project_id", asked.ours.project), ("user_id", asked.ours.ids["partner"]), ("number", 1)):
            if case.path_parameters and name in case.path_parameters:
                case.path_parameters[name] = value
    if case.path == "/api/v1/tokens/{token_id}":
        case.path_parameters["token_id"] = "t-none"  # the owner's own token must live on
    SENT[f"{case.method} {case.path}"] += 1
    case.call_and_validate(headers={"Authorization": f"Bearer {asked.ours.tokens['owner']}"}, checks=CHECKS)


def send_many(document: Any, asked: House, method: str, path: str, most: int) -> None:
    """So many requests of one operation, each made from the document: right ones, and ones that are wrong."""
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):

        @settings(max_examples=max(1, most // 2), **OPTIONS)
        @given(case=document[path][method].as_strategy(generation_mode=mode))
        def ask(case: Any) -> None:
            send(case, asked)

        with suppress(Unsatisfiable):  # an operation without parameters cannot be asked wrongly
            ask()


@pytest.mark.parametrize(("method", "path"), sorted(rows()))
def test_a_few_requests_of_every_kind(document, asked, method, path):
    send_many(document, asked, method, path, SMOKE)


@pytest.mark.hard
@pytest.mark.parametrize(("method", "path"), sorted(rows()))
def test_many_requests_of_every_kind(document, asked, method, path, record_property):
    before = SENT.total()
    send_many(document, asked, method, path, HARD)

    record_property("requests", SENT.total() - before)
    assert SENT.total() > before


@pytest.mark.hard
def test_they_were_twenty_thousand_requests():
    """Runs after them; when only some operations were asked, it has nothing to say."""
    asked_all = {f"{method} {path}" for method, path in rows()} <= set(SENT)

    assert SENT.total() >= ENOUGH or not asked_all
