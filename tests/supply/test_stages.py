"""A network of stages answers a shock from three sides, and what is known of the past lies between them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carnet.errors import BadInput
from carnet.supply.network import Blow, Network, Site, limits
from carnet.supply.stages import least, most, plan, report, weekly

from .world import ROOT, TABLES


def battery(**said):
    """Two mines, two refiners, one cell plant, one pack line; the cell also takes graphite from one site."""
    spare, stock = said.get("spare", 0.0), said.get("stock", 2.0)
    return Network(
        [
            Site("pit", "ore", 60, stage="mine", economy="cl", supplier="digger", port="antofagasta", spare=spare),
            Site("brine", "ore", 40, stage="mine", economy="ar", supplier="digger", port="buenos-aires", spare=spare),
            Site("north", "salt", 6, {"ore": 10}, {"ore": stock}, stage="refine", economy="cn", spare=spare),
            Site("south", "salt", 4, {"ore": 10}, {"ore": stock}, stage="refine", economy="cl", spare=spare),
            Site("kiln", "graphite", 9, stage="refine", economy="cn", supplier="carbon-works"),
            Site("cells", "cell", 100, {"salt": 0.1, "graphite": 0.09}, {"salt": stock, "graphite": stock},
                 stage="cell", economy="de"),
            Site("line", "pack", 10, {"cell": 10}, {"cell": said.get("last", 0.0)}, stage="pack", economy="de"),
        ],
        "pack", ramp=said.get("ramp", 4.0),
    )  # fmt: skip


def answers(network, blows, weeks=20):
    made, sent = limits(network, blows, weeks)
    return (
        least(network, made), plan(network, made, sent), float(1 - weekly(network, made, sent).mean()),
        most(network, made, sent),
    )  # fmt: skip


def test_without_a_blow_nothing_is_lost():
    found = report(battery(), [], 10)

    assert found["interval"] == pytest.approx([0.0, 0.0], abs=1e-9)
    assert found["stops_in_week"] is None


def test_a_lost_stage_stops_the_line_when_the_stocks_are_used_up():
    found = report(battery(), [Blow("kiln", 0.0, 0, 20)], 20)

    assert found["stops_in_week"] == 2  # two weeks of graphite in store
    assert found["plan"] == pytest.approx(18 / 20)
    assert found["week_by_week"] == pytest.approx(18 / 20)
    assert found["bound"]["high"] == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("target", "lost"),
    [("mine", 1.0), ("cl", 0.76), ("digger", 1.0), ("antofagasta", 0.6), ("pit", 0.6), ("carbon-works", 1.0)],
)  # fmt: skip
def test_a_stage_an_economy_a_supplier_a_port_or_a_site_can_be_lost(target, lost):
    """Without stock and for ever, the share of the most pessimistic answer is that of what passes there."""
    made, sent = limits(battery(stock=0.0), [Blow(target, 0.0, 0, 5)], 5)

    assert most(battery(stock=0.0), made, sent) == pytest.approx(lost)  # cl: 1 - 0.6 of salt x 0.4 of ore


def test_an_export_license_spares_what_stays_in_the_economy():
    network = battery(stock=0.0)

    made, sent = limits(network, [Blow("cl", 0.0, 0, 5, export=True)], 5)

    # the pit still serves the refiner at home: north gets the brine's 40 %, and south may not export
    assert (made == 1.0).all()
    assert most(network, made, sent) == pytest.approx(1 - 0.6 * 0.4)
    assert answers(network, [Blow("cl", 0.0, 0, 5, export=True)], 5)[1] < 1 - 0.6 * 0.4  # all brine may go north


def test_a_closed_port_is_an_export_limit_on_its_sites():
    _, sent = limits(battery(), [Blow("antofagasta", 0.3, 1, 2, export=True)], 4)

    assert sorted(sent[1].tolist()) == [0.3, 0.3, *[1.0] * 6]
    assert (sent[[0, 3]] == 1.0).all()


def test_spare_room_elsewhere_makes_good_a_part():
    lost = answers(battery(), [Blow("brine", 0.0, 0, 20)])
    helped = answers(battery(spare=0.5), [Blow("brine", 0.0, 0, 20)])

    assert helped[1] < lost[1]
    assert helped[2] < lost[2]


def test_an_unknown_name_and_a_circle_are_sentences():
    with pytest.raises(BadInput, match="did you mean 'brine'"):
        limits(battery(), [Blow("brin", 0.0, 0, 1)], 4)
    with pytest.raises(BadInput, match="in a circle"):
        Network([Site("a", "x", 1, {"y": 1}), Site("b", "y", 1, {"x": 1})], "x")
    with pytest.raises(BadInput, match="nobody makes the 'y'"):
        Network([Site("a", "x", 1, {"y": 1})], "x")


TARGETS = ["mine", "refine", "cell", "cl", "cn", "digger", "antofagasta", "pit", "brine", "north", "kiln", "line"]
BLOWS = st.lists(
    st.builds(
        Blow, st.sampled_from(TARGETS), st.floats(0, 1), st.integers(0, 10), st.integers(1, 12), st.booleans()
    ), max_size=4,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(BLOWS, st.floats(0, 5), st.floats(0, 0.5), st.floats(0, 3), st.floats(0.5, 10))
def test_the_answers_stand_in_order(blows, stock, spare, last, ramp):
    low, best, real, high = answers(battery(stock=stock, spare=spare, last=last, ramp=ramp), blows, 14)

    assert low <= best + 1e-6
    assert best <= real + 1e-6
    assert real <= high + 1e-6


@settings(max_examples=30, deadline=None)
@given(BLOWS, BLOWS)
def test_a_further_blow_never_helps(some, more):
    before, after = answers(battery(), some, 12), answers(battery(), [*some, *more], 12)

    assert after[0] >= before[0] - 1e-6
    assert after[1] >= before[1] - 1e-6
    assert after[3] >= before[3] - 1e-6


PAST = [r for r in TABLES["shocks"].rows if r["supply"]]


@pytest.mark.parametrize("row", PAST, ids=[r["id"] for r in PAST])
def test_past_disruptions_lie_where_the_network_says(row):
    """A stage loses what the record says, in months; the observed loss, where one is known, touches the interval.

    The interval runs from the mean loss of the best plan to the worst month of a line without stocks: what is
    published as a loss is sometimes the mean and sometimes the depth.
    """
    path = [float(x) for x in row["supply"].split()]
    chain = Network(
        [
            Site("source", row["material"], 1.0, stage="upstream"),
            Site("user", "product", 1.0, {row["material"]: 1.0}, {row["material"]: float(row["inventory_months"])}),
        ],
        "product",
    )
    blows = [Blow("upstream", keep, month, 1) for month, keep in enumerate(path)]

    found = report(chain, blows, len(path))

    assert found["bound"]["low"] <= found["plan"] + 1e-9 <= found["week_by_week"] + 2e-9
    assert found["week_by_week"] <= found["bound"]["high"] + 1e-9
    if row["loss_low"]:
        assert found["plan"] <= float(row["loss_high"])
        assert float(row["loss_low"]) <= 1 - min(path)
    if row["recovery_high"]:
        back = next(m for m in range(len(path)) if min(path[m:]) >= 0.99)
        assert back <= float(row["recovery_high"])
        assert np.argmin(path) <= float(row["recovery_high"])


def test_the_example_is_answered_from_its_file():
    from carnet.supply.desk import shock

    found = shock(ROOT / "examples" / "supply" / "network.yaml")

    low, high = found["interval"]
    assert 0.0 <= low <= found["plan"] <= found["week_by_week"] <= high < 1.0
    assert found["stops_in_week"] is not None


def test_a_file_without_a_maker_is_a_sentence(tmp_path):
    from carnet.supply.desk import shock

    path = tmp_path / "n.yaml"
    path.write_text("carnet: network/1\nweeks: 4\nproduct: p\nsites: {a: {makes: p, capacity: 1, takes: {q: 1}}}\n")

    with pytest.raises(BadInput, match="nobody makes the 'q' that 'a' takes"):
        shock(path)
    with pytest.raises(BadInput, match="draws are made of a line"):
        shock(path, draws=5)
