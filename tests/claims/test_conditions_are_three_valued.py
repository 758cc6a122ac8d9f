"""Unknown is never yes and never no: conditions follow Kleene, and what is decided stays decided as more is known.

The reference is written another way: no is 0, unknown 1/2, yes 1; `and` is the least, `or` the greatest, `not` 1 - x.
Values are ordered by how much they say: nothing, then N, then N3; nothing, then 2026, then 2026-07, then 2026-07-15;
nothing, then a list, then a longer list, then a complete list.
"""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carnet.catalog import open_catalog
from carnet.condition import UNKNOWN, evaluate, parse
from carnet.words import Listed
from tests.builders import BASE

WORDS = open_catalog(base=BASE).words
HALF = Fraction(1, 2)
AS_TRUTH = {Fraction(0): False, HALF: None, Fraction(1): True}
AS_NUMBER = {False: Fraction(0), None: HALF, True: Fraction(1)}

YES_NO = ("vehicle.remote_update", "vehicle.used", "battery.passport")
TREES = st.recursive(
    st.sampled_from(YES_NO),
    lambda inner: (
        st.tuples(st.just("not"), inner)
        | st.tuples(st.sampled_from(["and", "or"]), st.lists(inner, min_size=2, max_size=3))
    ),
    max_leaves=8,
)
TRUTHS = st.fixed_dictionaries({name: st.sampled_from([True, False, None]) for name in YES_NO})


def written(tree) -> str:
    if isinstance(tree, str):
        return tree
    word, inner = tree
    return f"not ({written(inner)})" if word == "not" else f" {word} ".join(f"({written(part)})" for part in inner)


def reference(tree, facts) -> Fraction:
    if isinstance(tree, str):
        return AS_NUMBER[facts[tree]]
    word, inner = tree
    if word == "not":
        return 1 - reference(inner, facts)
    return (min if word == "and" else max)(reference(part, facts) for part in inner)


def truth(text: str, **facts):
    stated = {name.replace("__", "."): value for name, value in facts.items()}
    return evaluate(parse(text, WORDS), stated.get, WORDS).truth


@given(TREES, TRUTHS)
@settings(max_examples=300)
def test_and_or_not_are_least_greatest_and_opposite(tree, facts):
    found = evaluate(parse(written(tree), WORDS), facts.get, WORDS).truth

    assert found == AS_TRUTH[reference(tree, facts)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("vehicle.used and vehicle.remote_update", None),  # no fact is stated
        ("vehicle.used or not vehicle.used", None),  # Kleene does not reason by cases
        ("not known(vehicle.used)", True),
        ("known(vehicle.used)", False),
        ("vehicle.seats >= 5", None),
        ("vehicle.seats != 5", None),
        ('battery.tested_to has "CR 10.02"', None),
        ('not battery.tested_to has "CR 10.02"', None),
    ],
)
def test_nothing_known_decides_nothing_but_known_itself(text, expected):
    assert truth(text) is expected


def test_a_certain_no_decides_an_and_and_a_certain_yes_an_or():
    assert truth("vehicle.used and vehicle.remote_update", vehicle__used=False) is False
    assert truth("vehicle.used or vehicle.remote_update", vehicle__used=True) is True
    assert truth("vehicle.used and vehicle.remote_update", vehicle__used=True) is None


def test_and_binds_closer_than_or_and_not_closest():
    text = "vehicle.used or vehicle.remote_update and battery.passport"

    assert truth(text, vehicle__used=True, vehicle__remote_update=False, battery__passport=False) is True
    assert truth("not vehicle.used and vehicle.used", vehicle__used=False) is False


def test_not_stays_near_its_test():
    assert truth("not vehicle.used or vehicle.remote_update", vehicle__used=False, vehicle__remote_update=False) is True
    assert (
        truth("not (vehicle.used or vehicle.remote_update)", vehicle__used=False, vehicle__remote_update=True) is False
    )
    assert truth("not not vehicle.used", vehicle__used=True) is True


@pytest.mark.parametrize("test", ["vehicle.seats {} 5", "vehicle.drag {} 5", "vehicle.top_speed {} 5 km/h"])
@pytest.mark.parametrize(
    ("op", "below", "equal", "above"),
    [
        ("<", True, False, False),
        ("<=", True, True, False),
        ("==", False, True, False),
        ("!=", True, False, True),
        (">=", False, True, True),
        (">", False, False, True),
    ],
)
def test_order_is_exact_at_the_limit(test, op, below, equal, above):
    text = test.format(op)
    name = text.split()[0]
    unit = " km/h" if name == "vehicle.top_speed" else ""
    values = [WORDS.value(name, f"{n}{unit}" if unit else n) for n in (4, 5, 6)]

    assert [truth(text, **{name.replace(".", "__"): value}) for value in values] == [below, equal, above]


