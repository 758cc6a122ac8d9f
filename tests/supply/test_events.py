"""Events are read strictly, name themselves by what happened, and become lots and flows."""

import json

import pytest

from carnet.ledger.plain import Refused, parse
from carnet.supply import events
from carnet.supply.epcis import CONTEXTS, FIELDS, Words, read_document
from carnet.supply.eventhash import event_hash, prehash
from carnet.supply.keys import canonical, check_digit
from carnet.supply.lots import Chain
from carnet.waist import Place

from .world import TABLES, world

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
WORDS = Words(TABLES["eventwords"])


def document(*listed, context=CONTEXT, **said):
    """A capture document with these events."""
    return {
        "@context": [context, {"ex": "https://example.org/"}],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-11-21T12:00:00Z",
        "epcisBody": {"eventList": list(listed)},
        **said,
    }


def melt(**said):
    """100 kg of ore become 20 kg of salt."""
    return {
        "type": "TransformationEvent",
        "eventTime": "2026-01-10T10:00:00.000+01:00",
        "eventTimeZoneOffset": "+01:00",
        "inputQuantityList": [{"epcClass": "urn:epc:class:lgtin:4012345.012345.A", "quantity": 0.1, "uom": "TNE"}],
        "outputQuantityList": [{"epcClass": "urn:epc:class:lgtin:4012345.012345.B", "quantity": 20, "uom": "KGM"}],
        "bizStep": "commissioning",
        **said,
    }


def output(**said):
    return {"outputQuantityList": [{"epcClass": "urn:x:y", **said}]}


def read(*listed, **said):
    return read_document(document(*listed, **said), "melt.json", WORDS)


def prefixes_of(plain):
    context = plain["@context"]
    found = {}
    for part in context if isinstance(context, list) else [context]:
        if isinstance(part, dict):
            found |= {k: v for k, v in part.items() if isinstance(v, str)}
    return found


def events_of(plain):
    body = plain["epcisBody"]
    if "queryResults" in body:
        return body["queryResults"]["resultsBody"]["eventList"]
    return body.get("eventList") or [body["event"]]


# --- the published vectors and examples --------------------------------------------------------------------------


def test_every_published_hash_comes_out(shared):
    wrong, count = [], 0
    for path in sorted((shared / "supply" / "epcis-hash").rglob("*.jsonld")):
        plain = json.loads(path.read_text())
        want = path.with_suffix(".hashes").read_text().split()
        got = [event_hash(e, prefixes_of(plain)) for e in events_of(plain)]
        count += 1
        wrong += [path.name] if got != want else []

    assert count == 11
    assert wrong == []


def test_events_that_must_be_equal_are_equal(shared):
    (path,) = (shared / "supply" / "epcis-hash").rglob("expected_equal/*.json")
    plain = json.loads(path.read_text())

    assert len({event_hash(e, prefixes_of(plain)) for e in events_of(plain)}) == 1


def test_the_published_line_before_hashing_is_ours(shared):
    path = next((shared / "supply" / "epcis-hash").rglob("ReferenceEventHashAlgorithm.jsonld"))
    plain = json.loads(path.read_text())

    (line,) = (prehash(e, prefixes_of(plain)) for e in events_of(plain))

    assert line == path.with_suffix(".prehashes").read_text().strip()


def examples(shared):
    root = shared / "supply"
    return [
        *sorted((root / "gs1-epcis" / "JSON").rglob("*.jsonld")),
        *sorted((root / "gs1-epcis" / "JSON-Schema" / "test").glob("*.json")),
        *sorted((root / "openepcis" / "JSON" / "Capture").rglob("*.json")),
        *sorted((root / "openepcis" / "JSON" / "Query").glob("*.json")),
    ]


def test_every_published_example_is_taken_whole(shared):
    refused = []
    for path in examples(shared):
        found = read_document(parse(path.read_bytes()), path.name, WORDS)
        refused += [f"{path.name}: {r.rule}: {r.message}" for r in found.rejected]
        refused += [f"{path.name}: nothing in it"] if not found.events else []

    assert len(examples(shared)) >= 50
    assert refused == []


