"""The commands keep their contracts, and the survey says only what is sure."""

import json
from decimal import Decimal
from functools import cache

import pytest
from typer.testing import CliRunner

from carnet.catalog import open_catalog as opened
from carnet.doors.cli.supply import app
from carnet.errors import BadInput
from carnet.project import load_project
from carnet.supply.desk import named
from carnet.supply.survey import survey

from .world import ROOT, world

CHAIN = ROOT / "examples" / "supply" / "truck-battery"
PACK = "CHN-P7-000123"
open_catalog = cache(opened)


def run(*words, code=0):
    result = CliRunner().invoke(app, [str(w) for w in words])
    assert result.exit_code == code, (result.output, result.exception)
    return result


def answer(*words, code=0):
    return json.loads(run(*words, "--format", "json", code=code).stdout)


def test_trace_keeps_its_contract():
    found = answer("trace", PACK, "--from", CHAIN, "--on", "2026-11-21")

    assert found["schema"] == "carnet/trace/1"
    assert {"lot", "direction", "origins", "unknown", "kgco2e", "recycled", "paths"} <= set(found)
    assert {"economy", "element", "share", "kind"} <= set(found["origins"][0])
    assert {"share", "low", "high"} == set(found["unknown"])


def test_the_same_trace_gives_the_same_bytes():
    asked = ("trace", PACK, "--from", CHAIN, "--format", "json")

    assert run(*asked).stdout == run(*asked).stdout


def test_trace_says_it_in_words_too():
    text = run("trace", PACK, "--from", CHAIN).stdout

    assert "unknown" in text
    assert "ask anode-works" in text


def test_check_ends_with_one_when_something_is_wrong(tmp_path):
    assert answer("check", CHAIN) == {"schema": "carnet/supply-check/1", "problems": []}
    for path in CHAIN.glob("*.csv"):
        heavier = path.read_text().replace(f"ev-pack,{PACK},out,2380", f"ev-pack,{PACK},out,9000")
        (tmp_path / path.name).write_text(heavier)

    (problem, *_) = answer("check", tmp_path, code=1)["problems"]
    assert {"kind", "lot", "event", "message"} == set(problem)
    assert problem["kind"] == "mass_gain"


def test_import_dry_run_keeps_its_contract_and_writes_nothing(tmp_path):
    (tmp_path / "lots.csv").write_text("id,kg\nore,much\n")

    found = answer("import", "--dry-run", tmp_path, code=2)

    assert found["schema"] == "carnet/import/1"
    assert set(found["rejected"][0]) == {"document", "row", "rule", "message"}
    assert sorted(p.name for p in tmp_path.iterdir()) == ["lots.csv"]


def test_import_keeps_the_chain(tmp_path):
    run("import", CHAIN, "--to", tmp_path / "kept")

    assert answer("trace", PACK, "--from", tmp_path / "kept")["lot"] == PACK


def test_a_chain_goes_out_as_events_and_comes_back(tmp_path):
    run("export", CHAIN, "--to", tmp_path / "chain.json", "--at", "2026-11-21T12:00:00Z")

    again = answer("trace", PACK, "--from", tmp_path / "chain.json")
    assert again["origins"] == answer("trace", PACK, "--from", CHAIN)["origins"]


def test_concentration_puts_our_own_beside_the_world():
    found = answer("concentration", "lithium", "--from", CHAIN, "--lot", PACK)

    assert found["world"][0]["material"] == "lithium"
    assert {o["element"] for o in found["own"]} == {"Li", "graphite"}
    assert any(p["name"] == "cells-1" for p in found["single_points"])


def test_shock_answers_in_an_interval_with_draws():
    found = answer("shock", ROOT / "examples" / "supply" / "line.yaml", "--draws", 200)

    low, high = found["interval"]
    assert low <= found["plan"] <= found["week_by_week"] <= high
    assert found["draws"]["gap"] <= 0.01


def test_circularity_solves_backwards():
    found = answer("circularity", ROOT / "examples" / "supply" / "loop.yaml", "--solve", "Li=2%@2030")

    assert found["solved"]["value"] is None or 0 <= found["solved"]["value"] <= 1
    assert found["schema"] == "carnet/circularity/1"


