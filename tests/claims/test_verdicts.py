"""One rule, one subject, one verdict: met, residual, unmet, unproven, undecided or not applicable, with its because."""

import pytest

from tests.builders import (
    SHOWN,
    approval,
    charge,
    charger,
    documents,
    findings,
    maker,
    pack,
    recognition,
    report,
    review,
    review_one,
    rule,
    truck,
)

TESTED = rule(demands=SHOWN, evidence=["test_report"])
HEAVY = {"applies": "vehicle.category == N", "demands": "battery.rated_energy >= 100 kWh"}


# --- met, unmet, unproven, not applicable ---


def test_a_fact_that_satisfies_the_demand_meets_it():
    finding = review_one(rule(demands="battery.rated_energy >= 100 kWh"), pack(rated_energy="282 kWh"))

    assert finding.verdict == "met"
    assert finding.because == "battery.rated_energy is 282 kWh."


def test_a_fact_that_contradicts_the_demand_does_not_and_both_values_are_named():
    finding = review_one(rule(demands="battery.rated_energy >= 100 kWh"), pack(rated_energy="82 kWh"))

    assert finding.verdict == "unmet"
    assert finding.because == "battery.rated_energy is 82 kWh, asked is >= 100 kWh."


def test_a_fact_nobody_stated_is_unproven_and_not_unmet():
    finding = review_one(rule(demands="battery.rated_energy >= 100 kWh"), pack())

    assert finding.verdict == "unproven"
    assert finding.missing == ("battery.rated_energy",)
    assert finding.because == "battery.rated_energy is not stated for pack."
    assert finding.question == "How much energy does it hold? (pack)"


def test_a_rule_for_others_does_not_apply_and_says_why():
    finding = review_one(rule(**HEAVY), truck(category="M1"), pack(fitted_to=["truck"]))

    assert finding.verdict == "not_applicable"
    assert finding.because == "It does not apply: truck: vehicle.category is M1, asked is N."


def test_whether_it_applies_may_be_what_is_unproven():
    finding = review_one(rule(**HEAVY), truck(category=None), pack(fitted_to=["truck"], rated_energy="282 kWh"))

    assert finding.verdict == "unproven"
    assert finding.missing == ("vehicle.category",)
    assert finding.because.startswith("Whether it applies is not known: ")
    assert finding.question == "Which category is it? (truck)"


def test_a_category_too_coarse_to_say_is_unproven():
    only_n3 = rule(applies="vehicle.category == N3", demands="battery.passport")

    assert review_one(only_n3, truck(category="N"), pack(fitted_to=["truck"])).verdict == "unproven"


def test_a_question_to_a_human_leaves_met_undecided_and_other_verdicts_alone():
    asks = rule(demands="battery.passport", asks="Is the register open?")

    met, unmet = review_one(asks, pack(passport=True)), review_one(asks, pack(passport=False))

    assert (met.verdict, met.question) == ("undecided", "Is the register open?")
    assert met.because == "battery.passport is true. A question stays open: Is the register open?"
    assert unmet.verdict == "unmet"


def test_a_rule_that_only_asks_is_undecided_without_standing_or_force():
    finding = review_one(rule(asks="Which rule binds packs?", asked="2026-01-10", examples=[]), pack())

    assert (finding.verdict, finding.standing, finding.force) == ("undecided", None, None)
    assert finding.question == "Which rule binds packs?"


def test_a_question_asked_later_was_not_known_before():
    asks = rule(asks="Which rule binds packs?", asked="2026-01-10")

    assert findings(review(asks, pack(), known="2026-01-09")) == []


# --- what shows a standard ---


def test_a_report_the_rule_accepts_shows_its_standard():
    finding = review_one(TESTED, pack(), report())

    assert (finding.verdict, finding.evidence) == ("met", ("report",))
    assert finding.because == "report (test report) shows CR 10.02."


