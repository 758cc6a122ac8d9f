"""The API gives what the command line gives, in pages, once per key, and says what is wrong in sentences."""

import io
import json
import zipfile

import jsonschema
import pytest

from carnet.doors.server.problems import TITLES
from tests.api.house import EXAMPLES, example, project, zipped


def upload(house, raw: bytes, role: str = "engineer", **options):
    return house.ask("POST", "/projects", role, files={"archive": ("p.zip", raw)}, **options)


@pytest.fixture(scope="module")
def charger(house) -> str:
    """The example charger, uploaded."""
    answer = upload(house, example("dc-charger"))
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def test_a_review_is_the_dossier_of_the_command_line(house, charger):
    from carnet import app
    from carnet.dossier.json import contract
    from tests.api.house import library

    project, _ = app.open_project(EXAMPLES / "dc-charger.yaml")
    plain = contract(app.judge_project(project, library()), library())
    answer = house.ask("GET", f"/projects/{charger}/review")

    assert answer.json()["findings"] == json.loads(
        json.dumps(plain["findings"], default=str).replace("dc-charger.yaml", "project.yaml")
    )


def test_a_review_holds_to_its_published_schema(house, charger):
    document = house.ask("GET", "/openapi.json", "").json()
    answer = house.ask("GET", f"/projects/{charger}/review").json()

    jsonschema.Draft202012Validator(
        {**document["components"]["schemas"]["Dossier"], "components": document["components"]}
    ).validate(answer)


def test_the_same_dossier_is_not_sent_twice(house, charger):
    first = house.ask("GET", f"/projects/{charger}/review")
    again = house.ask("GET", f"/projects/{charger}/review", headers={"If-None-Match": first.headers["etag"]})

    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("format", ["human", "json", "jsonl", "sarif", "junit", "md", "html", "pdf", "xlsx"])
def test_every_form_of_the_dossier_can_be_fetched(house, charger, format):
    answer = house.ask("GET", f"/projects/{charger}/dossier.{format}")

    assert answer.status_code == 200
    assert answer.headers["content-disposition"].startswith("attachment; filename=")
    assert len(answer.content) > 1000


def test_days_move_the_answer_and_bad_days_hear_the_sentence(house, charger):
    early = house.ask("GET", f"/projects/{charger}/review", params={"on": "2020-01-01"}).json()
    wrong = house.ask("GET", f"/projects/{charger}/review", params={"on": "soon"})

    assert early["on"] == "2020-01-01"
    assert wrong.status_code == 422
    assert "on: 'soon'" in wrong.json()["detail"]


def test_findings_come_in_pages_that_add_up(house, charger):
    whole = house.ask("GET", f"/projects/{charger}/review").json()["findings"]
    found, cursor = [], ""
    while cursor is not None:
        page = house.ask("GET", f"/projects/{charger}/findings", params={"limit": 7, "cursor": cursor}).json()
        found += page["items"]
        cursor = page["next"]

    assert found == whole


def test_rows_are_written_as_an_arrow_stream(house, charger):
    import pyarrow as pa

    plain = house.ask("GET", f"/projects/{charger}/findings", params={"limit": 200}).json()["items"]
    answer = house.ask(
        "GET", f"/projects/{charger}/findings", headers={"Accept": "application/vnd.apache.arrow.stream"}
    )

    table = pa.ipc.open_stream(answer.content).read_all()
    assert table.column("id").to_pylist() == [row["id"] for row in plain]
    assert json.loads(table.column("about")[0].as_py()) == plain[0]["about"]


def test_a_review_says_how_it_gets_on(house, charger):
    answer = house.ask("GET", f"/projects/{charger}/review/progress", params={"on": "2027-05-05"})

    events = [block.split("\n") for block in answer.text.strip().split("\n\n")]
    kinds = [block[0].removeprefix("event: ") for block in events]
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert kinds[-1] == "done"
    assert set(kinds[:-1]) == {"part"}
    assert any("market" in block[1] for block in events)
    counts = json.loads(events[-1][1].removeprefix("data: "))
    whole = house.ask("GET", f"/projects/{charger}/review", params={"on": "2027-05-05"}).json()
    assert counts == whole["counts"]


