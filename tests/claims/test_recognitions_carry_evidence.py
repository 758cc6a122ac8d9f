"""Foreign evidence counts through a recognition that names it, with the work that is left; otherwise it does not count.

Coast Union: Aria, Boria and Ciria apply Coast Regulations (CR); Ciria declared that CR 10 does not bind it. Doria is
alone, with its own standard PN 5.
"""

import pytest

from tests.builders import SHOWN, approval, pack, recognition, report, review_one, rule, standard, step

RULE = rule(demands=SHOWN, evidence=["type_approval"])
PAIR = {
    "gives": [{"for": "CR 10.02", "with": "PN 5:2020"}],
    "accepts": {"kinds": ["type_approval"], "issued_in": ["xd"]},
}


def ours(demands: str = SHOWN, market: str = "xa", **said):
    return rule(f"{market}.pack.safety", market=market, demands=demands, evidence=["type_approval"], **said)


# --- at home ---


def test_an_approval_of_ones_own_authority_needs_no_recognition():
    finding = review_one(RULE, pack(), approval(granted_in="xa"))

    assert (finding.verdict, finding.via, finding.evidence) == ("met", (), ("approval",))


def test_a_rule_of_the_union_takes_the_approval_of_every_member():
    whole = rule("coast.pack.safety", market="coast", demands=SHOWN, evidence=["type_approval"])

    finding = review_one(whole, pack(), approval(granted_in="xb"))

    assert (finding.verdict, finding.inherited) == ("met", ("coast",))


def test_a_foreign_approval_without_a_recognition_is_unproven_and_says_why():
    finding = review_one(RULE, pack(), approval(granted_in="xd"))

    assert finding.verdict == "unproven"
    assert "approval was granted in Doria" in finding.because


def test_an_approval_that_does_not_say_where_it_was_granted_proves_nothing():
    finding = review_one(RULE, pack(), approval(granted_in=None))

    assert finding.verdict == "unproven"
    assert "approval does not say in which economy it was granted" in finding.because


def test_a_test_report_is_not_bound_to_an_economy():
    tested = rule(demands=SHOWN, evidence=["test_report"])

    assert review_one(tested, pack(), report(granted_in="xd")).verdict == "met"


@pytest.mark.parametrize(("granted_in", "verdict"), [("xb", "met"), ("xd", "met"), ("xc", "unproven")])
def test_a_rule_may_itself_name_where_approvals_are_granted(granted_in, verdict):
    open_to = ours(granted_in=["xb", "xd"])

    assert review_one(open_to, pack(), approval(granted_in=granted_in)).verdict == verdict


# --- the same standard ---


def test_a_party_takes_the_approval_of_another_party():
    finding = review_one(RULE, recognition(), pack(), approval(granted_in="xb"))

    assert (finding.verdict, finding.via, finding.residual) == ("met", ("coast.mutual",), ())
    assert finding.because == "approval counts as CR 10.02 through coast.mutual."


def test_work_that_is_left_makes_it_residual_and_lists_the_work():
    left = recognition(residual=["label in the language of Aria"], conditions=["the importer is registered"])

    finding = review_one(RULE, left, pack(), approval(granted_in="xb"))

    assert finding.verdict == "residual"
    assert finding.residual == ("label in the language of Aria", "check: the importer is registered")


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"accepted_in": ["xb"]}, "another market accepts it"),
        ({"strength": "weak"}, "weak ones are only shown"),
        ({"strength": "none"}, "a refusal gives nothing"),
        ({"strength": "signal"}, "a signal gives nothing"),
        ({"gives": "nothing"}, "it says itself that it gives nothing"),
        ({"status": [step("2020-01-01", "draft")]}, "a draft is not law"),
        ({"status": [step("2027-06-01")]}, "its day has not come"),
        ({"status": [step("2026")]}, "its day is not certain"),
        ({"status": [step("2020-01-01"), step("2026-01-01", "withdrawn")]}, "it was withdrawn"),
        ({"status": [step("2020-01-01", seen="2026-06-01")]}, "it was not known on that day"),
        (
            {"accepts": {"kinds": ["type_approval"], "standards": ["CR 7.*"], "issued_in": ["coast"]}},
            "another standard",
        ),
        (
            {"accepts": {"kinds": ["type_approval"], "standards": ["CR 7*"], "issued_in": ["coast"]}},
            "another beginning",
        ),
        ({"accepts": {"kinds": ["type_approval"], "standards": ["CR *"], "issued_in": ["xd"]}}, "another issuer"),
    ],
)
def test_what_is_not_a_recognition_in_force_for_it_gives_nothing(said, why):
    finding = review_one(RULE, recognition(**said), pack(), approval(granted_in="xb"), known="2026-05-01")

    assert finding.verdict == "unproven", why
    assert finding.via == ()


