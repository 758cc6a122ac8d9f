"""Each rung of influence has a day and a source: a claim stays a claim, and silence counts where one has looked."""

import json

import pytest

from carnet import app
from carnet.catalog import open_catalog, query
from tests.builders import carnet, file, lay

SOURCES = {
    "decree": {"number": "Decree 7", "seen": "2026-01-10", "class": "official_text", "read": "summary"},
    "courier": {"number": "The Courier", "seen": "2026-01-10", "class": "news", "read": "summary"},
    "search": {
        "number": "Search of stored pages",
        "title": "CR 10 and Aria, 2026-01-10: nothing",
        "seen": "2026-01-10",
        "class": "none",
        "read": "summary",
    },
    "memory": {"number": "remembered", "class": "none", "read": "remembered"},
}
CITED = {
    "id": "xa.cr-10",
    "market": "xa",
    "text": "CR 10",
    "title": "The decree cites it",
    "rung": "cited",
    "day": "2025-03-01",
    "source": "decree",
}


def ladder(*rows: dict) -> object:
    """A file of the ladder with these rows, each the cited one unless it says otherwise."""
    whole = [{k: v for k, v in {**CITED, **row}.items() if v is not None} for row in rows]
    return file("ladder/xa.yaml", json.dumps({"sources": SOURCES, "ladder": whole}))


def said(tmp_path, *rows: dict) -> list[str]:
    problems, _ = app.check_library(lay(tmp_path, ladder(*rows)))
    return [str(p).split(": ", 2)[-1].split("\n")[0] for p in problems]


def test_later_rungs_stand_beside_earlier_ones(tmp_path):
    earlier = {"id": "xa.cr-10.heard", "rung": "mentioned", "day": "2024-06", "source": "courier"}

    assert said(tmp_path, earlier, {}) == []


def test_what_the_press_says_of_a_rung_is_a_report(tmp_path):
    catalog = open_catalog(base=lay(tmp_path, ladder({"source": "courier"})))

    (row,) = query.rows(catalog, "ladder", market="xa")

    assert (row["rung"], row["day"], row["reported"]) == ("cited", "2025-03-01", True)


def test_what_a_decree_says_is_no_report_and_a_search_that_found_nothing_is_no_claim(tmp_path):
    silence = {"id": "xa.cr-11", "text": "CR 10.02", "rung": "not_mentioned", "source": "search"}
    catalog = open_catalog(base=lay(tmp_path, ladder({}, silence)))

    assert [r["reported"] for r in query.rows(catalog, "ladder")] == [False, False]


def test_a_list_is_narrowed_by_market_and_by_text(tmp_path):
    abroad = {"id": "xb.cr-10", "market": "xb", "text": "CR 10.02"}
    catalog = open_catalog(base=lay(tmp_path, ladder({}, abroad)))

    assert [r["id"] for r in query.rows(catalog, "ladder", market="xb")] == ["xb.cr-10"]
    assert [r["id"] for r in query.rows(catalog, "ladder", standard="CR 10.02")] == ["xb.cr-10"]


def test_the_terminal_shows_rung_and_day(tmp_path):
    root = lay(tmp_path, ladder({"against": True, "source": "courier"}))

    printed = carnet(root, "catalog", "list", "ladder", "--market", "xa")

    assert "xa.cr-10  [CR 10; cited; against; reported, not read; 2025-03-01; news, summary]" in printed.out


def test_a_question_needs_no_rung(tmp_path):
    asking = {"rung": None, "day": None, "asks": "Does the decree cite it?", "asked": "2026-01-10", "source": "memory"}

    assert said(tmp_path, asking) == []


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ({"rung": None}, "has no rung and no dated question"),
        ({"day": None}, "stands on 'cited' without a day"),
        (
            {"rung": "not_mentioned", "source": "memory"},
            "nothing was found, but its source does not say what was searched",
        ),
        ({"text": "CR 1"}, "no standard is written 'CR 1'"),
        (
            {"rung": "not_mentioned", "source": "search", "against": True},
            "is against a text that it does not mention",
        ),
        ({"source": "gazette"}, "no source of this file is called 'gazette'"),
        ({"market": "zz9"}, "no economy or union is called 'zz9'"),
    ],
)
def test_what_is_wrong_with_a_row_is_said_with_its_name(tmp_path, row, sentence):
    assert any(line.startswith(sentence) for line in said(tmp_path, row)), said(tmp_path, row)


def test_one_day_holds_one_rung(tmp_path):
    assert said(tmp_path, {}, {"id": "xa.cr-10.again"}) == [
        "xa and 'CR 10' have two rows of 2025-03-01, the first is xa.cr-10"
    ]
