"""Every problem of a project is listed with its place, its value and the nearest right thing; nothing is half read."""

import json

import pytest

from carnet.catalog import open_catalog
from carnet.errors import BadProject, UnknownEconomy
from carnet.project import load_project
from tests.builders import effort, lay

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

    def read(text: str) -> list[str]:
        path = tmp_path / "truck.yaml"
        path.write_text(text, encoding="utf-8")
        try:
            load_project(path, catalog)
        except (BadProject, UnknownEconomy) as error:
            return str(error).replace(f"{tmp_path}/", "").splitlines()
        return []

    return read


def test_a_good_project_is_read(says):
    assert says(GOOD) == []


# What is changed in the good project (old, new), and all that is said about it.
BAD = {
    # --- shape ---
    "a key nobody knows": (
        "    fitted_to: [truck]", "    fited_to: [truck]",
        ["truck.yaml:11:5: no key is called 'fited_to' in subjects.pack; did you mean 'fitted_to'?",
         "    Known here: facts, fitted_to, kind, stands_in, title, versions"],
    ),
    "a key at the top": (
        "markets: [xa, xb]", "market: [xa, xb]",
        ["truck.yaml:1:1: 'markets' is missing",
         "truck.yaml:4:1: no key is called 'market'; did you mean 'markets'?",
         "    Known here: carnet, disclosures, evidence, from, id, inputs, libraries, markets, pairs, quotes, review, "
         "subjects, title, voluntary"],
    ),
    "a list where a mapping belongs": (
        '  - {id: report, about: [pack], kind: test_report, standard: "CR 10.02", issued: "2026-01-15"}', "  - [report]",
        ["truck.yaml:18:5: evidence, row 1: ['report'] is not a mapping"],
    ),
    "a word where a list belongs": (
        "    fitted_to: [truck]", "    fitted_to: truck", ["truck.yaml:11:5: fitted_to: 'truck' is not a list"],
    ),
    "a number where text belongs": (
        "    kind: battery_pack", "    kind: battery_pack\n    versions: {software: 4.10}",
        ["truck.yaml:11:16: software: 4.1 is not text", '    Write it in quotes: "4.10"'],
    ),
    "an event nobody knows": (
        'day: "2026-11-21"', 'day: "2026-11-21", event: new_types',
        ["truck.yaml:3:29: event: 'new_types' is not one of new_type, all_new, placed_on_market, in_use; "
         "did you mean 'new_type'?"],
    ),
    "a day that is none": (
        'day: "2026-11-21"', 'day: "2026-02-30"', ["truck.yaml:3:10: day: '2026-02-30': that month has 28 days"],
    ),
    "a year of other digits": (
        'day: "2026-11-21"', 'day: "２０２６"',
        ["truck.yaml:3:10: day: '２０２６' is not a year, month or day such as '2026', '2026-07' or '2026-07-01'"],
    ),
    "no markets": (
        "markets: [xa, xb]", "markets: []",
        ["truck.yaml:4:1: markets: []: list should have at least 1 item after validation, not 0"],
    ),
    "another format": (
        "carnet: project/1", "carnet: project/2", ["truck.yaml:1:1: carnet: 'project/2' is not one of project/1; did you mean 'project/1'?"],
    ),
    "a disclosure": (
        "carnet: project/1", "carnet: disclosure/1",
        ["truck.yaml:1:1: this is a disclosure, not a project: facts another company states about its product",
         "    Name it in a project file, under disclosures:."],
    ),
    # --- economies ---
    "an economy nobody knows": (
        "markets: [xa, xb]", "markets: [xa, xq]",
        ["truck.yaml:4:15: no economy of the code 'xq' is known. All codes: carnet catalog list economies"],
    ),
    "an economy in capitals": (
        "markets: [xa, xb]", "markets: [xa, xb, XC]",
        ["truck.yaml:4:19: no economy of the code 'XC' is known; did you mean 'xc' (Ciria)? All codes: carnet catalog list economies"],
    ),
    "an economy by its name": (
        "markets: [xa, xb]", "markets: [xa, xb, Doria]",
        ["truck.yaml:4:19: no economy of the code 'Doria' is known; did you mean 'xd' (Doria)? All codes: carnet catalog list economies"],
    ),
    "a market twice": (
        "markets: [xa, xb]", "markets: [xa, xb, xa]", ["truck.yaml:4:19: market 'xa' stands twice", "    Keep one."],
    ),
    "a subject that stands elsewhere": (
        "    stands_in: [xa]", "    stands_in: [xc]",
        ["truck.yaml:14:17: 'xc' is not among the markets of this project",
         "    Add it to markets, or take it away here."],
    ),
    # --- subjects and facts ---
    "a kind nobody knows": (
        "    kind: charger", "    kind: chargr",
        ["truck.yaml:13:5: no kind of subject is called 'chargr'; did you mean 'charger'?",
         "    Known: battery_pack, charger, evidence, maker, pair, swap_station, vehicle"],
    ),
    "a fact nobody knows": (
        "vehicle.gross_mass: 49 t", "vehicle.gros_mass: 49 t",
        ["truck.yaml:8:35: no fact is called 'vehicle.gros_mass'; did you mean 'vehicle.gross_mass'? All names: carnet words vehicle"],
    ),
    "a fact of something else": (
        "vehicle.gross_mass: 49 t", "battery.rated_energy: 282 kWh",
        ["truck.yaml:8:35: battery.rated_energy is said of battery_pack, not of a vehicle", "    State it where it belongs."],
    ),
    "an amount without its unit": (
        "vehicle.gross_mass: 49 t", "vehicle.gross_mass: 49",
        ["truck.yaml:8:35: vehicle.gross_mass: 49 needs its unit; write for example '49 t'"],
    ),
    "an amount in another unit": (
        "vehicle.gross_mass: 49 t", "vehicle.gross_mass: 49 kW",
        ["truck.yaml:8:35: vehicle.gross_mass: 49 kW is not a mass; use for example t"],
    ),
    "a word outside its list": (
        "vehicle.category: N3", "vehicle.category: N33",
        ["truck.yaml:8:13: vehicle.category: 'N33' is not one of M, M1, M2, N, N1, N2, N3; did you mean 'N3'?"],
    ),
    "yes where true belongs": (
        "vehicle.gross_mass: 49 t", 'vehicle.used: "yes"', ["truck.yaml:8:35: vehicle.used: 'yes' is neither true nor false"],
    ),
    "a fraction of a seat": (
        "vehicle.gross_mass: 49 t", "vehicle.seats: 2.5", ["truck.yaml:8:35: vehicle.seats: 2.5 is not a whole number"],
    ),
    # --- what is fitted to what ---
    "fitted to nothing known": (
        "fitted_to: [truck]", "fitted_to: [truk]",
        ["truck.yaml:11:17: no subject is called 'truk'; did you mean 'truck'?", "    Known: depot, pack, truck"],
    ),
    "fitted to itself": (
        "fitted_to: [truck]", "fitted_to: [pack]", ["truck.yaml:11:17: pack is fitted to itself", "    Name the thing it is fitted to."],
    ),
    "fitted in a circle": (
        "    kind: charger", "    kind: charger\n    fitted_to: [truck, pack]\n  frame:\n    kind: vehicle\n    fitted_to: [depot]\n"
        "  axle:\n    kind: vehicle\n    fitted_to: [truck, frame]\n  lid:\n    kind: charger\n    fitted_to: [lid2]\n"
        "  lid2:\n    kind: charger\n    fitted_to: [pack, lid]",
        ["truck.yaml:23:5: fitted_to goes round in a circle: lid -> lid2 -> lid", "    Remove one of them."],
    ),
    # --- pairs ---
    "a pair of one": (
        "charge: [truck, depot]", "charge: [truck]", ["truck.yaml:16:22: pair 'depot-pair' names 1 subject; a pair needs at least two"],
    ),
    "a pair of nothing": (
        ", charge: [truck, depot]", "",
        ["truck.yaml:16:5: pair 'depot-pair' needs either charge: [...] or swap: [...]", "    Name the subjects that must work together."],
    ),
    "a pair with a stranger": (
        "charge: [truck, depot]", "charge: [truck, depo]",
        ["truck.yaml:16:38: no subject is called 'depo'; did you mean 'depot'?",
         "    Known: depot, depot-pair, pack, truck"],
    ),
    "a pair with the name of a subject": (
        "id: depot-pair", "id: depot", ["truck.yaml:16:6: 'depot' is already the name of a subject", "    Give the pair a name of its own."],
    ),
    "a pair that meets nowhere": (
        "    kind: vehicle", "    kind: vehicle\n    stands_in: [xb]",
        ["truck.yaml:17:5: pair 'depot-pair': its members stand in no common market",
         "    Let them stand in one, or take the pair away."],
    ),
    # --- evidence ---
    "evidence about nothing": (
        "about: [pack]", "about: []", ["truck.yaml:18:18: evidence 'report' is about nothing", "    Name the subjects it speaks of."],
    ),
    "evidence about a stranger": (
        "about: [pack]", "about: [pak]",
        ["truck.yaml:18:26: no subject is called 'pak'; did you mean 'pack'?", "    Known: depot, depot-pair, pack, truck"],
    ),
    "evidence of an unknown kind": (
        "kind: test_report", "kind: testreport",
        ["truck.yaml:18:33: no kind of evidence is called 'testreport'; did you mean 'test_report'?",
         "    Known: audit_report, certificate, compatibility_record, declaration, manual, registration, simulation, "
         "test_report, type_approval"],
    ),
    "evidence that shows nothing": (
        'standard: "CR 10.02", ', "",
        ["truck.yaml:18:5: evidence 'report' shows nothing", "    Give standard, approval, document or shows."],
    ),
    "evidence twice": (
        'issued: "2026-01-15"}', 'issued: "2026-01-15"}\n  - {id: report, about: [pack], kind: manual, approval: Handbook}',
        ["truck.yaml:19:6: evidence 'report' stands twice", "    Give each document a name of its own."],
    ),
    "evidence that expires before it is issued": (
        'issued: "2026-01-15"', 'issued: "2026-01-15", expires: "2025-12-31"',
        ["truck.yaml:18:96: evidence 'report' expires 2025-12-31, before it was issued 2026-01-15", "    One of the two dates is wrong."],
    ),
    "evidence from an unknown economy": (
        'issued: "2026-01-15"', 'issuer: {name: Institute, economy: xz}',
        ["truck.yaml:18:100: no economy of the code 'xz' is known. All codes: carnet catalog list economies"],
    ),
    # --- contradictions, quotes, names ---
    "two values in one project": (
        'issued: "2026-01-15"}', 'issued: "2026-01-15", shows: {battery.chemistry: LFP}}\n'
        "  - {id: label, about: [pack], kind: manual, shows: {battery.chemistry: NMC}}",
        ["truck.yaml:19:54: pack: battery.chemistry is NMC here and LFP at truck.yaml:18:104", "    Keep the one that is true."],
    ),
    "a quote for an unknown step": (
        "pairs:", "quotes:\n  - {step: cr-10-tests, cost: {low: '1', high: '2', currency: USD}, weeks: {low: 1, high: 2}}\npairs:",
        ["truck.yaml:16:6: no step is called 'cr-10-tests'; did you mean 'cr-10-test'?", "    Known: cr-10-test"],
    ),
    "a quote that runs backwards": (
        "pairs:", "quotes:\n  - {step: cr-10-test, cost: {low: '9', high: '2', currency: USD}, weeks: {low: 1, high: 2}}\npairs:",
        ["truck.yaml:16:24: quote for 'cr-10-test': runs from 9 to 2; low must not exceed high, nor be negative"],
    ),
    "a quote of no amount": (
        "pairs:", "quotes:\n  - {step: cr-10-test, cost: {low: NaN, high: '2', currency: USD}, weeks: {low: 1, high: 2}}\npairs:",
        ["truck.yaml:16:24: quote for 'cr-10-test': amounts are decimal text, such as low: \"40000\""],
    ),
    "weeks that run backwards": (
        "pairs:", "quotes:\n  - {step: cr-10-test, cost: {low: '1', high: '2', currency: USD}, weeks: {low: 9, high: 2}}\npairs:",
        ["truck.yaml:16:68: quote for 'cr-10-test': weeks run from 9 to 2; low must not exceed high, nor be negative"],
    ),
    "a voluntary text nobody knows": (
        "pairs:", "voluntary: [CH 21]\npairs:",
        ["truck.yaml:15:13: no rule or standard is called 'CH 21'; did you mean 'CH 2'?",
         "    All names: carnet catalog list standards"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("defect", BAD)
def test_it_is_refused_with_its_place_and_the_nearest_right_thing(says, defect):
    old, new, said = BAD[defect]
    assert GOOD.count(old) == 1

    assert says(GOOD.replace(old, new)) == said


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


@pytest.mark.parametrize("text", ["", "[]", "7", "text"])
def test_what_is_no_mapping_is_no_project(says, text):
    (said,) = says(text)

    assert said.startswith("truck.yaml:1:1: the file: ")
    assert said.endswith(" is not a mapping")


def test_a_flood_of_problems_ends(says):
    markets = ", ".join(f"q{n}" for n in range(20_000))

    said = says(GOOD.replace("xa, xb]", f"xa, {markets}]"))

    assert len(said) < 500


def test_a_long_project_is_read_in_one_breath(says):
    many = json.dumps([f"x{c}" for c in "abcd"] + ["xa"] * 50_000)

    said = says(GOOD.replace("[xa, xb]", many))

    assert said[0] == "truck.yaml:4:35: market 'xa' stands twice"
