"""Events in XML are read by the same rules as in JSON; what XML could do beyond is refused."""

import json

import pytest

from carnet.ledger.plain import Refused, parse
from carnet.supply.epcis import Words, read_context, read_document
from carnet.supply.epcisxml import to_plain, write_xml
from carnet.supply.eventhash import event_hash
from carnet.supply.events import to_document
from carnet.supply.importing import import_folder

from .world import ECONOMIES, TABLES, world

WORDS = Words(TABLES["eventwords"])
AT = "2026-11-21T12:00:00Z"
MELT = """<?xml version="1.0"?>
<epcis:EPCISDocument xmlns:epcis="urn:epcglobal:epcis:xsd:2" xmlns:ex="https://example.org/" schemaVersion="2.0"
  creationDate="2026-11-21T12:00:00Z"><EPCISBody><EventList><TransformationEvent>
  <eventTime>2026-01-10T10:00:00+01:00</eventTime><eventTimeZoneOffset>+01:00</eventTimeZoneOffset>
  <inputQuantityList><quantityElement><epcClass>urn:x:ore</epcClass><quantity>0.1</quantity><uom>TNE</uom>
  </quantityElement></inputQuantityList>
  <outputQuantityList><quantityElement><epcClass>urn:x:salt</epcClass><quantity>20</quantity><uom>KGM</uom>
  </quantityElement></outputQuantityList><bizStep>urn:epcglobal:cbv:bizstep:commissioning</bizStep>
  <ex:melt>yes</ex:melt></TransformationEvent></EventList></EPCISBody></epcis:EPCISDocument>"""


def read(text):
    return read_document(to_plain(text.encode()), "melt.xml", WORDS)


def test_an_event_becomes_flows(tmp_path):
    (tmp_path / "melt.xml").write_text(MELT)

    result = import_folder(tmp_path, TABLES, ECONOMIES)

    assert result.rejected == []
    assert [(f["lot"], f["way"], f["kg"]) for f in result.chain["flows"]] == [
        ("urn:x:ore", "in", 100.0), ("urn:x:salt", "out", 20.0),
    ]  # fmt: skip


def test_the_same_event_in_json_has_the_same_id():
    plain = {
        "type": "TransformationEvent", "eventTime": "2026-01-10T09:00:00Z", "eventTimeZoneOffset": "+01:00",
        "inputQuantityList": [{"epcClass": "urn:x:ore", "quantity": 0.1, "uom": "TNE"}],
        "outputQuantityList": [{"epcClass": "urn:x:salt", "quantity": 20, "uom": "KGM"}],
        "bizStep": "commissioning", "other:melt": "yes",
    }  # fmt: skip
    document = to_plain(MELT.encode())

    (event,) = document["epcisBody"]["eventList"]
    assert event_hash(event, document["@context"][1]) == event_hash(plain, {"other": "https://example.org/"})


@pytest.mark.parametrize(
    ("was", "now", "rule"),
    [
        ("bizstep:commissioning", "bizstep:comissioning", "bizStep"),
        ("<quantity>20<", "<quantity>-20<", "outputQuantityList.quantity"),
        ("<quantity>20<", "<quantity>1e999<", "outputQuantityList.quantity"),
        ("<uom>KGM", "<uom>kilogram", "outputQuantityList.uom"),
        ("2026-01-10T10:00:00+01:00", "2026-01-10", "eventTime"),
        ("<eventTimeZoneOffset>+01:00</eventTimeZoneOffset>", "", "eventTimeZoneOffset"),
        ('schemaVersion="2.0"', 'schemaVersion="1.9"', "schemaVersion"),
        ("<ex:melt>yes</ex:melt>", "<melt>yes</melt>", "melt"),
    ],
)
def test_what_json_refuses_xml_refuses_by_the_same_rule(was, now, rule):
    assert was in MELT

    found = read(MELT.replace(was, now))

    assert rule in {r.rule for r in found.rejected}
    assert found.events == ()


BOMB = '<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><d>&b;</d>'


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (BOMB, "document type with entities or an address"),
        ('<!DOCTYPE d SYSTEM "http://example.invalid/passwd"><d/>', "document type with entities or an address"),
        ('<!DOCTYPE d PUBLIC "x" "https://example.org/x.dtd"><d/>', "document type with entities or an address"),
        ("<a>" * 100 + "</a>" * 100, "deeper than 64"),
        ("<a>" + "x" * 1_100_000 + "</a>", "longer than 1,048,576"),
        ("<a><b></a>", "it is not XML here"),
        ("", "it is not XML here"),
        ("<a>&unknown;</a>", "it is not XML here"),
        ("<EPCISDocument xmlns='urn:other'/>", "which is not EPCIS"),
        ("<EPCISDocument/>", "no body with a list of events"),
        ("<EPCISQueryDocument/>", "not an answer"),
        ("<Letter/>", "neither an EPCIS document nor an event"),
    ],
)
def test_what_xml_could_do_beyond_is_refused_with_a_sentence(text, says):
    with pytest.raises(Refused, match=says):
        to_plain(text.encode())


