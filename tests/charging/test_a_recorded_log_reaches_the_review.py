"""A log beside the project is measurement: it outranks the rehearsal, decides the review, opens the chapter."""

from decimal import Decimal

import pytest

from carnet import app
from carnet.chapter import Figure, Table, Text
from carnet.charging.chapter import chapter
from carnet.charging.gateway import cross
from carnet.charging.survey import survey
from carnet.charging.twins import Battery, Supply
from carnet.dossier.json import contract
from carnet.waist import Quantity

from .sessions import log, session

PROJECT = """
carnet: project/1
id: corridor
title: Corridor
review: {day: "2027-03-01", event: placed_on_market, known: "2026-11-21"}
from: cn
markets: [th]
subjects:
  truck:
    kind: vehicle
    title: Truck
    facts: {vehicle.category: N3, VEHICLE}
  post:
    kind: charger
    title: Post
    facts: {charger.supplies: dc, CHARGER}
pairs:
  - {id: depot, charge: [truck, post]MORE}
"""
TRUCK = 'vehicle.inlets: ["GB/T 20234.3-2015"], vehicle.dc_voltage_max: 600 V, vehicle.dc_current_max: 250 A'
POST = (
    'charger.connectors: ["GB/T 20234.3-2015"], charger.protocol: ["GB/T 27930-2015"], '
    "charger.dc_voltage_max: 750 V, charger.rated_power: 120 kW"
)


def project(tmp_path, more="", vehicle=TRUCK, charger=POST):
    path = tmp_path / "project.yaml"
    text = PROJECT.replace("VEHICLE", vehicle).replace("CHARGER", charger).replace("MORE", more)
    path.write_text(text, encoding="utf-8")
    return path


def stated(path):
    opened, catalog = app.open_project(path, cache=False)
    return {f.name: f for f in survey(opened, catalog)}


def finding(path):
    dossier, catalog = app.review_project(path, cache=False)
    return next(f for f in contract(dossier, catalog)["findings"] if f["rule"] == "any.pair.charge")


def recorded(tmp_path, *faults, **more):
    log(tmp_path, session("gbt27930-2015", *faults, **more), "depot.log")
    return project(tmp_path, ", log: depot.log")


def test_a_recording_states_what_it_measured_not_what_was_declared(tmp_path):
    facts = stated(recorded(tmp_path, volts=420, charger_volts=500, seconds=8))

    assert facts["session.shown_by"].value == "recording"
    assert facts["session.shown_by"].origin.kinds == ("measurement",)
    assert facts["session.outcome"].value == "energy_transferred"
    assert facts["session.current_max"].value == Quantity(Decimal("100.0"), "A")
    assert facts["session.stopped_by"].value == "user"
    assert facts["session.protocol"].value == ("GB/T 27930-2015",)
    assert facts["session.violations"].value == 0


def test_the_review_believes_the_recording_without_a_residual(tmp_path):
    simulated = finding(project(tmp_path))
    measured = finding(recorded(tmp_path, seconds=8))

    assert simulated["verdict"] == "residual"
    assert "Only a simulation says so" in simulated["because"]
    assert measured["verdict"] == "met"


def test_a_recording_that_stopped_early_is_unmet_whatever_the_rehearsal_says(tmp_path):
    path = recorded(tmp_path, "lose:BRM", seconds=20)

    facts = stated(path)
    assert (facts["session.outcome"].value, facts["session.stops_at"].value) == ("stopped", "handshake")
    assert facts["session.responsible"].value == "vehicle"
    assert finding(path)["verdict"] == "unmet"


def test_a_recording_of_something_else_is_no_session(tmp_path):
    (tmp_path / "depot.log").write_text("(1.0) can0 123#00\n(2.0) can0 123#01\n")

    facts = stated(project(tmp_path, ", log: depot.log"))

    assert facts["session.outcome"].value == "no_protocol"


def test_the_power_reached_is_a_share_of_what_both_offer(tmp_path):
    facts = stated(project(tmp_path))

    power = facts["session.power"].value.value
    # the truck takes 600 V * 250 A = 150 kW, the post gives 120 kW
    assert facts["session.power_share"].value.value == pytest.approx(power / 120 * 100, abs=Decimal("0.01"))


