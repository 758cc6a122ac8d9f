"""An auditor can follow every number to its source, and is told what is missing, the largest first."""

import json

import pytest

from carnet.carbon.audit import audit, row_digest
from carnet.carbon.chain import emitted, share_read, split
from carnet.errors import BadInput
from tests.carbon.inventories import HEAD, PACK, PRODUCT, read, tables, thing, under
from tests.carbon.test_exchange_formats import PLUGGED, SUPPLIER

DAY = {"on": "2026-11-21", "known": "2026-11-21"}


def trail(inventory, method="pact-3.0"):
    return audit(under(inventory, method), tables(), **DAY)


def test_the_numbers_add_up_and_each_has_exchange_factor_source_license_and_digest(tmp_path):
    found = trail(read(tmp_path, PACK))

    assert round(sum(r["value"] for r in found["numbers"]), 9) == 3507.08
    for row in found["numbers"]:
        assert row["place"].startswith("inventory.yaml:")
        assert row["factor"]
        assert row["source"]
        assert row["license"]
        assert row["factor_digest"].startswith("sha256:")
        assert row["verification"]


def test_the_digest_of_a_factor_follows_what_it_says(tmp_path):
    factor = tables().find("cathode.lfp", "cn")

    from dataclasses import replace

    assert row_digest(factor) != row_digest(replace(factor, flows=(("co2e", 6.1),)))
    assert row_digest(factor) == row_digest(replace(factor, place=tables().find("tire", "").place))


def test_emissions_along_the_chain_add_up_and_know_their_economy(tmp_path):
    found = under(thing(tmp_path, ["item: aluminum.primary, region: is, amount: 100 kg"]), "pact-3.0")
    places = split(emitted(found), lambda e: e.region)

    assert round(sum(places.values()), 9) == round(found.value, 9)
    # 14.1 kWh and the caustic soda's 0.0871 run on Iceland's grid; pots, anode CO2 and gases are there too
    grid = (14.1 + 1.93 * 0.08 * 1.128) * 0.0283
    assert round(places["is"], 6) == round(100 * (grid + 1.6 + 0.738 + 0.124), 6)


def test_what_was_not_read_is_a_share_of_the_result(tmp_path):
    read_only = under(thing(tmp_path, ["item: electricity, amount: 10 kWh"]), "pact-3.0")
    mixed = under(
        thing(tmp_path, ["item: electricity, amount: 10 kWh", "item: steel.bf_bof, amount: 1 kg"]), "pact-3.0"
    )

    assert share_read(read_only) == 1
    assert round(share_read(mixed), 9) == round(5.596 / (5.596 + 2.32), 9)


def test_an_amount_that_is_only_remembered_taints_what_flows_through_it(tmp_path):
    found = under(thing(tmp_path, ["item: lithium_carbonate.from_brine, amount: 1 kg"]), "pact-3.0")

    # the study's own remainder was read; its electricity was turned into kilowatt-hours by memory
    assert round(share_read(found), 9) == round(3.386 / (3.386 + 0.668 * 0.2655), 9)


def test_ratings_are_told_on_the_scale_of_every_format(tmp_path):
    rated = "data: {kind: primary, ratings: {technological: 3, geographical: 3, temporal: 3}}"
    found = trail(thing(tmp_path, [f"item: tire, amount: 10 kg, {rated}", "item: steel.bf_bof, amount: 0.1 kg"]))

    assert found["quality"]["pact-3.0"]["rating"] == 3  # 1 to 5
    assert found["quality"]["pact-2.3"]["rating"] == 2  # the middle of 1 to 3
    assert found["quality"]["pact-2.3"]["over"] == 0.05
    assert round(found["quality"]["pact-3.0"]["coverage"], 9) == round(32 / 32.232, 9)


def test_upstream_coverage_is_told_by_category(tmp_path):
    inventory = read(
        tmp_path,
        PLUGGED.replace(
            "region: cn, stage: materials, amount: 1 kg}", "region: cn, stage: materials, amount: 1 kg, capital: true}"
        ),
        cathode__json=SUPPLIER,
    )
    found = trail(inventory)["upstream"]

    assert found["3.1"]["with_supplier_figure"] == 1
    assert round(found["3.1"]["share_by_size"], 9) == round(900 / 960, 9)  # 200 kg x 4.5 against 100 kg of aluminum
    assert found["3.2"]["inputs"] == 1
    assert found["3.3"]["inputs"] == 2  # electricity of cells and pack
    assert found["3.4"]["inputs"] == 1


def test_gaps_come_with_the_largest_first(tmp_path):
    gaps = trail(thing(tmp_path, ["item: tire, amount: 1 kg"]))["gaps"]
    shares = [1.0 if g["share"] is None else g["share"] for g in gaps]

    assert shares == sorted(shares, reverse=True)
    assert {
        "not_read",
        "data_not_stated",
        "not_rated",
        "no_period",
        "no_plant",
        "no_company",
        "not_verified",
        "no_capital_goods",
    } <= {g["gap"] for g in gaps}


