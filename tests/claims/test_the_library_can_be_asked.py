"""The library answers by itself: list, show, search, compare, and what nobody has looked at for long."""

import pytest

from tests.builders import (
    SHOWN,
    carnet,
    file,
    lay,
    pack,
    recognition,
    rule,
    signal,
    standard,
    step,
    truck,
    write_project,
)

DRAFT = step("2025-01-01", "draft", seen="2025-06-01")
LAW = step("2026-01-01", seen="2026-01-10")
SAFETY = rule(demands=SHOWN, evidence=["test_report"], status=[DRAFT, LAW], title="Safety of the pack")
ENERGY = rule("coast.energy", market="coast", demands="battery.rated_energy >= 100 kWh", title="Energy")
LAMPS = rule("xb.lamps", market="xb", about="vehicle", topic="approval", demands='vehicle.tested_to has "CR 7.00"')
ROWS = (SAFETY, ENERGY, LAMPS, recognition(), signal())


@pytest.fixture
def ask(tmp_path):
    """`carnet catalog WORDS --format json` over the small library with these rows."""
    library = lay(tmp_path, *ROWS)

    def run(*words):
        return carnet(library, "catalog", *words, "--format", "json").json

    return run


def ids(found) -> list[str]:
    return [row["id"] for row in found["rows"]]


# --- list ---


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([], ["coast.energy", "xa.pack.safety", "xb.lamps"]),
        (["--market", "xa"], ["coast.energy", "xa.pack.safety"]),  # what the union says is heard in Aria
        (["--market", "xd"], []),
        (["--about", "vehicle"], ["xb.lamps"]),
        (["--topic", "safety"], ["coast.energy", "xa.pack.safety"]),
        (["--standard", "CR 10.02"], ["xa.pack.safety"]),
    ],
)
def test_rules_are_listed_by_market_subject_topic_and_standard(ask, options, expected):
    assert ids(ask("list", "requirements", *options)) == expected


def test_signals_and_recognitions_are_listed_by_where_they_speak(ask):
    assert ids(ask("list", "signals", "--market", "xa")) == ["xa-plan"]
    assert ids(ask("list", "signals", "--market", "xb")) == []
    assert ids(ask("list", "recognitions", "--market", "xb")) == ["coast.mutual"]
    assert ids(ask("list", "recognitions", "--market", "xd")) == []


def test_a_list_nobody_keeps_names_the_nearest(tmp_path):
    ran = carnet(lay(tmp_path), "catalog", "list", "requirement")

    assert ran.code == 2
    assert ran.err.startswith("there is no list of 'requirement'; did you mean 'requirements'?")


# --- show ---


def test_a_row_shows_its_history_as_far_as_it_was_known(ask):
    now, then = ask("show", "xa.pack.safety"), ask("show", "xa.pack.safety", "--known", "2025-12-31")

    assert (now["standing"]["now"], then["standing"]["now"]) == ("in_force", "draft")
    assert [(s["standing"], s["counts"]) for s in then["history"]] == [("draft", True), ("in_force", False)]


@pytest.mark.parametrize(
    ("on", "standing"), [("2025-12-31", "draft"), ("2026-01-01", "in_force"), ("2026", "in_force"), ("2025", "draft")]
)
def test_a_row_shows_where_it_stands_on_a_day(ask, on, standing):
    assert ask("show", "xa.pack.safety", "--on", on)["standing"]["now"] == standing


def test_a_year_of_knowledge_is_the_whole_year(ask):
    assert ask("show", "xa.pack.safety", "--known", "2026")["standing"]["now"] == "in_force"


def test_a_standard_shows_who_speaks_of_it(ask):
    found = ask("show", "CR 10.02")

    assert {"id": "xa.pack.safety", "table": "requirements"} in found["spoken_of_by"]
    assert found["row"]["sensitive_to"] == ["battery.chemistry", "battery.rated_energy"]
    assert found["sources"]["treaty"]["seen"] == "2026-01-10"


def test_what_nobody_knows_ends_with_3_and_names_the_nearest(tmp_path):
    ran = carnet(lay(tmp_path, *ROWS), "catalog", "show", "CR 10.2")

    assert ran.code == 3
    assert ran.err.startswith("nothing in the library is called 'CR 10.2'; did you mean 'CR 10.02'")


# --- search ---


def test_every_word_must_occur_and_titles_come_first(ask):
    first, *_ = ask("search", "safety", "pack")["rows"]

    assert (first["table"], first["id"]) == (
        "requirements",
        "xa.pack.safety",
    )
    assert ask("search", "safety", "nonsense")["rows"] == []


# --- diff ---


def test_two_days_of_knowledge_are_compared(ask):
    changes = ask("diff", "2025-12-31", "2026-01-10")["changes"]

    assert {"id": "xa.pack.safety", "change": "standing", "from": "draft", "to": "in_force"}.items() <= next(
        c for c in changes if c["id"] == "xa.pack.safety"
    ).items()


