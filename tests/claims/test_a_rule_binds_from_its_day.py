"""A text binds from its day, for its event, as far as it was known; before that it is exposure, and afterwards history.

Two days are never mixed: `on` is the day of the law, `known` the day of our knowledge.
"""

import pytest

from tests.builders import exposed, findings, pack, review, rule, step, truck

ID = "xa.pack.safety"
DEMAND = "battery.chemistry == LFP"


def stands(*status, **said) -> str:
    """'in_force' when there is a finding, 'exposed: draft' when there is exposure, 'silent' when there is neither."""
    dossier = review(rule(demands=DEMAND, status=list(status)), pack(chemistry="LFP"), **said)
    found = findings(dossier, ID)
    shown = exposed(dossier, ID)
    return f"{found[0].standing}" if found else f"exposed: {shown[0].standing}" if shown else "silent"


def test_it_binds_on_its_day_and_not_the_day_before():
    assert stands(step("2026-07-01"), on="2026-06-30") == "exposed: adopted"
    assert stands(step("2026-07-01"), on="2026-07-01") == "in_force"


def test_before_its_day_the_exposure_names_the_day():
    (shown,) = exposed(review(rule(demands=DEMAND, status=[step("2028-01-01", event="all_new")]), pack()), ID)

    assert shown.standing == "adopted"
    assert shown.binds_when == "2028-01-01 for all new vehicles (in force)"


@pytest.mark.parametrize(
    ("event", "bound_by"),
    [
        ("new_type", {"new_type", "all_new", "placed_on_market", "in_use"}),
        ("all_new", {"all_new", "placed_on_market", "in_use"}),
        ("placed_on_market", {"all_new", "placed_on_market", "in_use"}),
        ("in_use", {"in_use"}),
    ],
)
def test_a_date_for_a_wider_event_binds_the_narrower_one_and_never_the_other_way_round(event, bound_by):
    events = ("new_type", "all_new", "placed_on_market", "in_use")

    found = {e for e in events if stands(step("2020-01-01", event=e), event=event) == "in_force"}

    assert found == bound_by


def test_a_date_without_an_event_binds_every_event():
    for event in ("new_type", "all_new", "placed_on_market", "in_use"):
        assert stands(step("2020-01-01"), event=event) == "in_force"


def test_new_types_first_and_all_new_vehicles_later():
    both = (step("2024-07-01", event="new_type"), step("2026-07-01", event="all_new"))

    assert stands(*both, on="2025-01-01", event="new_type") == "in_force"
    assert stands(*both, on="2025-01-01", event="all_new") == "exposed: adopted"
    assert stands(*both, on="2026-07-01", event="all_new") == "in_force"
    assert stands(*both, on="2026-07-01", event="in_use") == "exposed: adopted"


def test_the_dates_of_other_events_are_shown():
    steps = [step("2020-01-01", event="new_type"), step("2020-01-01", event="all_new")]

    (found,) = findings(review(rule(demands=DEMAND, status=steps), pack(), event="all_new"), ID)

    assert "for new types in force since 2020-01-01" in found.notes


@pytest.mark.parametrize(
    ("start", "says"),
    [
        ("2028-01-01", "for new types in force from 2028-01-01"),
        ("2026-11-21", "for new types in force since 2026-11-21"),
        ("unknown", "for new types in force since a day not recorded"),
    ],
)
def test_the_date_of_another_event_may_be_past_coming_or_unrecorded(start, says):
    steps = [step("2020-01-01", event="all_new"), step(start, event="new_type")]

    (found,) = findings(review(rule(demands=DEMAND, status=steps), pack(), event="all_new"), ID)

    assert says in found.notes


def test_only_a_text_in_force_is_in_force_since_an_unrecorded_day():
    passport = rule(demands=DEMAND, force="contractual", status=[step("unknown", "published")])
    draft = rule(demands=DEMAND, status=[step("unknown", "draft")])

    (found,) = findings(review(passport, pack()), ID)
    (shown,) = exposed(review(draft, pack()), ID)

    assert "in force since a day nobody has recorded" in found.notes
    assert (shown.standing, shown.binds_when) == ("draft", "no binding event is known")


def test_of_two_coming_steps_the_nearer_is_the_next():
    steps = [step("2030-01-01", "superseded"), step("2028-01-01")]

    (shown,) = exposed(review(rule(demands=DEMAND, status=steps), pack()), ID)

    assert shown.binds_when == "2028-01-01 (in force)"


# --- days known only to the month or year ---


def test_a_month_leaves_a_stretch_in_which_nobody_can_say():
    july = rule(demands=DEMAND, status=[step("2026-07")])
    met = pack(chemistry="LFP")

    (before,) = exposed(review(july, met, on="2026-06-30"), ID)
    (during,) = findings(review(july, met, on="2026-07-15"), ID)
    (after,) = findings(review(july, met, on="2026-07-31"), ID)

    assert before.standing == "adopted"
    assert during.verdict == "undecided"
    assert during.because.startswith("Whether it binds on 2026-07-15 is not certain.")
    assert during.question == "Is 'Safety of the pack' in force on 2026-07-15? The source says only 2026-07."
    assert after.verdict == "met"