def test_a_query_definition_is_no_document_of_events(shared):
    path = shared / "supply" / "openepcis" / "JSON" / "Query" / "Queries" / "SimpleEventQuery.json"

    (refusal,) = read_document(parse(path.read_bytes()), path.name, WORDS).rejected

    assert "not bundled, and nothing is fetched" in refusal.message


def test_our_words_are_those_of_the_published_schema(shared):
    schema = json.loads((shared / "supply" / "gs1-epcis" / "EPCIS-JSON-Schema.json").read_text())["definitions"]

    for ours, theirs in (
        ("bizStep", "bizStep"), ("disposition", "disposition"), ("bizTransactionType", "bizTransaction-type"),
        ("sourceOrDestinationType", "source-dest-type"), ("component", "component"), ("errorReason", "error-reason"),
        ("measurementType", "measurementType"), ("sensorAlertType", "sensorAlertType"),
    ):  # fmt: skip
        published = next(a["enum"] for a in schema[theirs]["anyOf"] if "enum" in a)
        assert WORDS[ours] == set(published)


def test_our_field_tables_are_those_of_the_published_schema(shared):
    schema = json.loads((shared / "supply" / "gs1-epcis" / "EPCIS-JSON-Schema.json").read_text())["definitions"]
    common = set(schema["common-event-properties"]["anyOf"][0]["enum"])

    for kind, (fields, _) in FIELDS.items():
        names = next(p["propertyNames"] for p in schema[kind]["allOf"] if "propertyNames" in p)
        own = next(a["enum"] for a in names["anyOf"] if "enum" in a)
        assert set(fields) == common | set(own), kind


# --- keys --------------------------------------------------------------------------------------------------------


def test_a_check_digit_is_that_of_the_textbook():
    assert check_digit("629104150021") == "3"  # 6291041500213


@pytest.mark.parametrize(
    ("urn", "link"),
    [
        ("urn:epc:id:sgtin:4012345.011111.9876", "https://id.gs1.org/01/04012345111118/21/9876"),
        ("urn:epc:id:sgln:4012345.00005.0", "https://id.gs1.org/414/4012345000054"),
        ("https://id.gs1.de/414/4012345000054/254/0", "https://id.gs1.org/414/4012345000054"),
        ("https://example.com/gtin/09780345418913/21/765tz?abc=1", "https://id.gs1.org/01/09780345418913/21/765tz"),
        ("https://example.com/po/12345", "https://example.com/po/12345"),
        ("urn:uuid:550e8400", "urn:uuid:550e8400"),
    ],
)
def test_every_spelling_of_a_key_becomes_one(urn, link):
    assert canonical(urn) == link


# --- our own events ----------------------------------------------------------------------------------------------


def test_the_spelling_of_time_and_order_does_not_change_the_hash():
    a = melt(inputEPCList=["urn:epc:id:sgtin:4012345.011111.1", "urn:epc:id:sgtin:4012345.011111.2"])
    b = melt(
        eventTime="2026-01-10T09:00:00Z",
        inputEPCList=["urn:epc:id:sgtin:4012345.011111.2", "https://id.gs1.org/01/04012345111118/21/1"],
        recordTime="2026-02-01T00:00:00Z",
    )

    assert event_hash(a, {}) == event_hash(b, {})
    assert event_hash(a, {}) != event_hash(melt(bizStep="shipping"), {})