def test_a_bare_document_type_does_no_harm():
    assert read(MELT.replace("?>", "?><!DOCTYPE project>", 1)).rejected == ()


def test_prefixes_may_differ_inside_a_document():
    """Two names for one space are one; one name for two spaces becomes two."""
    text = MELT.replace("<ex:melt>yes</ex:melt>", '<ex:melt xmlns:ex="https://other.example/">yes</ex:melt>')

    plain = to_plain(text.encode())

    (event,) = plain["epcisBody"]["eventList"]
    assert plain["@context"][1] == {"ex": "https://example.org/", "ex_": "https://other.example/"}
    assert event["ex_:melt"] == "yes"


def test_a_chain_written_as_xml_reads_back_as_the_same_chain(tmp_path):
    document = to_document(world(), AT)
    (tmp_path / "x").mkdir()
    (tmp_path / "j").mkdir()
    (tmp_path / "x" / "chain.xml").write_text(write_xml(document))
    (tmp_path / "j" / "chain.json").write_text(json.dumps(document))

    by_xml, by_json = (import_folder(tmp_path / n, TABLES, ECONOMIES) for n in "xj")

    assert by_xml.rejected == []
    assert by_xml.chain.rows == by_json.chain.rows
    assert by_xml.chain["flows"]


# --- the published examples --------------------------------------------------------------------------------------

# Why an example in XML is not taken; everything else is.
REFUSED = {
    "epcisDocWithAllGS1Keys.xml": "one of its names stands twice",
    "TransformationEvent.xml": "'' is not an amount of zero or more",
    "TransformationEvent_with_error_declaration.xml": "is not a moment with its zone",  # it has no seconds
    "SimpleEventQuery.xml": "it is a question (a query), not an answer with events",
}


def test_every_published_example_is_taken_or_refused_for_a_reason(shared):
    outcome = {}
    for path in sorted((shared / "supply").rglob("*.xml")):
        try:
            found = read_document(to_plain(path.read_bytes()), path.name, WORDS)
            outcome[path] = [r.message for r in found.rejected] or len(found.events)
        except Refused as refused:
            outcome[path] = [str(refused)]

    assert len(outcome) == 42
    refused = {path.name: said for path, said in outcome.items() if isinstance(said, list)}
    assert {name: any(REFUSED[name] in s for s in said) for name, said in refused.items()} == dict.fromkeys(
        REFUSED, True
    )
    assert all(count for path, count in outcome.items() if path.name not in REFUSED)


def test_every_published_hash_comes_out_of_the_xml_too(shared):
    """One vector was made while leaving out two fields that a private header of its document names."""
    count = 0
    for path in sorted((shared / "supply" / "epcis-hash").rglob("examples/*.xml")):
        plain = to_plain(path.read_bytes())
        events = plain["epcisBody"]["eventList"]
        if "IgnoreFields" in path.name:
            events = [
                {k: v for k, v in e.items() if k not in ("example:testField1", "example:testField2")} for e in events
            ]
        assert [event_hash(e, read_context(plain["@context"])[0]) for e in events] == path.with_suffix(
            ".hashes"
        ).read_text().split()
        count += 1
    assert count == 7


def test_events_that_must_be_equal_are_equal(shared):
    for path in sorted((shared / "supply").rglob("expected_equal/*.xml")):
        plain = to_plain(path.read_bytes())
        assert len({event_hash(e, read_context(plain["@context"])[0]) for e in plain["epcisBody"]["eventList"]}) == 1, (
            path.name
        )


def test_xml_and_json_of_one_name_are_one_event(shared):
    """Where both spellings were published they give the same ids; in one pair the JSON says more than the XML."""
    root, same, other = shared / "supply" / "openepcis", 0, []
    for path in sorted((root / "XML" / "Capture" / "Documents").glob("*.xml")):
        twin = root / "JSON" / "Capture" / "Documents" / f"{path.stem}.json"
        if twin.exists():
            a, b = to_plain(path.read_bytes()), parse(twin.read_bytes())
            one = [event_hash(e, read_context(a["@context"])[0]) for e in a["epcisBody"]["eventList"]]
            two = [event_hash(e, read_context(b["@context"])[0]) for e in b["epcisBody"]["eventList"]]
            same += one == two
            other += [] if one == two else [path.stem]

    assert (same, other) == (15, ["TransformationEvent_with_userExtensions"])
