"""What strangers send is refused early, with a sentence, and leaves nothing behind."""

import base64
import io
import json
import resource
import struct
import time
import zipfile

import pytest

from tests.api.house import PASSWORD, House, build, project, zipped

GOOD = {"project.yaml": b"carnet: project/1\n"}


def link(name: str = "passwd", to: str = "/etc/passwd") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        member = zipfile.ZipInfo(name)
        member.external_attr = 0o120777 << 16
        packed.writestr(member, to)
    return buffer.getvalue()


def encrypted() -> bytes:
    raw = bytearray(zipped(GOOD))
    raw[6] |= 1
    at = raw.index(b"PK\x01\x02")
    raw[at + 8] |= 1
    return bytes(raw)


def lying() -> bytes:
    """The directory says ten bytes, the member holds a megabyte."""
    raw = bytearray(zipped({"a.txt": b"x" * 10_000}))
    at = raw.index(b"PK\x01\x02")
    raw[at + 24 : at + 28] = struct.pack("<I", 10)
    return bytes(raw)


HOSTILE = {
    "not-a-zip": (b"%PDF-1.4 hello", "not a zip archive"),
    "polyglot": (b"%PDF-1.4\n" + zipped(GOOD), "not a zip archive"),
    "empty": (zipped({}), "not a zip archive"),
    "truncated": (zipped(GOOD)[:-30], "cannot be read"),
    "bomb": (zipped({"bomb.bin": b"\0" * 20_000_000}), "that is a bomb"),
    "traversal": (zipped({**GOOD, "../evil.txt": b"x"}), "leaves the folder"),
    "deep-traversal": (zipped({**GOOD, "a/../../evil.txt": b"x"}), "leaves the folder"),
    "absolute": (zipped({**GOOD, "/etc/evil": b"x"}), "leaves the folder"),
    "backslash": (zipped({**GOOD, "..\\evil.txt": b"x"}), "backslash"),
    "drive": (zipped({**GOOD, "C:/evil.txt": b"x"}), "colon"),
    "control": (zipped({**GOOD, "a\x1b[2J.txt": b"x"}), "control character"),
    "symlink": (link(), "link or a device"),
    "nested": (zipped({**GOOD, "more.zip": zipped(GOOD)}), "archive within"),
    "encrypted": (encrypted(), "encrypted"),
    "lying": (lying(), "cannot be read"),
    "two-cases": (zipped({**GOOD, "A.txt": b"1", "a.txt": b"2"}), "upper and lower case"),
    "file-and-folder": (zipped({**GOOD, "a": b"1", "a/b": b"2"}), "a file and a folder"),
    "no-project": (zipped({"readme.txt": b"hello"}), "no project file"),
    "many-projects": (zipped({"a.yaml": b"carnet: project/1\n", "b.yaml": b"carnet: project/1\n"}), "several project"),
    "long-path": (zipped({**GOOD, "a" * 300: b"x"}), "longer than"),
    "yaml-bomb": (zipped({"project.yaml": b"carnet: project/1\na: &a [x,x]\nb: [*a,*a]\n"}), "project.yaml:"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_upload_is_refused(house, name):
    raw, says = HOSTILE[name]
    began, held = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    answer = house.ask("POST", "/projects", files={"archive": ("p.zip", raw)})

    assert answer.status_code == 422, answer.text
    assert says in answer.json()["detail"]
    assert time.perf_counter() - began < 1
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - held < 64 * 1024  # KiB


def test_many_members_are_refused(house):
    raw = zipped({f"f{n}.txt": b"" for n in range(10_001)})

    answer = house.ask("POST", "/projects", files={"archive": ("p.zip", raw)})

    assert answer.status_code == 422
    assert "10,001 members" in answer.json()["detail"]


def test_a_body_that_says_two_gigabytes_is_refused_before_it_is_read(house):
    def never():
        raise AssertionError("the body was read")
        yield b""

    headers = {"Content-Length": str(2 * 1024**3), "Authorization": f"Bearer {house.ours.tokens['owner']}"}
    answer = house.client.post("/api/v1/projects", headers=headers, content=b"")

    assert answer.status_code == 413
    assert answer.json()["type"] == "urn:carnet:problem:too-large"


def test_a_body_that_turns_out_too_large_is_cut_off(house):
    def endless():
        for _ in range(40):
            yield b"x" * 65536

    headers = {"Authorization": f"Bearer {house.ours.tokens['owner']}", "Content-Type": "application/json"}
    answer = house.client.post("/api/v1/users", headers=headers, content=endless())

    assert answer.status_code == 413


def b64(value: dict) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "token",
    [
        f"{b64({'alg': 'none'})}.{b64({'sub': 'owner', 'role': 'owner'})}.",
        f"{b64({'alg': 'HS256', 'kid': '../../dev/null'})}.{b64({'sub': 'owner'})}.AAAA",
        f"{b64({'alg': 'RS256', 'jwk': {}})}.{b64({'exp': 9999999999})}.AAAA",
        "carnet_token_",
        "carnet_token_" + "A" * 43,
        "' OR 1=1 --",
        "",
        "\u00e9".encode().decode("latin-1"),
    ],
)
def test_a_token_that_is_not_ours_opens_nothing(house, token):
    answer = house.client.get("/api/v1/me", headers={"Authorization": f"Bearer {token}".encode("latin-1")})

    assert answer.status_code == 401


def test_a_client_secret_is_no_token_and_a_wrong_secret_no_client(house):
    as_token = house.client.get("/api/v1/me", headers={"Authorization": f"Bearer {house.ours.tokens['client_secret']}"})
    form = {"grant_type": "client_credentials", "client_id": house.ours.ids["service"]}
    stolen = house.ask("POST", "/token", "", data={**form, "client_secret": house.theirs.tokens["client_secret"]})
    right = house.ask("POST", "/token", "", data={**form, "client_secret": house.ours.tokens["client_secret"]})

    assert (as_token.status_code, stolen.status_code, right.status_code) == (401, 401, 200)
    assert right.json()["token_type"] == "Bearer"
    assert (stolen.json()["error"], stolen.headers["www-authenticate"]) == ("invalid_client", 'Basic realm="carnet"')


def test_secrets_lie_in_the_database_only_as_digests(house):
    raw = b"".join(p.read_bytes() for p in house.exchange.settings.home.glob("exchange.sqlite*"))

    assert PASSWORD.encode() not in raw
    assert not any(token.encode() in raw for token in (*house.ours.tokens.values(), *house.theirs.tokens.values()))


def test_a_header_cannot_be_injected(house):
    name = 'x"\r\nSet-Cookie: a=b'
    answer = house.ask("GET", f"/projects/{house.ours.project}/dossier.md", headers={"X-Request-ID": "a b\x0b"})
    made = house.ask("POST", "/projects", files={"archive": ("p.zip", project())}, data={"title": name})

    assert answer.headers["x-request-id"] != "a b\x0b"
    assert made.status_code == 422


@pytest.fixture(scope="module")
def strict(tmp_path_factory) -> House:
    """A house that lets each caller ask five times at once."""
    return build(tmp_path_factory.mktemp("strict"), rate=1.0, burst=5)


def test_who_asks_too_often_hears_how_long_to_wait(strict):
    answers = [strict.ask("GET", "/me", "auditor") for _ in range(8)]
    other = strict.ask("GET", "/me", "reviewer")

    assert [a.status_code for a in answers] == [200] * 5 + [429] * 3
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert other.status_code == 200


def test_a_disabled_person_and_a_revoked_token_are_nobody(tmp_path):
    house = build(tmp_path)
    engineer = house.ours.ids["engineer"]
    gone = house.ask("PATCH", f"/users/{engineer}", json={"disabled": True}, headers={"If-Match": '"1"'})
    token = house.ask("GET", "/tokens", "auditor").json()["items"][0]
    revoked = house.ask("DELETE", f"/tokens/{token['id']}", "auditor")

    assert (gone.status_code, revoked.status_code) == (200, 204)
    assert house.ask("GET", "/me", "engineer").status_code == 401
    assert house.ask("GET", "/me", "auditor").status_code == 401


def test_the_last_owner_stays(tmp_path):
    house = build(tmp_path)

    answer = house.ask(
        "PATCH", f"/users/{house.ours.ids['owner']}", json={"role": "auditor"}, headers={"If-Match": '"1"'}
    )  # fmt: skip

    assert answer.status_code == 409
    assert "last owner" in answer.json()["detail"]


def test_a_busy_or_draining_server_says_so_and_stays_healthy(tmp_path):
    house = build(tmp_path)
    gate = house.client.app
    gate.draining = True
    refused, healthy, ready = (house.client.get(p) for p in ("/api/v1/me", "/health", "/ready"))
    gate.draining = False

    assert (refused.status_code, healthy.status_code, ready.status_code) == (503, 200, 503)
    assert refused.headers["retry-after"] == "1"
    assert house.ask("GET", "/me").status_code == 200


def test_a_refused_upload_leaves_no_file_behind(house):
    before = sorted(house.exchange.settings.work_folder.iterdir())
    text = zipfile.ZipFile(io.BytesIO(project())).read("project.yaml") + b"colour: red\n"
    refused = house.ask("POST", "/projects", files={"archive": ("p.zip", zipped({"project.yaml": text}))})

    assert refused.status_code == 422
    assert sorted(house.exchange.settings.work_folder.iterdir()) == before


def test_uploads_are_taken_a_few_at_a_time(tmp_path):
    house = build(tmp_path, uploads_at_once=0)
    refused = house.ask("POST", "/projects", files={"archive": ("p.zip", project())})

    assert (refused.status_code, house.ask("GET", "/projects").status_code) == (503, 200)


def test_metrics_count_by_route_and_name_no_tenant(house):
    house.ask("GET", f"/projects/{house.ours.project}")
    text = house.client.get("/metrics").text

    assert 'carnet_requests_total{method="GET",route="/api/v1/projects/{project_id}",status="200"}' in text
    assert house.ours.project not in text


def test_formulas_do_not_reach_a_spreadsheet():
    from carnet.doors.server.asking import table

    text = table([{"a": "=HYPERLINK(1)", "b": "+1", "c": "-1", "d": "@x", "e": "\tx", "f": "fine"}])

    assert text.splitlines()[1] == "'=HYPERLINK(1),'+1,'-1,'@x,'\tx,fine"
