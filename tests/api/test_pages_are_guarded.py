"""The pages: a session is one's own and new at every sign-in, a form comes only from us, secrets show once."""

import re

import pytest
from starlette.testclient import TestClient

from carnet.doors.server.server import create_server, open_exchange
from carnet.doors.web import install, pages
from carnet.doors.web.shell import COOKIE, local
from tests.api.house import PASSWORD, library, project, settings, settle


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    exchange = open_exchange(settings(tmp_path_factory.mktemp("pages")), library())
    app, gate = create_server(exchange, pages())
    install(app)
    settle(exchange, "works")
    yield gate
    exchange.store.close()


def visitor(site, role: str = "owner") -> TestClient:
    client = TestClient(site, base_url="http://localhost", headers={"Accept": "text/html"}, follow_redirects=False)
    answer = client.post("/login", data={"email": f"{role}@works.example", "password": PASSWORD})
    assert answer.status_code == 303
    return client


def csrf(client: TestClient) -> str:
    return re.search(r'name="csrf" value="([^"]+)"', client.get("/tokens").text)[1]


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(site):
    client = TestClient(site, base_url="http://localhost", follow_redirects=False)
    answer = client.post("/login", data={"email": "owner@works.example", "password": PASSWORD})

    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie


def test_over_https_the_cookie_never_travels_in_the_clear(tmp_path):
    exchange = open_exchange(settings(tmp_path, secure_cookies=True), library())
    app, gate = create_server(exchange, pages())
    install(app)
    settle(exchange, "works")
    answer = TestClient(gate, base_url="https://localhost", follow_redirects=False).post(
        "/login", data={"email": "owner@works.example", "password": PASSWORD}
    )

    assert "secure" in answer.headers["set-cookie"].lower()


def test_a_session_brought_along_is_not_taken_over(site):
    client = TestClient(site, base_url="http://localhost", follow_redirects=False)
    client.cookies.set(COOKIE, "carnet_session_chosen-by-somebody-else")
    client.post("/login", data={"email": "owner@works.example", "password": PASSWORD})

    fresh = TestClient(site, base_url="http://localhost", follow_redirects=False)
    fresh.cookies.set(COOKIE, "carnet_session_chosen-by-somebody-else")
    assert fresh.get("/projects").status_code == 303  # to the sign-in page


def test_signing_out_ends_the_session_itself(site):
    client = visitor(site)
    key = client.cookies[COOKIE]
    client.post("/logout", data={"csrf": csrf(client)})

    again = TestClient(site, base_url="http://localhost", follow_redirects=False)
    again.cookies.set(COOKIE, key)
    assert again.get("/projects").headers["location"].startswith("/login")


@pytest.mark.parametrize(
    ("form", "headers"),
    [
        ({}, {}),
        ({"csrf": "guessed"}, {}),
        ({"csrf": "right"}, {"Origin": "https://evil.example"}),
        ({"csrf": "right"}, {"Origin": "null"}),
        ({"csrf": "right"}, {"Sec-Fetch-Site": "cross-site"}),
        ({"csrf": "right"}, {"Sec-Fetch-Site": "same-site"}),
    ],
)
def test_a_forged_form_changes_nothing(site, form, headers):
    client = visitor(site)
    right = csrf(client)
    form = {k: right if v == "right" else v for k, v in form.items()}
    answer = client.post("/tokens", data={"name": "forged", **form}, headers=headers)

    assert answer.status_code == 403
    assert "forged" not in client.get("/tokens").text


def test_every_form_that_changes_something_asks_for_the_secret(site):
    """Every POST route of the pages, sent without it by an owner."""
    client = visitor(site)
    app = site.app
    posts = [
        path
        for path in _page_posts(app)
        if path not in ("/login", "/welcome")
    ]  # fmt: skip

    assert len(posts) >= 12
    for path in posts:
        answer = client.post(
            re.sub(r"\{[^}]+\}", "x", path), data={"revision": "1", "user": "x", "review": "x", "decision": "x"}
        )
        assert answer.status_code == 403, path


