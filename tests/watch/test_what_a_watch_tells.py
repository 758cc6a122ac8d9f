"""What a watch tells of one small project: steps, moves of verdicts, papers that end, and how sure the days are."""

from pathlib import Path

import pytest

from carnet.app import watching
from carnet.catalog import open_catalog
from carnet.chapter import Figure, Table
from tests.builders import SHOWN, carnet, lay, load, pack, report, rule, truck, write_project

LAW = {"source": "law", "seen": "2026-01-10"}


def step(start, standing="in_force", **said):
    return {"from": start, "standing": standing, **LAW, **said}


@pytest.fixture
def told(tmp_path, monkeypatch):
    def tell(*rows, months=24, since="", until="", known="2026-11-21", **said):
        library = lay(tmp_path, *rows)
        monkeypatch.setattr("carnet.app.reviewing.open_catalog", lambda *_, **__: open_catalog(base=library))
        project = write_project(tmp_path, *rows, known=known, **said)
        return watching.watch_projects([project], months=months, since=since, until=until, cache=False)

    return tell


def test_a_rule_that_comes_is_named_with_its_day_and_what_it_would_mean(told):
    found = told(rule(demands=SHOWN, evidence=["test_report"], status=[step("2027-07-01")]), truck(), pack())

    (row,) = found["transitions"]
    assert (row["id"], row["day"], row["last_day"], row["standing"]) == (
        "xa.pack.safety", "2027-07-01", "2027-07-01", "in_force",
    )  # fmt: skip
    assert row["projects"] == [
        {
            "id": "trial",
            "about": ["pack"],
            "binds": True,
            "would_be": "unproven",
            "because": row["projects"][0]["because"],
        }
    ]
    moved = [m for m in found["moves"] if m["rule"] == "xa.pack.safety"]
    assert [(m["day"], m["from"], m["to"], m["causes"]) for m in moved] == [
        ("2027-07-01", None, "unproven", [row["uid"]])
    ]  # fmt: skip


def test_a_day_known_to_the_year_is_a_stretch(told):
    found = told(rule(demands=SHOWN, status=[step("2027")]), pack())

    (row,) = found["transitions"]
    assert (row["day"], row["last_day"], row["certain"]) == ("2027-01-01", "2027-12-31", False)


def test_the_first_day_is_past_and_the_last_belongs_to_the_window(told):
    rows = [rule(f"xa.pack.r{n}", demands=SHOWN, status=[step(d)]) for n, d in enumerate(("2026-12-01", "2027-06-01"))]

    found = told(*rows, pack(), since="2026-12-01", until="2027-06-01")

    assert [r["day"] for r in found["transitions"]] == ["2027-06-01"]


def test_a_rule_that_does_not_apply_is_not_named(told):
    found = told(
        rule(applies="vehicle.category == M1", demands=SHOWN, status=[step("2027-07-01")]),
        truck(),
        pack(fitted_to=["truck"]),
    )

    assert found["transitions"] == []


def test_a_rule_whose_scope_is_unknown_is_named(told):
    found = told(
        rule(applies="vehicle.category == M1", demands=SHOWN, status=[step("2027-07-01")]),
        truck(category=None),
        pack(fitted_to=["truck"]),
    )

    assert len(found["transitions"]) == 1


def test_what_was_seen_later_does_not_count(told):
    found = told(rule(demands=SHOWN, status=[step("2027-07-01", seen="2026-12-24")]), pack())

    assert found["transitions"] == []


def test_a_step_for_another_event_is_named_and_marked(told):
    found = told(rule(demands=SHOWN, status=[step("2027-07-01", event="new_type")]), pack(), event="in_use")

    (row,) = found["transitions"]
    assert row["projects"][0]["binds"] is False
    assert [m for m in found["moves"] if m["rule"] == "xa.pack.safety"] == []


def test_a_paper_that_expires_moves_the_verdict_the_day_after(told):
    found = told(
        rule(demands=SHOWN, evidence=["test_report"]), truck(), pack(), report(expires="2027-03-31"), months=24
    )

    assert [(e["evidence"], e["how"], e["day"]) for e in found["evidence"]] == [("report", "expires", "2027-03-31")]
    moved = [m for m in found["moves"] if m["rule"] == "xa.pack.safety"]
    assert [(m["day"], m["from"], m["to"]) for m in moved] == [("2027-04-01", "met", "unproven")]


