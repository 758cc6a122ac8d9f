"""`why` shows what a reader needs to check an answer: text, source, history, way, origins, what would change it."""

import pytest

from tests.builders import (
    SHOWN,
    approval,
    carnet,
    charger,
    disclosure,
    lay,
    pack,
    recognition,
    report,
    rule,
    step,
    truck,
    write_project,
)


@pytest.fixture
def why(tmp_path):
    """Asks why of an id in a folder with these rows; answers the explanation as plain data."""

    def ask(id: str, *rows, options=(), **said):
        library = lay(tmp_path, *rows)
        return carnet(library, "why", id, write_project(tmp_path, *rows, **said), "--format", "json", *options).json

    return ask


WHOLE = rule(
    "coast.pack.safety",
    market="coast",
    applies="vehicle.category == N",
    demands=f"{SHOWN} and battery.rated_energy >= 100 kWh",
    evidence=["type_approval"],
    clause="6.2",
    note="Only packs above 60 V.",
    status=[
        step("2019-01-01", "draft", seen="2025-01-01"),
        step("2020-01-01", event="new_type"),
        step("2021-01-01", event="all_new"),
    ],
)
THINGS = (truck(), pack(fitted_to=["truck"], rated_energy="282 kWh"))


def test_the_rule_its_source_and_how_it_was_read(why):
    found = why("coast.pack.safety@pack", WHOLE, *THINGS)

    assert (found["title"], found["clause"], found["force"], found["note"]) == (
        "Safety of the pack",
        "6.2",
        "mandatory",
        "Only packs above 60 V.",
    )
    assert (found["source"]["number"], found["source"]["class"], found["source"]["read"]) == (
        "Gazette 12",
        "official_text",
        "summary",
    )
    assert (found["source"]["seen"], found["source"]["reported"]) == ("2026-01-10", False)
    assert found["written_at"].endswith("markets/_unions/coast/test-requirements.yaml:3:5")


def test_the_way_it_was_inherited(why):
    assert why("coast.pack.safety@pack", WHOLE, *THINGS)["inherited"] == [{"from": "coast", "name": "Coast Union"}]


def test_the_whole_history_and_what_was_known(why):
    found = why("coast.pack.safety", WHOLE, *THINGS, known="2025-06-01", options=["--market", "xa"])

    assert [(s["from"], s["standing"], s["event"], s["counts"]) for s in found["history"]] == [
        ("2019-01-01", "draft", None, True),
        ("2020-01-01", "in_force", "new_type", False),
        ("2021-01-01", "in_force", "all_new", False),
    ]
    assert found["standing"] == "draft"


def test_each_test_with_its_value_and_its_origin(why):
    found = why("coast.pack.safety@pack", WHOLE, *THINGS)

    rows = {row["test"]: row for row in found["tests"]}
    assert [(row["part"], row["truth"], row["value"]) for row in rows.values()] == [
        ("applies", "yes", "N3"),
        ("demands", "unknown", None),
        ("demands", "yes", "282 kWh"),
    ]
    (origin,) = rows["vehicle.category == N"]["origins"]
    assert origin.startswith("vehicle.category = N3 (project: the project at project.yaml:")
    assert origin.endswith("; about truck)")


def test_a_fact_shown_by_a_document_names_it(why):
    found = why("coast.pack.safety@pack", WHOLE, *THINGS, approval())

    origins = [o for row in found["tests"] for o in row["origins"]]
    assert any(o.startswith("battery.tested_to = ['CR 10.02'] (evidence: approval at project.yaml:") for o in origins)


def test_a_disclosed_fact_names_the_company(why):
    power = rule("xa.power", about="charger", demands="charger.rated_power >= 100 kW")
    theirs = disclosure("Charger Works", {"depot": ("charger", {"charger.rated_power": "150 kW"})})

    (row,) = why("xa.power", power, charger(), theirs)["tests"]

    assert row["origins"] == [
        "charger.rated_power = 150 kW (disclosure: Charger Works at charger-works.yaml:1:103; about depot)"
    ]


def test_its_examples(why):
    says = {"says": "Nothing is shown.", "given": {}, "then": "unproven"}
    shown = {"says": "It is shown.", "given": {"battery.tested_to": ["CR 10.02"]}, "then": "met"}

    found = why("xa.pack.safety", rule(demands=SHOWN, evidence=["test_report"], examples=[says, shown]), pack())

    assert [(e["says"], e["then"]) for e in found["examples"]] == [
        ("Nothing is shown.", "unproven"),
        ("It is shown.", "met"),
    ]


