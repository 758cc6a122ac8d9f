"""The workbench of recognition: a grade for every requirement, and unknown wherever nothing is recorded."""

import json
from pathlib import Path

import pytest

from carnet.catalog import open_catalog
from carnet.catalog.crosswalk import related
from carnet.catalog.library import compile_library
from carnet.catalog.recognizing import compare
from tests.builders import DAY, SHOWN, carnet, file, lay, pack, report, rule, truck, write_project

SOURCE = '{m: {number: "from memory", class: none, read: remembered}}'


def texts(*edges):
    """Standards P 1, P 2, P 3 and the edges between them: (from, to, kind, residual, note)."""
    rows = []
    for name in ("P 1", "P 2", "P 3"):
        mine = [
            {"to": to, "kind": kind, "residual": list(left), "note": note}
            for a, to, kind, left, note in edges
            if a == name
        ]
        rows.append({"id": name.lower().replace(" ", "-"), "short": name, "title": name, "topic": "safety",
                     "publisher": "nobody", "source": "m", "relations": mine})  # fmt: skip
    lines = "".join(f"  - {json.dumps(r)}\n" for r in rows)
    return file("standards/test/p.yaml", f"sources: {SOURCE}\nstandards:\n{lines}")


def grade(tmp_path: Path, *edges, have="P 1", want="P 2"):
    found = related(open_catalog(base=lay(tmp_path, texts(*edges))), have, want)
    return found.grade, found.residual


def test_texts_without_an_edge_are_unknown(tmp_path: Path):
    assert grade(tmp_path) == ("unknown", ())


def test_an_identical_text_is_identical_both_ways(tmp_path: Path):
    edge = ("P 1", "P 2", "identical", (), "")

    assert grade(tmp_path, edge) == ("identical", ())
    assert grade(tmp_path, edge, have="P 2", want="P 1") == ("identical", ())


def test_a_close_text_leaves_its_tests_and_without_them_is_unknown(tmp_path: Path):
    assert grade(tmp_path, ("P 1", "P 2", "close", ("fire test",), "")) == ("equivalent", ("fire test",))
    assert grade(tmp_path, ("P 1", "P 2", "close", (), "")) == ("unknown", ())


def test_clause_groups_count_together_and_the_gravest_decides(tmp_path: Path):
    known = [("P 1", "P 2", "close", (f"test {n}",), f"group {n}") for n in "ab"]

    assert grade(tmp_path, *known) == ("equivalent", ("test a", "test b"))
    assert grade(tmp_path, *known, ("P 1", "P 2", "close", (), "group c")) == ("unknown", ())


def test_a_relation_that_is_no_equivalence_stays_unknown(tmp_path: Path):
    assert grade(tmp_path, ("P 1", "P 2", "related", ("everything",), ""))[0] == "unknown"


def test_a_chain_goes_through_identical_texts_only(tmp_path: Path):
    same, close = ("P 1", "P 3", "identical", (), ""), ("P 3", "P 2", "close", ("fire",), "")

    assert grade(tmp_path, same, close) == ("equivalent", ("fire",))
    assert grade(tmp_path, ("P 1", "P 3", "close", ("water",), ""), close)[0] == "unknown"


def beside(tmp_path: Path, mine: str, theirs: str, *more, applies=("", "")):
    rows = (
        rule("xa.pack.safety", demands=mine, applies=applies[0], evidence=["test_report"]),
        rule("xd.pack.safety", market="xd", demands=theirs, applies=applies[1], evidence=["test_report"]),
    )
    catalog = open_catalog(base=lay(tmp_path, *rows, *more))
    return next(p for p in compare(catalog, "xa", "xd", DAY, DAY) if p.rule.id == "xa.pack.safety")


@pytest.mark.parametrize(
    ("mine", "theirs", "grade"),
    [
        ('battery.tested_to has "CR 10.02"', 'battery.tested_to has "CR 10.02"', "identical"),
        ('battery.tested_to has "CR 10.02"', 'battery.tested_to has "PN 5:2020"', "unknown"),
        ('battery.tested_to has "CR 10.02"', 'battery.tested_to has "CR 10.03"', "unknown"),
        ("battery.rated_energy >= 20 kWh", "battery.rated_energy >= 30 kWh", "equivalent"),
        ("battery.rated_energy >= 20 kWh", "battery.rated_energy >= 10 kWh", "different"),
        ("battery.rated_energy <= 20 kWh", "battery.rated_energy <= 20000 Wh", "equivalent"),
        ("battery.rated_energy >= 20 kWh", "battery.rated_energy <= 30 kWh", "unknown"),
        ("battery.chemistry == LFP", "battery.chemistry == NMC", "different"),
        ("battery.chemistry in [LFP, NMC]", "battery.chemistry == LFP", "equivalent"),
        ("battery.chemistry == LFP", "battery.rated_energy >= 10 kWh", "unknown"),
    ],
)
def test_demands_are_compared_test_by_test(tmp_path: Path, mine: str, theirs: str, grade: str):
    assert beside(tmp_path, mine, theirs).grade == grade


