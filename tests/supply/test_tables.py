"""The tables of data/supply say what they are, where each row comes from and how it was read."""

import csv
import re
import shutil
from pathlib import Path

import pytest

from carnet.errors import BadData
from carnet.supply.tables import NAMES, Tables, read_table

ROOT = Path(__file__).resolve().parents[2]
SUPPLY = ROOT / "data" / "supply"


@pytest.mark.parametrize("name", NAMES)
def test_every_table_reads_with_its_digest_and_a_source_per_row(name):
    table = Tables()[name]

    assert table.rows
    assert table.license
    assert all(r.source.number for r in table.rows)
    assert all(columns["means"] for columns in table.columns.values())


@pytest.mark.parametrize("name", NAMES)
def test_what_is_remembered_was_never_seen(name):
    for row in Tables()[name].rows:
        if row.source.read == "remembered":
            assert row.source.seen is None
            assert row.source.grade == "none"
        else:
            assert row.source.seen


def test_the_folder_holds_these_tables_and_no_other():
    assert sorted(p.stem for p in SUPPLY.glob("*.csv")) == sorted(NAMES)


def test_the_passport_has_ninety_three_fields():
    rows = Tables()["passport"].rows

    assert len({r["key"] for r in rows}) == 93
    interest = {"legitimate_interest", "legitimate_interest_and_commission"}
    assert {r["access"] for r in rows} == {"public", "authority"} | interest


def test_a_conflict_asks_a_question_instead_of_choosing():
    (declaration,) = Tables()["targets"].where(id="eu-rc-doc")

    assert declaration["asks"].endswith("?")
    assert {"2028-08-18", "2027-02-18"} <= set(re.findall(r"\d{4}-\d\d-\d\d", declaration["asks"]))


def test_a_changed_table_is_named(tmp_path):
    for path in SUPPLY.glob("custody.*"):
        shutil.copy(path, tmp_path)
    table = tmp_path / "custody.csv"
    table.write_bytes(table.read_bytes().replace(b"physical", b"phisical", 1))

    with pytest.raises(BadData, match="not the one recorded"):
        read_table(tmp_path, "custody")


def test_output_agrees_with_the_published_table(shared):
    """The shared subset was re-typed on its own from the same release: figures of 2023 and 2024 are the same."""
    path = shared / "supply" / "usgs" / "mcs2025_battery_subset.csv"
    crosswalk = csv.DictReader((ROOT / "data" / "economies" / "crosswalk.csv").read_text(encoding="utf-8").splitlines())
    alpha2 = {row["alpha3"]: row["economy"] for row in crosswalk} | {"OTH": "other"}
    typed = {}
    for row in csv.DictReader(path.read_text(encoding="utf-8").splitlines()):
        mineral = row["commodity"].replace("aluminium", "aluminum")
        typed[mineral, row["stage"], alpha2[row["economy"]], row["year"]] = float(row["value"])

    ours = {
        (row["mineral"], row["stage"], row["economy"], row["year"]): float(row["amount"])
        for row in Tables()["production"].rows
        if row["year"] != "2025"
    }

    assert ours == typed
