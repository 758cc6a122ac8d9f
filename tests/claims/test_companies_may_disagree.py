"""What another company discloses is a fact with its origin; where companies disagree nobody guesses."""

import pytest

from carnet.errors import BadProject
from tests.builders import (
    charge,
    charger,
    disclosure,
    findings,
    lay,
    pack,
    review,
    review_one,
    rule,
    truck,
    write_project,
)

POWER = rule("xa.power", about="charger", demands="charger.rated_power >= 100 kW")


def theirs(**facts):
    return disclosure(
        "Charger Works", {"depot": ("charger", {f"charger.{name}": value for name, value in facts.items()})}
    )


def test_a_disclosed_fact_counts_like_a_stated_one():
    assert review_one(POWER, charger(), theirs(rated_power="150 kW")).verdict == "met"


def test_a_disclosed_fact_keeps_its_company_and_its_place():
    project = review(POWER, charger(), theirs(rated_power="150 kW")).project

    (fact,) = project.facts
    assert (fact.origin.kind, fact.origin.name, fact.origin.place.file) == (
        "disclosure",
        "Charger Works",
        "charger-works.yaml",
    )
    assert project.disclosures == ("Charger Works",)
    assert "charger-works.yaml" in dict(project.inputs)


def test_a_contradiction_between_companies_is_a_finding_and_the_fact_counts_as_unknown():
    dossier = review(POWER, charger(rated_power="240 kW"), theirs(rated_power="150 kW"))

    (rule_finding,) = findings(dossier, "xa.power")
    (dispute,) = findings(dossier, "project.contradiction.charger.rated_power")

    assert rule_finding.verdict == "unproven"
    assert (
        "charger.rated_power is disputed for depot: 240 kW (the project), 150 kW (Charger Works)"
        in rule_finding.because
    )
    assert (dispute.verdict, dispute.about, dispute.missing) == ("undecided", ("depot",), ("charger.rated_power",))
    assert "the project says 240 kW (project.yaml:" in dispute.because
    assert "Charger Works says 150 kW (charger-works.yaml:" in dispute.because
    assert dispute.question == "Which value of charger.rated_power is true for depot?"


def test_two_companies_may_contradict_each_other():
    first = disclosure("Alpha", {"depot": ("charger", {"charger.location": "public"})})
    second = disclosure("Beta", {"depot": ("charger", {"charger.location": "fleet"})})

    found = findings(review(charger(), first, second), "project.contradiction.charger.location")

    assert len(found) == 1
    assert "Alpha says public" in found[0].because
    assert "Beta says fleet" in found[0].because


def test_who_says_the_same_does_not_disagree():
    dossier = review(POWER, charger(rated_power="150 kW"), theirs(rated_power="150 kW"))

    assert [f.rule for f in findings(dossier)] == ["xa.power"]


def test_who_says_the_same_in_another_unit_does_not_disagree():
    dossier = review(POWER, charger(rated_power="150 kW"), theirs(rated_power="150000 W"))

    assert [(f.rule, f.verdict) for f in findings(dossier)] == [("xa.power", "met")]


def test_lists_of_two_companies_add_up():
    socket = rule("xa.inlet", about="vehicle", demands='vehicle.inlets has all ["CH 2", "CH 20:2022"]')
    more = disclosure("Truck Works", {"truck": ("vehicle", {"vehicle.inlets": ["CH 20:2022"]})})

    assert review_one(socket, truck(inlets=["CH 2"]), more).verdict == "met"


def test_a_disclosure_may_say_that_a_list_is_complete():
    socket = rule("xa.inlet", about="vehicle", demands='vehicle.inlets has "CH 2"')
    whole = disclosure(
        "Truck Works", {"truck": ("vehicle", {"vehicle.inlets": {"values": ["CH 20:2022"], "complete": True}})}
    )

    assert review_one(socket, truck(), whole).verdict == "unmet"


def test_their_name_of_a_thing_may_differ_from_ours():
    other = disclosure(
        "Charger Works", {"CW-150": ("charger", {"charger.rated_power": "150 kW"})}, subjects={"CW-150": "depot"}
    )

    assert review_one(POWER, charger(), other).verdict == "met"


def test_what_truck_and_station_makers_disclose_settles_a_pair():
    fits = rule(
        "xa.fits", about="pair", demands="vehicle.dc_voltage_max <= charger.dc_voltage_max", force="contractual"
    )
    truck_side = disclosure("Truck Works", {"truck": ("vehicle", {"vehicle.dc_voltage_max": "750 V"})})

    finding = review_one(fits, truck(), charger(), charge(), truck_side, theirs(dc_voltage_max="500 V"))

    assert finding.verdict == "unmet"


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (
            disclosure("Charger Works", {"depo": ("charger", {})}),
            "Charger Works speaks of 'depo', which is no subject of this project; did you mean 'depot'?",
        ),
        (
            disclosure("Charger Works", {"depot": ("vehicle", {})}),
            "Charger Works calls 'depot' a vehicle; here 'depot' is a charger",
        ),
        (
            disclosure("Charger Works", {"depot": ("charger", {"charger.power": "1 kW"})}),
            "no fact is called 'charger.power'; did you mean 'charger.rated_power'? All names: carnet words charger",
        ),
        (
            disclosure("Charger Works", {"depot": ("charger", {"vehicle.seats": 5})}),
            "vehicle.seats is said of vehicle, not of a charger",
        ),
        (
            disclosure("Charger Works", {"depot": ("charger", {"charger.rated_power": 150})}),
            "charger.rated_power: 150 needs its unit; write for example '150 kW'",
        ),
    ],
)
def test_what_is_wrong_in_a_disclosure_is_said_with_its_file(tmp_path, row, says):
    from carnet.catalog import open_catalog
    from carnet.project import load_project

    path = write_project(tmp_path, charger(), row)

    with pytest.raises(BadProject) as refused:
        load_project(path, open_catalog(base=lay(tmp_path)))

    first = str(refused.value).replace(f"{tmp_path}/", "").splitlines()[0]
    assert first.startswith("charger-works.yaml:1:")
    assert first.endswith(says)


def test_a_fact_that_is_not_disputed_is_untouched_by_the_dispute():
    chemistry = rule(demands="battery.chemistry == LFP")
    other = disclosure(
        "Pack Works", {"pack": ("battery_pack", {"battery.chemistry": "LFP", "battery.rated_energy": "100 kWh"})}
    )

    dossier = review(chemistry, pack(rated_energy="282 kWh"), other)

    assert findings(dossier, chemistry.id)[0].verdict == "met"