def test_who_accepts_what_instead_whether_it_gives_or_not(why):
    refused = recognition("coast.refuses", gives="nothing", strength="none", residual=["everything again"])

    found = why("xa.pack.safety", rule(demands=SHOWN, evidence=["type_approval"]), recognition(), refused, pack())

    assert [(r["id"], r["strength"], r["standing"], r["residual"]) for r in found["instead"]] == [
        ("coast.mutual", "binding", "in_force", []),
        ("coast.refuses", "none", "in_force", ["everything again"]),
    ]


def test_technical_relations_are_shown_apart_from_acceptance(why):
    from tests.builders import standard

    close = standard("CR 99.00", relations=[{"to": "PN 5:2020", "kind": "close", "residual": ["a drop test"]}])

    found = why(
        "xa.pack.safety", rule(demands='battery.tested_to has "CR 99.00"', evidence=["test_report"]), close, pack()
    )

    assert found["related"] == [
        {"standard": "CR 99.00", "to": "PN 5:2020", "kind": "close", "residual": ["a drop test"], "note": ""}
    ]
    assert found["instead"] == []


@pytest.mark.parametrize(
    ("document", "would"),
    [
        ([], ["Is there a test report to CR 10.02 for pack?", "stating or showing battery.tested_to"]),
        ([report()], ["report expiring, being withdrawn, or no longer covering the version under review"]),
    ],
)
def test_what_would_change_the_verdict(why, document, would):
    found = why("xa.pack.safety", rule(demands=SHOWN, evidence=["test_report"]), pack(), *document)

    assert found["would_change"] == would


def test_work_that_is_left_would_change_residual_to_met(why):
    left = recognition(residual=["a label"])

    found = why(
        "xa.pack.safety", rule(demands=SHOWN, evidence=["type_approval"]), left, pack(), approval(granted_in="xb")
    )

    assert found["verdict"] == "residual"
    assert found["would_change"][-2:] == ["coast.mutual no longer being in force", "doing: a label"]


def test_a_rule_is_explained_per_market_where_it_speaks(why):
    found = why("coast.pack.safety", WHOLE, *THINGS, markets=["xa", "xb", "xd"])

    assert [(f["market"], f["finding"]) for f in found] == [
        ("xa", "coast.pack.safety@pack"),
        ("xb", "coast.pack.safety@pack"),
    ]


def test_one_market_may_be_asked_for(why):
    assert why("coast.pack.safety", WHOLE, *THINGS, markets=["xa", "xb"], options=["--market", "xb"])["market"] == "xb"


def test_an_empty_cell_explains_itself(why):
    found = why("xa.open.vehicle.approval@truck", truck())

    assert found["verdict"] == "undecided"
    assert found["because"].endswith("that is not the absence of a rule.")


def test_a_rule_needs_no_project(tmp_path):
    ran = carnet(lay(tmp_path, WHOLE), "why", "coast.pack.safety", "--market", "xa", "--format", "json")

    assert ran.json["rule"] == "coast.pack.safety"
    assert "verdict" not in ran.json


def test_the_text_says_what_the_data_say(tmp_path):
    rows = [WHOLE, *THINGS]
    ran = carnet(lay(tmp_path, *rows), "why", "coast.pack.safety@pack", write_project(tmp_path, *rows))

    for words in (
        "Gazette 12",
        "summary, seen 2026-01-10",
        "clause 6.2",
        "inherited through Coast Union",
        "[unknown] battery.tested_to has",
        "ask next:",
        "what would change it",
    ):
        assert words in ran.out


@pytest.mark.parametrize(
    ("id", "says"),
    [
        (
            "xa.pack.safty",
            "no rule or finding is called 'xa.pack.safty'; did you mean 'xa.pack.safety' or 'xa.pack.safety@pack'?",
        ),
        ("zzz", "no rule or finding is called 'zzz'. All rules: carnet catalog list requirements"),
    ],
)
def test_an_id_nobody_knows_names_the_nearest_and_ends_with_3(tmp_path, id, says):
    rows = [rule(demands=SHOWN), pack()]
    ran = carnet(lay(tmp_path, *rows), "why", id, write_project(tmp_path, *rows))

    assert ran.code == 3
    assert ran.err.startswith(says)