def test_findings_are_narrowed_and_written_as_csv_and_lines(house, charger):
    address = f"/projects/{charger}/findings"
    unproven = house.ask("GET", address, params={"verdict": "unproven", "limit": 200}).json()["items"]
    csv = house.ask("GET", address, params={"verdict": "unproven"}, headers={"Accept": "text/csv"})
    lines = house.ask("GET", address, params={"verdict": "unproven"}, headers={"Accept": "application/x-ndjson"})
    other = house.ask("GET", address, headers={"Accept": "image/png"})

    assert {f["verdict"] for f in unproven} == {"unproven"}
    assert csv.text.count("\r\n") == len(unproven) + 1
    assert [json.loads(line) for line in lines.text.splitlines()] == unproven
    assert other.status_code == 406


def test_why_names_the_rule_and_a_wrong_id_hears_the_nearest(house, charger):
    first = house.ask("GET", f"/projects/{charger}/findings").json()["items"][0]
    right = house.ask("GET", f"/projects/{charger}/why", params={"id": first["id"]}).json()["items"]
    wrong = house.ask("GET", f"/projects/{charger}/why", params={"id": first["rule"] + "x"})

    assert right[0]["rule"] == first["rule"]
    assert wrong.status_code == 404
    assert f"did you mean '{first['rule']}" in wrong.json()["detail"] or first["rule"] in wrong.json()["detail"]


def test_two_days_are_compared(house, charger):
    rows = house.ask("GET", f"/projects/{charger}/compare", params={"on": "2010-01-01", "to_on": "2030-01-01"}).json()

    assert all(row["change"] in ("new", "gone", "better", "worse", "standing") for row in rows["items"])
    assert rows["items"]


def test_a_seal_verifies_until_a_file_changes(house, charger):
    seal = house.ask("POST", f"/projects/{charger}/seal").json()
    good = house.ask("POST", f"/projects/{charger}/verify", json=seal).json()
    bad = house.ask("POST", f"/projects/{charger}/verify", json={**seal, "on": "2028-01-01"}).json()
    none = house.ask("POST", f"/projects/{charger}/verify", json={"a": 1})

    assert good["valid"]
    assert not bad["valid"]
    assert none.status_code == 422


def test_a_version_needs_the_revision_it_changes(house):
    made = upload(house, project("Versioned")).json()
    address, files = f"/projects/{made['id']}/versions", {"archive": ("p.zip", project("Second"))}
    silent = house.ask("POST", address, "engineer", files=files)
    right = house.ask("POST", address, "engineer", files=files, headers={"If-Match": '"1"'})
    late = house.ask("POST", address, "engineer", files=files, headers={"If-Match": '"1"'})

    assert (silent.status_code, right.status_code, late.status_code) == (428, 201, 412)
    assert right.json()["number"] == 2
    assert house.ask("GET", f"/projects/{made['id']}").json()["head"] == 2


def test_the_same_key_gives_the_same_answer_and_changes_nothing_twice(house):
    headers = {"Idempotency-Key": "upload-1"}
    first, again = (upload(house, project("Once"), headers=headers) for _ in range(2))
    other = upload(house, project("Other"), headers=headers)

    assert first.json() == again.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert (other.status_code, other.json()["type"]) == (422, "urn:carnet:problem:key-reused")
    titles = [p["title"] for p in house.ask("GET", "/projects", params={"limit": 200}).json()["items"]]
    assert titles.count("Once") == 1


def test_a_project_with_problems_hears_all_of_them_and_nothing_is_kept(house):
    before = len(house.ask("GET", "/projects", params={"limit": 200}).json()["items"])
    text = zipfile.ZipFile(io.BytesIO(project())).read("project.yaml").decode()
    answer = upload(house, zipped({"project.yaml": text.replace("vehicle.category", "vehicle.categroy")}))

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert all(e["place"].startswith("project.yaml:") for e in answer.json()["errors"])
    assert "did you mean 'vehicle.category'" in answer.json()["detail"]
    assert len(house.ask("GET", "/projects", params={"limit": 200}).json()["items"]) == before