def _page_posts(app) -> list[str]:
    from carnet.doors.web import library, office, projects, reviews, shell, start

    rooms = (shell, start, projects, reviews, library, office)
    return [r.path for room in rooms for r in room.router.routes if "POST" in r.methods]


def test_the_secret_of_another_session_does_not_fit(site):
    one, other = visitor(site), visitor(site, "engineer")

    assert other.post("/tokens", data={"name": "x", "csrf": csrf(one)}).status_code == 403


@pytest.mark.parametrize(
    "next", ["https://evil.example", "//evil.example", "/\\evil", "javascript:alert(1)", "/a\r\nX: y", ""]
)
def test_signing_in_leads_nowhere_else(next):
    assert local(next) == "/projects"


def test_a_new_password_needs_the_old_one_and_ends_other_sessions(site):
    here, elsewhere = visitor(site, "auditor"), visitor(site, "auditor")
    wrong = here.post("/password", data={"csrf": csrf(here), "old": "not it at all", "new": "another password"})
    short = here.post("/password", data={"csrf": csrf(here), "old": PASSWORD, "new": "short"})
    right = here.post("/password", data={"csrf": csrf(here), "old": PASSWORD, "new": "another password"})

    assert (wrong.status_code, short.status_code, right.status_code) == (401, 422, 303)
    assert here.get("/projects").status_code == 200
    assert elsewhere.get("/projects").status_code == 303


def test_ten_wrong_passwords_are_enough(tmp_path):
    exchange = open_exchange(settings(tmp_path), library())
    app, gate = create_server(exchange, pages())
    install(app)
    settle(exchange, "works")
    client = TestClient(gate, base_url="http://localhost", follow_redirects=False)
    wrong = [client.post("/login", data={"email": "owner@works.example", "password": "wrong"}) for _ in range(12)]

    assert [a.status_code for a in wrong] == [401] * 10 + [429] * 2
    assert "retry-after" in wrong[-1].headers


def test_pages_ask_the_same_policy(site):
    partner, engineer = visitor(site, "partner"), visitor(site, "engineer")

    assert partner.get("/audit").status_code == 403
    assert partner.get("/people").status_code == 403
    assert engineer.get("/people").status_code == 403
    assert "Car of works" not in partner.get("/projects").text
    files = {"files": ("p.zip", project())}
    assert partner.post("/projects", data={"csrf": csrf(partner)}, files=files).status_code == 403


def test_a_page_may_load_nothing_from_elsewhere_and_run_nothing_inline(site):
    client = visitor(site)
    page = client.get("/projects")

    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert "unsafe" not in page.headers["content-security-policy"]
    assert not re.search(r"<script(?![^>]*src=)|<style|\son\w+=|\sstyle=", page.text)


def test_the_first_visit_needs_the_code_and_happens_once(tmp_path):
    exchange = open_exchange(settings(tmp_path), library())
    app, gate = create_server(exchange, pages())
    install(app)
    app.state.welcome_code = "printed-code"
    client = TestClient(gate, base_url="http://localhost", follow_redirects=False, headers={"Accept": "text/html"})
    form = {"organization": "Works", "name": "Ann", "email": "ann@works.example", "password": PASSWORD}

    assert client.get("/welcome?code=guess").status_code == 404
    assert client.post("/welcome", data={**form, "code": "guess"}).status_code == 404
    assert client.post("/welcome", data={**form, "code": "printed-code", "password": "short"}).status_code == 422
    assert client.post("/welcome", data={**form, "code": "printed-code"}).headers["location"] == "/projects"
    assert client.get("/welcome?code=printed-code").status_code == 404


def test_markup_in_names_stays_text(site):
    client = visitor(site)
    evil = '<script>alert(1)</script>"onmouseover="x'
    client.post("/projects", data={"csrf": csrf(client), "title": evil}, files={"files": ("p.zip", project())})
    page = client.get("/projects").text

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
