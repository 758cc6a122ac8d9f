"""The dossier in a real browser: it loads alone, works by keyboard and without scripts, fits a phone, and prints."""

import time
from io import BytesIO

import pytest
from pypdf import PdfReader

from carnet.dossier.documents import drafted
from carnet.dossier.html import render
from tests.dossiers import corridor, hostile, library, many

SHIFTED = "document.documentElement.scrollWidth - document.documentElement.clientWidth"

IN_SIGHT = """id => {
    const top = document.getElementById(id).getBoundingClientRect().top;
    return top > -200 && top < innerHeight;
}"""


@pytest.fixture(scope="module")
def page() -> str:
    return render(corridor(), library())


def test_the_page_asks_for_nothing_and_complains_of_nothing(show):
    shown = show(render(hostile(), library()))

    assert len(shown.requests) == 1  # the file itself
    assert shown.complaints == []


def test_ten_thousand_findings_open_quickly(show):
    text = render(many(10_000), library())
    start = time.perf_counter()

    shown = show(text)
    shown.page.locator("h1").wait_for()
    seconds = time.perf_counter() - start

    assert shown.page.locator("article").count() == 10_000
    assert seconds < 5  # about 1 s on two cores; see bench/dossier_10k.py


def test_a_cell_of_ten_thousand_findings_leads_to_its_place(show):
    shown = show(render(many(10_000), library()))
    cell = shown.page.locator(".grid tbody td a").last
    target = cell.get_attribute("href").removeprefix("#")

    cell.click()
    shown.page.wait_for_function(IN_SIGHT, arg=target)

    assert shown.page.url.endswith("#" + target)


def test_a_link_to_a_folded_finding_unfolds_it(show, page):
    shown = show(page)

    shown.page.evaluate("location.hash = 'th/th.vehicle.emc@tractor'")
    entry = shown.page.get_by_text("A report to UN R10.06 is shown.").first
    entry.wait_for()

    assert entry.is_visible()


def test_it_works_without_scripts(show, page):
    shown = show(page, java_script_enabled=False)

    shown.page.locator(".grid tbody td a").first.click()

    assert shown.page.url.endswith("#th/tractor")
    assert shown.page.locator("[id='th/tractor'] h3").is_visible()


def test_the_first_tab_offers_to_skip_and_every_cell_can_be_reached(show, page):
    shown = show(page)

    shown.page.keyboard.press("Tab")
    first = shown.page.evaluate("document.activeElement.textContent")
    shown.page.keyboard.press("Enter")
    landed = shown.page.evaluate("document.activeElement.id")
    reached = set()
    for _ in range(40):
        shown.page.keyboard.press("Tab")
        reached.add(shown.page.evaluate("document.activeElement.getAttribute('href')"))

    assert first == "Skip to the content"
    assert landed == "content"
    assert len({href for href in reached if href and "/" in href}) >= 22


def test_a_verdict_can_be_hidden_without_a_script(show, page):
    shown = show(page, java_script_enabled=False)
    unproven = shown.page.locator("article.f-unproven").first

    shown.page.get_by_label("unproven").uncheck()

    assert not unproven.is_visible()
    assert shown.page.locator("article.f-unmet").first.is_visible()


@pytest.mark.parametrize("width", [320, 390, 768, 1200])
@pytest.mark.parametrize("build", [corridor, hostile])
def test_no_width_makes_the_page_scroll_sideways(show, width, build):
    shown = show(render(build(), library()), viewport={"width": width, "height": 800})

    assert shown.page.evaluate(SHIFTED) <= 0


@pytest.mark.parametrize("what", ["interface:pack", "compatibility:swap", "specification:vn"])
def test_drafted_documents_fit_a_phone_too(show, what):
    shown = show(drafted(what, corridor(), library()).html(), viewport={"width": 390, "height": 800})

    assert shown.page.evaluate(SHIFTED) <= 0
    assert len(shown.requests) == 1
    assert shown.complaints == []


def test_on_a_phone_each_cell_names_its_subject(show, page):
    shown = show(page, viewport={"width": 390, "height": 800})

    assert shown.page.locator(".grid tbody td .narrow").first.is_visible()
    assert shown.page.locator(".grid tbody td .narrow").first.text_content() == "tractor"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_follows_the_reader_into_the_dark(show, page, scheme):
    shown = show(page, color_scheme=scheme)

    ground = shown.page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    red, green, blue = (int(part) for part in ground.removeprefix("rgb(").removesuffix(")").split(","))

    assert (red + green + blue < 128 * 3) is (scheme == "dark")


def test_paper_shows_the_grid_first_and_every_folded_finding(show, page):
    shown = show(page)

    printed = PdfReader(BytesIO(shown.page.pdf(prefer_css_page_size=True)))
    first, rest = printed.pages[0], " ".join(" ".join(p.extract_text() for p in printed.pages).split())

    assert float(first.mediabox.width) > float(first.mediabox.height)
    assert "Thailand" in first.extract_text()
    assert "A report to UN R10.06 is shown." in rest  # met, and folded on the screen
    assert "Show findings that are" not in rest
