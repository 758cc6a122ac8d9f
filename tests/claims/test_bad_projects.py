"""Every problem of a project is listed with its place, its value and the nearest right thing; nothing is half read."""

import json

import pytest

from carnet.catalog import open_catalog
from carnet.errors import BadProject, UnknownEconomy
from carnet.project import load_project
from carnet.reading import read
from tests.builders import ROOT, effort, lay

GOOD = """\
carnet: project/1
id: corridor
review: {day: "2026-11-21"}
markets: [xa, xb]
subjects:
  truck:
    kind: vehicle
    facts: {vehicle.category: N3, vehicle.gross_mass: 49 t}
  pack:
    kind: battery_pack
    fitted_to: [truck]
  depot:
    kind: charger
    stands_in: [xa]
pairs:
  - {id: depot-pair, charge: [truck, depot]}
evidence:
  - {id: report, about: [pack], kind: test_report, standard: "CR 10.02", issued: "2026-01-15"}
"""


@pytest.fixture
def says(tmp_path):
    """Reads a project text; answers the lines of what is said, with the file called truck.yaml, or nothing."""
    catalog = open_catalog(base=lay(tmp_path, effort()))

    def say(text: str) -> list[str]:
        path = tmp_path / "truck.yaml"
        path.write_text(text, encoding="utf-8")
        try:
            load_project(path, catalog)
        except (BadProject, UnknownEconomy) as error:
            return str(error).replace(f"{tmp_path}/", "").splitlines()
        return []

    return say


def test_a_good_project_is_read(says):
    assert says(GOOD) == []


BAD = read(ROOT / "tests" / "data" / "bad-projects.yaml").plain


@pytest.mark.parametrize("defect", BAD)
def test_it_is_refused_with_its_place_and_the_nearest_right_thing(says, defect):
    row = BAD[defect]
    assert GOOD.count(row["instead_of"]) == 1

    assert says(GOOD.replace(row["instead_of"], row["stands"])) == row["said"].splitlines()


def test_the_same_amount_in_two_units_is_no_contradiction(says):
    shows = 'issued: "2026-01-15", shows: {battery.rated_energy: 282 kWh}}\n'
    again = "  - {id: label, about: [pack], kind: manual, shows: {battery.rated_energy: 282000 Wh}}"

    assert says(GOOD.replace('issued: "2026-01-15"}', shows + again)) == []


def test_all_problems_are_listed_in_the_order_of_the_file(says):
    text = GOOD.replace("N3", "N33").replace("49 t", "49").replace("[truck]", "[truk]").replace("[pack]", "[pak]")

    said = says(text)

    assert [line.split(": ")[0] for line in said if line.startswith("truck.yaml")] == [
        "truck.yaml:8:13",
        "truck.yaml:8:36",
        "truck.yaml:11:17",
        "truck.yaml:18:26",
    ]


def test_an_unknown_economy_does_not_hide_the_other_problems(says):
    said = "\n".join(says(GOOD.replace("xb]", "xq]").replace("N3", "N33")))

    assert "no economy of the code 'xq' is known" in said
    assert "'N33' is not one of" in said


def test_problems_of_the_reader_come_alone_and_first(says):
    assert says(GOOD.replace("N3", "NO").replace("[pack]", "[pak]")) == [
        "truck.yaml:8:31: NO means a word to some readers and true or false to others",
        "    Write 'NO' in quotes, or true / false.",
    ]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "is empty"),
        ("[]", "holds [], which is not a mapping"),
        ("7", "holds 7, which is not a mapping"),
        ("text", "holds 'text', which is not a mapping"),
    ],
)
def test_what_is_no_mapping_is_no_project(says, text, what):
    assert says(text) == [
        f"truck.yaml:1:1: the file {what}",
        "    It is written as keys and values, such as title: My truck",
    ]


def test_a_flood_of_problems_ends(says):
    markets = ", ".join(f"q{n}" for n in range(20_000))

    said = says(GOOD.replace("xa, xb]", f"xa, {markets}]"))

    assert len(said) < 500


def test_a_flood_of_wrong_shapes_ends(says):
    said = says(GOOD.replace("[xa, xb]", "[" + "1, " * 20_000 + "1]"))

    assert said[-2:] == [
        "truck.yaml:1:1: 20,001 problems of this kind; the first 200 are shown",
        "    Put these right first.",
    ]


def test_a_long_project_is_read_in_one_breath(says):
    many = json.dumps([f"x{c}" for c in "abcd"] + ["xa"] * 50_000)

    said = says(GOOD.replace("[xa, xb]", many))

    assert said[0] == "truck.yaml:4:35: market 'xa' stands twice"