def test_a_declared_gateway_is_rehearsed_across_both_families(tmp_path):
    vehicle = TRUCK.replace("600 V", "450 V").replace("250 A", "100 A")
    charger = (
        'charger.connectors: {values: ["CHAdeMO 1.1"], complete: true}, charger.protocol: ["CHAdeMO 1.x"], '
        "charger.dc_voltage_max: 500 V, charger.dc_current_max: 125 A, charger.rated_power: 50 kW"
    )
    spoken = f'{vehicle}, vehicle.charging_protocols: ["GB/T 27930-2015"]'

    without = stated(project(tmp_path, "", spoken, charger))
    facts = stated(project(tmp_path, ", through: gateway box G1", spoken, charger))

    assert "session.outcome" not in without
    assert (facts["session.gateway"].value, facts["session.outcome"].value) == (True, "energy_transferred")
    assert facts["session.shown_by"].origin.kinds == ("simulation",)
    crossing = cross("gbt27930-2015", "chademo-1.x", Battery(450, 100), Supply(500, 125, 0.0, 50), stop_after_s=20)
    assert float(facts["session.power"].value.value) == pytest.approx(crossing.power_kw, abs=0.001)


def told(path):
    opened, catalog = app.open_project(path, cache=False)
    return chapter(opened, catalog)


def test_the_chapter_begins_with_the_answer_and_names_what_is_simulated(tmp_path):
    found = told(project(tmp_path))

    assert found.lead == "depot: works with less power (simulated)."
    overview = found.parts[0]
    assert overview.rows[0][:2] == ("Truck at Post", "works with less power (simulated)")
    assert overview.rows[0][4] == "rehearsal (simulated)"
    assert "certifies nothing" in overview.note


def test_the_chapter_of_a_recording_shows_its_stages_and_its_curve_in_words_too(tmp_path):
    found = told(recorded(tmp_path, seconds=8))

    stages, curve = [p for p in found.parts if isinstance(p, Figure)]
    assert found.lead == "depot: energy flowed (recorded)."
    assert stages.svg.startswith("<svg")
    assert all(name in stages.alt for name in ("handshake", "recognition", "configuration", "charging", "end"))
    assert "current up to 100" in curve.alt
    assert any(isinstance(p, Text) and "recording" in p.text for p in found.parts)


def test_the_chapter_lays_out_layers_markets_and_prices(tmp_path):
    tables = {p.title: p for p in told(project(tmp_path)).parts if isinstance(p, Table)}

    layers = tables["depot: layer by layer"]
    assert [r[0] for r in layers.rows] == ["coupler", "pilot", "protocol", "messages", "voltage", "current", "power"]
    market = dict(zip(tables["depot: markets"].columns, tables["depot: markets"].rows[0], strict=True))
    assert market["market"] == "Thailand"
    assert "not reported there" in market["the charger's connector"]
    for part in tables.values():
        assert all(len(row) == len(part.columns) for row in part.rows)


def test_two_families_get_their_convergence(tmp_path):
    vehicle = f'{TRUCK}, vehicle.charging_protocols: ["GB/T 27930-2015"]'
    charger = POST.replace("GB/T 20234.3-2015", "CHAdeMO").replace("GB/T 27930-2015", "CHAdeMO 1.x")

    [table] = [
        p for p in told(project(tmp_path, "", vehicle, charger)).parts if getattr(p, "title", "") == "Convergence"
    ]

    assert table.rows[0][:7] == ("depot", "gbt27930-2015", "chademo-1.x", "5", "21", "60", "74")


def test_a_project_without_pairs_has_no_chapter(tmp_path):
    path = project(tmp_path)
    path.write_text(path.read_text().partition("pairs:")[0], encoding="utf-8")

    assert told(path) is None


def test_a_real_recording_reaches_facts_and_chapter(shared, tmp_path):
    source = shared / "charging" / "chademo" / "nissan-leaf-chademo-start-stop.csv"
    (tmp_path / "real.csv").write_bytes(source.read_bytes())
    path = project(tmp_path, ", log: real.csv")

    facts, found = stated(path), told(path)

    assert facts["session.shown_by"].value == "recording"
    assert facts["session.outcome"].value == "energy_transferred"
    assert facts["session.protocol"].value == ("CHAdeMO 1.x",)
    assert found.lead == "depot: energy flowed (recorded)."
    assert finding(path)["verdict"] == "met"


def test_a_real_power_line_capture_is_judged_by_the_stage_it_reached(shared, tmp_path):
    source = shared / "charging" / "ccs" / "pyPLC_2023-04-16_at_home_Ioniq_in_currentDemandLoop.pcapng"
    (tmp_path / "real.pcapng").write_bytes(source.read_bytes())

    facts = stated(project(tmp_path, ", log: real.pcapng"))

    assert facts["session.shown_by"].value == "recording"
    assert "session.power" not in facts  # the bodies are not decoded
    assert facts["session.outcome"].value == "energy_transferred"
