"""Interpreter, bulk kernel and SQL give one verdict."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carnet import app
from carnet.app.reviewing import survey
from carnet.catalog import open_catalog
from carnet.catalog.dates import Dates
from carnet.ledger.survey import counted
from carnet.review.case import Case
from carnet.review.judge import judge
from carnet.review.kernel.cells import Cells
from carnet.review.kernel.of_projects import frames_of_projects
from carnet.review.portfolio_sql import verdicts
from carnet.review.recognize import Recognizer
from carnet.review.review import review
from carnet.review.view import Index
from carnet.waist import EVENTS, VERDICTS
from tests.builders import ROOT

from .worlds import DAYS, MARKETS, World, frames, project_of, world

SEEDS = st.integers(0, 2**32 - 1)
GENERATED = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
FEW = settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def by_kernel(cells: Cells, products: list[Any], on: str) -> dict[tuple[str, str, str], str]:
    found = {}
    rows = cells.rows(on)
    counts = cells.counts(rows, on)
    for (hall, row), counted_ in zip(rows, counts, strict=True):
        codes = cells.codes(hall, row, on)
        numbers = sorted(set(hall.frame.products.tolist()))
        assert counted_.tolist() == [int((codes == n).sum()) for n in range(len(VERDICTS))]
        for number, code in zip(numbers, codes.tolist(), strict=True):
            if code >= 0:
                found[products[number].subject, row.market, row.rule] = VERDICTS[code]
    return found


def by_interpreter(made: World, on: str, event: str) -> dict[tuple[str, str, str], str]:
    found = {}
    for row in range(len(made.table)):
        project, facts = project_of(made, row, on, event)
        for f in review(project, facts, made.catalog, "test").findings:
            found["+".join(f.about), f.market, f.rule] = f.verdict
    return found


@GENERATED
@given(seed=SEEDS, on=st.sampled_from(DAYS), event=st.sampled_from(EVENTS))
def test_the_kernel_agrees_with_the_interpreter_in_generated_worlds(seed: int, on: str, event: Any):
    with tempfile.TemporaryDirectory() as folder:
        made = world(seed, Path(folder))
    lanes, products = frames(made)

    cells = Cells(lanes, MARKETS, made.catalog, event=event, named=("CH 2",))

    assert by_kernel(cells, products, on) == by_interpreter(made, on, event)


@FEW
@given(seed=SEEDS)
def test_days_asked_in_any_order_give_what_each_gives_alone(seed: int):
    with tempfile.TemporaryDirectory() as folder:
        made = world(seed, Path(folder))
    lanes, products = frames(made)
    kept = Cells(lanes, MARKETS, made.catalog)

    for day in (*DAYS, *reversed(DAYS)):
        alone = Cells(lanes, MARKETS, made.catalog)
        assert by_kernel(kept, products, day) == by_kernel(alone, products, day)


@pytest.mark.parametrize("example", ["passenger-car", "heavy-truck-corridor", "dc-charger"])
@pytest.mark.parametrize(("on", "event"), [("", ""), ("2024-01-01", "new_type"), ("2028-11-01", "in_use")])
def test_the_kernel_agrees_on_the_example_projects(example: str, on: str, event: str):
    project, catalog = app.open_project(ROOT / "examples" / f"{example}.yaml", on=on, event=event)
    project = counted(project)
    facts = survey(project, catalog)
    lanes, products = frames_of_projects([(project, facts)], project.markets, catalog)
    cells = Cells(lanes, project.markets, catalog, event=project.event, known=project.known, named=project.named)

    whole = review(project, facts, catalog, "test")

    names = {s.members or (s.id,): s.id for s in project.subjects}
    wanted = {
        (names[f.about], f.market, f.rule): f.verdict
        for f in whole.findings
        if f.market in project.markets and not f.rule.startswith("project.contradiction.")
    }
    assert by_kernel(cells, products, project.on) == wanted


def one_by_one(made: World, kind: str, market: str, on: str) -> dict[tuple[str, str], str]:
    """Every rule about a kind by the interpreter; recognitions that ask something of the product left out."""
    found = {}
    for row in range(len(made.table)):
        project, facts = project_of(made, row, on, "placed_on_market")
        catalog = made.catalog
        recognizer = Recognizer(catalog, market, on, project.event, project.known, Dates(catalog, project.known))
        recognizer.live = [r for r in recognizer.live if not r.when]
        papers = {e.id: e for e in project.evidence}
        case = Case(catalog, project, Index(project, facts, catalog.words), market, recognizer, papers)
        for subject in project.subjects:
            if subject.kind == kind:
                for rule in catalog.requirements(market):
                    if kind in rule.about:
                        found[subject.id, rule.id] = judge(rule, subject, case).verdict
    return found


def by_sql(made: World, kind: str, market: str, on: str, session: Any = None) -> dict[tuple[str, str], str]:
    stated = [project_of(made, row, on, "placed_on_market") for row in range(len(made.table))]
    return verdicts(stated, kind, market, made.catalog, session)


@FEW
@given(seed=SEEDS, on=st.sampled_from(DAYS), kind=st.sampled_from(["vehicle", "battery_pack"]))
def test_sql_agrees_with_the_interpreter_in_generated_worlds(seed: int, on: str, kind: str):
    with tempfile.TemporaryDirectory() as folder:
        made = world(seed, Path(folder))

    assert by_sql(made, kind, "xa", on) == one_by_one(made, kind, "xa", on)


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    from pyspark.sql import SparkSession

    master = os.environ.get("CARNET_SPARK_MASTER", "local[1]")
    quiet = SparkSession.builder.master(master).config("spark.ui.enabled", "false")
    here = quiet.config("spark.driver.bindAddress", "127.0.0.1").config("spark.driver.host", "127.0.0.1")
    session = here.config("spark.sql.shuffle.partitions", "2").getOrCreate()
    yield session
    session.stop()


@pytest.mark.parametrize("seed", [3, 11])
def test_spark_agrees_with_duckdb_and_the_interpreter(seed: int, spark: Any, tmp_path: Path):
    made = world(seed, tmp_path, rules=10)

    there = by_sql(made, "vehicle", "xa", DAYS[0], spark)

    assert there
    assert there == by_sql(made, "vehicle", "xa", DAYS[0])
    assert there == one_by_one(made, "vehicle", "xa", DAYS[0])


def test_generated_worlds_know_every_verdict(tmp_path: Path):
    seen: set[str] = set()
    for seed in range(12):
        folder = tmp_path / str(seed)
        folder.mkdir()
        seen |= set(by_interpreter(world(seed, folder), DAYS[0], "placed_on_market").values())

    assert seen == set(VERDICTS)


def test_the_real_library_agrees_on_the_example_table():
    from carnet.review.kernel.of_table import as_project, frames_of_table
    from carnet.review.portfolio_files import read_sheet
    from carnet.review.portfolio_table import read_table

    catalog = open_catalog()
    table = read_table(read_sheet(ROOT / "examples" / "portfolio" / "variants.csv"), catalog)
    markets = sorted({m for names in table.markets[0] for m in names})
    lanes, products = frames_of_table(table, markets, catalog)

    got = by_kernel(Cells(lanes, markets, catalog), products, "2027-02-01")

    wanted = {}
    for row in range(len(table)):
        project = counted(as_project(table, row, catalog, on="2027-02-01"))
        for f in review(project, survey(project, catalog), catalog, "test").findings:
            wanted[f.about[0], f.market, f.rule] = f.verdict
    assert got == wanted
