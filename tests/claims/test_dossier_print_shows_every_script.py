"""The PDF shows names in their own scripts, keeps hostile text as text, and says what it cannot show."""

from io import BytesIO

import pytest
from pypdf import PdfReader

from carnet.dossier import typeset
from carnet.dossier.pdf import render
from tests.dossiers import HOSTILE, MEMORY, corridor, finding, hostile, library, many, project

NOTO = "fonts of the Noto family are not on this machine (.ci/debian fonts-noto-core fonts-noto-cjk)"


def read(dossier):
    return PdfReader(BytesIO(render(dossier, library())))


def text(dossier, pages=None):
    return " ".join(" ".join(page.extract_text() for page in read(dossier).pages[:pages]).split())


def noto(*families):
    if not set(families) <= typeset.families():
        pytest.skip(NOTO)


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("电动重卡", "Noto Sans CJK SC"),
        ("電気トラック", "Noto Sans CJK SC"),
        ("전기 트럭", "Noto Sans CJK KR"),
        ("รถบรรทุกไฟฟ้า", "Noto Sans Thai"),
        ("xe tải điện Việt", "Libertinus Serif"),
        ("شاحنة", "Noto Sans Arabic"),
    ],
)
def test_a_name_is_set_in_its_own_script(name, family):
    noto(family)
    one = corridor(project=project(title=name), findings=(), exposure=(), completeness=(), questions=(), steps=())
    first = read(one).pages[0]
    fonts = [str(f.get_object()["/BaseFont"]) for f in first["/Resources"]["/Font"].values()]

    printed = set(first.extract_text())

    assert any(family.replace(" ", "").lower() in font.lower() for font in fonts)
    if "Arabic" not in family:  # its letters come back in their joined shapes
        assert {c for c in name if c.isalpha()} <= printed


def test_without_a_font_the_first_page_names_the_script(monkeypatch):
    monkeypatch.setattr(typeset, "families", lambda: frozenset({typeset.BODY, typeset.SHAPES}))

    said = text(corridor(project=project(title="ภาษาไทย 日本語 한국어")), pages=1)

    assert "No font for Chinese characters, Korean, Thai was found" in said


def test_latin_text_uses_only_the_fonts_that_come_with_the_engine():
    fonts, lost = typeset.faces({"title": "Tiếng Việt, Straße, Łódź, ελληνικά", "shape": "✕○◐●"})

    assert (fonts, lost) == ([typeset.BODY, typeset.SHAPES], [])


def test_hostile_text_is_printed_and_never_obeyed():
    said = text(hostile())

    for part in ("<script>alert(1)</script>", '#panic("x")', "$x$ *b* _i_ `c`", "{{ 7*7 }}", "=HYPERLINK("):
        assert part in said


def test_a_word_without_end_stays_on_the_page():
    one = corridor(findings=(finding(because="x" * 4000),))

    assert len(read(one).pages) >= 2
    assert text(one).replace("\u200b", "").replace(" ", "").count("x" * 40) >= 50


def test_the_grid_lies_on_a_landscape_page_and_the_findings_stand():
    pages = read(corridor()).pages
    sizes = [(float(page.mediabox.width), float(page.mediabox.height)) for page in pages]

    assert sizes[0][0] > sizes[0][1]
    assert all(width < height for width, height in sizes[1:])


def test_the_first_page_says_title_days_event_and_every_cell():
    said = text(corridor(), pages=1)

    for part in (
        "Swap tractor for three corridors",
        "2027-03-01",
        "2026-11-21",
        "placing on the market",
        "Thailand",
        "carnet 0.1.0",
    ):
        assert part in said
    assert said.count("unproven") >= 12
    assert "does not stand here" in said


def test_every_finding_is_printed_with_its_because_and_its_source():
    said = text(corridor()).replace(" ", "")  # a long id may break at its dots

    for one in corridor().findings:
        assert one.because.replace(" ", "") in said
        assert one.rule in said
        assert all(item in said for item in one.evidence)


def test_reported_is_printed_as_reported():
    quiet = corridor(findings=(finding(),), exposure=(), completeness=(), steps=(), questions=())
    loud = corridor(findings=(finding(source=MEMORY),), exposure=(), completeness=(), steps=(), questions=())

    # The legend of the last page explains the mark once.
    assert text(quiet).count("reported, not read") == 1
    assert text(loud).count("reported, not read") == 2


def test_the_file_carries_title_and_day_of_the_law():
    meta = read(corridor()).metadata

    assert meta.title == "Swap tractor for three corridors"
    assert meta.creation_date.date().isoformat() == "2027-03-01"


def test_more_than_nine_subjects_go_into_further_bands():
    extra = tuple(finding("th.x", (f"extra-{n}",)) for n in range(12))

    said = text(corridor(findings=(*corridor().findings, *extra)))

    assert all(f"extra-{n}" in said for n in range(12))


def test_a_thousand_findings_are_all_there():
    said = text(many(1000))

    assert all(f"part {n}" in said for n in (0, 499, 999))


def test_the_hostile_text_of_these_tests_has_every_script():
    assert {"中", "日", "한", "ภ", "ế", "ع"} <= set(HOSTILE)
