"""A condition that misspells, mixes dimensions or goes on for ever is refused with a sentence when it is read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carnet.catalog import open_catalog
from carnet.condition import names, parse
from tests.builders import BASE

WORDS = open_catalog(base=BASE).words

REFUSED = {
    # names
    "charger.rated_pwer >= 22 kW": "no fact is called 'charger.rated_pwer'; did you mean 'charger.rated_power'? "
    "All names: carnet words charger",
    "turbo": "no fact is called 'turbo'; All names: carnet words turbo",
    "known(charger.pwer)": "no fact is called 'charger.pwer'; did you mean 'charger.rated_power'? "
    "All names: carnet words charger",
    # units
    "charger.rated_power >= 22 kWh": "charger.rated_power: 22 kWh is not a power; use for example kW",
    "charger.rated_power >= 22": "'22' has no unit; write for example '22 kW'",
    "charger.rated_power >= 22 kWatts": "no unit is called 'kWatts'",
    "vehicle.seats >= 5 kg": "vehicle.seats has no unit, but '5 kg' was found in 'vehicle.seats >= 5 kg'",
    "vehicle.gross_mass >= vehicle.dc_voltage_max": "vehicle.gross_mass is in t and vehicle.dc_voltage_max in V; "
    "they cannot be compared",
    "vehicle.seats == vehicle.drag": "vehicle.seats is a whole and vehicle.drag a number; they cannot be compared",
    # words
    "vehicle.category == N9": "vehicle.category: 'N9' is not one of M, M1, M2, N, N1, N2, N3; did you mean 'N'?",
    "vehicle.category >= N2": "vehicle.category has no order; use == or in, not >=",
    "vehicle.used > true": "vehicle.used has no order; use == or in, not >",
    "vehicle.model_name < \"B\"": "vehicle.model_name has no order; use == or in, not <",
    "vehicle.category": "vehicle.category is not a yes-or-no fact; compare it, for example with == or >=",
    "vehicle.model_name == Racer": 'vehicle.model_name: write Racer in quotes: "Racer"',
    "vehicle.build_date >= 2026": "vehicle.build_date: 2026 is not a date; write it in quotes, such as \"2026-07-01\"",
    'vehicle.build_date >= "2026-13"': "vehicle.build_date: '2026-13': there is no month 13",
    'vehicle.build_date >= "July"': "vehicle.build_date: 'July' is not a year, month or day such as "
    "'2026', '2026-07' or '2026-07-01'",
    # lists
    'battery.tested_to == "CR 10.02"': "battery.tested_to is a list; use has",
    'battery.tested_to in ["CR 10.02"]': "battery.tested_to is a list; use has",
    "battery.tested_to": "battery.tested_to is not a yes-or-no fact; compare it, for example with == or >=",
    "vehicle.seats has 5": "vehicle.seats is not a list; use == or in",
    "vehicle.uses has moon": "vehicle.uses: 'moon' is not one of road, quarry, port",
    # form
    "": "expected a fact name but found 'the end' in ''",
    "vehicle.used and": "expected a fact name but found 'the end' in 'vehicle.used and'",
    "vehicle.used vehicle.used": "did not expect 'vehicle.used' in 'vehicle.used vehicle.used'",
    "vehicle.used nd vehicle.used": "did not expect 'nd' in 'vehicle.used nd vehicle.used'; did you mean 'and'?",
    "(vehicle.used": "expected ')' but found 'the end' in '(vehicle.used'",
    "vehicle.used)": "did not expect ')' in 'vehicle.used)'",
    "vehicle.category in []": "vehicle.category: expected a value but found ']' in 'vehicle.category in []'",
    "vehicle.category in [N2": "expected ']' but found 'the end' in 'vehicle.category in [N2'",
    "vehicle.seats >= ": "expected 'more' but found 'the end' in 'vehicle.seats >= '",
    "5 <= vehicle.seats": "expected a fact name but found '5' in '5 <= vehicle.seats'",
    "vehicle.used; import os": "cannot read '; import os' in 'vehicle.used; import os'",
    "__import__('os').system('ls')": "cannot read \"'os').system('ls')\" in \"__import__('os').system('ls')\"",
    'vehicle.model_name == "a': "cannot read ' \"a' in 'vehicle.model_name == \"a'",
}  # fmt: skip


@pytest.mark.parametrize("text", REFUSED)
def test_it_is_refused_with_a_sentence(text):
    with pytest.raises(ValueError) as refused:
        parse(text, WORDS)

    assert str(refused.value) == REFUSED[text]


def test_a_condition_of_endless_length_is_refused_before_it_is_read():
    with pytest.raises(ValueError) as refused:
        parse("vehicle.used and " * 100_000 + "vehicle.used", WORDS)

    assert str(refused.value) == "a condition of 1700012 characters is longer than 4000; split the rule"


def test_endless_parentheses_are_refused():
    with pytest.raises(ValueError) as refused:
        parse("(" * 1000 + "vehicle.used" + ")" * 1000, WORDS)

    assert str(refused.value) == "parentheses nest deeper than 30; split the rule"


def test_endless_negation_is_only_a_sign():
    even, odd = "not " * 800, "not " * 801

    assert str(parse(even + "vehicle.used", WORDS)) == "vehicle.used"
    assert str(parse(odd + "vehicle.used", WORDS)) == "not vehicle.used"


WORDINGS = st.sampled_from(
    [
        "vehicle.used", "vehicle.category", "vehicle.seats", "battery.tested_to", "vehicle.build_date",
        "charger.rated_power", "and", "or", "not", "in", "has", "any", "all", "known", "(", ")", "[", "]", ",",
        "==", "!=", "<", ">=", "N3", "5", "-1.5", "22 kW", '"CR 10.02"', '"', '"2026-07"', "true", "é", "\x00", "%",
    ]
)  # fmt: skip


@given(st.lists(WORDINGS, max_size=25).map(" ".join) | st.text(max_size=60))
def test_any_text_is_read_or_refused_with_a_sentence(text):
    try:
        found = set(names(parse(text, WORDS)))
    except ValueError as problem:
        sentence = str(problem)
    else:
        sentence = "every name is known" if found <= set(WORDS.words) else ""

    assert sentence
