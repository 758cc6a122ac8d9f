"""Supply-chain events come in whole or not at all, are found by what they tell, and stay with their organization."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.chainside import document, event, sighting
from tests.api.house import House, build

PACK = "urn:epc:id:sgtin:4712345.011111.282"
CELLS = "urn:epc:class:lgtin:4712345.054321.cell1"


@pytest.fixture(scope="module")
def chain(tmp_path_factory) -> House:
    """Three events of ours, captured in one document."""
    house = build(tmp_path_factory.mktemp("chain"))
    made = document(
        event("urn:uuid:made"), sighting("urn:uuid:sent"),
        sighting("urn:uuid:came", eventTime="2026-03-05T00:00:00Z", bizStep="receiving"),
    )  # fmt: skip
    answer = house.ask("POST", "/epcis/capture", "engineer", json=made)
    assert house.ask("GET", answer.headers["location"], "engineer").json()["success"]
    return house


def found(house: House, **query: Any) -> list[str]:
    """Ids of the events a query finds."""
    answer = house.ask("GET", "/epcis/events", params=query)
    assert answer.status_code == 200, answer.text
    return [e["eventID"] for e in answer.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"]]


def capture(house: House, body: Any, role: str = "engineer") -> dict[str, Any]:
    """The job of a capture."""
    answer = house.ask("POST", "/epcis/capture", role, json=body)
    assert answer.status_code == 202, answer.text
    return house.ask("GET", f"/epcis/capture/{answer.json()['captureID']}", role).json()


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ({}, ["made", "sent", "came"]),
        ({"eventType": "ObjectEvent"}, ["sent", "came"]),
        ({"eventType": "ObjectEvent,TransformationEvent"}, ["made", "sent", "came"]),
        ({"EQ_bizStep": "shipping"}, ["sent"]),
        ({"EQ_bizStep": "urn:epcglobal:cbv:bizstep:shipping"}, ["sent"]),
        ({"EQ_bizStep": "https://ref.gs1.org/cbv/BizStep-receiving"}, ["came"]),
        ({"EQ_action": "OBSERVE"}, ["sent", "came"]),
        ({"GE_eventTime": "2026-03-02T00:00:00Z"}, ["sent", "came"]),
        ({"GE_eventTime": "2026-03-02T00:00:00Z", "LT_eventTime": "2026-03-02T00:00:01Z"}, ["sent"]),
        ({"GE_eventTime": "2026-03-02T08:00:00+08:00", "LT_eventTime": "2026-03-05T00:00:00Z"}, ["sent"]),
        ({"MATCH_epc": PACK}, ["sent", "came"]),
        ({"MATCH_anyEPC": PACK, "EQ_bizStep": "receiving"}, ["came"]),
        ({"MATCH_epc": "https://id.gs1.org/01/04712345111110/21/282"}, []),
        ({"MATCH_outputEPCClass": CELLS}, ["made"]),
        ({"MATCH_inputEPCClass": CELLS}, []),
        ({"MATCH_anyEPCClass": CELLS}, ["made"]),
        ({"EQ_bizLocation": "urn:epc:id:sgln:4712345.00001.0"}, ["made"]),
        ({"EQ_eventID": "urn:uuid:came"}, ["came"]),
        ({"orderBy": "eventTime", "orderDirection": "DESC"}, ["came", "sent", "made"]),
    ],
)
def test_a_query_finds_what_it_says(chain, query, ids):
    assert found(chain, **query) == [f"urn:uuid:{i}" for i in ids]


def test_a_thing_is_found_by_either_spelling_of_its_name(chain):
    from carnet.supply.keys import canonical

    assert canonical(PACK).startswith("https://id.gs1.org/01/")
    assert found(chain, MATCH_epc=canonical(PACK)) == ["urn:uuid:sent", "urn:uuid:came"]


def test_pages_follow_each_other_without_gap(chain):
    seen, query = [], {"perPage": 1}
    while True:
        answer = chain.ask("GET", "/epcis/events", params=query)
        seen += [e["eventID"] for e in answer.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"]]
        if "nextpagetoken" not in answer.headers:
            break
        assert 'rel="next"' in answer.headers["link"]
        query["nextPageToken"] = answer.headers["nextpagetoken"]

    assert seen == ["urn:uuid:made", "urn:uuid:sent", "urn:uuid:came"]


@pytest.mark.parametrize(
    "query",
    [
        {"EQ_bizstep": "shipping"}, {"MATCH_epc": "urn:epc:idpat:sgtin:4712345.*"}, {"GE_eventTime": "yesterday"},
        {"nextPageToken": "x"}, {"GE_eventTime": "2026-03-02T08:00:00"},
    ],
)  # fmt: skip
def test_a_parameter_that_is_not_understood_is_refused_and_not_overlooked(chain, query):
    assert chain.ask("GET", "/epcis/events", params=query).status_code == 400


@pytest.mark.parametrize("perpage", [0, -1, 1001, "many"])
def test_a_page_has_sound_size(chain, perpage):
    assert chain.ask("GET", "/epcis/events", params={"perPage": perpage}).status_code == 422


BROKEN = {
    "eventTime": {"eventTime": "2026-03-01"},
    "eventTimeZoneOffset": {"eventTimeZoneOffset": "Z"},
    "type": {"type": "ObjectivEvent"},
    "outputQuantityList": {"outputQuantityList": [{"epcClass": CELLS, "quantity": -1}]},
    "bizStep": {"bizStep": "no such step"},
}


@pytest.mark.parametrize("part", sorted(BROKEN))
def test_one_broken_event_keeps_the_whole_document_out_and_says_why(tmp_path, part):
    house = build(tmp_path)
    job = capture(house, document(sighting("urn:uuid:sound"), event("urn:uuid:broken", **BROKEN[part])))

    assert job["success"] is False
    assert [e["event"] for e in job["errors"]] == [2] * len(job["errors"])
    assert job["errors"][0]["detail"].startswith("event 2: ")
    assert found(house) == []


def test_every_broken_event_is_explained(chain):
    job = capture(chain, document(*(event(**change) for change in BROKEN.values())))

    assert {e["event"] for e in job["errors"]} == set(range(1, len(BROKEN) + 1))


@pytest.mark.parametrize(
    ("body", "media", "status"),
    [
        (b"{", "application/json", 400),
        (b'{"a": 1, "a": 2}', "application/json", 400),
        (b"<epcis/>", "application/xml", 415),
        (b"{}", "", 415),
    ],
)
def test_what_is_no_document_makes_no_job(chain, body, media, status):
    before = len(chain.ask("GET", "/epcis/capture", params={"limit": 200}).json()["items"])
    answer = chain.ask("POST", "/epcis/capture", content=body, headers={"Content-Type": media})

    assert answer.status_code == status
    assert len(chain.ask("GET", "/epcis/capture", params={"limit": 200}).json()["items"]) == before


def test_the_same_event_again_changes_nothing_and_another_under_its_id_is_refused(chain):
    again = capture(chain, document(event("urn:uuid:made")))
    other = capture(chain, document(event("urn:uuid:made", bizStep="shipping")))

    assert (again["success"], again["events"]) == (True, 0)
    assert other["errors"][0]["title"] == "eventID"
    assert found(chain, EQ_eventID="urn:uuid:made") == ["urn:uuid:made"]


def test_an_event_without_an_id_gets_the_hash_of_what_happened(chain):
    bare = sighting(eventTime="2026-04-01T00:00:00Z")
    del bare["eventID"]
    capture(chain, document(bare))

    (name,) = found(chain, GE_eventTime="2026-04-01T00:00:00Z")
    assert name.startswith("ni:///sha-256;")


def test_an_extension_keeps_its_meaning_on_the_way_out(chain):
    own = document(sighting("urn:uuid:warm", **{"ours:warm": True}), ours="https://ours.example/")
    other = document(sighting("urn:uuid:cold", **{"ours:warm": False}), ours="https://other.example/")
    assert capture(chain, own)["success"]
    assert capture(chain, other)["success"]
    page = chain.ask("GET", "/epcis/events", params={"EQ_eventID": "urn:uuid:warm,urn:uuid:cold"})

    (_, context) = page.json()["@context"]
    shown = page.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    assert context == {"ours": "https://ours.example/"}
    assert [e["eventID"] for e in shown] == ["urn:uuid:warm"]  # the other means something else by the same word
    assert "nextpagetoken" in page.headers


def test_another_organization_finds_nothing_and_may_use_the_same_ids(chain):
    theirs = chain.ask("GET", "/epcis/events", org=chain.theirs).json()
    made = chain.ask("POST", "/epcis/capture", json=document(event("urn:uuid:made", bizStep="packing")),
                     org=chain.theirs)  # fmt: skip
    job = chain.ask("GET", made.headers["location"], org=chain.theirs).json()

    assert theirs["epcisBody"]["queryResults"]["resultsBody"]["eventList"] == []
    assert job["success"]
    assert chain.ask("GET", made.headers["location"]).status_code == 404
    assert found(chain, EQ_eventID="urn:uuid:made", EQ_bizStep="packing") == []


def test_answers_name_the_versions_they_speak(chain):
    headers = chain.ask("GET", "/epcis/events").headers

    assert headers["gs1-epcis-version"] == "2.0.0"
    assert headers["gs1-cbv-version"] == "2.0.0"


def test_what_comes_out_can_be_brought_in_elsewhere(chain, tmp_path):
    out = chain.ask("GET", "/epcis/events", params={"EQ_eventID": "urn:uuid:made,urn:uuid:sent"}).json()
    elsewhere = build(tmp_path)

    assert capture(elsewhere, out)["success"]
    assert found(elsewhere) == ["urn:uuid:made", "urn:uuid:sent"]


def test_an_event_whose_id_is_an_address_is_found_by_it(chain):
    name = "https://id.gs1.org/414/9506000134352?made=1"
    assert capture(chain, document(sighting(name, eventTime="2026-05-01T00:00:00Z")))["success"]

    assert found(chain, EQ_eventID=name) == [name]