def test_another_scope_is_left_to_check_and_other_products_are_no_counterpart(tmp_path: Path):
    wider = beside(tmp_path / "a", SHOWN, SHOWN, applies=("vehicle.category == N3", "vehicle.category in [N, M]"))
    apart = beside(tmp_path / "b", SHOWN, SHOWN, applies=("vehicle.category == N3", "vehicle.category == M1"))

    assert wider.grade == "equivalent"
    assert wider.residual[0].startswith("check the scope: here it binds vehicle.category == N3")
    assert apart.grade == "unknown"


def test_a_topic_nobody_knows_there_is_unknown_not_absent(tmp_path: Path):
    catalog = open_catalog(base=lay(tmp_path, rule(demands=SHOWN)))

    (found,) = [p for p in compare(catalog, "xa", "xd", DAY, DAY) if p.rule.id == "xa.pack.safety"]

    assert (found.grade, found.other) == ("unknown", None)
    assert "that is not the absence of a rule" in found.because
    assert found.question


def workbench(tmp_path: Path):
    rows = (
        rule("xa.pack.safety", demands='battery.tested_to has "P 2"', evidence=["test_report"], effort=["p-2-test"]),
        rule("xd.pack.safety", market="xd", demands='battery.tested_to has "P 1"', evidence=["test_report"]),
        texts(("P 1", "P 2", "close", ("fire test",), "")),
        file("effort/p.yaml", EFFORT),
    )
    return lay(tmp_path, *rows)


EFFORT = f"""sources: {SOURCE}
effort:
  - id: p-2-test
    title: Tests to P 2
    about: battery_pack
    cost: {{low: "1000", high: "3000", currency: USD, priced: "2026-01"}}
    weeks: {{low: 4, high: 9}}
    source: m
"""


def test_the_draft_passes_the_check_and_gives_nothing(tmp_path: Path):
    library = workbench(tmp_path)
    target = tmp_path / "ours" / "recognitions"
    target.mkdir(parents=True)

    ran = carnet(library, "catalog", "recognize", "xa", "xd", "--draft", target / "draft.yaml")

    compiled, problems = compile_library([library, tmp_path / "ours"])
    (row,) = [r for r in compiled["tables"]["recognitions"] if r["id"].startswith("draft-")]
    assert (ran.code, problems) == (0, [])
    assert {s["standing"] for s in row["status"]} == {"draft"}
    assert row["gives"] == [{"for": "P 2", "with": "P 1"}]
    assert row["residual"] == ["fire test"]
    project = write_project(tmp_path, truck(), pack(), report(standard="P 1", granted_in="xd"))
    (finding,) = [
        f
        for f in carnet(library, "review", project, "--with", tmp_path / "ours", "--format", "json", "--no-cache").json[
            "findings"
        ]
        if f["rule"] == "xa.pack.safety"
    ]
    assert finding["verdict"] == "unproven"


def test_the_worth_names_steps_saved_what_is_left_and_what_closes_at_once(tmp_path: Path):
    library = workbench(tmp_path)
    project = write_project(tmp_path, truck(), pack(), report(standard="P 1", granted_in="xd"))

    told = carnet(library, "catalog", "recognize", "xa", "xd", "--projects", project, "--format", "json").json

    (worth,) = told["worth"]
    assert (worth["findings"], [s["id"] for s in worth["steps"]], worth["left"]) == (1, ["p-2-test"], ["fire test"])
    assert worth["cost"] == [{"currency": "USD", "low": "1000", "mid": None, "high": "3000"}]
    assert (worth["weeks"]["low"], worth["weeks"]["high"]) == (4, 9)
    assert [(c["from"], c["to"]) for c in worth["at_once"]] == [("unproven", "residual")]


def test_a_gap_between_editions_says_what_is_not_recorded(tmp_path: Path):
    told = carnet(lay(tmp_path, rule(demands=SHOWN)), "catalog", "gap", "CR 10.01", "CR 10.02", "--format", "json").json

    assert (told["grade"], told["family"]) == ("unknown", "cr-10")
    assert told["question"] == "Clause by clause, what does CR 10.02 ask beyond CR 10.01?"
    assert told["asked_only"] == {"CR 10.01": [], "CR 10.02": ["xa.pack.safety"]}


def test_the_graph_is_told_in_every_form(tmp_path: Path):
    library = workbench(tmp_path)

    told = carnet(library, "catalog", "graph", "--standard", "P 1", "--format", "json").json
    kinds = {(e["from"], e["kind"], e["to"]) for e in told["edges"]}

    assert {("P 1", "close", "P 2"), ("xd", "asks", "P 1"), ("xa", "asks", "P 2")} <= kinds
    assert '"P 1" -> "P 2" [label="close (1 left)", style=dashed];' in carnet(
        library, "catalog", "graph", "--standard", "P 1", "--format", "dot"
    ).out  # fmt: skip
    for form, start in (("svg", "<svg"), ("html", "<!doctype html>"), ("human", "2 standards")):
        assert carnet(library, "catalog", "graph", "--standard", "P 1", "--format", form).out.startswith(start)


def test_one_market_named_twice_is_refused(tmp_path: Path):
    ran = carnet(lay(tmp_path), "catalog", "recognize", "xa", "xa")

    assert (ran.code, ran.err) == (2, "xa and xa are one market; name two\n")