def test_an_end_known_only_to_the_year_takes_nothing_away_for_sure():
    gone = rule(demands=DEMAND, status=[step("2020-01-01"), step("2026", "superseded")])

    (during,) = findings(review(gone, pack(chemistry="LFP"), on="2026-05-01"), ID)
    after = review(gone, pack(chemistry="LFP"), on="2026-12-31")

    assert during.verdict == "undecided"
    assert during.standing == "in_force"
    assert findings(after, ID) == exposed(after, ID) == []


def test_a_coarse_day_that_changes_nothing_leaves_no_doubt():
    steps = [step("2020-01-01"), step("2026", "in_force")]

    (found,) = findings(review(rule(demands=DEMAND, status=steps), pack(chemistry="LFP"), on="2026-05-01"), ID)

    assert found.verdict == "met"


def test_a_coarse_day_does_not_turn_not_applicable_into_doubt():
    cars = rule(demands=DEMAND, applies="vehicle.category == M1", status=[step("2026-07")])

    (found,) = findings(review(cars, truck(), pack(fitted_to=["truck"]), on="2026-07-15"), ID)

    assert found.verdict == "not_applicable"


def test_an_unrecorded_day_is_in_force_and_says_so():
    (found,) = findings(review(rule(demands=DEMAND, status=[step("unknown")]), pack()), ID)

    assert found.standing == "in_force"
    assert "in force since a day nobody has recorded" in found.notes


# --- days that wait for another text ---

OTHER = "xa.other"


def waiting(other_start: str | None, months: int = 12, seen: str | None = "2026-01-10"):
    """A rule that binds so many months after another text, and that other text."""
    first = {
        "demands": "battery.passport",
        "status": [step(other_start, seen=seen)] if other_start else [step("2030", "draft")],
    }
    return rule(OTHER, **first), rule(demands=DEMAND, status=[step({"after": OTHER, "months": months})])


def test_a_day_may_wait_for_another_text():
    texts = waiting("2025-03-31", months=11)  # 2025-03-31 + 11 months = 2026-02-28: there is no 31st

    assert findings(review(*texts, pack(), on="2026-02-27"), ID) == []
    assert findings(review(*texts, pack(), on="2026-02-28"), ID) != []


def test_a_text_without_a_day_of_force_keeps_the_other_waiting():
    (shown,) = exposed(review(*waiting(None), pack(), on="2029-01-01"), ID)

    assert shown.binds_when == "12 months after xa.other, whose day is not set (in force)"


def test_a_month_stays_a_month_when_others_wait_for_it():
    (during,) = findings(review(*waiting("2025-07"), pack(chemistry="LFP"), on="2026-07-15"), ID)

    assert during.verdict == "undecided"
    assert "The source says only 12 months after xa.other (2026-07-01)." in during.question
    assert "None" not in " ".join([during.because, *during.notes])


def test_the_day_of_the_other_text_must_have_been_known():
    texts = waiting("2025-03-31", months=1, seen="2026-06-01")

    assert findings(review(*texts, pack(), known="2026-12-31"), ID) != []
    assert findings(review(*texts, pack(), known="2026-05-31"), ID) == []


# --- the day of our knowledge ---


def test_what_was_seen_later_does_not_count_on_an_earlier_day_of_knowledge():
    status = (step("2019-01-01", "draft", seen="2025-01-01"), step("2020-01-01", seen="2026-01-10"))

    assert stands(*status, known="2026-01-10") == "in_force"
    assert stands(*status, known="2026-01-09") == "exposed: draft"
    assert stands(*status, known="2024-12-31") == "silent"


def test_what_is_remembered_counts_always_and_is_shown_as_such():
    remembered = rule(demands=DEMAND, status=[step("2020-01-01", seen=None)], source="memory")

    (found,) = findings(review(remembered, pack(chemistry="LFP"), known="1999-01-01"), ID)

    assert found.verdict == "met"
    assert "reported, not read" in found.notes


def test_what_the_press_reports_is_shown_as_reported():
    press = rule(demands=DEMAND, status=[step("2020-01-01", source="press")])

    (found,) = findings(review(press, pack()), ID)

    assert "reported, not read" in found.notes


def test_what_was_read_in_the_text_is_not_called_reported():
    (found,) = findings(review(rule(demands=DEMAND), pack()), ID)

    assert "reported, not read" not in found.notes


# --- history ---


def test_the_later_step_stands():
    status = (step("2019-01-01", "draft"), step("2019-06-01", "adopted"), step("2020-01-01"))

    assert stands(*status, on="2019-03-01") == "exposed: draft"
    assert stands(*status, on="2019-07-01") == "exposed: adopted"
    assert stands(*status, on="2021-01-01") == "in_force"


@pytest.mark.parametrize("end", ["superseded", "withdrawn"])
def test_what_is_gone_is_silent(end):
    assert stands(step("2020-01-01"), step("2026-01-01", end), on="2025-12-31") == "in_force"
    assert stands(step("2020-01-01"), step("2026-01-01", end), on="2026-01-01") == "silent"


def test_a_coming_end_is_noted():
    steps = [step("2020-01-01"), step("2028-01-01", "superseded")]

    (found,) = findings(review(rule(demands=DEMAND, status=steps), pack()), ID)

    assert "superseded from 2028-01-01" in found.notes


def test_the_order_of_the_steps_in_the_file_does_not_matter():
    steps = [step("2019-01-01", "draft"), step("2020-01-01"), step("2028-01-01", "superseded")]

    assert {stands(*order, on="2026-01-01") for order in (steps, steps[::-1])} == {"in_force"}