def test_nothing_shown_is_unproven_and_asks_for_the_document():
    finding = review_one(TESTED, pack())

    assert (finding.verdict, finding.missing) == ("unproven", ("battery.tested_to",))
    assert finding.because == "No test report shows CR 10.02 for pack."
    assert finding.question == "Is there a test report to CR 10.02 for pack?"


def test_declared_is_not_shown():
    finding = review_one(TESTED, pack(tested_to=["CR 10.02"]))

    assert finding.verdict == "unproven"
    assert "CR 10.02 is stated by the project, but no document shows it" in finding.because


def test_declared_is_enough_where_no_kind_of_evidence_is_asked():
    assert review_one(rule(demands=SHOWN), pack(tested_to=["CR 10.02"])).verdict == "met"


def test_another_kind_of_document_does_not_show_it():
    finding = review_one(TESTED, pack(), report(kind="declaration"))

    assert finding.verdict == "unproven"
    assert "report is a declaration to CR 10.02; accepted here: test report" in finding.because


def test_any_accepted_kind_shows_it():
    several = rule(demands=SHOWN, evidence=["test_report", "declaration"])

    assert review_one(several, pack(), report(kind="declaration")).verdict == "met"


@pytest.mark.parametrize("about", [["truck"], ["spare"]])
def test_a_report_about_another_thing_does_not_show_it(about):
    found = findings(review(TESTED, truck(), pack(), pack("spare"), report(about=about)), TESTED.id)

    assert next(f for f in found if f.about == ("pack",)).verdict == "unproven"


def test_simulated_is_never_certified():
    plain = rule(demands=SHOWN)  # asks no kind of evidence

    assert review_one(plain, pack(), report(kind="simulation")).verdict == "unproven"


def test_a_manual_may_show_what_is_no_proof_of_a_standard():
    socket = rule("xa.inlet", about="vehicle", demands='vehicle.inlets has "CH 2"')
    manual = report(about=["truck"], kind="manual", standard=None, shows={"vehicle.inlets": ["CH 2"]})

    assert review_one(socket, truck(), manual).verdict == "met"


def test_a_failed_test_says_no_and_is_named():
    finding = review_one(TESTED, pack(), report(result="fail"))

    assert finding.verdict == "unmet"
    assert "report" in finding.because


def test_a_failed_test_says_nothing_about_another_standard():
    assert review_one(TESTED, pack(), report(standard="CR 7.00", result="fail")).verdict == "unproven"


def test_a_passed_test_outweighs_an_earlier_failure():
    finding = review_one(TESTED, pack(), report("first", result="fail"), report("second", result="pass"))

    assert (finding.verdict, finding.evidence) == ("met", ("second",))


def test_a_complete_list_without_the_entry_says_no():
    finding = review_one(TESTED, pack(tested_to={"values": [], "complete": True}))

    assert finding.verdict == "unmet"


def test_a_complete_list_with_the_entry_still_needs_the_document():
    finding = review_one(TESTED, pack(tested_to={"values": ["CR 10.02"], "complete": True}))

    assert finding.verdict == "unproven"
    assert "CR 10.02 is stated by the project, but no document shows it" in finding.because


def test_further_facts_may_be_shown_by_a_document():
    dense = rule(demands="battery.rated_energy >= 100 kWh")

    finding = review_one(dense, pack(), report(shows={"battery.rated_energy": "282 kWh"}))

    assert finding.verdict == "met"


def test_all_that_is_demanded_must_be_shown():
    both = rule(demands='battery.tested_to has all ["CR 10.02", "CR 7.00"]', evidence=["test_report"])

    one = review_one(both, pack(), report("a"))
    two = review_one(both, pack(), report("a"), report("b", standard="CR 7.00"))

    assert one.verdict == "unproven"
    assert (two.verdict, two.evidence) == ("met", ("a", "b"))


def test_an_approval_may_be_named_instead_of_a_standard():
    named = rule(demands='battery.approvals has "Aria pack permit"', evidence=["registration"])
    permit = report("permit", kind="registration", standard=None, approval="Aria pack permit", granted_in="xa")

    assert review_one(named, pack(), permit).verdict == "met"


