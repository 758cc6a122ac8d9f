"""The supply chapter shows what is known with its bounds, and leaves out what nobody gave."""

import json
import shutil

import pytest

from carnet.catalog import open_catalog
from carnet.chapter import Figure, Table, Text
from carnet.project import load_project
from carnet.supply import surveyed
from carnet.supply.chapter import chapter
from carnet.supply.origins import links
from carnet.supply.survey import survey
from carnet.supply.templates import write_csv
from carnet.supply.trace import Tracer

from .world import ROOT, rows, world

FLAGSHIP = {
    "chain": "supply/truck-battery", "lots": {"pack": "CHN-P7-000123"}, "category": "ev",
    "shock": "supply/line.yaml", "loop": "supply/loop.yaml",
}  # fmt: skip
PARTS = (
    "comes from", "origins", "questions", "concentration", "largest hands", "single points", "recycled", "coverage",
    "cheapest missing", "identity and duties", "blow costs", "Planned loop",
)  # fmt: skip
LINE = (ROOT / "examples" / "supply" / "line.yaml").read_text()


@pytest.fixture(scope="module")
def catalog():
    return open_catalog()


def project(folder, supply, catalog):
    body = {
        "carnet": "project/1", "id": "trial", "review": {"day": "2027-03-01"}, "markets": ["th"],
        "subjects": {"pack": {"kind": "battery_pack"}}, "inputs": {"supply": supply},
    }  # fmt: skip
    path = folder / "project.yaml"
    path.write_text(json.dumps(body))
    return load_project(path, catalog)


def lay(folder, chain):
    (folder / "chain").mkdir()
    for table, found in chain.rows.items():
        if found:
            (folder / "chain" / f"{table}.csv").write_bytes(write_csv(table, found))


def shown(folder, catalog, supply="chain", **changes):
    lay(folder, world(**changes))
    return chapter(project(folder, supply, catalog), catalog)


def part(found, title):
    (one,) = [p for p in found.parts if title in getattr(p, "title", "")]
    return one


def test_a_project_without_a_chain_has_no_chapter(tmp_path, catalog):
    assert chapter(project(tmp_path, None, catalog), catalog) is None


def test_the_flagship_carries_every_part(catalog, tmp_path):
    shutil.copytree(ROOT / "examples" / "supply", tmp_path / "supply")
    found = chapter(project(tmp_path, FLAGSHIP, catalog), catalog)

    titles = [p.title for p in found.parts if not isinstance(p, Text)]
    for words in PARTS:
        assert any(words in t for t in titles), words
    assert "Mozambique" in found.lead


def test_a_share_with_an_unknown_part_is_an_interval(tmp_path, catalog):
    lots = rows("lots", world())
    lots[1]["economy"] = None

    table = part(shown(tmp_path, catalog, lots=lots), ": origins")

    # 38 % of the lithium comes from a mine that nobody placed: each of the others may hold it too
    assert ("lithium", "Chile", "57 %", "95 %", "physical") in table.rows
    assert ("lithium", "unknown", "38 %", "38 %", "physical") in table.rows


def test_the_ways_of_an_element_bring_all_of_it():
    found = links(Tracer(world()), "pack-1", "Li")

    assert {(a, b): pytest.approx(v) for a, b, v in found} == {
        ("CL mine", "CN refine"): 0.57, ("AU primary", "CN refine"): 0.38, ("CN refine", "CN cell"): 0.95,
        ("CN post_consumer", "CN cell"): 0.05, ("CN cell", "pack-1"): 1.0,
    }  # fmt: skip


def test_what_no_event_explains_comes_from_the_unknown():
    chain = world(flows=[f for f in rows("flows", world()) if f["lot"] != "scrap"])

    found = {(a, b): v for a, b, v in links(Tracer(chain), "pack-1", "Li")}

    assert found["unknown", "CN cell"] == pytest.approx(0.05)  # 0.45 kg of 9 kg


def test_every_figure_says_its_numbers_in_words(tmp_path, catalog):
    (tmp_path / "line.yaml").write_text(LINE)

    found = shown(tmp_path, catalog, {"chain": "chain", "shock": "line.yaml"})

    for figure in (p for p in found.parts if isinstance(p, Figure)):
        assert any(c.isdigit() for c in figure.alt), figure.title
        assert "<script" not in figure.svg


def test_without_a_line_the_chapter_says_what_to_add(tmp_path, catalog):
    texts = [p.text for p in shown(tmp_path, catalog).parts if isinstance(p, Text)]

    assert any("Add shock: FILE to inputs.supply" in text for text in texts)


def test_the_hardest_end_of_a_range_is_the_upper_bound(tmp_path, catalog):
    (tmp_path / "line.yaml").write_text(LINE)
    (tmp_path / "chain").mkdir()
    (tmp_path / "chain" / "lots.csv").write_text("id,kg\npack,1\n")
    one = surveyed.surveyed(project(tmp_path, {"chain": "chain", "shock": "line.yaml"}, catalog), catalog)

    alone, together = one.blows[:-1], one.blows[-1]
    graphite = next(b for b in alone if b.name == "cn graphite")
    # the hardest: 80 % of 22 of 27.5 tonnes a week for 26 of 52 weeks, and nothing else helps
    # need 80 * 0.275 = 22; what stays is 0.2 * 22 + 5.5 = 9.9: 26 * (1 - 9.9 / 22) = 14.3 weeks
    assert graphite.high == pytest.approx(14.3)
    assert graphite.low <= graphite.plan <= graphite.weekly <= graphite.high
    assert together.high >= max(b.high for b in alone) - 1e-9


def test_survey_and_chapter_compute_once(tmp_path, catalog, monkeypatch):
    lay(tmp_path, world())
    trial, read = project(tmp_path, "chain", catalog), []
    monkeypatch.setattr(surveyed, "open_chain", lambda *a, ours=surveyed.open_chain: read.append(a) or ours(*a))

    survey(trial, catalog)
    chapter(trial, catalog)
    assert len(read) == 1

    (tmp_path / "chain" / "lots.csv").write_bytes(write_csv("lots", world()["lots"][:-1]) + b"pack-1,,101\n")
    with pytest.raises(Exception, match=r"lots\.csv"):
        survey(trial, catalog)
    assert len(read) == 2


def test_recycled_content_stands_beside_every_target(tmp_path, catalog):
    table = part(shown(tmp_path, catalog), "against targets")

    lithium = [r for r in table.rows if r[1] == "Li"]
    assert [(r[2], r[4], r[5]) for r in lithium] == [("6 %", "5 %", "short"), ("12 %", "5 %", "short")]
    assert {r[5] for r in table.rows if r[1] == "Ni"} == {"open"}  # no lot states its content of nickel


def test_tables_have_as_many_cells_as_columns(tmp_path, catalog):
    for table in (p for p in shown(tmp_path, catalog).parts if isinstance(p, Table)):
        assert {len(r) for r in table.rows} <= {len(table.columns)}, table.title
