"""One function decides who may do what: nobody, strangers, partners, roles, and who brought a version."""

from itertools import product

import pytest

from carnet.doors.server.policy import ACTIONS, EVERYBODY, PERSONS, ROLES, Caller, Thing, decide


def caller(role: str, organization: str = "ours") -> Caller:
    return Caller("u-1", organization, role, "Somebody")


OURS, SHARED, THEIRS = Thing("ours"), Thing("ours", shared=True), Thing("theirs", shared=True)


@pytest.mark.parametrize(("action", "role"), sorted(product(ACTIONS, ROLES)))
def test_a_role_may_what_its_action_lists(action, role):
    expected = "yes" if role in ACTIONS[action] else "no"

    assert decide(caller(role), action) == expected
    assert decide(caller(role), action, SHARED) == expected


@pytest.mark.parametrize("action", sorted(ACTIONS))
def test_nobody_is_asked_to_sign_in_first(action):
    assert decide(None, action) == "unknown"
    assert decide(None, action, THEIRS) == "unknown"


@pytest.mark.parametrize(("action", "role"), sorted(product(ACTIONS, ROLES)))
def test_what_belongs_to_others_does_not_exist(action, role):
    assert decide(caller(role), action, THEIRS) == "unseen"


def test_a_partner_sees_only_what_was_shared():
    assert decide(caller("partner"), "project.read", OURS) == "unseen"
    assert decide(caller("partner"), "project.read", SHARED) == "yes"
    assert decide(caller("partner"), "project.write", OURS) == "unseen", "not even that it may not be changed"
    assert decide(caller("engineer"), "project.read", OURS) == "yes"


@pytest.mark.parametrize("role", ["owner", "reviewer"])
def test_nobody_approves_what_they_brought(role):
    own, others = Thing("ours", author="u-1"), Thing("ours", author="u-2")

    assert decide(caller(role), "review.approve", own) == "same_person"
    assert decide(caller(role), "review.approve", others) == "yes"
    assert decide(caller(role), "review.keep", own) == "yes", "keeping a review is no approval"
    assert decide(caller("auditor"), "review.approve", own) == "no", "the role is looked at first"


def test_a_machine_never_speaks_for_a_person():
    spoken = {"comment.write", "review.approve", "token.write", "project.share", "people.write", "footprint.write"}

    assert all(decide(caller("service"), action) == "no" for action in spoken)
    assert EVERYBODY - {"service"} == PERSONS


def test_an_action_nobody_defined_is_a_mistake_of_ours():
    with pytest.raises(KeyError):
        decide(caller("owner"), "project.reed")