def test_a_paper_no_longer_accepted_is_named_with_the_rule_and_the_day(told):
    old = rule(demands=SHOWN, evidence=["test_report"], status=[step("2020"), step("2027-05-01", "superseded")])
    new = rule(
        "xa.pack.safety.next",
        demands='battery.tested_to has "CR 10.03"',
        evidence=["test_report"],
        status=[step("2027-05-01")],
    )

    found = told(old, new, truck(), pack(), report())

    moved = {m["rule"]: (m["day"], m["from"], m["to"]) for m in found["moves"] if ".open." not in m["rule"]}
    assert moved["xa.pack.safety"] == ("2027-05-01", "met", None)
    assert moved["xa.pack.safety.next"] == ("2027-05-01", None, "unproven")


def test_a_rule_that_waits_for_another_text_is_waiting_not_dated(told):
    status = [step({"after": "xa.pack.method", "months": 12})]
    method = rule("xa.pack.method", demands=SHOWN, status=[step("unknown", "draft")])

    found = told(rule(demands=SHOWN, status=status), method, pack())

    assert found["transitions"] == []
    waits = {w["id"]: w["waits_for"] for w in found["waiting"]}
    assert waits["xa.pack.safety"] == "12 months after xa.pack.method, whose day is not set"


def test_two_projects_that_share_a_step_are_named_in_one_row(told, tmp_path):
    row = rule(demands=SHOWN, status=[step("2027-07-01")])
    told(row, pack())
    (tmp_path / "other").mkdir()
    other = write_project(tmp_path / "other", pack("second"), id="second", known="2026-11-21")

    found = watching.watch_projects([tmp_path / "project.yaml", other], cache=False)

    (shared,) = found["transitions"]
    assert [(p["id"], p["about"]) for p in shared["projects"]] == [("trial", ["pack"]), ("second", ["second"])]


def test_knowledge_has_an_age_and_a_topic_without_a_rule_has_none(told):
    found = told(rule(demands=SHOWN), pack(), since="2026-11-21")

    ages = {r["topic"]: (r["seen"], r["days"]) for r in found["knowledge"]}
    assert ages["safety"] == ("2026-01-10", 315)  # 10 January to 21 November 2026: 21 + 28 + 31 + ... = 315
    assert all(days is None for seen, days in ages.values() if seen is None)


def test_an_empty_window_is_refused(tmp_path):
    library, project = lay(tmp_path), write_project(tmp_path, pack(), known="2026-11-21")

    ran = carnet(library, "watch", project, "--until", "2020-01-01")

    assert ran.code == 2
    assert ran.err.startswith("--until 2020-01-01 does not lie after 2026-11-21")


def test_the_command_writes_every_form(tmp_path: Path):
    library = lay(tmp_path, rule(demands=SHOWN, status=[step("2027-07-01")]))
    project = write_project(tmp_path, pack())
    files = [tmp_path / n for n in ("w.ics", "w.atom", "w.json")]

    ran = carnet(
        library, "watch", project, "--format", "json", "--ics", files[0], "--atom", files[1], "--jsonfeed", files[2]
    )

    assert ran.code == 0
    assert ran.json["schema"] == "carnet/watch/1"
    assert files[0].read_bytes().startswith(b"BEGIN:VCALENDAR\r\n")
    assert all(ran.json["transitions"][0]["uid"] in f.read_text() for f in files)
    assert "xa.pack.safety" in carnet(library, "watch", project).out
    assert carnet(library, "watch", project, "--format", "md").out.startswith("# Watch list of trial")


def test_the_chapter_shows_the_time_line_with_its_numbers_in_words(tmp_path: Path):
    rows = (
        rule(demands=SHOWN, evidence=["test_report"], status=[step("2027-07-01")]),
        pack(),
        report(expires="2027-03-31"),
    )
    project, catalog = load(tmp_path, *rows, known="2026-11-21", on="2028-01-01")  # on this day the report is past

    chapter = watching.chapter(project, catalog)

    (figure,) = [p for p in chapter.parts if isinstance(p, Figure)]
    assert figure.svg.startswith("<svg")
    assert "xa.pack.safety (xa) after 7.3 months" in figure.alt  # 222 days of 30.44
    assert [p.title for p in chapter.parts if isinstance(p, Table)][:3] == [
        "Dated steps",
        "Verdicts that move",
        "Papers",
    ]
    assert chapter.lead.startswith("After 2026-11-21 and up to 2028-11-21: 1 dated steps")
