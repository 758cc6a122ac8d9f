"""Same inputs, same bytes: neither cache, hash seed, time zone nor working folder makes a difference."""

import json
import shutil

import pytest

from carnet.catalog import open_catalog
from carnet.catalog.library import fingerprint
from tests.builders import (
    BASE,
    SHOWN,
    approval,
    carnet,
    charge,
    charger,
    disclosure,
    effort,
    expected_document,
    lay,
    pack,
    recognition,
    report,
    rule,
    run,
    signal,
    step,
    truck,
    write_project,
)

ROWS = (
    rule(demands=SHOWN, evidence=["type_approval"], effort=["cr-10-test"]),
    rule("xa.draft", demands="battery.passport", status=[step("2020-01-01", "draft")]),
    rule("any.pair", market="any", about="pair", demands="session.outcome == energy_transferred", force="contractual"),
    recognition(residual=["a label", "a drop test"], conditions=["the importer is registered"]),
    signal(),
    effort(),
    expected_document(),
    truck(inlets=["CH 2"]),
    pack(fitted_to=["truck"], chemistry="LFP"),
    charger(rated_power="240 kW"),
    charge(),
    approval(granted_in="xb"),
    report("extra", standard="CR 7.00", expires="2026-01-20"),
    disclosure("Charger Works", {"depot": ("charger", {"charger.rated_power": "150 kW"})}),
)
MARKETS = ["xa", "xb", "xc", "xd"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a library and a project in four markets."""
    here = tmp_path_factory.mktemp("same")
    lay(here, *ROWS)
    write_project(here, *ROWS, markets=MARKETS)
    return here


@pytest.fixture(scope="module")
def plain(folder):
    """What the project gives, read from the files and not from the cache."""
    return carnet(folder / "library", "review", folder / "project.yaml", "--format", "json", "--no-cache").out


def test_there_is_something_to_compare(plain):
    found = json.loads(plain)

    assert {f["market"] for f in found["findings"]} == set(MARKETS)
    assert {f["verdict"] for f in found["findings"]} >= {"residual", "unproven", "undecided"}
    assert found["exposure"]
    assert found["completeness"]
    assert found["questions"]
    assert found["steps"]


def test_the_cache_gives_the_same_bytes(folder, plain):
    words = [folder / "library", "review", folder / "project.yaml", "--format", "json"]
    shutil.rmtree(folder / ".carnet", ignore_errors=True)

    cold, warm = carnet(*words), carnet(*words)

    assert len(list((folder / ".carnet").glob("library-*.json"))) == 1
    assert cold.out == warm.out == plain


@pytest.mark.parametrize("format", ["json", "sarif", "md", "human"])
def test_neither_hash_seed_nor_time_zone_matters(folder, plain, format):
    words = [folder / "library", "review", folder / "project.yaml", "--format", format]

    tokyo = run(*words, PYTHONHASHSEED="1", TZ="Asia/Tokyo")
    lima = run(*words, PYTHONHASHSEED="2", TZ="America/Lima")

    assert tokyo.out == lima.out
    assert tokyo.out == plain if format == "json" else tokyo.out


def test_the_working_folder_does_not_matter(folder, plain):
    for cwd, project in (
        (folder, "project.yaml"),
        (folder.parent, f"{folder.name}/project.yaml"),
        (folder / "library", "../project.yaml"),
    ):
        ran = run(folder / "library", "review", project, "--format", "json", cwd=cwd)

        assert ran.out == plain


def test_a_moved_project_gives_the_same_bytes(folder, plain, tmp_path):
    shutil.copytree(folder, tmp_path / "moved")

    assert (
        carnet(tmp_path / "moved" / "library", "review", tmp_path / "moved" / "project.yaml", "--format", "json").out
        == plain
    )


def test_the_places_of_rules_do_not_depend_on_where_the_cache_was_made(folder):
    words = ["why", "xa.pack.safety", folder / "project.yaml", "--market", "xa", "--format", "json"]
    shutil.rmtree(folder / ".carnet", ignore_errors=True)

    made_there = run(folder / "library", *words, cwd=folder / "library")
    read_here = run(folder / "library", *words, cwd=folder)

    assert made_there.out == read_here.out


# --- the cache ---


def test_a_changed_file_is_never_answered_from_an_old_copy(tmp_path):
    library = lay(tmp_path, rule(demands="battery.rated_energy >= 100 kWh"))
    before = open_catalog(cache=tmp_path / "cache", base=library)
    path = library / "markets" / "xa" / "test-requirements.yaml"
    path.write_text(path.read_text().replace("100 kWh", "200 kWh"))

    after = open_catalog(cache=tmp_path / "cache", base=library)

    assert before.digest != after.digest
    assert after.table("requirements")[0]["demands"] == "battery.rated_energy >= 200 kWh"


@pytest.mark.parametrize("change", ["rename", "delete", "add"])
def test_a_renamed_deleted_or_added_file_changes_the_digest(tmp_path, change):
    library = lay(tmp_path, rule(demands="battery.passport"))
    path = library / "markets" / "xa" / "test-requirements.yaml"
    before = fingerprint([library])

    if change == "rename":
        path.rename(path.with_name("other.yaml"))
    elif change == "delete":
        path.unlink()
    else:
        path.with_name("other.yaml").write_text("requirements: []\n")

    assert fingerprint([library]) != before


def broken(digest: str, version: str) -> dict[str, bytes]:
    return {
        "empty": b"",
        "cut off": b'{"digest": "' + digest.encode(),
        "a list": b"[]",
        "a number": b"7",
        "deep": b"[" * 100_000,
        "not text": b"\xff\xfe\x00",
        "without tables": json.dumps({"digest": digest}).encode(),
        "with wrong tables": json.dumps({"digest": digest, "tables": [], "files": {}}).encode(),
        "of another library": json.dumps({"digest": "0" * 64, "tables": {}, "files": {}}).encode(),
    }


@pytest.mark.parametrize("damage", broken("", ""))
def test_a_broken_copy_is_only_a_copy(tmp_path, damage):
    whole = open_catalog(cache=tmp_path, base=BASE)
    (kept,) = tmp_path.glob("library-*.json")
    kept.write_bytes(broken(whole.digest.removeprefix("sha256:"), "")[damage])

    again = open_catalog(cache=tmp_path, base=BASE)

    assert (again.digest, again.table("units")) == (whole.digest, whole.table("units"))


def test_a_cache_that_cannot_be_written_is_no_error(tmp_path):
    (tmp_path / "cache").write_text("a file where a folder should be")

    assert open_catalog(cache=tmp_path / "cache", base=BASE).table("units")


def test_old_copies_do_not_pile_up(tmp_path):
    library = lay(tmp_path, rule(demands="battery.passport"))
    for number in range(3):
        (library / "markets" / "xa" / f"more{number}.yaml").write_text("requirements: []\n")
        open_catalog(cache=tmp_path / "cache", base=library)

    assert len(list((tmp_path / "cache").iterdir())) == 1
