"""Every cell of the workbook is text: no formula, no link, no number that changes its look."""

import re
import zipfile
from io import BytesIO

import pytest
from openpyxl import load_workbook

from carnet.dossier.xlsx import MOST_TEXT, render
from tests.dossiers import corridor, finding, hostile, library, project

SHEETS = ["Findings", "Evidence register", "Documents", "Action list", "Exposure", "About"]
FORMULAS = [
    '=HYPERLINK("http://x.invalid","y")',
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "=cmd|' /C calc'!A0",
    "\t=1",
    "{=1}",
    "http://x.invalid",
]


def book(dossier):
    return load_workbook(BytesIO(render(dossier, library())))


def column(sheet, head):
    heads = [cell.value for cell in sheet[1]]
    return [row[heads.index(head)] for row in sheet.iter_rows(min_row=2, values_only=True)]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_stays_the_text_it_is(text):
    one = corridor(findings=(finding(title=text, because=text, question=text),), project=project(title=text))
    cells = [cell for sheet in book(one) for row in sheet.iter_rows() for cell in row]

    assert {cell.data_type for cell in cells if cell.value is not None} == {"s"}
    assert text.strip() in {str(cell.value).strip() for cell in cells}
    assert not [cell for cell in cells if cell.hyperlink]


def test_a_cell_that_looks_like_a_formula_stays_text_when_edited():
    one = corridor(findings=(finding(title="=1+1"),))

    (cell,) = [c for row in book(one)["Findings"].iter_rows() for c in row if c.value == "=1+1"]

    assert cell.quotePrefix


def test_the_file_holds_no_formula_and_no_link_element():
    parts = zipfile.ZipFile(BytesIO(render(hostile(), library())))
    xml = "".join(parts.read(name).decode() for name in parts.namelist() if name.startswith("xl/worksheets/"))

    kinds = set(re.findall(r'<c r="\w+"(?: s="\d+")?(?: t="(\w+)")?', xml))

    assert kinds == {"s"}  # an index into the shared strings
    assert not re.search(r"<f[ >]|<hyperlink", xml)


def test_the_sheets_are_there_filtered_and_their_heads_stay_in_sight():
    sheets = book(corridor())

    assert sheets.sheetnames == SHEETS
    assert all(sheet.freeze_panes == "B2" and sheet.auto_filter.ref for sheet in sheets)


def test_every_finding_is_a_row_market_by_market_the_gravest_first():
    sheet = book(corridor())["Findings"]

    assert sheet.max_row == 1 + 40
    assert column(sheet, "Market")[:14] == ["Thailand"] * 14
    assert column(sheet, "Verdict")[:3] == ["unmet", "unmet", "unproven"]


def test_the_register_says_what_counts_and_for_which_findings():
    sheet = book(corridor())["Evidence register"]

    assert column(sheet, "counts") == ["yes", "no"]
    assert "expires on 2027-02-09" in column(sheet, "problems")[1]
    assert "Thailand: th.reess.safety@pack" in column(sheet, "used by")[0]


def test_actions_come_cheapest_first_with_who_and_what_they_settle():
    sheet = book(corridor())["Action list"]
    order = ["look up", "ask maker", "ask authority", "measure", "test", "approve", "not known"]
    efforts = column(sheet, "Effort")

    assert efforts == sorted(efforts, key=order.index)
    assert {"Answer", "Provide", "Do", "Remedy"} == set(column(sheet, "Do"))
    row = column(sheet, "What").index("Which swap scheme does the pack follow?")
    assert (column(sheet, "Who")[row], column(sheet, "Settles")[row]) == ("project team", "3")
    assert "USD 80,000 to 350,000 (priced 2026-11)" in column(sheet, "Cost of the steps named")


def test_a_text_longer_than_a_cell_is_cut_and_not_lost():
    long = "x" * (MOST_TEXT + 500)

    (cell,) = column(book(corridor(findings=(finding(because=long),)))["Findings"], "Because")

    assert len(cell) == MOST_TEXT
    assert cell.endswith("…")


def test_the_file_carries_the_day_of_the_law_not_the_clock():
    properties = book(corridor()).properties

    assert (properties.created.date().isoformat(), properties.modified.date().isoformat()) == (
        "2027-03-01",
        "2027-03-01",
    )
