"""A pack fits when every deciding parameter says so; what nobody declares is asked, never assumed."""

from carnet.swapping.interfaces import interfaces
from carnet.swapping.match import fit, open_items

TABLE = interfaces()
PARTS = ("QC/T 1201.1-2023", "QC/T 1201.2-2023", "QC/T 1201.5-2023")


def trio(scheme="QC/T 1201.3-2023 scheme 1", station_scheme=None, volts=750.0, station_volts=1000.0, parts=PARTS):
    return {
        "vehicle": {"vehicle.swap_layout": "cab_back", "vehicle.swap_scheme": scheme, "vehicle.swap_interfaces": parts},
        "pack": {
            "battery.swap_layout": "cab_back",
            "battery.swap_scheme": scheme,
            "battery.swap_interfaces": parts,
            "battery.voltage_max": volts,
        },
        "station": {
            "swap_station.swap_layout": "cab_back",
            "swap_station.swap_scheme": station_scheme or scheme,
            "swap_station.swap_interfaces": parts,
            "swap_station.dc_voltage_max": station_volts,
        },
    }


def test_one_scheme_on_all_sides_is_interchangeable():
    found = fit(trio(), TABLE)

    assert (found.result, found.scheme, found.undeclared) == ("interchangeable", "QC/T 1201.3-2023 scheme 1", ())


def test_two_schemes_of_one_standard_stay_two():
    found = fit(trio(station_scheme="QC/T 1201.3-2023 scheme 2"), TABLE)

    assert found.result == "incompatible"
    assert any("locking mechanism" in text for text in found.blocked_by)


def test_the_standard_without_its_scheme_is_undeclared():
    found = fit(trio(scheme="QC/T 1201.3-2023"), TABLE)

    assert found.result == ""
    assert "vehicle.swap_scheme" in found.undeclared


def test_every_parameter_taken_away_leaves_no_verdict():
    for side, facts in trio().items():
        for name in facts:
            declared = trio()
            del declared[side][name]

            found = fit(declared, TABLE)

            assert found.result == "", (side, name)
            assert name in found.undeclared


def test_a_weaker_station_is_adaptable_and_says_how():
    found = fit(trio(volts=1100.0), TABLE)

    assert (found.result, found.adaptations) == ("adaptable", ("another charging module in the station",))


def test_another_layout_is_incompatible_whatever_else_is_unknown():
    declared = trio()
    declared["station"] = {"swap_station.swap_layout": "underbody"}

    found = fit(declared, TABLE)

    assert (found.result, found.blocked_by[0]) == (
        "incompatible",
        "battery position: vehicle cab_back, pack cab_back, station underbody",
    )


def test_the_five_parts_of_the_truck_standard_are_separate_lines():
    demanded = {i.demands for i in open_items({}, "N3", TABLE)}

    assert {f"QC/T 1201.{n}-2023" for n in range(1, 6)} <= demanded


def test_evidence_closes_exactly_its_line():
    before = open_items({}, "N3", TABLE)
    after = open_items({"battery_pack": {"QC/T 1201.2-2023"}}, "N3", TABLE)

    assert {i.id for i in before} - {i.id for i in after} == {"interface.cooling"}


def test_an_overall_size_has_its_tolerance():
    assert [TABLE.tolerances.of(x) for x in (2, 120, 1500, 5000)] == [0.5, 2.0, 6.0, None]