# --- related subjects ---


def test_a_rule_about_a_pack_sees_the_vehicle_it_is_fitted_to():
    finding = review_one(rule(**HEAVY), truck(), pack(fitted_to=["truck"], rated_energy="282 kWh"))

    assert finding.verdict == "met"


def test_a_rule_about_a_vehicle_sees_the_pack_fitted_to_it():
    energy = rule("xa.vehicle.range", about="vehicle", demands="battery.rated_energy >= 100 kWh")

    assert review_one(energy, truck(), pack(fitted_to=["truck"], rated_energy="282 kWh")).verdict == "met"


def test_a_pack_fitted_to_two_vehicles_names_the_one_that_fails():
    light = rule(demands="vehicle.gross_mass <= 10 t")
    two = truck("van", gross_mass="3 t"), truck("tractor", gross_mass="49 t"), pack(fitted_to=["van", "tractor"])

    finding = review_one(light, *two)

    assert finding.verdict == "unmet"
    assert finding.because == "With tractor: tractor: vehicle.gross_mass is 49 t, asked is <= 10 t."


def test_a_pack_fitted_to_very_many_vehicles_is_judged_for_the_last_one_too():
    light = rule(demands="vehicle.gross_mass <= 10 t")
    vans = [truck(f"van-{n}", gross_mass="3 t") for n in range(99)]
    heavy = truck("tractor", gross_mass="49 t")

    finding = review_one(light, *vans, heavy, pack(fitted_to=[*(v.id for v in vans), "tractor"]))

    assert finding.verdict == "unmet"
    assert finding.because.startswith("With tractor: ")


def test_more_combinations_than_are_judged_are_never_taken_for_met():
    light = rule(demands="vehicle.gross_mass <= 10 t")
    vans = [truck(f"van-{n}", gross_mass="3 t") for n in range(4_100)]

    finding = review_one(light, *vans, pack(fitted_to=[v.id for v in vans]))

    assert finding.verdict == "undecided"
    assert finding.because.startswith("More than 4,096 combinations of related things were not all judged.")


def test_when_all_related_things_answer_alike_none_is_singled_out():
    light = rule(demands="vehicle.gross_mass <= 10 t")
    two = truck("van", gross_mass="30 t"), truck("tractor", gross_mass="49 t"), pack(fitted_to=["van", "tractor"])

    finding = review_one(light, *two)

    assert finding.verdict == "unmet"
    assert not finding.because.startswith("With ")


def test_a_fact_about_something_nobody_described_says_so():
    finding = review_one(rule(**HEAVY), pack())

    assert finding.verdict == "unproven"
    assert "vehicle.category is asked, but no vehicle is described" in finding.because


def test_a_makers_management_system_is_seen_by_its_products():
    managed = rule(demands='maker.tested_to has "CR 7.00"', evidence=["audit_report"])

    finding = review_one(managed, pack(), maker(), report(about=["works"], standard="CR 7.00", kind="audit_report"))

    assert finding.verdict == "met"


def test_a_pair_is_judged_by_the_facts_of_its_members():
    fits = rule(
        "xa.pair.voltage", about="pair", demands="vehicle.dc_voltage_max <= charger.dc_voltage_max", force="contractual"
    )

    finding = review_one(fits, truck(dc_voltage_max="750 V"), charger(dc_voltage_max="1 kV"), charge())

    assert (finding.verdict, finding.about, finding.id) == ("met", ("truck", "depot"), "xa.pair.voltage@truck+depot")


# --- where it is reviewed ---


def test_a_subject_is_reviewed_only_where_it_stands():
    everywhere = rule("any.pack", market="any", demands="battery.passport")

    found = findings(review(everywhere, pack(stands_in=["xb"]), markets=["xa", "xb"]), "any.pack")

    assert [f.market for f in found] == ["xb"]