@pytest.mark.parametrize("strength", ["binding", "conditional", "contractual"])
def test_a_giving_strength_gives(strength):
    assert review_one(RULE, recognition(strength=strength), pack(), approval(granted_in="xb")).verdict == "met"


def test_a_recognition_needs_to_know_who_issued():
    finding = review_one(RULE, recognition(), pack(), approval(granted_in=None))

    assert finding.verdict == "unproven"
    assert "coast.mutual does not help: it asks who issued approval" in finding.because


def test_a_test_report_is_no_type_approval():
    finding = review_one(RULE, recognition(), pack(), report(granted_in="xb"))

    assert finding.verdict == "unproven"
    assert "report is a test report to CR 10.02; accepted here: type approval" in finding.because
    assert "coast.mutual does not help: it carries a type approval; report is a test report" in finding.because


def test_it_counts_as_the_kind_of_evidence_it_is_accepted_as():
    as_registration = recognition(as_kinds=["registration"])

    finding = review_one(RULE, as_registration, pack(), approval(granted_in="xb"))

    assert finding.verdict == "unproven"


# --- who is bound ---


def test_a_party_that_declared_not_to_be_bound_does_not_accept():
    finding = review_one(ours(market="xc"), recognition(), pack(), approval(granted_in="xb"), markets=["xc"])

    assert finding.verdict == "unproven"
    assert "Ciria declared that it is not bound by CR 10.02" in finding.because


def test_a_party_that_is_not_bound_cannot_grant_for_the_others():
    finding = review_one(RULE, recognition(), pack(), approval(granted_in="xc"))

    assert finding.verdict == "unproven"
    assert "Ciria declared that it is not bound by CR 10.02" in finding.because


def test_a_party_is_bound_by_what_it_did_not_refuse():
    lamps = ours('battery.tested_to has "CR 7.00"', "xc")

    finding = review_one(lamps, recognition(), pack(), approval(granted_in="xb", standard="CR 7.00"), markets=["xc"])

    assert finding.verdict == "met"


# --- newer and older series ---


@pytest.mark.parametrize("have", ["CR 10.03", "CR 10.01"])
def test_another_series_alone_counts_for_nothing(have):
    assert review_one(RULE, pack(), approval(standard=have)).verdict == "unproven"
    assert review_one(RULE, recognition(), pack(), approval(standard=have, granted_in="xb")).verdict == "unproven"


def test_a_newer_series_counts_for_an_older_one_through_a_recognition():
    older = recognition("coast.older", gives="older_series")

    finding = review_one(RULE, older, pack(), approval(standard="CR 10.03"))

    assert (finding.verdict, finding.via) == ("met", ("coast.older",))


def test_an_older_series_never_counts_for_a_newer_one():
    older = recognition("coast.older", gives="older_series")

    assert review_one(RULE, older, pack(), approval(standard="CR 10.01")).verdict == "unproven"


def test_series_of_different_families_are_neither_newer_nor_older():
    older = recognition("coast.older", gives="older_series", accepts={"kinds": ["type_approval"]})

    assert review_one(RULE, older, pack(), approval(standard="PN 5:2020")).verdict == "unproven"


def test_a_rule_that_names_no_series_takes_any_with_the_series_left_to_check():
    whole = standard("CR 10", family="cr-10")
    unnamed = ours('battery.tested_to has "CR 10"')

    finding = review_one(unnamed, whole, pack(), approval(standard="CR 10.01"))

    assert (finding.verdict, finding.evidence) == ("residual", ("approval",))
    assert finding.residual == ("check: the rule names no series of CR 10; CR 10.01 was shown",)


def test_a_rule_that_names_no_series_does_not_take_another_family():
    whole = standard("CR 10", family="cr-10")

    finding = review_one(ours('battery.tested_to has "CR 10"'), whole, pack(), approval(standard="CR 7.00"))

    assert finding.verdict == "unproven"


# --- pairs and chains ---


def test_a_named_pair_counts_for_its_counterpart():
    finding = review_one(
        RULE,
        recognition("aria.doria", accepted_in=["xa"], **PAIR),
        pack(),
        approval(standard="PN 5:2020", granted_in="xd"),
    )

    assert (finding.verdict, finding.via) == ("met", ("aria.doria",))
    assert finding.because == "approval counts as CR 10.02 through aria.doria."


def test_a_pair_does_not_count_backwards():
    national = ours('battery.tested_to has "PN 5:2020"')
    pair = {**PAIR, "accepts": {"kinds": ["type_approval"]}}

    finding = review_one(
        national, recognition("aria.doria", accepted_in=["xa"], **pair), pack(), approval(standard="CR 10.02")
    )

    assert finding.verdict == "unproven"


