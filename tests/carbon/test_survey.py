"""An inventory in the project states footprint facts about its subject, and a what-if stays one."""

import shutil
from pathlib import Path

import pytest

from carnet import app
from carnet.carbon.survey import survey
from carnet.errors import BadInput
from carnet.project import load_project

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "carbon"


@pytest.fixture(scope="module")
def catalog():
    return app.library(None, cache=False)


@pytest.fixture(scope="module")
def facts(catalog):
    return survey(load_project(EXAMPLES / "project.yaml", catalog), catalog)


def one(facts, subject, name):
    (found,) = [f for f in facts if (f.subject, f.name) == (subject, name)]
    return found


def test_the_pack_has_its_figures_with_units(facts):
    assert one(facts, "pack", "footprint.per_kwh").value.unit == "kgCO2e/kWh"
    assert one(facts, "pack", "footprint.gwp100").value.unit == "kgCO2e"
    capacity = one(facts, "pack", "footprint.per_kwh_capacity").value
    assert 50 < capacity.value < 90  # published range for LFP packs from this region, kgCO2e/kWh


def test_a_figure_says_until_when_it_holds(catalog, tmp_path):
    shutil.copytree(EXAMPLES, tmp_path / "p", ignore=shutil.ignore_patterns(".carnet"))
    path = tmp_path / "p" / "inventories" / "pack.yaml"
    text = path.read_text(encoding="utf-8")
    methods = "methods: [eu-cfb-ev-draft2024, gba-ghg-2, pact-3.0, gbt24067-2024]"
    assert methods in text
    path.write_text(text.replace(methods, "methods: [pact-3.0]"), encoding="utf-8")

    found = survey(load_project(tmp_path / "p" / "project.yaml", catalog), catalog)

    assert one(found, "pack", "footprint.valid_until").value == "2029-12-31"  # three years after the period


def test_the_tractor_has_its_figure_per_kilometer(facts):
    assert one(facts, "tractor", "footprint.per_km").value.unit == "gCO2e/km"
    assert one(facts, "tractor", "footprint.boundary").value == "cradle_to_grave"


def test_a_what_if_never_speaks_as_a_surveyor(facts):
    assert one(facts, "pack", "footprint.per_kwh").origin.kind == "what_if"  # a draft act
    assert one(facts, "pack", "footprint.gwp100").origin.kind == "surveyor"
    assert one(facts, "tractor", "footprint.per_km").origin.kind == "what_if"  # an announced mechanism


def test_every_fact_is_a_word_of_the_vocabulary_said_of_its_kind(facts, catalog):
    kinds = {"pack": "battery_pack", "tractor": "vehicle"}

    for fact in facts:
        word = catalog.words.word(fact.name)
        assert kinds[fact.subject] in word.about
        assert (
            catalog.words.value(fact.name, list(fact.value) if isinstance(fact.value, tuple) else fact.value)
            is not None
        )


def test_a_project_without_inventories_states_nothing(catalog, tmp_path):
    text = (EXAMPLES / "project.yaml").read_text(encoding="utf-8").split("inputs:")[0]
    (tmp_path / "project.yaml").write_text(text, encoding="utf-8")

    assert survey(load_project(tmp_path / "project.yaml", catalog), catalog) == ()


def test_an_inventory_about_nothing_known_is_told(catalog, tmp_path):
    shutil.copytree(EXAMPLES, tmp_path / "p")
    path = tmp_path / "p" / "project.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("{pack: inv", "{packet: inv"), encoding="utf-8")

    with pytest.raises(
        BadInput, match=r"inventories/pack.yaml: the inventory is about 'packet', which is no subject of the project"
    ):
        survey(load_project(path, catalog), catalog)


def test_the_review_hears_them(catalog):
    heard = app.survey(load_project(EXAMPLES / "project.yaml", catalog), catalog)

    assert {"footprint.per_kwh", "footprint.per_km"} <= {f.name for f in heard}
