"""A shock is answered from three sides, and the truth lies between them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carnet.errors import BadInput
from carnet.supply.draws import Uncertain, draw, evaluate, summary
from carnet.supply.shock import Line, Plan, Shock, bound, kept, plan, report, weekly

from .world import TABLES


def line(**said):
    """Two cathodes that may replace each other for a fifth, from lithium (two origins) and nickel (one)."""
    base = {
        "materials": ("Li", "Ni"),
        "origins": ("cl", "au", "id"),
        "products": ("with nickel", "without"),
        "supply": np.array([[6.0, 0.0], [4.0, 0.0], [0.0, 5.0]]),
        "spare": np.array([0.1, 0.1, 0.0]),
        "recipes": np.array([[0.1, 0.1], [0.1, 0.0]]),
        "mix": np.array([50.0, 50.0]),
        "switch": 0.2,
        "stock": np.array([2.0, 2.0]),
        "ramp": 4.0,
        "groups": {"cl": "america", "au": "oceania"},
    }
    return Line(**{**base, **said})


def alone(keep_path, stock_weeks):
    """One material, one origin, one product."""
    one = Line(
        ("x",), ("o",), ("p",), np.array([[1.0]]), np.array([0.0]), np.array([[1.0]]), np.array([1.0]), 0.0,
        np.array([stock_weeks]),
    )  # fmt: skip
    return one, np.array(keep_path, float)[:, None, None]


def test_without_a_shock_nothing_is_lost():
    found = report(line(), [], 20)

    assert found["interval"] == [0.0, pytest.approx(0.0)]
    assert found["stops_in_week"] is None


def test_a_loss_is_what_stock_does_not_cover():
    one, keep = alone([1, 0, 0, 0, 1], 1.0)

    assert plan(one, keep) == pytest.approx(2 / 5)  # three weeks without, one in store
    assert weekly(one, keep)[0] == pytest.approx(2 / 5)
    least, most = bound(one, keep)
    assert (least, most) == (pytest.approx(2 / 5), pytest.approx(3 / 5))


def test_losing_all_nickel_can_be_answered_by_the_other_cathode_in_part():
    found = report(line(), [Shock("id", 0.0, 2, 50)], 52)

    # half the mix needs nickel, two weeks are in store and two pass before; a fifth of the mix may switch
    assert found["plan"] == pytest.approx(found["bound"]["low"], abs=0.05)
    assert found["plan"] < found["week_by_week"] < found["bound"]["high"]
    assert found["stops_in_week"] == 4


def test_a_group_and_a_material_can_be_named():
    by_group = kept(line(), [Shock("america", 0.4, 0, 3)], 5)
    by_material = kept(line(), [Shock("Ni", 0.5, 1, 1)], 3)

    assert by_group[0, 0, 0] == 0.4
    assert by_group[0, 1, 0] == 1.0
    assert by_material[1, :, 1].tolist() == [0.5, 0.5, 0.5]


def test_an_unknown_name_is_a_sentence():
    with pytest.raises(BadInput, match="did you mean 'oceania'"):
        kept(line(), [Shock("ocenia", 0.0, 0, 1)], 4)


keeps = st.lists(st.floats(0, 1), min_size=4, max_size=16)


@settings(max_examples=60, deadline=None)
@given(keeps, st.floats(0, 6), st.floats(0, 0.5), st.floats(0, 0.5))
def test_the_three_answers_stand_in_order(path, stock, switch, spare):
    tried = line(stock=np.array([stock, stock]), switch=switch, spare=np.full(3, spare))
    keep = np.ones((len(path), 3, 2))
    keep[:, 0, 0] = path
    keep[:, 2, 1] = path[::-1]

    least, most = bound(tried, keep)
    best, real = plan(tried, keep), float(weekly(tried, keep)[0])

    assert least <= best + 1e-7
    assert best <= real + 1e-7
    assert real <= most + 1e-7


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000))
def test_prices_of_one_plan_bound_every_other(seed):
    rng = np.random.default_rng(seed)
    keep = rng.random((6, 8, 3, 2))
    one = Plan(line(), 8)
    from carnet.supply.shock import limits

    for first in keep:
        _, prices = one.solve(first)
        allowed = one.price(prices, limits(line(), keep, one.whole)) / one.whole.sum()
        exact = np.array([1 - Plan(line(), 8).solve(k)[0] for k in keep])
        assert (allowed >= exact - 1e-7).all()


def shaken(count, seed=1):
    shocks = [
        Uncertain("id", (0.0, 0.8), (0, 20), (4, 30), chance=0.7),
        Uncertain("america", (0.2, 0.9), (0, 20), (4, 30), chance=0.5),
    ]
    return draw(line(), shocks, 52, count, seed)


def test_many_draws_come_with_a_certified_gap():
    keep = shaken(400)
    found = evaluate(line(), keep, gap=0.01, each=True)

    exact = np.array([Plan(line(), 52).solve(k)[0] for k in keep[:40]])
    assert found["gap"] <= 0.01
    assert (found["low"][:40] <= exact + 1e-7).all()
    assert (exact <= found["high"][:40] + 1e-7).all()
    assert found["solved"] < 100


def test_mean_and_quantiles_need_fewer_plans_than_every_draw():
    keep = shaken(400)
    every, stated = evaluate(line(), keep, each=True), evaluate(line(), keep)
    exact = 1 - np.array([1 - Plan(line(), 52).solve(k)[0] for k in keep])

    assert stated["gap"] <= 0.01
    assert stated["solved"] <= every["solved"]
    low, high = summary(stated)["p95"]
    assert low - 1e-7 <= np.quantile(exact, 0.95) <= high + 1e-7


def test_the_same_seed_gives_the_same_draws():
    assert (shaken(50) == shaken(50)).all()
    assert summary(evaluate(line(), shaken(50))) == summary(evaluate(line(), shaken(50)))


@pytest.mark.parametrize("event", ["tohoku_component_disruption", "auto_chip_shortage", "gallium_export_licensing"])
def test_past_disruptions_lie_where_the_model_says(event):
    """From the best plan's mean loss to the worst month without stock; observed ranges must touch it."""
    (row,) = TABLES["shocks"].where(id=event)
    path = [float(x) for x in row["supply"].split()]
    one, keep = alone(path, float(row["inventory_months"]))

    best, worst = plan(one, keep), 1 - min(path)

    assert best <= float(row["loss_high"])
    assert float(row["loss_low"]) <= worst
