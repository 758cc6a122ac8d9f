"""Every text of the pages goes through the catalogs: the pseudo-language shows none left, Chinese lacks nothing."""

import re
from html.parser import HTMLParser

import pytest

from carnet.doors.server.policy import ROLES
from carnet.doors.server.problems import TITLES
from carnet.doors.web import shell, tongues
from carnet.dossier.wording import EVENTS, FORCES, MARKS, REPORTED, STANDINGS, STATES
from tests.api.test_pages_are_guarded import site, visitor  # noqa: F401

TEMPLATES = shell.HERE / "templates"
SPOKEN = re.compile(r'_\(\s*"((?:[^"\\]|\\.)*)"')


def texts() -> set[str]:
    """Everything a template says, and the words that reach it from code."""
    found = {m for path in TEMPLATES.glob("*.jinja") for m in SPOKEN.findall(path.read_text(encoding="utf-8"))}
    changes = {"worse", "new", "standing", "gone", "better"}
    verdicts = {word for mark in MARKS.values() for word in (mark.word, mark.means)}
    words = {*STANDINGS.values(), *FORCES.values(), *(word for word, _ in STATES.values()), REPORTED}
    words |= {"standing and force not known", "asked", "silent"}
    return found | {*ROLES, *EVENTS.values(), *changes, *verdicts, *words} | {title for _, title in TITLES.values()}


def test_chinese_lacks_nothing_and_holds_nothing_old():
    assert texts() ^ set(tongues.catalog("zh")) == set()


def test_a_translation_keeps_the_places_to_fill():
    for text, said in tongues.catalog("zh").items():
        assert sorted(re.findall(r"\{\w+\}", text)) == sorted(re.findall(r"\{\w+\}", said)), text


class Words(HTMLParser):
    """The texts of a page outside links to other languages, code and what the library or people wrote."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.skip = 0

    def handle_starttag(self, tag, attrs):
        if tag in ("code", "script", "pre", "option") or (dict(attrs).get("lang") and tag != "html"):
            self.skip += tag not in ("input", "meta", "link")

    def handle_endtag(self, tag):
        if self.skip and tag in ("code", "script", "pre", "option", "a"):
            self.skip -= 1

    def handle_data(self, data):
        if not self.skip and re.search(r"[A-Za-z]{3}", data):
            self.found.append(data.strip())


@pytest.mark.parametrize("path", ["/login", "/projects", "/tokens", "/people"])
def test_the_pseudo_language_leaves_no_plain_text(site, path):  # noqa: F811
    client = visitor(site)
    client.get("/language/xx")
    page = Words()
    page.feed(client.get(path).text)
    names = (
        "Carnet",
        "Owner",
        "Engineer",
        "Reviewer",
        "Auditor",
        "Partner",
        "Car of",
        "works",
        "@",
        "project.yaml",
        "machine",
    )

    plain = [t for t in page.found if not t.startswith("[") and not any(n in t for n in names)]

    assert plain == []


def test_a_browser_that_prefers_chinese_hears_it(site):  # noqa: F811
    page = visitor(site).get("/projects", headers={"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.5"})

    assert '<html lang="zh-Hans">' in page.text
    assert "提交项目" in page.text