def test_passport_is_written_in_another_format_and_as_a_page(tmp_path):
    out = tmp_path / "bp"
    run(
        "passport", PACK, "--from", CHAIN, "--on", "2027-03-01", "--export", "BatteryPass", "--to", out,
        "--at", "2026-11-21T12:00:00Z", "--html", tmp_path / "p.html", "--role", "public",
    )  # fmt: skip

    assert len(list(out.iterdir())) == 7
    assert (tmp_path / "p.html").read_text().startswith("<!doctype html>")


def test_a_template_names_its_columns():
    assert run("template", "flows").stdout.strip() == "event,lot,way,kg"


def test_a_command_with_a_wrong_word_is_a_sentence():
    result = CliRunner().invoke(app, ["trace", PACK, "--from", str(CHAIN), "--direction", "sideways"])

    assert isinstance(result.exception, BadInput)


# --- the survey --------------------------------------------------------------------------------------------------


def project(tmp_path, supply, kind="battery_pack"):
    body = {
        "carnet": "project/1", "id": "trial", "review": {"day": "2027-03-01"}, "markets": ["th"],
        "subjects": {"pack": {"kind": kind}}, "inputs": {"supply": supply},
    }  # fmt: skip
    path = tmp_path / "project.yaml"
    path.write_text(json.dumps(body))
    catalog = open_catalog()
    return load_project(path, catalog), catalog


def lay(tmp_path, chain):
    from carnet.supply.templates import write_csv

    (tmp_path / "chain").mkdir()
    for table, rows in chain.rows.items():
        if rows:
            (tmp_path / "chain" / f"{table}.csv").write_bytes(write_csv(table, rows))


def facts(tmp_path, supply="chain", **changes):
    lay(tmp_path, world(**changes))
    return {f.name: f for f in survey(*project(tmp_path, supply))}


def test_the_survey_states_what_the_trace_knows(tmp_path):
    found = facts(tmp_path)

    assert found["supply.unknown_share"].value.value == Decimal(0)
    assert found["supply.origins"].value == ("AU", "CL", "CN")
    assert found["supply.origins"].complete
    assert found["supply.top_economy"].value == "CL"
    assert found["battery.recycled_lithium"].value.value == Decimal(5)
    assert found["supply.mass_balance_holds"].value is True
    assert found["supply.single_points"].value == 1
    assert found["supply.unknown_share"].subject == "pack"


def test_what_has_bounds_is_not_stated(tmp_path):
    lots = [dict(r) for r in world()["lots"]]
    lots[1]["economy"] = lots[1]["source"] = None

    found = facts(tmp_path, lots=lots)

    assert "battery.recycled_lithium" not in found
    assert "supply.concentration" not in found
    assert found["supply.unknown_share"].value.value == Decimal(38)
    assert not found["supply.origins"].complete
    assert found["supply.requests_open"].value == 1


def test_a_due_diligence_claim_without_evidence_proves_nothing(tmp_path):
    said = [{"lot": "pack-1", "property": p, "value": "https://example.org/x"} for p in ("dd_report", "dd_assurance")]
    shown = [{**row, "evidence": "dd.pdf"} for row in said]

    assert "battery.due_diligence" not in facts(tmp_path, claims=said)
    (tmp_path / "b").mkdir()
    assert facts(tmp_path / "b", claims=shown)["battery.due_diligence"].value is True


LISTED = {"chain": "chain", "restricted": "list.csv"}


def test_a_restricted_party_is_found_by_name_or_id(tmp_path):
    (tmp_path / "list.csv").write_text("party,list\nRefiner,example list\n")

    assert facts(tmp_path, LISTED)["supply.restricted_entity"].value is True


def test_nobody_is_cleared_who_is_not_named(tmp_path):
    (tmp_path / "list.csv").write_text("party,list\nsomebody else,example list\n")

    assert "supply.restricted_entity" not in facts(tmp_path, LISTED)  # ore-au has no maker at all


def test_a_chain_of_named_parties_is_cleared(tmp_path):
    (tmp_path / "list.csv").write_text("party,list\nsomebody else,example list\n")
    actors = [{**row, "name": row["id"].title()} for row in world()["actors"]]
    lots = [{**row, "facility": row["facility"] or "pit"} for row in world()["lots"]]

    assert facts(tmp_path, LISTED, actors=actors, lots=lots)["supply.restricted_entity"].value is False


def test_tiers_are_shown_without_a_gap(tmp_path):
    claims = [{"lot": lot, "property": "origin", "value": "x", "evidence": "x.pdf"} for lot in ("cell", "salt")]

    assert facts(tmp_path, claims=claims[1:])["supply.tiers_shown"].value == 0  # tier 3 alone is no way to tier 1
    (tmp_path / "b").mkdir()
    assert facts(tmp_path / "b", claims=claims)["supply.tiers_shown"].value == 1  # nobody is named in tier 2