def test_a_market_hears_its_own_rules_those_of_its_union_and_those_of_every_market():
    rows = [rule(f"{m}.pack", market=m, demands="battery.passport") for m in ("xa", "coast", "any", "xb")]

    found = {f.market: [] for f in findings(review(*rows, pack(), markets=["xa", "xd"]))}
    for finding in findings(review(*rows, pack(), markets=["xa", "xd"])):
        found[finding.market].append((finding.rule, finding.inherited))

    assert found == {
        "xa": [("xa.pack", ()), ("coast.pack", ("coast",)), ("any.pack", ("any",))],
        "xd": [("any.pack", ("any",))],
    }


def test_what_leaves_an_economy_is_asked_by_it_too():
    permit = {"market": "xd", "demands": 'battery.approvals has "Export permit"', "evidence": ["registration"]}
    export, safety = rule("xd.export", topic="trade", **permit), rule("xd.safety", **permit)

    found = findings(review(export, safety, pack(), markets=["xa"], **{"from": "xd"}))

    assert [(f.rule, f.market, f.verdict) for f in found] == [("xd.export", "xd", "unproven")]


def test_what_stays_at_home_is_asked_once():
    export = rule("xd.export", market="xd", topic="trade", demands="battery.passport")

    found = findings(review(export, pack(), markets=["xd"], **{"from": "xd"}))

    assert [f.rule for f in found] == ["xd.export"]


def test_what_does_not_stand_in_a_market_is_not_seen_there():
    light = rule(demands="vehicle.gross_mass <= 10 t")
    rows = light, truck("van", gross_mass="3 t"), truck("tractor", gross_mass="49 t", stands_in=["xb"])

    finding = review_one(*rows, pack(fitted_to=["van", "tractor"]), markets=["xa", "xb"])

    assert finding.verdict == "met"


# --- the cheapest question ---


def test_the_cheapest_question_comes_first():
    rows = [
        rule("xa.dear", demands='battery.tested_to has "CR 10.02"', evidence=["test_report"]),
        rule("xa.cheap", demands="battery.rated_energy >= 1 kWh"),
        rule("xa.middle", demands="battery.chemistry == LFP"),
    ]

    questions = review(*rows, pack()).questions

    assert [q["effort"] for q in questions] == ["look_up", "ask_maker", "test"]
    assert questions[0]["question"] == "How much energy does it hold? (pack)"


def test_a_question_that_settles_more_comes_before_one_of_the_same_cost():
    rows = [
        rule("xa.one", about="vehicle", demands="vehicle.gross_mass >= 1 t"),
        rule("xa.two", about="vehicle", demands="vehicle.seats >= 1"),
        rule("xa.three", about="vehicle", demands="vehicle.seats <= 9"),
    ]

    first = review(*rows, truck()).questions[0]

    assert first["question"] == "How many seats? (truck)"


# --- documents ---


def test_each_document_of_a_demand_is_found_by_what_it_shows():
    both = rule(demands='battery.tested_to has all ["CR 10.02", "CR 7.00"]', evidence=["test_report"])

    rows = documents(review(both, pack(), report("a"), report("b", standard="CR 7.00")))

    assert rows["test_report: CR 10.02"].evidence == "a"
    assert rows["test_report: CR 7.00"].evidence == "b"


def test_a_document_in_hand_is_there_even_while_another_is_missing():
    both = rule(demands='battery.tested_to has all ["CR 10.02", "CR 7.00"]', evidence=["test_report"])

    rows = documents(review(both, pack(), report("a")))

    assert (rows["test_report: CR 10.02"].state, rows["test_report: CR 10.02"].evidence) == ("have", "a")
    assert rows["test_report: CR 7.00"].state == "missing"


def test_a_document_of_a_recognition_stands_for_what_was_demanded():
    wanted = rule(demands=SHOWN, evidence=["type_approval"])

    rows = documents(review(wanted, recognition(), pack(), approval(granted_in="xb")))

    assert (rows["type_approval: CR 10.02"].state, rows["type_approval: CR 10.02"].evidence) == ("have", "approval")
