"""Every operation of the OpenAPI document, asked by every role, nobody and a stranger: the answer is in the table.

`matrix.csv` is the table: one row per operation, who may (own: only what is one's own). A route without a row fails,
and so does a row without a route.
"""

import csv
from pathlib import Path

import pytest

from carnet.doors.server.accounts import new_id
from tests.api.chainside import epcis, statement
from tests.api.house import House, project
from tests.api.papers import footprint
from tests.api.roadside import agreement, bring, open_run

TABLE = Path(__file__).with_name("matrix.csv")
ROLES = ("owner", "engineer", "reviewer", "auditor", "partner", "service")


def rows() -> dict[tuple[str, str], dict[str, str]]:
    with TABLE.open(encoding="utf-8") as file:
        return {(row["method"], row["path"]): row for row in csv.DictReader(file)}


def request_of(house: House, method: str, path: str) -> dict:
    """A request that is right in every respect but perhaps for who sends it. Ids are those of ours."""
    org = house.ours
    filled = path.replace("{project_id}", org.project).replace("{number}", "1" if "versions" in path else "0")
    filled = filled.replace("{user_id}", org.ids["partner"]).replace("{format}", "md").replace("{list_name}", "topics")
    options: dict = {}
    if "{token_id}" in filled:
        made = house.ask("POST", "/tokens", "owner", json={"name": "to be revoked"}).json()
        filled = filled.replace("{token_id}", made["id"])
    counterpart = {"name": "Customer", "base": "https://api.customer.example", "client_id": "us", "secret": "s3cret"}
    if "{counterpart_id}" in filled:
        made = house.ask("POST", "/counterparts", "owner", json=counterpart).json()
        filled = filled.replace("{counterpart_id}", made["id"])
    if "{footprint_id}" in filled:
        made = house.ask("POST", "/footprints", "owner", json={"document": footprint()}).json()
        filled = filled.replace("{footprint_id}", made["id"])
    if "/roads/" in path:
        lake = bring(house.exchange, org.id)
        filled = filled.replace("{collection_id}", "town").replace("{network_id}", "town")
        filled = filled.replace("{item_id}", open_run(lake))
    filled = filled.replace("/tile/{level}/{place}", "/tile/0/000.p/1")
    if "{agreement_id}" in filled:
        made = house.ask("POST", "/roads/agreements", "owner", json=agreement()).json()
        filled = filled.replace("{agreement_id}", made["id"])
    if "credential" in path:
        made = house.ask("POST", "/credentials", "owner", json={"credential": statement(), "shown": True}).json()
        filled = filled.replace("{credential_id}", made["id"]).replace("{credential}", made["id"])
        held = {"json": {"credential": made["envelope"]}}
    if "{organization}" in filled:
        house.ask("POST", "/credentials", "owner", json={"credential": statement()})
        filled = filled.replace("{organization}", org.id)
    if path.startswith("/epcis/") and "{" in path:
        made = house.ask("POST", "/epcis/capture", "owner", json=epcis("urn:uuid:matrix")).json()
        filled = filled.replace("{capture_id}", made["captureID"]).replace("{event_id}", "urn:uuid:matrix")
    archive = {"files": {"archive": ("p.zip", project())}}
    bodies = {
        ("POST", "/token"): {
            "data": {
                "grant_type": "client_credentials",
                "client_id": org.ids["service"],
                "client_secret": org.tokens["client_secret"],
            }
        },
        ("POST", "/users"): {"json": {"email": f"{new_id('p')}@x.example", "name": "P", "role": "partner"}},
        ("PATCH", "/users/{user_id}"): {"json": {"name": "Renamed"}},
        ("POST", "/tokens"): {"json": {"name": "mine"}},
        ("POST", "/clients"): {"json": {"name": "mine"}},
        ("POST", "/footprints"): {"json": {"document": footprint()}},
        ("PATCH", "/footprints/{footprint_id}"): {"json": {"state": "deprecated"}},
        ("POST", "/counterparts"): {"json": counterpart},
        ("POST", "/counterparts/{counterpart_id}/watch"): {"json": {"project": org.project}},
        ("POST", "/counterparts/{counterpart_id}/requests"): {"json": {"productId": ["urn:gtin:1"]}},
        ("POST", "/roads/agreements"): {"json": agreement()},
        ("GET", "/roads/export"): {"params": {"from": "sg", "to": "th"}},
        ("POST", "/roads/stac/search"): {"json": {"limit": 5}},
        ("POST", "/epcis/capture"): {"json": epcis()},
        ("POST", "/credentials"): {"json": {"credential": statement()}},
        ("POST", "/projects"): archive,
        ("POST", "/projects/{project_id}/versions"): archive,
        ("PATCH", "/projects/{project_id}"): {"json": {"title": "Renamed"}},
        ("POST", "/projects/{project_id}/reviews"): {"json": {}},
        ("POST", "/projects/{project_id}/comments"): {"json": {"body": "Look here."}},
        ("GET", "/projects/{project_id}/why"): {"params": {"id": "sg.nothing"}},
        ("GET", "/catalog/search"): {"params": {"q": "battery"}},
        ("GET", "/catalog/row"): {"params": {"id": "electrical_safety"}},
        ("GET", "/catalog/diff"): {"params": {"before": "2026-11-01", "after": "2026-11-21"}},
        ("GET", "/catalog/why"): {"params": {"id": "electrical_safety"}},
    }
    if path.endswith(("/held", "/verification")) and "credential" in path:
        options |= held
    short = path.removeprefix("/api/v1")
    options |= bodies.get((method, short), {})
    if short == "/projects/{project_id}/approvals" and method == "POST":
        kept = house.ask("POST", f"/projects/{org.project}/reviews", "engineer", json={}).json()
        options["json"] = {"review": kept["id"], "decision": "approved"}
    if short == "/projects/{project_id}/verify":
        options["json"] = house.ask("POST", f"/projects/{org.project}/seal", "owner").json()
    if short in ("/projects/{project_id}/versions", "/projects/{project_id}") and method != "GET":
        options["headers"] = {"If-Match": house.ask("GET", f"/projects/{org.project}").headers["etag"]}
    if short == "/users/{user_id}":
        people = {u["id"]: u for u in house.ask("GET", "/users").json()["items"]}
        options["headers"] = {"If-Match": f'"{people[org.ids["partner"]]["revision"]}"'}
    if short == "/catalog/why":
        first = house.ask("GET", "/catalog/requirements", params={"limit": 1}).json()["items"][0]
        options["params"] = {"id": first["id"]}
    if short == "/projects/{project_id}/why":
        first = house.ask("GET", f"/projects/{org.project}/findings", params={"limit": 1}).json()["items"][0]
        options["params"] = {"id": first["id"]}
    return {"path": filled, **options}


