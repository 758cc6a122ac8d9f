"""The HTML dossier is one file: no request, no script, every cell leads to its findings, hostile text stays text."""

import re
from html.parser import HTMLParser
from itertools import product

import pytest

from carnet.dossier.html import TEMPLATES, render
from tests.dossiers import HOSTILE, MEMORY, corridor, finding, hostile, library, project

VOID = {"meta", "input", "br", "img", "link", "col"}


class Page(HTMLParser):
    """Every element with its attributes, the text of each, and whether tags nest."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.stack: list[str] = []
        self.crossed: list[str] = []
        self.text: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.stack.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.stack or self.stack.pop() != tag:
            self.crossed.append(tag)

    def handle_data(self, data: str) -> None:
        if self.stack and self.stack[-1] != "style":
            self.text.append(data)

    def attributes(self, name: str) -> list[str]:
        return [attrs[name] or "" for _, attrs in self.elements if name in attrs]

    def tags(self, name: str) -> list[dict[str, str | None]]:
        return [attrs for tag, attrs in self.elements if tag == name]


@pytest.fixture(scope="module", params=["corridor", "hostile"])
def page(request) -> Page:
    return Page(render({"corridor": corridor, "hostile": hostile}[request.param](), library()))


def test_nothing_is_fetched(page):
    assert page.attributes("src") == []
    assert [href for href in page.attributes("href") if not href.startswith("#")] == []
    assert not {"script", "link", "iframe", "object", "embed", "img", "form", "base"} & {
        tag for tag, _ in page.elements
    }
    assert not re.search(r"@import|url\(", (TEMPLATES / "page.css").read_text(encoding="utf-8"))


def test_a_policy_forbids_what_a_title_might_ask_for(page):
    (policy,) = [m["content"] for m in page.tags("meta") if m.get("http-equiv") == "Content-Security-Policy"]

    assert "default-src 'none'" in str(policy)
    assert "script" not in str(policy)


def test_no_element_has_a_handler_and_all_tags_close(page):
    assert [name for _, attrs in page.elements for name in attrs if name.startswith("on")] == []
    assert (page.crossed, page.stack) == ([], [])


def test_every_link_leads_to_one_place(page):
    ids = page.attributes("id")

    assert len(ids) == len(set(ids))
    assert [href for href in page.attributes("href") if href[1:] not in ids] == []


def test_every_cell_of_the_grid_leads_to_its_findings():
    text = render(corridor(), library())
    cells = re.findall(r'<td role="cell" class="\w+"><a href="#([^"]+)"', text)

    assert len(cells) == 22  # 3 markets x 8 subjects, less the charger and the pair that do not stand in one of them
    assert all(f'<section class="about" id="{cell}"' in text for cell in cells)


def test_the_page_speaks_its_language_and_can_be_walked_without_a_mouse(page):
    assert page.tags("html")[0]["lang"] == "en"
    assert next(attrs["class"] for tag, attrs in page.elements if tag == "a") == "skip"
    assert all(th.get("scope") in ("col", "row") for th in page.tags("th"))
    assert page.tags("caption")
    assert all(
        a.get("tabindex") == "0" and (a.get("aria-label") or a.get("aria-labelledby"))
        for a in page.tags("div")
        if a.get("role") == "region"
    )


def test_hostile_text_is_still_there_as_text():
    page = Page(render(hostile(), library()))
    shown = "".join(page.text)

    assert HOSTILE[: HOSTILE.index("\x1b")] in shown
    assert "中文 日本語 한국어 ภาษาไทย Tiếng Việt العربية" in shown
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202e]", shown)
    assert "49" not in shown  # {{ 7*7 }} was not evaluated


def test_the_first_screen_says_title_days_event_engine_and_library():
    first = render(corridor(), library()).partition('<nav aria-label="Contents"')[0]

    for said in (
        "Swap tractor for three corridors",
        "2027-03-01",
        "2026-11-21",
        "placing on the market",
        "carnet 0.1.0",
        "3fa2b1c09d4e",
    ):
        assert said in first


def test_verdict_and_standing_are_told_by_word_and_shape_not_by_color_alone():
    grid = render(corridor(), library()).partition("</table>")[0]

    assert grid.count('<span class="shape" aria-hidden="true">✕</span>unmet') >= 4
    assert grid.count(">in force<") >= 10
    assert grid.count(">contract<") >= 5


def test_an_entry_shows_what_stands_behind_it():
    text = render(corridor(), library())
    entry = text[text.index('id="th/th.reess.safety@pack"') :].partition("</article>")[0]

    for said in (
        "r100-pack", "test report, UN R100.03, by Example Technical Service, issued 2025-06-30",
        "Approvals to UN Regulations are accepted between parties applying them", "label in the language of the market",
        "clause 6.2", "law firm, read in summary", "seen 2026-11-21", "through UN 1958 Agreement", "corridor.yaml:23:3",
    ):  # fmt: skip
        assert said in entry


def test_reported_is_never_shown_as_read():
    remembered = render(corridor(findings=(finding(source=MEMORY),), exposure=(), completeness=(), steps=()), library())
    by_note = render(
        corridor(findings=(finding(notes=("reported, not read",)),), exposure=(), completeness=(), steps=()), library()
    )
    read = render(corridor(findings=(finding(),), exposure=(), completeness=(), steps=()), library())

    entries = [text.partition("<article")[2].partition("</article>")[0] for text in (remembered, by_note, read)]

    assert ["reported, not read" in entry for entry in entries] == [True, True, False]
    assert "never seen" in entries[0]


def test_what_is_met_is_folded_and_what_is_open_is_not():
    text = render(corridor(), library())

    unmet, met = text.index('id="th/th.vehicle.side@tractor"'), text.index('id="th/th.vehicle.emc@tractor"')

    assert text.count("<details", 0, unmet) == text.count("</details>", 0, unmet)
    assert text.count("<details", 0, met) > text.count("</details>", 0, met)


def test_a_middle_stands_only_where_somebody_quoted_it():
    text = render(corridor(), library())

    assert "USD 40,000 to 90,000, quoted 65,000 (priced 2026-11)" in text
    assert "USD 80,000 to 350,000 (priced 2026-11)" in text


def test_inputs_are_listed_whole_with_the_way_to_recompute():
    text = render(corridor(), library())

    assert "sha256:" + "1a" * 32 in text
    assert "carnet evidence verify" in text


def test_an_empty_dossier_still_says_what_silence_means():
    text = render(
        corridor(findings=(), exposure=(), completeness=(), steps=(), questions=(), project=project(evidence=())),
        library(),
    )

    assert "nothing reviewed" in text
    assert "That is a statement about the library, not about the markets." in text
    assert Page(text).crossed == []


def palettes() -> list[dict[str, str]]:
    """The colors of the light and the dark page."""
    css = (TEMPLATES / "page.css").read_text(encoding="utf-8")
    blocks = re.findall(r":root \{(.*?)\}", css, re.DOTALL)[:2]
    return [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block)) for block in blocks]


def luminance(color: str) -> float:
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """WCAG 2.x: (lighter + 0.05) / (darker + 0.05)."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("colors", palettes(), ids=["light", "dark"])
def test_every_word_stands_out_from_its_ground(colors):
    verdicts = ("unmet", "unproven", "undecided", "residual", "met", "not_applicable")
    grounds = ["paper", "panel", *(f"{v}-bg" for v in verdicts)]

    weak = [
        f"{word} on {ground}: {contrast(colors[word], colors[ground]):.1f}"
        for word, ground in product((*verdicts, "ink", "soft"), grounds)
        if contrast(colors[word], colors[ground]) < 4.5
    ]

    assert weak == []
    assert contrast(colors["link"], colors["paper"]) >= 4.5
