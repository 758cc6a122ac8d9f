"""A battery and a truck agree with sums made by hand, to the last digit shown."""

import pytest

from tests.carbon.inventories import PACK, TRUCK, read, under


def test_a_pack_from_cradle_to_gate(tmp_path):
    found = under(read(tmp_path, PACK), "pact-3.0")

    # cathode 200 kg x 6 = 1200; graphite 100 kg x 9.6 = 960; aluminum 100 kg x 0.6 = 60
    # electricity 2000 + 300 kWh x 0.5596 = 1287.08; the sea leg lies behind the gate
    assert round(found.value, 9) == 3507.08  # 1200 + 960 + 60 + 1287.08
    assert found.unit == "kgCO2e/piece"
    assert round(found.sums(lambda t: t.stage)["manufacturing"], 9) == 1287.08


def test_a_pack_per_kilowatt_hour_delivered(tmp_path):
    found = under(read(tmp_path, PACK), "eu-cfb-ev-draft2024")

    # + sea 8000 tkm x 0.00815 = 65.2; delivered 90 kWh x 250 cycles x 8 years = 180000 kWh
    assert round(found.total, 9) == 3572.28  # 3507.08 + 65.2
    assert found.divisor == 180_000
    assert round(found.value, 12) == round(3572.28 / 180_000, 12)


def test_a_pack_under_the_national_electricity_factor(tmp_path):
    found = under(read(tmp_path, PACK), "gbt24067-2024")

    # 2300 kWh x 0.6205 = 1427.15 instead of 1287.08
    assert round(found.value, 9) == 3712.35  # 1200 + 960 + 60 + 65.2 + 1427.15


def test_a_truck_with_its_share_of_a_swap_pool(tmp_path):
    found = under(read(tmp_path, TRUCK), "apec-joint")

    # steel 6000 x 2.32 = 13920; tires 500 x 3.2 = 1600; 1.25 packs x (500 x 6 + 5000 x 0.5596) = 1.25 x 5798 = 7247.5
    # driving 1.2 kWh/km x 1000000 km x 0.5545 = 665400
    assert round(found.total, 6) == 688167.5  # 13920 + 1600 + 7247.5 + 665400
    assert round(found.value, 12) == 0.6881675  # over 1000000 km
    assert found.unit == "kgCO2e/km"


@pytest.mark.parametrize(
    ("method", "life"), [("qct1249-2025", 150_000), ("jp-jama", 100_000), ("apec-joint", 1_000_000)]
)
def test_the_use_stage_runs_over_the_life_the_method_fixes(tmp_path, method, life):
    found = under(read(tmp_path, TRUCK), method)

    assert found.divisor == life
    assert round(found.sums(lambda t: t.stage)["use"], 9) == 0.6654  # 1.2 x 0.5545, whatever the life
