"""Roads and supply in a real browser: usable by everybody, on a narrow screen, by keyboard, with scripts or without."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from carnet.doors.server.server import create_server, open_exchange
from carnet.doors.web import install, pages
from tests.api.house import EXAMPLES, PASSWORD, caller, library, settings, settle
from tests.api.live import listening
from tests.api.roadside import agreement, bring

AXE = Path(__file__).resolve().parents[2] / "third_party" / "axe-core" / "axe.min.js"
RULES = "{runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']}"
SHIFTED = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
CHAIN = sorted((EXAMPLES / "supply" / "truck-battery").glob("*.csv"))


@pytest.fixture(scope="module")
def address(tmp_path_factory) -> Iterator[str]:
    exchange = open_exchange(settings(tmp_path_factory.mktemp("rooms")), library())
    app, gate = create_server(exchange, pages())
    install(app)
    org = settle(exchange, "works")
    bring(exchange, org.id)
    exchange.lakes.agree(caller(org, "owner"), agreement(), "")
    with listening(gate) as where:
        yield where
    exchange.store.close()


def arrive(chromium, address: str, **options):
    """The owner's page, signed in."""
    page = chromium.new_context(**options).new_page()
    page.set_default_timeout(15_000)
    page.goto(f"{address}/login")
    page.get_by_label("Email").fill("owner@works.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/projects")
    return page


def visits(page, address: str) -> Iterator[str]:
    """Each of the pages, with answers on them."""
    page.goto(f"{address}/roads")
    yield "roads"
    page.goto(f"{address}/supply")
    page.get_by_role("button", name="Work it out").click()
    page.get_by_text("By the best plan").wait_for()
    yield "shock"
    page.goto(f"{address}/supply")
    page.locator("input[type=file]").set_input_files(CHAIN)
    page.get_by_role("button", name="Read it").click()
    page.get_by_text("Supply chain").first.wait_for()
    yield "chain"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nobody_is_shut_out(chromium, address, scheme):
    page = arrive(chromium, address, bypass_csp=True, color_scheme=scheme)
    found = {}
    for name in visits(page, address):
        page.add_script_tag(path=str(AXE))
        found[name] = [v["id"] for v in page.evaluate(f"axe.run(document, {RULES})")["violations"]]

    assert found == {"roads": [], "shock": [], "chain": []}


def test_a_narrow_screen_shifts_nothing(chromium, address):
    page = arrive(chromium, address, viewport={"width": 320, "height": 800})

    assert [(name, page.evaluate(SHIFTED)) for name in visits(page, address)] == [
        ("roads", 0), ("shock", 0), ("chain", 0)
    ]  # fmt: skip


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_sliders_are_moved_by_keyboard(chromium, address, scripts):
    page = arrive(chromium, address, java_script_enabled=scripts)
    page.goto(f"{address}/supply")
    page.locator('input[name="keep:cn"]').focus()
    for _ in range(16):
        page.keyboard.press("ArrowLeft")
    page.get_by_role("button", name="Work it out").click()
    page.get_by_text("By the best plan").wait_for()

    assert page.locator('input[name="keep:cn"]').get_attribute("value") == "20"  # 100 less 16 steps of 5
    assert page.locator("#shock svg").count() == 1