def test_a_private_library_stays_inside_the_folder(house):
    text = zipfile.ZipFile(io.BytesIO(project())).read("project.yaml").decode() + "libraries: [/etc, ../../x]\n"
    answer = upload(house, zipped({"project.yaml": text}))

    assert answer.status_code == 422
    assert "leaves the project's folder" in answer.json()["detail"]


def test_a_folder_comes_back_as_it_was(house, charger):
    answer = house.ask("GET", f"/projects/{charger}/versions/1/archive")
    packed = zipfile.ZipFile(io.BytesIO(answer.content))

    assert packed.read("project.yaml") == (EXAMPLES / "dc-charger.yaml").read_bytes()


def test_a_second_person_signs_off_once(house, charger):
    review = house.ask("POST", f"/projects/{charger}/reviews", "engineer", json={"on": "2027-02-01"}).json()
    approve = {"review": review["id"], "decision": "approved", "note": "Seen."}
    first = house.ask("POST", f"/projects/{charger}/approvals", "reviewer", json=approve)
    again = house.ask("POST", f"/projects/{charger}/approvals", "reviewer", json=approve)
    upload_by_owner = upload(house, project("Own"), "owner").json()
    own = house.ask("POST", f"/projects/{upload_by_owner['id']}/reviews", "owner", json={}).json()
    self_approved = house.ask(
        "POST",
        f"/projects/{upload_by_owner['id']}/approvals",
        "owner",
        json={"review": own["id"], "decision": "approved"},
    )

    assert first.status_code == 201
    assert (again.status_code, again.json()["type"]) == (409, "urn:carnet:problem:conflict")
    assert (self_approved.status_code, self_approved.json()["type"]) == (409, "urn:carnet:problem:same-person")


def test_the_log_proves_what_was_done(house, charger):
    from carnet.ledger.checkpoint import read_checkpoint
    from carnet.ledger.keys import public_key
    from carnet.ledger.log import check_entry

    entries = house.ask("GET", "/audit/entries", "auditor", params={"limit": 200}).json()["items"]
    brought = next(e for e in entries if e["kind"] == "project.added" and e["about"] == charger)
    proof = house.ask("GET", f"/audit/entries/{brought['number']}/proof", "auditor").json()
    key = public_key(house.ask("GET", "/audit/checkpoint", "auditor").json()["key"])
    checkpoint, _ = read_checkpoint(proof["checkpoint"], {house.exchange.keeper.origin: key})
    checked = house.ask("GET", "/audit/verification", "auditor").json()

    assert check_entry(proof, checkpoint).body["about"] == charger
    assert checked["valid"], checked["problems"]


def test_the_library_is_asked_as_on_the_command_line(house):
    from carnet.catalog import query
    from tests.api.house import library

    rows = house.ask("GET", "/catalog/requirements", params={"market": "sg", "limit": 200}).json()["items"]
    wrong = house.ask("GET", "/catalog/requirments")
    economy = house.ask("GET", "/catalog/requirements", params={"market": "zz"})

    assert rows == query.rows(library(), "requirements", "sg")[:200]
    assert "did you mean 'requirements'" in wrong.json()["detail"]
    assert economy.status_code == 404


@pytest.mark.parametrize("cursor", ["!", "AAAA", "ZGVmZ", "\u00e9", "=" * 20])
def test_a_cursor_we_did_not_make_is_refused(house, cursor):
    assert house.ask("GET", "/users", params={"cursor": cursor}).status_code in (400, 200)
    assert house.ask("GET", "/catalog/topics", params={"cursor": cursor}).status_code == 400


def test_every_kind_of_problem_has_its_line_in_the_docs():
    text = (EXAMPLES.parent / "docs" / "server-problems.md").read_text(encoding="utf-8")

    assert [kind for kind in TITLES if f"`{kind}`" not in text] == []
