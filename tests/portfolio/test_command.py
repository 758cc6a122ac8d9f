"""carnet portfolio counts, compares, narrows, explains and writes; the same files give the same bytes."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from carnet.waist import VERDICTS
from tests.builders import SHOWN, Ran, carnet, lay, pack, rule, truck, write_project

TABLE = """id,kind,markets,vehicle.category,battery.tested_to
=cmd,vehicle,xa,N3,"CR 10.02 [test_report, 2026-01, until 2027-06-30]"
bare,vehicle,xa; xd,M1,
"""
RULES = (
    rule("xa.pack.safety", demands=SHOWN, evidence=["test_report"]),
    rule("xa.truck.width", about="vehicle", applies="vehicle.category in [N]", demands="vehicle.used"),
)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    lay(tmp_path, *RULES)
    (tmp_path / "v.csv").write_text(TABLE)
    return tmp_path


def ask(place: Path, *words: object) -> Ran:
    return carnet(place / "library", "portfolio", place / "v.csv", "--on", "2026-11-21", *words)


def test_the_contract(place: Path):
    ran = ask(place, "--format", "json")

    assert ran.code == 0
    assert ran.json["schema"] == "carnet/portfolio/1"
    assert list(ran.json["counts"]) == list(VERDICTS)
    # the one pack is met; the N3 is unproven and the M1 not concerned; approval is open for a vehicle in each market
    assert ran.json["counts"] == {
        "not_applicable": 1,
        "met": 1,
        "residual": 0,
        "undecided": 3,
        "unproven": 1,
        "unmet": 0,
    }
    assert ran.json["cells"] == sum(ran.json["counts"].values()) == 6
    assert ran.json["seconds"] > 0
    assert (ran.json["variants"], ran.json["subjects"]) == (2, 3)


def test_the_table_reads_in_a_terminal(place: Path):
    ran = ask(place)

    assert "2 variants, 3 subjects, 2 markets, 6 cells on 2026-11-21" in ran.out
    assert "safety" in ran.out
    assert "\x1b" not in ran.out


def test_what_moves_between_two_days(place: Path):
    moved = ask(place, "--versus", "2027-07-01", "--format", "json").json["diff"]

    assert moved["moves"] == [{"from": "met", "to": "unproven", "cells": 1}]
    assert moved["rules"][0]["first"] == ["=cmd/=cmd-battery_pack"]


def test_only_products_known_to_be_so(place: Path):
    ran = ask(place, "--where", "vehicle.category == N3", "--format", "json")

    assert ran.json["counts"]["met"] == 1
    assert ran.json["cells"] == 3
    assert "no fact is called 'vehicle.categry'" in ask(place, "--where", "vehicle.categry == N3").err


def test_every_cell_is_written_as_text(place: Path):
    ran = ask(place, "--csv", place / "c.csv", "--parquet", place / "c.parquet", "--xlsx", place / "c.xlsx")
    rows = list(csv.DictReader(io.StringIO((place / "c.csv").read_text())))

    import pyarrow.parquet as pq
    from openpyxl import load_workbook

    assert ran.code == 0
    assert len(rows) == 6
    assert {r["product"] for r in rows} == {"'=cmd", "bare"}  # never a formula
    table = pq.read_table(place / "c.parquet").to_pylist()
    assert [r["verdict"] for r in table] == [r["verdict"] for r in rows]
    sheet = load_workbook(place / "c.xlsx")["Cells"]
    assert [c.value for c in sheet["G"]][1:] == [r["verdict"] for r in rows]


def test_the_same_files_give_the_same_bytes(place: Path):
    written = []
    for n in (1, 2):
        files = {k: place / f"{n}.{k}" for k in ("csv", "parquet", "xlsx", "html")}
        ask(place, *(w for k, f in files.items() for w in (f"--{k}", f)))
        written.append([f.read_bytes() for f in files.values()])

    assert written[0] == written[1]


def test_the_page_stands_alone(place: Path):
    ask(place, "--html", place / "p.html", "--versus", "2027-07-01")
    page = (place / "p.html").read_text()

    assert "<svg" in page
    assert "<script" not in page
    assert "=cmd" not in page  # products are in the cells, not on the page


def test_a_row_is_explained_by_the_interpreter(place: Path):
    ran = ask(place, "--why", "bare")

    assert "xa.pack.safety" not in ran.out  # this row has no pack
    assert "xa.truck.width" in ran.out
    assert ask(place, "--why", "bore").code == 3


def test_projects_and_tables_are_asked_together(place: Path):
    project = write_project(place, truck(), pack(fitted_to=["truck"]))

    ran = ask(place, project, "--format", "json")

    assert ran.json["variants"] == 3
    assert ran.json["counts"]["unproven"] == 3  # the table's truck, the project's pack and truck


def test_exit_codes(place: Path):
    assert ask(place, "--fail-on", "unproven").code == 1
    assert ask(place, "--fail-on", "never").code == 0
    assert ask(place, "--markets", "zz").code == 3
    assert ask(place, place / "missing.csv").code == 2
