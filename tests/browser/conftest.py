"""One headless Chromium for all pages, which may not reach any network."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

NO_CHROMIUM = "Chromium is not on this machine (.ci/debian chromium)"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A browser of the system; Playwright downloads none."""
    from playwright.sync_api import sync_playwright

    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not path:
        pytest.skip(NO_CHROMIUM)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


class Shown:
    """A page in the browser, with every request it made and every complaint it raised."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.requests: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", lambda dialog: (self.complaints.append(dialog.message), dialog.dismiss()))


@pytest.fixture
def show(chromium: Any, tmp_path: Path) -> Iterator[Any]:
    """show(html, **context) opens a text as a file."""
    contexts = []

    def open_page(html: str, **options: Any) -> Shown:
        file = tmp_path / f"page-{len(contexts)}.html"
        file.write_text(html, encoding="utf-8")
        contexts.append(chromium.new_context(**{"viewport": {"width": 1200, "height": 900}, **options}))
        shown = Shown(contexts[-1].new_page())
        shown.page.goto(file.as_uri())
        return shown

    yield open_page
    for context in contexts:
        context.close()
