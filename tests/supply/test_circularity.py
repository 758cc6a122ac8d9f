"""What leaves the fleet arrives somewhere, and a target is met by knowing which share must rise."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carnet.errors import BadInput
from carnet.supply.circularity import STAGES, Fleet, Loop, Target, against, run, solve_for, survival, targets
from carnet.supply.joint import Site, choose, joint

from .world import TABLES

YEARS = 30


def fleet(**said):
    """A million kWh of NMC622 a year from 2015 on."""
    return Fleet(**{"first_year": 2015, "sales": {"NMC622": [1e6] * YEARS}, **said})


def plain(**said):
    """Everything is collected at once and goes to hydro; no scrap."""
    return Loop(**{"collected": 1.0, "delay_years": 0, "scrap": 0.0, **said})


def test_a_cohort_lives_as_long_as_stated():
    alive = survival(fleet(life_years=10.0), 60)

    assert alive[0] == 1.0
    assert alive.sum() == pytest.approx(10.5, abs=0.01)  # the mean of a life counted at whole years is half a year more


def test_one_cohort_comes_back_as_metal():
    once = fleet(sales={"NMC622": [1e6] + [0.0] * (YEARS - 1)}, life_years=3.0)

    result = run(once, plain(), TABLES)

    # 1e6 kWh x 0.1075 kg Li/kWh x 0.90 by hydro
    assert result.post["Li"].sum() == pytest.approx(1e6 * 0.1075 * 0.90, rel=1e-9)
    assert result.post["Li"][0] == 0.0


def test_scrap_of_our_own_is_not_from_consumers():
    result = run(fleet(), plain(scrap=0.04, collected=0.0), TABLES)
    content = result.content("Ni", 2031)

    assert content["post_consumer"] == 0.0
    assert content["pre_consumer"] == pytest.approx(0.04 / 0.96 * 0.98)


loops = st.builds(
    Loop,
    exported=st.floats(0, 1),
    reused=st.floats(0, 0.25),
    refurbished=st.floats(0, 0.25),
    remanufactured=st.floats(0, 0.25),
    repurposed=st.floats(0, 0.25),
    collected=st.floats(0, 1),
    delay_years=st.integers(0, 3),
    second_life_years=st.integers(1, 40),
)


@settings(max_examples=60, deadline=None)
@given(loops)
def test_every_pack_that_leaves_is_somewhere(loop):
    packs = run(fleet(), loop, TABLES).packs
    kept = sum(packs[r] for r in ("R3", "R5", "R6", "R7"))
    n = loop.second_life_years
    again = np.zeros(YEARS)
    if n < YEARS:
        again[n:] = kept[: YEARS - n]

    assert packs["left"] + again == pytest.approx(packs["exported"] + kept + packs["collected"] + packs["R9"])
    assert (packs["left"].cumsum() <= packs["sold"].cumsum() + 1e-6).all()


def test_every_stage_is_explicit():
    packs = run(fleet(refused=0.1, pool=1.2, longer_life=2.0), plain(reduced=0.05, reused=0.1), TABLES).packs

    assert set(STAGES) <= set(packs)
    assert packs["R0"][0] == pytest.approx(1e5)
    assert packs["R1"][0] == pytest.approx(-0.2 * 0.9e6)  # a swap pool needs more packs
    assert packs["R2"][0] == pytest.approx(0.05 * 1.2 * 0.9e6)
    assert packs["R4"].sum() > 0


def test_the_inverse_solver_finds_the_collection_that_just_meets_the_target():
    goal = Target("t", "Li", 0.06, 2031)
    found = solve_for(fleet(), plain(), TABLES, goal)
    reached = run(fleet(), plain(collected=found["value"]), TABLES).content("Li", 2031)["total"]

    assert reached == pytest.approx(0.06, abs=1e-6)
    assert run(fleet(), plain(collected=found["value"] - 0.01), TABLES).content("Li", 2031)["total"] < 0.06


def test_a_target_out_of_reach_says_how_far_one_gets():
    growing = fleet(sales={"NMC622": [1e4 * 1.4**n for n in range(YEARS)]})

    found = solve_for(growing, plain(), TABLES, Target("t", "Li", 0.06, 2031))

    assert found["value"] is None
    assert found["why"].startswith("even at its best")


def test_exports_work_the_other_way():
    found = solve_for(fleet(), plain(), TABLES, Target("t", "Li", 0.06, 2031), "exported")

    assert 0 < found["value"] < 1  # the most that may leave with used vehicles


def test_targets_come_from_the_table_and_stand_beside_the_result():
    result = run(fleet(), Loop(), TABLES)
    found = {r["id"]: r for r in against(result, targets(TABLES, "eu"))}

    assert found["eu-rc-li-1"]["share"] == 0.06
    assert found["eu-rc-li-1"]["met"] is (found["eu-rc-li-1"]["total"] >= 0.06)
    assert found["eu-rc-pb-1"]["met"] is None
    assert found["eu-rc-pb-1"]["why"] == "the packs hold no Pb"


def test_pyro_loses_the_lithium():
    hydro = run(fleet(), plain(), TABLES).content("Li", 2035)["total"]
    pyro = run(fleet(), plain(processes={"pyro": 1.0}), TABLES).content("Li", 2035)["total"]

    assert hydro > 0.1
    assert pyro == 0.0


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"collected": 1.2}, "collected is 1.2"),
        ({"processes": {"hydro": 0.5}}, "must share all"),
        ({"processes": {"magic": 1.0}}, "no recycling process is called 'magic'"),
        ({"reused": 0.6, "repurposed": 0.6}, "together more than all"),
    ],
)
def test_shares_that_make_no_sense_are_refused(change, says):
    with pytest.raises(BadInput, match=says):
        run(fleet(), replace(plain(), **change), TABLES)


# --- plants together ---------------------------------------------------------------------------------------------

SITES = (Site("north", "au", 100.0, 1.0, 1000.0), Site("south", "cl", 100.0, 1.0, 1000.0))
MOVE = {("au", "cl"): 0.2, ("cl", "au"): 0.2}


def test_two_small_economies_share_one_plant():
    found = joint({"au": 100.0, "cl": 100.0}, SITES, MOVE)

    # alone 2 x (100 + 100); together 100 + 200 + 100 x 0.2
    assert found["alone"] == {"au": 200.0, "cl": 200.0}
    assert found["together"]["cost"] == pytest.approx(320.0)
    assert found["saving"] == pytest.approx(80.0)
    assert found["gains"] == pytest.approx({"au": 40.0, "cl": 40.0})
    assert found["pays"]


def test_where_moving_costs_more_than_a_plant_each_builds_its_own():
    found = joint({"au": 100.0, "cl": 100.0}, SITES, {("au", "cl"): 2.0, ("cl", "au"): 2.0})

    assert found["together"]["sites"] == ["north", "south"]
    assert not found["pays"]


def test_gains_sum_to_the_saving():
    found = joint({"au": 120.0, "cl": 80.0, "cn": 50.0}, SITES, MOVE | {("cn", "au"): 0.3, ("cn", "cl"): 0.4})

    assert sum(found["gains"].values()) == pytest.approx(found["saving"])


def test_tonnes_that_no_plant_takes_have_no_cost():
    assert choose({"au": 5000.0}, SITES, MOVE)["cost"] is None
