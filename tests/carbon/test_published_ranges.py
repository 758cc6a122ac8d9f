"""Results for a medium car and a truck lie where published studies lie; what differs is explained in docs/carbon.md."""

from pathlib import Path

import pytest

from tests.carbon.inventories import read, tables, thing, under

INVENTORIES = Path(__file__).resolve().parents[2] / "examples" / "carbon" / "inventories"
METHOD = "apec-joint"  # any vehicle-kilometer method does: the cars are compared under one


def per_km(tmp_path, name, **changes):
    text = (INVENTORIES / f"{name}.yaml").read_text(encoding="utf-8")
    for old, new in changes.values():
        assert old in text
        text = text.replace(old, new)
    return under(read(tmp_path, text), METHOD).value * 1000


def reduction(tmp_path, place):
    """How far the electric car on a grid lies below the gasoline car, in percent."""
    driven = ("region: cn, stage: use", f"region: {place}, stage: use")
    return 100 * (1 - per_km(tmp_path, "medium-bev", driven=driven) / per_km(tmp_path, "medium-gasoline"))


def published(case, three=False):
    row, _ = next(v for v in tables().literature.values() if v[0].case == case)
    return (row.low, row.value, row.high) if three else (row.low, row.high)


def test_a_gasoline_car_burns_what_the_road_shows(tmp_path):
    found = per_km(tmp_path, "medium-gasoline")

    assert round(2.254 * (70.0 + 17.0), 3) == 196.098  # fuel made and burned, g/km
    assert 196 < found < 260


# The study lets the grid decline over the car's life; we could not read its mean. On a mean of 55 to 95 % of today's
# grid its ranges are met in every economy.
@pytest.mark.parametrize(
    ("place", "case"),
    [
        ("us", "BEV below gasoline, United States"),
        ("cn", "BEV below gasoline, China"),
        ("in", "BEV below gasoline, India"),
    ],
)
def test_on_a_grid_that_declines_the_saving_lies_in_the_range_of_the_study(tmp_path, place, case):
    low, high = published(case)
    driven = ("region: cn, stage: use", f"region: {place}, stage: use")
    today = reduction(tmp_path, place)
    at = {
        share: 100
        * (
            1
            - per_km(tmp_path, "medium-bev", driven=driven, mean=("0.189 kWh", f"{0.189 * share:.6f} kWh"))
            / per_km(tmp_path, "medium-gasoline")
        )
        for share in (0.95, 0.55)
    }

    assert today < low  # the grid of one year saves less than the study finds
    assert at[0.95] < high
    assert at[0.55] > low


@pytest.mark.parametrize(
    ("place", "above", "below"),
    [
        ("us", "BEV below gasoline, world grid of one year", "BEV below gasoline, United States"),
        ("cn", "BEV below gasoline, world grid of one year", "BEV below gasoline, China"),
        ("de", "BEV below gasoline, European grid of one year", "BEV below gasoline, Europe"),
        ("gb", "BEV below gasoline, European grid of one year", "BEV below gasoline, Europe"),
    ],
)
def test_on_todays_grid_the_saving_lies_between_makers_and_declining_grids(tmp_path, place, above, below):
    found = reduction(tmp_path, place)

    assert min(x for x in published(above, three=True) if x) < found < published(below)[1]


def test_on_wind_power_the_saving_is_at_least_what_makers_publish(tmp_path):
    driven = ("item: electricity.delivered, region: cn", "item: electricity.wind")
    found = 100 * (1 - per_km(tmp_path, "medium-bev", driven=driven) / per_km(tmp_path, "medium-gasoline"))

    assert published("BEV below gasoline, wind power")[0] < found < 85


