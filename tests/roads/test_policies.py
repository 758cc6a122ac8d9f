"""What no permission allows is denied, and what nobody knows never helps a request."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carnet.errors import BadInput
from carnet.roads.license.evaluate import Request, World, decide, evaluate
from carnet.roads.license.policy import from_json, from_triples

READ = Request("read", "urn:alice", "urn:frames")


def policy(*permissions: dict[str, Any], prohibition: tuple[dict[str, Any], ...] = (), **more: Any) -> Any:
    return from_json({"uid": "urn:p", "permission": list(permissions), "prohibition": list(prohibition), **more})


def permission(**more: Any) -> dict[str, Any]:
    return {"action": "read", "assignee": "urn:alice", "target": "urn:frames", **more}


def purpose(*words: str, op: str = "isAnyOf") -> dict[str, Any]:
    return {"leftOperand": "purpose", "operator": op, "rightOperand": list(words)}


def test_an_empty_policy_allows_nothing():
    found = decide(policy(), READ, World())

    assert not found.allowed
    assert found.because == "no permission speaks of it"


def test_a_purpose_nobody_stated_does_not_satisfy():
    found = decide(policy(permission(constraint=purpose("research"))), READ, World())

    assert not found.allowed
    assert found.because == "permission does not apply: purpose isAnyOf research is not known"


def test_one_purpose_too_many_is_denied():
    rules = policy(permission(constraint=purpose("research")))

    assert decide(rules, READ, World({"purpose": ("research",)})).allowed
    assert not decide(rules, READ, World({"purpose": ("research", "insurance")})).allowed


def test_a_prohibition_wins_and_holds_even_when_nobody_knows():
    forbids = {"action": "use", "constraint": {"leftOperand": "spatial", "operator": "eq", "rightOperand": "xx"}}
    rules = policy(permission(), prohibition=(forbids,))

    assert not decide(rules, READ, World()).allowed
    assert not decide(rules, READ, World({"spatial": ("xx",)})).allowed
    assert decide(rules, READ, World({"spatial": ("yy",)})).allowed


def test_an_operand_outside_the_vocabulary_is_never_satisfied():
    odd = {"leftOperand": "urn:mood", "operator": "eq", "rightOperand": "good"}

    assert not decide(policy(permission(constraint=odd)), READ, World({"urn:mood": ("good",)})).allowed


def test_a_count_runs_out():
    few = {"leftOperand": "count", "operator": "lteq", "rightOperand": 3}
    rules = policy(permission(constraint=few))

    assert decide(rules, READ, World({"count": ("3",)})).allowed
    assert not decide(rules, READ, World({"count": ("4",)})).allowed


def test_a_moment_needs_no_zone_to_be_compared_but_it_must_be_a_moment():
    until = {"leftOperand": "dateTime", "operator": "lt", "rightOperand": "2027-01-01T00:00:00Z"}
    rules = policy(permission(constraint=until))

    assert decide(rules, READ, World({"dateTime": ("2026-12-31T23:00:00+00:00",)})).allowed
    assert decide(rules, READ, World({"dateTime": ("2027-01-01T07:00:00+08:00",)})).allowed  # 23:00 UTC
    assert not decide(rules, READ, World({"dateTime": ("soon",)})).allowed


def test_a_violated_duty_closes_the_permission_and_an_open_one_goes_with_it():
    rules = policy(permission(duty=[{"uid": "urn:d", "action": "attribute"}]))

    assert [d.action for d in decide(rules, READ, World()).duties] == ["attribute"]
    assert not decide(rules, READ, World(duties={"urn:d": "violated"})).allowed


def test_exactly_one_means_one():
    both = {"xone": [purpose("research"), purpose("research", "validation")]}

    assert not decide(policy(permission(constraint=both)), READ, World({"purpose": ("research",)})).allowed
    assert decide(policy(permission(constraint=both)), READ, World({"purpose": ("validation",)})).allowed


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        ({"permision": []}, "the key 'permision' is not understood; did you mean 'permission'?"),
        ({"permission": [{"acton": "read"}]}, "the key 'acton' of a permission is not understood"),
        (
            {"permission": [{"constraint": [{"leftOperand": "count", "operator": "under"}]}]},
            "no operator is called 'under'",
        ),
        ({"permission": [{"action": ["read", "use"]}]}, "names several actions"),
        ({"inheritFrom": "urn:other"}, "inheritFrom is not read"),
    ],
)
def test_what_is_not_understood_is_refused(raw: dict[str, Any], says: str):
    with pytest.raises(BadInput, match="policy"):
        from_json(raw)
    with pytest.raises(BadInput) as found:
        from_json(raw)
    assert says in str(found.value)


WORDS = st.sampled_from(["research", "validation", "insurance"])


@settings(max_examples=100, deadline=None)
@given(st.lists(WORDS, min_size=1, max_size=3), st.lists(WORDS, max_size=3), st.booleans())
def test_more_rules_of_prohibition_never_open_a_door(allowed: list[str], stated: list[str], known: bool):
    world = World({"purpose": tuple(dict.fromkeys(stated))} if known else {})
    open_ = policy(permission(constraint=purpose(*allowed)))
    closed = policy(
        permission(constraint=purpose(*allowed)), prohibition=({"action": "read", "constraint": purpose("insurance")},)
    )

    assert not (decide(closed, READ, world).allowed and not decide(open_, READ, world).allowed)


REPORT = "https://w3id.org/force/compliance-report#"
ODRL = "http://www.w3.org/ns/odrl/2/"
KINDS = {"TargetReport": "target", "PartyReport": "party", "ActionReport": "action", "ConstraintReport": "constraint"}


def test_the_public_cases_give_the_expected_reports(shared: Path):
    import rdflib

    folder = shared / "testdata" / "odrl"
    cases = list(csv.DictReader((folder / "cases.csv").open()))
    for case in cases:
        graphs = {k: rdflib.Graph().parse(folder / v, format="turtle") for k, v in case.items()}
        expected = graphs["case"]
        (test,) = expected.subjects(rdflib.URIRef("http://example.org/expectedReport"), None) or [None]
        top = expected.value(test, rdflib.URIRef("http://example.org/expectedReport"))
        uid = str(expected.value(top, rdflib.URIRef(REPORT + "policy")))
        rules = from_triples([tuple(map(str, t)) for t in graphs["policy"]], uid)
        wanted = graphs["request"].value(None, rdflib.RDF.type, rdflib.URIRef(ODRL + "Permission"))
        ask = {
            p: str(graphs["request"].value(wanted, rdflib.URIRef(ODRL + p)) or "")
            for p in ("action", "assignee", "target")
        }

        reports = evaluate(rules, Request(**ask), world(graphs["state_of_the_world"], rdflib))

        assert len(reports) == 1
        said = expected.value(top, rdflib.URIRef(REPORT + "ruleReport"))
        state = str(expected.value(said, rdflib.URIRef(REPORT + "activationState")))
        premises = set()
        for premise in expected.objects(said, rdflib.URIRef(REPORT + "premiseReport")):
            kind = str(expected.value(premise, rdflib.RDF.type)).removeprefix(REPORT)
            truth = str(expected.value(premise, rdflib.URIRef(REPORT + "satisfactionState"))).endswith("#Satisfied")
            premises.add((KINDS[kind], truth))
        assert reports[0].active == state.endswith("#Active"), case["case"]
        assert {(p.kind, p.truth) for p in reports[0].premises} == premises, case["case"]
    assert len(cases) == 34


def world(graph: Any, rdflib: Any) -> World:
    """The state of the world of a public case."""
    members: dict[str, set[str]] = {}
    for thing, collection in graph.subject_objects(rdflib.URIRef(ODRL + "partOf")):
        members.setdefault(str(thing), set()).add(str(collection))
    now = graph.value(rdflib.URIRef("http://example.com/request/currentTime"), rdflib.DCTERMS.issued)
    states = {"Fulfilled": "fulfilled", "Violated": "violated", "NonSet": "open"}
    duties = {
        str(graph.value(report, rdflib.URIRef(REPORT + "rule"))): states[str(state).removeprefix(REPORT)]
        for report, state in graph.subject_objects(rdflib.URIRef(REPORT + "deonticState"))
    }
    return World({"dateTime": (str(now),)}, {k: frozenset(v) for k, v in members.items()}, duties)