@pytest.mark.parametrize(
    ("change", "rule", "says"),
    [
        ({"eventTime": "2026-01-10T10:00:00"}, "eventTime", "not a moment with its zone"),
        ({"eventTime": "2026-02-30T10:00:00Z"}, "eventTime", "not a moment with its zone"),
        ({"eventTimeZoneOffset": "CET"}, "eventTimeZoneOffset", "not an offset"),
        ({"bizStep": "comissioning"}, "bizStep", "no word of the vocabulary"),
        ({"mass": 7}, "mass", "has no field 'mass'"),
        ({"foo:bar": 7}, "foo:bar", "the prefix 'foo' is not declared"),
        ({"inputEPCList": ["no uri"]}, "inputEPCList", "not an address or name"),
        ({"type": "MeltingEvent"}, "type", "no kind of event"),
        (output(quantity=-1, uom="KGM"), "outputQuantityList.quantity", "zero or more"),
        (output(quantity=1.5), "outputQuantityList.uom", "needs a unit"),
        (output(quantity=1, uom="kilo"), "outputQuantityList.uom", "no unit code"),
        ({"outputQuantityList": []}, "transformationID", "it has no output"),
    ],
)  # fmt: skip
def test_a_row_that_is_not_right_is_refused_with_rule_and_sentence(change, rule, says):
    found = read(melt(**change))

    assert not found.events
    assert (found.rejected[0].row, found.rejected[0].rule) == (1, rule)
    assert says in found.rejected[0].message


def test_the_good_rows_beside_a_bad_one_are_named_too():
    found = read(melt(), melt(bizStep="nonsense"), melt())

    assert [number for number, _ in found.events] == [1, 3]
    assert [r.row for r in found.rejected] == [2]


def test_an_id_that_stands_twice_is_refused():
    found = read(melt(eventID="urn:uuid:1"), melt(eventID="urn:uuid:1"))

    assert found.rejected[0].message == "the id 'urn:uuid:1' is already that of event 1"


def test_a_remote_context_is_never_fetched():
    (refusal,) = read(melt(), context="https://evil.example/context.jsonld").rejected

    assert refusal.rule == "context"
    assert "nothing is fetched" in refusal.message


def test_a_wrong_hash_id_is_a_note():
    wrong = f"ni:///sha-256;{'0' * 64}?ver=CBV2.0"

    found = read(melt(eventID=wrong))

    assert len(found.events) == 1
    assert "does not match" in found.notes[0].message


def test_a_record_from_before_its_event_is_a_note_about_a_clock():
    (note,) = read(melt(recordTime="2025-01-01T00:00:00Z")).notes

    assert note.message.endswith("is a clock wrong?")


def test_every_bundled_context_is_known():
    for name in CONTEXTS:
        assert not read(melt(), context=name).rejected


# --- hostile JSON ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b'{"a": 1, "a": 2}', "stands twice"),
        (b"[" * 100_000, "deeper|not JSON"),
        (b"[" * 100 + b"]" * 100, "nests deeper than 64"),
        (b'{"a": NaN}', "not a JSON number"),
        (b'{"a": 1e999}', "longer or larger"),
        (b'{"a": ' + b"9" * 5000 + b"}", "longer or larger"),
        (b"\xff\xfe\x00", "not UTF-16"),
        (b"\x80", "not UTF-8"),
        (b"", "line 1, column 1 is not JSON"),
    ],
)
def test_hostile_json_ends_in_a_sentence(raw, says):
    with pytest.raises(Refused, match=says):
        parse(raw)


def test_utf16_is_read_by_its_mark():
    assert parse('{"a": "ö"}'.encode("utf-16")) == {"a": "ö"}


# --- into the chain and out --------------------------------------------------------------------------------------


def taken(*listed):
    chain, found = Chain(), read(*listed)
    assert not found.rejected
    for number, event in found.events:
        events.from_event(event, found.prefixes, Place("melt.json", number), chain)
    return chain


def test_a_transformation_becomes_flows_in_kilograms():
    chain = taken(melt())

    assert [(f["way"], f["kg"]) for f in chain["flows"]] == [("in", 100.0), ("out", 20)]
    assert len(chain["lots"]) == 2


def test_what_was_only_observed_does_not_flow():
    chain = taken(
        {
            "type": "ObjectEvent", "action": "OBSERVE", "epcList": ["urn:uuid:1"],
            "eventTime": "2026-01-10T10:00:00Z", "eventTimeZoneOffset": "+00:00",
        }
    )  # fmt: skip

    assert chain["flows"] == []


