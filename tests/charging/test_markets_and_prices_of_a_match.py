"""A match is laid out layer by layer, asked in every market, and its gaps are priced in ranges."""

import json
from decimal import Decimal

import pytest
from typer.testing import CliRunner

from carnet import app as engine
from carnet.charging.couplers import couplers
from carnet.charging.gaps import bill
from carnet.charging.pairs import pairs
from carnet.doors.cli.charge import app

PROJECT = """
carnet: project/1
id: corridor
title: Corridor
review: {day: "2027-03-01", event: placed_on_market, known: "2026-11-21"}
from: cn
markets: [MARKETS]
subjects:
  truck:
    kind: vehicle
    facts: {vehicle.category: N3, VEHICLE}
  post:
    kind: charger
    facts: {charger.supplies: dc, charger.location: public, CHARGER}
pairs:
  - {id: there, charge: [truck, post]}
"""
CCS = (
    'vehicle.inlets: {values: ["IEC 62196-3 FF"], complete: true}, vehicle.dc_voltage_max: 800 V, '
    "vehicle.dc_power_max: 250 kW, vehicle.charging_protocols: {values: [SPOKEN], complete: true}"
)
POST = (
    'charger.connectors: {values: ["IEC 62196-3 FF"], complete: true}, charger.dc_voltage_max: 1000 V, '
    "charger.rated_power: 150 kW, charger.adapter_included: false, charger.protocol: {values: [SPOKEN], complete: true}"
)
GBT = (
    'vehicle.inlets: {values: ["GB/T 20234.3-2015", "GB/T 20234.2-2015"], complete: true}, '
    "vehicle.dc_voltage_max: 600 V"
)
DIN, TWO, TWENTY = '"DIN SPEC 70121:2014"', '"ISO 15118-2:2014"', '"ISO 15118-20:2022"'


def there(tmp_path, vehicle, charger, markets="th"):
    path = tmp_path / "project.yaml"
    text = PROJECT.replace("VEHICLE", vehicle).replace("CHARGER", charger).replace("MARKETS", markets)
    path.write_text(text, encoding="utf-8")
    project, catalog = engine.open_project(path, cache=False)
    [pair] = pairs(project, catalog)
    return pair


def ccs(tmp_path, mine, theirs, **more):
    return there(tmp_path, CCS.replace("SPOKEN", mine), POST.replace("SPOKEN", theirs), **more)


def comes_to(pair):
    return {layer.layer: layer.comes_to for layer in pair.layers}


def test_an_opaque_stack_is_compared_by_everything_but_its_messages(tmp_path):
    pair = ccs(tmp_path, f"{DIN}, {TWO}", f"{TWO}, {TWENTY}")

    assert (pair.found.outcome, pair.found.power, pair.found.protocols) == ("limited", 150.0, ("ISO 15118-2:2014",))
    assert comes_to(pair) == {
        "coupler": "fits",
        "pilot": "fits",
        "protocol": "fits",
        "messages": "opaque",
        "voltage": "fits",
        "current": "unknown",
        "power": "limits",
    }
    [messages] = [x for x in pair.layers if x.layer == "messages"]
    assert "not decodable, cannot be rehearsed (ISO 15118-2:2014: the EXI schema may not be passed on)" in messages.says


def test_generations_that_share_nothing_stop_at_the_handshake(tmp_path):
    pair = ccs(tmp_path, DIN, TWENTY)

    assert (pair.found.outcome, pair.found.stops_at) == ("fails", "handshake")
    assert comes_to(pair)["protocol"] == "stops"
    assert comes_to(pair)["voltage"] == "fits"  # every layer is shown, also below the one that stops


def test_a_table_family_can_be_rehearsed(tmp_path):
    charger = 'charger.protocol: ["GB/T 27930-2015"], charger.dc_voltage_max: 750 V, charger.rated_power: 120 kW'
    pair = there(tmp_path, GBT, charger)

    [messages] = [x for x in pair.layers if x.layer == "messages"]
    assert (messages.comes_to, "can be rehearsed" in messages.says) == ("fits", True)


