"""The exchange in a real browser: the journeys people make, with scripts and without, and pages everybody can use."""

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from carnet.doors.server.server import create_server, open_exchange
from carnet.doors.web import install, pages
from tests.api.house import PASSWORD, Organization, example, library, project, settings, settle
from tests.api.live import listening
from tests.browser.conftest import Shown

AXE = Path(__file__).resolve().parents[2] / "third_party" / "axe-core" / "axe.min.js"
SHIFTED = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@dataclass
class Site:
    """A served exchange with one organization in it."""

    address: str
    org: Organization
    charger: str


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Iterator[Site]:
    exchange = open_exchange(settings(tmp_path_factory.mktemp("web")), library())
    app, gate = create_server(exchange, pages())
    install(app)
    app.state.welcome_code = "first-code"
    org = settle(exchange, "works")
    with listening(gate) as address:
        yield Site(address, org, org.project)
    exchange.store.close()


class Person:
    """Somebody at a browser."""

    def __init__(self, chromium, site: Site, role: str, **options) -> None:
        self.context = chromium.new_context(viewport={"width": 1200, "height": 900}, **options)
        self.shown, self.site = Shown(self.context.new_page()), site
        self.page = self.shown.page
        self.page.set_default_timeout(10_000)
        self.page.goto(f"{site.address}/login")
        self.page.get_by_label("Email").fill(f"{role}@works.example")
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in").click()
        self.page.wait_for_url("**/projects")

    def go(self, path: str) -> None:
        self.page.goto(self.site.address + path)


@pytest.fixture
def person(chromium, site):
    there = []

    def arrive(role: str, **options) -> Person:
        there.append(Person(chromium, site, role, **options))
        return there[-1]

    yield arrive
    for one in there:
        one.context.close()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_from_upload_to_a_signed_off_dossier_and_a_verified_log(person, tmp_path, scripts):
    folder = tmp_path / "charger.zip"
    folder.write_bytes(example("dc-charger"))
    engineer = person("engineer", java_script_enabled=scripts).page
    engineer.get_by_label("The folder of the project as .zip").set_input_files(folder)
    engineer.get_by_role("button", name="Upload and review").first.click()
    engineer.get_by_role("link", name="Open the review").click()

    engineer.locator(".grid tbody td a").first.click()
    assert "market=" in engineer.url
    engineer.locator(".findings-list a").first.click()
    assert engineer.get_by_text("Source", exact=True).first.is_visible()
    assert engineer.locator("ol.timeline li, .why").first.is_visible()
    engineer.get_by_label("Say something about this finding").fill("Please look at clause 4.")
    engineer.get_by_role("button", name="Comment").click()
    assert engineer.get_by_text("Please look at clause 4.").is_visible()

    engineer.get_by_role("link", name="Review", exact=True).first.click()
    engineer.get_by_role("button", name="Keep this review for sign-off").click()
    address = engineer.url.split("#")[0].removeprefix(engineer.url.split("/projects")[0])
    assert engineer.get_by_role("button", name="Sign off").count() == 0

    reviewer = person("reviewer", java_script_enabled=scripts)
    reviewer.go(address)
    reviewer.page.get_by_label("Note").fill("Everything seen.")
    reviewer.page.get_by_role("button", name="Sign off").click()
    assert reviewer.page.get_by_text("Signed off").is_visible()
    reviewer.go(f"{address}/review")
    with reviewer.page.expect_download() as download:
        reviewer.page.get_by_role("link", name="pdf", exact=True).click()
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF")

    auditor = person("auditor", java_script_enabled=scripts)
    auditor.go("/audit")
    auditor.page.get_by_role("button", name="Verify the whole log").click()
    assert auditor.page.get_by_text("Valid.").is_visible()
    assert auditor.page.get_by_text("review approved").first.is_visible()


