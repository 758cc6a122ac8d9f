"""Whatever bytes come in, a sentence comes out."""

import io
import json
import zipfile

from hypothesis import given, settings
from hypothesis import strategies as st

from carnet.errors import CarnetError
from carnet.ledger.bundle import make_bundle, verify_bundle
from carnet.ledger.checkpoint import read_checkpoint
from carnet.ledger.credentials import open_credential
from carnet.ledger.keys import Resolver, Signer
from carnet.ledger.log import Log
from carnet.ledger.merkle import BadProof
from carnet.supply.epcis import Words
from carnet.supply.importing import Result, take

from .test_events import document, melt
from .world import ECONOMIES, TABLES

WORDS = Words(TABLES["eventwords"])
plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
ODD = ["ilmd", "carnet:kgco2e", "parentEPC", "childEPCList", "inputEPCList", "action", "type", "eventList", "epcisBody"]
KEYS = st.sampled_from([*melt(), *ODD, "@context", "proof", "credentialSubject", "id"])


def imported(raw, name):
    result = Result()
    take(raw, name, result, WORDS, ECONOMIES)
    assert all(r.message for r in result.rejected)
    return result


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300), st.sampled_from(["lots.csv", "flows.csv", "x.json", "y.jsonld", "z.xlsx", "q.bin"]))
def test_random_bytes_never_crash_an_import(raw, name):
    imported(raw, name)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(KEYS, plain, max_size=6))
def test_a_mutated_event_is_taken_or_refused(change):
    imported(json.dumps(document({**melt(), **change})).encode(), "e.json")


@settings(max_examples=500, deadline=None)
@given(st.dictionaries(KEYS, plain, max_size=6))
def test_a_mutated_traceability_credential_is_taken_or_refused(change):
    kind = change.pop("type", None) if "action" in change else None
    head = {"type": ["AggregationEvent" if kind else "TransformationEvent"], "id": "urn:x:1"}
    event = {**head, "eventTime": "2026-01-01T00:00:00Z", **change}
    raw = {"type": ["DigitalTraceabilityEvent"], "@context": [], "credentialSubject": [event]}

    imported(json.dumps(raw).encode(), "c.json")


@settings(max_examples=300, deadline=None)
@given(plain | st.dictionaries(KEYS, plain, max_size=6) | st.text(max_size=80))
def test_a_mutated_credential_is_opened_to_a_sentence(found):
    opened = open_credential(found, Resolver(), at="2026-11-21")

    assert opened.problems


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_random_bytes_are_no_bundle(raw):
    assert not verify_bundle(raw)["valid"]


@settings(max_examples=100, deadline=None)
@given(plain)
def test_a_mutated_manifest_is_no_bundle(value):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        packed.writestr("bundle.json", json.dumps(value))

    assert not verify_bundle(buffer.getvalue())["valid"]


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200))
def test_random_text_is_no_checkpoint(text):
    try:
        read_checkpoint(text, {"x": Signer(b"1" * 32).public})
    except BadProof:
        return
    raise AssertionError("nobody signed it")


@settings(max_examples=100, deadline=None)
@given(st.lists(st.binary(max_size=40), max_size=5))
def test_random_lines_are_no_log(lines):
    log = Log("x")
    for line in lines:
        try:
            log.read_line(line)
        except CarnetError:
            continue


def test_a_bundle_of_nothing_is_not_valid():
    assert not verify_bundle(make_bundle([], {}, Log("x"), Signer(b"1" * 32), "2026-11-21T00:00:00Z"))["valid"]