def test_a_foreign_inlet_has_its_gaps_priced_from_the_steps(tmp_path):
    pair = there(tmp_path, GBT, POST.replace("SPOKEN", TWO))

    [(where, rows)] = pair.places
    assert {g.part: g.stands for g in rows} == {
        "on_board_charger": "gap",
        "connector": "gap",
        "communication_stack": "gap",
    }
    total = pair.bill("th", "vehicle")
    wanted = ("obc-adapt", "inlet-adapt", "evcc-adapt", "charin")
    assert total.steps == wanted
    assert total.low == sum(Decimal(pair.steps[s].cost["low"]) for s in wanted)
    assert total.high == sum(Decimal(pair.steps[s].cost["high"]) for s in wanted)
    assert total.plain()["cost"]["mid"] is None
    assert where.used is True


def test_every_step_of_the_table_stands_in_the_library(tmp_path):
    known = engine.library(cache=False).steps

    assert [s for u in couplers().upgrades for s in u.steps if s not in known] == []


def test_a_quotation_replaces_the_range(tmp_path):
    pair = there(tmp_path, GBT, POST.replace("SPOKEN", TWO))
    ways = couplers().bridges("plug")[:1]
    quoted = pair.steps["inlet-adapt"]
    steps = {"inlet-adapt": type(quoted)(**{**{f: getattr(quoted, f) for f in quoted.__slots__}, "cost": {
        "low": "70000", "high": "70000", "mid": "70000", "currency": "USD"}})}  # fmt: skip

    assert bill(ways, steps).says() == "70,000 to 70,000 USD, 12 to 52 weeks"


def test_a_voltage_out_of_reach_is_a_redesign_without_a_price(tmp_path):
    charger = POST.replace("SPOKEN", TWO).replace("1000 V", "500 V")
    pair = there(tmp_path, CCS.replace("SPOKEN", TWO), charger)

    [(_, rows)] = pair.places
    [gap] = [g for g in rows if g.part == "voltage"]
    assert [u.kind for u in gap.upgrades if u.about == "vehicle"] == ["redesign"]
    assert pair.bill("th", "vehicle") is None


def test_a_vehicle_without_ac_lacks_nothing_at_a_dc_charger(tmp_path):
    pair = ccs(tmp_path, TWO, TWO)

    [(_, rows)] = pair.places
    assert {g.part: g.stands for g in rows}["on_board_charger"] == "absent"
    assert pair.bill("th", "vehicle") is None


def test_the_market_is_asked_for_its_connectors_and_its_rule(tmp_path):
    pair = ccs(tmp_path, TWO, TWO, markets="th, cn, jp")

    used = {where.market: where.used for where, _ in pair.places}
    answers = {r.id: r.answer for where, _ in pair.places for r in where.rules}
    assert used == {"th": True, "cn": False, "jp": False}
    assert answers["th.charger.coupler"] == "met"
    assert "unmet" in answers.values()
    [(thailand, _)] = [row for row in pair.places if row[0].market == "th"]
    assert thailand.read in ("summary", "remembered", "inferred", "verbatim")


@pytest.mark.parametrize(
    ("phrase", "means"),
    [
        ("CCS2", {"ccs2"}),
        ("CHAdeMO legacy", {"chademo_1", "chademo_2"}),
        ("GB/T in fleets", {"gbt_dc_2015", "gbt_dc_2023"}),
        ("GB/T 20234.4 (ChaoJi-1)", {"chaoji"}),
        ("Tesla NACS (own network)", {"nacs"}),
        ("VinFast network", set()),
    ],
)
def test_a_phrase_of_a_market_means_its_couplers(phrase, means):
    assert {c.id for c in couplers().couplers if c.spoken_of(phrase)} == means


def test_the_command_shows_layers_markets_and_prices(tmp_path):
    there(tmp_path, GBT, POST.replace("SPOKEN", TWO))

    said = CliRunner().invoke(app, ["match", str(tmp_path / "project.yaml")]).stdout
    plain = json.loads(CliRunner().invoke(app, ["match", str(tmp_path / "project.yaml"), "--format", "json"]).stdout)

    assert "incremental upgrade of the vehicle" in said
    assert "(ranges, never quotations)" in said
    [row] = plain["pairs"]
    assert [x["layer"] for x in row["layers"]][:3] == ["coupler", "pilot", "protocol"]
    assert row["markets"][0]["verdict"] == "incremental upgrade"
    assert row["markets"][0]["upgrade_of_the_charger"]["steps"] == ["charger-dual"]


def test_a_market_the_project_does_not_name_is_refused(tmp_path):
    there(tmp_path, GBT, POST.replace("SPOKEN", TWO))

    answer = CliRunner().invoke(app, ["match", str(tmp_path / "project.yaml"), "--market", "jp"])

    assert "--market jp: the project goes to th" in str(answer.exception)
