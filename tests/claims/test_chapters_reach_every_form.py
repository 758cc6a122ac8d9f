"""What a room shows beside its facts stands in every form of the dossier, as text, and changes no verdict."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import jsonschema
import openpyxl
import pypdf
import pytest

from carnet import drawing
from carnet.chapter import Chapter, Figure, Listing, Table, Text
from carnet.dossier import FORMATS
from carnet.dossier.json import schema
from tests.dossiers import corridor, library

NASTY = "<script>alert(1)</script> & =1+1"
CHAPTER = Chapter(
    "carbon",
    "Footprint of the pack",
    "77 kg CO2e per kWh under the first method, 73 under the second.",
    (
        Text(f"A paragraph {NASTY}"),
        Listing(("first point", NASTY)),
        Table("Stages", ("Stage", "kg CO2e"), (("raw materials", "30.5"), (NASTY, "46.5")), "sums to 77", (1,)),
        Figure(
            "Why they differ",
            drawing.waterfall([(NASTY, -8.1), ("boundary", 4.2)], ("A", 77.0), ("B", 73.1), "kg"),
            "From 77 to 73.1: electricity -8.1, boundary +4.2.",
            "Rounded.",
        ),
    ),
)


@pytest.fixture(scope="module")
def shown() -> dict[str, str | bytes]:
    dossier = replace(corridor(), chapters=(CHAPTER,))
    return {name: form.function(dossier, library()) for name, form in FORMATS.items()}


def test_the_contract_holds(shown: dict[str, str | bytes]) -> None:
    found = json.loads(shown["json"])
    jsonschema.validate(found, schema())
    kinds = [part["part"] for part in found["chapters"][0]["parts"]]
    assert kinds == ["text", "listing", "table", "figure"]
    assert found["chapters"][0]["parts"][2]["rows"][1] == [NASTY, "46.5"]


def test_the_page_shows_the_picture_and_keeps_text_as_text(shown: dict[str, str | bytes]) -> None:
    page = str(shown["html"])
    assert "<svg" in page
    assert "<script>alert" not in page
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 4
    assert 'href="#chapter-carbon"' in page
    assert "sums to 77" in page


def test_the_print_holds_words_and_picture(shown: dict[str, str | bytes]) -> None:
    reader = pypdf.PdfReader(io.BytesIO(bytes(shown["pdf"])))
    words = "\n".join(page.extract_text() for page in reader.pages)
    for said in ("Footprint of the pack", "raw materials", "electricity -8.1", "sums to 77", "first point"):
        assert said in words
    again = FORMATS["pdf"].function(replace(corridor(), chapters=(CHAPTER,)), library())
    assert again == shown["pdf"]


def test_the_workbook_has_a_sheet_of_it(shown: dict[str, str | bytes]) -> None:
    book = openpyxl.load_workbook(io.BytesIO(bytes(shown["xlsx"])))
    sheet = book["1 Footprint of the pack"]
    cells = [cell.value for row in sheet.iter_rows() for cell in row if cell.value]
    assert "raw materials" in cells
    assert CHAPTER.lead in cells
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)


@pytest.mark.parametrize("form", ["md", "human", "jsonl"])
def test_short_forms_say_its_lead(shown: dict[str, str | bytes], form: str) -> None:
    assert "77 kg CO2e per kWh" in " ".join(str(shown[form]).split())


def test_no_chapter_leaves_no_trace() -> None:
    page = str(FORMATS["html"].function(corridor(), library()))
    assert 'class="chapter"' not in page
