"""A sealed review is recomputed from its inputs: one changed bit anywhere is found and named, and ends with exit 5."""

import json
import shutil

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.builders import (
    SHOWN,
    approval,
    carnet,
    charger,
    disclosure,
    lay,
    lay_rows,
    pack,
    recognition,
    report,
    rule,
    run,
    truck,
    write_project,
)

ROWS = (
    rule(demands=SHOWN, evidence=["type_approval"]),
    rule("xa.power", about="charger", demands="charger.rated_power >= 100 kW"),
    recognition(residual=["a label"]),
    truck(),
    pack(fitted_to=["truck"], versions={"hardware": "P7"}),
    charger(),
    approval(granted_in="xb", covers={"hardware": "P7"}),
    report("extra", standard="CR 7.00"),
    disclosure("Charger Works", {"depot": ("charger", {"charger.rated_power": "150 kW"})}),
)
INPUTS = ("project.yaml", "evidence/approval.txt", "evidence/extra.txt", "charger-works.yaml")


@pytest.fixture(scope="module")
def sealed(tmp_path_factory):
    """A folder with a library, a project and its seal."""
    folder = tmp_path_factory.mktemp("sealed")
    library = lay(folder, *ROWS)
    done = carnet(library, "evidence", "seal", write_project(folder, *ROWS))
    assert done.code == 0
    return folder


@pytest.fixture
def copy(sealed, tmp_path):
    """The same folder, to be spoiled."""
    shutil.copytree(sealed, tmp_path / "copy")
    return tmp_path / "copy"


def verify(folder, *options) -> tuple[int, dict[str, str]]:
    """The exit code, and what is said of every claim that does not hold."""
    ran = carnet(folder / "library", "evidence", "verify", folder / "project.seal.json", "--format", "json", *options)
    return ran.code, {c["id"]: c["message"] for c in ran.json["claims"] if not c["valid"]}


def test_an_unchanged_folder_is_valid_and_every_input_is_a_claim(sealed):
    ran = carnet(sealed / "library", "evidence", "verify", sealed / "project.seal.json", "--format", "json")

    assert ran.code == 0
    assert ran.json["valid"] is True
    assert [c["id"] for c in ran.json["claims"]] == ["seal", *sorted(INPUTS), "catalog", "engine", "dossier"]


def test_verifying_says_so_to_people(sealed):
    ran = carnet(sealed / "library", "evidence", "verify", sealed / "project.seal.json")

    assert ran.out.splitlines()[-1] == "valid: everything is as it was sealed"


def test_a_moved_folder_is_as_valid_as_before(copy):
    assert verify(copy) == (0, {})


def test_a_seal_may_be_verified_from_any_working_folder(copy, tmp_path):
    for cwd in (copy, tmp_path, copy / "evidence"):
        ran = run(copy / "library", "evidence", "verify", copy / "project.seal.json", cwd=cwd)

        assert (ran.code, ran.err) == (0, "")


@pytest.mark.parametrize("name", INPUTS)
def test_one_changed_byte_of_an_input_is_found_and_named(copy, name):
    path = copy / name
    path.write_bytes(path.read_bytes() + b" ")

    code, broken = verify(copy)

    assert code == 5
    assert name in broken
    assert "dossier" in broken


@pytest.mark.parametrize("name", INPUTS)
def test_a_missing_input_is_found_and_named(copy, name):
    (copy / name).unlink()

    code, broken = verify(copy)

    assert code == 5
    assert "the file is not there" in broken[name]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_flipped_bit_of_any_input_is_found(sealed, tmp_path, data):
    name = data.draw(st.sampled_from(INPUTS))
    copy = tmp_path / "flipped"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(sealed, copy)
    raw = bytearray((copy / name).read_bytes())
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    (copy / name).write_bytes(raw)

    code, broken = verify(copy)

    assert code == 5
    assert name in broken


def test_a_changed_rule_is_found(copy):
    path = copy / "library" / "markets" / "xa" / "test-requirements.yaml"
    path.write_text(path.read_text().replace("100 kW", "120 kW"))

    code, broken = verify(copy)

    assert code == 5
    assert broken["catalog"].startswith("the library changed; its rules of today are others: sealed sha256:")
    assert "dossier" in broken


def test_a_library_forged_in_the_cache_is_not_believed(copy):
    """The cache travels with a project and holds what a rule is said to demand; a seal must not rest on it."""
    before = json.loads((copy / "project.seal.json").read_text())
    carnet(copy / "library", "review", copy / "project.yaml")
    (kept,) = (copy / ".carnet").glob("library-*.json")
    kept.write_text(kept.read_text().replace("100 kW", "1000 kW"))
    carnet(copy / "library", "evidence", "seal", copy / "project.yaml")

    code, broken = verify(copy)

    assert (code, list(broken)) == (0, [])
    assert json.loads((copy / "project.seal.json").read_text())["dossier"] == before["dossier"]


SEALED = ("on", "known", "event", "engine", "dossier", "digest")


@pytest.mark.parametrize("key", SEALED)
def test_an_edited_seal_is_found(copy, key):
    path = copy / "project.seal.json"
    seal = json.loads(path.read_text())
    seal[key] = {"on": "2027-01-01", "known": "2027-01-01", "event": "in_use"}.get(key, "sha256:" + "0" * 64)
    path.write_text(json.dumps(seal))

    code, broken = verify(copy)

    assert code == 5
    assert "seal" in broken