def test_a_pair_carries_only_the_series_it_names():
    national = ours('battery.tested_to has "PN 5:2020"')
    pair = recognition(
        "aria.pn",
        accepted_in=["xa"],
        accepts={"kinds": ["type_approval"]},
        gives=[{"for": "PN 5:2020", "with": "CR 10.02"}],
    )
    older = recognition("coast.older", gives="older_series")
    newer = approval(standard="CR 10.03", granted_in="xb")

    alone = review_one(national, pair, pack(), newer)
    chained = review_one(national, pair, older, pack(), newer)

    assert alone.verdict == "unproven"
    assert (chained.verdict, chained.via) == ("met", ("coast.older", "aria.pn"))


def test_links_of_a_chain_are_named_in_order_and_their_work_adds_up():
    first = recognition(
        "doria.to.cr3",
        accepted_in=["xa"],
        accepts={"kinds": ["type_approval"]},
        residual=["a drop test"],
        gives=[{"for": "CR 10.03", "with": "PN 5:2020"}],
    )
    second = recognition(
        "coast.older", gives="older_series", accepts={"kinds": ["type_approval"]}, residual=["a label", "a drop test"]
    )

    finding = review_one(RULE, first, second, pack(), approval(standard="PN 5:2020", granted_in="xd"))

    assert finding.verdict == "residual"
    assert finding.via == ("doria.to.cr3", "coast.older")
    assert finding.residual == ("a drop test", "a label")


def test_a_circle_of_recognitions_ends():
    there = recognition("there", accepts={}, gives=[{"for": "PN 5:2020", "with": "CR 7.00"}])
    back = recognition("back", accepts={}, gives=[{"for": "CR 7.00", "with": "PN 5:2020"}])

    finding = review_one(RULE, there, back, pack(), approval(standard="CR 7.00"))

    assert finding.verdict == "unproven"


def test_of_two_ways_the_one_with_less_work_is_taken():
    long = recognition("a.long", residual=["a test", "a label"])
    short = recognition("b.short", residual=["a label"])

    finding = review_one(RULE, long, short, pack(), approval(granted_in="xb"))

    assert (finding.via, finding.residual) == (("b.short",), ("a label",))


def test_of_two_alternatives_the_proven_one_leaves_no_work_of_the_other():
    either = ours('battery.tested_to has any ["CR 10.02", "CR 7.00"]')
    dear = recognition("dear", accepts={"standards": ["CR 7.00"]}, residual=["everything again"])
    free = recognition("free", accepts={"standards": ["CR 10.02"]})
    rows = [either, dear, free, pack(), approval("good", granted_in="xb")]

    alone = review_one(*rows)
    more = review_one(*rows, approval("worse", granted_in="xb", standard="CR 7.00"))

    assert (alone.verdict, alone.residual) == ("met", ())
    assert (more.verdict, more.residual) == ("met", ())


def test_work_of_alternatives_joined_by_or_does_not_add_up_either():
    either = ours('battery.tested_to has "CR 10.02" or battery.tested_to has "CR 7.00"')
    dear = recognition("dear", accepts={"standards": ["CR 7.00"]}, residual=["everything again"])
    free = recognition("free", accepts={"standards": ["CR 10.02"]})

    finding = review_one(
        either,
        dear,
        free,
        pack(),
        approval("good", granted_in="xb"),
        approval("worse", granted_in="xb", standard="CR 7.00"),
    )

    assert (finding.verdict, finding.residual, finding.evidence) == ("met", (), ("good",))


# --- conditions on the document and the product ---


@pytest.mark.parametrize(
    ("when", "verdict"),
    [
        ('evidence.issued >= "2026-01-01"', "met"),
        ('evidence.issued >= "2026-06-01"', "unproven"),
        ('evidence.standard has "CR 10.02"', "met"),
        ('evidence.issuer_accredited_to has "ISO 17025"', "unproven"),  # nobody said so
        ("battery.chemistry == LFP", "met"),
        ("battery.chemistry == NMC", "unproven"),
        ("battery.rated_energy >= 100 kWh", "unproven"),  # not stated
    ],
)
def test_a_condition_must_be_shown_before_it_carries(when, verdict):
    finding = review_one(RULE, recognition(when=when), pack(chemistry="LFP"), approval(granted_in="xb"))

    assert finding.verdict == verdict


def test_an_accreditation_may_be_asked_for():
    issuer = {"name": "Institute", "economy": "xb", "accredited_to": ["ISO 17025"]}
    asked = recognition(when='evidence.issuer_accredited_to has "ISO 17025"')

    assert review_one(RULE, asked, pack(), approval(issuer=issuer)).verdict == "met"