def test_two_libraries_are_compared_and_the_projects_that_change_are_counted(tmp_path):
    before, after = (
        lay(tmp_path / "a", rule(demands="battery.rated_energy >= 100 kWh")),
        lay(tmp_path / "b", rule(demands="battery.rated_energy >= 400 kWh")),
    )
    path = write_project(tmp_path, pack(rated_energy="282 kWh"))

    found = carnet(before, "catalog", "diff", before, after, path, "--format", "json").json

    assert [(c["change"], c["from"], c["to"]) for c in found["changes"]] == [
        ("demands", "battery.rated_energy >= 100 kWh", "battery.rated_energy >= 400 kWh")
    ]
    assert [(p["changed"], p["findings"][0]["verdict"]) for p in found["projects"]] == [(1, ["met", "unmet"])]


def test_new_and_gone_rows_are_told(tmp_path):
    before, after = lay(tmp_path / "a", ENERGY), lay(tmp_path / "b", LAMPS)

    found = carnet(before, "catalog", "diff", before, after, "--format", "json").json

    assert [(c["id"], c["change"]) for c in found["changes"]] == [("coast.energy", "gone"), ("xb.lamps", "new")]


def test_a_library_does_not_differ_from_itself(tmp_path):
    library = lay(tmp_path, *ROWS)

    assert carnet(library, "catalog", "diff", library, library, "--format", "json").json["changes"] == []


def test_the_difference_reads_as_a_sentence(tmp_path):
    ran = carnet(lay(tmp_path, *ROWS), "catalog", "diff", "2025-12-31", "2026-01-10")

    assert "Aria: Safety of the pack [xa.pack.safety] draft -> in force" in ran.out


def test_what_is_neither_folder_nor_day_is_refused(tmp_path):
    ran = carnet(lay(tmp_path), "catalog", "diff", "yesterday", "2026")

    assert (ran.code, ran.err.strip()) == (2, "'yesterday' is neither a library folder nor a day such as 2026-06-01")


# --- stale ---


def test_sources_nobody_looked_at_for_long_are_listed_and_the_never_seen_come_first(tmp_path):
    memory = rule("xa.remembered", demands="battery.passport", source="memory", status=[step("2020-01-01", seen=None)])
    library = lay(tmp_path, SAFETY, memory)

    found = carnet(library, "catalog", "stale", "--older", "30d", "--on", "2026-03-01", "--format", "json").json

    first, *others = found["sources"]
    assert (first["source"], first["days"], first["rows"]) == ("memory", None, ["xa.remembered"])
    assert all(row["days"] == 50 for row in others)  # 10 January to 1 March: 21 + 28 + 1 days


def test_a_source_seen_in_a_month_may_be_asked_for_too(tmp_path):
    month = file(
        "standards/more/x.yaml",
        "sources:\n  s: {number: n, seen: '2025-06', class: law_firm, read: summary}\n"
        "standards:\n  - {id: x-1, short: X 1, title: X, topic: safety, publisher: P, source: s}\n",
    )

    found = carnet(lay(tmp_path, month), "catalog", "stale", "--older", "180d", "--on", "2026", "--format", "json").json

    assert [(row["source"], row["days"]) for row in found["sources"]] == [("s", 214)]  # 1 June to 1 January


def test_nothing_is_stale_when_all_was_just_seen(tmp_path):
    ran = carnet(lay(tmp_path), "catalog", "stale", "--older", "180d", "--on", "2026-01-11")

    assert ran.out.strip() == "Every source was looked at within 180d."


@pytest.mark.parametrize("older", ["long", "²d", "-5d", "", "9999999d"])
def test_a_number_of_days_is_a_number_of_days(tmp_path, older):
    ran = carnet(lay(tmp_path), "catalog", "stale", "--older", older)

    assert (ran.code, ran.err.strip()) == (2, f"--older {older!r}: write a number of days, such as 180d")


# --- check ---


def test_check_says_what_holds(tmp_path):
    library = lay(tmp_path, standard("CR 99.00"))

    assert carnet(library, "check", library).out.strip() == (
        "0 requirements, 8 standards, 0 recognitions, 0 signals, 0 effort, 4 economies; 0 examples hold"
    )


def test_check_ends_with_2_and_counts_the_problems(tmp_path):
    library = lay(tmp_path, rule(demands="battery.pasport"))

    ran = carnet(library, "check", library)

    assert (ran.code, ran.err.strip()) == (2, "1 problems")


def test_a_product_review_takes_a_year_for_its_first_day_and_its_last_day_of_knowledge(tmp_path):
    library = lay(tmp_path, SAFETY)

    found = carnet(
        library,
        "review",
        "--product",
        "heavy_truck",
        "--market",
        "xa",
        "--on",
        "2026",
        "--known",
        "2026",
        "--format",
        "json",
    ).json

    assert (found["on"], found["known"]) == ("2026-01-01", "2026-12-31")
    assert any(f["rule"] == "xa.pack.safety" and f["standing"] == "in_force" for f in found["findings"])


def test_the_same_question_of_a_project_gives_the_same_days(tmp_path):
    rows = [SAFETY, truck()]

    found = carnet(
        lay(tmp_path, *rows),
        "review",
        write_project(tmp_path, *rows),
        "--on",
        "2026",
        "--known",
        "2026",
        "--format",
        "json",
    ).json

    assert (found["on"], found["known"]) == ("2026-01-01", "2026-12-31")
