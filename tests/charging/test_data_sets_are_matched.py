"""Open vehicle data sets are matched row by row; what they do not say stays unknown."""

import json

import pytest

from carnet.charging.couplers import couplers
from carnet.charging.datasets import vehicles
from carnet.charging.match import Side, match
from carnet.errors import BadInput

POST = Side(("GB/T 20234.3-2015",), True, max_voltage=1000.0, max_power=120.0)


def trims(folder, ports):
    (folder / "make" / "model" / "2026").mkdir(parents=True)
    (folder / "make" / "model" / "base.json").write_text(
        json.dumps({"make": {"name": "Make"}, "model": {"name": "Model"}})
    )
    trim = {
        "trim": {"name": "Base"},
        "year": 2026,
        "charge_ports": [{"connector": p} for p in ports],
        "charging": {"dc": {"max_power_kw": 90}},
    }
    (folder / "make" / "model" / "2026" / "base.json").write_text(json.dumps(trim))
    return folder


def test_a_trim_lies_over_its_model(tmp_path):
    [(name, side)] = vehicles(trims(tmp_path, ["gb_t_dc", "gb_t_ac"]))

    assert (name, side.couplers, side.max_power, side.max_voltage) == (
        "Make Model Base 2026",
        ("gb_t_dc", "gb_t_ac"),
        90.0,
        None,
    )


def test_a_voltage_class_is_no_voltage(tmp_path):
    [(_, side)] = vehicles(trims(tmp_path, ["gb_t_dc"]))

    found = match(side, POST, couplers())

    assert (found.outcome, found.missing) == ("", ("vehicle.dc_voltage_max",))


def test_a_car_without_an_inlet_for_direct_current_fails_at_the_coupler(tmp_path):
    [(_, side)] = vehicles(trims(tmp_path, ["type2"]))

    found = match(side, POST, couplers())

    assert (found.outcome, found.stops_at) == ("fails", "coupler")


def test_the_listed_shape_is_read_and_an_unclear_name_stays_open(tmp_path):
    path = tmp_path / "data.json"
    row = {"brand": "B", "model": "M", "dc_charger": {"ports": ["ccs"], "max_power": 95}}
    path.write_text(json.dumps({"data": [row, "broken"]}))

    [(name, side)] = vehicles(path)
    found = match(side, POST, couplers())

    assert (name, found.outcome, found.missing) == ("B M", "", ("vehicle.inlets",))
    assert found.notes == ("inlet 'ccs' stands in no table of couplers",)


def test_what_is_no_data_set_is_refused(tmp_path):
    path = tmp_path / "x.json"
    path.write_text("[1, 2]")

    with pytest.raises(BadInput, match="a list under 'data' is missing"):
        list(vehicles(path))


def test_the_shared_data_set_is_read_whole(shared):
    rows = list(vehicles(shared / "charging" / "open-ev-data-dataset" / "src"))

    assert len(rows) == 1189
    assert {match(side, POST, couplers()).outcome for _, side in rows} <= {"", "fails"}
