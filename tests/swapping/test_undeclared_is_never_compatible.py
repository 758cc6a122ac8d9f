"""A pack fits when every deciding parameter says so; what nobody declares is asked, never assumed."""

from carnet.swapping.interfaces import interfaces
from carnet.swapping.match import fit

TABLE = interfaces()
PARTS = ("QC/T 1201.1-2023", "QC/T 1201.2-2023", "QC/T 1201.5-2023")


def trio(scheme="QC/T 1201.3-2023 scheme 1", station_scheme=None, volts=750.0, station_volts=1000.0, parts=PARTS):
    return {
        "vehicle": {
            "vehicle.category": "N3",
            "vehicle.swap_layout": "cab_back",
            "vehicle.swap_scheme": scheme,
            "vehicle.swap_interfaces": parts,
            "vehicle.working_voltage": 1500.0,
        },
        "pack": {
            "battery.swap_layout": "cab_back",
            "battery.swap_scheme": scheme,
            "battery.swap_interfaces": parts,
            "battery.voltage_max": volts,
        },
        "station": {
            "swap_station.serves": ("heavy_truck",),
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


def test_a_scheme_nobody_standardized_is_common_when_all_sides_name_it():
    found = fit(trio(scheme="SX cab-back"), TABLE)

    assert (found.result, found.scheme) == ("interchangeable", "SX cab-back")


def stated(side, **numbers):
    declared = trio()
    declared[side] |= {name.replace("__", "."): value for name, value in numbers.items()}
    return declared


def test_numbers_that_are_stated_decide_even_under_one_scheme():
    declared = stated("pack", battery__length=2300.0)
    declared["station"]["swap_station.pack_length"] = 2310.0

    found = fit(declared, TABLE)

    # sizes above 2000 mm may differ by 8 mm; these differ by 10 mm
    assert (found.result, found.blocked_by) == (
        "incompatible",
        ("length: pack 2300 mm, station 2310 mm; allowed 8 mm",),
    )


def test_a_size_within_its_tolerance_fits():
    declared = stated("pack", battery__length=2300.0)
    declared["station"]["swap_station.pack_length"] = 2308.0
    declared["vehicle"]["vehicle.swap_length"] = 2296.0

    [check] = [c for c in fit(declared, TABLE).checks if c.parameter.id == "length"]

    assert check.verdict == "fits"
    assert "by the scheme" not in check.says


def test_a_pack_too_heavy_for_the_gear_is_incompatible():
    declared = stated("pack", battery__mass=3200.0)
    declared["station"]["swap_station.pack_mass_max"] = 3000.0

    assert fit(declared, TABLE).blocked_by == (
        "mass the frame and the lifting gear carry: the pack needs 3200 kg, the station reaches 3000 kg",
    )


def test_a_vehicle_of_a_lower_voltage_platform_is_incompatible():
    declared = stated("vehicle", vehicle__working_voltage=650.0)

    found = fit(declared, TABLE)

    assert found.result == "incompatible"
    assert "the pack needs 750 V, the vehicle bears 650 V" in found.blocked_by[0]


def test_a_station_for_cars_takes_no_truck():
    declared = stated("station", swap_station__serves=("passenger_car",))

    assert fit(declared, TABLE).blocked_by == ("vehicles the station serves: vehicle N3, station passenger_car",)


def test_a_scheme_for_trucks_fits_no_car():
    declared = stated("vehicle", vehicle__category="M1")
    declared["station"]["swap_station.serves"] = ("passenger_car",)

    [reason] = fit(declared, TABLE).blocked_by
    assert reason == "vehicles the scheme is made for: QC/T 1201.3-2023 scheme 1 is for N2, N3; the vehicle is M1"


def test_without_a_common_scheme_and_without_numbers_the_envelope_is_open():
    declared = trio()
    for side, name in (("vehicle", "vehicle"), ("pack", "battery"), ("station", "swap_station")):
        del declared[side][f"{name}.swap_scheme"]

    verdicts = {c.parameter.id: c.verdict for c in fit(declared, TABLE).checks}
    assert {verdicts[x] for x in ("length", "width", "height", "mass", "locking", "positioning")} == {"undeclared"}


def test_an_overall_size_has_its_tolerance():
    assert [TABLE.tolerances.of(x) for x in (2, 120, 1500, 5000)] == [0.5, 2.0, 6.0, None]
