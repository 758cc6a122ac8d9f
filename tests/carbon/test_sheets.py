"""A table beside the inventory is read under the same rules, CSV and XLSX alike."""

import pytest

from carnet.errors import BadInput
from tests.carbon.inventories import HEAD, PRODUCT, read, under

TEXT = HEAD + PRODUCT + "sheet: parts.csv\nprocesses:\n  - {id: thing-made, stage: manufacturing, makes: 1 piece}\n"
GOOD = """\
process,item,amount,unit,stage,data
thing-made,steel.bf_bof,2,kg,materials,secondary
thing-made,tire,1,kg,materials,
"""


def test_rows_become_inputs(tmp_path):
    assert round(under(read(tmp_path, TEXT, parts__csv=GOOD), "pact-3.0").value, 9) == 7.84  # 2 x 2.32 + 3.2


def test_a_workbook_gives_the_same(tmp_path):
    from openpyxl import Workbook

    book = Workbook()
    for row in GOOD.splitlines():
        book.active.append([float(c) if c.isdigit() else c for c in row.split(",")])
    book.save(tmp_path / "parts.xlsx")

    assert round(under(read(tmp_path, TEXT.replace(".csv", ".xlsx")), "pact-3.0").value, 9) == 7.84


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ("process,item,amount\n", "parts.csv:1:1: the columns unit are missing"),
        ("process,item,amount,unit,colour\n", "parts.csv:1:5: no column is called 'colour'"),
        (GOOD + "thing-made,tire,,kg,materials,\n", "parts.csv:4:1: amount missing in this row"),
        (
            GOOD + "thing-mad,tire,1,kg,materials,\n",
            "parts.csv:4:1: no process is called 'thing-mad'; did you mean 'thing-made'",
        ),
        (GOOD + "thing-made,tire,-1,kg,materials,\n", "parts.csv:4:1: tire: -1 kg is negative"),
        (GOOD + "thing-made,tier,1,kg,materials,\n", "parts.csv:4:1: no item is called 'tier'"),
        (GOOD + "thing-made,tire,1,kg,driving,\n", "parts.csv:4:1: tire: input should be"),
        ("", "parts.csv: is empty"),
    ],
)
def test_a_bad_row_is_told_with_its_line(tmp_path, table, says):
    with pytest.raises(BadInput) as caught:
        read(tmp_path, TEXT, parts__csv=table)

    assert says in str(caught.value)


def test_a_formula_is_refused(tmp_path):
    from openpyxl import Workbook

    book = Workbook()
    for row in GOOD.splitlines():
        book.active.append(row.split(","))
    book.active.append(["thing-made", "tire", "=1+1", "kg", "materials", ""])
    book.save(tmp_path / "parts.xlsx")

    with pytest.raises(BadInput, match=r"row 4 holds a formula \(=1\+1\)"):
        read(tmp_path, TEXT.replace(".csv", ".xlsx"))


def test_what_is_no_table_is_told(tmp_path):
    (tmp_path / "parts.xlsx").write_bytes(b"PK\x03\x04 not a workbook")

    with pytest.raises(BadInput, match="cannot be read as XLSX"):
        read(tmp_path, TEXT.replace(".csv", ".xlsx"))