def test_company_data_are_asked_for_where_the_method_does(tmp_path):
    (gap,) = [g for g in trail(read(tmp_path, PACK), "eu-cfb-ev-draft2024")["gaps"] if g["gap"] == "company_data"]

    assert "manufacturing" in gap["says"]
    assert 0 < gap["share"] < 1


REPORT = """\
third_party:
  - {id: review, file: review.txt, kind: critical_review, issuer: Example Verifiers, standard: "ISO 14067:2018",
     assurance: limited, accredited: true, stages: [materials, manufacturing], recycling: cut_off,
     electricity: contracts, gwp: ar6, cut_off: 0.02MORE}
"""


def reported(tmp_path, more="", **changes):
    text = REPORT.replace("MORE", more)
    for old, new in changes.values():
        assert old in text
        text = text.replace(old, new)
    return read(tmp_path, PACK.replace("processes:\n", text + "processes:\n", 1), review__txt="the report")


def test_a_report_of_the_same_choices_carries_the_number(tmp_path):
    inventory = reported(tmp_path, stages=("[materials, manufacturing]", "[materials, manufacturing, packaging]"))
    found = trail(inventory)
    (row,) = found["third_party"]

    assert [p["point"] for p in row["points"] if p["agrees"] is not True] == []
    assert row["carries"] is True
    assert row["digest"] == dict(inventory.files)["review.txt"]
    assert found["numbers"][0]["verification"] == "review (limited)"
    assert "not_verified" not in {g["gap"] for g in found["gaps"]}


@pytest.mark.parametrize(
    ("old", "new", "point", "says"),
    [
        ("stages: [materials, manufacturing]", "stages: [materials, use]", "boundary", "materials, use"),
        ("gwp: ar6", "gwp: ar5", "gwp", "ar5"),
        ("recycling: cut_off", "recycling: circular_formula", "recycling", "circular_formula"),
        ("electricity: contracts", "electricity: location", "electricity", "location"),
        ("cut_off: 0.02", "cut_off: 0.05", "cut_off", "5.0%"),
        ("cut_off: 0.02", 'cut_off: 0.02, to: "2026-01-01"', "validity", "unknown to 2026-01-01"),
        ("cut_off: 0.02", "cut_off: 0.02, result: 9000 kgCO2e/piece", "result", "9000 kgCO2e/piece"),
    ],
)
def test_a_report_of_other_choices_does_not(tmp_path, old, new, point, says):
    found = trail(reported(tmp_path, change=(old, new)))
    (row,) = found["third_party"]
    (off,) = [p for p in row["points"] if p["point"] == point]

    assert off["agrees"] is False
    assert off["says"] == says
    assert row["carries"] is False
    assert found["numbers"][0]["verification"] != "review (limited)"
    assert any(g["gap"] == "report_differs" and point in g["says"] for g in found["gaps"])


def test_what_a_report_does_not_say_is_unknown_not_agreement(tmp_path):
    (row,) = trail(reported(tmp_path, change=(", gwp: ar6", "")))["third_party"]
    (unsaid,) = [p for p in row["points"] if p["point"] == "gwp"]

    assert unsaid["agrees"] is None
    assert unsaid["says"] == "not stated"


def test_a_report_nobody_has_or_about_nothing_known_is_told(tmp_path):
    with pytest.raises(BadInput, match=r"third-party report 'review': there is no file 'review.pdf'"):
        reported(tmp_path, change=("review.txt", "review.pdf"))
    with pytest.raises(BadInput, match=r"no supplier or process is called 'cell'; did you mean 'cells'"):
        reported(tmp_path, ", about: cell")
    with pytest.raises(BadInput, match=r"'about 61' is not a figure with a unit"):
        reported(tmp_path, ", result: about 61")


def test_the_energy_register_says_site_period_and_certificate(tmp_path):
    claim = "item: electricity, amount: 10 kWh, supply: [{kind: contract, share: 0.8, item: electricity.wind, "
    claim += "certificate: gc}]"
    more = 'plant: Plant 7\nperiod: {from: "2026-01-01", to: "2026-12-31", volume: 10}\n'
    more += 'certificates: [{id: gc, energy: 1 MWh, from: "2026-01-01", to: "2026-12-31"}]\n'
    found = trail(thing(tmp_path, [claim], more=more))
    contract, grid = found["energy"]

    assert (contract["site"], contract["from"], contract["to"]) == ("Plant 7", "2026-01-01", "2026-12-31")
    assert (contract["certificate"], contract["kwh"], round(grid["kwh"], 9)) == ("gc", 8.0, 2.0)
    assert any(g["gap"] == "not_retired" for g in found["gaps"])


def test_the_trail_is_plain_data(tmp_path):
    assert json.loads(json.dumps(trail(read(tmp_path, PACK))))["schema"] == "carnet/carbon-audit/1"


def test_a_process_may_stand_elsewhere(tmp_path):
    text = (
        HEAD
        + PRODUCT
        + (
            "processes:\n  - {id: made, stage: manufacturing, makes: 1 piece, site: Hall 2, "
            "inputs: [{item: electricity, amount: 1 kWh}]}\n"
        )
    )

    assert trail(read(tmp_path, text))["energy"][0]["site"] == "Hall 2"
