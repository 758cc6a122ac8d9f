"""A condition prints as it is read aloud, and what is printed parses to the same condition."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carnet.catalog import open_catalog
from carnet.condition import parse
from tests.builders import BASE

WORDS = open_catalog(base=BASE).words

ORDER = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
EQUAL = st.sampled_from(["==", "!="])
NUMBERS = st.decimals(-1000, 1000, places=8, allow_nan=False).map(lambda d: format(d, "f"))
CATEGORIES = st.sampled_from(["M", "M1", "N", "N2", "N3", '"N1"'])
TEXTS = st.text(st.characters(exclude_characters='"', exclude_categories=("Cs",)), max_size=12).map('"{}"'.format)
DATES = st.sampled_from(['"2026"', '"2026-07"', '"2026-07-15"'])
STANDARDS = st.sampled_from(['"CR 10.02"', '"CR 7.00"', '"PN 5:2020"'])


def listing(of):
    return st.lists(of, min_size=1, max_size=3).map(lambda rows: f"[{', '.join(rows)}]")


TESTS = st.one_of(
    st.sampled_from(["vehicle.used", "vehicle.used == false", "known(vehicle.seats)", "known(battery.tested_to)"]),
    st.builds("vehicle.seats {} {}".format, ORDER, st.integers(-9, 99)),
    st.builds("vehicle.drag {} {}".format, ORDER, NUMBERS),
    st.builds("vehicle.gross_mass {} {} {}".format, ORDER, NUMBERS, st.sampled_from(["t", "kg"])),
    st.builds("vehicle.dc_voltage_max {} charger.dc_voltage_max".format, ORDER),
    st.builds("vehicle.build_date {} {}".format, ORDER, DATES),
    st.builds("vehicle.category {} {}".format, EQUAL, CATEGORIES),
    st.builds("vehicle.category in {}".format, listing(CATEGORIES)),
    st.builds("vehicle.model_name {} {}".format, EQUAL, TEXTS),
    st.builds("vehicle.model_name in {}".format, listing(TEXTS)),
    st.builds("battery.tested_to has {}".format, STANDARDS),
    st.builds("battery.tested_to has {} {}".format, st.sampled_from(["any", "all"]), listing(STANDARDS)),
    st.builds("vehicle.uses has {}".format, st.sampled_from(["road", '"port"'])),
)
CONDITIONS = st.recursive(
    TESTS,
    lambda inner: (
        st.builds("not ({})".format, inner)
        | st.builds("({})".format, inner)
        | st.lists(inner, min_size=2, max_size=3).map(" and ".join)
        | st.lists(inner, min_size=2, max_size=3).map(" or ".join)
        | st.lists(inner.map("({})".format), min_size=2, max_size=3).map(" and ".join)
    ),
    max_leaves=8,
)


@given(CONDITIONS)
@settings(max_examples=400)
def test_what_is_printed_parses_to_the_same_condition(text):
    condition = parse(text, WORDS)

    assert parse(str(condition), WORDS) == condition


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("charger.rated_power>=22kW", "charger.rated_power >= 22 kW"),
        ('charger.location in [public,"fleet"]', "charger.location in [public, fleet]"),
        ("(vehicle.used)", "vehicle.used"),
        ("(vehicle.used and vehicle.remote_update) and battery.passport",
         "vehicle.used and vehicle.remote_update and battery.passport"),
        ("vehicle.used or (vehicle.remote_update or battery.passport)",
         "vehicle.used or vehicle.remote_update or battery.passport"),
        ("(vehicle.used or vehicle.remote_update) and battery.passport",
         "(vehicle.used or vehicle.remote_update) and battery.passport"),
        ("not (vehicle.used and battery.passport)", "not (vehicle.used and battery.passport)"),
        ("not (vehicle.used)", "not vehicle.used"),
        ('vehicle.model_name == "Racer"', 'vehicle.model_name == "Racer"'),
        ("vehicle.drag <= 0.00000001", "vehicle.drag <= 0.00000001"),
        ("vehicle.top_speed > 80 km/h", "vehicle.top_speed > 80 km/h"),
        ('battery.tested_to has all ["CR 10.02", "CR 7.00"]', 'battery.tested_to has all ["CR 10.02", "CR 7.00"]'),
        ("vehicle.uses has road", "vehicle.uses has road"),
    ],
)  # fmt: skip
def test_it_prints_as_it_is_read_aloud(written, printed):
    assert str(parse(written, WORDS)) == printed
