"""A bad cell is a sentence with its place, and no file breaks the reading."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carnet.catalog import open_catalog
from carnet.errors import CarnetError
from carnet.review.portfolio_files import read_sheet
from carnet.review.portfolio_table import read_table
from tests.builders import BASE

CATALOG = open_catalog(base=BASE)
HEAD = "id,kind,vehicle.category,vehicle.gross_mass [t],vehicle.tested_to\n"


def problems(folder: Path, text: str | bytes, markets: tuple[str, ...] = ("xa",), name: str = "v.csv") -> str:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(CarnetError) as refused:
        read_table(read_sheet(path), CATALOG, markets)
    return str(refused.value).replace(str(path), name)


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("v1,vehicle,N9,12,", "v.csv:2:3: vehicle.category: 'N9' is not one of"),
        ("v1,vehicle,N3,heavy,", "v.csv:2:4: 'heavy' is not an amount with a unit"),
        ("v1,vehicle,N3,12 kWh,", "v.csv:2:4: vehicle.gross_mass: 12 kWh is not a mass"),
        ("v1,lorry,N3,12,", "v.csv:2:2: no kind of subject is called 'lorry'"),
        (",vehicle,N3,12,", "v.csv:2:1: this variant has no id"),
        ("v1,vehicle,N3,12,\nv1,vehicle,N3,12,", "v.csv:3:1: the id 'v1' stands already in line 2"),
        ("v1,vehicle,N3,12,CR 10.02 [test_raport]", "did you mean 'test_report'?"),
        ("v1,vehicle,N3,12,CR 10.02 [xa]", "names no kind of document"),
        ("v1,vehicle,N3,12,\"CR 10.02 [test_report, 2026-13]\"", "there is no month 13"),
        ("v1,vehicle,N3,12,\"CR 10.02 [test_report, zz]\"", "no economy of the code 'zz' is known"),
        ("v1,vehicle,N3,12,\"CR 10.02 [test_report, 2026, until 2025]\"", "expires before it was issued"),
        ("v1,vehicle,N3", "v.csv:2:1: this row has 3 cells, the heading 5"),
        ("v1,vehicle,N3,12,\"open", "v.csv:2:1: the table cannot be read on"),
    ],
)  # fmt: skip
def test_a_bad_cell_is_named(row: str, says: str, tmp_path: Path):
    assert says in problems(tmp_path, HEAD + row + "\n")


@pytest.mark.parametrize(
    ("head", "says"),
    [
        ("id,kind,vehicle.categry", "v.csv:1:3: no fact is called 'vehicle.categry'; did you mean 'vehicle.category'?"),
        ("id,kind,vehicle.category,vehicle.category", "v.csv:1:4: the heading 'vehicle.category' stands twice"),
        ("id,kind,vehicle.gross_mass [kWh]", "vehicle.gross_mass is not in kWh"),
        ("id,kind,vehicle.category [t]", "vehicle.category is a word and has no unit"),
        ("id,kind,vehicle.gross_mass [t],vehicle.gross_mass [kg]", "vehicle.gross_mass has a second column"),
        ("kind,vehicle.category", "there is no column 'id'"),
        ("id,vehicle.category", "nothing says what the rows are"),
        ("id,kind,", "this column has no heading"),
        ("id,kind,pair.way", "pair.way is said of pair, not of a row"),
    ],
)
def test_a_bad_heading_is_named(head: str, says: str, tmp_path: Path):
    cells = ",".join(["v1", *["" for _ in head.split(",")[1:]]])

    assert says in problems(tmp_path, f"{head}\n{cells}\n")


@pytest.mark.parametrize(
    ("raw", "name", "says"),
    [
        (b"", "v.csv", "the table is empty"),
        (b"id,kind\n", "v.csv", "a heading and no rows"),
        (b"\xff\xfei\x00d\x00", "v.csv", "this is UTF-16"),
        (b"id,kind\nv1,\xe4\n", "v.csv", "v.csv:2:1: byte 11 is not UTF-8"),
        (b"id,kind\nv1,ve\x00hicle\n", "v.csv", "v.csv:2:1: a zero byte"),
        (b"id,kind\nv1," + b"x" * 30_000 + b"\n", "v.csv", "field larger than field limit"),
        (b"PK\x03\x04 no zip", "v.xlsx", "this is not a workbook that can be read"),
        (b"PAR1 no parquet", "v.parquet", "this is not a Parquet file that can be read"),
    ],
)
def test_a_broken_file_is_a_sentence(raw: bytes, name: str, says: str, tmp_path: Path):
    assert says in problems(tmp_path, raw, name=name)


def test_a_formula_in_a_workbook_is_refused(tmp_path: Path):
    from openpyxl import Workbook

    book = Workbook()
    book.active.append(["id", "kind", "vehicle.category"])
    book.active.append(["v1", "vehicle", "=1+1"])
    book.save(tmp_path / "v.xlsx")

    with pytest.raises(CarnetError, match=r":2:3: a formula stands here"):
        read_sheet(tmp_path / "v.xlsx")


def test_csv_parquet_and_workbook_say_the_same(tmp_path: Path):
    import pyarrow as pa
    import pyarrow.parquet as pq
    from openpyxl import Workbook

    heads = ["id", "kind", "vehicle.gross_mass [t]", "vehicle.used", "vehicle.seats"]
    rows = [["a", "vehicle", 3.5, True, 5], ["b", "vehicle", None, False, 2]]
    text = "\n".join([",".join(heads), "a,vehicle,3.5,true,5", "b,vehicle,,false,2"])
    (tmp_path / "v.csv").write_text(text + "\n")
    pq.write_table(pa.table({h: [r[n] for r in rows] for n, h in enumerate(heads)}), tmp_path / "v.parquet")
    book = Workbook()
    for row in (heads, *rows):
        book.active.append(row)
    book.save(tmp_path / "v.xlsx")

    tables = [read_table(read_sheet(tmp_path / f"v.{k}"), CATALOG, ("xa",)) for k in ("csv", "parquet", "xlsx")]

    said = [[[None if c < 0 else s.values[c] for c in s.codes] for s in t.said] for t in tables]
    assert said[0] == said[1] == said[2]
    assert said[0][1] == [True, False]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(raw=st.one_of(st.binary(max_size=300), st.text(max_size=300).map(lambda t: (HEAD + t).encode())))
def test_no_table_breaks_the_reading(raw: bytes, tmp_path: Path):
    path = tmp_path / "v.csv"
    path.write_bytes(raw)
    with contextlib.suppress(CarnetError):
        assert len(read_table(read_sheet(path), CATALOG, ("xa",), "vehicle")) > 0