def test_the_worst_single_blow_gives_the_standstill(tmp_path):
    (tmp_path / "line.yaml").write_text((ROOT / "examples" / "supply" / "line.yaml").read_text())

    found = facts(tmp_path, {"chain": "chain", "shock": "line.yaml"})

    assert found["supply.standstill_weeks"].value.value == Decimal("14.3")  # 26 * (1 - 9.9 / 22)


def test_a_plan_to_recycle_is_a_what_if_and_a_measured_rate_is_not(tmp_path):
    (tmp_path / "loop.yaml").write_text((ROOT / "examples" / "supply" / "loop.yaml").read_text())
    recycling = {
        "facilities": [*world()["facilities"], {"id": "works", "economy": "kr", "stage": "recycle"}],
        "lots": [*world()["lots"], {"id": "old", "kg": 10.0}, {"id": "regained", "kg": 1.0}],
        "contents": [
            *world()["contents"], {"lot": "old", "element": "Li", "share": 0.02},
            {"lot": "regained", "element": "Li", "share": 0.17},
        ],
        "events": [*world()["events"], {"id": "melt", "facility": "works"}],
        "flows": [
            *world()["flows"], {"event": "melt", "lot": "old", "way": "in", "kg": 10.0},
            {"event": "melt", "lot": "regained", "way": "out", "kg": 1.0},
        ],
    }  # fmt: skip
    found = facts(tmp_path, {"chain": "chain", "loop": "loop.yaml", "lots": {"pack": "pack-1"}}, **recycling)

    assert found["supply.recovery_lithium"].value.value == Decimal(85)  # 0.17 of 0.20 kg
    assert found["supply.recovery_lithium"].origin.kind == "surveyor"
    assert found["supply.recovery_cobalt"].origin.kind == "what_if"
    assert found["supply.collection_rate"].value.value == Decimal(85)


def test_the_survey_can_state_every_fact_the_vocabulary_expects_of_it(tmp_path):
    (tmp_path / "list.csv").write_text("party,list\nminer,example list\n")
    for name in ("line", "loop"):
        (tmp_path / f"{name}.yaml").write_text((ROOT / "examples" / "supply" / f"{name}.yaml").read_text())
    zero = [{"lot": r["id"], "element": e, "share": 0.0} for r in world()["lots"][:-1] for e in ("Co", "Ni", "Pb")]
    said = [{"lot": "pack-1", "property": p, "value": "x", "evidence": "x.pdf"} for p in ("dd_report", "dd_assurance")]
    supply = {"chain": "chain", "shock": "line.yaml", "loop": "loop.yaml", "restricted": "list.csv"}

    found = facts(
        tmp_path, supply, claims=said, contents=[*world()["contents"], *zero],
        events=[{**r, "custody": "mass_balance"} for r in world()["events"]],
        requests=[{"id": "ore-au:origin", "asked": "2026-01-01"}],
    )  # fmt: skip

    words = open_catalog().words.words
    assert set(found) == {n for n, w in words.items() if w.stated_by == "supply" and "battery_pack" in w.about}


def test_lots_may_be_named(tmp_path):
    found = facts(tmp_path, {"chain": "chain", "lots": {"pack": "cell"}, "category": "lmt"})

    assert found["supply.top_economy"].value == "CL"


def test_every_fact_stated_is_a_word_of_the_vocabulary(tmp_path):
    words = open_catalog().words

    for name, fact in facts(tmp_path).items():
        assert words.word(name).stated_by == "supply", name
        assert fact.origin.kind == "surveyor"


def test_without_a_chain_nothing_is_stated(tmp_path):
    assert survey(*project(tmp_path, None)) == ()


@pytest.mark.parametrize("wrong", [7, {"chain": 7}, {"chain": "c", "other": 1}, {"chain": "c", "category": "car"}])
def test_a_wrong_shape_is_a_sentence(wrong):
    with pytest.raises(BadInput, match=r"inputs\.supply"):
        named(wrong)


def test_a_broken_chain_stops_the_review_with_its_rows(tmp_path):
    lay(tmp_path, world())
    (tmp_path / "chain" / "lots.csv").write_text("id,kg\nore,much\n")

    with pytest.raises(BadInput, match="'much' is no number"):
        survey(*project(tmp_path, "chain"))
