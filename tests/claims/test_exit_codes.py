"""A command ends with the code its caller can act on, says why on stderr, and leaves files whole or not at all.

0 nothing at or above the fail level, 1 findings, 2 bad usage or input, 3 no rule or market known, 4 our own mistake,
5 integrity failure.
"""

import json
import subprocess
import sys

import pytest

from tests.builders import SHOWN, START, carnet, lay, pack, report, rule, run, truck, write_project

LEVELS = ("not_applicable", "met", "residual", "undecided", "unproven", "unmet")
RULES = {
    "not_applicable": rule(demands="battery.passport", applies="battery.chemistry == NMC"),
    "met": rule(demands="battery.chemistry == LFP"),
    "undecided": rule(demands="battery.chemistry == LFP", asks="Really?"),
    "unproven": rule(demands=SHOWN, evidence=["test_report"]),
    "unmet": rule(demands="battery.chemistry == NMC"),
}
PACK = pack(chemistry="LFP")


def review(folder, *rows, options=(), **said):
    return carnet(lay(folder, *rows), "review", write_project(folder, *rows, **said), *options)


@pytest.mark.parametrize("verdict", RULES)
@pytest.mark.parametrize("level", LEVELS)
def test_it_fails_at_the_level_asked_for_and_above(tmp_path, verdict, level):
    ran = review(tmp_path, RULES[verdict], PACK, options=["--fail-on", level, "--format", "json"])

    assert ran.code == (1 if LEVELS.index(verdict) >= LEVELS.index(level) else 0)


def test_unmet_is_the_level_when_nobody_says(tmp_path):
    assert review(tmp_path, RULES["unmet"], PACK).code == 1
    assert review(tmp_path, RULES["unproven"], PACK).code == 0


def test_never_is_never(tmp_path):
    assert review(tmp_path, RULES["unmet"], PACK, options=["--fail-on", "never"]).code == 0


def test_the_result_goes_to_stdout_and_nothing_else(tmp_path):
    ran = review(tmp_path, RULES["met"], PACK, options=["--format", "json"])

    assert json.loads(ran.out)["schema"] == "carnet/dossier/1"
    assert ran.err == ""


def test_a_bad_project_ends_with_2_and_an_empty_stdout(tmp_path):
    ran = review(tmp_path, RULES["met"], pack(chemistry="LFX"), options=["--format", "json"])

    assert (ran.code, ran.out) == (2, "")
    assert "battery.chemistry: 'LFX' is not one of LFP, NMC" in ran.err


def test_a_bad_library_ends_with_2(tmp_path):
    ran = review(tmp_path, rule(demands="battery.chemisty == LFP"), PACK)

    assert ran.code == 2
    assert "no fact is called 'battery.chemisty'; did you mean 'battery.chemistry'?" in ran.err


def test_an_unknown_economy_ends_with_3(tmp_path):
    ran = review(tmp_path, PACK, markets=["xq"])

    assert ran.code == 3
    assert "no economy of the code 'xq' is known." in ran.err


def test_a_broken_seal_ends_with_5(tmp_path):
    library, path = lay(tmp_path), write_project(tmp_path, truck())
    carnet(library, "evidence", "seal", path)
    path.write_text(path.read_text() + " ")

    assert carnet(library, "evidence", "verify", tmp_path / "project.seal.json").code == 5


def test_our_own_mistake_ends_with_4_and_asks_for_a_report(tmp_path, monkeypatch):
    def stumble(*_, **__):
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr("carnet.app.review_project", stumble)

    ran = carnet(lay(tmp_path), "review", write_project(tmp_path, truck()))

    assert ran.code == 4
    assert ran.err.startswith("carnet made a mistake: ZeroDivisionError: division by zero\nPlease report it")


@pytest.mark.parametrize(
    "words", [["revew"], ["review", "--frmat", "json"], ["why"], ["review", "p.yaml", "--format", "yaml"]]
)
def test_a_command_nobody_knows_ends_with_2(tmp_path, words):
    ran = carnet(lay(tmp_path), *words)

    assert ran.code == 2
    assert ran.err


def test_a_missing_project_ends_with_2(tmp_path):
    ran = carnet(lay(tmp_path), "review", tmp_path / "gone.yaml")

    assert ran.code == 2
    assert "gone.yaml:1:1: cannot be read: No such file or directory" in ran.err


def test_a_folder_is_no_project(tmp_path):
    ran = carnet(lay(tmp_path), "review", tmp_path)

    assert ran.code == 2
    assert ":1:1: cannot be read: Is a directory" in ran.err


def test_a_reader_that_goes_away_is_no_mistake(tmp_path):
    library, path = lay(tmp_path, RULES["met"]), write_project(tmp_path, PACK)
    command = [sys.executable, "-c", START, str(library), "review", str(path), "--format", "json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        complaint = process.stderr.read()

    assert b"Traceback" not in complaint
    assert b"made a mistake" not in complaint


# --- files appear whole or not at all ---


def test_a_file_is_written_beside_nothing_left_over(tmp_path):
    out = tmp_path / "out"
    out.mkdir()

    ran = review(tmp_path, RULES["met"], PACK, options=["--html", out / "dossier.html"])

    assert ran.code == 0
    assert [p.name for p in out.iterdir()] == ["dossier.html"]


def test_a_place_that_cannot_be_written_is_refused_and_nothing_is_left(tmp_path):
    ran = review(tmp_path, RULES["met"], PACK, options=["--html", tmp_path / "nowhere" / "dossier.html"])

    assert ran.code == 2
    assert "dossier.html: cannot be written: No such file or directory." in ran.err
    assert not (tmp_path / "nowhere").exists()


def test_when_one_of_two_files_cannot_be_written_the_other_is_whole(tmp_path):
    old = tmp_path / "dossier.html"
    old.write_text("the old one")

    ran = review(tmp_path, RULES["met"], PACK, options=["--html", old, "--xlsx", tmp_path / "nowhere" / "d.xlsx"])

    assert ran.code == 2
    assert old.read_text().endswith(("the old one", "</html>", "</html>\n"))
    assert not list(tmp_path.glob(".dossier*"))


def test_a_bad_project_leaves_an_old_dossier_untouched(tmp_path):
    old = tmp_path / "dossier.html"
    old.write_text("the old one")

    ran = review(tmp_path, pack(chemistry="LFX"), options=["--html", old])

    assert (ran.code, old.read_text()) == (2, "the old one")


def test_a_full_disk_leaves_the_old_file_whole(tmp_path, monkeypatch):
    old = tmp_path / "dossier.html"
    old.write_text("the old one")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", full)
    ran = review(tmp_path, RULES["met"], PACK, options=["--html", old, "--no-cache"])

    assert ran.code == 2
    assert "cannot be written: No space left on device." in ran.err
    assert old.read_text() == "the old one"
    assert not list(tmp_path.glob(".dossier*"))


def test_help_and_version_end_with_0(tmp_path):
    for words in (["--help"], ["--version"], ["review", "--help"]):
        assert run(lay(tmp_path), *words).code == 0


def test_evidence_that_fails_does_not_hide_in_a_green_build(tmp_path):
    failed = report(result="fail")

    assert review(tmp_path, rule(demands=SHOWN, evidence=["test_report"]), pack(), failed).code == 1
