"""The survey states what a recording, a rehearsal or parameters show of a charging or swapping pair, and no more."""

from decimal import Decimal
from pathlib import Path

from carnet import app
from carnet.charging.survey import survey
from carnet.swapping.survey import survey as swap_survey
from carnet.waist import Quantity

PROJECT = """
carnet: project/1
id: corridor
title: Corridor
review: {day: "2027-03-01", event: placed_on_market, known: "2026-11-21"}
from: cn
markets: [cn]
subjects:
  tractor:
    kind: vehicle
    facts:
      vehicle.category: N3
      vehicle.inlets: ["GB/T 20234.3-2015"]
      vehicle.dc_voltage_max: 750 V
      vehicle.dc_current_max: 250 A
  pack: {kind: battery_pack, fitted_to: [tractor], facts: {battery.swap_layout: cab_back}}
  depot: {kind: charger, facts: {CHARGER}}
  station: {kind: swap_station, facts: {swap_station.swap_layout: cab_back}}
pairs:
  - {id: charge, charge: [tractor, depot]}
  - {id: swap, swap: [tractor, pack, station]}
"""
DEPOT = (
    "charger.rated_power: 240 kW, charger.dc_voltage_max: 1000 V, charger.dc_current_max: 250 A, "
    'charger.protocol: "GB/T 27930-2015"'
)


def stated(tmp_path: Path, charger: str, surveyor=survey):
    path = tmp_path / "project.yaml"
    path.write_text(PROJECT.replace("CHARGER", charger))
    project, catalog = app.open_project(path, cache=False)
    return {f.name: f.value for f in surveyor(project, catalog)}


def test_declared_numbers_are_rehearsed(tmp_path):
    facts = stated(tmp_path, DEPOT)

    assert facts["session.match"] == "works"
    assert (facts["session.shown_by"], facts["session.outcome"]) == ("rehearsal", "energy_transferred")
    assert facts["session.current_max"] == Quantity(Decimal("250.0"), "A")


def test_a_missing_number_leaves_the_outcome_unstated_and_is_named(tmp_path):
    facts = stated(tmp_path, DEPOT.replace("charger.dc_voltage_max: 1000 V, ", ""))

    assert "session.outcome" not in facts
    assert facts["session.reason"] == "not declared: charger.dc_voltage_max"


def test_too_little_voltage_is_refused_at_the_parameters(tmp_path):
    facts = stated(tmp_path, DEPOT.replace("1000 V", "500 V"))

    assert (facts["session.outcome"], facts["session.stops_at"], facts["session.shown_by"]) == (
        "refused",
        "parameters",
        "parameters",
    )


def test_an_undeclared_swap_scheme_is_asked_for(tmp_path):
    facts = stated(tmp_path, DEPOT, swap_survey)

    assert "swap.fits" not in facts
    assert "battery.swap_scheme" in facts["swap.undeclared"]
    assert "swap mechanism, with its scheme (QC/T 1201.3-2023)" in facts["swap.station_items_open"]