def test_findings_are_filtered_in_place_when_scripts_run(person, site):
    owner = person("owner")
    owner.go(f"/projects/{site.charger}/review")
    owner.page.evaluate("window.stayed = true")
    wanted = owner.page.locator("select[name=verdict] option").nth(2).get_attribute("value")

    with owner.page.expect_response(re.compile(f"verdict={wanted}")):
        owner.page.locator("#findings select[name=verdict]").select_option(wanted)
    owner.page.wait_for_url(re.compile(f"verdict={wanted}"))

    assert owner.page.evaluate("window.stayed === true")  # the page was not loaded again
    assert owner.page.locator("#findings").count() == 1


def test_two_days_are_compared(person, site):
    owner = person("owner", java_script_enabled=False)
    owner.go(f"/projects/{site.charger}/compare")
    owner.page.get_by_label("Day of the law").first.fill("2010-01-01")
    owner.page.get_by_label("Day of the law").last.fill("2030-01-01")
    owner.page.get_by_role("button", name="Compare").click()

    assert owner.page.get_by_role("heading", name="2010-01-01 → 2030-01-01").is_visible()
    assert owner.page.locator(".change-new").first.is_visible()


def test_the_slider_of_days_moves_the_review(person, site):
    owner = person("owner", java_script_enabled=False)
    owner.go(f"/projects/{site.charger}/review")
    turns = owner.page.locator("input[name=turn]")
    before = owner.page.locator(".turn-days b").text_content()
    turns.evaluate("e => { e.value = e.value === e.min ? e.max : e.min }")
    owner.page.get_by_role("button", name="Look at that day").click()

    assert "on=" in owner.page.url
    assert owner.page.locator(".turn-days b").text_content() != before


def test_two_kept_reviews_are_compared(person, site):
    owner = person("owner", java_script_enabled=False)
    for day in ("2010-01-01", "2030-01-01"):
        owner.go(f"/projects/{site.charger}/review?on={day}")
        owner.page.get_by_role("button", name="Keep this review for sign-off").click()
    owner.go(f"/projects/{site.charger}/compare")
    owner.page.get_by_label("Kept review before").select_option(index=1)
    owner.page.get_by_label("Kept review after").select_option(index=2)
    owner.page.get_by_role("button", name="Compare kept reviews").click()

    assert owner.page.get_by_role("heading", name="2010-01-01 → 2030-01-01").is_visible()


def test_a_charging_log_is_read_on_the_spot(person, tmp_path):
    log = tmp_path / "session.log"
    log.write_text("(0.0) can0 1826F456#01\n(0.25) can0 1826F456#01\n" * 20, encoding="ascii")
    engineer = person("engineer")
    engineer.go("/charging")
    engineer.page.get_by_label("The log").set_input_files(log)
    engineer.page.get_by_role("button", name="Read it").click()

    assert engineer.page.get_by_role("heading", name="Charging session: session.log").is_visible()
    assert engineer.page.locator(".chapter .lead").text_content().strip()


def test_a_table_of_variants_is_judged_on_the_spot(person):
    engineer = person("engineer")
    engineer.go("/portfolio")
    table = Path(__file__).resolve().parents[2] / "examples" / "portfolio" / "variants.csv"
    engineer.page.get_by_label("The table").set_input_files(table)
    engineer.page.get_by_label("Day of the law").fill("2027-01-01")
    engineer.page.get_by_label("Show what moves until").fill("2029-01-01")
    engineer.page.get_by_role("button", name="Judge it").click()

    assert engineer.page.get_by_role("heading", name="Portfolio: variants.csv").is_visible()
    assert engineer.page.locator(".chapter svg rect").count() > 10
    assert engineer.page.get_by_role("heading", name="What moves").is_visible()


def test_what_changes_is_watched_and_goes_into_a_calendar(person, site):
    owner = person("owner", java_script_enabled=False)
    owner.go(f"/projects/{site.charger}/watch?months=36")

    assert owner.page.locator(".chapter .lead").text_content().startswith("From 20")
    with owner.page.expect_download() as waiting:
        owner.page.get_by_role("link", name="Calendar").click()
    assert Path(waiting.value.path()).read_bytes().startswith(b"BEGIN:VCALENDAR\r\n")