@pytest.mark.parametrize("key", SEALED)
def test_a_seal_without_its_parts_is_refused_or_broken(copy, key):
    path = copy / "project.seal.json"
    seal = json.loads(path.read_text())
    del seal[key]
    path.write_text(json.dumps(seal))

    ran = carnet(copy / "library", "evidence", "verify", path)

    assert ran.code in (2, 5)
    assert "made a mistake" not in ran.err


def test_a_forged_seal_of_another_dossier_is_found_by_reviewing_again(copy):
    """Whoever edits a seal can renew its own digest; the dossier is recomputed all the same."""
    from carnet.ledger.seal import canonical_digest

    path = copy / "project.seal.json"
    seal = json.loads(path.read_text())
    seal["dossier"] = "sha256:" + "0" * 64
    seal["digest"] = canonical_digest({k: v for k, v in seal.items() if k != "digest"})
    path.write_text(json.dumps(seal))

    code, broken = verify(copy)

    assert (code, list(broken)) == (5, ["dossier"])


def test_a_dossier_kept_as_json_can_be_verified_itself(copy):
    kept = copy / "kept.json"
    kept.write_text(carnet(copy / "library", "review", copy / "project.yaml", "--format", "json").out)
    whole = carnet(copy / "library", "evidence", "verify", kept)
    kept.write_text(kept.read_text().replace('"verdict": "residual"', '"verdict": "met"'))
    edited = carnet(copy / "library", "evidence", "verify", kept)

    assert (whole.code, edited.code) == (0, 5)
    assert "BROKEN  dossier" in edited.out


@pytest.mark.parametrize(
    "value",
    [
        "",
        "[]",
        "7",
        "{}",
        "null",
        '{"schema": "carnet/seal/1"}',
        '{"schema": "carnet/dossier/1"}',
        '{"schema": "carnet/seal/1", "file": "../x.yaml", "on": "", "known": "", "event": "", "engine": "", '
        '"inputs": {}, "catalog": {}}',
        '{"schema": "carnet/seal/1", "file": "project.yaml", "on": "x", "known": "x", "event": "x", "engine": "x", '
        '"inputs": {"a": 1}, "catalog": {}}',
        '{"schema": "carnet/seal/1", "file": "project.yaml", "on": "2026", "known": "2026", "event": "in_use", '
        '"engine": "x", "inputs": {}, "catalog": {}}',
        '{"schema": "carnet/seal/1", "file": "project.yaml", "on": "July", "known": "2026", "event": "in_use", '
        '"engine": "x", "inputs": {}, "catalog": {"digest": "x"}}',
        '{"schema": "carnet/seal/1", "file": "project.yaml", "on": "2026", "known": "2026", "event": "sale", '
        '"engine": "x", "inputs": {}, "catalog": {"digest": "x"}}',
        '{"schema": "carnet/seal/1", "file": "project.yaml", "on": "2026", "known": "2026", "event": "in_use", '
        '"engine": "x", "inputs": {"a\\u0000b": {"digest": "x"}}, "catalog": {"digest": "x"}}',
        '{"schema": "carnet/seal/1", "file": "project.yaml", "on": "2026", "known": "2026", "event": "in_use", '
        '"engine": "x", "inputs": {}, "catalog": {"digest": NaN}, "more": 1e999}',
        '{"schema": "carnet/seal/1", "file": "project.yaml", "on": "2026", "known": "2026", "event": "in_use", '
        '"engine": "\\ud800", "inputs": {}, "catalog": {"digest": "x"}}',
        '{"schema": "carnet/seal/1", "file": "project.yaml", "on": "2026", "known": "2026", "event": "in_use", '
        '"engine": "x", "inputs": {}, "catalog": {"digest": "x"}, "more": 123456789012345678901234567890}',
        '{"schema": "carnet/seal/1", "file": "project.yaml", "on": "2026", "known": "2026", "event": "in_use", '
        '"engine": "x", "inputs": {"' + "x" * 5000 + '": {"digest": "x"}}, "catalog": {"digest": "x"}}',
        "[" * 100_000,
    ],
)
def test_what_is_no_seal_is_refused_or_broken_and_never_our_mistake(copy, value):
    path = copy / "project.seal.json"
    path.write_text(value)

    ran = carnet(copy / "library", "evidence", "verify", path)

    assert ran.code in (2, 5)
    assert "made a mistake" not in ran.err


@pytest.mark.parametrize("name", ["../outside.txt", "/etc/hostname"])
def test_a_seal_does_not_make_us_read_elsewhere(copy, name):
    (copy.parent / "outside.txt").write_text("secret")
    path = copy / "project.seal.json"
    seal = json.loads(path.read_text())
    seal["inputs"][name] = {"digest": "sha256:" + "0" * 64, "bytes": 6}
    path.write_text(json.dumps(seal))

    _, broken = verify(copy)

    assert "the file is not there" in broken[name]


def test_a_link_that_leads_elsewhere_is_not_followed(copy):
    (copy.parent / "outside.txt").write_bytes((copy / "evidence" / "extra.txt").read_bytes())
    (copy / "evidence" / "extra.txt").unlink()
    (copy / "evidence" / "extra.txt").symlink_to(copy.parent / "outside.txt")

    _, broken = verify(copy)

    assert "the file is not there" in broken["evidence/extra.txt"]


def test_a_private_library_is_part_of_what_is_sealed(copy):
    private = lay_rows(copy / "buyer", rule("buyer.energy", market="any", demands="battery.rated_energy >= 1 kWh"))
    carnet(copy / "library", "evidence", "seal", copy / "project.yaml", "--with", private)

    without, _ = verify(copy)
    with_it = verify(copy, "--with", private)

    assert without == 5
    assert with_it == (0, {})
