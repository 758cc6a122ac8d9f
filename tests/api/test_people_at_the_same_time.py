"""Eight people press the button in the same moment: one wins, the others hear so, and nothing happens twice."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from carnet.doors.server.policy import Caller
from tests.api.house import project

MANY = 8


def at_once(work) -> Counter:
    with ThreadPoolExecutor(MANY) as pool:
        return Counter(answer.status_code for answer in pool.map(work, range(MANY)))


def test_one_of_eight_new_versions_wins(house):
    address = f"/projects/{house.ours.project}"
    tag = house.ask("GET", address).headers["etag"]

    def bring(n: int):
        files = {"archive": ("p.zip", project(f"Version {n}"))}
        return house.ask("POST", f"{address}/versions", "engineer", files=files, headers={"If-Match": tag})

    before = len(house.ask("GET", f"{address}/versions").json()["items"])
    assert at_once(bring) == {201: 1, 412: MANY - 1}
    assert len(house.ask("GET", f"{address}/versions").json()["items"]) == before + 1


def test_one_key_sent_eight_times_is_one_comment(house):
    address = f"/projects/{house.ours.project}/comments"

    def say(_: int):
        return house.ask("POST", address, "engineer", json={"body": "Once."}, headers={"Idempotency-Key": "say-once"})

    assert at_once(say) == {201: MANY}
    assert [c["body"] for c in house.ask("GET", address).json()["items"]].count("Once.") == 1


def test_one_person_signs_off_once(house):
    address = f"/projects/{house.ours.project}"
    kept = house.ask("POST", f"{address}/reviews", "engineer", json={}).json()

    def sign(_: int):
        body = {"review": kept["id"], "decision": "approved"}
        return house.ask("POST", f"{address}/approvals", "reviewer", json=body)

    assert at_once(sign) == {201: 1, 409: MANY - 1}


def test_the_last_two_owners_cannot_both_leave(house):
    new = {"email": "second@ours.example", "name": "Second", "role": "owner"}
    second = house.ask("POST", "/users", json=new).json()
    people = [(house.ours.ids["owner"], None), (second["id"], second["revision"])]
    listed = {u["id"]: u["revision"] for u in house.ask("GET", "/users").json()["items"]}

    def leave(n: int):
        user = people[n % 2][0]
        headers = {"If-Match": f'"{listed[user]}"'}
        return house.ask("PATCH", f"/users/{user}", json={"role": "auditor"}, headers=headers)

    at_once(leave)

    with house.exchange.store.look() as view:
        from carnet.store import people as kept

        assert kept.owners(view, house.ours.id) == 1


def test_a_token_revoked_while_it_is_looked_up_is_not_remembered(house, monkeypatch):
    accounts, exchange = house.exchange.accounts, house.exchange
    owner = Caller(house.ours.ids["owner"], house.ours.id, "owner", "Owner")
    row, key = exchange.add_token(owner, "token", "short-lived", None)
    look = accounts._by_token

    def slowly(name: str):
        found = look(name)
        exchange.revoke_token(owner, row["id"])
        return found

    monkeypatch.setattr(accounts, "_by_token", slowly)
    accounts.by_token(key)

    assert accounts.remembered(key) is None
