"""The dossier's chapter on carbon shows numbers that add up, calls a what-if by its name, and says what is missing."""

import re
import shutil
from pathlib import Path

import pytest

from carnet import app
from carnet.carbon import survey as surveyor
from carnet.carbon.chapter import chapter
from carnet.chapter import Figure, Table, Text
from carnet.project import load_project

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "carbon"


@pytest.fixture(scope="module")
def catalog():
    return app.library(None, cache=False)


@pytest.fixture(scope="module")
def shown(catalog):
    return chapter(load_project(EXAMPLES / "project.yaml", catalog), catalog)


def part(shown, kind, words):
    (found,) = [p for p in shown.parts if isinstance(p, kind) and words in p.title]
    return found


def changed(folder, catalog, old, new, file="inventories/pack.yaml"):
    shutil.copytree(EXAMPLES, folder / "p", ignore=shutil.ignore_patterns(".carnet"))
    path = folder / "p" / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    return chapter(load_project(folder / "p" / "project.yaml", catalog), catalog)


def test_the_lead_says_every_number_and_which_is_a_what_if(shown):
    assert shown.id == "carbon"
    assert re.search(r"Swap pack, 282 kWh: [\d.e-]+ kgCO2e/kWh under .*\(what-if\)", shown.lead)
    assert "Swap tractor, 40 t: " in shown.lead


def test_stages_of_every_method_stand_in_words_beside_the_picture(shown):
    figure = part(shown, Figure, "pack, 282 kWh: stages of the life cycle")

    assert figure.svg.startswith("<svg")
    for method in ("eu-cfb-ev-draft2024", "gba-ghg-2", "pact-3.0", "gbt24067-2024"):
        assert f"{method}: materials " in figure.alt


def test_the_waterfall_of_contributions_ends_at_the_footprint(shown):
    figure = part(shown, Figure, "pack, 282 kWh: what it is made of")
    *steps, total = re.findall(r" ([+-][\d.]+(?:e-?\d+)?)|together ([\d.e-]+)\.$", figure.alt)

    assert sum(float(s) for s, _ in steps) == pytest.approx(float(total[1]), rel=2e-3)  # four digits each


def test_economies_add_up_along_the_whole_chain(shown):
    figure = part(shown, Figure, "pack, 282 kWh: where along the chain")
    shares = [int(x) for x in re.findall(r"\((-?\d+)%\)", figure.alt)]

    assert abs(sum(shares) - 100) <= len(shares)  # each rounded to a percent
    assert "China" in figure.alt
    assert "place not stated" in figure.alt


def test_the_ledger_adds_up_to_the_last_bit(shown):
    table = part(shown, Table, "pack, 282 kWh: difference ledger")
    sums, gaps = {}, {}
    for method, cause, delta, _ in table.rows:
        if cause == "gap":
            gaps[method] = float(delta)
        else:
            sums[method] = sums.get(method, 0.0) + float(delta)

    assert {m: g for m, g in gaps.items() if g} == {m: sums[m] for m in sums}


def test_without_a_threshold_nothing_is_passed(shown):
    said = [p.text for p in shown.parts if isinstance(p, Text)]

    assert any("no threshold or class is known" in s for s in said)


def test_a_threshold_has_its_chance(tmp_path, catalog):
    limit = "thresholds: [{id: class-a, value: 19000, unit: kgCO2e/piece}]\nproduct:\n"
    found = changed(tmp_path, catalog, "product:\n", limit)
    table = part(found, Table, "chance to lie below a threshold")

    assert {row[0] for row in table.rows} == {"pact-3.0", "gbt24067-2024"}
    for _, name, value, chance, below in table.rows:
        assert (name, value) == ("class-a", "19,000 kgCO2e/piece")
        assert re.fullmatch(r"\d+%", chance)
        assert below in ("yes", "no")


def test_what_is_missing_for_an_audit_is_listed(shown):
    table = part(shown, Table, "pack, 282 kWh: what is missing for an audit")
    said = [row[1] for row in table.rows]

    assert any("only memory or the press" in s for s in said)
    assert any("verification is mandatory" in s for s in said)
    assert "sha256:" in table.note


def test_reports_of_third_parties_are_compared(tmp_path, catalog):
    report = (
        "third_party: [{id: lca, file: pack.yaml, kind: lca_report, issuer: Lab, standard: 'ISO 14067:2018', "
        "stages: [materials]}]\nproduct:\n"
    )
    table = part(changed(tmp_path, catalog, "product:\n", report), Table, "reports of third parties")

    assert ("lca", "boundary", "materials", table.rows[0][3], "no") == table.rows[0]


def test_the_chapter_is_the_same_every_time_and_computes_nothing_twice(catalog, monkeypatch):
    project = load_project(EXAMPLES / "project.yaml", catalog)
    surveyor.survey(project, catalog)
    first = chapter(project, catalog)
    monkeypatch.setattr(surveyor, "report", lambda *_, **__: pytest.fail("computed again"))

    assert chapter(project, catalog) == first


def test_a_project_without_inventories_has_no_chapter(catalog, tmp_path):
    text = (EXAMPLES / "project.yaml").read_text(encoding="utf-8").split("inputs:")[0]
    (tmp_path / "project.yaml").write_text(text, encoding="utf-8")

    assert chapter(load_project(tmp_path / "project.yaml", catalog), catalog) is None
