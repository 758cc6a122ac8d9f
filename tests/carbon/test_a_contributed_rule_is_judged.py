"""A rule somebody adds is judged before any fleet meets it, in the library and in a what-if."""

import pytest

from carnet.carbon.rule_check import wrong_with
from carnet.carbon.tables import open_tables
from carnet.errors import BadData, BadInput
from tests.carbon.inventories import tables
from tests.carbon.test_policies_side_by_side import weighed

HEAD = """\
sources: {s: {number: law, class: official_text, read: verbatim, seen: "2026-11-21"}}
vehicle_carbon: my
rules:
  - id: my.test
    title: Test
    document: Law
"""
LIMIT = """\
    kind: limit
    metric: {of: co2, unit: gCO2/km}
    steps: [{value: 120, standing: in_force, source: s}]
"""
RATES = """\
    kind: rates
    base: price
    metric: {of: co2}
    steps: [{when: {co2: {over: 100}}, rate: 10, standing: in_force, source: s}]
"""
BANDS = """\
    kind: bands
    metric: {of: co2}
    bands:
      - {band: A, from: "2026", limits: {co2: 100}, standing: in_force, source: s}
      - {band: B, from: "2026", standing: in_force, source: s}
"""
TARGET = """\
    kind: fleet_target
    metric: {of: co2, unit: gCO2/km}
    money: {per_unit_above: "50", currency: MYR, source: s}
    adjust: {by: mass_kg, slope: 0.03, reference: 1400}
    steps: [{value: 120, standing: in_force, source: s}]
"""
SHARE = """\
    kind: share_target
    of: {powertrain: [bev]}
    steps: [{value: 20, standing: in_force, source: s}]
"""


def read(tmp_path, body):
    (tmp_path / "vehicle-carbon").mkdir()
    (tmp_path / "vehicle-carbon" / "my.yaml").write_text(HEAD + body, encoding="utf-8")
    return open_tables([tmp_path])


@pytest.mark.parametrize("body", [LIMIT, RATES, BANDS, TARGET, SHARE])
def test_a_whole_rule_is_taken(tmp_path, body):
    assert "my.test" in read(tmp_path, body).rules


def test_every_rule_of_the_library_is_whole():
    assert [f"{name}: {says}" for name, (_, row, _, _) in tables().rules.items() for says in wrong_with(row)] == []


@pytest.mark.parametrize(
    ("body", "old", "new", "says"),
    [
        (LIMIT, "metric: {of: co2, unit: gCO2/km}", "metric: {}", "counts a number of each vehicle; say which"),
        (LIMIT, "of: co2", "of: co", "vehicles have no number called 'co'; did you mean 'co2'"),
        (LIMIT, "unit: gCO2/km", "plus: {wh_km: much}", "'much' is not a weight"),
        (LIMIT, "kind: limit", "kind: limit\n    applies: {powertrain: [ev]}", "'ev' is no powertrain"),
        (LIMIT, "kind: limit", "kind: limit\n    applies: {maker: [x]}", "has category and powertrain, not 'maker'"),
        (RATES, ", rate: 10", "", "every step of a rate has a rate"),
        (RATES, "over: 100", "above: 100", "above: 100 is no bound; known, with a number: over"),
        (RATES, "base: price", "base: prize", "vehicles have no number called 'prize'; did you mean 'price'"),
        (BANDS, '      - {band: B, from: "2026", standing: in_force, source: s}\n', "", "no band takes what exceeds"),
        (BANDS, "limits: {co2: 100}", "limits: {nox: 1}", "limits 'nox', which is neither the metric nor among others"),
        (TARGET, 'per_unit_above: "50"', 'per_unit_above: "fifty"', "'fifty' is not an amount"),
        (TARGET, "currency: MYR, ", "", "an amount needs its currency"),
        (TARGET, "slope: 0.03", "slope: steep", "slope is a number"),
        (TARGET, "source: s}\n    adjust", "source: t}\n    adjust", "no source of this file is called 't'"),
        (SHARE, "of: {powertrain: [bev]}", "of: {}", "says which vehicles count"),
    ],
)
def test_a_rule_that_cannot_be_reckoned_is_a_sentence_with_its_place(tmp_path, body, old, new, says):
    assert old in body

    with pytest.raises(BadData) as told:
        read(tmp_path, body.replace(old, new, 1))

    assert says in str(told.value)
    assert "my.yaml:4" in str(told.value)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("metric: {}", "counts a number of each vehicle; say which"),
        ("steps: 5", "steps: input should be a valid list"),
        ("metric: {of: [1]}", "vehicles have no number called"),
        ("adjust: {by: weight, slope: 1, reference: 2}", "vehicles have no number called 'weight'"),
        ("nonsense: 1", "nonsense: extra inputs are not permitted"),
    ],
)
def test_a_what_if_is_judged_like_a_row_of_the_library(tmp_path, change, says):
    with pytest.raises(BadInput) as told:
        weighed(tmp_path, [f"{{id: a, rule: au.nves.passenger, set: {{{change}}}}}"])

    assert says in str(told.value)
