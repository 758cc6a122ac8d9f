"""The quick reader of events says what the readable one says, on every document, word for word."""

import copy
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carnet.ledger.plain import Refused, parse
from carnet.supply.epcis import read_document
from carnet.supply.epcisfast import read_bytes

from .test_events import WORDS, document, examples, melt


def both(raw):
    """(what the quick reader says, what the readable one says); the quick one may decline."""
    try:
        slow = read_document(parse(raw), "d.json", WORDS)
    except Refused:
        slow = None
    return read_bytes(raw, "d.json", WORDS), slow


PACKING = {
    "type": "AggregationEvent", "action": "ADD", "parentID": "urn:epc:id:sscc:4012345.1234567890",
    "childEPCs": ["urn:epc:id:sgtin:4012345.011111.1", "urn:epc:id:sgtin:4012345.011111.2"],
    "eventTime": "2026-03-01T08:00:00Z", "eventTimeZoneOffset": "+00:00", "eventID": "urn:uuid:1",
    "readPoint": {"id": "urn:epc:id:sgln:4012345.00005.0"}, "disposition": "in_progress",
}  # fmt: skip
FINDING = {
    "type": "ObjectEvent", "action": "ADD", "eventTime": "2026-01-01T00:00:00Z", "eventTimeZoneOffset": "-03:00",
    "quantityList": [{"epcClass": "urn:epc:class:lgtin:4012345.012345.A", "quantity": 4.5, "uom": "TNE"}],
    "ilmd": {"ex:countryOfOrigin": "CL", "ex:deep": {"a:b": [1, {"c:d": None}]}}, "ex:note": ["x"],
    "recordTime": "2026-01-01T00:00:01Z", "bizLocation": {"id": "urn:epc:id:sgln:4012345.00006.0"},
}  # fmt: skip
EVENTS = [melt(), PACKING, FINDING]
VALUES = (
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from([
        "", "KGM", "+01:00", "urn:x:y", "ADD", "shipping", "no uri", "2026-02-30T00:00:00Z", "2026-02-03T00:00:00Z",
        "ni:///sha-256;" + "0" * 64 + "?ver=CBV2.0", "a\": b", "ObjectEvent", "x" * 3000, "\ud800",
        ["urn:x:y", "urn:x:y"], ["urn:x:y", 3], {"id": "urn:x:y"}, {"id": "urn:x:y", "more": [1]}, [], {},
        [{"epcClass": "urn:x:y", "quantity": 1, "uom": "KGM"}], [{"epcClass": "urn:x:y", "quantity": -1, "uom": "KGM"}],
        [{"epcClass": "urn:x:y", "quantity": True, "uom": "KGM"}],
        [{"epcClass": "urn:x:y", "quantity": 1, "uom": "+01:00"}],
        10**39, 10**41,
    ])
)  # fmt: skip
NAMES = st.sampled_from([
    "type", "eventTime", "recordTime", "eventTimeZoneOffset", "eventID", "action", "bizStep", "disposition",
    "readPoint", "bizLocation", "epcList", "childEPCs", "inputEPCList", "outputEPCList", "parentID", "transformationID",
    "quantityList", "inputQuantityList", "outputQuantityList", "ilmd", "bizTransactionList", "errorDeclaration",
    "@context", "ex:own", "other:own", "mass", "persistentDisposition", "sensorElementList", "certificationInfo",
])  # fmt: skip
CHANGES = st.lists(st.tuples(st.integers(0, 5), NAMES, VALUES | st.just("(gone)")), max_size=4)


@settings(max_examples=600, deadline=None)
@given(CHANGES, st.sampled_from([None, (",", ":"), (", ", ": ")]), st.sampled_from([None, 1]))
def test_a_changed_document_has_one_outcome(changes, separators, indent):
    listed = [copy.deepcopy(EVENTS[n % 3]) for n in range(6)]
    for number, name, value in changes:
        listed[number].pop(name, None)
        if value != "(gone)":
            listed[number][name] = copy.deepcopy(value)
    raw = json.dumps(document(*listed), separators=separators, indent=indent).encode("utf-8", "surrogatepass")

    quick, slow = both(raw)

    assert quick is None or quick == slow


@pytest.mark.parametrize("spacing", [None, 2])
def test_a_good_document_is_taken_quickly(spacing):
    quick, slow = both(json.dumps(document(*EVENTS, *EVENTS[:1]), indent=spacing).encode())

    assert quick is not None
    assert quick == slow
    assert len(quick.events) == 4
    assert quick.rejected == ()


def test_a_bad_row_is_explained_in_the_same_words():
    quick, slow = both(json.dumps(document(melt(), melt(bizStep="comissioning"), PACKING, PACKING)).encode())

    assert quick is not None
    assert quick.rejected == slow.rejected
    assert [r.row for r in quick.rejected] == [2, 4]  # no such word; an id that stands twice


GOOD = json.dumps(document(melt()))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"bizStep": ', '"bizStep": "shipping", "bizStep": '),
        ('"bizStep": ', '"bizStep" : "shipping", "bizStep": '),
        ('"bizStep": ', '"bizStep"\n: "shipping", "bizStep": '),
        ('"quantity": 20', '"quantity": 20, "quantity": 20'),
        ('"quantity": 20', '"quantity": 1e999'),
        ('"quantity": 20', '"quantity": NaN'),
        ('"quantity": 20', '"quantity": 0.' + "1" * 50),
        ('"quantity": 20', '"quantity": ' + "1" * 41),
        ('"type": "EPCISDocument"', '"type": "EPCISDocument", "type": "EPCISDocument"'),
        ('"bizStep": ', '"ex:deep": ' + "[" * 70 + "]" * 70 + ', "bizStep": '),
    ],
)
def test_what_only_the_strict_reader_may_judge_is_left_to_it(before, after):
    raw = GOOD.replace(before, after, 1).encode()
    assert raw != GOOD.encode()

    quick, slow = both(raw)

    assert quick is None
    assert slow is None


def test_other_encodings_and_single_events_are_left_to_the_strict_reader():
    assert both(GOOD.encode("utf-16"))[0] is None
    assert both(b"\x80")[0] is None
    assert both(json.dumps({"@context": document()["@context"], **melt()}).encode())[0] is None


def test_every_published_example_has_one_outcome(shared):
    quickly = 0
    for path in examples(shared):
        quick, slow = both(path.read_bytes())
        quickly += quick is not None
        assert quick is None or quick == slow, path.name

    assert quickly >= 20


PIECES = st.sampled_from([
    b'"', b":", b'":', b" :", b"\\", b"\\u0022", b"{", b"}", b"[", b"]", b",", b"1", b"-", b"e9", b"\x80",
    b"\xff", b"\n", b"NaN", b'"type": "ObjectEvent", ', b'"bizStep": "shipping", ', b'"a\\"": 1, ',
    b'"x": {"y": 1, "y": 2}, ',
])  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 3), PIECES), min_size=1, max_size=4))
def test_damaged_bytes_have_one_outcome(edits):
    raw = json.dumps(document(*EVENTS)).encode()
    for at, gone, put in edits:
        at %= len(raw)
        raw = raw[:at] + put + raw[at + gone :]

    quick, slow = both(raw)

    assert quick is None or quick == slow