def test_the_map_shows_every_economy_with_a_rule(person):
    owner = person("owner")
    owner.go("/map?topic=electrical_safety&kind=charger")

    assert owner.page.locator(".map svg rect").count() > 20
    assert owner.page.locator("table.list tbody tr").count() > 20


def test_a_project_with_problems_shows_every_sentence(person, tmp_path):
    text = zipfile.ZipFile(io.BytesIO(project())).read("project.yaml").decode()
    bad = tmp_path / "bad.zip"
    with zipfile.ZipFile(bad, "w") as packed:
        packed.writestr("project.yaml", text.replace("vehicle.category", "vehicle.categroy"))
    engineer = person("engineer").page
    engineer.get_by_label("The folder of the project as .zip").set_input_files(bad)
    engineer.get_by_role("button", name="Upload and review").first.click()

    assert "did you mean 'vehicle.category'" in engineer.get_by_role("alert").first.text_content()


def test_a_folder_can_be_chosen_without_packing_it(person, tmp_path):
    folder = tmp_path / "car"
    folder.mkdir()
    (folder / "project.yaml").write_bytes(zipfile.ZipFile(io.BytesIO(project("Loose"))).read("project.yaml"))
    engineer = person("engineer").page
    engineer.get_by_text("Choose a folder instead").click()
    engineer.get_by_label("The folder itself").set_input_files(folder)
    engineer.get_by_role("button", name="Upload and review").last.click()

    assert engineer.get_by_role("heading", level=1).text_content() == "Loose"


def paths(site: Site) -> list[str]:
    at = f"/projects/{site.charger}"
    return [
        "/projects", at, f"{at}/review", f"{at}/compare", f"{at}/exposure", f"{at}/evidence", f"{at}/rooms",
        f"{at}/watch", "/map", "/charging", "/portfolio", "/library?market=sg",
        "/library/row?id=electrical_safety", "/audit", "/people", "/tokens", "/projects/nothing",
    ]  # fmt: skip


@pytest.mark.parametrize("options", [{}, {"color_scheme": "dark"}], ids=["light", "dark"])
def test_no_page_stands_in_anybodys_way(person, site, options):
    owner = person("owner", bypass_csp=True, **options)
    found = []
    for path in ["/login", *paths(site)]:
        owner.go(path)
        owner.page.evaluate(AXE.read_text(encoding="utf-8"))
        result = owner.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        found += [f"{path}: {v['id']}: {v['nodes'][0]['html'][:120]}" for v in result["violations"]]

    assert found == []


def test_no_page_asks_anybody_else_or_breaks_its_own_policy(person, site):
    owner = person("owner")
    for path in paths(site):
        owner.go(path)

    assert [r for r in owner.shown.requests if not r.startswith(site.address)] == []
    assert [c for c in owner.shown.complaints if "404" not in c] == []


@pytest.mark.parametrize("width", [320, 390, 768])
def test_no_page_scrolls_sideways(person, site, width):
    owner = person("owner")
    owner.page.set_viewport_size({"width": width, "height": 844})
    wide = []
    for path in paths(site):
        owner.go(path)
        wide += [path] if owner.page.evaluate(SHIFTED) > 0 else []

    assert wide == []


def test_the_keyboard_alone_reaches_a_finding(person, site):
    owner = person("owner")
    owner.go(f"/projects/{site.charger}/review")
    owner.page.keyboard.press("Tab")
    assert owner.page.evaluate("document.activeElement.textContent") == "Skip to the content"
    owner.page.keyboard.press("Enter")
    for _ in range(60):
        owner.page.keyboard.press("Tab")
        if "/finding?" in (owner.page.evaluate("document.activeElement.getAttribute('href')") or ""):
            break
    owner.page.keyboard.press("Enter")
    owner.page.wait_for_url("**/finding?*")

    assert owner.page.locator(".why").first.is_visible()


def test_the_review_page_is_light(person, site):
    owner = person("owner")
    owner.go(f"/projects/{site.charger}/review")

    assert len(owner.page.content().encode()) < 120 * 1024
