"""The cheapest roads for all gaps together: exact where it can be, honest about what is short."""

from __future__ import annotations

from decimal import Decimal
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from carnet.errors import BadInput
from carnet.roads import filling
from carnet.roads.coverage import gaps
from carnet.roads.filling import Prices, fill, load_prices
from carnet.roads.lake import Lake
from carnet.roads.network.nouns import Network, Segment
from carnet.roads.network.opendrive import read_opendrive

from .maps import xodr

KM = 1_000_000


def network(*roads: tuple[int, str]) -> Network:
    line = np.array([[0.0, 0.0], [1.0, 0.0]])
    return Network("n", "local", tuple(Segment(f"r{n}", line, mm, kind) for n, (mm, kind) in enumerate(roads)))


def planned(found: dict) -> list[str]:
    return [r["segment"] for r in found["segments"]]


def test_one_road_that_serves_two_cells_beats_two_roads():
    roads = network((KM, "minor"), (KM, "minor"), (KM, "minor"))
    prices = Prices(currency="EUR", otherwise=Decimal(10), segments={"r2": Decimal(15)})

    found = fill(roads, np.full(3, KM), [([0, 2], KM), ([1, 2], KM)], prices)

    assert (planned(found), found["cost"], found["method"]) == (["r2"], "15.00", "exact")


def test_greedy_is_misled_where_exact_is_not():
    # r0 has the best price per useful kilometer, and after it both others are still needed
    roads = network((2 * KM, "minor"), (3 * KM, "minor"), (3 * KM, "minor"))
    prices = Prices(currency="EUR", segments={"r0": Decimal(4), "r1": Decimal(5), "r2": Decimal(5)})
    cells = [([0, 1], 3 * KM), ([0, 2], 3 * KM)]

    found = fill(roads, np.array([2 * KM, 3 * KM, 3 * KM]), cells, prices)

    assert (planned(found), found["cost"]) == (["r1", "r2"], "30.00")


def test_a_road_without_a_price_is_not_offered_and_the_cell_stays_short():
    roads = network((KM, "motorway"), (KM, "minor"))
    prices = Prices(currency="CNY", classes={"minor": Decimal("0.5")})

    found = fill(roads, np.full(2, KM), [([0], KM), ([1], KM), ([0, 1], 3 * KM)], prices)

    assert planned(found) == ["r1"]
    assert found["short_km"] == [1.0, 0.0, 2.0]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_the_exact_plan_is_the_cheapest_of_all(data: st.DataObject):
    n = data.draw(st.integers(1, 7))
    lengths = data.draw(st.lists(st.integers(1, 9), min_size=n, max_size=n))
    prices = data.draw(st.lists(st.integers(0, 9), min_size=n, max_size=n))
    member = st.lists(st.integers(0, n - 1), min_size=1, max_size=n, unique=True)
    cells = [(c, data.draw(st.integers(1, 12)) * KM) for c in data.draw(st.lists(member, min_size=1, max_size=3))]
    free = np.array(lengths) * KM
    offered = Prices(currency="EUR", segments={f"r{k}": Decimal(p) for k, p in enumerate(prices)})

    found = fill(network(*((m * KM, "minor") for m in lengths)), free, cells, offered)

    def enough(pick: tuple[bool, ...]) -> bool:
        return all(sum(free[m] for m in c if pick[m]) >= min(need, sum(free[m] for m in c)) for c, need in cells)

    cheapest = min(
        sum(p * m for p, m, on in zip(prices, lengths, pick, strict=True) if on)
        for pick in product([False, True], repeat=n)
        if enough(pick)
    )
    assert found["method"] == "exact"
    assert Decimal(found["cost"]) == cheapest
    assert enough(tuple(f"r{k}" in planned(found) for k in range(n)))


def test_many_roads_are_filled_greedily_and_it_says_so(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(filling, "MOST_EXACT", 10)
    roads = network(*((KM, "minor") for _ in range(40)))
    prices = Prices(currency="EUR", otherwise=Decimal(10), segments={f"r{n}": Decimal(1) for n in range(5)})

    found = fill(roads, np.full(40, KM), [(list(range(40)), 4 * KM)], prices)

    assert (found["method"], found["cost"], found["km"]) == ("greedy", "4.00", 4.0)


def test_a_network_gives_one_plan_for_its_gaps(tmp_path: Path):
    lake = Lake(tmp_path / "lake")
    lake.add_network(read_opendrive(xodr(tmp_path, [{}, {"x": 1000, "kind": "motorway"}])))
    prices = Prices(currency="EUR", otherwise=Decimal("12.50"), classes={"motorway": Decimal(8)})

    found = gaps(lake, "site", {"area": ["distributor", "motorway", "radial"]}, 0.5, prices=prices)

    assert found["plan"]["cost"] == "20.50"
    assert {r["cell"]["area"]: r["short_km"] for r in found["gaps"]} == {
        "distributor": 0.0, "motorway": 0.0, "radial": 0.5,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("currency: EUR\nclasses: {motorwy: 1}\n", "no class of road is called 'motorwy'"),
        ("currency: EUR\nsegments: {a: -1}\n", "is no price of a kilometer"),
        ("currency: EURO\n", "currency"),
    ],
)
def test_a_file_of_prices_with_a_mistake_is_refused(tmp_path: Path, text: str, says: str):
    (tmp_path / "p.yaml").write_text(text)

    with pytest.raises((BadInput, ValidationError), match=says):
        load_prices(tmp_path / "p.yaml")
