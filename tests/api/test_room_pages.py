"""The pages of roads and supply: the same policy as the API, forms that only we may send, nothing kept of an upload."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from carnet.doors.server.server import create_server, open_exchange
from carnet.doors.web import install, pages
from tests.api.house import EXAMPLES, library, settings, settle
from tests.api.roadside import bring
from tests.api.test_pages_are_guarded import csrf, visitor

CHAIN = EXAMPLES / "supply" / "truck-battery"


@pytest.fixture(scope="module")
def rooms(tmp_path_factory):
    exchange = open_exchange(settings(tmp_path_factory.mktemp("rooms")), library())
    app, gate = create_server(exchange, pages())
    install(app)
    bring(exchange, settle(exchange, "works").id)
    yield gate
    exchange.store.close()


def files(names: tuple[str, ...] = ("lots", "flows", "events", "facilities", "actors", "contents")) -> list:
    return [("files", (f"{n}.csv", (CHAIN / f"{n}.csv").read_bytes())) for n in names]


def test_an_owner_sees_the_network_and_makes_and_revokes_an_agreement(rooms):
    owner = visitor(rooms)
    first = owner.get("/roads").text
    form = {"csrf": csrf(owner), "id": "pilot", "template": "development", "recipient": "urn:alice", "dataset": "town"}
    made = owner.post("/roads/agreements", data=form).text
    token = re.search(r"bearerToken[^a-z]*(pilot\.[0-9a-f]{64})", made)
    listed = owner.get("/roads").text

    assert "<svg" in first
    assert "No agreement is made" in first
    assert token
    assert token[1] not in listed
    assert owner.post("/roads/agreements/pilot/revoke", data={"csrf": csrf(owner)}).status_code == 303
    assert "revoked" in owner.get("/roads").text


@pytest.mark.parametrize("role", ["engineer", "reviewer", "auditor", "partner"])
def test_nobody_but_an_owner_makes_or_revokes_one(rooms, role):
    person = visitor(rooms, role)
    form = {"csrf": csrf(person), "id": "mine", "template": "development", "recipient": "x", "dataset": "town"}

    assert "/roads/agreements" not in person.get("/roads").text
    assert person.post("/roads/agreements", data=form).status_code == 403
    assert person.post("/roads/agreements/pilot/revoke", data={"csrf": csrf(person)}).status_code == 403


def test_a_partner_sees_pictures_and_no_recording_by_its_name(rooms):
    assert "d0.csv" in visitor(rooms).get("/roads").text
    page = visitor(rooms, "partner").get("/roads").text

    assert "<svg" in page
    assert "d0.csv" not in page


@pytest.mark.parametrize("path", ["/roads/agreements", "/roads/agreements/x/revoke", "/supply", "/supply/shock"])
def test_a_forged_form_changes_nothing(rooms, path):
    form = {"csrf": "guessed", "id": "x", "template": "x", "recipient": "x", "dataset": "x"}
    answer = visitor(rooms).post(path, data=form, files=files(("lots",)) if path == "/supply" else None)

    assert answer.status_code == 403


def test_a_chain_is_read_drawn_and_forgotten(rooms, monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    owner = visitor(rooms)
    page = owner.post("/supply", data={"csrf": csrf(owner)}, files=files())

    assert page.status_code == 200, page.text[:500]
    assert page.text.count("<svg") >= 2
    assert "CHN-P7-000123" in page.text
    assert list(tmp_path.iterdir()) == []


def test_a_broken_chain_is_answered_with_the_rows_that_are_wrong(rooms):
    owner = visitor(rooms)
    page = owner.post("/supply", data={"csrf": csrf(owner)}, files=[("files", ("lots.csv", b"id,kg\na,-1\n"))])

    assert page.status_code == 422
    assert "lots.csv" in page.text
    assert "/tmp" not in page.text


def test_sliders_cost_what_the_room_says_and_rest_costs_nothing(rooms):
    from carnet.reading import read, shape
    from carnet.supply.forms import LineForm
    from carnet.supply.shock import Shock, report

    owner, path = visitor(rooms), Path(EXAMPLES / "supply" / "line.yaml")
    form = {"csrf": csrf(owner), "line": path.read_text(), "first": "2", "weeks": "20"}
    still = owner.post("/supply/shock", data=form).text
    hit = owner.post("/supply/shock", data={**form, "keep:cn": "20"}).text
    line = shape(read(path, "line"), LineForm).line()
    found = report(line, [Shock("cn", 0.2, 2, 20)], 52)

    assert "0.0 – 0.0 %" in still
    assert f"{100 * found['interval'][0]:.1f} – {100 * found['interval'][1]:.1f} %" in hit
    assert found["interval"][1] > 0.01


@pytest.mark.parametrize(
    "form",
    [{"line": "carnet: line/1"}, {"line": "{"}, {"first": "-1"}, {"keep:cn": "x"}, {"weeks": "9" * 9}],
)
def test_a_line_or_slider_that_is_not_understood_is_refused(rooms, form):
    owner = visitor(rooms)
    whole = {"csrf": csrf(owner), "line": (EXAMPLES / "supply" / "line.yaml").read_text(), **form}

    assert owner.post("/supply/shock", data=whole).status_code in (400, 422)


@pytest.mark.parametrize("path", ["/roads", "/supply"])
def test_a_page_runs_nothing_inline(rooms, path):
    page = visitor(rooms).get(path)

    assert not re.search(r"<script(?![^>]*src=)|<style|\son\w+=|\sstyle=", page.text)
    assert "unsafe" not in page.headers["content-security-policy"]
