"""No paper, no way; an unknown law is a question; a run shows only what its sheet says."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import pytest

from carnet.catalog import Catalog, open_catalog
from carnet.catalog.library import builtin
from carnet.errors import BadInput, BadProject, UnknownEconomy
from carnet.project import load_project
from carnet.roads.export import may_export
from carnet.roads.sheets import load_run, sheet
from carnet.roads.survey import survey

from .packets import login, position, report, vehicle

RULES = builtin() / "roads" / "rules"
PAPERS = ["CN map review or export approval", "CN data-export security assessment"]


@lru_cache
def catalog() -> Catalog:
    return open_catalog([RULES] if RULES.is_dir() else [])


def facts(**more) -> dict:
    usual = {"positions": True, "surveyor_licensed": True, "important": False, "export_approvals": PAPERS}
    return {f"road_data.{k}": v for k, v in (usual | more).items() if v is not None}


def test_without_papers_positions_stay():
    found = may_export(catalog(), "cn", "sg", facts(export_approvals=None), purpose="research")

    assert found["may"] == "no"
    assert found["because"].startswith("cn.road_data.map_export: it demands")


@pytest.mark.parametrize("datum", ["gcj02", "wgs84", "local"])
def test_a_change_of_coordinates_is_no_paper(datum: str):
    with_datum = may_export(catalog(), "cn", "sg", facts(export_approvals=None, datum=datum))

    assert with_datum["may"] == "no"


def test_a_question_to_a_human_is_no_yes():
    found = may_export(catalog(), "cn", "sg", facts())

    assert found["may"] == "undecided"
    assert {r["rule"]: r["verdict"] for r in found["rules"]}["cn.road_data.map_export"] == "met"


def test_an_economy_without_a_known_rule_gives_a_question():
    found = may_export(catalog(), "fj", "sg", facts())

    assert found["may"] == "undecided"
    assert "no rule of Fiji on road data is known" in found["because"]


def test_data_that_stay_are_not_exported():
    assert may_export(catalog(), "cn", "cn", {})["may"] == "yes"


def test_before_its_day_a_rule_does_not_bind():
    early = may_export(catalog(), "cn", "sg", facts(export_approvals=None), on="2023-01-01")

    assert {r["rule"] for r in early["rules"] if r["binds"]} == {"cn.road_data.surveyor"}


def test_names_are_checked():
    with pytest.raises(UnknownEconomy):
        may_export(catalog(), "qq", "sg", {})
    with pytest.raises(BadInput, match="no fact is called"):
        may_export(catalog(), "cn", "sg", {"road_data.position": True})


RUN = """run: r1
function: pilot
site: proving ground
environment: dry, day
vehicle: truck 1
load: half
software_version: "4.2"
verdict: pass
reason: all gaps kept
scenarios: [S1, S3]
instruments: {speed_error_kmh: 0.08, position_error_m: 0.2}
channels: {vehicle_state: yes-100hz, targets: radar, display: video}
recorder: {events: [activation, exit, take_over_request, minimal_risk, severe_failure], events_kept: 2500}
road: {distance_km: 120.5, disengagements: 1, cells_driven: 3, cells_declared: 4}
"""


def test_a_run_shows_what_its_sheet_says_and_the_rest_is_missing(tmp_path: Path):
    (tmp_path / "run.yaml").write_text(RUN)

    found = sheet(load_run(tmp_path / "run.yaml"))

    track = {i["item"]: i["missing"] for i in found["regimes"][0]["items"]}
    assert track["4.2 speed error of the reference at most 0.1 km/h"] == []
    assert track["4.2 position error of the reference at most 0.1 m"] == [
        "instruments.position_error_m is 0.2, at most 0.1 is needed"
    ]
    assert track["6.1 traffic signals and signs"] == []
    assert track["6.2 infrastructure and obstacles"] == ["scenarios: S2"]
    assert {r["regime"] for r in found["regimes"]} >= {"UN R157", "GB 44497-2024", "NATM", "UN ADS"}


def test_more_kilometers_of_the_domain_than_it_has_are_refused(tmp_path: Path):
    (tmp_path / "run.yaml").write_text(RUN.replace("cells_driven: 3", "cells_driven: 9"))

    with pytest.raises(BadInput, match="cells_driven 9 of 4 declared"):
        load_run(tmp_path / "run.yaml")


PROJECT = """carnet: project/1
id: trucks
markets: [cn]
review: {day: "2026-11-21"}
subjects:
  truck: {kind: vehicle, facts: {}}
  pilot: {kind: ads_function, fitted_to: [truck], facts: {}}
inputs: {roads: roads.yaml}
"""


def write(folder: Path, roads: str) -> Path:
    (folder / "project.yaml").write_text(PROJECT)
    (folder / "roads.yaml").write_text(roads)
    (folder / "run.yaml").write_text(RUN)
    later = bytes([26, 3, 14, 15, 9, 36])
    (folder / "truck.bin").write_bytes(login() + report(vehicle(), position()) + report(vehicle(), time=later))
    return folder / "project.yaml"


def test_the_survey_states_what_was_measured(tmp_path: Path):
    path = write(tmp_path, "telemetry: {truck: truck.bin}\nfunctions: {pilot: [run.yaml]}\n")

    found = {(f.subject, f.name): f.value for f in survey(load_project(path, catalog()), catalog())}

    assert str(found["truck", "telemetry.interval"]) == "10 s"
    assert found["truck", "telemetry.pack_code_reported"] is True
    assert found["truck", "telemetry.signed"] is False
    assert "alarms: level" in found["truck", "telemetry.fields_missing"]
    assert str(found["pilot", "ads.road_distance"]) == "120.5 km"
    assert str(found["pilot", "ads.odd_cells_covered"]) == "75 %"
    assert found["pilot", "ads.track_groups_shown"] == ("S1", "S3")
    assert "UN R157: override or reduced input" in found["pilot", "ads.evidence_missing"]


def test_every_fact_the_survey_states_is_in_the_vocabulary(tmp_path: Path):
    from carnet.roads.survey import function, telemetry

    write(tmp_path, "")
    names = {*telemetry(tmp_path / "truck.bin"), *function([tmp_path / "run.yaml"])}

    assert names <= set(catalog().words.words)


def test_a_name_that_is_no_subject_is_a_problem_with_its_place(tmp_path: Path):
    path = write(tmp_path, "telemetry: {trukc: truck.bin}\n")

    with pytest.raises(BadProject, match="no vehicle of this project is called 'trukc'; did you mean 'truck'"):
        survey(load_project(path, catalog()), catalog())