# --- words with a hierarchy ---


@pytest.mark.parametrize(
    ("stated", "asked", "expected"),
    [
        ("N3", "N", True),  # narrow is within broad
        ("N", "N3", None),  # broad is too coarse to say
        ("N2", "N3", False),
        ("M1", "N", False),
        ("N", "N", True),
    ],
)
def test_a_narrow_word_is_within_its_broad_one(stated, asked, expected):
    assert truth(f"vehicle.category == {asked}", vehicle__category=stated) is expected
    assert truth(f"vehicle.category in [{asked}]", vehicle__category=stated) is expected
    opposite = None if expected is None else not expected
    assert truth(f"vehicle.category != {asked}", vehicle__category=stated) is opposite


# --- lists ---

HAS = 'battery.tested_to has "CR 10.02"'
SHOWN = "CR 10.02"


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        (UNKNOWN, None),
        (Listed((SHOWN,)), True),
        (Listed(("CR 7.00",)), None),  # open: what is missing is unknown
        (Listed(("CR 7.00",), complete=True), False),
        (Listed((), complete=True), False),
        (Listed((), refuted=(SHOWN,)), False),  # failed evidence says no
        (Listed((), refuted=("CR 7.00",)), None),  # but only of what failed
        (Listed((SHOWN,), refuted=("CR 7.00",)), True),
    ],
)
def test_a_missing_entry_is_unknown_unless_the_list_is_complete_or_it_failed(listed, expected):
    assert truth(HAS, battery__tested_to=listed) is expected


def test_has_any_needs_one_and_has_all_needs_every_entry():
    both, one = Listed((SHOWN, "CR 7.00")), Listed((SHOWN,))
    either, every = (
        'battery.tested_to has any ["CR 10.02", "CR 7.00"]',
        'battery.tested_to has all ["CR 10.02", "CR 7.00"]',
    )

    assert truth(either, battery__tested_to=one) is True
    assert truth(every, battery__tested_to=one) is None
    assert truth(every, battery__tested_to=both) is True
    assert truth(every, battery__tested_to=Listed((SHOWN,), complete=True)) is False
    assert truth(either, battery__tested_to=Listed(("PN 5:2020",), complete=True)) is False


def test_lists_of_words_know_their_words():
    assert truth("vehicle.uses has road", vehicle__uses=Listed(("road", "port"))) is True
    assert truth("vehicle.uses has any [quarry, port]", vehicle__uses=Listed(("road",), complete=True)) is False


# --- dates ---


@pytest.mark.parametrize(
    ("stated", "test", "expected"),
    [
        ("2026-07-15", '< "2026-08-01"', True),
        ("2026-07-15", '>= "2026-07-15"', True),
        ("2026-07-15", '> "2026-07-15"', False),
        ("2026-07", '< "2026-08-01"', True),  # the whole month lies before
        ("2026-07", '>= "2026-07-01"', True),
        ("2026-07", '>= "2026-07-15"', None),  # the day may lie on either side
        ("2026-07", '< "2026-07-01"', False),
        ("2026", '> "2025-12-31"', True),
        ("2026", '<= "2026-06-30"', None),
        ("2026", '== "2026-06-30"', None),
        ("2026", '== "2025-06-30"', False),
        ("2026", '== "2026"', None),  # both name a year; the days may differ
        ("2026-07-15", '== "2026-07-15"', True),
        ("2026-07-15", '!= "2026-07-15"', False),
    ],
)
def test_a_date_known_to_the_month_decides_only_what_every_day_of_it_decides(stated, test, expected):
    assert truth(f"vehicle.build_date {test}", vehicle__build_date=stated) is expected


def test_two_facts_of_one_coarse_date_are_not_the_same_day():
    text = "vehicle.build_date == vehicle.first_registered"

    assert truth(text, vehicle__build_date="2026", vehicle__first_registered="2026") is None
    assert truth(text, vehicle__build_date="2026-07-01", vehicle__first_registered="2026-07-01") is True


# --- more knowledge never turns a decided verdict ---