@pytest.mark.parametrize(
    ("item", "cases"),
    [
        ("cell.lfp", ("LFP, distribution of footprints", "LFP, CN, recent literature")),
        ("cell.nmc622", ("NMC, distribution of footprints", "NMC622/811, CN, recent literature")),
        ("cell.nmc811", ("NMC, distribution of footprints", "NMC622/811, CN, recent literature")),
        ("cell.nmc622", ("eight chemistries, three regions, 2020",)),
    ],
)
def test_cells_lie_in_the_published_ranges_per_kilowatt_hour(tmp_path, item, cases):
    found = under(thing(tmp_path, [f"item: {item}, amount: 1 kWh"]), "pact-3.0").value

    for case in cases:
        low, high = published(case)
        assert low <= found <= high


@pytest.mark.parametrize(
    ("item", "region", "low", "high"),
    [
        ("aluminum.primary_hydropower", "is", 3.2, 5.0),  # the hydro band of materials.yaml
        ("aluminum.primary_captive_coal", "cn", 15, 22),  # its coal band
        ("nickel.in_npi", "id", 53, 55),  # published 54
        ("lithium_carbonate.from_brine", "cl", 2.7, 3.7),  # published 3.62; an older study 2.7 to 3.1
        ("lithium_carbonate.from_spodumene", "cn", 20.4, 24.2),  # published 24.1; an older study 20.4
        ("graphite.from_coke", "cn", 13.8, 43.9),  # two studies
        ("graphite.from_flake", "cn", 5.3, 10.6),  # two studies
        ("steel.from_ore", "cn", 2.0, 2.6),
        ("steel.from_sponge_iron", "us", 1.0, 1.7),
        ("steel.from_hydrogen", "se", 0.1, 0.3),
        ("zinc.special_high_grade", "jp", 3.0, 4.2),
        ("hydrogen.electrolysis", "cn", 28, 32),
    ],
)
def test_routes_with_explicit_energy_lie_where_the_literature_lies(tmp_path, item, region, low, high):
    found = under(thing(tmp_path, [f"item: {item}, region: {region}, amount: 1 kg"]), "pact-3.0").value

    assert low <= found <= high


def test_cleaner_grids_save_more(tmp_path):
    places = ["in", "cn", "us", "fr", "se"]

    found = [reduction(tmp_path, p) for p in places]

    assert found == sorted(found)


def test_the_pack_lies_in_the_published_range_per_kilowatt_hour(tmp_path):
    (row, _) = next(v for v in tables().literature.values() if v[0].case == "LFP, CN, recent literature")
    pack = under(read(tmp_path, (INVENTORIES / "pack.yaml").read_text(encoding="utf-8")), "pact-3.0")

    assert row.low <= pack.value / 282 <= row.high


def test_an_electric_truck_against_diesel(tmp_path):
    text = (INVENTORIES / "tractor.yaml").read_text(encoding="utf-8")
    sheet = (INVENTORIES / "tractor-parts.csv").read_text(encoding="utf-8")
    drive = "- {item: electricity.delivered, region: th, stage: use, amount: 1.35 kWh"
    # 28 L of diesel per 100 km at 35.9 MJ per liter: 10.05 MJ/km; the diesel tractor carries no pack
    diesel = text.replace(drive, "- {item: driving.diesel, stage: use, amount: 10.05 MJ").replace(
        "      - {item: pack-282, amount: 1 piece, per: [packs_per_truck, pack_lives]}\n", ""
    )
    grids = {p: text.replace(drive, drive.replace("region: th", f"region: {p}")) for p in ("cn", "de", "it", "be")}

    burned = under(read(tmp_path, diesel, **{"tractor-parts__csv": sheet}), METHOD).value
    saved = {
        p: 100 * (1 - under(read(tmp_path, t, **{"tractor-parts__csv": sheet}), METHOD).value / burned)
        for p, t in grids.items()
    }
    of_2016, expected, green = (
        published(f"battery-electric below diesel, {grid}", three=True)[1]
        for grid in ("European grid 2016", "European grid expected for 2030", "green electricity")
    )

    assert 0.9 < burned < 1.1  # kgCO2e/km
    assert 0 < saved["cn"] < of_2016 < saved["de"] < saved["it"] < expected < saved["be"] < green