def operations(house: House) -> list[tuple[str, str]]:
    document = house.ask("GET", "/openapi.json", "").json()
    return [(method.upper(), path) for path, methods in document["paths"].items() for method in methods]


def test_every_operation_has_a_row_and_every_row_an_operation(house):
    assert sorted(operations(house)) == sorted(rows())


def test_the_document_names_the_action_the_policy_is_asked_for(house):
    document = house.ask("GET", "/openapi.json", "").json()

    said = {(m.upper(), p): o["x-action"] for p, ms in document["paths"].items() for m, o in ms.items()}

    assert said == {key: row["action"] for key, row in rows().items()}


@pytest.mark.parametrize(("method", "path"), sorted(rows()))
def test_the_answer_is_in_the_table(house, method, path):
    row = rows()[(method, path)]
    wrong = []
    for role in (*ROLES, ""):
        asked = request_of(house, method, path)
        shared = role == "partner" and "{project_id}" in path
        share = f"/projects/{house.ours.project}/partners/{house.ours.ids['partner']}"
        if shared:
            house.ask("DELETE", share)
            unseen = house.ask(method, asked.pop("path"), role, **asked)
            if unseen.status_code != 404:
                wrong.append(f"partner, not shared: {unseen.status_code}")
            house.ask("PUT", share)
            asked = request_of(house, method, path)
        answer = house.ask(method, asked.pop("path"), role, **asked)
        may = row[role or "nobody"]
        status = answer.status_code
        # own: only what is one's own; what belongs to somebody else is not there
        right = {"yes": status < 300, "no": status == (403 if role else 401), "own": status == 404}[may]
        if not right:
            wrong.append(f"{role or 'nobody'}: {may}, but {answer.status_code} {answer.text[:200]}")

    assert wrong == []


@pytest.mark.parametrize(("method", "path"), sorted(k for k in rows() if "_id}" in k[1] or "{number}" in k[1]))
def test_a_stranger_finds_nothing(house, method, path):
    for role in ROLES:
        asked = request_of(house, method, path)
        if path.endswith("/entries/{number}/proof"):
            asked["path"] = "/api/v1/audit/entries/0/proof"
        answer = house.ask(method, asked.pop("path"), role, org=house.theirs, **asked)
        # Who may do this at home hears that it does not exist; who may not, that the role does not allow it at all.
        expected = {404} if rows()[(method, path)][role] in ("yes", "own") or "{project_id}" in path else {403}

        assert answer.status_code in expected, f"{role}: {answer.status_code} {answer.text[:200]}"
        assert house.ours.project not in answer.text


def test_a_strangers_lists_hold_nothing_of_ours(house):
    for method, path in sorted(rows()):
        if method == "GET" and "{" not in path and not path.startswith("/api/v1/catalog"):
            answer = house.ask(method, path, "owner", org=house.theirs)
            for secret in (house.ours.id, house.ours.project, *house.ours.ids.values()):
                assert secret not in answer.text, path