def test_a_chain_written_as_events_reads_back_the_same():
    before = world()
    plain = json.loads(json.dumps(events.to_document(before, "2026-11-21T12:00:00Z")))
    found = read_document(plain, "world.json", WORDS)
    assert found.rejected == ()
    after = Chain()
    for number, event in found.events:
        events.from_event(event, found.prefixes, Place("world.json", number), after)

    def flows(chain):
        return sorted((f["event"], f["lot"], f["way"], f["kg"]) for f in chain["flows"])

    origins = {r["id"]: (r["economy"], r["source"]) for r in before["lots"] if r["economy"]}
    assert flows(after) == flows(before)
    assert {r["id"]: (r["economy"], r["source"]) for r in after["lots"] if r["economy"]} == origins


# --- traceability credentials ------------------------------------------------------------------------------------


def credential(*listed):
    return {"type": ["DigitalTraceabilityEvent", "VerifiableCredential"], "credentialSubject": list(listed)}


def smelting(**said):
    return {
        "type": ["TransformationEvent", "Event"],
        "id": "https://example.org/event/1",
        "eventTime": "2026-01-10T10:00:00Z",
        "inputQuantityList": [{"productId": "https://example.org/ore", "quantity": 100, "uom": "KGM"}],
        "outputQuantityList": [{"productId": "https://example.org/salt", "quantity": 20, "uom": "KGM"}],
        **said,
    }


def test_a_traceability_credential_becomes_flows():
    chain = Chain()

    assert events.from_credential(credential(smelting()), "dte.json", chain) == (1, [])
    assert [(f["lot"].rpartition("/")[2], f["kg"]) for f in chain["flows"]] == [("ore", 100), ("salt", 20)]


def test_a_time_without_zone_is_refused_in_a_credential_too():
    taken_, (refusal,) = events.from_credential(credential(smelting(eventTime="2026-01-10T10:00:00")), "d", Chain())

    assert taken_ == 0
    assert "has no zone" in refusal.message


def test_published_traceability_events_are_taken_or_refused_for_a_reason(shared):
    """The current instance names one event id twice; older ones lack a zone, a kind of event, or name no product."""
    outcome = {}
    for path in sorted((shared / "supply" / "untp").rglob("*.json")):
        try:
            plain = parse(path.read_bytes())
        except Refused:
            continue
        if events.is_traceability(plain) and "schema" not in path.name:
            outcome[path.name] = events.from_credential(plain, path.name, Chain())

    assert outcome["untp-dte-instance.json"][0] == 1
    assert outcome["untp-dte-instance.json"][1][0].rule == "id"
    reasons = {r.rule for _, rejected in outcome.values() for r in rejected}
    assert reasons <= {"id", "eventTime", "type", "event", "inputQuantityList"}
    assert len(outcome) >= 3


def test_a_chain_travels_as_a_signed_traceability_credential(shared):
    import jsonschema

    from carnet.ledger.credentials import envelope, issue, open_credential
    from carnet.ledger.keys import Resolver, Signer

    signer = Signer(b"s" * 32)
    (path,) = (shared / "supply" / "untp" / "data-models").rglob("untp-dte-schema.json")
    schema = json.loads(path.read_text())
    context = schema["properties"]["@context"]["prefixItems"][1]["const"]
    issuer = {"id": signer.issuer, "name": "Maker"}
    made = events.to_credential(world(), issuer, "2026-11-21T12:00:00Z", "urn:example:dte:1", context)

    opened = open_credential(envelope(issue(made, signer)), Resolver(), at="2026-11-22")
    chain = Chain()
    count, rejected = events.from_credential(opened.credential, "dte", chain)

    assert opened.holds
    assert (count, rejected) == (3, [])
    assert sorted(f["kg"] for f in chain["flows"]) == sorted(f["kg"] for f in world()["flows"])
    assert [e.message for e in jsonschema.Draft202012Validator(schema).iter_errors(made)] == []
