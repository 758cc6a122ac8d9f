"""The terminal grid is readable at eighty columns, without color, and says what it leaves out."""

import re
from dataclasses import replace

import pytest
from rich.cells import cell_len

from carnet.dossier.grid import render
from carnet.dossier.wording import MARKS
from tests.dossiers import HOSTILE, corridor, finding, hostile, library, many, project


def lines(dossier, **options):
    return render(dossier, library(), **options).splitlines()


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("dossier", [corridor(), hostile(), many(500)], ids=["corridor", "hostile", "many"])
def test_no_line_is_wider_than_the_terminal(dossier, width):
    assert [line for line in lines(dossier, width=width) if cell_len(line) > width] == []


def test_every_verdict_is_told_by_word_and_shape():
    text = render(corridor(), library())

    for verdict in corridor().findings:
        mark = MARKS[verdict.verdict]
        assert f"{mark.shape} {mark.word}" in text


def test_without_color_there_is_no_escape_and_with_color_the_words_stay_the_same():
    plain, colored = render(corridor(), library()), render(corridor(), library(), color=True)

    assert "\x1b" not in plain
    assert "\x1b[" in colored
    assert [line.rstrip() for line in re.sub(r"\x1b\[[0-9;]*m", "", colored).splitlines()] == plain.splitlines()


def test_a_terminal_without_unicode_gets_ascii():
    assert render(hostile(), library(), unicode=False).isascii()


def test_a_title_cannot_steer_the_terminal():
    text = render(corridor(project=project(title="\x1b[2J\x1b]0;owned\x07 evil")), library(), color=True)

    assert "\x1b[2J" not in text
    assert "\x1b]0;" not in text
    assert "\x07" not in text


def test_the_shorter_axis_goes_across():
    first = lines(corridor())[3:6]

    assert any("Thailand" in line and "Viet Nam" in line for line in first)  # 3 markets across, 8 subjects down


def test_a_table_too_wide_is_cut_into_bands_and_loses_no_cell():
    text = render(corridor(), library(), width=50)

    assert all(name in text for name in ("Thailand", "Viet Nam", "United Arab"))
    assert text.count("✕ unmet") >= 4


def test_a_cell_shows_its_gravest_verdict_and_counts_every_verdict():
    findings = (
        finding(verdict="met", rule="th.a"),
        finding(verdict="unmet", rule="th.b"),
        finding(verdict="met", rule="th.c"),
    )

    row = next(i for i, line in enumerate(lines(corridor(findings=findings))) if line.startswith(" pack"))
    cell = lines(corridor(findings=findings))[row : row + 3]

    assert "✕ unmet" in cell[0]
    assert "in force" in cell[1]
    assert "1✕ 2●" in cell[2]


def test_an_empty_cell_never_says_that_nothing_is_required():
    text = render(corridor(findings=()), library())

    assert "nothing reviewed" in text
    assert "does not stand here" in text  # the public charger stands in two markets only


def test_the_worst_comes_first_and_the_rest_is_counted():
    text = render(many(300), library(), most=5)
    shown = re.search(r"the worst (\d+) of ([\d,]+)", text)

    assert shown
    assert int(shown[1]) == 5
    assert f"{int(shown[2]) - 5} more stand open" in text
    assert "carnet why FINDING" in text


def test_each_open_finding_shows_its_because_its_question_and_its_source():
    one = finding(because="No report is shown.", question="Is there a report?")

    text = render(corridor(findings=(one,)), library())

    assert "No report is shown." in text
    assert "ask: Is there a report?" in text
    assert "UN Regulation No. 100, 03 series" in text


def test_what_is_only_reported_says_so():
    reported = finding(source=replace(finding().source, grade="trade_press"))

    assert "reported, not read" in render(corridor(findings=(reported,)), library())
    assert "reported, not read" not in render(corridor(findings=(finding(),), exposure=()), library())


def test_what_several_markets_share_is_told_once():
    shared = [finding("any.x", ("swap",), market=m, because="No scheme is stated.") for m in ("th", "vn", "ae")]

    text = render(corridor(findings=tuple(shared)), library())

    assert text.count("No scheme is stated.") == 1
    assert "Thailand, Viet Nam and United Arab Emirates: swap" in text


def test_exposure_comes_with_the_event_that_would_make_it_bind():
    text = " ".join(render(corridor(), library()).split())

    assert "would bind: Signature by the minister, then twelve months; look again 2027-06" in text


def test_nothing_open_is_said():
    assert "Nothing is unmet, unproven or undecided" in render(corridor(findings=(finding(verdict="met"),)), library())


def test_long_titles_do_not_push_the_grid_apart():
    grid = "\n".join(lines(hostile())[4:40])

    assert HOSTILE[:60] not in grid
