"""Which exchange moves the number, and what the number would be with it changed."""

import json
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp

from carnet.carbon.inventory_reader import read_inventory
from carnet.carbon.sensitivity import exchanges, rows
from carnet.carbon.system import Singular, System
from carnet.carbon.uncertainty import interval
from carnet.carbon.what_if import Change, WhatIf
from tests.carbon.inventories import PACK, read, tables, under
from tests.carbon.test_command import run
from tests.carbon.test_system import chain

__all__ = ["run"]
EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "carbon"


def changed_system(system, changes):
    """The same system with the exchanges written in, to be solved anew."""
    a, b = system.a.tolil(copy=True), system.b.tolil(copy=True)
    for change in changes:
        (b if change.flow else a)[change.row, change.column] = change.value
    return System(a.tocsc(), b.tocsc(), system.names)


@pytest.mark.parametrize(("n", "count"), [(40, 1), (40, 12), (900, 5), (900, 60), (2500, 25)])
def test_an_update_of_low_rank_is_a_fresh_solution(n, count):
    random = np.random.default_rng(n + count)
    a, b = chain(n, count)
    system, weights = System(a, b), random.random(5)
    changes = []
    for _ in range(count):
        row, column = (int(x) for x in random.choice(n, 2, replace=False))
        changes.append(Change(row, column, -float(random.lognormal(-3, 1))))
        changes.append(Change(int(random.integers(5)), column, float(random.random()), flow=True))
    changes.append(Change(3, 3, 1.3))  # a process that makes more of its product

    found = WhatIf(system, weights).intensities(changes)

    fresh = changed_system(system, changes).intensities(weights)
    assert np.allclose(found, fresh, rtol=1e-10, atol=1e-10 * np.abs(fresh).max())
    demand = random.random(n)
    assert WhatIf(system, weights).score(demand, changes) == pytest.approx(demand @ fresh, rel=1e-10)


def test_nothing_changed_is_nothing_changed():
    a, b = chain(50, 1)

    asked = WhatIf(System(a, b), np.ones(5))

    assert np.array_equal(asked.intensities([]), asked.base)


def test_changes_that_leave_no_solution_name_the_process():
    a = sp.csc_matrix(np.array([[1.0, -0.5], [-0.5, 1.0]]))
    asked = WhatIf(System(a, sp.csc_matrix([[1.0, 1.0]]), ["smelter", "mine"]), np.ones(1))

    with pytest.raises(Singular, match="with these changes of mine a process needs all it makes"):
        asked.intensities([Change(0, 1, -2.0)])  # the mine needs two of the smelter, which needs half a mine


@pytest.mark.parametrize("method", ["pact-3.0", "eu-cfb-ev-draft2024", "gbt24067-2024"])
@pytest.mark.parametrize("name", ["pack", "medium-bev"])
def test_elasticities_of_all_emissions_add_up_to_one(method, name):
    found = under(read_inventory(EXAMPLES / "inventories" / f"{name}.yaml", tables()), "iso14067-2018")
    if name == "pack":
        found = under(found.inventory, method)

    every = exchanges(found, tables())

    assert sum(e.value for e in every if e.kind == "emission") == pytest.approx(found.total, rel=1e-12)
    assert sum(e.value for e in every if e.group[0] == "input") == pytest.approx(found.total, rel=1e-12)


def test_an_elasticity_is_the_slope_of_the_number(tmp_path):
    less, more = (
        under(read(tmp_path, PACK.replace("amount: 300 kWh", f"amount: {n} kWh")), "pact-3.0").value for n in (297, 303)
    )
    found = under(read(tmp_path, PACK), "pact-3.0")

    row = next(r for r in rows(found, tables(), 50) if r["kind"] == "input" and r["amount"] == 300)

    assert row["elasticity"] == pytest.approx((more - less) / found.value / 0.02, rel=1e-9)
    assert row["more"] == pytest.approx(found.value * (1 + 0.1 * row["elasticity"]), rel=1e-12)


def test_an_input_that_another_process_makes_carries_all_behind_it(tmp_path):
    found = under(read(tmp_path, PACK), "pact-3.0")

    row = next(r for r in rows(found, tables(), 50) if r["kind"] == "process")

    cells = sum(v for t, v in zip(found.terms, found.by_term, strict=True) if t.process == "cells")
    assert (row["into"], row["item"], row["amount"]) == ("pack", "cells", 100)
    assert row["elasticity"] == pytest.approx(cells / found.total, rel=1e-12)


def test_a_background_exchange_changed_is_a_background_solved_anew(tmp_path):
    text = PACK.replace("aluminum.secondary", "aluminum.smelting")
    found = under(read(tmp_path, text), "pact-3.0")

    row = next(
        r for r in rows(found, tables(), 50, by=0.5) if r["kind"] == "background" and "aluminum.smelting" in r["into"]
    )

    electricity = tables().find("electricity", "cn").flows[0][1]
    assert row["more"] - found.value == pytest.approx(0.5 * 100 * row["amount"] * electricity, rel=1e-9)


def test_shares_of_variance_add_up_to_one_and_agree_with_the_draws():
    found = under(read_inventory(EXAMPLES / "inventories" / "pack.yaml", tables()), "pact-3.0")

    every = rows(found, tables(), 10_000)
    spread, _ = interval(found, tables(), draws=20_000)

    assert sum(r["share_of_variance"] for r in every) == pytest.approx(1, rel=1e-9)
    assert spread.sd == pytest.approx(spread.first_order_sd, rel=0.15)


def test_the_command_lists_as_many_as_asked(run):
    code, out, _ = run(
        "footprint", EXAMPLES / "inventories" / "pack.yaml", "--methods", "pact-3.0", "--sensitivity", 4,
        "--draws", 200, "--format", "json",
    )  # fmt: skip
    _, plain, _ = run(
        "footprint", EXAMPLES / "inventories" / "pack.yaml", "--methods", "pact-3.0", "--sensitivity", 4, "--draws", 200
    )

    listed = json.loads(out)["results"][0]["sensitivity"]
    assert code == 0
    assert len(listed) == 4
    assert [abs(r["elasticity"]) for r in listed] == sorted((abs(r["elasticity"]) for r in listed), reverse=True)
    assert "282 kWh cells into pack" in plain
