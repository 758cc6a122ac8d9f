"""What every rendering shares: the gravest verdict leads, silence is not consent, the cheapest question comes first."""

import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carnet.dossier import FORMATS
from carnet.dossier.actions import actions, questions
from carnet.dossier.view import Board, gravest_first
from carnet.dossier.wording import GRAVEST, clean, digest, money, short, value, weeks
from carnet.waist import VERDICTS, Place, Quantity, Subject
from tests.dossiers import corridor, finding, hostile, library, many, project

VERDICT = st.sampled_from(VERDICTS)


def board(dossier):
    return Board(dossier, library())


@given(st.lists(VERDICT, min_size=1, max_size=12))
def test_a_cell_shows_the_gravest_of_its_verdicts(verdicts):
    found = tuple(finding(f"th.r{i}", verdict=v) for i, v in enumerate(verdicts))
    cell = next(c for c in board(corridor(findings=found)).cells() if c.market == "th")

    assert cell.verdict == max(verdicts, key=VERDICTS.index)
    assert sum(cell.counts.values()) == len(verdicts)
    assert list(cell.counts) == sorted(cell.counts, key=GRAVEST.index)


@given(st.lists(VERDICT, max_size=8), st.randoms(use_true_random=False))
def test_the_order_of_findings_does_not_depend_on_the_order_they_came_in(verdicts, random):
    found = [finding(f"th.r{i}", verdict=v) for i, v in enumerate(verdicts)]
    mixed = list(found)
    random.shuffle(mixed)

    assert gravest_first(mixed) == gravest_first(found)


def test_no_finding_is_lost_on_the_way_to_the_grid():
    dossier = many(777)

    assert sum(len(cell.findings) for cell in board(dossier).cells()) == 777


def test_findings_of_a_pair_stand_in_the_column_of_the_pair():
    found = finding("any.pair.charge", ("depot-gbt", "tractor"), market="th")

    (cell,) = board(corridor(findings=(found,))).cells()

    assert cell.column.key == ("depot",)


def test_what_findings_speak_of_together_gets_a_column_of_its_own():
    found = finding("th.x", ("pack", "station"))

    (cell,) = board(corridor(findings=(found,))).cells()

    assert cell.column.title == "pack + station"


def test_a_pair_stands_only_where_all_its_members_stand():
    one = board(corridor(findings=()))
    public = next(c for c in one.columns if c.key == ("public",))

    assert one.cell("vn", public).silence == "does not stand here"
    assert one.cell("th", public).silence == "nothing reviewed"


def test_a_market_that_only_findings_name_is_still_shown():
    one = board(corridor(findings=(finding("sg.x", market="sg"),)))

    assert one.markets == ("th", "vn", "ae", "sg")


def test_questions_keep_the_order_of_the_review_and_know_what_they_settle():
    asked = questions(board(corridor()))

    assert [a.effort for a in asked] == ["look_up", "ask_authority", "test"]
    assert [len(a.settles) for a in asked] == [3, 3, 3]
    assert asked[0].about == ("swap",)


def test_every_unmet_finding_every_residual_and_every_missing_document_is_an_action():
    dossier = corridor()
    found = actions(board(dossier))

    assert len([a for a in found if a.kind == "remedy"]) == sum(f.verdict == "unmet" for f in dossier.findings)
    assert {a.what for a in found if a.kind == "residual"} == {w for f in dossier.findings for w in f.residual}
    assert any(a.what == "certificate: GB 39752-2024, to replace cert-depot" for a in found if a.kind == "document")
    assert any(a.what == "Owner's manual (in th)" for a in found)


def test_a_quoted_step_stands_before_the_estimate_of_the_library():
    assert board(corridor()).steps["type-approval"].quoted


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_takes_an_empty_dossier(name):
    bare = corridor(
        project=project(subjects=(), evidence=(), facts=(), inputs=()),
        findings=(),
        exposure=(),
        completeness=(),
        questions=(),
        steps=(),
    )

    assert FORMATS[name].function(bare, library())


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_says_whether_it_is_text_or_bytes(name):
    made = FORMATS[name].function(corridor(), library())

    assert isinstance(made, bytes) is FORMATS[name].binary
    assert FORMATS[name].suffix.startswith(".")


def test_asking_for_the_formats_imports_none_of_them():
    heavy = ("jinja2", "typst", "xlsxwriter", "rich")
    code = f"import sys, carnet.dossier; print([m for m in {heavy!r} if m in sys.modules])"

    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert run.stdout.strip() == "[]"


def test_two_pairs_of_the_same_members_share_one_column():
    again = Subject("again", "pair", Place("corridor.yaml", 50, 5), members=("depot-gbt", "tractor"), way="charge")
    subjects = (*project().subjects, again)

    assert [c.key for c in board(replace(corridor(), project=project(subjects=subjects))).columns].count(
        ("depot",)
    ) == 1


@given(st.text())
def test_clean_text_holds_no_control_character(text):
    assert not [
        c
        for c in clean(text)
        if (ord(c) < 32 and c not in "\t\n") or 0x7F <= ord(c) < 0xA0 or c in "\u202a\u202e\u2066"
    ]


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cf", "Cn"))))
def test_clean_leaves_plain_text_alone(text):
    assert clean(text) == text


def test_amounts_read_like_amounts():
    assert (
        money({"low": "1500000", "mid": None, "high": "2000000.50", "currency": "USD", "priced": "2026"})
        == "USD 1,500,000 to 2,000,000.50 (priced 2026)"
    )
    assert money({"low": "100", "mid": None, "high": "100", "currency": "EUR", "priced": None}) == "EUR 100"
    assert money({}) == "not known"
    assert weeks({"low": 8, "mid": 10, "high": 20}) == "8 to 20 weeks, quoted 10"
    assert weeks({"low": None, "mid": None, "high": None}) == "not known"
    assert (value(True), value(Quantity(4, "t")), value(()), value(("a", "b"))) == ("yes", "4 t", "none", "a, b")
    assert digest("sha256:" + "ab" * 32) == "sha256:abababababab..."
    assert short("a very long title indeed, too long for a cell", 20) == "a very long title..."


def test_hostile_dossiers_really_carry_the_hostile_text():
    assert all("<script>" in f.because for f in hostile().findings)


def test_the_economy_of_origin_is_no_market_and_says_why_it_has_a_row():
    one = board(
        corridor(
            findings=(finding("cn.export", ("tractor",), market="cn"),), names=(*corridor().names, ("cn", "China"))
        )
    )

    assert one.summary == "1 finding in 3 markets and in China about 8 subjects."
    assert one.beside("cn") == "where it comes from"
    assert one.beside("th") == ""