TESTS = (
    "vehicle.used",
    "vehicle.remote_update == false",
    "vehicle.category == N",
    "vehicle.category in [M1, N3]",
    "vehicle.category != N2",
    'vehicle.build_date >= "2026-07-10"',
    'vehicle.build_date < "2026-07"',
    'vehicle.build_date == "2026-07-15"',
    "vehicle.build_date <= vehicle.first_registered",
    "vehicle.build_date == vehicle.first_registered",
    "vehicle.seats > 4",
    "vehicle.gross_mass >= 3500 kg",
    'battery.tested_to has "CR 10.02"',
    'battery.tested_to has any ["CR 10.02", "CR 7.00"]',
    'battery.tested_to has all ["CR 10.02", "CR 7.00"]',
)
CONDITIONS = st.recursive(
    st.sampled_from(TESTS),
    lambda inner: (
        inner.map(lambda t: f"not ({t})")
        | st.lists(inner, min_size=2, max_size=3).map(lambda ts: " and ".join(f"({t})" for t in ts))
        | st.lists(inner, min_size=2, max_size=3).map(lambda ts: " or ".join(f"({t})" for t in ts))
    ),
    max_leaves=6,
)
# For each fact, ways to know more and more; a later value says everything an earlier one does.
YEARS = st.sampled_from(
    [("2026", "2026-07", "2026-07-15"), ("2026", "2026-01"), ("2025", "2025-12-31"), ("2026", "2026-07-10")]
)
LADDERS = {
    "vehicle.used": st.sampled_from([(True,), (False,)]),
    "vehicle.remote_update": st.sampled_from([(True,), (False,)]),
    "vehicle.category": st.sampled_from([("N", "N3"), ("N", "N2"), ("M", "M1"), ("M", "M2")]),
    "vehicle.build_date": YEARS,
    "vehicle.first_registered": YEARS,
    "vehicle.seats": st.sampled_from([(2,), (5,)]),
    "vehicle.gross_mass": st.sampled_from(["3 t", "49 t"]).map(lambda t: (WORDS.value("vehicle.gross_mass", t),)),
    "battery.tested_to": st.sampled_from(
        [
            (Listed(("CR 7.00",)), Listed(("CR 7.00", SHOWN)), Listed(("CR 7.00", SHOWN), complete=True)),
            (Listed(("CR 7.00",)), Listed(("CR 7.00",), complete=True)),
            (Listed(()), Listed((), refuted=(SHOWN,)), Listed(("CR 7.00",), refuted=(SHOWN,))),
            (Listed((), complete=True),),
        ]
    ),
}


@st.composite
def less_and_more(draw):
    """Two states of knowledge; the second knows at least what the first knows."""
    less, more = {}, {}
    for name, ladders in LADDERS.items():
        ladder = (UNKNOWN, *draw(ladders))
        lower = draw(st.integers(0, len(ladder) - 1))
        less[name], more[name] = ladder[lower], ladder[draw(st.integers(lower, len(ladder) - 1))]
    return less, more


@given(CONDITIONS, less_and_more())
@settings(max_examples=500)
def test_knowing_more_never_turns_a_decided_verdict(text, states):
    less, more = states
    condition = parse(text, WORDS)
    before = evaluate(condition, less.get, WORDS).truth

    after = evaluate(condition, more.get, WORDS).truth

    assert before is None or after is before


@given(CONDITIONS, less_and_more())
def test_what_is_unknown_names_the_facts_that_would_decide(text, states):
    facts, _ = states
    condition = parse(text, WORDS)

    outcome = evaluate(condition, facts.get, WORDS)

    assert bool(outcome.missing) == (outcome.truth is None)
    assert all(name in text for name in outcome.missing)


def test_only_facts_that_can_still_decide_are_missing():
    text = "vehicle.used and vehicle.remote_update and battery.passport"

    outcome = evaluate(parse(text, WORDS), {"vehicle.used": True}.get, WORDS)

    assert outcome.missing == ("vehicle.remote_update", "battery.passport")


def test_every_test_is_kept_with_what_it_saw():
    condition = parse("vehicle.seats > 4 or vehicle.used", WORDS)

    outcome = evaluate(condition, {"vehicle.seats": 5}.get, WORDS)

    assert [(str(test), truth, value) for test, truth, value in outcome.tests] == [
        ("vehicle.seats > 4", True, 5),
        ("vehicle.used", None, None),
    ]
    assert [str(test) for test in outcome.deciding] == ["vehicle.seats > 4"]
