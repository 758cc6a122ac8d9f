"""Every line of a station's checklist says met, unmet or unproven, by which evidence, and where the demand stands."""

import json
from pathlib import Path

from typer.testing import CliRunner

from carnet.doors.cli.swap import app
from carnet.swapping.interfaces import interfaces
from carnet.swapping.station import FAMILIES, Shown, lines
from carnet.waist import Evidence, Place

TABLE = interfaces()
EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "heavy-truck-corridor.yaml"
PARTS = {f"QC/T 1201.{n}-2023" for n in range(1, 6)}


def paper(id, about, standard, kind="test_report", **more):
    return Evidence(id, (about,), kind, Place("p.yaml"), standard=standard, **more)


def judged(*evidence, category="N3", claimed=(), complete=False):
    shown = {
        kind: Shown(name, [e for e in evidence if name in e.about], set(claimed), complete)
        for kind, name in (("vehicle", "truck"), ("battery_pack", "pack"), ("swap_station", "station"))
    }
    return {line.item.id: line for line in lines(shown, category, TABLE)}


def test_nothing_shown_leaves_every_line_of_a_truck_unproven():
    found = judged()

    assert {x.verdict for x in found.values()} == {"unproven", "not_applicable"}
    assert {x.item.demands for x in found.values() if x.verdict == "unproven"} >= PARTS


def test_the_five_parts_of_the_truck_standard_are_decided_one_by_one():
    found = judged(paper("r2", "pack", "QC/T 1201.2-2023"))

    verdicts = {x.item.demands: (x.verdict, x.evidence) for x in found.values() if x.item.demands in PARTS}
    assert verdicts["QC/T 1201.2-2023"] == ("met", "r2")
    assert {v for k, (v, _) in verdicts.items() if k != "QC/T 1201.2-2023"} == {"unproven"}


def test_a_failed_report_is_unmet_and_named():
    line = judged(paper("r9", "station", "GB/T 29772-2024", result="fail"))["safety.general"]

    assert (line.verdict, line.evidence, line.says) == ("unmet", "r9", "r9 failed")


def test_evidence_about_another_subject_shows_nothing():
    assert judged(paper("r1", "truck", "QC/T 1201.1-2023"))["interface.coupler"].verdict == "unproven"


def test_a_claim_is_no_evidence():
    line = judged(claimed=["GB/T 29772-2024"])["safety.general"]

    assert (line.verdict, line.says) == ("unproven", "claimed, but no test report or certificate shows it")


def test_a_document_of_another_kind_or_out_of_date_says_why():
    declared = judged(paper("d1", "pack", "QC/T 1201.1-2023", kind="declaration"))["interface.coupler"]
    expired = judged(paper("r1", "pack", "QC/T 1201.1-2023", problems=("expired on 2026-01-01",)))["interface.coupler"]

    assert (declared.verdict, declared.says) == ("unproven", "d1: is a declaration, wanted is a test report")
    assert (expired.verdict, expired.says) == ("unproven", "r1: expired on 2026-01-01")


def test_a_complete_list_without_it_is_unmet():
    assert judged(complete=True)["safety.rack"].verdict == "unmet"


def test_lines_for_cars_do_not_apply_to_a_truck():
    found = judged()

    assert found["safety.cars"].verdict == "not_applicable"
    assert judged(category="M1")["safety.cars"].verdict == "unproven"


def test_one_standard_may_stand_in_two_families_with_its_clauses():
    found = judged(paper("rack", "station", "GB/T 33341-2025"))

    assert (found["safety.rack"].verdict, found["interface.rack"].verdict) == ("met", "met")
    assert found["safety.rack"].item.where == "GB/T 33341-2025, clause 5.4 to 5.7"
    assert found["interface.rack"].item.where == "GB/T 33341-2025, clause 6"
    assert "(inferred)" in found["safety.general"].item.where


def test_every_clause_says_how_it_was_read_and_every_line_has_a_source():
    for item in TABLE.checklist:
        assert item.source in TABLE.sources
        assert not item.clause or item.clause_read != "remembered"
    assert {i.family for i in TABLE.checklist} == set(FAMILIES)


def test_every_parameter_reads_a_name_of_its_side():
    for row in TABLE.parameters:
        for side, family in (("vehicle", "vehicle."), ("pack", "battery."), ("station", "swap_station.")):
            name = getattr(row, side)
            assert not name or name.startswith(family), (row.id, name)


def test_the_command_shows_parameters_and_families():
    said = CliRunner().invoke(app, ["match", str(EXAMPLE)]).stdout
    plain = json.loads(CliRunner().invoke(app, ["match", str(EXAMPLE), "--format", "json"]).stdout)

    assert "swap: unproven" in said
    for title in FAMILIES.values():
        assert f"  {title}" in said
    [pair] = plain["pairs"].values()
    assert {p["verdict"] for p in pair["parameters"]} == {"fits", "undeclared"}
    assert {x["standard"] for x in pair["station"]} >= PARTS
    general = next(x for x in pair["station"] if x["id"] == "safety.general")
    assert general["says"] == "claimed, but no test report or certificate shows it"
